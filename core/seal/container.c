/* container.c - see container.h.  Every data key is wiped in the function that holds it. */
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "core/seal/container.h"
#include "core/seal/header.h"
#include "core/seal/sign.h"
#include "core/seal/stream.h"

/* What every chunk of the body is bound to: all bytes before the body. */
static void
hash_before(const unsigned char *object, const struct header *h,
            unsigned char ret[OBJECT_HASH_BYTES])
{
	size_t len = HEADER_BYTES + (size_t)h->recipients * STANZA_BYTES;

	(void)crypto_generichash(ret, OBJECT_HASH_BYTES, object, len, NULL, 0); /* cannot fail */
}

static int
check_writable(const struct header *h, const struct document *d, const struct keys *keys,
               struct err *e)
{
	const char *fault = header_fault(&h->shown);

	if (keys->recipient_count < 1 || keys->recipient_count > RECIPIENTS_MAX)
		return err_set(e, ERR_CONFIG,
		               "sealing a snapshot: %zu recipients, expected 1 to %u; change "
		               "keys.recipients", keys->recipient_count, RECIPIENTS_MAX);
	if (d->body.failed || d->body.len > DOCUMENT_BODY_MAX)
		return err_set(e, ERR_FAILED,
		               "sealing a snapshot: a document of %zu bytes, at most %u are "
		               "possible", d->body.len, DOCUMENT_BODY_MAX);
	if (fault != NULL)
		return err_set(e, ERR_FAILED, "sealing a snapshot: %s", fault);
	return 0;
}

static void
fill_header(struct seal_header *header, const struct document *d, const struct keys *keys)
{
	randombytes_buf(header->id, sizeof header->id);
	memcpy(header->signer, keys->signing_public, sizeof header->signer);
	header->document_size = d->size;
	memcpy(header->document_hash, d->hash, sizeof header->document_hash);
	memcpy(header->kinds, d->kinds, sizeof header->kinds);
	header->carried = d->kinds[KIND_CARRIED].count;
}

static int
write_front(struct header *h, const unsigned char data_key[DATA_KEY_BYTES],
            const struct keys *keys, unsigned char *object, struct err *e)
{
	unsigned char *stanza = object + HEADER_BYTES;
	int rc = header_write(h, keys->signing, object, e);

	for (size_t i = 0; rc == 0 && i < keys->recipient_count; i++, stanza += STANZA_BYTES)
		rc = stream_write_stanza(data_key, keys->recipients[i], stanza, e);
	return rc;
}

/* object has room for header_object_size(h). */
static int
write_object(struct header *h, const struct document *d, const struct keys *keys,
             unsigned char *object, struct err *e)
{
	size_t len = (size_t)header_object_size(h), end = len - SIGNATURE_BYTES;
	unsigned char data_key[DATA_KEY_BYTES], hash[OBJECT_HASH_BYTES];
	struct stream stream;
	int rc;

	crypto_kdf_keygen(data_key);
	stream_commitment(data_key, h->commitment);
	stream_begin(&stream, data_key, h->stream);
	rc = write_front(h, data_key, keys, object, e);
	if (rc == 0) {
		hash_before(object, h, hash);
		stream_encrypt(&stream, hash, d->body.data, d->body.len,
		               object + end - h->body_size);
		rc = sign_make(SIGN_SNAPSHOT, object, end, keys->signing, object + end, e);
	}
	sodium_memzero(data_key, sizeof data_key);
	sodium_memzero(&stream, sizeof stream);
	return rc;
}

static int
check_name(const struct seal_header *h, const char *service, const char *name,
           enum seal_refusal *why, struct err *e)
{
	char own[SEAL_OBJECT_NAME_SIZE];

	seal_object_name(h, own);
	if (strcmp(h->service, service) != 0)
		return header_refuse(why, SEAL_NAME, e,
		                     "is of service \"%s\", not of \"%s\": copied from there; "
		                     "remove it", h->service, service);
	if (strcmp(own, name) != 0)
		return header_refuse(why, SEAL_NAME, e,
		                     "its header says that its name is %s: renamed; name it so "
		                     "again, or remove it", own);
	return 0;
}

/* Lengths to signatures: the object is as its signer made it. */
static int
check_object(const unsigned char *object, size_t len, const struct keys *keys, struct header *h,
             enum seal_refusal *why, struct err *e)
{
	int rc = header_read(object, len, len, keys, h, why, e);

