/*
 * rest_pages.h - a list of a registry, to its end, whatever the server makes of paging: it cuts at 1,000 without a
 * word, takes no notice of an offset, or gives everything at once.
 *
 * No limit is asked for, and a short page proves nothing: the list has ended with an empty page, or with one that
 * begins as the one before did.
 *
 * A list that is made twice, to see that it is the same, is read once: a page whose bytes are those of the first time
 * comes to what it came to then.  And of a list that is perhaps the same as another (what is not deleted, where nothing
 * is) the pages that are the other's are not read either, as far as they are that.
 */
#ifndef REGISTRY_REST_PAGES_H
#define REGISTRY_REST_PAGES_H

#include "core/registry/rest.h"

#define REGISTRY_ENTRIES_MAX 5000000u

struct page_mark {
	uint64_t hash, body; /* of path, place and body; of place and body alone */
	size_t   len, taken, kept;
	size_t   before; /* what was kept of the pages before this one */
	uint64_t sum;
	bool     ended;
};

struct page_marks { /* zero at first */
	struct page_mark *all;
	size_t            count, capacity;
	size_t            kept;  /* of all pages */
	size_t            next;  /* of the second time, or of another list that goes by them */
	bool              again; /* it is the second time: set by the caller, with next 0 */
};
void page_marks_release(struct page_marks *m);

struct rest_pages {
	/* set by the caller */
	struct registry *registry;
	const char      *path;  /* with its query: "/schemas?deleted=true" */
	struct page_marks *marks; /* NULL: it is made once */
	/* NULL, or the marks of a list that this one may be, with next 0 before its first part. */
	struct page_marks *other;
	/* A page is that of the other list: put into `page` what it comes to in this one (kept, sum). */
	void (*alike)(struct rest_pages *p, struct page_mark *page);
	/* A page that is not the other list's waits for rest_pages_go(): that list is still being read. */
	bool held;
	/* One entry, borrowed.  What it comes to is added to `kept` and `sum`, and to nothing else the second time. */
	int (*take)(struct rest_pages *p, struct json_object *entry, struct err *e);
	/* Once.  ERR_CORRUPT: no list.  `missing` says that there was none (404, 405). */
	void (*done)(struct rest_pages *p, int rc, const struct err *e);
	/* the result */
	size_t   taken, kept;
	uint64_t sum;
	bool     missing;
	/* its own */
	struct buf       first; /* entry of the page before, as text */
	struct page_mark page;  /* the one that is read */
	struct err       why;   /* what taking its entries came to */
	bool             refused; /* by `take`, and not for what the page is */
	struct buf       waiting; /* a page that is held */
	bool             waits;
};

int rest_pages_start(struct rest_pages *p, struct err *e);

/*
 * It is not held any more: take the page that waits, and those behind it; or, where rc is not 0, end with that.  It may
 * end in here.
 */
void rest_pages_go(struct rest_pages *p, int rc, const struct err *e);

/* As FNV-1a, by words: it guards against chance, not against a server that lies. */
uint64_t rest_hash(uint64_t hash, const void *bytes, size_t len);
#define REST_HASH_BEGINS 0xcbf29ce484222325u

#endif
