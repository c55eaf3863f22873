/*
 * t_acls.c - ACLs are captured only when the answer is proven whole, and created DENY first; against a
 * fake of the admin API
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kafka/acls.h"
#include "core/kafka/acls_apply.h"
#include "core/kafka/acls_capture.h"
#include "tests/fake/kafka_acls.h"
#include "tests/unit/loop_fixture.h"

struct scene {
	struct loop_fixture fixture;
	struct admin     admin;
	struct acls_fake acls;
	struct line_set  lines, known;
	struct capture   capture;
	struct plan      plan;
	struct apply     apply;
	unsigned         done;
	int              rc;
	struct err       err;
};

enum { TOPIC = 2, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN, USER };
enum { LITERAL = 3, PREFIXED };
enum { DENY = 2, ALLOW };
enum { ALL = 2, READ, DESCRIBE = 8, CREATE_TOKENS = 13 };

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	loop_fixture_begin(&s->fixture);
	s->admin.loop = &s->fixture.loop;
	s->admin.acls = &s->acls;
	line_set_init(&s->lines, (size_t)64 << 20);
	line_set_init(&s->known, (size_t)64 << 20);
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
	line_set_release(&s->lines);
	line_set_release(&s->known);
	arena_release(&s->plan.arena);
	free(s->plan.items);
	loop_fixture_end(&s->fixture);
	free(s);
	return 0;
}

static void
there(struct scene *s, int resource, int pattern, const char *name, const char *principal, int operation,
      int permission)
{
	struct acls_binding b = { .resource = resource, .pattern = pattern, .operation = operation,
		                  .permission = permission, .host = "*" };

	(void)snprintf(b.name, sizeof b.name, "%s", name);
	(void)snprintf(b.principal, sizeof b.principal, "%s", principal);
	acls_add(&s->acls, b);
}

/* ---- capture ---- */

static void
captured(struct capture *c, int rc, const struct err *e)
{
	struct scene *s = container_of(c, struct scene, capture);

	s->done++;
	s->rc = rc;
	s->err = *e;
}

static void
capture(struct scene *s)
{
	struct err e = { 0 };

	s->capture = (struct capture){ .loop = &s->fixture.loop, .server = admin_client(&s->admin),
		                       .lines = &s->lines, .known = &s->known, .done = captured };
	s->done = 0;
	assert_int_equal(acls_ops.capture(&s->capture, &e), 0);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_int_equal(line_set_sort(&s->lines, &e), 0); /* none is there twice */
}

static void
assert_ended(const struct scene *s, int code, const char *text)
{
	if (s->rc != code || strstr(s->err.text, text) == NULL)
		fail_msg("expected %d \"%s\", is %d \"%s\"", code, text, s->rc, s->err.text);
}

static void
assert_line(const struct scene *s, const char *key)
{
	const struct line *line = line_set_find(&s->lines, KIND_ACL, key);

	if (line == NULL)
		fail_msg("no line %s", key);
	else
		assert_string_equal(line->value, "{}");
}

static void
every_acl_is_one_line_of_seven_texts(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, PREFIXED, "ord", "User:alice", READ, ALLOW);
	there(s, GROUP, LITERAL, "gruppe-\xc3\xa4", "User:m\xc3\xbcller", ALL, DENY);
	there(s, CLUSTER, LITERAL, "kafka-cluster", "User:CN=x,O=\"y\\z\"", DESCRIBE, ALLOW);
	there(s, TRANSACTIONAL_ID, LITERAL, "t", "Group:ops", READ, ALLOW);
	capture(s);
	assert_ended(s, 0, "");
	assert_int_equal(s->lines.count, 4);
	assert_line(s, "[\"TOPIC\",\"PREFIXED\",\"ord\",\"User:alice\",\"*\",\"READ\",\"ALLOW\"]");
	assert_line(s, "[\"GROUP\",\"LITERAL\",\"gruppe-\xc3\xa4\",\"User:m\xc3\xbcller\",\"*\",\"ALL\",\"DENY\"]");
	assert_line(s, "[\"CLUSTER\",\"LITERAL\",\"kafka-cluster\",\"User:CN=x,O=\\\"y\\\\z\\\"\",\"*\",\"DESCRIBE\",\"ALLOW\"]");
	assert_int_equal(s->acls.described, 5); /* four types, and all */
	assert_int_equal(s->acls.deleted, 0);
}

static void
an_acl_that_a_broker_shows_twice_is_one(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW);
	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW);
	capture(s);
	assert_ended(s, 0, "");
	assert_int_equal(s->lines.count, 1);
}

static void
none_is_captured_where_an_authorizer_says_so(void **state)
{
	struct scene *s = *state;

	capture(s);
	assert_ended(s, 0, "");
	assert_int_equal(s->lines.count, 0);
	assert_int_equal(s->acls.deleted, 1); /* asked, and nothing deleted: the fake asserts it */
}

static void
an_authorizer_that_forbids_changes_is_an_authorizer(void **state)
{
	struct scene *s = *state;

	s->acls.may_not_alter = true;
	capture(s);
	assert_ended(s, 0, "");
}

static void
without_an_authorizer_the_kind_is_unsupported_and_not_empty(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW); /* kept by Kafka, shown by nobody */
	s->acls.no_authorizer = true;
	capture(s);
	assert_ended(s, ERR_UNSUPPORTED, "no authorizer");
}

