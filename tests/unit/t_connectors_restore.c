/* t_connectors_restore.c - connectors are planned, and created at rest */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "connect_fixture.h"

static void
assert_item(const struct plan_item *item, enum plan_action action, const char *target,
            const char *started)
{
	assert_int_equal(item->action, action);
	if (target == NULL)
		assert_null(item->target);
	else
		assert_string_equal(item->target, target);
	if (started == NULL)
		assert_null(item->started);
	else
		assert_string_equal(item->started, started);
}

/* ---- fit ---- */

static void
what_is_not_there_is_created_at_rest(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	assert_item(use_plan(&u, "r", VALUE("f", "RUNNING")), PLAN_CREATE, VALUE("f", "STOPPED"),
	            VALUE("f", "RUNNING"));
	assert_item(use_plan(&u, "p", VALUE("f", "PAUSED")), PLAN_CREATE, VALUE("f", "STOPPED"),
	            VALUE("f", "PAUSED"));
	assert_item(use_plan(&u, "s", VALUE("f", "STOPPED")), PLAN_CREATE, VALUE("f", "STOPPED"),
	            VALUE("f", "STOPPED"));
	u.connect.stay_stopped = true;
	assert_item(use_plan(&u, "r", VALUE("f", "RUNNING")), PLAN_CREATE, VALUE("f", "STOPPED"),
	            VALUE("f", "STOPPED"));
	u.plan.server = NULL; /* what it can and should is not known */
	assert_item(use_plan(&u, "r", VALUE("f", "RUNNING")), PLAN_CREATE, VALUE("f", "STOPPED"),
	            VALUE("f", "RUNNING"));
	use_end(&u);
}

static void
what_is_there_is_left_alone_but_for_what_rests(void **state)
{
	static const struct {
		const char *have, *want;
		enum plan_action action;
		bool rests; /* has a target and a state to start */
	} cases[] = {
		{ VALUE("f", "RUNNING"), VALUE("f", "RUNNING"), PLAN_EQUAL, false },
		{ VALUE("f", "PAUSED"), VALUE("f", "PAUSED"), PLAN_EQUAL, false },
		{ VALUE("f", "STOPPED"), VALUE("f", "STOPPED"), PLAN_EQUAL, true },
		{ VALUE("f", "STOPPED"), VALUE("f", "RUNNING"), PLAN_COMPLETE, true },
		{ VALUE("f", "STOPPED"), VALUE("f", "PAUSED"), PLAN_COMPLETE, true },
		{ VALUE("f", "PAUSED"), VALUE("f", "RUNNING"), PLAN_KEEP, false },
		{ VALUE("f", "RUNNING"), VALUE("f", "STOPPED"), PLAN_KEEP, false },
		{ VALUE("f", "RUNNING"), VALUE("g", "RUNNING"), PLAN_KEEP, false },
		{ VALUE("f", "STOPPED"), VALUE("g", "RUNNING"), PLAN_KEEP, false },
	};
	struct plan_item *item;
	struct line line = { .kind = KIND_CONNECTOR, .key = "a", .key_len = 1 };
	struct err e = { 0 };
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(cases); i++) {
		use_begin(&u, *state, "4.1.0");
		line.value = cases[i].have;
		line.value_len = strlen(line.value);
		assert_int_equal(line_set_add(&u.lines, &line, &e), 0);
		assert_int_equal(line_set_sort(&u.lines, &e), 0);
		item = use_plan(&u, "a", cases[i].want);
		assert_item(item, cases[i].action, cases[i].rests ? VALUE("f", "STOPPED") : NULL,
		            cases[i].rests ? cases[i].want : NULL);
		assert_int_equal(item->reason != NULL, cases[i].action == PLAN_KEEP);
		use_end(&u);
	}
}

static void
configs_are_equal_by_content_not_by_order(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_has(*state, "a", "f", "RUNNING"); /* in another order */
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(use_plan(&u, "a",
	                          "{\"config\":{\"password\":\"" SECRET "\",\"connector.class\":\"x.Y\","
	                          "\"file\":\"f\"},\"state\":\"RUNNING\"}")
	                     ->action,
	                 PLAN_EQUAL);
	assert_int_equal(use_plan(&u, "a", VALUE("f ", "RUNNING"))->action, PLAN_KEEP);
	use_end(&u);
}

