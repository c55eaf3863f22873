/* t_registry_capture.c - a registry is captured by HTTP whole, or not at all */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry_fixture.h"

static const char *const vendors[] = { "confluent", "karapace", "axonops", "apicurio" };

/* ---- good days ---- */

static void
an_empty_registry_is_captured_as_empty(void **state)
{
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(vendors); i++) {
		use_begin(&u, *state, vendors[i], "");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_string_equal(registry_vendor_name(u.registry.vendor), vendors[i]);
		assert_int_equal(u.lines.count, 2); /* the global config and mode */
		assert_string_equal(use_value(&u, "[\"config\",\".\",null]"), "{\"compatibilityLevel\":\"BACKWARD\"}");
		use_end(&u);
	}
}

static void
every_vendor_tells_the_same_versions(void **state)
{
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(vendors); i++) {
		use_begin(&u, *state, vendors[i], "");
		server_has(*state, ".", "b", 4, 9, "\\\"int\\\"", "");
		server_has(*state, ".", "b", 1, 7, "\\\"long\\\"", ",{\"deleted\":true}");
		server_has(*state, ".", "a:x y", 2, 7, "\\\"long\\\"",
		           ",{\"references\":[{\"name\":\"n\",\"subject\":\"b\",\"version\":4}]}");
		server_has(*state, ".", "p", 1, 3, "syntax", ",{\"schemaType\":\"PROTOBUF\"}");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_string_equal(use_value(&u, "[\".\",\"b\",4]"),
		                    "{\"id\":9,\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\"}");
		assert_string_equal(use_value(&u, "[\".\",\"b\",1]"),
		                    "{\"deleted\":true,\"id\":7,\"schema\":\"\\\"long\\\"\",\"schemaType\":\"AVRO\"}");
		assert_string_equal(use_value(&u, "[\".\",\"a:x y\",2]"),
		                    "{\"id\":7,\"references\":[{\"name\":\"n\",\"subject\":\"b\",\"version\":4}],"
		                    "\"schema\":\"\\\"long\\\"\",\"schemaType\":\"AVRO\"}");
		assert_non_null(strstr(use_value(&u, "[\".\",\"p\",1]"), "PROTOBUF"));
		assert_string_equal(use_value(&u, "[\"highest_id\",\".\",null]"), "{\"id\":9}");
		assert_int_equal(u.lines.count, 4 + 3);
		use_end(&u);
	}
}

static void
all_contexts_are_captured(void **state)
{
	static const char *const with[] = { "confluent", "axonops" };
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(with); i++) {
		use_begin(&u, *state, with[i], "");
		server_has(*state, ".", "a", 1, 1, "1", "");
		server_has(*state, ".eu", "a", 1, 1, "2", "");
		server_has(*state, ".eu", "b", 3, 5, "3", ",{\"deleted\":true}");
		server_order(*state, "{\"config\":[\".eu\",null,{\"compatibilityLevel\":\"FULL\"}]}");
		server_order(*state, "{\"mode\":[\".eu\",\"b\",\"READONLY\"]}");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_non_null(strstr(use_value(&u, "[\".\",\"a\",1]"), "\"schema\":\"1\""));
		assert_non_null(strstr(use_value(&u, "[\".eu\",\"a\",1]"), "\"schema\":\"2\""));
		assert_non_null(strstr(use_value(&u, "[\".eu\",\"b\",3]"), "\"deleted\":true"));
		assert_string_equal(use_value(&u, "[\"highest_id\",\".eu\",null]"), "{\"id\":5}");
		assert_string_equal(use_value(&u, "[\"config\",\".eu\",null]"), "{\"compatibilityLevel\":\"FULL\"}");
		assert_string_equal(use_value(&u, "[\"mode\",\".eu\",\"b\"]"), "{\"mode\":\"READONLY\"}");
		assert_null(use_value(&u, "[\"mode\",\".eu\",null]")); /* what an unset one says is not kept */
		assert_null(use_value(&u, "[\"config\",\".eu\",\"b\"]"));
		use_end(&u);
	}
}

/* As it is with what was restored: else it would never be found again. */
static void
a_setting_of_a_context_that_says_what_the_preset_says_is_set_where_it_was_so(void **state)
{
	struct line_set saved;
	struct use u;

	use_begin(&u, *state, "axonops", "");
	server_has(*state, ".eu", "a", 1, 1, "1", "");
	server_order(*state, "{\"config\":[\".eu\",null,{\"compatibilityLevel\":\"NONE\"}]}");
	use_capture(&u);
	assert_string_equal(use_value(&u, "[\"config\",\".eu\",null]"), "{\"compatibilityLevel\":\"NONE\"}");
	saved = use_take_lines(&u);
	server_order(*state, "{\"config\":[\".eu\",null,{\"compatibilityLevel\":\"BACKWARD\"}]}");
	use_capture(&u);
	assert_null(use_value(&u, "[\"config\",\".eu\",null]"));
	u.known = &saved;
	use_capture(&u);
	assert_string_equal(use_value(&u, "[\"config\",\".eu\",null]"), "{\"compatibilityLevel\":\"BACKWARD\"}");
	assert_null(use_value(&u, "[\"mode\",\".eu\",null]"));
	use_end(&u);
	line_set_release(&saved);
}

