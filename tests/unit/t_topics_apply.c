/*
 * t_topics_apply.c - topics are created in requests that a controller takes, and what it refuses is
 * found out; against a fake of the admin API
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kafka/topics_apply.h"
#include "tests/fake/kafka_admin.h"
#include "tests/unit/loop_fixture.h"

#define VALUE(configs, partitions)                                                                 \
	"{\"configs\":{" configs "},\"partitions\":" partitions ",\"replication_factor\":1}"
#define COMPACT "\"cleanup.policy\":\"compact\""
#define STRANGE "\"strange.setting\":\"1\""

struct scene {
	struct loop_fixture fixture;
	struct admin  admin;
	struct plan   plan;
	struct apply  apply;
	unsigned      done;
	int           rc;
	struct err    err;
	size_t        progressed;
};

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	loop_fixture_begin(&s->fixture);
	s->admin.loop = &s->fixture.loop;
	arena_init(&s->plan.arena, (size_t)64 << 20);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	admin_release(&s->admin);
	arena_release(&s->plan.arena);
	free(s->plan.items);
	loop_fixture_end(&s->fixture);
	free(s);
	return 0;
}

static struct plan_item *
item(struct scene *s, const char *name, const char *want, const char *have, enum plan_action action)
{
	struct plan *p = &s->plan;

	p->items = realloc(p->items, (p->count + 1) * sizeof *p->items);
	assert_non_null(p->items);
	p->items[p->count] = (struct plan_item){
		.action = action, .have = have,
		.want = { .kind = KIND_TOPIC, .key = arena_text(&p->arena, name), .key_len = strlen(name),
			  .value = arena_text(&p->arena, want), .value_len = strlen(want) },
	};
	if (have != NULL)
		admin_add(&s->admin, name, 1);
	return &p->items[p->count++];
}

static void
create(struct scene *s, const char *name, unsigned partitions, const char *configs)
{
	char value[512];

	(void)snprintf(value, sizeof value,
	               "{\"configs\":{%s},\"partitions\":%u,\"replication_factor\":1}", configs,
	               partitions);
	(void)item(s, name, value, NULL, PLAN_CREATE);
}

static void
applied(struct apply *a, int rc, const struct err *e)
{
	struct scene *s = container_of(a, struct scene, apply);

	s->done++;
	s->rc = rc;
	s->err = *e;
}

static void
progressed(struct apply *a, size_t done, size_t total)
{
	struct scene *s = container_of(a, struct scene, apply);

	assert_true(done <= total || total == s->plan.count);
	s->progressed = done;
}

static void
run(struct scene *s)
{
	struct err e = { 0 };

	s->apply = (struct apply){ .loop = &s->fixture.loop, .server = admin_client(&s->admin),
		                   .plan = &s->plan, .brokers = 1, .done = applied,
		                   .progress = progressed };
	s->done = 0;
	assert_int_equal(topics_apply(&s->apply, &e), 0);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_true(s->admin.most_records <= TOPICS_RECORDS_MAX);
	assert_true(s->admin.most_in_flight <= APPLY_WIDTH);
}

static void
assert_outcome(const struct scene *s, size_t i, enum plan_outcome outcome)
{
	if (s->plan.items[i].outcome != outcome)
		fail_msg("%s: outcome %d, %s", s->plan.items[i].want.key, s->plan.items[i].outcome,
		         s->plan.items[i].reason == NULL ? "" : s->plan.items[i].reason);
}

static void
assert_there(const struct scene *s, const char *name, unsigned partitions, unsigned configs)
{
	const struct admin_topic *t = admin_topic(&s->admin, name);

	assert_non_null(t);
	assert_int_equal(t->partitions, partitions);
	assert_int_equal(t->configs, configs);
}

/* ---- create ---- */

