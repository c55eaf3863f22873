/*
 * t_users.c - a manager's user store, asked on threads: every credential becomes a line and comes back
 * byte for byte, and no walk that ended early counts
 */
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/kafka/users.h"
#include "tests/unit/loop_fixture.h"

#define KEY_32   "c2VydmVyIGtleSBvciBzdG9yZWQga2V5IG9mIDMyIEI="
#define VERIFIER "{\"iterations\":4096,\"salt\":\"c2E=\",\"server_key\":\"" KEY_32 "\",\"stored_key\":\"" KEY_32 "\"}"

struct entry {
	char   name[64], mechanism[32];
	char   bytes[512];
	size_t len;
};

struct scene {
	struct loop_fixture fixture;
	struct user_store store;
	struct entry     *entries; /* what the store has */
	size_t            count;
	int32_t           answer;  /* of each(), behind its users */
	const char       *refused; /* name that put() does not take */
	bool              strange; /* gives something that nobody understands */
	bool              waits;   /* each() waits for `go` */
	sem_t             go, begun;
	atomic_int        held, puts;
	struct line_set   lines;
	struct capture    capture;
	struct plan       plan;
	struct apply      apply;
	unsigned          done;
	int               rc;
	struct err        err;
};

/* ---- the store ---- */

static int32_t
each(void *ctx, user_credential_fn *fn, void *arg)
{
	struct scene *s = ctx;
	int32_t rc = 0;
	size_t i;

	if (s->held == 0)
		return 99;
	if (s->waits) {
		sem_post(&s->begun);
		sem_wait(&s->go);
	}
	for (i = 0; i < s->count && rc == 0; i++) {
		struct user_credential c = { s->entries[i].name, s->entries[i].mechanism, s->entries[i].bytes,
			                     s->entries[i].len };

		rc = fn(arg, &c);
	}
	if (rc == 0 && s->strange)
		rc = fn(arg, NULL);
	return rc != 0 ? rc : s->answer;
}

static void
store_add(struct scene *s, const char *name, const char *mechanism, const void *bytes, size_t len)
{
	struct entry *e;

	s->entries = realloc(s->entries, (s->count + 1) * sizeof *s->entries);
	assert_non_null(s->entries);
	e = &s->entries[s->count++];
	*e = (struct entry){ .len = len };
	(void)snprintf(e->name, sizeof e->name, "%s", name);
	(void)snprintf(e->mechanism, sizeof e->mechanism, "%s", mechanism);
	assert_true(len <= sizeof e->bytes);
	memcpy(e->bytes, bytes, len);
}

static int32_t
put(void *ctx, const struct user_credential *c)
{
	struct scene *s = ctx;

	s->puts++;
	if (s->refused != NULL && strcmp(c->name, s->refused) == 0)
		return 42;
	store_add(s, c->name, c->mechanism, c->len == 0 ? "" : c->bytes, c->len);
	return 0;
}

static void
hold(void *ctx)
{
	((struct scene *)ctx)->held++;
}

static void
leave(void *ctx)
{
	((struct scene *)ctx)->held--;
}

/* ---- the scene ---- */

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	assert_true(sodium_init() >= 0);
	loop_fixture_begin(&s->fixture);
	s->store = (struct user_store){ s, each, put, hold, leave };
	sem_init(&s->go, 0, 0);
	sem_init(&s->begun, 0, 0);
	line_set_init(&s->lines, (size_t)16 << 20);
	arena_init(&s->plan.arena, (size_t)16 << 20);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	loop_fixture_end(&s->fixture);
	assert_int_equal(s->held, 0);
	free(s->entries);
	line_set_release(&s->lines);
	arena_release(&s->plan.arena);
	free(s->plan.items);
	sem_destroy(&s->go);
	sem_destroy(&s->begun);
	free(s);
	return 0;
}

static void
add_text(struct scene *s, const char *name, const char *mechanism, const char *text)
{
	store_add(s, name, mechanism, text, strlen(text));
}

