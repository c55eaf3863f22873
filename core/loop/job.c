/* job.c - see job.h.  Invariant: `ready` is false exactly while a step runs or waits. */
#include <assert.h>
#include <string.h>

#include "core/loop/job.h"

static void
advance(struct job *j)
{
	if (!j->back)
		j->index++;
	j->back = false;
	j->step = &j->steps[j->index];
}

/*
 * Run steps until one of them has to wait, then or at the end return; nothing is touched after
 * done.
 */
static void
job_run(struct job *j)
{
	assert(!j->running);
	j->running = true;
	while (j->ready && !j->finish && j->err.code == 0 && j->step->name != NULL) {
		if (loop_check(j->loop, &j->err) != 0) {
			j->failed = j->step->name;
			break;
		}
		j->ready = false;
		if (j->watch != NULL)
			j->watch(j);
		j->step->run(j);
		if (j->ready)
			advance(j);
	}
	j->running = false;
	if (j->ready)
		j->done(j);
}

void
job_start(struct job *j, struct loop *loop, const struct job_step *steps, job_done_fn *done,
          job_watch_fn *watch)
{
	*j = (struct job){ .loop = loop, .steps = steps, .step = steps, .done = done,
	                   .watch = watch, .ready = true };
	job_run(j);
}

void
job_next(struct job *j, int rc, const struct err *e)
{
	assert(!j->ready && rc <= 0);
	if (rc != 0) {
		if (e != NULL && e != &j->err)
			j->err = *e;
		j->err.code = rc;
		j->failed = j->step->name;
	}
	j->ready = true;
	if (j->running)
		return; /* job_run() goes on */
	advance(j);
	job_run(j);
}

void
job_finish(struct job *j)
{
	j->finish = true;
	job_next(j, 0, NULL);
}

void
job_go_to(struct job *j, const char *name)
{
	size_t i = 0;

	while (strcmp(j->steps[i].name, name) != 0) /* a name of the table: our bug otherwise */
		i++;
	j->index = i;
	j->back = true;
	job_next(j, 0, NULL);
}

void
job_skip(struct job *j, size_t n)
{
	for (; n > 0 && j->steps[j->index + 1].name != NULL; n--)
		j->index++;
}
