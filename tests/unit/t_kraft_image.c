/* t_kraft_image.c - what a metadata log says once every change is applied: removals, re-creation, epochs, unknowns */
#include <math.h>
#include <string.h>

#include "tests/unit/kraft_fixture.h"

#define REPLICAS(...) (const int32_t[]){ __VA_ARGS__ }, LENGTH(((const int32_t[]){ __VA_ARGS__ }))

static const char *const user_a[] = { "user", "a", NULL };
static const struct acl_numbers read_topic = { 2, 3, 3, 3 };

static void
lines_are(struct kraft_fixture *f, const char *expected)
{
	assert_int_equal(kraft_apply(f), 0);
	assert_string_equal(kraft_lines(f), expected);
}

#define IDENTITY_A "\"topic_id\":\"AQEBAQEBAQEBAQEBAQEBAQ\"}\n"
#define IDENTITY_B "\"topic_id\":\"AgICAgICAgICAgICAgICAg\"}\n"

/* ---- topics ---- */

static void
a_topic_has_its_partitions_configs_and_identity(void **state)
{
	struct kraft_fixture *f = *state;

	make_topic(&f->records, "orders", 1);
	make_config(&f->records, RESOURCE_TOPIC, "orders", "retention.ms", "5");
	make_config(&f->records, RESOURCE_TOPIC, "orders", "cleanup.policy", "compact,delete");
	make_partition(&f->records, 1, 1, 8, 9, REPLICAS(2, 3)); /* in any order */
	make_partition(&f->records, 1, 0, 6, 7, REPLICAS(1, 2));
	lines_are(f, "topic orders {\"configs\":{\"cleanup.policy\":\"compact,delete\",\"retention.ms\":\"5\"},"
	             "\"partitions\":2,\"replication_factor\":2}\n"
	             "identity orders {\"epochs\":[[6,7],[8,9]],\"partitions\":[[1,2],[2,3]]," IDENTITY_A);
}

static void
a_removed_topic_takes_partitions_and_configs_with_it(void **state)
{
	struct kraft_fixture *f = *state;

	make_small_topic(&f->records, "orders", 1);
	make_config(&f->records, RESOURCE_TOPIC, "orders", "retention.ms", "5");
	make_remove_topic(&f->records, 1);
	make_small_topic(&f->records, "orders", 2); /* the name again, with another id */
	lines_are(f, "topic orders {\"configs\":{},\"partitions\":1,\"replication_factor\":1}\n"
	             "identity orders {\"epochs\":[[0,0]],\"partitions\":[[1]]," IDENTITY_B);
	assert_int_equal(f->image.partitions.count, 1);
	assert_int_equal(f->image.configs.count, 0);
}

static void
a_change_raises_the_partitions_epoch_and_a_new_leader_its_own(void **state)
{
	struct kraft_fixture *f = *state;

	make_topic(&f->records, "orders", 1);
	make_partition(&f->records, 1, 0, 10, 20, REPLICAS(1, 2));
	make_change(&f->records, 1, 0, NO_LEADER_CHANGE, NULL, 0); /* 10, 21 */
	make_change(&f->records, 1, 0, 2, NULL, 0);                /* 11, 22 */
	make_change(&f->records, 1, 0, 2, NULL, 0);                /* the same one, elected anew: 12, 23 */
	make_change(&f->records, 1, 0, -1, NULL, 0);               /* nobody leads: 13, 24 */
	make_change(&f->records, 1, 0, NO_LEADER_CHANGE, REPLICAS(4, 5, 6));
	lines_are(f, "topic orders {\"configs\":{},\"partitions\":1,\"replication_factor\":3}\n"
	             "identity orders {\"epochs\":[[13,25]],\"partitions\":[[4,5,6]]," IDENTITY_A);
}

/* In Java both wrap; in C that must be meant (UBSan). */
static void
epochs_at_their_end_wrap(void **state)
{
	struct kraft_fixture *f = *state;

	make_topic(&f->records, "orders", 1);
	make_partition(&f->records, 1, 0, INT32_MAX, INT32_MAX, REPLICAS(1));
	make_change(&f->records, 1, 0, 2, NULL, 0);
	lines_are(f, "topic orders {\"configs\":{},\"partitions\":1,\"replication_factor\":1}\n"
	             "identity orders {\"epochs\":[[-2147483648,-2147483648]],\"partitions\":[[1]]," IDENTITY_A);
}

