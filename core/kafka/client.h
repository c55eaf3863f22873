/*
 * client.h - one connection to one Kafka cluster: an rd_kafka_t, its queue on the loop, and the
 * requests that every kind of resource shares.
 *
 * Thread: the loop's.  Callback rule as in core/loop/loop.h.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "core/base/limits.h"
#include "core/loop/kq.h"
#include "core/loop/loop.h"

struct client;

/* A property of librdkafka's, as the configuration has it, secrets already read. */
struct client_property {
	const char *name, *value;
};

/*
 * No request is sent.  ERR_CONFIG: librdkafka refuses a property (its name and librdkafka's reason
 * are in the text, its value is not), or the combination.  What the caller passes is copied.
 */
int client_open(struct loop *l, const struct client_property *properties, size_t count,
                struct client **ret, struct err *e);

/*
 * Between two runs of the loop (kq_close()); librdkafka's blocking end runs on a thread.  NULL is
 * allowed.
 */
void client_close(struct client *c);

/* A copy of its settings, secrets included, for a handle of another type; NULL: no memory. */
rd_kafka_conf_t *client_conf(const struct client *c);

/*
 * What a request needs: pass rk, options and queue to an rd_kafka_...() admin function, then
 * client_sent().
 */
struct client_call {
	rd_kafka_t              *rk;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_queue_t        *queue;
};

/* How long one request may take; the whole is bounded by the deadline. */
#define REQUEST_TIMEOUT_MS 30000u
/* And one that only asks whether anybody is there. */
#define PROBE_TIMEOUT_MS   5000u

int  client_begin(struct client *c, rd_kafka_admin_op_t op, uint64_t timeout_ms, kq_fn *fn,
                  void *arg, struct client_call *ret, struct err *e);
void client_sent(struct client_call *call);

/* kq_error() of this client's. */
int client_error(const struct client *c, rd_kafka_resp_err_t code, const char *text,
                 struct err *e);

/* The cluster as one broker describes it. */
struct cluster {
	char     id[CLUSTER_ID_MAX + 1];
	uint32_t brokers; /* that are alive */
	int32_t  controller; /* a broker's id; -1: not known */
};
typedef void client_cluster_fn(void *arg, int rc, const struct cluster *cluster,
                               const struct err *e);
int client_describe_cluster(struct client *c, uint64_t timeout_ms, client_cluster_fn *fn,
                            void *arg, struct err *e);

/*
 * The id alone, as the first broker that answers has it: the cluster's controller is not needed.
 * ERR_AGAIN: none has told it in time.
 */
typedef void client_id_fn(void *arg, int rc, const char *id, const struct err *e);
int client_cluster_id(struct client *c, uint64_t timeout_ms, client_id_fn *fn, void *arg, struct err *e);

/*
 * The names of all topics that this user may see ("success, nothing" without rights: see topics.h).
 */
struct topic_listing {
	const char *name;
	uint32_t    partitions, led; /* how many there are, and how many have a leader */
};
typedef void client_list_fn(void *arg, int rc, const struct topic_listing *topics, size_t count,
                            const struct err *e);
int client_list_topics(struct client *c, client_list_fn *fn, void *arg, struct err *e);

#endif
