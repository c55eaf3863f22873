/*
 * rest.h - what the files of core/connect share: a request to the worker, and what it answered.
 *
 * No text made here holds a byte of a body: Connect repeats values of configs in its messages.
 */
#ifndef CONNECT_REST_H
#define CONNECT_REST_H

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/connect/connect.h"

#define CONNECT_STOPPED_SINCE       3005u /* KIP-875: PUT /connectors/NAME/stop */
#define CONNECT_INITIAL_STATE_SINCE 3007u /* KIP-980 */

/* Send; body (NULL: none) is JSON and borrowed until the callback. */
int connect_send(struct connect *c, const char *method, const char *path, struct buf *body,
                 http_fn *done, void *arg, struct err *e);

/* Append "/connectors/NAME" and what comes behind it; the name is percent-encoded. */
void connect_path(struct buf *out, const char *name, const char *behind);

/*
 * What an answer to a reading request says.  Not 2xx: as http_error(), but for 409, which is
 * ERR_AGAIN (a rebalance, no leader).  *ret is the caller's.
 */
int connect_read(const struct http_response *answer, struct json_object **ret, struct err *e);

/*
 * The message of an answer that is an error, for comparing alone; the caller puts *ret.  NULL: it
 * has none.
 */
const char *connect_message(const struct http_response *answer, struct json_object **ret);

/* The version as major * 1000 + minor, of Confluent's the Kafka that it is; 1: not understood. */
unsigned connect_version(const char *text);

/* The member's text, or NULL. */
const char *connect_text(struct json_object *object, const char *member);

#endif
