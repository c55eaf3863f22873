/* rewrap.c - see rewrap.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "hooks/all_snapshots.h"
#include "hooks/rewrap.h"

struct wrapped { /* what is known of a snapshot */
	unsigned char hash[DOCUMENT_HASH_BYTES];
	bool          verified, wanted; /* wanted: sealed to the recipients of now */
};

struct rewrap {
	struct operation *o;
	struct all_snapshots snapshots;
	struct wrapped   *all;
	size_t            at;     /* of them: the one in hand */
	struct buf        object; /* the new one */
	char              path[OBJECT_NAME_MAX];
	size_t            rewrapped, as_wanted;
};

void
rewrap_free(struct rewrap *r)
{
	if (r == NULL)
		return;
	buf_release(&r->object);
	all_snapshots_release(&r->snapshots);
	free(r->all);
	free(r);
}

static void
stop(struct rewrap *r, int rc, const struct err *e)
{
	job_next(&r->o->job, rc, e);
}

static void
path_of(const struct rewrap *r, const char *name, char path[OBJECT_NAME_MAX])
{
	(void)snprintf(path, OBJECT_NAME_MAX, "%s/s/%s", r->o->config->service, name);
}

/* ---- second: one after the other ---- */

static void next(struct rewrap *r);

static void
old_gone(void *arg, int rc, const struct err *e)
{
	struct rewrap *r = arg;
	struct err err = *e;

	if (rc != 0) {
		(void)err_prefix(&err, "removing the snapshot that was sealed to others");
		stop(r, rc, &err);
		return;
	}
	r->rewrapped++;
	r->at++;
	operation_progress(r->o, r->at, r->snapshots.count);
	next(r);
}

static void
remove_old(struct rewrap *r)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	path_of(r, r->snapshots.names[r->at].name, path);
	rc = r->o->store->ops->remove(r->o->store, path, old_gone, r, &e);
	if (rc != 0)
		stop(r, rc, &e);
}

static void
got_back(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct rewrap *r = arg;
	struct err err = *e;

	(void)total;
	if (rc == 0 && (len != r->object.len || memcmp(bytes, r->object.data, len) != 0))
		rc = err_set(&err, ERR_FAILED, "the store does not give back what was put");
	if (rc == 0) {
		remove_old(r);
		return;
	}
	(void)err_prefix(&err, "reading back %s", r->path);
	stop(r, rc, &err);
}

static void
put_done(void *arg, int rc, const struct err *e)
{
	struct rewrap *r = arg;
	struct err err = *e;

	if (rc == 0)
		rc = r->o->store->ops->get(r->o->store, r->path, 0, 0, r->object.len + 1, got_back, r, &err);
	if (rc != 0)
		stop(r, rc, &err);
}

static void
left_as_it_is(struct rewrap *r, const struct err *why)
{
	struct operation *o = r->o;

	report_ledger(&o->report, true, NULL, r->snapshots.names[r->at].name, "not rewrapped", "%s", why->text);
	r->at++;
	next(r);
}

static void
opened(void *arg, int rc, const struct seal_header *header, struct document *document, const struct err *e)
{
	struct rewrap *r = arg;
	struct seal_header h = *header;
	char name[SEAL_OBJECT_NAME_SIZE];
	struct err err = *e;

	if (rc == ERR_CORRUPT || rc == ERR_OPERATOR || rc == ERR_MISSING) {
		left_as_it_is(r, &err);
		return;
	}
	buf_clear(&r->object);
	if (rc == 0)
		rc = seal_document(&h, document, &r->o->keys, &r->object, &err);
	if (rc == 0) {
		seal_object_name(&h, name);
		path_of(r, name, r->path);
		rc = r->o->store->ops->put(r->o->store, r->path, &r->object, put_done, r, &err);
	}
	if (rc != 0)
		stop(r, rc, &err);
}

/* Another one at the same place, with the same document, sealed as wanted: of a run that was killed. */
static bool
has_twin(const struct rewrap *r)
{
	const struct snapshot_name *names = r->snapshots.names;
	const struct wrapped *one = &r->all[r->at];
	size_t i;

	for (i = 0; i < r->snapshots.count; i++)
		if (r->all[i].wanted && seal_position_compare(names[i].position, names[r->at].position) == 0 &&
		    memcmp(r->all[i].hash, one->hash, sizeof one->hash) == 0)
			return true;
	return false;
}

