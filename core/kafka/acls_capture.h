/*
 * acls_capture.h - the first verb of acls_ops (contract in core/snapshot/kind_ops.h)
 */
#ifndef ACLS_CAPTURE_H
#define ACLS_CAPTURE_H

#include "core/kafka/acls.h"

int acls_capture(struct capture *c, struct err *e);

/*
 * Bytes of stack that librdkafka needs at most to parse an ACL: each of its texts is copied there,
 * aligned.
 */
size_t acl_stack(const struct acl *acl);

#endif
