/*
 * diff.h - want minus have: a merge of two streams of lines.  Pure: no I/O, no time, no state.
 */
#ifndef DIFF_H
#define DIFF_H

#include "core/base/err.h"
#include "core/snapshot/line.h"

enum difference {
	DIFF_MISSING, /* in want alone: have is NULL */
	DIFF_EXTRA,   /* in have alone: want is NULL */
	DIFF_CHANGED, /* in both, other value */
	DIFF_EQUAL,   /* in both, same bytes */
};

/* Anything but 0 ends the merge and is returned by it.  Both lines are valid during the call. */
typedef int diff_fn(void *arg, enum difference difference, const struct line *want,
                    const struct line *have);

/* Call fn for each key of either stream, in order.  0, fn's value, or a source's error. */
int diff_lines(struct line_source *want, struct line_source *have, diff_fn *fn, void *arg,
               struct err *e);

/*
 * What differs between two values, for people: appends "configs.retention.ms (missing) -> 1000,
 * partitions 3 -> 6" to out, names in byte order, nothing when they are equal.  Members are
 * compared by their canonical text, nested objects member by member, to depth 2.  Strings that
 * cannot be taken for anything else have no quotes; what is longer than 60 bytes is cut with
 * "..."; bytes that a terminal would obey are '?'.  With secret true only the names are said
 * ("config.password changed").
 */
int diff_describe(const struct line *from, const struct line *to, bool secret, struct buf *out,
                  struct err *e);

#endif
