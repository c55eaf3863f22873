/*
 * verify.c - read back what was planned (plan.h): brokers show what they accepted later, so it
 * captures again and again until everything reads as it should, or until patience ends (R5).  What
 * was not acknowledged, or made by somebody else meanwhile, is planned anew from what the capture
 * found.
 */
#include <string.h>

#include "hooks/kinds.h"
#include "hooks/plan.h"

static const char *
expected(const struct operation *o, const struct plan_item *item)
{
	if (o->starting && item->started != NULL)
		return item->started;
	return item->target != NULL ? item->target : item->want.value;
}

/* It reads as it should for the first time.  R3: what clients were faster with is named. */
static void
say_verified(struct operation *o, enum kind kind, const struct plan_item *item)
{
	o->created += item->action == PLAN_CREATE && item->outcome == PLAN_DONE;
	if (item->action != PLAN_COMPLETE || item->outcome != PLAN_DONE)
		return;
	o->completed++;
	report_ledger(&o->report, false, kind_name(kind), item->want.key, "completed",
	              "it was there, as auto-creation or an unfinished restore makes it: what it lacked "
	              "was added");
}

/* The same bytes, or what its server makes of them; that is said, and is no failure. */
static bool
reads_as(struct operation *o, const struct kind_ops *ops, const struct line *have, const char *want, bool before)
{
	if (have->value_len == strlen(want) && memcmp(have->value, want, have->value_len) == 0)
		return true;
	if (ops->equal == NULL || !ops->equal(have, want))
		return false;
	if (!before)
		report_ledger(&o->report, false, kind_name(ops->kind), have->key, "another form",
		              "it means the same, and its server writes it otherwise than it was saved");
	return true;
}

static bool
reads_as_it_should(struct operation *o, const struct kind_ops *ops, const struct plan_item *item)
{
	const struct line *have;

	if (ops->verify_all != NULL)
		return item->reads;
	have = line_set_find(&o->live.lines, ops->kind, item->want.key);
	return have != NULL && reads_as(o, ops, have, expected(o, item), item->verified);
}

/* Compare with the fresh capture; true if something must be planned anew. */
static bool
compare(struct operation *o, const struct kind_ops *ops)
{
	enum kind kind = ops->kind;
	struct plan *plan = &o->plans[kind];
	bool anew = o->pending[kind] && !o->planned[kind]; /* its server is up by now */
	size_t i;

	for (i = 0; i < plan->count; i++) {
		struct plan_item *item = &plan->items[i];
		bool before = item->verified;

		if (item->action == PLAN_KEEP || item->outcome == PLAN_FAILED)
			continue;
		item->verified = reads_as_it_should(o, ops, item);
		anew = anew || (!item->verified && item->outcome != PLAN_DONE);
		item->rested = item->rested || (item->verified && item->started != NULL);
		if (item->verified && !before && !o->starting)
			say_verified(o, kind, item);
	}
	return anew;
}

static void
poll_again(void *arg, int rc)
{
	struct operation *o = arg;
	struct err e = { 0 };

	if (rc != 0) {
		(void)loop_check(&o->loop, &e);
		job_next(&o->inner, rc, &e);
	} else {
		job_go_to(&o->inner, o->starting    ? "verify what was started"
		                     : o->plan_anew ? "plan"
		                                    : "verify");
	}
}

/* Everything planned of a row reads as it should. */
static bool
row_verified(const struct operation *o, size_t row)
{
	enum kind kind = kind_at(row)->kind;
	const struct plan *plan = &o->plans[kind];
	size_t i;

	if (!o->planned[kind])
		return true;
	if (o->live.kinds[kind].state != STATE_CAPTURED)
		return false;
	for (i = 0; i < plan->count; i++)
		if (!plan->items[i].verified && plan->items[i].outcome != PLAN_FAILED)
			return false;
	return true;
}

