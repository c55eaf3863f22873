/* t_diff.c - differences between streams of lines, and in words */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include <cmocka.h>

#include "core/snapshot/diff.h"
#include "tests/unit/document_fixture.h"

#define SET_MAX ((size_t)64 << 20)
#define FIFTY   "01234567890123456789012345678901234567890123456789"
#define SIXTY   FIFTY "0123456789"

/* What a merge reported: one letter a key, and how many of each kind. */
struct report {
	char text[4000];
	size_t counts[4];
	int stop_after; /* end the merge with this many calls left, 0 never */
};

static int
note(void *arg, enum difference difference, const struct line *want, const struct line *have)
{
	static const char letters[] = { 'm', 'x', 'c', 'e' };
	struct report *r = arg;
	const struct line *line = want != NULL ? want : have;
	size_t used = strlen(r->text);

	assert_non_null(line);
	assert_true((want == NULL) == (difference == DIFF_EXTRA));
	assert_true((have == NULL) == (difference == DIFF_MISSING));
	if (want != NULL && have != NULL)
		assert_int_equal(line_compare(want, have), 0);
	r->counts[difference]++;
	if (line->key_len < 8 && used < sizeof r->text - 20)
		(void)snprintf(r->text + used, sizeof r->text - used, "%c:%s ", letters[difference],
		               line->key);
	return r->stop_after > 0 && --r->stop_after == 0 ? 77 : 0;
}

static int
compare_sets(const struct line_set *want, const struct line_set *have, struct report *r)
{
	struct line_set_source a, b;
	struct err e = { 0 };

	line_set_source_init(&a, want);
	line_set_source_init(&b, have);
	return diff_lines(&a.source, &b.source, note, r, &e);
}

static void
add(struct line_set *set, enum kind kind, const char *key, const char *value)
{
	struct line line = line_of(kind, key, value);
	struct err e = { 0 };

	assert_int_equal(line_set_add(set, &line, &e), 0);
}

static void
each_key_of_either_side_is_reported_once_and_in_order(void **state)
{
	struct line_set want, have;
	struct report r = { 0 };

	(void)state;
	line_set_init(&want, SET_MAX);
	line_set_init(&have, SET_MAX);
	add(&want, KIND_ACL, "z", "{}");
	add(&want, KIND_TOPIC, "a", "{}");
	add(&want, KIND_TOPIC, "b", "{\"p\":1}");
	add(&want, KIND_TOPIC, "d", "{}");
	add(&have, KIND_USER, "zz", "{}");
	add(&have, KIND_TOPIC, "b", "{\"p\":2}");
	add(&have, KIND_TOPIC, "c", "{}");
	add(&have, KIND_TOPIC, "d", "{}");
	add(&have, KIND_CONNECTOR, "a", "{}");
	assert_int_equal(compare_sets(&want, &have, &r), 0);
	assert_string_equal(r.text, "x:zz m:z m:a c:b x:c e:d x:a ");
	line_set_release(&want);
	line_set_release(&have);
}

static void
an_empty_side_is_all_missing_or_all_extra(void **state)
{
	struct line_set full, empty;
	struct report r = { 0 };

	(void)state;
	line_set_init(&full, SET_MAX);
	line_set_init(&empty, SET_MAX);
	add(&full, KIND_TOPIC, "a", "{}");
	add(&full, KIND_TOPIC, "b", "{}");
	assert_int_equal(compare_sets(&full, &empty, &r), 0);
	assert_string_equal(r.text, "m:a m:b ");
	r = (struct report){ 0 };
	assert_int_equal(compare_sets(&empty, &full, &r), 0);
	assert_string_equal(r.text, "x:a x:b ");
	r = (struct report){ 0 };
	assert_int_equal(compare_sets(&empty, &empty, &r), 0);
	assert_string_equal(r.text, "");
	line_set_release(&full);
	line_set_release(&empty);
}

static void
a_value_that_begins_like_the_other_is_changed(void **state)
{
	struct line_set want, have;
	struct report r = { 0 };

	(void)state;
	line_set_init(&want, SET_MAX);
	line_set_init(&have, SET_MAX);
	add(&want, KIND_TOPIC, "a", "{}");
	add(&have, KIND_TOPIC, "a", "{}}");
	assert_int_equal(compare_sets(&want, &have, &r), 0);
	assert_string_equal(r.text, "c:a ");
	line_set_release(&want);
	line_set_release(&have);
}