static void
next(struct rewrap *r)
{
	struct err e = { 0 };
	int rc;

	for (; r->at < r->snapshots.count; r->at++)
		if (r->all[r->at].verified && !r->all[r->at].wanted)
			break;
	if (r->at == r->snapshots.count) {
		stop(r, 0, &e);
		return;
	}
	if (has_twin(r)) {
		remove_old(r);
		return;
	}
	rc = snapshot_open(r->o->store, &r->o->keys, r->o->config->service, r->snapshots.names[r->at].name,
	                   opened, r, &e);
	if (rc != 0)
		stop(r, rc, &e);
}

/* ---- first: to whom is each sealed? ---- */

static int
listed(struct all_snapshots *a, struct err *e)
{
	struct rewrap *r = container_of(a, struct rewrap, snapshots);

	r->all = calloc(a->count + 1, sizeof *r->all);
	return r->all == NULL ? err_memory(e, "looking at snapshots") : 0;
}

static void
look(struct all_snapshots *a, size_t i, const struct glance *seen)
{
	struct rewrap *r = container_of(a, struct rewrap, snapshots);
	struct operation *o = r->o;
	struct wrapped *one = &r->all[i];

	if (seen->header == NULL) {
		report_ledger(&o->report, true, NULL, a->names[i].name, "skipped", "%s", seen->err->text);
		return;
	}
	one->verified = true;
	one->wanted = seal_is_sealed_to(seen->bytes, seen->len, &r->o->keys);
	memcpy(one->hash, seen->header->document_hash, sizeof one->hash);
	r->as_wanted += one->wanted;
}

static void
looked(struct all_snapshots *a, int rc, const struct err *e)
{
	struct rewrap *r = container_of(a, struct rewrap, snapshots);

	if (rc != 0)
		stop(r, rc, e);
	else
		next(r);
}

/* ---- the command ---- */

static void
step_records(struct job *j)
{
	OPERATION(j)->survey.names_only = true;
	step_survey(j);
}

/* A claim names its snapshot by an id, which would be another one afterwards. */
static void
step_no_restore(struct job *j)
{
	struct operation *o = OPERATION(j);
	const struct record *claim = records_claim(&o->survey.records);

	if (claim != NULL && records_adoption(&o->survey.records) == NULL)
		job_next(j, err_set(&j->err, ERR_OPERATOR,
		                    "a restore into the cluster %s has begun and is not finished: finish it (`kcb "
		                    "power-on`), then run this again",
		                    claim->cluster),
		         NULL);
	else
		job_next(j, 0, NULL);
}

static void
step_rewrap(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc;

	report_init_ledger(&o->report); /* what does not verify is named again */
	o->rewrap = calloc(1, sizeof *o->rewrap);
	if (o->rewrap == NULL) {
		job_next(j, err_memory(&j->err, "listing snapshots"), NULL);
		return;
	}
	o->rewrap->o = o;
	buf_init(&o->rewrap->object, (size_t)DOCUMENT_BODY_MAX * 2);
	o->rewrap->snapshots = (struct all_snapshots){
		.store = o->store, .keys = &o->keys, .service = o->config->service, .front = SEAL_STANZAS_BYTES,
		.listed = listed, .look = look, .done = looked,
	};
	rc = all_snapshots_read(&o->rewrap->snapshots, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
step_say(struct job *j)
{
	struct operation *o = OPERATION(j);
	const struct rewrap *r = o->rewrap;

	if (r->rewrapped > 0 && o->store->facts.keeps_removed)
		report_ledger(&o->report, false, NULL, "store", "removed is hidden",
		              "the bucket keeps versions: the snapshots as they were sealed before are only hidden, "
		              "and whoever could open them still can; let a rule of its lifecycle end old versions");
	operation_finish(j, o->report.ledger_losses > 0 ? STATUS_PARTIAL : STATUS_OK,
	                 "%zu snapshots sealed anew to the %zu recipients of now, %zu were%s", r->rewrapped,
	                 o->keys.recipient_count, r->as_wanted,
	                 o->report.ledger_losses > 0 ? "; the ledger names those that could not be" : "");
}

const struct job_step rewrap_command[] = {
	{ "read keys", step_keys },          { "open the store", step_store },
	{ "read records", step_records },    { "is a restore unfinished?", step_no_restore },
	{ "rewrap", step_rewrap },           { "end", step_say },
	{ NULL, NULL },
};
