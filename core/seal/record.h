/*
 * record.h - small signed objects: claims, adoptions and decisions (DESIGN 5).  JSON text inside a
 * signed envelope (FORMAT.md, "Records"); the JSON is parsed only after the signature verified.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/seal/container.h"
#include "core/seal/keys.h"

enum record_type {
	RECORD_CLAIM = 1,    /* folder c: a restore into this cluster has begun */
	RECORD_ADOPTION = 2, /* folder a: this cluster is this service's */
	RECORD_DECISION = 3, /* folder x: a person accepts a kind, or drops a carried line */
};

enum adopted_by { ADOPTED_FIRST = 1, ADOPTED_RESTORE = 2, ADOPTED_PERSON = 3 };

struct record {
	enum record_type type;
	char     service[SERVICE_ID_MAX + 1];
	uint64_t epoch;
	uint64_t sequence;                 /* decisions: valid up to (epoch, sequence); else 0 */
	unsigned char id[SNAPSHOT_ID_BYTES]; /* random, part of the name */
	int64_t  created_at_ms;
	char     cluster[CLUSTER_ID_MAX + 1]; /* claims and adoptions; "" in decisions */
	/* claims */
	unsigned char snapshot[SNAPSHOT_ID_BYTES]; /* what is restored; zero: nothing was found */
	uint64_t snapshot_epoch, snapshot_sequence;
	bool     create_only; /* a person restores into a used cluster: nothing there is altered */
	/* adoptions */
	enum adopted_by by;
	const char *const *topic_ids; /* URL-safe base64, sorted; at most ADOPTION_TOPICS_MAX */
	size_t   topic_id_count;
	/* decisions */
	enum kind kind;      /* the kind that is accepted */
	const char *name;    /* the key of the carried line that is dropped; NULL: the whole kind */
};

/* Sign r (r->id is filled with random bytes first) and append the object to out. */
int record_seal(struct record *r, const struct keys *keys, struct buf *out, struct err *e);

/*
 * Verify and read an object of folder `type` that was read under `name` (last part) for `service`.
 * The texts and lists of *ret are in the arena.  ERR_CORRUPT with the reason; ERR_OPERATOR when the
 * signer is not trusted.  The text begins with the name; *ret is set only on success.
 */
int record_open(const void *bytes, size_t len, enum record_type type, const char *service,
                const char *name, const struct keys *keys, struct arena *arena,
                struct record *ret, struct err *e);

/*
 * Names, last part.  Claims and adoptions: "<16 hex of ~epoch>-<cluster id>-<32 hex of id>";
 * decisions: "<16 hex of ~epoch><16 hex of ~sequence>-<32 hex of id>".  A byte of a cluster id
 * outside [A-Za-z0-9_-] is written as %XX (upper case).
 */
#define RECORD_NAME_SIZE 256
void record_name(const struct record *r, char ret[RECORD_NAME_SIZE]);

/*
 * What a name says, before anything is read: epoch, cluster ("" for decisions), sequence, id; the
 * rest is zero.  false: no such name.
 */
bool record_parse_name(enum record_type type, const char *name, struct record *ret);

#endif
