/*
 * rest_list.c - see rest_list.h: contexts, versions, those that are not deleted, subjects; and all of it once more.
 * The lists of versions are in rest_list_versions.c, what is asked version by version or subject by subject in
 * rest_list_each.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_list.h"
#include "core/registry/rest_reserve.h"

#define LIST(j)       container_of(j, struct rest_list, job)
#define LISTING(p)    container_of(p, struct rest_listing, pages)
#define RETRY_LISTING ((struct retry){ .base_ms = 300, .cap_ms = 2000, .attempts_max = 3 })

/* ---- once more ---- */

static void
begin_again(void *arg, int rc)
{
	struct rest_list *l = arg;
	struct err e = { 0 };

	rest_list_forget(l);
	if (rc == 0) {
		job_go_to(&l->job, "list contexts");
		return;
	}
	(void)loop_check(l->registry->loop, &e);
	job_next(&l->job, rc, &e);
}

static void
list_again(struct rest_list *l)
{
	struct err e = { 0 };

	if (retry_wait(&l->retry, l->registry->loop, begin_again, l, &e) == 0)
		return;
	if (l->registry->loop->stopped != 0)
		job_next(&l->job, e.code, &e);
	else
		job_next(&l->job, ERR_AGAIN, &l->why);
}

void
rest_list_differs(struct rest_list *l, const char *format, ...)
{
	char words[600];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(words, sizeof words, format, args); /* cut is fine */
	va_end(args);
	(void)err_set(&l->why, ERR_AGAIN,
	              "the Schema Registry does not give the same answer twice: %s: it is changing, or is "
	              "still reading its records", words);
	list_again(l);
}

/* ---- ready ---- */

static void
probed(void *arg, int rc, const struct err *e)
{
	job_next(&((struct rest_list *)arg)->job, rc, e);
}

static void
step_ready(struct job *j)
{
	int rc = rest_probe(LIST(j)->registry, probed, LIST(j), &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- contexts ---- */

static int
take_contexts(struct rest_list *l, struct json_object *list, struct err *e)
{
	size_t i, n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0, len;
	const char *name;
	int rc = rest_list_add_text(l, &l->contexts, &l->context_count, &l->context_capacity, REGISTRY_DEFAULT_CONTEXT,
	                  1, e);

	for (i = 0; i < n && rc == 0; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, json_type_string))
			return err_set(e, ERR_CORRUPT, "the registry's list of contexts is not one of names");
		name = json_object_get_string(item);
		len = strlen(name);
		if (len > 1 && name[0] == ':' && name[len - 1] == ':') { /* Apicurio */
			name++;
			len -= 2;
		}
		if (len > 1)
			rc = rest_list_add_text(l, &l->contexts, &l->context_count, &l->context_capacity, name, len, e);
	}
	return rc;
}

static void
contexts_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct rest_list *l = arg;
	struct err err = *e;

	if (rc == 0 && answer->status != 404 && answer->status != 405)
		rc = answer->why.code;
	if (rc != 0 && answer != NULL)
		err = answer->why;
	if (rc == 0)
		rc = take_contexts(l, answer->value, &err);
	job_next(&l->job, rc, &err);
}

