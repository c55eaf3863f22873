/*
 * t_start.c - what rests stays at rest while a saved user or ACL is not back, and what a restore could
 * not even look at is not forgotten
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/plan.h"

#define NEVER "{\"reason\":\"no\",\"restored\":null,\"wanted\":{}}"
#define ONCE  "{\"reason\":\"no\",\"restored\":{},\"wanted\":{}}"

/* As much of an operation as start.c and plan.c look at, and a job whose steps they are. */
struct scene {
	struct operation o;
	struct config    config;
	unsigned         started, verified; /* ... and the step behind was run */
	bool             ended;
};

static struct scene *
scene_of(struct job *j)
{
	return container_of(INNER(j), struct scene, o);
}

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);
	struct operation *o;
	size_t i;

	assert_non_null(s);
	o = &s->o;
	s->config.service = "orders";
	o->config = &s->config;
	o->request.hook = HOOK_PERIODIC;
	report_init(&o->report, HOOK_PERIODIC);
	report_init_ledger(&o->report);
	line_set_init(&o->saved, 1 << 20);
	line_set_init(&o->want, 1 << 20);
	line_set_init(&o->live.lines, 1 << 20);
	for (i = 0; i < KIND_TABLE; i++)
		arena_init(&o->plans[i].arena, 1 << 20);
	o->live.kinds[KIND_CONNECTOR].state = STATE_CAPTURED;
	o->live.kinds[KIND_TOPIC].state = STATE_CAPTURED;
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;
	size_t i;

	report_release(&s->o.report);
	line_set_release(&s->o.saved);
	line_set_release(&s->o.want);
	line_set_release(&s->o.live.lines);
	for (i = 0; i < KIND_TABLE; i++) {
		arena_release(&s->o.plans[i].arena);
		free(s->o.plans[i].items);
	}
	free(s);
	return 0;
}

static void
add(struct line_set *set, enum kind kind, const char *key, const char *value)
{
	struct line line = { .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		             .value_len = strlen(value) };
	struct err e = { 0 };

	assert_int_equal(line_set_add(set, &line, &e), 0);
	assert_int_equal(line_set_sort(set, &e), 0);
}

static struct plan_item *
planned(struct operation *o, enum kind kind, const char *key, enum plan_outcome outcome)
{
	struct plan *p = &o->plans[kind];

	p->items = realloc(p->items, (p->count + 1) * sizeof *p->items);
	assert_non_null(p->items);
	p->items[p->count] = (struct plan_item){ .outcome = outcome, .verified = outcome == PLAN_DONE,
		                                 .want = { .kind = kind, .key = key, .key_len = strlen(key),
			                                   .value = "{}", .value_len = 2 } };
	p->capacity = p->count + 1;
	o->planned[kind] = true;
	return &p->items[p->count++];
}

static void
verify(struct job *j)
{
	scene_of(j)->verified++;
	job_next(j, 0, NULL);
}

static void
ended(struct job *j)
{
	scene_of(j)->ended = true;
}

static void
run(struct scene *s, const struct job_step *steps)
{
	job_start(&s->o.inner, &s->o.loop, steps, ended, NULL);
	assert_true(s->ended);
	assert_int_equal(s->o.inner.err.code, 0);
}

static const struct job_step end_of_restore[] = {
	{ "start", step_start },
	{ "verify what was started", verify },
	{ "nothing is pending", step_not_pending },
	{ NULL, NULL },
};

/* Where nothing is owed the connectors would be started: plan.c goes to the worker, which is not here. */
void __wrap_plan_next_row(struct operation *o);

void
__wrap_plan_next_row(struct operation *o)
{
	container_of(o, struct scene, o)->started++;
	job_next(&o->inner, 0, NULL);
}

static void
assert_rests(struct scene *s, const char *words)
{
	const char *ledger;

	(void)planned(&s->o, KIND_CONNECTOR, "copy", PLAN_DONE);
	s->o.pending[KIND_CONNECTOR] = true;
	run(s, end_of_restore);
	ledger = buf_text(&s->o.report.ledger);
	assert_int_equal(s->started, 0);
	assert_int_equal(s->verified, 0);
	assert_true(s->o.resting);
	assert_true(s->o.pending[KIND_CONNECTOR]);
	assert_non_null(strstr(s->o.live.why[KIND_CONNECTOR].text, "is back"));
	if (strstr(ledger, "\"stopped\"") == NULL || strstr(ledger, words) == NULL)
		fail_msg("%s does not say \"%s\"", ledger, words);
	assert_true(s->o.report.ledger_losses > 0);
}

static void
assert_starts(struct scene *s)
{
	(void)planned(&s->o, KIND_CONNECTOR, "copy", PLAN_DONE);
	s->o.pending[KIND_CONNECTOR] = true;
	run(s, end_of_restore);
	assert_int_equal(s->started, 1);
	assert_int_equal(s->verified, 1);
	assert_false(s->o.resting);
	assert_false(s->o.pending[KIND_CONNECTOR]);
	assert_null(strstr(buf_text(&s->o.report.ledger), "stopped"));
}

