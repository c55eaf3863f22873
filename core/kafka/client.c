/*
 * client.c - see client.h
 *
 * rd_kafka_metadata() and rd_kafka_destroy() block, so they run on threads; the rd_kafka_t is
 * counted, and destroyed by whichever of them is last, since a stopped operation does not wait for
 * the first.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/kafka/client.h"
#include "core/loop/work.h"

struct handle {
	rd_kafka_t *rk;
	atomic_uint users;
};

struct client {
	struct loop     *loop;
	struct handle   *handle;
	struct kq       *kq;
	rd_kafka_conf_t *conf; /* as `handle` has it */
};

static void
handle_leave(void *data)
{
	struct handle *h = data;

	if (atomic_fetch_sub(&h->users, 1) > 1)
		return;
	rd_kafka_destroy(h->rk);
	free(h);
}

static int
configure(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *e)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK)
		return 0;
	return err_set(e, ERR_CONFIG, "kafka.%s: librdkafka does not take it; see its CONFIGURATION.md",
	               name); /* its reason may quote the value */
}

static rd_kafka_conf_t *
make_conf(const struct client_property *properties, size_t count, struct err *e)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	size_t i;
	int rc = configure(conf, "enable.metrics.push", "false", e);

	if (rc == 0)
		rc = configure(conf, "client.id", "kafka-config-backup", e);
	for (i = 0; rc == 0 && i < count; i++)
		rc = configure(conf, properties[i].name, properties[i].value, e);
	if (rc == 0) {
		rd_kafka_conf_set_log_cb(conf, NULL); /* its threads may outlive the host's log */
		rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_ERROR);
		return conf;
	}
	rd_kafka_conf_destroy(conf);
	return NULL;
}

static struct handle *
handle_new(rd_kafka_conf_t *conf, struct err *e)
{
	struct handle *h = calloc(1, sizeof *h);
	char why[512];

	if (h == NULL) {
		rd_kafka_conf_destroy(conf);
		(void)err_memory(e, "opening a Kafka client");
		return NULL;
	}
	h->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why); /* takes conf, if it works */
	if (h->rk == NULL) {
		rd_kafka_conf_destroy(conf);
		free(h);
		(void)err_set(e, ERR_CONFIG, "cannot make a Kafka client: %s", why);
		return NULL;
	}
	atomic_init(&h->users, 1);
	return h;
}

#define HIDDEN_MIN 4u /* shorter ones are words of librdkafka's too, and no secrets */

/* librdkafka's reason may repeat a value, and what stands in the wrong place may be a secret. */
static void
hide_values(char *text, const struct client_property *properties, size_t count)
{
	size_t i, len;
	char *at;

	for (i = 0; i < count; i++) {
		len = strlen(properties[i].value);
		if (len < HIDDEN_MIN)
			continue;
		for (at = text; (at = strstr(at, properties[i].value)) != NULL; at += len)
			memset(at, '.', len);
	}
}

int
client_open(struct loop *l, const struct client_property *properties, size_t count,
            struct client **ret, struct err *e)
{
	rd_kafka_conf_t *conf = make_conf(properties, count, e);
	struct client *c;
	int rc;

	if (conf == NULL)
		return e->code;
	c = calloc(1, sizeof *c);
	if (c == NULL) {
		rd_kafka_conf_destroy(conf);
		return err_memory(e, "opening a Kafka client");
	}
	c->loop = l;
	c->conf = rd_kafka_conf_dup(conf);
	c->handle = handle_new(conf, e);
	if (c->handle == NULL)
		hide_values(e->text, properties, count);
	rc = c->handle == NULL ? e->code : kq_new(l, c->handle->rk, &c->kq, e);
	if (rc != 0) {
		if (c->handle != NULL)
			handle_leave(c->handle); /* nothing was sent: quick */
		rd_kafka_conf_destroy(c->conf);
		free(c);
		return rc;
	}
	*ret = c;
	return 0;
}

void
client_close(struct client *c)
{
	struct err e = { 0 };

	if (c == NULL)
		return;
	kq_close(c->kq);
	if (work_detach(c->loop, handle_leave, c->handle, &e) != 0)
		handle_leave(c->handle); /* no thread to be had: then it blocks, about a second */
	rd_kafka_conf_destroy(c->conf);
	free(c);
}

