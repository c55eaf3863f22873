/* t_config_text.c - the example, the manual and the reference: committed as the table has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_committed_texts_are_those_of_the_table),
		cmocka_unit_test(the_example_is_a_configuration),
		cmocka_unit_test(every_option_is_in_the_manual_and_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
