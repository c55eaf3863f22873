/* image.c - see image.h; one function a record type, found by the table at the end */
#include "core/kraft/image.h"

#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/kraft/member_list.h"

void
image_release(struct image *image)
{
	table_release(&image->topics);
	table_release(&image->names);
	table_release(&image->partitions);
	table_release(&image->configs);
	table_release(&image->users);
	table_release(&image->acls);
	table_release(&image->quotas);
	table_release(&image->features);
	table_release(&image->changed);
	*image = (struct image){ .topics = { .head = NULL } };
}

static int
nonsense(struct err *e, const char *what)
{
	return err_set(e, ERR_CORRUPT, "%s", what);
}

static bool
has_nul(const struct record_value *v)
{
	return v->len > 0 && memchr(v->bytes, '\0', v->len) != NULL;
}

/* A short text of several parts, as a key. */
static void
key_of(struct buf *key, uint64_t number, size_t size, const struct record_value *text)
{
	buf_clear(key);
	wire_number(key, number, size);
	(void)buf_add(key, text->bytes, text->len);
}

/* ---- topics ---- */

static int
note(struct image *image, const struct record_value *name, struct err *e)
{
	return image->noting ? table_put(&image->changed, name->bytes, name->len, "", 0, e) : 0;
}

struct partition_key {
	unsigned char bytes[UUID_BYTES + 4];
};

static struct partition_key
partition_key(const unsigned char *topic_id, uint32_t partition)
{
	struct partition_key key;
	uint32_t n = htobe32(partition);

	memcpy(key.bytes, topic_id, UUID_BYTES);
	memcpy(key.bytes + UUID_BYTES, &n, sizeof n);
	return key;
}

static int
apply_topic(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *name = &r->values[TOPIC_NAME], *id = &r->values[TOPIC_ID];
	struct table_item there;

	if (table_find(&image->names, name->bytes, name->len, &there) ||
	    table_find(&image->topics, id->bytes, id->len, &there))
		return nonsense(e, "a topic is created that is there already");
	key_of(room, 0, 4, name);
	if (room->failed || note(image, name, e) != 0 ||
	    table_put(&image->names, name->bytes, name->len, id->bytes, id->len, e) != 0)
		return err_memory(e, "reading the metadata log");
	return table_put(&image->topics, id->bytes, id->len, room->data, room->len, e);
}

static uint32_t
partition_count(const struct table_item *topic)
{
	struct cursor c = cursor_of(topic->value, topic->value_len);

	return (uint32_t)cursor_number(&c, 4);
}

static int
apply_remove_topic(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *id = &r->values[REMOVE_TOPIC_ID];
	struct record_value name;
	struct partition_key key;
	struct table_item topic;
	uint32_t i;

	if (!table_find(&image->topics, id->bytes, id->len, &topic))
		return nonsense(e, "a topic is removed that is not there");
	for (i = partition_count(&topic); i-- > 0;) {
		key = partition_key(id->bytes, i);
		(void)table_remove(&image->partitions, key.bytes, sizeof key.bytes);
	}
	name = value_text(topic.value + 4, topic.value_len - 4);
	key_of(room, RESOURCE_TOPIC, 1, &name);
	if (room->failed || note(image, &name, e) != 0)
		return err_memory(e, "reading the metadata log");
	(void)table_remove(&image->configs, room->data, room->len);
	(void)table_remove(&image->names, name.bytes, name.len);
	(void)table_remove(&image->topics, id->bytes, id->len);
	return 0;
}

static int
put_partition(struct image *image, const struct partition_key *key, int32_t leader_epoch,
              int32_t epoch, const unsigned char *replicas, size_t len, struct buf *room,
              struct err *e)
{
	buf_clear(room);
	wire_number(room, (uint64_t)leader_epoch, 4);
	wire_number(room, (uint64_t)epoch, 4);
	(void)buf_add(room, replicas, len);
	if (room->failed)
		return err_memory(e, "reading the metadata log");
	return table_put(&image->partitions, key->bytes, sizeof key->bytes, room->data, room->len, e);
}

