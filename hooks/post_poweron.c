/*
 * post_poweron.c - restore the newest snapshot into the cluster that came up empty, or find that
 * there is nothing to do
 */
#include <string.h>

#include "hooks/ending.h"
#include "hooks/operation.h"

static bool
is_phase(const struct operation *o, const char *phase)
{
	return o->params.phase != NULL && strcmp(o->params.phase, phase) == 0;
}

static enum kind
pending_kind(const struct operation *o)
{
	unsigned i;

	for (i = 0; i + 1 < KIND_TABLE && !o->pending[i]; i++)
		;
	return (enum kind)i;
}

static const char *
pending_name(const struct operation *o)
{
	return kind_name(pending_kind(o));
}

static void
step_act(struct job *j)
{
	struct operation *o = OPERATION(j);
	enum guard_action action = o->verdict.action[GUARD_POST_POWERON];

	switch (action) {
	case GUARD_OK_OR_GO_ON:
		if (o->missing_baseline)
			operation_inner(o, go_on_steps);
		else if (operation_has_pending(o) && !is_phase(o, "kafka"))
			operation_inner(o, retry_steps);
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

/* In the phase kafka workers do not run yet: what lies on them is pending. */
static void
step_phase(struct job *j)
{
	OPERATION(j)->live.without_services = is_phase(OPERATION(j), "kafka");
	job_next(j, 0, NULL);
}

static void
step_end(struct job *j)
{
	struct operation *o = OPERATION(j);
	bool services = is_phase(o, "services");

	if (services && o->live_pending > 0)
		operation_finish(j, STATUS_AGAIN, "%s is not restored yet: %s", pending_name(o),
		                 o->live.why[pending_kind(o)].text);
	else
		end_restore(j);
}

const struct job_step post_poweron_steps[] = {
	{ "phase", step_phase },
	{ "read keys", step_keys },        { "open the store", step_store },
	{ "wait for Kafka", step_await }, { "open services", step_services },  { "survey the store", step_survey },
	{ "load the newest", step_saved }, { "capture", step_capture },
	{ "judge", step_judge },           { "act", step_act },
	{ "end", step_end },            { NULL, NULL },
};
