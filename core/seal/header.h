/*
 * header.h - the fixed, clear, signed part of a snapshot (FORMAT.md, "Header"), and how objects are
 * refused.  For the seal layer alone.
 */
#ifndef HEADER_H
#define HEADER_H

#include <sodium.h>

#include "core/seal/container.h"
#include "core/seal/sign.h"

#define HEADER_BYTES      928u
#define HEADER_SIGNED     (HEADER_BYTES - SIGNATURE_BYTES)
#define STANZA_BYTES      88u
#define STREAM_HEADER     crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define COMMITMENT_BYTES  32u
#define OBJECT_HASH_BYTES 32u

/* The header with what only the seal layer needs of it. */
struct header {
	struct seal_header shown;
	uint64_t      body_size;  /* encrypted */
	uint16_t      recipients; /* stanzas that follow the header */
	unsigned char stream[STREAM_HEADER];
	unsigned char commitment[COMMITMENT_BYTES];
};

/* Of the whole object that a header describes. */
uint64_t header_object_size(const struct header *h);

/* 1 to 64 of A-Z a-z 0-9 . _ - without a leading dot; 1 to 64 bytes without control characters. */
bool header_is_service(const char *text);
bool header_is_cluster(const char *text);

/* What the format cannot hold ("the epoch is 0"), or NULL. */
const char *header_fault(const struct seal_header *shown);

/* Encode and sign; header_fault() gave NULL. */
int header_write(const struct header *h, const struct secret *signing,
                 unsigned char ret[HEADER_BYTES], struct err *e);

/* All checks of the header in their order; see seal_read_header(). */
int header_read(const unsigned char *bytes, size_t len, uint64_t total_len,
                const struct keys *keys, struct header *ret, enum seal_refusal *why,
                struct err *e);

/*
 * Set *why and e (ERR_OPERATOR for SEAL_SIGNER and SEAL_RECIPIENT, else ERR_CORRUPT); returns the
 * code.
 */
int header_refuse(enum seal_refusal *why, enum seal_refusal refusal, struct err *e,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));


/*
 * All checks of seal_open() but the last two (SEAL_SIZE, SEAL_DOCUMENT): the body is appended to
 * *body as it is.  Nothing is set or appended on failure; the text does not name the object.
 */
int seal_open_body(const void *bytes, size_t len, const char *service, const char *name,
                   const struct keys *keys, struct seal_header *header, struct buf *body,
                   enum seal_refusal *why, struct err *e);

#endif