/* More than a cluster can have; a number that lies costs no more time than this. */
#define PARTITION_NUMBER_MAX 1000000

/* Partitions are never removed alone; a checkpoint may name them in any order. */
static int
apply_partition(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *v = r->values, *id = &v[PARTITION_TOPIC];
	int64_t number = v[PARTITION_ID].number;
	struct partition_key key;
	struct record_value name;
	struct table_item topic;
	uint32_t count;

	if (!table_find(&image->topics, id->bytes, id->len, &topic))
		return nonsense(e, "a partition of a topic that is not there");
	count = partition_count(&topic);
	if (number < 0 || number > PARTITION_NUMBER_MAX || v[PARTITION_REPLICAS].count == 0)
		return nonsense(e, "a partition with an impossible number, or without a replica");
	key = partition_key(id->bytes, (uint32_t)number);
	if (put_partition(image, &key, (int32_t)v[PARTITION_LEADER_EPOCH].number,
	                  (int32_t)v[PARTITION_EPOCH].number, v[PARTITION_REPLICAS].bytes,
	                  v[PARTITION_REPLICAS].len, room, e) != 0)
		return e->code;
	if (number < count)
		return 0;
	name = value_text(topic.value + 4, topic.value_len - 4);
	key_of(room, (uint64_t)number + 1, 4, &name);
	if (room->failed || note(image, &name, e) != 0)
		return err_memory(e, "reading the metadata log");
	return table_put(&image->topics, id->bytes, id->len, room->data, room->len, e);
}

/*
 * PartitionRegistration.merge(): any change raises the partition's epoch, a new leader its too; they wrap as
 * in Java.  Most of a log is this, and most leave the replicas: written over in their place then.
 */
static int
apply_partition_change(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *v = r->values, *replicas = &v[CHANGE_REPLICAS];
	struct partition_key key = partition_key(v[CHANGE_TOPIC].bytes, (uint32_t)v[CHANGE_ID].number);
	uint32_t leader_epoch, epoch;
	unsigned char *there;
	struct cursor c;
	size_t len;

	there = table_value(&image->partitions, key.bytes, sizeof key.bytes, &len);
	if (there == NULL)
		return nonsense(e, "a change of a partition that is not there");
	c = cursor_of(there, len);
	leader_epoch = (uint32_t)cursor_number(&c, 4) + (v[CHANGE_LEADER].number != -2);
	epoch = (uint32_t)cursor_number(&c, 4) + 1;
	if (!replicas->null && replicas->count == 0)
		return nonsense(e, "a partition without a replica");
	if (!replicas->null)
		return put_partition(image, &key, (int32_t)leader_epoch, (int32_t)epoch, replicas->bytes,
		                     replicas->len, room, e);
	leader_epoch = htobe32(leader_epoch);
	epoch = htobe32(epoch);
	memcpy(there, &leader_epoch, sizeof leader_epoch);
	memcpy(there + sizeof leader_epoch, &epoch, sizeof epoch);
	return 0;
}

/* ---- configs and quotas ---- */

static int
apply_config(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *v = r->values, *value = &v[CONFIG_VALUE];

	if (has_nul(&v[CONFIG_NAME]) || (!value->null && has_nul(value)))
		return err_set(e, ERR_UNSUPPORTED, "a config with a zero byte");
	key_of(room, (uint64_t)v[CONFIG_TYPE].number, 1, &v[CONFIG_RESOURCE]);
	return member_list_put(&image->configs, room, &v[CONFIG_NAME], value->null ? NULL : value->bytes,
	                  value->len, 0, e);
}

