/*
 * t_sources.c - where each kind comes from, far back in a store: few requests, and what a search through
 * all of it would find
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "tests/unit/seal_fixture.h"
#include "tests/unit/survey_fixture.h"

#define FOUR_LISTS_AND_THE_NEWEST 5u

static void
captured(struct history *h, uint64_t epoch, uint64_t sequence)
{
	history_snapshot(h, &h->keys, epoch, sequence, STATE_CAPTURED, false);
}

static void
lacking(struct history *h, uint64_t epoch, uint64_t sequence, enum kind_state state)
{
	history_snapshot(h, &h->keys, epoch, sequence, state, false);
}

static void
decision(struct history *h, uint64_t epoch, uint64_t sequence)
{
	struct record r = { .type = RECORD_DECISION, .epoch = epoch, .sequence = sequence,
		            .kind = KIND_TOPIC };

	history_record(h, &h->keys, &r);
}

static const struct kind_source *
topics(const struct history *h)
{
	return &h->survey.sources[KIND_TOPIC];
}

static void
assert_source(const struct history *h, uint64_t epoch, uint64_t sequence)
{
	assert_int_equal(h->rc, 0);
	assert_true(topics(h)->found);
	assert_int_equal(topics(h)->header.epoch, epoch);
	assert_int_equal(topics(h)->header.sequence, sequence);
}

/* Remove the snapshots of a place; it must have some. */
static void
delete_place(struct history *h, uint64_t epoch, uint64_t sequence)
{
	struct seal_position place;
	unsigned char id[SNAPSHOT_ID_BYTES];
	size_t i, gone = 0;

	(void)history_survey(h);
	for (i = 0; i < h->survey.count; i++) {
		assert_true(seal_parse_name(h->survey.names[i], &place.epoch, &place.sequence, id));
		if (place.epoch != epoch || place.sequence != sequence)
			continue;
		assert_int_equal(unlink(fixture_path(&h->store, history_path("s", h->survey.names[i]))), 0);
		gone++;
	}
	assert_true(gone > 0);
}

/* ---- requests ---- */

static void
what_was_never_captured_is_looked_for_nowhere(void **state)
{
	static const enum kind_state states[] = { STATE_UNSUPPORTED, STATE_UNREACHABLE, STATE_PENDING };
	struct history *h = *state;
	size_t i;

	lacking(h, 1, 9998, STATE_UNSUPPORTED);
	history_old_names(h, 1, 9997);
	for (i = 0; i < LENGTH(states); i++) {
		lacking(h, 1, 9999 + i, states[i]);
		assert_int_equal(history_survey(h), FOUR_LISTS_AND_THE_NEWEST);
		assert_int_equal(h->rc, 0);
		assert_false(topics(h)->found);
		assert_int_equal(topics(h)->passed, states[i] != STATE_UNSUPPORTED);
	}
}

static void
what_a_hundred_snapshots_lack_costs_one_request(void **state)
{
	struct history *h = *state;
	unsigned i;

	captured(h, 1, 9900);
	history_old_names(h, 1, 9899);
	for (i = 1; i <= 100; i++) {
		lacking(h, 1, 9900 + i, i % 2 == 0 ? STATE_UNREACHABLE : STATE_UNSUPPORTED);
		assert_int_equal(history_survey(h), FOUR_LISTS_AND_THE_NEWEST + 1);
		assert_source(h, 1, 9900);
	}
}

static void
behind_the_first_page_it_costs_one_more(void **state)
{
	struct history *h = *state;

	captured(h, 1, 7);
	lacking(h, 1, 9999, STATE_UNREACHABLE);
	history_old_names(h, 8, 9998);
	assert_int_equal(history_survey(h), FOUR_LISTS_AND_THE_NEWEST + 2);
	assert_source(h, 1, 7);
	assert_true(h->survey.more);
	assert_int_equal(h->survey.count, STORE_PAGE_MAX); /* the first page is still there */
}

