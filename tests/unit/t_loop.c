/* t_loop.c - what is pending calls back exactly once, also when the loop is stopped */
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/unit/loop_fixture.h"

#define LOOP(state) (&((struct loop_fixture *)*(state))->loop)

static void
a_wait_calls_back_once_and_not_from_inside_itself(void **state)
{
	struct loop *l = LOOP(state);
	struct heard h = { .rc = 42 };
	struct err e = { 0 };

	assert_int_equal(loop_wait(l, 0, loop_fixture_hear, &h, &e), 0);
	assert_int_equal(h.calls, 0);
	loop_run(l);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.rc, 0);
	loop_run(l);
	assert_int_equal(h.calls, 1);
}

static void
a_wait_lasts_as_long_as_it_says(void **state)
{
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };
	uint64_t from = loop_fixture_real_ms();

	assert_int_equal(loop_wait(l, 30, loop_fixture_hear, &h, &e), 0);
	loop_run(l);
	assert_int_equal(h.calls, 1);
	assert_true(loop_fixture_real_ms() - from >= 29); /* both clocks cut to milliseconds */
}

struct in_order {
	unsigned *next, place;
};

static void
take_place(void *arg, int rc)
{
	struct in_order *o = arg;

	assert_int_equal(rc, 0);
	o->place = (*o->next)++;
}

static void
waits_end_in_the_order_of_their_times(void **state)
{
	struct loop *l = LOOP(state);
	unsigned next = 0;
	struct in_order late = { &next, 9 }, soon = { &next, 9 }, at_once = { &next, 9 };
	struct err e = { 0 };

	assert_int_equal(loop_wait(l, 40, take_place, &late, &e), 0);
	assert_int_equal(loop_wait(l, 15, take_place, &soon, &e), 0);
	assert_int_equal(loop_wait(l, 0, take_place, &at_once, &e), 0);
	loop_run(l);
	assert_int_equal(at_once.place, 0);
	assert_int_equal(soon.place, 1);
	assert_int_equal(late.place, 2);
}

static void
a_stop_ends_everything_that_is_pending_once_with_its_code(void **state)
{
	struct loop *l = LOOP(state);
	struct heard h[3] = { { 0 } };
	struct err e = { 0 };
	size_t i;

	for (i = 0; i < LENGTH(h); i++)
		assert_int_equal(loop_wait(l, 3600000, loop_fixture_hear, &h[i], &e), 0);
	loop_stop(l, ERR_CANCELLED);
	for (i = 0; i < LENGTH(h); i++) {
		assert_int_equal(h[i].calls, 1);
		assert_int_equal(h[i].rc, ERR_CANCELLED);
	}
	loop_run(l); /* returns: no timer of an hour is left */
	for (i = 0; i < LENGTH(h); i++)
		assert_int_equal(h[i].calls, 1);
}

static void
what_has_called_back_is_not_stopped_again(void **state)
{
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };

	assert_int_equal(loop_wait(l, 0, loop_fixture_hear, &h, &e), 0);
	loop_run(l);
	loop_stop(l, ERR_DEADLINE);
	loop_run(l);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.rc, 0);
}

static void
the_first_code_of_a_stop_counts(void **state)
{
	struct loop *l = LOOP(state);
	struct err e = { 0 };

	assert_int_equal(loop_check(l, &e), 0);
	loop_stop(l, ERR_DEADLINE);
	loop_stop(l, ERR_CANCELLED);
	assert_int_equal(loop_check(l, &e), ERR_DEADLINE);
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_string_equal(e.text, "the deadline has passed");
}

static void
once_stopped_no_wait_can_be_started_and_none_calls_back(void **state)
{
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };

	loop_stop(l, ERR_CANCELLED);
	assert_int_equal(loop_wait(l, 0, loop_fixture_hear, &h, &e), ERR_CANCELLED);
	assert_string_equal(e.text, "cancelled");
	loop_run(l);
	assert_int_equal(h.calls, 0);
}

struct stubborn {
	struct loop *loop;
	struct heard heard, again;
	int again_rc;
};

static void
try_again(void *arg, int rc)
{
	struct stubborn *s = arg;
	struct err e = { 0 };

	loop_fixture_hear(&s->heard, rc);
	s->again_rc = loop_wait(s->loop, 0, loop_fixture_hear, &s->again, &e);
}

static void
a_callback_of_a_stop_cannot_start_anything_new(void **state)
{
	struct stubborn s = { .loop = LOOP(state) };
	struct err e = { 0 };

	assert_int_equal(loop_wait(s.loop, 3600000, try_again, &s, &e), 0);
	loop_stop(s.loop, ERR_DEADLINE);
	assert_int_equal(s.heard.rc, ERR_DEADLINE);
	assert_int_equal(s.again_rc, ERR_DEADLINE);
	loop_run(s.loop);
	assert_int_equal(s.heard.calls, 1);
	assert_int_equal(s.again.calls, 0);
}

