/*
 * kind_ops.h - what a kind of resource must be able to do: the contract of core/kafka/topics.c and
 * its like.  A kind is one file and one row of hooks/kinds.c.
 *
 * A driver speaks the document's lines; it knows nothing of snapshots, stores, guards or reports.
 * Thread: the loop's; callback rule as in core/loop/loop.h.
 */
#ifndef KIND_OPS_H
#define KIND_OPS_H

#include <stdbool.h>

#include "core/base/err.h"
#include "core/loop/loop.h"
#include "core/snapshot/kind.h"
#include "core/snapshot/line.h"

/* One capture: embedded by the caller, who sets the first part. */
struct capture {
	struct loop *loop;
	void        *server; /* struct client of Kafka's kinds */
	/*
	 * Lines of the newest snapshot, or NULL: what must be asked for by name when a list lacks
	 * it.
	 */
	const struct line_set *known;
	/*
	 * Lines are added here, unsorted; also KIND_IDENTITY.  What a failed capture added is
	 * removed by the caller.
	 */
	struct line_set *lines;
	/*
	 * Called once.  rc 0: every request succeeded and the list was proven complete: captured.
	 * Else the kind is unreachable, or unsupported with ERR_UNSUPPORTED, and e is the reason
	 * with the way out.
	 */
	void (*done)(struct capture *c, int rc, const struct err *e);
	/*
	 * Of a driver that has read a topic whole: its name (the server's) and the offset behind its last record,
	 * for a fall to be proven by (R2).  NULL: it has read none.
	 */
	const char *topic;
	int64_t     topic_end;
	void *driver; /* the driver's own */
};

/* What is to be done about one resource, and what came of it. */
enum plan_action {
	PLAN_CREATE = 0, /* it is not there */
	PLAN_COMPLETE,   /* it was auto-created, or created by us in part: it may be altered (R3, R4) */
	PLAN_EQUAL,      /* it is there, as saved or as it can be had */
	PLAN_KEEP,       /* it is there with other settings, which are not ours to change: reason */
};

enum plan_outcome {
	PLAN_TODO = 0, /* not tried, or the answer was lost: look again before trying again */
	PLAN_DONE,     /* acknowledged */
	PLAN_EXISTS,   /* somebody created it meanwhile: to be compared */
	PLAN_FAILED,   /* refused; reason says why */
};

struct plan_item {
	enum plan_action  action;
	struct line       want; /* as it was saved; in the plan's arena */
	const char       *have; /* value of the live line, or NULL */
	/*
	 * What it can be when it cannot be as saved (fewer brokers, unknown settings): canonical
	 * value in the plan's arena, and the reason.  NULL: as saved.
	 */
	const char       *target;
	const char       *reason;
	const char       *started; /* of kinds with start(): the value after it; in the plan's arena */
	enum plan_outcome outcome;
	bool              rested;   /* was read back at rest; it may still fail to start */
	bool              denied;   /* failed, since our user may not do it */
	bool              too_large; /* kept, since nobody can make it smaller: it has to be deleted first */
	bool              verified; /* read back as it should be */
	bool              reads;    /* verify_all()'s: in the live cluster it reads as it should */
};

struct plan {
	struct arena     arena;
	struct plan_item *items;
	size_t           count, capacity;
	const void       *server; /* as in struct capture, for fit(); NULL: what it can is not known */
	/*
	 * For fit() of Kafka's kinds: before the first start, where what is missing is written into the
	 * node's starting records; and the cluster's metadata.version (0: not known) and brokers.
	 */
	bool              seeding;
	int               metadata_version;
	const int32_t    *broker_ids;
	size_t            broker_count;
};

struct apply {
	struct loop *loop;
	void        *server;
	struct plan *plan;     /* of items of this kind alone */
	uint32_t     brokers;  /* that are alive */
	/*
	 * Called once, when every item was tried.  rc is of what stopped the whole (server gone,
	 * deadline); one bad item stops no other and is in its outcome.
	 */
	void (*done)(struct apply *a, int rc, const struct err *e);
	void (*progress)(struct apply *a, size_t done, size_t total); /* may be NULL */
	void *driver;
};

struct kind_ops {
	enum kind kind;
	/* NULL: brokers do not tell it; only the metadata log does. */
	int (*capture)(struct capture *c, struct err *e);
	/*
	 * Decide an item's action and target for a cluster of so many brokers; have and want are
	 * set.  Pure.
	 */
	int (*fit)(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e);
	/*
	 * NULL: each item stands for itself, the live line with its key is what it is compared with, and it is verified
	 * when that has its value.  Else the lines of the kind are one thing, of which positions may differ: fit_all()
	 * is called instead of fit(), and decides every item that is not PLAN_DONE, and verify_all() sets `reads` of
	 * every item.  live: sorted lines of the live cluster, of all kinds.  Pure but for what the plan's server
	 * remembers.
	 */
	int (*fit_all)(struct plan *plan, const struct line_set *live, struct err *e);
	int (*verify_all)(struct plan *plan, const struct line_set *live, struct err *e);
	/* NULL: what is missing cannot be created through a server; fit() says so of each. */
	int (*apply)(struct apply *a, struct err *e);
	/*
	 * NULL: a created resource is what it was.  Else created ones rest (a connector is
	 * STOPPED), fit() targets that, and start() brings each item to `started` once everything
	 * else is verified.  An item that cannot be started: outcome and reason, as in apply().
	 */
	int (*start)(struct apply *a, struct err *e);
	/*
	 * Whether a live line means what a value says, where servers rewrite what they are given.  NULL: only
	 * the same bytes do.  Pure.
	 */
	bool (*equal)(const struct line *have, const char *want);
};

#endif
