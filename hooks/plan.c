/*
 * plan.c - see plan.h: wait for the brokers, plan, apply; verify.c reads back, start.c starts what rests
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "hooks/kinds.h"
#include "hooks/plan.h"

/* ---- wait for brokers ---- */

#define BROKER_PATIENCE_MS 30000u

static void ask_brokers(void *arg, int rc);

/* A number in a topic's canonical line, behind `"member":`; 0: it has none. */
static uint64_t
number_in(const struct line *topic, const char *member)
{
	const char *at = memmem(topic->value, topic->value_len, member, strlen(member));
	uint64_t n = 0;

	for (at = at == NULL ? "" : at + strlen(member); *at >= '0' && *at <= '9' && n < 100000000;
	     at++)
		n = n * 10 + (uint64_t)(*at - '0');
	return n;
}

/* As many as there are, or as the highest replication factor that is wanted asks for. */
static uint64_t
brokers_wanted(const struct operation *o)
{
	uint64_t most = 1, n;
	size_t i;

	if (o->config->kraft.broker_ids.count > 0)
		return o->config->kraft.broker_ids.count;
	for (i = 0; i < o->want.count; i++) {
		if (o->want.lines[i].kind != KIND_TOPIC)
			continue;
		n = number_in(&o->want.lines[i], "\"replication_factor\":");
		most = n > most ? n : most;
	}
	return most;
}

static void
brokers_told(void *arg, int rc, const struct cluster *cluster, const struct err *e)
{
	struct operation *o = arg;
	struct err err = *e;
	bool enough = false;

	if (rc == 0) {
		o->cluster.brokers = cluster->brokers;
		enough = cluster->brokers >= brokers_wanted(o);
	}
	operation_reached(o, rc, e);
	if (rc == 0 && !enough)
		(void)err_set(&o->reached, ERR_AGAIN, "%llu of %llu brokers are there",
		              (unsigned long long)cluster->brokers, (unsigned long long)brokers_wanted(o));
	if (!enough && (rc == 0 || retry_worth(rc)) && loop_now_ms(&o->loop) < o->patience_ms &&
	    retry_wait(&o->retry, &o->loop, ask_brokers, o, &err) == 0)
		return;
	job_next(&o->inner, rc, &err);
}

static void
ask_brokers(void *arg, int rc)
{
	struct operation *o = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(&o->loop, &e);
	else
		rc = client_describe_cluster(o->kafka, PROBE_TIMEOUT_MS, brokers_told, o, &e);
	if (rc != 0)
		job_next(&o->inner, rc, &e);
}

void
step_brokers(struct job *j)
{
	struct operation *o = INNER(j);

	o->retry = RETRY_TO_DEADLINE;
	o->patience_ms = loop_now_ms(&o->loop) +
	                 loop_remaining_ms(&o->loop, 2 * BROKER_PATIENCE_MS) / 2;
	if (o->cluster.brokers >= brokers_wanted(o))
		job_next(j, 0, NULL);
	else
		ask_brokers(o, 0);
}

/* Whom a row is applied to; NULL: nobody. */
static void *
plan_server(struct operation *o, size_t row)
{
	if (kind_at(row)->kind == KIND_USER)
		return (void *)(uintptr_t)o->live.users;
	if (kind_place_at(row) == PLACE_KAFKA)
		return o->kafka;
	if (kind_place_at(row) == PLACE_CONNECT)
		return &o->connect;
	/* what our claim covers holds nothing but what was saved; else a person, or a retry, adds what is missing */
	o->way.registry.beside = o->create_only || (o->retrying && !o->pending[kind_at(row)->kind]);
	return &o->way;
}

/* ---- plan ---- */

static struct plan_item *
add_item(struct plan *plan)
{
	size_t room = plan->capacity == 0 ? 256 : plan->capacity * 2;
	struct plan_item *more;

	if (plan->count == plan->capacity) {
		more = realloc(plan->items, room * sizeof *more);
		if (more == NULL)
			return NULL;
		plan->items = more;
		plan->capacity = room;
	}
	plan->items[plan->count] = (struct plan_item){ 0 };
	return &plan->items[plan->count++];
}

/* unreadable: why the line is none, or NULL: one bad line, or kind, stops no other. */
static void
settle_item(const struct operation *o, struct plan_item *item, const char *unreadable)
{
	if (unreadable != NULL) {
		item->outcome = PLAN_FAILED;
		item->reason = unreadable;
	}
	if (item->action == PLAN_COMPLETE && o->create_only) {
		item->action = PLAN_KEEP;
		item->target = NULL;
		item->reason = "it exists with other settings, and this command alters nothing";
	}
	item->verified = item->action == PLAN_EQUAL || item->action == PLAN_KEEP;
}

