/*
 * topics_apply.h - the second verb of topics_ops (contract in core/snapshot/kind_ops.h), and what
 * its files share: topics_apply.c creates, topics_diagnose.c finds the configs that a broker does
 * not take, topics_complete.c grows and sets configs.
 */
#ifndef TOPICS_APPLY_H
#define TOPICS_APPLY_H

#include "core/base/cleanup.h"
#include "core/kafka/client.h"
#include "core/kafka/topics.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"
#include "core/snapshot/kind_ops.h"

int topics_apply(struct apply *a, struct err *e);

#define APPLY_WIDTH 2u

struct topic_item {
	struct plan_item *plan;
	struct topic      topic;      /* the target: as saved, or as it can be had */
	uint32_t          partitions; /* that it has by what was acknowledged; 0: not created by us yet */
	bool              refused;    /* INVALID_CONFIG: to be diagnosed, once */
	bool              diagnosed;
};

struct topics_apply {
	struct apply      *apply;
	struct client     *client;
	struct job         job;
	struct topic_item *items;
	size_t             count, done;
	uint32_t           grown; /* in this round: the last number reached, 0 for none */
	struct fanout      fanout;
	struct topic_item **queue; /* what the running step works on */
	size_t             queue_count;
	size_t            *batches; /* batch i is queue[batches[i]] .. queue[batches[i + 1] - 1] */
	size_t             batch_count;
};

#define TOPICS_APPLY(j) container_of(j, struct topics_apply, job)

/* A batch in flight. */
struct topics_request {
	struct topics_apply *a;
	struct topic_item  **items;
	size_t               count;
};

/* Records that creating, or growing, an item adds to one request. */
typedef size_t topics_cost(const struct topic_item *item);
/* Whether an item takes part in a step. */
typedef bool topics_pick(const struct topic_item *item);

/*
 * Queue the items that pick() takes, cut into batches of at most TOPICS_RECORDS_MAX records and
 * count_max items; run the fan-out, whose end goes to the step's own done.
 */
void topics_run_batches(struct topics_apply *a, topics_pick *pick, topics_cost *cost, size_t count_max,
                        int (*start)(struct fanout *, size_t, struct err *),
                        void (*done)(struct fanout *, int, const struct err *));

/* The request of batch i; NULL: no memory. */
struct topics_request *topics_request_new(struct fanout *f, size_t i, struct err *e);

/*
 * Take one item's result: sets outcome, reason, refused.  `what` is for the reason ("creating it").
 * True if it succeeded.
 */
bool topics_take_result(struct topics_apply *a, struct topic_item *item, const char *what,
                        rd_kafka_resp_err_t code, const char *text);

/*
 * Change the target of an item, with the reason why it is not as saved (appended to an earlier
 * one).
 */
int topics_retarget(struct topics_apply *a, struct topic_item *item,
                    const struct topic_change *change, const char *reason, struct err *e);

/* Steps. */
void topics_diagnose(struct job *j);
void topics_grow(struct job *j);
void topics_set_configs(struct job *j);

#endif
