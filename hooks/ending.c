/* ending.c - see ending.h */
#include <stdio.h>
#include <string.h>

#include "hooks/ending.h"
#include "hooks/kinds.h"
#include "hooks/plan.h"

/* R9: suspect and carried are PARTIAL; unsupported is OK. */
static enum status
status_of(const struct operation *o)
{
	struct err e;
	bool owed = operation_has_pending(o) && !o->live.without_services;

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

/* "200 topics, 10 connectors": a kind without any is left out, unless all are. */
static const char *
counts_text(const uint64_t *counts, char *text, size_t size)
{
	size_t i, n = 0;

	(void)snprintf(text, size, "no resources");
	for (i = 0; i < kind_count(); i++) {
		enum kind kind = kind_at(i)->kind;

		if (counts[kind] == 0)
			continue;
		n += (size_t)snprintf(text + n, size - n, "%s%llu %s%s", n > 0 ? ", " : "",
		                      (unsigned long long)counts[kind], kind_name(kind),
		                      counts[kind] == 1 ? "" : "s");
		if (n >= size)
			break; /* cut is fine */
	}
	return text;
}

static const char *
live_text(const struct operation *o, char *text, size_t size)
{
	uint64_t counts[KIND_TABLE];
	size_t i;

	for (i = 0; i < KIND_TABLE; i++)
		counts[i] = o->live.kinds[i].count;
	return counts_text(counts, text, size);
}

static const char *
restored_text(const struct operation *o, char *text, size_t size)
{
	uint64_t counts[KIND_TABLE] = { 0 };
	size_t i, k;

	for (i = 0; i < KIND_TABLE; i++)
		for (k = 0; k < o->plans[i].count; k++)
			counts[i] += o->plans[i].items[k].outcome != PLAN_FAILED;
	return counts_text(counts, text, size);
}

/* R7: what comes back without what it was doing. */
static void
say_offsets(struct operation *o)
{
	const struct plan *plan = &o->plans[KIND_CONNECTOR];
	size_t i, running = 0;

	for (i = 0; i < plan->count; i++)
		running += plan->items[i].started != NULL &&
		           strstr(plan->items[i].started, "\"state\":\"RUNNING\"") != NULL &&
		           plan->items[i].action != PLAN_KEEP && o->starting;
	if (running > 0)
		report_ledger(&o->report, false, "connector", NULL, "offsets",
		              "%zu connector%s again; source connectors begin from scratch, since their "
		              "offsets are no configuration and are gone",
		              running, running == 1 ? " runs" : "s run");
}

void
end_backup(struct job *j)
{
	struct operation *o = OPERATION(j);
	char losses[64], kinds[512];

	char position[64] = "unchanged since the newest snapshot";

	say_offsets(o);
	if (!o->unchanged)
		(void)snprintf(position, sizeof position, "snapshot %llu.%llu stored and verified",
		               (unsigned long long)o->header.epoch,
		               (unsigned long long)o->header.sequence);
	operation_finish(j, status_of(o), "%s: %s%s%s", position,
	                 live_text(o, kinds, sizeof kinds),
	                 o->suspects > 0 ? "; suspect, since far fewer than before" : "",
	                 losses_text(o, losses, sizeof losses));
}

void
end_restore(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct plan_counts c = plan_count(o);
	char losses[64], completed[64] = "", kinds[512];

	say_offsets(o);
	if (o->completed > 0)
		(void)snprintf(completed, sizeof completed, ", %llu completed",
		               (unsigned long long)o->completed);
	operation_finish(j, status_of(o),
	                 "restored and verified: %s, %llu created%s, %zu were there%s",
	                 restored_text(o, kinds, sizeof kinds),
	                 (unsigned long long)o->created, completed, c.equal,
	                 losses_text(o, losses, sizeof losses));
}
