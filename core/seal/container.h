/*
 * container.h - the sealed snapshot: bytes as core/seal/FORMAT.md says.
 *
 * Any thread; CPU only, no I/O.  Nothing that is not authenticated is parsed, decompressed or
 * returned.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/limits.h"
#include "core/seal/keys.h"
#include "core/snapshot/document.h"
#include "core/snapshot/kind.h"

#define SNAPSHOT_ID_BYTES 16
#define SNAPSHOT_ID_TEXT  33 /* 32 lower-case hex characters and a NUL */

/* A place in the order of a service's snapshots; epoch 0: none. */
struct seal_position {
	uint64_t epoch, sequence;
};

/* What the clear, signed header says. */
struct seal_header {
	char     service[SERVICE_ID_MAX + 1];
	char     cluster[CLUSTER_ID_MAX + 1]; /* cluster id, as Kafka shows it */
	uint64_t epoch, sequence;             /* from 1 */
	unsigned char id[SNAPSHOT_ID_BYTES];  /* random */
	unsigned char signer[KEY_BYTES];      /* Ed25519 public; of whom it seals, filled in */
	uint8_t  source;                      /* SOURCE_* */
	uint64_t source_offset;               /* of a log: behind the last record applied; else 0 */
	uint32_t source_leader_epoch;         /* of a log; else 0 */
	int64_t  created_at_ms;               /* UTC, the writer's clock; never used to choose */
	uint64_t carried;                     /* carried lines (= kinds[KIND_CARRIED].count) */
	uint64_t document_size;
	unsigned char document_hash[DOCUMENT_HASH_BYTES];
	struct kind_entry kinds[KIND_TABLE];
	/*
	 * Of a kind that is not captured here, the newest snapshot before this one that has it
	 * captured, suspect or not; of one that is suspect, the newest that is believed.  So nobody
	 * has to search.  None: there is none, or nothing is to be looked for (captured; disabled).
	 */
	struct seal_position behind[KIND_TABLE];
	/* Not in its bytes, and for who opens it: it is sealed to others than the keys' recipients of now. */
	bool recipients_changed;
};

/*
 * Is the object, of which the first len bytes are given (SEAL_STANZAS_BYTES, or all of it), sealed to the recipients of
 * keys, in whatever order, and to no other?  What it says is only proven when the whole object is opened.
 */
bool seal_is_sealed_to(const void *bytes, size_t len, const struct keys *keys);

enum { SOURCE_API = 1, SOURCE_LOG = 2, SOURCE_LOG_DOWN = 3 /* read while Kafka was down */ };

/* The most bytes that seal_read_header() needs: what a ranged read from the start asks for. */
#define SEAL_HEADER_BYTES 1024u
/* And seal_is_sealed_to(): the header, and a stanza of each recipient that there can be. */
#define SEAL_STANZAS_BYTES 4096u

/*
 * Seal a document and append it to ret.  header->id is filled with random bytes first; size, hash,
 * kinds and carried are taken from the document.  When keys has an identity, the result is opened
 * again (all but the document's own rules) and compared before it is returned, else its signatures
 * are verified.
 */
int seal_document(struct seal_header *header, const struct document *document,
                  const struct keys *keys, struct buf *ret, struct err *e);

/*
 * Why an object was refused: a number for tests and reports, in the order of the checks; but the
 * lengths that a header says are compared when it is known to be one, after SEAL_CAPS (FORMAT.md).
 */
enum seal_refusal {
	SEAL_OK = 0,
	SEAL_SHORT,        /* fewer bytes than a header, or than the header says */
	SEAL_LONG,         /* more */
	SEAL_MAGIC,
	SEAL_VERSION,
	SEAL_FLAGS,        /* unknown flags, or reserved bytes that are not zero */
	SEAL_CAPS,         /* a length, count or number out of its range */
	SEAL_SIGNER,       /* signed by nobody we trust */
	SEAL_SIGNATURE,    /* header's or object's does not verify */
	SEAL_NAME,         /* another object's name: service, epoch, sequence or id differ */
	SEAL_RECIPIENT,    /* not sealed to our identity */
	SEAL_COMMITMENT,   /* data key is not the one committed to */
	SEAL_STREAM,       /* body does not decrypt to its FINAL chunk at the exact end */
	SEAL_SIZE,         /* not the decompressed length that was said */
	SEAL_DOCUMENT,     /* the document breaks its rules */
};
const char *seal_refusal_name(enum seal_refusal refusal); /* "short", "signature", ... */

/*
 * Read and verify the clear header from the first len bytes (at least SEAL_HEADER_BYTES, or the
 * whole object) of an object of total_len bytes (0: not known).  Needs only keys->signers.
 * ERR_CORRUPT, or ERR_OPERATOR for SEAL_SIGNER, and *why.  The text does not name the object: the
 * caller prefixes it.
 */
int seal_read_header(const void *bytes, size_t len, uint64_t total_len, const struct keys *keys,
                     struct seal_header *ret, enum seal_refusal *why, struct err *e);

/* The same of an object that was read under the name `name` for `service`: SEAL_NAME if it is another's. */
int seal_read_header_as(const void *bytes, size_t len, uint64_t total_len, const char *service,
                        const char *name, const struct keys *keys, struct seal_header *ret,
                        enum seal_refusal *why, struct err *e);

/*
 * Open a whole object that was read under the name `name` (last part, as seal_object_name() makes
 * it) for `service`: all checks in their order.  *header and *document are set only on success; the
 * document is released by the caller.  ERR_CORRUPT, ERR_OPERATOR for SEAL_SIGNER and
 * SEAL_RECIPIENT, ERR_CONFIG without an identity; the text begins with the name.  *why is SEAL_OK
 * when something else went wrong (no memory, no identity).
 */
int seal_open(const void *bytes, size_t len, const char *service, const char *name,
              const struct keys *keys, struct seal_header *header, struct document *document,
              enum seal_refusal *why, struct err *e);

/* "<16 hex of ~epoch><16 hex of ~sequence>-<32 hex of id>.kcb": newest first in byte order. */
#define SEAL_OBJECT_NAME_SIZE (16 + 16 + 1 + 32 + 4 + 1)
void seal_object_name(const struct seal_header *header, char ret[SEAL_OBJECT_NAME_SIZE]);

/* What a name says, before anything is read; false: no name of a snapshot. */
bool seal_parse_name(const char *name, uint64_t *epoch, uint64_t *sequence,
                     unsigned char id[SNAPSHOT_ID_BYTES]);

/* Below 0: a is older than b; 0: the same place, which two writers may have taken. */
int seal_position_compare(struct seal_position a, struct seal_position b);

void seal_id_text(const unsigned char id[SNAPSHOT_ID_BYTES], char ret[SNAPSHOT_ID_TEXT]);

#endif
