/*
 * batch.h - record batches of format 2, as KRaft's log and checkpoints hold them: never compressed,
 * either of records or of control records.  Source: Kafka's documentation, "Message Format";
 * DefaultRecordBatch.java; KIP-595 and KIP-630 (control records); KIP-866 is not ours.
 *
 *   base offset 8 | length of what follows 4 | leader epoch 4 | magic 2 1 | CRC-32C of what follows 4 |
 *   attributes 2 | last offset delta 4 | first and last timestamp 8, 8 | producer id, epoch, first
 *   sequence 8, 2, 4 | number of records 4 | records
 *
 * Pure; nothing is copied: results point into the bytes that were passed in.
 */
#ifndef BATCH_H
#define BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/kraft/wire.h"

#define BATCH_START  12u /* bytes that say how long it is */
#define BATCH_HEADER 61u
/* KafkaRaftClient.MAX_BATCH_SIZE_BYTES; and what a record may be longer, with room. */
#define BATCH_WRITE_MAX (8u << 20)
#define BATCH_READ_MAX  (64u << 20)
#define BATCH_RECORDS_MAX 10000u /* of one that is written: QuorumController's limit */

struct batch {
	int64_t       base_offset, last_offset;
	int32_t       epoch;
	bool          control;
	int64_t       timestamp; /* the last one, ms since 1970 */
	uint32_t      count;
	struct cursor records;
};

/* The types of control records (ControlRecordType.java). */
enum {
	CONTROL_LEADER_CHANGE = 2,
	CONTROL_SNAPSHOT_HEADER = 3,
	CONTROL_SNAPSHOT_FOOTER = 4,
	CONTROL_KRAFT_VERSION = 5,
	CONTROL_KRAFT_VOTERS = 6,
};

struct batch_record {
	int64_t              offset;
	int                  control; /* its type, in a control batch */
	const unsigned char *value;
	size_t               value_len;
};

/* The whole size of a batch, from its first BATCH_START bytes.  ERR_CORRUPT: no batch has it. */
int batch_size(const unsigned char *start, size_t *ret, struct err *e);

/* Check and read the header of a whole batch.  ERR_CORRUPT says what is wrong at which offset. */
int batch_read(const unsigned char *bytes, size_t size, struct batch *ret, struct err *e);

/* The next record: 1, 0 behind the last one, or ERR_CORRUPT. */
int batch_next(struct batch *b, uint32_t *read, struct batch_record *ret, struct err *e);

/* ---- writing ---- */

struct batch_writer {
	struct buf *out;
	size_t      from;   /* where the batch begins */
	int64_t     base_offset, timestamp;
	uint32_t    count;
	bool        control;
};

/* Begin a batch behind what out holds; epoch 0, as in every checkpoint.  Errors are the buffer's. */
void batch_begin(struct batch_writer *w, struct buf *out, int64_t base_offset, int64_t timestamp,
                 bool control);
void batch_add(struct batch_writer *w, const void *key, size_t key_len, const void *value,
               size_t value_len); /* key NULL: none */
void batch_end(struct batch_writer *w);

/* What a record of value_len bytes adds to a batch, at the most. */
size_t batch_record_size(size_t value_len);

#endif