rd_kafka_conf_t *
client_conf(const struct client *c)
{
	return rd_kafka_conf_dup(c->conf);
}

int
client_begin(struct client *c, rd_kafka_admin_op_t op, uint64_t timeout_ms, kq_fn *fn, void *arg,
             struct client_call *ret, struct err *e)
{
	int timeout = (int)loop_remaining_ms(c->loop, timeout_ms);
	void *opaque;
	char why[128];
	int rc = kq_expect(c->kq, fn, arg, &opaque, e);

	if (rc != 0)
		return rc;
	ret->rk = c->handle->rk;
	ret->queue = kq_queue(c->kq);
	ret->options = rd_kafka_AdminOptions_new(c->handle->rk, op);
	rd_kafka_AdminOptions_set_opaque(ret->options, opaque);
	/* 1 to 3,600,000 is taken; ours lies within */
	(void)rd_kafka_AdminOptions_set_request_timeout(ret->options, timeout, why, sizeof why);
	return 0;
}

void
client_sent(struct client_call *call)
{
	rd_kafka_AdminOptions_destroy(call->options);
	call->options = NULL;
}

int
client_error(const struct client *c, rd_kafka_resp_err_t code, const char *text, struct err *e)
{
	return kq_error(c->kq, code, text, e);
}

/* ---- the cluster ---- */

struct describe_cluster {
	client_cluster_fn *fn;
	void *arg;
};

static int
read_cluster(rd_kafka_event_t *event, struct cluster *ret, struct err *e)
{
	const rd_kafka_DescribeCluster_result_t *r = rd_kafka_event_DescribeCluster_result(event);
	const char *id = rd_kafka_DescribeCluster_result_cluster_id(r);
	const rd_kafka_Node_t *controller = rd_kafka_DescribeCluster_result_controller(r);
	size_t n = 0;

	if (id == NULL || id[0] == '\0')
		return err_set(e, ERR_AGAIN, "the broker does not say its cluster's id yet");
	if (strlen(id) > CLUSTER_ID_MAX)
		return err_set(e, ERR_FAILED, "the cluster's id is %zu bytes long, at most %u are known",
		               strlen(id), CLUSTER_ID_MAX);
	(void)rd_kafka_DescribeCluster_result_nodes(r, &n);
	memcpy(ret->id, id, strlen(id) + 1);
	ret->brokers = (uint32_t)n;
	ret->controller = controller == NULL ? -1 : rd_kafka_Node_id(controller);
	return 0;
}

static void
cluster_described(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct describe_cluster *d = arg;
	struct cluster cluster = { .controller = -1 };
	struct err err = *e;

	if (rc == 0)
		rc = read_cluster(event, &cluster, &err);
	else
		rc = err_prefix(&err, "describing the cluster");
	d->fn(d->arg, rc, &cluster, &err);
	free(d);
}

int
client_describe_cluster(struct client *c, uint64_t timeout_ms, client_cluster_fn *fn, void *arg,
                        struct err *e)
{
	struct describe_cluster *d = calloc(1, sizeof *d);
	struct client_call call;
	int rc;

	if (d == NULL)
		return err_memory(e, "describing the cluster");
	d->fn = fn;
	d->arg = arg;
	rc = client_begin(c, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, timeout_ms, cluster_described, d,
	                  &call, e);
	if (rc != 0) {
		free(d);
		return rc;
	}
	rd_kafka_DescribeCluster(call.rk, call.options, call.queue);
	client_sent(&call);
	return 0;
}

/* ---- its id alone ---- */

struct ask_id {
	struct handle *handle;
	int            timeout_ms;
	char          *id; /* librdkafka's memory; NULL: nobody told it */
};

struct id_waiter { /* as list_waiter below */
	struct client *client;
	struct ask_id *ask;
	client_id_fn  *fn;
	void          *arg;
};

static void
id_run(void *data)
{
	struct ask_id *a = data;

	a->id = rd_kafka_clusterid(a->handle->rk, a->timeout_ms);
}

static void
id_release(void *data)
{
	struct ask_id *a = data;

	if (a->id != NULL)
		rd_kafka_mem_free(a->handle->rk, a->id);
	handle_leave(a->handle);
	free(a);
}

