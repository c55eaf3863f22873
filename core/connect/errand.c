/* errand.c - see errand.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/connect/errand.h"

#define SILENT_MAX 3u
#define RETRY_ERRAND ((struct retry){ .base_ms = 100, .cap_ms = 2000, .attempts_max = 25 })

static void
errand_free(struct errand *r)
{
	buf_release(&r->path);
	buf_wipe(&r->body);
	free(r);
}

/* Over, for this item; an error ends the run. */
static void
leave(struct errand *r, int rc, const struct err *e)
{
	struct errand_run *run = r->run;
	struct apply *a = run->apply;

	run->done++;
	if (a->progress != NULL)
		a->progress(a, run->done, run->count);
	errand_free(r);
	fanout_end(&run->fanout, rc, e);
}

void
errand_end(struct errand *r, enum plan_outcome outcome, const char *reason)
{
	r->item->outcome = outcome;
	r->item->reason = reason == NULL ? NULL : arena_text(&r->run->apply->plan->arena, reason);
	leave(r, 0, &(struct err){ 0 });
}

void
errand_refused(struct errand *r, const struct http_response *answer)
{
	struct err e = { 0 };

	r->item->denied = http_error(answer, &e) == ERR_DENIED;
	if (answer->status == 400 && strchr(r->item->want.key, '/') != NULL)
		(void)err_set(&e, ERR_FAILED, "this worker takes no name with a '/' in an address (400): "
		              "its state cannot be asked for or changed");
	errand_end(r, PLAN_FAILED, e.text);
}

int
errand_send(struct errand *r, const char *method, const char *behind, http_fn *done,
            struct err *e)
{
	buf_clear(&r->path);
	connect_path(&r->path, r->item->want.key, behind);
	return connect_send(r->run->connect, method, buf_text(&r->path), NULL, done, r, e);
}

void
errand_go_on(struct errand *r, errand_step *next)
{
	struct err e = { 0 };
	int rc = next(r, &e);

	if (rc != 0)
		leave(r, rc, &e);
}

static void
waited(void *arg, int rc)
{
	struct errand *r = arg;
	struct err e = { 0 };

	if (rc == 0) {
		errand_go_on(r, r->next);
		return;
	}
	(void)loop_check(r->run->connect->loop, &e);
	leave(r, rc, &e);
}

void
errand_later(struct errand *r, errand_step *next, const struct err *why)
{
	struct loop *l = r->run->connect->loop;
	struct err e = { 0 };

	r->next = next;
	r->why = *why;
	if (retry_wait(&r->retry, l, waited, r, &e) == 0)
		return;
	if (l->stopped != 0)
		leave(r, e.code, &e);
	else
		errand_end(r, PLAN_TODO, r->why.text);
}

void
errand_unanswered(struct errand *r, errand_step *next, int rc, const struct err *e)
{
	r->lost = true;
	if (!retry_worth(rc) || ++r->silent == SILENT_MAX)
		leave(r, rc, e);
	else
		errand_later(r, next, e);
}

/* ---- the run ---- */

static int
errand_start(struct fanout *f, size_t i, struct err *e)
{
	struct errand_run *run = container_of(f, struct errand_run, fanout);
	struct errand *r = calloc(1, sizeof *r);
	int rc;

	if (r == NULL)
		return err_memory(e, "restoring connectors");
	r->run = run;
	r->item = run->items[i];
	r->retry = RETRY_ERRAND;
	buf_init(&r->path, 4 * KEY_MAX_BYTES);
	buf_init(&r->body, LINE_MAX_BYTES + 2 * KEY_MAX_BYTES);
	rc = run->what->first(r, e);
	if (rc != 0)
		errand_free(r);
	return rc;
}

static void
all_over(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct errand_run, fanout)->job, rc, e);
}

static void
step_errands(struct job *j)
{
	struct errand_run *run = container_of(j, struct errand_run, job);

	run->fanout = (struct fanout){ .count = run->count, .width = ERRAND_WIDTH,
		                       .start = errand_start, .done = all_over };
	fanout_run(&run->fanout);
}

/* What the version of the worker decides. */
static void
step_pick(struct job *j)
{
	struct errand_run *run = container_of(j, struct errand_run, job);
	struct plan *plan = run->apply->plan;
	size_t i;
	int rc = 0;

	for (i = 0; i < plan->count && rc == 0; i++) {
		struct plan_item *item = &plan->items[i];

		if (run->what->prepare != NULL)
			rc = run->what->prepare(run->apply, item, &j->err);
		if (rc == 0 && run->what->pick(item))
			run->items[run->count++] = item;
	}
	job_next(j, rc, NULL);
}

static void
worker_probed(void *arg, int rc, const struct err *e)
{
	job_next(&((struct errand_run *)arg)->job, rc, e);
}

static void
step_worker(struct job *j)
{
	struct errand_run *run = container_of(j, struct errand_run, job);
	int rc = connect_probe(run->connect, worker_probed, run, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
run_done(struct job *j)
{
	struct errand_run *run = container_of(j, struct errand_run, job);
	struct apply *a = run->apply;
	struct err err = j->err;

	free(run->items);
	free(run);
	a->done(a, err.code, &err);
}

int
errands_start(struct apply *a, const struct errands *what, struct err *e)
{
	static const struct job_step steps[] = {
		{ "ask the worker", step_worker },
		{ "pick", step_pick },
		{ "ask for each", step_errands },
		{ NULL, NULL },
	};
	struct errand_run *run = calloc(1, sizeof *run);

	if (run == NULL)
		return err_memory(e, "restoring connectors");
	run->apply = a;
	run->connect = a->server;
	run->what = what;
	run->items = calloc(a->plan->count + 1, sizeof(struct plan_item *));
	if (run->items == NULL) {
		free(run);
		return err_memory(e, "restoring connectors");
	}
	job_start(&run->job, a->loop, steps, run_done, NULL);
	return 0;
}
