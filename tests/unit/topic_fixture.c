/* topic_fixture.c - see topic_fixture.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "threads.h"
#include "topic_fixture.h"

int
scene_open(void **state)
{
	struct scene *s = test_calloc(1, sizeof *s);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[200];

	rd_kafka_conf_set_log_cb(conf, NULL);
	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", why, sizeof why),
	                 RD_KAFKA_CONF_OK);
	s->owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	assert_non_null(s->owner);
	s->brokers = rd_kafka_mock_cluster_new(s->owner, 1);
	assert_non_null(s->brokers);
	*state = s;
	return 0;
}

int
scene_close(void **state)
{
	struct scene *s = *state;

	rd_kafka_mock_cluster_destroy(s->brokers);
	rd_kafka_destroy(s->owner);
	test_free(s);
	return 0;
}

int
case_begin(void **state)
{
	struct scene *s = *state;
	struct client_property p = { "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(s->brokers) };

	s->threads = threads_count();
	assert_int_equal(loop_fixture_setup(&s->loop_state), 0);
	s->loop = s->loop_state;
	s->err = (struct err){ 0 };
	assert_int_equal(client_open(&s->loop->loop, &p, 1, &s->client, &s->err), 0);
	(void)snprintf(s->topic, sizeof s->topic, "log-%u", s->cases++);
	topic_log_init(&s->log);
	line_set_init(&s->lines, 1 << 24);
	line_set_init(&s->known, 1 << 24);
	s->way = (struct way){ .registry = { .loop = &s->loop->loop, .kafka = s->client, .topic = s->topic } };
	s->plan = (struct plan){ .server = &s->way };
	arena_init(&s->plan.arena, 1 << 24);
	s->calls = 0;
	s->counts = 0;
	return 0;
}

int
case_end(void **state)
{
	struct scene *s = *state;

	way_release(&s->way);
	topic_log_release(&s->log);
	line_set_release(&s->lines);
	line_set_release(&s->known);
	arena_release(&s->plan.arena);
	free(s->plan.items);
	client_close(s->client);
	assert_int_equal(loop_fixture_teardown(&s->loop_state), 0);
	threads_await(s->threads); /* of an operation that was stopped: they hold memory until they end */
	return 0;
}

void
make_topic(struct scene *s, int partitions)
{
	assert_int_equal(rd_kafka_mock_topic_create(s->brokers, s->topic, partitions, 1), 0);
}

void
assert_said(struct scene *s, int code, const char *words)
{
	if (s->rc != code || strstr(s->err.text, words) == NULL)
		print_error("%s: %s\n", err_name(s->rc), s->err.text);
	assert_int_equal(s->calls, 1);
	assert_int_equal(s->rc, code);
	assert_non_null(strstr(s->err.text, words));
	s->calls = 0;
	s->err = (struct err){ 0 };
}

static void
was_read(void *arg, int rc, struct topic_log *log, const struct err *e)
{
	struct scene *s = arg;

	s->calls++;
	s->rc = rc;
	s->err = *e;
	topic_log_release(&s->log);
	if (rc == 0) {
		s->log = *log;
		topic_log_init(log);
	}
}

void
read_topic(struct scene *s)
{
	assert_int_equal(topic_log_read(&s->loop->loop, s->client, s->topic, was_read, s, &s->err), 0);
	loop_run(&s->loop->loop);
}

static void
was_written(void *arg, int rc, size_t written, const struct err *e)
{
	struct scene *s = arg;

	s->calls++;
	s->rc = rc;
	s->written = written;
	s->err = *e;
}

void
write_topic(struct scene *s, struct topic_log *log, size_t from)
{
	assert_int_equal(topic_log_write(&s->loop->loop, s->client, s->topic, log, from, was_written, s, &s->err), 0);
	assert_int_equal(log->count, 0); /* it is taken */
	loop_run(&s->loop->loop);
}
