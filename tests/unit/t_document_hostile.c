/* t_document_hostile.c - what the reader refuses, whoever signed it */
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
lines_in_the_wrong_order_are_refused(void **state)
{
	(void)state;
	assert_text_corrupt(TOPIC_B TOPIC_A SUMMARY, "line 2: topic \"a\" is out of order");
	assert_text_corrupt(TOPIC_A "{\"key\":\"b\",\"kind\":\"acl\",\"value\":{}}\n" SUMMARY,
	                    "line 2: acl \"b\" is out of order");
	/* In order as text, since `\` is behind `A`, but not as unescaped bytes. */
	assert_text_corrupt("{\"key\":\"A\",\"kind\":\"topic\",\"value\":{}}\n"
	                    "{\"key\":\"\\u0001\",\"kind\":\"topic\",\"value\":{}}\n" SUMMARY,
	                    "out of order");
	assert_text_corrupt("{\"key\":\"A\",\"kind\":\"topic\",\"value\":{}}\n"
	                    "{\"key\":\"\\\"\",\"kind\":\"topic\",\"value\":{}}\n" SUMMARY,
	                    "out of order");
}

static void
a_line_that_is_there_twice_is_refused(void **state)
{
	(void)state;
	assert_text_corrupt(TOPIC_A TOPIC_A SUMMARY, "line 2: topic \"a\" is there twice");
	assert_text_corrupt(TOPIC_A
	                    "{\"key\":\"a\",\"kind\":\"topic\",\"value\":{\"other\":1}}\n" SUMMARY,
	                    "there twice");
}

static void
the_summary_must_be_there_and_last(void **state)
{
	(void)state;
	assert_text_corrupt(TOPIC_A TOPIC_B, "without its summary");
	assert_text_corrupt("\n", "line 1: line: it does not begin");
	assert_text_corrupt(SUMMARY TOPIC_A TOPIC_B, "lines behind the summary");
	assert_text_corrupt(TEXT SUMMARY, "lines behind the summary");
	assert_text_corrupt(TEXT "\n", "lines behind the summary");
	assert_text_corrupt(TEXT "x", "lines behind the summary");
	assert_text_corrupt(TOPIC_A TOPIC_B "{\"key\":\"x\",\"kind\":\"summary\",\"value\":{}}\n",
	                    "summary line has a key");
}

static void
a_summary_that_is_not_canonical_or_not_whole_is_refused(void **state)
{
#define WITH(value) TOPIC_A TOPIC_B "{\"key\":\"\",\"kind\":\"summary\",\"value\":" value "}\n"
	(void)state;
	assert_text_corrupt(WITH("{}"), "does not hold what it must");
	assert_text_corrupt(WITH("{\"about\":{}}"), "does not hold what it must");
	assert_text_corrupt(WITH("{\"kinds\":{" TWO_TOPICS "}}"), "does not hold what it must");
	assert_text_corrupt(WITH("{\"about\":[],\"kinds\":{" TWO_TOPICS "}}"), "does not hold");
	assert_text_corrupt(WITH("{\"about\":{},\"kinds\":{" TWO_TOPICS "},\"more\":1}"),
	                    "does not hold");
	assert_text_corrupt(WITH("{\"kinds\":{" TWO_TOPICS "},\"about\":{}}"), "not canonical");
	assert_text_corrupt(WITH("{\"about\":{\"a\":1.0},\"kinds\":{" TWO_TOPICS "}}"),
	                    "not canonical");
	assert_text_corrupt(WITH("{\"about\":{},\"kinds\":{" TWO_TOPICS "}"), "neither a comma");
	assert_text_corrupt(WITH("{\"about\":{},\"about\":{},\"kinds\":{" TWO_TOPICS "}}"),
	                    "already");
#undef WITH
}

static void
a_summary_that_disagrees_with_the_header_is_refused(void **state)
{
	static const char *const kinds[] = {
		"\"topic\":{\"count\":3,\"state\":\"captured\",\"suspect\":false}",
		"\"topic\":{\"count\":2,\"state\":\"pending\",\"suspect\":false}",
		"\"topic\":{\"count\":2,\"state\":\"captured\",\"suspect\":true}",
		"\"topic\":{\"count\":2,\"state\":\"captured\"}",
		TWO_TOPICS ",\"user\":{\"count\":0,\"state\":\"captured\",\"suspect\":false}",
		TWO_TOPICS ",\"unknown\":{}",
		"",
	};
	char text[2000];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(kinds); i++) {
		(void)snprintf(text, sizeof text,
		               TOPIC_A TOPIC_B "{\"key\":\"\",\"kind\":\"summary\",\"value\":"
		                               "{\"about\":{},\"kinds\":{%s}}}\n",
		               kinds[i]);
		assert_text_corrupt(text, "summary and the header differ");
	}
}

