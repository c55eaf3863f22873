/*
 * sources.h - R2: each kind from the newest snapshot that captured it and is not suspect.  For
 * survey.c; results are in struct survey.  Thread: the loop's.
 *
 * Nobody searches: a snapshot that has not captured a kind names the newest before it that has
 * (struct seal_header, behind), since its writer knew.  So it is one read for each snapshot that
 * is named, few of 10,000.  Where the one that is named is gone or does not verify, the next older
 * one that is there is asked, which knows the same of what is behind itself.  Snapshots of one
 * place, by writers who raced, are all looked at.
 */
#ifndef SOURCES_H
#define SOURCES_H

#include "core/seal/container.h"

struct survey;

/* Where a kind would come from. */
struct kind_source {
	bool               found, ended; /* ended: `disabled` ends the search */
	bool               passed;  /* a snapshot was passed over: suspect, or not captured in it */
	bool               suspect; /* ... for being suspect */
	struct seal_header header;
	char               name[SEAL_OBJECT_NAME_SIZE];
	struct seal_position captured; /* the newest that has it captured, suspect or not */
	/* its own */
	struct seal_position next;    /* where to look on; none: nowhere */
	struct seal_position further; /* ... after that place */
};

/* The search: places in the listing, from new to old. */
struct source_search {
	char               **names; /* of one page, its own after the first */
	size_t               count, at;
	bool                 more;
	char                 after[SEAL_OBJECT_NAME_SIZE]; /* names up to here were looked at */
	struct seal_position here;
};

/* Find all of them, from the newest snapshot on; ends the survey's step. */
void sources_find(struct survey *s);

/* What the header of the next snapshot has to say is behind it, of a kind that is so in it. */
struct seal_position sources_behind(const struct survey *s, enum kind kind,
                                    const struct kind_entry *entry);

#endif
