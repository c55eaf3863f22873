/* names.c - see names.h */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/limits.h"
#include "hooks/names.h"

#define NAMES_BYTES_MAX ((size_t)64 << 20) /* far more than so many names of a store's longest */

static int ask(struct names *n, const char *after, struct err *e);

static int
take(struct names *n, const struct store_page *page, struct err *e)
{
	size_t i;

	for (i = 0; i < page->count; i++) {
		n->names[n->count] = arena_text(&n->arena, page->names[i]);
		if (n->names[n->count] == NULL)
			return err_memory(e, "listing snapshots");
		n->count++;
	}
	n->more = page->more != 0;
	return 0;
}

static void
listed(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct names *n = arg;
	struct err err = *e;

	if (rc == 0)
		rc = take(n, page, &err);
	if (rc == 0 && n->more && page->count > 0 && n->count < n->max) {
		rc = ask(n, n->names[n->count - 1], &err);
		if (rc == 0)
			return;
	}
	n->done(n, rc, &err);
}

static int
ask(struct names *n, const char *after, struct err *e)
{
	size_t left = n->max - n->count;
	char path[OBJECT_NAME_MAX];

	(void)snprintf(path, sizeof path, "%s/s", n->service);
	return n->store->ops->list(n->store, path, after, left < STORE_PAGE_MAX ? left : STORE_PAGE_MAX, listed, n, e);
}

int
names_read(struct names *n, const char *after, struct err *e)
{
	struct arena before = n->arena; /* `after` may lie in it */
	int rc = 0;

	arena_init(&n->arena, NAMES_BYTES_MAX);
	n->count = 0;
	n->more = false;
	n->names = arena_alloc(&n->arena, n->max * sizeof *n->names);
	rc = n->names == NULL ? err_memory(e, "listing snapshots") : ask(n, after, e);
	arena_release(&before);
	return rc;
}

void
names_release(struct names *n)
{
	arena_release(&n->arena);
	n->names = NULL;
	n->count = 0;
}
