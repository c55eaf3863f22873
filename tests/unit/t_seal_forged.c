/*
 * t_seal_forged.c - snapshots that somebody made wrongly on purpose: strangers, holders of the signing
 * key, owners of another service; and what the writer refuses.  t_seal.c: damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/seal/bytes.h"
#include "core/seal/stream.h"
#include "seal_fixture.h"

#define TAG(name) crypto_secretstream_xchacha20poly1305_TAG_##name
#define CHUNK     65536u

/* Keys, and one object that is theirs. */
struct scene {
	struct keys keys;
	struct seal_header header;
	struct document document;
	struct buf object;
	unsigned char *bytes;
	size_t len;
	char name[SEAL_OBJECT_NAME_SIZE];
	struct err e;
};

static void
begin(struct scene *s)
{
	*s = (struct scene){ 0 };
	fixture_keys(&s->keys, 1);
	fixture_header(&s->header);
	fixture_document(&s->document);
	fixture_seal(&s->header, &s->document, &s->keys, &s->object, s->name);
	s->bytes = (unsigned char *)s->object.data;
	s->len = s->object.len;
}

/* Throw the object away and seal the (changed) document anew. */
static void
seal_anew(struct scene *s)
{
	buf_release(&s->object);
	fixture_seal(&s->header, &s->document, &s->keys, &s->object, s->name);
	s->bytes = (unsigned char *)s->object.data;
	s->len = s->object.len;
}

static void
end(struct scene *s)
{
	buf_release(&s->object);
	document_release(&s->document);
	keys_release(&s->keys);
}

static enum seal_refusal
open_as(struct scene *s, const char *service, const char *name, const struct keys *keys)
{
	enum seal_refusal why = SEAL_OK;
	struct seal_header h;
	struct document d;

	s->e = (struct err){ 0 };
	if (seal_open(s->bytes, s->len, service, name, keys, &h, &d, &why, &s->e) == 0) {
		document_release(&d);
		return SEAL_OK;
	}
	assert_int_not_equal(why, SEAL_OK);
	return why;
}

static enum seal_refusal
refusal_of(struct scene *s)
{
	return open_as(s, "orders-prod", s->name, &s->keys);
}

static void
a_signer_that_is_not_trusted_is_refused_and_named(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct keys other;
	struct scene s;

	(void)state;
	begin(&s);
	fixture_keys(&other, 9); /* knows our recipients: they are public */
	memcpy(other.recipients[0], s.keys.recipients[0], KEY_BYTES);
	secret_free(other.identity);
	other.identity = NULL;
	buf_release(&s.object);
	fixture_seal(&s.header, &s.document, &other, &s.object, s.name);
	s.bytes = (unsigned char *)s.object.data;
	s.len = s.object.len;
	assert_int_equal(refusal_of(&s), SEAL_SIGNER);
	assert_int_equal(s.e.code, ERR_OPERATOR);
	keys_signer_text(other.signing_public, text);
	assert_non_null(strstr(s.e.text, text));
	memcpy(s.bytes + 568, s.keys.signing_public, KEY_BYTES); /* claim to be us */
	assert_int_equal(refusal_of(&s), SEAL_SIGNATURE);
	fixture_sign_again(s.bytes, s.len, &other);
	assert_int_equal(refusal_of(&s), SEAL_SIGNATURE);
	keys_release(&other);
	end(&s);
}

static void
an_object_without_signatures_is_refused(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	memset(s.bytes + s.len - SIGNATURE_BYTES, 0, SIGNATURE_BYTES);
	assert_int_equal(refusal_of(&s), SEAL_SIGNATURE);
	assert_non_null(strstr(s.e.text, "its header is genuine"));
	memset(s.bytes + HEADER_SIGNED, 0, SIGNATURE_BYTES);
	assert_int_equal(refusal_of(&s), SEAL_SIGNATURE);
	end(&s);
}

