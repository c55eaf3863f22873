/*
 * topics_diagnose.c - which configs does the broker not take?
 *
 * "Invalid config" names one config at most, in a sentence.  So each config of a refused topic is
 * tried alone, by one validate-only request with a made-up topic a config; those that are refused
 * are left out, named and carried.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/buf.h"
#include "core/kafka/topics_apply.h"

#define PROBE_NAME_SIZE 48u

static size_t
probe_cost(const struct topic_item *item)
{
	(void)item;
	return TOPICS_RECORDS_MAX; /* one topic a request */
}

static bool
was_refused(const struct topic_item *item)
{
	return item->refused;
}

static size_t
configs_of(const struct topic_item *item)
{
	return (size_t)json_object_object_length(item->topic.configs);
}

/* The config whose trial has this name: they end in "-<index>". */
static const char *
tried_config(const struct topic_item *item, const char *trial)
{
	const char *dash = strrchr(trial, '-');
	size_t index = 0;

	for (dash = dash == NULL ? "" : dash + 1; *dash >= '0' && *dash <= '9'; dash++)
		index = index * 10 + (size_t)(*dash - '0');
	json_object_object_foreach(item->topic.configs, name, value) {
		(void)value;
		if (index-- == 0)
			return name;
	}
	return NULL;
}

static int
leave_out(struct topics_apply *a, struct topic_item *item, const char **names, size_t count,
          struct err *e)
{
	struct topic_change change = { .without = names, .without_count = count };
	struct buf reason;
	size_t i;
	int rc;

	item->refused = false;
	item->diagnosed = true;
	if (count == 0) { /* each alone is fine: the refusal stands */
		item->plan->reason = "this broker does not take its configs together";
		return 0;
	}
	buf_init(&reason, ERR_TEXT_SIZE);
	for (i = 0; i < count; i++)
		(void)buf_print(&reason, "%s%s", i == 0 ? "this broker does not take config " : ", ",
		                names[i]);
	rc = topics_retarget(a, item, &change,
	                     buf_text(&reason) == NULL ? "this broker does not take some configs"
	                                               : buf_text(&reason),
	                     e);
	buf_release(&reason);
	item->plan->outcome = PLAN_TODO;
	return rc;
}

static size_t
refused_configs(const struct topic_item *item, rd_kafka_event_t *event, const char **names)
{
	const rd_kafka_topic_result_t **results;
	const char *name;
	size_t i, n = 0, count = 0;

	results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
	for (i = 0; i < n; i++) {
		if (results[i] == NULL || /* left out by the broker */
		    rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_INVALID_CONFIG)
			continue;
		name = tried_config(item, rd_kafka_topic_result_name(results[i]));
		if (name != NULL && count < configs_of(item))
			names[count++] = name;
	}
	return count;
}

static void
tried(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct topics_request *r = arg;
	struct topics_apply *a = r->a;
	struct topic_item *item = r->items[0];
	const char **names = NULL;
	struct err err = *e;

	free(r);
	if (rc == 0) {
		names = calloc(configs_of(item) + 1, sizeof *names);
		rc = names == NULL ? err_memory(&err, "restoring topics")
		                   : leave_out(a, item, names, refused_configs(item, event, names), &err);
		free(names);
	}
	fanout_end(&a->fanout, rc, &err);
}

static size_t
make_trials(const struct topic_item *item, rd_kafka_NewTopic_t **trials)
{
	char name[PROBE_NAME_SIZE], why[128];
	uint32_t random = randombytes_random();
	size_t n = 0;

	json_object_object_foreach(item->topic.configs, config, value) {
		(void)snprintf(name, sizeof name, "kcb-trial-%08x-%zu", random, n);
		trials[n] = rd_kafka_NewTopic_new(name, 1, 1, why, sizeof why);
		(void)rd_kafka_NewTopic_set_config(trials[n++], config,
		                                   json_object_get_string(value));
	}
	return n;
}

static int
diagnose_start(struct fanout *f, size_t i, struct err *e)
{
	struct topics_request *r = topics_request_new(f, i, e);
	rd_kafka_NewTopic_t **trials;
	struct client_call call;
	char why[128];
	size_t n;
	int rc;

	if (r == NULL)
		return e->code;
	n = configs_of(r->items[0]);
	trials = calloc(n + 1, sizeof *trials);
	rc = trials == NULL ? err_memory(e, "restoring topics")
	                    : client_begin(r->a->client, RD_KAFKA_ADMIN_OP_CREATETOPICS,
	                                   REQUEST_TIMEOUT_MS, tried, r, &call, e);
	if (rc == 0) {
		n = make_trials(r->items[0], trials);
		(void)rd_kafka_AdminOptions_set_validate_only(call.options, 1, why, sizeof why);
		rd_kafka_CreateTopics(call.rk, trials, n, call.options, call.queue);
		client_sent(&call);
		rd_kafka_NewTopic_destroy_array(trials, n);
	} else {
		free(r);
	}
	free(trials);
	return rc;
}

static void
all_tried(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct topics_apply, fanout)->job, rc, e);
}

void
topics_diagnose(struct job *j)
{
	topics_run_batches(TOPICS_APPLY(j), was_refused, probe_cost, 1, diagnose_start, all_tried);
}
