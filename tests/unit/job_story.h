/* job_story.h - a job that writes down what happens, and the kinds of steps that it is made of (t_job.c) */
#ifndef JOB_STORY_H
#define JOB_STORY_H

#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/job.h"
#include "tests/unit/loop_fixture.h"

/* A job that writes down what happens, one letter a step. */
struct story {
	struct job   job, inner;
	struct loop *loop;
	char         text[64];
	unsigned     done, inner_done, rounds, watched;
	struct heard wait;
};

#define STORY(j) container_of(j, struct story, job)

static void
tell(struct story *s, char c)
{
	size_t n = strlen(s->text);

	assert_true(n + 1 < sizeof s->text);
	s->text[n] = c;
}

static void
story_done(struct job *j)
{
	STORY(j)->done++;
}

static void
run(struct story *s, struct loop *l, const struct job_step *steps)
{
	s->loop = l;
	job_start(&s->job, l, steps, story_done, NULL);
	loop_run(l);
	assert_int_equal(s->done, 1);
}

/* ---- kinds of steps ---- */

static void
now(struct job *j)
{
	tell(STORY(j), 'n');
	job_next(j, 0, NULL);
}

static void
waited(void *arg, int rc)
{
	struct job *j = arg;
	struct err e = { 0 };

	tell(STORY(j), '.');
	if (rc != 0)
		(void)loop_check(j->loop, &e);
	job_next(j, rc, &e);
}

static void
later(struct job *j)
{
	tell(STORY(j), 'l');
	assert_int_equal(loop_wait(j->loop, 0, waited, j, &j->err), 0);
}

static void
for_ever(struct job *j)
{
	tell(STORY(j), 'f');
	assert_int_equal(loop_wait(j->loop, 3600000, waited, j, &j->err), 0);
}

static void
bad_now(struct job *j)
{
	struct err e = { 0 };

	tell(STORY(j), 'b');
	job_next(j, err_set(&e, ERR_DENIED, "no"), &e);
}

static void
bad_own(struct job *j)
{
	job_next(j, err_set(&j->err, ERR_CONFIG, "own words"), NULL);
}

static void
bad_end(void *arg, int rc)
{
	struct err e = { 0 };

	assert_int_equal(rc, 0);
	job_next(arg, err_set(&e, ERR_AGAIN, "busy"), &e);
}

static void
bad_later(struct job *j)
{
	assert_int_equal(loop_wait(j->loop, 0, bad_end, j, &j->err), 0);
}

static void
finish(struct job *j)
{
	tell(STORY(j), 'x');
	job_finish(j);
}

static void
finish_end(void *arg, int rc)
{
	assert_int_equal(rc, 0);
	job_finish(arg);
}

static void
finish_later(struct job *j)
{
	assert_int_equal(loop_wait(j->loop, 0, finish_end, j, &j->err), 0);
}

#endif
