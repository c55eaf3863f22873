/* lines.c - see lines.h: one function a kind */
#include "core/kraft/lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kraft/acl_key.h"
#include "core/snapshot/kind.h"

const char *
scram_name(int mechanism)
{
	return mechanism == 1 ? "SCRAM-SHA-256" : mechanism == 2 ? "SCRAM-SHA-512" : NULL;
}

/* ---- one line ---- */

struct writer {
	struct image    *image;
	struct line_set *lines;
	struct buf       key, value;
	struct json      json;
	bool             zero; /* a text of the line holds a zero byte */
};

static void
begin_value(struct writer *w)
{
	buf_clear(&w->value);
	json_init(&w->json, &w->value);
	json_begin_object(&w->json);
}

static bool
is_text(const char *bytes, size_t len)
{
	return len == 0 || (json_utf8_run(bytes, len) == len && memchr(bytes, 0, len) == NULL);
}

/* `carried` lines put "acl/" and the like in front of it. */
#define NAME_MAX_BYTES ACL_KEY_MAX_BYTES

/* Add w->key and w->value.  What cannot be a line is an ERR_CORRUPT of the whole kind. */
static int
add_line(struct writer *w, enum kind kind, struct err *e)
{
	struct line line = { .kind = kind, .key = buf_text(&w->key), .key_len = w->key.len,
		             .value = w->value.data, .value_len = w->value.len };
	bool zero = w->zero;

	w->zero = false;
	if (w->key.failed || w->value.failed)
		return err_memory(e, "writing lines of the metadata log");
	if (!is_text(line.key, line.key_len) || json_utf8_run(w->value.data, w->value.len) != w->value.len ||
	    zero || line.key_len > NAME_MAX_BYTES)
		return err_set(e, ERR_CORRUPT,
		               "%s \"%.200s\": its name or a value is not UTF-8, holds a zero byte or is "
		               "longer than %u bytes; a snapshot cannot hold that",
		               kind_name(kind), line.key, NAME_MAX_BYTES);
	return line_set_add(w->lines, &line, e);
}

/* A text inside a key: what JSON would escape and no reader of ours takes back is noted. */
static void
write_text(struct writer *w, struct json *j, const struct record_value *v)
{
	w->zero = w->zero || (v->len > 0 && memchr(v->bytes, 0, v->len) != NULL);
	json_string_bytes(j, (const char *)v->bytes, v->len);
}

static void
set_key(struct writer *w, const void *bytes, size_t len)
{
	buf_clear(&w->key);
	(void)buf_add(&w->key, bytes, len);
}

/* {"configs":{NAME:TEXT,...} of a list as image.h says; the object stays open. */
static void
write_configs(struct writer *w, unsigned type, const unsigned char *name, size_t len)
{
	const char *p, *end, *value;
	struct table_item list;
	struct buf key;

	buf_init(&key, KEY_MAX_BYTES * 2);
	wire_number(&key, type, 1);
	(void)buf_add(&key, name, len);
	begin_value(w);
	json_key(&w->json, "configs");
	json_begin_object(&w->json);
	if (!key.failed && table_find(&w->image->configs, key.data, key.len, &list)) {
		end = (const char *)list.value + list.value_len;
		for (p = (const char *)list.value; p < end; p = value + strlen(value) + 1) {
			value = p + strlen(p) + 1;
			json_key_string(&w->json, p, value);
		}
	}
	json_end_object(&w->json);
	w->value.failed = w->value.failed || key.failed;
	buf_release(&key);
}

/* ---- topics ---- */

static bool
find_partition(const struct image *image, const unsigned char *topic_id, uint32_t number,
               struct table_item *ret)
{
	unsigned char key[UUID_BYTES + 4];
	uint32_t n = htobe32(number);

	memcpy(key, topic_id, UUID_BYTES);
	memcpy(key + UUID_BYTES, &n, sizeof n);
	return table_find(&image->partitions, key, sizeof key, ret);
}

