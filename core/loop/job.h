/*
 * job.h - run a list of asynchronous steps as if they were straight-line code.
 *
 * The table is the algorithm: read it from top to bottom.  A step is started by the engine and ends
 * by calling job_next() exactly once, now or later.  The first error ends the job after the step
 * that had it; done is then called exactly once.  Cancel and deadline are the loop's (loop_stop):
 * what the step waits for calls back with that code, and the step passes it on.  Jobs nest: a step
 * may start another job and end when that one is done.
 *
 * Thread: the loop's.
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/loop/loop.h"

struct job;

struct job_step {
	const char *name;          /* for progress, timing and "in step NAME"; NULL ends the table */
	void (*run)(struct job *); /* ends in job_next() */
};

typedef void job_done_fn(struct job *j);
typedef void job_watch_fn(struct job *j); /* a step begins: j->step, j->index; may be NULL */

struct job {
	struct loop           *loop;
	const struct job_step *steps, *step; /* step: the running one; steps[index] */
	size_t        index;
	job_done_fn  *done;
	job_watch_fn *watch;
	struct err    err;     /* of the first failure; done reads it; err.code is the job's result */
	const char   *failed;  /* name of the step that failed, NULL while none has */
	bool          running; /* inside the engine */
	bool          ready;   /* the current step has ended */
	bool          finish;  /* job_finish() was called */
	bool          back;    /* job_go_to() chose the next step */
};

/*
 * Start.  done may come before this returns only if a step ended the job at once; the job's memory
 * is the caller's again in done.
 */
void job_start(struct job *j, struct loop *loop, const struct job_step *steps, job_done_fn *done,
               job_watch_fn *watch);

/*
 * End the running step: rc 0, or a code with its reason in e (copied; NULL when j->err is filled
 * already).
 */
void job_next(struct job *j, int rc, const struct err *e);

/* End the running step and the whole job with success: the steps behind it are not run. */
void job_finish(struct job *j);

/*
 * End the running step with success and go on at the step of this name, before or behind it
 * (polling, another round).
 */
void job_go_to(struct job *j, const char *name);

/* Leave out the following n steps when the running one ends (a decision of the step). */
void job_skip(struct job *j, size_t n);

#endif
