/* t_rules.c - what may be written into starting records, by metadata.version; t_rules.sh asks Kafka itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/limits.h"
#include "core/kraft/rules.h"
#include "core/kraft/rules_table.h"

#define KAFKA_3_9_LEVEL 21
#define KAFKA_4_0_LEVEL 25
#define KAFKA_4_3_LEVEL 30
#define KAFKA_4_4_LEVEL 33

/* What became of a line: nothing left out, or the reason and what stays ("refused": nothing). */
struct told {
	char reason[2048];
	char value[4096];
};

static struct told
judge(int level, enum kind kind, const char *key, const char *value)
{
	struct rules rules = { .level = level };
	struct line line = { .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		             .value_len = strlen(value) };
	struct rules_answer answer;
	struct told told;
	struct err e = { 0 };

	if (rules_judge(&rules, &line, &answer, &e) != 0)
		fail_msg("%s", e.text);
	(void)snprintf(told.reason, sizeof told.reason, "%s",
	       answer.reason.len > 0 ? buf_text(&answer.reason) : "");
	(void)snprintf(told.value, sizeof told.value, "%s",
	               answer.refused          ? "refused"
	               : answer.value.len == 0 ? "as it is"
	                                       : buf_text(&answer.value));
	rules_answer_release(&answer);
	return told;
}

static void
fits(int level, enum kind kind, const char *key, const char *value)
{
	struct told told = judge(level, kind, key, value);

	assert_string_equal(told.reason, "");
	assert_string_equal(told.value, "as it is");
}

static void
leaves(int level, enum kind kind, const char *key, const char *value, const char *left, const char *reason)
{
	struct told told = judge(level, kind, key, value);

	assert_string_equal(told.value, left);
	if (strstr(told.reason, reason) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", reason, told.reason);
}

static const char *
topic_with(const char *configs)
{
	static char value[70000];

	(void)snprintf(value, sizeof value, "{\"configs\":{%s},\"partitions\":2,\"replication_factor\":1}",
	       configs);
	return value;
}

/* ---- topics ---- */

static void
a_segment_below_one_mebibyte_is_refused_since_kafka_4_0(void **state)
{
	const char *small = topic_with("\"segment.bytes\":\"1048575\"");

	(void)state;
	fits(KAFKA_3_9_LEVEL, KIND_TOPIC, "t", small);
	leaves(KAFKA_4_0_LEVEL, KIND_TOPIC, "t", small,
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}",
	       "segment.bytes: a whole number of at least 1048576");
	fits(KAFKA_4_0_LEVEL, KIND_TOPIC, "t", topic_with("\"segment.bytes\":\"1048576\""));
	leaves(KAFKA_3_9_LEVEL, KIND_TOPIC, "t", topic_with("\"segment.bytes\":\"13\""),
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}", "at least 14");
}

static void
one_bad_config_leaves_the_topic_and_the_others(void **state)
{
	(void)state;
	leaves(KAFKA_4_3_LEVEL, KIND_TOPIC, "t",
	       topic_with("\"cleanup.policy\":\"compact\",\"message.format.version\":\"2.8\","
	       "\"retention.ms\":\"5\""),
	       "{\"configs\":{\"cleanup.policy\":\"compact\",\"retention.ms\":\"5\"},\"partitions\":2,"
	       "\"replication_factor\":1}",
	       "message.format.version: Kafka has it no more since 4.0");
}

static void
a_config_of_a_later_line_says_since_when(void **state)
{
	const char *value = topic_with("\"errors.deadletterqueue.group.enable\":\"true\"");

	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_TOPIC, "t", value);
	leaves(KAFKA_4_3_LEVEL, KIND_TOPIC, "t", value,
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}",
	       "errors.deadletterqueue.group.enable: Kafka has it since 4.4, and this is 4.3");
	leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, "t", topic_with("\"no.such\":\"1\""),
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}",
	       "no.such: Kafka 4.4 does not know it");
}

static void
a_metadata_version_of_the_future_is_taken_for_the_newest_that_is_known(void **state)
{
	(void)state;
	fits(99, KIND_TOPIC, "t", topic_with("\"errors.deadletterqueue.group.enable\":\"true\""));
	leaves(99, KIND_TOPIC, "t", topic_with("\"message.format.version\":\"2.8\""),
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}", "no more since 4.0");
}

static void
a_format_of_before_kafka_3_3_gets_nothing(void **state)
{
	int level;

	(void)state;
	for (level = 0; level < LEVEL_OLDEST; level++)
		leaves(level, KIND_TOPIC, "t", topic_with(""), "refused", "older than 3.3");
	fits(LEVEL_OLDEST, KIND_TOPIC, "t", topic_with(""));
}

