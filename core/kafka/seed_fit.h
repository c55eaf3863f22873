/*
 * seed_fit.h - what of an item may be written into a node's starting records (core/kraft/rules.h)
 */
#ifndef SEED_FIT_H
#define SEED_FIT_H

#include "core/snapshot/kind_ops.h"

/*
 * Judge what the item would be (its target, else as it was saved) by plan->metadata_version.  What does
 * not fit becomes its target and reason; nothing at all: outcome PLAN_FAILED, action PLAN_CREATE.
 * ERR_CORRUPT: the line makes no sense; ERR_FAILED.
 */
int seed_fit(struct plan *plan, struct plan_item *item, struct err *e);

#endif