static void
counts_that_disagree_with_the_header_are_refused(void **state)
{
	struct document d;

	(void)state;
	assert_text_corrupt(TOPIC_A SUMMARY, "1 lines of kind topic, said to be 2");
	assert_text_corrupt("{\"key\":\"x\",\"kind\":\"acl\",\"value\":{}}\n" TEXT,
	                    "1 lines of kind acl, said to be 0");
	document_forge(TEXT, &d);
	d.kinds[KIND_TOPIC].count = 1;
	assert_document_corrupt(&d, "2 lines of kind topic, said to be 1");
	d.kinds[KIND_TOPIC].count = 2;
	d.kinds[KIND_TOPIC].state = STATE_PENDING;
	assert_document_corrupt(&d, "differ");
	d.kinds[KIND_TOPIC].state = STATE_CAPTURED;
	d.kinds[KIND_ACL].count = 1;
	assert_document_corrupt(&d, "0 lines of kind acl, said to be 1");
	document_release(&d);
}

static void
a_kind_or_state_that_is_unknown_is_refused(void **state)
{
	struct document d;

	(void)state;
	document_forge(TEXT, &d);
	d.kinds[12].count = 1;
	assert_document_corrupt(&d, "kind number 12 or its state is unknown");
	d.kinds[12].count = 0;
	d.kinds[11].state = STATE_CAPTURED;
	assert_document_corrupt(&d, "kind number 11");
	d.kinds[11].state = STATE_NONE;
	d.kinds[13].suspect = true;
	assert_document_corrupt(&d, "kind number 13");
	d.kinds[13].suspect = false;
	d.kinds[KIND_TOPIC].state = (enum kind_state)(STATE_LAST + 1);
	assert_document_corrupt(&d, "kind number 3");
	document_release(&d);
}

static void
another_size_or_hash_is_refused(void **state)
{
	struct document d;
	size_t i;

	(void)state;
	document_forge(TEXT, &d);
	d.size++;
	assert_document_corrupt(&d, "said to be");
	d.size -= 2;
	assert_document_corrupt(&d, "longer than");
	d.size = 0;
	assert_document_corrupt(&d, "said to be 0 bytes");
	d.size = (uint64_t)DOCUMENT_SIZE_MAX + 1;
	assert_document_corrupt(&d, "at most");
	d.size = strlen(TEXT);
	for (i = 0; i < sizeof d.hash; i++) {
		d.hash[i] ^= 1;
		assert_document_corrupt(&d, "its hash is not the one");
		d.hash[i] ^= 1;
	}
	document_release(&d);
}

static void
a_last_line_without_a_newline_is_refused(void **state)
{
	struct document d;

	(void)state;
	document_forge_bytes(TEXT, strlen(TEXT) - 1, &d);
	assert_document_corrupt(&d, "the last line does not end");
	document_release(&d);
	assert_text_corrupt("x", "the last line does not end");
}

static void
text_that_is_not_utf8_is_refused(void **state)
{
	(void)state;
	assert_text_corrupt("{\"key\":\"\xff\",\"kind\":\"topic\",\"value\":{}}\n" SUMMARY,
	                    "line 1 is not UTF-8");
	assert_text_corrupt(TOPIC_A
	                    "{\"key\":\"b\",\"kind\":\"topic\",\"value\":{\"\xc3\":1}}\n" SUMMARY,
	                    "line 2 is not UTF-8");
}

static void
a_line_of_the_longest_length_is_read_and_a_longer_one_refused(void **state)
{
	static const char before[] = "{\"key\":\"a\",\"kind\":\"topic\",\"value\":{\"v\":\"";
	struct line_set set;
	struct buf text;
	struct document d;
	struct err e = { 0 };
	size_t more, fill;

	(void)state;
	for (more = 0; more < 2; more++) {
		fill = LINE_MAX_BYTES - strlen(before) - strlen("\"}}\n") + more;
		buf_init(&text, SIZE_MAX);
		(void)buf_add_text(&text, before);
		assert_int_equal(buf_reserve(&text, fill), 0);
		memset(text.data + text.len, 'x', fill);
		text.len += fill;
		(void)buf_add_text(&text, "\"}}\n" TOPIC_B SUMMARY);
		/* One segment of this size would be a window of this size. */
		document_forge_bytes("", 0, &d);
		buf_clear(&d.body);
		{
			ZSTD_CCtx *c = ZSTD_createCCtx();
			ZSTD_inBuffer in = { .src = text.data, .size = text.len };
			ZSTD_outBuffer out;

			assert_int_equal(buf_reserve(&d.body, 1 << 20), 0);
			out = (ZSTD_outBuffer){ .dst = d.body.data, .size = 1 << 20 };
			(void)ZSTD_compressStream2(c, &out, &in, ZSTD_e_continue);
			assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_end), 0);
			d.body.len = out.pos;
			(void)ZSTD_freeCCtx(c);
		}
		d.size = text.len;
		(void)crypto_generichash(d.hash, sizeof d.hash, (unsigned char *)text.data,
		                         text.len, NULL, 0);
		if (more == 0) {
			line_set_init(&set, 20 << 20);
			assert_int_equal(document_load(&d, 1u << KIND_TOPIC, &set, &e), 0);
			assert_int_equal(set.lines[0].value_len, fill + 8);
			line_set_release(&set);
		} else {
			assert_document_corrupt(&d, "line 1 is longer than 16 MiB");
		}
		buf_release(&text);
		document_release(&d);
	}
}

