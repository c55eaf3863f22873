/*
 * survey.h - what the store has of a service: its records, its newest good snapshot, and for each
 * kind the snapshot that R2 would restore it from.  Thread: the loop's.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include "core/seal/container.h"
#include "hooks/records.h"
#include "hooks/sources.h"

struct survey {
	/* set by the caller */
	struct loop       *loop;
	struct store      *store;
	const struct keys *keys;
	const char        *service, *cluster;
	bool               names_only; /* list, and open nothing */
	bool               header_only; /* of the newest: its signed header is read, and not its body */
	void (*done)(struct survey *s, int rc, const struct err *e);
	/* the result: valid until survey_release() */
	struct records     records;
	uint64_t           epoch;      /* E: of records and snapshots */
	bool               found;      /* a snapshot */
	struct seal_header newest;     /* the newest that verifies */
	char               newest_name[SEAL_OBJECT_NAME_SIZE];
	struct document    document;   /* ... and opens; none with header_only */
	struct kind_source sources[KIND_TABLE];
	struct skipped_object *skipped; /* names newer than it that do not verify */
	size_t             skipped_count;
	/* its own */
	struct job         job;
	unsigned           waiting; /* for records and names */
	struct err         records_err, list_err;
	struct arena       arena;
	char             **names;
	size_t             count, next;
	struct source_search search;
	bool               more; /* the store has names behind these */
};

/* Copy a page of names into the survey's arena. */
int survey_keep_page(struct survey *s, const struct store_page *page, char ***names, size_t *count,
                     bool *more, struct err *e);

int  survey_start(struct survey *s, struct err *e);
void survey_release(struct survey *s);

#define SNAPSHOT_BYTES_MAX ((size_t)DOCUMENT_BODY_MAX + (1u << 20)) /* header, stanzas, chunk tags, signature */

/*
 * Read and open one whole snapshot by name (last part); the document is the callee's during the
 * call, unless it takes it.
 */
typedef void snapshot_open_fn(void *arg, int rc, const struct seal_header *header,
                              struct document *document, const struct err *e);
int snapshot_open(struct store *store, const struct keys *keys, const char *service,
                  const char *name, snapshot_open_fn *fn, void *arg, struct err *e);

#endif