	if (rc != 0)
		return rc;
	len -= SIGNATURE_BYTES;
	if (!sign_verifies(SIGN_SNAPSHOT, object, len, object + len, h->shown.signer))
		return header_refuse(why, SEAL_SIGNATURE, e,
		                     "its header is genuine, but the signature of the whole does "
		                     "not verify: altered since it was written; use another "
		                     "snapshot, and find out who writes to the store");
	return 0;
}

static int
read_body(const unsigned char *object, const struct header *h, const struct keys *keys,
          struct buf *ret, enum seal_refusal *why, struct err *e)
{
	const unsigned char *body = object + HEADER_BYTES + (size_t)h->recipients * STANZA_BYTES;
	unsigned char data_key[DATA_KEY_BYTES], commitment[COMMITMENT_BYTES];
	unsigned char hash[OBJECT_HASH_BYTES];
	int rc = stream_read_stanzas(object + HEADER_BYTES, h->recipients, keys, data_key, why, e);

	if (rc == 0) {
		stream_commitment(data_key, commitment);
		if (sodium_memcmp(commitment, h->commitment, sizeof commitment) != 0)
			rc = header_refuse(why, SEAL_COMMITMENT, e,
			                   "the data key sealed to us is not the one its header "
			                   "commits to: wrongly made by a holder of the signing "
			                   "key; use another snapshot, and replace that key");
	}
	if (rc == 0) {
		hash_before(object, h, hash);
		rc = stream_decrypt(h, data_key, hash, body, ret, why, e);
	}
	sodium_memzero(data_key, sizeof data_key);
	return rc;
}

int
seal_open_body(const void *bytes, size_t len, const char *service, const char *name,
               const struct keys *keys, struct seal_header *header, struct buf *body,
               enum seal_refusal *why, struct err *e)
{
	struct header h;
	int rc = check_object(bytes, len, keys, &h, why, e);

	if (rc == 0)
		rc = check_name(&h.shown, service, name, why, e);
	if (rc == 0 && keys->identity == NULL)
		rc = err_set(e, ERR_CONFIG,
		             "nothing can be opened without keys.identity; name the file "
		             "identity that kcb keygen made");
	if (rc == 0)
		rc = read_body(bytes, &h, keys, body, why, e);
	if (rc == 0)
		*header = h.shown;
	return rc;
}

static bool
holds(const struct seal_header *h, const struct buf *body, const struct document *d)
{
	return memcmp(h->document_hash, d->hash, sizeof d->hash) == 0 &&
	       body->len == d->body.len &&
	       (body->len == 0 || memcmp(body->data, d->body.data, body->len) == 0);
}

/* What was just sealed can be opened again, and holds what was given. */
static int
prove(const unsigned char *object, size_t len, const struct seal_header *header,
      const struct document *d, const struct keys *keys, struct err *e)
{
	char name[SEAL_OBJECT_NAME_SIZE];
	enum seal_refusal why;
	struct seal_header h;
	struct header whole;
	struct buf body;
	int rc;

	if (keys->identity == NULL)
		return check_object(object, len, keys, &whole, &why, e);
	seal_object_name(header, name);
	buf_init(&body, DOCUMENT_BODY_MAX);
	rc = seal_open_body(object, len, header->service, name, keys, &h, &body, &why, e);
	if (rc == 0 && !holds(&h, &body, d))
		rc = err_set(e, ERR_FAILED,
		             "it does not hold what was put into it; is the memory bad?");
	buf_wipe(&body);
	return rc;
}

int
seal_document(struct seal_header *header, const struct document *document,
              const struct keys *keys, struct buf *ret, struct err *e)
{
	struct header h = { .body_size = stream_size(document->body.len),
	                    .recipients = (uint16_t)keys->recipient_count };
	size_t before = ret->len, size = (size_t)header_object_size(&h);
	unsigned char *object;
	int rc;

	fill_header(header, document, keys);
	h.shown = *header;
	rc = check_writable(&h, document, keys, e);
	if (rc != 0)
		return rc;
	if (buf_reserve(ret, size) != 0)
		return err_set(e, ERR_FAILED, "sealing a snapshot: no room for %zu bytes", size);
	object = (unsigned char *)ret->data + before;
	rc = write_object(&h, document, keys, object, e);
	if (rc == 0) {
		rc = prove(object, size, header, document, keys, e);
		if (rc != 0)
			(void)err_prefix(e, "a snapshot just sealed fails its verification");
	}
	if (rc == 0)
		ret->len += size;
	return rc;
}

