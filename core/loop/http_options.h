/* http_options.h - the options of one client, checked and copied; for http.c alone. */
#ifndef HTTP_OPTIONS_H
#define HTTP_OPTIONS_H

#include <curl/curl.h>

#include "core/loop/http.h"

struct http_own {
	char *url; /* no '/' at its end */
	char *ca_file, *certificate_file, *key_file, *user;
	struct secret *key_password, *password, *token;
};

int  http_own_copy(struct http_own *own, const struct http_options *o, struct err *e);
void http_own_release(struct http_own *own);

/* Set them, and what is the same for all requests, on a new transfer.  -1: no memory. */
int http_own_apply(const struct http_own *own, CURL *easy);

/* No blank, no control character, nothing beyond ASCII: what can stand in a line of HTTP. */
bool http_is_plain(const char *text, size_t len);

#endif
