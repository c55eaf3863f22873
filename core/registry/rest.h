/*
 * rest.h - requests to a Schema Registry, for the files of core/registry.
 *
 * No text made here holds a byte of a body: registries repeat schemas in their messages.
 */
#ifndef REGISTRY_REST_H
#define REGISTRY_REST_H

#include "core/base/buf.h"
#include "core/base/json.h"
#include "core/registry/registry.h"
#include "core/registry/registry_line.h"

/* What one answer may be: 10,000 versions are some 13 MB, and servers that do not page give all at once. */
#define REGISTRY_ANSWER_MAX ((size_t)256 << 20)

#define REGISTRY_WIDTH 8u /* more requests at once gained nothing with any server */

/* Of registries' error codes, those that mean something here. */
enum {
	REGISTRY_NO_SUBJECT = 40401,
	REGISTRY_NO_VERSION = 40402,
	REGISTRY_SOFT_DELETED = 40406,
	REGISTRY_MISSING_REFERENCE = 42201,
	REGISTRY_NOT_PERMITTED = 42205,
	REGISTRY_REFERENCED = 42206,
};

/* A complete answer.  Valid during the callback. */
struct rest_answer {
	int         status;
	int         error_code;    /* in the body; 0: none */
	struct json_object *value; /* of 2xx; NULL: null, or no body */
	bool        taken;         /* whoever asked has taken the body: value is NULL */
	const char *request;       /* "GET http://host:8081/subjects", for texts */
	struct err  why;           /* code 0 for 2xx, else as http_error() */
};

/*
 * rc 0: an answer, of whatever status.  Else as http_fn, with every URL tried; or ERR_CORRUPT: 2xx with something
 * else than JSON, or with the body of an error.
 */
typedef void rest_fn(void *arg, int rc, const struct rest_answer *answer, const struct err *e);

/*
 * Send; path and body (NULL: none) are copied.  What can be repeated (all but POST) goes to the next URL when one
 * does not answer, and waits a moment when a server is busy or fails (429, 5xx).
 */
int rest_send(struct registry *r, const char *method, struct buf *path, struct buf *body, rest_fn *done,
              void *arg, struct err *e);

/* The same, of a GET, whose body of a 2xx goes to `take` first: true, and it is not read for `done`. */
typedef bool rest_take_fn(void *arg, const char *body, size_t len);
int rest_ask(struct registry *r, struct buf *path, rest_take_fn *take, rest_fn *done, void *arg, struct err *e);

/* Append a segment of a path, encoded only where it must be: some servers take %3A as it stands. */
void rest_add_segment(struct buf *path, const char *text);

/* Append a subject by its whole name: ":.ctx:name", and "name" in the default context. */
void rest_add_subject(struct buf *path, const char *context, const char *subject);

/* "/WHAT/:.ctx:name" + behind; subject NULL: "/WHAT/:.ctx:", and "/WHAT" of the default context. */
void rest_make_path(struct buf *path, const char *what, const char *context, const char *subject,
                    const char *behind);

/* Members of an object; NULL, or false, where there is none of that type. */
const char *rest_text(struct json_object *object, const char *member);
bool        rest_number(struct json_object *object, const char *member, int64_t *ret);
struct json_object *rest_member(struct json_object *object, const char *member);

/* Whether it is a 404 that means: there is no such thing. */
bool rest_is_missing(const struct rest_answer *answer);

/*
 * Who answers, and whether it is ready: a registry that still reads its records answers 200 with a part of them.
 * Sets r->vendor.  ERR_AGAIN: not reached, or not ready in half a minute.
 */
typedef void registry_fn(void *arg, int rc, const struct err *e);
int rest_probe(struct registry *r, registry_fn *fn, void *arg, struct err *e);

#endif
