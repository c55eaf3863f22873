/*
 * t_survey_records.c - claims, adoptions and decisions as they are read; how many requests a survey
 * costs, and how it ends when the store does not answer
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "tests/unit/seal_fixture.h"
#include "tests/unit/survey_fixture.h"

static void
snapshot(struct history *h, uint64_t epoch, uint64_t sequence)
{
	history_snapshot(h, &h->keys, epoch, sequence, STATE_CAPTURED, false);
}

static void
record(struct history *h, enum record_type type, uint64_t epoch, const char *cluster)
{
	struct record r = { .type = type, .epoch = epoch,
		            .by = type == RECORD_ADOPTION ? ADOPTED_RESTORE : 0 };

	(void)snprintf(r.cluster, sizeof r.cluster, "%s", cluster);
	history_record(h, &h->keys, &r);
}

static void
decision(struct history *h, uint64_t epoch, uint64_t sequence, const char *name)
{
	struct record r = { .type = RECORD_DECISION, .epoch = epoch, .sequence = sequence,
		            .kind = KIND_TOPIC, .name = name };

	history_record(h, &h->keys, &r);
}

/* ---- which records are read, and what they say ---- */

static void
the_epoch_is_the_highest_of_what_verifies(void **state)
{
	struct history *h = *state;

	snapshot(h, 1, 1);
	record(h, RECORD_ADOPTION, 1, US);
	(void)history_survey(h);
	assert_int_equal(h->survey.epoch, 1);
	record(h, RECORD_CLAIM, 2, US);
	(void)history_survey(h);
	assert_int_equal(h->survey.epoch, 2);
	record(h, RECORD_ADOPTION, 3, US);
	(void)history_survey(h);
	assert_int_equal(h->survey.epoch, 3);
	snapshot(h, 5, 1);
	(void)history_survey(h);
	assert_int_equal(h->survey.epoch, 5);
	assert_int_equal(h->survey.records.epoch, 3); /* of records alone */
}

static void
a_records_winner_is_of_the_highest_epoch_alone(void **state)
{
	struct history *h = *state;

	record(h, RECORD_ADOPTION, 1, OTHER);
	record(h, RECORD_ADOPTION, 1, US);
	(void)history_survey(h);
	assert_string_equal(records_adoption(&h->survey.records)->cluster, US); /* '4' before 'A' */
	assert_int_equal(h->survey.records.adoptions.count, 2);
	assert_null(records_claim(&h->survey.records));
	record(h, RECORD_CLAIM, 2, OTHER);
	(void)history_survey(h);
	assert_string_equal(records_claim(&h->survey.records)->cluster, OTHER);
	assert_null(records_adoption(&h->survey.records)); /* that of epoch 1 is an old one now */
	assert_int_equal(h->survey.records.adoptions.count, 1);
	assert_string_equal(h->survey.records.adoptions.records[0].cluster, US); /* ours, and no others' */
}

static void
two_claims_of_one_epoch_are_in_byte_order_of_their_names(void **state)
{
	struct history *h = *state;

	record(h, RECORD_CLAIM, 2, "zzzz");
	record(h, RECORD_CLAIM, 2, "aaaa");
	record(h, RECORD_CLAIM, 2, "mmmm");
	(void)history_survey(h);
	assert_int_equal(h->survey.records.claims.count, 3);
	assert_string_equal(h->survey.records.claims.records[0].cluster, "aaaa");
	assert_string_equal(h->survey.records.claims.records[1].cluster, "mmmm");
	assert_string_equal(h->survey.records.claims.records[2].cluster, "zzzz");
}

static void
a_record_that_does_not_verify_is_skipped_and_named(void **state)
{
	static const char *const faults[] = { "flip", "cut", "MISSING" };
	struct history *h = *state;
	size_t i;

	record(h, RECORD_CLAIM, 1, US);
	record(h, RECORD_CLAIM, 4, OTHER);
	for (i = 0; i < LENGTH(faults); i++) {
		(void)history_survey_with(h, "get", 1, faults[i]);
		assert_int_equal(h->rc, 0);
		assert_int_equal(h->survey.epoch, 1);
		assert_string_equal(records_claim(&h->survey.records)->cluster, US);
		assert_non_null(h->survey.records.skipped);
		assert_memory_equal(h->survey.records.skipped->name, "c/", 2);
		assert_true(strlen(h->survey.records.skipped->why.text) > 0);
		assert_null(h->survey.records.skipped->next);
	}
	(void)history_survey(h);
	assert_int_equal(h->survey.epoch, 4);
	assert_null(h->survey.records.skipped);
}

static void
a_strangers_record_moves_no_epoch(void **state)
{
	struct history *h = *state;
	struct record r = { .type = RECORD_CLAIM, .epoch = UINT64_MAX / 2, .cluster = US };
	struct keys stranger;

	fixture_keys(&stranger, 9);
	history_record(h, &stranger, &r);
	record(h, RECORD_ADOPTION, 1, US);
	(void)history_survey(h);
	assert_int_equal(h->rc, 0);
	assert_int_equal(h->survey.epoch, 1);
	assert_int_equal(h->survey.records.claims.count, 0);
	assert_non_null(h->survey.records.skipped);
	keys_release(&stranger);
}

