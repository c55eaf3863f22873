/* t_seal_body.c - wrongly made bodies and documents, rightly signed; what the writer refuses. */
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
	memcpy(h.shown.signer, s->keys.signing_public, KEY_BYTES);
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

	scene_begin(&s);
	build_body(&s, chunks, count);
	assert_int_equal(scene_refusal(&s), said == NULL ? SEAL_DOCUMENT : SEAL_STREAM);
	if (said != NULL && strstr(s.e.text, said) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", s.e.text, said);
	scene_end(&s);
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
	scene_begin(&s);
	document_release(&s.document);
	fixture_bytes(&s.document, 3 * CHUNK);
	scene_seal_anew(&s);
	bytes_put_u64(s.bytes + 24, body);
	s.len = front + body + SIGNATURE_BYTES;
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(scene_refusal(&s), SEAL_STREAM);
	assert_non_null(strstr(s.e.text, "chunk 1 does not decrypt"));
	scene_end(&s);
}

static void
chunks_that_changed_places_do_not_decrypt(void **state)
{
	unsigned char *first, *moved = malloc(CHUNK + 17);
	struct scene s;

	(void)state;
	assert_non_null(moved);
	scene_begin(&s);
	document_release(&s.document);
	fixture_bytes(&s.document, 3 * CHUNK);
	scene_seal_anew(&s);
	first = s.bytes + HEADER_BYTES + STANZA_BYTES;
	memcpy(moved, first, CHUNK + 17);
	memmove(first, first + CHUNK + 17, CHUNK + 17);
	memcpy(first + CHUNK + 17, moved, CHUNK + 17);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(scene_refusal(&s), SEAL_STREAM);
	free(moved);
	scene_end(&s);
}

static void
a_document_of_another_length_is_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.document.size++;
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_SIZE);
	s.document.size -= 2;
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_SIZE);
	scene_end(&s);
}

static void
a_document_that_breaks_its_rules_is_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.document.hash[31] ^= 1;
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_DOCUMENT);
	s.document.hash[31] ^= 1;
	s.document.kinds[KIND_TOPIC].count++;
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_DOCUMENT);
	s.document.kinds[KIND_TOPIC].count--;
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_OK);
	assert_int_equal(buf_add_text(&s.document.body, "more"), 0);
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_DOCUMENT);
	s.document.body.len = 10;
	scene_seal_anew(&s);
	assert_int_equal(scene_refusal(&s), SEAL_DOCUMENT);
	scene_end(&s);
}

static void
the_writer_refuses_what_the_format_cannot_hold(void **state)
{
	struct scene s;
	struct buf out;

	(void)state;
	scene_begin(&s);
	buf_init(&out, DOCUMENT_BODY_MAX);
	s.header.sequence = 0;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_FAILED);
	s.header.sequence = 1;
	s.document.body.failed = true;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_FAILED);
	s.document.body.failed = false;
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
	scene_end(&s);
}

static void
the_writer_does_not_return_what_it_cannot_open_itself(void **state)
{
	struct buf out;
	struct scene s;

	(void)state;
	scene_begin(&s);
	buf_init(&out, DOCUMENT_BODY_MAX);
	s.keys.identity->bytes[1] ^= 1; /* does not belong to the recipient */
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_OPERATOR);
	assert_non_null(strstr(s.e.text, "a snapshot just sealed fails its verification"));
	s.keys.signers[0][0] ^= 1;
	secret_free(s.keys.identity);
	s.keys.identity = NULL;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_OPERATOR);
	assert_int_equal(out.len, 0);
	buf_release(&out);
	buf_init(&out, 700);
	s.keys.signers[0][0] ^= 1;
	assert_int_equal(seal_document(&s.header, &s.document, &s.keys, &out, &s.e), ERR_FAILED);
	assert_non_null(strstr(s.e.text, "no room"));
	buf_release(&out);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_must_end_with_final_at_the_exact_end),
		cmocka_unit_test(chunks_cut_off_and_signed_again_do_not_decrypt),
		cmocka_unit_test(chunks_that_changed_places_do_not_decrypt),
		cmocka_unit_test(a_document_of_another_length_is_refused),
		cmocka_unit_test(a_document_that_breaks_its_rules_is_refused),
		cmocka_unit_test(the_writer_refuses_what_the_format_cannot_hold),
		cmocka_unit_test(the_writer_does_not_return_what_it_cannot_open_itself),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("seal_body", tests, NULL, NULL);
}
