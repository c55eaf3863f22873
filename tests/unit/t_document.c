/* t_document.c - documents, written and read back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <zstd.h>

#include <cmocka.h>

#include "core/base/limits.h"
#include "tests/unit/document_fixture.h"

static void
a_document_is_written_in_its_one_form(void **state)
{
	unsigned char hash[DOCUMENT_HASH_BYTES];
	char text[1000];
	struct document d;
	struct err e = { 0 };

	(void)state;
	document_of_two_topics(&d);
	assert_int_equal(d.size, strlen(TEXT));
	assert_int_equal(ZSTD_decompress(text, sizeof text, d.body.data, d.body.len), d.size);
	assert_memory_equal(text, TEXT, d.size);
	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)TEXT, strlen(TEXT), NULL,
	                         0);
	assert_memory_equal(d.hash, hash, sizeof hash);
	assert_int_equal(d.kinds[KIND_TOPIC].count, 2);
	assert_int_equal(d.kinds[KIND_TOPIC].state, STATE_CAPTURED);
	assert_int_equal(d.kinds[KIND_USER].state, STATE_NONE);
	assert_int_equal(document_verify(&d, &e), 0);
	document_release(&d);
}

static void
the_same_lines_give_the_same_bytes(void **state)
{
	struct document a, b;

	(void)state;
	document_of_two_topics(&a);
	document_of_two_topics(&b);
	assert_int_equal(a.body.len, b.body.len);
	assert_memory_equal(a.body.data, b.body.data, a.body.len);
	document_release(&a);
	document_release(&b);
}

static void
a_document_of_another_compressor_is_read(void **state)
{
	struct document d;
	struct err e = { 0 };

	(void)state;
	document_forge(TEXT, &d);
	assert_int_equal(document_verify(&d, &e), 0);
	document_release(&d);
}

static void
a_document_without_resources_is_one(void **state)
{
	struct document_writer *w = NULL;
	struct document d;
	struct line_set set;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(document_writer_new(&w, &e), 0);
	assert_int_equal(document_writer_end(w, "{}", &d, &e), 0);
	assert_int_equal(d.size, strlen(SUMMARY_OF("")));
	line_set_init(&set, 1000);
	assert_int_equal(document_load(&d, DOCUMENT_ALL_KINDS, &set, &e), 0);
	assert_int_equal(set.count, 0);
	line_set_release(&set);
	document_release(&d);
}

static const char *
summary_of(const struct document *d, struct document_reader **r)
{
	struct err e = { 0 };
	struct line line;
	int rc;

	assert_int_equal(document_reader_new(d, r, &e), 0);
	do {
		rc = document_reader_source(*r)->next(document_reader_source(*r), &line, &e);
	} while (rc > 0);
	assert_int_equal(rc, 0);
	assert_int_equal(document_reader_source(*r)->next(document_reader_source(*r), &line, &e),
	                 0);
	return document_reader_summary(*r);
}

static void
the_summary_says_about_and_every_kind_by_name(void **state)
{
	struct line acl = line_of(KIND_ACL, "x", "{}"), id = line_of(KIND_IDENTITY, "t", "{}");
	struct document_writer *w = NULL;
	struct document_reader *r = NULL;
	struct document d;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(document_writer_new(&w, &e), 0);
	document_writer_state(w, KIND_USER, STATE_UNSUPPORTED, false);
	document_writer_state(w, KIND_SCHEMA, STATE_PENDING, false);
	document_writer_state(w, KIND_CONNECTOR, STATE_DISABLED, false);
	document_writer_state(w, KIND_TOPIC, STATE_UNREACHABLE, false);
	document_writer_state(w, KIND_ACL, STATE_CAPTURED, true);
	document_writer_state(w, KIND_CLUSTER_CONFIG, STATE_CAPTURED, false);
	assert_int_equal(document_writer_add(w, &acl, &e), 0);
	assert_int_equal(document_writer_add(w, &id, &e), 0);
	assert_int_equal(document_writer_end(w, "{\"kafka\":\"4.4.0\"}", &d, &e), 0);
	assert_string_equal(summary_of(&d, &r),
	    "{\"about\":{\"kafka\":\"4.4.0\"},\"kinds\":{"
	    "\"acl\":{\"count\":1,\"state\":\"captured\",\"suspect\":true},"
	    "\"cluster_config\":{\"count\":0,\"state\":\"captured\",\"suspect\":false},"
	    "\"connector\":{\"count\":0,\"state\":\"disabled\",\"suspect\":false},"
	    "\"identity\":{\"count\":1,\"state\":\"captured\",\"suspect\":false},"
	    "\"schema\":{\"count\":0,\"state\":\"pending\",\"suspect\":false},"
	    "\"topic\":{\"count\":0,\"state\":\"unreachable\",\"suspect\":false},"
	    "\"user\":{\"count\":0,\"state\":\"unsupported\",\"suspect\":false}}}");
	assert_int_equal(d.kinds[KIND_IDENTITY].state, STATE_CAPTURED);
	document_reader_free(r);
	document_release(&d);
}

static void
every_kind_has_its_place_in_the_summary(void **state)
{
	struct document_writer *w = NULL;
	struct document_reader *r = NULL;
	struct document d;
	struct err e = { 0 };
	char last[32] = "", name[32], *at;
	unsigned i, found = 0;

	(void)state;
	assert_int_equal(document_writer_new(&w, &e), 0);
	for (i = 0; i < KIND_TABLE; i++)
		if (kind_name((enum kind)i) != NULL)
			document_writer_state(w, (enum kind)i, STATE_CAPTURED, false);
	assert_int_equal(document_writer_end(w, NULL, &d, &e), 0);
	at = strstr(summary_of(&d, &r), "\"kinds\":{");
	assert_non_null(at);
	for (at += 9; *at == '"' || *at == ','; at = strchr(at, '}') + 1, found++) {
		at += *at == ',';
		(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "\""), at + 1);
		assert_true(strcmp(last, name) < 0);
		memcpy(last, name, sizeof last);
	}
	assert_int_equal(found, 13);
	document_reader_free(r);
	document_release(&d);
}

static void
the_writer_refuses_what_the_reader_would(void **state)
{
	char key[KEY_MAX_BYTES + 2], *large;
	struct line good = line_of(KIND_TOPIC, "m", "{}"), bad[8];
	struct document_writer *w = NULL;
	struct document d;
	struct line_set set;
	struct err e = { 0 };
	size_t i;

	(void)state;
	memset(key, 'z', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	large = malloc(LINE_MAX_BYTES + 1);
	assert_non_null(large);
	memset(large, '1', LINE_MAX_BYTES);
	large[LINE_MAX_BYTES] = '\0';
	bad[0] = line_of(KIND_TOPIC, "a", "{}");        /* before the last one */
	bad[1] = line_of(KIND_ACL, "z", "{}");          /* its kind is before the last one's */
	bad[2] = good;                               /* twice */
	bad[3] = line_of(KIND_SUMMARY, "", "{}");
	bad[4] = line_of((enum kind)12, "z", "{}");
	bad[5] = line_of(KIND_TOPIC, key, "{}");        /* too long a key */
	bad[6] = line_of(KIND_TOPIC, "z\xc3", "{}");    /* not UTF-8 */
	bad[7] = line_of(KIND_TOPIC, "z", "{\n}");      /* two lines */
	assert_int_equal(document_writer_new(&w, &e), 0);
	assert_int_equal(document_writer_add(w, &good, &e), 0);
	for (i = 0; i < LENGTH(bad); i++)
		assert_int_equal(document_writer_add(w, &bad[i], &e), ERR_FAILED);
	good = line_of(KIND_TOPIC, "z", large);
	assert_int_equal(document_writer_add(w, &good, &e), ERR_FAILED);
	good = line_of(KIND_TOPIC, "z", "{\"last\":1}"); /* none of them has harmed the writer */
	assert_int_equal(document_writer_add(w, &good, &e), 0);
	document_writer_state(w, KIND_TOPIC, STATE_CAPTURED, false);
	assert_int_equal(document_writer_end(w, NULL, &d, &e), 0);
	line_set_init(&set, 1000);
	assert_int_equal(document_load(&d, DOCUMENT_ALL_KINDS, &set, &e), 0);
	assert_int_equal(set.count, 2);
	line_set_release(&set);
	document_release(&d);
	free(large);
}

