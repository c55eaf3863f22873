/*
 * t_acls.c - ACLs are captured only when the answer is proven whole; against a fake of
 * the admin API
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kafka/acls.h"
#include "core/kafka/acls_capture.h"
#include "tests/fake/kafka_acls.h"
#include "tests/unit/loop_fixture.h"

struct scene {
	struct loop_fixture fixture;
	struct admin     admin;
	struct acls_fake acls;
	struct line_set  lines, known;
	struct capture   capture;
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
	assert_line(s, "[\"CLUSTER\",\"LITERAL\",\"kafka-cluster\",\"User:CN=x,O=\\\"y\\\\z\\\"\",\"*\",\"DESCRIBE\","
	               "\"ALLOW\"]");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
