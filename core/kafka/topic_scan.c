/* topic_scan.c - see topic_scan.h */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/kafka/topic_scan.h"

uint64_t
topic_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int
topic_left_ms(uint64_t until)
{
	uint64_t now = topic_now_ms();

	return now < until ? (int)(until - now) : 1;
}

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct topic_scan *s = opaque;

	(void)rk;
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && s->said[0] != '\0')
		return; /* what came before says why */
	if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) /* that is not "may not read it" */
		s->rc = err_set(&s->err, ERR_AGAIN, "cannot log in: %s", reason);
	(void)snprintf(s->said, sizeof s->said, "%s: %s", rd_kafka_err2name(code), reason);
}

static rd_kafka_t *
consumer_new(struct topic_scan *s)
{
	static const char *const settings[][2] = {
		{ "group.id", NULL }, /* NULL: as if it had never been set */
		{ "enable.auto.commit", "false" },
		{ "allow.auto.create.topics", "false" },
		{ "auto.offset.reset", "error" },
		{ "isolation.level", "read_committed" },
		{ "enable.partition.eof", "true" },
		{ "fetch.wait.max.ms", "10" }, /* nobody waits for new records */
		{ "queued.max.messages.kbytes", "8192" },
	};
	rd_kafka_t *rk = NULL;
	char why[512] = "";
	bool fit = true;
	size_t i;

	for (i = 0; i < LENGTH(settings) && fit; i++)
		fit = rd_kafka_conf_set(s->conf, settings[i][0], settings[i][1], why, sizeof why) ==
		      RD_KAFKA_CONF_OK;
	rd_kafka_conf_set_events(s->conf, 0);
	rd_kafka_conf_set_error_cb(s->conf, on_error);
	rd_kafka_conf_set_opaque(s->conf, s);
	if (fit)
		rk = rd_kafka_new(RD_KAFKA_CONSUMER, s->conf, why, sizeof why);
	if (rk == NULL) {
		rd_kafka_conf_destroy(s->conf);
		s->rc = err_set(&s->err, ERR_CONFIG, "cannot make a Kafka consumer: %s", why);
	}
	s->conf = NULL; /* the consumer has it */
	return rk;
}