static void
captured(struct capture *c, int rc, const struct err *e)
{
	struct scene *s = container_of(c, struct scene, capture);

	s->done++;
	s->rc = rc;
	s->err = *e;
}

static void
begin_capture(struct scene *s)
{
	struct err e = { 0 };

	line_set_release(&s->lines);
	line_set_init(&s->lines, (size_t)16 << 20);
	s->capture = (struct capture){ .loop = &s->fixture.loop, .server = &s->store, .lines = &s->lines,
		                       .done = captured };
	s->done = 0;
	assert_int_equal(users_ops.capture(&s->capture, &e), 0);
}

static void
capture(struct scene *s)
{
	struct err e = { 0 };

	begin_capture(s);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_int_equal(s->held, 0);
	assert_int_equal(line_set_sort(&s->lines, &e), 0);
}

static void
assert_ended(const struct scene *s, int code, const char *text)
{
	if (s->rc != code || strstr(s->err.text, text) == NULL)
		fail_msg("expected %d \"%s\", is %d \"%s\"", code, text, s->rc, s->err.text);
}

static void
assert_line(const struct scene *s, const char *name, const char *value)
{
	const struct line *line = line_set_find(&s->lines, KIND_USER, name);

	assert_non_null(line);
	assert_string_equal(line->value, value);
}

/* ---- capture ---- */

static void
a_scram_verifier_is_the_logs_line(void **state)
{
	struct scene *s = *state;

	add_text(s, "alice", "SCRAM-SHA-512", VERIFIER);
	add_text(s, "bob", "SCRAM-SHA-256", VERIFIER);
	add_text(s, "alice", "SCRAM-SHA-256", VERIFIER);
	capture(s);
	assert_ended(s, 0, "");
	assert_int_equal(s->lines.count, 2);
	assert_line(s, "alice", "{\"SCRAM-SHA-256\":" VERIFIER ",\"SCRAM-SHA-512\":" VERIFIER "}");
	assert_line(s, "bob", "{\"SCRAM-SHA-256\":" VERIFIER "}");
}

static void
anything_else_is_kept_as_bytes(void **state)
{
	struct scene *s = *state;

	store_add(s, "a", "PLAIN", "\0\1\377", 3);
	store_add(s, "b", "PLAIN", "", 0);
	add_text(s, "c", "SCRAM-SHA-256", "{ \"iterations\":4096}"); /* no canonical text */
	add_text(s, "d", "PLAIN", VERIFIER); /* of a mechanism that has no verifiers */
	capture(s);
	assert_ended(s, 0, "");
	assert_line(s, "a", "{\"PLAIN\":{\"credential\":\"AAH/\"}}");
	assert_line(s, "b", "{\"PLAIN\":{\"credential\":\"\"}}");
	assert_line(s, "c", "{\"SCRAM-SHA-256\":{\"credential\":\"eyAiaXRlcmF0aW9ucyI6NDA5Nn0=\"}}");
	assert_non_null(strstr(line_set_find(&s->lines, KIND_USER, "d")->value, "\"credential\""));
}

static void
a_store_that_cannot_tell_them_all_tells_none(void **state)
{
	struct scene *s = *state;

	capture(s);
	assert_ended(s, 0, ""); /* it has none */
	add_text(s, "alice", "PLAIN", "x");
	s->answer = -7;
	capture(s);
	assert_ended(s, ERR_AGAIN, "it answered -7");
	assert_int_equal(s->lines.count, 0);
}

static void
what_is_not_understood_is_refused(void **state)
{
	struct scene *s = *state;

	s->strange = true;
	capture(s);
	assert_ended(s, ERR_FAILED, "does not know");
	s->strange = false;
	add_text(s, "", "PLAIN", "x");
	capture(s);
	assert_ended(s, ERR_FAILED, "name or mechanism is missing");
	(void)snprintf(s->entries[0].name, sizeof s->entries[0].name, "\xff");
	capture(s);
	assert_ended(s, ERR_FAILED, "not UTF-8");
	(void)snprintf(s->entries[0].name, sizeof s->entries[0].name, "alice");
	s->entries[0].len = CREDENTIAL_MAX + 1;
	capture(s);
	assert_ended(s, ERR_FAILED, "user \"alice\" a credential of 65537 bytes");
}

