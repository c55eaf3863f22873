/* t_survey.c - what is chosen of a store: the newest that verifies, and where each kind comes from */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/unit/seal_fixture.h"
#include "tests/unit/survey_fixture.h"

static void
snapshot(struct history *h, uint64_t epoch, uint64_t sequence)
{
	history_snapshot(h, &h->keys, epoch, sequence, STATE_CAPTURED, false);
}

static void
decision(struct history *h, uint64_t epoch, uint64_t sequence)
{
	struct record r = { .type = RECORD_DECISION, .epoch = epoch, .sequence = sequence,
		            .kind = KIND_TOPIC };

	history_record(h, &h->keys, &r);
}

static void
assert_newest(struct history *h, uint64_t epoch, uint64_t sequence)
{
	assert_int_equal(h->done, 1);
	if (h->rc != 0)
		fail_msg("%s", h->err.text);
	assert_true(h->survey.found);
	assert_int_equal(h->survey.newest.epoch, epoch);
	assert_int_equal(h->survey.newest.sequence, sequence);
}

static const struct kind_source *
topics_from(const struct history *h)
{
	return &h->survey.sources[KIND_TOPIC];
}

static void
assert_source(const struct history *h, uint64_t epoch, uint64_t sequence)
{
	assert_true(topics_from(h)->found);
	assert_int_equal(topics_from(h)->header.epoch, epoch);
	assert_int_equal(topics_from(h)->header.sequence, sequence);
}

/* ---- the newest ---- */

static void
an_empty_store_has_nothing_and_costs_four_lists(void **state)
{
	struct history *h = *state;

	assert_int_equal(history_survey(h), 4);
	assert_int_equal(h->done, 1);
	assert_int_equal(h->rc, 0);
	assert_false(h->survey.found);
	assert_int_equal(h->survey.epoch, 0);
	assert_int_equal(h->survey.skipped_count, 0);
}

static void
the_newest_is_by_epoch_and_sequence_and_never_by_clock(void **state)
{
	struct history *h = *state;

	snapshot(h, 2, 1);
	snapshot(h, 1, 9);
	snapshot(h, 2, 3);
	snapshot(h, 2, 2);
	(void)history_survey(h);
	assert_newest(h, 2, 3);
	assert_source(h, 2, 3);
	assert_int_equal(h->survey.epoch, 2);
	assert_string_equal(topics_from(h)->name, h->survey.newest_name);
}

static void
one_that_does_not_verify_is_skipped_and_named(void **state)
{
	static const char *const faults[] = { "flip", "cut", "MISSING" };
	struct history *h = *state;
	size_t i;

	snapshot(h, 1, 1);
	snapshot(h, 1, 2);
	for (i = 0; i < LENGTH(faults); i++) {
		(void)history_survey_with(h, "get", 1, faults[i]);
		assert_newest(h, 1, 1);
		assert_int_equal(h->survey.skipped_count, 1);
		assert_memory_equal(h->survey.skipped->name, "s/", 2);
		assert_true(strlen(h->survey.skipped->why.text) > 0);
	}
	(void)history_survey(h);
	assert_newest(h, 1, 2);
	assert_int_equal(h->survey.skipped_count, 0);
}

static void
one_of_a_stranger_or_under_another_name_is_skipped(void **state)
{
	struct history *h = *state;
	struct keys stranger;
	struct seal_header other;
	char *copy;
	size_t len;
	char name[SEAL_OBJECT_NAME_SIZE];

	fixture_keys(&stranger, 9);
	snapshot(h, 1, 1);
	history_snapshot(h, &stranger, 7, 1, STATE_CAPTURED, false);
	(void)history_survey(h);
	assert_newest(h, 1, 1);
	assert_int_equal(h->survey.skipped_count, 1);
	assert_int_equal(h->survey.epoch, 1); /* a stranger moves no epoch */
	/* our own old object, copied to the newest place */
	assert_int_equal(fixture_get(&h->store, history_path("s", h->survey.newest_name), 0, 0, DOCUMENT_BODY_MAX), 0);
	other = h->survey.newest;
	other.epoch = 8;
	seal_object_name(&other, name);
	copy = malloc(h->store.len);
	assert_non_null(copy);
	len = h->store.len;
	memcpy(copy, h->store.bytes, len);
	assert_int_equal(fixture_put(&h->store, history_path("s", name), copy, len), 0);
	free(copy);
	(void)history_survey(h);
	assert_newest(h, 1, 1);
	assert_int_equal(h->survey.skipped_count, 2);
	keys_release(&stranger);
}

static void
what_has_no_snapshots_name_is_not_even_read(void **state)
{
	struct history *h = *state;

	assert_int_equal(fixture_put(&h->store, history_path("s", "0-not-a-snapshot"), "junk", 4), 0);
	assert_int_equal(fixture_put(&h->store, history_path("s", "0000000000000000"), "junk", 4), 0);
	snapshot(h, 1, 1);
	assert_int_equal(history_survey(h), 5);
	assert_newest(h, 1, 1);
	assert_int_equal(h->survey.skipped_count, 0);
}