/* A kind whose lines are one thing. */
static int
plan_all(struct operation *o, const struct kind_ops *ops, struct err *e)
{
	struct plan *plan = &o->plans[ops->kind];
	int rc = ops->fit_all(plan, &o->live.lines, e);
	const char *unreadable = rc == ERR_CORRUPT ? arena_text(&plan->arena, e->text) : NULL;
	size_t i;

	for (i = 0; i < plan->count && (rc == 0 || unreadable != NULL); i++)
		if (plan->items[i].outcome != PLAN_DONE)
			settle_item(o, &plan->items[i], unreadable);
	return unreadable != NULL ? 0 : rc;
}

static int
plan_item(struct operation *o, const struct kind_ops *ops, struct plan_item *item, struct err *e)
{
	struct plan *plan = &o->plans[ops->kind];
	struct line want = item->want; /* lives in o->want */
	const struct line *have = line_set_find(&o->live.lines, want.kind, want.key);
	int rc;

	*item = (struct plan_item){ .want = want };
	if (have != NULL) {
		item->have = arena_copy(&plan->arena, have->value, have->value_len);
		if (item->have == NULL)
			return err_memory(e, "planning");
	}
	rc = ops->fit(plan, item, o->cluster.brokers, e);
	settle_item(o, item, rc == ERR_CORRUPT ? arena_text(&plan->arena, e->text) : NULL);
	return rc == ERR_CORRUPT ? 0 : rc;
}

/* A person may have asked for one kind, or one resource. */
static bool
asked_for(const struct operation *o, const struct line *l)
{
	if (o->request.hook != HOOK_COMMAND)
		return true; /* parameters of other hooks mean something else */
	if (o->params.kind != NULL && strcmp(kind_name(l->kind), o->params.kind) != 0)
		return false;
	return o->params.name == NULL || strcmp(l->key, o->params.name) == 0;
}

static int
add_wanted(struct operation *o, enum kind kind, bool furniture, struct err *e)
{
	struct plan_item *item;
	size_t i;

	for (i = 0; i < o->want.count; i++) {
		if (o->want.lines[i].kind != kind || !asked_for(o, &o->want.lines[i]) ||
		    is_furniture(o->config, &o->want.lines[i]) != furniture)
			continue;
		item = add_item(&o->plans[kind]);
		if (item == NULL)
			return err_memory(e, "planning");
		item->want = o->want.lines[i];
	}
	return 0;
}

/*
 * What a restore has not even seen it owes (R6), but for what the cluster brings along itself.  A retry
 * takes up what is owed, and adds nothing: else it would bring back what a person deleted meanwhile.
 */
static void
owe(struct operation *o, enum kind kind)
{
	size_t i;

	for (i = 0; i < o->want.count && !o->retrying; i++) {
		const struct line *l = &o->want.lines[i];

		if (l->kind == kind && asked_for(o, l) && !is_furniture(o->config, l))
			o->pending[kind] = true;
	}
}

/* Again, it plans only what is not acknowledged: the rest is waited for. */
static int
plan_kind(struct operation *o, size_t row, struct err *e)
{
	const struct kind_ops *ops = kind_at(row);
	struct plan *plan = &o->plans[ops->kind];
	size_t i;
	int rc = 0;

	if (o->live.kinds[ops->kind].state != STATE_CAPTURED) {
		owe(o, ops->kind); /* it is planned when its server answers */
		return 0;
	}
	if (!o->planned[ops->kind]) {
		rc = add_wanted(o, ops->kind, true, e); /* first what workers would auto-create wrongly */
		if (rc == 0)
			rc = add_wanted(o, ops->kind, false, e);
	}
	o->planned[ops->kind] = true;
	plan->server = plan_server(o, row);
	if (!plan->seeding)
		plan->metadata_version = o->live.metadata_version;

	if (rc == 0 && plan->count > 0 && ops->fit_all != NULL)
		return plan_all(o, ops, e);
	for (i = 0; i < plan->count && rc == 0; i++)
		if (plan->items[i].outcome != PLAN_DONE)
			rc = plan_item(o, ops, &plan->items[i], e);
	return rc;
}

void
step_plan(struct job *j)
{
	struct operation *o = INNER(j);
	size_t i;
	int rc = 0;

	for (i = 0; i < kind_count() && rc == 0; i++)
		rc = plan_kind(o, i, &j->err);
	if (rc == 0 && o->params.name != NULL && plan_count(o).wanted == 0)
		rc = err_set(&j->err, ERR_UNSUPPORTED, "the snapshot has no %s %s", o->params.kind,
		             o->params.name);
	o->next = 0;
	job_next(j, rc, NULL);
}

struct plan_counts
plan_count(const struct operation *o)
{
	struct plan_counts c = { 0 };
	size_t i, k;

	for (i = 0; i < kind_count(); i++) {
		const struct plan *plan = &o->plans[kind_at(i)->kind];

		for (k = 0; k < plan->count; k++) {
			const struct plan_item *item = &plan->items[k];
			bool failed = item->outcome == PLAN_FAILED;

			c.wanted++;
			c.failed += failed;
			c.denied += failed && item->denied;
			c.kept += item->action == PLAN_KEEP;
			c.equal += item->action == PLAN_EQUAL ||
			           (item->outcome == PLAN_EXISTS && item->verified);
			c.missing += item->action == PLAN_CREATE;
			c.unverified += !item->verified && !failed;
		}
	}
	return c;
}

