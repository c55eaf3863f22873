/*
 * http.c - see http.h
 *
 * A call has one end: curl's (call_ended), its timer's (on_tick) or the loop's (call_stop); each of
 * them takes it out of curl first.  Its own timer keeps the loop running.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sodium.h>

#include "core/base/buf.h"
#include "core/base/cleanup.h"
#include "core/loop/http.h"
#include "core/loop/http_call.h"
#include "core/loop/http_error.h"

#define TICK_MS         1000u
#define SLOW_PER_SECOND 100u
#define RETRY_AFTER_MAX 3600

int
http_init(struct err *e)
{
	const curl_version_info_data *v;
	int wanted = CURL_VERSION_SSL | CURL_VERSION_ASYNCHDNS | CURL_VERSION_THREADSAFE;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_FAILED, "libcurl cannot be initialised");
	v = curl_version_info(CURLVERSION_NOW);
	if ((v->features & wanted) != wanted)
		return err_set(e, ERR_FAILED,
		               "libcurl %s was built without TLS, without names resolved on a thread, or "
		               "not thread-safe: a distribution's own has all three",
		               v->version);
	return 0;
}

/* ---- the end of a call ---- */

static void
call_freed(uv_handle_t *h)
{
	free(container_of((uv_timer_t *)h, struct http_call, timer));
}

static void
easy_release(struct http *h, CURL *easy)
{
	if (easy == NULL || h->idle_count == HTTP_CONNECTIONS) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); /* for its end, which may say good-bye; cannot fail */
	h->idle[h->idle_count++] = easy;
}

static CURL *
easy_take(struct http *h)
{
	return h->idle_count > 0 ? h->idle[--h->idle_count] : curl_easy_init();
}

static void
call_release(struct http_call *c)
{
	easy_release(c->http, c->easy);
	curl_slist_free_all(c->fields);
	if (c->body.len > 0) /* what lends keys answers with them; behind it nothing was ever written */
		sodium_memzero(c->body.data, c->body.len);
	buf_release(&c->body);
}

/*
 * Out of curl before the callback: what that starts may take over the connection.  The call's
 * memory lives until its timer is closed.
 */
static void
call_end(struct http_call *c, int rc, const struct http_response *answer, const struct err *e)
{
	pending_remove(&c->pending);
	(void)curl_multi_remove_handle(c->http->multi.curl, c->easy);
	uv_close((uv_handle_t *)&c->timer, call_freed);
	c->http->calls--;
	c->done(c->arg, rc, rc == 0 ? answer : NULL, e);
	call_release(c);
}

static void
call_stop(struct pending *p, int code)
{
	struct http_call *c = container_of(p, struct http_call, pending);
	struct err e = { 0 };

	(void)loop_check(c->http->loop, &e);
	call_end(c, code, NULL, &e);
}

/* ---- the answer ---- */

const char *
http_header(const struct http_response *answer, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(answer->handle, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return "";
	return h->value;
}

/* "application/json; charset=utf-8" and "application/vnd.x+json" are both application/json. */
static bool
is_type(const char *given, const char *wanted)
{
	size_t n = strcspn(given, "; \t"), wanted_n = strlen(wanted);
	const char *subtype = strchr(wanted, '/');
	size_t tail = subtype == NULL ? 0 : strlen(subtype) - 1;

	if (n == wanted_n && strncasecmp(given, wanted, n) == 0)
		return true;
	return tail > 0 && n > wanted_n && given[n - tail - 1] == '+' &&
	       strncasecmp(given, wanted, wanted_n - tail) == 0 &&
	       strncasecmp(given + n - tail, subtype + 1, tail) == 0;
}

static int
check_type(const struct http_call *c, const struct http_response *r, struct err *e)
{
	if (c->wanted_type[0] == '\0' || r->status < 200 || r->status > 299 || r->len == 0 ||
	    is_type(r->content_type, c->wanted_type))
		return 0;
	return err_set(e, ERR_CORRUPT,
	               "%s: the answer is of type \"%.100s\" and not %s: is this the URL of that "
	               "server, with nothing in front of it?",
	               c->request, r->content_type, c->wanted_type);
}

static void
call_answered(struct http_call *c)
{
	struct http_response r = { .request = c->request, .handle = c->easy, .len = c->body.len };
	struct err e = { 0 };
	curl_off_t after = 0;
	long status = 0;

	r.body = buf_text(&c->body);
	if (r.body == NULL) {
		(void)err_memory(&e, "taking an answer over HTTP");
		call_end(c, e.code, NULL, &e);
		return;
	}
	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &after);
	r.status = (int)status;
	r.retry_after_s = after <= 0 ? 0 : after > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : (uint32_t)after;
	r.content_type = http_header(&r, "Content-Type");
	r.date = http_header(&r, "Date");
	call_end(c, check_type(c, &r, &e), &r, &e);
}

