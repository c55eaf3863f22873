/* t_connectors_start.c - connectors that rest are brought to their saved state */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connect_fixture.h"

static void
each_is_brought_to_its_saved_state(void **state)
{
	struct use u;
	size_t i;

	use_begin(&u, *state, "4.1.0");
	(void)use_plan(&u, "p", VALUE("f", "PAUSED"));
	(void)use_plan(&u, "r", VALUE("f", "RUNNING"));
	(void)use_plan(&u, "s", VALUE("f", "STOPPED"));
	use_apply(&u);
	use_start(&u);
	assert_int_equal(u.rc, 0);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "/connectors/s/"), 0);
	use_capture(&u);
	for (i = 0; i < u.plan.count; i++) {
		assert_int_equal(u.plan.items[i].outcome, PLAN_DONE);
		assert_string_equal(use_value(&u, u.plan.items[i].want.key), u.plan.items[i].started);
	}
	use_end(&u);
}

static void
a_start_is_confirmed_though_the_status_comes_late(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	worker_order(*state, "{\"has\":{\"a\":{\"config\":%s,\"state\":\"STOPPED\",\"slow\":3}}}",
	             CONFIG("f"));
	worker_next(*state, "PUT", "/connectors/a/resume", "{\"status\":409,\"message\":\"rebalance\"}", 1);
	use_start(&u);
	assert_int_equal(u.plan.items[0].outcome, PLAN_DONE);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "PUT /connectors/a/resume"), 2);
	assert_int_equal(worker_count(*state, "GET /connectors/a/status"), 4);
	use_end(&u);
}

static void
a_start_that_is_not_confirmed_stays_to_be_done(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	worker_order(*state, "{\"has\":{\"a\":{\"config\":%s,\"state\":\"STOPPED\",\"slow\":1000}}}",
	             CONFIG("f"));
	u.deadline_after_ms = 300;
	use_start(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.plan.items[0].outcome, PLAN_TODO);
	assert_string_equal(u.plan.items[0].reason,
	                    "the worker was asked to make it RUNNING, and says STOPPED so far");
	use_end(&u);
}

static void
one_that_runs_and_fails_has_started(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	worker_next(*state, "GET", "/connectors/a/status",
	     "{\"body\":\"{\\\"connector\\\":{\\\"state\\\":\\\"FAILED\\\",\\\"trace\\\":\\\"" SECRET
	     "\\\"}}\"}", 1);
	use_start(&u);
	assert_int_equal(u.plan.items[0].outcome, PLAN_DONE);
	use_end(&u);
}

static void
one_that_was_deleted_or_refused_is_named(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	(void)use_plan(&u, "gone", VALUE("f", "RUNNING"));
	(void)use_plan(&u, "denied", VALUE("f", "RUNNING"));
	use_apply(&u);
	worker_next(*state, "PUT", "/connectors/gone/resume", "{\"status\":404,\"message\":\"x\"}", 1);
	worker_next(*state, "PUT", "/connectors/denied/resume", "{\"status\":403,\"message\":\"x\"}", 1);
	use_start(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.plan.items[0].outcome, PLAN_TODO);
	assert_non_null(strstr(u.plan.items[0].reason, "not there"));
	assert_int_equal(u.plan.items[1].outcome, PLAN_FAILED);
	assert_true(u.plan.items[1].denied);
	use_end(&u);
}

/* Jetty of Connect 4 refuses such an address. */
static void
a_name_that_no_address_can_hold_is_named(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	(void)use_plan(&u, "a/b", VALUE("f", "RUNNING"));
	use_apply(&u);
	assert_int_equal(u.plan.items[0].outcome, PLAN_DONE);
	worker_next(*state, "PUT", "/connectors/a%2Fb/resume", "{\"status\":400}", 1);
	use_start(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.plan.items[0].outcome, PLAN_FAILED);
	assert_non_null(strstr(u.plan.items[0].reason, "'/'"));
	use_end(&u);
}

static void
with_resume_stopped_nothing_is_started(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	u.plan.server = NULL; /* a plan that did not know it */
	u.connect.stay_stopped = true;
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_DONE);
	use_start(&u);
	assert_int_equal(u.rc, 0);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "PUT"), 0);
	assert_string_equal(u.plan.items[0].started, VALUE("f", "STOPPED"));
	use_end(&u);
}

static void
what_could_not_be_created_is_not_started(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_next(*state, "POST", "/connectors", "{\"status\":400,\"message\":\"x\"}", 1);
	assert_int_equal(use_apply_one(&u)->outcome, PLAN_FAILED);
	use_start(&u);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "PUT"), 0);
	assert_int_equal(u.plan.items[0].outcome, PLAN_FAILED);
	use_end(&u);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_brought_to_its_saved_state),
		cmocka_unit_test(a_start_is_confirmed_though_the_status_comes_late),
		cmocka_unit_test(a_start_that_is_not_confirmed_stays_to_be_done),
		cmocka_unit_test(one_that_runs_and_fails_has_started),
		cmocka_unit_test(one_that_was_deleted_or_refused_is_named),
		cmocka_unit_test(a_name_that_no_address_can_hold_is_named),
		cmocka_unit_test(with_resume_stopped_nothing_is_started),
		cmocka_unit_test(what_could_not_be_created_is_not_started),
	};

	return cmocka_run_group_tests(tests, worker_begin, worker_end);
}
