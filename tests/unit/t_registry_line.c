/* t_registry_line.c - the lines of a Schema Registry */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/registry.h"
#include "core/registry/registry_line.h"

static int
setup(void **state)
{
	struct line_set *lines = calloc(1, sizeof *lines);

	assert_non_null(lines);
	line_set_init(lines, (size_t)64 << 20);
	*state = lines;
	return 0;
}

static int
teardown(void **state)
{
	line_set_release(*state);
	free(*state);
	return 0;
}

static struct json_object *
parsed(const char *text)
{
	struct json_object *value = NULL;
	struct err e = { 0 };

	assert_int_equal(json_parse(text, strlen(text), JSON_DEPTH_MAX, &value, &e), 0);
	return value;
}

static struct schema_version
version(const char *context, const char *subject, const char *text)
{
	return (struct schema_version){ .context = context, .subject = subject, .version = 3, .id = 7,
		                        .text = text, .text_len = strlen(text) };
}

static void
a_version_is_written_with_its_type_and_nothing_that_it_lacks(void **state)
{
	struct schema_version v = version(".", "orders-value", "\"string\"");
	struct line_set *lines = *state;
	struct err e = { 0 };

	assert_int_equal(schema_line_add(lines, &v, &e), 0);
	assert_string_equal(lines->lines[0].key, "[\".\",\"orders-value\",3]");
	assert_string_equal(lines->lines[0].value,
	                    "{\"id\":7,\"schema\":\"\\\"string\\\"\",\"schemaType\":\"AVRO\"}");
	assert_int_equal(lines->lines[0].kind, KIND_SCHEMA);
}

static void
a_version_is_written_with_all_that_it_has(void **state)
{
	struct schema_version v = version(".eu", "s", "{}");
	struct line_set *lines = *state;
	struct err e = { 0 };

	v.deleted = true;
	v.type = "JSON";
	v.references = parsed("[{\"name\":\"n\",\"subject\":\"o\",\"version\":1}]");
	v.metadata = parsed("{\"properties\":{\"owner\":\"me\"},\"sensitive\":[]}");
	v.rule_set = parsed("{\"domainRules\":[{\"name\":\"r\"}]}");
	assert_int_equal(schema_line_add(lines, &v, &e), 0);
	assert_string_equal(lines->lines[0].key, "[\".eu\",\"s\",3]");
	assert_string_equal(lines->lines[0].value,
	                    "{\"deleted\":true,\"id\":7,\"metadata\":{\"properties\":{\"owner\":\"me\"},"
	                    "\"sensitive\":[]},\"references\":[{\"name\":\"n\",\"subject\":\"o\",\"version\":1}],"
	                    "\"ruleSet\":{\"domainRules\":[{\"name\":\"r\"}]},\"schema\":\"{}\","
	                    "\"schemaType\":\"JSON\"}");
	json_object_put(v.references);
	json_object_put(v.metadata);
	json_object_put(v.rule_set);
}

static void
what_servers_write_for_nothing_is_nothing(void **state)
{
	static const char *const nothing[] = {
		"null", "{}", "{\"properties\":{\"confluent:version\":\"3\"}}",
		"{\"properties\":null,\"sensitive\":[],\"tags\":{}}",
	};
	struct line_set *lines = *state;
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < LENGTH(nothing); i++) {
		struct schema_version v = version(".", "s", "1");

		v.metadata = parsed(nothing[i]);
		v.references = json_object_new_array();
		assert_int_equal(schema_line_add(lines, &v, &e), 0);
		assert_string_equal(lines->lines[i].value, "{\"id\":7,\"schema\":\"1\",\"schemaType\":\"AVRO\"}");
		json_object_put(v.metadata);
		json_object_put(v.references);
	}
}

static void
another_version_in_the_metadata_is_somebodys(void **state)
{
	struct schema_version v = version(".", "s", "1");
	struct line_set *lines = *state;
	struct err e = { 0 };

	v.metadata = parsed("{\"properties\":{\"confluent:version\":\"4\"}}");
	assert_int_equal(schema_line_add(lines, &v, &e), 0);
	assert_non_null(strstr(lines->lines[0].value, "\"confluent:version\":\"4\""));
	json_object_put(v.metadata);
}

static void
odd_names_are_kept_as_they_are(void **state)
{
	static const struct {
		const char *subject, *key;
	} names[] = {
		{ "a/b%2Fc", "[\".\",\"a/b%2Fc\",3]" }, { "", "[\".\",\"\",3]" },
		{ "\xc3\xa9\xe2\x82\xac", "[\".\",\"\xc3\xa9\xe2\x82\xac\",3]" },
		{ "a\"b\\c\n", "[\".\",\"a\\\"b\\\\c\\u000a\",3]" }, { "x:y", "[\".\",\"x:y\",3]" },
	};
	struct line_set *lines = *state;
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < LENGTH(names); i++) {
		struct schema_version v = version(".", names[i].subject, "1");

		assert_int_equal(schema_line_add(lines, &v, &e), 0);
		assert_string_equal(lines->lines[i].key, names[i].key);
	}
	assert_int_equal(line_set_sort(lines, &e), 0);
}

