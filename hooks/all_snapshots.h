/*
 * all_snapshots.h - every snapshot in the store of a service: its name, and its header, verified.
 * For what looks at all of them, page by page and a few headers at a time.  Thread: the loop's.
 */
#ifndef ALL_SNAPSHOTS_H
#define ALL_SNAPSHOTS_H

#include "hooks/glances.h"

struct snapshot_name {
	char                 name[SEAL_OBJECT_NAME_SIZE];
	struct seal_position position;
};

struct all_snapshots {
	/* set by the caller */
	struct store      *store;
	const struct keys *keys;
	const char        *service;
	size_t             front;  /* how many bytes of each to read: SEAL_HEADER_BYTES, or SEAL_STANZAS_BYTES */
	size_t             enough; /* with no more names than that no header is read */
	/* All names are known. */
	int (*listed)(struct all_snapshots *a, struct err *e);
	/* For each name, in any order. */
	void (*look)(struct all_snapshots *a, size_t i, const struct glance *seen);
	/* Once, at the end; rc: the store's. */
	void (*done)(struct all_snapshots *a, int rc, const struct err *e);
	/* the result: valid until all_snapshots_release() */
	struct snapshot_name *names; /* newest first; what is no name of a snapshot is left out */
	size_t                count;
	/* its own */
	size_t                capacity;
	struct glances        glances;
};

int  all_snapshots_read(struct all_snapshots *a, struct err *e);
void all_snapshots_release(struct all_snapshots *a);

#endif