void
plan_write(struct operation *o)
{
	static const char *const actions[] = { "create", "complete", "equal", "keep" };
	struct json w;
	size_t i, k;

	json_init(&w, &o->report.result);
	json_begin_object(&w);
	json_key(&w, "plan");
	json_begin_array(&w);
	for (i = 0; i < kind_count(); i++) {
		const struct plan *plan = &o->plans[kind_at(i)->kind];

		for (k = 0; k < plan->count; k++) {
			json_begin_object(&w);
			json_key_string(&w, "action", actions[plan->items[k].action]);
			json_key_string(&w, "kind", kind_name(kind_at(i)->kind));
			json_key_string(&w, "name", plan->items[k].want.key);
			json_key_string(&w, "reason", plan->items[k].reason);
			json_end_object(&w);
		}
	}
	json_end_array(&w);
	json_end_object(&w);
}

const struct plan_item *
plan_too_large(const struct operation *o)
{
	const struct plan *plan = &o->plans[KIND_TOPIC];
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->items[i].too_large && is_of_services(o->config, &plan->items[i].want))
			return &plan->items[i];
	return NULL;
}

const char *
plan_first_failure(const struct operation *o)
{
	size_t i, k;

	for (i = 0; i < kind_count(); i++)
		for (k = 0; k < o->plans[kind_at(i)->kind].count; k++) {
			const struct plan_item *item = &o->plans[kind_at(i)->kind].items[k];

			if (item->outcome == PLAN_FAILED && item->reason != NULL)
				return item->reason;
		}
	return "";
}

/* ---- apply, and later start: row by row ---- */

static void
row_done(struct apply *a, int rc, const struct err *e)
{
	struct operation *o = container_of(a, struct operation, apply);

	/*
	 * A lost answer is no failure yet: the verification looks, and what is missing is planned
	 * again.
	 */
	if (rc != 0 && !retry_worth(rc)) {
		if (o->retrying && o->loop.stopped == 0)
			job_go_to(&o->inner, "carry on");
		else
			job_next(&o->inner, rc, e);
		return;
	}
	o->next++;
	plan_next_row(o);
}

static void
on_progress(struct apply *a, size_t done, size_t total)
{
	operation_progress(container_of(a, struct operation, apply), done, total);
}

static bool
anything_to_create(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->items[i].action == PLAN_CREATE || plan->items[i].action == PLAN_COMPLETE)
			return true;
	return false;
}

/* What is to be done with a row now; NULL: nothing. */
static int (*verb_of(const struct operation *o, size_t row))(struct apply *a, struct err *e)
{
	const struct kind_ops *ops = kind_at(row);
	const struct plan *plan = &o->plans[ops->kind];

	if (o->starting)
		return plan->count > 0 ? ops->start : NULL;
	if (ops->kind == KIND_USER && o->live.users == NULL)
		return NULL; /* of the log: fit() has said of each that it cannot be created */
	return anything_to_create(plan) ? ops->apply : NULL;
}

void
plan_next_row(struct operation *o)
{
	struct err e = { 0 };
	int rc;

	while (o->next < kind_count() && verb_of(o, o->next) == NULL)
		o->next++;
	if (o->next == kind_count()) {
		job_next(&o->inner, 0, NULL);
		return;
	}
	o->apply = (struct apply){ .loop = &o->loop, .server = plan_server(o, o->next),
		                   .done = row_done, .plan = &o->plans[kind_at(o->next)->kind],
		                   .brokers = o->cluster.brokers, .progress = on_progress };
	rc = verb_of(o, o->next)(&o->apply, &e);
	if (rc != 0)
		job_next(&o->inner, rc, &e);
}

/*
 * What brokers need to show what they accepted, at worst 200 partitions a second (lab), and some
 * rest.
 */
static uint64_t
patience_ms(const struct operation *o)
{
	uint64_t partitions = 0;
	size_t i;

	for (i = 0; i < o->want.count; i++)
		if (o->want.lines[i].kind == KIND_TOPIC)
			partitions += number_in(&o->want.lines[i], "\"partitions\":");
	return 30000 + partitions * 5;
}

void
step_apply(struct job *j)
{
	struct operation *o = INNER(j);

	if (o->patience_began_ms == 0) {
		o->patience_began_ms = loop_now_ms(&o->loop);
		o->patience_ms = o->patience_began_ms + patience_ms(o);
	}
	if (!o->retrying) /* else it is a backup, which goes on without */
		(void)err_set(&o->reached, ERR_AGAIN, "the restore is not finished: it goes on with the next run");
	plan_next_row(o);
}
