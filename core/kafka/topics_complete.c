/*
 * topics_complete.c - what creation leaves to do: topics too large for one request are grown,
 * auto-created ones are grown and get their configs.
 */
#include <stdlib.h>
#include <string.h>

#include "core/kafka/topics_apply.h"

#define ALTER_TOPICS_MAX 500u

/* ---- grow ---- */

static uint32_t
next_partitions(const struct topic_item *item)
{
	uint32_t more = item->topic.partitions - item->partitions;

	return item->partitions + (more < TOPICS_RECORDS_MAX ? more : TOPICS_RECORDS_MAX);
}

static size_t
grow_cost(const struct topic_item *item)
{
	return next_partitions(item) - item->partitions;
}

static bool
to_grow(const struct topic_item *item)
{
	return item->partitions > 0 && item->partitions < item->topic.partitions &&
	       (item->plan->outcome == PLAN_DONE ||
	        (item->plan->action == PLAN_COMPLETE && item->plan->outcome == PLAN_TODO));
}

static void
take_one_grown(struct topics_apply *a, struct topic_item *item, const rd_kafka_topic_result_t *result)
{
	rd_kafka_resp_err_t code = rd_kafka_topic_result_error(result);

	if (code == RD_KAFKA_RESP_ERR_INVALID_PARTITIONS)
		/* It has them already: by an earlier request, which the listing broker did not show. */
		item->plan->outcome = PLAN_EXISTS;
	else if (topics_take_result(a, item, "adding partitions", code,
	                            rd_kafka_topic_result_error_string(result)))
		a->grown = item->partitions = next_partitions(item);
}

static void
take_grown(struct topics_request *r, const rd_kafka_topic_result_t **results, size_t n)
{
	size_t i, k;

	for (k = 0; k < r->count; k++) {
		for (i = 0; i < n; i++)
			if (results[i] != NULL && strcmp(r->items[k]->plan->want.key,
			                                 rd_kafka_topic_result_name(results[i])) == 0)
				break;
		if (i < n)
			take_one_grown(r->a, r->items[k], results[i]);
		else
			r->items[k]->plan->outcome = PLAN_TODO; /* left out by the broker: look again */
	}
}

static void
grown(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct topics_request *r = arg;
	struct topics_apply *a = r->a;
	struct err err = *e;
	size_t n = 0;

	if (rc == 0) {
		const rd_kafka_topic_result_t **results = rd_kafka_CreatePartitions_result_topics(
		    rd_kafka_event_CreatePartitions_result(event), &n);
		take_grown(r, results, n);
	} else {
		(void)err_prefix(&err, "adding partitions to %zu topics", r->count);
		for (n = 0; n < r->count; n++)
			r->items[n]->plan->outcome = PLAN_TODO; /* the answer was lost: look again */
	}
	free(r);
	fanout_end(&a->fanout, rc, &err);
}

static int
grow_start(struct fanout *f, size_t i, struct err *e)
{
	struct topics_request *r = topics_request_new(f, i, e);
	rd_kafka_NewPartitions_t *new[ALTER_TOPICS_MAX];
	struct client_call call;
	char why[128];
	size_t k;
	int rc;

	if (r == NULL)
		return e->code;
	rc = client_begin(r->a->client, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, REQUEST_TIMEOUT_MS, grown,
	                  r, &call, e);
	if (rc != 0) {
		free(r);
		return rc;
	}
	for (k = 0; k < r->count; k++)
		new[k] = rd_kafka_NewPartitions_new(r->items[k]->plan->want.key,
		                                    next_partitions(r->items[k]), why, sizeof why);
	rd_kafka_CreatePartitions(call.rk, new, r->count, call.options, call.queue);
	rd_kafka_NewPartitions_destroy_array(new, r->count);
	client_sent(&call);
	return 0;
}

static void
all_grown(struct fanout *f, int rc, const struct err *e)
{
	struct topics_apply *a = container_of(f, struct topics_apply, fanout);
	size_t i;

	for (i = 0; i < a->count && rc == 0 && a->grown != 0; i++)
		if (to_grow(&a->items[i])) { /* more than one request's worth; this one got on */
			topics_grow(&a->job);
			return;
		}
	job_next(&a->job, rc, e);
}

void
topics_grow(struct job *j)
{
	TOPICS_APPLY(j)->grown = 0;
	topics_run_batches(TOPICS_APPLY(j), to_grow, grow_cost, ALTER_TOPICS_MAX, grow_start,
	                   all_grown);
}

/* ---- set configs ---- */

static size_t
set_cost(const struct topic_item *item)
{
	return (size_t)json_object_object_length(item->topic.configs);
}

static bool
to_set(const struct topic_item *item)
{
	return item->plan->action == PLAN_COMPLETE && item->plan->outcome == PLAN_TODO &&
	       json_object_object_length(item->topic.configs) > 0;
}

static void
set(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct topics_request *r = arg;
	struct topics_apply *a = r->a;
	const rd_kafka_ConfigResource_t **results;
	struct err err = *e;
	size_t i, k, n = 0;

	if (rc == 0) {
		results = rd_kafka_IncrementalAlterConfigs_result_resources(
		    rd_kafka_event_IncrementalAlterConfigs_result(event), &n);
		for (i = 0; i < n; i++)
			for (k = 0; k < r->count; k++)
				if (results[i] != NULL && /* left out by the broker */
				    strcmp(r->items[k]->plan->want.key,
				           rd_kafka_ConfigResource_name(results[i])) == 0)
					(void)topics_take_result(
					    a, r->items[k], "setting its configs",
					    rd_kafka_ConfigResource_error(results[i]),
					    rd_kafka_ConfigResource_error_string(results[i]));
	} else {
		(void)err_prefix(&err, "setting the configs of %zu topics", r->count);
	}
	free(r);
	fanout_end(&a->fanout, rc, &err);
}

static rd_kafka_ConfigResource_t *
resource(const struct topic_item *item)
{
	rd_kafka_ConfigResource_t *c =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, item->plan->want.key);

	json_object_object_foreach(item->topic.configs, name, value) {
		rd_kafka_error_t *error = rd_kafka_ConfigResource_add_incremental_config(
		    c, name, RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, json_object_get_string(value));

		if (error != NULL)
			rd_kafka_error_destroy(error); /* an empty name: the verification will tell */
	}
	return c;
}

static int
set_start(struct fanout *f, size_t i, struct err *e)
{
	struct topics_request *r = topics_request_new(f, i, e);
	rd_kafka_ConfigResource_t *resources[ALTER_TOPICS_MAX];
	struct client_call call;
	size_t k;
	int rc;

	if (r == NULL)
		return e->code;
	rc = client_begin(r->a->client, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS, REQUEST_TIMEOUT_MS,
	                  set, r, &call, e);
	if (rc != 0) {
		free(r);
		return rc;
	}
	for (k = 0; k < r->count; k++)
		resources[k] = resource(r->items[k]);
	rd_kafka_IncrementalAlterConfigs(call.rk, resources, r->count, call.options, call.queue);
	rd_kafka_ConfigResource_destroy_array(resources, r->count);
	client_sent(&call);
	return 0;
}

static void
all_set(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct topics_apply, fanout)->job, rc, e);
}

void
topics_set_configs(struct job *j)
{
	topics_run_batches(TOPICS_APPLY(j), to_set, set_cost, ALTER_TOPICS_MAX, set_start, all_set);
}
