/* t_registry_match.c - what of the saved records is in a topic: replays that were killed, compaction, clients */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/registry/log_match.h"
#include "registry_records.h"

struct scene {
	struct topic_log want, live;
	struct log_match match;
	struct err       err;
};

static int
begin(void **state)
{
	struct scene *s = test_calloc(1, sizeof *s);

	topic_log_init(&s->want);
	topic_log_init(&s->live);
	*state = s;
	return 0;
}

static int
end(void **state)
{
	struct scene *s = *state;

	topic_log_release(&s->want);
	topic_log_release(&s->live);
	test_free(s);
	return 0;
}

/* Saved: a NOOP, two versions of a, a config that changes, one of b that is ended, one of c. */
static void
save(struct scene *s)
{
	put(&s->want, NOOP_KEY, NULL);
	confluent_schema(&s->want, "a", 1, 1, "\\\"int\\\"", false);                             /* 1 */
	put(&s->want, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"FULL\"}"); /* 2 */
	confluent_schema(&s->want, "a", 2, 2, "\\\"long\\\"", false);                            /* 3 */
	put(&s->want, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"NONE\"}"); /* 4 */
	confluent_schema(&s->want, "b", 1, 3, "\\\"float\\\"", false);                           /* 5 */
	put(&s->want, SCHEMA_KEY("b", "1"), NULL);                                               /* 6 */
	confluent_schema(&s->want, "c", 1, 4, "\\\"bytes\\\"", false);                           /* 7 */
}

/* Records of want, by number, into the live topic; 9 ends the list. */
static void
has(struct scene *s, const int *numbers)
{
	for (; *numbers != 9; numbers++)
		assert_int_equal(topic_log_add(&s->live, &s->want.records[*numbers], &s->err), 0);
}
#define HAS(s, ...) has(s, (const int[]){ __VA_ARGS__, 9 })

static void
assert_stands(struct scene *s, enum log_standing standing, size_t next)
{
	assert_int_equal(log_match(&s->want, REGISTRY_CONFLUENT, &s->live, &s->match, &s->err), 0);
	if (s->match.standing != standing)
		print_error("%s\n", s->match.reason);
	assert_int_equal(s->match.standing, standing);
	if (standing != LOG_STANDS_FOREIGN)
		assert_int_equal(s->match.next, next);
}

static void
assert_foreign(struct scene *s, const char *words)
{
	assert_stands(s, LOG_STANDS_FOREIGN, 0);
	if (strstr(s->match.reason, words) == NULL)
		fail_msg("%s", s->match.reason);
}

static void
an_empty_topic_has_none_of_it(void **state)
{
	save(*state);
	assert_stands(*state, LOG_STANDS_AT, 0);
}

static void
noops_alone_are_an_empty_topic(void **state)
{
	struct scene *s = *state;

	save(s);
	put(&s->live, NOOP_KEY, NULL);
	put(&s->live, NOOP_KEY, "");
	assert_stands(s, LOG_STANDS_AT, 0);
}

static void
nothing_saved_is_there_always(void **state)
{
	struct scene *s = *state;

	assert_stands(s, LOG_STANDS_WHOLE, 0);
	put(&s->want, NOOP_KEY, NULL);
	assert_stands(s, LOG_STANDS_WHOLE, 1);
}

static void
a_killed_replay_goes_on_where_it_was(void **state)
{
	struct scene *s = *state;
	size_t i;

	save(s);
	for (i = 0; i < s->want.count; i++) {
		assert_int_equal(topic_log_add(&s->live, &s->want.records[i], &s->err), 0);
		if (i == 0)
			assert_stands(s, LOG_STANDS_AT, 0);
		else
			assert_stands(s, i == 7 ? LOG_STANDS_WHOLE : LOG_STANDS_AT, i + 1);
	}
}

static void
timestamps_do_not_count(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1, 2);
	s->live.records[0].timestamp = 5;
	assert_stands(s, LOG_STANDS_AT, 3);
}

static void
compaction_removes_what_was_superseded(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1, 3, 4); /* the first config is gone */
	assert_stands(s, LOG_STANDS_AT, 5);
	HAS(s, 6); /* b went under its tombstone */
	assert_stands(s, LOG_STANDS_AT, 7);
	HAS(s, 7);
	assert_stands(s, LOG_STANDS_WHOLE, 8);
}

static void
compaction_removes_tombstones_too(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1, 3, 4, 7);
	assert_stands(s, LOG_STANDS_WHOLE, 8); /* b is gone either way */
}

static void
a_missing_tombstone_was_never_written(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1, 2, 3, 4, 5, 7); /* 7 is a client's, which registered c before the replay came to it */
	assert_stands(s, LOG_STANDS_AT, 6);
}

static void
a_beginning_that_somebody_removed_is_written_again(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 4, 5, 6, 7);
	assert_stands(s, LOG_STANDS_AT, 0);
}

