/* survey.c - see survey.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/survey.h"

#define OWNER(j) container_of(j, struct survey, job)

/* ---- one snapshot ---- */

struct opener {
	const struct keys *keys;
	const char        *service;
	char               name[SEAL_OBJECT_NAME_SIZE];
	snapshot_open_fn  *fn;
	void              *arg;
};

static void
opener_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct opener *o = arg;
	struct seal_header header = { 0 };
	struct document document = { 0 };
	enum seal_refusal why;
	struct err err = *e;

	(void)total;
	if (rc == 0)
		rc = seal_open(bytes, len, o->service, o->name, o->keys, &header, &document, &why, &err);
	header.recipients_changed = rc == 0 && !seal_is_sealed_to(bytes, len, o->keys);
	o->fn(o->arg, rc, &header, &document, &err);
	document_release(&document);
	free(o);
}

int
snapshot_open(struct store *store, const struct keys *keys, const char *service, const char *name,
              snapshot_open_fn *fn, void *arg, struct err *e)
{
	struct opener *o = calloc(1, sizeof *o);
	char path[OBJECT_NAME_MAX];
	int rc;

	if (o == NULL)
		return err_memory(e, "reading a snapshot");
	o->keys = keys;
	o->service = service;
	o->fn = fn;
	o->arg = arg;
	(void)snprintf(o->name, sizeof o->name, "%s", name);
	(void)snprintf(path, sizeof path, "%s/s/%s", service, name);
	rc = store->ops->get(store, path, 0, 0, SNAPSHOT_BYTES_MAX, opener_got, o, e);
	if (rc != 0)
		free(o);
	return rc;
}

/* ---- records and names, at once: neither needs the other, and each answer of a cloud is waited for ---- */

/* What is wrong with the records is said before what is wrong with the list, whichever came first. */
static void
part_ended(struct survey *s, struct err *part, int rc, const struct err *e)
{
	if (rc != 0)
		*part = *e;
	part->code = rc;
	if (--s->waiting > 0)
		return;
	part = s->records_err.code != 0 ? &s->records_err : &s->list_err;
	job_next(&s->job, part->code, part);
}

static void
records_done(struct records *r, int rc, const struct err *e)
{
	struct survey *s = container_of(r, struct survey, records);

	s->epoch = r->epoch;
	part_ended(s, &s->records_err, rc, e);
}

static void
start_records(struct survey *s)
{
	struct err e = { 0 };
	int rc;

	s->records.loop = s->loop;
	s->records.store = s->store;
	s->records.keys = s->keys;
	s->records.service = s->service;
	s->records.cluster = s->cluster;
	s->records.decisions_too = true;
	s->records.done = records_done;
	rc = records_read(&s->records, &e);
	if (rc != 0)
		part_ended(s, &s->records_err, rc, &e);
}

int
survey_keep_page(struct survey *s, const struct store_page *page, char ***names, size_t *count,
                 bool *more, struct err *e)
{
	*count = 0;
	*more = page->more != 0;
	*names = arena_alloc(&s->arena, (page->count + 1) * sizeof(char *));
	if (*names == NULL)
		return err_memory(e, "listing snapshots");
	for (; *count < page->count; (*count)++) {
		(*names)[*count] = arena_text(&s->arena, page->names[*count]);
		if ((*names)[*count] == NULL)
			return err_memory(e, "listing snapshots");
	}
	return 0;
}

static void
listed(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct survey *s = arg;
	struct err err = *e;

	if (rc == 0)
		rc = survey_keep_page(s, page, &s->names, &s->count, &s->more, &err);
	part_ended(s, &s->list_err, rc, &err);
}

static void
start_list(struct survey *s)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	(void)snprintf(path, sizeof path, "%s/s", s->service);
	rc = s->store->ops->list(s->store, path, "", STORE_PAGE_MAX, listed, s, &e);
	if (rc != 0)
		part_ended(s, &s->list_err, rc, &e);
}

static void
step_read(struct job *j)
{
	struct survey *s = OWNER(j);

	s->waiting = 2;
	start_records(s);
	start_list(s);
}

/* ---- the newest snapshot that verifies and opens ---- */

