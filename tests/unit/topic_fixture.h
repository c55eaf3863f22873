/* topic_fixture.h - a topic of librdkafka's mock brokers, and one operation that reads, writes and captures it. */
#ifndef TOPIC_FIXTURE_H
#define TOPIC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h> /* behind it */

#include "core/base/cleanup.h"
#include "core/registry/way.h"
#include "loop_fixture.h"
#include "registry_records.h"

struct scene {
	rd_kafka_t              *owner; /* of the mock brokers */
	rd_kafka_mock_cluster_t *brokers;
	unsigned                 cases;
	/* of one case */
	struct loop_fixture *loop;
	unsigned             threads; /* before it */
	void                *loop_state;
	struct client       *client;
	char                 topic[32];
	struct topic_log     log; /* what was read */
	int                  calls, rc;
	size_t               written;
	struct err           err;
	struct way           way;
	struct line_set      lines, known;
	struct plan          plan;
	size_t               shown; /* live versions, by REST */
	unsigned             counts;
};

/* For cmocka: the brokers of a program, and what each case has; *state is a struct scene. */
int scene_open(void **state);
int scene_close(void **state);
int case_begin(void **state);
int case_end(void **state);

void make_topic(struct scene *s, int partitions);
void read_topic(struct scene *s);
void write_topic(struct scene *s, struct topic_log *log, size_t from);

/* What was called back once since the last time. */
void assert_said(struct scene *s, int code, const char *words);

#endif
