/* t_registry_log.c - what Confluent and Karapace make of the records of their topic */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/registry/log_key.h"
#include "core/registry/log_state.h"
#include "registry_records.h"

struct scene {
	struct topic_log log;
	struct line_set  schemas, configs, known;
	struct log_state state;
	struct err       err;
};

static int
begin(void **state)
{
	struct scene *s = test_calloc(1, sizeof *s);

	topic_log_init(&s->log);
	line_set_init(&s->schemas, 1 << 20);
	line_set_init(&s->configs, 1 << 20);
	line_set_init(&s->known, 1 << 20);
	*state = s;
	return 0;
}

static int
end(void **state)
{
	struct scene *s = *state;

	log_state_release(&s->state);
	line_set_release(&s->schemas);
	line_set_release(&s->configs);
	line_set_release(&s->known);
	topic_log_release(&s->log);
	test_free(s);
	return 0;
}

/* Everything as a registry of that vendor reads it. */
static void
derive(struct scene *s, enum registry_vendor vendor)
{
	log_state_release(&s->state);
	line_set_release(&s->schemas);
	line_set_release(&s->configs);
	assert_int_equal(log_state_read(&s->state, &s->log, vendor, &s->err), 0);
	assert_int_equal(log_state_schemas(&s->state, &s->schemas, &s->err), 0);
	assert_int_equal(log_state_configs(&s->state, &s->known, &s->configs, &s->err), 0);
	assert_int_equal(line_set_sort(&s->schemas, &s->err), 0);
	assert_int_equal(line_set_sort(&s->configs, &s->err), 0);
}

static void
assert_schemas(const struct scene *s, const char *keys)
{
	char all[2048] = "";
	size_t i, n = 0;

	for (i = 0; i < s->schemas.count; i++)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s%s", i > 0 ? " " : "", s->schemas.lines[i].key,
		                      strstr(s->schemas.lines[i].value, "\"deleted\":true") != NULL ? "-" : "");
	assert_string_equal(all, keys);
}

static const char *
schema(const struct scene *s, const char *key)
{
	const struct line *line = line_set_find(&s->schemas, KIND_SCHEMA, key);

	return line == NULL ? "(none)" : line->value;
}

static const char *
config(const struct scene *s, const char *key)
{
	const struct line *line = line_set_find(&s->configs, KIND_REGISTRY_CONFIG, key);

	return line == NULL ? "(none)" : line->value;
}

static void
assert_strange(struct scene *s, const char *words)
{
	log_state_release(&s->state);
	assert_int_equal(log_state_read(&s->state, &s->log, REGISTRY_CONFLUENT, &s->err), 0);
	assert_int_equal(s->state.why.code, ERR_UNSUPPORTED);
	if (strstr(s->state.why.text, words) == NULL)
		fail_msg("%s", s->state.why.text);
}

/* ---- whose ---- */

static void
headers_tell_karapace(void **state)
{
	struct scene *s = *state;

	karapace_schema(&s->log, "a", 1, 1, "\"string\"", false);
	assert_int_equal(log_vendor(&s->log), REGISTRY_KARAPACE);
}

static void
a_global_key_tells_both(void **state)
{
	struct scene *s = *state;

	put(&s->log, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"FULL\"}");
	assert_int_equal(log_vendor(&s->log), REGISTRY_CONFLUENT);
	put(&s->log, "{\"keytype\":\"CONFIG\",\"subject\":null,\"magic\":0}", "{\"compatibilityLevel\":\"FULL\"}");
	assert_int_equal(log_vendor(&s->log), REGISTRY_KARAPACE); /* the last counts: it reads this topic now */
}

static void
tombstones_tell_both(void **state)
{
	struct scene *s = *state;

	put(&s->log, SCHEMA_KEY("a", "1"), NULL);
	assert_int_equal(log_vendor(&s->log), REGISTRY_CONFLUENT);
	put(&s->log, SCHEMA_KEY("b", "1"), "");
	assert_int_equal(log_vendor(&s->log), REGISTRY_KARAPACE);
}

