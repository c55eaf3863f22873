/* t_json.c - the canonical writer */
#include <float.h>
#include <math.h>
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

static void
assert_written(struct buf *b, const char *expected)
{
	assert_string_equal(buf_text(b), expected);
	buf_clear(b);
}

static void
commas_and_colons_stand_where_they_must(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 1000);
	json_init(&j, &b);
	json_begin_object(&j);
	json_key_string(&j, "a", "x");
	json_key(&j, "b");
	json_begin_array(&j);
	json_integer(&j, -1);
	json_null(&j);
	json_begin_array(&j);
	json_end_array(&j);
	json_begin_object(&j);
	json_end_object(&j);
	json_raw(&j, "[7]", 3);
	json_end_array(&j);
	json_key_bool(&j, "c", true);
	json_key_unsigned(&j, "d", UINT64_MAX);
	json_key_string(&j, "e", NULL);
	json_key(&j, "f");
	json_boolean(&j, false);
	json_end_object(&j);
	assert_written(&b, "{\"a\":\"x\",\"b\":[-1,null,[],{},[7]],\"c\":true,"
	                   "\"d\":18446744073709551615,\"e\":null,\"f\":false}");
	buf_release(&b);
}

static void
only_what_must_be_is_escaped(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 1000);
	json_init(&j, &b);
	json_string(&j, "\x01\t\n\x1f \"\\/\x7f\xc3\xa9\xf0\x9f\x98\x80" "end of a longer text");
	assert_written(&b, "\"\\u0001\\u0009\\u000a\\u001f \\\"\\\\/\x7f\xc3\xa9\xf0\x9f\x98\x80"
	                   "end of a longer text\"");
	json_init(&j, &b);
	json_string_bytes(&j, "a\0b", 3);
	assert_written(&b, "\"a\\u0000b\"");
	json_init(&j, &b);
	json_string(&j, "");
	assert_written(&b, "\"\"");
	buf_release(&b);
}

/* The fast path looks at eight bytes at once: each byte at each place of it. */
static void
every_byte_at_every_place_is_escaped_alike(void **state)
{
	char text[20];
	int c;
	size_t at, run;

	(void)state;
	for (c = 0; c < 256; c++) {
		bool plain = c >= 0x20 && c != '"' && c != '\\';

		for (at = 0; at < sizeof text; at++) {
			memset(text, 0x80, sizeof text);
			text[at] = (char)c;
			run = json_plain_run(text, sizeof text);
			assert_int_equal(run, plain ? sizeof text : at);
			memset(text, ' ', sizeof text);
			text[at] = (char)c;
			run = json_plain_run(text, sizeof text);
			assert_int_equal(run, plain ? sizeof text : at);
		}
	}
}

/* What json_string_bytes() must write, byte by byte. */
static void
expect_escaped(struct buf *ret, const char *bytes, size_t len)
{
	buf_clear(ret);
	(void)buf_add_char(ret, '"');
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)bytes[i] < 0x20)
			(void)buf_print(ret, "\\u%04x", (unsigned)bytes[i]);
		else if (bytes[i] == '"' || bytes[i] == '\\')
			(void)buf_print(ret, "\\%c", bytes[i]);
		else
			(void)buf_add_char(ret, bytes[i]);
	}
	(void)buf_add_char(ret, '"');
}

/* Escapes are found in blocks: texts of each length around two, few escapes and many in them. */
static void
long_texts_are_escaped_as_short_ones(void **state)
{
	static const char some[] = "\"ab\\c\"\x01\"\x1f d\xc3\xa9\x7f,";
	char text[150];
	struct buf written, expected;
	struct json j;
	size_t len, among, i;

	(void)state;
	buf_init(&written, 6 * sizeof text + 2);
	buf_init(&expected, 6 * sizeof text + 2);
	for (among = 1; among <= 70; among += among < 4 ? 1 : 11)
		for (len = 0; len <= sizeof text; len++) {
			for (i = 0; i < len; i++)
				text[i] = i % among == 0 ? some[(i / among + len) % (sizeof some - 1)] : 'x';
			expect_escaped(&expected, text, len);
			buf_release(&written); /* so that it finds little room, and much */
			for (i = 0; i < 2; i++) {
				buf_clear(&written);
				json_init(&j, &written);
				json_string_bytes(&j, text, len);
				assert_int_equal(written.len, expected.len);
				assert_memory_equal(written.data, expected.data, expected.len);
				(void)buf_reserve(&written, 6 * sizeof text - written.len);
			}
		}
	buf_release(&written);
	buf_release(&expected);
}