static void
call_ended(CURL *easy, CURLcode result)
{
	struct err e = { 0 };
	struct http_call *c;
	char *private;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	c = (struct http_call *)(void *)private;
	if (c->no_memory)
		(void)err_memory(&e, "taking an answer over HTTP");
	else if (c->too_large || result == CURLE_FILESIZE_EXCEEDED)
		(void)err_set(&e, ERR_CORRUPT,
		              "%s: the answer is larger than %zu bytes, or its headers than %u", c->request,
		              c->body_max, HTTP_FIELDS_MAX);
	else if (result == CURLE_OK) {
		call_answered(c);
		return;
	} else
		(void)http_error_of_curl(result, c->request, c->detail, &e);
	call_end(c, e.code, NULL, &e);
}

/* ---- curl's calls: each says how much it took, less than it was given ends the transfer ---- */

static size_t
on_body(char *bytes, size_t one, size_t n, void *arg)
{
	struct http_call *c = arg;

	(void)one; /* 1 */
	c->received += n;
	c->too_large = n > c->body_max - c->body.len;
	if (c->too_large)
		return 0;
	c->no_memory = buf_add(&c->body, bytes, n) != 0;
	return c->no_memory ? 0 : n;
}

/* One whole line.  A 1xx is no answer yet: after it the server may think as long as it likes. */
static size_t
on_field(char *bytes, size_t one, size_t n, void *arg)
{
	struct http_call *c = arg;
	const char *blank;

	(void)one;
	c->received += n;
	c->field_bytes += n;
	if (n > 5 && strncmp(bytes, "HTTP/", 5) == 0) {
		blank = memchr(bytes, ' ', n - 1);
		c->begun = blank == NULL || blank[1] != '1';
	}
	c->too_large = c->field_bytes > HTTP_FIELDS_MAX;
	return c->too_large ? 0 : n;
}

/* ---- time ---- */

static uint64_t
bytes_sent(const struct http_call *c)
{
	curl_off_t n = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_SIZE_UPLOAD_T, &n);
	return n > 0 ? (uint64_t)n : 0;
}

/* Nothing moves, and rightly so: not yet connected, or the server has all and is thinking. */
static bool
is_waiting(const struct http_call *c, uint64_t sent)
{
	return !c->begun && (sent == 0 || sent >= c->sent_len);
}

static bool
is_too_slow(struct http_call *c, uint64_t now)
{
	uint64_t sent = bytes_sent(c), moved = c->received + sent;
	uint64_t least = c->window_bytes + (uint64_t)SLOW_PER_SECOND * c->http->slow_ms / 1000;
	bool waiting = is_waiting(c, sent);

	if (now < c->window_ends && !waiting)
		return false;
	c->window_ends = now + c->http->slow_ms;
	c->window_bytes = moved;
	return !waiting && moved < least;
}

static void on_tick(uv_timer_t *t);

static void
tick_later(struct http_call *c, uint64_t now)
{
	uint64_t ms = c->http->slow_ms < TICK_MS ? c->http->slow_ms : TICK_MS;

	if (ms > c->ends_at - now)
		ms = c->ends_at - now;
	(void)uv_timer_start(&c->timer, on_tick, ms, 0); /* fails only without a callback */
}

static void
on_tick(uv_timer_t *t)
{
	struct http_call *c = container_of(t, struct http_call, timer);
	uint64_t now = uv_now(t->loop);
	struct err e = { 0 };

	if (c->http->multi.broken)
		(void)err_set(&e, ERR_FAILED, "%s: cannot watch a connection: no memory, or too many open "
		              "files", c->request);
	else if (now >= c->ends_at && c->of_operation)
		(void)err_set(&e, ERR_DEADLINE, "%s: the deadline has passed", c->request);
	else if (now >= c->ends_at)
		(void)http_error_of_time(c->easy, c->timeout_ms, c->request, &e);
	else if (is_too_slow(c, now))
		(void)err_set(&e, ERR_AGAIN, "%s: fewer than %u bytes a second for %u ms", c->request,
		              SLOW_PER_SECOND, (unsigned)c->http->slow_ms);
	if (e.code == 0)
		tick_later(c, now);
	else
		call_end(c, e.code, NULL, &e);
}

