/*
 * kraft_records.h - metadata records, batches and checkpoints as bytes, for tests: what a test says
 * in one call each.  Ids of topics and ACLs are one byte, 16 times.  Writing a batch is core/kraft's
 * own; where bytes must be what Kafka writes, t_kraft_batch.c has some of Kafka's, and
 * t_kraft_property.sh has Kafka read what is written here.
 */
#ifndef KRAFT_RECORDS_H
#define KRAFT_RECORDS_H

#include "core/kraft/batch.h"
#include "core/kraft/frames.h"
#include "core/kraft/record.h"

#define NO_LEADER_CHANGE (-2)

void make_topic(struct frames *f, const char *name, unsigned char id);
void make_remove_topic(struct frames *f, unsigned char id);
/* replicas: `count` of them; the first leads, and all are in sync. */
void make_partition(struct frames *f, unsigned char id, int number, int leader_epoch, int epoch,
                    const int32_t *replicas, size_t count);
/* leader: NO_LEADER_CHANGE, or whom; count 0: the replicas stay. */
void make_change(struct frames *f, unsigned char id, int number, int leader, const int32_t *replicas,
                 size_t count);
/* A topic of one partition on broker 1, epochs 0. */
void make_small_topic(struct frames *f, const char *name, unsigned char id);

void make_config(struct frames *f, int type, const char *resource, const char *name,
                 const char *value); /* NULL: it is removed */
void make_user(struct frames *f, const char *name, int mechanism, unsigned char salt);
void make_remove_user(struct frames *f, const char *name, int mechanism);

struct acl_numbers {
	int type, pattern, operation, permission;
};
void make_acl(struct frames *f, unsigned char id, struct acl_numbers n, const char *resource,
              const char *principal, const char *host);
void make_remove_acl(struct frames *f, unsigned char id);

/* entity: type, name, type, name ..., NULL; the name "" stands for the default. */
void make_quota(struct frames *f, const char *const *entity, const char *key, double value, bool remove);
void make_feature(struct frames *f, const char *name, int level);
void make_mark(struct frames *f, unsigned type); /* RECORD_BEGIN_TRANSACTION and the like */
/* A frame of any type and version, with these bytes behind it. */
void make_raw(struct frames *f, unsigned type, unsigned version, const char *bytes, size_t len);

/* Append batches to out; each returns the offset behind it. */
int64_t batch_of(struct buf *out, int64_t base_offset, int32_t epoch, const struct frames *f);
int64_t control_batch_of(struct buf *out, int64_t base_offset, int32_t epoch, int type);

/* A whole checkpoint: header, the records in one batch (none, if there are none), footer. */
void checkpoint_of(struct buf *out, const struct frames *f);

/* Make the checksum of the batch that begins at `from` right again. */
void batch_mend(struct buf *bytes, size_t from);

#endif
