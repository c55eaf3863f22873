/* expire.c - see expire.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/loop/fanout.h"
#include "hooks/all_snapshots.h"
#include "hooks/command_look.h"
#include "hooks/expire.h"
#include "hooks/kinds.h"
#include "hooks/retention.h"

struct expiry {
	struct operation *o;
	void (*done)(struct operation *o, int rc, const struct err *e);
	struct all_snapshots snapshots;
	struct retained  *all;    /* what is decided of each */
	size_t           *doomed; /* of all: those that are to be removed */
	size_t            removed;
	struct fanout     fanout;
};

void
expiry_free(struct expiry *x)
{
	if (x == NULL)
		return;
	all_snapshots_release(&x->snapshots);
	free(x->all);
	free(x->doomed);
	free(x);
}

static void
finish(struct expiry *x, int rc, const struct err *e)
{
	struct err err = *e;

	x->done(x->o, rc, &err);
}

void
note_hidden(struct operation *o)
{
	if (o->store->facts.keeps_removed)
		report_ledger(&o->report, false, NULL, "store", "removed is hidden",
		              "the bucket keeps versions: what is removed is only hidden, and still costs; let a "
		              "rule of its lifecycle end old versions");
}

/* ---- third: remove ---- */

static void
gone(void *arg, int rc, const struct err *e)
{
	struct expiry *x = arg;

	x->removed += rc == 0;
	fanout_end(&x->fanout, rc, e);
}

static int
start_removal(struct fanout *f, size_t i, struct err *e)
{
	struct expiry *x = container_of(f, struct expiry, fanout);
	char path[OBJECT_NAME_MAX];

	(void)snprintf(path, sizeof path, "%s/s/%s", x->o->config->service,
	               x->snapshots.names[x->doomed[i]].name);
	return x->o->store->ops->remove(x->o->store, path, gone, x, e);
}

static void
removed(struct fanout *f, int rc, const struct err *e)
{
	struct err err = *e;

	if (rc != 0)
		(void)err_prefix(&err, "removing old snapshots");
	finish(container_of(f, struct expiry, fanout), rc, &err);
}

/* ---- what must stay whatever the rules say ---- */

static void
need(struct expiry *x, struct seal_position position, const char *why)
{
	size_t i;

	for (i = 0; i < x->snapshots.count && position.epoch != 0; i++)
		if (seal_position_compare(x->snapshots.names[i].position, position) == 0)
			x->all[i].needed = why;
}

/* A sentence with a kind's name in it, or one without when there is no memory. */
static const char *
needed_for(struct expiry *x, const char *before, enum kind kind, const char *behind)
{
	char text[128];
	const char *copy;

	(void)snprintf(text, sizeof text, "needed: %s kind %s%s", before, kind_name(kind), behind);
	copy = arena_text(&x->o->arena, text);
	return copy == NULL ? "needed: a restore takes a kind from it" : copy;
}

/* R2's sources, those that `kcb accept` would make one of them, and what a claim has chosen. */
static void
note_needed(struct expiry *x)
{
	const struct survey *s = &x->o->survey;
	struct seal_position position;
	size_t i;

	for (i = 0; i < s->records.claims.count; i++) {
		const struct record *claim = &s->records.claims.records[i];

		position = (struct seal_position){ claim->snapshot_epoch, claim->snapshot_sequence };
		need(x, position, "needed: a restore has begun with it");
	}
	for (i = 0; i < kind_count(); i++) {
		const struct kind_source *source = &s->sources[kind_at(i)->kind];

		need(x, source->captured, needed_for(x, "the last that has", kind_at(i)->kind,
		                                       ", which kcb accept may make believed"));
		if (!source->found)
			continue;
		position = (struct seal_position){ source->header.epoch, source->header.sequence };
		need(x, position, needed_for(x, "a restore takes", kind_at(i)->kind, " from it"));
	}
	if (s->found) {
		position = (struct seal_position){ s->newest.epoch, s->newest.sequence };
		need(x, position, "needed: the newest that verifies as a whole");
	}
}

static void
decide(struct expiry *x)
{
	const struct config *c = x->o->config;
	struct retention rules = { c->retention.keep_last, c->retention.keep_daily,
		                   c->retention.keep_monthly };
	size_t i, doomed = 0;

	note_needed(x);
	retention_decide(&rules, x->all, x->snapshots.count);
	for (i = 0; i < x->snapshots.count && !x->o->request.dry_run; i++)
		if (x->all[i].removed)
			x->doomed[doomed++] = i;
	x->fanout = (struct fanout){ .count = doomed, .width = GLANCES_WIDTH, .start = start_removal,
		                     .done = removed };
	fanout_run(&x->fanout);
}

/* ---- first: look at all of them ---- */

