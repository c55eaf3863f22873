/* records.c - see records.h: three folders, one after the other, one object at a time */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/records.h"

#define OWNER(j) container_of(j, struct records, job)

const char *
record_folder(enum record_type type)
{
	return type == RECORD_CLAIM ? "c" : type == RECORD_ADOPTION ? "a" : "x";
}

static struct record_list *
list_of(struct records *r)
{
	return r->folder == RECORD_CLAIM      ? &r->claims
	       : r->folder == RECORD_ADOPTION ? &r->adoptions
	                                      : &r->decisions;
}

/* ---- which names are worth a read ---- */

static bool
worth_reading(struct records *r, const char *name)
{
	struct record named = { 0 };
	bool ours;

	if (!record_parse_name(r->folder, name, &named) || list_of(r)->count == RECORD_LIST_MAX)
		return false;
	if (r->folder == RECORD_DECISION || named.epoch >= r->epoch)
		return true;
	ours = r->cluster[0] != '\0' && strcmp(named.cluster, r->cluster) == 0;
	return ours && r->older++ < OLDER_MAX;
}

static void
skip(struct records *r, const char *name, const struct err *why)
{
	struct skipped_object *s = arena_alloc(&r->arena, sizeof *s);

	if (s == NULL)
		return; /* no memory to name it; it is not trusted all the same */
	(void)snprintf(s->name, sizeof s->name, "%s/%s", record_folder(r->folder), name);
	s->why = *why;
	s->next = r->skipped;
	r->skipped = s;
}

/* ---- read ---- */

static void read_next(struct records *r);

static void
take(struct records *r, const char *name, const void *bytes, size_t len)
{
	struct record_list *list = list_of(r);
	struct record *record = &list->records[list->count];
	struct err why = { 0 };

	if (record_open(bytes, len, r->folder, r->service, name, r->keys, &r->arena, record, &why) !=
	    0) {
		skip(r, name, &why);
		return;
	}
	list->count++;
	if (r->folder != RECORD_DECISION && record->epoch > r->epoch)
		r->epoch = record->epoch;
}

static void
got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct records *r = arg;
	const char *name = r->names[r->next - 1];

	(void)total;
	if (rc == ERR_MISSING || rc == ERR_CORRUPT) {
		skip(r, name, e); /* removed meanwhile, or not as long as it says */
	} else if (rc != 0) {
		job_next(&r->job, rc, e);
		return;
	} else {
		take(r, name, bytes, len);
	}
	read_next(r);
}

static void
read_next(struct records *r)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	while (r->next < r->count && !worth_reading(r, r->names[r->next]))
		r->next++;
	if (r->next == r->count) {
		job_next(&r->job, 0, NULL);
		return;
	}
	(void)snprintf(path, sizeof path, "%s/%s/%s", r->service, record_folder(r->folder),
	               r->names[r->next++]);
	rc = r->store->ops->get(r->store, path, 0, 0, RECORD_TEXT_MAX, got, r, &e);
	if (rc != 0)
		job_next(&r->job, rc, &e);
}

static int
keep_names(struct records *r, const struct store_page *page, struct err *e)
{
	r->names = arena_alloc(&r->arena, (page->count + 1) * sizeof(char *));
	if (r->names == NULL)
		return err_memory(e, "reading the store");
	for (r->count = 0; r->count < page->count; r->count++) {
		r->names[r->count] = arena_text(&r->arena, page->names[r->count]);
		if (r->names[r->count] == NULL)
			return err_memory(e, "reading the store");
	}
	r->next = 0;
	r->older = 0;
	return 0;
}

static void
listed(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct records *r = arg;
	struct err err = *e;

	if (rc == 0)
		rc = keep_names(r, page, &err);
	if (rc != 0)
		job_next(&r->job, rc, &err);
	else
		read_next(r);
}

static void
read_folder(struct records *r, enum record_type folder)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	r->folder = folder;
	(void)snprintf(path, sizeof path, "%s/%s", r->service, record_folder(folder));
	rc = r->store->ops->list(r->store, path, "", STORE_PAGE_MAX, listed, r, &e);
	if (rc != 0)
		job_next(&r->job, rc, &e);
}

static void
step_claims(struct job *j)
{
	read_folder(OWNER(j), RECORD_CLAIM);
}

static void
step_adoptions(struct job *j)
{
	read_folder(OWNER(j), RECORD_ADOPTION);
}

