/*
 * names.h - the names in a service's folder of snapshots, so many at a time, foreign ones among them.
 * For what looks at all of them.  Thread: the loop's.
 */
#ifndef NAMES_H
#define NAMES_H

#include "core/base/arena.h"
#include "core/store/store.h"

struct names {
	/* set by the caller */
	struct store *store;
	const char   *service;
	size_t        max; /* how many to read at the most */
	void (*done)(struct names *n, int rc, const struct err *e);
	/* the result: valid until the next names_read(), or names_release() */
	char        **names; /* in byte order, which is newest first */
	size_t        count;
	bool          more;  /* there are names behind the last one */
	/* its own */
	struct arena  arena;
};

/* The names behind `after` ("": from the first one on), which may be one of the last result's. */
int  names_read(struct names *n, const char *after, struct err *e);
void names_release(struct names *n);

#endif