static void
write_epochs(struct writer *w, const unsigned char *id, uint32_t count)
{
	struct table_item partition;
	struct cursor c;
	uint32_t i;

	json_key(&w->json, "epochs");
	json_begin_array(&w->json);
	for (i = 0; i < count && find_partition(w->image, id, i, &partition); i++) {
		c = cursor_of(partition.value, partition.value_len);
		json_begin_array(&w->json);
		json_integer(&w->json, (int32_t)cursor_number(&c, 4));
		json_integer(&w->json, (int32_t)cursor_number(&c, 4));
		json_end_array(&w->json);
	}
	json_end_array(&w->json);
}

/* False: a partition is missing. */
static bool
write_placement(struct writer *w, const unsigned char *id, uint32_t count)
{
	struct table_item partition;
	struct cursor c;
	uint32_t i;

	json_key(&w->json, "partitions");
	json_begin_array(&w->json);
	for (i = 0; i < count; i++) {
		if (!find_partition(w->image, id, i, &partition))
			return false;
		c = cursor_of(partition.value + 8, partition.value_len - 8);
		json_begin_array(&w->json);
		while (cursor_left(&c) > 0)
			json_integer(&w->json, (int32_t)cursor_number(&c, 4));
		json_end_array(&w->json);
	}
	json_end_array(&w->json);
	return true;
}

/* Kafka's form: URL-safe base64 without padding. */
#define TOPIC_ID_TEXT 32

