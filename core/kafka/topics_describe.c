/*
 * topics_describe.c - ids and placement of topics, and the proof that the list of them is whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/kafka/topics.h"
#include "core/kafka/topics_capture.h"

#define DESCRIBE_BATCH 1000u

static void
write_id(struct json *w, const rd_kafka_Uuid_t *id)
{
	char text[32];
	size_t i;

	(void)snprintf(text, sizeof text, "%s", rd_kafka_Uuid_base64str(id));
	for (i = 0; text[i] != '\0'; i++) /* librdkafka's is standard, Kafka's is URL-safe */
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	for (; i > 0 && text[i - 1] == '='; i--)
		text[i - 1] = '\0';
	/* brokers before 3.1 give zeros for every topic: that is no identity */
	if (strcmp(text, "AAAAAAAAAAAAAAAAAAAAAA") != 0)
		json_key_string(w, "topic_id", text);
}

static void
write_placement(struct json *w, const rd_kafka_TopicPartitionInfo_t *partition)
{
	size_t i, n = 0;
	const rd_kafka_Node_t **replicas = rd_kafka_TopicPartitionInfo_replicas(partition, &n);

	json_begin_array(w);
	for (i = 0; i < n; i++)
		json_integer(w, rd_kafka_Node_id(replicas[i]));
	json_end_array(w);
}

static int
take_description(struct topics_capture *t, struct seen *s, const rd_kafka_TopicDescription_t *d,
                 struct err *e)
{
	size_t i, n = 0, replicas = 0;
	const rd_kafka_TopicPartitionInfo_t **p = rd_kafka_TopicDescription_partitions(d, &n);
	struct json w;

	if (n > 0)
		(void)rd_kafka_TopicPartitionInfo_replicas(p[0], &replicas);
	if (n == 0 || replicas == 0)
		return err_set(e, ERR_AGAIN, "the broker does not know the %s of topic %s yet",
		               n == 0 ? "partitions" : "replicas", s->name);
	buf_clear(&t->text);
	json_init(&w, &t->text);
	json_begin_object(&w);
	json_key(&w, "partitions");
	json_begin_array(&w);
	for (i = 0; i < n; i++)
		write_placement(&w, p[i]);
	json_end_array(&w);
	write_id(&w, rd_kafka_TopicDescription_topic_id(d));
	json_end_object(&w);
	s->partitions = (uint32_t)n;
	s->replication_factor = (uint32_t)replicas;
	s->identity = t->text.failed ? NULL : arena_copy(&t->arena, t->text.data, t->text.len);
	return s->identity == NULL ? err_memory(e, "describing topics") : 0;
}

static int
refuse_hidden(const char *name, bool absent, struct err *e)
{
	if (absent)
		return err_set(e, ERR_DENIED,
		               "the list of topics cannot be proven complete: this user may not see all "
		               "topics; grant Describe and DescribeConfigs on Topic '*'");
	return err_set(e, ERR_DENIED,
	               "topic %s is hidden from this user, by a DENY on Describe or since he may not see "
	               "all topics; grant Describe and DescribeConfigs on Topic '*'",
	               name);
}

static int
take_topic(struct topics_capture *t, const rd_kafka_TopicDescription_t *d, struct err *e)
{
	const char *name = rd_kafka_TopicDescription_name(d);
	const rd_kafka_error_t *error = rd_kafka_TopicDescription_error(d);
	rd_kafka_resp_err_t code = error == NULL ? RD_KAFKA_RESP_ERR_NO_ERROR
	                                         : rd_kafka_error_code(error);
	struct seen *s = topics_seen(t, name);

	if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
		return refuse_hidden(name, s == NULL, e);
	if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
		t->proven += s == NULL;
		return 0; /* deleted, by somebody who may */
	}
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
		(void)client_error(t->client, code, rd_kafka_error_string(error), e);
		return err_prefix(e, "describing topic %s", name);
	}
	if (s == NULL)
		return err_set(e, ERR_FAILED,
		               "the broker describes a topic that was made up to test it (%s)", name);
	return take_description(t, s, d, e);
}

static void
described(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct batch *b = arg;
	struct topics_capture *t = b->t;
	const rd_kafka_TopicDescription_t **d;
	struct err err = *e;
	size_t i, n = 0, asked = b->count + (b->first == 0 ? TOPICS_ABSENT : 0);

	free(b);
	if (rc != 0) {
		(void)err_prefix(&err, "describing topics");
	} else {
		d = rd_kafka_DescribeTopics_result_topics(
		    rd_kafka_event_DescribeTopics_result(event), &n);
		/* librdkafka has NULL in the place of a topic that the broker leaves out */
		for (i = 0; i < n && rc == 0 && d[i] != NULL; i++)
			rc = take_topic(t, d[i], &err);
		if (rc == 0 && i < asked)
			rc = err_set(&err, ERR_FAILED,
			             "asked about %zu topics, and the broker did not answer for all", asked);
	}
	fanout_end(&t->fanout, rc, &err);
}

static int
send_describe(struct topics_capture *t, struct batch *b, const char **names, struct err *e)
{
	rd_kafka_TopicCollection_t *topics;
	struct client_call call;
	size_t i, n = 0;
	int rc;

	for (i = 0; i < b->count; i++)
		names[n++] = t->seen[b->first + i].name;
	for (i = 0; b->first == 0 && i < TOPICS_ABSENT; i++)
		names[n++] = t->absent[i];
	rc = client_begin(t->client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, REQUEST_TIMEOUT_MS,
	                  described, b, &call, e);
	if (rc != 0)
		return rc;
	topics = rd_kafka_TopicCollection_of_topic_names(names, n);
	rd_kafka_DescribeTopics(call.rk, topics, call.options, call.queue);
	rd_kafka_TopicCollection_destroy(topics);
	client_sent(&call);
	return 0;
}

static int
describe_start(struct fanout *f, size_t i, struct err *e)
{
	struct topics_capture *t = container_of(f, struct topics_capture, fanout);
	struct batch *b = topics_batch(t, i, DESCRIBE_BATCH, t->count, e);
	const char **names = calloc(DESCRIBE_BATCH + TOPICS_ABSENT, sizeof *names);
	int rc = b == NULL || names == NULL ? err_memory(e, "describing topics")
	                                    : send_describe(t, b, names, e);

	free(names);
	if (rc != 0)
		free(b);
	return rc;
}

static void
all_described(struct fanout *f, int rc, const struct err *e)
{
	struct topics_capture *t = container_of(f, struct topics_capture, fanout);
	struct err err = *e;

	if (rc == 0 && t->proven < TOPICS_ABSENT)
		rc = err_set(&err, ERR_FAILED,
		             "the broker did not answer for names that cannot exist: its list of topics "
		             "cannot be proven complete");
	job_next(&t->job, rc, &err);
}

void
topics_describe(struct job *j)
{
	struct topics_capture *t = TOPICS_CAPTURE(j);
	unsigned i, first = randombytes_uniform(26);

	for (i = 0; i < TOPICS_ABSENT; i++)
		topic_random_name(first + i, t->absent[i]);
	t->fanout = (struct fanout){ .width = TOPICS_WIDTH, .start = describe_start, .done = all_described,
		                     .count = t->count == 0 ? 1
		                              : (t->count + DESCRIBE_BATCH - 1) / DESCRIBE_BATCH };
	fanout_run(&t->fanout);
}

