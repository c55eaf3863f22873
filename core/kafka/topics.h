/*
 * topics.h - the kind `topic`: capture through a broker, and creation.
 *
 * Line: key = name; value = {"configs":{NAME:TEXT,...},"partitions":N,"replication_factor":N};
 * configs are the topic's own (source DYNAMIC_TOPIC_CONFIG).  Identity line of every topic,
 * internal ones too: key = name, value = {"partitions":[[replica ids],...],"topic_id":TEXT}.
 *
 * Left out, exactly: __consumer_offsets, __transaction_state, __share_group_state,
 * __cluster_metadata.  Other names that begin with __ are users' topics.
 *
 * Proven complete (a broker answers a user without rights "success, no topics"): two random names
 * that cannot exist must be answered UNKNOWN_TOPIC_OR_PARTITION; each topic of the newest snapshot
 * that the list lacks is asked for by name.
 */
#ifndef TOPICS_H
#define TOPICS_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/kafka/client.h"
#include "core/snapshot/kind_ops.h"

extern const struct kind_ops topics_ops; /* server is a struct client */

/*
 * A name that no topic has and no right is granted for by its beginning: random from its first
 * byte on.  Two with different `first` (0..25) begin with different letters.
 */
#define TOPIC_RANDOM_NAME_SIZE 34
void topic_random_name(unsigned first, char ret[TOPIC_RANDOM_NAME_SIZE]);

/* What a line's value says. */
struct topic {
	uint32_t            partitions;
	uint32_t            replication_factor;
	struct json_object *configs; /* name -> text; borrowed from `value` */
	struct json_object *value;   /* owns; freed by topic_release() */
};
int  topic_parse(const char *value, size_t len, struct topic *ret, struct err *e);
void topic_release(struct topic *t);

#define MIN_INSYNC_REPLICAS "min.insync.replicas"
#define TOPIC_PARTITIONS_MAX 100000u /* librdkafka asks for no more */

/* How a topic is made other than it was saved. */
struct topic_change {
	uint32_t           replication_factor;  /* 0: as saved */
	const char        *min_insync_replicas; /* NULL: as saved; only where the topic has its own */
	const char *const *without;             /* configs that are left out */
	size_t             without_count;
};

/* Append the changed value: canonical. */
void topic_write(const struct topic *t, const struct topic_change *change, struct buf *out);

/*
 * What can be had with so many brokers: the replication factor lowered to their number, and an own
 * min.insync.replicas by as much, to 1 at the least.  False: t can be had as it is.  number is room
 * for change->min_insync_replicas.
 */
bool topic_fit(const struct topic *t, uint32_t brokers, char number[12],
               struct topic_change *change);

/* kind_ops.fit. */
int topic_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e);

/* Set the target of an item to t changed, and add the reason why it is not as saved. */
int topic_retarget(struct plan *plan, struct plan_item *item, const struct topic *t,
                   const struct topic_change *change, const char *reason, struct err *e);

/* Requests are bounded by records, as the controller counts them: its limit is 10,000. */
#define TOPICS_RECORDS_MAX 9000u

CLEANUP_RELEASE(struct topic, topic_release)

#endif
