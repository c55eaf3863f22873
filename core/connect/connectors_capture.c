/*
 * connectors_capture.c - see connectors.h: the worker, its list of names, the connectors, Connect's
 * config topic; then whether all of these agree.  They are asked again a few times when they do
 * not: somebody may be changing connectors, and a new one has no status for a moment.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/connect/config_topic.h"
#include "core/connect/connectors_line.h"
#include "core/connect/rest.h"
#include "core/loop/job.h"
#include "core/loop/retry.h"

#define RETRY_CAPTURE ((struct retry){ .base_ms = 200, .cap_ms = 1000, .attempts_max = 6 })

struct connectors_capture {
	struct capture     *capture;
	struct connect     *connect;
	struct job          job;
	struct retry        retry;
	struct json_object *names;    /* the worker's list */
	struct json_object *expanded; /* name to connector */
	struct err          why;      /* of the last disagreement */
	struct buf          text;     /* scratch */
};

#define CONNECTORS_CAPTURE(j) container_of(j, struct connectors_capture, job)

static void
forget(struct connectors_capture *t)
{
	json_object_put_at(&t->names);
	json_object_put_at(&t->expanded);
	t->names = t->expanded = NULL;
}

/* ---- another round, when what was said does not fit together ---- */

static void
begin_again(void *arg, int rc)
{
	struct connectors_capture *t = arg;
	struct err e = { 0 };

	forget(t);
	if (rc == 0) {
		job_go_to(&t->job, "list names");
		return;
	}
	(void)loop_check(t->connect->loop, &e);
	job_next(&t->job, rc, &e);
}

static void
not_agreed(struct connectors_capture *t, const struct err *why)
{
	struct err e = { 0 };

	t->why = *why;
	if (retry_wait(&t->retry, t->connect->loop, begin_again, t, &e) == 0)
		return;
	if (t->connect->loop->stopped != 0)
		job_next(&t->job, e.code, &e);
	else
		job_next(&t->job, ERR_AGAIN, &t->why);
}

/* ---- ask ---- */

static void
worker_probed(void *arg, int rc, const struct err *e)
{
	job_next(&((struct connectors_capture *)arg)->job, rc, e);
}

