/*
 * command.c - what a person asks for: one row a command, each a table of steps.  Those that change
 * the cluster or the service's records are here; those that only look are in command_look.c.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "hooks/command_look.h"
#include "hooks/ending.h"
#include "hooks/expire.h"
#include "hooks/kinds.h"
#include "hooks/operation.h"
#include "hooks/plan.h"
#include "hooks/rewrap.h"

/* ---- adopt ---- */

static void
step_adopt_live(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (o->verdict.row == GUARD_ROLLED_BACK) {
		operation_refuse(j, GUARD_NEEDS_OPERATOR);
		return;
	}
	o->adopted_by_person = true;
	memset(o->pending, 0, sizeof o->pending); /* as it is: nothing is owed any more */
	operation_inner(o, adopt_steps);
}

static const struct job_step adopt_command[] = {
	LOOK_STEPS, { "adopt", step_adopt_live }, { "end", end_backup }, { NULL, NULL },
};

/* ---- accept KIND[/NAME] ---- */

static void
accepted(void *arg, int rc, const struct err *e)
{
	struct operation *o = arg;

	job_next(&o->job, rc, e);
}

static int
make_decision(struct operation *o, struct err *e)
{
	const char *kind = o->params.kind, *name = o->params.name;
	struct record *d = &o->record;
	char key[KEY_MAX_BYTES * 2];

	*d = (struct record){ .type = RECORD_DECISION, .epoch = o->survey.newest.epoch,
		              .sequence = o->survey.newest.sequence };
	if (kind == NULL || !kind_by_name(kind, strlen(kind), &d->kind) ||
	    !kind_is_resource(d->kind))
		return err_set(e, ERR_UNSUPPORTED, "accept: \"%s\" is no kind of resource",
		               kind == NULL ? "" : kind);
	if (!o->survey.found)
		return err_set(e, ERR_OPERATOR, "accept: the service has no snapshot yet");
	(void)snprintf(d->service, sizeof d->service, "%s", o->config->service);
	if (name == NULL)
		return o->survey.newest.kinds[d->kind].suspect ||
		               o->survey.newest.kinds[d->kind].state == STATE_PENDING
		           ? 0
		           : err_set(e, ERR_OPERATOR,
		                     "accept: %s is neither suspect nor pending in the newest snapshot", kind);
	(void)snprintf(key, sizeof key, "%s/%s", kind, name);
	d->name = arena_text(&o->arena, key);
	if (d->name == NULL)
		return err_memory(e, "accepting");
	return line_set_find(&o->saved, KIND_CARRIED, key) != NULL
	           ? 0
	           : err_set(e, ERR_OPERATOR, "accept: the newest snapshot carries no line for %s", key);
}

static void
step_accept(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = make_decision(o, &j->err);

	if (rc == 0)
		rc = record_put(&o->loop, o->store, &o->keys, &o->record, accepted, o, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
step_accept_end(struct job *j)
{
	struct operation *o = OPERATION(j);

	operation_finish(j, STATUS_OK, "accepted: %s%s%s, in snapshots up to %llu.%llu", o->params.kind,
	                 o->params.name != NULL ? "/" : "",
	                 o->params.name != NULL ? o->params.name : "",
	                 (unsigned long long)o->survey.newest.epoch,
	                 (unsigned long long)o->survey.newest.sequence);
}

static const struct job_step accept_command[] = {
	{ "read keys", step_keys },         { "open the store", step_store },
	{ "survey the store", step_survey }, { "load the newest", step_saved },
	{ "accept", step_accept },          { "end", step_accept_end },
	{ NULL, NULL },
};

/* ---- restore [SNAPSHOT] [--kind K [--name N]] [--into-used] ---- */

/*
 * The service's own cluster is added to; another one only when a person says so, and it then
 * becomes the service's.
 */
static void
step_restore(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (!o->survey.found) {
		operation_finish(j, STATUS_NEEDS_OPERATOR, "restore: the service has no snapshot");
		return;
	}
	if (o->verdict.row != GUARD_ADOPTED && o->params.kind != NULL) {
		operation_finish(j, STATUS_NEEDS_OPERATOR,
		                 "restore: one kind or one resource can be restored only into the service's own "
		                 "cluster, and this one is %s: restore the whole first",
		                 o->verdict.name);
		return;
	}
	switch (o->verdict.row) {
	case GUARD_ADOPTED:
		o->create_only = true;
		operation_inner(o, create_steps);
		return;
	case GUARD_UNFINISHED:
		operation_inner(o, go_on_steps);
		return;
	case GUARD_NEWCOMER:
	case GUARD_WIPED:
		operation_inner(o, restore_steps);
		return;
	case GUARD_WIPED_USED:
	case GUARD_FOREIGN:
	case GUARD_FENCED:
	case GUARD_CONTESTED:
		if (!o->params.into_used)
			break;
		o->create_only = true;
		operation_inner(o, restore_steps);
		return;
	default:
		break;
	}
	operation_refuse(j, GUARD_NEEDS_OPERATOR);
}

static void
step_restore_end(struct job *j)
{
	struct operation *o = OPERATION(j);

	plan_write(o);
	if (o->create_only && !o->report.written) { /* what stayed as it was has not been said yet */
		size_t i, k;

		for (i = 0; i < kind_count(); i++)
			for (k = 0; k < o->plans[kind_at(i)->kind].count; k++) {
				const struct plan_item *item = &o->plans[kind_at(i)->kind].items[k];

				if (item->action == PLAN_KEEP || item->outcome == PLAN_FAILED)
					report_ledger(&o->report, true, kind_name(kind_at(i)->kind),
					              item->want.key,
					              item->action == PLAN_KEEP ? "kept as found"
					                                        : "not restored",
					              "%s", item->reason == NULL ? "" : item->reason);
			}
	}
	end_restore(j);
}

static const struct job_step restore_command[] = {
	LOOK_STEPS, { "restore", step_restore }, { "end", step_restore_end }, { NULL, NULL },
};

/* ---- the table ---- */

const struct job_step *
command_steps(const char *command, bool dry)
{
	static const struct {
		const char            *name;
		const struct job_step *steps;
		bool                   may_be_dry;
	} table[] = {
		{ "accept", accept_command, false },  { "adopt", adopt_command, false },
		{ "diff", diff_command, true },       { "expire", expire_command, true },
		{ "list", list_command, true },       { "report", report_command, true },
		{ "restore", restore_command, true }, { "rewrap", rewrap_command, false },
		{ "show", show_command, true },       { "verify", verify_command, true },
	};
	size_t i;

	for (i = 0; i < LENGTH(table); i++)
		if (strcmp(table[i].name, command) == 0)
			return dry && !table[i].may_be_dry ? NULL : table[i].steps;
	return NULL;
}
