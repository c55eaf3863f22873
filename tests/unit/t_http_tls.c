/* t_http_tls.c - who the server is, who we are, and that nobody else learns it */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "http_fixture.h"

/* The options for a TLS server of the fixture: its CA, by the files' paths. */
struct setting {
	struct http_options options;
	char url[100], ca[100], certificate[100], key[100];
};

static void
set_tls(struct setting *s, const struct web *w, unsigned port)
{
	*s = (struct setting){ 0 };
	web_url(s->url, sizeof s->url, "https", port);
	(void)snprintf(s->ca, sizeof s->ca, "%s/ca.pem", w->folder);
	s->options.url = s->url;
	s->options.ca_file = s->ca;
}

static void
set_client(struct setting *s, const struct web *w, const char *certificate, const char *key)
{
	(void)snprintf(s->certificate, sizeof s->certificate, "%s/%s", w->folder, certificate);
	(void)snprintf(s->key, sizeof s->key, "%s/%s", w->folder, key);
	s->options.certificate_file = s->certificate;
	s->options.key_file = s->key;
}

static void
assert_refused(struct web *w, const struct setting *s, int code, const char *words)
{
	struct outcome o;

	get_once(w, &s->options, "/json", &o);
	if (o.rc != code || strstr(o.err.text, words) == NULL)
		print_error("%s: %s\n", err_name(o.rc), o.err.text);
	assert_int_equal(o.rc, code);
	assert_non_null(strstr(o.err.text, words));
	assert_non_null(strstr(o.err.text, s->url));
}

/* ---- the server's certificate ---- */

static void
a_server_of_the_given_authority_is_accepted(void **state)
{
	struct web *w = *state;
	struct setting s;
	struct outcome o;

	set_tls(&s, w, w->tls);
	get_once(w, &s.options, "/json", &o);
	assert_int_equal(o.rc, 0);
	assert_string_equal(o.body, "{\"ok\":true}");
}

static void
a_server_of_an_unknown_authority_is_refused(void **state)
{
	struct web *w = *state;
	struct setting s;

	set_tls(&s, w, w->tls);
	s.options.ca_file = NULL; /* the system's */
	(void)web_seen(w);
	assert_refused(w, &s, ERR_CONFIG, "give the CA file");
	(void)snprintf(s.ca, sizeof s.ca, "%s/stranger.pem", w->folder);
	s.options.ca_file = s.ca;
	assert_refused(w, &s, ERR_CONFIG, "give the CA file");
	assert_non_null(strstr(web_seen(w), "\"requests\": []"));
}

static void
a_server_with_another_name_is_refused(void **state)
{
	struct web *w = *state;
	struct setting s;

	set_tls(&s, w, w->wrong);
	(void)web_seen(w);
	assert_refused(w, &s, ERR_CONFIG, "the host name that is in it");
	assert_non_null(strstr(web_seen(w), "\"requests\": []"));
}

static void
a_server_whose_certificate_has_expired_is_refused(void **state)
{
	struct web *w = *state;
	struct setting s;

	set_tls(&s, w, w->expired);
	(void)web_seen(w);
	assert_refused(w, &s, ERR_CONFIG, "have the server's certificate renewed");
	assert_non_null(strstr(web_seen(w), "\"requests\": []"));
}

static void
tls_before_1_2_is_refused(void **state)
{
	struct web *w = *state;
	struct setting s;

	set_tls(&s, w, w->old);
	assert_refused(w, &s, ERR_CONFIG, "TLS 1.2 or later");
}

static void
a_ca_file_that_is_missing_or_none_is_a_mistake_of_the_configuration(void **state)
{
	struct web *w = *state;
	struct setting s;

	set_tls(&s, w, w->tls);
	s.options.ca_file = "/nonexistent/ca.pem";
	assert_refused(w, &s, ERR_CONFIG, "the CA file must be readable");
	s.options.ca_file = "/dev/null";
	assert_refused(w, &s, ERR_CONFIG, "");
}

