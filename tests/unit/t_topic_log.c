/* t_topic_log.c - a topic record by record, written and read by librdkafka's mock brokers */
#include <stdio.h>
#include <string.h>

#include "topic_fixture.h"

static void
records_come_back_as_they_are(void **state)
{
	struct scene *s = *state;
	static const char bytes[] = "\0\xff{";
	struct log_header headers[] = { { "X-Registry-Version", "5.0.3", 5 }, { "none", NULL, 0 }, { "empty", "", 0 } };
	const struct log_record odd[] = {
		{ .key = bytes, .key_len = 3, .value = bytes, .value_len = 2, .headers = headers, .header_count = 3,
		  .timestamp = 1700000000000 },
		{ .key = "k", .key_len = 1, .value = NULL, .timestamp = 1700000000001 },
		{ .key = "k", .key_len = 1, .value = "", .timestamp = 1700000000001 },
		{ .key = "", .value = "v", .value_len = 1, .timestamp = 1700000000000 },
		{ .key = NULL, .value = "v", .value_len = 1, .timestamp = 1700000000005 },
	};
	struct topic_log log;
	size_t i;

	make_topic(s, 1);
	topic_log_init(&log);
	for (i = 0; i < LENGTH(odd); i++)
		assert_int_equal(topic_log_add(&log, &odd[i], &s->err), 0);
	write_topic(s, &log, 0);
	assert_said(s, 0, "");
	assert_int_equal(s->written, LENGTH(odd));
	read_topic(s);
	assert_said(s, 0, "");
	assert_int_equal(s->log.count, LENGTH(odd));
	assert_int_equal(s->log.end, LENGTH(odd));
	for (i = 0; i < LENGTH(odd); i++) {
		assert_true(log_record_same(&s->log.records[i], &odd[i]));
		assert_int_equal(s->log.records[i].timestamp, odd[i].timestamp);
	}
}

static void
an_empty_topic_has_no_records(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1);
	read_topic(s);
	assert_said(s, 0, "");
	assert_int_equal(s->log.count, 0);
}

static void
a_topic_that_is_not_there_is_not_made(void **state)
{
	struct scene *s = *state;
	struct topic_log log;

	read_topic(s);
	assert_said(s, ERR_MISSING, "reading topic log-");
	topic_log_init(&log);
	put(&log, "k", "v");
	write_topic(s, &log, 0);
	assert_int_not_equal(s->rc, 0);
	assert_int_equal(s->written, 0);
	s->calls = 0;
	read_topic(s);
	assert_said(s, ERR_MISSING, "reading topic log-");
}

static void
a_topic_of_two_partitions_is_none(void **state)
{
	struct scene *s = *state;

	make_topic(s, 2);
	read_topic(s);
	assert_said(s, ERR_OPERATOR, "2 partitions instead of one");
}

static void
what_is_written_begins_where_it_is_told(void **state)
{
	struct scene *s = *state;
	struct topic_log log;

	make_topic(s, 1);
	topic_log_init(&log);
	put(&log, "a", "1");
	put(&log, "b", "2");
	put(&log, "c", "3");
	write_topic(s, &log, 1);
	assert_said(s, 0, "");
	assert_int_equal(s->written, 2);
	read_topic(s);
	assert_int_equal(s->log.count, 2);
	assert_string_equal(s->log.records[0].key, "b");
}

static void
many_records_keep_their_order(void **state)
{
	struct scene *s = *state;
	struct topic_log log;
	char key[16];
	unsigned i;

	make_topic(s, 1);
	topic_log_init(&log);
	for (i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof key, "%u", i);
		put(&log, key, "0123456789012345678901234567890123456789");
	}
	write_topic(s, &log, 0);
	assert_said(s, 0, "");
	read_topic(s);
	assert_int_equal(s->log.count, 5000);
	for (i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof key, "%u", i);
		assert_string_equal(s->log.records[i].key, key);
	}
}

static void
a_broker_that_refuses_ends_the_writing(void **state)
{
	struct scene *s = *state;
	struct topic_log log;

	make_topic(s, 1);
	topic_log_init(&log);
	put(&log, "a", "1");
	rd_kafka_mock_push_request_errors(s->brokers, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	write_topic(s, &log, 0);
	assert_int_equal(s->written, 0);
	assert_said(s, ERR_DENIED, "of 1 records 0 were acknowledged");
}

static void
a_stopped_operation_waits_for_no_broker(void **state)
{
	struct scene *s = *state;
	struct topic_log log;
	uint64_t begun = loop_fixture_real_ms();

	make_topic(s, 1);
	rd_kafka_mock_broker_set_rtt(s->brokers, 1, 30000);
	topic_log_init(&log);
	put(&log, "a", "1");
	loop_fixture_stop_after(s->loop, 300, ERR_CANCELLED);
	write_topic(s, &log, 0);
	assert_int_equal(s->rc, ERR_CANCELLED);
	assert_int_equal(s->calls, 1);
	assert_true(loop_fixture_real_ms() - begun < 5000);
	rd_kafka_mock_broker_set_rtt(s->brokers, 1, 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, case_begin, case_end)
	static const struct CMUnitTest tests[] = {
		CASE(records_come_back_as_they_are),
		CASE(an_empty_topic_has_no_records),
		CASE(a_topic_that_is_not_there_is_not_made),
		CASE(a_topic_of_two_partitions_is_none),
		CASE(what_is_written_begins_where_it_is_told),
		CASE(many_records_keep_their_order),
		CASE(a_broker_that_refuses_ends_the_writing),
		CASE(a_stopped_operation_waits_for_no_broker),
	};

	return cmocka_run_group_tests(tests, scene_open, scene_close);
}