static void
a_user_that_is_given_twice_is_refused(void **state)
{
	struct scene *s = *state;

	add_text(s, "alice", "PLAIN", "x");
	add_text(s, "bob", "PLAIN", "x");
	add_text(s, "alice", "PLAIN", "hunter2");
	capture(s);
	assert_ended(s, ERR_FAILED, "user \"alice\" twice");
	assert_null(strstr(s->err.text, "hunter2"));
}

static void
an_operation_that_is_stopped_does_not_wait_for_the_store(void **state)
{
	struct scene *s = *state;

	s->waits = true;
	begin_capture(s);
	sem_wait(&s->begun);
	loop_stop(&s->fixture.loop, ERR_CANCELLED);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_int_equal(s->rc, ERR_CANCELLED);
	assert_int_equal(s->held, 1); /* until the store has answered */
	sem_post(&s->go);
	while (s->held > 0)
		(void)sched_yield();
}

/* ---- fit ---- */

static struct plan_item *
item(struct scene *s, const char *name, const char *value, const char *have)
{
	struct plan *p = &s->plan;
	struct err e = { 0 };

	p->items = realloc(p->items, (p->count + 1) * sizeof *p->items);
	assert_non_null(p->items);
	p->items[p->count] = (struct plan_item){
		.have = have, .want = { .kind = KIND_USER, .key = arena_text(&p->arena, name), .key_len = strlen(name),
			                .value = arena_text(&p->arena, value), .value_len = strlen(value) },
	};
	assert_int_equal(users_ops.fit(p, &p->items[p->count], 1, &e), 0);
	return &p->items[p->count++];
}

static void
only_what_is_not_there_is_put(void **state)
{
	static const char one[] = "{\"A\":{\"credential\":\"eA==\"}}", other[] = "{\"A\":{\"credential\":\"eQ==\"}}";
	static const char two[] = "{\"A\":{\"credential\":\"eA==\"},\"B\":{\"credential\":\"eA==\"}}";
	struct scene *s = *state;

	s->plan.server = &s->store;
	assert_int_equal(item(s, "a", one, NULL)->action, PLAN_CREATE);
	assert_int_equal(item(s, "a", one, one)->action, PLAN_EQUAL);
	assert_int_equal(item(s, "a", two, one)->action, PLAN_COMPLETE); /* a run that was killed put one */
	assert_int_equal(item(s, "a", one, two)->action, PLAN_KEEP);
	assert_int_equal(item(s, "a", one, other)->action, PLAN_KEEP);
	assert_null(strstr(s->plan.items[4].reason, "eQ=="));
}

static void
without_a_store_nothing_can_be_put(void **state)
{
	struct scene *s = *state;
	const struct plan_item *i = item(s, "a", "{\"SCRAM-SHA-256\":" VERIFIER "}", NULL);

	assert_int_equal(i->outcome, PLAN_FAILED);
	assert_non_null(strstr(i->reason, "before the first start"));
	s->plan.seeding = true;
	s->plan.metadata_version = 33; /* 4.4 */
	s->plan.server = &s->store;
	i = item(s, "a", "{\"SCRAM-SHA-256\":" VERIFIER "}", NULL);
	assert_int_equal(i->action, PLAN_CREATE);
	assert_int_equal(i->outcome, PLAN_TODO);
}

/* ---- apply ---- */

static void
applied(struct apply *a, int rc, const struct err *e)
{
	struct scene *s = container_of(a, struct scene, apply);

	s->done++;
	s->rc = rc;
	s->err = *e;
}

static void
apply(struct scene *s)
{
	struct err e = { 0 };

	s->apply = (struct apply){ .loop = &s->fixture.loop, .server = &s->store, .plan = &s->plan, .done = applied };
	s->done = 0;
	assert_int_equal(users_ops.apply(&s->apply, &e), 0);
	assert_int_equal(s->done, 0);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_int_equal(s->held, 0);
}

