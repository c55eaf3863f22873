/* retention.c - see retention.h */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hooks/retention.h"

#define PERIOD_TEXT 16u

/* A rule that keeps the last one of each of so many periods. */
struct periods {
	const char *word; /* "day", "month" */
	size_t      text; /* how much of "2026-11-28" names a period */
	uint32_t    left;
	char        last[PERIOD_TEXT];
};

__attribute__((format(printf, 3, 4))) static void
decide(struct retained *r, bool removed, const char *format, ...)
{
	va_list arguments;

	r->removed = removed;
	va_start(arguments, format);
	(void)vsnprintf(r->reason, sizeof r->reason, format, arguments); /* cut is fine */
	va_end(arguments);
}

/* The last one of a period that has room: newest first, so the first one of it that is met. */
static bool
keeps(struct periods *p, int64_t created_at_ms)
{
	time_t seconds = (time_t)(created_at_ms / 1000);
	char period[PERIOD_TEXT] = "";
	struct tm utc;

	if (p->left == 0 || gmtime_r(&seconds, &utc) == NULL ||
	    strftime(period, sizeof period, "%Y-%m-%d", &utc) == 0)
		return false;
	period[p->text] = '\0';
	if (strcmp(period, p->last) == 0)
		return false;
	(void)snprintf(p->last, sizeof p->last, "%s", period);
	p->left--;
	return true;
}

/* created_at never falls while the position grows: from the oldest on, a clock that was put back counts as it stood. */
static void
straighten(struct retained *all, size_t count)
{
	int64_t latest = INT64_MIN;
	size_t i;

	for (i = count; i-- > 0;) {
		if (!all[i].verified)
			continue;
		if (all[i].created_at_ms < latest)
			all[i].created_at_ms = latest;
		latest = all[i].created_at_ms;
	}
}

void
retention_decide(const struct retention *rules, struct retained *all, size_t count)
{
	struct periods days = { .word = "day", .text = 10, .left = rules->keep_daily };
	struct periods months = { .word = "month", .text = 7, .left = rules->keep_monthly };
	bool none = rules->keep_last == 0 && rules->keep_daily == 0 && rules->keep_monthly == 0;
	uint32_t verified = 0;
	size_t i;

	straighten(all, count);
	for (i = 0; i < count; i++) {
		struct retained *r = &all[i];
		bool last = verified < rules->keep_last, day, month;

		if (!r->verified) {
			decide(r, false, "does not verify, and is not touched");
			continue;
		}
		verified++;
		day = keeps(&days, r->created_at_ms);
		month = keeps(&months, r->created_at_ms);
		if (none)
			decide(r, false, "no rule of retention is configured");
		else if (last)
			decide(r, false, "one of the last %u", rules->keep_last);
		else if (day || month)
			decide(r, false, "the last of the %s %s", day ? days.word : months.word,
			       day ? days.last : months.last);
		else if (verified == 1)
			decide(r, false, "the newest");
		else if (r->needed != NULL)
			decide(r, false, "%s", r->needed);
		else
			decide(r, true, "no rule of retention keeps it");
	}
}
