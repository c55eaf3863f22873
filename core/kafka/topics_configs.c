/*
 * topics_configs.c - the topics' own configs.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/kafka/topics.h"
#include "core/kafka/topics_capture.h"

#define CONFIGS_BATCH 500u /* 2.5 KB a topic on the wire: 1.2 MB in one answer */

static int
by_entry_name(const void *a, const void *b)
{
	return strcmp(rd_kafka_ConfigEntry_name(*(const rd_kafka_ConfigEntry_t *const *)a),
	              rd_kafka_ConfigEntry_name(*(const rd_kafka_ConfigEntry_t *const *)b));
}

static void
write_value(struct json *w, const struct seen *s, const rd_kafka_ConfigEntry_t **own, size_t n)
{
	size_t i;

	json_begin_object(w);
	json_key(w, "configs");
	json_begin_object(w);
	for (i = 0; i < n; i++)
		json_key_string(w, rd_kafka_ConfigEntry_name(own[i]),
		                rd_kafka_ConfigEntry_value(own[i]));
	json_end_object(w);
	json_key_unsigned(w, "partitions", s->partitions);
	json_key_unsigned(w, "replication_factor", s->replication_factor);
	json_end_object(w);
}

static int
take_configs(struct topics_capture *t, struct seen *s, const rd_kafka_ConfigEntry_t **entries,
             size_t n, struct err *e)
{
	size_t i, own = 0;
	struct json w;

	for (i = 0; i < n; i++) /* the array is ours to reorder: librdkafka made it for this event */
		if (rd_kafka_ConfigEntry_source(entries[i]) ==
		    RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG) {
			if (rd_kafka_ConfigEntry_value(entries[i]) == NULL)
				return err_set(e, ERR_UNSUPPORTED,
				               "topic %s: the broker does not show the value of its "
				               "config %s",
				               s->name, rd_kafka_ConfigEntry_name(entries[i]));
			entries[own++] = entries[i];
		}
	qsort(entries, own, sizeof *entries, by_entry_name);
	buf_clear(&t->text);
	json_init(&w, &t->text);
	write_value(&w, s, entries, own);
	s->value = t->text.failed ? NULL : arena_copy(&t->arena, t->text.data, t->text.len);
	return s->value == NULL ? err_memory(e, "reading topics' configs") : 0;
}

static int
take_resource(struct topics_capture *t, const rd_kafka_ConfigResource_t *r, struct err *e)
{
	const char *name = rd_kafka_ConfigResource_name(r);
	rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(r);
	struct seen *s = topics_seen(t, name);
	const rd_kafka_ConfigEntry_t **entries, **copy;
	size_t n = 0;
	int rc;

	if (s == NULL)
		return err_set(e, ERR_FAILED, "the broker gives configs of %s, which nobody asked for",
		               name);
	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
		s->identity = NULL; /* deleted since it was described */
		return 0;
	}
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		(void)client_error(t->client, code, rd_kafka_ConfigResource_error_string(r), e);
		return err_prefix(e, "reading the configs of topic %s%s", name,
		                  code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
		                      ? " (grant DescribeConfigs on it)"
		                      : "");
	}
	entries = rd_kafka_ConfigResource_configs(r, &n);
	copy = calloc(n + 1, sizeof *copy);
	if (copy == NULL)
		return err_memory(e, "reading topics' configs");
	memcpy(copy, entries, n * sizeof *copy);
	rc = take_configs(t, s, copy, n, e);
	free(copy);
	return rc;
}

static void
configs_read(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct batch *b = arg;
	struct topics_capture *t = b->t;
	const rd_kafka_ConfigResource_t **resources;
	struct err err = *e;
	size_t i, n = 0;

	if (rc != 0) {
		(void)err_prefix(&err, "reading topics' configs");
	} else {
		resources = rd_kafka_DescribeConfigs_result_resources(
		    rd_kafka_event_DescribeConfigs_result(event), &n);
		/* librdkafka has NULL in the place of a topic that the broker leaves out */
		for (i = 0; i < n && rc == 0 && resources[i] != NULL; i++)
			rc = take_resource(t, resources[i], &err);
		if (rc == 0 && i < b->count)
			rc = err_set(&err, ERR_FAILED,
			             "asked for the configs of %zu topics, and the broker did not give "
			             "those of all",
			             b->count);
	}
	free(b);
	fanout_end(&t->fanout, rc, &err);
}

static int
configs_start(struct fanout *f, size_t i, struct err *e)
{
	struct topics_capture *t = container_of(f, struct topics_capture, fanout);
	struct batch *b = topics_batch(t, i, CONFIGS_BATCH, t->wanted_count, e);
	rd_kafka_ConfigResource_t *resources[CONFIGS_BATCH];
	struct client_call call;
	size_t k;
	int rc;

	if (b == NULL)
		return e->code;
	rc = client_begin(t->client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, REQUEST_TIMEOUT_MS,
	                  configs_read, b, &call, e);
	if (rc != 0) {
		free(b);
		return rc;
	}
	for (k = 0; k < b->count; k++)
		resources[k] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
		                                           t->wanted[b->first + k]->name);
	rd_kafka_DescribeConfigs(call.rk, resources, b->count, call.options, call.queue);
	rd_kafka_ConfigResource_destroy_array(resources, b->count);
	client_sent(&call);
	return 0;
}

static void
all_configs_read(struct fanout *f, int rc, const struct err *e)
{
	struct topics_capture *t = container_of(f, struct topics_capture, fanout);

	job_next(&t->job, rc, e);
}

void
topics_configs(struct job *j)
{
	struct topics_capture *t = TOPICS_CAPTURE(j);
	size_t i;

	t->wanted = calloc(t->count + 1, sizeof(struct seen *));
	if (t->wanted == NULL) {
		job_next(j, err_memory(&j->err, "reading topics' configs"), NULL);
		return;
	}
	for (i = 0; i < t->count; i++)
		if (t->seen[i].identity != NULL && !topic_is_kafkas(t->seen[i].name))
			t->wanted[t->wanted_count++] = &t->seen[i];
	t->fanout = (struct fanout){ .width = TOPICS_WIDTH, .start = configs_start,
		                     .done = all_configs_read,
		                     .count = (t->wanted_count + CONFIGS_BATCH - 1) / CONFIGS_BATCH };
	fanout_run(&t->fanout);
}

