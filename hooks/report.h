/*
 * report.h - what a hook says at its end: one line, and a JSON document (kafka_config_backup(7)
 * describes it), among it the loss ledger: whatever could not be captured or restored, one by one,
 * with the reason (R7).
 *
 * No secret and no value of a resource is ever put in (R8); commands that show resources use
 * `result`.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/limits.h"
#include "core/seal/container.h"
#include "core/snapshot/kind.h"
#include "hooks/status.h"

struct report_kind {
	bool              known; /* this operation looked at the kind */
	struct kind_entry entry;
	uint64_t          age_ms; /* restores: how much older than the newest snapshot its source is */
	char              reason[ERR_TEXT_SIZE]; /* why it is not captured; "" */
};

/* A step that runs several times (polling) counts once, with the sum. */
struct report_phase {
	const char *name; /* static */
	uint64_t    ms;
};
#define PHASES_MAX 64u /* no table has so many steps */

struct report {
	enum hook   hook;
	enum status status;
	char        message[ERR_TEXT_SIZE];
	uint64_t    retry_after_ms;
	char        cluster[CLUSTER_ID_MAX + 1];
	const char *guard; /* the row's name; NULL: not judged */
	struct report_kind kinds[KIND_TABLE];
	bool        has_snapshot; /* `snapshot` is the one written, restored, or the newest */
	struct seal_header snapshot;
	bool        written;      /* ... and this operation wrote it: it is the new anchor */
	bool        verified;     /* the newest snapshot was read whole, and is good */
	bool        saved;        /* the store has what the cluster has: written, or unchanged */
	bool        rolled_back;  /* the store has less than the anchor: no new anchor is given */
	struct buf  ledger;       /* members of a JSON array */
	uint32_t    ledger_count, ledger_losses, ledger_unnamed;
	struct report_phase phases[PHASES_MAX]; /* in the order of their first time */
	size_t      phase_count;
	struct buf  result;       /* of a command: one JSON value, or empty */
};

void report_init(struct report *r, enum hook hook);
void report_release(struct report *r);

/*
 * An entry of the ledger: kind (or NULL), the resource's or object's name, a word for what became
 * of it ("lowered", "failed", "skipped", "dropped", "kept as found", ...), and the reason.  loss:
 * something is less than it was saved, so the hook ends PARTIAL at best.
 */
void report_ledger(struct report *r, bool loss, const char *kind, const char *name,
                   const char *what, const char *reason, ...)
    __attribute__((format(printf, 6, 7)));

/* Empty the ledger again. */
void report_init_ledger(struct report *r);

/* How long a step took; of one that is run again, the sum. */
void report_phase(struct report *r, const char *name, uint64_t ms);

/* End with a status and the line for a person. */
void report_end(struct report *r, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The whole as one JSON object; NULL: no memory.  The text is in out. */
const char *report_json(const struct report *r, const char *service, struct buf *out);

#endif
