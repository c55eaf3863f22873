/*
 * probe.c - what a capture and a restore of topics cost whoever does nothing with the answers: the
 * same requests through librdkafka, as many in flight, one client, and every answer dropped.
 *
 *   probe capture BOOTSTRAP            list, describe (two absent names too), configs
 *   probe list BOOTSTRAP               the list of topics alone
 *   probe restore BOOTSTRAP TOPICS     create the topics of seed.py with one partition each, then
 *                                      list, describe and configs until all is there as created
 *
 * Prints "ms N", "hwm KIB" (its own peak of resident memory) and, of a restore, "polls N".  The
 * sizes of batches and waits are those of core/kafka and of hooks/verify.c; tests/bench/run counts
 * the requests of both sides and refuses to compare when they differ.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <librdkafka/rdkafka.h>
#include <sodium.h>

#include "measure.h"

#define WIDTH 4u            /* TOPICS_WIDTH */
#define DESCRIBE_BATCH 1000u
#define CONFIGS_BATCH 500u
#define ABSENT 2u           /* TOPICS_ABSENT */
#define CREATE_WIDTH 2u     /* APPLY_WIDTH */
#define CREATE_BATCH 1000u  /* CREATE_TOPICS_MAX; 4 records each, so this is the tighter bound */
#define TIMEOUT_MS 30000
#define CONFIGS 2u          /* of each topic, as in seed.py */

struct probe {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	const struct rd_kafka_metadata *listed;
	char **created; /* names */
	size_t topics;  /* that are to be there at the end; 0: whatever there is */
	size_t good, configs;
	unsigned polls;
};

static void *
room(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);

	if (p == NULL)
		failed("memory", "there is none");
	return p;
}

/* ---- one client, as core/kafka/client.c makes it ---- */

static void
set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
		failed(name, why);
}

static void
open_client(struct probe *p, const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "enable.metrics.push", "false");
	set(conf, "client.id", "probe");
	rd_kafka_conf_set_log_cb(conf, NULL);
	p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	if (p->rk == NULL)
		failed("rd_kafka_new", why);
	p->queue = rd_kafka_queue_new(p->rk);
}

static rd_kafka_AdminOptions_t *
options(struct probe *p, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(p->rk, op);
	char why[128];

	if (rd_kafka_AdminOptions_set_request_timeout(o, TIMEOUT_MS, why, sizeof why) != 0)
		failed("request timeout", why);
	if (op == RD_KAFKA_ADMIN_OP_CREATETOPICS &&
	    rd_kafka_AdminOptions_set_operation_timeout(o, 1000, why, sizeof why) != 0)
		failed("operation timeout", why);
	return o;
}

/* ---- answers: looked at only as far as a restore must, to know that it is done ---- */

static void
take_description(struct probe *p, rd_kafka_event_t *event)
{
	size_t i, n = 0;
	const rd_kafka_TopicDescription_t **d =
	    rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &n);

	for (i = 0; i < n; i++) {
		const rd_kafka_error_t *error = rd_kafka_TopicDescription_error(d[i]);

		p->good += error == NULL || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR;
	}
}

static void
take_configs(struct probe *p, rd_kafka_event_t *event)
{
	size_t i, k, n = 0, entries = 0;
	const rd_kafka_ConfigResource_t **r = rd_kafka_DescribeConfigs_result_resources(
	    rd_kafka_event_DescribeConfigs_result(event), &n);

	for (i = 0; i < n; i++) {
		const rd_kafka_ConfigEntry_t **e = rd_kafka_ConfigResource_configs(r[i], &entries);

		for (k = 0; k < entries; k++)
			p->configs += rd_kafka_ConfigEntry_source(e[k]) ==
			              RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
	}
}

static void
take(struct probe *p)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(p->queue, -1);

	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		failed(rd_kafka_event_name(event), rd_kafka_event_error_string(event));
	if (p->topics > 0 && rd_kafka_event_type(event) == RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT)
		take_description(p, event);
	if (p->topics > 0 && rd_kafka_event_type(event) == RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT)
		take_configs(p, event);
	rd_kafka_event_destroy(event);
}

/* ---- requests ---- */

typedef void send_fn(struct probe *p, size_t first, size_t count);

static void
in_batches(struct probe *p, send_fn *send, size_t total, size_t size, size_t width)
{
	size_t first, flying = 0;

	for (first = 0; first < total || first == 0; first += size) {
		if (flying == width) {
			take(p);
			flying--;
		}
		send(p, first, total - first < size ? total - first : size);
		flying++;
	}
	for (; flying > 0; flying--)
		take(p);
}

static void
send_cluster(struct probe *p)
{
	rd_kafka_AdminOptions_t *o = options(p, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER);

	rd_kafka_DescribeCluster(p->rk, o, p->queue);
	rd_kafka_AdminOptions_destroy(o);
	take(p);
}

