/*
 * rest_restore.h - apply() of the kind schema: put versions back with their ids by HTTP.
 *
 * What is there is listed first; a version that is there is never sent.  Contexts go into IMPORT (by force only where
 * something is there already); one schema is sent alone and read again, and when its id or version is another one,
 * nothing else is sent.  Then all others in waves: what is referred to before what refers to it, versions of a
 * subject in their order, 8 at a time.  Then soft deletions in reverse, modes as they were, everything is listed
 * again and compared, and ids are resolved: all of fewer than 500, else 50.
 */
#ifndef REGISTRY_REST_RESTORE_H
#define REGISTRY_REST_RESTORE_H

#include "core/registry/rest_list.h"
#include "core/registry/rest_modes.h"
#include "core/registry/rest_schemas.h"
#include "core/snapshot/kind_ops.h"

int rest_restore(struct apply *a, struct err *e);

/* ---- for rest_restore*.c alone ---- */

struct restore_item {
	struct plan_item    *plan;
	struct schema_parsed line;
	bool     create, softly; /* to be registered; to be softly deleted */
	bool     registered;     /* by us, and acknowledged */
	uint32_t level;          /* its wave */
	uint32_t waits_for;      /* while the waves are made: how many others come before it */
};

struct restore {
	struct apply     *apply;
	struct registry  *registry;
	struct job        job;
	struct fanout     fanout;
	struct rest_list  there;
	struct rest_modes modes;
	struct mode_scope *scopes;
	struct restore_item *items; /* sorted by context, subject, version; later by level */
	size_t            count, done;
	size_t            first, next; /* the wave that runs: items first .. next-1 */
	struct err        stop;        /* nothing more is sent: why */
	bool              whole;       /* ... and the run ends with it */
	unsigned          refused;     /* first schemas */
	size_t           *sample;      /* items whose ids are resolved */
	size_t            sample_count;
};

/* An item is over: the text is copied; what is not to be created any more is no matter for the waves. */
void restore_failed(struct restore *r, struct restore_item *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Give each item its level; those whose references are missing or go round in a circle fail. */
int  restore_order(struct restore *r, struct err *e);
void restore_step_probe(struct job *j);    /* register one, alone, and read it again */
void restore_step_register(struct job *j); /* the waves */
void restore_step_delete(struct job *j);   /* soft deletions, in reverse */
void restore_compare(struct restore *r);   /* items with r->there, which was listed anew */
void restore_step_resolve(struct job *j);  /* ids to texts */

/* Of fanout.start: the item at r->first + i. */
int  restore_start_register(struct fanout *f, size_t i, struct err *e);
int  restore_start_delete(struct fanout *f, size_t i, struct err *e);

/* Where the version is asked for or deleted, with the query behind it. */
void restore_version_path(const struct restore_item *item, const char *query, struct buf *path);

#endif
