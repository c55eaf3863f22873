/* kafka_admin.c - see kafka_admin.h */
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/kafka_admin_event.h"

/* librdkafka's opaque types, made of what the fake needs. */
#define CONFIGS_MAX 64

struct rd_kafka_topic_result_s {
	char                name[256];
	rd_kafka_resp_err_t code;
};

struct rd_kafka_NewTopic_s { /* and a NewPartitions, and a ConfigResource: all are about a topic */
	struct rd_kafka_topic_result_s result;
	unsigned    partitions, configs;
	const char *config[CONFIGS_MAX];
};

struct client *
admin_client(struct admin *a)
{
	return (struct client *)(void *)a;
}

struct admin_topic *
admin_topic(const struct admin *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (strcmp(a->topics[i].name, name) == 0)
			return &a->topics[i];
	return NULL;
}

void
admin_add(struct admin *a, const char *name, unsigned partitions)
{
	a->topics = realloc(a->topics, (a->count + 1) * sizeof *a->topics);
	assert(a->topics != NULL);
	a->topics[a->count] = (struct admin_topic){ .partitions = partitions };
	(void)snprintf(a->topics[a->count].name, sizeof a->topics->name, "%s", name);
	a->count++;
}

void
admin_release(struct admin *a)
{
	free(a->topics);
	a->topics = NULL;
	a->count = 0;
}

/* ---- client.c ---- */

int __wrap_client_begin(struct client *, rd_kafka_admin_op_t, uint64_t, kq_fn *, void *,
                        struct client_call *, struct err *);
void __wrap_client_sent(struct client_call *);
int __wrap_client_error(const struct client *, rd_kafka_resp_err_t, const char *, struct err *);

int
__wrap_client_begin(struct client *c, rd_kafka_admin_op_t op, uint64_t timeout_ms, kq_fn *fn,
                    void *arg, struct client_call *ret, struct err *e)
{
	struct admin *a = (struct admin *)(void *)c;
	struct rd_kafka_op_s *event;
	int rc = loop_check(a->loop, e);

	(void)op;
	(void)timeout_ms;
	if (rc != 0)
		return rc;
	event = calloc(1, sizeof *event);
	assert(event != NULL);
	event->admin = a;
	event->fn = fn;
	event->arg = arg;
	event->lost = ++a->requests == a->lost;
	if (++a->in_flight > a->most_in_flight)
		a->most_in_flight = a->in_flight;
	ret->rk = (rd_kafka_t *)(void *)event;
	ret->options = (rd_kafka_AdminOptions_t *)(void *)event;
	return 0;
}

void
__wrap_client_sent(struct client_call *call)
{
	call->options = NULL;
}

int
__wrap_client_error(const struct client *c, rd_kafka_resp_err_t code, const char *text, struct err *e)
{
	int rc = code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS      ? ERR_EXISTS
	         : code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	                 code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ? ERR_DENIED
	         : code == RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED  ? ERR_AGAIN
	                                                                : ERR_FAILED;

	(void)c;
	return err_set(e, rc, "code %d%s%s", code, text == NULL ? "" : ": ", text == NULL ? "" : text);
}

/* ---- answers ---- */

static void
answer(void *arg, int rc)
{
	struct rd_kafka_op_s *event = arg;
	struct err e = { 0 };

	event->admin->in_flight--;
	if (rc == 0 && event->lost)
		rc = err_set(&e, ERR_AGAIN, "the answer was lost");
	else if (rc != 0)
		(void)loop_check(event->admin->loop, &e);
	event->fn(event->arg, rc, rc == 0 ? event : NULL, &e);
	while (event->count > 0) {
		free((void *)(uintptr_t)event->results[--event->count]);
	}
	free(event->results);
	free(event);
}

