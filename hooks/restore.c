/*
 * restore.c - the inner tables that put configuration back: into a claimed cluster, on from where a
 * killed one stopped, or what is missing in the service's own.
 *
 * After the claim everything is read anew, since the old cluster may have published until then;
 * what is restored is chosen from that (guard.h, 3).
 */
#include <stdio.h>
#include <string.h>

#include "hooks/carried.h"
#include "hooks/choose.h"
#include "hooks/find.h"
#include "hooks/operation.h"
#include "hooks/plan.h"

/* ---- claim ---- */

void
step_claim(struct job *j)
{
	struct operation *o = INNER(j);

	o->record = (struct record){ .type = RECORD_CLAIM, .epoch = o->survey.epoch + 1,
		                     .create_only = o->create_only };
	(void)snprintf(o->record.cluster, sizeof o->record.cluster, "%s", o->cluster.id);
	if (o->chosen[0] != '\0') { /* else the newest: what that is, is read after the claim */
		(void)seal_parse_name(o->chosen, &o->record.snapshot_epoch,
		                      &o->record.snapshot_sequence, o->record.snapshot);
	}
	inner_put_record(o);
}

static void
surveyed_again(struct survey *s, int rc, const struct err *e)
{
	struct operation *o = container_of(s, struct operation, survey);
	struct err err = *e;

	if (rc == 0)
		rc = operation_unverified(s, &err);
	if (rc == 0) {
		line_set_release(&o->saved);
		line_set_init(&o->saved, (size_t)1 << 30);
		if (s->found)
			rc = document_load(&s->document, DOCUMENT_ALL_KINDS, &o->saved, &err);
	}
	operation_note_pending(o);
	if (rc == 0)
		rc = operation_judge(o, &err);
	if (rc == 0 && o->verdict.row != GUARD_UNFINISHED && o->verdict.row != GUARD_ADOPTED)
		rc = err_set(&err, ERR_OPERATOR, "%s: %s", o->verdict.name, o->verdict.sentence);
	o->epoch = s->epoch;
	o->sequence = s->found && s->newest.epoch == s->epoch ? s->newest.sequence + 1 : 1;
	job_next(&o->inner, rc, &err);
}

