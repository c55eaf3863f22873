/*
 * rest_probe.c - see rest.h: who answers, and whether it is ready.  Each of the four that are known says something
 * that no other says.
 */
#include <stdlib.h>
#include <string.h>

#include "core/loop/job.h"
#include "core/loop/retry.h"
#include "core/registry/rest.h"

#define READY_PATIENCE_MS 30000u
#define RETRY_READY ((struct retry){ .base_ms = 200, .cap_ms = 1000 })

struct probe {
	struct registry *registry;
	struct job       job;
	struct retry     retry;
	uint64_t         until_ms;
	registry_fn     *fn;
	void            *arg;
};

static void
ask(struct job *j, const char *where, rest_fn *done)
{
	struct probe *p = container_of(j, struct probe, job);
	struct buf path;
	int rc;

	buf_init(&path, 256);
	(void)buf_add_text(&path, where); /* short */
	rc = rest_send(p->registry, "GET", &path, NULL, done, p, &j->err);
	buf_release(&path);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- readiness: Karapace says it, and says that it is healthy all the time ---- */

static void
ask_health_again(void *arg, int rc)
{
	struct probe *p = arg;
	struct err e = { 0 };

	if (rc != 0) {
		(void)loop_check(p->registry->loop, &e);
		job_next(&p->job, rc, &e);
	} else {
		job_go_to(&p->job, "is it ready");
	}
}

static void
not_ready(struct probe *p, const char *request)
{
	struct loop *l = p->registry->loop;
	struct err e = { 0 };

	if (loop_now_ms(l) < p->until_ms && retry_wait(&p->retry, l, ask_health_again, p, &e) == 0)
		return;
	if (l->stopped == 0)
		(void)err_set(&e, ERR_AGAIN,
		              "%s: the registry is not ready: it is still reading its records, or has no "
		              "master; look at its log if that lasts", request);
	job_next(&p->job, e.code, &e);
}

static void
health_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct probe *p = arg;
	struct json_object *status, *ready;

	if (rc != 0 && rc != ERR_CORRUPT) { /* a page for people is no answer of Karapace */
		job_next(&p->job, rc, e);
		return;
	}
	status = rc == 0 ? rest_member(answer->value, "status") : NULL;
	ready = rest_member(status, "schema_registry_ready");
	if (json_object_is_type(ready, json_type_boolean)) {
		p->registry->vendor = REGISTRY_KARAPACE;
		if (!json_object_get_boolean(ready)) {
			not_ready(p, answer->request);
			return;
		}
	} else if (rc == 0 && answer->why.code == ERR_AGAIN) {
		job_next(&p->job, ERR_AGAIN, &answer->why);
		return;
	}
	job_next(&p->job, 0, NULL);
}

static void
step_health(struct job *j)
{
	const struct registry *r = container_of(j, struct probe, job)->registry;

	if (r->http_count == 0)
		job_next(j, err_set(&j->err, ERR_CONFIG, "registry.url is not configured"), NULL);
	else if (r->vendor != REGISTRY_UNKNOWN && r->vendor != REGISTRY_KARAPACE)
		job_next(j, 0, NULL);
	else
		ask(j, "/_health", health_told);
}

/* ---- vendor ---- */

static void
id_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct probe *p = arg;

	if (rc == 0 && rest_text(answer->value, "id") != NULL)
		p->registry->vendor = rest_member(answer->value, "scope") != NULL ? REGISTRY_CONFLUENT
		                                                                   : REGISTRY_AXONOPS;
	job_next(&p->job, rc == ERR_CORRUPT ? 0 : rc, rc == ERR_CORRUPT ? NULL : e);
}

static void
step_id(struct job *j)
{
	if (container_of(j, struct probe, job)->registry->vendor != REGISTRY_UNKNOWN)
		job_next(j, 0, NULL);
	else
		ask(j, "/v1/metadata/id", id_told);
}

static void
contexts_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct probe *p = arg;
	struct json_object *first = NULL;

	if (rc == 0 && json_object_is_type(answer->value, json_type_array))
		first = json_object_array_get_idx(answer->value, 0);
	if (json_object_is_type(first, json_type_string) && strcmp(json_object_get_string(first), ":.:") == 0)
		p->registry->vendor = REGISTRY_APICURIO;
	job_next(&p->job, rc == ERR_CORRUPT ? 0 : rc, rc == ERR_CORRUPT ? NULL : e);
}

static void
step_contexts(struct job *j)
{
	if (container_of(j, struct probe, job)->registry->vendor != REGISTRY_UNKNOWN)
		job_next(j, 0, NULL);
	else
		ask(j, "/contexts", contexts_told);
}

static void
probe_done(struct job *j)
{
	struct probe *p = container_of(j, struct probe, job);
	struct err err = j->err;

	p->fn(p->arg, err.code, &err);
	free(p);
}

int
rest_probe(struct registry *r, registry_fn *fn, void *arg, struct err *e)
{
	static const struct job_step steps[] = {
		{ "is it ready", step_health },
		{ "ask for its id", step_id },
		{ "ask for its contexts", step_contexts },
		{ NULL, NULL },
	};
	struct probe *p = calloc(1, sizeof *p);

	if (p == NULL)
		return err_memory(e, "asking the Schema Registry");
	*p = (struct probe){ .registry = r, .retry = RETRY_READY, .fn = fn, .arg = arg };
	p->until_ms = loop_now_ms(r->loop) + loop_remaining_ms(r->loop, 2 * READY_PATIENCE_MS) / 2;
	job_start(&p->job, r->loop, steps, probe_done, NULL);
	return 0;
}
