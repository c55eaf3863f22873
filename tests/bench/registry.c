/*
 * registry.c - what a registry's records cost: all three kinds captured from its topic, against a consumer that drops
 * what it reads; and all records restored, against a producer that writes them and knows of nothing else.
 *
 *   registry compare BOOTSTRAP RECORDS [ROUNDS]   prints "read-ours", "read-bare" (ms) and "read-ratio", and the
 *                                                 same of capture, write, restore: medians of ROUNDS (5)
 *   registry fill BOOTSTRAP TOPIC RECORDS         makes that topic, and writes so many records to it
 *   registry read BOOTSTRAP TOPIC                 the bare consumer: prints "ms N" and "hwm KIB", its peak of memory
 *
 * A read gives the records alone, a capture the lines of all three kinds; bare is the same consumer for both.
 * Records are Karapace's, of 1.5 KiB.  Both sides open a handle of their own each time; who begins changes from round
 * to round.  A write is what of a restore is writing: from the records to the last acknowledgement, with a producer of
 * the same settings on both sides.  Of a whole restore its plan and what is applied is timed: the saved lines read,
 * twice, and the topic read and compared before the first record is written.  Reading back is the capture's time.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/registry/log_line.h"
#include "core/registry/way.h"
#include "measure.h"
#include "schema_text.h"

#define ROUNDS_MAX   100u
#define SHORT_ROUNDS 3u
#define TIMEOUT_MS 60000

struct bench {
	const char       *bootstrap;
	struct topic_log  log;
	struct line_set   saved;
	char              topic[64];
	unsigned          topics;
	struct loop       loop;
	struct client    *client;
	struct way        way;
	struct line_set   lines;
	int               rc;
	struct err        err;
};

/* ---- what there is ---- */

static void
write_value(struct buf *out, unsigned number, const char *text)
{
	struct json j;

	buf_clear(out);
	(void)buf_print(out, "{\"subject\":\"subject-%05u\",\"version\":%u,\"id\":%u,\"schema\":", number / 10,
	                number % 10 + 1, number + 1);
	json_init(&j, out);
	json_string(&j, text);
	(void)buf_add_text(out, ",\"deleted\":false}");
}

static void
make_records(struct bench *b, unsigned count)
{
	struct log_header headers[] = { { "X-Registry-Version", "karapace/5.0.3", 14 },
		                        { "X-Origin-Host", "registry-1", 10 } };
	char key[256], text[SCHEMA_TEXT_SIZE];
	struct log_record r = { .key = key, .headers = headers, .header_count = LENGTH(headers) };
	struct buf value;
	unsigned i;

	topic_log_init(&b->log);
	line_set_init(&b->saved, (size_t)1 << 30);
	buf_init(&value, 1 << 20);
	for (i = 0; i < count; i++) {
		r.key_len = (size_t)snprintf(
		    key, sizeof key,
		    "{\"keytype\":\"SCHEMA\",\"subject\":\"subject-%05u\",\"version\":%u,\"magic\":1}", i / 10,
		    i % 10 + 1);
		schema_text(text, i);
		write_value(&value, i, text);
		r.value = buf_text(&value);
		r.value_len = value.len;
		r.timestamp = 1700000000000 + i;
		if (topic_log_add(&b->log, &r, &b->err) != 0)
			failed("records", b->err.text);
	}
	buf_release(&value);
	if (log_lines_add(&b->saved, &(struct log_head){ "bench", REGISTRY_KARAPACE }, &b->log, &b->err) != 0)
		failed("lines", b->err.text);
}

static rd_kafka_conf_t *
conf_of(const struct bench *b)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	rd_kafka_conf_set_log_cb(conf, NULL);
	if (rd_kafka_conf_set(conf, "bootstrap.servers", b->bootstrap, why, sizeof why) != RD_KAFKA_CONF_OK)
		failed("bootstrap.servers", why);
	return conf;
}

static rd_kafka_t *
open_bare(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char why[256];
	rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);

	if (rk == NULL)
		failed("rd_kafka_new", why);
	return rk;
}

