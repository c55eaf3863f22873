/*
 * t_guard_model.c - every world that can come from two beginnings, within bounds, and a long walk
 * at random beyond them: no world breaks an invariant, and each thing broken on purpose is found.
 *
 * Together the searches are all worlds of up to three clusters and two nodes, with a few disasters
 * each; more of everything at once is too much for a test, so a walk at random (always the same
 * one) goes there.  Sanitizers cut the searches short; GUARD_MODEL_FULL=1 adds some that take
 * minutes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/guard_search.h"

#define WORLDS_MAX (32u << 20)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOW 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#endif
#ifndef SLOW
#define SLOW 0
#endif
#define WORLDS_MAX_SLOW 150000u
#define WALK_MOVES (SLOW ? 100000u : 1000000u)

/* Search all of it, and find nothing. */
static void
assert_holds(struct bounds bounds, uint32_t at_least)
{
	struct search s = {.bounds = bounds, .seen_max = SLOW ? WORLDS_MAX_SLOW : WORLDS_MAX};
	unsigned needed = 1u << GUARD_ADOPTED;

	if (bounds.formats > 0)
		needed |= 1u << GUARD_WIPED | 1u << GUARD_NEWCOMER | 1u << GUARD_UNFINISHED;
	if (bounds.slots > 1)
		needed |= 1u << GUARD_FENCED;
	search_run(&s);
	print_message("%u worlds\n", s.seen);
	if (s.found != HOLDS)
		search_print(&s);
	assert_int_equal(s.found, HOLDS);
	assert_int_equal(s.rows & needed, needed);
	assert_true(s.seen >= (SLOW ? WORLDS_MAX_SLOW : at_least));
	assert_true(SLOW || s.seen < s.seen_max);
	search_release(&s);
}

static void
assert_found(struct bounds bounds, enum invariant expected)
{
	struct search s = {.bounds = bounds, .seen_max = WORLDS_MAX};

	search_run(&s);
	print_message("%s is broken, in the %uth world\n", search_invariant(s.found), s.seen);
	if (s.found != expected && s.found != HOLDS)
		search_print(&s);
	assert_int_equal(s.found, expected);
	search_release(&s);
}

/* Bounds in the order clusters, nodes, epochs, sequences, formats, events. */

static void
two_clusters_and_one_node_keep_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){2, 1, 3, 4, 1, 2, NO_BUG}, 400000);
}

static void
three_clusters_and_one_node_keep_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){3, 1, 3, 4, 2, 1, NO_BUG}, 2000000);
}

static void
two_nodes_of_one_cluster_keep_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){1, 2, 2, 4, 0, 3, NO_BUG}, 500000);
}

static void
two_nodes_and_lost_disks_keep_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){1, 2, 2, 4, 1, 1, NO_BUG}, 400000);
}

static void
two_nodes_and_two_clusters_keep_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){2, 2, 2, 4, 1, 1, NO_BUG}, 600000);
}

static void
two_nodes_and_three_clusters_keep_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){3, 2, 2, 4, 2, 0, NO_BUG}, 3000000);
}

static void
more_of_everything_keeps_every_promise(void **state)
{
	(void)state;
	assert_holds((struct bounds){2, 2, 3, 4, 1, 1, NO_BUG}, 10000000);
	assert_holds((struct bounds){1, 2, 3, 4, 1, 2, NO_BUG}, 6000000);
}

/* ---- a walk at random ---- */

static uint32_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static void
a_long_walk_through_larger_worlds_keeps_every_promise(void **state)
{
	const struct bounds bounds = {3, 2, 4, 9, 6, 12, NO_BUG};
	unsigned rows = 0, needed = (1u << GUARD_ROWS) - 1u;
	uint64_t seed = 20260101;
	enum invariant broken;
	char text[WORLD_TEXT];
	struct world w;

	(void)state;
	world_empty(&w);
	for (uint32_t n = 0; n < WALK_MOVES; n++) {
		struct world after = w;

		if (next_random(&seed) % 512 == 0) {
			if (next_random(&seed) % 2 == 0)
				world_empty(&w);
			else
				world_adopted(&w);
			continue;
		}
		if (!world_move(&after, next_random(&seed) % WORLD_MOVES, &bounds))
			continue;
		world_normalise(&after);
		w = after;
		rows |= search_rows(&w);
		broken = search_check(&w, &bounds);
		if (broken != HOLDS) {
			world_describe(&w, text);
			fail_msg("%s is broken after %u moves: %s", search_invariant(broken), n,
			         text);
		}
	}
	needed &= ~(1u << GUARD_UNKNOWN | 1u << GUARD_ROLLED_BACK | 1u << GUARD_CONTESTED);
	assert_int_equal(rows & needed, needed);
}

/* ---- what is broken on purpose ---- */

static void
a_silent_store_taken_for_an_empty_one_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){1, 1, 2, 4, 1, 0, UNKNOWN_IS_NEW}, S4_BEGUN_BLINDLY);
}

