/*
 * topic_read.c - see topic_read.h
 *
 * librdkafka's simple consumer, for the other one needs a group, and asks for its coordinator: that
 * makes brokers create __consumer_offsets.  It blocks, so all of it is on a thread, in a handle of
 * its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/arena.h"
#include "core/kafka/topic_read.h"
#include "core/loop/work.h"

struct kept {
	struct topic_record record;
	size_t              order; /* of records with one key the last counts */
	bool                ended; /* a tombstone */
};

struct reading { /* the thread's, until it has ended */
	rd_kafka_conf_t *conf;
	char            *topic;
	topic_take_fn   *take;
	uint64_t         timeout_ms;
	struct arena     arena; /* of keys and values */
	struct kept     *kept;
	size_t           count, capacity, read;
	rd_kafka_resp_err_t code;
	char             said[256]; /* the client's last error */
	int              rc;        /* of what is not librdkafka's */
	struct err       err;
};

struct waiter { /* the loop's, since the thread may be left behind */
	struct loop    *loop;
	struct client  *client;
	struct reading *reading;
	topic_read_fn  *fn;
	void           *arg;
	char            topic[256];
};

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int
left_ms(uint64_t until)
{
	uint64_t now = now_ms();

	return now < until ? (int)(until - now) : 1;
}

/* ---- what is kept ---- */

static int
by_key(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int order = strcmp(x->record.key, y->record.key);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* Sort, and leave the last of each key; at the end tombstones go too. */
static void
settle(struct reading *r, bool at_end)
{
	size_t i, n = 0;

	if (r->count > 0)
		qsort(r->kept, r->count, sizeof *r->kept, by_key);
	for (i = 0; i < r->count; i++) {
		if (i + 1 < r->count &&
		    strcmp(r->kept[i].record.key, r->kept[i + 1].record.key) == 0)
			continue;
		if (!at_end || !r->kept[i].ended)
			r->kept[n++] = r->kept[i];
	}
	r->count = n;
}

static int
make_room(struct reading *r)
{
	size_t room = r->capacity == 0 ? 256 : r->capacity * 2;
	struct kept *more;

	if (r->count == r->capacity)
		settle(r, false);
	if (r->count <= r->capacity / 2 && r->capacity > 0)
		return 0;
	more = room * sizeof *more > TOPIC_READ_MAX ? NULL : realloc(r->kept, room * sizeof *more);
	if (more == NULL)
		return -1;
	r->kept = more;
	r->capacity = room;
	return 0;
}

static void
keep(struct reading *r, const rd_kafka_message_t *m)
{
	struct kept k = { .order = r->read++, .ended = m->payload == NULL };
	char *key = m->key == NULL || memchr(m->key, 0, m->key_len) != NULL
	                ? NULL
	                : strndup(m->key, m->key_len);
	enum topic_take take = key == NULL ? TAKE_NOTHING : r->take(key, m->payload, m->len);

	if (take != TAKE_NOTHING) {
		k.record.key = arena_text(&r->arena, key);
		if (take == TAKE_RECORD && !k.ended) {
			k.record.value = arena_copy(&r->arena, m->payload, m->len);
			k.record.value_len = m->len;
		}
		if (k.record.key == NULL || (k.record.value == NULL && k.record.value_len > 0) ||
		    (r->count == r->capacity && make_room(r) != 0))
			r->rc = err_set(&r->err, ERR_FAILED, "no memory, or more than %zu MiB to keep",
			                TOPIC_READ_MAX >> 20);
		else
			r->kept[r->count++] = k;
	}
	free(key);
}

/* ---- the thread ---- */

static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
	struct reading *r = opaque;

	(void)rk;
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && r->said[0] != '\0')
		return; /* what came before says why */
	if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) /* that is not "may not read it" */
		r->rc = err_set(&r->err, ERR_AGAIN, "cannot log in: %s", reason);
	(void)snprintf(r->said, sizeof r->said, "%s: %s", rd_kafka_err2name(code), reason);
}

static rd_kafka_t *
consumer_new(struct reading *r)
{
	static const char *const settings[][2] = {
		{ "group.id", NULL }, /* NULL: as if it had never been set */
		{ "enable.auto.commit", "false" },
		{ "allow.auto.create.topics", "false" },
		{ "isolation.level", "read_committed" }, /* as a worker reads it */
		{ "enable.partition.eof", "true" },
		{ "fetch.wait.max.ms", "10" }, /* nobody waits for new records */
		{ "queued.max.messages.kbytes", "8192" },
	};
	rd_kafka_t *rk = NULL;
	char why[512] = "";
	bool fit = true;
	size_t i;

	for (i = 0; i < LENGTH(settings) && fit; i++)
		fit = rd_kafka_conf_set(r->conf, settings[i][0], settings[i][1], why, sizeof why) ==
		      RD_KAFKA_CONF_OK;
	rd_kafka_conf_set_events(r->conf, 0);
	rd_kafka_conf_set_error_cb(r->conf, on_error);
	rd_kafka_conf_set_opaque(r->conf, r);
	if (fit)
		rk = rd_kafka_new(RD_KAFKA_CONSUMER, r->conf, why, sizeof why);
	if (rk != NULL)
		r->conf = NULL; /* it has it */
	else
		r->rc = err_set(&r->err, ERR_CONFIG, "cannot make a Kafka consumer: %s", why);
	return rk;
}

