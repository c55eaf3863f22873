/*
 * connectors.h - the kind `connector`.  server is a struct connect.
 *
 * Line: key = name; value = {"config":{NAME:TEXT,...},"state":"RUNNING"|"PAUSED"|"STOPPED"}; the
 * config verbatim, placeholders and literal secrets included: it never gets into a log, an error
 * text or a diff.
 *
 * Captured: when the list of names and the expanded list agree (Connect leaves out a connector
 * whose status is not known yet), twice if need be; when the worker's kafka_cluster_id is Kafka's;
 * and, where Connect's config topic can be read, when it has records of just the listed connectors.
 * The state is the one that somebody wanted, as that topic says; without it the status, in which
 * FAILED and UNASSIGNED are runtime conditions of RUNNING.
 *
 * Restored: created STOPPED (initial_state, Connect 3.7; before it: created, then stopped, or before
 * 3.5 paused), compared, and only by start() brought to the saved state.  One that is there with the
 * saved config is brought to its state only if it rests.  plan.server may be NULL.
 */
#ifndef CONNECTORS_H
#define CONNECTORS_H

#include "core/connect/connect.h"
#include "core/snapshot/kind_ops.h"

extern const struct kind_ops connectors_ops;

#endif
