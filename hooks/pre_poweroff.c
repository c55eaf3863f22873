/* pre_poweroff.c - the final backup; anything but a verified one is a veto (R9) */
#include "hooks/ending.h"
#include "hooks/operation.h"

static void
step_act(struct job *j)
{
	struct operation *o = OPERATION(j);
	enum guard_action action = o->verdict.action[GUARD_PRE_POWEROFF];

	o->always = true;
	if ((action == GUARD_BACK_UP || action == GUARD_ADOPT_AND_BACK_UP) &&
	    operation_may_veto(o) && !live_complete(&o->live, &j->err)) {
		job_next(j, j->err.code, NULL); /* R9: each kind, or a veto that names it */
		return;
	}
	switch (action) {
	case GUARD_BACK_UP:
		if (o->missing_baseline)
			operation_refuse(j, GUARD_VETO);
		else
			operation_inner(o, final_steps);
		break;
	case GUARD_ADOPT_AND_BACK_UP:
		operation_inner(o, adopt_steps);
		break;
	case GUARD_NOTHING_TO_KEEP:
		operation_finish(j, STATUS_OK, "nothing to keep: the cluster has no resources");
		break;
	default:
		operation_refuse(j, action);
	}
}

const struct job_step pre_poweroff_steps[] = {
	{ "read keys", step_keys },        { "open the store", step_store },
	{ "reach Kafka", step_connect }, { "open services", step_services },   { "survey the store", step_survey },
	{ "load the newest", step_saved }, { "capture", step_capture },
	{ "judge", step_judge },           { "act", step_act },
	{ "end", end_backup },             { NULL, NULL },
};
