/*
 * t_acls_apply.c - ACLs are created DENY first, in batches, and one that is refused stops no other; against
 * a fake of the admin API
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kafka/acls_apply.h"
#include "tests/fake/kafka_acls.h"
#include "tests/unit/loop_fixture.h"

struct scene {
	struct loop_fixture fixture;
	struct admin     admin;
	struct acls_fake acls;
	struct plan      plan;
	struct apply     apply;
	unsigned         done;
	int              rc;
};

enum { DENY = 2, ALLOW };

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	loop_fixture_begin(&s->fixture);
	s->admin.loop = &s->fixture.loop;
	s->admin.acls = &s->acls;
	arena_init(&s->plan.arena, (size_t)64 << 20);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	acls_release(&s->acls);
	admin_release(&s->admin);
	arena_release(&s->plan.arena);
	free(s->plan.items);
	loop_fixture_end(&s->fixture);
	free(s);
	return 0;
}

/* ---- fit ---- */

static struct plan_item *
item(struct scene *s, const char *key, const char *have)
{
	struct plan *p = &s->plan;
	struct err e = { 0 };

	p->items = realloc(p->items, (p->count + 1) * sizeof *p->items);
	assert_non_null(p->items);
	p->items[p->count] = (struct plan_item){
		.have = have,
		.want = { .kind = KIND_ACL, .key = arena_text(&p->arena, key), .key_len = strlen(key), .value = "{}",
			  .value_len = 2 },
	};
	assert_int_equal(acl_fit_item(p, &p->items[p->count], 1, &e), 0);
	return &p->items[p->count++];
}

#define A_TOPIC "[\"TOPIC\",\"LITERAL\",\"a\",\"User:a\",\"*\",\"READ\",\"ALLOW\"]"
#define A_USER  "[\"USER\",\"LITERAL\",\"a\",\"User:a\",\"*\",\"CREATE_TOKENS\",\"ALLOW\"]"

static void
what_is_there_is_equal_and_what_is_not_is_created(void **state)
{
	struct scene *s = *state;

	assert_int_equal(item(s, A_TOPIC, "{}")->action, PLAN_EQUAL);
	assert_int_equal(item(s, A_TOPIC, NULL)->action, PLAN_CREATE);
	assert_int_equal(s->plan.items[1].outcome, PLAN_TODO);
	assert_int_equal(item(s, A_USER, "{}")->action, PLAN_EQUAL);
}

static void
what_librdkafka_cannot_create_is_created_before_the_first_start_alone(void **state)
{
	struct scene *s = *state;
	const struct plan_item *i = item(s, A_USER, NULL);

	assert_int_equal(i->outcome, PLAN_FAILED);
	assert_non_null(strstr(i->reason, "kcb pre-start"));
	s->plan.seeding = true;
	s->plan.metadata_version = 33; /* 4.4 */
	i = item(s, A_USER, NULL);
	assert_int_equal(i->action, PLAN_CREATE);
	assert_int_equal(i->outcome, PLAN_TODO);
}

static void
a_line_that_is_no_acls_is_corrupt(void **state)
{
	static const char *const keys[] = { "", "[]", "{}", "orders", "[\"TOPIC\"]",
		"[\"TOPIC\",\"LITERAL\",\"a\",\"User:a\",\"*\",\"READ\",7]",
		"[\"TOPIC\",\"LITERAL\",\"a\",\"User:a\",\"*\",\"SING\",\"ALLOW\"]",
		"[\"TOPIC\",\"LITERAL\",\"a\",\"User:a\",\"*\",\"READ\",\"ALLOW\",\"x\"]" };
	struct scene *s = *state;
	struct plan_item i = { .want = { .kind = KIND_ACL, .value = "{}", .value_len = 2 } };
	struct err e;
	size_t k;

	for (k = 0; k < LENGTH(keys); k++) {
		i.want.key = keys[k];
		i.want.key_len = strlen(keys[k]);
		assert_int_equal(acl_fit_item(&s->plan, &i, 1, &e), ERR_CORRUPT);
	}
	i.want.key = A_TOPIC;
	i.want.key_len = strlen(A_TOPIC);
	i.want.value = "{\"a\":1}";
	assert_int_equal(acl_fit_item(&s->plan, &i, 1, &e), ERR_CORRUPT);
}

/* ---- apply ---- */

static void
want(struct scene *s, unsigned number, const char *principal, const char *permission)
{
	char key[200];

	(void)snprintf(key, sizeof key, "[\"TOPIC\",\"LITERAL\",\"t%u\",\"%s\",\"*\",\"READ\",\"%s\"]", number,
	               principal, permission);
	(void)item(s, key, NULL);
}

