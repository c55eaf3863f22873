/*
 * cloud.c - one request to an object store, until it has an answer that counts; see cloud.h
 *
 * A request is signed anew each time it is sent: with the time then, and the key then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/cloud_op.h"

#define TEXTS_MAX     (32u << 10) /* of a request's headers */
#define PATH_MAX_SENT (3u * CLOUD_KEY_MAX + 256)
#define QUERY_MAX     (12u << 10)
#define SOON_MS       50u         /* the first wait, where one request of many has failed */
#define PATIENCE_MAX_S 60u        /* a server that says "in an hour" is not waited for */
#define SLOWEST_BYTES_MS 128u     /* 128 KB a second: what an object's size adds to the time it may take */
#define AUTHORIZATION_MAX (20u << 10) /* a token is some 2 KiB */
#define MADE_MAX      (DOCUMENT_BODY_MAX + (1u << 20)) /* a snapshot, and what is around it */

/* ---- a request ---- */

struct cloud_request *
cloud_request_begin(struct cloud_call *call)
{
	struct cloud_request *r = &call->request;

	buf_clear(&r->path);
	buf_clear(&r->query);
	arena_release(&r->texts);
	buf_release(&r->made);
	r->field_count = 0;
	r->body = NULL;
	r->body_len = 0;
	r->body_max = CLOUD_ANSWER_MAX;
	sign_sum("", 0, r->sum);
	call->retry = RETRY_DEFAULT;
	call->corrected = call->renewed = call->once = false;
	return r;
}

void
cloud_call_init(struct cloud_call *call, struct cloud *c, cloud_call_fn *answered)
{
	*call = (struct cloud_call){ .cloud = c, .answered = answered };
	buf_init(&call->request.path, PATH_MAX_SENT);
	buf_init(&call->request.query, QUERY_MAX);
	arena_init(&call->request.texts, TEXTS_MAX);
	buf_init(&call->request.made, MADE_MAX);
	(void)cloud_request_begin(call);
}

void
cloud_call_release(struct cloud_call *call)
{
	buf_release(&call->request.path);
	buf_release(&call->request.query);
	arena_release(&call->request.texts);
	buf_release(&call->request.made);
}

int
cloud_request_about(struct cloud_request *r, const char *method, const char *doing, const char *key)
{
	r->method = method;
	r->doing = doing;
	r->key = arena_text(&r->texts, key);
	return r->key == NULL ? -1 : 0;
}

int
cloud_request_field(struct cloud_request *r, const char *name, const char *value)
{
	char *copy = arena_text(&r->texts, value);

	if (copy == NULL || r->field_count == CLOUD_FIELDS_MAX)
		return -1;
	r->fields[r->field_count++] = (struct sign_pair){ name, copy };
	return 0;
}

/* ---- sending ---- */

static void answered(void *arg, int rc, const struct http_response *answer, const struct err *e);

/* Path and query. */
static int
add_target(const struct cloud_request *r, struct buf *target)
{
	(void)buf_add(target, r->path.data, r->path.len);
	if (r->query.len > 0) {
		(void)buf_add_char(target, '?');
		(void)buf_add(target, r->query.data, r->query.len);
	}
	return target->failed || r->path.failed || r->query.failed || r->made.failed ? -1 : 0;
}

static int
send_with(struct cloud_call *call, const struct credentials *key, struct err *e)
{
	struct cloud_request *r = &call->request;
	struct cloud *c = call->cloud;
	struct http_field fields[SIGN_FIELDS_MAX];
	CLEANUP(buf_wipe) struct buf authorization, target;
	struct http_request request = { .method = r->method, .body = r->body, .body_len = r->body_len,
		                        .body_max = r->body_max, .fields = fields };
	int64_t now = loop_wall_ms(c->loop) / 1000 - c->ahead_s;
	struct cloud_time time;
	int rc;

	buf_init(&authorization, AUTHORIZATION_MAX);
	buf_init(&target, PATH_MAX_SENT + QUERY_MAX);
	(void)snprintf(call->id, sizeof call->id, "%s", key->id == NULL ? "" : key->id); /* cut is fine */
	sign_time(now, time.basic);
	sign_http_date(now, time.http);
	if (add_target(r, &target) != 0)
		return err_memory(e, "sending a request to the store");
	rc = c->verbs->authorize(c, r, key, &time, &authorization, &target, fields, &request.field_count, e);
	if (rc != 0)
		return rc;
	request.path = buf_text(&target);
	if (request.path == NULL)
		return err_memory(e, "sending a request to the store");
	if (r->made.len > 0) {
		request.body = r->made.data;
		request.body_len = r->made.len;
	}
	request.timeout_ms = HTTP_TIMEOUT_MS + (uint32_t)((request.body_len + r->body_max) / SLOWEST_BYTES_MS);
	return http_start(c->http, &request, answered, call, e);
}

static void ready(struct credentials_waiter *w, int rc, const struct err *e);

static int
send_now(struct cloud_call *call, struct err *e)
{
	const struct credentials *key;
	int rc = credentials_get(call->cloud->credentials, &call->waiter, &key, e);

	call->waiter.ready = ready;
	if (rc == CREDENTIALS_WAIT)
		return 0;
	return rc != 0 ? rc : send_with(call, key, e);
}

