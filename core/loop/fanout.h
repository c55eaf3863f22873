/*
 * fanout.h - start(0), start(1) ... start(count-1) with at most `width` in flight; then done, once.
 *
 * The first error stops new starts; what runs is waited for.  Thread: the loop's.
 */
#ifndef FANOUT_H
#define FANOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct fanout {
	size_t count, width;
	/* Start item i, which ends with fanout_end(), later.  An error: it was not started. */
	int (*start)(struct fanout *f, size_t i, struct err *e);
	void (*done)(struct fanout *f, int rc, const struct err *e);
	/* the fan-out's own */
	size_t     next, busy;
	struct err err;
	bool       running;
};

/* Fields above are set, the rest zero.  done may come before this returns, when nothing waits. */
void fanout_run(struct fanout *f);
void fanout_end(struct fanout *f, int rc, const struct err *e);

#endif
