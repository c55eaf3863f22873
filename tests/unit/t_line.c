/* t_line.c - kinds, lines and sets of lines */
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
#include "core/snapshot/line.h"

static struct line
make(enum kind kind, const char *key, const char *value)
{
	return (struct line){ .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		              .value_len = strlen(value) };
}

static void
every_kind_is_found_by_its_name(void **state)
{
	enum kind found;
	unsigned i, known = 0;

	(void)state;
	for (i = 0; i < 100; i++) {
		const char *name = kind_name((enum kind)i);

		if (name == NULL)
			continue;
		known++;
		assert_true(kind_by_name(name, strlen(name), &found));
		assert_int_equal(found, i);
		assert_int_equal(kind_is_resource((enum kind)i), i <= 10);
	}
	assert_int_equal(known, 14);
	assert_string_equal(kind_name(KIND_CLUSTER_CONFIG), "cluster_config");
	assert_string_equal(kind_name(KIND_CONNECTOR), "connector");
}

static void
a_name_that_is_no_kind_is_not_found(void **state)
{
	enum kind found;

	(void)state;
	assert_false(kind_by_name("topics", 6, &found));
	assert_false(kind_by_name("topi", 4, &found));
	assert_false(kind_by_name("", 0, &found));
	assert_false(kind_by_name("Topic", 5, &found));
	assert_true(kind_by_name("topics", 5, &found));
}

static void
states_have_names(void **state)
{
	(void)state;
	assert_string_equal(kind_state_name(STATE_NONE), "none");
	assert_string_equal(kind_state_name(STATE_CAPTURED), "captured");
	assert_string_equal(kind_state_name(STATE_LAST), "pending");
	assert_string_equal(kind_state_name((enum kind_state)77), "unknown");
}

static void
a_line_is_written_in_its_one_form(void **state)
{
	struct line line = make(KIND_TOPIC, "a\"\\\n", "{\"partitions\":3}");
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(line_write(&b, &line), 0);
	assert_string_equal(buf_text(&b), "{\"key\":\"a\\\"\\\\\\u000a\",\"kind\":\"topic\","
	                                  "\"value\":{\"partitions\":3}}\n");
	buf_release(&b);
}

static void
a_line_of_an_unknown_kind_is_not_written(void **state)
{
	struct line line = make((enum kind)12, "a", "{}");
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_not_equal(line_write(&b, &line), 0);
	assert_true(b.failed);
	buf_release(&b);
}

/* Every byte that a key may hold, alone and in the midst of others. */
static void
every_byte_of_a_key_comes_back(void **state)
{
	struct buf text, room;
	struct line line, read;
	struct err e = { 0 };
	char key[20];
	int c;

	(void)state;
	buf_init(&text, 10000);
	buf_init(&room, KEY_MAX_BYTES + 1);
	for (c = 1; c < 256; c++) {
		(void)snprintf(key, sizeof key, "before%cbehind", c);
		buf_clear(&text);
		line = make(KIND_ACL, key, "{}");
		assert_int_equal(line_write(&text, &line), 0);
		assert_int_equal(line_parse(text.data, text.len - 1, &room, &read, &e), 0);
		assert_int_equal(line_compare(&line, &read), 0);
		assert_string_equal(read.key, key);
		assert_int_equal(read.value_len, 2);
		assert_memory_equal(read.value, "{}", 2);
	}
	buf_release(&text);
	buf_release(&room);
}

static int
parse_text(const char *text, struct line *ret, struct buf *room, struct err *e)
{
	/* Of exact size, so that a sanitizer sees a byte read behind it. */
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy + 1, text, len);
	rc = line_parse(copy + 1, len, room, ret, e);
	free(copy);
	return rc;
}

static void
what_is_no_line_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "{", "{}", "[]", "x", "{\"key\":1,\"kind\":\"topic\",\"value\":{}}",
		"{\"key\":\"a\"}", "{\"key\":\"a", "{\"key\":\"a\",\"kind\":\"topic",
		"{\"kind\":\"topic\",\"key\":\"a\",\"value\":{}}",
		"{\"key\":\"a\",\"kind\":\"topic\"}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":{}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":}}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":{",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":[]}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":null}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":\"{}\"}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":{}} ",
		" {\"key\":\"a\",\"kind\":\"topic\",\"value\":{}}",
		"{\"key\": \"a\",\"kind\":\"topic\",\"value\":{}}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\": {}}",
		"{\"key\":\"a\",\"kind\":\"topics\",\"value\":{}}",
		"{\"key\":\"a\",\"kind\":\"\",\"value\":{}}",
		"{\"key\":\"a\",\"kind\":\"t\\u006fpic\",\"value\":{}}",
		"{\"key\":\"a\",\"kind\":\"topic\",\"value\":{},\"x\":1}",
	};
	struct buf room;
	struct line line;
	struct err e;
	size_t i;

	(void)state;
	buf_init(&room, KEY_MAX_BYTES + 1);
	for (i = 0; i < LENGTH(texts); i++) {
		e = (struct err){ 0 };
		assert_int_equal(parse_text(texts[i], &line, &room, &e), ERR_CORRUPT);
		assert_memory_equal(e.text, "line: ", 6);
	}
	buf_release(&room);
}