static void
the_callback_ends_the_merge(void **state)
{
	struct line_set set;
	struct report r = { .stop_after = 2 };

	(void)state;
	line_set_init(&set, SET_MAX);
	add(&set, KIND_TOPIC, "a", "{}");
	add(&set, KIND_TOPIC, "b", "{}");
	add(&set, KIND_TOPIC, "c", "{}");
	assert_int_equal(compare_sets(&set, &set, &r), 77);
	assert_string_equal(r.text, "e:a e:b ");
	line_set_release(&set);
}

/* A source that breaks after some lines. */
struct broken {
	struct line_source source;
	int lines;
};

static int
broken_next(struct line_source *source, struct line *ret, struct err *e)
{
	struct broken *b = container_of(source, struct broken, source);

	if (b->lines-- == 0)
		return err_set(e, ERR_CORRUPT, "broken");
	*ret = line_of(KIND_TOPIC, "b", "{}");
	return 1;
}

static void
an_error_of_either_source_ends_the_merge(void **state)
{
	struct broken broken;
	struct line_set_source good;
	struct line_set set;
	struct report r = { 0 };
	struct err e = { 0 };
	int lines, side;

	(void)state;
	line_set_init(&set, SET_MAX);
	add(&set, KIND_TOPIC, "a", "{}");
	add(&set, KIND_TOPIC, "c", "{}");
	for (lines = 0; lines < 2; lines++) {
		for (side = 0; side < 2; side++) {
			broken =
			    (struct broken){ .source = { .next = broken_next }, .lines = lines };
			line_set_source_init(&good, &set);
			e = (struct err){ 0 };
			assert_int_equal(diff_lines(side == 0 ? &broken.source : &good.source,
			                            side == 0 ? &good.source : &broken.source, note,
			                            &r, &e),
			                 ERR_CORRUPT);
			assert_string_equal(e.text, "broken");
		}
	}
	line_set_release(&set);
}

static void
add_some(struct line_set *set, size_t n, uint64_t *seed)
{
	struct err e = { 0 };

	while (n-- > 0)
		line_set_add_random(set, seed);
	assert_int_equal(line_set_sort(set, &e), 0);
}

static void
a_set_and_itself_are_equal_throughout(void **state)
{
	uint64_t seed = 521288629u;
	struct line_set set;
	struct report r = { 0 };

	(void)state;
	line_set_init(&set, SET_MAX);
	add_some(&set, 400, &seed);
	assert_int_equal(compare_sets(&set, &set, &r), 0);
	assert_int_equal(r.counts[DIFF_EQUAL], set.count);
	assert_int_equal(r.counts[DIFF_MISSING] + r.counts[DIFF_EXTRA] + r.counts[DIFF_CHANGED], 0);
	line_set_release(&set);
}

/* How many keys of a are also in b; *ret_same of them with the same value. */
static size_t
common(const struct line_set *a, const struct line_set *b, size_t *ret_same)
{
	size_t i, n = 0;

	*ret_same = 0;
	for (i = 0; i < a->count; i++) {
		const struct line *other = line_set_find(b, a->lines[i].kind, a->lines[i].key);

		n += other != NULL;
		*ret_same += other != NULL && strcmp(other->value, a->lines[i].value) == 0;
	}
	return n;
}

