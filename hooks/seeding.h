/*
 * seeding.h - the disks of a node that was formatted and never started, for the hook pre_start: what is in its starting
 * records, and the same with a snapshot's lines behind them.
 *
 * An operation lends its seeding to one thread at a time; both functions that block read and write it alone.
 */
#ifndef SEEDING_H
#define SEEDING_H

#include "core/config/config.h"
#include "core/kraft/node.h"
#include "core/kraft/voters.h"
#include "core/snapshot/line.h"

struct seeding {
	/* what a thread needs */
	char           *dir;
	const char    **log_dirs;
	size_t          log_dir_count;
	struct line_set lines, identities; /* to be written */
	int32_t        *brokers;           /* rising */
	size_t          broker_count;
	/* what it found */
	struct node_properties node;
	bool            controller;        /* the node has starting records */
	struct line_set formatted;         /* lines of them */
	struct voters   voters;            /* of a dynamic quorum */
	int             metadata_version;
	size_t          added, there;
	struct err      err;
};

/* Of the section kraft of a configuration, which is copied.  NULL: no memory. */
struct seeding *seeding_new(const struct config *config);
void seeding_free(struct seeding *s); /* NULL is allowed */

/*
 * Read the disks: node, controller, formatted, voters, metadata_version, brokers.  s->err as checkpoint_open().
 * Blocks.
 */
void seeding_look(struct seeding *s);

/*
 * Write s->lines, sorted, with the places and ids of s->identities; s->added and s->there count lines.  s->err as
 * checkpoint_open(), seed_line() and checkpoint_extend(): after an error the node starts as it was formatted, unless
 * the message says otherwise.  Blocks.
 */
void seeding_write(struct seeding *s);

#endif
