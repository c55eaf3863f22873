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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/loop/loop.h"
#include "core/store/credentials.h"

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
	 * not there, which is ERR_AGAIN (an unmounted disk is not an empty store) or ERR_CONFIG (no
	 * such bucket).
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
	 * Make an object durable, then visible.  bytes is borrowed until the callback.  A failure
	 * leaves nothing that a list shows; it may have happened all the same (answer lost): who
	 * needs to know reads back.
	 */
	int (*put)(struct store *s, const char *name, const struct buf *bytes, store_done_fn *fn,
	           void *arg, struct err *e);

	/*
	 * Remove an object; one that is not there is removed.  Where older versions are kept it is
	 * only hidden: facts.keeps_removed says so.
	 */
	int (*remove)(struct store *s, const char *name, store_done_fn *fn, void *arg,
	              struct err *e);

	/*
	 * Say whether the store can be used at all: reached, listed and written to.  Leaves nothing
	 * behind.  What it honours beyond that is in `facts` then.
	 */
	int (*check)(struct store *s, store_done_fn *fn, void *arg, struct err *e);

	/* After the last callback.  NULL is never passed. */
	void (*close)(struct store *s);
};

/* What was seen of a store on the way: by check, but for the last two.  For reports, never relied on. */
struct store_facts {
	bool    checked;       /* the next two were tried, in that very place */
	bool    exclusive;     /* a put of a name that is there is refused */
	bool    sums;          /* a put whose bytes are not those of its sum is refused */
	bool    keeps_removed; /* what is removed is only hidden: versions or locks */
	int64_t clock_ahead_s; /* our clock against the server's, where that mattered */
};

struct store { /* embedded first in each back end's own struct */
	const struct store_ops *ops;
	struct store_facts      facts;
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

/*
 * core/store/s3.c: a bucket of Amazon's S3, of a store that is compatible with it, or (google) of
 * Google's Cloud Storage by HMAC keys.  All copied; NULL is the default of what is optional.
 */
enum store_s3_addressing { STORE_S3_AUTO, STORE_S3_PATH, STORE_S3_VIRTUAL };

struct store_s3_options {
	bool        google;
	const char *bucket;
	const char *prefix;   /* "" or "a/b" */
	const char *endpoint; /* "https://host[:port]"; NULL: Amazon's of the region, or Google's */
	const char *region;
	enum store_s3_addressing addressing; /* auto: virtual at Amazon's own, path elsewhere */
	const char *ca_file;
	const char *storage_class, *encryption, *kms_key_id; /* "AES256", "aws:kms", "aws:kms:dsse" */
	const char *expected_bucket_owner;
	const char *lock_mode; /* "GOVERNANCE" or "COMPLIANCE", with lock_days */
	uint32_t    lock_days;
	struct credentials_options credentials;
};

/* ERR_CONFIG: the options make no sense.  Nothing is asked yet. */
int store_s3_open(struct loop *loop, const struct store_s3_options *o, struct store **ret,
                  struct err *e);

/*
 * core/store/azure.c: a container of Azure's Blob service.  All copied; NULL is the default of what is
 * optional.
 */
struct store_azure_options {
	const char *account, *container;
	const char *prefix;   /* "" or "a/b" */
	const char *endpoint; /* "https://host[:port][/path]"; NULL: Azure's of the account */
	const char *ca_file;
	struct credentials_options credentials; /* shared_key, sas, managed_identity, workload_identity */
};

int store_azure_open(struct loop *loop, const struct store_azure_options *o, struct store **ret,
                     struct err *e);

/*
 * core/store/gcs.c: a bucket of Google's Cloud Storage by its JSON interface, with tokens.
 */
struct store_gcs_options {
	const char *bucket;
	const char *prefix;        /* "" or "a/b" */
	const char *endpoint;      /* "https://host[:port]"; NULL: Google's */
	const char *ca_file;
	const char *storage_class; /* NULL: as the bucket says */
	struct credentials_options credentials; /* service_account, metadata_server */
};

int store_gcs_open(struct loop *loop, const struct store_gcs_options *o, struct store **ret,
                   struct err *e);

#endif
