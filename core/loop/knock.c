/*
 * knock.c - see knock.h
 *
 * Our own timer keeps the loop running, and ends it: curl must not be closed from inside a call of its own.
 */
#include "core/loop/knock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/http_multi.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

struct knock {
	struct http_multi    multi;
	struct pending       pending;
	uv_timer_t           timer;
	struct knock_target *targets;
	CURL               **transfers;
	size_t               count, left;
	knock_fn            *fn;
	void                *arg;
};

static bool
is_port(const char *text)
{
	uint32_t n = 0;

	for (; *text >= '0' && *text <= '9' && n <= UINT16_MAX; text++)
		n = n * 10 + (uint32_t)(*text - '0');
	return *text == '\0' && n > 0 && n <= UINT16_MAX;
}

bool
knock_is_address(const char *text)
{
	bool bracket = text[0] == '[';
	const char *host = text + bracket, *end = bracket ? "]:" : ":";
	size_t len = strspn(host, bracket ? DIGITS "abcdefABCDEF:." : LETTERS DIGITS "._-");

	return len > 0 && len <= KNOCK_HOST_MAX && strncmp(host + len, end, strlen(end)) == 0 &&
	       is_port(host + len + strlen(end));
}

/* ---- the end ---- */

static void
multi_closed(struct http_multi *m)
{
	free(container_of(m, struct knock, multi));
}

static void
timer_closed(uv_handle_t *h)
{
	http_multi_close(&container_of((uv_timer_t *)h, struct knock, timer)->multi);
}

static void
transfers_free(struct knock *k)
{
	size_t i;

	for (i = 0; k->transfers != NULL && i < k->count; i++)
		curl_easy_cleanup(k->transfers[i]);
	free(k->transfers);
}

static void
finish(struct knock *k, int rc, const struct err *e)
{
	size_t i;

	pending_remove(&k->pending);
	for (i = 0; i < k->count; i++)
		(void)curl_multi_remove_handle(k->multi.curl, k->transfers[i]);
	transfers_free(k);
	uv_close((uv_handle_t *)&k->timer, timer_closed);
	k->fn(k->arg, rc, e);
}

static void
on_time(uv_timer_t *t)
{
	struct knock *k = container_of(t, struct knock, timer);
	struct err e = { 0 };

	if (k->multi.broken)
		(void)err_set(&e, ERR_FAILED, "cannot watch connections: no descriptors, or no memory");
	finish(k, e.code, &e);
}

static void
on_stop(struct pending *p, int code)
{
	struct knock *k = container_of(p, struct knock, pending);
	struct err e = { 0 };

	(void)loop_check(k->multi.loop, &e);
	finish(k, code, &e);
}

/* ---- each ---- */

static void
ended(CURL *transfer, CURLcode result)
{
	struct knock *k;
	char *private;
	size_t i;

	(void)curl_easy_getinfo(transfer, CURLINFO_PRIVATE, &private);
	k = (struct knock *)(void *)private;
	for (i = 0; i < k->count; i++)
		if (k->transfers[i] == transfer)
			k->targets[i].open = result == CURLE_OK;
	if (--k->left == 0)
		(void)uv_timer_start(&k->timer, on_time, 0, 0); /* cannot fail: the timer has a callback */
}

static CURL *
transfer_new(struct knock *k, const char *address, uint32_t timeout_ms)
{
	char url[KNOCK_ADDRESS_MAX + 16];
	CURL *c = curl_easy_init();
	bool failed = c == NULL;

	(void)snprintf(url, sizeof url, "http://%s/", address); /* fits */
	failed = failed || curl_easy_setopt(c, CURLOPT_URL, url) != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_PRIVATE, (char *)(void *)k) != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L) != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_PROXY, "") != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_NOPROXY, "*") != CURLE_OK;
	failed = failed || curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms) != CURLE_OK;
	if (!failed)
		return c;
	curl_easy_cleanup(c);
	return NULL;
}

static struct knock *
knock_new(struct knock_target *targets, size_t count, uint32_t timeout_ms)
{
	struct knock *k = calloc(1, sizeof *k);
	size_t i;

	if (k == NULL)
		return NULL;
	k->transfers = calloc(count + 1, sizeof(CURL *));
	k->targets = targets;
	k->count = k->left = count;
	for (i = 0; i < count && k->transfers != NULL; i++) {
		targets[i].open = false;
		k->transfers[i] = transfer_new(k, targets[i].address, timeout_ms);
		if (k->transfers[i] == NULL)
			break;
	}
	if (k->transfers != NULL && i == count)
		return k;
	transfers_free(k);
	free(k);
	return NULL;
}

int
knock(struct loop *l, struct knock_target *targets, size_t count, uint32_t timeout_ms, knock_fn *fn,
      void *arg, struct err *e)
{
	struct knock *k;
	size_t i;

	if (loop_check(l, e) != 0)
		return e->code;
	k = knock_new(targets, count, timeout_ms);
	if (k == NULL)
		return err_memory(e, "connecting");
	k->fn = fn;
	k->arg = arg;
	k->multi.ended = ended;
	k->multi.closed = multi_closed;
	if (http_multi_open(&k->multi, l, (unsigned)count + 1, e) != 0) {
		transfers_free(k);
		free(k);
		return e->code;
	}
	(void)uv_timer_init(&l->uv, &k->timer); /* cannot fail */
	uv_update_time(&l->uv);
	for (i = 0; i < count; i++)
		if (curl_multi_add_handle(k->multi.curl, k->transfers[i]) != CURLM_OK)
			k->multi.broken = true;
	(void)uv_timer_start(&k->timer, on_time, count == 0 || k->multi.broken ? 0 : timeout_ms, 0);
	pending_add(l, &k->pending, on_stop);
	return 0;
}
