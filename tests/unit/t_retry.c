/* t_retry.c - how long before another attempt, and how many there are */
#include <string.h>

#include "core/loop/retry.h"
#include "tests/unit/loop_fixture.h"

/* The most that can be waited when so many attempts were made. */
static uint32_t
most(uint32_t base_ms, uint32_t cap_ms, uint32_t attempt)
{
	struct retry r = { .base_ms = base_ms, .cap_ms = cap_ms, .attempt = attempt };

	return retry_delay_ms(&r, UINT32_MAX);
}

static void
the_longest_delay_doubles_with_each_attempt_up_to_the_cap(void **state)
{
	static const uint32_t expected[] = { 200, 400, 800, 1600, 3200, 5000, 5000, 5000 };
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof expected / sizeof expected[0]; i++)
		assert_int_equal(most(200, 5000, i), expected[i]);
	assert_int_equal(most(200, 5000, UINT32_MAX), 5000);
	assert_int_equal(most(200, 100, 0), 100);
}

/* Evenly still, and never longer than it would have been. */
static void
the_first_delays_may_be_shorter_and_the_last_are_not(void **state)
{
	static const uint32_t expected[] = { 50, 50, 200, 800, 3200, 5000, 5000 };
	struct retry r = { .base_ms = 200, .cap_ms = 5000, .first_ms = 50 };

	(void)state;
	for (r.attempt = 0; r.attempt < sizeof expected / sizeof expected[0]; r.attempt++)
		assert_int_equal(retry_delay_ms(&r, UINT32_MAX), expected[r.attempt]);
	r.attempt = 1;
	assert_int_equal(retry_delay_ms(&r, 0), 0);
	assert_int_equal(retry_delay_ms(&r, UINT32_C(1) << 31), 25);
	r.first_ms = 1000;
	assert_int_equal(retry_delay_ms(&r, UINT32_MAX), 400);
	r.attempt = UINT32_MAX;
	r.first_ms = 1;
	assert_int_equal(retry_delay_ms(&r, UINT32_MAX), 5000);
}

static void
no_delay_overflows(void **state)
{
	(void)state;
	assert_int_equal(most(UINT32_MAX, UINT32_MAX, 0), UINT32_MAX);
	assert_int_equal(most(UINT32_MAX, UINT32_MAX, 64), UINT32_MAX);
	assert_int_equal(most(1, UINT32_MAX, 31), UINT32_C(1) << 31);
	assert_int_equal(most(1, UINT32_MAX, 1000), UINT32_MAX);
	assert_int_equal(most(0, 5000, 70), 0);
}

static void
the_delay_goes_from_nothing_to_the_longest_evenly(void **state)
{
	struct retry r = { .base_ms = 99, .cap_ms = 5000 };
	uint32_t i, last = 0;
	unsigned of_each[100] = { 0 };

	(void)state;
	assert_int_equal(retry_delay_ms(&r, 0), 0);
	for (i = 0; i < 100000; i++) {
		uint32_t delay = retry_delay_ms(&r, i * 42949u);

		assert_true(delay >= last && delay <= 99);
		last = delay;
		of_each[delay]++;
	}
	for (i = 0; i < 100; i++)
		assert_in_range(of_each[i], 990, 1010);
}

static void
only_what_may_pass_by_itself_is_worth_another_attempt(void **state)
{
	int code;

	(void)state;
	assert_true(retry_worth(ERR_AGAIN));
	assert_false(retry_worth(0));
	for (code = ERR_EXISTS; code < 0; code++)
		assert_int_equal(retry_worth(code), code == ERR_AGAIN);
}

static void
there_are_no_more_attempts_than_the_budget_has(void **state)
{
	struct loop_fixture *f = *state;
	struct retry r = { .base_ms = 1, .cap_ms = 1, .attempts_max = 4 };
	struct heard h = { 0 };
	struct err e = { 0 };
	unsigned attempts = 1; /* the one that failed first */

	while (retry_wait(&r, &f->loop, loop_fixture_hear, &h, &e) == 0) {
		loop_run(&f->loop);
		assert_int_equal(h.rc, 0);
		attempts++;
		assert_int_equal(h.calls, attempts - 1);
	}
	assert_int_equal(attempts, 4);
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_string_equal(e.text, "gave up after 4 attempts");
	loop_run(&f->loop);
	assert_int_equal(h.calls, 3);
}

