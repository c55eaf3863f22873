/*
 * seed_topic.c - topics and their partitions, see seed.h.
 *
 * Placement: a saved broker id that the new cluster has is kept; each other one gives its place to
 * one new id, the lowest to the lowest.  Where brokers are missing, a partition keeps the replicas
 * that have a place and is filled up, round robin, to the number that its line asks for.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kraft/rules.h"
#include "core/kraft/rules_table.h"
#include "core/kraft/seed_topic.h"

#define PARTITIONS_MAX 100000

/* ---- who takes whose place ---- */

static int
by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static bool
has_broker(const int32_t *ids, size_t count, int32_t id)
{
	return count > 0 && bsearch(&id, ids, count, sizeof id, by_number) != NULL;
}

static int
add_broker(struct seed *s, size_t *capacity, int32_t id, struct err *e)
{
	int32_t *grown;
	size_t at = s->saved_count;

	if (has_broker(s->saved, s->saved_count, id))
		return 0;
	if (s->saved_count == *capacity) {
		*capacity = *capacity == 0 ? 16 : *capacity * 2;
		grown = realloc(s->saved, *capacity * sizeof *grown);
		if (grown == NULL)
			return err_memory(e, "placing partitions");
		s->saved = grown;
	}
	for (; at > 0 && s->saved[at - 1] > id; at--)
		s->saved[at] = s->saved[at - 1];
	s->saved[at] = id;
	s->saved_count++;
	return 0;
}

/* The node ids that stand in the placement of an identity's text. */
static int
add_saved(struct seed *s, size_t *capacity, const struct line *line, struct err *e)
{
	static const char member[] = "\"partitions\":";
	const char *p = memmem(line->value, line->value_len, member, sizeof member - 1);
	const char *end = line->value + line->value_len;
	int64_t id;
	int rc = 0;

	for (p = p == NULL ? end : p + sizeof member - 1; p < end && *p != '"' && rc == 0; p++) {
		if (*p < '0' || *p > '9')
			continue;
		for (id = 0; p < end && *p >= '0' && *p <= '9'; p++)
			id = id > INT32_MAX ? id : id * 10 + (*p - '0');
		p--;
		rc = id > INT32_MAX ? err_set(e, ERR_CORRUPT, "topic %s: no broker has the id %lld", line->key,
		                              (long long)id)
		                    : add_broker(s, capacity, (int32_t)id, e);
	}
	return rc;
}

int
seed_map_brokers(struct seed *s, struct err *e)
{
	size_t i, next = 0, capacity = 0;
	int rc = 0;

	for (i = 0; i < s->identities->count && rc == 0; i++)
		if (s->identities->lines[i].kind == KIND_IDENTITY)
			rc = add_saved(s, &capacity, &s->identities->lines[i], e);
	s->taken = calloc(s->saved_count + 1, sizeof *s->taken);
	if (rc != 0 || s->taken == NULL)
		return rc != 0 ? rc : err_memory(e, "placing partitions");
	for (i = 0; i < s->saved_count; i++) {
		s->taken[i] = has_broker(s->brokers, s->broker_count, s->saved[i]) ? s->saved[i] : -1;
		while (s->taken[i] < 0 && next < s->broker_count) {
			if (!has_broker(s->saved, s->saved_count, s->brokers[next]))
				s->taken[i] = s->brokers[next];
			next++;
		}
	}
	return 0;
}

/* Who has the place of a saved broker; -1: nobody. */
static int32_t
place_of(const struct seed *s, int32_t id)
{
	const int32_t *at = s->saved_count == 0
	                        ? NULL
	                        : bsearch(&id, s->saved, s->saved_count, sizeof id, by_number);

	return at == NULL ? -1 : s->taken[at - s->saved];
}

/* ---- a partition ---- */

#define NO_LEADER (-1)

struct replicas {
	int32_t ids[INT16_MAX];
	size_t  count;
};

