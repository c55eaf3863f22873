/*
 * live.h - what is in the live cluster now: every kind captured, and what the guard and the restore
 * ask of it.
 */
#ifndef LIVE_H
#define LIVE_H

#include "core/connect/connect.h"
#include "core/kafka/client.h"
#include "core/kafka/log_source.h"
#include "core/kafka/users.h"
#include "core/registry/way.h"
#include "core/loop/job.h"
#include "core/snapshot/kind_ops.h"
#include "core/config/config.h"
#include "hooks/line_questions.h"
#include "hooks/report.h"

struct live {
	/* set by the caller */
	struct loop   *loop;
	struct client *kafka;   /* NULL: Kafka is down; the log is read unproven */
	const char    *cluster; /* id, as the brokers say it */
	struct connect *connect; /* NULL: not configured */
	const struct user_store *users; /* the manager's; NULL: it has none, or the log tells the users */
	struct way     *way; /* to the registry; NULL: not configured */
	bool           without_services; /* leave out what is not on Kafka: it is `pending` */
	const bool    *pending; /* of KIND_TABLE: what a restore has not put back yet */
	const struct config *config;
	const struct line_set *known; /* lines of the newest snapshot, or NULL */
	/*
	 * Topics, sorted, that count only when the brokers show them as the log has them, with a leader of each
	 * partition: what a restore must have put back (R5).  NULL: none.
	 */
	const struct line_set *confirm;
	void (*done)(struct live *l, int rc, const struct err *e);
	/* the result: valid until live_release() */
	struct line_set   lines; /* sorted; of captured kinds, and identity */
	struct kind_entry kinds[KIND_TABLE];
	struct err        why[KIND_TABLE]; /* of kinds that are not captured */
	uint8_t           source;          /* SOURCE_* of Kafka's kinds */
	struct log_position position;      /* of the log, where it is the source */
	int               metadata_version; /* that it says; 0: it is not the source */
	/* its own */
	struct job     job;
	struct log_source log;
	bool           told[KIND_TABLE];  /* by the log */
	struct capture capture;
	struct topic_end {
		const char *topic; /* NULL: none was read for the kind */
		int64_t     offset;
	} ends[KIND_TABLE];
	struct line_set shown; /* what the brokers say of the topics that the log has */
	size_t         next, before;
};

/*
 * done is called once.  rc is not 0 only when the operation was stopped or has no memory: a kind
 * that cannot be reached is in `kinds`.
 */
int  live_capture(struct live *l, struct err *e);
void live_release(struct live *l);

/* Put the kinds, and why they are not captured, into a report. */
void live_report(const struct live *l, struct report *r);

/* True if every kind is captured, disabled or unsupported; else the first reason is in e. */
bool live_complete(const struct live *l, struct err *e);

/* Take a kind back: its lines go, its state is `pending`. */
void live_make_pending(struct live *l, enum kind kind, const char *why);

#endif
