/* t_guard.c - R1's table: a test a row, and each corner of a row */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "hooks/guard.h"

/* A service with a snapshot, and a live cluster in use that no record names. */
static struct guard_facts
stranger(void)
{
	return (struct guard_facts){
		.store_answered = true,
		.has_snapshot = true,
		.something_to_keep = true,
		.epoch = 3,
		.adoption_exists = true,
		.identity = GUARD_IDENTITY_NONE_LEFT,
		.snapshot_has_something_to_keep = true,
	};
}

/* The same, adopted and whole. */
static struct guard_facts
adopted(void)
{
	struct guard_facts f = stranger();

	f.adoption_names_us = true;
	f.identity = GUARD_IDENTITY_LEFT;
	f.snapshot_left = true;
	return f;
}

static void
assert_row(const struct guard_facts *f, enum guard_row row)
{
	struct guard_verdict v = guard_judge(f);

	assert_int_equal(v.row, row);
}

static void
assert_actions(const struct guard_facts *f, enum guard_action periodic,
               enum guard_action pre_poweroff, enum guard_action pre_start,
               enum guard_action post_poweron)
{
	struct guard_verdict v = guard_judge(f);

	assert_int_equal(v.action[GUARD_PERIODIC], periodic);
	assert_int_equal(v.action[GUARD_PRE_POWEROFF], pre_poweroff);
	assert_int_equal(v.action[GUARD_PRE_START], pre_start);
	assert_int_equal(v.action[GUARD_POST_POWERON], post_poweron);
}

static void
assert_refused(const struct guard_facts *f)
{
	assert_actions(f, GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_NEEDS_OPERATOR,
	               GUARD_NEEDS_OPERATOR);
}

static void
a_store_that_does_not_answer_is_tried_again_and_vetoes(void **state)
{
	struct guard_facts f = {.store_answered = false};

	(void)state;
	assert_row(&f, GUARD_UNKNOWN);
	assert_actions(&f, GUARD_AGAIN, GUARD_VETO, GUARD_AGAIN, GUARD_AGAIN);
}

static void
a_store_with_less_than_the_anchor_needs_a_person(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.has_anchor = true;
	assert_row(&f, GUARD_ADOPTED);
	f.rolled_back = true;
	assert_row(&f, GUARD_ROLLED_BACK);
	assert_refused(&f);
}

static void
an_empty_store_with_an_anchor_is_rolled_back_whoever_computed_it(void **state)
{
	struct guard_facts f = {.store_answered = true, .has_anchor = true};

	(void)state;
	assert_row(&f, GUARD_ROLLED_BACK);
	f.something_to_keep = true;
	assert_row(&f, GUARD_ROLLED_BACK);
}

static void
nothing_saved_and_nothing_to_keep_is_fine(void **state)
{
	struct guard_facts f = {.store_answered = true, .fresh = true};

	(void)state;
	assert_row(&f, GUARD_EMPTY);
	assert_actions(&f, GUARD_NOTHING_TO_KEEP, GUARD_NOTHING_TO_KEEP,
	               GUARD_NOTHING_TO_RESTORE, GUARD_NOTHING_TO_RESTORE);
}

static void
something_to_keep_and_nothing_saved_is_adopted_by_a_backup(void **state)
{
	struct guard_facts f = {.store_answered = true, .something_to_keep = true};

	(void)state;
	assert_row(&f, GUARD_NEW);
	assert_actions(&f, GUARD_ADOPT_AND_BACK_UP, GUARD_ADOPT_AND_BACK_UP,
	               GUARD_NOTHING_TO_RESTORE, GUARD_NOTHING_TO_RESTORE);
}

static void
a_first_backup_that_was_killed_after_its_adoption_does_not_adopt_again(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.has_snapshot = f.snapshot_has_something_to_keep = f.snapshot_left = false;
	assert_row(&f, GUARD_ADOPTED);
	f.identity = GUARD_IDENTITY_NONE_LEFT; /* other disks by now */
	assert_row(&f, GUARD_NEW);
	f.identity = GUARD_IDENTITY_LEFT;
	f.adoptions_contested = true;
	assert_row(&f, GUARD_NEW);
}

static void
an_adopted_cluster_is_backed_up(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	assert_row(&f, GUARD_ADOPTED);
	assert_actions(&f, GUARD_BACK_UP, GUARD_BACK_UP, GUARD_OK_OR_GO_ON, GUARD_OK_OR_GO_ON);
}

