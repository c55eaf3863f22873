/*
 * cloud.h - what all object stores over HTTP have in common; internal to core/store.
 *
 * cloud.c sends one request until it has an answer that counts: key, signature, retries, clock.
 * cloud_judge.c says what an answer means, cloud_ops.c makes the calls of store.h of such requests,
 * cloud_check.c the proof of what a store honours.  How a request of one cloud looks, and what its
 * errors are called, is in a table of verbs (s3.c has two: Amazon's and Google's XML; azure.c and
 * gcs.c have one each); a further cloud is one more file with one more table.
 */
#ifndef STORE_CLOUD_H
#define STORE_CLOUD_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/limits.h"
#include "core/loop/http.h"
#include "core/loop/retry.h"
#include "core/store/credentials.h"
#include "core/store/sign.h"
#include "core/store/store.h"

#define CLOUD_KEY_MAX    1024u /* bytes of a key, everywhere */
#define CLOUD_FIELDS_MAX 16u   /* of a request, before it is signed */
#define CLOUD_ANSWER_MAX (64u << 10) /* of an answer that holds no object and no list */
#define CLOUD_LIST_MAX   (8u << 20)  /* 1,000 keys of 1,024 bytes, escaped, and what is said of them */
#define CLOUD_CODE_MAX   64u         /* of the name of an error */

struct cloud;

/* One request, as often as it is sent.  Zeroed, then cloud_request_begin(). */
struct cloud_request {
	const char      *method;
	const char      *doing;      /* "list", "read", "write", "remove": for texts */
	const char      *key;        /* what it is about, "" for a list: for texts */
	struct buf       path, query; /* escaped */
	struct sign_pair fields[CLOUD_FIELDS_MAX]; /* names in lower case; values in `texts` or static */
	size_t           field_count;
	struct arena     texts;
	const void      *body; /* borrowed */
	size_t           body_len;
	struct buf       made; /* a body of its own around that: then this is what is sent */
	char             sum[SIGN_SUM_HEX]; /* of the body */
	size_t           body_max;          /* of the answer */
};

/* What to list, and what was listed.  Keys are whole ones, "prefix/service/folder/name". */
struct cloud_page {
	const char *folder; /* with its last '/'; or the beginning of names */
	const char *after;  /* a key, or "" */
	char       *token;  /* of the next page, in `texts`; NULL: the first, or there is none */
	size_t      max;    /* of names in this page */
	bool        more;
	const char **keys;  /* of this page, unescaped, in `texts` */
	size_t      count, room;
	struct arena texts;
};

/* How to put: the first two are what a store may refuse to hear of (struct cloud's plain). */
enum { CLOUD_NO_SUM = 1, CLOUD_NO_CONDITION = 2, CLOUD_PLAINEST = 3, CLOUD_WRONG_SUM = 4, CLOUD_PROBE = 8 };

/* What an answer means for the request. */
enum cloud_verdict {
	CLOUD_GOOD,
	CLOUD_FINAL,   /* e says why; nothing that we do changes it */
	CLOUD_AGAIN,   /* later */
	CLOUD_FEWER,   /* later, and not soon: it asks for fewer requests */
	CLOUD_DAMAGED, /* the store got other bytes than the sum says: later, once or twice */
	CLOUD_CLOCK,   /* its clock and ours differ: with its time, once */
	CLOUD_KEY,     /* it does not accept the key: with a new one, once */
};

/* One error that a cloud has a name for. */
struct cloud_meaning {
	const char        *code;
	enum cloud_verdict verdict;
	int                err;
	const char        *advice;
};

/* How to read a cloud's errors. */
struct cloud_errors {
	const struct cloud_meaning *meanings;
	size_t      count;
	/* The name of the error that was answered; "" where there is none. */
	void      (*code)(const struct http_response *answer, char code[CLOUD_CODE_MAX]);
	/* Where the bucket is instead, or "".  NULL: that is never said. */
	const char *(*region)(const struct http_response *answer);
	const char *denied; /* the error that says that a right is missing */
	const char *clock;  /* one that may be our clock's, and is said of other things too; NULL: none */
	const char *kept;   /* one that tells of a write that the object is there; NULL: none */
	const char *list, *read, *write, *remove; /* the rights to do that */
};

/* Where a list can begin. */
enum cloud_start {
	CLOUD_BEHIND, /* behind a key */
	CLOUD_AT,     /* at a key */
	CLOUD_FIRST,  /* nowhere but at the first key, and where a page ended */
};

struct cloud_time { /* of one sending, by the server's clock */
	char basic[SIGN_TIME_SIZE], http[SIGN_HTTP_DATE_SIZE];
};

