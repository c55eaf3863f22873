/*
 * start.c - the last step of a restore (plan.h): what rests is started, unless users or ACLs that were
 * saved are not back
 */
#include <stdio.h>
#include <string.h>

#include "hooks/kinds.h"
#include "hooks/plan.h"

static bool
anything_rests(const struct operation *o)
{
	size_t i;

	for (i = 0; i < kind_count(); i++)
		if (kind_at(i)->start != NULL && o->plans[kind_at(i)->kind].count > 0)
			return true;
	return false;
}

/* A carried line of the kind that was never created, that nobody has created or given up since. */
static bool
is_owed_carried(const struct operation *o, enum kind kind, const struct line *line)
{
	static const char never[] = "\"restored\":null";
	const struct seal_header *newest = &o->survey.newest;
	const char *name = kind_name(kind);
	size_t len = strlen(name);

	return line->kind == KIND_CARRIED && strncmp(line->key, name, len) == 0 && line->key[len] == '/' &&
	       memmem(line->value, line->value_len, never, sizeof never - 1) != NULL &&
	       line_set_find(&o->live.lines, kind, line->key + len + 1) == NULL &&
	       !records_accepted(&o->survey.records, kind, line->key, newest->epoch, newest->sequence);
}

/* Lines of a kind that somebody must have before applications come back, and that are not there. */
static bool
is_owed(const struct operation *o, enum kind kind)
{
	const struct plan *plan = &o->plans[kind];
	size_t i;

	if (o->pending[kind] && !o->planned[kind])
		return true;
	for (i = 0; i < plan->count; i++)
		if (plan->items[i].outcome == PLAN_FAILED)
			return true;
	for (i = 0; i < o->saved.count && o->chosen[0] == '\0'; i++)
		if (is_owed_carried(o, kind, &o->saved.lines[i]))
			return true;
	return false;
}

static void
keep_at_rest(struct operation *o, enum kind resting, enum kind owed)
{
	const char *name = kind_name(owed);

	o->planned[resting] = false; /* so it stays pending */
	o->pending[resting] = true;
	(void)err_set(&o->live.why[resting], ERR_OPERATOR, "stopped, since not every saved %s is back", name);
	report_ledger(&o->report, true, kind_name(resting), NULL, "stopped",
	              "they stay STOPPED until every saved %s is back: create those that are missing, or accept "
	              "that they are gone (`kcb accept %s`, or `kcb accept %s/NAME` of each that the ledger names)",
	              name, name, name);
}

/* A connector that ran without its user or its permissions would fail, or write where it must not. */
static bool
must_rest(struct operation *o)
{
	enum kind owed = is_owed(o, KIND_USER) ? KIND_USER : KIND_ACL;
	size_t i;

	o->resting = is_owed(o, owed);
	for (i = 0; i < kind_count() && o->resting; i++)
		if (kind_at(i)->start != NULL && o->plans[kind_at(i)->kind].count > 0)
			keep_at_rest(o, kind_at(i)->kind, owed);
	return o->resting;
}

void
step_start(struct job *j)
{
	struct operation *o = INNER(j);

	if (!anything_rests(o) || must_rest(o)) {
		job_skip(j, 1); /* and nothing is to be verified anew */
		job_next(j, 0, NULL);
		return;
	}
	o->starting = true;
	o->next = 0;
	plan_next_row(o);
}