static void
a_text_fits_its_exact_length_and_nothing_less(void **state)
{
	static const char text[] = "[\"a\",\"\\\"\",{\"k\":\"longer than a word\",\"l\":0.5}]";
	struct buf b;
	struct json j;
	size_t max;

	(void)state;
	for (max = 0; max <= strlen(text); max++) {
		buf_init(&b, max);
		json_init(&j, &b);
		json_begin_array(&j);
		json_string(&j, "a");
		json_string(&j, "\"");
		json_begin_object(&j);
		json_key_string(&j, "k", "longer than a word");
		json_key(&j, "l");
		json_double(&j, 0.5);
		json_end_object(&j);
		json_end_array(&j);
		assert_int_equal(b.failed, max < strlen(text));
		if (!b.failed)
			assert_string_equal(buf_text(&b), text);
		buf_release(&b);
	}
}

static void
integers_are_written_plainly(void **state)
{
	struct buf b;
	struct json j;

	(void)state;
	buf_init(&b, 1000);
	json_init(&j, &b);
	json_begin_array(&j);
	json_integer(&j, INT64_MIN);
	json_integer(&j, INT64_MAX);
	json_integer(&j, 0);
	json_unsigned(&j, 10);
	json_end_array(&j);
	assert_written(&b, "[-9223372036854775808,9223372036854775807,0,10]");
	buf_release(&b);
}

static void
doubles_have_the_fewest_digits_that_read_back_equal(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0.0, "0" },       { -0.0, "0" },
		{ 1.0, "1" },       { -1.0, "-1" },
		{ 0.1, "0.1" },     { 0.1 + 0.2, "0.30000000000000004" },
		{ 100.0, "100" },   { 1048576.0, "1048576" },
		{ 1.5, "1.5" },     { 123.456, "123.456" },
		{ 1e15, "1000000000000000" }, { 1e16, "1e16" },
		{ 9007199254740993.0, "9007199254740992" },
		{ 0.0001, "0.0001" }, { 0.00012, "0.00012" }, { 0.00001, "1e-5" },
		{ 1.25e-7, "1.25e-7" }, { 1e23, "1e23" }, { -2.5e100, "-2.5e100" },
		{ DBL_MAX, "1.7976931348623157e308" }, { DBL_MIN, "2.2250738585072014e-308" },
		{ 5e-324, "5e-324" },
	};
	struct buf b;
	struct json j;
	size_t i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < LENGTH(cases); i++) {
		json_init(&j, &b);
		json_double(&j, cases[i].value);
		assert_written(&b, cases[i].text);
	}
	buf_release(&b);
}

static uint64_t
random_bits(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
random_doubles_read_back_equal(void **state)
{
	uint64_t seed = 88172645463325252u, bits;
	struct json_object *value;
	struct err e = { 0 };
	struct buf b;
	struct json j;
	double number;
	int i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < 20000; i++) {
		bits = random_bits(&seed);
		memcpy(&number, &bits, sizeof number);
		if (!isfinite(number))
			continue;
		buf_clear(&b);
		json_init(&j, &b);
		json_double(&j, number);
		value = NULL;
		assert_int_equal(json_parse(b.data, b.len, DEPTH, &value, &e), 0);
		assert_true(json_object_get_double(value) == number);
		(void)json_object_put(value);
	}
	buf_release(&b);
}

static void
a_number_that_is_not_finite_fails_the_buffer(void **state)
{
	static const double values[] = { INFINITY, -INFINITY, NAN };
	struct buf b;
	struct json j;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(values); i++) {
		buf_init(&b, 1000);
		json_init(&j, &b);
		json_double(&j, values[i]);
		assert_true(b.failed);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_colons_stand_where_they_must),
		cmocka_unit_test(only_what_must_be_is_escaped),
		cmocka_unit_test(every_byte_at_every_place_is_escaped_alike),
		cmocka_unit_test(long_texts_are_escaped_as_short_ones),
		cmocka_unit_test(a_text_fits_its_exact_length_and_nothing_less),
		cmocka_unit_test(integers_are_written_plainly),
		cmocka_unit_test(doubles_have_the_fewest_digits_that_read_back_equal),
		cmocka_unit_test(random_doubles_read_back_equal),
		cmocka_unit_test(a_number_that_is_not_finite_fails_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