static int
write_topic(struct writer *w, const struct table_item *topic, struct err *e)
{
	const unsigned char *name = topic->value + 4;
	size_t len = topic->value_len - 4;
	struct cursor c = cursor_of(topic->value, 4);
	uint32_t count = (uint32_t)cursor_number(&c, 4);
	struct table_item first = { .value_len = 8 };
	char id[TOPIC_ID_TEXT];
	int rc = 0;

	set_key(w, name, len);
	if (buf_text(&w->key) == NULL)
		return err_memory(e, "writing lines of the metadata log");
	if (count > 0 && !topic_is_kafkas(w->key.data)) {
		(void)find_partition(w->image, topic->key, 0, &first);
		write_configs(w, RESOURCE_TOPIC, name, len);
		json_key_unsigned(&w->json, "partitions", count);
		json_key_unsigned(&w->json, "replication_factor", (first.value_len - 8) / 4);
		json_end_object(&w->json);
		rc = add_line(w, KIND_TOPIC, e);
	}
	if (rc != 0)
		return rc;
	begin_value(w);
	write_epochs(w, topic->key, count);
	if (!write_placement(w, topic->key, count))
		return err_set(e, ERR_CORRUPT, "topic \"%.200s\" lacks a partition", w->key.data);
	(void)sodium_bin2base64(id, sizeof id, topic->key, UUID_BYTES,
	                        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	json_key_string(&w->json, "topic_id", id);
	json_end_object(&w->json);
	return add_line(w, KIND_IDENTITY, e);
}

static int
write_topics(struct writer *w, enum kind kind, struct err *e)
{
	const struct table_entry *at = NULL;
	struct table_item topic;
	int rc = 0;

	(void)kind;
	while (rc == 0 && table_next(&w->image->topics, &at, &topic))
		rc = write_topic(w, &topic, e);
	return rc;
}

/* ---- configs of brokers, groups and client metrics ---- */

static int
write_config_kind(struct writer *w, enum kind kind, struct err *e)
{
	unsigned type = kind == KIND_CLUSTER_CONFIG ? RESOURCE_BROKER
	                : kind == KIND_GROUP_CONFIG ? RESOURCE_GROUP
	                                            : RESOURCE_CLIENT_METRICS;
	const struct table_entry *at = NULL;
	struct table_item list;
	int rc = 0;

	while (rc == 0 && table_next(&w->image->configs, &at, &list)) {
		if (list.key[0] != type)
			continue;
		write_configs(w, type, list.key + 1, list.key_len - 1);
		json_end_object(&w->json);
		if (type == RESOURCE_BROKER && list.key_len == 1)
			set_key(w, "default", 7); /* of all brokers; others have numbers */
		else
			set_key(w, list.key + 1, list.key_len - 1);
		rc = add_line(w, kind, e);
	}
	return rc;
}

/* ---- users ---- */

static void
write_bytes(struct json *j, const char *key, const struct record_value *v, char *room, size_t size)
{
	json_key(j, key);
	(void)sodium_bin2base64(room, size, v->bytes, v->len, sodium_base64_VARIANT_ORIGINAL);
	json_string(j, room);
}

/* A verifier is 32 or 64 bytes, a salt of the clients' choosing. */
#define SCRAM_BYTES_MAX 4096u

static int
write_credential(struct writer *w, const struct table_item *user, struct err *e)
{
	char room[sodium_base64_ENCODED_LEN(SCRAM_BYTES_MAX, sodium_base64_VARIANT_ORIGINAL)];
	const char *name = scram_name(user->key[0]);
	struct metadata_record r;
	int rc = record_decode(user->value, user->value_len, &r, e);

	if (rc != 0)
		return rc;
	if (name == NULL || r.values[USER_SALT].len > SCRAM_BYTES_MAX ||
	    r.values[USER_STORED_KEY].len > SCRAM_BYTES_MAX || r.values[USER_SERVER_KEY].len > SCRAM_BYTES_MAX)
		return err_set(e, ERR_CORRUPT, "user \"%.200s\": a credential of mechanism %d is not known",
		               buf_text(&w->key), (int)user->key[0]);
	json_key(&w->json, name);
	json_begin_object(&w->json);
	json_key(&w->json, "iterations");
	json_integer(&w->json, r.values[USER_ITERATIONS].number);
	write_bytes(&w->json, "salt", &r.values[USER_SALT], room, sizeof room);
	write_bytes(&w->json, "server_key", &r.values[USER_SERVER_KEY], room, sizeof room);
	write_bytes(&w->json, "stored_key", &r.values[USER_STORED_KEY], room, sizeof room);
	json_end_object(&w->json);
	sodium_memzero(room, sizeof room);
	return 0;
}

static int
by_user(const void *a, const void *b)
{
	const struct table_item *x = a, *y = b;
	size_t shorter = x->key_len < y->key_len ? x->key_len : y->key_len;
	int order = memcmp(x->key + 1, y->key + 1, shorter - 1);

	if (order == 0)
		order = (x->key_len > y->key_len) - (x->key_len < y->key_len);
	return order != 0 ? order : x->key[0] - y->key[0];
}

static bool
same_user(const struct table_item *a, const struct table_item *b)
{
	return a->key_len == b->key_len && memcmp(a->key + 1, b->key + 1, a->key_len - 1) == 0;
}

static int
write_users(struct writer *w, enum kind kind, struct err *e)
{
	size_t count = w->image->users.count, i, n = 0;
	CLEANUP(free) struct table_item *users = calloc(count + 1, sizeof *users);
	const struct table_entry *at = NULL;
	int rc = 0;

	if (users == NULL)
		return err_memory(e, "writing lines of the metadata log");
	while (n < count && table_next(&w->image->users, &at, &users[n]))
		n++;
	qsort(users, n, sizeof *users, by_user);
	for (i = 0; i < n && rc == 0; i++) {
		if (i == 0 || !same_user(&users[i - 1], &users[i])) {
			set_key(w, users[i].key + 1, users[i].key_len - 1);
			begin_value(w);
		}
		rc = write_credential(w, &users[i], e);
		if (rc == 0 && (i + 1 == n || !same_user(&users[i], &users[i + 1]))) {
			json_end_object(&w->json);
			rc = add_line(w, kind, e);
		}
	}
	return rc;
}

/* ---- ACLs ---- */

static struct acl_text
text_of(struct writer *w, const struct record_value *v)
{
	w->zero = w->zero || (v->len > 0 && memchr(v->bytes, 0, v->len) != NULL);
	return (struct acl_text){ (const char *)v->bytes, v->len };
}

static void
write_acl(struct writer *w, const struct metadata_record *r)
{
	const struct record_value *v = r->values;
	struct acl acl = { .resource = (int)v[ACL_RESOURCE_TYPE].number,
		           .pattern = (int)v[ACL_PATTERN].number,
		           .operation = (int)v[ACL_OPERATION].number,
		           .permission = (int)v[ACL_PERMISSION].number,
		           .name = text_of(w, &v[ACL_RESOURCE]),
		           .principal = text_of(w, &v[ACL_PRINCIPAL]),
		           .host = text_of(w, &v[ACL_HOST]) };

	acl_key_write(&acl, &w->key);
}

/* Two records of one ACL, with different ids, are one. */
static int
write_acls(struct writer *w, enum kind kind, struct err *e)
{
	const struct table_entry *at = NULL;
	struct table seen = { .head = NULL };
	struct table_item acl, there;
	struct metadata_record r;
	int rc = 0;

	while (rc == 0 && table_next(&w->image->acls, &at, &acl)) {
		rc = record_decode(acl.value, acl.value_len, &r, e);
		if (rc != 0)
			break;
		write_acl(w, &r);
		if (!w->key.failed && table_find(&seen, w->key.data, w->key.len, &there))
			continue;
		begin_value(w);
		json_end_object(&w->json);
		rc = add_line(w, kind, e);
		if (rc == 0)
			rc = table_put(&seen, w->key.data, w->key.len, "", 0, e);
	}
	table_release(&seen);
	return rc;
}

/* ---- quotas ---- */

static int
write_quota(struct writer *w, const struct table_item *quota, struct err *e)
{
	struct cursor c = cursor_of(quota->key, quota->key_len);
	struct record_value part[2];
	const unsigned char *p = quota->value, *end = p + quota->value_len;
	struct json j;
	uint64_t bits;
	double value;

	buf_clear(&w->key);
	json_init(&j, &w->key);
	json_begin_object(&j);
	while (record_element(quota_entity_fields, &c, part)) { /* in the order of the types already */
		json_key_bytes(&j, (const char *)part[ENTITY_TYPE].bytes, part[ENTITY_TYPE].len);
		if (part[ENTITY_NAME].null)
			json_null(&j);
		else
			write_text(w, &j, &part[ENTITY_NAME]);
	}
	json_end_object(&j);
	begin_value(w);
	json_key(&w->json, "quotas");
	json_begin_object(&w->json);
	for (; p < end; p += sizeof bits) {
		json_key(&w->json, (const char *)p);
		p += strlen((const char *)p) + 1;
		memcpy(&bits, p, sizeof bits);
		bits = be64toh(bits);
		memcpy(&value, &bits, sizeof value);
		if (!isfinite(value))
			return err_set(e, ERR_CORRUPT, "quota %s: a value is no finite number; a snapshot "
			               "cannot hold that", buf_text(&w->key));
		json_double(&w->json, value);
	}
	json_end_object(&w->json);
	json_end_object(&w->json);
	return add_line(w, KIND_QUOTA, e);
}

static int
write_quotas(struct writer *w, enum kind kind, struct err *e)
{
	const struct table_entry *at = NULL;
	struct table_item quota;
	int rc = 0;

	(void)kind;
	while (rc == 0 && table_next(&w->image->quotas, &at, &quota))
		rc = write_quota(w, &quota, e);
	return rc;
}

/* ---- all ---- */

static const struct {
	enum kind kind;
	int (*write)(struct writer *w, enum kind kind, struct err *e);
} kinds_of_log[] = {
	{ KIND_CLUSTER_CONFIG, write_config_kind },
	{ KIND_USER, write_users },
	{ KIND_ACL, write_acls },
	{ KIND_TOPIC, write_topics },
	{ KIND_QUOTA, write_quotas },
	{ KIND_GROUP_CONFIG, write_config_kind },
	{ KIND_CLIENT_METRICS, write_config_kind },
};

int
image_lines(struct image *image, unsigned kinds, struct line_set *lines, struct err *e)
{
	struct writer w = { .image = image, .lines = lines };
	size_t i, before;
	int rc = 0;

	buf_init(&w.key, LINE_MAX_BYTES);
	buf_init(&w.value, LINE_MAX_BYTES);
	for (i = 0; i < LENGTH(kinds_of_log) && rc == 0; i++) {
		enum kind kind = kinds_of_log[i].kind;

		before = lines->count;
		if ((kinds & 1u << kind) == 0 || image->why[kind].code != 0)
			continue;
		rc = kinds_of_log[i].write(&w, kind, e);
		if (rc == ERR_CORRUPT) { /* of this kind alone */
			image->why[kind] = *e;
			lines->count = before;
			rc = 0;
		}
	}
	buf_wipe(&w.key);
	buf_wipe(&w.value);
	return rc;
}
