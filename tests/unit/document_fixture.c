/* document_fixture.c - see document_fixture.h */
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

#include "tests/unit/document_fixture.h"

struct line
line_of(enum kind kind, const char *key, const char *value)
{
	return (struct line){ .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		              .value_len = strlen(value) };
}

/* A document of any text, as a signer who is not us could make it, said to be of two topics. */
void
document_forge_bytes(const char *text, size_t len, struct document *d)
{
	size_t room = ZSTD_compressBound(len), n;

	memset(d, 0, sizeof *d);
	buf_init(&d->body, SIZE_MAX);
	assert_int_equal(buf_reserve(&d->body, room), 0);
	n = ZSTD_compress(d->body.data, room, text, len, 1);
	assert_false(ZSTD_isError(n));
	d->body.len = n;
	d->size = len;
	assert_int_equal(
	    crypto_generichash(d->hash, sizeof d->hash, (const unsigned char *)text, len, NULL, 0),
	    0);
	d->kinds[KIND_TOPIC] = (struct kind_entry){ .count = 2, .state = STATE_CAPTURED };
}

void
document_forge(const char *text, struct document *d)
{
	document_forge_bytes(text, strlen(text), d);
}

void
assert_document_corrupt(const struct document *d, const char *why)
{
	struct err e = { 0 };

	assert_int_equal(document_verify(d, &e), ERR_CORRUPT);
	if (strstr(e.text, why) == NULL)
		fail_msg("refused with \"%s\", expected \"%s\"", e.text, why);
}

void
assert_text_corrupt(const char *text, const char *why)
{
	struct document d;

	document_forge(text, &d);
	assert_document_corrupt(&d, why);
	document_release(&d);
}

/* Two topics, by our own writer. */
void
document_of_two_topics(struct document *d)
{
	struct line a = line_of(KIND_TOPIC, "a", "{\"partitions\":1}"),
		    b = line_of(KIND_TOPIC, "b", "{}");
	struct document_writer *w = NULL;
	struct err e = { 0 };

	assert_int_equal(document_writer_new(&w, &e), 0);
	assert_int_equal(document_writer_add(w, &a, &e), 0);
	assert_int_equal(document_writer_add(w, &b, &e), 0);
	document_writer_state(w, KIND_TOPIC, STATE_CAPTURED, false);
	assert_int_equal(document_writer_end(w, NULL, d, &e), 0);
}

uint64_t
random_bits(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

void
line_set_add_random(struct line_set *set, uint64_t *seed)
{
	static const enum kind kinds[] = { KIND_USER,      KIND_ACL,     KIND_TOPIC,
		                           KIND_CONNECTOR, KIND_CARRIED, KIND_IDENTITY };
	static const char *const pieces[] = { "a",
		                              "b",
		                              "\"",
		                              "\\",
		                              "\n",
		                              "\x01",
		                              "\x1f",
		                              "\x7f",
		                              "/",
		                              "\xc3\xa9",
		                              "\xf0\x9f\x98\x80",
		                              " ",
		                              "{}",
		                              "topic" };
	struct err e = { 0 };
	char key[200] = "", value[4000];
	struct line line;
	size_t n = random_bits(seed) % 12, i;

	for (i = 0; i < n; i++)
		(void)snprintf(key + strlen(key), sizeof key - strlen(key), "%s",
		               pieces[random_bits(seed) % LENGTH(pieces)]);
	(void)snprintf(value, sizeof value, "{\"v\":\"%0*llx\"}", (int)(random_bits(seed) % 3900),
	               (unsigned long long)random_bits(seed));
	line = line_of(kinds[random_bits(seed) % LENGTH(kinds)], key, value);
	if (line_set_sort(set, &e) == 0 && line_set_find(set, line.kind, key) == NULL)
		assert_int_equal(line_set_add(set, &line, &e), 0);
}

void
document_of_set(struct line_set *set, struct document *d)
{
	struct document_writer *w = NULL;
	struct err e = { 0 };
	size_t i;

	assert_int_equal(line_set_sort(set, &e), 0);
	assert_int_equal(document_writer_new(&w, &e), 0);
	for (i = 0; i < set->count; i++) {
		document_writer_state(w, set->lines[i].kind, STATE_CAPTURED, false);
		assert_int_equal(document_writer_add(w, &set->lines[i], &e), 0);
	}
	assert_int_equal(document_writer_end(w, NULL, d, &e), 0);
}