static void
keytypes_and_fields_of_one_tell_it(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 1, "\"string\"", false);
	assert_int_equal(log_vendor(&s->log), REGISTRY_CONFLUENT);
	topic_log_release(&s->log);
	put(&s->log, MODE_KEY("a"), "{\"subject\":\"a\",\"mode\":\"READONLY\"}");
	assert_int_equal(log_vendor(&s->log), REGISTRY_CONFLUENT);
}

static void
what_tells_nothing_is_unknown(void **state)
{
	struct scene *s = *state;

	assert_int_equal(log_vendor(&s->log), REGISTRY_UNKNOWN);
	put(&s->log, NOOP_KEY, NULL);
	put(&s->log, SCHEMA_KEY("a", "1"), "{\"subject\":\"a\",\"version\":1,\"id\":1,\"schema\":\"\\\"int\\\"\"}");
	assert_int_equal(log_vendor(&s->log), REGISTRY_UNKNOWN);
}

/* ---- versions ---- */

static void
versions_have_their_fields(void **state)
{
	struct scene *s = *state;

	put(&s->log, SCHEMA_KEY("a", "2"),
	    "{\"subject\":\"a\",\"version\":2,\"id\":7,\"md5\":\"x\",\"schemaType\":\"PROTOBUF\",\"references\":"
	    "[{\"name\":\"n\",\"subject\":\"b\",\"version\":1}],\"metadata\":{\"properties\":{\"o\":\"p\"}},"
	    "\"ruleSet\":null,\"schema\":\"syntax = \\\"proto3\\\";\",\"deleted\":false}");
	derive(s, REGISTRY_CONFLUENT);
	assert_string_equal(schema(s, "[\".\",\"a\",2]"),
	                    "{\"id\":7,\"metadata\":{\"properties\":{\"o\":\"p\"}},\"references\":[{\"name\":\"n\","
	                    "\"subject\":\"b\",\"version\":1}],\"schema\":\"syntax = \\\"proto3\\\";\","
	                    "\"schemaType\":\"PROTOBUF\"}");
}

static void
a_slash_that_karapace_escapes_is_a_slash(void **state)
{
	struct scene *s = *state;

	karapace_schema(&s->log, "a/b", 1, 1, "{\\\"doc\\\":\\\"x\\/y\\\"}", false);
	derive(s, REGISTRY_KARAPACE);
	assert_string_equal(schema(s, "[\".\",\"a/b\",1]"),
	                    "{\"id\":1,\"schema\":\"{\\\"doc\\\":\\\"x/y\\\"}\",\"schemaType\":\"AVRO\"}");
}

static void
the_last_record_of_a_version_counts(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 1, "\\\"int\\\"", false);
	confluent_schema(&s->log, "a", 3, 3, "\\\"long\\\"", false);
	confluent_schema(&s->log, "a", 1, 1, "\\\"int\\\"", true);
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".\",\"a\",1]- [\".\",\"a\",3]");
	assert_int_equal(log_state_live(&s->state), 1);
}

static void
a_deleted_subject_is_deleted_up_to_a_version(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 1, "\\\"int\\\"", false);
	confluent_schema(&s->log, "a", 2, 2, "\\\"long\\\"", false);
	put(&s->log, DELETE_KEY("a"), "{\"subject\":\"a\",\"version\":2}");
	confluent_schema(&s->log, "a", 3, 3, "\\\"float\\\"", false);
	confluent_schema(&s->log, "b", 1, 3, "\\\"float\\\"", false);
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".\",\"a\",1]- [\".\",\"a\",2]- [\".\",\"a\",3] [\".\",\"b\",1]");
	assert_int_equal(log_state_live(&s->state), 2);
}

static void
a_version_that_came_back_after_it_is_alive(void **state)
{
	struct scene *s = *state;

	put(&s->log, DELETE_KEY("a"), "{\"subject\":\"a\",\"version\":9}");
	confluent_schema(&s->log, "a", 1, 1, "\\\"int\\\"", false);
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".\",\"a\",1]");
}