static void
every_truncation_of_a_body_is_refused(void **state)
{
	struct document d;
	struct err e;
	size_t len;

	(void)state;
	document_of_two_topics(&d);
	len = d.body.len;
	for (d.body.len = 0; d.body.len < len; d.body.len++) {
		struct document cut = d;

		/* Of exact size, so that a sanitizer sees a byte read behind it. */
		cut.body.data = malloc(d.body.len + 1);
		assert_non_null(cut.body.data);
		memcpy(cut.body.data + 1, d.body.data, d.body.len);
		cut.body.data++;
		e = (struct err){ 0 };
		assert_int_equal(document_verify(&cut, &e), ERR_CORRUPT);
		free(cut.body.data - 1);
	}
	document_release(&d);
}

static void
bytes_behind_the_frame_are_refused(void **state)
{
	struct document d;
	size_t len;

	(void)state;
	document_of_two_topics(&d);
	len = d.body.len;
	assert_int_equal(buf_add_char(&d.body, '\0'), 0);
	assert_document_corrupt(&d, "1 bytes behind the body's end");
	d.body.len = len;
	/* A second frame, and a frame that zstd would skip. */
	assert_int_equal(buf_reserve(&d.body, len), 0);
	assert_int_equal(buf_add(&d.body, d.body.data, len), 0);
	assert_document_corrupt(&d, "behind the body's end");
	d.body.len = len;
	assert_int_equal(buf_add(&d.body, "\x50\x2a\x4d\x18\0\0\0\0", 8), 0);
	assert_document_corrupt(&d, "8 bytes behind the body's end");
	document_release(&d);
}

static void
a_body_that_is_no_plain_frame_is_refused(void **state)
{
	static const char *const starts[] = { "PK\3\4", "\x50\x2a\x4d\x18", "\x25\xb5\x2f\xfd",
		                              "\x27\xb5\x2f\xfd", "(\xb5/" };
	struct document d;
	size_t i;

	(void)state;
	document_forge(TEXT, &d);
	for (i = 0; i < LENGTH(starts); i++) {
		memcpy(d.body.data, starts[i], strlen(starts[i]));
		d.body.data[3] = strlen(starts[i]) > 3 ? d.body.data[3] : 'x';
		assert_document_corrupt(&d, "the body is no zstd frame");
	}
	document_release(&d);
}

/* A signature says who wrote it, not that he was right: nothing of it may pass as another text. */
static void
a_flipped_bit_is_refused_or_changes_nothing_that_is_read(void **state)
{
	char text[1000];
	struct document d;
	struct err e;
	size_t i, refused = 0;
	int bit;

	(void)state;
	document_of_two_topics(&d);
	for (i = 0; i < d.body.len; i++) {
		for (bit = 0; bit < 8; bit++) {
			d.body.data[i] = (char)(d.body.data[i] ^ 1 << bit);
			e = (struct err){ 0 };
			if (document_verify(&d, &e) != 0) {
				assert_int_equal(e.code, ERR_CORRUPT);
				refused++;
			} else { /* an unused bit, or another code for the same bytes */
				assert_int_equal(
				    ZSTD_decompress(text, sizeof text, d.body.data, d.body.len),
				    d.size);
				assert_memory_equal(text, TEXT, d.size);
			}
			d.body.data[i] = (char)(d.body.data[i] ^ 1 << bit);
		}
	}
	assert_true(refused > 9 * d.body.len * 8 / 10);
	document_release(&d);
}

