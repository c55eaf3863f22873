/* t_config.c - the file of a service: every key, and the ways to be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/store/store.h"
#include "tests/unit/config_fixture.h"

static void
what_is_absent_has_its_preset(void **state)
{
	struct config *c = accepted("{" ALL "}");

	(void)state;
	assert_true(c->enabled);
	assert_string_equal(c->file, FILE_NAME);
	assert_string_equal(c->service, "orders-prod");
	assert_int_equal(c->kafka.count, 1);
	assert_int_equal(c->store.type, CONFIG_STORE_FS);
	assert_string_equal(c->store.path, "/var/backups");
	assert_string_equal(c->keys.signing_key.file, "/k/signing");
	assert_null(c->keys.signing_key.credential);
	assert_string_equal(c->keys.identity.credential, "identity");
	assert_false(c->kraft.given || c->registry.given || c->connect.given || c->retention.given);
	assert_int_equal(c->connect.resume, CONFIG_RESUME_SAVED);
	assert_int_equal(c->schedule.interval_minutes, 180);
	assert_int_equal(c->retention.keep_last + c->retention.keep_daily, 0);
	assert_true(c->poweroff.veto);
	assert_int_equal(c->guard.shrink_percent, 50);
	assert_int_equal(c->guard.bootstrap_set.users.count, 0);
	config_free(c);
}

static void
every_key_arrives_in_its_field(void **state)
{
	struct config *c = accepted(
	    "{" ALL ",\"enabled\":true,"
	    "\"kraft\":{\"metadata_log_dir\":\"/m\",\"log_dirs\":[\"/a\",\"/b\"],"
	    "\"broker_ids\":[1,2147483647],\"voters\":[\"c1:9093\",\"[::1]:9093\"]},"
	    "\"registry\":{\"url\":\"http://r1:8081\","
	    "\"urls\":[\"http://r2:8081/x\"],\"topic\":\"_s\",\"user\":\"u\",\"password\":{\"file\":\"/p\"},"
	    "\"ca_file\":\"/c\"},"
	    "\"connect\":{\"url\":\"https://[::1]:8083/x\",\"resume\":\"stopped\","
	    "\"topics\":[\"c\",\"o\",\"s\"]},\"schedule\":{\"interval_minutes\":7},"
	    "\"retention\":{\"keep_last\":1,\"keep_daily\":2,\"keep_monthly\":3},"
	    "\"poweroff\":{\"veto\":false},\"guard\":{\"shrink_percent\":8,\"bootstrap_set\":"
	    "{\"users\":[\"admin\"],\"acl_principals\":[\"User:a\"],\"topics\":[\"t\"]}}}");

	(void)state;
	assert_true(c->kraft.given && c->registry.given && c->connect.given && c->retention.given);
	assert_string_equal(c->kraft.metadata_log_dir, "/m");
	assert_int_equal(c->kraft.log_dirs.count, 2);
	assert_string_equal(c->kraft.log_dirs.items[1], "/b");
	assert_int_equal(c->kraft.broker_ids.count, 2);
	assert_int_equal(c->kraft.broker_ids.items[1], INT32_MAX);
	assert_int_equal(c->kraft.voters.count, 2);
	assert_string_equal(c->kraft.voters.items[1], "[::1]:9093");
	assert_string_equal(c->registry.url, "http://r1:8081");
	assert_int_equal(c->registry.urls.count, 1);
	assert_string_equal(c->registry.urls.items[0], "http://r2:8081/x");
	assert_string_equal(c->registry.topic, "_s");
	assert_string_equal(c->registry.user, "u");
	assert_string_equal(c->registry.password.file, "/p");
	assert_string_equal(c->registry.ca_file, "/c");
	assert_string_equal(c->connect.url, "https://[::1]:8083/x");
	assert_int_equal(c->connect.resume, CONFIG_RESUME_STOPPED);
	assert_int_equal(c->connect.topics.count, 3);
	assert_string_equal(c->connect.topics.items[2], "s");
	assert_int_equal(c->schedule.interval_minutes, 7);
	assert_int_equal(c->retention.keep_last, 1);
	assert_int_equal(c->retention.keep_daily, 2);
	assert_int_equal(c->retention.keep_monthly, 3);
	assert_false(c->poweroff.veto);
	assert_int_equal(c->guard.shrink_percent, 8);
	assert_string_equal(c->guard.bootstrap_set.users.items[0], "admin");
	assert_string_equal(c->guard.bootstrap_set.acl_principals.items[0], "User:a");
	assert_string_equal(c->guard.bootstrap_set.topics.items[0], "t");
	config_free(c);
}

static void
properties_become_text_in_the_order_of_the_file(void **state)
{
	struct config *c = accepted("{" NO_KAFKA ",\"kafka\":{\"socket.timeout.ms\":30000,"
	                            "\"socket.keepalive.enable\":true,\"bootstrap.servers\":\"b1:9093\","
	                            "\"queue.buffering.max.ms\":0.5,"
	                            "\"sasl.username\":{\"credential\":\"user\"},"
	                            "\"sasl.password\":{\"file\":\"/p\"}}}");
	const struct config_property *k = c->kafka.items;

	(void)state;
	assert_int_equal(c->kafka.count, 6);
	assert_string_equal(k[0].name, "socket.timeout.ms");
	assert_string_equal(k[0].value, "30000");
	assert_string_equal(k[1].value, "true");
	assert_string_equal(k[3].value, "0.5");
	assert_null(k[4].value);
	assert_string_equal(k[4].secret.credential, "user");
	assert_null(k[5].value);
	assert_string_equal(k[5].secret.file, "/p");
	config_free(c);
}

static void
a_disabled_service_needs_nothing_else(void **state)
{
	struct config *c = accepted("{\"enabled\": false}");

	(void)state;
	assert_false(c->enabled);
	assert_null(c->service);
	config_free(c);
	accept_text("{\"enabled\":false,\"store\":{},\"keys\":{},\"kafka\":{}}");
	refuse_text("{\"enabled\":false,\"stor\":{}}", "stor: no such key; did you mean \"store\"?");
}

static void
a_key_that_is_missing_is_named(void **state)
{
	struct buf example CLEANUP(buf_release);
	struct json_object *top, *section;
	struct err e;
	char parent[64], words[128];
	size_t i, tried = 0;

	(void)state;
	buf_init(&example, CONFIG_TEXT_MAX);
	options_example(&example);
	for (i = 0; i < option_count; i++) {
		if (!options[i].required || !option_fits_store(&options[i], CONFIG_STORE_FS))
			continue; /* the example's store is a directory */
		assert_int_equal(json_parse(example.data, example.len, 8, &top, &e), 0);
		(void)snprintf(parent, sizeof parent, "%.*s", (int)option_parent_len(&options[i]),
		               options[i].path);
		section = top;
		if (parent[0] == '\0' || json_object_object_get_ex(top, parent, &section)) {
			json_object_object_del(section, option_key(&options[i]));
			(void)snprintf(words, sizeof words, ": %s: is missing; expected", options[i].path);
			refuse_text(json_object_to_json_string(top), words);
			tried++;
		}
		(void)json_object_put(top);
	}
	assert_true(tried >= 9);
	refuse_text("{" NO_KAFKA ",\"kafka\":{}}",
	            "kafka.bootstrap.servers: is missing; expected HOST:PORT");
	refuse_text("{" ALL ",\"kraft\":{}}", "kraft.metadata_log_dir: is missing");
	refuse_text("{" ALL ",\"registry\":{}}", "registry.url: is missing");
	refuse_text("{" ALL ",\"connect\":{}}", "connect.url: is missing");
	refuse_text("{}", "service: is missing; expected 1 to 64 characters");
}

