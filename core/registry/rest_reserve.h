/*
 * rest_reserve.h - a registry gives out ids above the highest that it knows: one that was given out and deleted is
 * made known to it by a version that holds it, softly deleted, of a subject that says what it is for.
 */
#ifndef REGISTRY_REST_RESERVE_H
#define REGISTRY_REST_RESERVE_H

#include "core/registry/rest.h"

#define REGISTRY_RESERVING_SUBJECT "kafka-config-backup-highest-id"

/* rc 0: what the server knows of, or `any` where it cannot say; -1: it has not even that one. */
typedef void highest_fn(void *arg, int rc, int64_t highest, const struct err *e);

/* Ask for the highest id of a context, of which `any` is one. */
int rest_highest(struct registry *r, const char *context, int64_t any, highest_fn *fn, void *arg,
                 struct err *e);

/*
 * Reserve an id, and ask whether it is known then.  ERR_UNSUPPORTED: the registry does not take
 * it; ERR_OPERATOR, ERR_DENIED: it refuses; else as rest_send().
 */
int rest_reserve(struct registry *r, const char *context, int64_t id, registry_fn *fn, void *arg,
                 struct err *e);

#endif
