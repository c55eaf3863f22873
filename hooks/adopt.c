/*
 * adopt.c - the adoption of a cluster: its first, a person's, or, for restore.c, that of what was
 * restored; and the records that go with it.
 */
#include <stdio.h>

#include "hooks/operation.h"

static void
record_written(void *arg, int rc, const struct err *e)
{
	struct operation *o = arg;

	job_next(&o->inner, rc, e);
}

void
inner_put_record(struct operation *o)
{
	struct err e = { 0 };
	int rc;

	(void)snprintf(o->record.service, sizeof o->record.service, "%s", o->config->service);
	rc = record_put(&o->loop, o->store, &o->keys, &o->record, record_written, o, &e);
	if (rc != 0)
		job_next(&o->inner, rc, &e);
}

int
operation_adoption(struct operation *o, uint64_t epoch, enum adopted_by by, struct err *e)
{
	struct id_list ids;
	int rc = ids_of_lines(&o->live.lines, &o->arena, &ids, e);

	if (rc != 0)
		return rc;
	o->record = (struct record){ .type = RECORD_ADOPTION, .epoch = epoch, .by = by };
	(void)snprintf(o->record.cluster, sizeof o->record.cluster, "%s", o->cluster.id);
	o->record.topic_ids = ids.ids;
	o->record.topic_id_count =
	    ids.count < ADOPTION_TOPICS_MAX ? ids.count : ADOPTION_TOPICS_MAX;
	o->epoch = epoch;
	o->sequence = 1;
	return 0;
}

static void
adopt_if_still_so(struct operation *o)
{
	struct err e = { 0 };
	int rc = 0;

	if (!o->adopted_by_person && o->verdict.row != GUARD_NEW)
		rc = err_set(&e, ERR_AGAIN, "another run has begun with this service: %s: %s",
		             o->verdict.name, o->verdict.sentence);
	if (rc == 0)
		rc = operation_adoption(o, o->survey.epoch + 1,
		                        o->adopted_by_person ? ADOPTED_PERSON : ADOPTED_FIRST, &e);
	if (rc != 0)
		job_next(&o->inner, rc, &e);
	else
		inner_put_record(o);
}

static void
step_adopt(struct job *j)
{
	inner_judge_anew(INNER(j), adopt_if_still_so);
}

const struct job_step adopt_steps[] = {
	{ "adopt", step_adopt },
	{ "carry on", step_carry },
	{ "compose", step_compose },
	PUBLISH_STEPS,
	{ "once more for other nodes", step_second },
	PUBLISH_STEPS,
	{ NULL, NULL },
};