/* ---- what rests ---- */

static void
without_anything_at_rest_nothing_is_started_or_said(void **state)
{
	struct scene *s = *state;

	(void)planned(&s->o, KIND_USER, "alice", PLAN_FAILED);
	run(s, end_of_restore);
	assert_int_equal(s->started, 0);
	assert_int_equal(s->verified, 0);
	assert_false(s->o.resting);
	assert_int_equal(s->o.report.ledger_count, 0);
}

static void
when_everything_is_back_connectors_start(void **state)
{
	struct scene *s = *state;

	(void)planned(&s->o, KIND_USER, "alice", PLAN_DONE);
	(void)planned(&s->o, KIND_ACL, "[]", PLAN_DONE);
	(void)planned(&s->o, KIND_TOPIC, "bad", PLAN_FAILED); /* of other kinds nobody waits */
	assert_starts(s);
}

static void
a_user_that_could_not_be_created_keeps_them_at_rest(void **state)
{
	struct scene *s = *state;

	(void)planned(&s->o, KIND_USER, "alice", PLAN_DONE);
	(void)planned(&s->o, KIND_USER, "bob", PLAN_FAILED);
	assert_rests(s, "kcb accept user");
}

static void
so_does_an_acl(void **state)
{
	struct scene *s = *state;

	(void)planned(&s->o, KIND_ACL, "[]", PLAN_FAILED);
	assert_rests(s, "kcb accept acl");
}

static void
so_does_a_kind_that_is_pending(void **state)
{
	struct scene *s = *state;

	s->o.pending[KIND_ACL] = true;
	assert_rests(s, "kcb accept acl");
	assert_true(s->o.pending[KIND_ACL]);
}

static void
a_kind_that_was_pending_and_is_planned_now_keeps_nothing(void **state)
{
	struct scene *s = *state;

	s->o.pending[KIND_ACL] = true;
	(void)planned(&s->o, KIND_ACL, "[]", PLAN_DONE);
	assert_starts(s);
	assert_false(s->o.pending[KIND_ACL]);
}

/* ---- carried lines ---- */

static void
a_carried_user_that_was_never_created_keeps_them_at_rest(void **state)
{
	struct scene *s = *state;

	add(&s->o.saved, KIND_CARRIED, "user/bob", NEVER);
	assert_rests(s, "kcb accept user/NAME");
}

static void
one_that_is_there_by_now_keeps_nothing(void **state)
{
	struct scene *s = *state;

	add(&s->o.saved, KIND_CARRIED, "user/bob", NEVER);
	add(&s->o.live.lines, KIND_USER, "bob", "{}");
	assert_starts(s);
}

static void
one_that_was_created_other_than_saved_keeps_nothing(void **state)
{
	struct scene *s = *state;

	add(&s->o.saved, KIND_CARRIED, "user/bob", ONCE);
	add(&s->o.saved, KIND_CARRIED, "topic/orders", NEVER);
	add(&s->o.saved, KIND_CARRIED, "users/bob", NEVER); /* no such kind */
	assert_starts(s);
}

static void
one_that_a_person_gave_up_keeps_nothing(void **state)
{
	struct scene *s = *state;
	struct record_list *list = &s->o.survey.records.decisions;

	s->o.survey.newest.epoch = 2;
	s->o.survey.newest.sequence = 5;
	add(&s->o.saved, KIND_CARRIED, "user/bob", NEVER);
	list->records[list->count++] = (struct record){ .type = RECORD_DECISION, .epoch = 2, .sequence = 5,
		                                        .kind = KIND_USER, .name = "user/bob" };
	assert_starts(s);
}

static void
one_that_was_given_up_before_this_snapshot_keeps_them_at_rest(void **state)
{
	struct scene *s = *state;
	struct record_list *list = &s->o.survey.records.decisions;

	s->o.survey.newest.epoch = 2;
	s->o.survey.newest.sequence = 5;
	add(&s->o.saved, KIND_CARRIED, "user/bob", NEVER);
	list->records[list->count++] = (struct record){ .type = RECORD_DECISION, .epoch = 2, .sequence = 4,
		                                        .kind = KIND_USER, .name = "user/bob" };
	assert_rests(s, "kcb accept user/NAME");
}

static void
what_the_newest_snapshot_carries_does_not_count_where_a_person_chose_another(void **state)
{
	struct scene *s = *state;

	add(&s->o.saved, KIND_CARRIED, "user/bob", NEVER);
	(void)snprintf(s->o.chosen, sizeof s->o.chosen, "another");
	assert_starts(s);
}

/* ---- what a restore could not even look at ---- */

static const struct job_step plan_alone[] = {
	{ "plan", step_plan },
	{ "nothing is pending", step_not_pending },
	{ NULL, NULL },
};

static void
unseen(struct scene *s, enum kind kind, enum kind_state state, const char *why)
{
	s->o.live.kinds[kind].state = state;
	(void)err_set(&s->o.live.why[kind], ERR_UNSUPPORTED, "%s", why);
}