static void
nothing_to_do_asks_nothing(void **state)
{
	struct scene *s = *state;

	run(s);
	(void)item(s, "equal", VALUE("", "3"), VALUE("", "3"), PLAN_EQUAL);
	(void)item(s, "keep", VALUE("", "3"), VALUE(COMPACT, "9"), PLAN_KEEP);
	run(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->admin.requests, 0);
}

static void
all_topics_are_created_once_in_few_requests(void **state)
{
	struct scene *s = *state;
	char name[32];
	size_t i;

	for (i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof name, "t%04zu", i);
		create(s, name, 1 + (unsigned)(i * 7 % 31), i % 3 == 0 ? COMPACT : "");
	}
	run(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->admin.count, 3000);
	for (i = 0; i < 3000; i++) {
		assert_outcome(s, i, PLAN_DONE);
		assert_there(s, s->plan.items[i].want.key, 1 + (unsigned)(i * 7 % 31), i % 3 == 0);
	}
	assert_true(s->admin.most_topics <= 1000);
	/* 52,000 records: no more requests than that, but for what does not fill up */
	assert_in_range(s->admin.requests, 6, 7);
	assert_int_equal(s->progressed, 3000);
}

static void
a_topic_beyond_one_requests_limit_is_created_smaller_and_grown(void **state)
{
	static const unsigned sizes[] = { 8998, 8999, 9000, 9001, 20000, 100000 };
	struct scene *s = *state;
	char name[32];
	size_t i;

	for (i = 0; i < LENGTH(sizes); i++) {
		(void)snprintf(name, sizeof name, "t%u", sizes[i]);
		create(s, name, sizes[i], COMPACT);
	}
	create(s, "small", 3, "");
	run(s);
	assert_int_equal(s->rc, 0);
	for (i = 0; i < LENGTH(sizes); i++) {
		assert_outcome(s, i, PLAN_DONE);
		assert_there(s, s->plan.items[i].want.key, sizes[i], 1);
	}
	assert_there(s, "small", 3, 0);
	assert_true(s->admin.growths >= 10);
}

/* ---- refusals ---- */

static void
one_bad_topic_stops_no_other(void **state)
{
	static const struct admin_rule rules[] = {
		{ "denied", NULL, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED },
		{ "policy", NULL, RD_KAFKA_RESP_ERR_POLICY_VIOLATION },
		{ "busy", NULL, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED },
	};
	struct scene *s = *state;

	s->admin.rules = rules;
	s->admin.rule_count = LENGTH(rules);
	admin_add(&s->admin, "there", 9);
	create(s, "denied", 1, "");
	create(s, "policy", 1, "");
	create(s, "busy", 1, "");
	create(s, "there", 1, "");
	create(s, "good", 1, "");
	run(s);
	assert_int_equal(s->rc, 0);
	assert_outcome(s, 0, PLAN_FAILED);
	assert_true(s->plan.items[0].denied);
	assert_outcome(s, 1, PLAN_FAILED);
	assert_false(s->plan.items[1].denied);
	assert_non_null(strstr(s->plan.items[1].reason, "the broker's words"));
	assert_outcome(s, 2, PLAN_TODO); /* worth another look */
	assert_outcome(s, 3, PLAN_EXISTS);
	assert_outcome(s, 4, PLAN_DONE);
}

static void
a_line_that_could_not_be_planned_stops_no_other(void **state)
{
	struct scene *s = *state;
	struct plan_item *bad = item(s, "bad", "{\"configs\":{},\"partitions\":0}", NULL, PLAN_CREATE);

	bad->outcome = PLAN_FAILED; /* as the plan found */
	bad->reason = "why";
	create(s, "good", 1, "");
	run(s);
	assert_int_equal(s->rc, 0);
	assert_outcome(s, 0, PLAN_FAILED);
	assert_string_equal(s->plan.items[0].reason, "why");
	assert_outcome(s, 1, PLAN_DONE);
}