/* Plan what was captured, into an empty store. */
static void
plan_captured(struct scene *s)
{
	size_t i;

	s->plan.server = &s->store;
	for (i = 0; i < s->lines.count; i++)
		(void)item(s, s->lines.lines[i].key, s->lines.lines[i].value, NULL);
}

static void
what_was_saved_comes_back_byte_for_byte(void **state)
{
	struct scene *s = *state;
	struct entry before[3];
	size_t i, k;

	store_add(s, "a", "PLAIN", "\0\1\377", 3);
	add_text(s, "b", "SCRAM-SHA-256", VERIFIER);
	store_add(s, "c", "X", "", 0);
	capture(s);
	memcpy(before, s->entries, sizeof before);
	s->count = 0;
	plan_captured(s);
	apply(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->count, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(s->plan.items[i].outcome, PLAN_DONE);
		for (k = 0; strcmp(s->entries[k].name, before[i].name) != 0; k++)
			;
		assert_int_equal(s->entries[k].len, before[i].len);
		assert_memory_equal(s->entries[k].bytes, before[i].bytes, before[i].len);
		assert_string_equal(s->entries[k].mechanism, before[i].mechanism);
	}
}

static void
one_that_is_refused_stops_no_other(void **state)
{
	struct scene *s = *state;
	char name[32];
	unsigned i;

	for (i = 0; i < 250; i++) { /* three batches */
		(void)snprintf(name, sizeof name, "u%03u", i);
		add_text(s, name, "PLAIN", "x");
	}
	capture(s);
	s->count = 0;
	s->refused = "u123";
	plan_captured(s);
	apply(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->count, 249);
	for (i = 0; i < 250; i++)
		assert_int_equal(s->plan.items[i].outcome, i == 123 ? PLAN_FAILED : PLAN_DONE);
	assert_non_null(strstr(s->plan.items[123].reason, "did not take its PLAIN: it answered 42"));
	apply(s);
	assert_int_equal(s->puts, 250); /* nothing is put twice */
}

static void
a_mechanism_that_is_there_is_not_put_again(void **state)
{
	static const char one[] = "{\"A\":{\"credential\":\"eA==\"}}";
	struct scene *s = *state;

	s->plan.server = &s->store;
	(void)item(s, "a", "{\"A\":{\"credential\":\"eA==\"},\"B\":{\"credential\":\"eQ==\"}}", one);
	apply(s);
	assert_int_equal(s->count, 1);
	assert_string_equal(s->entries[0].mechanism, "B");
	assert_memory_equal(s->entries[0].bytes, "y", 1);
}

static void
a_line_that_is_no_users_is_named(void **state)
{
	static const char *const values[] = { "{\"A\":7}", "{\"A\":{}}", "{\"A\":{\"credential\":\"?\"}}",
		                              "{\"A\":{\"credential\":7}}" };
	struct scene *s = *state;
	size_t i;

	s->plan.server = &s->store;
	for (i = 0; i < LENGTH(values); i++)
		(void)item(s, "a", values[i], NULL);
	apply(s);
	for (i = 0; i < LENGTH(values); i++)
		assert_int_equal(s->plan.items[i].outcome, PLAN_FAILED);
	assert_int_equal(s->puts, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_scram_verifier_is_the_logs_line),
		CASE(anything_else_is_kept_as_bytes),
		CASE(a_store_that_cannot_tell_them_all_tells_none),
		CASE(what_is_not_understood_is_refused),
		CASE(a_user_that_is_given_twice_is_refused),
		CASE(an_operation_that_is_stopped_does_not_wait_for_the_store),
		CASE(only_what_is_not_there_is_put),
		CASE(without_a_store_nothing_can_be_put),
		CASE(what_was_saved_comes_back_byte_for_byte),
		CASE(one_that_is_refused_stops_no_other),
		CASE(a_mechanism_that_is_there_is_not_put_again),
		CASE(a_line_that_is_no_users_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
