/*
 * image.h - what a metadata log says, all changes applied: the state at an offset.
 *
 * Replay is as in Kafka's controller (ReplicationControlManager, ConfigurationControlManager,
 * ScramControlManager, AclControlManager, ClientQuotaControlManager): the last word counts; a topic
 * that is removed takes its partitions and its configs with it.  Memory is of the state, never of
 * the log.  One thread at a time.
 */
#ifndef KRAFT_IMAGE_H
#define KRAFT_IMAGE_H

#include "core/base/err.h"
#include "core/kraft/record.h"
#include "core/kraft/table.h"
#include "core/snapshot/kind.h"

struct image {
	/*
	 * Keys and values; [n] is bytes, ints are big endian as in records.
	 *   topics      topic id [16]                       -> partitions [4], name
	 *   names       name                                -> topic id [16]
	 *   partitions  topic id [16], partition [4]        -> leader epoch [4], partition epoch [4],
	 *                                                      replicas [4 each]
	 *   configs     resource type [1], resource         -> name\0value\0 ... in byte order of the names
	 *   users       mechanism [1], name                 -> the record's frame
	 *   acls        ACL's id [16]                       -> the record's frame
	 *   quotas      the record's entity, in the order of the types -> key\0value [8] ... in byte order
	 *   features    name                                -> level [2]
	 */
	struct table topics, names, partitions, configs, users, acls, quotas, features;
	struct err   why[KIND_TABLE]; /* kinds of which something could not be understood; code 0: none */
	struct table changed; /* names of topics that were made, grown or removed while `noting` */
	bool         noting;
};

void image_release(struct image *image); /* zeroed before its first use */

/*
 * Apply one record.  What is not kept is passed over.  A version of a kept type that is not known,
 * or a type that is not known at all, spoils its kinds (all of the log's, if nobody knows which):
 * image->why names type, version and offset.  ERR_CORRUPT: the bytes make no sense, or speak of what
 * is not there (which in a spoilt kind is no wonder, and passed over); ERR_FAILED: no memory.
 */
int image_apply(struct image *image, const void *frame, size_t len, int64_t offset, struct err *e);

/* The level of metadata.version; 0: the log says none. */
int image_metadata_version(const struct image *image);

static inline void
image_release_at(struct image *image)
{
	image_release(image);
}

#endif
