/*
 * connectors_line.h - the value of a connector's line, and what the files of the kind share.
 */
#ifndef CONNECTORS_LINE_H
#define CONNECTORS_LINE_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/connect/connect.h"
#include "core/snapshot/kind_ops.h"

struct connector {
	struct json_object *value; /* whole; owns the rest */
	struct json_object *config;
	const char         *state; /* one of the three below */
};

#define STATE_RUNNING "RUNNING"
#define STATE_PAUSED  "PAUSED"
#define STATE_STOPPED "STOPPED"

/* ERR_CORRUPT: not as FORMAT.md says.  The text holds nothing of the value. */
int  connector_parse(const char *value, size_t len, struct connector *ret, struct err *e);
void connector_release(struct connector *c);

/* Whether it is an object of names and texts (Connect takes null for a text, too). */
bool connector_config_fits(struct json_object *config);

/* The value of a config and a state. */
void connector_write(struct json_object *config, const char *state, struct buf *out);

/* The state of a value, one of the constants; NULL: none. */
const char *connector_state(const char *value);

/* How a created connector rests on that worker: STOPPED, or PAUSED where there is no STOPPED. */
const char *connector_resting(const struct connect *c);

/* Where an item ends and rests: target, else as saved. */
const char *connector_target(const struct plan_item *item);

/* Let it rest in `state`; started is set too.  Texts are in the plan's arena. */
int connector_rest(struct plan *plan, struct plan_item *item, struct json_object *config,
                   const char *state, const char *started, struct err *e);

int connectors_capture(struct capture *c, struct err *e);
int connectors_apply(struct apply *a, struct err *e);
int connectors_start(struct apply *a, struct err *e);

CLEANUP_RELEASE(struct connector, connector_release)

#endif