static void
step_worker(struct job *j)
{
	struct connectors_capture *t = CONNECTORS_CAPTURE(j);
	int rc = connect_probe(t->connect, worker_probed, t, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

/* An answer that says "not now" is asked for again; a server that is not there is not. */
static void
take_answer(struct connectors_capture *t, int rc, const struct http_response *answer,
            const struct err *e, enum json_type type, struct json_object **ret)
{
	struct err err = *e;
	bool said = rc == 0;

	if (said)
		rc = connect_read(answer, ret, &err);
	if (rc == 0 && !json_object_is_type(*ret, type))
		rc = err_set(&err, ERR_CORRUPT, "%s: the answer is not as Connect writes it",
		             answer->request);
	if (said && retry_worth(rc))
		not_agreed(t, &err);
	else
		job_next(&t->job, rc, &err);
}

static void
names_listed(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct connectors_capture *t = arg;

	take_answer(t, rc, answer, e, json_type_array, &t->names);
}

static void
step_names(struct job *j)
{
	struct connectors_capture *t = CONNECTORS_CAPTURE(j);
	int rc = connect_send(t->connect, "GET", "/connectors", NULL, names_listed, t, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
connectors_read(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct connectors_capture *t = arg;

	take_answer(t, rc, answer, e, json_type_object, &t->expanded);
}

static void
step_connectors(struct job *j)
{
	struct connectors_capture *t = CONNECTORS_CAPTURE(j);
	int rc = connect_send(t->connect, "GET", "/connectors?expand=info&expand=status", NULL,
	                      connectors_read, t, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- agree ---- */

static bool
is_listed(const void *arg, const char *name)
{
	const struct connectors_capture *t = arg;

	return json_object_object_get_ex(t->expanded, name, NULL) != 0;
}

/* The names of both, and no more: an expanded list lacks connectors whose status is not known. */
static int
compare_lists(struct connectors_capture *t, struct err *e)
{
	size_t n = json_object_array_length(t->names), i;

	for (i = 0; i < n; i++) {
		struct json_object *name = json_object_array_get_idx(t->names, i);

		if (!json_object_is_type(name, json_type_string))
			return err_set(e, ERR_CORRUPT, "the worker's list of connectors is not one of names");
		if (!is_listed(t, json_object_get_string(name)))
			return err_set(e, ERR_AGAIN,
			               "the worker lists connector %.200s but does not describe it: it knows no "
			               "status of it (yet)",
			               json_object_get_string(name));
	}
	if (n != (size_t)json_object_object_length(t->expanded))
		return err_set(e, ERR_AGAIN,
		               "the worker's list names %zu connectors, and it describes %d", n,
		               json_object_object_length(t->expanded));
	return 0;
}

static int
compare_topic(struct connectors_capture *t, const struct config_topic *topic, struct err *e)
{
	const char *name;

	json_object_object_foreach(t->expanded, key, value) {
		(void)value;
		if (!config_topic_holds(topic, key))
			return err_set(e, ERR_AGAIN,
			               "the worker has connector %.200s, of which Connect's config topic %s "
			               "holds no record: it has outlived its cluster; restart the worker",
			               key, t->connect->config_topic);
	}
	name = config_topic_beyond(topic, is_listed, t);
	if (name != NULL)
		return err_set(e, ERR_AGAIN,
		               "Connect's config topic %s holds connector %.200s, which the worker does not "
		               "list: it has not read it yet, or must be restarted",
		               t->connect->config_topic, name);
	return 0;
}

/* ---- emit ---- */

static const char *
wanted_state(const struct config_topic *topic, const char *name, struct json_object *status)
{
	struct json_object *connector = NULL;
	const char *state = topic == NULL ? NULL : config_topic_state(topic, name);

	if (state != NULL)
		return state;
	if (!json_object_is_type(status, json_type_object) ||
	    !json_object_object_get_ex(status, "connector", &connector))
		return NULL;
	state = connect_text(connector, "state");
	if (state == NULL || strcmp(state, STATE_PAUSED) == 0 || strcmp(state, STATE_STOPPED) == 0)
		return state;
	return STATE_RUNNING; /* FAILED, UNASSIGNED, RESTARTING: how it fares */
}

static int
emit(struct connectors_capture *t, const struct config_topic *topic, const char *name,
     struct json_object *connector, struct err *e)
{
	struct line line = { .kind = KIND_CONNECTOR, .key = name, .key_len = strlen(name) };
	struct json_object *info = NULL, *config = NULL, *status = NULL;
	const char *state;

	if (json_object_is_type(connector, json_type_object)) {
		(void)json_object_object_get_ex(connector, "info", &info);
		(void)json_object_object_get_ex(connector, "status", &status);
	}
	if (json_object_is_type(info, json_type_object))
		(void)json_object_object_get_ex(info, "config", &config);
	state = wanted_state(topic, name, status);
	if (!connector_config_fits(config) || state == NULL)
		return err_set(e, ERR_CORRUPT,
		               "the worker describes connector %.200s not as Connect does", name);
	buf_clear(&t->text);
	connector_write(config, state, &t->text);
	if (line.key_len > KEY_MAX_BYTES || t->text.failed)
		return err_set(e, ERR_FAILED, "connector %.200s: no memory, or its name or config is too "
		               "long", name);
	line.value = t->text.data;
	line.value_len = t->text.len;
	return line_set_add(t->capture->lines, &line, e);
}

static void
topic_was_read(void *arg, int rc, const struct config_topic *topic, const struct err *e)
{
	struct connectors_capture *t = arg;
	struct err err = *e;
	bool read = rc == 0;

	if (rc == 0)
		rc = compare_lists(t, &err);
	if (rc == 0 && topic != NULL)
		rc = compare_topic(t, topic, &err);
	if (read && rc == ERR_AGAIN) {
		not_agreed(t, &err);
		return;
	}
	if (rc == 0 && topic != NULL) {
		t->capture->topic = t->connect->config_topic;
		t->capture->topic_end = config_topic_end(topic);
	}
	if (rc == 0) {
		json_object_object_foreach(t->expanded, name, connector) {
			if (rc == 0)
				rc = emit(t, topic, name, connector, &err);
		}
	}
	job_next(&t->job, rc, &err);
}

static void
step_topic(struct job *j)
{
	struct connectors_capture *t = CONNECTORS_CAPTURE(j);
	int rc = config_topic_read(t->connect, topic_was_read, t, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- the job ---- */

static void
capture_done(struct job *j)
{
	struct connectors_capture *t = CONNECTORS_CAPTURE(j);
	struct capture *c = t->capture;
	struct err err = j->err;

	forget(t);
	buf_wipe(&t->text);
	free(t);
	c->done(c, err.code, &err);
}

int
connectors_capture(struct capture *c, struct err *e)
{
	static const struct job_step steps[] = {
		{ "ask the worker", step_worker },         { "list names", step_names },
		{ "read connectors", step_connectors },    { "read the config topic", step_topic },
		{ NULL, NULL },
	};
	struct connectors_capture *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(e, "capturing connectors");
	t->capture = c;
	t->connect = c->server;
	t->retry = RETRY_CAPTURE;
	buf_init(&t->text, LINE_MAX_BYTES);
	job_start(&t->job, c->loop, steps, capture_done, NULL);
	return 0;
}
