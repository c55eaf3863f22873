/* t_topics.c - what a topic's line says, and how it is fitted to the cluster it is to live in */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kafka/topics.h"

#define VALUE(configs, partitions, rf)                                                             \
	"{\"configs\":{" configs "},\"partitions\":" #partitions ",\"replication_factor\":" #rf "}"
#define INSYNC(n) "\"min.insync.replicas\":\"" n "\""
#define COMPACT "\"cleanup.policy\":\"compact\""

static struct topic
parsed(const char *value)
{
	struct topic t;
	struct err e = { 0 };

	if (topic_parse(value, strlen(value), &t, &e) != 0)
		fail_msg("%s: %s", value, e.text);
	return t;
}

/* ---- parse and write ---- */

static void
a_line_is_read_as_it_was_written(void **state)
{
	static const char *const values[] = {
		VALUE("", 1, 1),
		VALUE(COMPACT "," INSYNC("2"), 12, 3),
		VALUE("", 100000, 32767),
		VALUE("\"x\":\"a\\\"b\\\\c\\u000a\xc3\xb6\"", 2, 1),
	};
	struct topic_change none = { 0 };
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(values); i++) {
		struct topic t = parsed(values[i]);

		buf_init(&out, 1 << 16);
		topic_write(&t, &none, &out);
		assert_string_equal(buf_text(&out), values[i]);
		buf_release(&out);
		topic_release(&t);
		assert_null(t.value);
	}
}

static void
a_value_of_another_shape_is_refused(void **state)
{
	static const char *const values[] = {
		"", "{", "null", "[]", "7", "\"topic\"", "{}",
		VALUE("", 0, 1), VALUE("", -1, 1), VALUE("", 1, 0), VALUE("", 1, -3),
		VALUE("", 1, 32768), VALUE("", 100001, 1), VALUE("", 99999999999, 1), VALUE("", 1.5, 1),
		VALUE("", "1", 1), VALUE("", null, 1), VALUE("", 1, []),
		VALUE("\"a\":1", 1, 1), VALUE("\"a\":null", 1, 1), VALUE("\"a\":{}", 1, 1),
		VALUE("\"a\":\"1\",\"a\":\"1\"", 1, 1),
		"{\"configs\":[],\"partitions\":1,\"replication_factor\":1}",
		"{\"configs\":null,\"partitions\":1,\"replication_factor\":1}",
		"{\"partitions\":1,\"replication_factor\":1}",
		"{\"configs\":{},\"replication_factor\":1}",
		"{\"configs\":{},\"partitions\":1}",
		"{\"configs\":{},\"more\":1,\"partitions\":1,\"replication_factor\":1}",
		"{\"configs\":{},\"partitions\":1,\"replication_factors\":1}",
		VALUE("", 1, 1) "x",
	};
	struct topic untouched, t;
	struct err e;
	size_t i;

	(void)state;
	memset(&untouched, 0x5a, sizeof untouched);
	for (i = 0; i < LENGTH(values); i++) {
		t = untouched;
		e.code = 0;
		if (topic_parse(values[i], strlen(values[i]), &t, &e) != ERR_CORRUPT)
			fail_msg("%s is taken", values[i]);
		assert_int_equal(e.code, ERR_CORRUPT);
		assert_memory_equal(&t, &untouched, sizeof t);
	}
}

static void
a_change_is_written_in_the_place_of_what_was_saved(void **state)
{
	static const char *const without[] = { "cleanup.policy", "not there" };
	struct topic_change change = { .replication_factor = 1, .min_insync_replicas = "1",
		                       .without = without, .without_count = 2 };
	struct topic t = parsed(VALUE(COMPACT "," INSYNC("2") ",\"retention.ms\":\"5\"", 12, 3));
	struct buf out;

	(void)state;
	buf_init(&out, 1 << 16);
	topic_write(&t, &change, &out);
	assert_string_equal(buf_text(&out), VALUE(INSYNC("1") ",\"retention.ms\":\"5\"", 12, 1));
	buf_release(&out);
	topic_release(&t);
}

static void
exactly_four_topics_are_kafkas_own(void **state)
{
	(void)state;
	assert_true(topic_is_kafkas("__consumer_offsets"));
	assert_true(topic_is_kafkas("__transaction_state"));
	assert_true(topic_is_kafkas("__share_group_state"));
	assert_true(topic_is_kafkas("__cluster_metadata"));
	assert_false(topic_is_kafkas("__consumer_offsets2"));
	assert_false(topic_is_kafkas("__mine"));
	assert_false(topic_is_kafkas("_schemas"));
	assert_false(topic_is_kafkas(""));
}

/* ---- fewer brokers ---- */

