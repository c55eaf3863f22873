/* all_snapshots.c - see all_snapshots.h */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "hooks/all_snapshots.h"

void
all_snapshots_release(struct all_snapshots *a)
{
	free(a->names);
	a->names = NULL;
	a->count = a->capacity = 0;
}

/* ---- second: each header ---- */

static const char *
name_of(const struct glances *g, size_t i)
{
	return container_of(g, struct all_snapshots, glances)->names[i].name;
}

static void
look(struct glances *g, size_t i, const struct glance *seen)
{
	struct all_snapshots *a = container_of(g, struct all_snapshots, glances);

	a->look(a, i, seen);
}

static void
looked(struct glances *g, int rc, const struct err *e)
{
	struct all_snapshots *a = container_of(g, struct all_snapshots, glances);

	a->done(a, rc, e);
}

/* ---- first: all names ---- */

static int
take_name(struct all_snapshots *a, const char *name, struct err *e)
{
	struct snapshot_name one = { .name = "" }, *grown;
	unsigned char id[SNAPSHOT_ID_BYTES];

	if (!seal_parse_name(name, &one.position.epoch, &one.position.sequence, id))
		return 0;
	if (a->count == STORE_OBJECTS_MAX)
		return err_set(e, ERR_FAILED, "more than %u snapshots", STORE_OBJECTS_MAX);
	if (a->count == a->capacity) {
		a->capacity = a->capacity == 0 ? 64 : a->capacity * 2;
		grown = realloc(a->names, a->capacity * sizeof *grown);
		if (grown == NULL)
			return err_memory(e, "listing snapshots");
		a->names = grown;
	}
	(void)snprintf(one.name, sizeof one.name, "%s", name);
	a->names[a->count++] = one;
	return 0;
}

static int list_on(struct all_snapshots *a, const char *after, struct err *e);

static void
page_got(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct all_snapshots *a = arg;
	struct err err = *e;
	size_t i;

	for (i = 0; rc == 0 && i < page->count; i++)
		rc = take_name(a, page->names[i], &err);
	if (rc == 0 && page->more && page->count > 0) {
		rc = list_on(a, page->names[page->count - 1], &err);
		if (rc == 0)
			return;
	}
	if (rc == 0)
		rc = a->listed(a, &err);
	if (rc != 0 || a->count <= a->enough) {
		a->done(a, rc, &err);
		return;
	}
	a->glances = (struct glances){ .store = a->store, .keys = a->keys, .service = a->service, .front = a->front,
		                       .count = a->count, .name = name_of, .look = look, .done = looked };
	glances_start(&a->glances);
}

static int
list_on(struct all_snapshots *a, const char *after, struct err *e)
{
	char path[OBJECT_NAME_MAX];

	(void)snprintf(path, sizeof path, "%s/s", a->service);
	return a->store->ops->list(a->store, path, after, STORE_PAGE_MAX, page_got, a, e);
}

int
all_snapshots_read(struct all_snapshots *a, struct err *e)
{
	a->names = NULL;
	a->count = a->capacity = 0;
	return list_on(a, "", e);
}
