/* fanout.c - see fanout.h */
#include <assert.h>

#include "core/loop/fanout.h"

void
fanout_run(struct fanout *f)
{
	struct err e = { 0 };
	int rc;

	f->running = true;
	while (f->err.code == 0 && f->next < f->count && f->busy < f->width) {
		f->busy++;
		rc = f->start(f, f->next++, &e);
		if (rc != 0)
			fanout_end(f, rc, &e);
	}
	f->running = false;
	if (f->busy == 0)
		f->done(f, f->err.code, &f->err);
}

void
fanout_end(struct fanout *f, int rc, const struct err *e)
{
	assert(f->busy > 0);
	f->busy--;
	if (rc != 0 && f->err.code == 0) {
		f->err = *e;
		f->err.code = rc;
	}
	if (!f->running)
		fanout_run(f);
}