static void
an_adopted_cluster_without_topic_ids_is_known_by_its_resources(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.identity = GUARD_IDENTITY_EMPTY;
	assert_row(&f, GUARD_ADOPTED);
	f.snapshot_left = false;
	assert_row(&f, GUARD_WIPED_USED);
	f.fresh = true;
	assert_row(&f, GUARD_WIPED);
	f.snapshot_has_something_to_keep = false; /* it had nothing: nothing is gone */
	assert_row(&f, GUARD_ADOPTED);
}

static void
two_adoptions_of_one_epoch_need_a_person(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.adoptions_contested = true;
	assert_row(&f, GUARD_CONTESTED);
	assert_refused(&f);
	f.identity = GUARD_IDENTITY_NONE_LEFT;
	f.fresh = true;
	assert_row(&f, GUARD_WIPED);
}

static void
an_adopted_id_on_empty_disks_is_restored_at_power_on_and_never_backed_up(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.identity = GUARD_IDENTITY_NONE_LEFT;
	f.fresh = true;
	assert_row(&f, GUARD_WIPED);
	assert_actions(&f, GUARD_NEEDS_OPERATOR, GUARD_VETO, GUARD_CLAIM_AND_RESTORE,
	               GUARD_CLAIM_AND_RESTORE);
}

static void
an_adopted_id_on_disks_that_others_use_needs_a_person(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.identity = GUARD_IDENTITY_NONE_LEFT;
	assert_row(&f, GUARD_WIPED_USED);
	assert_refused(&f);
}

static void
an_adopted_id_with_topics_of_an_older_epoch_is_the_old_cluster_and_fenced(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	f.older_record_names_us = true;
	f.older_identity = GUARD_IDENTITY_LEFT;
	assert_row(&f, GUARD_ADOPTED); /* a cold restore keeps topic ids */
	f.identity = GUARD_IDENTITY_NONE_LEFT;
	f.fresh = true;
	assert_row(&f, GUARD_FENCED);
	f.identity = GUARD_IDENTITY_EMPTY;
	f.snapshot_has_something_to_keep = false; /* E adopted an empty cluster with the same id */
	assert_row(&f, GUARD_FENCED);
	f.older_identity = GUARD_IDENTITY_NONE_LEFT;
	assert_row(&f, GUARD_ADOPTED);
	f.identity = GUARD_IDENTITY_NONE_LEFT;
	assert_row(&f, GUARD_WIPED);
}

static void
a_claim_without_an_adoption_is_gone_on_with(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	f.adoption_exists = false;
	f.winning_claim_names_us = true;
	assert_row(&f, GUARD_UNFINISHED);
	assert_actions(&f, GUARD_GO_ON, GUARD_VETO, GUARD_GO_ON, GUARD_GO_ON);
	f.older_record_names_us = true; /* the id of the lost disks */
	f.older_identity = GUARD_IDENTITY_LEFT;
	assert_row(&f, GUARD_UNFINISHED);
}

static void
a_claim_that_lost_is_fenced_even_if_nothing_is_in_the_cluster(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	f.something_to_keep = false;
	f.fresh = true;
	f.losing_claim_names_us = true;
	assert_row(&f, GUARD_FENCED);
	assert_refused(&f);
	f.adoption_exists = false;
	assert_row(&f, GUARD_FENCED);
	f = stranger(); /* it won, but another cluster was adopted in its epoch */
	f.fresh = f.winning_claim_names_us = true;
	f.something_to_keep = false;
	assert_row(&f, GUARD_FENCED);
}

static void
a_superseded_cluster_is_fenced_while_any_topic_of_its_own_is_left(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	f.older_record_names_us = true;
	f.older_identity = GUARD_IDENTITY_LEFT;
	assert_row(&f, GUARD_FENCED);
	f.fresh = true; /* none of its topics has configs: it looks fresh */
	assert_row(&f, GUARD_FENCED);
	f.something_to_keep = false; /* only its internal topics are left */
	assert_row(&f, GUARD_FENCED);
}

static void
a_superseded_cluster_with_other_topics_is_fenced_though_it_looks_fresh(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	f.older_record_names_us = true;
	f.older_identity = GUARD_IDENTITY_NONE_LEFT;
	f.fresh = true;
	assert_row(&f, GUARD_FENCED);
	f.older_identity = GUARD_IDENTITY_EMPTY; /* a restore that was superseded half-way */
	assert_row(&f, GUARD_FENCED);
}

static void
a_superseded_id_on_empty_disks_is_a_newcomer(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	f.older_record_names_us = true;
	f.older_identity = GUARD_IDENTITY_NONE_LEFT;
	f.fresh = true;
	f.something_to_keep = false;
	assert_row(&f, GUARD_NEWCOMER);
}

