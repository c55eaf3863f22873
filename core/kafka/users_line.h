/*
 * users_line.h - credentials of the manager's store, and the lines of users: both ways.  Pure; what
 * they make holds secrets.
 */
#ifndef USERS_LINE_H
#define USERS_LINE_H

#include "core/base/json.h"
#include "core/kafka/users.h"

/* Append a credential as the value of its mechanism. */
void user_credential_write(const struct user_credential *c, struct json *out);

/*
 * The bytes that were handed in, from the value of a mechanism: replaces what is in out.  False: the
 * value is not as users.h says.
 */
bool user_credential_bytes(struct json_object *value, struct buf *out);

#endif