static void
an_unknown_key_brings_the_nearest_one(void **state)
{
	(void)state;
	refuse_text("{" ALL ",\"schedul\":{}}", "schedul: no such key; did you mean \"schedule\"?");
	refuse_text("{" ALL ",\"retention\":{\"keep_dayly\":1}}",
	            "retention.keep_dayly: no such key; did you mean \"keep_daily\"?");
	refuse_text("{" ALL ",\"interval_minutes\":5}",
	            "did you mean \"interval_minutes\" in the section schedule?");
	refuse_text("{" ALL ",\"poweroff\":{\"enabled\":true}}",
	            "did you mean \"enabled\" at the top level?");
	refuse_text("{" ALL ",\"poweroff.veto\":true}", "did you mean \"veto\" in the section poweroff?");
	refuse_text("{\"serv\":1}", "serv: no such key; did you mean \"service\"?");
	refuse_text("{" ALL ",\"zzzzzzzzzzzz\":1}", "zzzzzzzzzzzz: no such key; the manual lists");
	refuse_text("{" ALL ",\"\":1}", "no such key; the manual lists");
	refuse_text("{" ALL ",\"guard\":{\"bootstrap_set\":{\"user\":[]}}}",
	            "guard.bootstrap_set.user: no such key; did you mean \"users\"?");
}