static void
tiered_storage_is_never_switched_on_and_its_other_configs_stay(void **state)
{
	(void)state;
	leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, "t",
	       topic_with("\"cleanup.policy\":\"compact\",\"local.retention.ms\":\"1000\","
	       "\"remote.storage.enable\":\" TRUE \""),
	       "{\"configs\":{\"cleanup.policy\":\"compact\",\"local.retention.ms\":\"1000\"},\"partitions\":2,"
	       "\"replication_factor\":1}",
	       "remote.storage.enable: a broker without tiered storage does not start with it");
	fits(KAFKA_4_4_LEVEL, KIND_TOPIC, "t", topic_with("\"remote.storage.enable\":\"false\""));
}

static void
throttled_replicas_are_never_written(void **state)
{
	(void)state;
	leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, "t",
	       topic_with("\"follower.replication.throttled.replicas\":\"0:1\","
	       "\"leader.replication.throttled.replicas\":\"*\""),
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}",
	       "leader.replication.throttled.replicas: ");
}

static void
a_value_that_no_record_holds_is_left_out(void **state)
{
	char *configs = malloc(40000);

	(void)state;
	assert_non_null(configs);
	(void)snprintf(configs, 40000, "\"%s\":\"%32768d\"", "retention.ms", 1);
	leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, "t", topic_with(configs),
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}", "longer than 32767 bytes");
	(void)snprintf(configs, 40000, "\"%s\":\"%32767d\"", "retention.ms", 1);
	fits(KAFKA_4_4_LEVEL, KIND_TOPIC, "t", topic_with(configs));
	free(configs);
}

static void
two_configs_that_contradict_each_other_are_both_left_out(void **state)
{
	(void)state;
	leaves(KAFKA_3_9_LEVEL, KIND_TOPIC, "t",
	       topic_with("\"max.compaction.lag.ms\":\"5\",\"min.compaction.lag.ms\":\"6\","
	       "\"segment.ms\":\"9\""),
	       "{\"configs\":{\"segment.ms\":\"9\"},\"partitions\":2,\"replication_factor\":1}",
	       "min.compaction.lag.ms: it has to be not more than max.compaction.lag.ms");
	fits(KAFKA_3_9_LEVEL, KIND_TOPIC, "t",
	       topic_with("\"max.compaction.lag.ms\":\"6\",\"min.compaction.lag.ms\":\"6\""));
}

static void
a_topic_has_a_name_that_kafka_takes(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a b", "a/b", "\xc3\xa4", "__consumer_offsets",
		                           "__cluster_metadata" };
	char name[251];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++)
		leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, bad[i], topic_with(""), "refused", "");
	memset(name, 'x', sizeof name - 1);
	name[250] = '\0';
	leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, name, topic_with(""), "refused", "1 to 249");
	name[249] = '\0';
	fits(KAFKA_4_4_LEVEL, KIND_TOPIC, name, topic_with(""));
	fits(KAFKA_4_4_LEVEL, KIND_TOPIC, "__mine", topic_with(""));
}

static void
a_line_that_makes_no_sense_is_an_error(void **state)
{
	static const char *const values[] = { "[]", "null", "{\"configs\":[]}", "{\"quotas\":5}", "{", "" };
	static const enum kind kinds[] = { KIND_TOPIC, KIND_CLUSTER_CONFIG, KIND_GROUP_CONFIG,
		                           KIND_CLIENT_METRICS, KIND_QUOTA };
	struct rules rules = { .level = KAFKA_4_4_LEVEL };
	struct rules_answer answer;
	struct err e;
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(values); i++)
		for (k = 0; k < LENGTH(kinds); k++) {
			const char *key = kinds[k] == KIND_QUOTA ? "{\"user\":\"u\"}" : "default";
			struct line line = { .kind = kinds[k], .key = key, .key_len = strlen(key),
				             .value = values[i], .value_len = strlen(values[i]) };

			assert_int_equal(rules_judge(&rules, &line, &answer, &e), ERR_CORRUPT);
		}
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u", "{\"SCRAM-SHA-256\":[]}", "refused", "iterations");
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u", "{\"SCRAM-SHA-256\":null}", "refused", "iterations");
	leaves(KAFKA_4_4_LEVEL, KIND_TOPIC, "t", topic_with("\"retention.ms\":5"),
	       "{\"configs\":{},\"partitions\":2,\"replication_factor\":1}", "no text");
}

