/*
 * credentials.h - who we are to an object store: an access key or a token, and where it comes from.
 *
 * The source is said for each service, and nothing else is ever looked at: a host runs many
 * services in one process, and its own environment and home are not theirs (but for
 * CREDENTIALS_ENVIRONMENT, where the configuration says just that).  What a source gives is kept
 * for the operation, fetched anew before it expires, and once more when a server refuses it.
 * Nothing is ever logged or put into a text; no process is started.
 *
 * Thread: the loop's.
 */
#ifndef STORE_CREDENTIALS_H
#define STORE_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/secret.h"
#include "core/loop/loop.h"

enum credentials_source {
	CREDENTIALS_STATIC,       /* given */
	CREDENTIALS_FILE,         /* the shared file of AWS's tools, one profile of it */
	CREDENTIALS_WEB_IDENTITY, /* a token of an OpenID issuer, changed for keys by STS */
	CREDENTIALS_CONTAINER,    /* ECS, or EKS Pod Identity */
	CREDENTIALS_IMDS,         /* the machine's role, by its metadata service, version 2 */
	CREDENTIALS_ENVIRONMENT,  /* AWS_...: keys, else web identity, else a container's */
	CREDENTIALS_SHARED_KEY,   /* given: the key of an account of Azure's */
	CREDENTIALS_SAS,          /* given: a shared access signature of Azure's */
	CREDENTIALS_MANAGED_IDENTITY,  /* the Azure machine's, by its metadata service */
	CREDENTIALS_WORKLOAD_IDENTITY, /* a token of an OpenID issuer, changed for Azure's */
	CREDENTIALS_SERVICE_ACCOUNT,   /* the JSON key of an account of Google's */
	CREDENTIALS_METADATA_SERVER,   /* the service account of Google's machine */
};

/* All copied.  What a source does not use is ignored. */
struct credentials_options {
	enum credentials_source source;
	const char          *id; /* static, with secret, and token where they are temporary */
	const struct secret *secret, *token; /* shared key: in base64; service account: all its JSON; SAS: the token */
	const char          *file, *profile; /* file; NULL: "default" */
	const char          *role_arn, *token_file, *session_name; /* web identity; session_name NULL: our name */
	const char          *tenant_id, *client_id; /* workload identity; client_id: one of several managed ones */
	/* STS: "https://sts.eu-west-1.amazonaws.com"; container: the whole URL; others: "http://host" */
	const char          *endpoint;
	const char          *region;  /* of STS, where there is no endpoint; NULL: us-east-1 */
	const char          *ca_file; /* for endpoint */
};

/*
 * A key; token NULL: a permanent one.  Or (secret NULL) a token alone, or a SAS, whose id is one of our
 * own making.
 */
struct credentials {
	char          *id;
	struct secret *secret, *token;
	int64_t        expires_ms; /* wall clock; 0: never */
};

struct credentials_cache;

/* Whoever waits for a key; embedded, the cache's from start to callback. */
struct credentials_waiter {
	struct credentials_waiter *next;
	void (*ready)(struct credentials_waiter *w, int rc, const struct err *e);
};

#define CREDENTIALS_WAIT 1 /* not an error */

/* ERR_CONFIG: what the source needs is missing.  Nothing is read or asked yet. */
int credentials_open(struct loop *l, const struct credentials_options *o,
                     struct credentials_cache **ret, struct err *e);

/*
 * Have a key that is good for now: 0, and *ret is valid until the next call of credentials_get() or
 * credentials_refused(); CREDENTIALS_WAIT: w->ready comes once, later; then ask again.  Else:
 *   ERR_CONFIG   a file is missing or makes no sense, or the source does not know us
 *   ERR_AGAIN    the source could not be reached (tried several times)
 *   ERR_DENIED   it says no
 */
int credentials_get(struct credentials_cache *c, struct credentials_waiter *w,
                    const struct credentials **ret, struct err *e);

/*
 * A server refused the key `id`: drop it, so that the next credentials_get() fetches anew.  False:
 * that would bring nothing, since the key was fetched because one was refused.
 */
bool credentials_refused(struct credentials_cache *c, const char *id);

/* For texts: "the profile "backup" of /etc/...", "the role of this machine". */
const char *credentials_where(const struct credentials_cache *c);

/* When nothing is pending any more.  NULL is allowed. */
void credentials_close(struct credentials_cache *c);

/* ---- for the parts of it, and their tests ---- */

void credentials_release(struct credentials *c);

/* "2026-11-22T10:00:00Z", also with a fraction, as milliseconds; 0: not such a time. */
int64_t credentials_time(const char *text);

/* One profile of a shared credentials file's text. */
int credentials_of_profile(const char *file, const char *text, size_t len, const char *profile,
                           struct credentials *ret, struct err *e);

/* What a container's or a machine's metadata service answers: JSON. */
int credentials_of_json(const char *text, size_t len, struct credentials *ret, struct err *e);

/* What gives tokens to bear answers: JSON.  now_ms: of the wall. */
int credentials_of_token(const char *text, size_t len, int64_t now_ms, struct credentials *ret, struct err *e);

/* What STS answers: XML. */
int credentials_of_sts(const char *text, size_t len, struct credentials *ret, struct err *e);

#endif