static void
a_line_that_is_none_is_refused_without_its_values(void **state)
{
	static const char *const lines[] = {
		"{}", "{\"config\":{},\"state\":\"" SECRET "\"}", "{\"config\":[],\"state\":\"RUNNING\"}",
		"{\"config\":{\"a\":{\"" SECRET "\":1}},\"state\":\"RUNNING\"}",
		"{\"config\":{},\"state\":\"RUNNING\",\"" SECRET "\":1}", "{\"config\":{\"hunter2",
	};
	struct plan_item item = { 0 };
	struct err e = { 0 };
	struct use u;
	size_t i;

	use_begin(&u, *state, "4.1.0");
	for (i = 0; i < LENGTH(lines); i++) {
		item.want = (struct line){ .key = "a", .key_len = 1, .value = lines[i],
			                   .value_len = strlen(lines[i]) };
		assert_int_equal(connectors_ops.fit(&u.plan, &item, 1, &e), ERR_CORRUPT);
		assert_non_null(strstr(e.text, "connector a: "));
		assert_null(strstr(e.text, SECRET));
	}
	use_end(&u);
}

/* ---- apply ---- */

static void
it_is_created_stopped_in_one_request(void **state)
{
	struct use u;

	use_begin(&u, *state, "3.7.0");
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	assert_int_equal(u.rc, 0);
	assert_int_equal(worker_count(*state, "\\\"initial_state\\\":\\\"STOPPED\\\""), 1);
	assert_int_equal(worker_count(*state, "PUT"), 0);
	use_capture(&u);
	assert_string_equal(use_value(&u, "a"), VALUE("f", "STOPPED"));
	use_end(&u);
}

static void
before_3_7_it_is_created_then_stopped(void **state)
{
	struct use u;

	use_begin(&u, *state, "3.6.2");
	worker_next(*state, "PUT", "/connectors/a/stop", "{\"status\":404}", 1);
	worker_next(*state, "PUT", "/connectors/a/stop", "{\"status\":409,\"message\":\"x\"}", 1);
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	assert_int_equal(worker_count(*state, "initial_state"), 0);
	assert_int_equal(worker_count(*state, "PUT /connectors/a/stop"), 3);
	use_capture(&u);
	assert_string_equal(use_value(&u, "a"), VALUE("f", "STOPPED"));
	use_end(&u);
}

static void
before_3_5_it_is_created_then_paused(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "3.4.0");
	item = use_apply_one(&u);
	assert_int_equal(item->outcome, PLAN_DONE);
	assert_string_equal(item->target, VALUE("f", "PAUSED"));
	assert_string_equal(item->started, VALUE("f", "RUNNING"));
	use_capture(&u);
	assert_string_equal(use_value(&u, "a"), VALUE("f", "PAUSED"));
	u.plan.count = 0; /* killed here, and run again */
	item = use_plan(&u, "a", VALUE("f", "RUNNING"));
	assert_int_equal(item->action, PLAN_COMPLETE);
	use_start(&u);
	use_capture(&u);
	assert_string_equal(use_value(&u, "a"), VALUE("f", "RUNNING"));
	use_end(&u);
}

static void
the_409_of_a_connector_that_exists_is_for_comparing(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	item = use_plan(&u, "a", VALUE("f", "RUNNING"));
	worker_has(*state, "a", "g", "RUNNING"); /* somebody was faster */
	use_apply(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(item->outcome, PLAN_EXISTS);
	use_end(&u);
}

static void
the_409s_that_pass_are_waited_out(void **state)
{
	static const char *const messages[] = {
		"Cannot complete request because of a conflicting operation (e.g. worker rebalance)",
		"Cannot complete request because the leader URL is unknown " SECRET,
		"Cannot complete request momentarily due to stale configuration (typically caused by a "
		"concurrent config change)",
		"already exists: not at the end",
	};
	char answer[300];
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(messages); i++) {
		use_begin(&u, *state, "4.1.0");
		(void)snprintf(answer, sizeof answer, "{\"status\":409,\"message\":\"%s\"}", messages[i]);
		worker_next(*state, "POST", "/connectors", answer, 2);
		assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
		assert_int_equal(worker_count(*state, "POST"), 3);
		use_end(&u);
	}
}

