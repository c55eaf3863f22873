/*
 * rest_configs_capture.c - see rest_configs.h: who may have a config or a mode, the global ones, those of each, the
 * highest ids, and the global ones once more: a registry that still reads its records says the preset first.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/equal.h"
#include "core/registry/rest_configs_capture.h"

/* A context that nobody has: what it answers is what contexts without a setting answer. */
#define NOBODYS_CONTEXT ".kafka-config-backup-nobodys"

static const char *const whats[] = { "config", "mode" };

struct asked {
	struct configs_capture *t;
	const struct owner     *owner;
	unsigned                what;
};

/* ---- who is asked about ---- */

static void
probed(void *arg, int rc, const struct err *e)
{
	job_next(&((struct configs_capture *)arg)->job, rc, e);
}

static void
step_ready(struct job *j)
{
	int rc = rest_probe(CAPTURE(j)->registry, probed, CAPTURE(j), &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
listed(struct rest_list *l, int rc, const struct err *e)
{
	struct configs_capture *t = container_of(l, struct configs_capture, list);
	struct err err = *e;

	if (rc == 0)
		rc = rest_list_note(l, &err);
	rest_list_release(l);
	job_next(&t->job, rc, &err);
}

static void
step_list(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);
	int rc;

	if (t->registry->seen != NULL) {
		job_next(j, 0, NULL);
		return;
	}
	t->list = (struct rest_list){ .registry = t->registry, .done = listed };
	rc = rest_list_start(&t->list, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static int
add_owner(struct configs_capture *t, const char *context, const char *subject, struct err *e)
{
	size_t room = t->capacity == 0 ? 256 : 2 * t->capacity;
	struct owner *more = t->owners;

	if (t->count == t->capacity) {
		more = realloc(t->owners, room * sizeof *more);
		if (more == NULL)
			return err_memory(e, "capturing a registry's configs");
		t->owners = more;
		t->capacity = room;
	}
	more[t->count++] = (struct owner){ context, subject };
	return 0;
}

static int
add_subjects(struct configs_capture *t, struct err *e)
{
	struct json_object *list = rest_member(t->seen, "subjects");
	size_t n = json_object_array_length(list), i, len;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		const char *context, *subject;

		registry_split_subject(json_object_get_string(json_object_array_get_idx(list, i)), &context, &len,
		                       &subject);
		context = len == 0 ? REGISTRY_DEFAULT_CONTEXT : arena_copy(&t->arena, context, len);
		rc = context == NULL ? err_memory(e, "capturing a registry's configs")
		                     : add_owner(t, context, subject, e);
	}
	return rc;
}

static int
compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int d = strcmp(x->context, y->context);

	return d != 0 ? d : strcmp(x->subject, y->subject);
}

/* Subjects that have no version and had a config or a mode in the newest snapshot: no list has them. */
static int
add_known(struct configs_capture *t, struct err *e)
{
	const struct line_set *known = t->capture->known;
	size_t i, listed_count = t->count;
	int rc = 0;

	if (t->count > 1)
		qsort(t->owners, t->count, sizeof *t->owners, compare_owners);
	for (i = 0; known != NULL && i < known->count && rc == 0; i++) {
		struct config_key key CLEANUP(config_key_release) = { 0 };
		struct owner o;
		struct err unread;

		if (known->lines[i].kind != KIND_REGISTRY_CONFIG ||
		    config_key_parse(known->lines[i].key, known->lines[i].key_len, &key, &unread) != 0 ||
		    key.subject == NULL)
			continue;
		o = (struct owner){ key.context, key.subject };
		if ((listed_count > 0 && bsearch(&o, t->owners, listed_count, sizeof o, compare_owners) != NULL) ||
		    (t->count > listed_count && compare_owners(&t->owners[t->count - 1], &o) == 0))
			continue;
		o.context = arena_text(&t->arena, key.context);
		o.subject = arena_text(&t->arena, key.subject);
		rc = o.context == NULL || o.subject == NULL ? err_memory(e, "capturing a registry's configs")
		                                            : add_owner(t, o.context, o.subject, e);
	}
	return rc;
}

static int
add_contexts(struct configs_capture *t, struct err *e)
{
	struct json_object *contexts = rest_member(t->seen, "contexts");
	int rc = 0;

	t->contexts = calloc((size_t)json_object_object_length(contexts) + 1, sizeof *t->contexts);
	if (t->contexts == NULL)
		return err_memory(e, "capturing a registry's configs");
	json_object_object_foreach(contexts, name, highest) {
		(void)highest;
		t->contexts[t->context_count++] = name;
		if (rc == 0 && strcmp(name, REGISTRY_DEFAULT_CONTEXT) != 0)
			rc = add_owner(t, name, NULL, e);
	}
	return rc;
}

static void
step_owners(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);
	int rc;

	t->seen = t->registry->seen;
	t->registry->seen = NULL; /* of this moment alone */
	rc = add_subjects(t, &j->err);
	if (rc == 0)
		rc = add_known(t, &j->err);
	if (rc == 0)
		rc = add_contexts(t, &j->err);
	job_next(j, rc, NULL);
}

