/*
 * rest_list.c - see rest_list.h: contexts, versions, those that are not deleted, subjects; and all of it once more.
 * What is asked version by version or subject by subject is in rest_list_each.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_list.h"
#include "core/registry/rest_reserve.h"

#define LIST(j)       container_of(j, struct rest_list, job)
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

/* ---- one part of a list: that of all contexts, or of one ---- */

#define LIVE_WEIGHT 31u /* so that a version that is deleted does not come to the same as one that is not */

/* Of what is not deleted this page is one of all versions: nothing on it is. */
static void
alike(struct rest_pages *p, struct page_mark *page)
{
	struct rest_list *l = container_of(p, struct rest_list, pages);
	size_t i;

	for (i = 0; i < page->kept; i++)
		l->items[page->before + i].deleted = false;
	page->kept = page->taken;
	page->sum *= LIVE_WEIGHT;
}

static int
list_part(struct rest_list *l, const char *what, const char *query,
          int (*take)(struct rest_pages *p, struct json_object *entry, struct err *e),
          void (*done)(struct rest_pages *p, int rc, const struct err *e), struct err *e)
{
	const char *context = l->contexts[l->part];
	bool within = strcmp(context, REGISTRY_DEFAULT_CONTEXT) != 0;

	buf_clear(&l->path);
	if (within) {
		(void)buf_add_text(&l->path, "/contexts/");
		rest_add_segment(&l->path, context);
	}
	(void)buf_print(&l->path, "/%s?deleted=%s%s", what, l->live ? "false" : "true", query);
	l->pages = (struct rest_pages){ .registry = l->registry, .path = buf_text(&l->path), .take = take,
		                        .marks = strcmp(what, "schemas") == 0 ? &l->marks[l->live] : NULL,
		                        .other = l->live && !l->again ? &l->marks[0] : NULL, .alike = alike,
		                        .done = done };
	return l->pages.path == NULL ? err_memory(e, "listing a registry") : rest_pages_start(&l->pages, e);
}

static void list_versions(struct rest_list *l);

/* ---- versions ---- */

static int
take_live(struct rest_list *l, const struct schema_version *v)
{
	struct schema_version *found;

	l->pages.kept++;
	l->pages.sum += rest_list_digest(v) * LIVE_WEIGHT;
	if (l->again)
		return 0;
	if (!l->sorted && l->count > 1)
		qsort(l->items, l->count, sizeof *l->items, rest_list_compare);
	l->sorted = true;
	found = (struct schema_version *)(uintptr_t)rest_list_find(l, v->context, v->subject, v->version);
	if (found != NULL)
		found->deleted = false;
	return 0;
}

static int
take_version(struct rest_pages *p, struct json_object *entry, struct err *e)
{
	struct rest_list *l = container_of(p, struct rest_list, pages);
	struct schema_version v;
	int rc;

	if (l->one_by_one)
		return 0;
	rc = rest_list_read(l, entry, l->contexts[l->part], &v, e);
	if (rc == ERR_MISSING) {
		l->one_by_one = true;
		return 0;
	}
	if (rc != 0)
		return rc;
	if (l->live)
		return take_live(l, &v);
	p->kept += strcmp(v.subject, REGISTRY_RESERVING_SUBJECT) != 0;
	p->sum += rest_list_digest(&v);
	if (l->again)
		return 0;
	l->flagged = l->flagged && json_object_is_type(rest_member(entry, "deleted"), json_type_boolean);
	l->rich = l->rich || v.metadata != NULL || v.rule_set != NULL;
	v.deleted = v.deleted || !l->flagged;
	return rest_list_add(l, &v, e);
}

/* What a list came to; one that does not say which versions they are came to nothing. */
static void
add_up(struct rest_list *l)
{
	size_t *live = l->again ? &l->live_count_again : &l->live_count;

	if (l->one_by_one)
		return;
	*(l->again ? &l->digest_again : &l->digest) += l->pages.sum;
	if (l->live)
		*live += l->pages.kept;
	else if (l->again)
		l->count_again += l->pages.kept;
}

static void
versions_listed(struct rest_pages *p, int rc, const struct err *e)
{
	struct rest_list *l = container_of(p, struct rest_list, pages);

	if (rc != 0) {
		job_next(&l->job, rc, e);
		return;
	}
	if (p->missing && l->part == 0)
		l->one_by_one = true; /* a registry that cannot list versions */
	add_up(l);
	if (!l->by_context && p->taken == 0 && !l->one_by_one && !l->live && !l->again) {
		l->by_context = true; /* from the first on */
		l->marks[0].count = 0;
	} else if (l->by_context)
		l->part++;
	else
		l->part = l->context_count;
	list_versions(l);
}

static void
list_versions(struct rest_list *l)
{
	struct err e = { 0 };
	int rc;

	if (l->part >= l->context_count || l->one_by_one) {
		job_next(&l->job, 0, NULL);
		return;
	}
	rc = list_part(l, "schemas", l->by_context ? "" : "&subjectPrefix=:*:", take_version, versions_listed,
	               &e);
	if (rc != 0)
		job_next(&l->job, rc, &e);
}

static void
mark_anew(struct rest_list *l)
{
	l->marks[l->live].again = l->again;
	l->marks[l->live].next = 0;
}

static void
step_versions(struct job *j)
{
	struct rest_list *l = LIST(j);

	l->part = 0;
	l->live = false;
	mark_anew(l);
	if (!l->again) {
		l->by_context = l->one_by_one = l->rich = l->poor = false;
		l->flagged = true;
	}
	list_versions(l);
}

/* What is in the list of all but not in this one is deleted. */
static void
step_live(struct job *j)
{
	struct rest_list *l = LIST(j);

	l->part = 0;
	l->live = true;
	l->sorted = false;
	l->marks[0].next = 0;
	mark_anew(l);
	if (l->flagged || l->one_by_one)
		job_next(j, 0, NULL);
	else
		list_versions(l);
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
	struct rest_list *l = container_of(p, struct rest_list, pages);
	const char *context = l->contexts[l->part], *own, *subject, *name;
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
	struct rest_list *l = container_of(p, struct rest_list, pages);

	if (rc != 0) {
		job_next(&l->job, rc, e);
		return;
	}
	l->part = l->by_context ? l->part + 1 : l->context_count;
	list_subjects(l);
}

static void
list_subjects(struct rest_list *l)
{
	struct err e = { 0 };
	int rc;

	if (l->part < l->context_count) {
		rc = list_part(l, "subjects", "", take_subject, subjects_listed, &e);
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
	struct rest_list *l = LIST(j);

	l->part = 0;
	l->live = false;
	list_subjects(l);
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
		{ "list versions", step_versions },
		{ "list what is not deleted", step_live },
		{ "list subjects", step_subjects },
		{ "ask for each", rest_list_step_each },
		{ "is it sound", step_check },
		{ "subjects without versions", rest_list_step_ghosts },
		{ "metadata and rule sets", rest_list_step_details },
		{ "and again", step_again },
		{ "list versions again", step_versions },
		{ "list what is not deleted again", step_live },
		{ "ask for each again", rest_list_step_each },
		{ "compare", step_compare },
		{ "is it still ready", step_ready },
		{ NULL, NULL },
	};
	int rc = loop_check(l->registry->loop, e);

	if (rc != 0)
		return rc;
	arena_init(&l->arena, REGISTRY_LIST_MAX);
	buf_init(&l->path, 16 * KEY_MAX_BYTES);
	l->retry = RETRY_LISTING;
	job_start(&l->job, l->registry->loop, steps, list_done, NULL);
	return 0;
}