static void
a_very_long_unknown_key_is_cut_and_refused(void **state)
{
	char text[5000];

	(void)state;
	(void)snprintf(text, sizeof text, "{\"%04000d\":1}", 0);
	refuse_text(text, "000: no such key; the manual lists");
}

static void
what_is_no_json_is_placed_by_line_and_column(void **state)
{
	(void)state;
	refuse_text("", "expected JSON: line 1, column 1");
	refuse_text("{\n  \"service\": orders\n}", "expected JSON: line 2, column 14");
	refuse_text("{" ALL "} x", "expected JSON: line 1");
	refuse_text("{\n\"enabled\":false,\n\"enabled\":true}",
	            "line 3, column 1: a key that the object has");
	refuse_text("{" NO_KAFKA ",\"kafka\":{\"bootstrap.servers\":\"a\",\"bootstrap.servers\":\"b\"}}",
	            "a key that the object has already");
	refuse_text("[]", "expected a JSON object");
	refuse_text("null", "expected a JSON object");
	refuse_text("{\"a\":[[[[[[[[[[1]]]]]]]]]]}", "expected JSON: ");
}

static void
a_file_that_is_too_large_is_refused_unread(void **state)
{
	char *text = malloc(CONFIG_TEXT_MAX + 2);
	struct config *c = NULL;
	struct err e = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, ' ', CONFIG_TEXT_MAX + 1);
	memcpy(text, "{\"enabled\":false}", 17);
	assert_int_equal(config_parse(FILE_NAME, text, CONFIG_TEXT_MAX + 1, &c, &e), ERR_CONFIG);
	assert_string_equal(e.text, FILE_NAME ": 262145 bytes long, expected at most 262144");
	assert_int_equal(config_parse(FILE_NAME, text, CONFIG_TEXT_MAX, &c, &e), 0);
	config_free(c);
	free(text);
}

static void
every_option_refuses_the_types_that_are_not_its_own(void **state)
{
	static const char *const values[] = { "null", "true", "1.5", "\"\"", "[{}]", "{\"x\":1}" };
	size_t i, v;

	(void)state;
	for (i = 0; i < option_count; i++)
		for (v = 0; v < LENGTH(values); v++)
			if (options[i].type != OPTION_BOOL || strcmp(values[v], "true") != 0)
				refuse_option(&options[i], values[v], options[i].path);
	refuse_option(option_at("poweroff.veto"), "\"false\"", "poweroff.veto: expected true or false");
	refuse_option(option_at("store"), "[]", "store: expected an object");
}

static void
numbers_end_where_the_table_says(void **state)
{
	char value[32], words[128];
	size_t i, tried = 0;

	(void)state;
	for (i = 0; i < option_count; i++) {
		const struct option *o = &options[i];

		if (o->type != OPTION_NUMBER)
			continue;
		(void)snprintf(words, sizeof words, "%s: expected a number from %u to %u", o->path, o->min,
		               o->max);
		(void)snprintf(value, sizeof value, "%lld", (long long)o->min - 1);
		refuse_option(o, value, words);
		(void)snprintf(value, sizeof value, "%lld", (long long)o->max + 1);
		refuse_option(o, value, words);
		refuse_option(o, "18446744073709551615", words);
		refuse_option(o, "-9223372036854775808", words);
		(void)snprintf(value, sizeof value, "%u", o->min);
		accept_option(o, value);
		(void)snprintf(value, sizeof value, "%u", o->max);
		accept_option(o, value);
		tried++;
	}
	assert_int_equal(tried, 6);
	assert_int_equal(option_at("schedule.interval_minutes")->max, 10080);
	assert_int_equal(option_at("guard.shrink_percent")->max, 100);
}

