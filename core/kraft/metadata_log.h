/*
 * metadata_log.h - KRaft's metadata log on this node's disk: the state at its end.
 *
 * Read are the newest complete checkpoint and the segments behind it; nothing is written, opened for
 * writing or locked, so Kafka may run meanwhile.  The first checkpoint, of offset 0, is what the
 * node was formatted with: the controller appends it to the log itself (KIP-1170), so it is no state.
 *
 * Committed or not.  Kafka keeps no high watermark of this log on disk, and a replica's last records
 * may be replaced by another leader's (KafkaRaftClient.maybeTruncate...).  Brokers apply only what is
 * committed: KafkaRaftClient gives its listeners batches up to the high watermark
 * (updateListenersProgress), and MetadataLoader makes a broker's answers from these.  So what was
 * read is believed only when a broker shows the same topics (core/kafka/log_source.h): what it
 * shows was committed, and with it everything at lower offsets.  Records behind the last change
 * of a topic are as new as the log is; one controller that lost a leadership in that very moment may
 * hold a change there that its clients were never told to have succeeded.  Of a stopped node there is
 * no more to be known: its log's end is taken.
 *
 * Transactions (KIP-868) count when they have ended: an aborted one is passed over, and where one is
 * open the state is that of its beginning.
 */
#ifndef METADATA_LOG_H
#define METADATA_LOG_H

#include "core/kraft/image.h"

struct log_position {
	int64_t offset; /* behind the last record that counts */
	int32_t epoch;  /* of the leader that wrote it */
};

/* The folder of the log in Kafka's metadata.log.dir. */
#define METADATA_LOG_FOLDER "__cluster_metadata-0"

/*
 * Read the log in metadata_log_dir, an absolute path.  image must be empty (zeroed) and is the
 * caller's to release, in every case.  Files that vanish meanwhile, since Kafka rolls and deletes
 * them, are looked for again, a few times.  ERR_MISSING: there is no log (a folder without a segment is
 * none); ERR_DENIED: not ours to read; ERR_AGAIN: it changes faster than it can be read; ERR_CORRUPT:
 * it is no metadata log, is damaged or has a gap; ERR_FAILED: the disk, or memory.  Blocks: a worker
 * thread's.
 */
int metadata_log_read(const char *metadata_log_dir, struct image *image, struct log_position *ret,
                      struct err *e);

/*
 * The same, and image->changed has the topics that records from offset `since` on have made, grown
 * or removed, whether or not they are there now.  *ret_since: from where on that is so; more than
 * `since` if a checkpoint stands in place of earlier records.
 */
int metadata_log_read_since(const char *metadata_log_dir, int64_t since, struct image *image,
                            struct log_position *ret, int64_t *ret_since, struct err *e);

#endif
