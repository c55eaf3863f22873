/* rest_configs_highest.c - see rest_configs.h: the highest id of each context that was ever issued. */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_configs_capture.h"
#include "core/registry/rest_reserve.h"

static int64_t
known_highest(const struct configs_capture *t, const char *context)
{
	const struct line_set *known = t->capture->known;
	const struct line *line = NULL;
	struct json_object *value = NULL;
	struct buf key CLEANUP(buf_release);
	int64_t id = 0;
	struct json j;
	struct err e;

	buf_init(&key, KEY_MAX_BYTES);
	json_init(&j, &key);
	json_begin_array(&j);
	json_string(&j, "highest_id");
	json_string(&j, context);
	json_null(&j);
	json_end_array(&j);
	if (known != NULL && buf_text(&key) != NULL)
		line = line_set_find(known, KIND_REGISTRY_CONFIG, key.data);
	if (line != NULL && json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &value, &e) == 0)
		(void)rest_number(value, "id", &id);
	json_object_put_at(&value);
	return id;
}

static int
note_issued(struct configs_capture *t, const char *context, int64_t id, struct err *e)
{
	if (t->registry->issued == NULL)
		t->registry->issued = json_object_new_object();
	if (t->registry->issued == NULL ||
	    json_object_object_add(t->registry->issued, context, json_object_new_int64(id)) != 0)
		return err_memory(e, "capturing the highest id");
	return 0;
}

/* What was ever issued is carried on from snapshot to snapshot: a registry may forget it. */
static int
take_highest(struct configs_capture *t, const char *context, int64_t told, struct err *e)
{
	int64_t seen = 0, known = known_highest(t, context), highest;
	struct json_object *value;
	int rc;

	(void)rest_number(rest_member(t->seen, "contexts"), context, &seen);
	highest = told > seen ? told : seen;
	rc = note_issued(t, context, highest, e);
	highest = known > highest ? known : highest;
	if (rc != 0 || highest == 0)
		return rc;
	value = json_object_new_object();
	if (value == NULL || json_object_object_add(value, "id", json_object_new_int64(highest)) != 0)
		rc = err_memory(e, "capturing the highest id");
	if (rc == 0)
		rc = registry_config_line_add(t->capture->lines, "highest_id", context, NULL, value, e);
	json_object_put_at(&value);
	return rc;
}

struct asked_highest {
	struct configs_capture *t;
	const char             *context;
};

static void
highest_told(void *arg, int rc, int64_t highest, const struct err *e)
{
	struct asked_highest *a = arg;
	struct configs_capture *t = a->t;
	struct err err = *e;

	if (rc == 0)
		rc = take_highest(t, a->context, highest, &err);
	free(a);
	fanout_end(&t->fanout, rc, &err);
}

static void
without_any(void *arg, int rc)
{
	struct err e = { 0 };

	if (rc != 0)
		(void)err_set(&e, rc, "stopped");
	highest_told(arg, rc, 0, &e);
}

static int
start_highest(struct fanout *f, size_t i, struct err *e)
{
	struct configs_capture *t = container_of(f, struct configs_capture, fanout);
	struct asked_highest *a = calloc(1, sizeof *a);
	int64_t any = 0;
	int rc;

	if (a == NULL)
		return err_memory(e, "capturing the highest id");
	*a = (struct asked_highest){ t, t->contexts[i] };
	(void)rest_number(rest_member(t->seen, "contexts"), a->context, &any);
	rc = any == 0 ? loop_wait(t->registry->loop, 0, without_any, a, e)
	              : rest_highest(t->registry, a->context, any, highest_told, a, e);
	if (rc != 0)
		free(a);
	return rc;
}

static void
all_told(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct configs_capture, fanout)->job, rc, e);
}

void
rest_configs_step_highest(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);

	json_object_put_at(&t->registry->issued);
	t->registry->issued = NULL;
	t->fanout = (struct fanout){ .count = t->context_count, .width = REGISTRY_WIDTH, .start = start_highest,
		                     .done = all_told };
	fanout_run(&t->fanout);
}
