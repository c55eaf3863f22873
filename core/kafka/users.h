/*
 * users.h - the kind `user`.  Where the metadata log is the source, it tells the users and only a restore
 * before the first start puts them back (log_kinds.h).  Where it is not (no section kraft), and the
 * manager has a user store of its own (LCP_HOST_USERS), that store is asked and given them back.  The
 * log wins, since it is what brokers let in.
 *
 * Line: key = name, value = {MECHANISM:CREDENTIAL,...}.  A credential that is the canonical text of a
 * SCRAM verifier, {"iterations":N,"salt":TEXT,"server_key":TEXT,"stored_key":TEXT}, stands as that object,
 * so that it is the log's line, byte for byte; any other as {"credential":BASE64}.  What is put back is
 * what was handed in, byte for byte.
 */
#ifndef USERS_H
#define USERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/snapshot/kind_ops.h"

/* One user's credential of one mechanism, borrowed for the call. */
struct user_credential {
	const char *name, *mechanism;
	const void *bytes;
	size_t      len;
};

/* Worker thread.  0: go on. */
typedef int32_t user_credential_fn(void *arg, const struct user_credential *credential);

/*
 * The manager's user store.  each() gives NULL for what it does not understand, ends with 0 when it has
 * given all, else with what fn returned or with a number of the manager's own.  Both run on threads that
 * an operation may have left behind: hold() is called on the loop's thread before such a thread is
 * started, leave() when it is done, and the store outlives what is held.
 */
struct user_store {
	void    *ctx;
	int32_t (*each)(void *ctx, user_credential_fn *fn, void *arg);
	int32_t (*put)(void *ctx, const struct user_credential *credential);
	void    (*hold)(void *ctx);
	void    (*leave)(void *ctx);
};

extern const struct kind_ops users_ops; /* server is a const struct user_store, or NULL */

#define USERS_MAX       1000000u     /* credentials */
#define CREDENTIAL_MAX  (64u << 10)  /* bytes; a SCRAM verifier's text is some 300 */

/*
 * kind_ops.fit.  Without a store, and before the first start, as log_kinds.h says; else: one that is not
 * there is put, one that lacks mechanisms gets them, one with another credential stays.
 */
int user_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e);

int users_capture(struct capture *c, struct err *e);
int users_apply(struct apply *a, struct err *e);

#endif
