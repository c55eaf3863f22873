/* t_store_fault.c - the store that fails on order, by which other tests are made */
#include <stdio.h>

#include "tests/fake/store_fault.h"
#include "tests/unit/store_fixture.h"

/* The fixture's store in a wrapper; the fixture closes both. */
static void
wrap(struct fixture *f, const char *plan)
{
	struct err e;

	assert_int_equal(store_fault_open(&f->loop, f->store, plan, &f->store, &e), 0);
}

static void
without_a_plan_everything_passes(void **state)
{
	struct fixture *f = *state;

	wrap(f, "");
	assert_int_equal(fixture_put(f, "orders/s/one", "0123456789", 10), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 2, 3, 3), 0);
	assert_memory_equal(f->bytes, "234", 3);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 1);
	assert_int_equal(fixture_check(f), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 10), ERR_MISSING);
	assert_int_equal(store_fault_calls(f->store, "get"), 2);
	assert_int_equal(store_fault_calls(f->store, "put"), 1);
	assert_int_equal(store_fault_calls(f->store, "list"), 1);
	assert_int_equal(store_fault_calls(f->store, "*"), 6);
}

static void
the_second_list_fails_and_the_others_do_not(void **state)
{
	struct fixture *f = *state;

	wrap(f, "list=2:AGAIN");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(fixture_check(f), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_AGAIN);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
}

static void
a_failed_put_has_not_asked_the_store(void **state)
{
	struct fixture *f = *state;

	wrap(f, "put=1:FAILED,get=1:CORRUPT,remove=DENIED");
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_FAILED);
	assert_int_equal(fixture_entries(f, "orders/s"), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 1), ERR_CORRUPT);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 1), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_DENIED);
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_DENIED);
	assert_int_equal(fixture_entries(f, "orders/s"), 1);
}

static void
every_code_has_its_word(void **state)
{
	struct fixture *f = *state;
	char plan[64] = "";

	wrap(f, plan);
	for (int code = ERR_FAILED; code >= ERR_EXISTS; code--) {
		(void)snprintf(plan, sizeof plan, "check=%s", err_name(code));
		assert_int_equal(fixture_check(f), code);
	}
}

static void
a_lost_answer_is_of_something_done(void **state)
{
	struct fixture *f = *state;

	wrap(f, "put=1:lost,remove=1:lost,put=3:lost");
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_AGAIN);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_EXISTS);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_EXISTS); /* really failed */
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_AGAIN);
	assert_int_equal(fixture_entries(f, "orders/s"), 0);
}

static void
a_cut_get_gives_half_and_a_flipped_one_another_bit(void **state)
{
	struct fixture *f = *state;

	wrap(f, "get=1:cut,get=2:flip,get=4:cut");
	assert_int_equal(fixture_put(f, "orders/s/one", "0123456789", 10), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 10), 0);
	assert_int_equal(f->len, 5);
	assert_memory_equal(f->bytes, "01234", 5);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 10), 0);
	assert_int_equal(f->len, 10);
	assert_memory_equal(f->bytes, "0123446789", 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 10), 0);
	assert_memory_equal(f->bytes, "0123456789", 10);
	assert_int_equal(fixture_get(f, "orders/s/two", 0, 0, 10), ERR_MISSING);
}

static void
what_hangs_ends_when_the_loop_stops(void **state)
{
	struct fixture *f = *state;
	struct err e;

	wrap(f, "*=hang");
	assert_int_equal(f->store->ops->check(f->store, fixture_done, f, &e), 0);
	assert_int_equal(
	    f->store->ops->list(f->store, "orders/s", "", 9, fixture_listed, f, &e), 0);
	assert_int_equal(
	    f->store->ops->get(f->store, "orders/s/one", 0, 0, 9, fixture_got, f, &e), 0);
	(void)uv_run(&f->loop.uv, UV_RUN_NOWAIT);
	assert_int_equal(f->calls, 0);
	loop_stop(&f->loop, ERR_DEADLINE);
	assert_int_equal(f->calls, 3);
	assert_int_equal(f->rc, ERR_DEADLINE);
	assert_int_equal(f->store->ops->check(f->store, fixture_done, f, &e), ERR_DEADLINE);
	assert_int_equal(f->calls, 3);
}

static void
a_failure_that_is_under_way_ends_with_the_stops_code(void **state)
{
	struct fixture *f = *state;
	struct err e;

	wrap(f, "check=AGAIN");
	assert_int_equal(f->store->ops->check(f->store, fixture_done, f, &e), 0);
	loop_stop(&f->loop, ERR_CANCELLED);
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->rc, ERR_CANCELLED);
}

static void
a_star_counts_all_calls(void **state)
{
	struct fixture *f = *state;

	wrap(f, "*=3:AGAIN");
	assert_int_equal(fixture_check(f), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 9), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_AGAIN);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
}

static void
a_plan_can_change_on_the_way(void **state)
{
	struct fixture *f = *state;
	char plan[] = "check=AGAIN";

	wrap(f, plan);
	assert_int_equal(fixture_check(f), ERR_AGAIN);
	plan[0] = '\0';
	assert_int_equal(fixture_check(f), 0);
}

static void
a_plan_that_makes_no_sense_is_refused(void **state)
{
	static const char *const plans[] = {
		"check", "=", "check=", "check=never", "check=lost", "check=cut", "chekc=AGAIN",
		"check=1:", "check=again", "*=cut", "check=x1:AGAIN", "list=1:AGAIN,check",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		wrap(f, plans[i]);
		assert_int_equal(fixture_check(f), ERR_CONFIG);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(without_a_plan_everything_passes),
		CASE(the_second_list_fails_and_the_others_do_not),
		CASE(a_failed_put_has_not_asked_the_store),
		CASE(every_code_has_its_word),
		CASE(a_lost_answer_is_of_something_done),
		CASE(a_cut_get_gives_half_and_a_flipped_one_another_bit),
		CASE(what_hangs_ends_when_the_loop_stops),
		CASE(a_failure_that_is_under_way_ends_with_the_stops_code),
		CASE(a_star_counts_all_calls),
		CASE(a_plan_can_change_on_the_way),
		CASE(a_plan_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