static void
lines_of_a_kind_without_a_state_are_refused_at_the_end(void **state)
{
	struct line line = line_of(KIND_TOPIC, "a", "{}");
	struct document_writer *w = NULL;
	struct document d;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(document_writer_new(&w, &e), 0);
	assert_int_equal(document_writer_add(w, &line, &e), 0);
	assert_int_equal(document_writer_end(w, NULL, &d, &e), ERR_FAILED);
	assert_non_null(strstr(e.text, "topic"));
}

static void
a_state_of_no_kind_is_refused_at_the_end(void **state)
{
	struct document_writer *w = NULL;
	struct document d;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(document_writer_new(&w, &e), 0);
	document_writer_state(w, (enum kind)13, STATE_CAPTURED, false);
	assert_int_equal(document_writer_end(w, NULL, &d, &e), ERR_FAILED);
}

static void
an_about_that_is_no_canonical_object_is_refused(void **state)
{
	static const char *const abouts[] = { "", "1", "[]", "{ }", "{\"b\":1,\"a\":1}", "{\"a\":1",
		"{}}", "{},\"x\":1", "{\"a\":1.0}", "{\"a\":\"\\n\"}", "{\"a\":1,\"a\":1}" };
	struct document_writer *w;
	struct document d;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(abouts); i++) {
		assert_int_equal(document_writer_new(&w, &e), 0);
		assert_int_not_equal(document_writer_end(w, abouts[i], &d, &e), 0);
	}
}

