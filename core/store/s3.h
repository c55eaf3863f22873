/*
 * s3.h - what s3.c and s3_answer.c share: a store in a bucket that speaks S3.  For these two alone.
 *
 * Google's XML interface is a dialect of it: other names of headers, another condition, another
 * signature; no request may have headers of both.
 */
#ifndef STORE_S3_H
#define STORE_S3_H

#include "core/store/cloud.h"

struct s3_dialect {
	const struct sign_dialect *sign;
	const char *date, *sum, *token, *storage_class; /* names of headers */
	const char *condition, *condition_value;        /* "if-none-match", "*" */
	bool        amazon; /* it knows sums in headers, encryption, locks, owners */
};

struct s3 {
	struct cloud cloud;
	const struct s3_dialect *dialect;
	char    *bucket, *region, *storage_class, *encryption, *kms_key_id, *owner, *lock_mode;
	uint32_t lock_days;
	char    *root; /* of every path: "" where the host names the bucket, else "/bucket" */
};

/* As in struct cloud_verbs. */
int  s3_listed(const struct http_response *answer, struct cloud_page *page, struct err *e);
bool s3_hidden(const struct http_response *answer);
extern const struct cloud_errors s3_errors;
/* The Code of the XML of an error; "" where there is none.  Azure's is the same. */
void s3_code(const struct http_response *answer, char code[CLOUD_CODE_MAX]);

#endif