static void
the_two_signatures_cannot_stand_for_each_other(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(sign_make(SIGN_SNAPSHOT, s.bytes, HEADER_SIGNED, s.keys.signing,
	                           s.bytes + HEADER_SIGNED, &s.e), 0);
	assert_int_equal(sign_make(SIGN_SNAPSHOT, s.bytes, s.len - SIGNATURE_BYTES, s.keys.signing,
	                           s.bytes + s.len - SIGNATURE_BYTES, &s.e), 0);
	assert_int_equal(refusal_of(&s), SEAL_SIGNATURE);
	assert_null(strstr(s.e.text, "its header is genuine"));
	end(&s);
}

static void
an_identity_that_it_is_not_sealed_to_is_told_so(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct keys other;
	struct scene s;

	(void)state;
	begin(&s);
	fixture_keys(&other, 9);
	memcpy(other.signers[0], s.keys.signers[0], KEY_BYTES);
	assert_int_equal(open_as(&s, "orders-prod", s.name, &other), SEAL_RECIPIENT);
	assert_int_equal(s.e.code, ERR_OPERATOR);
	keys_recipient_text(other.identity_public, text);
	assert_non_null(strstr(s.e.text, text));
	keys_release(&other);
	end(&s);
}

static void
without_an_identity_nothing_opens(void **state)
{
	enum seal_refusal why = SEAL_DOCUMENT;
	struct seal_header h;
	struct document d;
	struct scene s;

	(void)state;
	begin(&s);
	secret_free(s.keys.identity);
	s.keys.identity = NULL;
	assert_int_equal(seal_open(s.bytes, s.len, "orders-prod", s.name, &s.keys, &h, &d, &why,
	                           &s.e), ERR_CONFIG);
	assert_int_equal(why, SEAL_OK);
	assert_non_null(strstr(s.e.text, "keys.identity"));
	end(&s);
}

static void
another_service_or_name_is_refused(void **state)
{
	char name[SEAL_OBJECT_NAME_SIZE];
	struct seal_header h;
	struct scene s;

	(void)state;
	begin(&s);
	assert_int_equal(open_as(&s, "orders-test", s.name, &s.keys), SEAL_NAME);
	assert_non_null(strstr(s.e.text, "\"orders-prod\""));
	assert_non_null(strstr(s.e.text, "\"orders-test\""));
	for (int i = 0; i < 3; i++) { /* dressed up as a newer one, or as another */
		h = s.header;
		h.epoch += i == 0;
		h.sequence += i == 1;
		h.id[0] ^= i == 2;
		seal_object_name(&h, name);
		assert_int_equal(open_as(&s, "orders-prod", name, &s.keys), SEAL_NAME);
		assert_non_null(strstr(s.e.text, "renamed"));
	}
	assert_int_equal(open_as(&s, "orders-prod", "", &s.keys), SEAL_NAME);
	end(&s);
}

static void
a_stanza_of_another_snapshot_is_caught_by_the_commitment(void **state)
{
	unsigned char stanza[STANZA_BYTES];
	struct scene s;

	(void)state;
	begin(&s);
	memcpy(stanza, s.bytes + HEADER_BYTES, STANZA_BYTES);
	seal_anew(&s);
	memcpy(s.bytes + HEADER_BYTES, stanza, STANZA_BYTES);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(refusal_of(&s), SEAL_COMMITMENT);
	end(&s);
}

static void
a_broken_stanza_signed_again_does_not_open(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.bytes[HEADER_BYTES + 50] ^= 1;
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(refusal_of(&s), SEAL_RECIPIENT);
	assert_non_null(strstr(s.e.text, "does not open"));
	s.bytes[HEADER_BYTES] ^= 1; /* the hint */
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(refusal_of(&s), SEAL_RECIPIENT);
	assert_non_null(strstr(s.e.text, "other keys"));
	end(&s);
}

static void
every_bit_that_is_changed_and_signed_again_is_refused(void **state)
{
	struct scene s;
	size_t i;

	(void)state;
	begin(&s);
	for (i = 0; i < s.len - SIGNATURE_BYTES; i++) {
		if (i >= HEADER_SIGNED && i < HEADER_BYTES)
			continue;
		s.bytes[i] ^= (unsigned char)(1u << i % 8);
		fixture_sign_again(s.bytes, s.len, &s.keys);
		if (refusal_of(&s) == SEAL_OK)
			fail_msg("byte %zu", i);
		s.bytes[i] ^= (unsigned char)(1u << i % 8);
	}
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(refusal_of(&s), SEAL_OK);
	end(&s);
}

