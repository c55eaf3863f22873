/* t_abi_run.c - operations of the real plugin: done comes once, whatever happens to them */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "tests/unit/abi_fixture.h"

static void
assert_valid_json(const char *text)
{
	struct json_object *o = NULL;
	struct err e = { 0 };

	assert_non_null(text);
	if (json_parse(text, strlen(text), JSON_DEPTH_MAX, &o, &e) != 0)
		fail_msg("%s: %s", e.text, text);
	(void)json_object_put(o);
}

static void
assert_told(const struct ending *e, const char *words)
{
	assert_valid_json(e->report);
	if (strstr(e->message, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e->message, words);
	assert_null(strchr(e->message, '\n'));
}

static void
an_operation_is_done_once_with_a_line_and_a_report(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e;

	assert_int_equal(abi_run(a, in, REPORT_REQUEST(17), &e), LCP_OK);
	assert_told(&e, "there is no report yet");
	assert_true(a->progress > 0);
	ending_release(&e);
	a->plugin->close(in);
}

static void
a_parameter_that_is_not_known_is_refused_by_done(void **state)
{
	static const struct {
		const char *params, *words;
	} table[] = {
		{ "{\"command\":\"report\",\"colour\":1}", "colour" },
		{ "{\"command\":\"reprot\"}", "reprot" },
		{ "{\"now\":true}", "now" }, /* of another hook */
		{ "{}", "command" },
		{ NULL, "command" },
		{ "[", "not a JSON object" },
	};
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e;
	size_t i;

	for (i = 0; i < LENGTH(table); i++) {
		struct lcp_request r = { .hook = LCP_HOOK_COMMAND, .op = i + 1, .params = table[i].params };

		assert_int_equal(abi_run(a, in, r, &e), LCP_UNSUPPORTED);
		assert_told(&e, table[i].words);
		ending_release(&e);
	}
	a->plugin->close(in);
}

static void
a_service_that_is_not_enabled_does_nothing_and_vetoes_nothing(void **state)
{
	static const uint32_t hooks[] = { LCP_HOOK_CHECK, LCP_HOOK_PERIODIC, LCP_HOOK_PRE_POWEROFF,
		                          LCP_HOOK_POST_POWERON };
	struct lcp_text err = { .size = sizeof err };
	struct lcp_instance *in = NULL;
	struct abi *a = *state;
	struct ending e;
	size_t i;

	assert_int_equal(abi_open_as(a, "orders", "{\"service\":\"orders\",\"enabled\":false}", &in,
	                             &err), LCP_OK);
	for (i = 0; i < LENGTH(hooks); i++) {
		assert_int_equal(abi_run(a, in, (struct lcp_request){ .hook = hooks[i], .op = i + 1 }, &e),
		                 LCP_OK);
		assert_told(&e, "disabled");
		ending_release(&e);
	}
	a->plugin->close(in);
}

static void
a_busy_instance_says_again(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e, second;

	ending_init(&e);
	ending_init(&second);
	assert_int_equal(abi_begin(a, in, LONG_REQUEST(1), &e), LCP_OK);
	assert_int_equal(abi_begin(a, in, REPORT_REQUEST(2), &second), LCP_AGAIN);
	assert_int_equal(abi_begin(a, in, LONG_REQUEST(1), &second), LCP_AGAIN);
	a->plugin->cancel(in, 2); /* was never begun */
	a->plugin->cancel(in, 0);
	assert_int_equal(e.calls, 0);
	a->plugin->cancel(in, 1);
	ending_wait(&e);
	assert_int_equal(e.status, LCP_CANCELLED);
	ending_release(&second);
	assert_int_equal(abi_run(a, in, REPORT_REQUEST(2), &second), LCP_OK);
	a->plugin->close(in);
	assert_int_equal(e.calls, 1);
	assert_int_equal(second.calls, 1);
	ending_release(&e);
	ending_release(&second);
}

static void
a_deadline_ends_an_operation_in_time(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct lcp_request r = LONG_REQUEST(1);
	struct ending e;
	uint64_t late;

	r.deadline_ms = abi_now_ms() + 500;
	(void)abi_run(a, in, r, &e); /* AGAIN: a request's own time can be over just before */
	late = abi_now_ms() - r.deadline_ms;
	assert_true(late < 2000 || late > UINT64_MAX - 100);
	assert_true(e.status == LCP_DEADLINE || e.status == LCP_AGAIN);
	assert_told(&e, "");
	a->plugin->cancel(in, 1); /* too late, and harmless */
	ending_release(&e);
	r.op = 2;
	r.deadline_ms = 1; /* passed long ago */
	assert_int_equal(abi_run(a, in, r, &e), LCP_DEADLINE);
	assert_told(&e, "the deadline has passed");
	ending_release(&e);
	a->plugin->close(in);
}

static void
before_a_power_off_a_deadline_is_a_veto_and_force_is_none(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct lcp_request r = { .hook = LCP_HOOK_PRE_POWEROFF, .op = 1 };
	struct ending e;

	r.deadline_ms = abi_now_ms() + 300;
	assert_int_equal(abi_run(a, in, r, &e), LCP_VETO);
	assert_told(&e, "FORCE");
	ending_release(&e);
	r.op = 2;
	r.flags = LCP_FORCE;
	r.deadline_ms = abi_now_ms() + 300;
	assert_int_equal(abi_run(a, in, r, &e), LCP_PARTIAL);
	assert_told(&e, "without a final backup");
	ending_release(&e);
	a->plugin->close(in);
}

static void
close_ends_what_runs_and_waits_for_its_done(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e;

	ending_init(&e);
	assert_int_equal(abi_begin(a, in, LONG_REQUEST(5), &e), LCP_OK);
	a->plugin->close(in);
	assert_int_equal(e.calls, 1);
	ending_wait(&e);
	assert_int_equal(e.status, LCP_CANCELLED);
	ending_release(&e);
}

static void
done_may_begin_the_next_operation(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e, next;

	ending_init(&e);
	ending_init(&next);
	e.next_of = a;
	e.next_in = in;
	e.next = &next;
	assert_int_equal(abi_begin(a, in, REPORT_REQUEST(1), &e), LCP_OK);
	ending_wait(&e);
	ending_wait(&next);
	assert_int_equal(e.status, LCP_OK);
	assert_int_equal(next.status, LCP_OK);
	assert_int_equal(next.op, 2);
	a->plugin->close(in);
	assert_int_equal(e.calls + next.calls, 2);
	ending_release(&e);
	ending_release(&next);
}

/* ---- races ---- */

struct canceller {
	struct abi          *abi;
	struct lcp_instance *in;
	atomic_bool          over;
};

static void *
cancel_all_the_time(void *arg)
{
	struct canceller *c = arg;
	uint64_t op;

	while (!atomic_load(&c->over))
		for (op = 0; op < 8; op++)
			c->abi->plugin->cancel(c->in, op);
	return NULL;
}

static void
cancels_at_any_moment_lose_and_double_nothing(void **state)
{
	struct abi *a = *state;
	struct canceller c = { .abi = a, .in = abi_open(a) };
	pthread_t thread;
	struct ending e;
	unsigned i;

	assert_int_equal(pthread_create(&thread, NULL, cancel_all_the_time, &c), 0);
	for (i = 0; i < 200; i++) {
		(void)abi_run(a, c.in, i % 50 == 0 ? LONG_REQUEST(i % 7 + 1) : REPORT_REQUEST(i % 7 + 1), &e);
		assert_true(e.status == LCP_OK || e.status == LCP_CANCELLED);
		ending_release(&e);
	}
	atomic_store(&c.over, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	a->plugin->close(c.in);
}

static void
closes_at_any_moment_lose_and_double_nothing(void **state)
{
	struct abi *a = *state;
	struct ending e;
	unsigned i;

	for (i = 0; i < 200; i++) {
		struct lcp_instance *in = abi_open(a);

		ending_init(&e);
		assert_int_equal(abi_begin(a, in, REPORT_REQUEST(i + 1), &e), LCP_OK);
		if (i % 3 == 0)
			a->plugin->cancel(in, i + 1);
		a->plugin->close(in);
		assert_int_equal(e.calls, 1);
		assert_true(e.status == LCP_OK || e.status == LCP_CANCELLED);
		ending_release(&e);
	}
}

/* ---- the last report ---- */

static void
write_last_report(const struct abi *a, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/last-report.json", a->state);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
the_last_report_is_kept_and_shown(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct lcp_request r = LONG_REQUEST(1);
	struct ending e;

	r.deadline_ms = abi_now_ms() + 100;
	(void)abi_run(a, in, r, &e);
	ending_release(&e);
	assert_int_equal(abi_run(a, in, REPORT_REQUEST(2), &e), LCP_OK);
	assert_told(&e, "the last report");
	assert_non_null(strstr(e.report, "\"result\":{"));
	assert_non_null(strstr(e.report, "\"hook\":\"post_poweron\""));
	ending_release(&e);
	a->plugin->close(in);
}

static void
a_spoilt_last_report_spoils_no_report(void **state)
{
	static const char *const spoilt[] = { "", "{\"hook\":", "{}}", "\xff", "{} {}" };
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e;
	size_t i;

	for (i = 0; i < LENGTH(spoilt); i++) {
		write_last_report(a, spoilt[i]);
		assert_int_equal(abi_run(a, in, REPORT_REQUEST(i + 1), &e), LCP_FAILED);
		assert_told(&e, "last-report.json");
		ending_release(&e);
	}
	write_last_report(a, "{\"hook\":\"check\"}\n");
	assert_int_equal(abi_run(a, in, REPORT_REQUEST(9), &e), LCP_OK);
	assert_told(&e, "the last report");
	ending_release(&e);
	a->plugin->close(in);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, abi_setup, abi_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_operation_is_done_once_with_a_line_and_a_report),
		CASE(a_parameter_that_is_not_known_is_refused_by_done),
		CASE(a_service_that_is_not_enabled_does_nothing_and_vetoes_nothing),
		CASE(a_busy_instance_says_again),
		CASE(a_deadline_ends_an_operation_in_time),
		CASE(before_a_power_off_a_deadline_is_a_veto_and_force_is_none),
		CASE(close_ends_what_runs_and_waits_for_its_done),
		CASE(done_may_begin_the_next_operation),
		CASE(cancels_at_any_moment_lose_and_double_nothing),
		CASE(closes_at_any_moment_lose_and_double_nothing),
		CASE(the_last_report_is_kept_and_shown),
		CASE(a_spoilt_last_report_spoils_no_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
