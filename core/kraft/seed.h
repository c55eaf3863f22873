/*
 * seed.h - a document's lines as the metadata records that bring them back.
 *
 * Pure: the same lines, node ids and formatted records give the same frames, on every controller.
 * Partitions (lab-kafka of the design, 9): the first replica leads, or, of several before 4.0-IV1,
 * none; all replicas are in sync, no directory is assigned; leader and partition epochs are the saved
 * ones and SEED_EPOCHS, so that clients which lived through the power cycle do not take the new
 * metadata for old.
 */
#ifndef KRAFT_SEED_H
#define KRAFT_SEED_H

#include "core/kraft/frames.h"
#include "core/kraft/image.h"
#include "core/snapshot/line.h"

#define SEED_EPOCHS 1024

/* The sections of a checkpoint, in the order in which they are written. */
enum seed_section {
	SEED_TOPICS, SEED_PARTITIONS, SEED_CONFIGS, SEED_USERS, SEED_ACLS, SEED_QUOTAS,
	SEED_SECTIONS
};

struct seed {
	/* set by the caller */
	const int32_t         *brokers; /* node ids of the new cluster's brokers, rising */
	size_t                 broker_count;
	const struct line_set *identities; /* sorted: where partitions were, and under which ids */
	const struct line_set *formatted;  /* sorted: lines of what `format` wrote */
	int                    metadata_version; /* that it is formatted for: which versions of records */
	/* the result */
	struct frames          sections[SEED_SECTIONS];
	size_t                 added, there; /* lines; there: they stood in the formatted records */
	/* its own */
	int32_t               *saved; /* brokers of the identities, rising; and who takes each one's place */
	int32_t               *taken;
	size_t                 saved_count;
};

/* Prepare s, whose first part is set.  ERR_CORRUPT: an identity makes no sense; ERR_FAILED. */
int  seed_begin(struct seed *s, struct err *e);
void seed_release(struct seed *s);

/*
 * Add the records of one line of Kafka's kinds.  A user, an ACL or a topic that stands in the formatted
 * records is never written again; configs and quotas are, where they differ.  ERR_CORRUPT: the line is
 * not as FORMAT.md says (nothing is added); ERR_UNSUPPORTED: it cannot be a record; ERR_FAILED.
 */
int seed_line(struct seed *s, const struct line *line, struct err *e);

CLEANUP_RELEASE(struct seed, seed_release)

#endif