static void
lists_are_bounded_and_name_the_item_that_is_wrong(void **state)
{
	const struct option *recipients = option_at("keys.recipients");
	char many[1024] = "[", item[64];
	size_t n = 1;
	int i;

	(void)state;
	for (i = 0; i < 17; i++) {
		(void)snprintf(item, sizeof item, "\"x25519:%043d\"%c", i, i < 16 ? ',' : ']');
		memcpy(many + n, item, strlen(item));
		n += strlen(item);
	}
	refuse_option(recipients, many, "keys.recipients: expected a list of 1 to 16 different items");
	memcpy(many + n - strlen(item) - 1, "]", 2);
	accept_option(recipients, many);
	refuse_option(recipients, "[]", "keys.recipients: expected a list of 1 to 16 different items");
	refuse_option(option_at("kraft.broker_ids"), "[1,-1]", "kraft.broker_ids[1]: expected a number");
	refuse_option(option_at("kraft.broker_ids"), "[2147483648]", "kraft.broker_ids[0]: expected");
	refuse_option(option_at("kraft.broker_ids"), "[4,5,4]", "kraft.broker_ids[2]: stands in the list");
	refuse_option(option_at("kraft.log_dirs"), "[\"/a\",\"b\"]",
	              "kraft.log_dirs[1]: expected an absolute path");
	refuse_option(option_at("kraft.log_dirs"), "[\"/a\",\"/a\"]", "kraft.log_dirs[1]: stands in");
	refuse_option(option_at("kraft.voters"), "[]", "kraft.voters: expected a list of 1 to 64 different items");
	refuse_option(option_at("kraft.voters"), "[\"a:1\",\"1@b:1\"]", "kraft.voters[1]: expected HOST:PORT");
	refuse_option(option_at("kraft.voters"), "[\"a:1,b:1\"]", "kraft.voters[0]: expected HOST:PORT");
	refuse_option(option_at("connect.topics"), "[\"a\",\"b\"]",
	              "expected a list of 3 different items");
	refuse_option(option_at("connect.topics"), "[\"a\",\"b\",\"b c\"]",
	              "connect.topics[2]: expected a topic's name");
	refuse_option(option_at("guard.bootstrap_set.acl_principals"), "[\"admin\"]",
	              "acl_principals[0]: expected a principal, such as \"User:admin\"");
}

static void
names_paths_and_urls_are_checked(void **state)
{
	static const char *const bad_ids[] = { "\"\"", "\".a\"", "\"a/b\"", "\"a b\"", "\"\xc3\xa4\"",
		"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" };
	static const char *const bad_urls[] = { "\"r1:8081\"", "\"ftp://r1\"", "\"http://\"",
		"\"https://user:hunter2secret@r1\"", "\"http://r1/?a=b\"", "\"http://r1/\\u000d\\u000a\"" };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad_ids); i++)
		refuse_option(option_at("service"), bad_ids[i], "service: expected 1 to 64 characters");
	for (i = 0; i < LENGTH(bad_urls); i++)
		refuse_option(option_at("registry.url"), bad_urls[i], "registry.url: expected an http://");
	accept_option(option_at("service"),
	              "\"-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa._Z9\"");
	refuse_option(option_at("store.path"), "\"backups\"", "store.path: expected an absolute path");
	refuse_option(option_at("store.type"), "\"s4\"",
	              "store.type: expected one of \"fs\", \"s3\", \"gcs\", \"azure\"");
	refuse_option(option_at("connect.resume"), "\"running\"",
	              "expected one of \"saved\", \"stopped\"");
	refuse_option(option_at("keys.recipients"), "[\"ed25519:" PUBLIC "\"]",
	              "keys.recipients[0]: expected a public key, \"x25519:\" and 43 characters");
	refuse_option(option_at("keys.trusted_signers"), "[\"ed25519:" PUBLIC "A\"]",
	              "keys.trusted_signers[0]: expected a public key, \"ed25519:\"");
}