static void
a_key_in_other_escapes_is_refused(void **state)
{
	static const char *const keys[] = {
		"\\/", "\\n", "\\t", "\\u0041", "\\u001F", "\\u001f\\u000A", "\\u0000", "\\u0020",
		"\\u00e9",
		"\\", "\\u", "\\u0", "\\u00", "\\u001", "\\u001g", "\\U0001", "\n", "\x1f", "a\x01",
		"\\u000\"", "\\u00\"\"",
	};
	char text[100];
	struct buf room;
	struct line line;
	struct err e = { 0 };
	size_t i;

	(void)state;
	buf_init(&room, KEY_MAX_BYTES + 1);
	for (i = 0; i < LENGTH(keys); i++) {
		(void)snprintf(text, sizeof text,
		               "{\"key\":\"%s\",\"kind\":\"topic\",\"value\":{}}", keys[i]);
		assert_int_equal(parse_text(text, &line, &room, &e), ERR_CORRUPT);
	}
	buf_release(&room);
}

static void
a_key_of_the_longest_length_is_read_and_a_longer_one_refused(void **state)
{
	static const char fill[] = { 'x', '"', '\x01' };
	struct buf text, room;
	struct line line, read;
	struct err e = { 0 };
	char key[KEY_MAX_BYTES + 2];
	size_t i, len;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&room, KEY_MAX_BYTES + 1);
	for (i = 0; i < LENGTH(fill); i++) {
		memset(key, fill[i], sizeof key);
		for (len = KEY_MAX_BYTES; len <= KEY_MAX_BYTES + 1; len++) {
			buf_clear(&text);
			line = (struct line){ .kind = KIND_ACL,
				              .key = key,
				              .key_len = len,
				              .value = "{}",
				              .value_len = 2 };
			assert_int_equal(line_write(&text, &line), 0);
			assert_int_equal(line_parse(text.data, text.len - 1, &room, &read, &e),
			                 len <= KEY_MAX_BYTES ? 0 : ERR_CORRUPT);
		}
		assert_string_equal(e.text, "line: the key is longer than 4096 bytes");
	}
	buf_release(&text);
	buf_release(&room);
}

static void
lines_are_ordered_by_kind_and_then_by_unescaped_bytes(void **state)
{
	/* As text, `\u0001` and `\"` would be behind `A`, and `\\` in another place as well. */
	static const char *const keys[] = {
		"", "\x01", "\x1f", " ", "!", "\"", "#", "A", "A\x01", "A\"", "AA", "[", "\\", "]",
		"a",
		"\x7f", "\xc2\x80", "\xc3\xa9", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < LENGTH(keys); i++) {
		for (k = 0; k < LENGTH(keys); k++) {
			struct line a = make(KIND_TOPIC, keys[i], "{}"),
				    b = make(KIND_TOPIC, keys[k], "{}");
			int order = line_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
			b.kind = KIND_QUOTA;
			assert_true(line_compare(&a, &b) < 0);
			assert_true(line_compare(&b, &a) > 0);
		}
	}
}

static void
a_set_is_sorted_and_searched(void **state)
{
	struct line_set set;
	struct line_set_source source;
	struct line line, last = { 0 };
	struct err e = { 0 };
	char key[32];
	size_t n = 0;
	int i;

	(void)state;
	line_set_init(&set, 10 << 20);
	for (i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof key, "k%d", (i * 7919) % 5000);
		line = make(i % 2 != 0 ? KIND_ACL : KIND_TOPIC, key, "{\"a\":1}");
		assert_int_equal(line_set_add(&set, &line, &e), 0);
	}
	memset(key, 0, sizeof key); /* the set has its own copies */
	assert_int_equal(line_set_sort(&set, &e), 0);
	line_set_source_init(&source, &set);
	while (source.source.next(&source.source, &line, &e) > 0) {
		assert_true(n == 0 || line_compare(&last, &line) < 0);
		last = line;
		n++;
	}
	assert_int_equal(n, 5000);
	assert_int_equal(source.source.next(&source.source, &line, &e), 0);
	assert_non_null(line_set_find(&set, KIND_TOPIC, "k0"));
	assert_string_equal(line_set_find(&set, KIND_TOPIC, "k0")->key, "k0");
	assert_null(line_set_find(&set, KIND_ACL, "k0"));
	assert_null(line_set_find(&set, KIND_TOPIC, "k5000"));
	assert_null(line_set_find(&set, KIND_TOPIC, ""));
	line_set_release(&set);
}