static void
add_replica(struct replicas *r, int32_t id)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->ids[i] == id)
			return;
	r->ids[r->count++] = id;
}

static void
place(const struct seed *s, struct json_object *saved, uint32_t partition, size_t wanted,
      struct replicas *ret)
{
	size_t i, n = saved == NULL ? 0 : json_object_array_length(saved);
	int32_t id;

	ret->count = 0;
	for (i = 0; i < n && ret->count < wanted; i++) {
		id = place_of(s, json_object_get_int(json_object_array_get_idx(saved, i)));
		if (id >= 0)
			add_replica(ret, id);
	}
	for (i = 0; i < s->broker_count && ret->count < wanted; i++)
		add_replica(ret, s->brokers[(partition + i) % s->broker_count]);
}

static struct record_value
array_value(struct buf *room, const int32_t *ids, size_t count)
{
	size_t i;

	buf_clear(room);
	for (i = 0; i < count; i++)
		wire_number(room, (uint64_t)ids[i], 4);
	return (struct record_value){ .bytes = (unsigned char *)room->data, .len = room->len,
		                      .count = (uint32_t)count };
}

/* Where a record's version has directories: one unassigned a replica (DirectoryId.UNASSIGNED). */
static struct record_value
unassigned(struct buf *room, size_t count)
{
	static const unsigned char none[UUID_BYTES] = { 0 };
	size_t i;

	buf_clear(room);
	for (i = 0; i < count; i++)
		(void)buf_add(room, none, sizeof none);
	return (struct record_value){ .bytes = (unsigned char *)room->data, .len = room->len,
		                      .count = (uint32_t)count };
}

static int32_t
saved_epoch(struct json_object *epochs, size_t partition, size_t which)
{
	struct json_object *pair = epochs == NULL ? NULL : json_object_array_get_idx(epochs, partition);
	int32_t n = pair == NULL || !json_object_is_type(pair, json_type_array)
	                ? 0
	                : json_object_get_int(json_object_array_get_idx(pair, which));

	return n < 0 || n > INT32_MAX - SEED_EPOCHS ? 0 : n;
}

struct topic_seed {
	const unsigned char *id;
	struct json_object  *placement, *epochs; /* of the identity, or NULL */
	size_t               wanted; /* replicas */
	struct buf           replicas, directories;
	struct replicas     *room;
};

/* Version 1 has all that is written; a node of before 3.7-IV2 reads only version 0. */
static unsigned
partition_version(const struct seed *s)
{
	return rules_record_version(RECORD_PARTITION, s->metadata_version) >= 1 ? 1 : 0;
}

/*
 * A follower that reads its leader here before that one has registered fetches nothing, and goes on so until the
 * leader epoch rises.  From 4.0-IV1 on the leader's registration raises it; before, its election does, if nobody leads.
 * With one replica nobody follows.
 */
static int32_t
first_leader(const struct seed *s, const struct replicas *r)
{
	return r->count == 1 || s->metadata_version >= LEVEL_ELR ? r->ids[0] : NO_LEADER;
}

static void
add_partition(struct seed *s, struct topic_seed *t, uint32_t number)
{
	struct json_object *saved =
	    t->placement == NULL ? NULL : json_object_array_get_idx(t->placement, number);
	struct metadata_record r = { .type = RECORD_PARTITION, .version = partition_version(s) };
	struct record_value all;

	place(s, json_object_is_type(saved, json_type_array) ? saved : NULL, number, t->wanted, t->room);
	all = array_value(&t->replicas, t->room->ids, t->room->count);
	r.values[PARTITION_ID] = value_number(number);
	r.values[PARTITION_TOPIC] = value_text(t->id, UUID_BYTES);
	r.values[PARTITION_REPLICAS] = all;
	r.values[PARTITION_ISR] = all;
	r.values[PARTITION_LEADER] = value_number(first_leader(s, t->room));
	r.values[PARTITION_LEADER_EPOCH] = value_number(saved_epoch(t->epochs, number, 0) + SEED_EPOCHS);
	r.values[PARTITION_EPOCH] = value_number(saved_epoch(t->epochs, number, 1) + SEED_EPOCHS);
	r.values[PARTITION_DIRECTORIES] = unassigned(&t->directories, t->room->count);
	if (t->replicas.failed || t->directories.failed)
		s->sections[SEED_PARTITIONS].bytes.failed = true;
	else
		frames_add_record(&s->sections[SEED_PARTITIONS], &r);
}

