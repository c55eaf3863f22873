/*
 * t_connectors_topic.c - Connect's config topic against the worker, and reading a compacted topic:
 * with librdkafka's mock brokers
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h> /* behind it */

#include "core/base/cleanup.h"
#include "core/kafka/topic_read.h"
#include "connect_fixture.h"

struct scene {
	struct worker           *worker;
	rd_kafka_t              *owner; /* of the mock brokers */
	rd_kafka_mock_cluster_t *brokers;
	rd_kafka_t              *rk; /* a producer */
	struct use               use;
	char                     topic[32]; /* another one for each case */
	unsigned                 cases;
};

static rd_kafka_t *
producer(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[200];
	rd_kafka_t *rk;

	rd_kafka_conf_set_log_cb(conf, NULL);
	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why),
	                 RD_KAFKA_CONF_OK);
	rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	assert_non_null(rk);
	return rk;
}

static int
scene_open(void **state)
{
	struct scene *s = test_calloc(1, sizeof *s);
	void *worker;
	int rc = worker_begin(&worker);

	s->worker = worker;
	s->owner = producer("127.0.0.1:1");
	s->brokers = rd_kafka_mock_cluster_new(s->owner, 1);
	assert_non_null(s->brokers);
	s->rk = producer(rd_kafka_mock_cluster_bootstraps(s->brokers));
	*state = s;
	return rc;
}

static int
scene_close(void **state)
{
	struct scene *s = *state;
	void *worker = s->worker;
	int rc;

	rd_kafka_destroy(s->rk);
	rd_kafka_mock_cluster_destroy(s->brokers);
	rd_kafka_destroy(s->owner);
	rc = worker_end(&worker);
	test_free(s);
	return rc;
}

static int
case_begin(void **state)
{
	struct scene *s = *state;
	struct client_property p = { "bootstrap.servers", NULL };
	struct err e = { 0 };

	use_begin(&s->use, s->worker, "4.1.0");
	p.value = rd_kafka_mock_cluster_bootstraps(s->brokers);
	assert_int_equal(client_open(&s->use.loop, &p, 1, &s->use.connect.kafka, &e), 0);
	(void)snprintf(s->topic, sizeof s->topic, "configs-%u", s->cases++);
	s->use.connect.config_topic = s->topic;
	return 0;
}

static int
case_end(void **state)
{
	struct scene *s = *state;

	client_close(s->use.connect.kafka);
	use_end(&s->use);
	return 0;
}

static void
make_topic(struct scene *s, int partitions)
{
	assert_int_equal(rd_kafka_mock_topic_create(s->brokers, s->topic, partitions, 1), 0);
}

static void
put(struct scene *s, const char *key, const char *value) /* NULL: a tombstone */
{
	size_t key_len = key == NULL ? 0 : strlen(key);
	size_t value_len = value == NULL ? 0 : strlen(value);
	void *bytes = (void *)(uintptr_t)value; /* it is copied */

	assert_int_equal(rd_kafka_producev(s->rk, RD_KAFKA_V_TOPIC(s->topic), RD_KAFKA_V_PARTITION(0),
	                                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
	                                   RD_KAFKA_V_KEY(key, key_len),
	                                   RD_KAFKA_V_VALUE(bytes, value_len), RD_KAFKA_V_END),
	                 0);
	assert_int_equal(rd_kafka_flush(s->rk, 10000), 0);
}

static void
has(struct scene *s, const char *name, const char *state)
{
	worker_order(s->worker, "{\"has\":{\"%s\":{\"config\":%s,\"state\":\"%s\"}}}", name, CONFIG("f"),
	             state);
}

#define PROPERTIES "{\"properties\":{\"password\":\"" SECRET "\"}}"

static void
assert_said(struct scene *s, int code, const char *words)
{
	if (s->use.rc != code || strstr(s->use.err.text, words) == NULL)
		print_error("%s: %s\n", err_name(s->use.rc), s->use.err.text);
	assert_int_equal(s->use.rc, code);
	assert_non_null(strstr(s->use.err.text, words));
}

/* ---- capture ---- */

static void
connectors_with_a_record_count(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1);
	put(s, "connector-a", PROPERTIES);
	put(s, "task-a-0", PROPERTIES);
	put(s, "commit-a", "{\"tasks\":1}");
	put(s, "connector-deleted", PROPERTIES);
	put(s, "connector-deleted", NULL);
	put(s, "connector-broken", "what no worker reads");
	put(s, "session-key", "{\"key\":\"" SECRET "\"}");
	has(s, "a", "RUNNING");
	use_capture(&s->use);
	assert_said(s, 0, "");
	assert_int_equal(s->use.lines.count, 1);
}