/* The same with the text: whatever byte is changed, the hash of the header tells. */
static void
every_changed_byte_of_the_text_is_refused(void **state)
{
	char text[] = TEXT;
	struct document good, d;
	size_t i;
	int bit;

	(void)state;
	document_forge(TEXT, &good);
	for (i = 0; i < strlen(TEXT); i++) {
		for (bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ 1 << bit);
			document_forge_bytes(text, strlen(TEXT), &d);
			memcpy(d.hash, good.hash, sizeof d.hash);
			assert_document_corrupt(&d, "document: ");
			text[i] = (char)(text[i] ^ 1 << bit);
			document_release(&d);
		}
	}
	document_release(&good);
}

static void
a_bomb_is_refused_when_it_passes_the_size_it_is_said_to_be(void **state)
{
	size_t len = (size_t)200 << 20, n;
	struct document d;
	ZSTD_CCtx *c = ZSTD_createCCtx();
	char *zeros = calloc(1, 1 << 20);
	ZSTD_inBuffer in;
	ZSTD_outBuffer out;

	(void)state;
	assert_non_null(zeros);
	memset(zeros, '\n', 1 << 20);
	memset(&d, 0, sizeof d);
	buf_init(&d.body, SIZE_MAX);
	assert_int_equal(buf_reserve(&d.body, 1 << 20), 0);
	out = (ZSTD_outBuffer){ .dst = d.body.data, .size = 1 << 20 };
	for (n = 0; n < len; n += 1 << 20) {
		in = (ZSTD_inBuffer){ .src = zeros, .size = 1 << 20 };
		while (in.pos < in.size)
			(void)ZSTD_compressStream2(c, &out, &in, ZSTD_e_continue);
	}
	assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_end), 0);
	d.body.len = out.pos;
	d.size = 100;
	assert_document_corrupt(&d, "longer than the 100 bytes it is said to be");
	(void)ZSTD_freeCCtx(c);
	free(zeros);
	document_release(&d);
}

static void
a_window_larger_than_ours_is_refused(void **state)
{
	struct document d;

	(void)state;
	document_of_two_topics(&d);
	assert_in_range((unsigned char)d.body.data[5], 0, (DOCUMENT_WINDOW_LOG - 10) << 3);
	d.body.data[5] = (DOCUMENT_WINDOW_LOG - 10) << 3; /* the largest that a writer may use */
	assert_int_equal(document_verify(&d, &(struct err){ .code = 0 }), 0);
	d.body.data[5] = (DOCUMENT_WINDOW_LOG + 1 - 10) << 3;
	assert_document_corrupt(&d, "does not decompress");
	d.body.data[5] = (char)(21 << 3); /* 2 GiB */
	assert_document_corrupt(&d, "does not decompress");
	document_release(&d);
}

static void
an_error_of_a_reader_stays(void **state)
{
	struct document_reader *r = NULL;
	struct line_source *source;
	struct document d;
	struct line line;
	struct err e = { 0 };

	(void)state;
	document_forge(TOPIC_A TOPIC_A SUMMARY, &d);
	assert_int_equal(document_reader_new(&d, &r, &e), 0);
	source = document_reader_source(r);
	assert_int_equal(source->next(source, &line, &e), 1);
	assert_int_equal(source->next(source, &line, &e), ERR_CORRUPT);
	assert_int_equal(source->next(source, &line, &e), ERR_CORRUPT);
	document_reader_free(r);
	document_release(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_in_the_wrong_order_are_refused),
		cmocka_unit_test(a_line_that_is_there_twice_is_refused),
		cmocka_unit_test(the_summary_must_be_there_and_last),
		cmocka_unit_test(a_summary_that_is_not_canonical_or_not_whole_is_refused),
		cmocka_unit_test(a_summary_that_disagrees_with_the_header_is_refused),
		cmocka_unit_test(counts_that_disagree_with_the_header_are_refused),
		cmocka_unit_test(a_kind_or_state_that_is_unknown_is_refused),
		cmocka_unit_test(another_size_or_hash_is_refused),
		cmocka_unit_test(a_last_line_without_a_newline_is_refused),
		cmocka_unit_test(text_that_is_not_utf8_is_refused),
		cmocka_unit_test(a_line_of_the_longest_length_is_read_and_a_longer_one_refused),
		cmocka_unit_test(every_truncation_of_a_body_is_refused),
		cmocka_unit_test(bytes_behind_the_frame_are_refused),
		cmocka_unit_test(a_body_that_is_no_plain_frame_is_refused),
		cmocka_unit_test(a_flipped_bit_is_refused_or_changes_nothing_that_is_read),
		cmocka_unit_test(every_changed_byte_of_the_text_is_refused),
		cmocka_unit_test(a_bomb_is_refused_when_it_passes_the_size_it_is_said_to_be),
		cmocka_unit_test(a_window_larger_than_ours_is_refused),
		cmocka_unit_test(an_error_of_a_reader_stays),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
