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
	if (action == GUARD_BACK_UP && o->missing_baseline)
		operation_refuse(j, GUARD_VETO);
	else
		operation_act(j, action, final_steps);
}

const struct job_step pre_poweroff_steps[] = {
	LOOK_STEPS, { "act", step_act }, { "end", end_backup }, { NULL, NULL },
};
