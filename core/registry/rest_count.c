/* rest_count.c - see rest_count.h */
#include <stdlib.h>

#include "core/loop/job.h"
#include "core/registry/rest_count.h"
#include "core/registry/rest_pages.h"

struct count {
	struct registry   *registry;
	struct job         job;
	struct rest_pages  pages;
	registry_count_fn *fn;
	void              *arg;
};

#define COUNT(j) container_of(j, struct count, job)

static void
probed(void *arg, int rc, const struct err *e)
{
	job_next(&((struct count *)arg)->job, rc, e);
}

static void
step_ready(struct job *j)
{
	int rc = rest_probe(COUNT(j)->registry, probed, COUNT(j), &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static int
take(struct rest_pages *p, struct json_object *entry, struct err *e)
{
	(void)p; /* it counts them itself */
	(void)entry;
	(void)e;
	return 0;
}

static void
listed(struct rest_pages *p, int rc, const struct err *e)
{
	struct err err = *e;

	if (rc == 0 && p->missing)
		rc = err_set(&err, ERR_UNSUPPORTED, "%s: the registry does not list versions", p->path);
	job_next(&container_of(p, struct count, pages)->job, rc, &err);
}

static void
list(struct count *c, const char *path, struct job *j)
{
	int rc;

	c->pages = (struct rest_pages){ .registry = c->registry, .path = path, .take = take, .done = listed };
	rc = rest_pages_start(&c->pages, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
step_all(struct job *j)
{
	list(COUNT(j), "/schemas?deleted=false&subjectPrefix=:*:", j);
}

/* One without contexts may take the prefix for a name's. */
static void
step_default(struct job *j)
{
	struct count *c = COUNT(j);

	if (c->pages.taken > 0)
		job_next(j, 0, NULL);
	else
		list(c, "/schemas?deleted=false", j);
}

static void
count_done(struct job *j)
{
	struct count *c = COUNT(j);
	struct err err = j->err;

	c->fn(c->arg, err.code, c->pages.taken, &err);
	free(c);
}

int
registry_rest_count(struct registry *r, registry_count_fn *fn, void *arg, struct err *e)
{
	static const struct job_step steps[] = {
		{ "is the registry ready", step_ready },
		{ "count versions", step_all },
		{ "of the default context", step_default },
		{ "is it still ready", step_ready },
		{ NULL, NULL },
	};
	struct count *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(e, "counting a registry's versions");
	*c = (struct count){ .registry = r, .fn = fn, .arg = arg };
	job_start(&c->job, r->loop, steps, count_done, NULL);
	return 0;
}
