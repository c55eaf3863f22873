/* http_error.h - what curl's results mean; for http.c alone. */
#ifndef HTTP_ERROR_H
#define HTTP_ERROR_H

#include <curl/curl.h>

#include "core/base/err.h"

/*
 * Of a transfer that failed: request as in struct http_response, detail what curl wrote about it.
 */
int http_error_of_curl(CURLcode code, const char *request, const char *detail, struct err *e);

/* Of one that took too long: how far it came. */
int http_error_of_time(CURL *easy, unsigned timeout_ms, const char *request, struct err *e);

#endif
