/*
 * http.h - requests to one server: Kafka Connect, a registry, an object store.
 *
 * What the network did is rc; what the server answered is the response.  Every complete answer is
 * rc 0, whatever its status: whoever asked knows what a 404 or a 409 means to it, and
 * http_error() says what it means in general.
 *
 * Requests go to the server of the base URL and to no other: redirects are not followed, no proxy
 * is taken from the environment, and so the credentials cannot leave.  TLS is 1.2 or later, and
 * the server's certificate is always verified.
 *
 * Thread: the loop's.  Callback rule as in loop.h.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/secret.h"
#include "core/loop/loop.h"

#define HTTP_CONNECTIONS 8u
#define HTTP_TIMEOUT_MS  30000u
#define HTTP_SLOW_MS     10000u

struct http;

struct http_options {
	const char *url; /* "http[s]://host[:port][/path]": no user, query or fragment */
	const char *ca_file;                     /* PEM; with it the system's do not count */
	const char *certificate_file, *key_file; /* PEM, both or none; the key's permissions are
	                                            the caller's to check */
	const struct secret *key_password;
	const char          *user; /* basic, with password; no ':' in it */
	const struct secret *password;
	const struct secret *token; /* bearer; instead of user and password */
	unsigned connections_max;   /* 0: HTTP_CONNECTIONS; more requests than that wait */
	uint32_t slow_ms;           /* 0: HTTP_SLOW_MS; see http_start() */
};

struct http_field {
	const char *name, *value;
};

struct http_request {
	const char *method; /* "GET", "HEAD", "PUT", "POST", "DELETE" ... */
	const char *path;   /* behind the base URL: begins with '/', percent-encoded, query included */
	const struct http_field *fields; /* headers; copied */
	size_t                   field_count;
	const void *body; /* borrowed until the callback */
	size_t      body_len;
	const char *content_type; /* of the body */
	const char *wanted_type;  /* of an answer 2xx with a body; NULL: any.  "application/json" is
	                             also "application/vnd.x+json" */
	size_t      body_max;     /* of the answer, in bytes; not 0 */
	uint32_t    timeout_ms;   /* 0: HTTP_TIMEOUT_MS; never longer than the operation has */
};

/* Valid during the callback.  Texts are "" where the answer had none. */
struct http_response {
	int         status;
	const char *body; /* with a NUL behind it */
	size_t      len;
	const char *content_type, *date;
	uint32_t    retry_after_s; /* given as seconds or as a date; 0: none; at most an hour */
	const char *request;       /* "GET https://host:8083/connectors", for texts: no query */
	void       *handle;        /* http_header()'s */
};

/*
 * rc 0: a complete answer.  Else answer is NULL, and e has one of
 *   ERR_AGAIN     refused, reset, timed out, too slow, cut off: the server may have done what it
 *                 was asked to
 *   ERR_CORRUPT   no HTTP, larger than body_max, or not of wanted_type
 *   ERR_CONFIG    TLS: who the server is, or who we are, was not accepted
 *   ERR_DEADLINE, ERR_CANCELLED   the operation's
 *   ERR_FAILED    no memory, no descriptors
 */
typedef void http_fn(void *arg, int rc, const struct http_response *answer, const struct err *e);

/*
 * Once in a process, from the plugin's entry, before any other thread of ours: libcurl's own
 * start, and that it is one that was built as we need it (TLS, names resolved on a thread,
 * thread-safe).  May be called again.
 */
int http_init(struct err *e);

/*
 * One for an operation and a server: connections are used again.  Options are copied.  ERR_CONFIG
 * when they make no sense; nothing is connected yet.
 */
int http_open(struct loop *l, const struct http_options *o, struct http **ret, struct err *e);

/*
 * Send.  Over a connection that turns out to be closed by the server the request is sent again on
 * a new one, once: it must bear that.  It ends when timeout_ms have passed (waiting for one of
 * connections_max included), and when the body or the answer, once begun, moves fewer than 100
 * bytes a second for slow_ms.  From the callback of an answer of the same client's it is sent before this
 * returns, as far as it can be without waiting: the server works while the callback goes on.
 */
int http_start(struct http *h, const struct http_request *r, http_fn *done, void *arg,
               struct err *e);

/* The value of a header of the answer, "" when it has none.  Valid during the callback. */
const char *http_header(const struct http_response *answer, const char *name);

/* A date as HTTP writes it, in seconds since 1970; -1: "" or no such date. */
int64_t http_date_s(const char *date);

/*
 * 0 for a status 2xx; else e says what the server answered (never its body, which may repeat
 * secrets): 401, 403: ERR_DENIED; 404, 410: ERR_MISSING; 409: ERR_EXISTS; 408, 429, 5xx:
 * ERR_AGAIN; 501: ERR_UNSUPPORTED; 3xx: ERR_CONFIG, and where it points to; others: ERR_FAILED.
 */
int http_error(const struct http_response *answer, struct err *e);

/* When nothing is pending any more: between two runs of the loop.  NULL is allowed. */
void http_close(struct http *h);

#endif