static void
null_ends_a_version_for_both(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 1, "\\\"int\\\"", true);
	put(&s->log, SCHEMA_KEY("a", "1"), NULL);
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "");
	derive(s, REGISTRY_KARAPACE);
	assert_schemas(s, "");
}

static void
nothing_ends_a_version_for_karapace_alone(void **state)
{
	struct scene *s = *state;

	karapace_schema(&s->log, "a", 1, 1, "\\\"int\\\"", false);
	put(&s->log, SCHEMA_KEY("a", "1"), "");
	derive(s, REGISTRY_KARAPACE);
	assert_schemas(s, "");
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".\",\"a\",1]");
	derive(s, REGISTRY_UNKNOWN);
	assert_schemas(s, "");
}

static void
clear_subject_ends_what_was_deleted_before_it(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 1, "\\\"int\\\"", true);
	confluent_schema(&s->log, "b", 1, 1, "\\\"int\\\"", false);
	put(&s->log, DELETE_KEY("b"), "{\"subject\":\"b\",\"version\":1}");
	put(&s->log, "{\"keytype\":\"CLEAR_SUBJECT\",\"subject\":\"a\",\"magic\":0}", "{\"subject\":\"a\"}");
	confluent_schema(&s->log, "a", 2, 2, "\\\"long\\\"", true);
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".\",\"a\",2]- [\".\",\"b\",1]-");
	derive(s, REGISTRY_KARAPACE); /* which does not know it */
	assert_schemas(s, "[\".\",\"a\",1]- [\".\",\"a\",2]- [\".\",\"b\",1]-");
}

static void
clear_subject_of_a_context_ends_that_context(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, ":.c:a", 1, 1, "\\\"int\\\"", true);
	confluent_schema(&s->log, ":.d:a", 1, 1, "\\\"int\\\"", true);
	put(&s->log, "{\"keytype\":\"CLEAR_SUBJECT\",\"subject\":\":.c:\",\"magic\":0}", "{\"subject\":\":.c:\"}");
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".d\",\"a\",1]-");
	put(&s->log, "{\"keytype\":\"CLEAR_SUBJECT\",\"magic\":0}", "{}");
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "");
}

static void
contexts_are_confluents(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, ":.c:q", 1, 1, "\\\"int\\\"", false);
	confluent_schema(&s->log, ":.:plain", 1, 1, "\\\"int\\\"", false);
	derive(s, REGISTRY_CONFLUENT);
	assert_schemas(s, "[\".\",\"plain\",1] [\".c\",\"q\",1]");
	derive(s, REGISTRY_KARAPACE);
	assert_schemas(s, "[\".\",\":.:plain\",1] [\".\",\":.c:q\",1]");
}

static void
two_texts_of_one_id_are_named(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 1, "{\\\"a\\\":1,\\\"b\\\":2}", false);
	confluent_schema(&s->log, "b", 1, 1, "{\\\"b\\\": 2,\\\"a\\\": 1}", false);
	derive(s, REGISTRY_CONFLUENT); /* the same in another form */
	confluent_schema(&s->log, ":.c:b", 1, 1, "\\\"long\\\"", false);
	derive(s, REGISTRY_CONFLUENT); /* each context has its own ids */
	confluent_schema(&s->log, "c", 4, 1, "\\\"long\\\"", false);
	log_state_release(&s->state);
	line_set_release(&s->schemas);
	assert_int_equal(log_state_read(&s->state, &s->log, REGISTRY_CONFLUENT, &s->err), 0);
	assert_int_equal(log_state_schemas(&s->state, &s->schemas, &s->err), ERR_UNSUPPORTED);
	assert_non_null(strstr(s->err.text, "that of c version 4"));
}

/* ---- configs, modes, ids ---- */

