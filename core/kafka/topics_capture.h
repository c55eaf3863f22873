/*
 * topics_capture.h - the first verb of topics_ops (contract in core/snapshot/kind_ops.h), and what
 * its files share: topics_capture.c lists and emits, topics_describe.c and topics_configs.c ask.
 */
#ifndef TOPICS_CAPTURE_H
#define TOPICS_CAPTURE_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/kafka/client.h"
#include "core/kafka/topics.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"
#include "core/snapshot/kind_ops.h"

int topics_capture(struct capture *c, struct err *e);

#define TOPICS_WIDTH 4u         /* requests in flight */
#define TOPICS_ABSENT 2u        /* names that cannot exist */

struct seen {
	const char *name;
	const char *identity; /* value of its identity line; NULL: not there (any more) */
	uint32_t    partitions, replication_factor;
	const char *value;    /* value of its topic line */
};

struct topics_capture {
	struct capture *capture;
	struct client  *client;
	struct job      job;
	struct arena    arena;
	struct seen    *seen;
	size_t          count;
	struct seen   **wanted; /* of `seen`: those whose configs are asked for */
	size_t          wanted_count;
	char            absent[TOPICS_ABSENT][TOPIC_RANDOM_NAME_SIZE];
	size_t          proven; /* absent names answered "unknown" */
	struct fanout   fanout;
	struct buf      text;   /* scratch */
};

struct batch { /* one request in flight */
	struct topics_capture *t;
	size_t first, count;
};

#define TOPICS_CAPTURE(j) container_of(j, struct topics_capture, job)

/* The topic of a name, or NULL. */
struct seen *topics_seen(const struct topics_capture *t, const char *name);

/* Batch i of `total` things, `size` at a time; NULL: no memory. */
struct batch *topics_batch(struct topics_capture *t, size_t i, size_t size, size_t total, struct err *e);

/* Steps. */
void topics_describe(struct job *j);
void topics_configs(struct job *j);

#endif

