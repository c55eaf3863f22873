/* t_params.c - the parameters of a request: each hook takes its own, and nothing else */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/params.h"

#define HEX63 "0112233445566778899aabbccddeeff00112233445566778899aabbccddee0f"
#define HEX64 "0" HEX63
#define ANCHOR "{\"epoch\":3,\"sequence\":7,\"hash\":\"" HEX64 "\"}"
#define ALL_HOOKS                                                                                  \
	(HOOK_CHECK | HOOK_PERIODIC | HOOK_PRE_POWEROFF | HOOK_POST_POWERON | HOOK_PRE_START |     \
	 HOOK_COMMAND)

static const struct {
	const char *name, *value; /* one that is right */
	unsigned    hooks;
} table[] = {
	{ "after", "\"0123\"", HOOK_COMMAND },
	{ "all", "true", HOOK_COMMAND },
	{ "anchor", ANCHOR, ALL_HOOKS },
	{ "command", "\"list\"", HOOK_COMMAND },
	{ "disks", "\"lost\"", HOOK_PRE_START },
	{ "from", "\"newest\"", HOOK_COMMAND },
	{ "into_used", "true", HOOK_COMMAND },
	{ "kind", "\"topic\"", HOOK_COMMAND },
	{ "long", "true", HOOK_COMMAND },
	{ "name", "\"orders\",\"kind\":\"topic\"", HOOK_COMMAND }, /* which a kind goes with */
	{ "now", "true", HOOK_PERIODIC },
	{ "phase", "\"kafka\"", HOOK_POST_POWERON },
	{ "snapshot", "\"00112233\"", HOOK_PRE_START | HOOK_POST_POWERON | HOOK_COMMAND },
	{ "to", "\"live\"", HOOK_COMMAND },
};

static void
accept(struct params *p, enum hook hook, const char *text)
{
	struct err e = { 0 };

	if (params_parse(p, hook, text, &e) != 0)
		fail_msg("%s: %s", text, e.text);
}

static void
refuse(enum hook hook, const char *text, const char *words)
{
	struct params p;
	struct err e = { 0 };

	if (params_parse(&p, hook, text, &e) != ERR_UNSUPPORTED)
		fail_msg("%s is not refused", text);
	assert_int_equal(e.code, ERR_UNSUPPORTED);
	if (strstr(e.text, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.text, words);
	params_release(&p);
}

static void
no_parameters_are_the_presets(void **state)
{
	static const char *const texts[] = { NULL, "{}", " {\n} " };
	struct params p, none;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		memset(&p, 0xff, sizeof p);
		accept(&p, HOOK_COMMAND, texts[i]);
		none = (struct params){ .arena = p.arena };
		assert_memory_equal(&p, &none, sizeof p);
		params_release(&p);
	}
}

static void
a_command_takes_all_of_its_own(void **state)
{
	struct params p;

	(void)state;
	accept(&p, HOOK_COMMAND,
	       "{\"all\":true,\"anchor\":" ANCHOR ",\"command\":\"diff\",\"from\":\"newest\","
	       "\"into_used\":true,\"kind\":\"topic\",\"name\":\"\\u00f6rders\","
	       "\"snapshot\":\"0011\",\"to\":\"live\"}");
	assert_true(p.all);
	assert_true(p.into_used);
	assert_false(p.now);
	assert_string_equal(p.command, "diff");
	assert_string_equal(p.from, "newest");
	assert_string_equal(p.to, "live");
	assert_string_equal(p.kind, "topic");
	assert_string_equal(p.name, "\xc3\xb6rders");
	assert_string_equal(p.snapshot, "0011");
	assert_null(p.disks);
	assert_null(p.phase);
	params_release(&p);
}

static void
the_anchor_is_read_to_the_last_bit(void **state)
{
	struct params p;

	(void)state;
	accept(&p, HOOK_PERIODIC,
	       "{\"anchor\":{\"hash\":\"" HEX64 "\",\"sequence\":9223372036854775807,\"epoch\":0}}");
	assert_true(p.has_anchor);
	assert_int_equal(p.anchor_epoch, 0);
	assert_int_equal(p.anchor_sequence, INT64_MAX);
	assert_int_equal(p.anchor_hash[0], 0x00);
	assert_int_equal(p.anchor_hash[1], 0x11);
	assert_int_equal(p.anchor_hash[31], 0x0f);
	params_release(&p);
}

static void
words_are_of_their_lists(void **state)
{
	static const struct {
		enum hook   hook;
		const char *text;
	} good[] = {
		{ HOOK_PRE_START, "{\"disks\":\"lost\"}" },
		{ HOOK_PRE_START, "{\"disks\":\"kept\"}" },
		{ HOOK_PRE_START, "{\"disks\":\"partial\"}" },
		{ HOOK_POST_POWERON, "{\"phase\":\"kafka\"}" },
		{ HOOK_POST_POWERON, "{\"phase\":\"services\"}" },
		{ HOOK_PERIODIC, "{\"now\":false}" },
	};
	struct params p;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++) {
		accept(&p, good[i].hook, good[i].text);
		params_release(&p);
	}
	refuse(HOOK_PRE_START, "{\"disks\":\"Lost\"}", "lost, kept or partial");
	refuse(HOOK_PRE_START, "{\"disks\":\"\"}", "\"disks\"");
	refuse(HOOK_POST_POWERON, "{\"phase\":\"connect\"}", "kafka or services");
	refuse(HOOK_COMMAND, "{\"kind\":\"topics\"}", "\"topics\" is no kind");
	refuse(HOOK_COMMAND, "{\"kind\":\"summary\"}", "is no kind");
	refuse(HOOK_COMMAND, "{\"kind\":\"\"}", "is no kind");
	refuse(HOOK_COMMAND, "{\"name\":\"orders\"}", "needs a kind");
}

