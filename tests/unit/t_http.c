/* t_http.c - requests and answers, good and bad */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "http_fixture.h"

static void
assert_fails(struct web *w, const char *path, int code, const char *words)
{
	struct outcome o;

	get_once(w, NULL, path, &o);
	if (o.rc != code || strstr(o.err.text, words) == NULL)
		print_error("%s: %s: %s\n", path, err_name(o.rc), o.err.text);
	assert_int_equal(o.rc, code);
	assert_int_equal(o.err.code, code);
	assert_non_null(strstr(o.err.text, words));
	assert_non_null(strstr(o.err.text, path)); /* it says what was asked for */
}

/* ---- answers ---- */

static void
an_answer_has_its_status_body_and_type(void **state)
{
	struct outcome o;

	get_once(*state, NULL, "/json", &o);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.status, 200);
	assert_string_equal(o.body, "{\"ok\":true}");
	assert_int_equal(o.len, 11);
	assert_string_equal(o.content_type, "application/json");
	assert_string_equal(o.date, "");
	assert_int_equal(o.retry_after_s, 0);
	assert_int_equal(o.meant.code, 0);
}

static void
headers_are_found_whatever_their_case_and_empty_where_absent(void **state)
{
	struct outcome o;

	get_once(*state, NULL, "/fields", &o);
	assert_string_equal(o.date, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_string_equal(o.etag, "\"abc\"");
	get_once(*state, NULL, "/nothing-to-say", &o);
	assert_int_equal(o.status, 204);
	assert_int_equal(o.len, 0);
	assert_string_equal(o.content_type, "");
	assert_string_equal(o.etag, "");
}

static void
every_status_is_an_answer_and_has_a_meaning(void **state)
{
	static const struct {
		const char *path;
		int status, code;
	} cases[] = {
		{ "/status/201", 201, 0 },
		{ "/status/400", 400, ERR_FAILED },
		{ "/status/401", 401, ERR_DENIED },
		{ "/status/403", 403, ERR_DENIED },
		{ "/status/404", 404, ERR_MISSING },
		{ "/status/408", 408, ERR_AGAIN },
		{ "/status/409", 409, ERR_EXISTS },
		{ "/status/410", 410, ERR_MISSING },
		{ "/status/422", 422, ERR_FAILED },
		{ "/status/429", 429, ERR_AGAIN },
		{ "/status/500", 500, ERR_AGAIN },
		{ "/status/501", 501, ERR_UNSUPPORTED },
		{ "/status/503", 503, ERR_AGAIN },
	};
	struct outcome o;
	struct visit v;
	char number[8];
	size_t i;

	visit_begin(&v, *state, NULL);
	for (i = 0; i < LENGTH(cases); i++) {
		visit_get(&v, cases[i].path, &o);
		assert_int_equal(o.rc, 0);
		assert_int_equal(o.status, cases[i].status);
		assert_int_equal(o.meant.code, cases[i].code);
		assert_non_null(strstr(o.body, "secret-of-the-server")); /* the caller may look */
		assert_null(strstr(o.meant.text, "secret-of-the-server"));
		(void)snprintf(number, sizeof number, "%d", cases[i].status);
		assert_true(cases[i].code == 0 || strstr(o.meant.text, number) != NULL);
	}
	visit_end(&v);
}

static void
a_date_is_read_as_http_writes_it(void **state)
{
	(void)state;
	assert_int_equal(http_date_s("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(http_date_s(""), -1);
	assert_int_equal(http_date_s("yesterday"), -1);
}

static void
a_busy_server_says_when_to_come_back(void **state)
{
	struct outcome o;

	get_once(*state, NULL, "/busy", &o);
	assert_int_equal(o.status, 503);
	assert_int_equal(o.retry_after_s, 7);
	assert_int_equal(o.meant.code, ERR_AGAIN);
	assert_non_null(strstr(o.meant.text, "7 s"));
	get_once(*state, NULL, "/busy-until", &o);
	assert_in_range(o.retry_after_s, 30, 61); /* 60; whole seconds, of two clocks that may differ by a tick */
	get_once(*state, NULL, "/busy-for-ever", &o);
	assert_in_range(o.retry_after_s, 0, 3600);
}

static void
chunks_are_put_together(void **state)
{
	struct outcome o;

	get_once(*state, NULL, "/chunked", &o);
	assert_int_equal(o.rc, 0);
	assert_string_equal(o.body, "{\"ok\":true}");
}

static int
ask_typed(struct web *w, const char *path, const char *wanted, struct outcome *o)
{
	struct visit v;

	visit_begin(&v, w, NULL);
	visit_start(&v, &(struct http_request){ .method = "GET", .path = path, .body_max = 8192,
	                                        .wanted_type = wanted }, o);
	visit_run(&v);
	visit_end(&v);
	return o->rc;
}

static void
a_web_page_is_no_answer_where_json_was_asked_for(void **state)
{
	struct outcome o;

	assert_int_equal(ask_typed(*state, "/html", "application/json", &o), ERR_CORRUPT);
	assert_non_null(strstr(o.err.text, "text/html"));
	assert_int_equal(ask_typed(*state, "/untyped", "application/json", &o), ERR_CORRUPT);
	assert_int_equal(ask_typed(*state, "/json", "application/json", &o), 0);
	assert_int_equal(ask_typed(*state, "/vendor", "application/json", &o), 0);
	assert_int_equal(ask_typed(*state, "/vendor", "application/xml", &o), ERR_CORRUPT);
	assert_int_equal(ask_typed(*state, "/html", "text/html", &o), 0);
	assert_int_equal(ask_typed(*state, "/html", NULL, &o), 0);
	assert_int_equal(ask_typed(*state, "/nothing-to-say", "application/json", &o), 0);
	assert_int_equal(ask_typed(*state, "/status/500", "text/html", &o), 0); /* its status counts */
	assert_int_equal(o.status, 500);
}

/* ---- answers that are none ---- */

static void
what_is_cut_off_reset_or_closed_may_pass(void **state)
{
	assert_fails(*state, "/truncated", ERR_AGAIN, "cut off");
	assert_fails(*state, "/cut-chunk", ERR_AGAIN, "cut off");
	assert_fails(*state, "/reset", ERR_AGAIN, "reset");
	assert_fails(*state, "/reset-body", ERR_AGAIN, "reset");
	assert_fails(*state, "/close", ERR_AGAIN, "closed");
	assert_fails(*state, "/bad-chunk", ERR_AGAIN, "chunk");
}

static void
what_is_not_http_is_corrupt(void **state)
{
	assert_fails(*state, "/garbage", ERR_CORRUPT, "speaks no HTTP");
	assert_fails(*state, "/garbage-status", ERR_CORRUPT, "speaks no HTTP");
}

static void
a_port_where_nobody_listens_may_pass(void **state)
{
	struct web *w = *state;
	struct outcome o;
	char url[100];

	web_url(url, sizeof url, "http", w->closed);
	get_once(w, &(struct http_options){ .url = url }, "/json", &o);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, url));
	assert_non_null(strstr(o.err.text, "is the server up?"));
}

static long
peak_kib(void)
{
	struct rusage u;

	assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
	return u.ru_maxrss;
}

static void
an_answer_over_its_cap_ends_at_once_in_bounded_memory(void **state)
{
	long before = peak_kib();

	assert_fails(*state, "/huge", ERR_CORRUPT, "larger than 8192 bytes");
	assert_fails(*state, "/endless", ERR_CORRUPT, "larger than 8192 bytes");
	assert_fails(*state, "/endless-fields", ERR_CORRUPT, "headers");
	assert_fails(*state, "/endless-100", ERR_CORRUPT, "headers");
	assert_in_range(peak_kib() - before, 0, 32 * 1024);
}

static void
a_cap_is_kept_to_the_byte(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, NULL);
	visit_start(&v, &(struct http_request){ .method = "GET", .path = "/sized/4096",
	                                        .body_max = 4096 }, &o);
	visit_run(&v);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.len, 4096);
	visit_start(&v, &(struct http_request){ .method = "GET", .path = "/sized/4097",
	                                        .body_max = 4096 }, &o);
	visit_run(&v);
	assert_int_equal(o.rc, ERR_CORRUPT);
	visit_end(&v);
}

