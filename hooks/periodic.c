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
static void
step_due(struct job *j)
{
	struct operation *o = OPERATION(j);
	const struct record *adoption = records_adoption(&o->survey.records);

	if (!is_due(o) && adoption != NULL && strcmp(adoption->cluster, o->cluster.id) == 0 &&
	    o->survey.newest.epoch == adoption->epoch && !o->params.has_anchor &&
	    !operation_has_pending(o))
		operation_finish(j, STATUS_OK, "not due: the newest snapshot is younger than %u minutes",
		                 o->config->schedule.interval_minutes);
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
	{ "survey the store", step_survey }, { "is it due?", step_due },
	{ "load the newest", step_saved }, { "capture", step_capture },
	{ "judge", step_judge },           { "act", step_act },
	{ "expire", step_expire },         { "end", step_end },
	{ NULL, NULL },
};
