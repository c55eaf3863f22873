/* t_rules_plan.c - how the rules for starting records change a plan, and which versions records have */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/kafka/acls.h"
#include "core/kafka/log_kinds.h"
#include "core/kafka/users.h"
#include "core/kafka/topics.h"
#include "core/kraft/rules.h"
#include "core/kraft/seed.h"

#define KAFKA_4_4_LEVEL 33

static const char *
topic_with(const char *configs)
{
	static char value[1024];

	(void)snprintf(value, sizeof value, "{\"configs\":{%s},\"partitions\":2,\"replication_factor\":1}",
	       configs);
	return value;
}

/* ---- records ---- */

static void
a_record_has_the_version_that_the_format_reads(void **state)
{
	(void)state;
	assert_int_equal(rules_record_version(RECORD_PARTITION, 16), 0);
	assert_int_equal(rules_record_version(RECORD_PARTITION, 17), 1);
	assert_int_equal(rules_record_version(RECORD_PARTITION, 23), 2);
	assert_int_equal(rules_record_version(RECORD_USER_SCRAM, 10), -1);
	assert_int_equal(rules_record_version(RECORD_USER_SCRAM, 11), 0);
	assert_int_equal(rules_record_version(RECORD_NO_OP, 4), -1);
	assert_int_equal(rules_record_version(RECORD_BEGIN_TRANSACTION, 12), -1);
	assert_int_equal(rules_record_version(RECORD_TYPES, 33), -1);
}

static unsigned
partition_version(int level)
{
	static const int32_t brokers[] = { 1 };
	struct line_set none;
	struct seed s = { .brokers = brokers, .broker_count = 1, .identities = &none, .formatted = &none,
		          .metadata_version = level };
	struct line topic = { .kind = KIND_TOPIC, .key = "t", .key_len = 1, .value = topic_with("") };
	unsigned type = 0, version = 99;
	const void *frame;
	size_t at = 0, len;
	struct err e;

	topic.value_len = strlen(topic.value);
	line_set_init(&none, 1024);
	assert_int_equal(line_set_sort(&none, &e), 0);
	assert_int_equal(seed_begin(&s, &e), 0);
	assert_int_equal(seed_line(&s, &topic, &e), 0);
	assert_true(frames_next(&s.sections[SEED_PARTITIONS], &at, &frame, &len));
	assert_int_equal(record_peek(frame, len, &type, &version, &e), 0);
	seed_release(&s);
	line_set_release(&none);
	assert_int_equal(type, RECORD_PARTITION);
	return version;
}

static void
partitions_have_no_directories_before_3_7(void **state)
{
	(void)state;
	assert_int_equal(partition_version(16), 0);
	assert_int_equal(partition_version(17), 1);
	assert_int_equal(partition_version(33), 1);
}

/* ---- the plan ---- */

static struct plan_item
fit(const struct kind_ops *ops, bool seeding, int level, const char *key, const char *want, const char *have,
    struct plan *plan)
{
	struct plan_item item = { .want = { .kind = ops->kind, .key = key, .key_len = strlen(key),
	       .value = want,
		                            .value_len = strlen(want) },
		                  .have = have };
	struct err e = { 0 };

	*plan = (struct plan){ .seeding = seeding, .metadata_version = level };
	arena_init(&plan->arena, 1 << 20);
	if (ops->fit(plan, &item, 1, &e) != 0)
		fail_msg("%s", e.text);
	return item;
}

static void
a_seeded_topic_is_planned_without_what_does_not_fit_and_with_fewer_replicas(void **state)
{
	const char *want = "{\"configs\":{\"message.format.version\":\"2.8\","
	       "\"min.insync.replicas\":\"2\"},\"partitions\":1,"
	                   "\"replication_factor\":3}";
	struct plan plan;
	struct plan_item item = fit(&topics_ops, true, KAFKA_4_4_LEVEL, "t", want, NULL, &plan);

	(void)state;
	assert_int_equal(item.outcome, PLAN_TODO);
	assert_int_equal(item.action, PLAN_CREATE);
	assert_string_equal(item.target,
	       "{\"configs\":{\"min.insync.replicas\":\"1\"},\"partitions\":1,\"replication_factor\":1}");
	assert_non_null(strstr(item.reason, "replication factor 1 instead of 3"));
	assert_non_null(strstr(item.reason, "message.format.version: "));
	arena_release(&plan.arena);
}

