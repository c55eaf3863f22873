/*
 * t_config_text.c - the example, the manual and the reference: committed as the table has them; and
 * what people copy of them and of README.md is a configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/store/gcs.h"
#include "core/store/s3.h"
#include "tests/unit/config_fixture.h"

static char *
committed(const char *path, size_t *ret_len)
{
	const char *top = getenv("srcdir"); /* automake's tests have it */
	char name[4096], *text = malloc(1 << 20);
	FILE *f;

	(void)snprintf(name, sizeof name, "%s/%s", top != NULL ? top : ".", path);
	f = fopen(name, "re");
	if (f == NULL || text == NULL)
		fail_msg("cannot open %s; run the test from the top of the source, or with srcdir set", name);
	*ret_len = fread(text, 1, 1 << 20, f);
	(void)fclose(f);
	return text;
}

static void
compare(const char *path, void (*write)(struct buf *out))
{
	struct buf out CLEANUP(buf_release);
	size_t len = 0;
	char *text = committed(path, &len);

	buf_init(&out, 1 << 20);
	write(&out);
	assert_false(out.failed);
	if (len != out.len || memcmp(text, out.data, len) != 0)
		fail_msg("%s is not what the table says; run make configuration-texts", path);
	free(text);
}

static void
the_committed_texts_are_those_of_the_table(void **state)
{
	(void)state;
	compare("packaging/example.json", options_example);
	compare("packaging/configuration.md", options_markdown);
	compare("packaging/man/kafka-config-backup.json.5", options_man);
}

static void
the_example_is_a_configuration(void **state)
{
	struct buf out CLEANUP(buf_release);
	struct config *c;

	(void)state;
	buf_init(&out, CONFIG_TEXT_MAX);
	options_example(&out);
	c = accepted(buf_text(&out));
	assert_true(c->enabled && c->kafka.given && c->store.given && c->keys.given);
	assert_false(c->registry.given || c->connect.given || c->kraft.given);
	config_free(c);
}

static void
every_option_is_in_the_manual_and_the_reference(void **state)
{
	struct buf man CLEANUP(buf_release), markdown CLEANUP(buf_release);
	char words[128];
	size_t i;

	(void)state;
	buf_init(&man, 1 << 20);
	buf_init(&markdown, 1 << 20);
	options_man(&man);
	options_markdown(&markdown);
	for (i = 0; i < option_count; i++) {
		const struct option *o = &options[i];
		bool section = o->type == OPTION_SECTION || o->type == OPTION_PROPERTIES;

		(void)snprintf(words, sizeof words, section ? "\n.Sh SECTION %s\n" : "\n.It Cm %s\n",
		               section ? o->path : option_key(o));
		assert_non_null(strstr(buf_text(&man), words));
		(void)snprintf(words, sizeof words, section ? "\n## `%s`\n" : "\n- `%s`: ",
		               section ? o->path : option_key(o));
		assert_non_null(strstr(buf_text(&markdown), words));
	}
}

/* ---- what people copy ---- */

/* The next block between fences, or between .Bd -literal and .Ed; false: there is none more. */
static bool
next_block(char **rest, struct buf *block)
{
	bool inside = false;
	char *line;

	buf_clear(block);
	while ((line = strsep(rest, "\n")) != NULL) {
		bool fence = strncmp(line, "```", 3) == 0;

		if (inside && (fence || strcmp(line, ".Ed") == 0))
			return true;
		if (inside)
			(void)buf_print(block, "%s\n", line);
		inside = inside || fence || strncmp(line, ".Bd -literal", 12) == 0;
	}
	return false;
}

/* A block that is JSON, or a part of an object with or without a last comma; NULL: it is something else. */
static struct json_object *
json_of(struct buf *block, const char *path)
{
	struct buf whole CLEANUP(buf_release);
	struct json_object *o = NULL;
	struct err e;
	size_t len = block->len;
	const char *text = buf_text(block), *begin = text + strspn(text, " \n");

	if (*begin != '{' && *begin != '"')
		return NULL;
	while (strchr(" \n,", text[len - 1]) != NULL)
		len--;
	buf_init(&whole, 1 << 20);
	(void)buf_print(&whole, *begin == '{' ? "%.*s" : "{%.*s}", (int)len, text);
	if (json_parse(buf_text(&whole), whole.len, JSON_DEPTH_MAX, &o, &e) != 0)
		fail_msg("%s: %s\n%s", path, e.text, text);
	return o;
}