static void
old_records_of_ours_are_bounded_and_those_of_others_not_read(void **state)
{
	struct history *h = *state;
	uint64_t epoch;

	for (epoch = 1; epoch <= 40; epoch++) {
		record(h, RECORD_ADOPTION, epoch, US);
		record(h, RECORD_ADOPTION, epoch, OTHER);
	}
	assert_int_equal(history_survey(h), 4 + 2 + OLDER_MAX);
	assert_int_equal(h->survey.records.adoptions.count, 2 + OLDER_MAX);
	assert_int_equal(h->survey.epoch, 40);
}

static void
decisions_hold_up_to_their_position_and_by_their_name(void **state)
{
	struct history *h = *state;
	const struct records *r = &h->survey.records;

	decision(h, 2, 5, NULL);
	decision(h, 3, 1, "topic/orders");
	(void)history_survey(h);
	assert_int_equal(r->decisions.count, 2);
	assert_true(records_accepted(r, KIND_TOPIC, NULL, 2, 5));
	assert_true(records_accepted(r, KIND_TOPIC, NULL, 2, 4));
	assert_true(records_accepted(r, KIND_TOPIC, NULL, 1, 99));
	assert_false(records_accepted(r, KIND_TOPIC, NULL, 2, 6));
	assert_false(records_accepted(r, KIND_TOPIC, NULL, 3, 1)); /* that one is of a line */
	assert_false(records_accepted(r, KIND_ACL, NULL, 2, 5));
	assert_true(records_accepted(r, KIND_TOPIC, "topic/orders", 3, 1));
	assert_false(records_accepted(r, KIND_TOPIC, "topic/orders", 3, 2));
	assert_false(records_accepted(r, KIND_TOPIC, "topic/other", 3, 1));
}

/* ---- the price ---- */

#define MANY 10000u

static void
the_newest_of_ten_thousand_costs_eight_requests_at_most(void **state)
{
	struct history *h = *state;

	snapshot(h, 2, 1);
	record(h, RECORD_CLAIM, 2, US);
	record(h, RECORD_ADOPTION, 2, US);
	record(h, RECORD_CLAIM, 1, OTHER);
	record(h, RECORD_ADOPTION, 1, OTHER);
	history_old_names(h, 1, MANY - 1);
	assert_in_range(history_survey(h), 1, 8);
	assert_int_equal(h->rc, 0);
	assert_int_equal(h->survey.newest.epoch, 2);
	assert_true(h->survey.sources[KIND_TOPIC].found);
	assert_true(h->survey.more);
}

/* ---- a store that does not answer ---- */

#define CALLS 9u /* of a survey of make_history(): the four lists, its three records, two snapshots */

static void
make_history(struct history *h)
{
	snapshot(h, 1, 1);
	history_snapshot(h, &h->keys, 1, 2, STATE_UNREACHABLE, false);
	record(h, RECORD_CLAIM, 1, US);
	record(h, RECORD_ADOPTION, 1, US);
	decision(h, 1, 1, NULL);
}

static void
any_call_that_fails_ends_the_survey_with_its_error(void **state)
{
	static const struct {
		const char *fault;
		int         rc;
	} table[] = { { "AGAIN", ERR_AGAIN }, { "DENIED", ERR_DENIED }, { "FAILED", ERR_FAILED } };
	struct history *h = *state;
	unsigned nth;
	size_t i;

	make_history(h);
	assert_int_equal(history_survey(h), CALLS);
	for (i = 0; i < LENGTH(table); i++)
		for (nth = 1; nth <= CALLS; nth++) {
			/* The records and the list go on without each other. */
			assert_in_range(history_survey_with(h, "*", nth, table[i].fault), nth, CALLS);
			assert_int_equal(h->done, 1);
			assert_int_equal(h->rc, table[i].rc);
			assert_true(strlen(h->err.text) > 0);
		}
}

static void
a_stop_ends_the_survey_wherever_it_is(void **state)
{
	unsigned nth;

	(void)state;
	for (nth = 1; nth <= CALLS; nth++) {
		struct history *h = NULL;
		struct err e = { 0 };

		assert_int_equal(history_begin((void **)&h), 0);
		make_history(h);
		assert_in_range(history_survey_with(h, "*", nth, "hang"), nth, CALLS);
		assert_int_equal(h->done, 0); /* the loop has nothing to run, and it still waits */
		loop_stop(&h->store.loop, ERR_DEADLINE);
		assert_int_equal(h->done, 1);
		assert_int_equal(h->rc, ERR_DEADLINE);
		assert_int_equal(survey_start(&h->survey, &e), ERR_DEADLINE);
		loop_run(&h->store.loop);
		assert_int_equal(h->done, 1);
		assert_int_equal(history_end((void **)&h), 0);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, history_begin, history_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_epoch_is_the_highest_of_what_verifies),
		CASE(a_records_winner_is_of_the_highest_epoch_alone),
		CASE(two_claims_of_one_epoch_are_in_byte_order_of_their_names),
		CASE(a_record_that_does_not_verify_is_skipped_and_named),
		CASE(a_strangers_record_moves_no_epoch),
		CASE(old_records_of_ours_are_bounded_and_those_of_others_not_read),
		CASE(decisions_hold_up_to_their_position_and_by_their_name),
		CASE(the_newest_of_ten_thousand_costs_eight_requests_at_most),
		CASE(any_call_that_fails_ends_the_survey_with_its_error),
		cmocka_unit_test(a_stop_ends_the_survey_wherever_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