static void
each_parameter_belongs_to_its_hooks_alone(void **state)
{
	struct params p;
	char text[256];
	unsigned hook;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(table); i++)
		for (hook = 1; hook <= HOOK_COMMAND; hook *= 2) {
			(void)snprintf(text, sizeof text, "{\"%s\":%s}", table[i].name, table[i].value);
			if ((table[i].hooks & hook) != 0) {
				accept(&p, hook, text);
				params_release(&p);
			} else {
				refuse(hook, text, hook_name(hook));
				refuse(hook, text, table[i].name);
			}
		}
}

static enum hook
a_hook_of(size_t i)
{
	return (table[i].hooks & HOOK_COMMAND) != 0 ? HOOK_COMMAND : (enum hook)table[i].hooks;
}

static void
each_parameter_is_of_one_type(void **state)
{
	static const char *const values[] = { "null",    "true", "\"text\"", "1",     "1.5",
		                              "[]",      "{}",   "[\"a\"]",  "0",     "\"true\"" };
	char text[256];
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(table); i++)
		for (k = 0; k < LENGTH(values); k++) {
			if (table[i].value[0] == values[k][0] && values[k][0] != '{')
				continue; /* of its type */
			(void)snprintf(text, sizeof text, "{\"%s\":%s}", table[i].name, values[k]);
			refuse(a_hook_of(i), text, table[i].name);
		}
}

static void
an_anchor_of_another_form_is_refused(void **state)
{
	static const char *const anchors[] = {
		"{\"epoch\":3,\"sequence\":7}",
		"{\"epoch\":3,\"hash\":\"" HEX64 "\"}",
		"{\"sequence\":3,\"hash\":\"" HEX64 "\"}",
		"{\"epoch\":3,\"sequence\":7,\"hash\":\"" HEX64 "\",\"more\":1}",
		"{\"epoch\":-1,\"sequence\":7,\"hash\":\"" HEX64 "\"}",
		"{\"epoch\":3,\"sequence\":-7,\"hash\":\"" HEX64 "\"}",
		"{\"epoch\":3.0,\"sequence\":7,\"hash\":\"" HEX64 "\"}",
		"{\"epoch\":\"3\",\"sequence\":7,\"hash\":\"" HEX64 "\"}",
		"{\"epoch\":3,\"sequence\":7,\"hash\":\"" HEX64 "00\"}",
		"{\"epoch\":3,\"sequence\":7,\"hash\":\"0011\"}",
		"{\"epoch\":3,\"sequence\":7,\"hash\":\"\"}",
		"{\"epoch\":3,\"sequence\":7,\"hash\":\"g" HEX63 "\"}",
		"{\"epoch\":3,\"sequence\":7,\"hash\":7}",
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(anchors); i++) {
		(void)snprintf(text, sizeof text, "{\"anchor\":%s}", anchors[i]);
		refuse(HOOK_PERIODIC, text, "\"anchor\"");
	}
}

static void
what_is_unknown_is_refused_by_name(void **state)
{
	(void)state;
	refuse(HOOK_COMMAND, "{\"comand\":\"list\"}", "\"comand\": unknown");
	refuse(HOOK_COMMAND, "{\"\":1}", "\"\": unknown");
	refuse(HOOK_COMMAND, "{\"command\":\"list\",\"Kind\":\"topic\"}", "\"Kind\": unknown");
}

static void
what_is_no_object_is_refused(void **state)
{
	static const char *const texts[] = { "",     " ",   "null", "[]",     "\"command\"",
		                             "{",    "{}x", "{\"now\"}", "{\"now\":true,}", "true" };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++)
		refuse(HOOK_PERIODIC, texts[i], "not a JSON object");
	refuse(HOOK_PERIODIC, "{\"now\":true,\"now\":true}", "not a JSON object"); /* duplicates */
}

static void
too_long_a_text_is_refused(void **state)
{
	size_t len = PARAMS_TEXT_MAX;
	char *text = malloc(len + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	memcpy(text, "{}", 2);
	text[len] = '\0';
	refuse(HOOK_PERIODIC, text, "longer than");
	free(text);
}

static void
the_longest_texts_that_are_taken_find_room(void **state)
{
	size_t len = PARAMS_TEXT_MAX / 2;
	char *text = malloc(len + 1);
	struct params p;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "{\"kind\":\"topic\",\"name\":\"", 24);
	memcpy(text + len - 2, "\"}", 3);
	accept(&p, HOOK_COMMAND, text);
	assert_int_equal(strlen(p.name), len - 26);
	params_release(&p);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_parameters_are_the_presets),
		cmocka_unit_test(a_command_takes_all_of_its_own),
		cmocka_unit_test(the_anchor_is_read_to_the_last_bit),
		cmocka_unit_test(words_are_of_their_lists),
		cmocka_unit_test(each_parameter_belongs_to_its_hooks_alone),
		cmocka_unit_test(each_parameter_is_of_one_type),
		cmocka_unit_test(an_anchor_of_another_form_is_refused),
		cmocka_unit_test(what_is_unknown_is_refused_by_name),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(too_long_a_text_is_refused),
		cmocka_unit_test(the_longest_texts_that_are_taken_find_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
