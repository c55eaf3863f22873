/*
 * work.h - run a function that may block, on a thread of the operation's own (R11: never in libuv's
 * process-wide pool), with all signals blocked.
 */
#ifndef WORK_H
#define WORK_H

#include "core/loop/loop.h"

/*
 * data belongs to the work until release(data): run(data) on the thread, then done(arg, 0) on the
 * loop - in which data may be read - then release(data).  When the loop is stopped, done(arg, code)
 * comes at once and must not touch data; run goes on alone, and the thread itself releases data
 * when it ends.  So data holds copies of everything that run needs, and nothing of the operation's.
 */
struct work_call {
	void (*run)(void *data);               /* worker thread */
	void (*release)(void *data);           /* whichever thread is last */
	void (*done)(void *arg, int rc);       /* loop thread */
};
int work_start(struct loop *l, const struct work_call *call, void *data, void *arg,
               struct err *e);

/*
 * The same without a callback and without a place in the pending ring, for what must happen though
 * nobody waits (rd_kafka_destroy): the loop's end waits for it, but no longer than the grace it
 * has.
 */
int work_detach(struct loop *l, void (*run)(void *data), void *data, struct err *e);

#endif
