/*
 * pre_start.c - the cold restore, between kafka-storage format and the first start: every Kafka kind
 * of the chosen snapshot is written into the fresh node's starting records (core/kraft/checkpoint.h).
 * Nothing is adopted: that is done by post_poweron, which finds it all there and verifies it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/loop/work.h"
#include "hooks/anybody.h"
#include "hooks/choose.h"
#include "hooks/kinds.h"
#include "hooks/operation.h"
#include "hooks/plan.h"
#include "hooks/seeding.h"

/* ---- on a thread ---- */

struct seeding_loan {
	struct seeding *s; /* NULL: the operation has it again */
	void (*run)(struct seeding *s);
};

static void
loan_run(void *data)
{
	struct seeding_loan *loan = data;

	loan->s->err = (struct err){ .code = 0 };
	loan->run(loan->s);
}

static void
loan_release(void *data)
{
	struct seeding_loan *loan = data;

	seeding_free(loan->s);
	free(loan);
}

/* Lend the seeding to a thread that runs `run`; done takes it back. */
static int
lend(struct operation *o, void (*run)(struct seeding *s), void (*done)(void *arg, int rc), struct err *e)
{
	struct work_call call = { .run = loan_run, .release = loan_release, .done = done };
	struct seeding_loan *loan = calloc(1, sizeof *loan);
	int rc;

	if (loan == NULL)
		return err_memory(e, "reading the node's disks");
	*loan = (struct seeding_loan){ .s = o->seeding, .run = run };
	o->seeding = NULL;
	o->loan = loan;
	rc = work_start(&o->loop, &call, loan, o, e);
	if (rc != 0)
		loan_release(loan);
	return rc;
}

/* 0, or why it failed; stopped: the thread keeps what it was lent. */
static int
take_back(struct operation *o, int rc, struct err *e)
{
	if (rc != 0) {
		(void)loop_check(&o->loop, e);
		return rc;
	}
	o->seeding = o->loan->s;
	o->loan->s = NULL;
	*e = o->seeding->err;
	return e->code;
}

/* ---- look at the disks ---- */

static int
not_formatted(struct err *e)
{
	const struct err was = *e;

	return err_set(e, ERR_OPERATOR,
	               "%s: this node is not formatted: run kafka-storage format first, or correct "
	               "kraft.metadata_log_dir and kraft.log_dirs",
	               was.text);
}

static void
looked(void *arg, int rc)
{
	struct operation *o = arg;
	struct err e = { 0 };

	rc = take_back(o, rc, &e);
	if (rc == ERR_MISSING)
		rc = not_formatted(&e);
	if (rc != 0) {
		job_next(&o->job, rc, &e);
		return;
	}
	o->cluster = (struct cluster){ .controller = -1, .brokers = (uint32_t)o->seeding->broker_count };
	memcpy(o->cluster.id, o->seeding->node.cluster, sizeof o->cluster.id);
	memcpy(o->report.cluster, o->cluster.id, sizeof o->report.cluster);
	if (o->seeding->controller)
		job_next(&o->job, 0, NULL);
	else
		operation_finish(&o->job, STATUS_OK,
		                 "nothing to write: node %d has no controller's role, and starts with no records",
		                 (int)o->seeding->node.node);
}