static void
skip(struct survey *s, const char *name, const struct err *why)
{
	struct skipped_object *o = arena_alloc(&s->arena, sizeof *o);

	s->skipped_count++;
	if (o == NULL)
		return;
	(void)snprintf(o->name, sizeof o->name, "s/%s", name);
	o->why = *why;
	o->next = s->skipped;
	s->skipped = o;
}

static void try_next(struct survey *s);

/* The newest, or what is wrong with it. */
static void
opened(void *arg, int rc, const struct seal_header *header, struct document *document,
       const struct err *e)
{
	struct survey *s = arg;
	const char *name = s->names[s->next - 1];

	/*
	 * Only what was read and does not verify is passed over; what cannot be read ends the
	 * survey.
	 */
	if (rc != 0 && rc != ERR_CORRUPT && rc != ERR_MISSING && rc != ERR_OPERATOR) {
		job_next(&s->job, rc, e);
		return;
	}
	if (rc != 0) {
		skip(s, name, e);
		try_next(s);
		return;
	}
	s->found = true;
	s->newest = *header;
	(void)snprintf(s->newest_name, sizeof s->newest_name, "%s", name);
	s->document = *document; /* taken over */
	*document = (struct document){ 0 };
	job_next(&s->job, 0, NULL);
}

static void
header_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct survey *s = arg;
	struct document none = { 0 };
	struct seal_header h = { 0 };
	enum seal_refusal why;
	struct err err = *e;

	if (rc == 0)
		rc = seal_read_header_as(bytes, len, total, s->service, s->names[s->next - 1], s->keys, &h, &why, &err);
	opened(s, rc, &h, &none, &err);
}

static int
open_header(struct survey *s, const char *name, struct err *e)
{
	char path[OBJECT_NAME_MAX];

	(void)snprintf(path, sizeof path, "%s/s/%s", s->service, name);
	return s->store->ops->get(s->store, path, 0, SEAL_HEADER_BYTES, SEAL_HEADER_BYTES, header_got, s, e);
}

static void
no_more_names(struct survey *s)
{
	struct err e = { 0 };

	if (s->skipped_count > 0 && s->next < s->count)
		job_next(&s->job,
		         err_set(&e, ERR_OPERATOR,
		                 "the newest %u objects in the place of snapshots do not verify; "
		                 "`kcb verify --all` says why of each",
		                 SNAPSHOTS_TRIED_MAX),
		         &e);
	else
		job_next(&s->job, 0, NULL);
}

static void
try_next(struct survey *s)
{
	uint64_t epoch, sequence;
	unsigned char id[SNAPSHOT_ID_BYTES];
	struct err e = { 0 };
	int rc;

	while (s->next < s->count && !seal_parse_name(s->names[s->next], &epoch, &sequence, id))
		s->next++;
	if (s->next == s->count || s->skipped_count == SNAPSHOTS_TRIED_MAX) {
		no_more_names(s);
		return;
	}
	if (s->header_only)
		rc = open_header(s, s->names[s->next++], &e);
	else
		rc = snapshot_open(s->store, s->keys, s->service, s->names[s->next++], opened, s, &e);
	if (rc != 0)
		job_next(&s->job, rc, &e);
}

static void
step_newest(struct job *j)
{
	if (OWNER(j)->names_only)
		job_next(j, 0, NULL);
	else
		try_next(OWNER(j));
}

static void
step_sources(struct job *j)
{
	struct survey *s = OWNER(j);

	if (s->found && s->newest.epoch > s->epoch)
		s->epoch = s->newest.epoch;
	if (s->found)
		sources_find(s);
	else
		job_next(j, 0, NULL);
}

static void
survey_done(struct job *j)
{
	struct survey *s = OWNER(j);
	struct err err = j->err;

	s->done(s, err.code, &err);
}

int
survey_start(struct survey *s, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read records, list snapshots", step_read },
		{ "open the newest", step_newest },
		{ "find each kind", step_sources },
		{ NULL, NULL },
	};
	int rc = loop_check(s->loop, e);

	if (rc != 0)
		return rc;
	arena_init(&s->arena, (size_t)64 << 20);
	job_start(&s->job, s->loop, steps, survey_done, NULL);
	return 0;
}

void
survey_release(struct survey *s)
{
	records_release(&s->records);
	document_release(&s->document);
	arena_release(&s->arena);
}