/* Put a value into the header, sign again, open; for a header alone and for the whole. */
static void
header_refused(size_t offset, uint64_t value, size_t size, enum seal_refusal expected)
{
	enum seal_refusal why;
	struct seal_header h;
	struct scene s;

	begin(&s);
	bytes_put(s.bytes + offset, value, size);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	why = refusal_of(&s);
	if (why != expected)
		fail_msg("%zu: %s: %s", offset, seal_refusal_name(why), s.e.text);
	assert_int_equal(seal_read_header(s.bytes, s.len, 0, &s.keys, &h, &why, &s.e),
	                 ERR_CORRUPT);
	assert_int_equal(why, expected);
	end(&s);
}

static void
what_a_header_may_not_say_is_refused_even_when_signed(void **state)
{
	(void)state;
	header_refused(0, 0, 1, SEAL_MAGIC);
	header_refused(8, 2, 2, SEAL_VERSION);
	header_refused(8, 0, 2, SEAL_VERSION);
	header_refused(12, 1, 4, SEAL_FLAGS);
	header_refused(21, 1, 1, SEAL_FLAGS);
	header_refused(76, 1, 4, SEAL_FLAGS);
	header_refused(600, 1, 8, SEAL_FLAGS);
	header_refused(256 + 16 * 3 + 9, 2, 1, SEAL_FLAGS);  /* suspect */
	header_refused(256 + 16 * 3 + 15, 1, 1, SEAL_FLAGS);
	header_refused(256 + 16 * 12, 1, 8, SEAL_FLAGS);     /* a kind that is free */
	header_refused(256 + 16 * 3 + 8, 6, 1, SEAL_CAPS);   /* state */
	header_refused(10, 673, 2, SEAL_CAPS);
	header_refused(16, 0, 2, SEAL_CAPS);
	header_refused(16, 17, 2, SEAL_CAPS);
	header_refused(16, 65535, 2, SEAL_CAPS);
	header_refused(18, 0, 1, SEAL_CAPS);
	header_refused(18, 4, 1, SEAL_CAPS);
	header_refused(18, SOURCE_API, 1, SEAL_CAPS);        /* with a position */
	header_refused(19, 0, 1, SEAL_CAPS);
	header_refused(19, 10, 1, SEAL_CAPS);
	header_refused(19, 12, 1, SEAL_CAPS);
	header_refused(19, 65, 1, SEAL_CAPS);
	header_refused(20, 0, 1, SEAL_CAPS);
	header_refused(20, 255, 1, SEAL_CAPS);
	header_refused(24, 16, 8, SEAL_CAPS);
	header_refused(24, 1ull << 40, 8, SEAL_CAPS);        /* before anything is allocated */
	header_refused(24, UINT64_MAX, 8, SEAL_CAPS);
	header_refused(32, (1ull << 30) + 1, 8, SEAL_CAPS);
	header_refused(32, UINT64_MAX, 8, SEAL_CAPS);
	header_refused(40, 0, 8, SEAL_CAPS);
	header_refused(48, 0, 8, SEAL_CAPS);
	header_refused(56, 1ull << 63, 8, SEAL_CAPS);
	header_refused(96, '.', 1, SEAL_CAPS);
	header_refused(96, '/', 1, SEAL_CAPS);
	header_refused(96, 0xe4, 1, SEAL_CAPS);
	header_refused(160, '\n', 1, SEAL_CAPS);
	header_refused(160, 0x7f, 1, SEAL_CAPS);
}

/* Encrypt a body of the scene's own making: chunks of these sizes with these tags. */
struct chunk {
	size_t        size;
	unsigned char tag;
};

