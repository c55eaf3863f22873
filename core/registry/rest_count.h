/* rest_count.h - how many versions a registry shows that are not softly deleted: compared with its records. */
#ifndef REGISTRY_REST_COUNT_H
#define REGISTRY_REST_COUNT_H

#include "core/registry/rest.h"

/* rc 0: the registry shows so many versions that are not softly deleted, of all contexts. */
typedef void registry_count_fn(void *arg, int rc, size_t count, const struct err *e);

/* One request and its pages.  Of a registry that keeps its records in Kafka, so one that lists all contexts at once. */
int registry_rest_count(struct registry *r, registry_count_fn *fn, void *arg, struct err *e);

#endif
