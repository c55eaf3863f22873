/* rest_reserve.c - see rest_reserve.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/loop/job.h"
#include "core/registry/rest_modes.h"
#include "core/registry/rest_reserve.h"

/* ---- the highest id ---- */

struct highest {
	int64_t     any;
	highest_fn *fn;
	void       *arg;
};

static void
highest_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct highest *h = arg;
	struct err err = *e;
	int64_t id = -1;

	if (rc == 0 && (answer->why.code == ERR_AGAIN || answer->why.code == ERR_DENIED)) {
		err = answer->why;
		rc = err.code;
	}
	if (rc == 0 && answer->why.code == 0 && !rest_number(answer->value, "maxId", &id))
		id = h->any; /* it is there at least */
	h->fn(h->arg, rc, id, &err);
	free(h);
}

int
rest_highest(struct registry *r, const char *context, int64_t any, highest_fn *fn, void *arg, struct err *e)
{
	struct highest *h = calloc(1, sizeof *h);
	struct buf path CLEANUP(buf_release);
	int rc;

	buf_init(&path, 16 * KEY_MAX_BYTES);
	if (h == NULL)
		return err_memory(e, "asking for the highest id");
	*h = (struct highest){ any, fn, arg };
	if (strcmp(context, REGISTRY_DEFAULT_CONTEXT) != 0) {
		(void)buf_add_text(&path, "/contexts/");
		rest_add_segment(&path, context);
	}
	(void)buf_print(&path, "/schemas/ids/%lld?fetchMaxId=true", (long long)any);
	rc = rest_send(r, "GET", &path, NULL, highest_told, h, e);
	if (rc != 0)
		free(h);
	return rc;
}

/* ---- reserve one ---- */

struct reserve {
	struct registry  *registry;
	const char       *context;
	int64_t           id;
	registry_fn      *fn;
	void             *arg;
	struct job        job;
	struct mode_scope scope;
	struct rest_modes modes;
	struct buf        path, body;
	struct err        why; /* it was not reserved */
};

#define RESERVE(j) container_of(j, struct reserve, job)

/* It is of this id, whatever it is: no reason to end what is done beside it. */
static void
not_reserved(struct reserve *r, const struct err *why)
{
	if (r->why.code != 0)
		return;
	r->why = *why;
	if (r->why.code == ERR_FAILED || r->why.code == ERR_EXISTS)
		r->why.code = ERR_UNSUPPORTED;
}

static void
known(void *arg, int rc, int64_t highest, const struct err *e)
{
	struct reserve *r = arg;

	if (rc == 0 && highest >= r->id)
		job_finish(&r->job); /* one of the schemas that were restored has it */
	else
		job_next(&r->job, rc, e);
}

static void
step_known(struct job *j)
{
	struct reserve *r = RESERVE(j);
	int rc = rest_highest(r->registry, r->context, r->id, known, r, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
modes_done(struct rest_modes *m, int rc, const struct err *e)
{
	job_next(&container_of(m, struct reserve, modes)->job, rc, e);
}

static void
step_import(struct job *j)
{
	struct reserve *r = RESERVE(j);
	int rc;

	r->scope = (struct mode_scope){ .context = r->context, .subject = REGISTRY_RESERVING_SUBJECT, .force = true };
	r->modes = (struct rest_modes){ .registry = r->registry, .scopes = &r->scope, .count = 1,
		                        .done = modes_done };
	rc = rest_modes_import(&r->modes, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
registered(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct reserve *r = arg;
	int64_t id = -1;

	if (rc == 0 && answer->why.code != 0)
		not_reserved(r, &answer->why);
	else if (rc == 0 && (!rest_number(answer->value, "id", &id) || id != r->id))
		(void)err_set(&r->why, ERR_UNSUPPORTED, "%s: the registry answered with another id than %lld",
		              answer->request, (long long)r->id);
	job_next(&r->job, rc, e);
}

/* A text of its own for each id: the same text would get the id that it has. */
static void
write_reservation(struct reserve *r)
{
	struct json j;
	char text[128];

	(void)snprintf(text, sizeof text,
	               "{\"type\":\"enum\",\"name\":\"kafka_config_backup_%lld\",\"symbols\":[\"reserved\"]}",
	               (long long)r->id);
	buf_clear(&r->body);
	json_init(&j, &r->body);
	json_begin_object(&j);
	json_key(&j, "id");
	json_integer(&j, r->id);
	json_key_string(&j, "schema", text);
	json_end_object(&j);
}

static void
step_register(struct job *j)
{
	struct reserve *r = RESERVE(j);
	int rc;

	rest_make_path(&r->path, "subjects", r->context, REGISTRY_RESERVING_SUBJECT, "/versions");
	write_reservation(r);
	rc = rest_send(r->registry, "POST", &r->path, &r->body, registered, r, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
deleted(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct reserve *r = arg;

	if (rc == 0 && answer->why.code != 0 && !rest_is_missing(answer))
		not_reserved(r, &answer->why);
	job_next(&r->job, rc, e);
}

static void
step_delete(struct job *j)
{
	struct reserve *r = RESERVE(j);
	int rc;

	rest_make_path(&r->path, "subjects", r->context, REGISTRY_RESERVING_SUBJECT, "");
	rc = rest_send(r->registry, "DELETE", &r->path, NULL, deleted, r, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
step_back(struct job *j)
{
	struct reserve *r = RESERVE(j);
	int rc = rest_modes_back(&r->modes, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
asked_again(void *arg, int rc, int64_t highest, const struct err *e)
{
	struct reserve *r = arg;

	if (rc == 0 && r->why.code == 0 && highest >= 0 && highest < r->id)
		(void)err_set(&r->why, ERR_UNSUPPORTED, "the highest id that the registry knows of is %lld still",
		              (long long)highest);
	job_next(&r->job, rc, e);
}

static void
step_ask(struct job *j)
{
	struct reserve *r = RESERVE(j);
	int rc = rest_highest(r->registry, r->context, r->id, asked_again, r, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
reserve_done(struct job *j)
{
	struct reserve *r = RESERVE(j);
	struct err err = j->err.code != 0 ? j->err : r->why;

	buf_release(&r->path);
	buf_release(&r->body);
	r->fn(r->arg, err.code, &err);
	free(r);
}

int
rest_reserve(struct registry *registry, const char *context, int64_t id, registry_fn *fn, void *arg,
             struct err *e)
{
	static const struct job_step steps[] = {
		{ "is it known", step_known },
		{ "enter the mode IMPORT", step_import }, { "register", step_register },
		{ "delete softly", step_delete },         { "leave the mode IMPORT", step_back },
		{ "ask for the highest id", step_ask },   { NULL, NULL },
	};
	struct reserve *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(e, "reserving an id");
	*r = (struct reserve){ .registry = registry, .context = context, .id = id, .fn = fn, .arg = arg };
	buf_init(&r->path, 16 * KEY_MAX_BYTES);
	buf_init(&r->body, 1024);
	job_start(&r->job, registry->loop, steps, reserve_done, NULL);
	return 0;
}
