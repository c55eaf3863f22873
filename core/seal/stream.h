/*
 * stream.h - a snapshot's data key, the body encrypted with it, and the stanzas that give it to the
 * recipients (FORMAT.md, "Recipients" and "Body").  For the seal layer alone.
 */
#ifndef STREAM_H
#define STREAM_H

#include <sodium.h>

#include "core/seal/header.h"

#define DATA_KEY_BYTES crypto_kdf_KEYBYTES

/* How many bytes plain ones become. */
uint64_t stream_size(uint64_t plain);

void stream_commitment(const unsigned char data_key[DATA_KEY_BYTES],
                       unsigned char ret[COMMITMENT_BYTES]);

/* Seal the data key to a recipient; ERR_CONFIG when the key is unusable. */
int stream_write_stanza(const unsigned char data_key[DATA_KEY_BYTES],
                        const unsigned char recipient[KEY_BYTES],
                        unsigned char ret[STANZA_BYTES], struct err *e);

/* Are these stanzas for the recipients of keys, in whatever order, and for no other?  By their hints. */
bool stream_is_sealed_to(const unsigned char *stanzas, size_t count, const struct keys *keys);

/* Find the data key that is sealed to keys->identity; the caller wipes *data_key. */
int stream_read_stanzas(const unsigned char *stanzas, size_t count, const struct keys *keys,
                        unsigned char data_key[DATA_KEY_BYTES], enum seal_refusal *why,
                        struct err *e);

struct stream {
	crypto_secretstream_xchacha20poly1305_state state;
};

/* Begin to encrypt; ret_header is needed to decrypt.  The caller wipes s. */
void stream_begin(struct stream *s, const unsigned char data_key[DATA_KEY_BYTES],
                  unsigned char ret_header[STREAM_HEADER]);

/* Encrypt all of plain; ret has room for stream_size(len). */
void stream_encrypt(struct stream *s, const unsigned char hash[OBJECT_HASH_BYTES],
                    const void *plain, size_t len, unsigned char *ret);

/* Decrypt the body of h and append it to ret; nothing is left in ret on failure. */
int stream_decrypt(const struct header *h, const unsigned char data_key[DATA_KEY_BYTES],
                   const unsigned char hash[OBJECT_HASH_BYTES], const unsigned char *body,
                   struct buf *ret, enum seal_refusal *why, struct err *e);

#endif
