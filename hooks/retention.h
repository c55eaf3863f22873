/*
 * retention.h - which snapshots stay: keep_last, keep_daily and keep_monthly of the configuration (DESIGN 5).  Pure.
 */
#ifndef RETENTION_H
#define RETENTION_H

#include "core/config/config.h"
#include "core/seal/container.h"

/* One snapshot in the store. */
struct retained {
	int64_t              created_at_ms; /* only of one that verifies */
	bool                 verified;      /* its header does */
	const char          *needed;        /* why it must stay whatever the rules say; NULL: it need not */
	/* the decision */
	bool                 removed;
	char                 reason[160];   /* for people: the rule of the configuration by its name */
};

struct retention {
	uint32_t keep_last, keep_daily, keep_monthly; /* all 0: everything stays */
};

/*
 * Decide for all, which stand in the order of the store: newest first.  What does not verify stays, and counts for
 * nothing; the newest that verifies stays.  A day is the UTC day of created_at_ms, which is not believed where it falls
 * while the position grows: the last of a day is the one with the highest position.
 */
void retention_decide(const struct retention *rules, struct retained *all, size_t count);

#endif
