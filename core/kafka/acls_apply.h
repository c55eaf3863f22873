/*
 * acls_apply.h - the second verb of acls_ops (contract in core/snapshot/kind_ops.h): every DENY is
 * acknowledged before the first ALLOW is sent, so that no moment allows more than was saved.
 */
#ifndef ACLS_APPLY_H
#define ACLS_APPLY_H

#include "core/kafka/acls.h"

int acls_apply(struct apply *a, struct err *e);

/* In one request: a broker looks at each against each (lab), and 10,000 are too many for it. */
#define CREATE_ACLS_MAX 1000u
#define CREATE_ACLS_WIDTH 2u

#endif