/* ---- brokers, groups, client metrics ---- */

static void
a_broker_config_stands_where_kafka_lets_it_stand(void **state)
{
	(void)state;
	leaves(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "default",
	       "{\"configs\":{\"log.retention.ms\":\"5\",\"node.id\":\"7\",\"ssl.protocol\":\"TLS\"}}",
	       "{\"configs\":{\"log.retention.ms\":\"5\"}}",
	       "node.id: only server.properties sets it; ssl.protocol: only of one");
	fits(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "3", "{\"configs\":{\"ssl.protocol\":\"TLS\"}}");
	leaves(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "3",
	       "{\"configs\":{\"ssl.keystore.password\":\"hidden\"}}", "refused",
	       "ssl.keystore.password: only of a listener (listener.name.NAME.ssl.keystore.password)");
	fits(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "3",
	     "{\"configs\":{\"listener.name.sasl.ssl.keystore.password\":\"hidden\"}}");
	fits(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "default", "{\"configs\":{\"my.reporter.setting\":\"x\"}}");
	leaves(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "-1", "{\"configs\":{\"background.threads\":\"5\"}}",
	       "refused",
	       "the id of no broker");
}

static void
min_insync_replicas_of_one_broker_is_refused_where_there_are_eligible_leaders(void **state)
{
	(void)state;
	fits(KAFKA_4_0_LEVEL, KIND_CLUSTER_CONFIG, "1", "{\"configs\":{\"min.insync.replicas\":\"2\"}}");
	leaves(KAFKA_4_3_LEVEL, KIND_CLUSTER_CONFIG, "1", "{\"configs\":{\"min.insync.replicas\":\"2\"}}",
	       "refused",
	       "only of all brokers at once");
	fits(KAFKA_4_3_LEVEL, KIND_CLUSTER_CONFIG, "default", "{\"configs\":{\"min.insync.replicas\":\"2\"}}");
}

static void
a_value_that_the_broker_itself_looks_up_is_not_judged(void **state)
{
	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "default",
	     "{\"configs\":{\"background.threads\":\"${env:THREADS}\",\"config.providers\":\"env\"}}");
	leaves(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "default",
	       "{\"configs\":{\"background.threads\":\"${env:THREADS}\"}}",
	       "refused", "background.threads");
}

static void
each_thread_of_the_cleaner_needs_its_memory(void **state)
{
	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "default",
	     "{\"configs\":{\"log.cleaner.dedupe.buffer.size\":\"2097154\",\"log.cleaner.threads\":\"2\"}}");
	leaves(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "default",
	       "{\"configs\":{\"log.cleaner.dedupe.buffer.size\":\"2097152\","
	       "\"log.cleaner.threads\":\"2\"}}", "refused",
	       "log.cleaner.threads: each needs more than 1048576");
}

static void
groups_and_client_metrics_have_configs_from_their_line_on(void **state)
{
	const char *group = "{\"configs\":{\"consumer.session.timeout.ms\":\"50000\"}}";

	(void)state;
	leaves(KAFKA_3_9_LEVEL, KIND_GROUP_CONFIG, "g", group, "refused", "Kafka 3.9 has no configs of groups");
	fits(KAFKA_4_0_LEVEL, KIND_GROUP_CONFIG, "g", group);
	leaves(KAFKA_4_0_LEVEL, KIND_GROUP_CONFIG, "g",
	       "{\"configs\":{\"consumer.heartbeat.interval.ms\":\"9\","
	       "\"consumer.session.timeout.ms\":\"9\"}}", "refused",
	       "consumer.heartbeat.interval.ms: it has to be less than consumer.session.timeout.ms");
	leaves(14, KIND_CLIENT_METRICS, "m", "{\"configs\":{\"interval.ms\":\"100\"}}", "refused",
	       "Kafka 3.6 has no client metrics");
	fits(15, KIND_CLIENT_METRICS, "m", "{\"configs\":{\"interval.ms\":\"100\"}}");
	leaves(15, KIND_CLIENT_METRICS, "m",
	       "{\"configs\":{\"interval.ms\":\"99\",\"match\":\"client_id=a.*\"}}",
	       "{\"configs\":{\"match\":\"client_id=a.*\"}}",
	       "interval.ms: a whole number from 100 to 3600000");
	leaves(15, KIND_CLIENT_METRICS, "m", "{\"configs\":{\"match\":\"client_id=(a\"}}", "refused",
	       "match: ");
}

/* ---- users, ACLs, quotas ---- */

