/*
 * kafka_acls.h - the ACLs of the fake cluster of kafka_admin.h: as librdkafka shows them, which tells
 * neither that a user may not see them, nor that there is no authorizer.
 */
#ifndef KAFKA_ACLS_H
#define KAFKA_ACLS_H

#include <stdbool.h>

#include "tests/fake/kafka_admin.h"

struct acls_binding { /* Kafka's numbers; those that librdkafka has no name for are shown as 0 */
	int  resource, pattern, operation, permission;
	char name[128], principal[128], host[64];
};

struct acls_fake { /* admin.acls points to it */
	struct acls_binding *there;
	size_t   count;
	bool     no_authorizer, unseen, untold; /* unseen: no DESCRIBE; untold: nobody says what a user may do */
	unsigned seen_for;      /* how many questions what a user may do is answered with DESCRIBE; 0: always */
	bool     may_not_alter;
	const char *refused;    /* principal whose ACL cannot be created, unless NULL */
	rd_kafka_resp_err_t refusal;
	bool     forgetful;     /* leaves the last result out */
	/* what was asked */
	unsigned described, created, deleted, allowed;
	size_t   most_created;
	int      permissions[8192]; /* in the order of creation: 2 is DENY */
	size_t   orders;
};

void acls_add(struct acls_fake *f, struct acls_binding b);
void acls_release(struct acls_fake *f);

#endif