static int
by_entity_type(const void *a, const void *b)
{
	const struct record_value *x = a, *y = b; /* pairs: the type is the first */
	size_t shorter = x->len < y->len ? x->len : y->len;
	int order = shorter == 0 ? 0 : memcmp(x->bytes, y->bytes, shorter);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

#define ENTITIES_MAX 8u /* Kafka has three types: user, client-id, ip */

/* An entity is a set: its parts are put in order, each type once. */
static int
entity_key(const struct record_value *entity, struct buf *key, struct err *e)
{
	struct record_value parts[ENTITIES_MAX][2];
	struct cursor c = cursor_of(entity->bytes, entity->len);
	size_t i, k;

	if (entity->count == 0 || entity->count > ENTITIES_MAX)
		return nonsense(e, "a quota of nobody, or of too many at once");
	for (i = 0; i < entity->count; i++)
		(void)record_element(quota_entity_fields, &c, parts[i]);
	qsort(parts, entity->count, sizeof parts[0], by_entity_type);
	buf_clear(key);
	for (i = 0; i < entity->count; i++) {
		if (i > 0 && by_entity_type(parts[i - 1], parts[i]) == 0)
			return nonsense(e, "a quota of an entity with a type twice");
		for (k = 0; k < 2; k++) {
			wire_varlong(key, parts[i][k].null ? 0 : parts[i][k].len + 1);
			(void)buf_add(key, parts[i][k].bytes, parts[i][k].len);
		}
		wire_varlong(key, 0); /* no tags */
	}
	return 0;
}

static int
apply_quota(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *v = r->values;
	struct buf value;
	uint64_t bits;
	int rc = entity_key(&v[QUOTA_ENTITY], room, e);

	if (rc != 0)
		return rc;
	if (has_nul(&v[QUOTA_KEY]))
		return err_set(e, ERR_UNSUPPORTED, "a quota's name with a zero byte");
	buf_init(&value, sizeof bits);
	memcpy(&bits, &v[QUOTA_VALUE].real, sizeof bits);
	wire_number(&value, bits, sizeof bits);
	rc = member_list_put(&image->quotas, room, &v[QUOTA_KEY], v[QUOTA_REMOVE].number != 0 ? NULL : value.data,
	                value.len, sizeof bits, e);
	buf_release(&value);
	return rc;
}

/* ---- users, ACLs, features ---- */

static int
apply_user(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	struct buf frame;
	int rc;

	buf_init(&frame, LINE_MAX_BYTES);
	record_encode(r, &frame);
	key_of(room, (uint64_t)r->values[USER_MECHANISM].number, 1, &r->values[USER_NAME]);
	rc = frame.failed || room->failed
	         ? err_memory(e, "reading the metadata log")
	         : table_put(&image->users, room->data, room->len, frame.data, frame.len, e);
	buf_wipe(&frame);
	return rc;
}

static int
apply_remove_user(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	key_of(room, (uint64_t)r->values[REMOVE_USER_MECHANISM].number, 1, &r->values[REMOVE_USER_NAME]);
	if (room->failed)
		return err_memory(e, "reading the metadata log");
	if (!table_remove(&image->users, room->data, room->len))
		return nonsense(e, "a user is removed that is not there");
	return 0;
}

static int
apply_acl(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	buf_clear(room);
	record_encode(r, room);
	if (room->failed)
		return err_memory(e, "reading the metadata log");
	return table_put(&image->acls, r->values[ACL_ID].bytes, UUID_BYTES, room->data, room->len, e);
}

static int
apply_remove_acl(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	(void)room;
	if (!table_remove(&image->acls, r->values[REMOVE_ACL_ID].bytes, UUID_BYTES))
		return nonsense(e, "an ACL is removed that is not there");
	return 0;
}

static int
apply_feature(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e)
{
	const struct record_value *name = &r->values[FEATURE_NAME];

	buf_clear(room);
	wire_number(room, (uint64_t)r->values[FEATURE_LEVEL].number, 2);
	return table_put(&image->features, name->bytes, name->len, room->data, room->len, e);
}

/* ---- the table ---- */

#define BIT(kind) (1u << (kind))
#define ALL_KINDS                                                                                  \
	(BIT(KIND_CLUSTER_CONFIG) | BIT(KIND_USER) | BIT(KIND_ACL) | BIT(KIND_TOPIC) |             \
	 BIT(KIND_QUOTA) | BIT(KIND_GROUP_CONFIG) | BIT(KIND_CLIENT_METRICS))

struct replay {
	int (*apply)(struct image *image, const struct metadata_record *r, struct buf *room, struct err *e);
	unsigned kinds; /* that cannot be told without it */
};

static const struct replay table[RECORD_TYPES] = {
	[RECORD_TOPIC] = { apply_topic, BIT(KIND_TOPIC) },
	[RECORD_PARTITION] = { apply_partition, BIT(KIND_TOPIC) },
	[RECORD_PARTITION_CHANGE] = { apply_partition_change, BIT(KIND_TOPIC) },
	[RECORD_REMOVE_TOPIC] = { apply_remove_topic, BIT(KIND_TOPIC) },
	[RECORD_CONFIG] = { apply_config, BIT(KIND_TOPIC) | BIT(KIND_CLUSTER_CONFIG) |
	                                      BIT(KIND_GROUP_CONFIG) | BIT(KIND_CLIENT_METRICS) },
	[RECORD_USER_SCRAM] = { apply_user, BIT(KIND_USER) },
	[RECORD_REMOVE_USER_SCRAM] = { apply_remove_user, BIT(KIND_USER) },
	[RECORD_ACL] = { apply_acl, BIT(KIND_ACL) },
	[RECORD_REMOVE_ACL] = { apply_remove_acl, BIT(KIND_ACL) },
	[RECORD_QUOTA] = { apply_quota, BIT(KIND_QUOTA) },
	[RECORD_FEATURE_LEVEL] = { apply_feature, ALL_KINDS },
};

/* Say it of every kind that needs it, once. */
static void
spoil(struct image *image, unsigned kinds, const struct err *why)
{
	unsigned i;

	for (i = 0; i < KIND_TABLE; i++)
		if ((kinds & BIT(i)) != 0 && image->why[i].code == 0)
			image->why[i] = *why;
}

static bool
is_spoilt(const struct image *image, unsigned kinds)
{
	unsigned i;

	for (i = 0; i < KIND_TABLE; i++)
		if ((kinds & BIT(i)) != 0 && image->why[i].code == 0)
			return false;
	return true;
}

static int
apply_known(struct image *image, const struct replay *replay, const void *frame, size_t len,
            int64_t offset, struct err *e)
{
	struct metadata_record r;
	struct buf room;
	int rc = record_decode(frame, len, &r, e);

	if (rc == 0) {
		buf_init(&room, LINE_MAX_BYTES);
		rc = replay->apply(image, &r, &room, e);
		buf_wipe(&room);
		/* it may speak of what came with a record that was not understood: that is no damage */
		if (rc == ERR_CORRUPT && is_spoilt(image, replay->kinds))
			rc = 0;
	}
	if (rc == 0)
		return 0;
	(void)err_prefix(e, "offset %lld of the metadata log", (long long)offset);
	if (rc != ERR_UNSUPPORTED)
		return rc;
	spoil(image, replay->kinds, e);
	return 0;
}

int
image_apply(struct image *image, const void *frame, size_t len, int64_t offset, struct err *e)
{
	const struct record_schema *schema;
	unsigned type, version;
	int rc = record_peek(frame, len, &type, &version, e);

	if (rc != 0)
		return err_prefix(e, "offset %lld of the metadata log", (long long)offset);
	schema = record_schema(type);
	if (schema == NULL) {
		(void)err_set(e, ERR_UNSUPPORTED,
		              "offset %lld of the metadata log holds a record of type %u, which this "
		              "version does not know: nobody can say what it changes",
		              (long long)offset, type);
		spoil(image, ALL_KINDS, e);
		return 0;
	}
	if (table[type].apply == NULL)
		return 0;
	return apply_known(image, &table[type], frame, len, offset, e);
}

int
image_metadata_version(const struct image *image)
{
	static const char name[] = "metadata.version";
	struct table_item level;
	struct cursor c;

	if (!table_find(&image->features, name, sizeof name - 1, &level))
		return 0;
	c = cursor_of(level.value, level.value_len);
	return (int)cursor_number(&c, 2);
}