static void
configs_and_modes_are_own_ones(void **state)
{
	struct scene *s = *state;

	put(&s->log, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"FULL\",\"normalize\":null}");
	put(&s->log, CONFIG_KEY("a"),
	    "{\"subject\":\"a\",\"compatibilityLevel\":\"NONE\",\"alias\":\"z\"}");
	put(&s->log, CONFIG_KEY("gone"), "{\"compatibilityLevel\":\"NONE\"}");
	put(&s->log, CONFIG_KEY("gone"), NULL);
	put(&s->log, CONFIG_KEY(":.c:"), "{\"compatibilityLevel\":\"BACKWARD\"}");
	put(&s->log, MODE_KEY(":.c:a"), "{\"subject\":\":.c:a\",\"mode\":\"READONLY\"}");
	put(&s->log, "{\"keytype\":\"MODE\",\"magic\":0}", "{\"mode\":\"IMPORT\"}");
	put(&s->log, "{\"keytype\":\"CONTEXT\",\"context\":\".c\",\"magic\":0}", "{\"context\":\".c\"}");
	derive(s, REGISTRY_CONFLUENT);
	assert_int_equal(s->configs.count, 5);
	assert_string_equal(config(s, "[\"config\",\".\",null]"),
	                    "{\"compatibilityLevel\":\"FULL\"}");
	assert_string_equal(config(s, "[\"config\",\".\",\"a\"]"),
	                    "{\"alias\":\"z\",\"compatibilityLevel\":\"NONE\"}");
	assert_string_equal(config(s, "[\"config\",\".c\",null]"),
	                    "{\"compatibilityLevel\":\"BACKWARD\"}");
	assert_string_equal(config(s, "[\"mode\",\".c\",\"a\"]"),
	                    "{\"mode\":\"READONLY\"}");
	assert_string_equal(config(s, "[\"mode\",\".\",null]"), "{\"mode\":\"IMPORT\"}");
}

static void
karapace_drops_a_config_with_nothing(void **state)
{
	struct scene *s = *state;

	put(&s->log, CONFIG_KEY("a"), "{\"compatibilityLevel\":\"NONE\"}");
	put(&s->log, CONFIG_KEY("a"), "");
	derive(s, REGISTRY_KARAPACE);
	assert_int_equal(s->configs.count, 0);
	derive(s, REGISTRY_CONFLUENT);
	assert_int_equal(s->configs.count, 1);
}

static void
the_highest_id_counts_what_was_deleted(void **state)
{
	struct scene *s = *state;

	confluent_schema(&s->log, "a", 1, 5001, "\\\"int\\\"", true);
	put(&s->log, SCHEMA_KEY("a", "1"), NULL);
	confluent_schema(&s->log, ":.c:a", 1, 3, "\\\"int\\\"", false);
	derive(s, REGISTRY_CONFLUENT);
	assert_string_equal(config(s, "[\"highest_id\",\".\",null]"), "{\"id\":5001}");
	assert_string_equal(config(s, "[\"highest_id\",\".c\",null]"), "{\"id\":3}");
}

static void
the_highest_id_is_carried_from_snapshot_to_snapshot(void **state)
{
	struct scene *s = *state;
	struct json_object *id = json_tokener_parse("{\"id\":7777}");

	assert_int_equal(registry_config_line_add(&s->known, "highest_id", ".", NULL, id, &s->err), 0);
	assert_int_equal(registry_config_line_add(&s->known, "highest_id", ".gone", NULL, id, &s->err), 0);
	(void)json_object_put(id);
	confluent_schema(&s->log, "a", 1, 9, "\\\"int\\\"", false);
	derive(s, REGISTRY_CONFLUENT);
	assert_string_equal(config(s, "[\"highest_id\",\".\",null]"), "{\"id\":7777}");
	assert_string_equal(config(s, "[\"highest_id\",\".gone\",null]"), "{\"id\":7777}");
	confluent_schema(&s->log, "a", 2, 8888, "\\\"long\\\"", false);
	derive(s, REGISTRY_CONFLUENT);
	assert_string_equal(config(s, "[\"highest_id\",\".\",null]"), "{\"id\":8888}");
}

/* ---- what is not understood ---- */

