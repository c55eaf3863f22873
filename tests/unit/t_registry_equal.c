/* t_registry_equal.c - what means the same, and what does not, though it looks alike */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/registry/equal.h"

struct pair {
	const char *a, *b;
};

static bool
same(const char *type, const char *a, const char *b)
{
	return registry_same_text(type, a, strlen(a), type, b, strlen(b));
}

static void
assert_all(const char *type, const struct pair *pairs, size_t n, bool equal)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (same(type, pairs[i].a, pairs[i].b) != equal || same(type, pairs[i].b, pairs[i].a) != equal)
			print_error("%s and %s\n", pairs[i].a, pairs[i].b);
		assert_int_equal(same(type, pairs[i].a, pairs[i].b), equal);
		assert_int_equal(same(type, pairs[i].b, pairs[i].a), equal);
	}
}

#define RECORD(more, fields) "{\"type\":\"record\"," more ",\"fields\":[" fields "]}"

static void
avro_in_other_forms_is_the_same(void **state)
{
	static const struct pair pairs[] = {
		{ "\"int\"", " { \"type\" : \"int\" } " },
		{ "\"int\"", "{\"type\":{\"type\":\"int\"}}" },
		{ "[\"null\",\"int\"]", "[ {\"type\":\"null\"}, \"int\" ]" },
		{ "{\"items\":\"int\",\"type\":\"array\"}", "{\"type\":\"array\",\"items\":{\"type\":\"int\"}}" },
		{ "{\"type\":\"map\",\"values\":\"int\"}", "{\"values\":\"int\",\"type\":\"map\"}" },
		{ RECORD("\"name\":\"n.R\"", "{\"name\":\"f\",\"type\":\"int\"}"),
		  RECORD("\"namespace\":\"n\",\"name\":\"R\"", "{\"type\":\"int\",\"name\":\"f\"}") },
		{ RECORD("\"name\":\"n.R\"", "{\"name\":\"f\",\"type\":[\"null\",\"R\"]}"),
		  RECORD("\"namespace\":\"n\",\"name\":\"R\"", "{\"name\":\"f\",\"type\":[\"null\",\"n.R\"]}") },
		{ RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\",\"order\":\"ascending\"}"),
		  RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\"}") },
		{ RECORD("\"name\":\"n.R\",\"aliases\":[\"Q\"]", ""),
		  RECORD("\"name\":\"n.R\",\"aliases\":[\"n.Q\"]", "") },
		{ "{\"type\":\"fixed\",\"name\":\"F\",\"size\":4}",
		  "{\"size\":4.0,\"name\":\"F\",\"type\":\"fixed\"}" },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}",
		  "{\"symbols\":[\"A\", \"B\"],\"type\":\"enum\",\"name\":\"E\"}" },
		{ "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4}",
		  "{\"precision\":4,\"logicalType\":\"decimal\",\"type\":\"bytes\"}" },
	};

	(void)state;
	assert_all("AVRO", pairs, LENGTH(pairs), true);
	assert_true(registry_same_text(NULL, "\"int\"", 5, "AVRO", "{\"type\":\"int\"}", 14));
}

static void
avro_that_differs_is_not_the_same(void **state)
{
	static const struct pair pairs[] = {
		{ "\"int\"", "\"long\"" },
		{ "[\"null\",\"int\"]", "[\"int\",\"null\"]" },
		{ "[\"null\"]", "\"null\"" },
		{ "\"int\"", "{\"type\":\"int\",\"logicalType\":\"date\"}" },
		{ RECORD("\"name\":\"n.R\"", ""), RECORD("\"name\":\"R\"", "") },
		{ RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\"}"),
		  RECORD("\"name\":\"R\"", "{\"name\":\"g\",\"type\":\"int\"}") },
		{ RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":[\"null\",\"int\"],\"default\":null}"),
		  RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":[\"null\",\"int\"]}") },
		{ RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\",\"default\":1}"),
		  RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\",\"default\":2}") },
		{ RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\",\"order\":\"descending\"}"),
		  RECORD("\"name\":\"R\"", "{\"name\":\"f\",\"type\":\"int\"}") },
		{ RECORD("\"name\":\"R\",\"doc\":\"x\"", ""), RECORD("\"name\":\"R\"", "") },
		{ RECORD("\"name\":\"R\",\"aliases\":[\"Q\"]", ""), RECORD("\"name\":\"R\"", "") },
		{ "{\"type\":\"fixed\",\"name\":\"F\",\"size\":4}", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":5}" },
		{ "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}",
		  "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}" },
		{ "{\"type\":\"array\",\"items\":\"int\"}", "{\"type\":\"map\",\"values\":\"int\"}" },
		{ "not json", "not  json" },
		{ "\"int\"", "1" },
	};

	(void)state;
	assert_all("AVRO", pairs, LENGTH(pairs), false);
}

static void
json_schema_is_compared_as_json(void **state)
{
	static const struct pair equal[] = {
		{ "{\"type\":\"object\",\"x\":1}", "{ \"x\": 1.0, \"type\": \"object\" }" },
		{ "{\"a\":[1,{\"b\":null}]}", "{\"a\":[ 1, {\"b\":null} ]}" },
	};
	static const struct pair other[] = {
		{ "{\"a\":[1,2]}", "{\"a\":[2,1]}" },
		{ "{\"default\":null}", "{}" },
		{ "{\"required\":[]}", "{}" },
		{ "{\"a\":\"1\"}", "{\"a\":1}" },
		{ "{\"a\":9007199254740993}", "{\"a\":9007199254740992}" },
		{ "{", "{ " },
	};

	(void)state;
	assert_all("JSON", equal, LENGTH(equal), true);
	assert_all("JSON", other, LENGTH(other), false);
}