static void
kafkas_own_topics_have_an_identity_alone(void **state)
{
	struct kraft_fixture *f = *state;

	make_small_topic(&f->records, "__consumer_offsets", 1);
	make_small_topic(&f->records, "__mine", 2);
	lines_are(f, "topic __mine {\"configs\":{},\"partitions\":1,\"replication_factor\":1}\n"
	             "identity __consumer_offsets {\"epochs\":[[0,0]],\"partitions\":[[1]]," IDENTITY_A
	             "identity __mine {\"epochs\":[[0,0]],\"partitions\":[[1]]," IDENTITY_B);
}

static void
a_config_of_a_topic_that_is_not_there_is_no_line(void **state)
{
	struct kraft_fixture *f = *state;

	make_config(&f->records, RESOURCE_TOPIC, "gone", "retention.ms", "5");
	lines_are(f, "");
}

/* ---- configs ---- */

static void
configs_are_set_replaced_and_removed(void **state)
{
	struct kraft_fixture *f = *state;

	make_config(&f->records, RESOURCE_BROKER, "", "b", "1");
	make_config(&f->records, RESOURCE_BROKER, "", "a", "");
	make_config(&f->records, RESOURCE_BROKER, "", "c", "3");
	make_config(&f->records, RESOURCE_BROKER, "", "b", "2");
	make_config(&f->records, RESOURCE_BROKER, "", "c", NULL);
	make_config(&f->records, RESOURCE_BROKER, "", "never", NULL);
	make_config(&f->records, RESOURCE_BROKER, "2", "x", "\"\\\t\xc3\xa4");
	make_config(&f->records, RESOURCE_GROUP, "g", "x", "1");
	make_config(&f->records, RESOURCE_GROUP, "g", "x", NULL); /* nothing is left of it */
	make_config(&f->records, RESOURCE_CLIENT_METRICS, "m", "interval.ms", "7");
	lines_are(f, "cluster_config 2 {\"configs\":{\"x\":\"\\\"\\\\\\u0009\xc3\xa4\"}}\n"
	             "cluster_config default {\"configs\":{\"a\":\"\",\"b\":\"2\"}}\n"
	             "client_metrics m {\"configs\":{\"interval.ms\":\"7\"}}\n");
	assert_int_equal(f->image.configs.count, 3);
}

/* Loggers, say, or a type of the future: not ours, and no trouble to what is. */
static void
configs_of_other_resources_are_passed_over(void **state)
{
	struct kraft_fixture *f = *state;

	make_config(&f->records, 8, "1", "root", "INFO");
	make_config(&f->records, -5, "x", "y", "z");
	make_config(&f->records, RESOURCE_GROUP, "g", "x", "1");
	lines_are(f, "group_config g {\"configs\":{\"x\":\"1\"}}\n");
}

/* ---- users and ACLs ---- */

static void
users_have_a_credential_a_mechanism(void **state)
{
	struct kraft_fixture *f = *state;

	make_user(&f->records, "b", 2, 1);
	make_user(&f->records, "a", 1, 2);
	make_user(&f->records, "b", 1, 3);
	make_user(&f->records, "a", 1, 4); /* another password */
	make_user(&f->records, "c", 1, 5);
	make_user(&f->records, "c", 2, 6);
	make_remove_user(&f->records, "c", 1);
	make_remove_user(&f->records, "c", 2);
	assert_int_equal(kraft_apply(f), 0);
	assert_int_equal(f->image.users.count, 3);
	assert_true(kraft_has(f, "user a {\"SCRAM-SHA-256\":{\"iterations\":4096,"
	                         "\"salt\":\"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\","
	                         "\"server_key\":\"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\","
	                         "\"stored_key\":\"BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=\"}}"));
	assert_non_null(strstr(kraft_lines(f), "user b {\"SCRAM-SHA-256\":{"));
	assert_non_null(strstr(kraft_lines(f), "},\"SCRAM-SHA-512\":{"));
	assert_null(strstr(kraft_lines(f), "user c"));
}

