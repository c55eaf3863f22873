/*
 * acl_key.h - the key of an ACL's line, whichever source it comes from: a JSON array of seven texts,
 * ["TOPIC","LITERAL","orders","User:alice","*","READ","ALLOW"].  Numbers without a name stand as
 * texts of digits.  Pure.
 */
#ifndef KRAFT_ACL_KEY_H
#define KRAFT_ACL_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "core/base/buf.h"
#include "core/base/limits.h"

/* `carried` lines put "acl/" and the like in front of it. */
#define ACL_KEY_MAX_BYTES (KEY_MAX_BYTES - 32)

struct acl_text { /* UTF-8; not terminated when it comes from a record */
	const char *bytes;
	size_t      len;
};

struct acl {
	int resource, pattern, operation, permission; /* Kafka's numbers */
	struct acl_text name, principal, host;
};

/* Replaces what is in out; errors are out's sticky one. */
void acl_key_write(const struct acl *acl, struct buf *out);

/*
 * False: it is no such key.  *owner is the caller's, freed with json_object_put() (false: NULL); the
 * texts of *ret are borrowed from it, and terminated.
 */
bool acl_key_parse(const char *key, size_t len, struct acl *ret, struct json_object **owner);

#endif
