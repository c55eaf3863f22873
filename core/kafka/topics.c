/* topics.c - see topics.h: what a topic's line says, and how it is fitted to a cluster. */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kafka/seed_fit.h"
#include "core/kafka/topics.h"
#include "core/kafka/topics_apply.h"
#include "core/kafka/topics_capture.h"

const struct kind_ops topics_ops = {
	.kind = KIND_TOPIC,
	.capture = topics_capture,
	.fit = topic_fit_item,
	.apply = topics_apply,
};

static bool
take_count(struct json_object *value, const char *name, uint32_t max, uint32_t *ret)
{
	struct json_object *count;
	int64_t n;

	if (!json_object_object_get_ex(value, name, &count) ||
	    !json_object_is_type(count, json_type_int))
		return false;
	n = json_object_get_int64(count);
	if (n < 1 || n > max)
		return false;
	*ret = (uint32_t)n;
	return true;
}

static bool
all_texts(struct json_object *configs)
{
	json_object_object_foreach(configs, name, value) {
		(void)name;
		if (!json_object_is_type(value, json_type_string))
			return false;
	}
	return true;
}

int
topic_parse(const char *value, size_t len, struct topic *ret, struct err *e)
{
	struct topic t = { 0 };
	int rc = json_parse(value, len, JSON_DEPTH_MAX, &t.value, e);

	if (rc != 0)
		return rc;
	if (json_object_is_type(t.value, json_type_object) &&
	    json_object_object_length(t.value) == 3 &&
	    take_count(t.value, "partitions", TOPIC_PARTITIONS_MAX, &t.partitions) &&
	    take_count(t.value, "replication_factor", INT16_MAX, &t.replication_factor) &&
	    json_object_object_get_ex(t.value, "configs", &t.configs) &&
	    json_object_is_type(t.configs, json_type_object) && all_texts(t.configs)) {
		*ret = t;
		return 0;
	}
	topic_release(&t);
	return err_set(e, ERR_CORRUPT, "the value of a topic's line is not as FORMAT.md says");
}

void
topic_release(struct topic *t)
{
	if (t->value != NULL)
		(void)json_object_put(t->value);
	*t = (struct topic){ 0 };
}