static void
a_worker_with_more_than_the_topic_has_outlived_its_cluster(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1);
	put(s, "connector-a", PROPERTIES);
	put(s, "connector-b", PROPERTIES);
	put(s, "connector-b", NULL);
	has(s, "a", "RUNNING");
	has(s, "b", "RUNNING");
	use_capture(&s->use);
	assert_said(s, ERR_AGAIN, "connector b, of which");
	assert_said(s, ERR_AGAIN, "restart the worker");
}

static void
a_worker_with_less_than_the_topic_has_not_read_it(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1);
	put(s, "connector-a", PROPERTIES);
	put(s, "connector-unseen", PROPERTIES);
	has(s, "a", "RUNNING");
	use_capture(&s->use);
	assert_said(s, ERR_AGAIN, "connector unseen");
}

static void
a_topic_that_is_not_there_is_said_and_not_made(void **state)
{
	struct scene *s = *state;

	use_capture(&s->use);
	assert_said(s, ERR_AGAIN, "has no topic configs-");
	use_capture(&s->use);
	assert_said(s, ERR_AGAIN, "has no topic configs-");
}

static void
a_topic_of_two_partitions_is_no_config_topic(void **state)
{
	struct scene *s = *state;

	make_topic(s, 2);
	use_capture(&s->use);
	assert_said(s, ERR_OPERATOR, "2 partitions instead of one");
}

