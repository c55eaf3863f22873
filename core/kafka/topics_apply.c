/*
 * topics_apply.c - see topics.h: create in batches, diagnose what was refused, create again
 * without it, grow, set configs.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/kafka/topics_apply.h"

#define CREATE_TOPICS_MAX 1000u /* topics in one request */

/* ---- shared by the steps ---- */

void
topics_run_batches(struct topics_apply *a, topics_pick *pick, topics_cost *cost, size_t count_max,
                   int (*start)(struct fanout *, size_t, struct err *),
                   void (*done)(struct fanout *, int, const struct err *))
{
	size_t i, records = 0, in_batch = 0, one;

	a->queue_count = a->batch_count = 0;
	a->batches[0] = 0;
	for (i = 0; i < a->count; i++) {
		if (!pick(&a->items[i]))
			continue;
		one = cost(&a->items[i]);
		if (in_batch > 0 && (records + one > TOPICS_RECORDS_MAX || in_batch == count_max)) {
			a->batches[++a->batch_count] = a->queue_count;
			records = in_batch = 0;
		}
		a->queue[a->queue_count++] = &a->items[i];
		records += one;
		in_batch++;
	}
	if (in_batch > 0)
		a->batches[++a->batch_count] = a->queue_count;
	a->fanout = (struct fanout){ .count = a->batch_count, .width = APPLY_WIDTH,
		                     .start = start, .done = done };
	fanout_run(&a->fanout);
}

struct topics_request *
topics_request_new(struct fanout *f, size_t i, struct err *e)
{
	struct topics_apply *a = container_of(f, struct topics_apply, fanout);
	struct topics_request *r = calloc(1, sizeof *r);

	if (r == NULL) {
		(void)err_memory(e, "restoring topics");
		return NULL;
	}
	r->a = a;
	r->items = a->queue + a->batches[i];
	r->count = a->batches[i + 1] - a->batches[i];
	return r;
}

bool
topics_take_result(struct topics_apply *a, struct topic_item *item, const char *what,
                   rd_kafka_resp_err_t code, const char *text)
{
	struct plan_item *p = item->plan;
	struct err e = { 0 };
	int rc;

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
		p->outcome = PLAN_DONE;
		return true;
	}
	/*
	 * what is wrong with a config is found out; the broker's own words would repeat its value
	 */
	rc = client_error(a->client, code, code == RD_KAFKA_RESP_ERR_INVALID_CONFIG ? NULL : text, &e);
	(void)err_prefix(&e, "%s", what);
	p->denied = rc == ERR_DENIED;
	item->refused = code == RD_KAFKA_RESP_ERR_INVALID_CONFIG && !item->diagnosed;
	p->outcome = rc == ERR_EXISTS  ? PLAN_EXISTS
	             : rc == ERR_AGAIN ? PLAN_TODO
	                               : PLAN_FAILED;
	if (!item->refused)
		p->reason = arena_text(&a->apply->plan->arena, e.text); /* NULL: no reason */
	return false;
}

int
topics_retarget(struct topics_apply *a, struct topic_item *item, const struct topic_change *change,
                const char *reason, struct err *e)
{
	struct plan_item *p = item->plan;
	struct topic changed;
	int rc = topic_retarget(a->apply->plan, p, &item->topic, change, reason, e);

	if (rc == 0)
		rc = topic_parse(p->target, strlen(p->target), &changed, e);
	if (rc != 0)
		return rc;
	topic_release(&item->topic);
	item->topic = changed;
	return 0;
}

/* ---- prepare ---- */

static int
prepare(struct topic_item *item, struct plan_item *p, struct err *e)
{
	const char *target = p->target != NULL ? p->target : p->want.value;
	struct topic have;
	int rc;

	item->plan = p;
	if (p->outcome == PLAN_FAILED)
		return 0; /* the plan could not read it: it is in no step, and stops no other */
	rc = topic_parse(target, p->target != NULL ? strlen(target) : p->want.value_len, &item->topic,
	                 e);
	if (rc != 0)
		return err_prefix(e, "topic %s", p->want.key);
	if (p->outcome == PLAN_DONE)
		item->partitions = item->topic.partitions; /* in an earlier round */
	if (p->have == NULL || p->outcome == PLAN_DONE)
		return 0;
	rc = topic_parse(p->have, strlen(p->have), &have, e);
	if (rc != 0)
		return err_prefix(e, "topic %s", p->want.key);
	item->partitions = have.partitions;
	topic_release(&have);
	return 0;
}

static void
step_prepare(struct job *j)
{
	struct topics_apply *a = TOPICS_APPLY(j);
	struct plan *plan = a->apply->plan;
	int rc = 0;

	for (; a->count < plan->count && rc == 0; a->count++)
		rc = prepare(&a->items[a->count], &plan->items[a->count], &j->err);
	job_next(j, rc, NULL);
}

/* ---- create ---- */

static uint32_t
first_partitions(const struct topic_item *item)
{
	size_t configs = (size_t)json_object_object_length(item->topic.configs);
	size_t room = configs + 1 < TOPICS_RECORDS_MAX ? TOPICS_RECORDS_MAX - 1 - configs : 1;

	return item->topic.partitions < room ? item->topic.partitions : (uint32_t)room;
}

static size_t
create_cost(const struct topic_item *item)
{
	return 1 + first_partitions(item) + (size_t)json_object_object_length(item->topic.configs);
}

