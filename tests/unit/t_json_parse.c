/* t_json_parse.c - the strict reader, and that what it accepts has one canonical form */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"

#define DEPTH 8

/* Parse and write again; NULL when refused, with the reason in e. */
static const char *
again(const char *text, size_t len, int depth, struct buf *b, struct err *e)
{
	struct json_object *value = NULL;
	struct json j;

	*e = (struct err){ 0 };
	buf_clear(b);
	if (json_parse(text, len, depth, &value, e) != 0) {
		assert_int_equal(e->code, ERR_CORRUPT);
		assert_null(value);
		return NULL;
	}
	json_init(&j, b);
	json_value(&j, value);
	(void)json_object_put(value);
	return buf_text(b);
}

static void
what_was_read_is_written_in_canonical_form(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{ "null", "null" },
		{ " \t\r\n{ \"b\" : 1 , \"a\" : [ ] } \n", "{\"a\":[],\"b\":1}" },
		{ "{\"Z\":1,\"a\":2,\"\":3,\"\xc3\xa9\":4,\"ab\":5}",
		  "{\"\":3,\"Z\":1,\"a\":2,\"ab\":5,\"\xc3\xa9\":4}" },
		{ "\"\\u0041\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
		  "\"A/\\u0008\\u000c\\u000a\\u000d\\u0009\\\"\\\\\"" },
		{ "\"\\u00e9\\u20AC\\ud83d\\ude00\\uffff\"",
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf\"" },
		{ "[1.0,1e2,-0,-0.0,0.50,1E+2,12e-1]", "[1,100,0,0,0.5,100,1.2]" },
		{ "[18446744073709551615,-9223372036854775808,9223372036854775808]",
		  "[18446744073709551615,-9223372036854775808,9223372036854775808]" },
		{ "[true,false,null]", "[true,false,null]" },
		{ "7", "7" },
		{ "-7.5", "-7.5" },
		{ "\"x\"", "\"x\"" },
		{ "0", "0" },
		{ "[0.000000000000000000000000000000000000000000000001]", "[1e-48]" },
		{ "[100000000000000000000000000000000000000000000000.0]", "[1e47]" },
		{ "[0.0e-99999999999999999999]", "[0]" },
		{ "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}",
		  "{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}" },
	};
	struct buf b, second;
	struct err e;
	const char *text;
	size_t i;

	(void)state;
	buf_init(&b, 10000);
	buf_init(&second, 10000);
	for (i = 0; i < LENGTH(cases); i++) {
		text = again(cases[i].text, strlen(cases[i].text), DEPTH, &b, &e);
		assert_string_equal(e.text, "");
		assert_string_equal(text, cases[i].canonical);
		assert_string_equal(again(text, strlen(text), DEPTH, &second, &e), text);
	}
	buf_release(&b);
	buf_release(&second);
}

/* glibc's newlocale(), which json-c calls, does not free its copy of LOCPATH; without LOCPATH it has none. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:argz\nleak:setlocale\nleak:nl_\n";
}

/* A locale whose decimal point is a comma, made here: no machine is sure to have one. */
static void
make_locale(const char *folder)
{
	char command[256];

	(void)snprintf(command, sizeof command,
	               "localedef --no-archive -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>/dev/null", folder);
	assert_int_equal(system(command), 0); /* packaging/setup brings localedef's sources */
	assert_int_equal(setenv("LOCPATH", folder, 1), 0);
	assert_non_null(setlocale(LC_ALL, "de_DE.UTF-8"));
	assert_string_equal(localeconv()->decimal_point, ",");
}

static void
the_hosts_locale_changes_nothing(void **state)
{
	char folder[] = "/tmp/kcb-locale.XXXXXX", command[64];
	struct err e;
	struct buf b;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make_locale(folder);
	buf_init(&b, 1000);
	assert_string_equal(again("[0.25,1.5e300,1e-7]", 19, DEPTH, &b, &e), "[0.25,1.5e300,1e-7]");
	(void)setlocale(LC_ALL, "C");
	buf_release(&b);
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void
what_json_does_not_allow_is_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "{", "[", "}", "]", "{]", "[}", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
		"{,}",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}",
		"{1:1}",
		"nul", "nulll", "NULL", "True", "tru", "falsey", "NaN", "Infinity", "-Infinity",
		"-",
		"+1", "01", "-01", "00", "1.", ".5", "-.5", "1e", "1e+", "1.e1", "0x10", "1_0",
		"1,2",
		"\"", "\"a", "\"\\", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u12g4\"",
		"\"\\U0041\"",
		"'a'", "\"a\nb\"", "\"\x01\"", "\"\t\"", "// c\n1", "/* c */1", "1//", "1 1",
		"{}{}",
		"[] x", "\xef\xbb\xbf{}", "\"a\"\"b\"", "{\"a\":1}}", "[1]]",
	};
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&b, 10000);
	for (i = 0; i < LENGTH(texts); i++) {
		assert_null(again(texts[i], strlen(texts[i]), DEPTH, &b, &e));
		assert_memory_equal(e.text, "line ", 5);
	}
	assert_null(again("1\0", 2, DEPTH, &b, &e));
	assert_null(again("\0", 1, DEPTH, &b, &e));
	assert_null(again("\"a\0b\"", 5, DEPTH, &b, &e));
	buf_release(&b);
}

