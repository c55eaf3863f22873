/* topics.c - see topics.h: what a topic's line says, and how it is fitted to a cluster. */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kafka/topics.h"
#include "core/kafka/topics_apply.h"
#include "core/kafka/topics_capture.h"

const struct kind_ops topics_ops = {
	.kind = KIND_TOPIC,
	.capture = topics_capture,
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