static void
stop_here(void *arg, int rc)
{
	if (rc == 0)
		loop_stop(arg, ERR_CANCELLED);
}

static void
a_callback_may_stop_the_loop(void **state)
{
	struct loop *l = LOOP(state);
	struct heard before = { 0 }, after = { 0 };
	struct err e = { 0 };

	assert_int_equal(loop_wait(l, 3600000, loop_fixture_hear, &before, &e), 0);
	assert_int_equal(loop_wait(l, 0, stop_here, l, &e), 0);
	assert_int_equal(loop_wait(l, 0, loop_fixture_hear, &after, &e), 0);
	loop_run(l);
	assert_int_equal(before.calls, 1);
	assert_int_equal(before.rc, ERR_CANCELLED);
	assert_int_equal(after.calls, 1);
	assert_int_equal(after.rc, ERR_CANCELLED);
}

struct thing {
	struct pending pending;
	struct heard heard;
};

static void
thing_stop(struct pending *p, int code)
{
	struct thing *t = container_of(p, struct thing, pending);

	assert_null(p->next); /* out of the ring by now */
	pending_remove(p);    /* and removing it again is harmless */
	loop_fixture_hear(&t->heard, code);
}

static void
only_what_is_still_pending_is_stopped(void **state)
{
	struct loop *l = LOOP(state);
	struct thing things[3] = { 0 };
	size_t i;

	for (i = 0; i < LENGTH(things); i++)
		pending_add(l, &things[i].pending, thing_stop);
	pending_remove(&things[1].pending);
	pending_remove(&things[1].pending);
	loop_stop(l, ERR_AGAIN);
	assert_int_equal(things[0].heard.calls, 1);
	assert_int_equal(things[0].heard.rc, ERR_AGAIN);
	assert_int_equal(things[1].heard.calls, 0);
	assert_int_equal(things[2].heard.calls, 1);
}

static void
a_loop_may_be_run_again(void **state)
{
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };
	unsigned i;

	for (i = 1; i <= 3; i++) {
		assert_int_equal(loop_wait(l, 0, loop_fixture_hear, &h, &e), 0);
		loop_run(l);
		assert_int_equal(h.calls, i);
	}
}

static void
a_handle_that_was_left_open_is_noticed(void **state)
{
	struct loop_fixture f;
	uv_timer_t forgotten;

	(void)state;
	loop_fixture_begin(&f);
	(void)uv_timer_init(&f.loop.uv, &forgotten);
	uv_close((uv_handle_t *)&f.stop, NULL);
	assert_false(loop_release(&f.loop));
	uv_close((uv_handle_t *)&forgotten, NULL);
	assert_true(loop_release(&f.loop));
}

static void
what_remains_is_between_one_and_the_cap(void **state)
{
	struct loop_fixture *f = *state;

	assert_int_equal(loop_remaining_ms(&f->loop, 5000), 5000); /* no deadline */
	f->loop.deadline_ms = f->now_ms + 300;
	assert_int_equal(loop_remaining_ms(&f->loop, 5000), 300);
	assert_int_equal(loop_remaining_ms(&f->loop, 200), 200);
	assert_int_equal(loop_remaining_ms(&f->loop, UINT64_MAX), 300);
	f->now_ms += 300;
	assert_int_equal(loop_remaining_ms(&f->loop, 5000), 1);
	f->now_ms += 100000;
	assert_int_equal(loop_remaining_ms(&f->loop, 5000), 1);
}

static void
the_clocks_are_the_hosts(void **state)
{
	struct loop_fixture *f = *state;

	f->now_ms = 77;
	f->wall_ms = -5;
	assert_int_equal(loop_now_ms(&f->loop), 77);
	assert_int_equal(loop_wall_ms(&f->loop), -5);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, loop_fixture_setup, loop_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_wait_calls_back_once_and_not_from_inside_itself),
		CASE(a_wait_lasts_as_long_as_it_says),
		CASE(waits_end_in_the_order_of_their_times),
		CASE(a_stop_ends_everything_that_is_pending_once_with_its_code),
		CASE(what_has_called_back_is_not_stopped_again),
		CASE(the_first_code_of_a_stop_counts),
		CASE(once_stopped_no_wait_can_be_started_and_none_calls_back),
		CASE(a_callback_of_a_stop_cannot_start_anything_new),
		CASE(a_callback_may_stop_the_loop),
		CASE(only_what_is_still_pending_is_stopped),
		CASE(a_loop_may_be_run_again),
		cmocka_unit_test(a_handle_that_was_left_open_is_noticed),
		CASE(what_remains_is_between_one_and_the_cap),
		CASE(the_clocks_are_the_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
