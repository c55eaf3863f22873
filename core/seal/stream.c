/* stream.c - see stream.h.  Sub-keys and stream states are wiped where their use ends. */
#include <string.h>

#include "core/seal/stream.h"

#define CHUNK      ((size_t)65536)
#define CHUNK_MORE ((size_t)crypto_secretstream_xchacha20poly1305_ABYTES)
#define HINT_BYTES 8u

enum { SUBKEY_STREAM = 1, SUBKEY_COMMITMENT = 2 };

_Static_assert(HINT_BYTES + DATA_KEY_BYTES + crypto_box_SEALBYTES == STANZA_BYTES, "FORMAT.md");

uint64_t
stream_size(uint64_t plain)
{
	uint64_t chunks = plain == 0 ? 1 : (plain + CHUNK - 1) / CHUNK;

	return plain + chunks * CHUNK_MORE;
}

static void
subkey(const unsigned char data_key[DATA_KEY_BYTES], uint64_t number, unsigned char ret[32])
{
	(void)crypto_kdf_derive_from_key(ret, 32, number, "kcbseal1", data_key); /* cannot fail */
}

void
stream_commitment(const unsigned char data_key[DATA_KEY_BYTES],
                  unsigned char ret[COMMITMENT_BYTES])
{
	subkey(data_key, SUBKEY_COMMITMENT, ret);
}

/* The first bytes of a hash: only a hint, so that not every stanza must be tried. */
static void
hint(const unsigned char recipient[KEY_BYTES], unsigned char ret[HINT_BYTES])
{
	static const char context[] = "kafka-config-backup v1 recipient";
	unsigned char text[sizeof context + KEY_BYTES], hash[32];

	memcpy(text, context, sizeof context);
	memcpy(text + sizeof context, recipient, KEY_BYTES);
	(void)crypto_generichash(hash, sizeof hash, text, sizeof text, NULL, 0); /* cannot fail */
	memcpy(ret, hash, HINT_BYTES);
}

int
stream_write_stanza(const unsigned char data_key[DATA_KEY_BYTES],
                    const unsigned char recipient[KEY_BYTES], unsigned char ret[STANZA_BYTES],
                    struct err *e)
{
	char text[KEY_TEXT_SIZE];

	hint(recipient, ret);
	if (crypto_box_seal(ret + HINT_BYTES, data_key, DATA_KEY_BYTES, recipient) == 0)
		return 0;
	keys_recipient_text(recipient, text);
	return err_set(e, ERR_CONFIG, "sealing a snapshot: recipient %s is no usable key; take the "
	               "line of its file identity.pub again", text);
}

bool
stream_is_sealed_to(const unsigned char *stanzas, size_t count, const struct keys *keys)
{
	unsigned char wanted[HINT_BYTES];
	size_t i, k;

	for (i = 0; i < keys->recipient_count && count == keys->recipient_count; i++) {
		hint(keys->recipients[i], wanted);
		for (k = 0; k < count && memcmp(stanzas + k * STANZA_BYTES, wanted, HINT_BYTES) != 0; k++)
			;
		if (k == count)
			return false;
	}
	return count == keys->recipient_count;
}

int
stream_read_stanzas(const unsigned char *stanzas, size_t count, const struct keys *keys,
                    unsigned char data_key[DATA_KEY_BYTES], enum seal_refusal *why, struct err *e)
{
	unsigned char ours[HINT_BYTES];
	char text[KEY_TEXT_SIZE];
	bool named = false;

	hint(keys->identity_public, ours);
	for (size_t i = 0; i < count; i++, stanzas += STANZA_BYTES) {
		if (memcmp(stanzas, ours, HINT_BYTES) != 0)
			continue;
		named = true;
		if (crypto_box_seal_open(data_key, stanzas + HINT_BYTES, STANZA_BYTES - HINT_BYTES,
		                         keys->identity_public, keys->identity->bytes) == 0)
			return 0;
	}
	keys_recipient_text(keys->identity_public, text);
	if (named)
		return header_refuse(why, SEAL_RECIPIENT, e,
		                     "what is sealed to our identity %s does not open: wrongly "
		                     "made; use another snapshot, or another of its recipients' "
		                     "identities", text);
	return header_refuse(why, SEAL_RECIPIENT, e,
	                     "sealed to %zu other keys, not to our identity %s: open it with the "
	                     "identity of that time, or with the offline one (kcb rewrap)",
	                     count, text);
}

