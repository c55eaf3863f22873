/*
 * records.h - the claims, adoptions and decisions of a service: read and verified, and written.
 *
 * A record that does not verify is skipped and reported, never trusted.  Reads are few: in each
 * folder those of the highest epoch, those that name our cluster (at most OLDER_MAX), and all
 * decisions.  Thread: the loop's.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "core/base/arena.h"
#include "core/loop/job.h"
#include "core/seal/record.h"
#include "core/store/store.h"

#define RECORD_LIST_MAX RECORDS_READ_MAX
#define OLDER_MAX 16u

struct record_list { /* in byte order of their names: newest epoch first */
	struct record records[RECORD_LIST_MAX];
	size_t        count;
};

struct skipped_object { /* named in the report */
	char       name[RECORD_NAME_SIZE];
	struct err why;
	struct skipped_object *next; /* in the arena */
};

struct records {
	/* set by the caller */
	struct loop       *loop;
	struct store      *store;
	const struct keys *keys;
	const char        *service;
	const char        *cluster; /* the live one's id, or "" */
	bool               decisions_too;
	void (*done)(struct records *r, int rc, const struct err *e);
	/* the result: valid until records_release() */
	uint64_t           epoch;     /* the highest among verified claims and adoptions; 0: none */
	struct record_list claims, adoptions; /* verified; those of `epoch`, then older ones that name us */
	struct record_list decisions;
	struct skipped_object *skipped;
	/* its own */
	struct job         job;
	struct arena       arena;
	enum record_type   folder; /* that is being read */
	char             **names;
	size_t             count, next, older;
};

/* done is called once, later; an error of the store's is rc. */
int  records_read(struct records *r, struct err *e);
void records_release(struct records *r);

/* The first adoption, or claim, of the highest epoch (the winner); NULL: there is none. */
const struct record *records_adoption(const struct records *r);
const struct record *records_claim(const struct records *r);

/*
 * True if a person accepted the kind in a snapshot of this position, or dropped the carried line of
 * this key.
 */
bool records_accepted(const struct records *r, enum kind kind, const char *carried_key,
                      uint64_t epoch, uint64_t sequence);

/* True if a person accepted the kind when this very snapshot was the newest. */
bool records_gave_up(const struct records *r, enum kind kind, uint64_t epoch, uint64_t sequence);

/* The folder of a type: "c", "a", "x". */
const char *record_folder(enum record_type type);

/*
 * Sign a record, put it, read it back and compare.  The record's texts must live until done.
 */
typedef void record_put_fn(void *arg, int rc, const struct err *e);
int record_put(struct loop *loop, struct store *store, const struct keys *keys,
               struct record *record, record_put_fn *fn, void *arg, struct err *e);

#endif
