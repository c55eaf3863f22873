/*
 * backup.c - from the captured lines to an acknowledged snapshot: compose, seal, fence, put, read
 * back, fence again.
 *
 * The fence is asked before the put and after the read-back, each time with the records read anew:
 * what was published into an epoch that somebody else has ended meanwhile is not acknowledged
 * (guard.h, 2).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "core/base/json.h"
#include "core/kraft/lines.h"
#include "core/store/store.h"
#include "hooks/carried.h"
#include "hooks/choose.h"
#include "hooks/kinds.h"
#include "hooks/operation.h"
#include "hooks/plan.h"

/* ---- compose ---- */

/* The same topic as in the newest snapshot, and no record less: what is gone from it was removed by a later one. */
static bool
topic_goes_on(const struct operation *o, const char *topic)
{
	char id[TOPIC_ID_SIZE] = "", other[TOPIC_ID_SIZE] = "";
	const struct line *was, *is;
	int64_t end, now;

	if (topic == NULL)
		return false;
	was = line_set_find(&o->saved, KIND_IDENTITY, topic);
	is = line_set_find(&o->live.lines, KIND_IDENTITY, topic);
	return was != NULL && is != NULL && identity_topic_id(was, id) && identity_topic_id(is, other) &&
	       strcmp(id, other) == 0 && identity_end(was, &end) && identity_end(is, &now) && now >= end;
}

/* R2: whether nothing but somebody's will can have made it fewer since the snapshot that is believed. */
static bool
fall_is_proven(const struct operation *o, enum kind kind, const struct seal_header *believed)
{
	if ((LOG_KINDS & 1u << kind) != 0) /* one offset of the service's own log, which a person has emptied */
		return o->live.source != SOURCE_API && o->facts.identity == GUARD_IDENTITY_LEFT;
	if (believed->epoch != o->survey.newest.epoch || believed->sequence != o->survey.newest.sequence)
		return false; /* the topic's end at that time is not at hand */
	return topic_goes_on(o, o->live.ends[kind == KIND_CONNECTOR ? kind : KIND_REGISTRY_LOG].topic);
}

/*
 * R2: fell to zero, or by more than guard.shrink_percent, against the newest snapshot that is
 * believed.
 */
static bool
is_suspect(const struct operation *o, enum kind kind)
{
	const struct kind_source *source = &o->survey.sources[kind];
	const struct record *adoption = records_adoption(&o->survey.records);
	uint64_t before = source->header.kinds[kind].count, now = o->live.kinds[kind].count;

	/* compaction may halve the records, and nothing is lost: what counts is what they come to */
	if (kind == KIND_REGISTRY_LOG && o->live.kinds[KIND_SCHEMA].state == STATE_CAPTURED)
		return is_suspect(o, KIND_SCHEMA);
	if (o->adopted_by_person)
		return false;
	if (!source->found) /* nothing believed to compare with: what was suspect stays so */
		return o->survey.found && o->survey.newest.kinds[kind].suspect &&
		       o->survey.newest.kinds[kind].count >= now;
	if (before <= now)
		return false;
	if (fall_is_proven(o, kind, &source->header))
		return false;
	if (adoption != NULL && adoption->by == ADOPTED_PERSON && source->header.epoch < adoption->epoch)
		return false; /* "as it is", a person said */
	return now == 0 || (before - now) * 100 > before * o->config->guard.shrink_percent;
}

static int
add_lines(struct operation *o, struct document_writer *w, struct err *e)
{
	const struct line_set *sets[] = { &o->live.lines, &o->carried };
	size_t at[2] = { 0, 0 };
	int rc = 0;

	while (rc == 0 && (at[0] < sets[0]->count || at[1] < sets[1]->count)) {
		size_t from = at[0] == sets[0]->count ? 1
		              : at[1] == sets[1]->count ? 0
		              : line_compare(&sets[0]->lines[at[0]], &sets[1]->lines[at[1]]) < 0 ? 0
		                                                                                 : 1;

		rc = document_writer_add(w, &sets[from]->lines[at[from]++], e);
	}
	return rc;
}

static const char *
write_about(const struct operation *o, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_unsigned(&j, "brokers", o->cluster.brokers);
	json_key_string(&j, "librdkafka", rd_kafka_version_str());
	json_key_string(&j, "plugin", PACKAGE_VERSION);
	json_key_string(&j, "source", o->live.source == SOURCE_API ? "api" : "log");
	json_end_object(&j);
	return buf_text(out);
}

