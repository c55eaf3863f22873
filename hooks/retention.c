/* retention.c - see retention.h */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "hooks/retention.h"

#define PERIOD_TEXT 16u

/* A rule that keeps the last one of each of so many periods. */
struct periods {
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

enum kept { KEPT_NOT, KEPT_NEWER /* of the same period a newer one stays */, KEPT };

/* The last one of a period that has room: newest first, so the first one of it that is met. */
static enum kept
keeps(struct periods *p, int64_t created_at_ms)
{
	time_t seconds = (time_t)(created_at_ms / 1000);
	char period[PERIOD_TEXT] = "";
	struct tm utc;

	if (gmtime_r(&seconds, &utc) == NULL || strftime(period, sizeof period, "%Y-%m-%d", &utc) == 0)
		return KEPT_NOT;
	period[p->text] = '\0';
	if (strcmp(period, p->last) == 0)
		return KEPT_NEWER;
	if (p->left == 0)
		return KEPT_NOT;
	(void)snprintf(p->last, sizeof p->last, "%s", period);
	p->left--;
	return KEPT;
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

/* Why one that no rule and no need keeps goes. */
static void
let_go(struct retained *r, enum kept day, const struct periods *days, enum kept month,
       const struct periods *months)
{
	if (day == KEPT_NEWER)
		decide(r, true, "of its day, %s, a newer one stays", days->last);
	else if (month == KEPT_NEWER)
		decide(r, true, "of its month, %s, a newer one stays", months->last);
	else
		decide(r, true, "older than what keep_last, keep_daily and keep_monthly keep");
}

void
retention_decide(const struct retention *rules, struct retained *all, size_t count)
{
	struct periods days = { .text = 10, .left = rules->keep_daily };
	struct periods months = { .text = 7, .left = rules->keep_monthly };
	bool none = rules->keep_last == 0 && rules->keep_daily == 0 && rules->keep_monthly == 0;
	uint32_t verified = 0;
	size_t i;

	straighten(all, count);
	for (i = 0; i < count; i++) {
		struct retained *r = &all[i];
		bool last = verified < rules->keep_last;
		enum kept day, month;

		if (!r->verified) {
			decide(r, false,
			       "does not verify: not counted, and never removed; kcb list --long says what it is");
			continue;
		}
		verified++;
		day = keeps(&days, r->created_at_ms);
		month = keeps(&months, r->created_at_ms);
		if (none)
			decide(r, false, "everything stays: the configuration has no retention");
		else if (last)
			decide(r, false, "keep_last: one of the newest %u", rules->keep_last);
		else if (day == KEPT)
			decide(r, false, "keep_daily: the last of %s (UTC)", days.last);
		else if (month == KEPT)
			decide(r, false, "keep_monthly: the last of %s (UTC)", months.last);
		else if (verified == 1)
			decide(r, false, "the newest always stays");
		else if (r->needed != NULL)
			decide(r, false, "%s", r->needed);
		else
			let_go(r, day, &days, month, &months);
	}
}