static bool
to_create(const struct topic_item *item)
{
	return item->plan->action == PLAN_CREATE && item->plan->outcome == PLAN_TODO &&
	       item->partitions == 0;
}

static struct topic_item *
request_item(const struct topics_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (strcmp(r->items[i]->plan->want.key, name) == 0)
			return r->items[i];
	return NULL;
}

static void
take_created(struct topics_request *r, const rd_kafka_topic_result_t **results, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *name;
		struct topic_item *item;

		if (results[i] == NULL)
			continue; /* the broker left it out: it is looked at again */
		name = rd_kafka_topic_result_name(results[i]);
		/* answers come in the order of the request; look only when they do not */
		item = i < r->count && strcmp(r->items[i]->plan->want.key, name) == 0
		           ? r->items[i]
		           : request_item(r, name);
		if (item == NULL)
			continue;
		if (topics_take_result(r->a, item, "creating it",
		                       rd_kafka_topic_result_error(results[i]),
		                       rd_kafka_topic_result_error_string(results[i])))
			item->partitions = first_partitions(item);
	}
}

static void
created(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct topics_request *r = arg;
	struct topics_apply *a = r->a;
	const rd_kafka_topic_result_t **results;
	struct err err = *e;
	size_t n = 0;

	if (rc == 0) {
		results = rd_kafka_CreateTopics_result_topics(
		    rd_kafka_event_CreateTopics_result(event), &n);
		take_created(r, results, n);
	} else {
		(void)err_prefix(&err, "creating %zu topics", r->count);
	}
	a->done += r->count;
	if (a->apply->progress != NULL)
		a->apply->progress(a->apply, a->done, a->count);
	free(r);
	fanout_end(&a->fanout, rc, &err);
}

static rd_kafka_NewTopic_t *
new_topic(const struct topic_item *item)
{
	char why[128];
	rd_kafka_NewTopic_t *t =
	    rd_kafka_NewTopic_new(item->plan->want.key, (int)first_partitions(item),
	                          (int)item->topic.replication_factor, why, sizeof why);

	if (t == NULL)
		return NULL;
	json_object_object_foreach(item->topic.configs, name, value)
		(void)rd_kafka_NewTopic_set_config(t, name, json_object_get_string(value));
	return t;
}

static int
send_create(struct topics_request *r, rd_kafka_NewTopic_t **topics, struct err *e)
{
	struct client_call call;
	char why[128];
	size_t i, n = 0;
	int rc;

	for (i = 0; i < r->count; i++) {
		topics[n] = new_topic(r->items[i]);
		if (topics[n] != NULL)
			n++;
		else /* librdkafka finds its name or counts absurd */
			r->items[i]->plan->outcome = PLAN_FAILED;
	}
	rc = client_begin(r->a->client, RD_KAFKA_ADMIN_OP_CREATETOPICS, REQUEST_TIMEOUT_MS, created, r,
	                  &call, e);
	if (rc == 0) {
		/* the broker waits for nothing: what it acknowledges is verified by reading back */
		(void)rd_kafka_AdminOptions_set_operation_timeout(call.options, 1000, why,
		                                                  sizeof why);
		rd_kafka_CreateTopics(call.rk, topics, n, call.options, call.queue);
		client_sent(&call);
	}
	rd_kafka_NewTopic_destroy_array(topics, n);
	return rc;
}

static int
create_start(struct fanout *f, size_t i, struct err *e)
{
	struct topics_request *r = topics_request_new(f, i, e);
	rd_kafka_NewTopic_t **topics;
	int rc;

	if (r == NULL)
		return e->code;
	topics = calloc(r->count, sizeof *topics);
	rc = topics == NULL ? err_memory(e, "creating topics") : send_create(r, topics, e);
	free(topics);
	if (rc != 0)
		free(r);
	return rc;
}

static void
all_created(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct topics_apply, fanout)->job, rc, e);
}

static void
step_create(struct job *j)
{
	topics_run_batches(TOPICS_APPLY(j), to_create, create_cost, CREATE_TOPICS_MAX, create_start,
	                   all_created);
}

/* ---- the job ---- */

static void
apply_done(struct job *j)
{
	struct topics_apply *a = TOPICS_APPLY(j);
	struct apply *apply = a->apply;
	struct err err = j->err;
	size_t i;

	for (i = 0; i < a->count; i++)
		topic_release(&a->items[i].topic);
	free(a->items);
	free(a->queue);
	free(a->batches);
	free(a);
	apply->done(apply, err.code, &err);
}

int
topics_apply(struct apply *apply, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read the plan", step_prepare },
		{ "create topics", step_create },
		{ "set configs", topics_set_configs },
		{ "find what was refused", topics_diagnose },
		{ "create topics without it", step_create },
		{ "set configs without it", topics_set_configs },
		{ "grow topics", topics_grow },
		{ NULL, NULL },
	};
	struct topics_apply *a = calloc(1, sizeof *a);
	size_t room = apply->plan->count + 1;

	if (a == NULL)
		return err_memory(e, "restoring topics");
	a->apply = apply;
	a->client = apply->server;
	a->items = calloc(room, sizeof *a->items);
	a->queue = calloc(room, sizeof(struct topic_item *));
	a->batches = calloc(room + 1, sizeof *a->batches);
	if (a->items == NULL || a->queue == NULL || a->batches == NULL) {
		free(a->items);
		free(a->queue);
		free(a->batches);
		free(a);
		return err_memory(e, "restoring topics");
	}
	job_start(&a->job, apply->loop, steps, apply_done, NULL);
	return 0;
}
