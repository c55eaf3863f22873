/*
 * live.h - what is in the live cluster now: every kind captured, and what the guard and the restore
 * ask of it.
 */
#ifndef LIVE_H
#define LIVE_H

#include "core/connect/connect.h"
#include "core/kafka/client.h"
#include "core/kafka/log_source.h"
#include "core/loop/job.h"
#include "core/snapshot/kind_ops.h"
#include "core/config/config.h"
#include "hooks/report.h"

struct live {
	/* set by the caller */
	struct loop   *loop;
	struct client *kafka;   /* NULL: Kafka is down; the log is read unproven */
	const char    *cluster; /* id, as the brokers say it */
	struct connect *connect; /* NULL: not configured */
	bool           without_services; /* leave out what is not on Kafka: it is `pending` */
	const bool    *pending; /* of KIND_TABLE: what a restore has not put back yet */
	const struct config *config;
	const struct line_set *known; /* lines of the newest snapshot, or NULL */
	void (*done)(struct live *l, int rc, const struct err *e);
	/* the result: valid until live_release() */
	struct line_set   lines; /* sorted; of captured kinds, and identity */
	struct kind_entry kinds[KIND_TABLE];
	struct err        why[KIND_TABLE]; /* of kinds that are not captured */
	uint8_t           source;          /* SOURCE_* of Kafka's kinds */
	struct log_position position;      /* of the log, where it is the source */
	/* its own */
	struct job     job;
	struct log_source log;
	bool           told[KIND_TABLE];  /* by the log */
	struct capture capture;
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

/* ---- pure questions about sets of lines ---- */

/* True if their identities place partitions on more than one node: others may run our hooks too. */
bool on_several_nodes(const struct line_set *lines);

/*
 * The cluster's own furniture: what is declared (guard.bootstrap_set), Connect's and the registry's
 * topics, and what `format` itself sets.
 */
bool is_furniture(const struct config *config, const struct line *line);

/*
 * One of Connect's three topics or the registry's: with too many partitions their servers never
 * start.
 */
bool is_of_services(const struct config *config, const struct line *line);

/* Anything worth a backup: a resource that is no furniture. */
bool something_to_keep(const struct config *config, const struct line_set *lines);

/*
 * R3.  saved: lines of the newest snapshot.  What speaks against it is appended to found ("topic a
 * (own configs), ..."; at most 10 named).
 */
bool is_fresh(const struct config *config, const struct line_set *lines,
              const struct line_set *saved, struct buf *found);

/* The topic id of an identity line (URL-safe base64), or false. */
#define TOPIC_ID_SIZE 32
bool identity_topic_id(const struct line *line, char ret[TOPIC_ID_SIZE]);

/* A sorted list of topic ids, in an arena. */
struct id_list {
	const char **ids;
	size_t       count;
};
int  ids_of_lines(const struct line_set *lines, struct arena *arena, struct id_list *ret,
                  struct err *e);
bool ids_have(const struct id_list *list, const char *id);

#endif
