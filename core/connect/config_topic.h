/*
 * config_topic.h - what Connect's config topic says of connectors, read from Kafka: it is what a
 * worker reads when it starts, so a worker that says something else has outlived its cluster.
 *
 * Thread: the loop's.  Callback rule as in core/loop/loop.h.
 */
#ifndef CONFIG_TOPIC_H
#define CONFIG_TOPIC_H

#include "core/connect/connect.h"

struct config_topic; /* valid during the callback */

/* The offset behind its last record. */
int64_t config_topic_end(const struct config_topic *t);

/*
 * rc 0: topic is NULL when it is not known or this user may not read it.  Else ERR_AGAIN, or what
 * is wrong with it.
 */
typedef void config_topic_fn(void *arg, int rc, const struct config_topic *topic,
                             const struct err *e);
int config_topic_read(struct connect *c, config_topic_fn *fn, void *arg, struct err *e);

bool config_topic_holds(const struct config_topic *t, const char *name);

/* The first connector of it that is not listed, or NULL. */
typedef bool config_topic_listed_fn(const void *arg, const char *name);
const char *config_topic_beyond(const struct config_topic *t, config_topic_listed_fn *listed,
                                const void *arg);

/*
 * The state that somebody wanted for a connector: "RUNNING" when nobody said anything, NULL when it
 * is one that we do not know.
 */
const char *config_topic_state(const struct config_topic *t, const char *name);

#endif