static void
metadata_and_rules_are_asked_for_where_the_list_lacks_them(void **state)
{
	static const char *const with[] = { "confluent", "axonops" };
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(with); i++) {
		use_begin(&u, *state, with[i], "");
		server_has(*state, ".", "a", 1, 1, "1", "");
		server_has(*state, ".", "b", 1, 2, "2",
		           ",{\"metadata\":{\"properties\":{\"o\":\"me\"}},\"ruleSet\":{\"domainRules\":[1]}}");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_null(strstr(use_value(&u, "[\".\",\"a\",1]"), "metadata")); /* what is injected is nothing */
		assert_non_null(strstr(use_value(&u, "[\".\",\"b\",1]"),
		                       "\"metadata\":{\"properties\":{\"o\":\"me\"}},"
		                       "\"ruleSet\":{\"domainRules\":[1]}"));
		use_end(&u);
	}
}

static void
only_what_was_set_is_kept(void **state)
{
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(vendors); i++) {
		use_begin(&u, *state, vendors[i], "");
		server_has(*state, ".", "a", 1, 1, "1", "");
		server_has(*state, ".", "b", 1, 2, "2", "");
		server_order(*state, "{\"config\":[\".\",\"a\",{\"compatibilityLevel\":\"FULL\",\"alias\":null}]}");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_string_equal(use_value(&u, "[\"config\",\".\",\"a\"]"), "{\"compatibilityLevel\":\"FULL\"}");
		assert_null(use_value(&u, "[\"config\",\".\",\"b\"]"));
		assert_null(use_value(&u, "[\"mode\",\".\",\"a\"]"));
		use_end(&u);
	}
}

/* ---- odd names ---- */

static void
odd_names_are_asked_for_as_they_are(void **state)
{
	char name[300], key[320];
	struct use u;

	use_begin(&u, *state, "confluent", "");
	memset(name, 'n', 260);
	name[260] = '\0';
	server_has(*state, ".", "a/b%2F", 1, 1, "1", "");
	server_has(*state, ".", "\xc3\xa9 ?#", 1, 2, "2", "");
	server_has(*state, ".", "", 1, 3, "3", "");
	server_has(*state, ".", name, 1, 4, "4", "");
	server_order(*state, "{\"config\":[\".\",\"a/b%%2F\",{\"compatibilityLevel\":\"NONE\"}]}");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_non_null(use_value(&u, "[\".\",\"a/b%2F\",1]"));
	assert_non_null(use_value(&u, "[\".\",\"\xc3\xa9 ?#\",1]"));
	assert_non_null(use_value(&u, "[\".\",\"\",1]"));
	(void)snprintf(key, sizeof key, "[\".\",\"%s\",1]", name);
	assert_non_null(use_value(&u, key));
	assert_string_equal(use_value(&u, "[\"config\",\".\",\"a/b%2F\"]"), "{\"compatibilityLevel\":\"NONE\"}");
	use_end(&u);
}

/* ---- bad days ---- */

static void
a_failing_registry_is_asked_again_and_then_named(void **state)
{
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_next(*state, "GET", "/contexts", "{\"status\":500}", 2);
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	server_next(*state, "GET", "/contexts", "{\"status\":500,\"code\":50003}", 100);
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "GET http://127.0.0.1");
	assert_said(&u, ERR_AGAIN, "500");
	use_end(&u);
}

static void
answers_that_are_none_are_named(void **state)
{
	static const struct {
		const char *path, *answer, *words;
		int         code;
	} bad[] = {
		{ "/config", "{\"body\":\"<html>\",\"type\":\"text/html\"}", "text/html", ERR_CORRUPT },
		{ "/config", "{\"body\":\"{\\\"a\\\"\"}", "line 1", ERR_CORRUPT },
		{ "/config", "{\"body\":\"[]\"}", "no setting", ERR_CORRUPT },
		{ "/config", "{\"body\":\"{\\\"error_code\\\":1,\\\"message\\\":\\\"" SECRET "\\\"}\"}",
		  "body of an error",
		  ERR_CORRUPT },
		{ "/contexts", "{\"body\":\"{}\"}", "", 0 },
		{ "/contexts", "{\"body\":\"[1]\"}", "contexts", ERR_CORRUPT },
		{ "/subjects?deleted=true", "{\"body\":\"{}\"}", "no list", ERR_CORRUPT },
		{ "/subjects?deleted=true", "{\"body\":\"[1]\"}", "not one of names", ERR_CORRUPT },
		{ "/subjects?deleted=true", "{\"how\":\"huge\"}", "", ERR_CORRUPT },
		{ "/subjects?deleted=true", "{\"how\":\"truncated\"}", "", ERR_AGAIN },
		{ "/schemas?deleted=true&subjectPrefix=:*:", "{\"body\":\"[{\\\"schema\\\":1}]\"}", "no schema",
		  ERR_CORRUPT },
		{ "/schemas?deleted=true&subjectPrefix=:*:", "{\"status\":401}", "401", ERR_DENIED },
	};
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(bad); i++) {
		use_begin(&u, *state, "confluent", "");
		server_has(*state, ".", "a", 1, 1, "1", "");
		server_next(*state, "GET", bad[i].path, bad[i].answer, 100);
		use_capture(&u);
		assert_said(&u, bad[i].code, bad[i].words);
		use_end(&u);
	}
}