static void
duplicate_keys_are_refused_however_they_are_written(void **state)
{
	static const char *const texts[] = {
		"{\"a\":1,\"a\":1}",
		"{\"a\":1,\"\\u0061\":1}",
		"{\"\\u0061\":1,\"a\":1}",
		"{\"\\n\":1,\"\\u000a\":1}",
		"{\"\":1,\"\":1}",
		"[{\"x\":{\"a\":1,\"b\":{\"a\":1},\"a\":2}}]",
		"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"c\":0}",
		"{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":1}",
	};
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&b, 10000);
	for (i = 0; i < LENGTH(texts); i++) {
		assert_null(again(texts[i], strlen(texts[i]), DEPTH, &b, &e));
		assert_non_null(strstr(e.text, "key that the object has already"));
	}
	buf_release(&b);
}

static void
the_same_key_in_different_objects_is_fine(void **state)
{
	static const char text[] = "[{\"a\":1,\"\\n\":2},{\"a\":1,\"\\n\":{\"\\n\":1,\"a\":2}}]";
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 10000);
	assert_non_null(again(text, strlen(text), DEPTH, &b, &e));
	buf_release(&b);
}

static void
many_keys_are_compared_as_few_are(void **state)
{
	struct buf text, b;
	struct err e;
	int i;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&b, 1 << 20);
	(void)buf_add_char(&text, '{');
	for (i = 0; i < 20000; i++)
		(void)buf_print(&text, i % 2 != 0 ? "\"k%d\":1,\n" : "\"\\u006b%d\":1,\n", i);
	text.len -= 2;
	(void)buf_add_text(&text, "}");
	assert_non_null(again(text.data, text.len, DEPTH, &b, &e));
	text.len--;
	(void)buf_add_text(&text, ",\n  \"k777\":1}");
	assert_null(again(text.data, text.len, DEPTH, &b, &e));
	assert_string_equal(e.text, "line 20001, column 3: a key that the object has already");
	buf_release(&text);
	buf_release(&b);
}

static void
nul_and_lone_surrogates_are_refused(void **state)
{
	static const char *const texts[] = {
		"\"\\u0000\"", "{\"a\\u0000\":1}", "\"\\ud800\"", "\"\\ud800x\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"", "\"\\ud800\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\n\"",
		"{\"\\udfff\":1}", "\"\\ud83d\\u\"", "\"\\ud83d\\ude0\"",
	};
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < LENGTH(texts); i++)
		assert_null(again(texts[i], strlen(texts[i]), DEPTH, &b, &e));
	buf_release(&b);
}

static void
bytes_that_are_not_utf8_are_refused_anywhere(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",
		"\xf8\x88\x80\x80\x80",
	};
	static const char *const good[] = {
		"\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};
	char text[40];
	struct buf b;
	struct err e;
	size_t i, at;

	(void)state;
	buf_init(&b, 1000);
	for (at = 0; at < 10; at++) {
		for (i = 0; i < LENGTH(bad); i++) {
			(void)snprintf(text, sizeof text, "\"%.*s%s\"", (int)at, "0123456789",
			               bad[i]);
			assert_int_equal(json_utf8_run(text, strlen(text)), at + 1);
			assert_null(again(text, strlen(text), DEPTH, &b, &e));
			assert_non_null(strstr(e.text, "UTF-8"));
		}
		for (i = 0; i < LENGTH(good); i++) {
			(void)snprintf(text, sizeof text, "\"%.*s%s\"", (int)at, "0123456789",
			               good[i]);
			assert_string_equal(again(text, strlen(text), DEPTH, &b, &e), text);
		}
	}
	buf_release(&b);
}

static void
numbers_that_do_not_fit_are_refused(void **state)
{
	static const char *const texts[] = {
		"18446744073709551616", "-9223372036854775809", "99999999999999999999999999",
		"1e309",
		"-1e309", "1.7976931348623159e308", "1e-400", "1e99999999999999999999",
		"1e-99999999999999999999", "17976931348623159000000000e284",
	};
	struct buf b;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < LENGTH(texts); i++) {
		assert_null(again(texts[i], strlen(texts[i]), DEPTH, &b, &e));
		assert_string_equal(e.text, "line 1, column 1: a number beyond 64 bits");
	}
	buf_release(&b);
}

static void
depth_is_bounded_exactly(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	assert_non_null(again("1", 1, 0, &b, &e));
	assert_null(again("[]", 2, 0, &b, &e));
	assert_non_null(again("[1]", 3, 1, &b, &e));
	assert_non_null(again("[[{\"a\":1}],[]]", 14, 3, &b, &e));
	assert_null(again("[[{\"a\":[]}]]", 12, 3, &b, &e));
	assert_string_equal(e.text, "line 1, column 8: nested too deeply");
	buf_release(&b);
}

