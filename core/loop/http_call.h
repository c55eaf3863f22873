/* http_call.h - one client and one request of it; for http.c and http_request.c alone. */
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include "core/base/buf.h"
#include "core/loop/http.h"
#include "core/loop/http_multi.h"
#include "core/loop/http_options.h"

#define HTTP_FIELDS_MAX    (64u << 10) /* of headers, asked or answered; servers send some 1 KiB */
#define HTTP_REQUEST_SHOWN 300

struct http {
	struct http_multi multi;
	struct loop      *loop;
	struct http_own   own;
	uint32_t          slow_ms;
	size_t            calls;
	CURL             *idle[HTTP_CONNECTIONS]; /* transfers that have ended, for the next: to make one is costly */
	size_t            idle_count;
};

struct http_call {
	struct pending     pending;
	struct http       *http;
	CURL              *easy;
	uv_timer_t         timer;
	struct curl_slist *fields;
	char               request[HTTP_REQUEST_SHOWN], detail[CURL_ERROR_SIZE];
	char               wanted_type[100];
	struct buf         body;
	size_t             body_max, sent_len;
	uint64_t           ends_at, window_ends, window_bytes; /* as uv_now() */
	uint64_t           received; /* bytes of headers and body */
	size_t             field_bytes;
	uint32_t           timeout_ms;
	bool               of_operation; /* timeout_ms is what the operation had left */
	bool               begun;        /* the final answer has, not a 1xx */
	bool               too_large, no_memory;
	http_fn           *done;
	void              *arg;
};

/* Whether it can be sent as it is: ERR_FAILED where not, for only a mistake of ours makes such. */
int http_request_check(const struct http *h, const struct http_request *r, struct err *e);

/* Set what r asks for on the call's new transfer.  -1: no memory. */
int http_request_apply(struct http_call *c, const struct http_request *r);

#endif