#define BUCKET_STORE(type, more)                                                                   \
	"{" SERVICE "," KEYS "," KAFKA ",\"store\":{\"type\":\"" type "\"," more "}}"

static void
each_type_of_store_has_its_own_keys(void **state)
{
	struct config *c = accepted(BUCKET_STORE("s3", "\"bucket\":\"b-1\",\"prefix\":\"a/b\",\"lock_days\":3,"
	                                               "\"credentials\":{\"source\":\"imds\"}"));

	(void)state;
	assert_int_equal(c->store.type, CONFIG_STORE_S3);
	assert_int_equal(c->store.addressing, STORE_S3_AUTO);
	assert_int_equal(c->store.credentials.source, CREDENTIALS_IMDS);
	assert_string_equal(c->store.prefix, "a/b");
	assert_int_equal(c->store.lock_days, 3);
	assert_null(c->store.path);
	config_free(c);
	refuse_text(BUCKET_STORE("s3", "\"path\":\"/x\",\"bucket\":\"b-1\",\"credentials\":{\"source\":\"imds\"}"),
	            "store.path: is for store.type fs alone");
	refuse_text(BUCKET_STORE("fs", "\"path\":\"/x\",\"bucket\":\"b-1\""),
	            "store.bucket: is for store.type s3 or gcs alone");
	refuse_text(BUCKET_STORE("gcs", "\"bucket\":\"b-1\",\"lock_days\":3,\"credentials\":{\"source\":\"static\"}"),
	            "store.lock_days: is for store.type s3 alone");
	refuse_text(BUCKET_STORE("s3", "\"credentials\":{\"source\":\"imds\"}"), "store.bucket: is missing");
	refuse_text(BUCKET_STORE("s3", "\"bucket\":\"b-1\""), "store.credentials: is missing");
	refuse_text(BUCKET_STORE("gcs", "\"bucket\":\"b-1\",\"credentials\":{}"),
	            "store.credentials.source: is missing");
}

static void
prefixes_buckets_and_keys_are_checked(void **state)
{
	static const char *const bad[] = { "\"/a\"", "\"a/\"", "\"a//b\"", "\"a/../b\"", "\".a\"", "\"a b\"",
		                           "\"a/.b\"", "\"\"" };

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++)
		refuse_option(option_at("store.prefix"), bad[i], "store.prefix: expected parts of");
	accept_option(option_at("store.prefix"), "\"a/b_c-D.e\"");
	refuse_option(option_at("store.bucket"), "\"a/b\"", "store.bucket: expected a bucket's name");
	refuse_option(option_at("store.encryption"), "\"aes256\"", "store.encryption: expected \"AES256\"");
	refuse_option(option_at("store.lock_mode"), "\"governance\"", "store.lock_mode: expected \"GOVERNANCE\"");
	refuse_option(option_at("store.expected_bucket_owner"), "\"12345678901\"", "expected an account's number");
	refuse_option(option_at("store.credentials.access_key_id"), "\"a,b\"", "expected the id of an access key");
	refuse_option(option_at("store.credentials.secret_access_key"), "\"hunter2\"",
	              "a secret must not stand in this file");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_absent_has_its_preset),
		cmocka_unit_test(every_key_arrives_in_its_field),
		cmocka_unit_test(properties_become_text_in_the_order_of_the_file),
		cmocka_unit_test(a_disabled_service_needs_nothing_else),
		cmocka_unit_test(a_key_that_is_missing_is_named),
		cmocka_unit_test(an_unknown_key_brings_the_nearest_one),
		cmocka_unit_test(a_very_long_unknown_key_is_cut_and_refused),
		cmocka_unit_test(what_is_no_json_is_placed_by_line_and_column),
		cmocka_unit_test(a_file_that_is_too_large_is_refused_unread),
		cmocka_unit_test(every_option_refuses_the_types_that_are_not_its_own),
		cmocka_unit_test(numbers_end_where_the_table_says),
		cmocka_unit_test(lists_are_bounded_and_name_the_item_that_is_wrong),
		cmocka_unit_test(names_paths_and_urls_are_checked),
		cmocka_unit_test(each_type_of_store_has_its_own_keys),
		cmocka_unit_test(prefixes_buckets_and_keys_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