static void
a_topic_that_may_not_be_at_all_fails_with_the_reason(void **state)
{
	struct plan plan;
	struct plan_item item = fit(&topics_ops, true, KAFKA_4_4_LEVEL, "a b", topic_with(""), NULL, &plan);

	(void)state;
	assert_int_equal(item.outcome, PLAN_FAILED);
	assert_null(item.target);
	assert_non_null(item.reason);
	arena_release(&plan.arena);
}

static void
a_topic_that_is_restored_through_brokers_is_left_to_them(void **state)
{
	struct plan plan;
	struct plan_item item = fit(&topics_ops, false, KAFKA_4_4_LEVEL, "t",
	       topic_with("\"message.format.version\":\"2.8\""),
	                            NULL, &plan);

	(void)state;
	assert_null(item.target);
	assert_int_equal(item.outcome, PLAN_TODO);
	arena_release(&plan.arena);
}

static void
what_was_left_out_of_a_seeded_line_stays_carried_when_brokers_are_up(void **state)
{
	const char *want = "{\"configs\":{\"log.message.downconversion.enable\":\"true\","
	       "\"log.retention.ms\":\"5\"}}";
	const char *have = "{\"configs\":{\"log.retention.ms\":\"5\"}}";
	struct plan plan;
	struct plan_item item = fit(&cluster_configs_ops, false, KAFKA_4_4_LEVEL, "default", want, have, &plan);

	(void)state;
	assert_int_equal(item.action, PLAN_EQUAL);
	assert_string_equal(item.target, have);
	assert_non_null(strstr(item.reason, "log.message.downconversion.enable: "));
	arena_release(&plan.arena);
	have = "{\"configs\":{\"log.retention.ms\":\"5\",\"min.insync.replicas\":\"1\"}}"; /* format's */
	item = fit(&cluster_configs_ops, false, KAFKA_4_4_LEVEL, "default", want, have, &plan);
	assert_int_equal(item.action, PLAN_EQUAL);
	assert_string_equal(item.target, have);
	arena_release(&plan.arena);
	item = fit(&cluster_configs_ops, false, KAFKA_4_4_LEVEL, "default", want,
	       "{\"configs\":{\"log.retention.ms\":\"6\"}}", &plan);
	assert_int_equal(item.action, PLAN_KEEP); /* somebody else's */
	assert_null(item.target);
	arena_release(&plan.arena);
}

static void
a_line_that_may_not_be_at_all_is_carried_with_the_reason(void **state)
{
	const char *key = "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"99\",\"ALLOW\"]";
	struct plan plan;
	struct plan_item item;
	int seeding;

	(void)state;
	for (seeding = 0; seeding < 2; seeding++) {
		item = fit(&acls_ops, seeding == 1, KAFKA_4_4_LEVEL, key, "{}", NULL, &plan);
		assert_int_equal(item.action, PLAN_CREATE);
		assert_int_equal(item.outcome, PLAN_FAILED);
		assert_non_null(strstr(item.reason, "its operation"));
		arena_release(&plan.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_has_the_version_that_the_format_reads),
		cmocka_unit_test(partitions_have_no_directories_before_3_7),
		cmocka_unit_test(a_seeded_topic_is_planned_without_what_does_not_fit_and_with_fewer_replicas),
		cmocka_unit_test(a_topic_that_may_not_be_at_all_fails_with_the_reason),
		cmocka_unit_test(a_topic_that_is_restored_through_brokers_is_left_to_them),
		cmocka_unit_test(what_was_left_out_of_a_seeded_line_stays_carried_when_brokers_are_up),
		cmocka_unit_test(a_line_that_may_not_be_at_all_is_carried_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
