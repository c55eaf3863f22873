/* t_fanout.c - each item is started once, so many at a time, and the end comes once */
#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/fanout.h"
#include "tests/unit/loop_fixture.h"

#define ITEMS 100u

struct item {
	struct fan *fan;
	unsigned    started, ended;
};

struct fan {
	struct fanout fanout;
	struct loop  *loop;
	struct item   items[ITEMS];
	size_t        busy, most_busy, started, order;
	size_t        bad_end, bad_start; /* item that ends badly, or does not start; ITEMS: none */
	bool          backwards;          /* the last one in flight ends first */
	unsigned      done;
	int           rc;
	struct err    err;
};

static void
item_ended(void *arg, int rc)
{
	struct item *item = arg;
	struct fan *f = item->fan;
	struct err e = { 0 };

	f->busy--;
	item->ended++;
	if (rc != 0)
		(void)loop_check(f->loop, &e);
	else if (item == &f->items[f->bad_end])
		rc = err_set(&e, ERR_DENIED, "item %zu", f->bad_end);
	fanout_end(&f->fanout, rc, &e);
}

static int
item_start(struct fanout *fanout, size_t i, struct err *e)
{
	struct fan *f = container_of(fanout, struct fan, fanout);
	int rc;

	assert_int_equal(i, f->order++);
	f->items[i].started++;
	if (i == f->bad_start)
		return err_set(e, ERR_CONFIG, "item %zu does not start", i);
	rc = loop_wait(f->loop, f->backwards ? 20 - i % 20 : 0, item_ended, &f->items[i], e);
	if (rc != 0)
		return rc;
	f->started++;
	if (++f->busy > f->most_busy)
		f->most_busy = f->busy;
	return 0;
}

static void
fan_done(struct fanout *fanout, int rc, const struct err *e)
{
	struct fan *f = container_of(fanout, struct fan, fanout);

	assert_int_equal(f->busy, 0); /* what ran was waited for */
	f->done++;
	f->rc = rc;
	f->err = *e;
}

static void
fan_init(struct fan *f, struct loop *l, size_t count, size_t width)
{
	size_t i;

	*f = (struct fan){ .loop = l, .bad_end = ITEMS, .bad_start = ITEMS };
	for (i = 0; i < ITEMS; i++)
		f->items[i].fan = f;
	f->fanout = (struct fanout){ .count = count, .width = width, .start = item_start,
		                     .done = fan_done };
}

static void
run(struct fan *f)
{
	fanout_run(&f->fanout);
	loop_run(f->loop);
	assert_int_equal(f->done, 1);
}

static void
assert_each_once(const struct fan *f, size_t count)
{
	size_t i;

	for (i = 0; i < ITEMS; i++) {
		assert_int_equal(f->items[i].started, i < count);
		assert_int_equal(f->items[i].ended, i < count);
	}
	assert_int_equal(f->rc, 0);
}

#define LOOP(state) (&((struct loop_fixture *)*(state))->loop)

static void
each_item_is_started_once_and_no_more_than_the_width_at_a_time(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), ITEMS, 7);
	run(&f);
	assert_each_once(&f, ITEMS);
	assert_int_equal(f.most_busy, 7);
}

static void
items_may_end_in_any_order(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), ITEMS, 20);
	f.backwards = true;
	run(&f);
	assert_each_once(&f, ITEMS);
	assert_int_equal(f.most_busy, 20);
}

static void
a_width_beyond_the_count_starts_all_at_once(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), 5, 1000);
	fanout_run(&f.fanout);
	assert_int_equal(f.busy, 5);
	assert_int_equal(f.done, 0);
	loop_run(f.loop);
	assert_int_equal(f.done, 1);
	assert_each_once(&f, 5);
}

static void
no_items_are_done_at_once(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), 0, 4);
	fanout_run(&f.fanout);
	assert_int_equal(f.done, 1);
	assert_each_once(&f, 0);
}

static void
the_first_error_stops_new_starts_and_what_runs_is_waited_for(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), ITEMS, 4);
	f.bad_end = 10;
	run(&f);
	assert_int_equal(f.rc, ERR_DENIED);
	assert_string_equal(f.err.text, "item 10");
	assert_true(f.started >= 11 && f.started <= 14);
	assert_int_equal(f.items[10].ended, 1);
	assert_int_equal(f.items[50].started, 0);
}

static void
an_item_that_does_not_start_is_an_error_like_any_other(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), ITEMS, 4);
	f.bad_start = 2;
	run(&f);
	assert_int_equal(f.rc, ERR_CONFIG);
	assert_string_equal(f.err.text, "item 2 does not start");
	assert_int_equal(f.started, 2);
	assert_int_equal(f.items[0].ended, 1);
	assert_int_equal(f.items[1].ended, 1);
	assert_int_equal(f.items[3].started, 0);
}

static void
when_not_even_the_first_starts_the_end_comes_at_once(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), ITEMS, 4);
	f.bad_start = 0;
	fanout_run(&f.fanout);
	assert_int_equal(f.done, 1);
	assert_int_equal(f.rc, ERR_CONFIG);
}

static void
the_first_of_several_errors_is_told(void **state)
{
	struct fan f;

	fan_init(&f, LOOP(state), ITEMS, 4);
	f.bad_end = 0;
	f.bad_start = 4; /* would start when an item has ended, and never does */
	run(&f);
	assert_int_equal(f.rc, ERR_DENIED);
	assert_int_equal(f.items[4].started, 0);
}

static void
a_stop_ends_it_once_with_the_code_of_the_stop(void **state)
{
	struct loop_fixture *fixture = *state;
	struct fan f;

	fan_init(&f, &fixture->loop, ITEMS, 5);
	f.backwards = true; /* items of 20 ms, five at a time */
	loop_fixture_stop_after(fixture, 50, ERR_DEADLINE);
	run(&f);
	assert_int_equal(f.rc, ERR_DEADLINE);
	assert_string_equal(f.err.text, "the deadline has passed");
	assert_true(f.started < ITEMS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, loop_fixture_setup, loop_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_item_is_started_once_and_no_more_than_the_width_at_a_time),
		CASE(items_may_end_in_any_order),
		CASE(a_width_beyond_the_count_starts_all_at_once),
		CASE(no_items_are_done_at_once),
		CASE(the_first_error_stops_new_starts_and_what_runs_is_waited_for),
		CASE(an_item_that_does_not_start_is_an_error_like_any_other),
		CASE(when_not_even_the_first_starts_the_end_comes_at_once),
		CASE(the_first_of_several_errors_is_told),
		CASE(a_stop_ends_it_once_with_the_code_of_the_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