static void
make_topic(struct bench *b)
{
	rd_kafka_t *rk = open_bare(RD_KAFKA_PRODUCER, conf_of(b));
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	char why[256];
	rd_kafka_NewTopic_t *topic;
	rd_kafka_event_t *event;

	topic = rd_kafka_NewTopic_new(b->topic, 1, 1, why, sizeof why);
	(void)rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");
	rd_kafka_CreateTopics(rk, &topic, 1, NULL, queue);
	event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
	if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		failed("creating a topic", event == NULL ? "no answer" : rd_kafka_event_error_string(event));
	rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy(topic);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(rk);
	(void)nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL); /* a broker shows it a little later */
}

static void
make_own_topic(struct bench *b)
{
	(void)snprintf(b->topic, sizeof b->topic, "bench-%ld-%u", (long)getpid(), b->topics++);
	make_topic(b);
}

/* ---- the bare ones ---- */

/* Who does not ask first waits for a refresh of it, which would flatter us. */
static void
ask_for_topic(rd_kafka_t *rk, rd_kafka_topic_t *topic)
{
	const struct rd_kafka_metadata *m;

	if (rd_kafka_metadata(rk, 0, topic, &m, TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		failed("asking for the topic", "no answer");
	rd_kafka_metadata_destroy(m);
}

static double
read_bare(struct bench *b)
{
	rd_kafka_conf_t *conf = conf_of(b);
	double took, began = now_ms();
	rd_kafka_t *rk;
	rd_kafka_topic_t *topic;
	rd_kafka_message_t *m;
	bool at_end = false;
	size_t count = 0;

	(void)rd_kafka_conf_set(conf, "enable.partition.eof", "true", NULL, 0);
	(void)rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", NULL, 0);
	rk = open_bare(RD_KAFKA_CONSUMER, conf);
	topic = rd_kafka_topic_new(rk, b->topic, NULL);
	ask_for_topic(rk, topic);
	if (rd_kafka_consume_start(topic, 0, RD_KAFKA_OFFSET_BEGINNING) != 0)
		failed("consuming", rd_kafka_err2str(rd_kafka_last_error()));
	while (!at_end) {
		m = rd_kafka_consume(topic, 0, TIMEOUT_MS);
		if (m == NULL)
			failed("consuming", "nothing comes");
		at_end = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
		count += m->err == RD_KAFKA_RESP_ERR_NO_ERROR;
		rd_kafka_message_destroy(m);
	}
	(void)rd_kafka_consume_stop(topic, 0);
	rd_kafka_topic_destroy(topic);
	took = now_ms() - began;
	rd_kafka_destroy(rk);
	if (count != b->log.count && b->log.count != 0)
		failed("consuming", "it has not all records");
	return took;
}

static double
write_bare(struct bench *b)
{
	static const char *const settings[][2] = { /* those of core/kafka/topic_log_write.c */
		{ "enable.idempotence", "true" }, { "enable.gapless.guarantee", "true" },
		{ "compression.type", "none" },   { "linger.ms", "1" },
		{ "batch.size", "500000" },       { "queue.buffering.max.kbytes", "16384" },
	};
	rd_kafka_conf_t *conf = conf_of(b);
	double took, began = now_ms();
	rd_kafka_t *rk;
	rd_kafka_topic_t *topic;
	size_t i, k;

	for (i = 0; i < LENGTH(settings); i++)
		if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], NULL, 0) != RD_KAFKA_CONF_OK)
			failed(settings[i][0], "it is not taken");
	rk = open_bare(RD_KAFKA_PRODUCER, conf);
	topic = rd_kafka_topic_new(rk, b->topic, NULL);
	ask_for_topic(rk, topic);
	rd_kafka_topic_destroy(topic);
	for (i = 0; i < b->log.count; i++) {
		const struct log_record *r = &b->log.records[i];
		rd_kafka_headers_t *headers = rd_kafka_headers_new(r->header_count);

		for (k = 0; k < r->header_count; k++)
			(void)rd_kafka_header_add(headers, r->headers[k].name, -1, r->headers[k].value,
			                          (ssize_t)r->headers[k].value_len);
		if (rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(b->topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(0),
		                      RD_KAFKA_V_KEY(r->key, r->key_len),
		                      RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value, r->value_len),
		                      RD_KAFKA_V_TIMESTAMP(r->timestamp), RD_KAFKA_V_HEADERS(headers),
		                      RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR)
			failed("producing", "a record is not taken");
	}
	if (rd_kafka_flush(rk, TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		failed("producing", "not all of it is acknowledged");
	took = now_ms() - began; /* its handle ends as slowly as it likes */
	rd_kafka_destroy(rk);
	return took;
}

/* ---- ours ---- */

static void
begin(struct bench *b)
{
	struct client_property p = { "bootstrap.servers", b->bootstrap };

	if (loop_init(&b->loop, &b->err) != 0)
		failed("loop", b->err.text);
	b->loop.now_ms = clock_ms;
	b->loop.wall_ms = wall_ms;
	if (client_open(&b->loop, &p, 1, &b->client, &b->err) != 0)
		failed("client", b->err.text);
	line_set_init(&b->lines, (size_t)1 << 30);
	b->way = (struct way){ .registry = { .loop = &b->loop, .kafka = b->client, .topic = b->topic } };
}

static void
end(struct bench *b)
{
	way_release(&b->way);
	line_set_release(&b->lines);
	client_close(b->client);
	(void)loop_release(&b->loop);
}

static void
captured(struct capture *c, int rc, const struct err *e)
{
	struct bench *b = container_of(c->lines, struct bench, lines);

	if (rc != 0)
		failed("capture", e->text);
	b->rc = rc;
}

static void
capture(struct bench *b)
{
	static const struct kind_ops *const kinds[] = { &registry_log_ops, &registry_schema_ops, &registry_config_ops };
	size_t i;

	for (i = 0; i < LENGTH(kinds); i++) {
		struct capture c = { .loop = &b->loop, .server = &b->way, .lines = &b->lines, .done = captured };

		if (kinds[i]->capture(&c, &b->err) != 0)
			failed("capture", b->err.text);
		loop_run(&b->loop);
	}
}

static void
was_read(void *arg, int rc, struct topic_log *log, const struct err *e)
{
	struct bench *b = arg;

	if (rc != 0)
		failed("reading", e->text);
	if (log->count != b->log.count)
		failed("reading", "it has not all records");
}

static double
read_ours(struct bench *b)
{
	double began;

	begin(b);
	began = now_ms();
	if (topic_log_read(&b->loop, b->client, b->topic, was_read, b, &b->err) != 0)
		failed("reading", b->err.text);
	loop_run(&b->loop);
	began = now_ms() - began;
	end(b);
	return began;
}

static double
capture_ours(struct bench *b)
{
	double began;

	begin(b);
	began = now_ms();
	capture(b);
	began = now_ms() - began;
	if (b->lines.count != 2 * b->log.count + 2) /* records and versions, the first line and the highest id */
		failed("capture", "it has not all lines");
	end(b);
	return began;
}

static void
applied(struct apply *a, int rc, const struct err *e)
{
	(void)a;
	if (rc != 0)
		failed("restore", e->text);
}

static void
was_written(void *arg, int rc, size_t written, const struct err *e)
{
	struct bench *b = arg;

	if (rc != 0 || written != b->log.count)
		failed("writing", rc != 0 ? e->text : "not all of it is acknowledged");
}

static double
write_ours(struct bench *b)
{
	struct topic_log log;
	double began;
	size_t i;

	topic_log_init(&log);
	for (i = 0; i < b->log.count; i++)
		if (topic_log_add(&log, &b->log.records[i], &b->err) != 0)
			failed("writing", b->err.text);
	begin(b);
	began = now_ms();
	if (topic_log_write(&b->loop, b->client, b->topic, &log, 0, was_written, b, &b->err) != 0)
		failed("writing", b->err.text);
	loop_run(&b->loop);
	began = now_ms() - began;
	end(b);
	return began;
}

static double
restore_ours(struct bench *b)
{
	struct plan plan = { .server = &b->way };
	struct apply a = { .loop = &b->loop, .server = &b->way, .plan = &plan, .brokers = 1, .done = applied };
	double began;
	size_t i;

	begin(b);
	arena_init(&plan.arena, 1 << 20);
	plan.items = calloc(b->saved.count, sizeof *plan.items);
	if (plan.items == NULL)
		failed("restore", "no memory");
	for (i = 0; i < b->saved.count; i++)
		plan.items[plan.count++].want = b->saved.lines[i];
	began = now_ms();
	if (registry_log_ops.fit_all(&plan, &b->lines, &b->err) != 0 || registry_log_ops.apply(&a, &b->err) != 0)
		failed("restore", b->err.text);
	loop_run(&b->loop);
	began = now_ms() - began;
	for (i = 0; i < plan.count; i++)
		if (plan.items[i].outcome != PLAN_DONE)
			failed("restore", "not all of it is acknowledged");
	free(plan.items);
	arena_release(&plan.arena);
	end(b);
	return began;
}

/* ---- figures ---- */

static int
by_number(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

static double
middle(double *values, unsigned count)
{
	qsort(values, count, sizeof *values, by_number);
	return values[count / 2];
}

static void
compare(struct bench *b, const char *what, double (*ours)(struct bench *), double (*bare)(struct bench *), bool anew,
        unsigned rounds)
{
	double times[2][ROUNDS_MAX], ratios[ROUNDS_MAX];
	unsigned i, k;

	for (i = 0; i < rounds; i++) {
		for (k = 0; k < 2; k++) {
			bool us = (i + k) % 2 == 0;

			if (anew)
				make_own_topic(b);
			times[us][i] = us ? ours(b) : bare(b);
		}
		ratios[i] = times[1][i] / times[0][i];
	}
	printf("%s-ours %.1f\n%s-bare %.1f\n%s-ratio %.4f\n", what, middle(times[1], rounds), what,
	       middle(times[0], rounds), what, middle(ratios, rounds));
}

static void
compare_all(struct bench *b, unsigned rounds)
{
	make_own_topic(b);
	(void)write_bare(b); /* the broker's first answers are its slowest */
	(void)capture_ours(b);
	compare(b, "read", read_ours, read_bare, false, SHORT_ROUNDS * rounds); /* 50 ms each */
	compare(b, "capture", capture_ours, read_bare, false, rounds);
	compare(b, "write", write_ours, write_bare, true, rounds);
	compare(b, "restore", restore_ours, write_bare, true, rounds);
}

static unsigned
number_of(const char *text)
{
	unsigned long n = strtoul(text, NULL, 10);

	if (n == 0 || n > 10000000)
		failed("usage",
		       "registry compare BOOTSTRAP RECORDS [ROUNDS] | fill BOOTSTRAP TOPIC RECORDS | "
		       "read BOOTSTRAP TOPIC");
	return (unsigned)n;
}

int
main(int argc, char **argv)
{
	struct bench b = { .bootstrap = argc > 2 ? argv[2] : "" };
	const char *what = argc > 3 ? argv[1] : "";
	unsigned rounds = argc > 4 ? number_of(argv[4]) : 5;

	(void)snprintf(b.topic, sizeof b.topic, "%s", argc > 3 ? argv[3] : "");
	if (strcmp(what, "compare") == 0) {
		make_records(&b, number_of(argv[3]));
		compare_all(&b, rounds < ROUNDS_MAX / SHORT_ROUNDS ? rounds : ROUNDS_MAX / SHORT_ROUNDS);
	} else if (strcmp(what, "fill") == 0 && argc == 5) {
		make_records(&b, rounds);
		make_topic(&b);
		(void)write_bare(&b);
	} else if (strcmp(what, "read") == 0) {
		printf("ms %.1f\n", read_bare(&b));
		print_peak();
	} else {
		(void)number_of("");
	}
	topic_log_release(&b.log);
	line_set_release(&b.saved);
	return 0;
}
