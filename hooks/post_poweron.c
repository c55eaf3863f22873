/*
 * post_poweron.c - restore the newest snapshot into the cluster that came up empty, or find that
 * there is nothing to do
 */
#include <string.h>

#include "hooks/ending.h"
#include "hooks/operation.h"

static void
step_act(struct job *j)
{
	struct operation *o = OPERATION(j);
	enum guard_action action = o->verdict.action[GUARD_POST_POWERON];

	switch (action) {
	case GUARD_OK_OR_GO_ON:
		if (o->missing_baseline)
			operation_inner(o, go_on_steps);
		else
			operation_finish(j, STATUS_OK, "nothing to restore: the cluster is the service's own, "
			                 "with its disks");
		break;
	case GUARD_GO_ON:
		operation_inner(o, go_on_steps);
		break;
	case GUARD_CLAIM_AND_RESTORE:
		operation_inner(o, restore_steps);
		break;
	case GUARD_NOTHING_TO_RESTORE:
		operation_finish(j, STATUS_OK, "nothing to restore: the service has no snapshot yet");
		break;
	default:
		operation_refuse(j, action);
	}
}

/* Registries and workers have no kinds in this version: their phase has nothing to do. */
static void
step_phase(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (o->params.phase != NULL && strcmp(o->params.phase, "services") == 0)
		operation_finish(j, STATUS_OK, "nothing to do in the phase services");
	else
		job_next(j, 0, NULL);
}

const struct job_step post_poweron_steps[] = {
	{ "phase", step_phase },
	{ "read keys", step_keys },        { "open the store", step_store },
	{ "wait for Kafka", step_await },  { "survey the store", step_survey },
	{ "load the newest", step_saved }, { "capture", step_capture },
	{ "judge", step_judge },           { "act", step_act },
	{ "end", end_restore },            { NULL, NULL },
};