static void
tls_and_plain_text_mixed_up_say_so(void **state)
{
	struct web *w = *state;
	struct setting s;
	struct outcome o;
	char url[100];

	set_tls(&s, w, w->plain);
	assert_refused(w, &s, ERR_CONFIG, "does the server speak TLS");
	web_url(url, sizeof url, "http", w->tls);
	get_once(w, &(struct http_options){ .url = url }, "/json", &o);
	assert_int_equal(o.rc, ERR_AGAIN); /* all that is seen is a connection that ends */
	assert_non_null(strstr(o.err.text, "want https?"));
}

/* ---- our certificate ---- */

static void
a_server_that_wants_a_certificate_gets_it(void **state)
{
	struct web *w = *state;
	struct setting s;
	struct outcome o;

	set_tls(&s, w, w->mutual);
	set_client(&s, w, "client.pem", "client.key");
	get_once(w, &s.options, "/json", &o);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.status, 200);
}

static void
a_server_that_misses_our_certificate_is_a_mistake_of_the_configuration(void **state)
{
	struct web *w = *state;
	struct setting s;

	set_tls(&s, w, w->mutual);
	assert_refused(w, &s, ERR_CONFIG, "client certificate");
	set_client(&s, w, "stranger.pem", "stranger.key");
	assert_refused(w, &s, ERR_CONFIG, "client certificate");
	set_client(&s, w, "client.pem", "stranger.key");
	assert_refused(w, &s, ERR_CONFIG, "belong together");
	set_client(&s, w, "missing.pem", "missing.key");
	assert_refused(w, &s, ERR_CONFIG, "belong together");
}

static void
a_locked_key_is_opened_by_its_password_and_never_asked_for(void **state)
{
	struct web *w = *state;
	struct secret *password = secret_new("opensesame", 10);
	struct setting s;
	struct outcome o;

	set_tls(&s, w, w->mutual);
	set_client(&s, w, "client.pem", "client-locked.key");
	assert_refused(w, &s, ERR_CONFIG, "belong together"); /* at once: no terminal is asked */
	s.options.key_password = password;
	get_once(w, &s.options, "/json", &o);
	assert_int_equal(o.rc, 0);
	secret_free(password);
}

/* ---- user, password, token ---- */

static void
a_user_and_a_token_are_sent_as_headers_from_the_first_request_on(void **state)
{
	struct secret *password = secret_new("pass word:\xc3\xa4", 12);
	struct secret *token = secret_new("abc.DEF-123", 11);
	struct outcome o;

	get_once(*state, &(struct http_options){ .user = "alice", .password = password }, "/echo", &o);
	assert_non_null(strstr(o.body, "\r\nAuthorization: Basic YWxpY2U6cGFzcyB3b3JkOsOk\r\n"));
	get_once(*state, &(struct http_options){ .token = token }, "/echo", &o);
	assert_non_null(strstr(o.body, "\r\nAuthorization: Bearer abc.DEF-123\r\n"));
	secret_free(password);
	secret_free(token);
}

static void
a_redirect_is_not_followed_and_takes_no_secret_along(void **state)
{
	struct web *w = *state;
	struct secret *password = secret_new("hunter1", 7);
	const struct http_options options = { .user = "alice", .password = password };
	struct outcome o;
	char other[64];

	(void)web_seen(w);
	get_once(w, &options, "/redirect", &o);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.status, 307);
	assert_int_equal(o.meant.code, ERR_CONFIG);
	(void)snprintf(other, sizeof other, "points to http://127.0.0.1:%u, ", w->other);
	assert_non_null(strstr(o.meant.text, other));
	assert_null(strstr(o.meant.text, "hunter"));
	get_once(w, &options, "/redirect-path", &o);
	assert_int_equal(o.status, 301);
	assert_int_equal(o.meant.code, ERR_CONFIG);
	assert_non_null(strstr(o.meant.text, "another path"));
	assert_null(strstr(o.meant.text, "hunter"));
	assert_non_null(strstr(web_seen(w), "{\"other\": 0,"));
	secret_free(password);
}

