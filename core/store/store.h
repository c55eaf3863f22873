/*
 * store.h - where snapshots and records are kept: the contract of a storage back end.
 *
 * A store holds immutable objects under names that never meet (every name ends in a random id), so
 * nothing is ever overwritten.  Names are "<service>/<folder>/<last part>"; the prefix or directory
 * of the configuration is the back end's affair.  What is relied on: a whole object appears at once
 * or not at all; what was put can be read back and is listed; lists are in byte order.
 *
 * Thread: the loop's.  Callback rule (core/loop/pending.h): a start function that returned 0 calls
 * back exactly once, later, also when the loop stops; otherwise never.  What callbacks are given is
 * valid during the call.
 */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/loop/loop.h"

struct store;

/* A name of a list, last part only, in byte order. */
struct store_page {
	const char *const *names;
	size_t             count;
	int                more; /* there are names behind the last one */
};

typedef void store_list_fn(void *arg, int rc, const struct store_page *page, const struct err *e);
/* total is the whole object's length, also of a ranged read. */
typedef void store_get_fn(void *arg, int rc, const void *bytes, size_t len, uint64_t total,
                          const struct err *e);
typedef void store_done_fn(void *arg, int rc, const struct err *e);

struct store_ops {
	const char *type; /* "fs" */

	/*
	 * The names in `folder` ("orders-prod/s") behind `after` (last part, or "" for the first),
	 * at most `max`.  A folder that does not exist is an empty one - unless the store itself is
	 * not there, which is ERR_AGAIN: an unmounted disk is not an empty store.
	 */
	int (*list)(struct store *s, const char *folder, const char *after, size_t max,
	            store_list_fn *fn, void *arg, struct err *e);

	/*
	 * Bytes offset..offset+len-1, or to the end (len 0, or an object that ends earlier).
	 * ERR_MISSING; ERR_CORRUPT: more than max bytes to give, an object that ends before offset,
	 * or one that is shorter than it said.
	 */
	int (*get)(struct store *s, const char *name, uint64_t offset, size_t len, size_t max,
	           store_get_fn *fn, void *arg, struct err *e);

	/*
	 * Make an object durable, then visible.  bytes is copied or finished with before this
	 * returns.  A failure leaves nothing that a list shows; it may have happened all the same
	 * (answer lost): who needs to know reads back.
	 */
	int (*put)(struct store *s, const char *name, const struct buf *bytes, store_done_fn *fn,
	           void *arg, struct err *e);

	/* Remove an object; one that is not there is removed. */
	int (*remove)(struct store *s, const char *name, store_done_fn *fn, void *arg,
	              struct err *e);

	/*
	 * Say whether the store can be used at all: reached, listed and written to.  Leaves nothing
	 * behind.
	 */
	int (*check)(struct store *s, store_done_fn *fn, void *arg, struct err *e);

	/* After the last callback.  NULL is never passed. */
	void (*close)(struct store *s);
};

struct store { /* embedded first in each back end's own struct */
	const struct store_ops *ops;
};

/*
 * core/store/fs.c: a directory, by its absolute path (copied).  It must exist; nothing is made
 * above it.
 *
 * A missing directory is ERR_AGAIN, but a mount point whose disk is not mounted is a directory that
 * exists and is empty, as a new store is.  No mark in the store could tell them apart: a new store
 * has none either.  Whoever remembers can: the manager's anchor (R12) makes "less than the anchor"
 * of it.  Without an anchor, let path be a directory inside the mounted file system, not the mount
 * point itself: then it is missing while the disk is.
 */
int store_fs_open(struct loop *loop, const char *path, struct store **ret, struct err *e);

#endif
