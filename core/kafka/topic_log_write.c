/* topic_log_write.c - see topic_log.h: writing records again */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kafka/topic_log.h"
#include "core/kafka/topic_scan.h"
#include "core/loop/work.h"

struct stop { /* of the thread and of the loop; freed by whichever is last */
	atomic_bool set;
	atomic_uint users;
};

struct writing { /* the thread's, until it has ended */
	rd_kafka_conf_t *conf;
	struct topic_log log;
	struct stop     *stop;
	char            *topic;
	size_t           from, written;
	uint64_t         until;
	rd_kafka_resp_err_t code; /* of the first record that was refused, or of the producer */
	char             said[256];
	int              rc; /* of what is not librdkafka's */
	struct err       err;
};

static void
stop_leave(struct stop *s)
{
	if (atomic_fetch_sub(&s->users, 1) == 1)
		free(s);
}

/* ---- the thread ---- */

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct writing *w = opaque;
	char text[200];

	if (code == RD_KAFKA_RESP_ERR__FATAL) { /* it can write no more; what is behind it says why */
		code = (int)rd_kafka_fatal_error(rk, text, sizeof text);
		reason = text;
		if (w->code == RD_KAFKA_RESP_ERR_NO_ERROR)
			w->code = (rd_kafka_resp_err_t)code;
	}
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && w->said[0] != '\0')
		return; /* what came before says why */
	if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
		w->rc = err_set(&w->err, ERR_AGAIN, "cannot log in: %s", reason);
	(void)snprintf(w->said, sizeof w->said, "%s: %s", rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
}

/* Reports come in the order of the records; the first that failed is the reason, the rest goes with it. */
static void
on_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct writing *w = opaque;

	(void)rk;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		w->written++;
	else if (w->code == RD_KAFKA_RESP_ERR_NO_ERROR || w->code == RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE)
		w->code = m->err;
}

static rd_kafka_t *
producer_new(struct writing *w)
{
	static const char *const settings[][2] = {
		{ "enable.idempotence", "true" }, /* with it acks=all, and the order is kept */
		{ "enable.gapless.guarantee", "true" }, /* nothing is written behind what was refused */
		{ "compression.type", "none" }, /* tech: older libraries and brokers may disagree on codecs */
		{ "allow.auto.create.topics", "false" },
		{ "linger.ms", "1" },
		{ "message.max.bytes", "100000000" }, /* the broker's limit is the one that counts */
		{ "batch.size", "500000" },
		{ "queue.buffering.max.kbytes", "16384" },
	};
	rd_kafka_t *rk = NULL;
	char why[512] = "", timeout[24];
	bool fit = true;
	size_t i;

	for (i = 0; i < LENGTH(settings) && fit; i++)
		fit = rd_kafka_conf_set(w->conf, settings[i][0], settings[i][1], why, sizeof why) ==
		      RD_KAFKA_CONF_OK;
	(void)snprintf(timeout, sizeof timeout, "%d", topic_left_ms(w->until));
	fit = fit && rd_kafka_conf_set(w->conf, "message.timeout.ms", timeout, why, sizeof why) == RD_KAFKA_CONF_OK;
	rd_kafka_conf_set_events(w->conf, 0);
	rd_kafka_conf_set_error_cb(w->conf, on_error);
	rd_kafka_conf_set_dr_msg_cb(w->conf, on_report);
	rd_kafka_conf_set_opaque(w->conf, w);
	if (fit)
		rk = rd_kafka_new(RD_KAFKA_PRODUCER, w->conf, why, sizeof why);
	if (rk == NULL) {
		rd_kafka_conf_destroy(w->conf);
		w->rc = err_set(&w->err, ERR_CONFIG, "cannot make a Kafka producer: %s", why);
	}
	w->conf = NULL; /* the producer has it */
	return rk;
}

static bool
goes_on(struct writing *w)
{
	if (w->code == RD_KAFKA_RESP_ERR_NO_ERROR && (topic_now_ms() >= w->until || atomic_load(&w->stop->set)))
		w->code = RD_KAFKA_RESP_ERR__TIMED_OUT;
	return w->rc == 0 && w->code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_headers_t *
headers_of(const struct log_record *r)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(r->header_count);
	size_t i;

	for (i = 0; i < r->header_count; i++)
		(void)rd_kafka_header_add(headers, r->headers[i].name, -1, r->headers[i].value,
		                          (ssize_t)r->headers[i].value_len);
	return headers;
}

