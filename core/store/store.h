/*
 * store.h - where snapshots and records are kept: the contract of a storage back end.
 *
 * A store holds immutable objects under names that never meet (every name ends in a random id), so nothing is ever overwritten.  Names are
 * "<service>/<folder>/<last part>"; the prefix or directory of the configuration is the back end's affair.  What is relied on: a whole object
 * appears at once or not at all; what was put can be read back and is listed; lists are in byte order.
 *
 * Thread: the loop's.  Callback rule (core/loop/pending.h): a start function that returned 0 calls back exactly
 * once, later, also when the loop stops; otherwise never.  What callbacks are given is valid during the call.
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
	 * The names in `folder` ("orders-prod/s") behind `after` (last part, or "" for the first), at most `max`.  A folder that does not
	 * exist is an empty one - unless the store itself is not there, which is ERR_AGAIN: an unmounted disk is not an empty store.
	 */
	int (*list)(struct store *s, const char *folder, const char *after, size_t max,
	            store_list_fn *fn, void *arg, struct err *e);

	/* Bytes offset..offset+len-1 (len 0: to the end, at most max bytes, else ERR_CORRUPT).  ERR_MISSING. */
	int (*get)(struct store *s, const char *name, uint64_t offset, size_t len, size_t max,
	           store_get_fn *fn, void *arg, struct err *e);

	/*
	 * Make an object durable, then visible.  bytes is copied or finished with before this returns.  A failure leaves nothing that a
	 * list shows; it may have happened all the same (answer lost): who needs to know reads back.
	 */
	int (*put)(struct store *s, const char *name, const struct buf *bytes, store_done_fn *fn,
	           void *arg, struct err *e);

	/* Remove an object; one that is not there is removed. */
	int (*remove)(struct store *s, const char *name, store_done_fn *fn, void *arg,
	              struct err *e);

	/* Say whether the store can be used at all: reached, listed and written to.  Leaves nothing behind. */
	int (*check)(struct store *s, store_done_fn *fn, void *arg, struct err *e);

	/* After the last callback.  NULL is never passed. */
	void (*close)(struct store *s);
};

struct store { /* embedded first in each back end's own struct */
	const struct store_ops *ops;
};

/* core/store/fs.c: a directory.  It must exist; nothing is made above it.  path is copied. */
int store_fs_open(struct loop *loop, const char *path, struct store **ret, struct err *e);

/*
 * core/store/fault.c, for tests: wraps another store (which it owns).  plan is read at each call: "list=2:AGAIN" fails the second list with ERR_AGAIN,
 * "put=1:lost" does the put and reports ERR_AGAIN, "get=3:cut" gives half of the bytes, "*=hang" never calls back before the loop stops.  Comma-separated.
 */
int store_fault_open(struct loop *loop, struct store *inner, const char *plan, struct store **ret,
                     struct err *e);

#endif