void
stream_begin(struct stream *s, const unsigned char data_key[DATA_KEY_BYTES],
             unsigned char ret_header[STREAM_HEADER])
{
	unsigned char key[32];

	subkey(data_key, SUBKEY_STREAM, key);
	/* cannot fail */
	(void)crypto_secretstream_xchacha20poly1305_init_push(&s->state, ret_header, key);
	sodium_memzero(key, sizeof key);
}

void
stream_encrypt(struct stream *s, const unsigned char hash[OBJECT_HASH_BYTES], const void *plain,
               size_t len, unsigned char *ret)
{
	const unsigned char *from = plain;
	unsigned char tag = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;

	do {
		size_t n = len < CHUNK ? len : CHUNK;

		len -= n;
		if (len == 0)
			tag = crypto_secretstream_xchacha20poly1305_TAG_FINAL;
		/* fails only for chunks of 256 GiB */
		(void)crypto_secretstream_xchacha20poly1305_push(&s->state, ret, NULL, from, n,
		                                                 hash, OBJECT_HASH_BYTES, tag);
		from += n;
		ret += n + CHUNK_MORE;
	} while (len > 0);
}

static int
refuse_stream(size_t chunk, const char *fault, enum seal_refusal *why, struct err *e)
{
	return header_refuse(why, SEAL_STREAM, e,
	                     "its body cannot be trusted, chunk %zu %s: wrongly made by a holder "
	                     "of the signing key; use another snapshot, and replace that key",
	                     chunk, fault);
}

static size_t
plain_size(uint64_t body_size)
{
	uint64_t chunks = (body_size + CHUNK + CHUNK_MORE - 1) / (CHUNK + CHUNK_MORE);

	return (size_t)(body_size - chunks * CHUNK_MORE);
}

/* Only what stream_size() gives: no chunk is empty, but for an empty body's only one. */
static bool
is_stream_size(uint64_t body_size)
{
	uint64_t last = body_size % (CHUNK + CHUNK_MORE);

	return last == 0 || last > CHUNK_MORE || body_size == CHUNK_MORE;
}

static int
decrypt_chunks(struct stream *s, const unsigned char hash[OBJECT_HASH_BYTES],
               const unsigned char *from, size_t left, struct buf *ret, enum seal_refusal *why,
               struct err *e)
{
	for (size_t chunk = 1; left > 0; chunk++) {
		size_t n = left < CHUNK + CHUNK_MORE ? left : CHUNK + CHUNK_MORE;
		unsigned char tag = 0;

		if (crypto_secretstream_xchacha20poly1305_pull(
		        &s->state, (unsigned char *)ret->data + ret->len, NULL, &tag, from, n, hash,
		        OBJECT_HASH_BYTES) != 0)
			return refuse_stream(chunk, "does not decrypt", why, e);
		ret->len += n - CHUNK_MORE;
		left -= n;
		from += n;
		if (left > 0 && tag != crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
			return refuse_stream(chunk, "claims to be the last but is not", why, e);
		if (left == 0 && tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL)
			return refuse_stream(chunk, "is the last but not marked so", why, e);
	}
	return 0;
}

int
stream_decrypt(const struct header *h, const unsigned char data_key[DATA_KEY_BYTES],
               const unsigned char hash[OBJECT_HASH_BYTES], const unsigned char *body,
               struct buf *ret, enum seal_refusal *why, struct err *e)
{
	size_t before = ret->len;
	unsigned char key[32];
	struct stream s;
	int rc;

	if (!is_stream_size(h->body_size))
		return refuse_stream((size_t)(h->body_size / (CHUNK + CHUNK_MORE)) + 1,
		                     "holds nothing", why, e);
	if (buf_reserve(ret, plain_size(h->body_size)) != 0)
		return err_memory(e, "decrypting a snapshot");
	subkey(data_key, SUBKEY_STREAM, key);
	/* cannot fail */
	(void)crypto_secretstream_xchacha20poly1305_init_pull(&s.state, h->stream, key);
	rc = decrypt_chunks(&s, hash, body, (size_t)h->body_size, ret, why, e);
	sodium_memzero(key, sizeof key);
	sodium_memzero(&s, sizeof s);
	if (rc != 0) {
		sodium_memzero(ret->data + before, ret->capacity - before);
		ret->len = before;
	}
	return rc;
}
