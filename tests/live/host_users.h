/*
 * host_users.h - a manager's user store for the tests' host: a folder, one file a user and mechanism,
 * named NAME@MECHANISM, its bytes the credential.  It does not take a user whose name is in the file
 * .refused, and cannot be read while there is a file .broken.
 */
#ifndef HOST_USERS_H
#define HOST_USERS_H

#include "plugin/lifecycle_plugin.h"

int32_t host_users_each(const char *folder, lcp_user_fn fn, void *arg);
int32_t host_users_put(const char *folder, const struct lcp_user *user);

#endif
