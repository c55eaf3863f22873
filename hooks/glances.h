/*
 * glances.h - glances at many snapshots: of each name one ranged read of its beginning, a few in flight, and what its
 * header says, verified.  One that does not verify is told and ends nothing; a store that does not answer does.
 * Thread: the loop's.
 */
#ifndef GLANCES_H
#define GLANCES_H

#include "core/loop/fanout.h"
#include "core/seal/container.h"
#include "core/store/store.h"

#define GLANCES_WIDTH 8u /* how many requests are in flight */

/* What one came to; valid during the call. */
struct glance {
	const struct seal_header *header; /* NULL: it does not verify */
	int                rc;            /* then: ERR_CORRUPT, ERR_OPERATOR, or ERR_MISSING (removed meanwhile) */
	enum seal_refusal  why;
	const struct err  *err;
	const void        *bytes; /* NULL with ERR_MISSING */
	size_t             len;
	uint64_t           total; /* the whole object's length */
};

struct glances {
	/* set by the caller */
	struct store      *store;
	const struct keys *keys;
	const char        *service;
	size_t             front; /* how many bytes of each to read: SEAL_HEADER_BYTES, or SEAL_STANZAS_BYTES */
	size_t             count;
	/* Names of snapshots (seal_parse_name()), which live until done. */
	const char *(*name)(const struct glances *g, size_t i);
	/* For each, in any order. */
	void (*look)(struct glances *g, size_t i, const struct glance *seen);
	/* Once, at the end; rc: the store's.  It may come before glances_start() returns. */
	void (*done)(struct glances *g, int rc, const struct err *e);
	/* its own */
	struct fanout      fanout;
};

void glances_start(struct glances *g);

#endif
