/*
 * t_topics_capture.c - a broker that answers less than it was asked: what it leaves out is never
 * taken for what is not there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/kafka/client.h"
#include "core/kafka/topics.h"
#include "tests/fake/kafka_broker.h"
#include "tests/unit/loop_fixture.h"

struct scene {
	struct loop_fixture loop;
	struct broker   kafka;
	struct client  *client;
	struct capture  capture;
	struct line_set lines;
	unsigned        done;
	int             rc;
	struct err      err;
};

/* ---- the scene ---- */

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	assert_true(sodium_init() >= 0);
	loop_fixture_begin(&s->loop);
	line_set_init(&s->lines, (size_t)1 << 20);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	client_close(s->client);
	line_set_release(&s->lines);
	loop_fixture_end(&s->loop);
	broker_end(&s->kafka);
	free(s);
	return 0;
}

static void
captured(struct capture *c, int rc, const struct err *e)
{
	struct scene *s = container_of(c, struct scene, capture);

	s->done++;
	s->rc = rc;
	s->err = *e;
}

/* Of a cluster with these topics. */
static void
capture(struct scene *s, const struct broker_topic *topics, uint32_t count)
{
	struct client_property servers = { .name = "bootstrap.servers" };
	struct err e = { 0 };
	char address[32];

	s->kafka.topics = topics;
	s->kafka.count = count;
	broker_begin(&s->kafka);
	(void)snprintf(address, sizeof address, "127.0.0.1:%u", s->kafka.port);
	servers.value = address;
	if (client_open(&s->loop.loop, &servers, 1, &s->client, &e) != 0)
		fail_msg("%s", e.text);
	s->capture = (struct capture){ .loop = &s->loop.loop, .server = s->client, .lines = &s->lines,
		                       .done = captured };
	assert_int_equal(topics_ops.capture(&s->capture, &e), 0);
	loop_run(&s->loop.loop);
	assert_int_equal(s->done, 1);
}

static void
assert_ended(const struct scene *s, int code, const char *text)
{
	if (s->rc != code || strstr(s->err.text, text) == NULL)
		fail_msg("expected %d \"%s\", is %d \"%s\"", code, text, s->rc, s->err.text);
}

/* ---- the cases ---- */

static void
what_is_answered_for_is_captured(void **state)
{
	static const struct broker_topic topics[] = { { "orders", 2, 1, false, false },
		                                      { "prices", 1, 1, false, false } };
	struct scene *s = *state;
	struct err e = { 0 };

	capture(s, topics, LENGTH(topics));
	assert_ended(s, 0, "");
	assert_int_equal(line_set_sort(&s->lines, &e), 0);
	assert_non_null(line_set_find(&s->lines, KIND_TOPIC, "orders"));
	assert_non_null(line_set_find(&s->lines, KIND_TOPIC, "prices"));
}

static void
a_cluster_without_topics_is_captured_when_that_is_proven(void **state)
{
	struct scene *s = *state;

	capture(s, NULL, 0);
	assert_ended(s, 0, "");
	assert_int_equal(s->lines.count, 0);
}

static void
a_made_up_topic_that_is_not_answered_for_proves_nothing(void **state)
{
	struct scene *s = *state;

	s->kafka.forgets = 1;
	capture(s, NULL, 0);
	assert_ended(s, ERR_FAILED, "asked about 2 topics, and the broker did not answer for all");
}

static void
a_topic_that_is_listed_and_not_described_is_not_taken_for_deleted(void **state)
{
	static const struct broker_topic topics[] = { { "orders", 2, 1, true, false },
		                                      { "prices", 1, 1, false, false } };
	struct scene *s = *state;

	capture(s, topics, LENGTH(topics));
	assert_ended(s, ERR_FAILED, "asked about 4 topics, and the broker did not answer for all");
}

static void
a_topic_without_its_configs_is_not_taken_for_one_without_any(void **state)
{
	static const struct broker_topic topics[] = { { "orders", 2, 1, false, true },
		                                      { "prices", 1, 1, false, false } };
	struct scene *s = *state;

	capture(s, topics, LENGTH(topics));
	assert_ended(s, ERR_FAILED, "asked for the configs of 2 topics, and the broker did not");
}

static void
a_topic_whose_partitions_are_not_known_yet_is_not_taken_for_one_of_none(void **state)
{
	static const struct broker_topic topics[] = { { "orders", 0, 0, false, false } };
	struct scene *s = *state;

	capture(s, topics, LENGTH(topics));
	assert_ended(s, ERR_AGAIN, "the partitions of topic orders");
}

static void
a_topic_whose_replicas_are_not_known_yet_is_not_taken_for_one_of_none(void **state)
{
	static const struct broker_topic topics[] = { { "orders", 2, 0, false, false } };
	struct scene *s = *state;

	capture(s, topics, LENGTH(topics));
	assert_ended(s, ERR_AGAIN, "the replicas of topic orders");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_answered_for_is_captured),
		CASE(a_cluster_without_topics_is_captured_when_that_is_proven),
		CASE(a_made_up_topic_that_is_not_answered_for_proves_nothing),
		CASE(a_topic_that_is_listed_and_not_described_is_not_taken_for_deleted),
		CASE(a_topic_without_its_configs_is_not_taken_for_one_without_any),
		CASE(a_topic_whose_partitions_are_not_known_yet_is_not_taken_for_one_of_none),
		CASE(a_topic_whose_replicas_are_not_known_yet_is_not_taken_for_one_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