static void
without_a_budget_only_the_deadline_ends_the_attempts(void **state)
{
	struct loop_fixture *f = *state;
	struct retry r = { .base_ms = 1, .cap_ms = 1 };
	struct heard h = { 0 };
	struct err e = { 0 };
	unsigned i;

	f->loop.deadline_ms = f->now_ms + 100;
	for (i = 0; i < 50; i++) {
		assert_int_equal(retry_wait(&r, &f->loop, loop_fixture_hear, &h, &e), 0);
		loop_run(&f->loop);
	}
	assert_int_equal(h.calls, 50);
	f->now_ms += 200;
	r = (struct retry){ .base_ms = UINT32_MAX, .cap_ms = UINT32_MAX };
	assert_int_equal(retry_wait(&r, &f->loop, loop_fixture_hear, &h, &e), ERR_DEADLINE);
	assert_int_equal(h.calls, 50);
}

/* How many of so many first waits were too long for the time that was left; the others go on, and tell h. */
static unsigned
refused_of_64(struct loop_fixture *f, struct heard *h, uint64_t left_ms)
{
	struct err e = { 0 };
	unsigned i, refused = 0;

	f->loop.deadline_ms = f->now_ms + left_ms;
	for (i = 0; i < 64; i++) {
		struct retry r = { .base_ms = 100000, .cap_ms = 1000000 };

		refused += retry_wait(&r, &f->loop, loop_fixture_hear, h, &e) != 0;
	}
	return refused;
}

static void
the_second_attempt_comes_within_twice_the_base(void **state)
{
	struct loop_fixture *f = *state;
	struct heard h = { 0 };

	assert_int_equal(refused_of_64(f, &h, 200001), 0);
	assert_in_range(refused_of_64(f, &h, 100001), 1, 63); /* fails once in 2^64 runs */
	loop_stop(&f->loop, ERR_CANCELLED);
	loop_run(&f->loop);
}

static void
a_stop_ends_the_wait(void **state)
{
	struct loop_fixture *f = *state;
	struct retry r = { .base_ms = 3600000, .cap_ms = 3600000 };
	struct heard h = { 0 };
	struct err e = { 0 };

	assert_int_equal(retry_wait(&r, &f->loop, loop_fixture_hear, &h, &e), 0);
	loop_stop(&f->loop, ERR_CANCELLED);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.rc, ERR_CANCELLED);
}

static void
once_stopped_the_code_of_the_stop_comes_before_all_else(void **state)
{
	struct loop_fixture *f = *state;
	struct retry spent = { .base_ms = 1, .cap_ms = 1, .attempts_max = 1 };
	struct heard h = { 0 };
	struct err e = { 0 };

	loop_stop(&f->loop, ERR_CANCELLED);
	assert_int_equal(retry_wait(&spent, &f->loop, loop_fixture_hear, &h, &e), ERR_CANCELLED);
	assert_string_equal(e.text, "cancelled");
	f->loop.deadline_ms = f->now_ms - 1;
	assert_int_equal(retry_wait(&spent, &f->loop, loop_fixture_hear, &h, &e), ERR_CANCELLED);
	loop_run(&f->loop);
	assert_int_equal(h.calls, 0);
}

/* A server that said "in ten seconds" is not asked before, and not by all at the same moment. */
static void
what_a_server_asks_for_is_the_least(void **state)
{
	struct loop_fixture *f = *state;
	struct heard h = { 0 };
	struct err e = { 0 };
	unsigned i, refused = 0;

	f->loop.deadline_ms = f->now_ms + 10000;
	for (i = 0; i < 64; i++) {
		struct retry r = { .base_ms = 4000, .cap_ms = 4000 };

		assert_int_equal(retry_wait_longer(&r, &f->loop, 10000, loop_fixture_hear, &h, &e), ERR_DEADLINE);
	}
	f->loop.deadline_ms = f->now_ms + 10500; /* half of a quarter of 4,000 more */
	for (i = 0; i < 64; i++) {
		struct retry r = { .base_ms = 4000, .cap_ms = 4000 };

		refused += retry_wait_longer(&r, &f->loop, 10000, loop_fixture_hear, &h, &e) != 0;
	}
	assert_in_range(refused, 1, 63); /* fails once in 2^63 runs */
	loop_stop(&f->loop, ERR_CANCELLED);
	loop_run(&f->loop);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, loop_fixture_setup, loop_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_delay_doubles_with_each_attempt_up_to_the_cap),
		cmocka_unit_test(the_first_delays_may_be_shorter_and_the_last_are_not),
		cmocka_unit_test(no_delay_overflows),
		cmocka_unit_test(the_delay_goes_from_nothing_to_the_longest_evenly),
		cmocka_unit_test(only_what_may_pass_by_itself_is_worth_another_attempt),
		CASE(there_are_no_more_attempts_than_the_budget_has),
		CASE(without_a_budget_only_the_deadline_ends_the_attempts),
		CASE(the_second_attempt_comes_within_twice_the_base),
		CASE(what_a_server_asks_for_is_the_least),
		CASE(a_stop_ends_the_wait),
		CASE(once_stopped_the_code_of_the_stop_comes_before_all_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
