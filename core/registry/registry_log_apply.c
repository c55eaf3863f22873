/*
 * registry_log_apply.c - saved records into a registry's topic: all are read from the plan, and the topic is read,
 * before the first is written
 */
#include <stdlib.h>

#include "core/loop/job.h"
#include "core/registry/registry_log.h"

struct log_apply {
	struct apply    *apply;
	struct way      *way;
	struct job       job;
	struct saved_log saved;
	size_t           next, count; /* the record that is to be written next, and how many there are */
};

#define LOG_APPLY(j) container_of(j, struct log_apply, job)

/* Records before `next` are there. */
static void
acknowledge(struct log_apply *l, size_t next)
{
	size_t i;

	for (i = 0; i < next; i++)
		l->saved.items[i]->outcome = PLAN_DONE;
	if (next == l->count)
		l->saved.head->outcome = PLAN_DONE;
}

static void
step_saved(struct job *j)
{
	struct log_apply *l = LOG_APPLY(j);
	int rc = saved_log_read(&l->saved, l->apply->plan, &j->err);

	if (rc == 0 && l->saved.head == NULL)
		rc = err_set(&j->err, ERR_UNSUPPORTED, "registry_log: records mean something only all together");
	l->count = l->saved.log.count;
	job_next(j, rc, NULL);
}

static int
foreign(const struct log_apply *l, const struct log_match *match, struct err *e)
{
	return err_set(e, ERR_OPERATOR,
	               "topic %.249s: %s; an id must not mean two things, so nothing is written: if they are not "
	               "wanted, stop the registry, delete the topic, and run again: the restore goes on",
	               l->way->registry.topic, match->reason);
}

static void
topic_was_read(void *arg, int rc, struct topic_log *log, const struct err *e)
{
	struct log_apply *l = arg;
	struct log_match match = { .standing = LOG_STANDS_AT };
	struct err err = *e;

	if (rc == ERR_MISSING)
		rc = err_set(&err, ERR_AGAIN,
		             "topic %.249s is not there yet: it is restored with the topics, before its records",
		             l->way->registry.topic);
	if (rc == 0)
		rc = log_match(&l->saved.log, l->saved.told.vendor, log, &match, &err);
	if (rc == 0 && match.standing == LOG_STANDS_FOREIGN)
		rc = foreign(l, &match, &err);
	if (rc == 0) {
		l->next = match.next;
		acknowledge(l, match.next);
	}
	job_next(&l->job, rc, &err);
}

static void
step_look(struct job *j)
{
	struct log_apply *l = LOG_APPLY(j);
	int rc = topic_log_read(j->loop, l->way->registry.kafka, l->way->registry.topic, topic_was_read, l, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
written(void *arg, int rc, size_t count, const struct err *e)
{
	struct log_apply *l = arg;
	struct err err = *e;
	size_t next = l->next + count;

	if (rc == ERR_DENIED)
		(void)err_prefix(&err, "this user may not write: grant Write on topic %.249s, then run again",
		                 l->way->registry.topic);
	acknowledge(l, next);
	if (l->apply->progress != NULL)
		l->apply->progress(l->apply, next, l->count);
	job_next(&l->job, rc, &err);
}

static void
step_write(struct job *j)
{
	struct log_apply *l = LOG_APPLY(j);
	struct topic_log log;
	int rc;

	if (l->next == l->count) {
		job_next(j, 0, NULL);
		return;
	}
	log = l->saved.log;
	topic_log_init(&l->saved.log);
	rc = topic_log_write(j->loop, l->way->registry.kafka, l->way->registry.topic, &log, l->next, written, l,
	                     &j->err);
	topic_log_release(&log); /* empty, unless it was not taken */
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
apply_done(struct job *j)
{
	struct log_apply *l = LOG_APPLY(j);
	struct apply *apply = l->apply;
	struct err err = j->err;

	saved_log_release(&l->saved);
	free(l);
	apply->done(apply, err.code, &err);
}

int
registry_log_apply(struct apply *apply, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read the saved records", step_saved },
		{ "read the topic", step_look },
		{ "write", step_write },
		{ NULL, NULL },
	};
	struct log_apply *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_memory(e, "restoring a registry's records");
	l->apply = apply;
	l->way = apply->server;
	job_start(&l->job, apply->loop, steps, apply_done, NULL);
	return 0;
}
