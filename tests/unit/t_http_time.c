/* t_http_time.c - servers that take their time, and what must not be waited for */
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "http_fixture.h"

/* ---- what is put in the way: a name server that does not answer, a socket nobody can watch ---- */

struct names {
	int  gate[2]; /* getaddrinfo() returns when it can read, or at the end of the file */
	bool asked, signals_blocked;
};

static struct names names;
static bool cannot_watch;

/* In place of libc's, for libcurl too: the program comes first. */
__attribute__((visibility("default"))) int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
            struct addrinfo **ret)
{
	sigset_t now;
	char c;

	(void)name;
	(void)service;
	(void)hints;
	*ret = NULL;
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	names.signals_blocked = sigismember(&now, SIGPIPE) == 1 && sigismember(&now, SIGTERM) == 1;
	__atomic_store_n(&names.asked, true, __ATOMIC_RELEASE);
	(void)!read(names.gate[0], &c, 1);
	return EAI_AGAIN;
}

int __real_uv_poll_init_socket(uv_loop_t *loop, uv_poll_t *p, uv_os_sock_t fd);
int __wrap_uv_poll_init_socket(uv_loop_t *loop, uv_poll_t *p, uv_os_sock_t fd);

int
__wrap_uv_poll_init_socket(uv_loop_t *loop, uv_poll_t *p, uv_os_sock_t fd)
{
	return cannot_watch ? UV_ENOMEM : __real_uv_poll_init_socket(loop, p, fd);
}

/* ---- time-outs ---- */

static void
get_within(struct visit *v, const char *path, uint32_t timeout_ms, struct outcome *o)
{
	visit_start(v, &(struct http_request){ .method = "GET", .path = path, .body_max = 1 << 20,
	                                       .timeout_ms = timeout_ms }, o);
	visit_run(v);
	assert_int_equal(o->calls, 1);
}

static void
a_server_that_never_answers_is_given_up(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, NULL);
	get_within(&v, "/stall", 1000, &o);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "no answer within 1000 ms"));
	assert_in_range(o.at_ms - o.began_ms, 950, 6000);
	get_within(&v, "/stall-body", 1000, &o);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "a part of the answer within 1000 ms"));
	get_within(&v, "/json", 5000, &o); /* the client is as good as before */
	assert_int_equal(o.rc, 0);
	visit_end(&v);
}

static void
one_byte_at_a_time_is_too_slow(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, &(struct http_options){ .slow_ms = 400 });
	get_within(&v, "/drip", 60000, &o);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "bytes a second"));
	assert_in_range(o.at_ms - o.began_ms, 300, 10000);
	get_within(&v, "/stall-body", 60000, &o);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "bytes a second"));
	visit_end(&v);
}

static void
a_server_that_thinks_before_it_answers_is_not_too_slow(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, &(struct http_options){ .slow_ms = 100 });
	get_within(&v, "/later/600", 60000, &o);
	assert_int_equal(o.rc, 0);
	visit_start(&v, &(struct http_request){ .method = "POST", .path = "/later/600", .body = "{}",
	                                        .body_len = 2, .body_max = 100 }, &o);
	visit_run(&v);
	assert_int_equal(o.rc, 0);
	visit_end(&v);
}

static void
a_server_that_stops_reading_is_too_slow(void **state)
{
	enum { SIZE = 64 << 20 };
	char *body = test_calloc(1, SIZE);
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, &(struct http_options){ .slow_ms = 400 });
	visit_start(&v, &(struct http_request){ .method = "PUT", .path = "/never-read", .body = body,
	                                        .body_len = SIZE, .body_max = 100,
	                                        .timeout_ms = 60000 }, &o);
	visit_run(&v);
	visit_end(&v);
	test_free(body);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "bytes a second"));
	assert_in_range(o.at_ms - o.began_ms, 300, 20000);
}

