/* seal_fixture.c - see seal_fixture.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seal_fixture.h"

static void
set(int (*setter)(struct keys *, const char *, const struct secret *, struct err *),
    struct keys *k, const char *prefix, unsigned char seed)
{
	unsigned char key[KEY_BYTES];
	char base64[64], text[96];
	struct secret *s;
	struct err e = { 0 };

	memset(key, seed, sizeof key);
	(void)sodium_bin2base64(base64, sizeof base64, key, sizeof key,
	                        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	(void)snprintf(text, sizeof text, "%s%s", prefix, base64);
	s = secret_new(text, strlen(text));
	assert_non_null(s);
	assert_int_equal(setter(k, "a secret", s, &e), 0);
	secret_free(s);
}

void
fixture_keys(struct keys *k, unsigned char seed)
{
	char text[KEY_TEXT_SIZE];
	struct err e = { 0 };

	*k = (struct keys){ 0 };
	set(keys_set_signing, k, "ed25519-secret:", seed);
	set(keys_set_identity, k, "x25519-secret:", seed);
	keys_signer_text(k->signing_public, text);
	assert_int_equal(keys_add_signer(k, "a signer", text, &e), 0);
	keys_recipient_text(k->identity_public, text);
	assert_int_equal(keys_add_recipient(k, "a recipient", text, &e), 0);
}

void
fixture_stranger(struct keys *k, unsigned char seed)
{
	char text[KEY_TEXT_SIZE];
	struct keys other;
	struct err e = { 0 };

	fixture_keys(&other, seed);
	keys_recipient_text(other.identity_public, text);
	assert_int_equal(keys_add_recipient(k, "a recipient", text, &e), 0);
	keys_release(&other);
}

void
fixture_header(struct seal_header *h)
{
	*h = (struct seal_header){ .service = "orders-prod",
		                   .cluster = "4L6g3nShT-eMCtK--X86sw",
		                   .epoch = 2,
		                   .sequence = 7,
		                   .source = SOURCE_LOG,
		                   .source_offset = 4711,
		                   .source_leader_epoch = 5,
		                   .created_at_ms = 1767225600000 };
}

void
fixture_bytes(struct document *d, size_t len)
{
	size_t i;

	*d = (struct document){ .size = len };
	buf_init(&d->body, DOCUMENT_BODY_MAX);
	assert_int_equal(buf_reserve(&d->body, len), 0);
	for (i = 0; i < len; i++)
		d->body.data[i] = (char)(i * 7 + i / 251);
	d->body.len = len;
	memset(d->hash, 9, sizeof d->hash);
	d->kinds[KIND_TOPIC] = (struct kind_entry){ .count = 3, .state = STATE_CAPTURED };
	d->kinds[KIND_CONNECTOR] = (struct kind_entry){ .count = 1,
		                                        .state = STATE_CAPTURED,
		                                        .suspect = true };
	d->kinds[KIND_CARRIED] = (struct kind_entry){ .count = 2, .state = STATE_CAPTURED };
}

static void
add_line(struct document_writer *w, enum kind kind, const char *key, const char *value)
{
	struct line line = { .kind = kind,
		             .key = key,
		             .key_len = strlen(key),
		             .value = value,
		             .value_len = strlen(value) };
	struct err e = { 0 };

	assert_int_equal(document_writer_add(w, &line, &e), 0);
}

void
fixture_document(struct document *d)
{
	struct document_writer *w = NULL;
	struct err e = { 0 };

	assert_int_equal(document_writer_new(&w, &e), 0);
	add_line(w, KIND_TOPIC, "orders",
	         "{\"configs\":{\"cleanup.policy\":\"compact\"},\"partitions\":2,"
	         "\"replication_factor\":1}");
	add_line(w, KIND_IDENTITY, "orders",
	         "{\"partitions\":[[1],[1]],\"topic_id\":\"QUFBQUFBQUFBQUFBQUFBQQ\"}");
	document_writer_state(w, KIND_TOPIC, STATE_CAPTURED, false);
	assert_int_equal(document_writer_end(w, NULL, d, &e), 0);
}

void
fixture_seal(struct seal_header *h, const struct document *d, const struct keys *k,
             struct buf *out, char name[SEAL_OBJECT_NAME_SIZE])
{
	struct err e = { 0 };

	buf_init(out, DOCUMENT_BODY_MAX);
	if (seal_document(h, d, k, out, &e) != 0)
		fail_msg("%s", e.text);
	seal_object_name(h, name);
}

void
fixture_sign_again(unsigned char *object, size_t len, const struct keys *k)
{
	struct err e = { 0 };

	assert_int_equal(sign_make(SIGN_HEADER, object, HEADER_SIGNED, k->signing,
	                           object + HEADER_SIGNED, &e), 0);
	assert_int_equal(sign_make(SIGN_SNAPSHOT, object, len - SIGNATURE_BYTES, k->signing,
	                           object + len - SIGNATURE_BYTES, &e), 0);
}

void
scene_begin(struct scene *s)
{
	*s = (struct scene){ 0 };
	fixture_keys(&s->keys, 1);
	fixture_header(&s->header);
	fixture_document(&s->document);
	fixture_seal(&s->header, &s->document, &s->keys, &s->object, s->name);
	s->bytes = (unsigned char *)s->object.data;
	s->len = s->object.len;
}

void
scene_seal_anew(struct scene *s)
{
	buf_release(&s->object);
	fixture_seal(&s->header, &s->document, &s->keys, &s->object, s->name);
	s->bytes = (unsigned char *)s->object.data;
	s->len = s->object.len;
}

void
scene_end(struct scene *s)
{
	buf_release(&s->object);
	document_release(&s->document);
	keys_release(&s->keys);
}

enum seal_refusal
scene_refusal_as(struct scene *s, const char *service, const char *name, const struct keys *keys)
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

enum seal_refusal
scene_refusal(struct scene *s)
{
	return scene_refusal_as(s, "orders-prod", s->name, &s->keys);
}