static void
step_decisions(struct job *j)
{
	if (OWNER(j)->decisions_too)
		read_folder(OWNER(j), RECORD_DECISION);
	else
		job_next(j, 0, NULL);
}

static void
read_done(struct job *j)
{
	struct records *r = OWNER(j);
	struct err err = j->err;

	r->done(r, err.code, &err);
}

int
records_read(struct records *r, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read claims", step_claims },
		{ "read adoptions", step_adoptions },
		{ "read decisions", step_decisions },
		{ NULL, NULL },
	};
	int rc = loop_check(r->loop, e);

	if (rc != 0)
		return rc;
	arena_init(&r->arena, (size_t)RECORD_LIST_MAX * RECORD_TEXT_MAX);
	r->epoch = 0;
	r->claims.count = r->adoptions.count = r->decisions.count = 0;
	r->skipped = NULL;
	job_start(&r->job, r->loop, steps, read_done, NULL);
	return 0;
}

void
records_release(struct records *r)
{
	arena_release(&r->arena);
}

static const struct record *
winner(const struct record_list *list, uint64_t epoch)
{
	return list->count > 0 && list->records[0].epoch == epoch ? &list->records[0] : NULL;
}

const struct record *
records_adoption(const struct records *r)
{
	return winner(&r->adoptions, r->epoch);
}

const struct record *
records_claim(const struct records *r)
{
	return winner(&r->claims, r->epoch);
}

bool
records_accepted(const struct records *r, enum kind kind, const char *carried_key, uint64_t epoch,
                 uint64_t sequence)
{
	size_t i;

	for (i = 0; i < r->decisions.count; i++) {
		const struct record *d = &r->decisions.records[i];

		if (d->epoch < epoch || (d->epoch == epoch && d->sequence < sequence))
			continue;
		if (carried_key == NULL ? d->name == NULL && d->kind == kind
		                        : d->name != NULL && strcmp(d->name, carried_key) == 0)
			return true;
	}
	return false;
}

/* ---- write ---- */

struct record_writer {
	struct store  *store;
	struct buf     bytes;
	char           path[OBJECT_NAME_MAX];
	record_put_fn *fn;
	void          *arg;
};

static void
writer_end(struct record_writer *w, int rc, const struct err *e)
{
	struct err err = *e;

	if (rc != 0)
		(void)err_prefix(&err, "writing %s", w->path);
	w->fn(w->arg, rc, &err);
	buf_release(&w->bytes);
	free(w);
}

static void
read_back(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct record_writer *w = arg;
	struct err err = *e;

	(void)total;
	if (rc == 0 && (len != w->bytes.len || memcmp(bytes, w->bytes.data, len) != 0))
		rc = err_set(&err, ERR_FAILED, "the store does not give back what was put");
	writer_end(w, rc, &err);
}

static void
written(void *arg, int rc, const struct err *e)
{
	struct record_writer *w = arg;
	struct err err = *e;

	if (rc == 0)
		rc = w->store->ops->get(w->store, w->path, 0, 0, RECORD_TEXT_MAX, read_back, w, &err);
	if (rc != 0)
		writer_end(w, rc, &err);
}

int
record_put(struct loop *loop, struct store *store, const struct keys *keys, struct record *record,
           record_put_fn *fn, void *arg, struct err *e)
{
	struct record_writer *w = calloc(1, sizeof *w);
	char name[RECORD_NAME_SIZE];
	int rc = w == NULL ? err_memory(e, "writing a record") : loop_check(loop, e);

	if (rc == 0) {
		*w = (struct record_writer){ .store = store, .fn = fn, .arg = arg };
		buf_init(&w->bytes, RECORD_TEXT_MAX);
		record->created_at_ms = loop_wall_ms(loop);
		rc = record_seal(record, keys, &w->bytes, e);
	}
	if (rc == 0) {
		record_name(record, name);
		(void)snprintf(w->path, sizeof w->path, "%s/%s/%s", record->service,
		               record_folder(record->type), name);
		rc = store->ops->put(store, w->path, &w->bytes, written, w, e);
	}
	if (rc != 0 && w != NULL) {
		buf_release(&w->bytes);
		free(w);
	}
	return rc;
}

bool
records_gave_up(const struct records *r, enum kind kind, uint64_t epoch, uint64_t sequence)
{
	size_t i;

	for (i = 0; i < r->decisions.count; i++) {
		const struct record *d = &r->decisions.records[i];

		if (d->epoch == epoch && d->sequence == sequence && d->name == NULL && d->kind == kind)
			return true;
	}
	return false;
}