static void
a_wiped_cluster_taken_for_an_adopted_one_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){1, 1, 2, 4, 1, 0, WIPED_IS_ADOPTED}, S0_LOST_DISKS_BACKED_UP);
}

static void
a_contested_epoch_taken_for_an_adopted_one_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){3, 2, 2, 4, 2, 0, CONTESTED_IS_ADOPTED}, S2_TWO_ADOPTED);
}

static void
a_superseded_cluster_taken_for_a_newcomer_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 1, 3, 4, 1, 1, FENCED_IS_NEWCOMER}, S3_TAKEN_BACK);
}

static void
comparing_a_superseded_cluster_with_the_new_ones_topics_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 1, 3, 4, 1, 1, FENCED_BY_I_OF_E}, S3_TAKEN_BACK);
}

static void
taking_a_superseded_cluster_back_because_it_looks_fresh_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 1, 3, 4, 1, 1, FENCED_UNLESS_IT_LOOKS_FRESH},
	             S3_TAKEN_BACK);
}

static void
a_first_adoption_that_came_after_anothers_snapshot_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){1, 2, 2, 4, 1, 2, LATE_FIRST_COUNTS}, S1_PROMISE_BROKEN);
}

static void
a_put_without_a_check_before_it_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){1, 1, 2, 4, 1, 1, NO_CHECK_BEFORE_PUT}, S1_PROMISE_BROKEN);
}

static void
an_acknowledgement_without_a_check_after_the_read_back_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 2, 2, 4, 1, 0, NO_CHECK_AFTER_READ_BACK},
	             S1_PROMISE_BROKEN);
}

static void
a_snapshot_chosen_before_the_claim_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 1, 3, 4, 1, 1, CHOSEN_BEFORE_THE_CLAIM}, S1_PROMISE_BROKEN);
}

static void
a_sequence_chosen_after_the_capture_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 2, 2, 4, 1, 0, SEQUENCE_AFTER_CAPTURE}, S1_PROMISE_BROKEN);
}

static void
an_adoption_with_ids_of_a_later_moment_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 1, 3, 4, 2, 1, IDS_READ_AT_ADOPTION}, S1_PROMISE_BROKEN);
}

static void
a_capture_whose_identity_is_not_compared_is_found(void **state)
{
	(void)state;
	assert_found((struct bounds){1, 1, 2, 4, 1, 0, IDENTITY_NOT_OF_THE_CAPTURE},
	             S0_LOST_DISKS_BACKED_UP);
}

static void
two_nodes_with_one_sequence_are_found_when_each_puts_only_once(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 2, 2, 4, 1, 0, PUT_ONCE}, S1_PROMISE_BROKEN);
}

static void
a_person_whose_adoption_is_refused_is_found_to_be_stuck(void **state)
{
	(void)state;
	assert_found((struct bounds){2, 1, 2, 4, 1, 0, ADOPT_REFUSED}, L1_NO_WAY_OUT);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_clusters_and_one_node_keep_every_promise),
		cmocka_unit_test(three_clusters_and_one_node_keep_every_promise),
		cmocka_unit_test(two_nodes_of_one_cluster_keep_every_promise),
		cmocka_unit_test(two_nodes_and_lost_disks_keep_every_promise),
		cmocka_unit_test(two_nodes_and_two_clusters_keep_every_promise),
		cmocka_unit_test(two_nodes_and_three_clusters_keep_every_promise),
		cmocka_unit_test(more_of_everything_keeps_every_promise),
		cmocka_unit_test(a_long_walk_through_larger_worlds_keeps_every_promise),
		cmocka_unit_test(a_silent_store_taken_for_an_empty_one_is_found),
		cmocka_unit_test(a_wiped_cluster_taken_for_an_adopted_one_is_found),
		cmocka_unit_test(a_contested_epoch_taken_for_an_adopted_one_is_found),
		cmocka_unit_test(a_superseded_cluster_taken_for_a_newcomer_is_found),
		cmocka_unit_test(comparing_a_superseded_cluster_with_the_new_ones_topics_is_found),
		cmocka_unit_test(taking_a_superseded_cluster_back_because_it_looks_fresh_is_found),
		cmocka_unit_test(a_first_adoption_that_came_after_anothers_snapshot_is_found),
		cmocka_unit_test(a_put_without_a_check_before_it_is_found),
		cmocka_unit_test(an_acknowledgement_without_a_check_after_the_read_back_is_found),
		cmocka_unit_test(a_snapshot_chosen_before_the_claim_is_found),
		cmocka_unit_test(a_sequence_chosen_after_the_capture_is_found),
		cmocka_unit_test(an_adoption_with_ids_of_a_later_moment_is_found),
		cmocka_unit_test(a_capture_whose_identity_is_not_compared_is_found),
		cmocka_unit_test(two_nodes_with_one_sequence_are_found_when_each_puts_only_once),
		cmocka_unit_test(a_person_whose_adoption_is_refused_is_found_to_be_stuck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