static void
no_error_names_a_secret(void **state)
{
	static const char *const paths[] = {
		"/close?sig=hunter2", "/truncated?sig=hunter2", "/garbage?sig=hunter2",
		"/huge?sig=hunter2", "/stall?sig=hunter2", "/status/401?sig=hunter2", "/reset?sig=hunter2",
	};
	struct web *w = *state;
	struct secret *password = secret_new("hunter1", 7);
	struct visit v;
	struct outcome o;
	size_t i;

	visit_begin(&v, w, &(struct http_options){ .user = "alice", .password = password });
	for (i = 0; i < LENGTH(paths); i++) {
		visit_start(&v, &(struct http_request){ .method = "GET", .path = paths[i],
		                                        .body_max = 8192, .timeout_ms = 500 }, &o);
		visit_run(&v);
		assert_true(o.rc != 0 || o.meant.code != 0);
		assert_null(strstr(o.err.text, "hunter"));
		assert_null(strstr(o.meant.text, "hunter"));
	}
	visit_end(&v);
	secret_free(password);
}

static void
options_that_make_no_sense_are_refused(void **state)
{
	struct secret *secret = secret_new("hunter1", 7), *broken = secret_new("a\r\nX: y", 7);
	struct secret *nul = secret_new("a\0b", 3);
	const struct http_options cases[] = {
		{ .url = NULL },
		{ .url = "" },
		{ .url = "r1:8081" },
		{ .url = "ftp://r1" },
		{ .url = "file:///etc/passwd" },
		{ .url = "http://" },
		{ .url = "http://alice:hunter1@r1" },
		{ .url = "http://r1/?a=hunter1@b" },
		{ .url = "http://r1/#a" },
		{ .url = "http://r1 /" },
		{ .url = "http://r1\\x" },
		{ .url = "http://r1:99999" },
		{ .url = "http://r1", .user = "alice" },
		{ .url = "http://r1", .password = secret },
		{ .url = "http://r1", .user = "a:b", .password = secret },
		{ .url = "http://r1", .user = "alice", .password = secret, .token = secret },
		{ .url = "http://r1", .user = "alice", .password = nul },
		{ .url = "http://r1", .token = broken },
		{ .url = "http://r1", .certificate_file = "/x" },
		{ .url = "http://r1", .key_file = "/x" },
	};
	struct loop loop;
	struct http *h;
	struct err e = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(loop_init(&loop, &e), 0);
	for (i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(http_open(&loop, &cases[i], &h, &e), ERR_CONFIG);
		assert_null(strstr(e.text, "hunter"));
	}
	assert_true(loop_release(&loop));
	secret_free(secret);
	secret_free(broken);
	secret_free(nul);
}

static void
a_proxy_or_password_file_of_the_environment_is_not_used(void **state)
{
	struct web *w = *state;
	struct outcome o;
	char proxy[100], netrc[100];
	FILE *f;

	web_url(proxy, sizeof proxy, "http", w->other);
	(void)snprintf(netrc, sizeof netrc, "%s/.netrc", w->folder);
	f = fopen(netrc, "w");
	assert_non_null(f);
	(void)fprintf(f, "default login thief password hunter2\n");
	assert_int_equal(fclose(f), 0);
	setenv("http_proxy", proxy, 1);
	setenv("ALL_PROXY", proxy, 1);
	setenv("HOME", w->folder, 1);
	(void)web_seen(w);
	get_once(w, NULL, "/echo", &o);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(o.rc, 0);
	assert_null(strstr(o.body, "Authorization"));
	assert_non_null(strstr(web_seen(w), "{\"other\": 0,"));
}

/* ---- a peer that goes away ---- */

static volatile sig_atomic_t pipes_broken;
static int dispositions_set;

/*
 * In place of libc's, for libcurl too: two threads that each ignore SIGPIPE for a while and then
 * put back what they found can leave it ignored in the host for ever.
 */
int __sigaction(int number, const struct sigaction *to, struct sigaction *old); /* libc's own */

__attribute__((visibility("default"))) int
sigaction(int number, const struct sigaction *to, struct sigaction *old)
{
	dispositions_set += number == SIGPIPE;
	return __sigaction(number, to, old);
}

static void
on_broken_pipe(int number)
{
	(void)number;
	pipes_broken++;
}

static void
upload(struct web *w, const struct http_options *options, const char *path, struct outcome *o)
{
	enum { SIZE = 32 << 20 };
	char *body = test_calloc(1, SIZE);
	struct visit v;

	visit_begin(&v, w, options);
	visit_start(&v, &(struct http_request){ .method = "PUT", .path = path, .body = body,
	                                        .body_len = SIZE, .body_max = 8192 }, o);
	visit_run(&v);
	visit_end(&v);
	test_free(body);
}

