/* credentials_fetch.h - a cache of keys, and one fetch of a new one; for credentials*.c alone. */
#ifndef STORE_CREDENTIALS_FETCH_H
#define STORE_CREDENTIALS_FETCH_H

#include "core/base/buf.h"
#include "core/loop/http.h"
#include "core/loop/retry.h"
#include "core/store/credentials.h"

#define ROLE_NAME_MAX 256u

struct credentials_cache {
	struct loop *loop;
	enum credentials_source source; /* never CREDENTIALS_ENVIRONMENT: what that came to */
	char  *file, *profile, *role_arn, *token_file, *session_name, *base, *path, *ca_file;
	char  *where;
	struct secret     *authorization; /* of a container, where it is no file */
	struct credentials current, given; /* given: the static one */
	int64_t            good_until_ms;  /* current, on the wall: then it is renewed */
	bool               refreshed;      /* a server refused a key, and another was fetched for that */
	bool               dropped;        /* current is not to be used */
	struct credentials_waiter *waiters;

	/* one fetch */
	struct http  *http;
	struct retry  retry;
	int           step;    /* IMDS: 0 session, 1 role, 2 key */
	struct secret *session;
	char          role[ROLE_NAME_MAX];
	struct credentials fetched;
	void (*fetched_fn)(struct credentials_cache *c, int rc, const struct err *e);
};

/* Ask the source over HTTP; c->fetched_fn comes once, later, with the key in c->fetched. */
int credentials_fetch(struct credentials_cache *c, struct err *e);

/* What stands in a small file that others write (Kubernetes links to it, and lets a group read it). */
int credentials_read_token(const char *path, struct secret **ret, struct err *e);

#endif