static void
acls_keep_what_has_no_name(void **state)
{
	struct kraft_fixture *f = *state;

	make_acl(&f->records, 1, read_topic, "orders", "User:a", "*");
	make_acl(&f->records, 2, read_topic, "orders", "User:a", "*"); /* the same, with another id */
	make_acl(&f->records, 3, (struct acl_numbers){ 9, 1, 77, -3 }, "\"q\"", "User:CN=\xc3\xa4,O=\"x\\y\"", "::1");
	make_acl(&f->records, 4, (struct acl_numbers){ 7, 4, 15, 2 }, "u", "User:b", "10.0.0.1");
	make_acl(&f->records, 5, read_topic, "gone", "User:a", "*");
	make_remove_acl(&f->records, 5);
	lines_are(f, "acl [\"9\",\"1\",\"\\\"q\\\"\",\"User:CN=\xc3\xa4,O=\\\"x\\\\y\\\"\",\"::1\",\"77\",\"-3\"] {}\n"
	             "acl [\"TOPIC\",\"LITERAL\",\"orders\",\"User:a\",\"*\",\"READ\",\"ALLOW\"] {}\n"
	             "acl [\"USER\",\"PREFIXED\",\"u\",\"User:b\",\"10.0.0.1\",\"TWO_PHASE_COMMIT\",\"DENY\"] {}\n");
}

static void
an_acl_that_was_there_twice_stays_until_both_are_removed(void **state)
{
	struct kraft_fixture *f = *state;

	make_acl(&f->records, 1, read_topic, "orders", "User:a", "*");
	make_acl(&f->records, 2, read_topic, "orders", "User:a", "*");
	make_remove_acl(&f->records, 1);
	lines_are(f, "acl [\"TOPIC\",\"LITERAL\",\"orders\",\"User:a\",\"*\",\"READ\",\"ALLOW\"] {}\n");
}

/* ---- quotas ---- */

static void
quotas_of_every_entity_are_kept_and_removed(void **state)
{
	static const char *const both[] = { "user", "", "client-id", "c", NULL };
	static const char *const turned[] = { "client-id", "c", "user", "", NULL };
	static const char *const ip[] = { "ip", "", NULL };
	struct kraft_fixture *f = *state;

	make_quota(&f->records, both, "producer_byte_rate", 1, false);
	make_quota(&f->records, turned, "producer_byte_rate", 2.5, false); /* the same entity */
	make_quota(&f->records, turned, "consumer_byte_rate", 1e16, false);
	make_quota(&f->records, ip, "connection_creation_rate", 10, false);
	make_quota(&f->records, user_a, "request_percentage", 50, false);
	make_quota(&f->records, user_a, "request_percentage", 0, true);
	make_quota(&f->records, user_a, "never", 0, true);
	lines_are(f, "quota {\"client-id\":\"c\",\"user\":null} {\"quotas\":{\"consumer_byte_rate\":1e16,"
	             "\"producer_byte_rate\":2.5}}\n"
	             "quota {\"ip\":null} {\"quotas\":{\"connection_creation_rate\":10}}\n");
	assert_int_equal(f->image.quotas.count, 2);
}

/* JSON has no text for it: the kind cannot be kept, the others can. */
static void
a_quota_that_is_no_number_is_of_its_kind_alone(void **state)
{
	struct kraft_fixture *f = *state;

	make_quota(&f->records, user_a, "request_percentage", NAN, false);
	make_config(&f->records, RESOURCE_GROUP, "g", "x", "1");
	lines_are(f, "group_config g {\"configs\":{\"x\":\"1\"}}\n");
	assert_int_equal(f->image.why[KIND_QUOTA].code, ERR_CORRUPT);
	assert_non_null(strstr(f->image.why[KIND_QUOTA].text, "{\"user\":\"a\"}"));
	make_quota(&f->records, user_a, "request_percentage", INFINITY, false);
	lines_are(f, "");
	assert_int_equal(f->image.why[KIND_QUOTA].code, ERR_CORRUPT);
}

/* ---- what is not understood ---- */