static void
a_topic_that_may_not_be_read_is_done_without(void **state)
{
	struct scene *s = *state;

	make_topic(s, 0); /* a broker shows no partitions then; librdkafka 2.8.0 crashes on them */
	rd_kafka_mock_topic_set_error(s->brokers, s->topic,
	                              RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	has(s, "a", "PAUSED");
	use_capture(&s->use);
	assert_said(s, 0, "");
	assert_string_equal(use_value(&s->use, "a"), VALUE("f", "PAUSED"));
}

/* ---- the state that somebody wanted ---- */

static void
the_wanted_state_counts_not_how_it_fares(void **state)
{
	static const struct {
		const char *name, *shown, *record, *state;
	} cases[] = {
		{ "a", "FAILED", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}", "STOPPED" },
		{ "b", "UNASSIGNED", "{\"state\":\"PAUSED\",\"state.v2\":\"PAUSED\"}", "PAUSED" },
		{ "c", "FAILED", "{\"state\":\"PAUSED\"}", "PAUSED" },
		{ "d", "PAUSED", "{\"state\":\"STARTED\",\"state.v2\":\"STARTED\"}", "RUNNING" },
		{ "e", "STOPPED", NULL, "RUNNING" },
		{ "f", "PAUSED", "{\"state\":\"unheard of\"}", "PAUSED" },
		{ "g", "FAILED", "no JSON", "RUNNING" },
	};
	struct scene *s = *state;
	char key[40], expected[200];
	size_t i;

	make_topic(s, 1);
	for (i = 0; i < LENGTH(cases); i++) {
		has(s, cases[i].name, cases[i].shown);
		(void)snprintf(key, sizeof key, "target-state-%s", cases[i].name);
		put(s, key, "{\"state\":\"PAUSED\",\"state.v2\":\"PAUSED\"}");
		put(s, key, cases[i].record);
		(void)snprintf(key, sizeof key, "connector-%s", cases[i].name);
		put(s, key, PROPERTIES);
	}
	use_capture(&s->use);
	assert_said(s, 0, "");
	for (i = 0; i < LENGTH(cases); i++) {
		(void)snprintf(expected, sizeof expected, "{\"config\":" CONFIG("f") ",\"state\":\"%s\"}",
		               cases[i].state);
		assert_string_equal(use_value(&s->use, cases[i].name), expected);
	}
}

/* ---- reading a topic ---- */

struct heard {
	int    calls, rc;
	size_t count;
	int64_t end;
	char   text[4096]; /* "key=value;" of each record */
	struct err err;
};

static void
hear(void *arg, int rc, const struct topic_record *records, size_t count, int64_t end, const struct err *e)
{
	struct heard *h = arg;
	size_t i, used = 0;

	h->calls++;
	h->rc = rc;
	h->err = *e;
	h->count = count;
	h->end = end;
	for (i = 0; i < count && i < 10; i++)
		used += (size_t)snprintf(h->text + used, sizeof h->text - used, "%s=%.*s;",
		                         records[i].key, (int)records[i].value_len,
		                         records[i].value == NULL ? "" : records[i].value);
}

static enum topic_take
take_all(const char *key, const char *value, size_t value_len)
{
	(void)value;
	(void)value_len;
	return key[0] == 'k' ? TAKE_KEY : key[0] == '-' ? TAKE_NOTHING : TAKE_RECORD;
}

static void
read_topic(struct scene *s, struct heard *h)
{
	struct err e = { 0 };

	*h = (struct heard){ 0 };
	assert_int_equal(topic_read(&s->use.loop, s->use.connect.kafka, s->topic, take_all, hear, h, &e),
	                 0);
	assert_int_equal(h->calls, 0);
	loop_run(&s->use.loop);
	assert_int_equal(h->calls, 1);
}

static void
the_last_record_of_a_key_counts(void **state)
{
	struct scene *s = *state;
	struct heard h;

	make_topic(s, 1);
	put(s, "b", "1");
	put(s, "a", "1");
	put(s, "key-only", "1");
	put(s, "-not", "1");
	put(s, "b", "2");
	put(s, "gone", "1");
	put(s, "gone", NULL);
	put(s, "back", "1");
	put(s, "back", NULL);
	put(s, "back", "3");
	put(s, NULL, "no key");
	put(s, "empty", "");
	read_topic(s, &h);
	assert_int_equal(h.rc, 0);
	assert_string_equal(h.text, "a=1;b=2;back=3;empty=;key-only=;");
}

static void
an_empty_topic_has_no_records(void **state)
{
	struct scene *s = *state;
	struct heard h;

	make_topic(s, 1);
	read_topic(s, &h);
	assert_int_equal(h.rc, 0);
	assert_int_equal(h.count, 0);
}

static void
many_records_of_few_keys_are_few(void **state)
{
	struct scene *s = *state;
	struct heard h;
	char key[8];
	int i;

	make_topic(s, 1);
	for (i = 0; i < 3000; i++) {
		(void)snprintf(key, sizeof key, "a%d", i % 3);
		assert_int_equal(rd_kafka_producev(s->rk, RD_KAFKA_V_TOPIC(s->topic), RD_KAFKA_V_PARTITION(0),
		                                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		                                   RD_KAFKA_V_KEY(key, strlen(key)),
		                                   RD_KAFKA_V_VALUE(key, strlen(key)), RD_KAFKA_V_END),
		                 0);
	}
	assert_int_equal(rd_kafka_flush(s->rk, 10000), 0);
	read_topic(s, &h);
	assert_int_equal(h.rc, 0);
	assert_string_equal(h.text, "a0=a0;a1=a1;a2=a2;");
	assert_int_equal(h.end, 3000);
}

static void
nobody_waits_for_a_broker_that_is_silent(void **state)
{
	struct scene *s = *state;
	struct heard h;

	make_topic(s, 1);
	assert_int_equal(rd_kafka_mock_broker_set_rtt(s->brokers, 1, 5000), 0);
	s->use.loop.deadline_ms = loop_now_ms(&s->use.loop) + 200;
	read_topic(s, &h);
	assert_int_equal(rd_kafka_mock_broker_set_rtt(s->brokers, 1, 0), 0);
	assert_int_equal(h.rc, ERR_AGAIN);
	assert_non_null(strstr(h.err.text, "reading topic configs-"));
	assert_true(loop_now_ms(&s->use.loop) < s->use.loop.deadline_ms + 4000);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, case_begin, case_end)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(connectors_with_a_record_count),
		CASE(a_worker_with_more_than_the_topic_has_outlived_its_cluster),
		CASE(a_worker_with_less_than_the_topic_has_not_read_it),
		CASE(a_topic_that_is_not_there_is_said_and_not_made),
		CASE(a_topic_of_two_partitions_is_no_config_topic),
		CASE(a_topic_that_may_not_be_read_is_done_without),
		CASE(the_wanted_state_counts_not_how_it_fares),
		CASE(the_last_record_of_a_key_counts),
		CASE(an_empty_topic_has_no_records),
		CASE(many_records_of_few_keys_are_few),
		CASE(nobody_waits_for_a_broker_that_is_silent),
	};

	return cmocka_run_group_tests(tests, scene_open, scene_close);
}