static void
a_config_that_the_broker_does_not_take_is_left_out_and_named(void **state)
{
	static const struct admin_rule rules[] = {
		{ NULL, "strange.setting", RD_KAFKA_RESP_ERR_INVALID_CONFIG },
	};
	struct scene *s = *state;

	s->admin.rules = rules;
	s->admin.rule_count = 1;
	create(s, "orders", 3, COMPACT "," STRANGE);
	create(s, "good", 3, COMPACT);
	run(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->admin.trials, 1);
	assert_outcome(s, 0, PLAN_DONE);
	assert_there(s, "orders", 3, 1);
	assert_string_equal(s->plan.items[0].target, VALUE(COMPACT, "3"));
	assert_non_null(strstr(s->plan.items[0].reason, "does not take config strange.setting"));
	assert_there(s, "good", 3, 1);
	assert_null(s->plan.items[1].reason);
	assert_int_equal(s->admin.count, 2); /* no trial was created */
}

static void
configs_that_are_refused_only_together_are_said_so(void **state)
{
	static const struct admin_rule rules[] = {
		{ "orders", NULL, RD_KAFKA_RESP_ERR_INVALID_CONFIG },
	};
	struct scene *s = *state;

	s->admin.rules = rules;
	s->admin.rule_count = 1;
	create(s, "orders", 3, COMPACT "," STRANGE);
	run(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->admin.trials, 1);
	assert_int_equal(s->admin.creations, 1);
	assert_outcome(s, 0, PLAN_FAILED);
	assert_non_null(strstr(s->plan.items[0].reason, "together"));
}

static void
trials_that_are_answered_under_strange_names_harm_nobody(void **state)
{
	static const struct admin_rule rules[] = {
		{ NULL, "strange.setting", RD_KAFKA_RESP_ERR_INVALID_CONFIG },
	};
	static const char *const names[] = { "kcb-trial-99", "", "no dash", "-" };
	struct scene *s = *state;
	size_t i;

	s->admin.rules = rules;
	s->admin.rule_count = 1;
	for (i = 0; i < LENGTH(names); i++) {
		s->admin.misnamed = names[i];
		s->plan.count = 0;
		create(s, "orders", 3, STRANGE);
		run(s);
		assert_int_equal(s->rc, 0);
	}
}

/* ---- complete ---- */

static void
an_auto_created_topic_is_grown_and_gets_its_configs(void **state)
{
	struct scene *s = *state;

	(void)item(s, "orders", VALUE(COMPACT "," STRANGE, "12"), VALUE("", "1"), PLAN_COMPLETE);
	(void)item(s, "bare", VALUE("", "3"), VALUE("", "1"), PLAN_COMPLETE);
	run(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->admin.creations, 0);
	assert_outcome(s, 0, PLAN_DONE);
	assert_outcome(s, 1, PLAN_DONE);
	assert_there(s, "orders", 12, 2);
	assert_there(s, "bare", 3, 0);
}

static void
what_has_its_partitions_already_is_looked_at_again(void **state)
{
	struct scene *s = *state;

	(void)item(s, "orders", VALUE("", "3"), VALUE("", "1"), PLAN_COMPLETE);
	admin_topic(&s->admin, "orders")->partitions = 3; /* since the capture */
	run(s);
	assert_int_equal(s->rc, 0);
	assert_outcome(s, 0, PLAN_EXISTS);
}

/* ---- answers that never come ---- */

static void
a_lost_answer_leaves_its_topics_to_be_looked_at_again(void **state)
{
	struct scene *s = *state;

	s->admin.lost = 1;
	create(s, "orders", 3, "");
	run(s);
	assert_int_equal(s->rc, ERR_AGAIN);
	assert_non_null(strstr(s->err.text, "creating 1 topics"));
	assert_outcome(s, 0, PLAN_TODO);
	run(s); /* the next round: it was created all the same */
	assert_int_equal(s->rc, 0);
	assert_outcome(s, 0, PLAN_EXISTS);
	assert_int_equal(s->admin.count, 1);
}