static void
what_is_not_understood_is_named(void **state)
{
	static const struct {
		const char *key, *value, *words;
	} cases[] = {
		{ NULL, "x", "it has no key" },
		{ "", "x", "no JSON object" },
		{ "[1]", "x", "no JSON object" },
		{ "{\"magic\":0}", "{}", "no keytype" },
		{ "{\"keytype\":\"EXPORTER\",\"magic\":0}", "{}", "keytype EXPORTER" },
		{ "{\"keytype\":\"SCHEMA\",\"subject\":\"a\",\"version\":1,\"magic\":2}", "{}", "magic number 2" },
		{ "{\"keytype\":\"CONFIG\",\"magic\":\"0\"}", "{}", "magic number" },
		{ "{\"keytype\":\"SCHEMA\",\"subject\":\"a\",\"magic\":1}", "{}", "without subject or version" },
		{ SCHEMA_KEY("a", "1"), "<html>", "(SCHEMA a 1): its value is no JSON object" },
		{ SCHEMA_KEY("a", "1"), "{\"schema\":\"x\"}", "no id" },
		{ SCHEMA_KEY("a", "1"), "{\"id\":1}", "no schema" },
		{ SCHEMA_KEY("a", "1"), "{\"id\":1,\"schema\":\"x\",\"version\":2}", "another version than its key" },
		{ SCHEMA_KEY("a", "1"), "{\"id\":1,\"schema\":\"x\",\"subject\":\"b\"}", "another version than" },
		{ SCHEMA_KEY("a", "1"), "{\"id\":1,\"schema\":\"x\",\"schemaType\":\"THRIFT\"}", "its schemaType" },
		{ DELETE_KEY("a"), "{\"subject\":\"a\"}", "no version" },
	};
	struct scene *s = *state;
	size_t i;

	for (i = 0; i < LENGTH(cases); i++) {
		topic_log_release(&s->log);
		put(&s->log, cases[i].key, cases[i].value);
		assert_strange(s, cases[i].words);
		assert_strange(s, "record 000000000000");
	}
	put(&s->log, NULL, "y");
	assert_strange(s, "2 records are not understood, the first: record 000000000000");
}

static void
noop_context_and_assoc_are_nothing(void **state)
{
	struct scene *s = *state;

	put(&s->log, NOOP_KEY, NULL);
	put(&s->log, NOOP_KEY, "");
	put(&s->log, "{\"keytype\":\"CONTEXT\",\"context\":\".c\",\"magic\":0}", "{\"context\":\".c\"}");
	put(&s->log, "{\"keytype\":\"ASSOC\",\"subject\":\"a\",\"magic\":0}", "{}");
	derive(s, REGISTRY_CONFLUENT);
	assert_int_equal(s->state.why.code, 0);
	assert_int_equal(s->schemas.count + s->configs.count, 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	static const struct CMUnitTest tests[] = {
		CASE(headers_tell_karapace),
		CASE(a_global_key_tells_both),
		CASE(tombstones_tell_both),
		CASE(keytypes_and_fields_of_one_tell_it),
		CASE(what_tells_nothing_is_unknown),
		CASE(versions_have_their_fields),
		CASE(a_slash_that_karapace_escapes_is_a_slash),
		CASE(the_last_record_of_a_version_counts),
		CASE(a_deleted_subject_is_deleted_up_to_a_version),
		CASE(a_version_that_came_back_after_it_is_alive),
		CASE(null_ends_a_version_for_both),
		CASE(nothing_ends_a_version_for_karapace_alone),
		CASE(clear_subject_ends_what_was_deleted_before_it),
		CASE(clear_subject_of_a_context_ends_that_context),
		CASE(contexts_are_confluents),
		CASE(two_texts_of_one_id_are_named),
		CASE(configs_and_modes_are_own_ones),
		CASE(karapace_drops_a_config_with_nothing),
		CASE(the_highest_id_counts_what_was_deleted),
		CASE(the_highest_id_is_carried_from_snapshot_to_snapshot),
		CASE(what_is_not_understood_is_named),
		CASE(noop_context_and_assoc_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