/* Functions that make something return 0, or -1: no memory. */
struct cloud_verbs {
	struct store_ops ops; /* CLOUD_OPS(the type's name) */
	int (*list)(const struct cloud *c, const struct cloud_page *l, struct cloud_request *r);
	int (*get)(const struct cloud *c, const char *key, struct cloud_request *r);
	int (*head)(const struct cloud *c, const char *key, struct cloud_request *r);
	int (*put)(const struct cloud *c, const char *key, unsigned how, struct cloud_request *r);
	int (*remove)(const struct cloud *c, const char *key, struct cloud_request *r);
	/*
	 * Make `fields`: those of r, and those that say who sends it, at this time; their values live
	 * in r, key, time and authorization.  `target` is path and query as they will be sent; what is
	 * appended there is never shown either.
	 */
	int (*authorize)(const struct cloud *c, const struct cloud_request *r,
	                 const struct credentials *key, const struct cloud_time *time,
	                 struct buf *authorization, struct buf *target, struct http_field *fields,
	                 size_t *count, struct err *e);
	/* A page into l->keys, l->more, l->token: unescaped, not verified yet. */
	int (*listed)(const struct http_response *answer, struct cloud_page *l, struct err *e);
	enum cloud_start start;
	const struct cloud_errors *errors;
	/* Does the answer to a write or a removal say that the store keeps older versions? */
	bool (*hidden)(const struct http_response *answer);
	/* The length of the object, from the answer to head.  NULL: it is the answer's. */
	int  (*size)(const struct http_response *answer, uint64_t *ret, struct err *e);
	void (*release)(struct cloud *c); /* its own part */
};

struct cloud { /* embedded first in each cloud's own struct */
	struct store  store;
	const struct cloud_verbs *verbs;
	struct loop  *loop;
	struct http  *http;
	struct credentials_cache *credentials;
	char         *host;   /* as HTTP says it: with the port where that is not the scheme's */
	char         *prefix; /* "" or "a/b/" */
	char         *where;  /* "bucket x at https://...": for texts */
	int64_t       ahead_s; /* of our clock, where a server's Date said so */
	unsigned      plain;   /* CLOUD_NO_SUM, CLOUD_NO_CONDITION: what it refused requests for */
	/* Where lists can begin at the first key alone: the key behind which a list ended last, and
	 * the token that goes on there. */
	char         *place, *place_token;
};

/* Copies; 0 or an error after which cloud_close() frees what there is. */
int cloud_open(struct cloud *c, struct loop *l, const char *url, const char *ca_file, const char *prefix,
               const char *where, const struct credentials_options *keys, struct err *e);
void cloud_close(struct store *s);

/* ---- one request (cloud.c) ---- */

struct cloud_call;
/* rc 0: a good answer.  The call is its owner's again: to be started anew, or freed. */
typedef void cloud_call_fn(struct cloud_call *call, int rc, const struct http_response *answer,
                           const struct err *e);

struct cloud_call {
	struct cloud        *cloud;
	struct cloud_request request;
	bool                 once; /* a damaged answer is an answer */
	cloud_call_fn       *answered;
	/* cloud.c's */
	struct retry              retry;
	struct credentials_waiter waiter;
	char                      id[130]; /* of the key that was used last */
	bool                      corrected, renewed;
};

void cloud_call_init(struct cloud_call *call, struct cloud *c, cloud_call_fn *answered);
void cloud_call_release(struct cloud_call *call);
/* A new request in a call: empties it. */
struct cloud_request *cloud_request_begin(struct cloud_call *call);
int cloud_call_start(struct cloud_call *call, struct err *e);

/* What it is about, for texts: a copy.  -1: no memory. */
int cloud_request_about(struct cloud_request *r, const char *method, const char *doing, const char *key);
/* -1: no memory, or too many. */
int cloud_request_field(struct cloud_request *r, const char *name, const char *value);

/* ---- for the calls of store.h ---- */

/* Prefix and name; -1 and e: a name that a store may not have (parts: 2 a folder, 3 an object). */
int cloud_key(const struct cloud *c, const char *name, int parts, char key[CLOUD_KEY_MAX + 1],
              struct err *e);

/* A put was refused with ERR_UNSUPPORTED: leave out one thing, then another, then both. False: no more. */
bool cloud_be_plainer(struct cloud *c);

/* A key of the listing that is being read: a copy. -1: no memory, or more than were asked for. */
int cloud_page_add(struct cloud_page *l, const char *key, size_t len);
/*
 * ERR_CORRUPT: the page is not in byte order, not of that folder, begins before `after` though a list
 * can begin there, or has more keys than were asked for.
 */
int cloud_page_verify(const struct cloud *c, const struct cloud_page *l, const char *last, struct err *e);
/* Drop the keys up to `after`, where the list could not begin behind it. */
void cloud_page_skip(struct cloud_page *l);

/* ---- answers (cloud_judge.c) ---- */

/* What it means; anything but CLOUD_GOOD has e set. */
enum cloud_verdict cloud_judge(const struct cloud *c, const struct cloud_request *r,
                               const struct http_response *answer, struct err *e);

/* The calls of store.h: cloud_list.c, cloud_ops.c, cloud_check.c. */
int cloud_list(struct store *s, const char *folder, const char *after, size_t max, store_list_fn *fn,
               void *arg, struct err *e);
int cloud_get(struct store *s, const char *name, uint64_t offset, size_t len, size_t max,
              store_get_fn *fn, void *arg, struct err *e);
int cloud_put(struct store *s, const char *name, const struct buf *bytes, store_done_fn *fn, void *arg,
              struct err *e);
int cloud_remove(struct store *s, const char *name, store_done_fn *fn, void *arg, struct err *e);
int cloud_check(struct store *s, store_done_fn *fn, void *arg, struct err *e);

#define CLOUD_OPS(name)                                                                            \
	{ .type = (name), .list = cloud_list, .get = cloud_get, .put = cloud_put,                  \
	  .remove = cloud_remove, .check = cloud_check, .close = cloud_close }

#endif