static void
the_two_sides_are_symmetric_and_everything_is_counted(void **state)
{
	uint64_t seed = 362436069u;
	struct line_set a, b;
	size_t round, i, both, same;

	(void)state;
	for (round = 0; round < 20; round++) {
		struct report forth = { 0 }, back = { 0 };

		line_set_init(&a, SET_MAX);
		line_set_init(&b, SET_MAX);
		add_some(&a, 100, &seed);
		/* Some of its lines as they are, some with another value. */
		for (i = 0; i < a.count; i++)
			if (random_bits(&seed) % 3 != 0)
				add(&b, a.lines[i].kind, a.lines[i].key,
				    random_bits(&seed) % 2 != 0 ? a.lines[i].value
				                                : "{\"other\":1}");
		add_some(&b, random_bits(&seed) % 100, &seed);
		assert_int_equal(compare_sets(&a, &b, &forth), 0);
		assert_int_equal(compare_sets(&b, &a, &back), 0);
		both = common(&a, &b, &same);
		assert_int_equal(forth.counts[DIFF_EQUAL], same);
		assert_int_equal(forth.counts[DIFF_CHANGED], both - same);
		assert_int_equal(forth.counts[DIFF_MISSING], a.count - both);
		assert_int_equal(forth.counts[DIFF_EXTRA], b.count - both);
		assert_int_equal(back.counts[DIFF_EQUAL], same);
		assert_int_equal(back.counts[DIFF_CHANGED], both - same);
		assert_int_equal(back.counts[DIFF_MISSING], b.count - both);
		assert_int_equal(back.counts[DIFF_EXTRA], a.count - both);
		line_set_release(&a);
		line_set_release(&b);
	}
}

static void
a_document_and_the_set_it_was_made_of_are_equal(void **state)
{
	uint64_t seed = 88675123u;
	struct document_reader *r = NULL;
	struct line_set_source source;
	struct line_set set;
	struct document d;
	struct report report = { 0 };
	struct err e = { 0 };

	(void)state;
	line_set_init(&set, SET_MAX);
	add_some(&set, 500, &seed);
	document_of_set(&set, &d);
	line_set_source_init(&source, &set);
	assert_int_equal(document_reader_new(&d, &r, &e), 0);
	assert_int_equal(diff_lines(document_reader_source(r), &source.source, note, &report, &e),
	                 0);
	assert_int_equal(report.counts[DIFF_EQUAL], set.count);
	document_reader_free(r);
	document_release(&d);
	line_set_release(&set);
}

static void
assert_described(const char *from, const char *to, bool secret, const char *expected)
{
	struct line a = line_of(KIND_TOPIC, "a", from), b = line_of(KIND_TOPIC, "a", to);
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 10000);
	assert_int_equal(diff_describe(&a, &b, secret, &out, &e), 0);
	assert_string_equal(buf_text(&out), expected);
	buf_release(&out);
}

static void
members_that_differ_are_named_with_both_values(void **state)
{
	(void)state;
	assert_described("{\"configs\":{},\"partitions\":3}",
	                 "{\"configs\":{\"retention.ms\":\"1000\"},\"partitions\":6}", false,
	                 "configs.retention.ms (missing) -> 1000, partitions 3 -> 6");
	assert_described("{\"a\":1,\"b\":null,\"c\":true}", "{\"b\":false,\"c\":true}", false,
	                 "a 1 -> (missing), b null -> false");
	assert_described("{\"c\":{\"x\":\"one two\",\"y\":\"\"}}",
	                 "{\"c\":{\"x\":\"1\",\"y\":\"0\"}}", false,
	                 "c.x \"one two\" -> 1, c.y \"\" -> 0");
}

static void
equal_values_have_no_description(void **state)
{
	(void)state;
	assert_described("{\"a\":[1,{}]}", "{\"a\":[1,{}]}", false, "");
	assert_described("{\"a\":{\"x\":1,\"y\":2.0}}", "{\"a\":{\"y\":2,\"x\":1}}", false, "");
	assert_described("{}", "{}", true, "");
}

static void
a_string_is_told_from_what_is_none(void **state)
{
	(void)state;
	assert_described("{\"a\":\"3\"}", "{\"a\":3}", false, "a \"3\" -> 3");
	assert_described("{\"a\":\"null\"}", "{\"a\":null}", false, "a \"null\" -> null");
	assert_described("{\"a\":null}", "{}", false, "a null -> (missing)");
}

static void
below_the_second_level_values_are_shown_whole(void **state)
{
	(void)state;
	assert_described("{\"a\":{\"b\":{\"c\":1,\"d\":2}}}", "{\"a\":{\"b\":{\"c\":1,\"d\":3}}}",
	                 false, "a.b {\"c\":1,\"d\":2} -> {\"c\":1,\"d\":3}");
	assert_described("{\"a\":{\"b\":1}}", "{\"a\":[1]}", false, "a {\"b\":1} -> [1]");
	assert_described("{\"a\":{\"b\":1}}", "{}", false, "a {\"b\":1} -> (missing)");
}

