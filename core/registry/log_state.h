/*
 * log_state.h - what a registry holds once it has read its topic: the lines of schema and registry_config, made of the
 * records.  Pure.
 *
 * Registries read the same records differently (lab-tested), so the vendor counts:
 *   empty value   Karapace: a tombstone.  Confluent: no record at all.
 *   MODE, CONTEXT, CLEAR_SUBJECT and contexts in subjects   Karapace knows none of them.
 * Softly deleted is what says so itself, or what a later DELETE_SUBJECT covers; gone is what has a tombstone, or was
 * softly deleted when a CLEAR_SUBJECT came.
 */
#ifndef REGISTRY_LOG_STATE_H
#define REGISTRY_LOG_STATE_H

#include "core/kafka/topic_log.h"
#include "core/registry/registry.h"
#include "core/snapshot/line.h"

struct log_event;

struct log_state {
	const struct topic_log *log;
	enum registry_vendor    vendor;
	struct arena            arena;
	struct log_event       *events; /* sorted by keytype, subject, version, position */
	size_t                  count;
	struct line            *lines;  /* NULL: the records are read from the log */
	struct err              why; /* code 0: all was understood; else ERR_UNSUPPORTED and the first that was not */
	size_t                  strange; /* how many were not */
};

/* Who reads this topic: of whom the last record is that tells.  REGISTRY_UNKNOWN: none tells. */
enum registry_vendor log_vendor(const struct topic_log *log);

/*
 * Read the records; the log must outlive the state.  REGISTRY_UNKNOWN as vendor reads what both agree on, and either's
 * tombstone as one.  ERR_FAILED: no memory.  What is not understood is in `why`, and the lines then are not whole.
 */
int  log_state_read(struct log_state *s, const struct topic_log *log, enum registry_vendor vendor, struct err *e);
void log_state_release(struct log_state *s);

/*
 * The records stand in lines too: from now on they are read from there, and the log may be emptied, which is as large
 * again.  lines: one for each record, in their order; their texts must outlive the state.  ERR_FAILED: no memory.
 */
int log_state_use_lines(struct log_state *s, const struct line *lines, struct err *e);

/*
 * Add the lines of schema.  ERR_UNSUPPORTED: two versions share an id and not the text (names them); ERR_CORRUPT: as
 * schema_line_add().
 */
int log_state_schemas(const struct log_state *s, struct line_set *lines, struct err *e);

/* How many versions are not softly deleted. */
size_t log_state_live(const struct log_state *s);

/*
 * Add the lines of registry_config.  known (or NULL): an earlier snapshot's lines, whose highest ids are carried on,
 * since compaction removes the records of what was deleted.
 */
int log_state_configs(const struct log_state *s, const struct line_set *known, struct line_set *lines, struct err *e);

/*
 * True if the SCHEMA record says the same version of the same subject with the same id and text as one of the records
 * of the state: what a client registered before us.
 */
bool log_state_has_schema(const struct log_state *s, const struct log_record *r);

#endif
