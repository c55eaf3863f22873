/*
 * kinds.h - the kinds that this build captures and restores: one row each, in the order of
 * restoring
 */
#ifndef KINDS_H
#define KINDS_H

#include "core/snapshot/kind_ops.h"

size_t kind_count(void);
const struct kind_ops *kind_at(size_t i);
const struct kind_ops *kind_ops_of(enum kind kind); /* NULL: not in this build */

#endif