/* Mark the kinds of the live set that are suspect, and name them. */
static void
say_suspects(struct operation *o)
{
	unsigned i;

	o->suspects = 0;
	for (i = 0; kind_is_resource((enum kind)i); i++) {
		bool suspect = o->live.kinds[i].state == STATE_CAPTURED && is_suspect(o, (enum kind)i);

		o->live.kinds[i].suspect = suspect;
		o->report.kinds[i].entry.suspect = suspect;
		o->suspects += suspect;
		if (suspect)
			report_ledger(&o->report, false, kind_name((enum kind)i), NULL, "suspect",
			              "%llu now, %llu in the newest snapshot that is believed: a restore will "
			              "use that one; `kcb accept %s` if it is meant",
			              (unsigned long long)o->live.kinds[i].count,
			              (unsigned long long)o->survey.sources[i].header.kinds[i].count,
			              kind_name((enum kind)i));
	}
}

static void
say_states(struct operation *o, struct document_writer *w)
{
	unsigned i;

	say_suspects(o);
	for (i = 0; kind_is_resource((enum kind)i); i++)
		document_writer_state(w, (enum kind)i, o->live.kinds[i].state,
		                      o->live.kinds[i].suspect);
}

/* What a restore still owes is not captured, whatever its server shows now. */
static void
take_back_pending(struct operation *o)
{
	unsigned i;

	for (i = 0; i < KIND_TABLE; i++)
		if (o->pending[i])
			live_make_pending(&o->live, (enum kind)i, "not restored yet");
	live_report(&o->live, &o->report);
}

void
step_compose(struct job *j)
{
	struct operation *o = INNER(j);
	struct document_writer *w;
	struct buf about;
	const char *text;
	int rc = document_writer_new(&w, &j->err);

	take_back_pending(o);
	if (rc == 0) {
		say_states(o, w);
		rc = add_lines(o, w, &j->err);
		if (rc != 0)
			document_writer_free(w);
	}
	if (rc == 0) {
		buf_init(&about, 4096);
		text = write_about(o, &about);
		document_release(&o->document);
		rc = document_writer_end(w, text, &o->document, &j->err);
		buf_release(&about);
	}
	job_next(j, rc, NULL);
}

/* ---- seal ---- */

/* Where who restores finds what is missing here. */
static void
say_behind(const struct operation *o, struct seal_header *h)
{
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++)
		h->behind[i] = sources_behind(&o->survey, (enum kind)i, &o->document.kinds[i]);
}

void
step_seal(struct job *j)
{
	struct operation *o = INNER(j);
	struct seal_header *h = &o->header;

	*h = (struct seal_header){ .epoch = o->epoch, .sequence = o->sequence,
		                   .source = o->live.source,
		                   .source_offset = (uint64_t)o->live.position.offset,
		                   .source_leader_epoch = (uint32_t)o->live.position.epoch,
		                   .created_at_ms = loop_wall_ms(&o->loop) };
	(void)snprintf(h->service, sizeof h->service, "%s", o->config->service);
	(void)snprintf(h->cluster, sizeof h->cluster, "%s", o->cluster.id);
	say_behind(o, h);
	buf_clear(&o->object);
	job_next(j, seal_document(h, &o->document, &o->keys, &o->object, &j->err), NULL);
}

/* ---- fence ---- */

static void
records_anew(struct records *r, int rc, const struct err *e)
{
	struct survey *s = container_of(r, struct survey, records);
	struct operation *o = container_of(s, struct operation, survey);
	struct err err = *e;

	if (rc == 0) {
		s->epoch = r->epoch;
		if (s->found && s->newest.epoch > s->epoch)
			s->epoch = s->newest.epoch;
		rc = operation_judge(o, &err);
	}
	if (rc != 0)
		job_next(&o->inner, rc, &err);
	else
		o->after_judgement(o);
}

void
inner_judge_anew(struct operation *o, void (*next)(struct operation *o))
{
	struct err e = { 0 };
	int rc;

	o->after_judgement = next;
	records_release(&o->survey.records);
	o->survey.records.done = records_anew;
	rc = records_read(&o->survey.records, &e);
	if (rc != 0)
		job_next(&o->inner, rc, &e);
}

static void
fenced_or_not(struct operation *o)
{
	struct err e = { 0 };

	if (guard_may_publish(&o->facts, o->epoch))
		job_next(&o->inner, 0, NULL);
	else
		job_next(&o->inner,
		         err_set(&e, ERR_OPERATOR, "%s: %s: %s",
		                 o->stored ? "stored, but it does not count" : "nothing was stored",
		                 o->verdict.name, o->verdict.sentence),
		         &e);
}

void
step_fence(struct job *j)
{
	inner_judge_anew(INNER(j), fenced_or_not);
}

/* ---- put and read back ---- */

static void
object_path(const struct operation *o, char *path, size_t size)
{
	char name[SEAL_OBJECT_NAME_SIZE];

	seal_object_name(&o->header, name);
	(void)snprintf(path, size, "%s/s/%s", o->config->service, name);
}

