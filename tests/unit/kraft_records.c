/* kraft_records.c - see kraft_records.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/kraft/crc32c.h"
#include "tests/unit/kraft_records.h"

struct uuid {
	unsigned char bytes[UUID_BYTES];
};

static struct uuid
uuid_of(unsigned char id)
{
	struct uuid u;

	memset(u.bytes, id, sizeof u.bytes);
	return u;
}

static struct record_value
uuid_value(const struct uuid *u)
{
	return value_text(u->bytes, sizeof u->bytes);
}

static struct record_value
text_of(const char *text)
{
	return value_text(text, strlen(text));
}

static void
add(struct frames *f, struct metadata_record *r)
{
	frames_add_record(f, r);
}

/* ---- topics ---- */

void
make_topic(struct frames *f, const char *name, unsigned char id)
{
	struct uuid u = uuid_of(id);
	struct metadata_record r = { .type = RECORD_TOPIC };

	r.values[TOPIC_NAME] = text_of(name);
	r.values[TOPIC_ID] = uuid_value(&u);
	add(f, &r);
}

void
make_remove_topic(struct frames *f, unsigned char id)
{
	struct uuid u = uuid_of(id);
	struct metadata_record r = { .type = RECORD_REMOVE_TOPIC };

	r.values[REMOVE_TOPIC_ID] = uuid_value(&u);
	add(f, &r);
}

static struct record_value
ids_of(struct buf *room, const int32_t *ids, size_t count)
{
	size_t i;

	buf_init(room, LINE_MAX_BYTES);
	for (i = 0; i < count; i++)
		wire_number(room, (uint64_t)ids[i], 4);
	return (struct record_value){ .bytes = (unsigned char *)room->data, .len = room->len,
		                      .count = (uint32_t)count };
}

void
make_partition(struct frames *f, unsigned char id, int number, int leader_epoch, int epoch,
               const int32_t *replicas, size_t count)
{
	struct uuid u = uuid_of(id);
	struct metadata_record r = { .type = RECORD_PARTITION, .version = 1 };
	struct buf ids, directories;
	size_t i;

	r.values[PARTITION_ID] = value_number(number);
	r.values[PARTITION_TOPIC] = uuid_value(&u);
	r.values[PARTITION_REPLICAS] = r.values[PARTITION_ISR] = ids_of(&ids, replicas, count);
	r.values[PARTITION_LEADER] = value_number(count > 0 ? replicas[0] : -1);
	r.values[PARTITION_LEADER_EPOCH] = value_number(leader_epoch);
	r.values[PARTITION_EPOCH] = value_number(epoch);
	buf_init(&directories, LINE_MAX_BYTES);
	for (i = 0; i < count * 2; i++)
		wire_number(&directories, 0, 8);
	r.values[PARTITION_DIRECTORIES] = (struct record_value){
		.bytes = (unsigned char *)directories.data, .len = directories.len, .count = (uint32_t)count
	};
	add(f, &r);
	buf_release(&ids);
	buf_release(&directories);
}

void
make_change(struct frames *f, unsigned char id, int number, int leader, const int32_t *replicas,
            size_t count)
{
	struct uuid u = uuid_of(id);
	struct metadata_record r = { .type = RECORD_PARTITION_CHANGE };
	struct buf ids;
	size_t i;

	for (i = CHANGE_ISR; i <= CHANGE_LAST_ELR; i++)
		r.values[i] = (struct record_value){ .null = true };
	r.values[CHANGE_ID] = value_number(number);
	r.values[CHANGE_TOPIC] = uuid_value(&u);
	r.values[CHANGE_LEADER] = value_number(leader);
	r.values[CHANGE_RECOVERY] = value_number(-1);
	if (count > 0)
		r.values[CHANGE_REPLICAS] = r.values[CHANGE_ISR] = ids_of(&ids, replicas, count);
	add(f, &r);
	if (count > 0)
		buf_release(&ids);
}

void
make_small_topic(struct frames *f, const char *name, unsigned char id)
{
	static const int32_t one = 1;

	make_topic(f, name, id);
	make_partition(f, id, 0, 0, 0, &one, 1);
}

/* ---- configs, users, ACLs, quotas ---- */

void
make_config(struct frames *f, int type, const char *resource, const char *name, const char *value)
{
	struct metadata_record r = { .type = RECORD_CONFIG };

	r.values[CONFIG_TYPE] = value_number(type);
	r.values[CONFIG_RESOURCE] = text_of(resource);
	r.values[CONFIG_NAME] = text_of(name);
	r.values[CONFIG_VALUE] = value == NULL ? (struct record_value){ .null = true } : text_of(value);
	add(f, &r);
}

void
make_user(struct frames *f, const char *name, int mechanism, unsigned char salt)
{
	struct metadata_record r = { .type = RECORD_USER_SCRAM };
	unsigned char bytes[192];
	size_t size = mechanism == 1 ? 32 : 64;

	memset(bytes, salt, sizeof bytes);
	r.values[USER_NAME] = text_of(name);
	r.values[USER_MECHANISM] = value_number(mechanism);
	r.values[USER_SALT] = value_text(bytes, 26);
	r.values[USER_STORED_KEY] = value_text(bytes + 64, size);
	r.values[USER_SERVER_KEY] = value_text(bytes + 128, size);
	r.values[USER_ITERATIONS] = value_number(4096);
	add(f, &r);
}

void
make_remove_user(struct frames *f, const char *name, int mechanism)
{
	struct metadata_record r = { .type = RECORD_REMOVE_USER_SCRAM };

	r.values[REMOVE_USER_NAME] = text_of(name);
	r.values[REMOVE_USER_MECHANISM] = value_number(mechanism);
	add(f, &r);
}

