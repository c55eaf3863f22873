/*
 * post_poweron.c - restore the newest snapshot into the cluster that came up empty, or find that
 * there is nothing to do
 */
#include <string.h>

#include "hooks/ending.h"
#include "hooks/kinds.h"
#include "hooks/operation.h"

static bool
is_phase(const struct operation *o, const char *phase)
{
	return o->params.phase != NULL && strcmp(o->params.phase, phase) == 0;
}

static void
step_act(struct job *j)
{
	operation_act(j, OPERATION(j)->verdict.action[GUARD_POST_POWERON], NULL); /* never BACK_UP */
}

/* In the phase kafka workers do not run yet: what lies on them is pending. */
static void
step_phase(struct job *j)
{
	OPERATION(j)->live.without_services = is_phase(OPERATION(j), "kafka");
	job_next(j, 0, NULL);
}

/*
 * What the phase services was called for is not done while a service has something pending; but what
 * rests since users or ACLs are not back waits for a person, and no repetition helps.
 */
static void
step_end(struct job *j)
{
	struct operation *o = OPERATION(j);
	size_t i;

	for (i = 0; i < kind_count() && is_phase(o, "services") && !o->resting; i++) {
		enum kind kind = kind_at(i)->kind;

		if (kind_place_at(i) == PLACE_KAFKA || !o->pending[kind])
			continue;
		operation_finish(j, STATUS_AGAIN, "%s is not restored yet: %s", kind_name(kind),
		                 o->live.why[kind].text);
		return;
	}
	end_restore(j);
}

const struct job_step post_poweron_steps[] = {
	{ "phase", step_phase },
	{ "read keys", step_keys },        { "open the store", step_store },
	{ "wait for Kafka", step_await },  { "open services", step_services },
	{ "survey the store", step_survey }, { "load the newest", step_saved },
	{ "capture", step_capture },       { "judge", step_judge },
	{ "act", step_act },               { "end", step_end },
	{ NULL, NULL },
};