/* ---- requests ---- */

/* A setting of nobody is 404; an answer is an object. */
static int
read_setting(const struct rest_answer *answer, struct json_object **ret, struct err *e)
{
	*ret = NULL;
	if (rest_is_missing(answer))
		return 0;
	if (answer->why.code != 0) {
		*e = answer->why;
		return e->code;
	}
	if (!json_object_is_type(answer->value, json_type_object))
		return err_set(e, ERR_CORRUPT, "%s: the answer is no setting", answer->request);
	*ret = answer->value;
	return 0;
}

static int
ask(struct configs_capture *t, unsigned what, const char *context, const char *subject, rest_fn *done,
    void *arg, struct err *e)
{
	rest_make_path(&t->path, whats[what], context, subject, "");
	return rest_send(t->registry, "GET", &t->path, NULL, done, arg, e);
}

/* ---- the global ones, and what an unset context says ---- */

static int
take_global(struct configs_capture *t, struct json_object *value, const char *request, struct err *e)
{
	if (value == NULL)
		return err_set(e, ERR_CORRUPT, "%s: the registry has no global setting", request);
	if (!t->again) {
		t->global[t->what] = json_object_get(value);
		return 0;
	}
	if (registry_same_json(value, t->global[t->what]))
		return 0;
	return err_set(e, ERR_AGAIN, "%s: the global setting is another one than a moment ago: somebody is "
	               "changing it, or the registry is still reading its records", request);
}

static void ask_global(struct configs_capture *t);

static void
global_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct configs_capture *t = arg;
	struct json_object *value = NULL;
	struct err err = *e;

	/* Karapace and others without modes */
	if (rc == 0 && t->what == 1 && rest_is_missing(answer))
		rc = 0;
	else if (rc == 0)
		rc = read_setting(answer, &value, &err);
	if (rc == 0 && (t->what == 0 || value != NULL))
		rc = take_global(t, value, answer->request, &err);
	t->what++;
	if (rc != 0 || t->what == LENGTH(whats))
		job_next(&t->job, rc, &err);
	else
		ask_global(t);
}

static void
ask_global(struct configs_capture *t)
{
	struct err e = { 0 };
	int rc = ask(t, t->what, REGISTRY_DEFAULT_CONTEXT, NULL, global_told, t, &e);

	if (rc != 0)
		job_next(&t->job, rc, &e);
}

static void
step_global(struct job *j)
{
	CAPTURE(j)->what = 0;
	ask_global(CAPTURE(j));
}

static void
step_again(struct job *j)
{
	CAPTURE(j)->again = true;
	step_global(j);
}

static void ask_unset(struct configs_capture *t);

static void
unset_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct configs_capture *t = arg;
	struct json_object *value = NULL;
	struct err err = *e;

	if (rc == 0)
		rc = read_setting(answer, &value, &err);
	t->unset[t->what++] = json_object_get(value);
	if (rc != 0 || t->what == LENGTH(whats))
		job_next(&t->job, rc, &err);
	else
		ask_unset(t);
}

static void
ask_unset(struct configs_capture *t)
{
	struct err e = { 0 };
	int rc = ask(t, t->what, NOBODYS_CONTEXT, NULL, unset_told, t, &e);

	if (rc != 0)
		job_next(&t->job, rc, &e);
}

static void
step_unset(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);

	t->what = 0;
	if (t->context_count > 1)
		ask_unset(t);
	else
		job_next(j, 0, NULL);
}

/* ---- those of each ---- */