static int
listed(struct all_snapshots *a, struct err *e)
{
	struct expiry *x = container_of(a, struct expiry, snapshots);

	x->all = calloc(a->count + 1, sizeof *x->all);
	x->doomed = calloc(a->count + 1, sizeof *x->doomed);
	return x->all == NULL || x->doomed == NULL ? err_memory(e, "looking at snapshots") : 0;
}

static void
look(struct all_snapshots *a, size_t i, const struct glance *seen)
{
	struct retained *r = &container_of(a, struct expiry, snapshots)->all[i];

	r->verified = seen->header != NULL;
	if (seen->header != NULL)
		r->created_at_ms = seen->header->created_at_ms;
}

static void
looked(struct all_snapshots *a, int rc, const struct err *e)
{
	struct expiry *x = container_of(a, struct expiry, snapshots);

	if (rc != 0 || a->count <= a->enough)
		finish(x, rc, e);
	else
		decide(x);
}

static int
begin(struct operation *o, bool quick, void (*done)(struct operation *o, int rc, const struct err *e), struct err *e)
{
	o->expiry = calloc(1, sizeof *o->expiry);
	if (o->expiry == NULL)
		return err_memory(e, "listing snapshots");
	o->expiry->o = o;
	o->expiry->done = done;
	o->expiry->snapshots = (struct all_snapshots){
		.store = o->store, .keys = &o->keys, .service = o->config->service, .front = SEAL_HEADER_BYTES,
		.enough = quick ? o->config->retention.keep_last : 0, .listed = listed, .look = look, .done = looked,
	};
	return all_snapshots_read(&o->expiry->snapshots, e);
}

/* ---- behind a backup ---- */

static void
expired(struct operation *o, int rc, const struct err *e)
{
	if (rc != 0)
		report_ledger(&o->report, false, NULL, NULL, "not expired",
		              "old snapshots stay longer than the retention says: %s", e->text);
	else if (o->expiry->removed > 0)
		report_ledger(&o->report, false, NULL, NULL, "expired",
		              "%zu old snapshots were removed, as the retention says", o->expiry->removed);
	if (o->expiry != NULL && o->expiry->removed > 0)
		note_hidden(o);
	job_next(&o->job, 0, NULL);
}

void
step_expire(struct job *j)
{
	struct operation *o = OPERATION(j);
	const struct config *c = o->config;
	struct err e = { 0 };
	int rc = 0;

	if (!o->report.written || c->retention.keep_last + c->retention.keep_daily + c->retention.keep_monthly == 0) {
		job_next(j, 0, NULL);
		return;
	}
	rc = begin(o, true, expired, &e);
	if (rc != 0)
		expired(o, rc, &e);
}

/* ---- kcb expire ---- */

static void
command_expired(struct operation *o, int rc, const struct err *e)
{
	job_next(&o->job, rc, e);
}

static void
step_expire_all(struct job *j)
{
	int rc = begin(OPERATION(j), false, command_expired, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
write_retained(struct json *w, const struct snapshot_name *s, const struct retained *r)
{
	json_begin_object(w);
	json_key_string(w, "action", r->removed ? "remove" : "keep");
	json_key(w, "created_at_ms");
	if (r->verified)
		json_integer(w, r->created_at_ms);
	else
		json_null(w);
	json_key_unsigned(w, "epoch", s->position.epoch);
	json_key_string(w, "name", s->name);
	json_key_string(w, "reason", r->reason);
	json_key_unsigned(w, "sequence", s->position.sequence);
	json_end_object(w);
}

static void
step_say(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct expiry *x = o->expiry;
	struct json *w = command_result(o);
	size_t i, going = 0;

	if (x->removed > 0)
		note_hidden(o);
	for (i = 0; i < x->snapshots.count; i++)
		going += x->all[i].removed;
	json_key_bool(w, "dry_run", o->request.dry_run);
	json_key_unsigned(w, "going", going);
	json_key(w, "snapshots");
	json_begin_array(w);
	for (i = 0; i < x->snapshots.count; i++)
		write_retained(w, &x->snapshots.names[i], &x->all[i]);
	json_end_array(w);
	json_key_unsigned(w, "staying", x->snapshots.count - going);
	json_end_object(w);
	if (o->request.dry_run)
		operation_finish(j, STATUS_OK, "a dry run: nothing was removed; %zu snapshots would go, %zu stay",
		                 going, x->snapshots.count - going);
	else
		operation_finish(j, STATUS_OK, "%zu snapshots removed, %zu stay", x->removed,
		                 x->snapshots.count - going);
}

const struct job_step expire_command[] = {
	{ "read keys", step_keys },           { "open the store", step_store },
	{ "survey the store", step_survey },  { "begin", step_begin_result },
	{ "expire", step_expire_all },        { "end", step_say },
	{ NULL, NULL },
};