/* ---- a topic ---- */

static struct json_object *
member(struct json_object *value, const char *name, json_type type)
{
	struct json_object *m = NULL;

	return json_object_object_get_ex(value, name, &m) && json_object_is_type(m, type) ? m : NULL;
}

/* The saved id; of a topic without one (an old broker's) one that every controller makes alike. */
static void
topic_id(const struct line *topic, struct json_object *identity, unsigned char ret[UUID_BYTES])
{
	struct json_object *saved = identity == NULL ? NULL : member(identity, "topic_id", json_type_string);
	const char *text = saved == NULL ? "" : json_object_get_string(saved);
	size_t n = 0;

	if (sodium_base642bin(ret, UUID_BYTES, text, strlen(text), NULL, &n, NULL,
	                      sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	    n == UUID_BYTES && !sodium_is_zero(ret, UUID_BYTES))
		return;
	(void)crypto_generichash(ret, UUID_BYTES, (const unsigned char *)topic->key, topic->key_len, NULL, 0);
}

static int
add_topic(struct seed *s, const struct line *line, struct json_object *identity, uint32_t partitions,
          size_t replication_factor, struct err *e)
{
	struct metadata_record r = { .type = RECORD_TOPIC };
	unsigned char id[UUID_BYTES];
	struct topic_seed t = { .id = id, .wanted = replication_factor };
	uint32_t i;

	topic_id(line, identity, id);
	r.values[TOPIC_NAME] = value_text(line->key, line->key_len);
	r.values[TOPIC_ID] = value_text(id, sizeof id);
	frames_add_record(&s->sections[SEED_TOPICS], &r);
	if (identity != NULL) {
		t.placement = member(identity, "partitions", json_type_array);
		t.epochs = member(identity, "epochs", json_type_array);
	}
	t.room = malloc(sizeof *t.room);
	if (t.room == NULL)
		return err_memory(e, "placing partitions");
	buf_init(&t.replicas, LINE_MAX_BYTES);
	buf_init(&t.directories, LINE_MAX_BYTES);
	for (i = 0; i < partitions; i++)
		add_partition(s, &t, i);
	buf_release(&t.replicas);
	buf_release(&t.directories);
	free(t.room);
	return 0;
}

int
seed_topic(struct seed *s, const struct line *line, struct json_object *value, struct err *e)
{
	struct json_object *configs = member(value, "configs", json_type_object);
	int64_t partitions = json_object_get_int64(member(value, "partitions", json_type_int));
	int64_t factor = json_object_get_int64(member(value, "replication_factor", json_type_int));
	const struct line *saved = line_set_find(s->identities, KIND_IDENTITY, line->key);
	CLEANUP(json_object_put) struct json_object *identity = NULL;
	int rc = 0;

	if (configs == NULL || partitions < 1 || partitions > PARTITIONS_MAX || factor < 1 ||
	    factor > INT16_MAX || factor > (int64_t)s->broker_count)
		return err_set(e, ERR_CORRUPT, "topic %s: %lld partitions with replication factor %lld on %zu "
		                               "brokers",
		               line->key, (long long)partitions, (long long)factor, s->broker_count);
	if (saved != NULL)
		rc = json_parse(saved->value, saved->value_len, JSON_DEPTH_MAX, &identity, e);
	if (rc == 0)
		rc = add_topic(s, line, identity, (uint32_t)partitions, (size_t)factor, e);
	if (rc == 0)
		rc = seed_configs(s, RESOURCE_TOPIC, line->key, configs, e);
	return rc;
}
