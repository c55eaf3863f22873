/* rest_list_versions.c - see rest_list.h: the list of all versions, and that of those that are not deleted. */
#include <stdlib.h>
#include <string.h>

#include "core/registry/rest_list.h"
#include "core/registry/rest_reserve.h"

#define LIST(j)    container_of(j, struct rest_list, job)
#define LISTING(p) container_of(p, struct rest_listing, pages)

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

int
rest_list_part(struct rest_listing *g, const char *what, const char *query,
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
		                        .held = g->live && !l->all_listed, .done = done };
	return g->pages.path == NULL ? err_memory(e, "listing a registry") : rest_pages_start(&g->pages, e);
}

/* ---- versions ---- */

static void list_versions(struct rest_listing *g);

static void
start_listing(struct rest_list *l, bool live)
{
	struct rest_listing *g = &l->listings[live];

	g->part = 0;
	l->marks[live].again = l->again;
	l->marks[live].next = 0;
	list_versions(g);
}

/* The entries do not say whether they are deleted: the server makes the other list while this one is read. */
static void
start_early(struct rest_list *l)
{
	l->early = true;
	l->listing++;
	start_listing(l, true);
}

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
	if (g->live && l->listed.code != 0) { /* that of all has failed */
		*e = l->listed;
		return e->code;
	}
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
	rc = rest_list_add(l, &v, e);
	if (rc == 0 && !l->flagged && !l->early)
		start_early(l);
	return rc;
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

/*
 * One list has ended; what is wrong with that of all is said before what is wrong with the other, which may have waited
 * for its end.
 */
static void
listing_ended(struct rest_listing *g, int rc, const struct err *e)
{
	struct rest_list *l = g->list;

	if (rc != 0 && (l->listed.code == 0 || !g->live)) {
		l->listed = *e;
		l->listed.code = rc;
	}
	if (!g->live && !l->all_listed) {
		l->all_listed = true;
		if (l->early)
			rest_pages_go(&l->listings[1].pages, rc, &l->listed);
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
	rc = rest_list_part(g, "schemas", l->by_context ? "" : "&subjectPrefix=:*:", take_version, versions_listed,
	                    &e);
	if (rc != 0)
		listing_ended(g, rc, &e);
}

/* What is in the list of all but not in that of what is not deleted is deleted. */
void
rest_list_step_versions(struct job *j)
{
	struct rest_list *l = LIST(j);

	l->by_context = l->one_by_one = l->rich = l->poor = false;
	l->flagged = true;
	l->early = l->all_listed = l->sorted = false;
	l->listed.code = 0;
	l->listing = 1;
	start_listing(l, false);
}

/* Both at once: they are only compared with what they were, and the server is what takes its time. */
void
rest_list_step_versions_again(struct job *j)
{
	struct rest_list *l = LIST(j);
	bool both = !l->flagged && !l->one_by_one;

	l->listing = both ? 2 : 1;
	start_listing(l, false);
	if (both)
		start_listing(l, true);
}