/* The record's bytes are the log's, which outlives the producer: they are not copied. */
static rd_kafka_resp_err_t
send_record(rd_kafka_t *rk, struct writing *w, const struct log_record *r)
{
	void *value = (void *)(uintptr_t)r->value; /* librdkafka does not write there */
	rd_kafka_headers_t *headers = headers_of(r);
	rd_kafka_resp_err_t code = rd_kafka_producev(
	    rk, RD_KAFKA_V_TOPIC(w->topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(0),
	    RD_KAFKA_V_KEY(r->key, r->key_len), RD_KAFKA_V_VALUE(value, r->value_len),
	    RD_KAFKA_V_TIMESTAMP(r->timestamp < 0 ? 0 : r->timestamp), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		rd_kafka_headers_destroy(headers); /* else it has them */
	return code;
}

static void
send_all(rd_kafka_t *rk, struct writing *w)
{
	rd_kafka_resp_err_t code;
	size_t i = w->from;

	while (i < w->log.count && goes_on(w)) {
		code = send_record(rk, w, &w->log.records[i]);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			i++;
		else if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL && w->code == RD_KAFKA_RESP_ERR_NO_ERROR)
			w->code = code;
		(void)rd_kafka_poll(rk, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 10 : 0);
	}
	while (goes_on(w) && rd_kafka_outq_len(rk) > 0)
		(void)rd_kafka_poll(rk, 50);
	if (w->code == RD_KAFKA_RESP_ERR_NO_ERROR && w->rc == 0)
		return;
	(void)rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	(void)rd_kafka_poll(rk, 100); /* what the broker had acknowledged by then counts */
}

static void
writing_run(void *data)
{
	struct writing *w = data;
	rd_kafka_t *rk = producer_new(w);

	if (rk == NULL)
		return;
	send_all(rk, w);
	rd_kafka_destroy(rk);
}

static void
writing_release(void *data)
{
	struct writing *w = data;

	if (w->conf != NULL)
		rd_kafka_conf_destroy(w->conf);
	if (w->stop != NULL)
		stop_leave(w->stop);
	topic_log_release(&w->log);
	free(w->topic);
	free(w);
}

/* ---- the loop ---- */

struct writer { /* the loop's, since the thread may be left behind */
	struct loop      *loop;
	struct client    *client;
	struct writing   *writing;
	struct stop      *stop;
	topic_written_fn *fn;
	void             *arg;
};

static int
outcome(const struct writer *r, struct err *e)
{
	const struct writing *w = r->writing;
	size_t total = w->log.count - w->from;

	if (w->rc != 0)
		*e = w->err;
	else if (w->code != RD_KAFKA_RESP_ERR_NO_ERROR)
		(void)client_error(r->client, w->code, w->said, e);
	else if (w->written != total)
		(void)err_set(e, ERR_AGAIN, "the brokers have not acknowledged all of it");
	if (e->code == 0)
		return 0;
	return err_prefix(e, "writing to topic %.249s, of %zu records %zu were acknowledged", w->topic, total,
	                  w->written);
}

static void
writing_done(void *arg, int rc)
{
	struct writer *r = arg;
	struct err e = { 0 };
	size_t written = 0;

	atomic_store(&r->stop->set, true);
	stop_leave(r->stop);
	if (rc != 0) {
		(void)loop_check(r->loop, &e); /* the writing is the thread's now */
	} else {
		rc = outcome(r, &e);
		written = r->writing->written;
	}
	r->fn(r->arg, rc, written, &e);
	free(r);
}

static struct writing *
writing_new(struct loop *l, const struct client *c, const char *topic, struct topic_log *log, size_t from)
{
	struct writing *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	topic_log_init(&w->log);
	w->from = from;
	w->until = topic_now_ms() + loop_remaining_ms(l, TOPIC_LOG_TIMEOUT_MS);
	w->conf = client_conf(c);
	w->topic = strdup(topic);
	w->stop = calloc(1, sizeof *w->stop);
	if (w->stop != NULL)
		atomic_init(&w->stop->users, 1);
	if (w->conf == NULL || w->topic == NULL || w->stop == NULL) {
		writing_release(w);
		return NULL;
	}
	w->log = *log;
	topic_log_init(log);
	return w;
}

int
topic_log_write(struct loop *l, struct client *c, const char *topic, struct topic_log *log, size_t from,
                topic_written_fn *fn, void *arg, struct err *e)
{
	static const struct work_call call = { writing_run, writing_release, writing_done };
	struct writer *r = calloc(1, sizeof *r);
	struct writing *w = r == NULL ? NULL : writing_new(l, c, topic, log, from);
	int rc;

	if (w == NULL) {
		free(r);
		return err_memory(e, "writing a topic");
	}
	*r = (struct writer){ .loop = l, .client = c, .writing = w, .stop = w->stop, .fn = fn, .arg = arg };
	atomic_fetch_add(&w->stop->users, 1);
	rc = work_start(l, &call, w, r, e);
	if (rc != 0) {
		stop_leave(r->stop);
		writing_release(w);
		free(r);
	}
	return rc;
}
