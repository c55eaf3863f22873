/* config_topic.c - see config_topic.h.  Its records: KafkaConfigBackingStore.java of Apache Kafka. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/connect/config_topic.h"
#include "core/connect/rest.h"
#include "core/kafka/topic_read.h"

#define CONNECTOR "connector-"
#define TARGET    "target-state-"

struct config_topic {
	const struct topic_record *records; /* sorted by key */
	size_t                     count;
	int64_t                    end;
};

struct reader {
	struct connect  *connect;
	config_topic_fn *fn;
	void            *arg;
};

static bool
begins(const char *key, const char *with)
{
	return strncmp(key, with, strlen(with)) == 0;
}

/* Configs may hold secrets, and it is enough that they are there; a worker ignores other values. */
static enum topic_take
take(const char *key, const char *value, size_t value_len)
{
	static const char properties[] = "\"properties\"";

	if (begins(key, TARGET))
		return TAKE_RECORD;
	if (!begins(key, CONNECTOR))
		return TAKE_NOTHING;
	if (value != NULL && memmem(value, value_len, properties, sizeof properties - 1) == NULL)
		return TAKE_NOTHING;
	return TAKE_KEY;
}

static void
topic_was_read(void *arg, int rc, const struct topic_record *records, size_t count, int64_t end,
               const struct err *e)
{
	struct reader *r = arg;
	struct config_topic topic = { records, count, end };
	struct err err = *e;

	if (rc == ERR_MISSING)
		rc = err_set(&err, ERR_AGAIN,
		             "Kafka has no topic %s, which connect.topics names as Connect's config topic: "
		             "restart the worker if it has outlived its cluster, else correct connect.topics",
		             r->connect->config_topic);
	if (rc == ERR_DENIED)
		r->fn(r->arg, 0, NULL, &(struct err){ 0 });
	else
		r->fn(r->arg, rc, rc == 0 ? &topic : NULL, &err);
	free(r);
}

static void
not_known(void *arg, int rc)
{
	struct reader *r = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(r->connect->loop, &e);
	r->fn(r->arg, rc, NULL, &e);
	free(r);
}

int
config_topic_read(struct connect *c, config_topic_fn *fn, void *arg, struct err *e)
{
	struct reader *r = calloc(1, sizeof *r);
	int rc;

	if (r == NULL)
		return err_memory(e, "reading Connect's config topic");
	*r = (struct reader){ c, fn, arg };
	rc = c->config_topic == NULL
	         ? loop_wait(c->loop, 0, not_known, r, e)
	         : topic_read(c->loop, c->kafka, c->config_topic, take, topic_was_read, r, e);
	if (rc != 0)
		free(r);
	return rc;
}

/* ---- what it says ---- */

int64_t
config_topic_end(const struct config_topic *t)
{
	return t->end;
}

static int
key_against(const char *prefix, const char *name, const char *key)
{
	size_t n = strlen(prefix);
	int order = strncmp(prefix, key, n);

	return order != 0 ? order : strcmp(name, key + n);
}

static const struct topic_record *
find(const struct config_topic *t, const char *prefix, const char *name)
{
	size_t low = 0, high = t->count, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = key_against(prefix, name, t->records[middle].key);
		if (order == 0)
			return &t->records[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool
config_topic_holds(const struct config_topic *t, const char *name)
{
	return find(t, CONNECTOR, name) != NULL;
}

const char *
config_topic_beyond(const struct config_topic *t, config_topic_listed_fn *listed, const void *arg)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (begins(t->records[i].key, CONNECTOR) &&
		    !listed(arg, t->records[i].key + strlen(CONNECTOR)))
			return t->records[i].key + strlen(CONNECTOR);
	return NULL;
}

/* {"state":"PAUSED","state.v2":"STOPPED"}: the first is for workers that know no STOPPED. */
static const char *
state_of(struct json_object *value)
{
	static const char *const states[][2] = {
		{ "STARTED", "RUNNING" }, { "PAUSED", "PAUSED" }, { "STOPPED", "STOPPED" }
	};
	const char *said = connect_text(value, "state.v2");
	size_t i;

	if (said == NULL)
		said = connect_text(value, "state");
	for (i = 0; i < LENGTH(states) && said != NULL; i++)
		if (strcmp(said, states[i][0]) == 0)
			return states[i][1];
	return NULL;
}

const char *
config_topic_state(const struct config_topic *t, const char *name)
{
	const struct topic_record *r = find(t, TARGET, name);
	struct json_object *value = NULL;
	const char *state;
	struct err e;

	if (r == NULL)
		return "RUNNING";
	if (json_parse(r->value, r->value_len, JSON_DEPTH_MAX, &value, &e) != 0)
		return NULL;
	state = state_of(value);
	json_object_put_at(&value);
	return state;
}