static void
what_cannot_be_a_line_is_named(void **state)
{
	char *name = calloc(1, KEY_MAX_BYTES + 1), *text = calloc(1, LINE_MAX_BYTES + 1);
	struct line_set *lines = *state;
	struct schema_version v;
	struct err e = { 0 };

	assert_non_null(name);
	assert_non_null(text);
	memset(name, 'n', KEY_MAX_BYTES);
	memset(text, 't', LINE_MAX_BYTES);
	v = version(".", name, "1");
	assert_int_equal(schema_line_add(lines, &v, &e), ERR_CORRUPT);
	assert_non_null(strstr(e.text, "the name is too long"));
	v = version(".", "long", text);
	assert_int_equal(schema_line_add(lines, &v, &e), ERR_CORRUPT);
	assert_string_equal(e.text, "subject long, version 3: the text is too long for a line");
	v = version(".", "s", "\xff");
	assert_int_equal(schema_line_add(lines, &v, &e), ERR_CORRUPT);
	assert_string_equal(e.text, "subject s, version 3: the text is not UTF-8");
	v = version(".", "\xc3", "1");
	assert_int_equal(schema_line_add(lines, &v, &e), ERR_CORRUPT);
	assert_int_equal(lines->count, 0);
	free(name);
	free(text);
}

static void
configs_modes_and_highest_ids_have_keys_of_their_own(void **state)
{
	struct json_object *value = parsed("{\"normalize\":true,\"alias\":null,\"compatibilityLevel\":\"FULL\","
	                                   "\"overrideRuleSet\":{\"domainRules\":[]}}");
	struct line_set *lines = *state;
	struct err e = { 0 };

	assert_int_equal(registry_config_line_add(lines, "config", ".", NULL, value, &e), 0);
	assert_int_equal(registry_config_line_add(lines, "mode", ".eu", "s", value, &e), 0);
	assert_string_equal(lines->lines[0].key, "[\"config\",\".\",null]");
	assert_string_equal(lines->lines[0].value, "{\"compatibilityLevel\":\"FULL\",\"normalize\":true}");
	assert_string_equal(lines->lines[1].key, "[\"mode\",\".eu\",\"s\"]");
	assert_int_equal(lines->lines[1].kind, KIND_REGISTRY_CONFIG);
	json_object_put(value);
	assert_int_equal(registry_config_line_add(lines, "config", ".", "s", NULL, &e), ERR_CORRUPT);
	assert_string_equal(e.text, "the config of subject s: it is no object");
}

static void
a_qualified_name_is_taken_apart(void **state)
{
	static const struct {
		const char *name, *context, *subject;
	} names[] = {
		{ "plain", "", "plain" },     { ":.eu:s", ".eu", "s" },   { ":.eu:", ".eu", "" },
		{ ":.eu", ".eu", "" },        { ":.:s", "", "s" },        { ":x:s", "", ":x:s" },
		{ ":.eu:a:b", ".eu", "a:b" }, { "", "", "" },             { ":", "", ":" },
	};
	const char *context, *subject;
	size_t i, len;

	(void)state;
	for (i = 0; i < LENGTH(names); i++) {
		registry_split_subject(names[i].name, &context, &len, &subject);
		assert_int_equal(len, strlen(names[i].context));
		assert_memory_equal(context, names[i].context, len);
		assert_string_equal(subject, names[i].subject);
	}
}

static void
vendors_have_names(void **state)
{
	(void)state;
	assert_string_equal(registry_vendor_name(REGISTRY_UNKNOWN), "unknown");
	assert_string_equal(registry_vendor_name(REGISTRY_CONFLUENT), "confluent");
	assert_string_equal(registry_vendor_name(REGISTRY_APICURIO), "apicurio");
	assert_string_equal(registry_vendor_name((enum registry_vendor)17), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_version_is_written_with_its_type_and_nothing_that_it_lacks,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(a_version_is_written_with_all_that_it_has, setup, teardown),
		cmocka_unit_test_setup_teardown(what_servers_write_for_nothing_is_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(another_version_in_the_metadata_is_somebodys, setup, teardown),
		cmocka_unit_test_setup_teardown(odd_names_are_kept_as_they_are, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_a_line_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(configs_modes_and_highest_ids_have_keys_of_their_own, setup,
		                                teardown),
		cmocka_unit_test(a_qualified_name_is_taken_apart),
		cmocka_unit_test(vendors_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
