/* all_snapshots.c - see all_snapshots.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/all_snapshots.h"

struct glance { /* at one header */
	struct all_snapshots *all;
	size_t                at;
};

void
all_snapshots_release(struct all_snapshots *a)
{
	free(a->names);
	a->names = NULL;
	a->count = a->capacity = 0;
}

/* ---- second: each header ---- */

static void
front_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct glance *glance = arg;
	struct all_snapshots *a = glance->all;
	size_t i = glance->at;
	char expected[SEAL_OBJECT_NAME_SIZE];
	struct seal_header h;
	enum seal_refusal why;
	struct err err = *e;

	free(glance);
	if (rc == 0)
		rc = seal_read_header(bytes, len, total, a->keys, &h, &why, &err);
	if (rc == 0) {
		seal_object_name(&h, expected);
		if (strcmp(expected, a->names[i].name) != 0 || strcmp(h.service, a->service) != 0)
			rc = err_set(&err, ERR_CORRUPT, "it is another snapshot under this name");
	}
	if (rc == 0 || rc == ERR_CORRUPT || rc == ERR_OPERATOR || rc == ERR_MISSING) {
		a->look(a, i, rc == 0 ? &h : NULL, bytes, len, &err);
		rc = 0;
	}
	fanout_end(&a->fanout, rc, &err);
}

static int
start_glance(struct fanout *f, size_t i, struct err *e)
{
	struct all_snapshots *a = container_of(f, struct all_snapshots, fanout);
	struct glance *glance = malloc(sizeof *glance);
	char path[OBJECT_NAME_MAX];
	int rc;

	if (glance == NULL)
		return err_memory(e, "looking at snapshots");
	*glance = (struct glance){ .all = a, .at = i };
	(void)snprintf(path, sizeof path, "%s/s/%s", a->service, a->names[i].name);
	rc = a->store->ops->get(a->store, path, 0, a->front, a->front, front_got, glance, e);
	if (rc != 0)
		free(glance);
	return rc;
}

static void
looked(struct fanout *f, int rc, const struct err *e)
{
	struct all_snapshots *a = container_of(f, struct all_snapshots, fanout);

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
	a->fanout = (struct fanout){ .count = a->count, .width = ALL_SNAPSHOTS_WIDTH, .start = start_glance,
		                     .done = looked };
	fanout_run(&a->fanout);
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
