/* credentials_fetch.h - a cache of keys, and one fetch of a new one; for credentials*.c alone. */
#ifndef STORE_CREDENTIALS_FETCH_H
#define STORE_CREDENTIALS_FETCH_H

#include "core/base/buf.h"
#include "core/loop/http.h"
#include "core/loop/retry.h"
#include "core/store/credentials.h"
#include "core/store/google_key.h"

#define ROLE_NAME_MAX 256u

struct credentials_cache {
	struct loop *loop;
	enum credentials_source source; /* never CREDENTIALS_ENVIRONMENT: what that came to */
	char  *file, *profile, *role_arn, *token_file, *session_name, *tenant_id, *client_id;
	char  *base, *path, *ca_file;
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
	struct secret *session; /* what is sent is borrowed from here */
	char          role[ROLE_NAME_MAX];
	struct credentials fetched;
	struct google_key  google;
	int64_t       ahead_s; /* of our clock, where a token service's Date said so */
	unsigned      number;  /* of tokens fetched */
	void (*fetched_fn)(struct credentials_cache *c, int rc, const struct err *e);
};

/* Ask the source over HTTP; c->fetched_fn comes once, later, with the key in c->fetched. */
int credentials_fetch(struct credentials_cache *c, struct err *e);

/* credentials_token.c: the sources of tokens to bear, Azure's and Google's. */
bool credentials_bears(const struct credentials_cache *c);
int  credentials_token_open(struct credentials_cache *c, const struct credentials_options *o, struct err *e);
int  credentials_token_ask(struct credentials_cache *c, struct err *e);
int  credentials_token_take(struct credentials_cache *c, const struct http_response *answer, struct err *e);

/* "http://host/path" as base "http://host" and path "/path".  -1: no memory. */
int credentials_take_url(struct credentials_cache *c, const char *url);

/* Start a request: its limits are set here. */
int credentials_request(struct credentials_cache *c, struct http_request *r, struct err *e);

/* What stands in a small file that others write (Kubernetes links to it, and lets a group read it). */
int credentials_read_token(const char *path, struct secret **ret, struct err *e);

#endif
