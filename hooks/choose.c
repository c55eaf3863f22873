/*
 * choose.c - what is to be restored (R2): each kind from the newest snapshot that is believed, or
 * all from a chosen one
 */
#include <string.h>

#include "hooks/carried.h"
#include "hooks/choose.h"
#include "hooks/find.h"
#include "hooks/kinds.h"

static void load_next(struct operation *o);

/* Is it to be restored now, and of which snapshot?  NULL: there is none, or it is not its turn. */
static const char *
source_of(const struct operation *o, enum kind kind)
{
	const struct kind_source *source = &o->survey.sources[kind];

	if (o->retrying && !o->pending[kind])
		return NULL;
	if (o->chosen[0] != '\0')
		return o->chosen;
	return source->found ? source->name : NULL;
}

/* The lines of every kind that comes from this snapshot; with topics go their ids and places. */
static int
take_lines(struct operation *o, const char *name, const struct seal_header *header,
           const struct document *document, struct err *e)
{
	uint32_t kinds = 0;
	size_t i;
	int rc;

	for (i = o->next; i < kind_count(); i++) {
		enum kind kind = kind_at(i)->kind;
		const char *from = source_of(o, kind);

		if (from == NULL || strcmp(from, name) != 0)
			continue;
		o->loaded |= 1u << kind;
		if (header->kinds[kind].state == STATE_CAPTURED)
			kinds |= 1u << kind;
	}
	rc = kinds == 0 ? 0 : document_load(document, kinds, &o->want, e);
	if (rc != 0 || (kinds & 1u << KIND_TOPIC) == 0)
		return rc;
	line_set_release(&o->identities);
	line_set_init(&o->identities, (size_t)1 << 30);
	return document_load(document, 1u << KIND_IDENTITY, &o->identities, e);
}

static void
opened(void *arg, int rc, const struct seal_header *header, struct document *document,
       const struct err *e)
{
	struct operation *o = arg;
	enum kind kind = kind_at(o->next)->kind;
	struct err err = *e;

	if (rc == 0)
		rc = take_lines(o, source_of(o, kind), header, document, &err);
	else
		(void)err_prefix(&err, "reading the snapshot that has the newest %s lines",
		                 kind_name(kind));
	if (rc != 0) {
		job_next(&o->inner, rc, &err);
		return;
	}
	o->next++;
	load_next(o);
}

/* R2: each kind older than the newest snapshot is named with its age. */
static void
say_age(struct operation *o, enum kind kind, const struct seal_header *from)
{
	int64_t age = o->survey.newest.created_at_ms - from->created_at_ms;

	o->report.kinds[kind].age_ms = age > 0 ? (uint64_t)age : 1;
	report_ledger(&o->report, true, kind_name(kind), NULL, "older",
	              "restored from an older snapshot (epoch %llu, sequence %llu), since newer ones "
	              "have not captured it or are suspect",
	              (unsigned long long)from->epoch, (unsigned long long)from->sequence);
}

/*
 * What is only known from suspect snapshots waits for a person's word; what no snapshot has ever
 * captured cannot be had, and holds up nothing else.
 */
static int
say_no_source(struct operation *o, enum kind kind, struct err *e)
{
	const struct kind_source *source = &o->survey.sources[kind];

	if (source->suspect)
		return err_set(e, ERR_OPERATOR,
		               "no snapshot has %s lines that can be believed: all are suspect; `kcb list --long` "
		               "shows them, `kcb accept %s` believes the newest, and --snapshot chooses one",
		               kind_name(kind), kind_name(kind));
	if (source->passed)
		report_ledger(&o->report, true, kind_name(kind), NULL, "never captured",
		              "no snapshot that is left has any");
	return 0;
}

/* A restore owes what lies on services until it is back; their servers may not be up yet (R6). */
static void
note_services(struct operation *o)
{
	size_t i, k;

	for (i = 0; i < kind_count() && !o->retrying; i++)
		for (k = 0; k < o->want.count && kind_place_at(i) != PLACE_KAFKA; k++)
			if (o->want.lines[k].kind == kind_at(i)->kind)
				o->pending[kind_at(i)->kind] = true;
}

static void
load_next(struct operation *o)
{
	struct err e = { 0 };
	int rc = 0;

	for (; o->next < kind_count() && rc == 0; o->next++) {
		enum kind kind = kind_at(o->next)->kind;
		const char *name = source_of(o, kind);

		if (name == NULL) {
			if (!o->retrying || o->pending[kind])
				rc = say_no_source(o, kind, &e);
			continue;
		}
		if (o->chosen[0] == '\0' && !o->pending[kind] && strcmp(name, o->survey.newest_name) != 0)
			say_age(o, kind, &o->survey.sources[kind].header); /* what is pending was never newer */
		if ((o->loaded & 1u << kind) != 0)
			continue;
		if (strcmp(name, o->survey.newest_name) == 0) {
			rc = take_lines(o, name, &o->survey.newest, &o->survey.document, &e);
			continue;
		}
		rc = snapshot_open(o->store, &o->keys, o->config->service, name, opened, o, &e);
		if (rc == 0)
			return;
		break;
	}
	if (rc == 0)
		rc = line_set_sort(&o->want, &e);
	if (rc == 0 && o->retrying)
		rc = carried_never_created(o, &e);
	else if (rc == 0 && o->chosen[0] == '\0')
		rc = carried_overlay(o, &e);
	note_services(o);
	job_next(&o->inner, rc, &e);
}

static void
found(struct operation *o, int rc, const char *name, const struct err *e)
{
	if (rc == 0)
		(void)snprintf(o->chosen, sizeof o->chosen, "%s", name);
	job_next(&o->inner, rc, e);
}

void
step_chosen_by_person(struct job *j)
{
	struct operation *o = INNER(j);

	if (o->params.snapshot == NULL)
		job_next(j, 0, NULL);
	else
		operation_find(o, o->params.snapshot, found);
}

void
step_choose(struct job *j)
{
	struct operation *o = INNER(j);

	line_set_release(&o->want);
	line_set_init(&o->want, (size_t)1 << 30);
	o->next = 0;
	o->loaded = 0;
	load_next(o);
}