static void
what_was_saved_and_cannot_be_seen_is_owed_and_named(void **state)
{
	struct scene *s = *state;

	unseen(s, KIND_USER, STATE_UNSUPPORTED, "no way to have users");
	unseen(s, KIND_ACL, STATE_UNREACHABLE, "grant something");
	add(&s->o.want, KIND_USER, "alice", "{}");
	add(&s->o.want, KIND_USER, "bob", "{}");
	add(&s->o.want, KIND_ACL, "[]", "{}");
	run(s, plan_alone);
	assert_true(s->o.pending[KIND_USER]);
	assert_true(s->o.pending[KIND_ACL]);
	assert_false(s->o.pending[KIND_QUOTA]);
	assert_int_equal(s->o.report.ledger_losses, 2);
	assert_non_null(strstr(buf_text(&s->o.report.ledger), "2 are saved and wait: no way to have users"));
	assert_non_null(strstr(buf_text(&s->o.report.ledger), "1 are saved and wait: grant something"));
}

static void
what_the_cluster_brings_along_itself_is_not_owed(void **state)
{
	static const char *admin[] = { "admin" };
	struct scene *s = *state;

	s->config.guard.bootstrap_set.users.items = admin;
	s->config.guard.bootstrap_set.users.count = 1;
	unseen(s, KIND_USER, STATE_UNSUPPORTED, "");
	unseen(s, KIND_CLUSTER_CONFIG, STATE_UNSUPPORTED, "");
	add(&s->o.want, KIND_USER, "admin", "{}");
	add(&s->o.want, KIND_CLUSTER_CONFIG, "default", "{\"configs\":{\"min.insync.replicas\":\"1\"}}");
	run(s, plan_alone);
	assert_false(operation_has_pending(&s->o));
	assert_int_equal(s->o.report.ledger_count, 0);
}

static void
a_retry_owes_nothing_new_and_forgets_nothing(void **state)
{
	struct scene *s = *state;

	s->o.retrying = true;
	s->o.pending[KIND_USER] = true;
	unseen(s, KIND_USER, STATE_UNSUPPORTED, "no way to have users");
	unseen(s, KIND_ACL, STATE_UNREACHABLE, "grant something");
	add(&s->o.want, KIND_USER, "alice", "{}");
	add(&s->o.want, KIND_ACL, "[]", "{}"); /* a carried one, tried again */
	run(s, plan_alone);
	assert_true(s->o.pending[KIND_USER]);
	assert_false(s->o.pending[KIND_ACL]);
	assert_int_equal(s->o.report.ledger_losses, 1);
}

static void
of_one_kind_that_a_person_asked_for_no_other_is_owed(void **state)
{
	struct scene *s = *state;

	s->o.request.hook = HOOK_COMMAND;
	s->o.params.kind = "connector";
	unseen(s, KIND_USER, STATE_UNSUPPORTED, "");
	add(&s->o.want, KIND_USER, "alice", "{}");
	run(s, plan_alone);
	assert_false(operation_has_pending(&s->o));
}

/* ---- pending, and given up ---- */

static void
a_pending_kind_is_pending_until_a_person_gives_it_up(void **state)
{
	struct scene *s = *state;
	struct survey *v = &s->o.survey;
	struct record_list *list = &v->records.decisions;

	v->found = true;
	v->epoch = v->newest.epoch = 2;
	v->newest.sequence = 5;
	v->newest.kinds[KIND_USER].state = STATE_PENDING;
	v->newest.kinds[KIND_ACL].state = STATE_PENDING;
	operation_note_pending(&s->o);
	assert_true(s->o.pending[KIND_USER]);
	list->records[list->count++] = (struct record){ .type = RECORD_DECISION, .epoch = 2, .sequence = 5,
		                                        .kind = KIND_USER };
	operation_note_pending(&s->o);
	assert_false(s->o.pending[KIND_USER]);
	assert_true(s->o.pending[KIND_ACL]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_anything_at_rest_nothing_is_started_or_said),
		CASE(when_everything_is_back_connectors_start),
		CASE(a_user_that_could_not_be_created_keeps_them_at_rest),
		CASE(so_does_an_acl),
		CASE(so_does_a_kind_that_is_pending),
		CASE(a_kind_that_was_pending_and_is_planned_now_keeps_nothing),
		CASE(a_carried_user_that_was_never_created_keeps_them_at_rest),
		CASE(one_that_is_there_by_now_keeps_nothing),
		CASE(one_that_was_created_other_than_saved_keeps_nothing),
		CASE(one_that_a_person_gave_up_keeps_nothing),
		CASE(one_that_was_given_up_before_this_snapshot_keeps_them_at_rest),
		CASE(what_the_newest_snapshot_carries_does_not_count_where_a_person_chose_another),
		CASE(what_was_saved_and_cannot_be_seen_is_owed_and_named),
		CASE(what_the_cluster_brings_along_itself_is_not_owed),
		CASE(a_retry_owes_nothing_new_and_forgets_nothing),
		CASE(of_one_kind_that_a_person_asked_for_no_other_is_owed),
		CASE(a_pending_kind_is_pending_until_a_person_gives_it_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