/* What a cloud is told of rights, and not of us. */
static bool
is_policy(struct json_object *o)
{
	return json_object_object_get_ex(o, "Statement", NULL) ||
	       json_object_object_get_ex(o, "includedPermissions", NULL) ||
	       json_object_object_get_ex(o, "DataActions", NULL);
}

/* With what it lacks to be the whole of a service. */
static void
accept_part(struct json_object *part, const char *path)
{
	struct json_object *whole CLEANUP(json_object_put) = NULL;
	struct config *c = NULL;
	struct err e;

	assert_int_equal(json_parse("{" ALL "}", strlen("{" ALL "}"), JSON_DEPTH_MAX, &whole, &e), 0);
	json_object_object_foreach(part, key, value)
		json_object_object_add(whole, key, json_object_get(value));
	if (parse_text(json_object_to_json_string(whole), &c, &e) != 0)
		fail_msg("%s: refused: %s\n%s", path, e.text, json_object_to_json_string(part));
	config_free(c);
}

/* Of one document; returns how many of its blocks were configurations. */
static size_t
accept_blocks(const char *path, void (*of_policy)(const char *text))
{
	struct buf block CLEANUP(buf_release);
	size_t len = 0, count = 0;
	char *text = committed(path, &len), *rest = text;

	assert_true(len < 1 << 20);
	text[len] = '\0';
	buf_init(&block, 1 << 20);
	while (next_block(&rest, &block)) {
		struct json_object *o CLEANUP(json_object_put) = json_of(&block, path);

		if (o == NULL)
			continue;
		if (is_policy(o)) {
			of_policy(json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE));
			continue;
		}
		accept_part(o, path);
		count++;
	}
	free(text);
	return count;
}

static void
no_rights(const char *text)
{
	fail_msg("nobody expects a policy here: %s", text);
}

static size_t
occurrences(const char *text, const char *word)
{
	size_t count = 0;

	for (; (text = strstr(text, word)) != NULL; text += strlen(word))
		count++;
	return count;
}

/* The rights that errors ask for are those of the policy, and it grants no other. */
static void
compare_rights(const char *text, const struct cloud_errors *errors, const char *beginning)
{
	assert_non_null(strstr(text, errors->list));
	assert_non_null(strstr(text, errors->read));
	assert_non_null(strstr(text, errors->write));
	assert_non_null(strstr(text, errors->remove));
	assert_int_equal(occurrences(text, beginning), 4);
}

static void
least_rights(const char *text)
{
	if (strstr(text, "\"Statement\"") != NULL)
		compare_rights(text, &s3_errors, "\"s3:");
	else if (strstr(text, "\"includedPermissions\"") != NULL)
		compare_rights(text, &gcs_errors, "\"storage.");
	else
		assert_int_equal(occurrences(text, "\"Microsoft.Storage"), 3); /* reading is listing */
}

static void
every_example_in_the_documents_is_read(void **state)
{
	(void)state;
	assert_int_equal(accept_blocks("README.md", least_rights), 5);
	assert_int_equal(accept_blocks("packaging/configuration.md", least_rights), 6);
	assert_int_equal(accept_blocks("packaging/man/kafka-config-backup.json.5", least_rights), 6);
	(void)accept_blocks("packaging/man/kafka_config_backup.7", no_rights);
	(void)accept_blocks("packaging/man/kcb.1", no_rights);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_committed_texts_are_those_of_the_table),
		cmocka_unit_test(the_example_is_a_configuration),
		cmocka_unit_test(every_option_is_in_the_manual_and_the_reference),
		cmocka_unit_test(every_example_in_the_documents_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