static void
put_done(void *arg, int rc, const struct err *e)
{
	struct operation *o = arg;
	struct err err = *e;

	o->stored = rc == 0;
	if (rc != 0)
		(void)err_prefix(&err, "storing the snapshot");
	job_next(&o->inner, rc, &err);
}

void
step_put(struct job *j)
{
	struct operation *o = INNER(j);
	char path[OBJECT_NAME_MAX];
	int rc;

	object_path(o, path, sizeof path);
	rc = o->store->ops->put(o->store, path, &o->object, put_done, o, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
got_back(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct operation *o = arg;
	struct err err = *e;

	(void)total;
	if (rc == 0 && (len != o->object.len || memcmp(bytes, o->object.data, len) != 0))
		rc = err_set(&err, ERR_FAILED, "the store does not give back what was put");
	if (rc != 0)
		(void)err_prefix(&err, "reading the snapshot back");
	job_next(&o->inner, rc, &err);
}

void
step_read_back(struct job *j)
{
	struct operation *o = INNER(j);
	char path[OBJECT_NAME_MAX];
	int rc;

	object_path(o, path, sizeof path);
	rc = o->store->ops->get(o->store, path, 0, 0, o->object.len + 1, got_back, o, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

void
step_acknowledge(struct job *j)
{
	struct operation *o = INNER(j);

	o->report.has_snapshot = true;
	o->report.snapshot = o->header;
	o->report.written = o->report.saved = true;
	job_next(j, 0, NULL);
}

/* ---- tables ---- */

/* Carried lines of the newest snapshot, as far as they still hold. */
void
step_carry(struct job *j)
{
	struct operation *o = INNER(j);

	job_next(j, carried_go_on(o, &j->err), NULL);
}

/* Once a day is enough for what has not changed (DESIGN 7): the rest of the table is left out. */
static void
step_unchanged(struct job *j)
{
	struct operation *o = INNER(j);
	int64_t age = loop_wall_ms(&o->loop) - o->survey.newest.created_at_ms;

	take_back_pending(o);
	o->unchanged = !o->always && o->survey.found && o->survey.newest.epoch == o->epoch &&
	               !o->survey.newest.recipients_changed && age >= 0 && age < 24 * 3600 * 1000 &&
	               carried_same_lines(o);
	if (o->unchanged) {
		say_suspects(o);
		o->report.saved = true;
		job_skip(j, SIZE_MAX);
	}
	job_next(j, 0, NULL);
}

#define RETRY_PATIENCE_MS 5000u

/*
 * What a restore left undone comes before the backup: kinds that are pending and whose server
 * answers now (R6), and what could never be created (R7).  The backup does not wait for it long.
 */
static void
step_left_undone(struct job *j)
{
	struct operation *o = INNER(j);

	o->retrying = true;
	o->patience_began_ms = loop_now_ms(&o->loop);
	o->patience_ms = o->patience_began_ms +
	                 (operation_has_pending(o) ? loop_remaining_ms(&o->loop, 120000) / 2
	                                           : RETRY_PATIENCE_MS);
	step_choose(j);
}

static void
step_anything(struct job *j)
{
	if (INNER(j)->want.count == 0 && !operation_has_pending(INNER(j)))
		job_go_to(j, "carry on");
	else
		job_next(j, 0, NULL);
}

#define BACKUP_STEPS                                                                               \
	{ "carry on", step_carry }, { "compare", step_unchanged }, { "compose", step_compose },    \
	    PUBLISH_STEPS

/*
 * Another node may have captured earlier under the same sequence, and store later: its older lines
 * could then win by their random name.  So where there may be another node, the last snapshot
 * before a power-off is stored under a second sequence, which nobody can have chosen before the
 * first was seen (guard.h, 6).
 */
void
step_second(struct job *j)
{
	struct operation *o = INNER(j);

	if (o->request.hook != HOOK_PRE_POWEROFF || !on_several_nodes(&o->live.lines))
		job_skip(j, PUBLISH_STEP_COUNT);
	else
		o->sequence++;
	job_next(j, 0, NULL);
}

const struct job_step backup_steps[] = { BACKUP_STEPS, { NULL, NULL } };

const struct job_step final_steps[] = {
	BACKUP_STEPS,
	{ "once more for other nodes", step_second },
	PUBLISH_STEPS,
	{ NULL, NULL },
};

const struct job_step retry_steps[] = {
	{ "find what is left to do", step_left_undone },
	{ "is there anything?", step_anything },
	{ "plan", step_plan },
	{ "apply", step_apply },
	{ "verify", step_verify },
	{ "start", step_start },
	{ "verify what was started", step_verify },
	{ "nothing is pending", step_not_pending },
	BACKUP_STEPS,
	{ NULL, NULL },
};
