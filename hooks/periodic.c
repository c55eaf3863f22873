/* periodic.c - take a backup if one is due; go on with whatever a restore has left undone */
#include <string.h>

#include "hooks/ending.h"
#include "hooks/expire.h"
#include "hooks/operation.h"

/*
 * Due: this instance has seen no success within the interval (on the monotonic clock), and the
 * newest snapshot is older than the interval, or from the future.
 */
static bool
is_due(const struct operation *o)
{
	uint64_t interval = (uint64_t)o->config->schedule.interval_minutes * 60000;
	int64_t age = loop_wall_ms(&o->loop) - o->survey.newest.created_at_ms;

	if (o->params.now || !o->survey.found)
		return true;
	if (o->request.last_success_ms != 0 &&
	    loop_now_ms(&o->loop) - o->request.last_success_ms < interval)
		return false;
	return age < 0 || (uint64_t)age >= interval;
}

/*
 * The service's own cluster by its id, with a backup of its epoch that is young enough: no capture
 * is needed to know that there is nothing to do.  Anything else goes on to the guard.
 */
static bool
nothing_to_do(const struct operation *o)
{
	const struct record *adoption = records_adoption(&o->survey.records);

	return !is_due(o) && adoption != NULL && strcmp(adoption->cluster, o->cluster.id) == 0 &&
	       o->survey.newest.epoch == adoption->epoch && !o->params.has_anchor &&
	       !operation_has_pending(o);
}

static void
finish_not_due(struct job *j, const char *more)
{
	struct operation *o = OPERATION(j);

	operation_finish(j, o->report.ledger_losses > 0 ? STATUS_PARTIAL : STATUS_OK,
	                 "not due: the newest snapshot is younger than %u minutes%s",
	                 o->config->schedule.interval_minutes, more);
}

/* This hook comes every few minutes: most often a signed header says that nothing is to be done. */
static void
step_survey_lightly(struct job *j)
{
	struct operation *o = OPERATION(j);

	o->survey.header_only = !o->params.now;
	step_survey(j);
}

/* Once a day the newest snapshot is read whole, so that somebody knows of a broken one in time. */
#define VERIFIED_FOR_MS (24u * 3600 * 1000)

static void
step_due(struct job *j)
{
	struct operation *o = OPERATION(j);
	uint64_t last = o->request.last_verified_ms;

	if (nothing_to_do(o) && last != 0 && loop_now_ms(&o->loop) - last < VERIFIED_FOR_MS)
		finish_not_due(j, "");
	else
		job_next(j, 0, NULL);
}

static void
survey_anew(struct operation *o)
{
	survey_release(&o->survey);
	o->survey = (struct survey){ .header_only = false };
	report_init_ledger(&o->report); /* what does not verify is named again */
	step_survey(&o->job);
}

/* The header promised it; a body that breaks the promise makes an older one the newest. */
static void
read_whole(void *arg, int rc, const struct seal_header *header, struct document *document,
           const struct err *e)
{
	struct operation *o = arg;

	if (rc == ERR_CORRUPT || rc == ERR_MISSING || rc == ERR_OPERATOR) {
		survey_anew(o);
		return;
	}
	if (rc == 0) {
		o->survey.newest = *header;
		o->survey.document = *document; /* taken over */
		*document = (struct document){ 0 };
		o->survey.header_only = false;
		o->report.verified = true;
	}
	job_next(&o->job, rc, e);
}

static void
step_read_whole(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = 0;

	if (!o->survey.header_only || !o->survey.found) {
		job_next(j, 0, NULL);
		return;
	}
	rc = snapshot_open(o->store, &o->keys, o->config->service, o->survey.newest_name, read_whole, o, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* A newest one that does not verify is passed over, and then a backup may be due after all. */
static void
step_still_due(struct job *j)
{
	if (nothing_to_do(OPERATION(j)))
		finish_not_due(j, "; it was read whole and verifies");
	else
		job_next(j, 0, NULL);
}

static void
step_act(struct job *j)
{
	struct operation *o = OPERATION(j);

	o->always = o->params.now;
	operation_act(j, o->verdict.action[GUARD_PERIODIC], retry_steps);
}

static void
step_end(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (o->restoring)
		end_restore(j);
	else
		end_backup(j);
}

const struct job_step periodic_steps[] = {
	{ "read keys", step_keys },        { "open the store", step_store },
	{ "reach Kafka", step_connect },   { "open services", step_services },
	{ "survey the store", step_survey_lightly }, { "is it due?", step_due },
	{ "read the newest", step_read_whole }, { "is it still due?", step_still_due },
	{ "load the newest", step_saved }, { "capture", step_capture },
	{ "judge", step_judge },           { "act", step_act },
	{ "expire", step_expire },         { "end", step_end },
	{ NULL, NULL },
};