static void
a_growth_whose_answer_is_lost_is_not_taken_for_done(void **state)
{
	struct scene *s = *state;

	s->admin.lost = 2;
	create(s, "large", 20000, "");
	run(s);
	assert_int_equal(s->rc, ERR_AGAIN);
	assert_outcome(s, 0, PLAN_TODO);
}

static void
a_topic_that_an_answer_leaves_out_is_looked_at_again(void **state)
{
	struct scene *s = *state;

	s->admin.left_out = "left";
	create(s, "left", 3, "");
	create(s, "good", 3, "");
	run(s);
	assert_int_equal(s->rc, 0);
	assert_outcome(s, 0, PLAN_TODO);
	assert_outcome(s, 1, PLAN_DONE);
}

static void
a_completion_that_an_answer_leaves_out_is_looked_at_again(void **state)
{
	struct scene *s = *state;

	s->admin.left_out = "left";
	(void)item(s, "left", VALUE(COMPACT, "3"), VALUE("", "1"), PLAN_COMPLETE);
	(void)item(s, "good", VALUE(COMPACT, "3"), VALUE("", "1"), PLAN_COMPLETE);
	run(s);
	assert_int_equal(s->rc, 0);
	assert_outcome(s, 0, PLAN_TODO);
	assert_outcome(s, 1, PLAN_DONE);
	assert_there(s, "good", 3, 1);
}

static void
a_trial_that_an_answer_leaves_out_refuses_no_config(void **state)
{
	static const struct admin_rule rules[] = {
		{ NULL, "strange.setting", RD_KAFKA_RESP_ERR_INVALID_CONFIG },
	};
	struct scene *s = *state;

	s->admin.rules = rules;
	s->admin.rule_count = 1;
	s->admin.misnamed = s->admin.left_out = "nobody";
	create(s, "orders", 3, COMPACT "," STRANGE);
	run(s);
	assert_int_equal(s->rc, 0);
	assert_int_equal(s->admin.trials, 1);
	assert_outcome(s, 0, PLAN_FAILED);
}

static void
a_stop_ends_it_once(void **state)
{
	struct scene *s = *state;
	struct err e = { 0 };

	create(s, "orders", 3, "");
	s->apply = (struct apply){ .loop = &s->fixture.loop, .server = admin_client(&s->admin),
		                   .plan = &s->plan, .brokers = 1, .done = applied };
	assert_int_equal(topics_apply(&s->apply, &e), 0);
	loop_stop(&s->fixture.loop, ERR_CANCELLED);
	loop_run(&s->fixture.loop);
	assert_int_equal(s->done, 1);
	assert_int_equal(s->rc, ERR_CANCELLED);
	assert_outcome(s, 0, PLAN_TODO);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_to_do_asks_nothing),
		CASE(all_topics_are_created_once_in_few_requests),
		CASE(a_topic_beyond_one_requests_limit_is_created_smaller_and_grown),
		CASE(one_bad_topic_stops_no_other),
		CASE(a_line_that_could_not_be_planned_stops_no_other),
		CASE(a_config_that_the_broker_does_not_take_is_left_out_and_named),
		CASE(configs_that_are_refused_only_together_are_said_so),
		CASE(trials_that_are_answered_under_strange_names_harm_nobody),
		CASE(an_auto_created_topic_is_grown_and_gets_its_configs),
		CASE(what_has_its_partitions_already_is_looked_at_again),
		CASE(a_lost_answer_leaves_its_topics_to_be_looked_at_again),
		CASE(a_growth_whose_answer_is_lost_is_not_taken_for_done),
		CASE(a_topic_that_an_answer_leaves_out_is_looked_at_again),
		CASE(a_completion_that_an_answer_leaves_out_is_looked_at_again),
		CASE(a_trial_that_an_answer_leaves_out_refuses_no_config),
		CASE(a_stop_ends_it_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
