/* t_log_line.c - records of a registry's topic as lines, and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/registry/log_line.h"

static void
records_are_the_same_again(void **state)
{
	static const char bytes[] = "\0\xff\xfe{";
	struct log_header headers[] = { { "X-Registry-Version", "5.0.3", 5 }, { "null", NULL, 0 }, { "", "", 0 } };
	struct log_record odd[] = {
		{ .key = bytes, .key_len = 4, .value = bytes, .value_len = 3, .headers = headers, .header_count = 3,
		  .timestamp = 1 },
		{ .key = NULL, .value = "", .timestamp = -1 },
		{ .key = "", .value = NULL, .timestamp = INT64_MAX },
		{ .key = "ab", .key_len = 2, .value = "abcde", .value_len = 5 },
	};
	struct topic_log log, again;
	struct err e = { 0 };
	struct line_set lines;
	struct log_head head = { "_schemas", REGISTRY_KARAPACE }, told = { 0 };
	size_t i;

	(void)state;
	topic_log_init(&log);
	topic_log_init(&again);
	line_set_init(&lines, 1 << 20);
	for (i = 0; i < LENGTH(odd); i++)
		assert_int_equal(topic_log_add(&log, &odd[i], &e), 0);
	assert_int_equal(log_lines_add(&lines, &head, &log, &e), 0);
	assert_true(lines.sorted); /* in the topic's order, the first line before them */
	assert_int_equal(lines.count, 5);
	assert_string_equal(lines.lines[0].key, "");
	assert_string_equal(lines.lines[0].value, "{\"topic\":\"_schemas\",\"vendor\":\"karapace\"}");
	assert_string_equal(lines.lines[1].value,
	                    "{\"headers\":[[\"X-Registry-Version\",\"NS4wLjM=\"],[\"null\",null],[\"\",\"\"]],"
	                    "\"key\":\"AP/+ew==\",\"timestamp\":1,\"value\":\"AP/+\"}");
	assert_string_equal(lines.lines[2].value, "{\"key\":null,\"timestamp\":-1,\"value\":\"\"}");
	assert_string_equal(lines.lines[4].key, "000000000003");
	assert_int_equal(log_line_head(&lines.lines[0], &told, &e), 0);
	assert_int_equal(told.vendor, REGISTRY_KARAPACE);
	for (i = 1; i < lines.count; i++)
		assert_int_equal(log_line_record(&lines.lines[i], &again, &e), 0);
	for (i = 0; i < again.count; i++) {
		assert_true(log_record_same(&again.records[i], &log.records[i]));
		assert_int_equal(again.records[i].timestamp, log.records[i].timestamp);
	}
	assert_false(log_record_same(&again.records[1], &again.records[2])); /* null is not empty */
	line_set_release(&lines);
	topic_log_release(&again);
	topic_log_release(&log);
}

static void
lines_that_are_no_records_are_refused(void **state)
{
	static const char *const values[] = {
		"{}", "{\"key\":null,\"value\":null}", "{\"key\":1,\"timestamp\":1,\"value\":null}",
		"{\"key\":\"a\",\"timestamp\":1,\"value\":null}", "{\"key\":\"YQ\",\"timestamp\":1,\"value\":null}",
		"{\"key\":null,\"timestamp\":1.5,\"value\":null}", "{\"key\":null,\"timestamp\":1}",
		"{\"headers\":{},\"key\":null,\"timestamp\":1,\"value\":null}",
		"{\"headers\":[[\"a\"]],\"key\":null,\"timestamp\":1,\"value\":null}",
		"{\"headers\":[[null,null]],\"key\":null,\"timestamp\":1,\"value\":null}",
		"{\"headers\":[[\"a\",5]],\"key\":null,\"timestamp\":1,\"value\":null}",
	};
	struct topic_log log;
	struct err e = { 0 };
	size_t i;

	(void)state;
	topic_log_init(&log);
	for (i = 0; i < LENGTH(values); i++) {
		struct line line = { KIND_REGISTRY_LOG, "000000000007", 12, values[i], strlen(values[i]) };

		if (log_line_record(&line, &log, &e) != ERR_CORRUPT)
			fail_msg("taken: %s", values[i]);
	}
	assert_int_equal(log.count, 0);
	topic_log_release(&log);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_the_same_again),
		cmocka_unit_test(lines_that_are_no_records_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