static void
junk_with_a_name(struct history *h, uint64_t sequence)
{
	struct seal_header header = { .epoch = 9, .sequence = sequence };
	char name[SEAL_OBJECT_NAME_SIZE];

	seal_object_name(&header, name);
	assert_int_equal(fixture_put(&h->store, history_path("s", name), "junk", 4), 0);
}

static void
none_that_verifies_is_no_snapshot_and_all_are_named(void **state)
{
	struct history *h = *state;

	junk_with_a_name(h, 1);
	junk_with_a_name(h, 2);
	(void)history_survey(h);
	assert_int_equal(h->rc, 0);
	assert_false(h->survey.found);
	assert_int_equal(h->survey.skipped_count, 2);
}

static void
the_search_for_a_good_one_ends_with_an_operator(void **state)
{
	struct history *h = *state;
	unsigned i;

	for (i = 0; i <= SNAPSHOTS_TRIED_MAX; i++)
		junk_with_a_name(h, i + 1);
	snapshot(h, 1, 1);
	assert_int_equal(history_survey(h), 4 + SNAPSHOTS_TRIED_MAX);
	assert_int_equal(h->done, 1);
	assert_int_equal(h->rc, ERR_OPERATOR);
}

/* ---- R2 ---- */

static void
a_kind_comes_from_the_newest_that_captured_it(void **state)
{
	static const enum kind_state states[] = { STATE_UNREACHABLE, STATE_PENDING, STATE_UNSUPPORTED };
	struct history *h = *state;
	size_t i;

	snapshot(h, 1, 1);
	for (i = 0; i < LENGTH(states); i++) {
		history_snapshot(h, &h->keys, 2, i + 1, states[i], false);
		(void)history_survey(h);
		assert_newest(h, 2, i + 1);
		assert_source(h, 1, 1);
		assert_true(topics_from(h)->passed);
	}
}

static void
disabled_ends_the_search(void **state)
{
	struct history *h = *state;

	snapshot(h, 1, 1);
	history_snapshot(h, &h->keys, 1, 2, STATE_DISABLED, false);
	history_snapshot(h, &h->keys, 1, 3, STATE_UNREACHABLE, false);
	(void)history_survey(h);
	assert_newest(h, 1, 3);
	assert_false(topics_from(h)->found);
}

static void
a_suspect_kind_is_passed_over_until_a_person_accepts_it(void **state)
{
	struct history *h = *state;

	snapshot(h, 1, 1);
	history_snapshot(h, &h->keys, 1, 2, STATE_CAPTURED, true);
	(void)history_survey(h);
	assert_newest(h, 1, 2);
	assert_source(h, 1, 1);
	decision(h, 1, 1); /* of an older one */
	(void)history_survey(h);
	assert_source(h, 1, 1);
	decision(h, 1, 2);
	(void)history_survey(h);
	assert_source(h, 1, 2);
}

static void
what_is_pending_is_looked_for_further_back_until_a_person_gives_it_up(void **state)
{
	struct history *h = *state;

	snapshot(h, 1, 1);
	history_snapshot(h, &h->keys, 2, 1, STATE_PENDING, false);
	history_snapshot(h, &h->keys, 2, 2, STATE_PENDING, false);
	decision(h, 2, 2);
	history_snapshot(h, &h->keys, 2, 3, STATE_UNSUPPORTED, false);
	(void)history_survey(h);
	assert_newest(h, 2, 3);
	assert_false(topics_from(h)->found); /* gone, as a person said: nothing from behind it */
	history_snapshot(h, &h->keys, 2, 4, STATE_PENDING, false); /* a later one is another matter */
	(void)history_survey(h);
	assert_false(topics_from(h)->found);
	snapshot(h, 2, 5);
	(void)history_survey(h);
	assert_source(h, 2, 5);
}

static void
an_older_header_that_does_not_verify_is_no_source(void **state)
{
	struct history *h = *state;

	snapshot(h, 1, 1);
	snapshot(h, 1, 2);
	history_snapshot(h, &h->keys, 1, 3, STATE_UNREACHABLE, false);
	(void)history_survey_with(h, "get", 2, "flip");
	assert_newest(h, 1, 3);
	assert_source(h, 1, 1);
	(void)history_survey_with(h, "get", 2, "MISSING"); /* removed meanwhile */
	assert_source(h, 1, 1);
	(void)history_survey(h);
	assert_source(h, 1, 2);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, history_begin, history_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_store_has_nothing_and_costs_four_lists),
		CASE(the_newest_is_by_epoch_and_sequence_and_never_by_clock),
		CASE(one_that_does_not_verify_is_skipped_and_named),
		CASE(one_of_a_stranger_or_under_another_name_is_skipped),
		CASE(what_has_no_snapshots_name_is_not_even_read),
		CASE(none_that_verifies_is_no_snapshot_and_all_are_named),
		CASE(the_search_for_a_good_one_ends_with_an_operator),
		CASE(a_kind_comes_from_the_newest_that_captured_it),
		CASE(disabled_ends_the_search),
		CASE(a_suspect_kind_is_passed_over_until_a_person_accepts_it),
		CASE(what_is_pending_is_looked_for_further_back_until_a_person_gives_it_up),
		CASE(an_older_header_that_does_not_verify_is_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