static bool
goes_on(const struct topic_scan *s)
{
	return s->rc == 0 && s->code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* Whether there is a topic to read: a consumer would wait for one to appear. */
static void
look_at_topic(struct topic_scan *s, rd_kafka_t *rk, rd_kafka_topic_t *topic, uint64_t until)
{
	const struct rd_kafka_metadata *m = NULL;

	s->code = rd_kafka_metadata(rk, 0, topic, &m, topic_left_ms(until));
	(void)rd_kafka_poll(rk, 0); /* on_error() */
	if (s->code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	if (m->topic_cnt != 1)
		s->code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	else if (m->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
		s->code = m->topics[0].err;
	else if (m->topics[0].partition_cnt != 1)
		s->rc = err_set(&s->err, ERR_OPERATOR, "it has %d partitions instead of one",
		                m->topics[0].partition_cnt);
	rd_kafka_metadata_destroy(m);
}

static void
take_end(struct topic_scan *s, rd_kafka_event_t *event)
{
	const rd_kafka_ListOffsets_result_t *result;
	const rd_kafka_ListOffsetsResultInfo_t **infos;
	const rd_kafka_topic_partition_t *partition;
	size_t n = 0;

	s->code = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
	if (s->code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	result = rd_kafka_event_ListOffsets_result(event);
	infos = rd_kafka_ListOffsets_result_infos(result, &n);
	if (n != 1) {
		s->code = RD_KAFKA_RESP_ERR__BAD_MSG;
		return;
	}
	partition = rd_kafka_ListOffsetsResultInfo_topic_partition(infos[0]);
	s->code = partition->err;
	s->end = partition->offset;
}

/*
 * The end that counts is that of all records; a consumer of committed ones is told an earlier one while a transaction
 * is open.
 */
static void
find_end(struct topic_scan *s, rd_kafka_t *rk, uint64_t until)
{
	rd_kafka_topic_partition_list_t *asked = rd_kafka_topic_partition_list_new(1);
	rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_LISTOFFSETS);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_event_t *event;
	char why[128];

	rd_kafka_topic_partition_list_add(asked, s->topic, 0)->offset = RD_KAFKA_OFFSET_SPEC_LATEST;
	/* 1 to 3,600,000 is taken; ours lies within */
	(void)rd_kafka_AdminOptions_set_request_timeout(options, topic_left_ms(until), why, sizeof why);
	rd_kafka_ListOffsets(rk, asked, options, queue);
	event = rd_kafka_queue_poll(queue, topic_left_ms(until));
	take_end(s, event);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	(void)rd_kafka_poll(rk, 0); /* on_error() */
	rd_kafka_queue_destroy(queue);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_topic_partition_list_destroy(asked);
}

/* True: the end is reached. */
static bool
take(struct topic_scan *s, const rd_kafka_message_t *m)
{
	if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
		if (m->offset < s->end)
			s->rc = err_set(&s->err, ERR_AGAIN,
			                "a transaction is open in it, which hides what is behind offset %lld: "
			                "nothing but a registry or a worker should write there; `kafka-transactions "
			                "find-hanging` finds it",
			                (long long)m->offset);
		return true;
	}
	if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
		s->rc = err_set(&s->err, ERR_AGAIN, "records were removed from it while it was read");
	else if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		s->code = m->err;
	else if (m->offset < s->end)
		s->rc = s->each(s, m);
	return m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->offset + 1 >= s->end;
}

#define LOOK_UP_EVERY 256u /* records, between looks at the clock and at errors */

static void
consume(struct topic_scan *s, rd_kafka_t *rk, rd_kafka_topic_t *topic, uint64_t until)
{
	rd_kafka_message_t *m;
	bool at_end = false;
	unsigned taken = 0;

	if (rd_kafka_consume_start(topic, 0, RD_KAFKA_OFFSET_BEGINNING) != 0) {
		s->code = rd_kafka_last_error();
		return;
	}
	while (!at_end && goes_on(s)) {
		m = rd_kafka_consume(topic, 0, 100);
		if (m == NULL || ++taken % LOOK_UP_EVERY == 0) {
			(void)rd_kafka_poll(rk, 0); /* on_error() */
			if (topic_now_ms() >= until && goes_on(s))
				s->code = RD_KAFKA_RESP_ERR__TIMED_OUT;
		}
		if (m == NULL)
			continue;
		at_end = take(s, m);
		rd_kafka_message_destroy(m);
	}
	(void)rd_kafka_consume_stop(topic, 0); /* of a partition that was started */
}

void
topic_scan(struct topic_scan *s)
{
	uint64_t until = topic_now_ms() + s->timeout_ms;
	rd_kafka_t *rk = consumer_new(s);
	rd_kafka_topic_t *topic;

	if (rk == NULL)
		return;
	topic = rd_kafka_topic_new(rk, s->topic, NULL);
	if (topic == NULL) {
		s->code = rd_kafka_last_error();
	} else {
		look_at_topic(s, rk, topic, until);
		if (goes_on(s))
			find_end(s, rk, until);
		if (goes_on(s))
			consume(s, rk, topic, until);
		rd_kafka_topic_destroy(topic);
	}
	rd_kafka_destroy(rk);
}

int
topic_scan_outcome(const struct topic_scan *s, const struct client *c, const char *topic, struct err *e)
{
	if (s->rc != 0)
		*e = s->err;
	else if (s->code != RD_KAFKA_RESP_ERR_NO_ERROR)
		(void)client_error(c, s->code, s->said, e);
	return e->code == 0 ? 0 : err_prefix(e, "reading topic %.249s", topic);
}