static void
build_body(struct scene *s, const struct chunk *chunks, size_t count)
{
	struct header h = { .shown = s->header, .recipients = 1 };
	unsigned char key[DATA_KEY_BYTES] = { 7 }, hash[OBJECT_HASH_BYTES];
	unsigned char *at, *plain = calloc(1, CHUNK);
	struct stream stream;

	for (size_t i = 0; i < count; i++)
		h.body_size += chunks[i].size + 17;
	buf_clear(&s->object);
	s->len = (size_t)header_object_size(&h);
	assert_int_equal(buf_reserve(&s->object, s->len), 0);
	s->bytes = at = (unsigned char *)s->object.data;
	memcpy(h.signer, s->keys.signing_public, KEY_BYTES);
	stream_commitment(key, h.commitment);
	stream_begin(&stream, key, h.stream);
	assert_int_equal(header_write(&h, s->keys.signing, at, &s->e), 0);
	assert_int_equal(stream_write_stanza(key, s->keys.recipients[0], at + HEADER_BYTES, &s->e),
	                 0);
	(void)crypto_generichash(hash, sizeof hash, at, HEADER_BYTES + STANZA_BYTES, NULL, 0);
	at += HEADER_BYTES + STANZA_BYTES;
	for (size_t i = 0; i < count; i++, at += chunks[i - 1].size + 17)
		(void)crypto_secretstream_xchacha20poly1305_push(&stream.state, at, NULL, plain,
		                                                 chunks[i].size, hash, sizeof hash,
		                                                 chunks[i].tag);
	fixture_sign_again(s->bytes, s->len, &s->keys);
	free(plain);
}

/* said NULL: the stream is good, and only the document is none. */
static void
body_refused(const struct chunk *chunks, size_t count, const char *said)
{
	struct scene s;

	begin(&s);
	build_body(&s, chunks, count);
	assert_int_equal(refusal_of(&s), said == NULL ? SEAL_DOCUMENT : SEAL_STREAM);
	if (said != NULL && strstr(s.e.text, said) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", s.e.text, said);
	end(&s);
}

#define BODY_REFUSED(said, ...)                                                                    \
	body_refused((const struct chunk[]){ __VA_ARGS__ },                                        \
	             LENGTH(((const struct chunk[]){ __VA_ARGS__ })), said)

static void
a_stream_must_end_with_final_at_the_exact_end(void **state)
{
	(void)state;
	BODY_REFUSED(NULL, { 10, TAG(FINAL) });
	BODY_REFUSED(NULL, { CHUNK, TAG(MESSAGE) }, { 10, TAG(FINAL) });
	BODY_REFUSED("is the last but not marked so", { 10, TAG(MESSAGE) });
	BODY_REFUSED("is the last but not marked so", { CHUNK, TAG(MESSAGE) });
	BODY_REFUSED("is the last but not marked so", { 10, TAG(PUSH) });
	BODY_REFUSED("claims to be the last", { CHUNK, TAG(FINAL) }, { 10, TAG(FINAL) });
	BODY_REFUSED("claims to be the last", { CHUNK, TAG(PUSH) }, { 10, TAG(FINAL) });
	BODY_REFUSED("claims to be the last", { CHUNK, TAG(REKEY) }, { 10, TAG(FINAL) });
	BODY_REFUSED("holds nothing", { CHUNK, TAG(MESSAGE) }, { 0, TAG(FINAL) });
	BODY_REFUSED("does not decrypt", { 100, TAG(MESSAGE) }, { 100, TAG(FINAL) });
}

static void
chunks_cut_off_and_signed_again_do_not_decrypt(void **state)
{
	size_t body = CHUNK + 17, front = HEADER_BYTES + STANZA_BYTES;
	struct scene s;

	(void)state;
	begin(&s);
	document_release(&s.document);
	fixture_bytes(&s.document, 3 * CHUNK);
	seal_anew(&s);
	bytes_put_u64(s.bytes + 24, body);
	s.len = front + body + SIGNATURE_BYTES;
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(refusal_of(&s), SEAL_STREAM);
	assert_non_null(strstr(s.e.text, "chunk 1 does not decrypt"));
	end(&s);
}

static void
chunks_that_changed_places_do_not_decrypt(void **state)
{
	unsigned char *first, *moved = malloc(CHUNK + 17);
	struct scene s;

	(void)state;
	assert_non_null(moved);
	begin(&s);
	document_release(&s.document);
	fixture_bytes(&s.document, 3 * CHUNK);
	seal_anew(&s);
	first = s.bytes + HEADER_BYTES + STANZA_BYTES;
	memcpy(moved, first, CHUNK + 17);
	memmove(first, first + CHUNK + 17, CHUNK + 17);
	memcpy(first + CHUNK + 17, moved, CHUNK + 17);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(refusal_of(&s), SEAL_STREAM);
	free(moved);
	end(&s);
}

static void
a_document_of_another_length_is_refused(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.document.size++;
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_SIZE);
	s.document.size -= 2;
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_SIZE);
	end(&s);
}