/* ---- requests ---- */

static void
a_request_is_sent_as_it_was_given(void **state)
{
	const struct http_field fields[] = { { "X-One", "1 and more" }, { "X-Empty", "" } };
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, NULL);
	visit_start(&v, &(struct http_request){
		.method = "PUT", .path = "/echo/a%2Fb/../c?q=1&r=%20", .fields = fields,
		.field_count = LENGTH(fields), .body = "{\"a\":1}", .body_len = 7,
		.content_type = "application/json", .body_max = 8192 }, &o);
	visit_run(&v);
	assert_int_equal(o.rc, 0);
	assert_memory_equal(o.body, "PUT /echo/a%2Fb/../c?q=1&r=%20 HTTP/1.1\r\n", 41);
	assert_non_null(strstr(o.body, "\r\nX-One: 1 and more\r\n"));
	assert_non_null(strstr(o.body, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(o.body, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(o.body, "\r\nContent-Length: 7\r\n"));
	assert_non_null(strstr(o.body, "\r\n\r\n{\"a\":1}"));
	assert_null(strstr(o.body, "Authorization"));
	visit_end(&v);
}

static void
a_post_without_a_body_says_so_and_a_get_has_none(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, NULL);
	visit_start(&v, &(struct http_request){ .method = "POST", .path = "/echo",
	                                        .body_max = 8192 }, &o);
	visit_run(&v);
	assert_memory_equal(o.body, "POST ", 5);
	assert_non_null(strstr(o.body, "\r\nContent-Length: 0\r\n"));
	assert_null(strstr(o.body, "Content-Type"));
	visit_start(&v, &(struct http_request){ .method = "DELETE", .path = "/echo",
	                                        .body_max = 8192 }, &o);
	visit_run(&v);
	assert_memory_equal(o.body, "DELETE ", 7);
	assert_null(strstr(o.body, "Content-Length"));
	visit_end(&v);
}

