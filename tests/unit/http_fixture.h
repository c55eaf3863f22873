/*
 * http_fixture.h - tests/fake/http_server.py, and a visit to it: a loop, a client, what came back.
 *
 * The loop runs on a thread with all signals blocked, as in the plugin.
 */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H

#include "core/loop/http.h"
#include "tests/unit/fake_program.h"

struct web {
	struct fake_program program;
	char                folder[64]; /* its certificates */
	unsigned            plain, other, tls, wrong, expired, old, mutual, closed;
};

/* What a request came to.  calls: how often its callback was called. */
struct outcome {
	int        calls, rc, status;
	char       body[8192];
	size_t     len;
	char       content_type[100], date[100], etag[100];
	uint32_t   retry_after_s;
	uint64_t   began_ms, at_ms; /* its start and its callback, on the loop's clock */
	struct err err;   /* the callback's */
	struct err meant; /* http_error()'s */
};

struct visit {
	struct web  *web;
	struct loop  loop;
	struct http *http;
};

int web_start(void **state); /* *state: struct web */
int web_stop(void **state);

/* One line of JSON: what the servers saw since the last call. */
const char *web_seen(struct web *w);
void        web_url(char *to, size_t size, const char *scheme, unsigned port);

/* o's url is set when it is NULL: the plain server's. */
void visit_begin(struct visit *v, struct web *w, const struct http_options *o);
void visit_run(struct visit *v); /* until nothing is pending */
void visit_end(struct visit *v); /* every handle must be closed then */

/* Start; the outcome is filled by the callback, during visit_run(). */
void visit_start(struct visit *v, const struct http_request *r, struct outcome *o);
/* GET path with a cap of 8 KiB: start and run. */
void visit_get(struct visit *v, const char *path, struct outcome *o);
http_fn visit_done; /* arg: struct outcome */

/* A whole visit for one GET. */
void get_once(struct web *w, const struct http_options *o, const char *path, struct outcome *out);

#endif