static rd_kafka_resp_err_t
judge(const struct admin *a, const struct rd_kafka_NewTopic_s *t)
{
	size_t i, k;

	for (i = 0; i < a->rule_count; i++) {
		const struct admin_rule *r = &a->rules[i];
		bool fits = r->config == NULL;

		for (k = 0; r->config != NULL && k < t->configs; k++)
			fits = fits || strcmp(t->config[k], r->config) == 0;
		if (fits && (r->topic == NULL || strcmp(r->topic, t->result.name) == 0))
			return r->code;
	}
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
admin_take(struct rd_kafka_op_s *event, size_t topics, size_t records)
{
	struct admin *a = event->admin;
	struct err e = { 0 };
	int rc;

	if (records > a->most_records)
		a->most_records = records;
	if (topics > a->most_topics)
		a->most_topics = topics;
	rc = loop_wait(a->loop, 0, answer, event, &e);
	assert(rc == 0);
}

static void
keep_result(struct rd_kafka_op_s *event, const char *name, rd_kafka_resp_err_t code)
{
	const char *left_out = event->admin->left_out;
	rd_kafka_topic_result_t *r = calloc(1, sizeof *r);

	event->results = realloc(event->results, (event->count + 1) * sizeof(void *));
	assert(r != NULL && event->results != NULL);
	if (left_out != NULL && strcmp(name, left_out) == 0) {
		free(r);
		event->results[event->count++] = NULL; /* as librdkafka does */
		return;
	}
	(void)snprintf(r->name, sizeof r->name, "%s", name);
	r->code = code;
	event->results[event->count++] = r;
}

/* ---- librdkafka: topics ---- */

static struct rd_kafka_NewTopic_s *
about(const char *name, int partitions)
{
	struct rd_kafka_NewTopic_s *t = calloc(1, sizeof *t);

	assert(t != NULL);
	(void)snprintf(t->result.name, sizeof t->result.name, "%s", name);
	t->partitions = (unsigned)partitions;
	return t;
}

static void
free_all(void *array, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(((void **)array)[i]);
}

rd_kafka_NewTopic_t *
rd_kafka_NewTopic_new(const char *topic, int num_partitions, int replication_factor, char *errstr,
                      size_t errstr_size)
{
	(void)replication_factor;
	(void)errstr;
	(void)errstr_size;
	return topic[0] == '\0' ? NULL : about(topic, num_partitions);
}

rd_kafka_resp_err_t
rd_kafka_NewTopic_set_config(rd_kafka_NewTopic_t *t, const char *name, const char *value)
{
	(void)value;
	assert(t->configs < CONFIGS_MAX);
	t->config[t->configs++] = name;
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
rd_kafka_NewTopic_destroy_array(rd_kafka_NewTopic_t **topics, size_t count)
{
	free_all(topics, count);
}

rd_kafka_resp_err_t
rd_kafka_AdminOptions_set_operation_timeout(rd_kafka_AdminOptions_t *o, int ms, char *errstr,
                                            size_t errstr_size)
{
	(void)o;
	(void)ms;
	(void)errstr;
	(void)errstr_size;
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t
rd_kafka_AdminOptions_set_validate_only(rd_kafka_AdminOptions_t *o, int yes, char *errstr,
                                        size_t errstr_size)
{
	(void)errstr;
	(void)errstr_size;
	((struct rd_kafka_op_s *)(void *)o)->validate_only = yes != 0;
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void
create_one(struct rd_kafka_op_s *event, const rd_kafka_NewTopic_t *t)
{
	struct admin *a = event->admin;
	rd_kafka_resp_err_t code = judge(a, t);
	bool trial = event->validate_only;

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR && admin_topic(a, t->result.name) != NULL)
		code = RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS;
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR && !trial) {
		admin_add(a, t->result.name, t->partitions);
		a->topics[a->count - 1].configs = t->configs;
	}
	keep_result(event, trial && a->misnamed != NULL ? a->misnamed : t->result.name, code);
}

void
rd_kafka_CreateTopics(rd_kafka_t *rk, rd_kafka_NewTopic_t **topics, size_t count,
                      const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	struct rd_kafka_op_s *event = (struct rd_kafka_op_s *)(void *)rk;
	size_t i, records = 0;

	(void)options;
	(void)queue;
	event->admin->trials += event->validate_only;
	event->admin->creations += !event->validate_only;
	for (i = 0; i < count; i++) {
		records += 1 + topics[i]->partitions + topics[i]->configs;
		create_one(event, topics[i]);
	}
	admin_take(event, count, records);
}

const rd_kafka_CreateTopics_result_t *
rd_kafka_event_CreateTopics_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_topic_result_t **
rd_kafka_CreateTopics_result_topics(const rd_kafka_CreateTopics_result_t *event, size_t *ret_count)
{
	*ret_count = event->count;
	return event->results;
}

const char *
rd_kafka_topic_result_name(const rd_kafka_topic_result_t *r)
{
	return r->name;
}

rd_kafka_resp_err_t
rd_kafka_topic_result_error(const rd_kafka_topic_result_t *r)
{
	return r->code;
}

const char *
rd_kafka_topic_result_error_string(const rd_kafka_topic_result_t *r)
{
	return r->code == RD_KAFKA_RESP_ERR_NO_ERROR ? NULL : "the broker's words";
}

/* ---- librdkafka: partitions ---- */

rd_kafka_NewPartitions_t *
rd_kafka_NewPartitions_new(const char *topic, size_t total, char *errstr, size_t errstr_size)
{
	(void)errstr;
	(void)errstr_size;
	if (total < 1 || total > 100000) /* as in librdkafka */
		return NULL;
	return (rd_kafka_NewPartitions_t *)(void *)about(topic, (int)total);
}

void
rd_kafka_NewPartitions_destroy_array(rd_kafka_NewPartitions_t **array, size_t count)
{
	free_all(array, count);
}

void
rd_kafka_CreatePartitions(rd_kafka_t *rk, rd_kafka_NewPartitions_t **array, size_t count,
                          const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	struct rd_kafka_op_s *event = (struct rd_kafka_op_s *)(void *)rk;
	size_t i, records = 0;

	(void)options;
	(void)queue;
	event->admin->growths++;
	for (i = 0; i < count; i++) {
		const struct rd_kafka_NewTopic_s *t = (const void *)array[i];
		struct admin_topic *there = admin_topic(event->admin, t->result.name);
		rd_kafka_resp_err_t code = judge(event->admin, t);

		if (there == NULL)
			code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
		else if (t->partitions <= there->partitions)
			code = RD_KAFKA_RESP_ERR_INVALID_PARTITIONS;
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
			records += t->partitions - there->partitions;
			there->partitions = t->partitions;
		}
		keep_result(event, t->result.name, code);
	}
	admin_take(event, count, records);
}

const rd_kafka_CreatePartitions_result_t *
rd_kafka_event_CreatePartitions_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_topic_result_t **
rd_kafka_CreatePartitions_result_topics(const rd_kafka_CreatePartitions_result_t *event,
                                        size_t *ret_count)
{
	*ret_count = event->count;
	return event->results;
}

/* ---- librdkafka: configs ---- */

rd_kafka_ConfigResource_t *
rd_kafka_ConfigResource_new(rd_kafka_ResourceType_t type, const char *name)
{
	(void)type;
	return (rd_kafka_ConfigResource_t *)(void *)about(name, 0);
}

rd_kafka_error_t *
rd_kafka_ConfigResource_add_incremental_config(rd_kafka_ConfigResource_t *c, const char *name,
                                               rd_kafka_AlterConfigOpType_t op, const char *value)
{
	(void)op;
	(void)rd_kafka_NewTopic_set_config((rd_kafka_NewTopic_t *)(void *)c, name, value);
	return NULL;
}

void
rd_kafka_ConfigResource_destroy_array(rd_kafka_ConfigResource_t **array, size_t count)
{
	free_all(array, count);
}

void
rd_kafka_IncrementalAlterConfigs(rd_kafka_t *rk, rd_kafka_ConfigResource_t **array, size_t count,
                                 const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	struct rd_kafka_op_s *event = (struct rd_kafka_op_s *)(void *)rk;
	size_t i, records = 0;

	(void)options;
	(void)queue;
	event->admin->settings++;
	for (i = 0; i < count; i++) {
		const struct rd_kafka_NewTopic_s *t = (const void *)array[i];
		struct admin_topic *there = admin_topic(event->admin, t->result.name);
		rd_kafka_resp_err_t code = judge(event->admin, t);

		if (code == RD_KAFKA_RESP_ERR_NO_ERROR && there != NULL)
			there->configs = t->configs;
		records += t->configs;
		keep_result(event, t->result.name, code);
	}
	admin_take(event, count, records);
}

const rd_kafka_IncrementalAlterConfigs_result_t *
rd_kafka_event_IncrementalAlterConfigs_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_ConfigResource_t **
rd_kafka_IncrementalAlterConfigs_result_resources(
    const rd_kafka_IncrementalAlterConfigs_result_t *event, size_t *ret_count)
{
	*ret_count = event->count;
	return (const rd_kafka_ConfigResource_t **)(void *)event->results;
}

const char *
rd_kafka_ConfigResource_name(const rd_kafka_ConfigResource_t *c)
{
	return ((const rd_kafka_topic_result_t *)(const void *)c)->name;
}

rd_kafka_resp_err_t
rd_kafka_ConfigResource_error(const rd_kafka_ConfigResource_t *c)
{
	return ((const rd_kafka_topic_result_t *)(const void *)c)->code;
}

const char *
rd_kafka_ConfigResource_error_string(const rd_kafka_ConfigResource_t *c)
{
	return rd_kafka_topic_result_error_string((const rd_kafka_topic_result_t *)(const void *)c);
}
