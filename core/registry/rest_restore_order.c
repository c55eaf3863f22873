/*
 * rest_restore_order.c - see rest_restore.h: in which order schemas are registered.
 *
 * An item waits for those that it refers to, and for the version before it.  Taking away again and again what waits
 * for nothing gives the waves; what is left waits for itself.
 */
#include <stdlib.h>
#include <string.h>

#include "core/registry/rest_restore.h"

struct edges { /* from an item to those that wait for it, as two arrays */
	size_t   *begin; /* count + 1 */
	uint32_t *to;
	size_t    count, capacity;
	uint32_t *from; /* of each edge, while they are collected */
};

static void
edges_release(struct edges *x)
{
	free(x->begin);
	free(x->to);
	free(x->from);
}

static int
add_edge(struct edges *x, size_t from, size_t to, struct err *e)
{
	size_t room = x->capacity == 0 ? 1024 : 2 * x->capacity;
	uint32_t *more;

	if (x->count == x->capacity) {
		more = realloc(x->from, room * sizeof *more);
		if (more == NULL)
			return err_memory(e, "ordering schemas");
		x->from = more;
		more = realloc(x->to, room * sizeof *more);
		if (more == NULL)
			return err_memory(e, "ordering schemas");
		x->to = more;
		x->capacity = room;
	}
	x->from[x->count] = (uint32_t)from;
	x->to[x->count++] = (uint32_t)to;
	return 0;
}

/* Sorted by where they come from. */
static int
sort_edges(struct edges *x, size_t items, struct err *e)
{
	uint32_t *to = calloc(x->count + 1, sizeof *to);
	size_t i;

	x->begin = calloc(items + 2, sizeof *x->begin);
	if (to == NULL || x->begin == NULL) {
		free(to);
		return err_memory(e, "ordering schemas");
	}
	for (i = 0; i < x->count; i++)
		x->begin[x->from[i] + 2]++;
	for (i = 2; i < items + 2; i++)
		x->begin[i] += x->begin[i - 1];
	for (i = 0; i < x->count; i++)
		to[x->begin[x->from[i] + 1]++] = x->to[i];
	free(x->to);
	x->to = to;
	return 0;
}

/* ---- references ---- */

static int
compare_items(const void *a, const void *b)
{
	const struct restore_item *x = a, *y = b;

	return rest_list_compare(&x->line.version, &y->line.version);
}

static struct restore_item *
find_item(const struct restore *r, const struct schema_version *v)
{
	struct restore_item key = { .line = { .version = *v } };

	return bsearch(&key, r->items, r->count, sizeof key, compare_items);
}

/* What a reference means: a subject without a context is of the context of who refers to it. */
static bool
read_reference(struct json_object *reference, const struct schema_version *who, char *context, size_t size,
               struct schema_version *ret)
{
	const char *name = rest_text(reference, "subject"), *own;
	size_t len;

	*ret = (struct schema_version){ .context = who->context };
	if (name == NULL || !rest_number(reference, "version", &ret->version))
		return false;
	registry_split_subject(name, &own, &len, &ret->subject);
	if (len >= size)
		return false;
	if (name != ret->subject) {
		memcpy(context, len == 0 ? REGISTRY_DEFAULT_CONTEXT : own, len == 0 ? 1 : len);
		context[len == 0 ? 1 : len] = '\0';
		ret->context = context;
	}
	return true;
}

static int
add_reference(struct restore *r, struct edges *x, size_t i, struct json_object *reference, struct err *e)
{
	struct restore_item *item = &r->items[i], *other;
	struct schema_version v;
	char context[256];

	if (!read_reference(reference, &item->line.version, context, sizeof context, &v)) {
		restore_failed(r, item, "one of its references names no subject and version");
		return 0;
	}
	other = find_item(r, &v);
	if (other != NULL && other->create)
		return add_edge(x, (size_t)(other - r->items), i, e);
	if (rest_list_find(&r->there, v.context, v.subject, v.version) == NULL)
		restore_failed(r, item,
		               "it refers to subject %.249s, version %lld, which neither the snapshot nor the "
		               "registry has", v.subject, (long long)v.version);
	return 0;
}

static int
add_references(struct restore *r, struct edges *x, struct err *e)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < r->count && rc == 0; i++) {
		struct json_object *list = r->items[i].line.version.references;
		size_t n = list == NULL ? 0 : json_object_array_length(list);

		for (k = 0; k < n && rc == 0 && r->items[i].create; k++)
			rc = add_reference(r, x, i, json_object_array_get_idx(list, k), e);
	}
	return rc;
}