static void
send_describe(struct probe *p, size_t first, size_t count)
{
	rd_kafka_AdminOptions_t *o = options(p, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
	const char **names = room(count + ABSENT, sizeof *names);
	const char *absent[ABSENT] = { "absent0123456789abcdef0123456789ab",
		                       "missing123456789abcdef0123456789ab" };
	rd_kafka_TopicCollection_t *topics;
	size_t i, n = 0;

	for (i = 0; i < count; i++)
		names[n++] = p->listed->topics[first + i].topic;
	for (i = 0; first == 0 && i < ABSENT; i++)
		names[n++] = absent[i];
	topics = rd_kafka_TopicCollection_of_topic_names(names, n);
	rd_kafka_DescribeTopics(p->rk, topics, o, p->queue);
	rd_kafka_TopicCollection_destroy(topics);
	rd_kafka_AdminOptions_destroy(o);
	free(names);
}

static void
send_configs(struct probe *p, size_t first, size_t count)
{
	rd_kafka_AdminOptions_t *o = options(p, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_ConfigResource_t *resources[CONFIGS_BATCH];
	size_t i;

	for (i = 0; i < count; i++)
		resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
		                                           p->listed->topics[first + i].topic);
	rd_kafka_DescribeConfigs(p->rk, resources, count, o, p->queue);
	rd_kafka_ConfigResource_destroy_array(resources, count);
	rd_kafka_AdminOptions_destroy(o);
}

static void
list(struct probe *p)
{
	rd_kafka_resp_err_t code = rd_kafka_metadata(p->rk, 1, NULL, &p->listed, TIMEOUT_MS);

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		failed("rd_kafka_metadata", rd_kafka_err2str(code));
}

static void
capture(struct probe *p)
{
	list(p);
	p->good = p->configs = 0;
	in_batches(p, send_describe, (size_t)p->listed->topic_cnt, DESCRIBE_BATCH, WIDTH);
	if (p->listed->topic_cnt > 0)
		in_batches(p, send_configs, (size_t)p->listed->topic_cnt, CONFIGS_BATCH, WIDTH);
	rd_kafka_metadata_destroy(p->listed);
	p->polls++;
}

/* ---- a restore ---- */

static void
send_create(struct probe *p, size_t first, size_t count)
{
	rd_kafka_AdminOptions_t *o = options(p, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_NewTopic_t **new = room(count, sizeof(rd_kafka_NewTopic_t *));
	char why[256];
	size_t i;

	for (i = 0; i < count; i++) {
		new[i] = rd_kafka_NewTopic_new(p->created[first + i], 1, 1, why, sizeof why);
		if (new[i] == NULL)
			failed("rd_kafka_NewTopic_new", why);
		(void)rd_kafka_NewTopic_set_config(new[i], "cleanup.policy", "compact");
		(void)rd_kafka_NewTopic_set_config(new[i], "retention.ms", "86400000");
	}
	rd_kafka_CreateTopics(p->rk, new, count, o, p->queue);
	rd_kafka_NewTopic_destroy_array(new, count);
	free(new);
	rd_kafka_AdminOptions_destroy(o);
}

/* The wait of core/loop/retry.c, as hooks/verify.c sets it: full jitter, 100 ms and at most 500. */
static void
wait_a_little(unsigned attempt)
{
	uint32_t most = attempt > 2 ? 500 : 100u << attempt;
	uint32_t ms = randombytes_uniform(most + 1);
	struct timespec t = { .tv_sec = 0, .tv_nsec = (long)ms * 1000000 };

	(void)nanosleep(&t, NULL);
}

static void
restore(struct probe *p)
{
	double patience = now_ms() + 120000;

	p->polls = 0;
	in_batches(p, send_create, p->topics, CREATE_BATCH, CREATE_WIDTH);
	for (capture(p); p->good < p->topics || p->configs < CONFIGS * p->topics; capture(p)) {
		if (now_ms() > patience)
			failed("restore", "not all topics could be read back within 2 minutes");
		wait_a_little(p->polls);
	}
}

static void
name_topics(struct probe *p, size_t count)
{
	size_t i;

	p->topics = count;
	p->created = room(count, sizeof(char *));
	for (i = 0; i < count; i++) {
		p->created[i] = room(32, 1);
		(void)snprintf(p->created[i], 32, "big-%06zu", i);
	}
}

int
main(int argc, char **argv)
{
	struct probe p = { .rk = NULL };
	bool restoring = argc == 4 && strcmp(argv[1], "restore") == 0;
	bool listing = argc == 3 && strcmp(argv[1], "list") == 0;
	double began, took;

	if (!restoring && !listing && !(argc == 3 && strcmp(argv[1], "capture") == 0))
		failed("usage", "probe capture|list BOOTSTRAP | probe restore BOOTSTRAP TOPICS");
	if (sodium_init() < 0)
		failed("libsodium", "does not start");
	open_client(&p, argv[2]);
	send_cluster(&p);
	if (restoring) {
		capture(&p); /* the guard looks at the cluster before it restores */
		name_topics(&p, strtoul(argv[3], NULL, 10));
	}
	began = now_ms();
	if (restoring) {
		restore(&p);
	} else if (listing) {
		list(&p);
		rd_kafka_metadata_destroy(p.listed);
	} else {
		capture(&p);
	}
	took = now_ms() - began;
	printf("ms %.1f\npolls %u\n", took, p.polls);
	print_peak();
	rd_kafka_queue_destroy(p.queue);
	rd_kafka_destroy(p.rk);
	return 0;
}
