/* frames.h - a list of record frames, in memory, in the order in which they are to be written */
#ifndef KRAFT_FRAMES_H
#define KRAFT_FRAMES_H

#include "core/kraft/record.h"

struct frames {
	struct buf bytes; /* each: its length [4], itself */
	size_t     count;
};

void frames_init(struct frames *f);
void frames_release(struct frames *f); /* overwrites them first */

/* Errors are those of f->bytes. */
void frames_add(struct frames *f, const void *frame, size_t len);
void frames_add_record(struct frames *f, const struct metadata_record *r);
void frames_append(struct frames *f, const struct frames *other);

/* Each in turn; *at is 0 at first.  False behind the last one. */
bool frames_next(const struct frames *f, size_t *at, const void **frame, size_t *len);

CLEANUP_RELEASE(struct frames, frames_release)

#endif
