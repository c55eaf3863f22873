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

/* ---- one part of a list: that of all contexts, or of one ---- */

#define LIVE_WEIGHT 31u /* so that a version that is deleted does not come to the same as one that is not */

/* Of what is not deleted this page is one of all versions: nothing on it is. */
static void
alike(struct rest_pages *p, struct page_mark *page)
{
	struct rest_list *l = LISTING(p)->list;
	size_t i;

	for (i = 0; i < page->kept; i++)
		l->items[page->before + i].deleted = false;
	page->kept = page->taken;
	page->sum *= LIVE_WEIGHT;
}

static int
list_part(struct rest_listing *g, const char *what, const char *query,
          int (*take)(struct rest_pages *p, struct json_object *entry, struct err *e),
          void (*done)(struct rest_pages *p, int rc, const struct err *e), struct err *e)
{
	struct rest_list *l = g->list;
	const char *context = l->contexts[g->part];
	bool within = strcmp(context, REGISTRY_DEFAULT_CONTEXT) != 0;

	buf_clear(&g->path);
	if (within) {
		(void)buf_add_text(&g->path, "/contexts/");
		rest_add_segment(&g->path, context);
	}
	(void)buf_print(&g->path, "/%s?deleted=%s%s", what, g->live ? "false" : "true", query);
	g->pages = (struct rest_pages){ .registry = l->registry, .path = buf_text(&g->path), .take = take,
		                        .marks = strcmp(what, "schemas") == 0 ? &l->marks[g->live] : NULL,
		                        .other = g->live && !l->again ? &l->marks[0] : NULL, .alike = alike,
		                        .done = done };
	return g->pages.path == NULL ? err_memory(e, "listing a registry") : rest_pages_start(&g->pages, e);
}

static void list_versions(struct rest_listing *g);

/* ---- versions ---- */

static int
take_live(struct rest_listing *g, const struct schema_version *v)
{
	struct rest_list *l = g->list;
	struct schema_version *found;

	g->pages.kept++;
	g->pages.sum += rest_list_digest(v) * LIVE_WEIGHT;
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
	struct rest_listing *g = LISTING(p);
	struct rest_list *l = g->list;
	struct schema_version v;
	int rc;

	if (l->one_by_one)
		return 0;
	rc = rest_list_read(l, entry, l->contexts[g->part], &v, e);
	if (rc == ERR_MISSING) {
		l->one_by_one = true;
		return 0;
	}
	if (rc != 0)
		return rc;
	if (g->live)
		return take_live(g, &v);
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
add_up(const struct rest_listing *g)
{
	struct rest_list *l = g->list;
	size_t *live = l->again ? &l->live_count_again : &l->live_count;

	if (l->one_by_one)
		return;
	*(l->again ? &l->digest_again : &l->digest) += g->pages.sum;
	if (g->live)
		*live += g->pages.kept;
	else if (l->again)
		l->count_again += g->pages.kept;
}

/* One list has ended; what is wrong with that of all is said before what is wrong with the other. */
static void
listing_ended(struct rest_listing *g, int rc, const struct err *e)
{
	struct rest_list *l = g->list;

	if (rc != 0 && (l->listed.code == 0 || !g->live)) {
		l->listed = *e;
		l->listed.code = rc;
	}
	if (--l->listing == 0)
		job_next(&l->job, l->listed.code, &l->listed);
}

static void
versions_listed(struct rest_pages *p, int rc, const struct err *e)
{
	struct rest_listing *g = LISTING(p);
	struct rest_list *l = g->list;

	if (rc != 0) {
		listing_ended(g, rc, e);
		return;
	}
	if (p->missing && g->part == 0)
		l->one_by_one = true; /* a registry that cannot list versions */
	add_up(g);
	if (!l->by_context && p->taken == 0 && !l->one_by_one && !g->live && !l->again) {
		l->by_context = true; /* from the first on */
		l->marks[0].count = 0;
	} else if (l->by_context)
		g->part++;
	else
		g->part = l->context_count;
	list_versions(g);
}

static void
list_versions(struct rest_listing *g)
{
	struct rest_list *l = g->list;
	struct err e = { 0 };
	int rc;

	if (g->part >= l->context_count || l->one_by_one) {
		listing_ended(g, 0, NULL);
		return;
	}
	rc = list_part(g, "schemas", l->by_context ? "" : "&subjectPrefix=:*:", take_version, versions_listed,
	               &e);
	if (rc != 0)
		listing_ended(g, rc, &e);
}

static void
start_listing(struct rest_list *l, bool live)
{
	struct rest_listing *g = &l->listings[live];

	g->part = 0;
	l->marks[live].again = l->again;
	l->marks[live].next = 0;
	list_versions(g);
}

static void
step_versions(struct job *j)
{
	struct rest_list *l = LIST(j);

	l->by_context = l->one_by_one = l->rich = l->poor = false;
	l->flagged = true;
	l->listed.code = 0;
	l->listing = 1;
	start_listing(l, false);
}

/* What is in the list of all but not in this one is deleted. */
static void
step_live(struct job *j)
{
	struct rest_list *l = LIST(j);

	l->sorted = false;
	l->marks[0].next = 0;
	if (l->flagged || l->one_by_one) {
		job_next(j, 0, NULL);
		return;
	}
	l->listing = 1;
	start_listing(l, true);
}

/* Both at once: they are only compared with what they were, and the server is what takes its time. */
static void
step_versions_again(struct job *j)
{
	struct rest_list *l = LIST(j);
	bool both = !l->flagged && !l->one_by_one;

	l->listing = both ? 2 : 1;
	start_listing(l, false);
	if (both)
		start_listing(l, true);
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
		rc = list_part(g, "subjects", "", take_subject, subjects_listed, &e);
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
		{ "list versions", step_versions },
		{ "list what is not deleted", step_live },
		{ "list subjects", step_subjects },
		{ "ask for each", rest_list_step_each },
		{ "is it sound", step_check },
		{ "subjects without versions", rest_list_step_ghosts },
		{ "metadata and rule sets", rest_list_step_details },
		{ "and again", step_again },
		{ "list both again", step_versions_again },
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