static void
step_look(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc;

	o->seeding = seeding_new(o->config);
	if (o->seeding == NULL)
		rc = err_memory(&j->err, "reading the node's disks");
	else
		rc = lend(o, seeding_look, looked, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- what the manager says ---- */

static void
step_disks(struct job *j)
{
	struct operation *o = OPERATION(j);
	const char *disks = o->params.disks == NULL ? "kept" : o->params.disks;

	if (strcmp(disks, "kept") == 0 || strcmp(disks, "partial") == 0)
		operation_finish(j, STATUS_OK, "nothing to do: the disks are %s, so the cluster brings its own "
		                 "configuration", disks);
	else if (strcmp(disks, "lost") != 0)
		job_next(j, err_set(&j->err, ERR_UNSUPPORTED, "params.disks: \"lost\", \"kept\" or \"partial\""),
		         NULL);
	else if (!o->config->kraft.given)
		operation_finish(j, STATUS_UNSUPPORTED,
		                 "the section kraft is not configured, so the node's starting records are not "
		                 "known: the restore is done after the start, through the brokers, and without "
		                 "users, quotas and cluster-wide configs");
	else if (o->config->kraft.log_dirs.count == 0)
		job_next(j, err_set(&j->err, ERR_CONFIG, "%s: kraft.log_dirs is missing: a restore before the "
		                    "first start must know that no partition is on this node's disks",
		                    o->config->file), NULL);
	else
		job_next(j, 0, NULL);
}

/* ---- judge: a fresh cluster in which there is nothing ---- */

static void
step_judge_fresh(struct job *j)
{
	struct operation *o = OPERATION(j);

	live_release(&o->live);
	line_set_init(&o->live.lines, 1);
	o->live.config = o->config;
	job_next(j, operation_judge(o, &j->err), NULL);
}

/* ---- plan: what is to be written, as it can be had here ---- */

/* From now on "what is there" is what `format` wrote. */
static int
see_formatted(struct operation *o, struct err *e)
{
	size_t i;
	int rc = 0;

	line_set_release(&o->live.lines);
	line_set_init(&o->live.lines, (size_t)1 << 30);
	for (i = 0; i < o->seeding->formatted.count && rc == 0; i++)
		rc = line_set_add(&o->live.lines, &o->seeding->formatted.lines[i], e);
	for (i = 0; i < kind_count(); i++) {
		struct plan *plan = &o->plans[kind_at(i)->kind];

		if (kind_place_at(i) != PLACE_KAFKA)
			continue;
		o->live.kinds[kind_at(i)->kind].state = STATE_CAPTURED;
		plan->seeding = true;
		plan->metadata_version = o->seeding->metadata_version;
		plan->broker_ids = o->seeding->brokers;
		plan->broker_count = o->seeding->broker_count;
	}
	return rc;
}

/* A node cannot know whether it is alone; on a wrong guess it would be given every partition. */
static int
check_brokers(const struct operation *o, struct err *e)
{
	if (o->config->kraft.broker_ids.count > 0 || !on_several_nodes(&o->identities))
		return 0;
	return err_set(e, ERR_CONFIG,
	               "%s: kraft.broker_ids is missing: the snapshot has partitions on several brokers; name "
	               "those of the new cluster ([%d], if this node is all of it), then run this again",
	               o->config->file, (int)o->seeding->node.node);
}

static void
step_plan_seed(struct job *j)
{
	struct operation *o = INNER(j);

	o->cluster.brokers = (uint32_t)o->seeding->broker_count;
	if (check_brokers(o, &j->err) != 0 || see_formatted(o, &j->err) != 0)
		job_next(j, j->err.code, NULL);
	else
		step_plan(j);
}

/* ---- write ---- */

static int
add_item(struct seeding *s, const struct plan_item *item, struct err *e)
{
	struct line line = item->want;

	if (item->action != PLAN_CREATE && item->action != PLAN_COMPLETE)
		return 0;
	if (item->outcome == PLAN_FAILED)
		return 0;
	if (item->target != NULL) {
		line.value = item->target;
		line.value_len = strlen(item->target);
	}
	return line_set_add(&s->lines, &line, e);
}

static int
add_items(struct operation *o, struct err *e)
{
	struct seeding *s = o->seeding;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < kind_count(); i++)
		for (k = 0; k < o->plans[kind_at(i)->kind].count && rc == 0; k++)
			if (kind_place_at(i) == PLACE_KAFKA)
				rc = add_item(s, &o->plans[kind_at(i)->kind].items[k], e);
	for (i = 0; i < o->identities.count && rc == 0; i++)
		rc = line_set_add(&s->identities, &o->identities.lines[i], e);
	if (rc == 0)
		rc = line_set_sort(&s->lines, e);
	return rc != 0 ? rc : line_set_sort(&s->identities, e);
}

static void
written(void *arg, int rc)
{
	struct operation *o = arg;
	struct err e = { 0 };

	job_next(&o->inner, take_back(o, rc, &e), &e);
}

static void
step_write(struct job *j)
{
	struct operation *o = INNER(j);
	int rc = add_items(o, &j->err);

	if (rc == 0)
		rc = lend(o, seeding_write, written, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- say ---- */

static void
say_item(struct operation *o, enum kind kind, const struct plan_item *item)
{
	const char *reason = item->reason == NULL ? "" : item->reason;

	if (item->outcome == PLAN_FAILED)
		report_ledger(&o->report, true, kind_name(kind), item->want.key, "not restored", "%s", reason);
	else if (item->action == PLAN_KEEP)
		report_ledger(&o->report, false, kind_name(kind), item->want.key, "kept as found", "%s", reason);
	else if (item->target != NULL)
		report_ledger(&o->report, true, kind_name(kind), item->want.key, "carried", "%s", reason);
}

static void
step_say(struct job *j)
{
	struct operation *o = INNER(j);
	size_t i, k;

	for (i = 0; i < kind_count(); i++) {
		const struct plan *plan = &o->plans[kind_at(i)->kind];

		for (k = 0; k < plan->count && kind_place_at(i) == PLACE_KAFKA; k++)
			say_item(o, kind_at(i)->kind, &plan->items[k]);
	}
	job_next(j, 0, NULL);
}

static void
step_end(struct job *j)
{
	struct operation *o = OPERATION(j);
	uint32_t losses = o->report.ledger_losses;

	operation_finish(j, losses > 0 ? STATUS_PARTIAL : STATUS_OK,
	                 "%zu resources stand in the starting records of node %d (%zu were there); start "
	                 "Kafka, then power-on verifies them%s",
	                 o->seeding->added + o->seeding->there, (int)o->seeding->node.node,
	                 o->seeding->there, losses > 0 ? "; the loss ledger names what could not be written" : "");
}

static const struct job_step seed_steps[] = {
	{ "find the chosen snapshot", step_chosen_by_person },
	{ "claim", step_claim },
	{ "read the store again", step_survey_again },
	{ "read the claim", step_claimed_choice },
	{ "choose", step_choose },
	{ "plan", step_plan_seed },
	{ "write the starting records", step_write },
	{ "name what was left", step_say },
	{ NULL, NULL },
};

static void
step_act(struct job *j)
{
	struct operation *o = OPERATION(j);
	enum guard_action action = o->verdict.action[GUARD_PRE_START];

	if (action == GUARD_CLAIM_AND_RESTORE)
		operation_inner(o, seed_steps);
	else if (action == GUARD_GO_ON) /* claimed already: by this node, or by another controller */
		operation_inner(o, seed_steps + 2);
	else
		operation_act(j, action, NULL);
}

const struct job_step pre_start_steps[] = {
	{ "are the disks lost?", step_disks },
	{ "read keys", step_keys },
	{ "open the store", step_store },
	{ "look at the disks", step_look },
	{ "does anybody answer?", step_nobody_answers },
	{ "survey the store", step_survey },
	{ "load the newest", step_saved },
	{ "judge", step_judge_fresh },
	{ "act", step_act },
	{ "end", step_end },
	{ NULL, NULL },
};