/* Sorted by eight bytes after another: every key of two letters that is 6 to 17 long, out of order. */
static void
keys_that_begin_alike_are_sorted_whatever_their_length(void **state)
{
	struct line_set set;
	struct err e;
	char key[24] = "aaaaaa";
	size_t i, bits, n;

	(void)state;
	line_set_init(&set, 1 << 20);
	for (i = 0; i < 4096; i++) {
		for (n = 6, bits = i * 1103 % 4096; bits > 1; bits >>= 1)
			key[n++] = (bits & 1) != 0 ? '\xc3' : 'a';
		key[n] = '\0';
		if (i * 1103 % 4096 > 0) {
			struct line line = make(i % 3 == 0 ? KIND_ACL : KIND_TOPIC, key, "{}");

			assert_int_equal(line_set_add(&set, &line, &e), 0);
		}
	}
	assert_int_equal(line_set_sort(&set, &e), 0);
	assert_int_equal(set.count, 4095);
	for (i = 1; i < set.count; i++)
		assert_true(line_compare(&set.lines[i - 1], &set.lines[i]) < 0);
	assert_int_equal(line_set_add(&set, &(struct line){ .kind = KIND_TOPIC, .key = "aaaaaaa", .key_len = 7,
	                 .value = "{}", .value_len = 2 }, &e), 0);
	assert_int_equal(line_set_add(&set, &(struct line){ .kind = KIND_ACL, .key = "aaaaaaa", .key_len = 7,
	                 .value = "{}", .value_len = 2 }, &e), 0);
	assert_int_equal(line_set_sort(&set, &e), ERR_CORRUPT); /* one of them was there */
	line_set_release(&set);
}

static void
a_set_in_order_needs_no_sorting(void **state)
{
	struct line a = make(KIND_ACL, "a", "{}"), b = make(KIND_ACL, "b", "{}");
	struct line_set set;
	struct err e = { 0 };

	(void)state;
	line_set_init(&set, 1 << 20);
	assert_true(set.sorted);
	assert_null(line_set_find(&set, KIND_ACL, "a"));
	assert_int_equal(line_set_add(&set, &a, &e), 0);
	assert_int_equal(line_set_add(&set, &b, &e), 0);
	assert_true(set.sorted);
	assert_int_equal(line_set_sort(&set, &e), 0);
	assert_non_null(line_set_find(&set, KIND_ACL, "b"));
	line_set_release(&set);
	assert_int_equal(set.count, 0);
	assert_int_equal(line_set_add(&set, &b, &e), 0); /* may be used again */
	line_set_release(&set);
}

static void
two_lines_of_one_kind_and_key_are_named(void **state)
{
	struct line a = make(KIND_ACL, "a", "{}"), b = make(KIND_ACL, "b", "{}");
	struct line_set set;
	struct err e = { 0 };

	(void)state;
	line_set_init(&set, 1 << 20);
	assert_int_equal(line_set_add(&set, &a, &e), 0);
	assert_int_equal(line_set_add(&set, &b, &e), 0);
	assert_int_equal(line_set_add(&set, &a, &e), 0);
	assert_int_equal(line_set_sort(&set, &e), ERR_CORRUPT);
	assert_string_equal(e.text, "acl \"a\" is there twice");
	assert_int_equal(line_set_sort(&set, &e), ERR_CORRUPT);
	line_set_release(&set);
}

static void
a_set_refuses_what_is_over_its_maximum_and_stays_whole(void **state)
{
	struct line_set set;
	struct line line;
	struct err e = { 0 };
	char key[32];
	int rc = 0;

	(void)state;
	line_set_init(&set, 10000);
	while (rc == 0 && set.count < 10000) {
		(void)snprintf(key, sizeof key, "k%05zu", set.count);
		line = make(KIND_ACL, key, "{}");
		rc = line_set_add(&set, &line, &e);
	}
	assert_int_equal(rc, ERR_FAILED);
	assert_non_null(strstr(e.text, "10000 bytes"));
	assert_true(set.count > 100 && set.count < 400);
	assert_int_equal(line_set_sort(&set, &e), 0);
	assert_non_null(line_set_find(&set, KIND_ACL, "k00099"));
	line_set_release(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_found_by_its_name),
		cmocka_unit_test(a_name_that_is_no_kind_is_not_found),
		cmocka_unit_test(states_have_names),
		cmocka_unit_test(a_line_is_written_in_its_one_form),
		cmocka_unit_test(a_line_of_an_unknown_kind_is_not_written),
		cmocka_unit_test(every_byte_of_a_key_comes_back),
		cmocka_unit_test(what_is_no_line_is_refused),
		cmocka_unit_test(a_key_in_other_escapes_is_refused),
		cmocka_unit_test(a_key_of_the_longest_length_is_read_and_a_longer_one_refused),
		cmocka_unit_test(lines_are_ordered_by_kind_and_then_by_unescaped_bytes),
		cmocka_unit_test(a_set_is_sorted_and_searched),
		cmocka_unit_test(keys_that_begin_alike_are_sorted_whatever_their_length),
		cmocka_unit_test(a_set_in_order_needs_no_sorting),
		cmocka_unit_test(two_lines_of_one_kind_and_key_are_named),
		cmocka_unit_test(a_set_refuses_what_is_over_its_maximum_and_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
