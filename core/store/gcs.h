/* gcs.h - what gcs.c and gcs_answer.c share: a store in a bucket of Google's.  For these two alone. */
#ifndef STORE_GCS_H
#define STORE_GCS_H

#include "core/store/cloud.h"

/* As in struct cloud_verbs. */
int  gcs_listed(const struct http_response *answer, struct cloud_page *page, struct err *e);
bool gcs_hidden(const struct http_response *answer);
int  gcs_size(const struct http_response *answer, uint64_t *ret, struct err *e);
extern const struct cloud_errors gcs_errors;

#endif