static void
a_fresh_cluster_that_no_record_names_is_restored_into(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	f.fresh = true;
	assert_row(&f, GUARD_NEWCOMER);
	assert_actions(&f, GUARD_CLAIM_AND_RESTORE, GUARD_VETO, GUARD_CLAIM_AND_RESTORE,
	               GUARD_CLAIM_AND_RESTORE);
}

static void
a_used_cluster_that_no_record_names_needs_a_person(void **state)
{
	struct guard_facts f = stranger();

	(void)state;
	assert_row(&f, GUARD_FOREIGN);
	assert_refused(&f);
}

static void
a_snapshot_is_published_only_in_the_epoch_of_its_adoption(void **state)
{
	struct guard_facts f = adopted();

	(void)state;
	assert_true(guard_may_publish(&f, 3));
	assert_false(guard_may_publish(&f, 2));
	f.identity = GUARD_IDENTITY_EMPTY;
	assert_true(guard_may_publish(&f, 3));
	f.older_record_names_us = true;
	f.older_identity = GUARD_IDENTITY_LEFT; /* an old cluster of the same id */
	assert_false(guard_may_publish(&f, 3));
	f.older_record_names_us = false;
	f.identity = GUARD_IDENTITY_NONE_LEFT; /* the disks were lost before the capture */
	assert_false(guard_may_publish(&f, 3));
}

static void
a_snapshot_is_not_published_on_any_doubt(void **state)
{
	struct guard_facts f = adopted();
	bool *const facts[] = {&f.adoptions_contested, &f.rolled_back, &f.store_answered,
	                       &f.adoption_exists, &f.adoption_names_us};

	(void)state;
	for (size_t i = 0; i < LENGTH(facts); i++) {
		assert_true(guard_may_publish(&f, 3));
		*facts[i] = !*facts[i];
		assert_false(guard_may_publish(&f, 3));
		*facts[i] = !*facts[i];
	}
}

static void
every_action_has_its_own_name(void **state)
{
	(void)state;
	for (int a = 0; a < GUARD_ACTIONS; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(guard_action_name((enum guard_action)a),
			                        guard_action_name((enum guard_action)b));
	assert_string_equal(guard_action_name(GUARD_ACTIONS), "unknown");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_that_does_not_answer_is_tried_again_and_vetoes),
		cmocka_unit_test(a_store_with_less_than_the_anchor_needs_a_person),
		cmocka_unit_test(an_empty_store_with_an_anchor_is_rolled_back_whoever_computed_it),
		cmocka_unit_test(nothing_saved_and_nothing_to_keep_is_fine),
		cmocka_unit_test(something_to_keep_and_nothing_saved_is_adopted_by_a_backup),
		cmocka_unit_test(
		    a_first_backup_that_was_killed_after_its_adoption_does_not_adopt_again),
		cmocka_unit_test(an_adopted_cluster_is_backed_up),
		cmocka_unit_test(
		    an_adopted_cluster_without_topic_ids_is_known_by_its_resources),
		cmocka_unit_test(two_adoptions_of_one_epoch_need_a_person),
		cmocka_unit_test(
		    an_adopted_id_on_empty_disks_is_restored_at_power_on_and_never_backed_up),
		cmocka_unit_test(an_adopted_id_on_disks_that_others_use_needs_a_person),
		cmocka_unit_test(
		    an_adopted_id_with_topics_of_an_older_epoch_is_the_old_cluster_and_fenced),
		cmocka_unit_test(a_claim_without_an_adoption_is_gone_on_with),
		cmocka_unit_test(a_claim_that_lost_is_fenced_even_if_nothing_is_in_the_cluster),
		cmocka_unit_test(a_superseded_cluster_is_fenced_while_any_topic_of_its_own_is_left),
		cmocka_unit_test(
		    a_superseded_cluster_with_other_topics_is_fenced_though_it_looks_fresh),
		cmocka_unit_test(a_superseded_id_on_empty_disks_is_a_newcomer),
		cmocka_unit_test(a_fresh_cluster_that_no_record_names_is_restored_into),
		cmocka_unit_test(a_used_cluster_that_no_record_names_needs_a_person),
		cmocka_unit_test(a_snapshot_is_published_only_in_the_epoch_of_its_adoption),
		cmocka_unit_test(a_snapshot_is_not_published_on_any_doubt),
		cmocka_unit_test(every_action_has_its_own_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