static void
a_type_that_is_not_known_spoils_every_kind(void **state)
{
	struct kraft_fixture *f = *state;
	unsigned i;

	make_small_topic(&f->records, "orders", 1);
	make_raw(&f->records, 77, 0, "", 0);
	make_small_topic(&f->records, "more", 2);
	lines_are(f, "");
	for (i = 0; i < KIND_TABLE; i++)
		assert_int_equal(f->image.why[i].code, (LOG_KINDS >> i & 1) != 0 ? ERR_UNSUPPORTED : 0);
	assert_non_null(strstr(f->image.why[KIND_USER].text, "offset 2"));
	assert_non_null(strstr(f->image.why[KIND_USER].text, "type 77"));
	assert_int_equal(f->image.names.count, 2); /* what brokers show is still compared with this */
}

static void
a_newer_version_spoils_the_kinds_of_its_type(void **state)
{
	struct kraft_fixture *f = *state;

	make_config(&f->records, RESOURCE_GROUP, "g", "x", "1");
	make_raw(&f->records, RECORD_USER_SCRAM, 1, "", 0);
	make_acl(&f->records, 1, read_topic, "orders", "User:a", "*");
	lines_are(f, "acl [\"TOPIC\",\"LITERAL\",\"orders\",\"User:a\",\"*\",\"READ\",\"ALLOW\"] {}\n"
	             "group_config g {\"configs\":{\"x\":\"1\"}}\n");
	assert_string_equal(f->image.why[KIND_USER].text, "offset 1 of the metadata log: "
	                    "UserScramCredentialRecord version 1: the newest that is known is 0");
}

/* A record that was not understood is missing to those behind it: that is no damage of the log. */
static void
what_follows_from_what_was_not_understood_is_no_damage(void **state)
{
	struct kraft_fixture *f = *state;

	make_raw(&f->records, RECORD_TOPIC, 1, "", 0);
	make_partition(&f->records, 1, 0, 0, 0, REPLICAS(1));
	make_change(&f->records, 1, 0, 1, NULL, 0);
	make_remove_topic(&f->records, 1);
	make_raw(&f->records, RECORD_USER_SCRAM, 1, "", 0);
	make_remove_user(&f->records, "a", 1);
	make_raw(&f->records, RECORD_ACL, 1, "", 0);
	make_remove_acl(&f->records, 1);
	make_quota(&f->records, user_a, "request_percentage", 1, false);
	lines_are(f, "quota {\"user\":\"a\"} {\"quotas\":{\"request_percentage\":1}}\n");
	assert_non_null(strstr(f->image.why[KIND_TOPIC].text, "TopicRecord version 1"));
	assert_non_null(strstr(f->image.why[KIND_USER].text, "UserScramCredentialRecord version 1"));
	assert_non_null(strstr(f->image.why[KIND_ACL].text, "AccessControlEntryRecord version 1"));
}

static void
what_is_not_kept_may_be_of_any_version(void **state)
{
	struct kraft_fixture *f = *state;

	make_raw(&f->records, 0, 99, "anything", 8);
	make_raw(&f->records, 27, 99, "", 0);
	make_small_topic(&f->records, "orders", 1);
	assert_int_equal(kraft_apply(f), 0);
	assert_non_null(strstr(kraft_lines(f), "topic orders"));
}

/* ---- what makes no sense ---- */

static void
refuse(struct kraft_fixture *f, const char *why)
{
	assert_int_equal(kraft_apply(f), ERR_CORRUPT);
	if (strstr(f->err.text, why) == NULL || strstr(f->err.text, "offset ") == NULL)
		fail_msg("\"%s\" does not say \"%s\" and where", f->err.text, why);
}

static void
what_speaks_of_what_is_not_there_is_refused(void **state)
{
	struct kraft_fixture *f = *state;

	make_small_topic(&f->records, "orders", 1);
	make_small_topic(&f->records, "orders", 2);
	refuse(f, "offset 2 of the metadata log: a topic is created that is there already");
	make_small_topic(&f->records, "a", 1);
	make_small_topic(&f->records, "b", 1);
	refuse(f, "created that is there");
	make_remove_topic(&f->records, 1);
	refuse(f, "a topic is removed");
	make_partition(&f->records, 1, 0, 0, 0, REPLICAS(1));
	refuse(f, "a partition of a topic that is not there");
	make_small_topic(&f->records, "a", 1);
	make_change(&f->records, 1, 1, 1, NULL, 0);
	refuse(f, "a change of a partition");
	make_remove_user(&f->records, "a", 1);
	refuse(f, "a user is removed");
	make_remove_acl(&f->records, 1);
	refuse(f, "an ACL is removed");
	make_topic(&f->records, "a", 1);
	make_partition(&f->records, 1, -1, 0, 0, REPLICAS(1));
	refuse(f, "impossible number");
	make_topic(&f->records, "a", 1);
	make_partition(&f->records, 1, INT32_MAX, 0, 0, REPLICAS(1));
	refuse(f, "impossible number");
	make_topic(&f->records, "a", 1);
	make_partition(&f->records, 1, 0, 0, 0, NULL, 0);
	refuse(f, "without a replica");
}