static void
waiting_for_a_connection_counts_as_time(void **state)
{
	struct visit v;
	struct outcome first, second;

	visit_begin(&v, *state, &(struct http_options){ .connections_max = 1 });
	visit_start(&v, &(struct http_request){ .method = "GET", .path = "/later/2000",
	                                        .body_max = 100 }, &first);
	visit_start(&v, &(struct http_request){ .method = "GET", .path = "/json", .body_max = 100,
	                                        .timeout_ms = 100 }, &second);
	visit_run(&v);
	assert_int_equal(first.rc, 0);
	assert_int_equal(second.rc, ERR_AGAIN);
	assert_non_null(strstr(second.err.text, "no free connection"));
	assert_true(second.at_ms < first.at_ms);
	visit_end(&v);
}

static void
no_request_lives_longer_than_its_operation(void **state)
{
	struct visit v;
	struct outcome o;

	visit_begin(&v, *state, NULL);
	v.loop.deadline_ms = machine_ms(NULL) + 200;
	get_within(&v, "/stall", 60000, &o);
	assert_true(o.at_ms + 10 >= v.loop.deadline_ms);
	assert_int_equal(o.rc, ERR_DEADLINE);
	assert_non_null(strstr(o.err.text, "the deadline has passed"));
	assert_in_range(o.at_ms - o.began_ms, 0, 6000);
	visit_end(&v);
}

/* ---- names ---- */

static void
open_the_gate(int *end)
{
	close(*end);
	*end = -1;
}

static void
a_name_server_that_does_not_answer_holds_nothing_up(void **state)
{
	struct visit v;
	struct outcome o;
	uint64_t ended;

	assert_int_equal(pipe(names.gate), 0);
	visit_begin(&v, *state, &(struct http_options){ .url = "http://slow.example" });
	get_within(&v, "/json", 500, &o);
	visit_end(&v);
	ended = machine_ms(NULL);
	assert_true(__atomic_load_n(&names.asked, __ATOMIC_ACQUIRE));
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "no address for the host's name"));
	assert_in_range(ended - o.began_ms, 450, 6000);
	assert_true(names.signals_blocked); /* on the thread that asks */
	open_the_gate(&names.gate[1]);      /* and from here on it answers, badly, at once */
}

static void
a_name_that_cannot_be_resolved_may_pass(void **state)
{
	struct outcome o;

	get_once(*state, &(struct http_options){ .url = "http://nowhere.example" }, "/json", &o);
	assert_int_equal(o.rc, ERR_AGAIN);
	assert_non_null(strstr(o.err.text, "nowhere.example"));
	assert_non_null(strstr(o.err.text, "is the host's name right?"));
}

/* ---- descriptors ---- */

static void
a_connection_that_cannot_be_watched_fails_soon(void **state)
{
	struct visit v;
	struct outcome o, behind;
	struct err e = { 0 };
	const struct http_request r = { .method = "GET", .path = "/json", .body_max = 100 };

	visit_begin(&v, *state, &(struct http_options){ .connections_max = 1 });
	cannot_watch = true;
	visit_start(&v, &r, &o);
	visit_start(&v, &r, &behind);
	visit_run(&v);
	cannot_watch = false;
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.rc, ERR_FAILED);
	assert_int_equal(behind.calls, 1);
	assert_int_equal(behind.rc, ERR_FAILED);
	assert_in_range(behind.at_ms - behind.began_ms, 0, 5000);
	assert_int_equal(http_start(v.http, &r, visit_done, &o, &e), ERR_FAILED);
	visit_end(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_never_answers_is_given_up),
		cmocka_unit_test(one_byte_at_a_time_is_too_slow),
		cmocka_unit_test(a_server_that_thinks_before_it_answers_is_not_too_slow),
		cmocka_unit_test(a_server_that_stops_reading_is_too_slow),
		cmocka_unit_test(waiting_for_a_connection_counts_as_time),
		cmocka_unit_test(no_request_lives_longer_than_its_operation),
		cmocka_unit_test(a_name_server_that_does_not_answer_holds_nothing_up),
		cmocka_unit_test(a_name_that_cannot_be_resolved_may_pass),
		cmocka_unit_test(a_connection_that_cannot_be_watched_fails_soon),
	};

	return cmocka_run_group_tests(tests, web_start, web_stop);
}