#define SALT    "\"salt\":\"AAAA\""
#define KEY_32  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEYS_32 "\"server_key\":\"" KEY_32 "\",\"stored_key\":\"" KEY_32 "\""
#define KEY_64  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
#define KEYS_64 "\"server_key\":\"" KEY_64 "\",\"stored_key\":\"" KEY_64 "\""

static void
a_credential_is_one_that_a_controller_would_take(void **state)
{
	const char *good = "{\"SCRAM-SHA-256\":{\"iterations\":4096," SALT "," KEYS_32 "},"
	                   "\"SCRAM-SHA-512\":{\"iterations\":16384," SALT "," KEYS_64 "}}";

	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_USER, "u", good);
	leaves(10, KIND_USER, "u", good, "refused", "no users in its metadata log");
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "", good, "refused", "its name is empty");
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u",
	       "{\"SCRAM-SHA-256\":{\"iterations\":4095," SALT "," KEYS_32 "}}", "refused",
	       "SCRAM-SHA-256: Kafka takes 4096 to 16384 iterations");
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u",
	       "{\"SCRAM-SHA-1\":{\"iterations\":4096," SALT "," KEYS_32 "}}", "refused",
	       "SCRAM-SHA-1: Kafka does not know this mechanism");
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u",
	       "{\"SCRAM-SHA-256\":{\"iterations\":4096,\"salt\":\"\"," KEYS_32 "}}",
	       "refused", "salt");
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u",
	       "{\"SCRAM-SHA-512\":{\"iterations\":4096," SALT "," KEYS_32 "}}", "refused",
	       "verifiers have to be of 64 bytes");
}

static void
a_bad_credential_leaves_the_users_other_one(void **state)
{
	(void)state;
	leaves(KAFKA_4_4_LEVEL, KIND_USER, "u",
	       "{\"SCRAM-SHA-256\":{\"iterations\":4096," SALT "," KEYS_32 "},"
	       "\"SCRAM-SHA-512\":{\"iterations\":1," SALT
	       "," KEYS_64 "}}",
	       "{\"SCRAM-SHA-256\":{\"iterations\":4096," SALT "," KEYS_32 "}}", "SCRAM-SHA-512: ");
}

static void
no_reason_holds_a_value(void **state)
{
	struct told told;

	(void)state;
	told = judge(KAFKA_4_4_LEVEL, KIND_CLUSTER_CONFIG, "1",
	             "{\"configs\":{\"background.threads\":\"confidential\","
	       "\"sasl.jaas.config\":\"confidential\"}}");
	assert_null(strstr(told.reason, "confidential"));
	told = judge(KAFKA_4_4_LEVEL, KIND_USER, "u",
	       "{\"SCRAM-SHA-256\":{\"iterations\":1,\"salt\":\"Y29uZmlk\"}}");
	assert_null(strstr(told.reason, "Y29uZmlk"));
}

static void
an_acl_with_a_number_that_kafka_does_not_know_is_not_written(void **state)
{
	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_ACL,
	       "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"TWO_PHASE_COMMIT\",\"ALLOW\"]", "{}");
	leaves(KAFKA_4_0_LEVEL, KIND_ACL,
	       "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"TWO_PHASE_COMMIT\",\"ALLOW\"]", "{}",
	       "refused", "Kafka 4.0 does not know its operation");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"99\",\"ALLOW\"]",
	       "{}", "refused",
	       "operation");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL, "[\"8\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"READ\",\"ALLOW\"]",
	       "{}", "refused",
	       "resource type");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL, "[\"TOPIC\",\"2\",\"t\",\"User:a\",\"*\",\"READ\",\"ALLOW\"]",
	       "{}", "refused",
	       "pattern type");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"*\",\"READ\",\"1\"]",
	       "{}", "refused",
	       "permission");
}

static void
an_acl_is_of_a_named_resource_a_principal_and_a_host(void **state)
{
	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_ACL,
	       "[\"CLUSTER\",\"LITERAL\",\"kafka-cluster\",\"User:\",\"h\",\"ALTER\",\"DENY\"]", "{}");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL,
	       "[\"TOPIC\",\"LITERAL\",\"\",\"User:a\",\"*\",\"READ\",\"ALLOW\"]", "{}", "refused",
	       "no name");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL,
	       "[\"CLUSTER\",\"LITERAL\",\"x\",\"User:a\",\"*\",\"ALTER\",\"ALLOW\"]", "{}", "refused",
	       "kafka-cluster");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"t\",\"a\",\"*\",\"READ\",\"ALLOW\"]",
	       "{}", "refused",
	       "TYPE:NAME");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL,
	       "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"\",\"READ\",\"ALLOW\"]", "{}", "refused",
	       "host is empty");
	leaves(KAFKA_4_4_LEVEL, KIND_ACL, "not a key", "{}", "refused", "FORMAT.md");
}