static void
a_quota_of_nobody_or_of_one_type_twice_is_refused(void **state)
{
	static const char *const nobody[] = { NULL }, *const twice[] = { "user", "a", "user", "b", NULL };
	struct kraft_fixture *f = *state;

	make_quota(&f->records, nobody, "k", 1, false);
	refuse(f, "a quota of nobody");
	make_quota(&f->records, twice, "k", 1, false);
	refuse(f, "a type twice");
}

/* A topic that lacks a partition cannot be told; users can. */
static void
a_topic_that_lacks_a_partition_spoils_topics_alone(void **state)
{
	struct kraft_fixture *f = *state;

	make_topic(&f->records, "orders", 1);
	make_partition(&f->records, 1, 1, 0, 0, REPLICAS(1));
	make_config(&f->records, RESOURCE_GROUP, "g", "x", "1");
	lines_are(f, "group_config g {\"configs\":{\"x\":\"1\"}}\n");
	assert_string_equal(f->image.why[KIND_TOPIC].text, "topic \"orders\" lacks a partition");
}

static void
a_name_that_is_not_utf8_spoils_its_kind_alone(void **state)
{
	struct kraft_fixture *f = *state;

	make_config(&f->records, RESOURCE_GROUP, "\xff", "x", "1");
	make_user(&f->records, "\xc0\xaf", 1, 1);
	make_acl(&f->records, 1, read_topic, "orders", "User:\xff", "*");
	make_small_topic(&f->records, "orders", 1);
	assert_int_equal(kraft_apply(f), 0);
	assert_null(strstr(kraft_lines(f), "group_config"));
	assert_non_null(strstr(kraft_lines(f), "topic orders"));
	assert_int_equal(f->image.why[KIND_GROUP_CONFIG].code, ERR_CORRUPT);
	assert_int_equal(f->image.why[KIND_USER].code, ERR_CORRUPT);
	assert_int_equal(f->image.why[KIND_ACL].code, ERR_CORRUPT);
	assert_int_equal(f->image.why[KIND_TOPIC].code, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_topic_has_its_partitions_configs_and_identity),
		CASE(a_removed_topic_takes_partitions_and_configs_with_it),
		CASE(a_change_raises_the_partitions_epoch_and_a_new_leader_its_own),
		CASE(epochs_at_their_end_wrap),
		CASE(kafkas_own_topics_have_an_identity_alone),
		CASE(a_config_of_a_topic_that_is_not_there_is_no_line),
		CASE(configs_are_set_replaced_and_removed),
		CASE(configs_of_other_resources_are_passed_over),
		CASE(users_have_a_credential_a_mechanism),
		CASE(acls_keep_what_has_no_name),
		CASE(an_acl_that_was_there_twice_stays_until_both_are_removed),
		CASE(quotas_of_every_entity_are_kept_and_removed),
		CASE(a_quota_that_is_no_number_is_of_its_kind_alone),
		CASE(a_type_that_is_not_known_spoils_every_kind),
		CASE(a_newer_version_spoils_the_kinds_of_its_type),
		CASE(what_follows_from_what_was_not_understood_is_no_damage),
		CASE(what_is_not_kept_may_be_of_any_version),
		CASE(what_speaks_of_what_is_not_there_is_refused),
		CASE(a_quota_of_nobody_or_of_one_type_twice_is_refused),
		CASE(a_topic_that_lacks_a_partition_spoils_topics_alone),
		CASE(a_name_that_is_not_utf8_spoils_its_kind_alone),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
