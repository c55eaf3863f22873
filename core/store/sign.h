/*
 * sign.h - signatures of requests to an object store: AWS Signature Version 4, the dialect of it that
 * Google's XML interface has (GOOG4), and Azure's SharedKey.
 *
 * A request is signed as it will be sent: the path and the query are escaped here, once, and both
 * the signature and the request line are made of the same bytes.  Pure: no clock, no allocation
 * that outlives the call.  Any thread.
 */
#ifndef STORE_SIGN_H
#define STORE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/secret.h"

#define SIGN_FIELDS_MAX 24u
#define SIGN_PAIRS_MAX  8u
#define SIGN_SUM_HEX    65u /* of SHA-256, with its NUL */
#define SIGN_TIME_SIZE  17u /* "20130524T000000Z" */
#define SIGN_HTTP_DATE_SIZE 30u /* "Fri, 24 May 2013 00:00:00 GMT" */
#define SIGN_LAST_SECOND 253402300799 /* of the year 9999 */

struct sign_dialect {
	const char *algorithm;  /* "AWS4-HMAC-SHA256" */
	const char *key_prefix; /* "AWS4" */
	const char *service;    /* "s3" */
	const char *terminator; /* "aws4_request" */
};

extern const struct sign_dialect sign_aws, sign_google;

/* A header (name in lower case), or a parameter of the query, not escaped. */
struct sign_pair {
	const char *name, *value;
};

struct sign_request {
	const char *method;
	const char *path;  /* escaped, as it is sent */
	const char *query; /* escaped and sorted: sign_query()'s; "" for none */
	const struct sign_pair *fields; /* all that are signed; "host" among them; in any order */
	size_t      field_count;        /* at most SIGN_FIELDS_MAX */
	const char *sum;                /* of the payload, SIGN_SUM_HEX; AWS4 and GOOG4 alone */
	size_t      body_len;           /* of the payload; SharedKey alone */
};

struct sign_key {
	const char          *id;
	const struct secret *secret;
	const char          *region;
	const char          *time; /* SIGN_TIME_SIZE, also the value of the field x-amz-date */
};

/* Append text with every byte but A-Z a-z 0-9 - . _ ~ (and '/', if `slashes`) as %XX. */
void sign_escape(struct buf *out, const char *text, bool slashes);

/* Append "a=1&b=2": escaped, then sorted by their bytes.  -1: no memory, or too many. */
int sign_query(struct buf *out, const struct sign_pair *pairs, size_t count);

/* SHA-256 in hex. */
void sign_sum(const void *bytes, size_t len, char sum[SIGN_SUM_HEX]);

/* Seconds since 1970, UTC.  A time before 1970 or after 9999 is one of them. */
void sign_time(int64_t seconds, char text[SIGN_TIME_SIZE]);

/* The same as HTTP writes it: the value of the field x-ms-date. */
void sign_http_date(int64_t seconds, char text[SIGN_HTTP_DATE_SIZE]);

/* Append the canonical request: what the server says it made of ours when it refuses a signature. */
int sign_canonical(struct buf *out, const struct sign_request *r);

/* Append the value of the header Authorization.  ERR_FAILED: no memory, or too many fields. */
int sign(const struct sign_dialect *d, const struct sign_key *key, const struct sign_request *r,
         struct buf *out, struct err *e);

/*
 * SharedKey, by an account's key (its bytes, not their base64): the text that is signed, and the value
 * of the header Authorization.  -1, ERR_FAILED: no memory.
 */
int sign_azure_text(struct buf *out, const char *account, const struct sign_request *r);
int sign_azure(const char *account, const struct secret *key, const struct sign_request *r,
               struct buf *out, struct err *e);

#endif