static void
an_unfinished_writer_can_be_freed(void **state)
{
	struct document_writer *w = NULL;
	struct line line = line_of(KIND_TOPIC, "a", "{}");
	struct err e = { 0 };

	(void)state;
	assert_int_equal(document_writer_new(&w, &e), 0);
	assert_int_equal(document_writer_add(w, &line, &e), 0);
	document_writer_free(w);
	document_writer_free(NULL);
	document_reader_free(NULL);
}

static void
one_kind_is_loaded_without_the_others(void **state)
{
	struct line_set set;
	struct document d;
	struct err e = { 0 };

	(void)state;
	document_of_two_topics(&d);
	line_set_init(&set, 1000);
	assert_int_equal(document_load(&d, 1u << KIND_ACL, &set, &e), 0);
	assert_int_equal(set.count, 0);
	assert_int_equal(document_load(&d, 1u << KIND_TOPIC, &set, &e), 0);
	assert_int_equal(set.count, 2);
	assert_string_equal(line_set_find(&set, KIND_TOPIC, "a")->value, "{\"partitions\":1}");
	assert_int_equal(document_load(&d, 1u << KIND_TOPIC, &set, &e), ERR_CORRUPT); /* they are there */
	line_set_release(&set);
	line_set_init(&set, 10);
	assert_int_equal(document_load(&d, DOCUMENT_ALL_KINDS, &set, &e), ERR_FAILED);
	line_set_release(&set);
	document_release(&d);
}

static void
random_lines_come_back_as_they_were(void **state)
{
	uint64_t seed = 2463534242u;
	struct line_set set, read;
	struct document d;
	struct err e = { 0 };
	size_t round, i;

	(void)state;
	for (round = 0; round < 30; round++) {
		line_set_init(&set, 64 << 20);
		line_set_init(&read, 64 << 20);
		for (i = 0; i < round * round; i++)
			line_set_add_random(&set, &seed);
		document_of_set(&set, &d);
		assert_int_equal(document_load(&d, DOCUMENT_ALL_KINDS, &read, &e), 0);
		assert_int_equal(read.count, set.count);
		for (i = 0; i < set.count; i++) {
			assert_int_equal(line_compare(&set.lines[i], &read.lines[i]), 0);
			assert_string_equal(set.lines[i].value, read.lines[i].value);
		}
		document_release(&d);
		line_set_release(&set);
		line_set_release(&read);
	}
}

static void
many_lines_pass_through_every_boundary_of_the_buffers(void **state)
{
	struct document_writer *w = NULL;
	struct document d;
	struct line line;
	struct err e = { 0 };
	char key[32], *value = malloc(300003);
	size_t i, n;

	(void)state;
	assert_non_null(value);
	assert_int_equal(document_writer_new(&w, &e), 0);
	document_writer_state(w, KIND_TOPIC, STATE_CAPTURED, false);
	for (i = 0; i < 3000; i++) {
		n = i % 500 == 499 ? 300000 : i % 701;
		(void)snprintf(key, sizeof key, "k%06zu", i);
		(void)snprintf(value, 300003, "{%*s}", (int)n, "");
		line = line_of(KIND_TOPIC, key, value);
		assert_int_equal(document_writer_add(w, &line, &e), 0);
	}
	assert_int_equal(document_writer_end(w, NULL, &d, &e), 0);
	assert_int_equal(document_verify(&d, &e), 0);
	assert_int_equal(d.kinds[KIND_TOPIC].count, 3000);
	document_release(&d);
	free(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_written_in_its_one_form),
		cmocka_unit_test(the_same_lines_give_the_same_bytes),
		cmocka_unit_test(a_document_of_another_compressor_is_read),
		cmocka_unit_test(a_document_without_resources_is_one),
		cmocka_unit_test(the_summary_says_about_and_every_kind_by_name),
		cmocka_unit_test(every_kind_has_its_place_in_the_summary),
		cmocka_unit_test(the_writer_refuses_what_the_reader_would),
		cmocka_unit_test(lines_of_a_kind_without_a_state_are_refused_at_the_end),
		cmocka_unit_test(a_state_of_no_kind_is_refused_at_the_end),
		cmocka_unit_test(an_about_that_is_no_canonical_object_is_refused),
		cmocka_unit_test(an_unfinished_writer_can_be_freed),
		cmocka_unit_test(one_kind_is_loaded_without_the_others),
		cmocka_unit_test(random_lines_come_back_as_they_were),
		cmocka_unit_test(many_lines_pass_through_every_boundary_of_the_buffers),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