static void
step_contexts(struct job *j)
{
	struct rest_list *l = LIST(j);
	int rc;

	buf_clear(&l->path);
	(void)buf_add_text(&l->path, "/contexts"); /* short */
	rc = rest_send(l->registry, "GET", &l->path, NULL, contexts_told, l, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- subjects ---- */

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_subjects(struct rest_list *l);

static int
take_subject(struct rest_pages *p, struct json_object *entry, struct err *e)
{
	struct rest_list *l = LISTING(p)->list;
	const char *context = l->contexts[LISTING(p)->part], *own, *subject, *name;
	struct buf whole CLEANUP(buf_release);
	size_t len;

	buf_init(&whole, 16 * KEY_MAX_BYTES);
	if (!json_object_is_type(entry, json_type_string))
		return err_set(e, ERR_CORRUPT, "the registry's list of subjects is not one of names");
	name = json_object_get_string(entry);
	registry_split_subject(name, &own, &len, &subject);
	if (strcmp(subject, REGISTRY_RESERVING_SUBJECT) == 0)
		return 0;
	if (len == 0 && strcmp(context, REGISTRY_DEFAULT_CONTEXT) != 0)
		(void)buf_print(&whole, ":%s:", context);
	(void)buf_add_text(&whole, name);
	if (whole.failed)
		return err_set(e, ERR_CORRUPT, "a subject's name is too long, or there is no memory: %.100s", name);
	return rest_list_add_text(l, &l->subjects, &l->subject_count, &l->subject_capacity, whole.data, whole.len, e);
}

static void
subjects_listed(struct rest_pages *p, int rc, const struct err *e)
{
	struct rest_listing *g = LISTING(p);

	if (rc != 0) {
		job_next(&g->list->job, rc, e);
		return;
	}
	g->part = g->list->by_context ? g->part + 1 : g->list->context_count;
	list_subjects(g->list);
}

static void
list_subjects(struct rest_list *l)
{
	struct rest_listing *g = &l->listings[0];
	struct err e = { 0 };
	int rc;

	if (g->part < l->context_count) {
		rc = rest_list_part(g, "subjects", "", take_subject, subjects_listed, &e);
		if (rc != 0)
			job_next(&l->job, rc, &e);
		return;
	}
	if (l->subject_count > 1)
		qsort((void *)l->subjects, l->subject_count, sizeof *l->subjects, compare_texts);
	job_next(&l->job, 0, NULL);
}

static void
step_subjects(struct job *j)
{
	LIST(j)->listings[0].part = 0;
	list_subjects(LIST(j));
}

/* ---- is it sound ---- */

static void
step_check(struct job *j)
{
	struct rest_list *l = LIST(j);
	size_t i;

	if (l->count > 1)
		qsort(l->items, l->count, sizeof *l->items, rest_list_compare);
	for (i = 1; i < l->count; i++)
		if (rest_list_compare(&l->items[i - 1], &l->items[i]) == 0) {
			rest_list_differs(l, "subject %.249s, version %lld was listed twice", l->items[i].subject,
			                  (long long)l->items[i].version);
			return;
		}
	job_next(j, rest_list_check_ids(l, &j->err), NULL);
}

static void
step_again(struct job *j)
{
	LIST(j)->again = true;
	job_next(j, 0, NULL);
}

static void
step_compare(struct job *j)
{
	struct rest_list *l = LIST(j);

	if (l->digest == l->digest_again && l->live_count == l->live_count_again)
		job_next(j, 0, NULL);
	else
		rest_list_differs(l, "it listed %zu versions, %zu of them not deleted, and then %zu and %zu", l->count,
		                  l->live_count, l->count_again, l->live_count_again);
}

static void
list_done(struct job *j)
{
	struct rest_list *l = LIST(j);
	struct err err = j->err;

	l->done(l, err.code, &err);
}

int
rest_list_start(struct rest_list *l, struct err *e)
{
	static const struct job_step steps[] = {
		{ "is the registry ready", step_ready },
		{ "list contexts", step_contexts },
		{ "list versions", rest_list_step_versions },
		{ "list subjects", step_subjects },
		{ "ask for each", rest_list_step_each },
		{ "is it sound", step_check },
		{ "subjects without versions", rest_list_step_ghosts },
		{ "metadata and rule sets", rest_list_step_details },
		{ "and again", step_again },
		{ "list both again", rest_list_step_versions_again },
		{ "ask for each again", rest_list_step_each },
		{ "compare", step_compare },
		{ "is it still ready", step_ready },
		{ NULL, NULL },
	};
	int rc = loop_check(l->registry->loop, e);
	size_t i;

	if (rc != 0)
		return rc;
	arena_init(&l->arena, REGISTRY_LIST_MAX);
	buf_init(&l->path, 16 * KEY_MAX_BYTES);
	for (i = 0; i < LENGTH(l->listings); i++) {
		l->listings[i] = (struct rest_listing){ .list = l, .live = i == 1 };
		buf_init(&l->listings[i].path, 16 * KEY_MAX_BYTES);
	}
	l->retry = RETRY_LISTING;
	job_start(&l->job, l->registry->loop, steps, list_done, NULL);
	return 0;
}
