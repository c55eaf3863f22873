/* ending.c - see ending.h */
#include <stdio.h>

#include "hooks/ending.h"
#include "hooks/plan.h"

/* R9: suspect and carried are PARTIAL; unsupported is OK. */
static enum status
status_of(const struct operation *o)
{
	struct err e;
	bool owed = o->live_pending > 0 && !o->live.without_services;

	return o->suspects > 0 || o->report.ledger_losses > 0 || owed || !live_complete(&o->live, &e)
	           ? STATUS_PARTIAL
	           : STATUS_OK;
}

static const char *
losses_text(const struct operation *o, char *text, size_t size)
{
	if (o->report.ledger_losses == 0)
		return "";
	(void)snprintf(text, size, "; the loss ledger names %u", o->report.ledger_losses);
	return text;
}

void
end_backup(struct job *j)
{
	struct operation *o = OPERATION(j);
	char losses[64];

	operation_finish(j, status_of(o), "snapshot %llu.%llu stored and verified: %llu topics%s%s",
	                 (unsigned long long)o->header.epoch, (unsigned long long)o->header.sequence,
	                 (unsigned long long)o->live.kinds[KIND_TOPIC].count,
	                 o->suspects > 0 ? "; suspect, since far fewer than before" : "",
	                 losses_text(o, losses, sizeof losses));
}

void
end_restore(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct plan_counts c = plan_count(o);
	char losses[64], completed[64] = "";

	if (o->completed > 0)
		(void)snprintf(completed, sizeof completed, ", %llu completed",
		               (unsigned long long)o->completed);
	operation_finish(j, status_of(o),
	                 "restored and verified: %zu topics, %llu created%s, %zu were there%s",
	                 c.wanted - c.failed,
	                 (unsigned long long)o->created, completed, c.equal,
	                 losses_text(o, losses, sizeof losses));
}