static void
two_replays_end_as_one(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1, 1, 2, 3, 2); /* the slow one is behind: its config came last */
	assert_stands(s, LOG_STANDS_AT, 3);
	HAS(s, 3, 4, 5, 6, 7);
	assert_stands(s, LOG_STANDS_WHOLE, 8);
}

static void
what_a_client_registered_alike_is_fine(void **state)
{
	struct scene *s = *state;

	save(s);
	put(&s->live, NOOP_KEY, NULL);
	HAS(s, 7);                                                     /* byte for byte */
	karapace_schema(&s->live, "a", 1, 1, "\\\"int\\\"", false); /* the same subject, version, id and text */
	assert_stands(s, LOG_STANDS_AT, 0);
	HAS(s, 0, 1, 2);
	assert_stands(s, LOG_STANDS_AT, 3);
}

static void
what_a_client_registered_otherwise_is_named(void **state)
{
	struct scene *s = *state;

	save(s);
	confluent_schema(&s->live, "orders", 1, 1, "\\\"int\\\"", false);
	assert_foreign(s, "1 records that the snapshot has not: SCHEMA orders 1 (id 1)");
	HAS(s, 0, 1, 2, 3, 4, 5, 6, 7); /* also when the rest has come */
	assert_foreign(s, "SCHEMA orders 1 (id 1)");
}

static void
another_text_or_id_of_a_saved_version_is_foreign(void **state)
{
	struct scene *s = *state;

	save(s);
	confluent_schema(&s->live, "a", 1, 1, "\\\"string\\\"", false);
	assert_foreign(s, "SCHEMA a 1 (id 1)");
	topic_log_release(&s->live);
	confluent_schema(&s->live, "a", 1, 9, "\\\"int\\\"", false);
	assert_foreign(s, "SCHEMA a 1 (id 9)");
}

static void
a_foreign_config_is_foreign(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1);
	put(&s->live, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"BACKWARD\"}");
	assert_foreign(s, "CONFIG (global)");
}

static void
at_most_ten_are_named(void **state)
{
	struct scene *s = *state;
	char subject[16];
	int i;

	save(s);
	for (i = 0; i < 12; i++) {
		(void)snprintf(subject, sizeof subject, "s%d", i);
		confluent_schema(&s->live, subject, 1, i + 1, "\\\"int\\\"", false);
	}
	assert_foreign(s, "12 records that the snapshot has not: SCHEMA s0 1 (id 1)");
	assert_foreign(s, "SCHEMA s9 1 (id 10) and 2 more");
}

static void
a_registry_lives_on_behind_a_whole_replay(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 0, 1, 2, 3, 4, 5, 6, 7);
	put(&s->live, NOOP_KEY, NULL);
	confluent_schema(&s->live, "new", 1, 5, "\\\"int\\\"", false);
	put(&s->live, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"BACKWARD\"}");
	assert_stands(s, LOG_STANDS_WHOLE, 8);
}

static void
what_it_superseded_since_is_not_missed(void **state)
{
	struct scene *s = *state;

	save(s);
	HAS(s, 1, 3); /* the configs are gone under a newer one, c under its deletion */
	put(&s->live, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"BACKWARD\"}");
	confluent_schema(&s->live, "c", 1, 4, "\\\"bytes\\\"", true);
	confluent_schema(&s->live, "new", 1, 5, "\\\"int\\\"", false);
	assert_stands(s, LOG_STANDS_WHOLE, 8);
}

static void
another_registrys_topic_is_foreign(void **state)
{
	struct scene *s = *state;

	save(s);
	put(&s->live, "{\"keytype\":\"CONFIG\",\"magic\":0}", "{\"compatibilityLevel\":\"BACKWARD\"}");
	confluent_schema(&s->live, "a", 1, 71, "\\\"int\\\"", false);
	confluent_schema(&s->live, "a", 2, 72, "\\\"int\\\"", false);
	confluent_schema(&s->live, "c", 1, 74, "\\\"int\\\"", false);
	assert_foreign(s, "4 records");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	static const struct CMUnitTest tests[] = {
		CASE(an_empty_topic_has_none_of_it),
		CASE(noops_alone_are_an_empty_topic),
		CASE(nothing_saved_is_there_always),
		CASE(a_killed_replay_goes_on_where_it_was),
		CASE(timestamps_do_not_count),
		CASE(compaction_removes_what_was_superseded),
		CASE(compaction_removes_tombstones_too),
		CASE(a_missing_tombstone_was_never_written),
		CASE(a_beginning_that_somebody_removed_is_written_again),
		CASE(two_replays_end_as_one),
		CASE(what_a_client_registered_alike_is_fine),
		CASE(what_a_client_registered_otherwise_is_named),
		CASE(another_text_or_id_of_a_saved_version_is_foreign),
		CASE(a_foreign_config_is_foreign),
		CASE(at_most_ten_are_named),
		CASE(a_registry_lives_on_behind_a_whole_replay),
		CASE(what_it_superseded_since_is_not_missed),
		CASE(another_registrys_topic_is_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