static bool
listed(const char *name, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void
topic_write(const struct topic *t, const struct topic_change *change, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key(&j, "configs");
	json_begin_object(&j);
	/* json-c keeps the order of the text, and the text is canonical: sorted */
	json_object_object_foreach(t->configs, name, value) {
		if (listed(name, change->without, change->without_count))
			continue;
		if (change->min_insync_replicas != NULL && strcmp(name, MIN_INSYNC_REPLICAS) == 0)
			json_key_string(&j, name, change->min_insync_replicas);
		else
			json_key_string(&j, name, json_object_get_string(value));
	}
	json_end_object(&j);
	json_key_unsigned(&j, "partitions", t->partitions);
	json_key_unsigned(&j, "replication_factor",
	                  change->replication_factor != 0 ? change->replication_factor
	                                                  : t->replication_factor);
	json_end_object(&j);
}

/* A small positive number in a text, or 0. */
static uint32_t
small_number(const char *text)
{
	uint32_t n = 0;

	for (; *text >= '0' && *text <= '9' && n < 1000000; text++)
		n = n * 10 + (uint32_t)(*text - '0');
	return *text == '\0' ? n : 0;
}

void
topic_random_name(unsigned first, char ret[TOPIC_RANDOM_NAME_SIZE])
{
	unsigned char random[16];

	randombytes_buf(random, sizeof random);
	ret[0] = (char)('a' + first % 26);
	(void)sodium_bin2hex(ret + 1, TOPIC_RANDOM_NAME_SIZE - 1, random, sizeof random);
}

bool
topic_fit(const struct topic *t, uint32_t brokers, char number[12], struct topic_change *change)
{
	struct json_object *own;
	uint32_t least, by;

	if (brokers == 0 || t->replication_factor <= brokers)
		return false;
	by = t->replication_factor - brokers;
	change->replication_factor = brokers;
	if (!json_object_object_get_ex(t->configs, MIN_INSYNC_REPLICAS, &own))
		return true;
	least = small_number(json_object_get_string(own));
	if (least < 2)
		return true;
	(void)snprintf(number, 12, "%u", least > by ? least - by : 1);
	change->min_insync_replicas = number;
	return true;
}

int
topic_retarget(struct plan *plan, struct plan_item *item, const struct topic *t,
               const struct topic_change *change, const char *reason, struct err *e)
{
	bool again = item->target != NULL && item->reason != NULL;
	char both[ERR_TEXT_SIZE];
	struct buf value;

	buf_init(&value, LINE_MAX_BYTES);
	topic_write(t, change, &value);
	(void)snprintf(both, sizeof both, "%s%s%s", again ? item->reason : "", again ? "; " : "",
	               reason); /* cut is fine */
	item->target = value.failed ? NULL : arena_copy(&plan->arena, value.data, value.len);
	item->reason = arena_text(&plan->arena, both);
	buf_release(&value);
	return item->target == NULL || item->reason == NULL ? err_memory(e, "planning topics") : 0;
}

/* Lower what the cluster cannot give. */
static int
fit_to_brokers(struct plan *plan, struct plan_item *item, const struct topic *t, uint32_t brokers,
               struct err *e)
{
	struct topic_change change = { 0 };
	char number[12], reason[160];

	if (!topic_fit(t, brokers, number, &change))
		return 0;
	(void)snprintf(reason, sizeof reason, "replication factor %u instead of %u: %u broker%s",
	               change.replication_factor, t->replication_factor, brokers,
	               brokers == 1 ? "" : "s");
	return topic_retarget(plan, item, t, &change, reason, e);
}

static const char *
expected(const struct plan_item *item)
{
	return item->target != NULL ? item->target : item->want.value;
}

static int
keep(struct plan *plan, struct plan_item *item, struct err *e, const char *reason)
{
	item->action = PLAN_KEEP;
	item->target = NULL;
	item->reason = arena_text(&plan->arena, reason);
	return item->reason == NULL ? err_memory(e, "planning topics") : 0;
}

/*
 * Every config of `have` is in `want`, with the same value: made by auto-creation (none at all), or
 * by us in part.
 */
static bool
is_part_of(struct json_object *have, struct json_object *want)
{
	struct json_object *other;

	json_object_object_foreach(have, name, value) {
		if (!json_object_object_get_ex(want, name, &other) ||
		    strcmp(json_object_get_string(value), json_object_get_string(other)) != 0)
			return false;
	}
	return true;
}

/* It is there, and not as it should be: whose is it? */
static int
fit_existing(struct plan *plan, struct plan_item *item, const struct topic *want,
             const struct topic *have, struct err *e)
{
	struct topic_change change = { .replication_factor = have->replication_factor };
	bool same = json_object_equal(want->configs, have->configs) != 0;
	char reason[512];

	if (!is_part_of(have->configs, want->configs))
		return keep(plan, item, e, "it exists with other settings");
	if (have->partitions > want->partitions) {
		(void)snprintf(reason, sizeof reason,
		               "it exists with %u partitions, saved were %u, and a topic cannot shrink: if it "
		               "is empty, delete it (kafka-topics --delete --topic '%.200s') and run again",
		               have->partitions, want->partitions, item->want.key);
		item->too_large = true;
		return keep(plan, item, e, reason);
	}
	item->action = PLAN_COMPLETE;
	if (have->replication_factor == want->replication_factor)
		return 0;
	if (same && have->partitions == want->partitions)
		item->action = PLAN_EQUAL; /* all but what cannot be altered */
	(void)snprintf(reason, sizeof reason, "it exists with replication factor %u instead of %u",
	               have->replication_factor, want->replication_factor);
	return topic_retarget(plan, item, want, &change, reason, e);
}

int
topic_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	struct topic saved = { 0 }, want = { 0 }, have = { 0 };
	int rc = topic_parse(item->want.value, item->want.value_len, &saved, e);

	if (rc == 0)
		rc = fit_to_brokers(plan, item, &saved, brokers, e);
	if (rc == 0 && plan->seeding)
		rc = seed_fit(plan, item, e);
	if (rc != 0 || item->outcome == PLAN_FAILED) {
		topic_release(&saved);
		return rc == 0 ? 0 : err_prefix(e, "topic %s", item->want.key);
	}
	if (item->have != NULL && strcmp(item->have, expected(item)) == 0) {
		item->action = PLAN_EQUAL;
	} else if (item->have != NULL) {
		rc = topic_parse(expected(item), strlen(expected(item)), &want, e);
		if (rc == 0)
			rc = topic_parse(item->have, strlen(item->have), &have, e);
		if (rc == 0)
			rc = fit_existing(plan, item, &want, &have, e);
	}
	topic_release(&saved);
	topic_release(&want);
	topic_release(&have);
	return rc == 0 ? 0 : err_prefix(e, "topic %s", item->want.key);
}