static void
id_done(void *arg, int rc)
{
	struct id_waiter *w = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(w->client->loop, &e); /* ask is the thread's now */
	else if (w->ask->id == NULL)
		rc = err_set(&e, ERR_AGAIN, "no broker tells its cluster's id (last from the client: %s)",
		             kq_last_error(w->client->kq));
	w->fn(w->arg, rc, rc == 0 ? w->ask->id : NULL, &e);
	free(w);
}

int
client_cluster_id(struct client *c, uint64_t timeout_ms, client_id_fn *fn, void *arg, struct err *e)
{
	static const struct work_call call = { id_run, id_release, id_done };
	struct ask_id *a = calloc(1, sizeof *a);
	struct id_waiter *w = calloc(1, sizeof *w);
	int rc = a == NULL || w == NULL ? err_memory(e, "asking for the cluster's id") : 0;

	if (rc == 0) {
		*w = (struct id_waiter){ c, a, fn, arg };
		*a = (struct ask_id){ c->handle, (int)loop_remaining_ms(c->loop, timeout_ms), NULL };
		atomic_fetch_add(&c->handle->users, 1);
		rc = work_start(c->loop, &call, a, w, e);
		if (rc == 0)
			return 0;
		atomic_fetch_sub(&c->handle->users, 1); /* never the last: c has one */
	}
	free(a);
	free(w);
	return rc;
}

/* ---- the list of topics ---- */

struct list_topics {
	struct handle *handle;
	int            timeout_ms;
	rd_kafka_resp_err_t code;
	const struct rd_kafka_metadata *metadata;
};

struct list_waiter { /* stays on the loop's side, since the thread may be left behind */
	struct client      *client;
	struct list_topics *list;
	client_list_fn     *fn;
	void               *arg;
};

static void
list_run(void *data)
{
	struct list_topics *l = data;

	l->code = rd_kafka_metadata(l->handle->rk, 1, NULL, &l->metadata, l->timeout_ms);
}

static void
list_release(void *data)
{
	struct list_topics *l = data;

	if (l->metadata != NULL)
		rd_kafka_metadata_destroy(l->metadata);
	handle_leave(l->handle);
	free(l);
}

static struct topic_listing *
copy_listing(const struct rd_kafka_metadata *m)
{
	struct topic_listing *t = calloc((size_t)m->topic_cnt + 1, sizeof *t);
	int i, k;

	for (i = 0; t != NULL && i < m->topic_cnt; i++) {
		t[i].name = m->topics[i].topic;
		t[i].partitions = (uint32_t)m->topics[i].partition_cnt;
		for (k = 0; k < m->topics[i].partition_cnt; k++)
			t[i].led += m->topics[i].partitions[k].leader >= 0;
	}
	return t;
}

static void
list_done(void *arg, int rc)
{
	struct list_waiter *w = arg;
	struct topic_listing *topics = NULL;
	struct err e = { 0 };
	size_t count = 0;

	if (rc != 0) {
		(void)loop_check(w->client->loop, &e); /* list is the thread's now */
	} else if (w->list->code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		rc = client_error(w->client, w->list->code, NULL, &e);
		(void)err_prefix(&e, "listing topics");
	} else {
		topics = copy_listing(w->list->metadata);
		count = (size_t)w->list->metadata->topic_cnt;
		if (topics == NULL)
			rc = err_memory(&e, "listing topics");
		else if (count > TOPICS_MAX)
			rc = err_set(&e, ERR_FAILED, "listing topics: more than %u", TOPICS_MAX);
	}
	w->fn(w->arg, rc, topics, rc == 0 ? count : 0, &e);
	free(topics);
	free(w);
}

int
client_list_topics(struct client *c, client_list_fn *fn, void *arg, struct err *e)
{
	static const struct work_call call = { list_run, list_release, list_done };
	struct list_topics *l = calloc(1, sizeof *l);
	struct list_waiter *w = calloc(1, sizeof *w);
	int rc = l == NULL || w == NULL ? err_memory(e, "listing topics") : 0;

	if (rc == 0) {
		*w = (struct list_waiter){ c, l, fn, arg };
		l->handle = c->handle;
		l->timeout_ms = (int)loop_remaining_ms(c->loop, REQUEST_TIMEOUT_MS);
		atomic_fetch_add(&c->handle->users, 1);
		rc = work_start(c->loop, &call, l, w, e);
		if (rc == 0)
			return 0;
		atomic_fetch_sub(&c->handle->users, 1); /* never the last: c has one */
	}
	free(l);
	free(w);
	return rc;
}