static void
a_secret_is_only_named(void **state)
{
	(void)state;
	assert_described("{\"config\":{\"password\":\"hunter2\",\"url\":\"x\"},\"n\":1}",
	                 "{\"config\":{\"password\":\"hunter3\",\"url\":\"x\"},\"n\":2}", true,
	                 "config.password changed, n changed");
	assert_described("{\"config\":{\"a\":1}}", "{}", true, "config changed");
}

static void
a_long_value_is_cut_between_characters(void **state)
{
	(void)state;
	assert_described("{\"a\":\"" SIXTY "\"}", "{\"a\":\"" SIXTY "x\"}", false,
	                 "a " SIXTY " -> " SIXTY "...");
	/* With its quote, the second byte of the last letter would be the 61st. */
	assert_described("{}", "{\"a\":\"" FIFTY "01234567\xc3\xa9 and more\"}", false,
	                 "a (missing) -> \"" FIFTY "01234567...");
}

static void
nothing_that_a_terminal_would_obey_is_shown(void **state)
{
	(void)state;
	assert_described("{\"\\u001b[31m\":1}", "{\"\\u001b[31m\":2}", false, "?[31m 1 -> 2");
	assert_described("{\"a\":\"\x7f\xc2\x9b" "31m\xc3\xa9\"}", "{\"a\":\"\\u001b\"}", false,
	                 "a \"??31m\xc3\xa9\" -> \"\\u001b\"");
}

static void
a_value_that_is_no_object_is_refused(void **state)
{
	static const char *const values[] = {
		"", "1", "[]", "null", "{", "{}}", "{\"a\":1,\"a\":1}"
	};
	struct line good = line_of(KIND_TOPIC, "a", "{}"), bad;
	struct err e = { 0 };
	struct buf out;
	size_t i;

	(void)state;
	buf_init(&out, 1000);
	for (i = 0; i < LENGTH(values); i++) {
		bad = line_of(KIND_TOPIC, "a", values[i]);
		assert_int_equal(diff_describe(&good, &bad, false, &out, &e), ERR_CORRUPT);
		assert_int_equal(diff_describe(&bad, &good, false, &out, &e), ERR_CORRUPT);
	}
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void
a_description_that_does_not_fit_is_an_error(void **state)
{
	struct line a = line_of(KIND_TOPIC, "a", "{\"a\":1}"),
		    b = line_of(KIND_TOPIC, "a", "{\"a\":2}");
	struct err e = { 0 };
	struct buf out;
	size_t max;

	(void)state;
	for (max = 0; max < strlen("a 1 -> 2"); max++) {
		buf_init(&out, max);
		assert_int_equal(diff_describe(&a, &b, false, &out, &e), ERR_FAILED);
		buf_release(&out);
	}
	buf_init(&out, max);
	assert_int_equal(diff_describe(&a, &b, false, &out, &e), 0);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_of_either_side_is_reported_once_and_in_order),
		cmocka_unit_test(an_empty_side_is_all_missing_or_all_extra),
		cmocka_unit_test(a_value_that_begins_like_the_other_is_changed),
		cmocka_unit_test(the_callback_ends_the_merge),
		cmocka_unit_test(an_error_of_either_source_ends_the_merge),
		cmocka_unit_test(a_set_and_itself_are_equal_throughout),
		cmocka_unit_test(the_two_sides_are_symmetric_and_everything_is_counted),
		cmocka_unit_test(a_document_and_the_set_it_was_made_of_are_equal),
		cmocka_unit_test(members_that_differ_are_named_with_both_values),
		cmocka_unit_test(equal_values_have_no_description),
		cmocka_unit_test(a_string_is_told_from_what_is_none),
		cmocka_unit_test(below_the_second_level_values_are_shown_whole),
		cmocka_unit_test(a_secret_is_only_named),
		cmocka_unit_test(a_long_value_is_cut_between_characters),
		cmocka_unit_test(nothing_that_a_terminal_would_obey_is_shown),
		cmocka_unit_test(a_value_that_is_no_object_is_refused),
		cmocka_unit_test(a_description_that_does_not_fit_is_an_error),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