void
make_acl(struct frames *f, unsigned char id, struct acl_numbers n, const char *resource,
         const char *principal, const char *host)
{
	struct uuid u = uuid_of(id);
	struct metadata_record r = { .type = RECORD_ACL };

	r.values[ACL_ID] = uuid_value(&u);
	r.values[ACL_RESOURCE_TYPE] = value_number(n.type);
	r.values[ACL_RESOURCE] = text_of(resource);
	r.values[ACL_PATTERN] = value_number(n.pattern);
	r.values[ACL_PRINCIPAL] = text_of(principal);
	r.values[ACL_HOST] = text_of(host);
	r.values[ACL_OPERATION] = value_number(n.operation);
	r.values[ACL_PERMISSION] = value_number(n.permission);
	add(f, &r);
}

void
make_remove_acl(struct frames *f, unsigned char id)
{
	struct uuid u = uuid_of(id);
	struct metadata_record r = { .type = RECORD_REMOVE_ACL };

	r.values[REMOVE_ACL_ID] = uuid_value(&u);
	add(f, &r);
}

void
make_quota(struct frames *f, const char *const *entity, const char *key, double value, bool remove)
{
	struct metadata_record r = { .type = RECORD_QUOTA };
	struct buf parts;
	uint32_t count = 0;

	buf_init(&parts, LINE_MAX_BYTES);
	for (; *entity != NULL; entity += 2, count++) {
		wire_varlong(&parts, strlen(entity[0]) + 1);
		(void)buf_add_text(&parts, entity[0]);
		wire_varlong(&parts, entity[1][0] == '\0' ? 0 : strlen(entity[1]) + 1);
		(void)buf_add_text(&parts, entity[1]);
		wire_varlong(&parts, 0);
	}
	r.values[QUOTA_ENTITY] = (struct record_value){ .bytes = (unsigned char *)parts.data,
		                                        .len = parts.len, .count = count };
	r.values[QUOTA_KEY] = text_of(key);
	r.values[QUOTA_VALUE] = (struct record_value){ .real = value };
	r.values[QUOTA_REMOVE] = value_number(remove);
	add(f, &r);
	buf_release(&parts);
}

void
make_feature(struct frames *f, const char *name, int level)
{
	struct metadata_record r = { .type = RECORD_FEATURE_LEVEL };

	r.values[FEATURE_NAME] = text_of(name);
	r.values[FEATURE_LEVEL] = value_number(level);
	add(f, &r);
}

void
make_mark(struct frames *f, unsigned type)
{
	make_raw(f, type, 0, "\0", 1);
}

void
make_raw(struct frames *f, unsigned type, unsigned version, const char *bytes, size_t len)
{
	struct buf frame;

	buf_init(&frame, LINE_MAX_BYTES);
	wire_varlong(&frame, 1);
	wire_varlong(&frame, type);
	wire_varlong(&frame, version);
	(void)buf_add(&frame, bytes, len);
	frames_add(f, frame.data, frame.len);
	buf_release(&frame);
}

/* ---- batches ---- */

static void
set_epoch(struct buf *out, size_t from, int32_t epoch)
{
	uint32_t n = htobe32((uint32_t)epoch);

	memcpy(out->data + from + 12, &n, sizeof n); /* the checksum does not cover it */
}

int64_t
batch_of(struct buf *out, int64_t base_offset, int32_t epoch, const struct frames *f)
{
	struct batch_writer w;
	size_t from = out->len, at = 0, len;
	const void *frame;

	batch_begin(&w, out, base_offset, 1700000000000, false);
	while (frames_next(f, &at, &frame, &len))
		batch_add(&w, NULL, 0, frame, len);
	batch_end(&w);
	set_epoch(out, from, epoch);
	return base_offset + (int64_t)f->count;
}

/* As Kafka's schemas say: LeaderChangeMessage, SnapshotHeaderRecord, KRaftVersionRecord, SnapshotFooterRecord. */
static struct record_value
control_value(int type)
{
	switch (type) {
	case CONTROL_LEADER_CHANGE: /* broker 1 leads; no voters are named */
		return value_text("\0\0" "\0\0\0\1" "\1\1\0", 9);
	case CONTROL_SNAPSHOT_HEADER:
		return value_text("\0\0" "\0\0\1\x8b\xcf\xe5\x68\0" "\0", 11);
	case CONTROL_KRAFT_VERSION:
		return value_text("\0\0" "\0\1" "\0", 5);
	default:
		return value_text("\0\0" "\0", 3);
	}
}

/* The key is a version and the type. */
int64_t
control_batch_of(struct buf *out, int64_t base_offset, int32_t epoch, int type)
{
	char key[4] = { 0, 0, 0, (char)type };
	struct record_value value = control_value(type);
	struct batch_writer w;
	size_t from = out->len;

	batch_begin(&w, out, base_offset, 1700000000000, true);
	batch_add(&w, key, sizeof key, value.bytes, value.len);
	batch_end(&w);
	set_epoch(out, from, epoch);
	return base_offset + 1;
}

void
checkpoint_of(struct buf *out, const struct frames *f)
{
	int64_t next = control_batch_of(out, 0, 0, CONTROL_SNAPSHOT_HEADER);

	if (f->count > 0)
		next = batch_of(out, next, 0, f);
	(void)control_batch_of(out, next, 0, CONTROL_SNAPSHOT_FOOTER);
}

void
batch_mend(struct buf *bytes, size_t from)
{
	struct cursor c = cursor_of(bytes->data + from + 8, 4);
	size_t size = (size_t)cursor_number(&c, 4) + BATCH_START;
	uint32_t crc = htobe32(crc32c(bytes->data + from + 21, size - 21));

	memcpy(bytes->data + from + 17, &crc, sizeof crc);
}
