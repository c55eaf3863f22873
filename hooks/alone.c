/*
 * alone.c - is the snapshot that was just stored the newest of its epoch, and alone under its
 * sequence?  (guard.h, 2)
 *
 * Two nodes of one cluster may run hooks at once and choose the same sequence; then neither
 * acknowledges, and the next run takes the next sequence.  An object that does not verify is
 * nobody's rival, and neither is one with the very same lines: two restores at once end like one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/store.h"
#include "hooks/operation.h"

#define RIVALS_MAX 16u

struct rivals {
	struct operation *o;
	char   names[RIVALS_MAX][SEAL_OBJECT_NAME_SIZE];
	size_t count, next;
};

static void
rivals_end(struct rivals *r, int rc, const struct err *e)
{
	struct operation *o = r->o;

	free(r);
	job_next(&o->inner, rc, e);
}

static void look_next(struct rivals *r);

static void
header_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct rivals *r = arg;
	struct seal_header h;
	enum seal_refusal why;
	struct err err = *e;

	if (rc == 0)
		rc = seal_read_header_as(bytes, len, total, r->o->config->service, r->names[r->next - 1],
		                         &r->o->keys, &h, &why, &err);
	if (rc == 0 && memcmp(h.document_hash, r->o->header.document_hash, DOCUMENT_HASH_BYTES) != 0)
		rivals_end(r,
		           err_set(&err, ERR_AGAIN,
		                   "another node stored snapshot %llu.%llu at the same time: run again, so "
		                   "that the newest is certain",
		                   (unsigned long long)h.epoch, (unsigned long long)h.sequence),
		           &err);
	else if (rc != 0 && rc != ERR_CORRUPT && rc != ERR_MISSING && rc != ERR_OPERATOR)
		rivals_end(r, rc, &err);
	else
		look_next(r);
}

static void
look_next(struct rivals *r)
{
	struct store *store = r->o->store;
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	if (r->next == r->count) {
		rivals_end(r, 0, &e);
		return;
	}
	(void)snprintf(path, sizeof path, "%s/s/%s", r->o->config->service, r->names[r->next++]);
	rc = store->ops->get(store, path, 0, SEAL_HEADER_BYTES, SEAL_HEADER_BYTES, header_got, r, &e);
	if (rc != 0)
		rivals_end(r, rc, &e);
}

/* Of our epoch, and of our sequence or a later one. */
static bool
is_rival(const struct operation *o, const char *name)
{
	unsigned char id[SNAPSHOT_ID_BYTES];
	uint64_t epoch, sequence;

	return seal_parse_name(name, &epoch, &sequence, id) && epoch == o->header.epoch &&
	       sequence >= o->header.sequence && memcmp(id, o->header.id, sizeof id) != 0;
}

static void
listed(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct rivals *r = arg;
	struct err err = { 0 };
	size_t i;

	if (rc != 0) {
		rivals_end(r, rc, e);
		return;
	}
	for (i = 0; i < page->count && rc == 0; i++) {
		if (!is_rival(r->o, page->names[i]))
			continue;
		if (r->count == RIVALS_MAX)
			rc = err_set(&err, ERR_OPERATOR,
			             "more than %u objects lie before the snapshot that was just stored; "
			             "`kcb verify --all` says what they are",
			             RIVALS_MAX);
		else
			(void)snprintf(r->names[r->count++], SEAL_OBJECT_NAME_SIZE, "%s",
			               page->names[i]);
	}
	if (rc != 0)
		rivals_end(r, rc, &err);
	else
		look_next(r);
}

void
step_alone(struct job *j)
{
	struct operation *o = INNER(j);
	struct rivals *r = calloc(1, sizeof *r);
	char path[OBJECT_NAME_MAX];
	int rc;

	if (r == NULL) {
		job_next(j, err_memory(&j->err, "looking for other snapshots"), NULL);
		return;
	}
	r->o = o;
	(void)snprintf(path, sizeof path, "%s/s", o->config->service);
	rc = o->store->ops->list(o->store, path, "", STORE_PAGE_MAX, listed, r, &j->err);
	if (rc != 0) {
		free(r);
		job_next(j, rc, NULL);
	}
}
