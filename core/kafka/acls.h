/*
 * acls.h - the kind `acl`: capture through the brokers, and creation.  The metadata log tells the same
 * lines (core/kraft/acl_key.h); where it is the source, only creation is used.
 *
 * Line: key = the seven parts of an ACL, value = {}.
 *
 * Proven complete.  librdkafka hides what a broker says about a whole DescribeAcls: who may not see
 * ACLs, and who asks a cluster without an authorizer, both get "success, none".  So DESCRIBE must be
 * among the cluster's authorised operations, before and after; and where there is not one ACL, a
 * deletion that cannot match anything tells whether there is an authorizer.  Without one the kind is
 * unsupported, not empty: Kafka may hold ACLs then, and no broker shows them.
 *
 * Asked for by resource type, and then, once it is known how much comes, for all types: librdkafka
 * keeps what it parses on its thread's stack (some 64 bytes an ACL; 130,000 ended a process with the
 * usual 8 MiB).  What the newest snapshot has, and what was shown, is measured against half of a
 * thread's stack, and a question that does not fit is asked in four parts.
 *
 * An ACL that librdkafka cannot name (resources delegation token and user, operations on tokens)
 * comes as UNKNOWN: the kind is then unreachable, since it cannot be written down.
 */
#ifndef ACLS_H
#define ACLS_H

#include "core/kafka/client.h"
#include "core/kraft/acl_key.h"
#include "core/snapshot/kind_ops.h"

extern const struct kind_ops acls_ops; /* server is a struct client */

/* kind_ops.fit: what is there is as it was saved, for a line is all of an ACL. */
int acl_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e);

/*
 * May this user create and delete ACLs?  Changes nothing.  fn's rc: 0; ERR_DENIED: there is an
 * authorizer, and it says no; ERR_UNSUPPORTED: there is no authorizer.
 */
typedef void acls_probe_fn(void *arg, int rc, const struct err *e);
int acls_probe(struct client *c, acls_probe_fn *fn, void *arg, struct err *e);

#endif