/* ---- the start of a call ---- */

static int
set_calls(struct http_call *c)
{
	bool failed = false;

	failed |= curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c) != CURLE_OK;
	failed |= curl_easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->detail) != CURLE_OK;
	failed |= curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK;
	failed |= curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c) != CURLE_OK;
	failed |= curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_field) != CURLE_OK;
	failed |= curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c) != CURLE_OK;
	return failed ? -1 : 0;
}

static void
set_times(struct http_call *c, const struct http_request *r)
{
	struct loop *l = c->http->loop;
	uint32_t wanted = r->timeout_ms == 0 ? HTTP_TIMEOUT_MS : r->timeout_ms;
	uint64_t now;

	c->timeout_ms = (uint32_t)loop_remaining_ms(l, wanted);
	c->of_operation = c->timeout_ms < wanted;
	(void)uv_timer_init(&l->uv, &c->timer); /* cannot fail */
	uv_update_time(&l->uv);
	now = uv_now(&l->uv);
	c->ends_at = now + c->timeout_ms;
	c->window_ends = now + c->http->slow_ms;
	tick_later(c, now);
}

static struct http_call *
call_new(struct http *h, const struct http_request *r, http_fn *done, void *arg)
{
	struct http_call *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->http = h;
	c->done = done;
	c->arg = arg;
	c->body_max = r->body_max;
	buf_init(&c->body, r->body_max);
	(void)snprintf(c->wanted_type, sizeof c->wanted_type, "%s",
	               r->wanted_type == NULL ? "" : r->wanted_type); /* fits: checked */
	c->easy = easy_take(h);
	if (c->easy == NULL || http_own_apply(&h->own, c->easy) != 0 || http_request_apply(c, r) != 0 ||
	    set_calls(c) != 0 ||
	    curl_multi_add_handle(h->multi.curl, c->easy) != CURLM_OK) {
		call_release(c);
		free(c);
		return NULL;
	}
	return c;
}

int
http_start(struct http *h, const struct http_request *r, http_fn *done, void *arg, struct err *e)
{
	struct http_call *c;
	int rc = loop_check(h->loop, e);

	if (rc == 0)
		rc = http_request_check(h, r, e);
	if (rc != 0)
		return rc;
	if (h->multi.broken)
		return err_set(e, ERR_FAILED, "%s: cannot watch connections: no memory, or too many open "
		               "files", h->own.url);
	c = call_new(h, r, done, arg);
	if (c == NULL)
		return err_memory(e, "sending a request over HTTP");
	set_times(c, r);
	pending_add(h->loop, &c->pending, call_stop);
	h->calls++;
	http_multi_send_now(&h->multi);
	return 0;
}

/* ---- the client ---- */

static void
http_closed(struct http_multi *m)
{
	free(container_of(m, struct http, multi));
}

int
http_open(struct loop *l, const struct http_options *o, struct http **ret, struct err *e)
{
	struct http *h = calloc(1, sizeof *h);
	unsigned connections = o->connections_max == 0 ? HTTP_CONNECTIONS : o->connections_max;
	int rc;

	if (h == NULL)
		return err_memory(e, "opening an HTTP client");
	h->loop = l;
	h->slow_ms = o->slow_ms == 0 ? HTTP_SLOW_MS : o->slow_ms;
	h->multi.ended = call_ended;
	h->multi.closed = http_closed;
	rc = http_own_copy(&h->own, o, e);
	if (rc == 0)
		rc = http_multi_open(&h->multi, l, connections, e);
	if (rc != 0) {
		http_own_release(&h->own);
		free(h);
		return rc;
	}
	*ret = h;
	return 0;
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	assert(h->calls == 0);
	while (h->idle_count > 0)
		curl_easy_cleanup(h->idle[--h->idle_count]);
	http_own_release(&h->own);
	http_multi_close(&h->multi);
}