static void
a_document_that_breaks_its_rules_is_refused(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	s.document.hash[31] ^= 1;
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_DOCUMENT);
	s.document.hash[31] ^= 1;
	s.document.kinds[KIND_TOPIC].count++;
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_DOCUMENT);
	s.document.kinds[KIND_TOPIC].count--;
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_OK);
	assert_int_equal(buf_add_text(&s.document.body, "more"), 0);
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_DOCUMENT);
	s.document.body.len = 10;
	seal_anew(&s);
	assert_int_equal(refusal_of(&s), SEAL_DOCUMENT);
	end(&s);
}

static void
the_writer_refuses_what_the_format_cannot_hold(void **state)
{
	struct scene s;
	struct buf out;

	(void)state;
	begin(&s);
	buf_init(&out, DOCUMENT_BODY_MAX);
	s.header.sequence = 0;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_FAILED);
	s.header.sequence = 1;
	s.header.cluster[0] = '\0';
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_FAILED);
	s.header.cluster[0] = 'x';
	s.keys.recipient_count = 0;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_CONFIG);
	s.keys.recipient_count = 1;
	memset(s.keys.recipients[0], 0, KEY_BYTES);
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_CONFIG);
	secret_free(s.keys.signing);
	s.keys.signing = NULL;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_CONFIG);
	assert_int_equal(out.len, 0);
	buf_release(&out);
	end(&s);
}

static void
the_writer_does_not_return_what_it_cannot_open_itself(void **state)
{
	struct buf out;
	struct scene s;

	(void)state;
	begin(&s);
	buf_init(&out, DOCUMENT_BODY_MAX);
	s.keys.identity->bytes[1] ^= 1; /* does not belong to the recipient */
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_OPERATOR);
	assert_non_null(strstr(s.e.text, "a snapshot just sealed fails its verification"));
	s.keys.signers[0][0] ^= 1;
	secret_free(s.keys.identity);
	s.keys.identity = NULL;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_OPERATOR);
	assert_int_equal(out.len, 0);
	out.max = 700;
	s.keys.signers[0][0] ^= 1;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_FAILED);
	assert_non_null(strstr(s.e.text, "no room"));
	buf_release(&out);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signer_that_is_not_trusted_is_refused_and_named),
		cmocka_unit_test(an_object_without_signatures_is_refused),
		cmocka_unit_test(the_two_signatures_cannot_stand_for_each_other),
		cmocka_unit_test(an_identity_that_it_is_not_sealed_to_is_told_so),
		cmocka_unit_test(without_an_identity_nothing_opens),
		cmocka_unit_test(another_service_or_name_is_refused),
		cmocka_unit_test(a_stanza_of_another_snapshot_is_caught_by_the_commitment),
		cmocka_unit_test(a_broken_stanza_signed_again_does_not_open),
		cmocka_unit_test(every_bit_that_is_changed_and_signed_again_is_refused),
		cmocka_unit_test(what_a_header_may_not_say_is_refused_even_when_signed),
		cmocka_unit_test(a_stream_must_end_with_final_at_the_exact_end),
		cmocka_unit_test(chunks_cut_off_and_signed_again_do_not_decrypt),
		cmocka_unit_test(chunks_that_changed_places_do_not_decrypt),
		cmocka_unit_test(a_document_of_another_length_is_refused),
		cmocka_unit_test(a_document_that_breaks_its_rules_is_refused),
		cmocka_unit_test(the_writer_refuses_what_the_format_cannot_hold),
		cmocka_unit_test(the_writer_does_not_return_what_it_cannot_open_itself),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("seal_forged", tests, NULL, NULL);
}