void
step_survey_again(struct job *j)
{
	struct operation *o = INNER(j);
	struct survey fresh = { .loop = &o->loop, .store = o->store, .keys = &o->keys,
		                .service = o->config->service, .cluster = o->cluster.id,
		                .done = surveyed_again };
	int rc;

	survey_release(&o->survey);
	o->survey = fresh;
	rc = survey_start(&o->survey, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* Another snapshot was asked for now than the restore began with: it goes on, and that is said. */
static void
say_other_choice(struct operation *o)
{
	const char *chosen = o->chosen[0] != '\0' ? o->chosen : o->survey.newest_name;
	const char *asked = o->params.snapshot;

	if (asked == NULL)
		return;
	if (strcmp(asked, "newest") == 0 ? strcmp(chosen, o->survey.newest_name) != 0 : !find_fits(chosen, asked))
		report_ledger(&o->report, true, NULL, o->params.snapshot, "not restored",
		              "a restore into this cluster had begun with another snapshot (%s), and goes "
		              "on with that one",
		              chosen);
}

/* A person may have chosen the snapshot when this restore began: the winning claim says so. */
void
step_claimed_choice(struct job *j)
{
	struct operation *o = INNER(j);
	const struct record *claim = records_claim(&o->survey.records);
	static const unsigned char newest[SNAPSHOT_ID_BYTES];
	struct seal_header h = { 0 };

	if (claim != NULL) {
		o->chosen[0] = '\0';
		o->create_only = claim->create_only;
	}
	if (claim != NULL && memcmp(claim->snapshot, newest, sizeof newest) != 0) {
		h.epoch = claim->snapshot_epoch;
		h.sequence = claim->snapshot_sequence;
		memcpy(h.id, claim->snapshot, sizeof h.id);
		seal_object_name(&h, o->chosen);
	}
	say_other_choice(o);
	job_next(j, 0, NULL);
}

/* ---- adopt what was verified ---- */

static void
adopt_if_unfinished(struct operation *o)
{
	struct err e = { 0 };
	int rc = 0;

	if (o->verdict.row == GUARD_ADOPTED) {
		job_next(&o->inner, 0, NULL); /* by an earlier run, or by another node */
		return;
	}
	if (o->verdict.row != GUARD_UNFINISHED)
		rc = err_set(&e, ERR_OPERATOR, "%s: %s", o->verdict.name, o->verdict.sentence);
	else
		rc = operation_adoption(o, o->survey.epoch, ADOPTED_RESTORE, &e);
	if (rc != 0)
		job_next(&o->inner, rc, &e);
	else
		inner_put_record(o);
}

/*
 * What a person can grant, or delete, is not carried as lost: the claim stays, and the restore goes
 * on once that is done.
 */
static void
step_nothing_in_the_way(struct job *j)
{
	struct operation *o = INNER(j);
	struct plan_counts c = plan_count(o);
	const struct plan_item *too_large = plan_too_large(o);

	if (c.denied > 0)
		job_next(j,
		         err_set(&j->err, ERR_DENIED,
		                 "%zu of %zu resources could not be created: this user may not; grant Create on "
		                 "Cluster (or on Topic '*'), Alter and AlterConfigs on Topic '*', and for ACLs "
		                 "Alter on Cluster, then run again: the restore goes on",
		                 c.denied, c.wanted),
		         NULL);
	else if (too_large != NULL)
		job_next(j,
		         err_set(&j->err, ERR_OPERATOR, "topic %s: %s", too_large->want.key,
		                 too_large->reason),
		         NULL);
	else if (c.wanted > 0 && c.failed == c.wanted)
		job_next(j,
		         err_set(&j->err, ERR_OPERATOR,
		                 "none of %zu resources could be created; the first: %s", c.wanted,
		                 plan_first_failure(o)),
		         NULL);
	else
		job_next(j, 0, NULL);
}

static void
step_adopt_restored(struct job *j)
{
	INNER(j)->restoring = true;
	inner_judge_anew(INNER(j), adopt_if_unfinished);
}

static void
step_carry_plan(struct job *j)
{
	struct operation *o = INNER(j);

	job_next(j, carried_from_plan(o, &j->err), NULL);
}

/* ---- only look ---- */

static void
step_stop_if_dry(struct job *j)
{
	struct operation *o = INNER(j);
	struct plan_counts c = plan_count(o);

	if (!o->request.dry_run) {
		job_next(j, 0, NULL);
		return;
	}
	plan_write(o);
	report_end(&o->report, STATUS_OK,
	           "dry run: of %zu resources %zu would be created, %zu are there, %zu are there with "
	           "other settings and would be left alone",
	           c.wanted, c.missing, c.equal, c.kept);
	job_finish(j);
}

static void
step_stop_if_dry_claim(struct job *j)
{
	struct operation *o = INNER(j);

	if (o->request.dry_run)
		job_go_to(j, "choose");
	else
		job_next(j, 0, NULL);
}

#define GO_ON_STEPS                                                                                \
	{ "choose", step_choose }, { "wait for brokers", step_brokers }, { "plan", step_plan },    \
	    { "dry run?", step_stop_if_dry }, { "apply", step_apply }, { "verify", step_verify },  \
	    { "is anything in the way?", step_nothing_in_the_way }, { "start", step_start },       \
	    { "verify what was started", step_verify },                                            \
	    { "nothing is pending", step_not_pending }, { "adopt", step_adopt_restored },          \
	    { "carry", step_carry_plan }, { "compose", step_compose }, PUBLISH_STEPS,              \
	    { NULL, NULL }

const struct job_step restore_steps[] = {
	{ "find the chosen snapshot", step_chosen_by_person },
	{ "dry run?", step_stop_if_dry_claim },
	{ "claim", step_claim },
	{ "read the store again", step_survey_again },
	{ "read the claim", step_claimed_choice },
	GO_ON_STEPS,
};

const struct job_step go_on_steps[] = {
	{ "read the claim", step_claimed_choice },
	GO_ON_STEPS,
};

const struct job_step create_steps[] = {
	{ "find the chosen snapshot", step_chosen_by_person },
	{ "choose", step_choose },
	{ "wait for brokers", step_brokers },
	{ "plan", step_plan },
	{ "dry run?", step_stop_if_dry },
	{ "apply", step_apply },
	{ "verify", step_verify },
	{ "start", step_start },
	{ "verify what was started", step_verify },
	{ "nothing is pending", step_not_pending },
	{ NULL, NULL },
};