static void
ended(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct err err = *e;

	call->answered(call, rc, answer, &err);
}

static void
send_or_end(struct cloud_call *call)
{
	struct err e = { 0 };
	int rc = send_now(call, &e);

	if (rc != 0)
		ended(call, rc, NULL, &e);
}

static void
ready(struct credentials_waiter *w, int rc, const struct err *e)
{
	struct cloud_call *call = container_of(w, struct cloud_call, waiter);

	if (rc != 0)
		ended(call, rc, NULL, e);
	else
		send_or_end(call);
}

static void
waited(void *arg, int rc)
{
	struct cloud_call *call = arg;
	struct err e = { 0 };

	if (rc == 0) {
		send_or_end(call);
		return;
	}
	(void)loop_check(call->cloud->loop, &e);
	ended(call, rc, NULL, &e);
}

int
cloud_call_start(struct cloud_call *call, struct err *e)
{
	int rc = loop_check(call->cloud->loop, e);

	return rc != 0 ? rc : send_now(call, e);
}

/* ---- answers ---- */

static bool
try_again(struct cloud_call *call, uint32_t least_s, bool soon)
{
	struct err ignored;

	call->retry.first_ms = soon ? SOON_MS : 0;
	return least_s <= PATIENCE_MAX_S &&
	       retry_wait_longer(&call->retry, call->cloud->loop, least_s * 1000, waited, call, &ignored) == 0;
}

/* Our clock against the server's, from its Date: believed where it answered that they differ. */
static bool
correct_clock(struct cloud_call *call, const struct http_response *answer)
{
	int64_t there = http_date_s(answer->date);

	if (call->corrected || there < 0)
		return false;
	call->corrected = true;
	call->cloud->ahead_s = loop_wall_ms(call->cloud->loop) / 1000 - there;
	call->cloud->store.facts.clock_ahead_s = call->cloud->ahead_s;
	return true;
}

static bool
renew_key(struct cloud_call *call)
{
	if (call->renewed)
		return false;
	call->renewed = true;
	return credentials_refused(call->cloud->credentials, call->id);
}

/* True: the request goes on. */
static bool
goes_on(struct cloud_call *call, enum cloud_verdict verdict, const struct http_response *answer)
{
	switch (verdict) {
	case CLOUD_AGAIN:
	case CLOUD_FEWER:
		return try_again(call, answer->retry_after_s, verdict == CLOUD_AGAIN && answer->retry_after_s == 0);
	case CLOUD_DAMAGED:
		return !call->once && try_again(call, 0, false);
	case CLOUD_CLOCK:
		if (!correct_clock(call, answer))
			return false;
		send_or_end(call);
		return true;
	case CLOUD_KEY:
		if (!renew_key(call))
			return false;
		send_or_end(call);
		return true;
	case CLOUD_GOOD:
	case CLOUD_FINAL:
		break;
	}
	return false;
}

static void
answered(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_call *call = arg;
	struct cloud *c = call->cloud;
	struct err err = { 0 };
	enum cloud_verdict verdict;

	if (rc != 0) {
		if (!retry_worth(rc) || !try_again(call, 0, false))
			ended(call, rc, NULL, e);
		return;
	}
	verdict = cloud_judge(c, &call->request, answer, &err);
	if (!goes_on(call, verdict, answer))
		ended(call, err.code, err.code == 0 ? answer : NULL, &err);
}

/* ---- the client ---- */

/* What curl would write as Host, and what is signed: without the port that the scheme has anyway. */
static char *
host_of(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, "/");
	const char *usual = strncmp(url, "https", 5) == 0 ? ":443" : ":80";
	size_t n = strlen(usual);

	if (len > n && memcmp(host + len - n, usual, n) == 0)
		len -= n;
	return strndup(host, len);
}

int
cloud_open(struct cloud *c, struct loop *l, const char *url, const char *ca_file, const char *prefix,
           const char *where, const struct credentials_options *keys, struct err *e)
{
	const char *slash = prefix[0] != '\0' ? "/" : "";
	size_t size = strlen(prefix) + 2;
	int rc;

	if (strlen(prefix) + OBJECT_NAME_MAX > CLOUD_KEY_MAX)
		return err_set(e, ERR_CONFIG, "store.prefix is longer than %u bytes", CLOUD_KEY_MAX - OBJECT_NAME_MAX);
	c->loop = l;
	rc = http_open(l, &(struct http_options){ .url = url, .ca_file = ca_file }, &c->http, e);
	if (rc == 0)
		rc = credentials_open(l, keys, &c->credentials, e);
	if (rc != 0)
		return rc;
	c->host = host_of(url);
	c->where = strdup(where);
	c->prefix = malloc(size);
	if (c->host == NULL || c->where == NULL || c->prefix == NULL)
		return err_memory(e, "opening a store");
	(void)snprintf(c->prefix, size, "%s%s", prefix, slash); /* fits */
	return 0;
}

void
cloud_close(struct store *s)
{
	struct cloud *c = container_of(s, struct cloud, store);

	http_close(c->http);
	credentials_close(c->credentials);
	free(c->host);
	free(c->prefix);
	free(c->where);
	cloud_forget_place(c);
	c->verbs->release(c);
}
