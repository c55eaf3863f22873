/* t_retention.c - which snapshots stay */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/retention.h"

#define HOUR 3600000
#define DAY  (24 * (int64_t)HOUR)
#define NOON (1767225600000 + 12 * HOUR) /* of 2026-01-01 */

/* Newest first: so many, each an hour before the one in front of it. */
static void
hourly(struct retained *all, size_t count, int64_t newest)
{
	memset(all, 0, count * sizeof *all);
	for (size_t i = 0; i < count; i++) {
		all[i].created_at_ms = newest - (int64_t)i * HOUR;
		all[i].verified = true;
	}
}

static size_t
kept(const struct retained *all, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += !all[i].removed;
	return n;
}

static void
without_a_rule_everything_stays(void **state)
{
	struct retained all[100];

	(void)state;
	hourly(all, LENGTH(all), NOON);
	retention_decide(&(struct retention){ 0 }, all, LENGTH(all));
	assert_int_equal(kept(all, LENGTH(all)), 100);
	assert_string_equal(all[99].reason, "everything stays: the configuration has no retention");
}

static void
so_many_of_the_newest_stay(void **state)
{
	struct retained all[100];

	(void)state;
	hourly(all, LENGTH(all), NOON);
	retention_decide(&(struct retention){ .keep_last = 7 }, all, LENGTH(all));
	assert_int_equal(kept(all, LENGTH(all)), 7);
	assert_false(all[6].removed);
	assert_true(all[7].removed);
	assert_string_equal(all[0].reason, "keep_last: one of the newest 7");
}

static void
the_last_of_each_day_and_month_stays(void **state)
{
	struct retained all[24 * 70]; /* 70 days back from noon of 1 January */

	(void)state;
	hourly(all, LENGTH(all), NOON);
	retention_decide(&(struct retention){ .keep_daily = 3, .keep_monthly = 3 }, all, LENGTH(all));
	assert_false(all[0].removed); /* 1 January, and January */
	assert_string_equal(all[0].reason, "keep_daily: the last of 2026-01-01 (UTC)");
	assert_false(all[13].removed); /* 23 o'clock of 31 December, and December */
	assert_false(all[13 + 24].removed);
	assert_true(all[13 + 48].removed);
	assert_false(all[13 + 31 * 24].removed); /* 23 o'clock of 30 November */
	assert_string_equal(all[13 + 31 * 24].reason, "keep_monthly: the last of 2025-11 (UTC)");
	assert_int_equal(kept(all, LENGTH(all)), 4);
	assert_string_equal(all[1].reason, "of its day, 2026-01-01, a newer one stays");
	assert_string_equal(all[13 + 48].reason, "of its month, 2025-12, a newer one stays");
	assert_string_equal(all[LENGTH(all) - 1].reason, "older than what keep_last, keep_daily and keep_monthly keep");
}

static void
a_clock_that_was_put_back_makes_no_snapshot_older(void **state)
{
	struct retained all[4];

	(void)state;
	hourly(all, LENGTH(all), NOON);
	all[0].created_at_ms = NOON - 400 * DAY;
	retention_decide(&(struct retention){ .keep_daily = 1 }, all, LENGTH(all));
	assert_false(all[0].removed);
	assert_string_equal(all[0].reason, "keep_daily: the last of 2026-01-01 (UTC)");
	assert_int_equal(kept(all, LENGTH(all)), 1);
	hourly(all, LENGTH(all), NOON);
	all[0].created_at_ms = NOON - 400 * DAY;
	retention_decide(&(struct retention){ .keep_daily = 2 }, all, LENGTH(all));
	assert_int_equal(kept(all, LENGTH(all)), 1); /* all of one day still */
}

static void
what_does_not_verify_stays_and_counts_for_nothing(void **state)
{
	struct retained all[10];

	(void)state;
	hourly(all, LENGTH(all), NOON);
	all[0].verified = all[1].verified = all[9].verified = false;
	retention_decide(&(struct retention){ .keep_last = 2 }, all, LENGTH(all));
	assert_int_equal(kept(all, LENGTH(all)), 5);
	assert_false(all[2].removed);
	assert_false(all[3].removed);
	assert_true(all[4].removed);
	assert_string_equal(all[9].reason,
	                    "does not verify: not counted, and never removed; kcb list --long says what it is");
}

static void
what_a_restore_would_use_stays(void **state)
{
	struct retained all[10];

	(void)state;
	hourly(all, LENGTH(all), NOON);
	all[8].needed = "a restore would take a kind from it";
	retention_decide(&(struct retention){ .keep_last = 1 }, all, LENGTH(all));
	assert_int_equal(kept(all, LENGTH(all)), 2);
	assert_string_equal(all[8].reason, all[8].needed);
}

static void
the_newest_stays_whatever_its_time_is(void **state)
{
	struct retained all[2];

	(void)state;
	hourly(all, LENGTH(all), INT64_MAX);
	retention_decide(&(struct retention){ .keep_monthly = 1 }, all, LENGTH(all));
	assert_false(all[0].removed);
	hourly(all, LENGTH(all), 0);
	retention_decide(&(struct retention){ .keep_monthly = 1 }, all, LENGTH(all));
	assert_false(all[0].removed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rule_everything_stays),
		cmocka_unit_test(so_many_of_the_newest_stay),
		cmocka_unit_test(the_last_of_each_day_and_month_stays),
		cmocka_unit_test(a_clock_that_was_put_back_makes_no_snapshot_older),
		cmocka_unit_test(what_does_not_verify_stays_and_counts_for_nothing),
		cmocka_unit_test(what_a_restore_would_use_stays),
		cmocka_unit_test(the_newest_stays_whatever_its_time_is),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