static void
who_may_not_see_acls_is_not_told_that_there_are_none(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW);
	s->acls.unseen = true;
	capture(s);
	assert_ended(s, ERR_DENIED, "grant Describe on Cluster");
	assert_int_equal(s->acls.described, 0);
}

static void
a_right_that_is_lost_meanwhile_proves_nothing(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW);
	s->acls.seen_for = 1;
	capture(s);
	assert_ended(s, ERR_DENIED, "grant Describe on Cluster");
	assert_int_equal(s->acls.allowed, 2);
}

static void
a_broker_that_does_not_tell_rights_proves_nothing(void **state)
{
	struct scene *s = *state;

	s->acls.untold = true;
	capture(s);
	assert_ended(s, ERR_UNSUPPORTED, "does not tell what this user may do");
}

static void
an_acl_that_librdkafka_cannot_name_makes_the_kind_unreachable(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW);
	there(s, USER, LITERAL, "bob", "User:admin", DESCRIBE, ALLOW);
	there(s, TOPIC, LITERAL, "a", "User:admin", CREATE_TOKENS, ALLOW);
	there(s, DELEGATION_TOKEN, LITERAL, "x", "User:admin", DESCRIBE, ALLOW);
	capture(s);
	assert_ended(s, ERR_FAILED, "the first: User:admin on \"a\"");
	assert_ended(s, ERR_FAILED, "metadata_log_dir");
}

static void
a_lost_answer_is_no_answer(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:a", READ, ALLOW);
	s->admin.lost = 3;
	capture(s);
	assert_ended(s, ERR_AGAIN, "reading ACLs: the answer was lost");
}

static void
what_is_no_utf8_cannot_be_a_line(void **state)
{
	struct scene *s = *state;

	there(s, TOPIC, LITERAL, "a", "User:\xff", READ, ALLOW);
	capture(s);
	assert_ended(s, ERR_FAILED, "is not UTF-8");
}

static void
cancelled_it_ends_with_that(void **state)
{
	struct scene *s = *state;
	struct err e = { 0 };

	s->capture = (struct capture){ .loop = &s->fixture.loop, .server = admin_client(&s->admin),
		                       .lines = &s->lines, .done = captured };
	assert_int_equal(acls_ops.capture(&s->capture, &e), 0);
	loop_stop(&s->fixture.loop, ERR_CANCELLED);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_int_equal(s->rc, ERR_CANCELLED);
}

/* ---- large answers: they have to fit librdkafka's stack ---- */

static void
known(struct scene *s, const char *type, unsigned count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		char key[200];
		struct line line = { .kind = KIND_ACL, .key = key, .value = "{}", .value_len = 2 };
		struct err e = { 0 };

		(void)snprintf(key, sizeof key, "[\"%s\",\"%s\",\"t%06zu\",\"User:u\",\"*\",\"READ\",\"%s\"]", type,
		               i % 2 == 0 ? "LITERAL" : "PREFIXED", i, i % 4 < 2 ? "DENY" : "ALLOW");
		line.key_len = strlen(key);
		assert_int_equal(line_set_add(&s->known, &line, &e), 0);
	}
}

/* So many ACLs as known() makes that half of a thread's stack holds them. */
static unsigned
fit_in_one(void)
{
	struct acl acl = { .name = { "t000000", 7 }, .principal = { "User:u", 6 }, .host = { "*", 1 } };
	pthread_attr_t attr;
	size_t size = 0;

	assert_int_equal(pthread_getattr_default_np(&attr), 0);
	assert_int_equal(pthread_attr_getstacksize(&attr, &size), 0);
	(void)pthread_attr_destroy(&attr);
	return (unsigned)(size / 2 / acl_stack(&acl));
}

static void
a_type_of_many_acls_is_asked_for_in_parts(void **state)
{
	struct scene *s = *state;

	known(s, "TOPIC", fit_in_one());
	capture(s);
	assert_ended(s, 0, "");
	assert_int_equal(s->acls.described, 5);
	s->acls.described = 0;
	known(s, "TOPIC", 8);
	capture(s);
	assert_ended(s, 0, "");
	assert_int_equal(s->acls.described, 8);
}

static void
what_does_not_fit_in_parts_either_is_not_asked_for(void **state)
{
	struct scene *s = *state;

	known(s, "GROUP", 4 * fit_in_one() + 16);
	capture(s);
	assert_ended(s, ERR_FAILED, "more ACLs than librdkafka can read in one answer");
	assert_int_equal(s->acls.described, 0);
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
	s->rc = rc;
	s->err = *e;
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
		CASE(every_acl_is_one_line_of_seven_texts),
		CASE(an_acl_that_a_broker_shows_twice_is_one),
		CASE(none_is_captured_where_an_authorizer_says_so),
		CASE(an_authorizer_that_forbids_changes_is_an_authorizer),
		CASE(without_an_authorizer_the_kind_is_unsupported_and_not_empty),
		CASE(who_may_not_see_acls_is_not_told_that_there_are_none),
		CASE(a_right_that_is_lost_meanwhile_proves_nothing),
		CASE(a_broker_that_does_not_tell_rights_proves_nothing),
		CASE(an_acl_that_librdkafka_cannot_name_makes_the_kind_unreachable),
		CASE(a_lost_answer_is_no_answer),
		CASE(what_is_no_utf8_cannot_be_a_line),
		CASE(cancelled_it_ends_with_that),
		CASE(a_type_of_many_acls_is_asked_for_in_parts),
		CASE(what_does_not_fit_in_parts_either_is_not_asked_for),
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