static void
protobuf_is_compared_word_by_word(void **state)
{
	static const struct pair equal[] = {
		{ "syntax = \"proto3\";\nmessage A { int32 a = 1; }", "syntax='proto3';message A{int32 a=1;}" },
		{ "message A {} // end", "/* begin */ message /* x */ A {}" },
		{ "option x = \"a // b\";", "option  x=\"a // b\";" },
		{ "a /* never closed", "a" },
		{ "option x = \"a\\\"b\";", "option x = \"a\\\"b\" ;" },
	};
	static const struct pair other[] = {
		{ "message A {}", "message B {}" },
		{ "int32 a = 1;", "int32 a = 11;" },
		{ "int32 a", "int32a" },
		{ "option x = \"a b\";", "option x = \"a  b\";" },
		{ "option x = \"a // b\";", "option x = \"a \";" },
		{ "x = \"y\"", "x = y" },
		{ "\"never closed", "\"never closed too" },
		{ "\"a", "\"b" },
		{ "a", "a b" },
	};

	(void)state;
	assert_all("PROTOBUF", equal, LENGTH(equal), true);
	assert_all("PROTOBUF", other, LENGTH(other), false);
}

static void
types_are_not_mixed_and_unknown_ones_are_bytes(void **state)
{
	(void)state;
	assert_false(registry_same_text("AVRO", "\"int\"", 5, "JSON", "\"int\"", 5));
	assert_true(registry_same_text("THRIFT", "x", 1, "THRIFT", "x", 1));
	assert_false(registry_same_text("THRIFT", "x y", 3, "THRIFT", "x  y", 4));
}

static bool
same_line(bool (*equal)(const struct line *, const char *), const char *key, const char *have, const char *want)
{
	struct line line = { .key = key, .key_len = strlen(key), .value = have, .value_len = strlen(have) };

	return equal(&line, want);
}

#define KEY "[\".\",\"s\",1]"

static void
lines_are_equal_where_nothing_is_written_otherwise(void **state)
{
	static const char plain[] = "{\"id\":1,\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\"}";
	static const char *const alike[] = {
		"{\"id\":1,\"schema\":\"{\\\"type\\\":\\\"int\\\"}\",\"schemaType\":\"AVRO\"}",
		"{\"id\":1,\"references\":[],\"metadata\":null,\"schema\":\"\\\"int\\\"\"}",
		"{\"id\":1,\"deleted\":null,\"metadata\":{\"properties\":{\"confluent:version\":\"1\"},\"tags\":{}},"
		"\"ruleSet\":{\"domainRules\":[]},\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\","
		"\"guid\":\"g\",\"ts\":3}",
	};
	static const char *const other[] = {
		"{\"id\":2,\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\"}",
		"{\"id\":1,\"schema\":\"\\\"long\\\"\",\"schemaType\":\"AVRO\"}",
		"{\"id\":1,\"schema\":\"\\\"int\\\"\",\"schemaType\":\"JSON\"}",
		"{\"id\":1,\"deleted\":true,\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\"}",
		"{\"id\":1,\"references\":[{\"name\":\"n\"}],\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\"}",
		"{\"id\":1,\"schema\":1}",
		"{}",
		"{",
	};
	static const char detailed[] = "{\"id\":1,\"metadata\":{\"properties\":{\"o\":\"me\"}},"
	                               "\"schema\":\"\\\"int\\\"\",\"schemaType\":\"AVRO\"}";
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(alike); i++)
		assert_true(same_line(schema_equal, KEY, alike[i], plain));
	for (i = 0; i < LENGTH(other); i++) {
		assert_false(same_line(schema_equal, KEY, other[i], plain));
		assert_false(same_line(schema_equal_but_details, KEY, other[i], plain));
	}
	assert_false(same_line(schema_equal, KEY, detailed, plain));
	assert_true(same_line(schema_equal_but_details, KEY, detailed, plain));
}

static void
a_highest_id_may_have_grown(void **state)
{
	static const char key[] = "[\"highest_id\",\".\",null]", config[] = "[\"config\",\".\",null]";

	(void)state;
	assert_true(same_line(registry_config_equal, key, "{\"id\":9}", "{\"id\":8}"));
	assert_false(same_line(registry_config_equal, key, "{\"id\":7}", "{\"id\":8}"));
	assert_false(same_line(registry_config_equal, key, "{}", "{\"id\":8}"));
	assert_false(same_line(registry_config_equal, config, "{\"id\":9}", "{\"id\":8}"));
	assert_true(same_line(registry_config_equal, config, "{\"compatibilityLevel\":\"FULL\",\"alias\":null}",
	                      "{\"compatibilityLevel\":\"FULL\"}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(avro_in_other_forms_is_the_same),
		cmocka_unit_test(avro_that_differs_is_not_the_same),
		cmocka_unit_test(json_schema_is_compared_as_json),
		cmocka_unit_test(protobuf_is_compared_word_by_word),
		cmocka_unit_test(types_are_not_mixed_and_unknown_ones_are_bytes),
		cmocka_unit_test(lines_are_equal_where_nothing_is_written_otherwise),
		cmocka_unit_test(a_highest_id_may_have_grown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