static int
add_versions_before(struct restore *r, struct edges *x, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 1; i < r->count && rc == 0; i++) {
		const struct schema_version *a = &r->items[i - 1].line.version, *b = &r->items[i].line.version;

		if (strcmp(a->subject, b->subject) == 0 && strcmp(a->context, b->context) == 0)
			rc = add_edge(x, i - 1, i, e);
	}
	return rc;
}

/* ---- waves ---- */

#define NO_LEVEL UINT32_MAX

/* The level of each item that has none and gets one now, from `base` on; how many have none still. */
static size_t
take_away(struct restore *r, const struct edges *x, uint32_t base, uint32_t *ready)
{
	size_t i, k, head = 0, tail = 0, left = 0;

	for (i = 0; i < r->count; i++)
		r->items[i].waits_for = 0;
	for (i = 0; i < r->count; i++)
		for (k = x->begin[i]; k < x->begin[i + 1] && r->items[i].level == NO_LEVEL; k++)
			r->items[x->to[k]].waits_for++;
	for (i = 0; i < r->count; i++)
		if (r->items[i].level == NO_LEVEL && r->items[i].waits_for == 0) {
			r->items[i].level = base;
			ready[tail++] = (uint32_t)i;
		}
	for (; head < tail; head++)
		for (i = ready[head], k = x->begin[i]; k < x->begin[i + 1]; k++) {
			struct restore_item *item = &r->items[x->to[k]];

			if (item->level == NO_LEVEL && --item->waits_for == 0) {
				item->level = r->items[i].level + 1;
				ready[tail++] = x->to[k];
			}
		}
	for (i = 0; i < r->count; i++)
		left += r->items[i].level == NO_LEVEL;
	return left;
}

static void
clear_levels(struct restore *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		r->items[i].level = NO_LEVEL;
}

/* Failing goes on to whoever refers to it; levels are in order, so one round in that order does it. */
static void
fail_by_reference(struct restore *r, const struct edges *x, const uint32_t *ready)
{
	size_t n, i, k;

	for (n = 0; n < r->count; n++)
		if (r->items[n].level == NO_LEVEL && r->items[n].create)
			restore_failed(r, &r->items[n], "its references go round in a circle, or lead into one");
	for (n = 0; n < r->count; n++) {
		i = ready[n];
		if (r->items[i].level == NO_LEVEL || r->items[i].create || r->items[i].plan->outcome != PLAN_FAILED)
			continue;
		for (k = x->begin[i]; k < x->begin[i + 1]; k++)
			if (r->items[x->to[k]].create)
				restore_failed(r, &r->items[x->to[k]],
				               "it refers to subject %.249s, version %lld, which cannot be restored",
				               r->items[i].line.version.subject,
				               (long long)r->items[i].line.version.version);
	}
}

static int
order(struct restore *r, struct edges *references, struct edges *all, uint32_t *ready, struct err *e)
{
	uint32_t highest = 0;
	size_t i;
	int rc = add_references(r, references, e);

	if (rc == 0)
		rc = sort_edges(references, r->count, e);
	if (rc == 0)
		rc = add_references(r, all, e);
	if (rc == 0)
		rc = add_versions_before(r, all, e);
	if (rc == 0)
		rc = sort_edges(all, r->count, e);
	if (rc != 0)
		return rc;
	clear_levels(r);
	(void)take_away(r, references, 0, ready);
	fail_by_reference(r, references, ready);
	clear_levels(r);
	if (take_away(r, all, 0, ready) > 0) { /* of those the order of versions does not count then */
		for (i = 0; i < r->count; i++)
			if (r->items[i].level != NO_LEVEL && r->items[i].level >= highest)
				highest = r->items[i].level + 1;
		(void)take_away(r, references, highest, ready);
	}
	return 0;
}

int
restore_order(struct restore *r, struct err *e)
{
	struct edges references = { 0 }, all = { 0 };
	uint32_t *ready = calloc(r->count + 1, sizeof *ready);
	int rc;

	if (ready == NULL)
		return err_memory(e, "ordering schemas");
	qsort(r->items, r->count, sizeof *r->items, compare_items);
	rc = order(r, &references, &all, ready, e);
	edges_release(&references);
	edges_release(&all);
	free(ready);
	return rc;
}