static void
a_head_tells_of_a_large_object_without_reading_it(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, NULL);
	visit_start(&v, &(struct http_request){ .method = "HEAD", .path = "/json", .body_max = 1 }, &o);
	visit_run(&v);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.status, 200);
	assert_int_equal(o.len, 0);
	visit_end(&v);
}

static void
a_large_body_waits_for_100_continue_and_arrives_whole(void **state)
{
	enum { SIZE = 3 << 20 };
	char *body = test_malloc(SIZE);
	struct visit v;
	struct outcome o;

	memset(body, 'x', SIZE);
	visit_begin(&v, *state, NULL);
	(void)web_seen(*state);
	visit_start(&v, &(struct http_request){ .method = "PUT", .path = "/echo", .body = body,
	                                        .body_len = SIZE, .body_max = SIZE + 8192 }, &o);
	visit_run(&v);
	assert_int_equal(o.rc, 0);
	assert_true(o.len > SIZE);
	assert_non_null(strstr(web_seen(*state), "Expect: 100-continue"));
	visit_end(&v);
	test_free(body);
}

static void
a_request_that_could_break_a_line_or_leave_the_server_is_not_sent(void **state)
{
	const struct http_field bad[] = { { "X", "a\r\nY: b" }, { "X Y", "a" }, { "", "a" } };
	static const char *const paths[] = { "", "json", "@elsewhere/", "/a b", "/a\r\nX: y", "/a#b" };
	struct visit v;
	struct err e = { 0 };
	struct http_request r = { .method = "GET", .path = "/json", .body_max = 10 };
	size_t i;

	visit_begin(&v, *state, NULL);
	r.field_count = 1;
	for (i = 0; i < LENGTH(bad); i++) {
		r.fields = &bad[i];
		assert_int_equal(http_start(v.http, &r, visit_done, NULL, &e), ERR_FAILED);
	}
	r.field_count = 0;
	for (i = 0; i < LENGTH(paths); i++) {
		r.path = paths[i];
		assert_int_equal(http_start(v.http, &r, visit_done, NULL, &e), ERR_FAILED);
	}
	r = (struct http_request){ .method = "GET", .path = "/json" }; /* no cap */
	assert_int_equal(http_start(v.http, &r, visit_done, NULL, &e), ERR_FAILED);
	r = (struct http_request){ .method = "GET /x", .path = "/json", .body_max = 1 };
	assert_int_equal(http_start(v.http, &r, visit_done, NULL, &e), ERR_FAILED);
	visit_run(&v);
	visit_end(&v);
}

static void
a_path_in_the_base_url_stands_before_every_path(void **state)
{
	struct web *w = *state;
	struct outcome o;
	char url[100];

	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u/echo/under//", w->plain);
	get_once(w, &(struct http_options){ .url = url }, "/subjects", &o);
	assert_memory_equal(o.body, "GET /echo/under/subjects HTTP/1.1\r\n", 35);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_its_status_body_and_type),
		cmocka_unit_test(headers_are_found_whatever_their_case_and_empty_where_absent),
		cmocka_unit_test(every_status_is_an_answer_and_has_a_meaning),
		cmocka_unit_test(a_date_is_read_as_http_writes_it),
		cmocka_unit_test(a_busy_server_says_when_to_come_back),
		cmocka_unit_test(chunks_are_put_together),
		cmocka_unit_test(a_web_page_is_no_answer_where_json_was_asked_for),
		cmocka_unit_test(what_is_cut_off_reset_or_closed_may_pass),
		cmocka_unit_test(what_is_not_http_is_corrupt),
		cmocka_unit_test(a_port_where_nobody_listens_may_pass),
		cmocka_unit_test(an_answer_over_its_cap_ends_at_once_in_bounded_memory),
		cmocka_unit_test(a_cap_is_kept_to_the_byte),
		cmocka_unit_test(a_request_is_sent_as_it_was_given),
		cmocka_unit_test(a_post_without_a_body_says_so_and_a_get_has_none),
		cmocka_unit_test(a_head_tells_of_a_large_object_without_reading_it),
		cmocka_unit_test(a_large_body_waits_for_100_continue_and_arrives_whole),
		cmocka_unit_test(a_request_that_could_break_a_line_or_leave_the_server_is_not_sent),
		cmocka_unit_test(a_path_in_the_base_url_stands_before_every_path),
	};

	return cmocka_run_group_tests(tests, web_start, web_stop);
}