/* A context's own setting stands in the newest snapshot. */
static bool
was_set(const struct asked *a)
{
	const struct line_set *known = a->t->capture->known;
	CLEANUP(buf_release) struct buf key;
	struct json j;

	buf_init(&key, KEY_MAX_BYTES);
	json_init(&j, &key);
	json_begin_array(&j);
	json_string(&j, whats[a->what]);
	json_string(&j, a->owner->context);
	json_string(&j, NULL);
	json_end_array(&j);
	return known != NULL && !key.failed && line_set_find(known, KIND_REGISTRY_CONFIG, buf_text(&key)) != NULL;
}

/*
 * Some registries answer for everybody, with what holds instead.  What is set and says the same cannot be told apart
 * from that: it counts as set where it was so.
 */
static bool
is_inherited(const struct asked *a, struct json_object *value)
{
	const struct configs_capture *t = a->t;
	enum registry_vendor vendor = t->registry->vendor;
	const char *level;

	if (a->owner->subject == NULL)
		return registry_same_json(value, t->unset[a->what]) && !was_set(a);
	if (vendor == REGISTRY_CONFLUENT || vendor == REGISTRY_AXONOPS)
		return false;
	if (a->what == 1)
		return registry_same_json(value, t->global[1]);
	level = rest_text(value, "compatibilityLevel");
	return vendor == REGISTRY_APICURIO && level != NULL && strcmp(level, "NONE") == 0;
}

static void
setting_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct asked *a = arg;
	struct configs_capture *t = a->t;
	struct json_object *value = NULL;
	struct err err = *e;

	if (rc == 0)
		rc = read_setting(answer, &value, &err);
	if (rc == 0 && value != NULL && !is_inherited(a, value))
		rc = registry_config_line_add(t->capture->lines, whats[a->what], a->owner->context,
		                              a->owner->subject, value, &err);
	free(a);
	fanout_end(&t->fanout, rc, &err);
}

static int
start_setting(struct fanout *f, size_t i, struct err *e)
{
	struct configs_capture *t = container_of(f, struct configs_capture, fanout);
	struct asked *a = calloc(1, sizeof *a);
	int rc;

	if (a == NULL)
		return err_memory(e, "capturing a registry's configs");
	*a = (struct asked){ t, &t->owners[i / 2], (unsigned)(i % 2) };
	rc = ask(t, a->what, a->owner->context, a->owner->subject, setting_told, a, e);
	if (rc != 0)
		free(a);
	return rc;
}

static void
fanned(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct configs_capture, fanout)->job, rc, e);
}

static void
step_settings(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);

	t->fanout = (struct fanout){ .count = 2 * t->count, .width = REGISTRY_WIDTH, .start = start_setting,
		                     .done = fanned };
	fanout_run(&t->fanout);
}

/* ---- the end ---- */

static void
step_emit(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);
	unsigned i;
	int rc = 0;

	for (i = 0; i < LENGTH(whats) && rc == 0; i++)
		if (t->global[i] != NULL)
			rc = registry_config_line_add(t->capture->lines, whats[i], REGISTRY_DEFAULT_CONTEXT, NULL,
			                              t->global[i], &j->err);
	job_next(j, rc, NULL);
}

static void
capture_done(struct job *j)
{
	struct configs_capture *t = CAPTURE(j);
	struct capture *c = t->capture;
	struct err err = j->err;
	unsigned i;

	for (i = 0; i < LENGTH(whats); i++) {
		json_object_put_at(&t->global[i]);
		json_object_put_at(&t->unset[i]);
	}
	json_object_put_at(&t->seen);
	arena_release(&t->arena);
	buf_release(&t->path);
	free(t->owners);
	free((void *)t->contexts);
	free(t);
	c->done(c, err.code, &err);
}

int
rest_configs_capture(struct capture *c, struct err *e)
{
	static const struct job_step steps[] = {
		{ "is the registry ready", step_ready },   { "list subjects", step_list },
		{ "whom to ask for", step_owners },        { "global settings", step_global },
		{ "settings of nobody", step_unset },      { "settings of each", step_settings },
		{ "highest ids", rest_configs_step_highest },           { "global settings again", step_again },
		{ "is it still ready", step_ready },       { "emit", step_emit },
		{ NULL, NULL },
	};
	struct configs_capture *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(e, "capturing a registry's configs");
	t->capture = c;
	t->registry = c->server;
	arena_init(&t->arena, REGISTRY_LIST_MAX);
	buf_init(&t->path, 16 * KEY_MAX_BYTES);
	job_start(&t->job, c->loop, steps, capture_done, NULL);
	return 0;
}