/* ---- what is gone, or double ---- */

static void
where_the_one_that_is_named_is_gone_the_next_older_one_is_asked(void **state)
{
	struct history *h = *state;

	captured(h, 1, 1);
	lacking(h, 1, 2, STATE_UNREACHABLE);
	captured(h, 1, 3);
	lacking(h, 2, 1, STATE_PENDING);
	delete_place(h, 1, 3);
	(void)history_survey(h);
	assert_source(h, 1, 1);
	lacking(h, 2, 2, STATE_UNREACHABLE); /* and its writer names the one that is left */
	assert_int_equal(history_survey(h), FOUR_LISTS_AND_THE_NEWEST + 1);
	assert_source(h, 1, 1);
	delete_place(h, 1, 1);
	(void)history_survey(h);
	assert_int_equal(h->rc, 0);
	assert_false(topics(h)->found);
	assert_true(topics(h)->passed); /* so a restore says that there was one */
}

static void
of_two_in_one_place_the_one_that_has_it_is_taken(void **state)
{
	struct history *h = *state;
	unsigned i;

	for (i = 0; i < 4; i++) { /* their ids are random, and so is who comes first */
		captured(h, i + 1, 1);
		lacking(h, i + 1, 2, STATE_UNREACHABLE);
		captured(h, i + 1, 2);
		(void)history_survey(h);
		assert_source(h, i + 1, 2);
		lacking(h, i + 1, 3, STATE_UNREACHABLE);
		(void)history_survey(h);
		assert_source(h, i + 1, 2);
	}
}

static void
one_that_is_suspect_leads_to_the_one_that_is_believed(void **state)
{
	struct history *h = *state;
	unsigned i;

	captured(h, 1, 1);
	for (i = 2; i < 50; i++)
		history_snapshot(h, &h->keys, 1, i, STATE_CAPTURED, true);
	assert_int_equal(history_survey(h), FOUR_LISTS_AND_THE_NEWEST + 1);
	assert_source(h, 1, 1);
	lacking(h, 1, 50, STATE_UNREACHABLE);
	assert_int_equal(history_survey(h), FOUR_LISTS_AND_THE_NEWEST + 2);
	assert_source(h, 1, 1);
	assert_true(topics(h)->suspect);
	decision(h, 1, 50);
	(void)history_survey(h);
	assert_source(h, 1, 49);
}

static void
a_header_in_another_place_leads_nowhere(void **state)
{
	struct history *h = *state;
	struct seal_header other;
	char name[SEAL_OBJECT_NAME_SIZE], *copy;
	size_t len;

	captured(h, 1, 1);
	captured(h, 1, 2);
	(void)history_survey(h);
	other = h->survey.newest;
	assert_int_equal(fixture_get(&h->store, history_path("s", h->survey.newest_name), 0, 0, DOCUMENT_BODY_MAX), 0);
	copy = malloc(h->store.len);
	assert_non_null(copy);
	len = h->store.len;
	memcpy(copy, h->store.bytes, len);
	lacking(h, 1, 4, STATE_UNREACHABLE);
	delete_place(h, 1, 2);
	other.sequence = 2;
	memset(other.id, 0, sizeof other.id); /* the place is right, the id is not */
	seal_object_name(&other, name);
	assert_int_equal(fixture_put(&h->store, history_path("s", name), copy, len), 0);
	free(copy);
	(void)history_survey(h);
	assert_source(h, 1, 1);
}

/* ---- any history: as a search through all of it ---- */

#define LONG 24u

struct past {
	uint64_t        epoch, sequence;
	enum kind_state state;
	bool            suspect, gone;
	bool            given_up; /* it is pending, and a person accepted that */
};

static uint32_t
random_below(uint64_t *seed, uint32_t bound)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33) % bound;
}