static void
a_range_of_hosts_is_known_since_4_4(void **state)
{
	const char *key = "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"10.0.0.0/8\",\"READ\",\"DENY\"]";

	(void)state;
	fits(LEVEL_HOST_RANGE, KIND_ACL, key, "{}");
	leaves(LEVEL_HOST_RANGE - 1, KIND_ACL, key, "{}", "refused", "range of addresses");
	leaves(LEVEL_HOST_RANGE, KIND_ACL,
	       "[\"TOPIC\",\"LITERAL\",\"t\",\"User:a\",\"10.0.0.0/33\",\"READ\",\"DENY\"]", "{}",
	       "refused", "no range");
}

static void
a_quota_is_of_whom_and_what_kafka_knows(void **state)
{
	(void)state;
	fits(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"client-id\":null,\"user\":\"u\"}",
	     "{\"quotas\":{\"consumer_byte_rate\":1024,\"request_percentage\":0.5}}");
	fits(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"ip\":null}", "{\"quotas\":{\"connection_creation_rate\":7}}");
	leaves(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"user\":\"u\"}",
	       "{\"quotas\":{\"consumer_byte_rate\":0,\"producer_byte_rate\":5}}",
	       "{\"quotas\":{\"producer_byte_rate\":5}}",
	       "consumer_byte_rate: it has to be more than 0");
	leaves(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"user\":\"u\"}", "{\"quotas\":{\"producer_byte_rate\":1.5}}",
	       "refused",
	       "whole number");
	leaves(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"user\":\"u\"}",
	       "{\"quotas\":{\"connection_creation_rate\":1}}", "refused",
	       "no such quota of users and clients");
	leaves(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"ip\":\"10.0.0.1\",\"user\":\"u\"}",
	       "{\"quotas\":{\"connection_creation_rate\":1}}", "refused", "of nothing else");
	leaves(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"ip\":\"host.invalid\"}",
	       "{\"quotas\":{\"connection_creation_rate\":1}}",
	       "refused", "no address");
	leaves(KAFKA_4_4_LEVEL, KIND_QUOTA, "{\"group\":\"g\"}", "{\"quotas\":{\"producer_byte_rate\":1}}",
	       "refused", "alone");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_below_one_mebibyte_is_refused_since_kafka_4_0),
		cmocka_unit_test(one_bad_config_leaves_the_topic_and_the_others),
		cmocka_unit_test(a_config_of_a_later_line_says_since_when),
		cmocka_unit_test(a_metadata_version_of_the_future_is_taken_for_the_newest_that_is_known),
		cmocka_unit_test(a_format_of_before_kafka_3_3_gets_nothing),
		cmocka_unit_test(tiered_storage_is_never_switched_on_and_its_other_configs_stay),
		cmocka_unit_test(throttled_replicas_are_never_written),
		cmocka_unit_test(a_value_that_no_record_holds_is_left_out),
		cmocka_unit_test(two_configs_that_contradict_each_other_are_both_left_out),
		cmocka_unit_test(a_topic_has_a_name_that_kafka_takes),
		cmocka_unit_test(a_line_that_makes_no_sense_is_an_error),
		cmocka_unit_test(a_broker_config_stands_where_kafka_lets_it_stand),
		cmocka_unit_test(min_insync_replicas_of_one_broker_is_refused_where_there_are_eligible_leaders),
		cmocka_unit_test(a_value_that_the_broker_itself_looks_up_is_not_judged),
		cmocka_unit_test(each_thread_of_the_cleaner_needs_its_memory),
		cmocka_unit_test(groups_and_client_metrics_have_configs_from_their_line_on),
		cmocka_unit_test(a_credential_is_one_that_a_controller_would_take),
		cmocka_unit_test(a_bad_credential_leaves_the_users_other_one),
		cmocka_unit_test(no_reason_holds_a_value),
		cmocka_unit_test(an_acl_with_a_number_that_kafka_does_not_know_is_not_written),
		cmocka_unit_test(an_acl_is_of_a_named_resource_a_principal_and_a_host),
		cmocka_unit_test(a_range_of_hosts_is_known_since_4_4),
		cmocka_unit_test(a_quota_is_of_whom_and_what_kafka_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
