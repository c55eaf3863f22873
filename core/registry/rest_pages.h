/*
 * rest_pages.h - a list of a registry, to its end, whatever the server makes of paging: it cuts at 1,000 without a
 * word, takes no notice of an offset, or gives everything at once.
 *
 * No limit is asked for, and a short page proves nothing: the list has ended with an empty page, or with one that
 * begins as the one before did.
 */
#ifndef REGISTRY_REST_PAGES_H
#define REGISTRY_REST_PAGES_H

#include "core/registry/rest.h"

#define REGISTRY_ENTRIES_MAX 5000000u

struct rest_pages {
	/* set by the caller */
	struct registry *registry;
	const char      *path;  /* with its query: "/schemas?deleted=true" */
	/* One entry, borrowed. */
	int (*take)(struct rest_pages *p, struct json_object *entry, struct err *e);
	/* Once.  ERR_CORRUPT: no list.  `missing` says that there was none (404, 405). */
	void (*done)(struct rest_pages *p, int rc, const struct err *e);
	/* the result */
	size_t taken;
	bool   missing;
	/* its own */
	struct buf first; /* entry of the page before, as text */
};

int rest_pages_start(struct rest_pages *p, struct err *e);

#endif