static void
an_error_says_line_and_column(void **state)
{
	static const char text[] = "{\n  \"a\": 1,\n  \"b\": x\n}";
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 1000);
	assert_null(again(text, strlen(text), DEPTH, &b, &e));
	assert_string_equal(e.text, "line 3, column 8: no JSON value");
	buf_release(&b);
}

/* What is refused or not is decided without reading a byte too many: the copies have exact size. */
static void
every_prefix_of_a_text_is_refused(void **state)
{
	static const char text[] =
	    "{\"k\\u00e9y\":[-1.5e+3,true,\"a\\ud83d\\ude00\xc3\xa9\"],\"n\":null}";
	struct buf b;
	struct err e;
	char *copy;
	size_t n;

	(void)state;
	buf_init(&b, 1000);
	for (n = 1; n < strlen(text); n++) {
		copy = malloc(n);
		assert_non_null(copy);
		memcpy(copy, text, n);
		assert_null(again(copy, n, DEPTH, &b, &e));
		free(copy);
	}
	assert_non_null(again(text, strlen(text), DEPTH, &b, &e));
	buf_release(&b);
}

/* A string of `before` and `behind` plain bytes around the middle, as a copy of exact size. */
static char *
string_around(const char *middle, size_t before, size_t behind, size_t *ret_len)
{
	size_t n = strlen(middle);
	char *text = malloc(before + n + behind + 2);

	assert_non_null(text);
	memset(text, '~', before + n + behind + 2);
	memcpy(text + 1 + before, middle, n);
	text[0] = text[before + n + behind + 1] = '"';
	*ret_len = before + n + behind + 2;
	return text;
}

/* Read it; the middle is `wanted` then, NULL: it is refused. */
static void
expect_middle(const char *middle, const char *wanted, size_t before, size_t behind)
{
	struct json_object *value = NULL;
	struct err e = { 0 };
	size_t len, n = wanted == NULL ? 0 : strlen(wanted);
	char *text = string_around(middle, before, behind, &len);
	int rc = json_parse(text, len, DEPTH, &value, &e);

	free(text);
	assert_int_equal(rc, wanted == NULL ? ERR_CORRUPT : 0);
	if (wanted == NULL)
		return;
	text = string_around(wanted, before, behind, &len);
	assert_int_equal(json_object_get_string_len(value), before + n + behind);
	assert_memory_equal(json_object_get_string(value), text + 1, before + n + behind);
	free(text);
	(void)json_object_put(value);
}

/* Strings are read eight bytes at a time, as long as there are so many: all around the edges of that. */
static void
every_escape_is_read_alike_at_every_place(void **state)
{
	static const char *const cases[][2] = {
		{ "\\\"", "\"" }, { "\\\\", "\\" }, { "\\/", "/" }, { "\\b", "\b" },
		{ "\\f", "\f" }, { "\\n", "\n" }, { "\\r", "\r" }, { "\\t", "\t" },
		{ "\\u00e9", "\xc3\xa9" }, { "\\\"\\\"\\n", "\"\"\n" }, { "\n", NULL }, { "\x01", NULL },
		{ "\\x", NULL }, { "\\", NULL }, { "\\u12", NULL }, { "\"", NULL }, { "", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		for (size_t before = 0; before < 20; before++)
			for (size_t behind = 0; behind < 20; behind++)
				expect_middle(cases[i][0], cases[i][1], before, behind);
}

static void
a_text_that_is_accepted_is_stable_whatever_byte_was_changed(void **state)
{
	static const char text[] =
	    "{\"a\\u00e9\":[-1.5e+3,0.25,\"\\\"\\\\\xc3\xa9\"],\"n\":[{},1]}";
	char changed[sizeof text], *once;
	struct buf b, second;
	struct err e;
	size_t i;
	int c;

	(void)state;
	buf_init(&b, 1000);
	buf_init(&second, 1000);
	for (i = 0; i < sizeof text - 1; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(changed, text, sizeof text);
			changed[i] = (char)c;
			if (again(changed, sizeof text - 1, DEPTH, &b, &e) == NULL)
				continue;
			once = b.data;
			assert_string_equal(again(once, b.len, DEPTH, &second, &e), once);
		}
	}
	buf_release(&b);
	buf_release(&second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hosts_locale_changes_nothing),
		cmocka_unit_test(what_was_read_is_written_in_canonical_form),
		cmocka_unit_test(what_json_does_not_allow_is_refused),
		cmocka_unit_test(duplicate_keys_are_refused_however_they_are_written),
		cmocka_unit_test(the_same_key_in_different_objects_is_fine),
		cmocka_unit_test(many_keys_are_compared_as_few_are),
		cmocka_unit_test(nul_and_lone_surrogates_are_refused),
		cmocka_unit_test(bytes_that_are_not_utf8_are_refused_anywhere),
		cmocka_unit_test(numbers_that_do_not_fit_are_refused),
		cmocka_unit_test(depth_is_bounded_exactly),
		cmocka_unit_test(an_error_says_line_and_column),
		cmocka_unit_test(every_prefix_of_a_text_is_refused),
		cmocka_unit_test(every_escape_is_read_alike_at_every_place),
		cmocka_unit_test(a_text_that_is_accepted_is_stable_whatever_byte_was_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