static void
unknown_types_are_kept(void **state)
{
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "a", 1, 1, "x", ",{\"schemaType\":\"THRIFT\"}");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_non_null(strstr(use_value(&u, "[\".\",\"a\",1]"), "\"schemaType\":\"THRIFT\""));
	use_end(&u);
}

/* ---- access ---- */

static void
basic_and_bearer_are_sent_and_a_401_of_plain_text_is_understood(void **state)
{
	struct secret *right = secret_new(SECRET, strlen(SECRET)), *wrong = secret_new("x", 1);
	struct http_options o = { .user = "me", .password = right };
	struct use u;

	use_begin(&u, *state, "axonops", ",\"user\":\"me:" SECRET "\"");
	use_capture(&u);
	assert_said(&u, ERR_DENIED, "401");
	use_options(&u, &o, 1);
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	o.password = wrong;
	use_options(&u, &o, 1);
	use_capture(&u);
	assert_said(&u, ERR_DENIED, "401");
	server_order(*state, "{\"set\":{\"user\":null,\"token\":\"" SECRET "\"}}");
	o = (struct http_options){ .token = right };
	use_options(&u, &o, 1);
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	use_end(&u);
	secret_free(right);
	secret_free(wrong);
}

static void
a_base_path_and_a_second_url_are_used(void **state)
{
	struct http_options o[2] = { { .url = "http://127.0.0.1:9" }, { 0 } };
	char url[80];
	struct use u;

	use_begin(&u, *state, "confluent", ",\"base\":\"/apis/x\"");
	server_has(*state, ".", "a", 1, 1, "1", "");
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/apis/x", u.server->port);
	o[1].url = url;
	use_options(&u, o, 2);
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.registry.current, 1);
	assert_non_null(use_value(&u, "[\".\",\"a\",1]"));
	use_options(&u, o, 1); /* and nobody at all */
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "127.0.0.1:9");
	use_end(&u);
}

static void
answered(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	size_t *n = arg;

	(void)e;
	*n += rc == 0 && answer->status == 200;
}

static void
what_fails_together_goes_to_the_second_url_together(void **state)
{
	struct http_options o[2] = { { .url = "http://127.0.0.1:9" }, { 0 } };
	struct buf path CLEANUP(buf_release);
	struct err e = { 0 };
	struct use u;
	size_t i, n = 0;

	use_begin(&u, *state, "confluent", "");
	use_options(&u, o, 2);
	buf_init(&path, 100);
	(void)buf_add_text(&path, "/subjects");
	for (i = 0; i < 4; i++)
		assert_int_equal(rest_send(&u.registry, "GET", &path, NULL, answered, &n, &e), 0);
	loop_run(&u.loop);
	assert_int_equal(n, 4);
	assert_int_equal(u.registry.current, 1);
	use_end(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_registry_is_captured_as_empty),
		cmocka_unit_test(every_vendor_tells_the_same_versions),
		cmocka_unit_test(all_contexts_are_captured),
		cmocka_unit_test(a_setting_of_a_context_that_says_what_the_preset_says_is_set_where_it_was_so),
		cmocka_unit_test(metadata_and_rules_are_asked_for_where_the_list_lacks_them),
		cmocka_unit_test(only_what_was_set_is_kept),
		cmocka_unit_test(odd_names_are_asked_for_as_they_are),
		cmocka_unit_test(a_failing_registry_is_asked_again_and_then_named),
		cmocka_unit_test(answers_that_are_none_are_named),
		cmocka_unit_test(unknown_types_are_kept),
		cmocka_unit_test(basic_and_bearer_are_sent_and_a_401_of_plain_text_is_understood),
		cmocka_unit_test(a_base_path_and_a_second_url_are_used),
		cmocka_unit_test(what_fails_together_goes_to_the_second_url_together),
	};

	return cmocka_run_group_tests(tests, server_begin, server_end);
}
