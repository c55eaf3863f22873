/*
 * checkpoint.h - the records that a freshly formatted node starts with, read and extended.
 *
 * Kafka 4.4 and later keep them in the checkpoint of offset 0, beside the control records of the
 * quorum (KIP-1170, Formatter.java); earlier ones in bootstrap.checkpoint (BootstrapDirectory.java),
 * where that of offset 0, if there is one, holds control records alone.  When the log is empty the
 * first active controller appends all of them (ActivationRecordsGenerator.java), unchecked, in
 * requests of 10,000 records that may be 8 MiB each: a larger one would keep the cluster from ever
 * coming up, so records that do nothing are put between large ones.
 *
 * Blocks: a worker thread's.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/kraft/frames.h"
#include "core/kraft/image.h"
#include "core/kraft/node.h"
#include "core/kraft/voters.h"

struct checkpoint {
	struct node_properties node;
	bool          found;     /* false: the node has no controller's role, and starts with none */
	char          path[4200];
	struct image  image;     /* what the records say */
	struct voters voters;    /* of a dynamic quorum; a static one's are in Kafka's settings alone */
	/* its own */
	int           directory; /* where the file is */
	const char   *name;      /* in it */
	struct buf    head, foot; /* leading control batches, and the footer's, as they stand there */
	uint32_t      head_records;
	struct frames records;   /* data records, as they stand there */
	int64_t       timestamp;
	mode_t        mode;
	uid_t         owner;
	gid_t         group;
};

/*
 * Read the starting records of the node whose metadata.log.dir is dir; log_dirs are its log.dirs.
 * ERR_OPERATOR: not a freshly formatted node: it was started, holds partitions, or is a symbolic
 * link; ERR_DENIED: not ours to write; ERR_MISSING: not formatted; ERR_CORRUPT, ERR_UNSUPPORTED: a
 * file that is none, or of a version that is not known; ERR_FAILED.  Nothing is changed.
 */
int  checkpoint_open(struct checkpoint *c, const char *dir, const char *const *log_dirs, size_t count,
                     struct err *e);
void checkpoint_close(struct checkpoint *c);

/*
 * Put the records, behind those that are there, in a new file in the place of the old one: same mode
 * and owner, written beside it, synced, renamed, read again and compared.  Until the rename, and
 * after any error before it, the node starts as it was formatted.  The same records twice give the
 * same bytes.
 */
int checkpoint_extend(struct checkpoint *c, const struct frames *records, struct err *e);

CLEANUP_RELEASE(struct checkpoint, checkpoint_close)

#endif