int
seal_read_header(const void *bytes, size_t len, uint64_t total_len, const struct keys *keys,
                 struct seal_header *ret, enum seal_refusal *why, struct err *e)
{
	struct header h;
	int rc = header_read(bytes, len, total_len, keys, &h, why, e);

	if (rc == 0)
		*ret = h.shown;
	return rc;
}

int
seal_read_header_as(const void *bytes, size_t len, uint64_t total_len, const char *service,
                    const char *name, const struct keys *keys, struct seal_header *ret,
                    enum seal_refusal *why, struct err *e)
{
	struct header h;
	int rc = header_read(bytes, len, total_len, keys, &h, why, e);

	if (rc == 0)
		rc = check_name(&h.shown, service, name, why, e);
	if (rc == 0)
		*ret = h.shown;
	return rc;
}

bool
seal_is_sealed_to(const void *bytes, size_t len, const struct keys *keys)
{
	struct header h;
	enum seal_refusal why;
	struct err e;

	return header_read(bytes, len, 0, keys, &h, &why, &e) == 0 &&
	       len >= HEADER_BYTES + (size_t)h.recipients * STANZA_BYTES &&
	       stream_is_sealed_to((const unsigned char *)bytes + HEADER_BYTES, h.recipients, keys);
}

/* How much the frame holds, counted only so far that more than max is seen; 0: no whole frame. */
static uint64_t
frame_size(const struct buf *body, uint64_t max)
{
	ZSTD_inBuffer in = { .src = body->data, .size = body->len };
	size_t room = ZSTD_DStreamOutSize(), left = 1;
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	void *text = malloc(room);
	uint64_t size = 0;

	if (zstd != NULL)
		(void)ZSTD_DCtx_setParameter(zstd, ZSTD_d_windowLogMax, DOCUMENT_WINDOW_LOG);
	while (zstd != NULL && text != NULL && left != 0 && size <= max) {
		ZSTD_outBuffer out = { .dst = text, .size = room };

		left = ZSTD_decompressStream(zstd, &out, &in);
		size += out.pos;
		if (ZSTD_isError(left) || (out.pos == 0 && in.pos == in.size && left != 0))
			break;
	}
	free(text);
	(void)ZSTD_freeDCtx(zstd); /* cannot fail */
	return left == 0 || size > max ? size : 0;
}

/*
 * The body is authentic; now it must be what the header says.  document_verify() reads all of it;
 * only when it refuses, a second look tells a wrong length from everything else.
 */
static int
check_document(const struct document *d, enum seal_refusal *why, struct err *e)
{
	int rc = document_verify(d, e);
	uint64_t size;

	if (rc != ERR_CORRUPT)
		return rc;
	size = frame_size(&d->body, d->size);
	if (size != 0 && size != d->size)
		return header_refuse(why, SEAL_SIZE, e,
		                     "its document is not of the %llu bytes that its header says: "
		                     "wrongly made; use another snapshot",
		                     (unsigned long long)d->size);
	*why = SEAL_DOCUMENT;
	return err_prefix(e, "its document breaks the rules, use another snapshot");
}

static int
open_document(const void *bytes, size_t len, const char *service, const char *name,
              const struct keys *keys, struct seal_header *header, struct document *d,
              enum seal_refusal *why, struct err *e)
{
	int rc = seal_open_body(bytes, len, service, name, keys, header, &d->body, why, e);

	if (rc != 0)
		return rc;
	d->size = header->document_size;
	memcpy(d->hash, header->document_hash, sizeof d->hash);
	memcpy(d->kinds, header->kinds, sizeof d->kinds);
	return check_document(d, why, e);
}

int
seal_open(const void *bytes, size_t len, const char *service, const char *name,
          const struct keys *keys, struct seal_header *header, struct document *document,
          enum seal_refusal *why, struct err *e)
{
	struct document d = { 0 };
	struct seal_header h;
	int rc;

	buf_init(&d.body, DOCUMENT_BODY_MAX);
	*why = SEAL_OK;
	rc = open_document(bytes, len, service, name, keys, &h, &d, why, e);
	if (rc != 0) {
		buf_wipe(&d.body);
		return err_prefix(e, "snapshot %s", name);
	}
	*header = h;
	*document = d;
	return 0;
}
