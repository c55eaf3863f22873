/*
 * connect.h - one Kafka Connect cluster, spoken to through one of its workers (REST), with what is
 * needed to know that the worker is of this Kafka cluster and of today: a worker that outlived the
 * wipe of its cluster answers from memory.
 *
 * Thread: the loop's.  Callback rule as in core/loop/loop.h.
 */
#ifndef CONNECT_H
#define CONNECT_H

#include <stdbool.h>

#include "core/kafka/client.h"
#include "core/loop/http.h"

struct connect {
	struct loop   *loop;
	struct http   *http;         /* base URL of a worker */
	struct client *kafka;
	const char    *cluster;      /* Kafka's cluster id: the worker must name the same */
	const char    *config_topic; /* config.storage.topic; NULL: not known, so it is not read */
	bool           stay_stopped; /* connect.resume is "stopped" */
	unsigned       version;      /* of the worker: major * 1000 + minor; 0: not asked yet */
};

/* What a worker must not say more than: a connector's config is some KiB. */
#define CONNECT_ANSWER_MAX ((size_t)64 << 20)

typedef void connect_fn(void *arg, int rc, const struct err *e);

/*
 * GET /: reach the worker, learn its version, compare kafka_cluster_id.  ERR_AGAIN when it is
 * another cluster's ("restart the worker: it has outlived its cluster"), not reached, or loading.
 */
int connect_probe(struct connect *c, connect_fn *fn, void *arg, struct err *e);

#endif