/* Whether there is a topic to read: a consumer would wait for one to appear. */
static void
look_at_topic(struct reading *r, rd_kafka_t *rk, rd_kafka_topic_t *topic, uint64_t until)
{
	const struct rd_kafka_metadata *m = NULL;

	r->code = rd_kafka_metadata(rk, 0, topic, &m, left_ms(until));
	(void)rd_kafka_poll(rk, 0); /* on_error() */
	if (r->code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	if (m->topic_cnt != 1)
		r->code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	else if (m->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
		r->code = m->topics[0].err;
	else if (m->topics[0].partition_cnt != 1)
		r->rc = err_set(&r->err, ERR_OPERATOR, "it has %d partitions instead of one",
		                m->topics[0].partition_cnt);
	rd_kafka_metadata_destroy(m);
}

static void
consume(struct reading *r, rd_kafka_t *rk, rd_kafka_topic_t *topic, uint64_t until)
{
	rd_kafka_message_t *m;
	bool at_end = false;

	if (rd_kafka_consume_start(topic, 0, RD_KAFKA_OFFSET_BEGINNING) != 0) {
		r->code = rd_kafka_last_error();
		return;
	}
	while (!at_end && r->rc == 0 && r->code == RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (now_ms() >= until) {
			r->code = RD_KAFKA_RESP_ERR__TIMED_OUT;
			break;
		}
		m = rd_kafka_consume(topic, 0, 100);
		(void)rd_kafka_poll(rk, 0); /* on_error() */
		if (m == NULL)
			continue;
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			at_end = true;
		else if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			r->code = m->err;
		else
			keep(r, m);
		rd_kafka_message_destroy(m);
	}
	(void)rd_kafka_consume_stop(topic, 0); /* of a partition that was started */
}

static void
reading_run(void *data)
{
	struct reading *r = data;
	uint64_t until = now_ms() + r->timeout_ms;
	rd_kafka_t *rk = consumer_new(r);
	rd_kafka_topic_t *topic;

	if (rk == NULL)
		return;
	topic = rd_kafka_topic_new(rk, r->topic, NULL);
	if (topic == NULL) {
		r->code = rd_kafka_last_error();
	} else {
		look_at_topic(r, rk, topic, until);
		if (r->code == RD_KAFKA_RESP_ERR_NO_ERROR && r->rc == 0)
			consume(r, rk, topic, until);
		rd_kafka_topic_destroy(topic);
	}
	rd_kafka_destroy(rk);
	settle(r, true);
}

static void
reading_release(void *data)
{
	struct reading *r = data;

	if (r->conf != NULL)
		rd_kafka_conf_destroy(r->conf);
	arena_release(&r->arena);
	free(r->kept);
	free(r->topic);
	free(r);
}

/* ---- the loop ---- */

static int
outcome(const struct waiter *w, struct err *e)
{
	const struct reading *r = w->reading;

	if (r->rc != 0)
		*e = r->err;
	else if (r->code != RD_KAFKA_RESP_ERR_NO_ERROR)
		(void)client_error(w->client, r->code, r->said, e);
	return e->code == 0 ? 0 : err_prefix(e, "reading topic %s", w->topic);
}

static void
reading_done(void *arg, int rc)
{
	struct waiter *w = arg;
	struct topic_record *records = NULL;
	struct err e = { 0 };
	size_t i, count = 0;

	if (rc != 0)
		(void)loop_check(w->loop, &e); /* the reading is the thread's now */
	else
		rc = outcome(w, &e);
	if (rc == 0) {
		count = w->reading->count;
		records = calloc(count + 1, sizeof *records);
		if (records == NULL)
			rc = err_memory(&e, "reading a topic");
		for (i = 0; i < count && rc == 0; i++)
			records[i] = w->reading->kept[i].record;
	}
	w->fn(w->arg, rc, records, rc == 0 ? count : 0, &e);
	free(records);
	free(w);
}

static struct reading *
reading_new(struct loop *l, const struct client *c, const char *topic, topic_take_fn *take)
{
	struct reading *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	arena_init(&r->arena, TOPIC_READ_MAX);
	r->conf = client_conf(c);
	r->topic = strdup(topic);
	r->take = take;
	r->timeout_ms = loop_remaining_ms(l, REQUEST_TIMEOUT_MS);
	if (r->conf != NULL && r->topic != NULL)
		return r;
	reading_release(r);
	return NULL;
}

int
topic_read(struct loop *l, struct client *c, const char *topic, topic_take_fn *take,
           topic_read_fn *fn, void *arg, struct err *e)
{
	static const struct work_call call = { reading_run, reading_release, reading_done };
	struct waiter *w = calloc(1, sizeof *w);
	struct reading *r = w == NULL ? NULL : reading_new(l, c, topic, take);
	int rc;

	if (r == NULL) {
		free(w);
		return err_memory(e, "reading a topic");
	}
	*w = (struct waiter){ .loop = l, .client = c, .reading = r, .fn = fn, .arg = arg };
	(void)snprintf(w->topic, sizeof w->topic, "%s", topic);
	rc = work_start(l, &call, r, w, e);
	if (rc != 0) {
		reading_release(r);
		free(w);
	}
	return rc;
}