static void
a_storm_of_409_leaves_it_to_be_done(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	u.deadline_after_ms = 300;
	worker_next(*state, "POST", "/connectors", "{\"status\":409,\"message\":\"" SECRET "\"}", 1000);
	item = use_apply_one(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(item->outcome, PLAN_TODO);
	assert_non_null(strstr(item->reason, "409"));
	use_end(&u);
}

static void
a_missing_plugin_is_named_by_its_class(void **state)
{
	static const unsigned statuses[] = { 400, 500 };
	struct plan_item *bad, *good;
	char answer[300];
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(statuses); i++) {
		use_begin(&u, *state, "4.1.0");
		(void)snprintf(answer, sizeof answer,
		               "{\"status\":%u,\"message\":\"Failed to find any class that implements "
		               "Connector and which name matches x.Y, available: " SECRET "\"}",
		               statuses[i]);
		worker_next(*state, "POST", "/connectors", answer, 1);
		bad = use_plan(&u, "bad", VALUE("f", "RUNNING"));
		use_apply(&u);
		good = use_plan(&u, "good", VALUE("f", "RUNNING"));
		use_apply(&u);
		assert_int_equal(u.rc, 0);
		assert_int_equal(bad->outcome, PLAN_FAILED);
		assert_string_equal(bad->reason, "the worker has no plugin x.Y: install it there");
		assert_int_equal(good->outcome, PLAN_DONE); /* one bad item stops no other */
		use_end(&u);
	}
}

static void
a_class_that_is_no_class_is_not_repeated(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors",
	     "{\"status\":400,\"message\":\"Failed to find any class that implements Connector\"}", 1);
	item = use_plan(&u, "a", "{\"config\":{\"connector.class\":\"no class: " SECRET
	                         "\"},\"state\":\"RUNNING\"}");
	use_apply(&u);
	assert_int_equal(item->outcome, PLAN_FAILED);
	assert_non_null(strstr(item->reason, "of its connector.class"));
	use_end(&u);
}

static void
a_refused_config_is_named_by_its_settings_alone(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors",
	     "{\"status\":400,\"message\":\"Connector configuration is invalid\\nInvalid value " SECRET
	     " for configuration password: too short\\nInvalid value x for configuration filex: no\"}",
	     1);
	item = use_apply_one(&u);
	assert_int_equal(item->outcome, PLAN_FAILED);
	assert_false(item->denied);
	assert_string_equal(item->reason,
	                    "the worker refuses its config (400) for plugin x.Y: it does not take password");
	use_end(&u);
}

static void
what_our_user_may_not_do_is_denied(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", "{\"status\":403,\"message\":\"" SECRET "\"}", 1);
	item = use_apply_one(&u);
	assert_int_equal(item->outcome, PLAN_FAILED);
	assert_true(item->denied);
	use_end(&u);
}

#define TIMED_OUT "{\"status\":500,\"message\":\"Request timed out. The worker is busy\""

static void
created_though_the_worker_said_time_out(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", TIMED_OUT ",\"after\":true}", 1);
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	assert_int_equal(worker_count(*state, "POST"), 1);
	assert_int_equal(worker_count(*state, "GET /connectors/a"), 1);
	use_end(&u);
}

/* On a connection that was used before, the request is sent a second time by itself. */
static void
created_though_nobody_answered(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", "{\"how\":\"close-after\"}", 1);
	assert_int_not_equal(use_apply_one(&u)->outcome, PLAN_FAILED);
	assert_int_equal(u.rc, 0);
	use_capture(&u);
	assert_item(use_plan(&u, "a", VALUE("f", "RUNNING")), PLAN_COMPLETE, VALUE("f", "STOPPED"),
	            VALUE("f", "RUNNING"));
	use_end(&u);
}

static void
asked_for_when_nobody_answers_twice(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", "{\"how\":\"close-after\"}", 2);
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	assert_int_equal(worker_count(*state, "GET /connectors/a"), 1);
	use_end(&u);
}