static void
a_peer_that_closes_in_the_middle_of_an_upload_raises_no_signal_in_the_host(void **state)
{
	struct web *w = *state;
	struct sigaction mine = { .sa_handler = on_broken_pipe }, old, now;
	struct setting s;
	struct outcome o;
	int i;

	assert_int_equal(sigaction(SIGPIPE, &mine, &old), 0);
	dispositions_set = 0;
	set_tls(&s, w, w->tls);
	for (i = 0; i < 5; i++) {
		get_once(w, &s.options, "/json", &o); /* its connection is open when the client ends */
		assert_int_equal(o.rc, 0);
		upload(w, &s.options, "/unread", &o);
		assert_int_equal(o.rc, ERR_AGAIN);
		upload(w, NULL, "/unread", &o);
		assert_int_equal(o.rc, ERR_AGAIN);
	}
	assert_int_equal(pipes_broken, 0);
	assert_int_equal(dispositions_set, 0);
	assert_int_equal(sigaction(SIGPIPE, &old, &now), 0);
	assert_int_equal(dispositions_set, 1); /* so libcurl's would have been counted */
	assert_ptr_equal(now.sa_handler, on_broken_pipe);
}

static void
an_answer_before_the_end_of_an_upload_counts(void **state)
{
	struct outcome o;

	upload(*state, NULL, "/refused-early", &o);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.status, 401);
	assert_int_equal(o.meant.code, ERR_DENIED);
}

/*
 * The answer and the reset are both there when the loop looks: the reset comes first as an error of
 * the socket, and the answer behind it must still be read.
 */
static void
an_answer_in_front_of_a_reset_counts(void **state)
{
	enum { SIZE = 32 << 20 };
	char *body = test_calloc(1, SIZE);
	struct web *w = *state;
	struct visit v;
	struct outcome o;
	const char *seen = "";

	visit_begin(&v, w, NULL);
	visit_start(&v, &(struct http_request){ .method = "PUT", .path = "/refused-reset",
	                                        .body = body, .body_len = SIZE, .body_max = 8192 }, &o);
	while (strstr(seen, "/refused-reset") == NULL && o.calls == 0) {
		(void)uv_run(&v.loop.uv, UV_RUN_NOWAIT);
		seen = web_seen(w);
	}
	while (strstr(seen, "gone") == NULL)
		seen = web_seen(w);
	visit_run(&v);
	visit_end(&v);
	test_free(body);
	assert_int_equal(o.rc, 0);
	assert_int_equal(o.status, 401);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_of_the_given_authority_is_accepted),
		cmocka_unit_test(a_server_of_an_unknown_authority_is_refused),
		cmocka_unit_test(a_server_with_another_name_is_refused),
		cmocka_unit_test(a_server_whose_certificate_has_expired_is_refused),
		cmocka_unit_test(tls_before_1_2_is_refused),
		cmocka_unit_test(a_ca_file_that_is_missing_or_none_is_a_mistake_of_the_configuration),
		cmocka_unit_test(tls_and_plain_text_mixed_up_say_so),
		cmocka_unit_test(a_server_that_wants_a_certificate_gets_it),
		cmocka_unit_test(a_server_that_misses_our_certificate_is_a_mistake_of_the_configuration),
		cmocka_unit_test(a_locked_key_is_opened_by_its_password_and_never_asked_for),
		cmocka_unit_test(a_user_and_a_token_are_sent_as_headers_from_the_first_request_on),
		cmocka_unit_test(a_redirect_is_not_followed_and_takes_no_secret_along),
		cmocka_unit_test(no_error_names_a_secret),
		cmocka_unit_test(options_that_make_no_sense_are_refused),
		cmocka_unit_test(a_proxy_or_password_file_of_the_environment_is_not_used),
		cmocka_unit_test(
		    a_peer_that_closes_in_the_middle_of_an_upload_raises_no_signal_in_the_host),
		cmocka_unit_test(an_answer_before_the_end_of_an_upload_counts),
		cmocka_unit_test(an_answer_in_front_of_a_reset_counts),
	};

	return cmocka_run_group_tests(tests, web_start, web_stop);
}