/* The rule itself: from new to old, through all; NULL: none. */
static const struct past *
searched(const struct past *all, size_t count, const struct past *accepted, bool *suspect)
{
	size_t i;

	*suspect = false;
	for (i = count; i-- > 0;) {
		if (all[i].gone)
			continue;
		if (all[i].state == STATE_DISABLED || all[i].given_up)
			return NULL;
		if (all[i].state == STATE_CAPTURED &&
		    (!all[i].suspect || (accepted != NULL && accepted >= &all[i])))
			return &all[i];
		*suspect = *suspect || (all[i].state == STATE_CAPTURED && all[i].suspect);
	}
	return NULL;
}

static void
assert_same(struct history *h, const struct past *all, size_t count, const struct past *accepted)
{
	const struct past *expected;
	bool suspect;

	expected = searched(all, count, accepted, &suspect);
	(void)history_survey(h);
	assert_int_equal(h->rc, 0);
	if (expected != NULL) {
		assert_source(h, expected->epoch, expected->sequence);
	} else {
		assert_false(topics(h)->found);
		assert_int_equal(topics(h)->suspect, suspect);
	}
}

/* Write one more snapshot. */
static void
go_on(struct history *h, struct past *next, const struct past *last, uint64_t *seed)
{
	static const enum kind_state states[] = { STATE_CAPTURED,    STATE_CAPTURED,    STATE_CAPTURED,
		                                  STATE_UNREACHABLE, STATE_UNREACHABLE, STATE_UNREACHABLE,
		                                  STATE_UNSUPPORTED, STATE_PENDING,     STATE_DISABLED };
	bool new_epoch = last == NULL || random_below(seed, 6) == 0;

	*next = (struct past){ .epoch = new_epoch ? 1 : last->epoch,
		               .sequence = new_epoch ? 1 : last->sequence + 1,
		               .state = states[random_below(seed, LENGTH(states))] };
	if (new_epoch && last != NULL)
		next->epoch = last->epoch + 1;
	next->suspect = next->state == STATE_CAPTURED && random_below(seed, 2) == 0;
	history_snapshot(h, &h->keys, next->epoch, next->sequence, next->state, next->suspect);
}

static void
one_history(struct history *h, uint64_t seed)
{
	struct past all[LONG];
	const struct past *accepted = NULL;
	size_t count;

	for (count = 0; count < LONG; count++) {
		go_on(h, &all[count], count == 0 ? NULL : &all[count - 1], &seed);
		if (random_below(&seed, 8) == 0) {
			accepted = &all[count];
			all[count].given_up = accepted->state == STATE_PENDING;
			decision(h, accepted->epoch, accepted->sequence);
		}
		if (count > 0 && random_below(&seed, 4) == 0) { /* never the newest: it is another story */
			struct past *victim = &all[random_below(&seed, (uint32_t)count)];

			if (!victim->gone && victim->state != STATE_DISABLED &&
			    !victim->given_up) { /* those who came later know of that */
				delete_place(h, victim->epoch, victim->sequence);
				victim->gone = true;
			}
		}
		assert_same(h, all, count + 1, accepted);
	}
}

static void
any_history_gives_what_a_search_through_all_of_it_gives(void **state)
{
	void *s;
	unsigned i;

	(void)state;
	for (i = 1; i <= 12; i++) {
		assert_int_equal(history_begin(&s), 0);
		one_history(s, i);
		assert_int_equal(history_end(&s), 0);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, history_begin, history_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_was_never_captured_is_looked_for_nowhere),
		CASE(what_a_hundred_snapshots_lack_costs_one_request),
		CASE(behind_the_first_page_it_costs_one_more),
		CASE(where_the_one_that_is_named_is_gone_the_next_older_one_is_asked),
		CASE(of_two_in_one_place_the_one_that_has_it_is_taken),
		CASE(one_that_is_suspect_leads_to_the_one_that_is_believed),
		CASE(a_header_in_another_place_leads_nowhere),
		cmocka_unit_test(any_history_gives_what_a_search_through_all_of_it_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