static void
not_created_when_the_worker_timed_out_and_so_asked_again(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", TIMED_OUT "}", 2);
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	assert_int_equal(worker_count(*state, "POST"), 3);
	assert_int_equal(worker_count(*state, "GET /connectors/a"), 2);
	use_end(&u);
}

static void
a_lost_answer_and_another_config_are_somebody_elses(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	item = use_plan(&u, "a", VALUE("f", "RUNNING"));
	worker_has(*state, "a", "g", "RUNNING");
	worker_next(*state, "POST", "/connectors", TIMED_OUT "}", 1);
	use_apply(&u);
	assert_int_equal(item->outcome, PLAN_EXISTS);
	use_end(&u);
}

static void
a_worker_that_always_fails_is_believed(void **state)
{
	struct plan_item *item;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", "{\"status\":500,\"message\":\"" SECRET "\"}", 1000);
	item = use_apply_one(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(item->outcome, PLAN_FAILED);
	assert_non_null(strstr(item->reason, "fails to create it (500)"));
	assert_int_equal(worker_count(*state, "POST"), 3);
	use_end(&u);
}

static void
a_worker_that_is_gone_stops_the_whole(void **state)
{
	struct plan_item *a, *b;
	struct use u;

	use_begin(&u, *state, "4.1.0");
	a = use_plan(&u, "a", VALUE("f", "RUNNING"));
	b = use_plan(&u, "b", VALUE("f", "RUNNING"));
	worker_next(*state, "POST", "/connectors", "{\"how\":\"close\"}", 1000);
	worker_next(*state, "GET", "/connectors/a", "{\"how\":\"close\"}", 1000);
	worker_next(*state, "GET", "/connectors/b", "{\"how\":\"close\"}", 1000);
	use_apply(&u);
	assert_int_equal(u.rc, ERR_AGAIN);
	assert_int_equal(a->outcome, PLAN_TODO);
	assert_int_equal(b->outcome, PLAN_TODO);
	use_end(&u);
}

static void
the_worker_of_another_cluster_is_given_nothing(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	u.connect.cluster = "another";
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_TODO);
	assert_int_equal(u.rc, ERR_AGAIN);
	assert_int_equal(worker_count(*state, "POST"), 0);
	use_start(&u);
	assert_int_equal(u.rc, ERR_AGAIN);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "PUT"), 0);
	use_end(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_there_is_created_at_rest),
		cmocka_unit_test(what_is_there_is_left_alone_but_for_what_rests),
		cmocka_unit_test(configs_are_equal_by_content_not_by_order),
		cmocka_unit_test(a_line_that_is_none_is_refused_without_its_values),
		cmocka_unit_test(it_is_created_stopped_in_one_request),
		cmocka_unit_test(before_3_7_it_is_created_then_stopped),
		cmocka_unit_test(before_3_5_it_is_created_then_paused),
		cmocka_unit_test(the_409_of_a_connector_that_exists_is_for_comparing),
		cmocka_unit_test(the_409s_that_pass_are_waited_out),
		cmocka_unit_test(a_storm_of_409_leaves_it_to_be_done),
		cmocka_unit_test(a_missing_plugin_is_named_by_its_class),
		cmocka_unit_test(a_class_that_is_no_class_is_not_repeated),
		cmocka_unit_test(a_refused_config_is_named_by_its_settings_alone),
		cmocka_unit_test(what_our_user_may_not_do_is_denied),
		cmocka_unit_test(created_though_the_worker_said_time_out),
		cmocka_unit_test(created_though_nobody_answered),
		cmocka_unit_test(asked_for_when_nobody_answers_twice),
		cmocka_unit_test(not_created_when_the_worker_timed_out_and_so_asked_again),
		cmocka_unit_test(a_lost_answer_and_another_config_are_somebody_elses),
		cmocka_unit_test(a_worker_that_always_fails_is_believed),
		cmocka_unit_test(a_worker_that_is_gone_stops_the_whole),
		cmocka_unit_test(the_worker_of_another_cluster_is_given_nothing),
	};

	return cmocka_run_group_tests(tests, worker_begin, worker_end);
}