static void
applied(struct apply *a, int rc, const struct err *e)
{
	struct scene *s = container_of(a, struct scene, apply);

	s->done++;
	(void)e;
	s->rc = rc;
}

static void
apply(struct scene *s)
{
	struct err e = { 0 };

	s->apply = (struct apply){ .loop = &s->fixture.loop, .server = admin_client(&s->admin), .plan = &s->plan,
		                   .brokers = 1, .done = applied };
	s->done = 0;
	assert_int_equal(acls_ops.apply(&s->apply, &e), 0);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_true(s->admin.most_in_flight <= CREATE_ACLS_WIDTH);
	assert_true(s->acls.most_created <= CREATE_ACLS_MAX);
}

static size_t
count_outcome(const struct scene *s, enum plan_outcome outcome)
{
	size_t i, n = 0;

	for (i = 0; i < s->plan.count; i++)
		n += s->plan.items[i].outcome == outcome;
	return n;
}

static void
every_deny_is_there_before_the_first_allow(void **state)
{
	struct scene *s = *state;
	size_t i;

	for (i = 0; i < 5000; i++)
		want(s, (unsigned)i, "User:a", i % 2 == 0 ? "ALLOW" : "DENY");
	apply(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->acls.orders, 5000);
	for (i = 0; i < 5000; i++)
		assert_int_equal(s->acls.permissions[i], i < 2500 ? DENY : ALLOW);
	assert_int_equal(s->acls.created, 6); /* 1000, 1000 and 500, twice */
	assert_int_equal(count_outcome(s, PLAN_DONE), 5000);
	apply(s);
	assert_int_equal(s->acls.created, 6); /* what is acknowledged is not sent again */
}

static void
no_allow_is_sent_when_the_answer_to_a_deny_was_lost(void **state)
{
	struct scene *s = *state;

	want(s, 1, "User:a", "ALLOW");
	want(s, 2, "User:a", "DENY");
	s->admin.lost = 1;
	apply(s);
	assert_int_equal(s->rc, ERR_AGAIN);
	assert_int_equal(s->acls.created, 1);
	assert_int_equal(count_outcome(s, PLAN_TODO), 2);
	s->admin.lost = 0;
	apply(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(count_outcome(s, PLAN_DONE), 2);
}

static void
one_that_is_refused_stops_no_other(void **state)
{
	struct scene *s = *state;
	unsigned i;

	for (i = 0; i < 3000; i++)
		want(s, i, i == 1234 ? "User:bad" : "User:a", "ALLOW");
	s->acls.refused = "User:bad";
	s->acls.refusal = RD_KAFKA_RESP_ERR_INVALID_REQUEST;
	apply(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(count_outcome(s, PLAN_DONE), 2999);
	assert_int_equal(s->plan.items[1234].outcome, PLAN_FAILED);
	assert_non_null(strstr(s->plan.items[1234].reason, "creating it: "));
	assert_false(s->plan.items[1234].denied);
}

static void
who_may_not_create_is_told_so(void **state)
{
	struct scene *s = *state;

	want(s, 1, "User:a", "DENY");
	s->acls.may_not_alter = true;
	apply(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->plan.items[0].outcome, PLAN_FAILED);
	assert_true(s->plan.items[0].denied);
}

static void
one_that_is_throttled_is_looked_at_again(void **state)
{
	struct scene *s = *state;

	want(s, 1, "User:a", "DENY");
	s->acls.refused = "User:a";
	s->acls.refusal = RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED;
	apply(s);
	assert_int_equal(s->plan.items[0].outcome, PLAN_TODO);
}

static void
results_that_are_not_all_there_are_nobodys(void **state)
{
	struct scene *s = *state;

	want(s, 1, "User:a", "DENY");
	want(s, 2, "User:a", "DENY");
	s->acls.forgetful = true;
	apply(s);
	assert_int_equal(s->rc, ERR_AGAIN);
	assert_int_equal(count_outcome(s, PLAN_TODO), 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_there_is_equal_and_what_is_not_is_created),
		CASE(what_librdkafka_cannot_create_is_created_before_the_first_start_alone),
		CASE(a_line_that_is_no_acls_is_corrupt),
		CASE(every_deny_is_there_before_the_first_allow),
		CASE(no_allow_is_sent_when_the_answer_to_a_deny_was_lost),
		CASE(one_that_is_refused_stops_no_other),
		CASE(who_may_not_create_is_told_so),
		CASE(one_that_is_throttled_is_looked_at_again),
		CASE(results_that_are_not_all_there_are_nobodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
