/* t_guard_every.c - R1's table on every combination of facts, also those that cannot be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "hooks/guard.h"

/* A combination is a number, each bit and digit of it a fact. */
#define BOOLS 14u
#define COMBINATIONS ((1u << BOOLS) * 9u)

static struct guard_facts
combination(uint32_t n)
{
	struct guard_facts f = {.epoch = 1};
	bool *const bools[BOOLS] = {
		&f.store_answered, &f.rolled_back, &f.has_snapshot, &f.has_anchor,
		&f.something_to_keep, &f.fresh, &f.adoption_exists, &f.adoption_names_us,
		&f.adoptions_contested, &f.winning_claim_names_us, &f.losing_claim_names_us,
		&f.snapshot_has_something_to_keep, &f.snapshot_left, &f.older_record_names_us,
	};

	for (size_t i = 0; i < BOOLS; i++)
		*bools[i] = (n >> i & 1u) != 0;
	n >>= BOOLS;
	f.identity = (enum guard_identity)(n % 3);
	f.older_identity = (enum guard_identity)(n / 3);
	return f;
}

/* DESIGN's table as a reader of it would write it down, with what guard.h changes. */
static enum guard_row
row_by_the_text(const struct guard_facts *f)
{
	bool adoption = f->adoption_exists && f->adoption_names_us;
	bool claim = !f->adoption_exists && f->winning_claim_names_us;
	bool loser = !adoption && !claim &&
	             (f->winning_claim_names_us || f->losing_claim_names_us);
	bool older = f->older_record_names_us && !adoption && !claim;
	bool gone = f->identity == GUARD_IDENTITY_NONE_LEFT ||
	            (f->identity == GUARD_IDENTITY_EMPTY && f->snapshot_has_something_to_keep &&
	             (f->fresh || !f->snapshot_left));
	bool old_self = f->older_record_names_us && f->older_identity == GUARD_IDENTITY_LEFT;
	bool bare = f->fresh && !f->something_to_keep;
	const struct {
		bool           fits;
		enum guard_row row;
	} rows[] = {
		{!f->store_answered, GUARD_UNKNOWN},
		{f->rolled_back, GUARD_ROLLED_BACK},
		{!f->has_snapshot && f->has_anchor, GUARD_ROLLED_BACK},
		{!f->has_snapshot && !f->something_to_keep, GUARD_EMPTY},
		{!f->has_snapshot && adoption && !f->adoptions_contested &&
		     f->identity == GUARD_IDENTITY_LEFT, GUARD_ADOPTED},
		{!f->has_snapshot, GUARD_NEW},
		{adoption && f->identity != GUARD_IDENTITY_LEFT && old_self, GUARD_FENCED},
		{adoption && !gone && f->adoptions_contested, GUARD_CONTESTED},
		{adoption && !gone, GUARD_ADOPTED},
		{adoption && gone && f->fresh, GUARD_WIPED},
		{adoption && gone, GUARD_WIPED_USED},
		{claim, GUARD_UNFINISHED},
		{loser, GUARD_FENCED},
		{older && (old_self || !bare), GUARD_FENCED},
		{f->fresh, GUARD_NEWCOMER},
		{true, GUARD_FOREIGN},
	};

	for (size_t i = 0; i < LENGTH(rows); i++)
		if (rows[i].fits)
			return rows[i].row;
	return GUARD_ROWS;
}

static void
every_combination_falls_in_the_row_that_the_text_says(void **state)
{
	bool seen[GUARD_ROWS] = {false};

	(void)state;
	for (uint32_t n = 0; n < COMBINATIONS; n++) {
		struct guard_facts f = combination(n);
		struct guard_verdict v = guard_judge(&f);

		if (v.row != row_by_the_text(&f))
			fail_msg("combination %u: %s", n, v.name);
		seen[v.row] = true;
	}
	for (int row = 0; row < GUARD_ROWS; row++)
		assert_true(seen[row]);
}

static void
no_combination_writes_on_a_doubt(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < COMBINATIONS; n++) {
		struct guard_facts f = combination(n);
		struct guard_verdict v = guard_judge(&f);
		bool backs_up = v.action[GUARD_PERIODIC] == GUARD_BACK_UP;
		bool claims = v.action[GUARD_POST_POWERON] == GUARD_CLAIM_AND_RESTORE;

		if (!f.store_answered || f.rolled_back)
			assert_false(backs_up || claims);
		if (backs_up) /* what is backed up may also be published */
			assert_true(f.adoption_names_us && guard_may_publish(&f, f.epoch));
		if (claims) /* R3 */
			assert_true(f.fresh && f.has_snapshot);
		if (v.action[GUARD_PRE_POWEROFF] == GUARD_ADOPT_AND_BACK_UP)
			assert_true(!f.has_snapshot && !f.has_anchor && f.something_to_keep);
		if (v.action[GUARD_PRE_POWEROFF] == GUARD_NOTHING_TO_KEEP)
			assert_true(!f.has_snapshot && !f.something_to_keep);
	}
}

static void
every_row_has_its_own_name_and_a_sentence_with_a_way_out(void **state)
{
	const char *names[GUARD_ROWS] = {NULL};

	(void)state;
	for (uint32_t n = 0; n < COMBINATIONS; n++) {
		struct guard_facts f = combination(n);
		struct guard_verdict v = guard_judge(&f);

		names[v.row] = v.name;
		assert_true(strlen(v.sentence) > 40);
		if (v.action[GUARD_PRE_POWEROFF] == GUARD_VETO)
			assert_non_null(strstr(v.sentence, "FORCE"));
		if (v.action[GUARD_POST_POWERON] == GUARD_NEEDS_OPERATOR)
			assert_true(strstr(v.sentence, "kcb") != NULL);
	}
	for (int a = 0; a < GUARD_ROWS; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(names[a], names[b]);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_falls_in_the_row_that_the_text_says),
		cmocka_unit_test(no_combination_writes_on_a_doubt),
		cmocka_unit_test(every_row_has_its_own_name_and_a_sentence_with_a_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
