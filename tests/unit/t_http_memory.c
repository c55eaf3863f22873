/* t_http_memory.c - every allocation that a visit needs fails once, ours and libcurl's */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "core/base/cleanup.h"
#include "http_fixture.h"

/* Which allocation fails, counted from 1; 0: none.  One thread at a time allocates. */
struct shortage {
	unsigned long count, fails;
};

static struct shortage shortage;

static bool
is_short(void)
{
	return ++shortage.count == shortage.fails;
}

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);

void *
__wrap_calloc(size_t n, size_t size)
{
	return is_short() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return is_short() ? NULL : __real_realloc(p, size);
}

char *
__wrap_strdup(const char *text)
{
	return is_short() ? NULL : __real_strdup(text);
}

static void *
curl_malloc(size_t size)
{
	return is_short() ? NULL : malloc(size);
}

/* A client, two requests to a slow_ms that never comes, and its end: 0, or where it failed. */
static int
visit_once(struct loop *l, const char *url, const struct secret *password, struct outcome *o)
{
	const struct http_options options = { .url = url, .user = "alice", .password = password };
	const struct http_field field = { "X-One", "1" };
	const struct http_request r = { .method = "PUT", .path = "/echo", .fields = &field,
		                        .field_count = 1, .body = "{}", .body_len = 2,
		                        .content_type = "application/json", .body_max = 8192 };
	struct http *h;
	struct err e = { 0 };
	int rc;

	*o = (struct outcome){ 0 };
	rc = http_open(l, &options, &h, &e);
	if (rc != 0)
		return rc;
	rc = http_start(h, &r, visit_done, o, &e);
	if (rc == 0) {
		loop_run(l);
		assert_int_equal(o->calls, 1);
		rc = o->rc;
	}
	http_close(h);
	return rc;
}

static void
whatever_memory_is_missing_the_visit_ends_and_leaves_nothing(void **state)
{
	struct web *w = *state;
	struct secret *password = secret_new("hunter1", 7);
	struct outcome o;
	struct loop loop;
	struct err e = { 0 };
	unsigned long fails;
	char url[100];
	int rc = -1;

	web_url(url, sizeof url, "http", w->plain);
	for (fails = 1; shortage.count >= shortage.fails; fails++) {
		loop = (struct loop){ .now_ms = machine_ms };
		assert_int_equal(loop_init(&loop, &e), 0);
		shortage = (struct shortage){ .fails = fails };
		rc = visit_once(&loop, url, password, &o);
		if (rc != 0 && rc != ERR_FAILED && rc != ERR_AGAIN)
			print_error("allocation %lu: %s: %s\n", fails, err_name(rc), o.err.text);
		assert_true(rc == 0 || rc == ERR_FAILED || rc == ERR_AGAIN);
		assert_true(loop_release(&loop));
	}
	assert_int_equal(rc, 0); /* the last one missed nothing */
	assert_int_equal(o.status, 200);
	assert_true(fails > 50);
	secret_free(password);
}

static int
web_start_with_curl(void **state)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, curl_malloc, free, __wrap_realloc,
	                         __wrap_strdup, __wrap_calloc) != CURLE_OK)
		return -1;
	return web_start(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_memory_is_missing_the_visit_ends_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, web_start_with_curl, web_stop);
}