/*
 * Patience has ended.  What lies on services stays pending, and holds up nothing (R6); a retry
 * before a backup is no reason to have no backup.  False: the restore cannot go on without it.
 */
static bool
go_on_without(struct operation *o)
{
	size_t row;

	if (o->loop.stopped != 0 || o->live.kinds[KIND_TOPIC].state != STATE_CAPTURED)
		return false;
	if (o->retrying) {
		o->reached.code = 0;
		job_go_to(&o->inner, "carry on");
		return true;
	}
	for (row = 0; row < kind_count(); row++) {
		if (row_verified(o, row))
			continue;
		if (kind_needs_kafka_alone(row))
			return false;
		o->planned[kind_at(row)->kind] = false;
	}
	o->reached.code = 0;
	job_next(&o->inner, 0, NULL);
	return true;
}

static void
not_yet(struct operation *o)
{
	struct plan_counts c = plan_count(o);
	struct err e = { 0 }, why = { 0 };

	if (live_complete(&o->live, &why))
		(void)err_set(&o->reached, ERR_AGAIN,
		              "the restore is not finished: %zu of %zu resources are not as they should be "
		              "yet; it goes on with the next run",
		              c.unverified, c.wanted);
	else
		(void)err_set(&o->reached, ERR_AGAIN, "the restore is not finished: %s", why.text);
	if (loop_now_ms(&o->loop) < o->patience_ms &&
	    retry_wait(&o->retry, &o->loop, poll_again, o, &e) == 0)
		return;
	if (!go_on_without(o))
		job_next(&o->inner, ERR_AGAIN, &o->reached);
}

/* What is stopped from here on has restored what it could. */
static void
verified_all(struct operation *o)
{
	o->reached.code = 0;
	job_next(&o->inner, 0, NULL);
}

static void
looked(struct live *l, int rc, const struct err *e)
{
	struct operation *o = container_of(l, struct operation, live);
	bool verified = true;
	struct err err = *e;
	size_t row;

	if (rc == 0)
		live_report(l, &o->report);
	o->plan_anew = false;
	for (row = 0; row < kind_count() && rc == 0; row++) {
		const struct kind_ops *ops = kind_at(row);

		if (o->live.kinds[ops->kind].state == STATE_CAPTURED) {
			if (ops->verify_all != NULL && o->plans[ops->kind].count > 0)
				rc = ops->verify_all(&o->plans[ops->kind], &l->lines, &err);
			o->plan_anew = compare(o, ops) || o->plan_anew;
		}
		verified = verified && row_verified(o, row);
	}
	if (rc != 0)
		job_next(&o->inner, rc, &err);
	else if (verified && !o->plan_anew)
		verified_all(o);
	else
		not_yet(o);
}

void
step_verify(struct job *j)
{
	struct operation *o = INNER(j);
	int rc;

	o->retry.base_ms = 100;
	o->retry.cap_ms = 500;
	o->live.known = o->retrying ? &o->saved : &o->want;
	o->live.confirm = o->retrying ? NULL : &o->want;
	o->live.done = looked;
	rc = live_capture(&o->live, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* R7: what of Kafka's own could not even be looked at, with the way to have it. */
static void
say_owed(struct operation *o, enum kind kind)
{
	size_t i, count = 0;

	for (i = 0; i < o->want.count; i++)
		count += o->want.lines[i].kind == kind && !is_furniture(o->config, &o->want.lines[i]);
	report_ledger(&o->report, true, kind_name(kind), NULL, "not restored",
	              "%zu are saved and wait: %s", count, o->live.why[kind].text);
}

void
step_not_pending(struct job *j)
{
	struct operation *o = INNER(j);
	size_t i;

	for (i = 0; i < kind_count(); i++) {
		enum kind kind = kind_at(i)->kind;

		if (o->planned[kind])
			o->pending[kind] = false;
		else if (o->pending[kind] && kind_place_at(i) == PLACE_KAFKA)
			say_owed(o, kind);
	}
	job_next(j, 0, NULL);
}