static void
replication_factor_and_min_insync_replicas_are_lowered_together(void **state)
{
	static const struct {
		const char *value;
		uint32_t    brokers;
		bool        fits;         /* as it is */
		uint32_t    rf;
		const char *min;          /* NULL: as saved */
	} table[] = {
		{ VALUE(INSYNC("2"), 1, 3), 3, true, 0, NULL },
		{ VALUE(INSYNC("2"), 1, 3), 5, true, 0, NULL },
		{ VALUE(INSYNC("2"), 1, 3), 0, true, 0, NULL }, /* nobody knows how many there are */
		{ VALUE(INSYNC("2"), 1, 3), 2, false, 2, "1" },
		{ VALUE(INSYNC("2"), 1, 3), 1, false, 1, "1" },
		{ VALUE(INSYNC("3"), 1, 3), 2, false, 2, "2" },
		{ VALUE(INSYNC("3"), 1, 3), 1, false, 1, "1" },
		{ VALUE(INSYNC("4"), 1, 5), 3, false, 3, "2" },
		{ VALUE(INSYNC("1"), 1, 3), 1, false, 1, NULL }, /* 1 already */
		{ VALUE(COMPACT, 1, 3), 1, false, 1, NULL },  /* has none of its own */
		{ VALUE(INSYNC("x"), 1, 3), 1, false, 1, NULL },
		{ VALUE(INSYNC("2x"), 1, 3), 1, false, 1, NULL },
		{ VALUE(INSYNC(""), 1, 3), 1, false, 1, NULL },
		{ VALUE(INSYNC("-2"), 1, 3), 1, false, 1, NULL },
		{ VALUE(INSYNC("99999999999999999999"), 1, 3), 1, false, 1, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(table); i++) {
		struct topic t = parsed(table[i].value);
		struct topic_change change = { 0 };
		char number[12];

		assert_int_equal(topic_fit(&t, table[i].brokers, number, &change), !table[i].fits);
		assert_int_equal(change.replication_factor, table[i].rf);
		if (table[i].min == NULL)
			assert_null(change.min_insync_replicas);
		else
			assert_string_equal(change.min_insync_replicas, table[i].min);
		topic_release(&t);
	}
}

static void
what_is_lowered_can_always_be_written_to(void **state)
{
	uint32_t rf, min, brokers;

	(void)state;
	for (rf = 1; rf <= 7; rf++)
		for (min = 1; min <= rf; min++)
			for (brokers = 1; brokers <= 7; brokers++) {
				struct topic_change change = { 0 };
				char value[128], number[12];
				struct topic t;
				uint32_t now_rf, now_min;

				(void)snprintf(value, sizeof value, VALUE("\"min.insync.replicas\":\"%u\"", 1, %u),
				               min, rf);
				t = parsed(value);
				(void)topic_fit(&t, brokers, number, &change);
				now_rf = change.replication_factor == 0 ? rf : change.replication_factor;
				now_min = change.min_insync_replicas == NULL
				              ? min
				              : (uint32_t)(change.min_insync_replicas[0] - '0');
				assert_true(now_rf <= brokers || rf <= brokers);
				assert_true(now_min >= 1 && now_min <= now_rf);
				/* as many replicas may be lost as before, while any may */
				assert_true(now_rf - now_min == rf - min || now_min == 1);
				topic_release(&t);
			}
}

/* ---- what is to be done about an item ---- */

struct fitted {
	struct plan      plan;
	struct plan_item item;
	int              rc;
	struct err       err;
};

static void
fit(struct fitted *f, const char *want, const char *have, uint32_t brokers)
{
	*f = (struct fitted){ .item = { .want = { .kind = KIND_TOPIC, .key = "orders", .key_len = 6,
		                                  .value = want, .value_len = strlen(want) },
		                        .have = have } };
	arena_init(&f->plan.arena, 1 << 20);
	f->rc = topic_fit_item(&f->plan, &f->item, brokers, &f->err);
}

static void
assert_fitted(const char *want, const char *have, uint32_t brokers, enum plan_action action,
              const char *target, const char *reason)
{
	struct fitted f;

	fit(&f, want, have, brokers);
	if (f.rc != 0)
		fail_msg("%s", f.err.text);
	if (f.item.action != action)
		fail_msg("%s, %s: action %d", want, have == NULL ? "not there" : have, f.item.action);
	if (target == NULL)
		assert_null(f.item.target);
	else
		assert_string_equal(f.item.target, target);
	if (reason == NULL)
		assert_null(f.item.reason);
	else if (f.item.reason == NULL || strstr(f.item.reason, reason) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", f.item.reason == NULL ? "" : f.item.reason, reason);
	arena_release(&f.plan.arena);
}

static void
what_is_not_there_is_created(void **state)
{
	(void)state;
	assert_fitted(VALUE(COMPACT, 3, 3), NULL, 3, PLAN_CREATE, NULL, NULL);
	assert_fitted(VALUE(COMPACT "," INSYNC("2"), 3, 3), NULL, 1, PLAN_CREATE,
	              VALUE(COMPACT "," INSYNC("1"), 3, 1), "replication factor 1 instead of 3: 1 broker");
}

static void
what_is_there_as_it_can_be_had_is_equal(void **state)
{
	(void)state;
	assert_fitted(VALUE(COMPACT, 3, 3), VALUE(COMPACT, 3, 3), 3, PLAN_EQUAL, NULL, NULL);
	assert_fitted(VALUE(COMPACT, 3, 3), VALUE(COMPACT, 3, 1), 1, PLAN_EQUAL, VALUE(COMPACT, 3, 1),
	              "1 broker");
}

static void
what_differs_in_the_replication_factor_alone_is_equal_and_says_so(void **state)
{
	(void)state;
	assert_fitted(VALUE(COMPACT, 3, 3), VALUE(COMPACT, 3, 1), 3, PLAN_EQUAL, VALUE(COMPACT, 3, 1),
	              "it exists with replication factor 1 instead of 3");
	assert_fitted(VALUE(COMPACT, 3, 1), VALUE(COMPACT, 3, 3), 3, PLAN_EQUAL, VALUE(COMPACT, 3, 3),
	              "it exists with replication factor 3 instead of 1");
}

static void
what_was_auto_created_or_made_in_part_is_completed(void **state)
{
	(void)state;
	assert_fitted(VALUE(COMPACT, 3, 1), VALUE("", 1, 1), 1, PLAN_COMPLETE, NULL, NULL);
	assert_fitted(VALUE(COMPACT, 3, 1), VALUE("", 3, 1), 1, PLAN_COMPLETE, NULL, NULL);
	assert_fitted(VALUE(COMPACT, 3, 1), VALUE(COMPACT, 1, 1), 1, PLAN_COMPLETE, NULL, NULL);
	assert_fitted(VALUE(COMPACT "," INSYNC("1"), 3, 1), VALUE(INSYNC("1"), 3, 1), 1, PLAN_COMPLETE, NULL,
	              NULL);
	assert_fitted(VALUE(COMPACT, 3, 3), VALUE("", 1, 1), 3, PLAN_COMPLETE, VALUE(COMPACT, 3, 1),
	              "it exists with replication factor 1 instead of 3");
}

static void
what_somebody_has_set_otherwise_is_kept(void **state)
{
	(void)state;
	assert_fitted(VALUE(COMPACT, 3, 1), VALUE("\"cleanup.policy\":\"delete\"", 3, 1), 1, PLAN_KEEP,
	              NULL, "it exists with other settings");
	assert_fitted(VALUE("", 3, 1), VALUE(COMPACT, 3, 1), 1, PLAN_KEEP, NULL,
	              "it exists with other settings");
	/* a target that was made for fewer brokers goes with it */
	assert_fitted(VALUE("", 3, 3), VALUE(COMPACT, 3, 1), 1, PLAN_KEEP, NULL,
	              "it exists with other settings");
}

static void
what_has_more_partitions_is_kept_and_the_way_out_is_said(void **state)
{
	(void)state;
	assert_fitted(VALUE(COMPACT, 3, 1), VALUE("", 4, 1), 1, PLAN_KEEP, NULL,
	              "kafka-topics --delete --topic 'orders'");
}

static void
a_line_that_cannot_be_read_names_its_topic(void **state)
{
	struct fitted f;

	(void)state;
	fit(&f, VALUE("", 0, 1), NULL, 1);
	assert_int_equal(f.rc, ERR_CORRUPT);
	assert_non_null(strstr(f.err.text, "topic orders"));
	arena_release(&f.plan.arena);
	fit(&f, VALUE("", 1, 1), "{}", 1);
	assert_int_equal(f.rc, ERR_CORRUPT);
	arena_release(&f.plan.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_as_it_was_written),
		cmocka_unit_test(a_value_of_another_shape_is_refused),
		cmocka_unit_test(a_change_is_written_in_the_place_of_what_was_saved),
		cmocka_unit_test(exactly_four_topics_are_kafkas_own),
		cmocka_unit_test(replication_factor_and_min_insync_replicas_are_lowered_together),
		cmocka_unit_test(what_is_lowered_can_always_be_written_to),
		cmocka_unit_test(what_is_not_there_is_created),
		cmocka_unit_test(what_is_there_as_it_can_be_had_is_equal),
		cmocka_unit_test(what_differs_in_the_replication_factor_alone_is_equal_and_says_so),
		cmocka_unit_test(what_was_auto_created_or_made_in_part_is_completed),
		cmocka_unit_test(what_somebody_has_set_otherwise_is_kept),
		cmocka_unit_test(what_has_more_partitions_is_kept_and_the_way_out_is_said),
		cmocka_unit_test(a_line_that_cannot_be_read_names_its_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
