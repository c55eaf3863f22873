/* t_http_many.c - many requests: connections, and a loop that is stopped under them */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/loop/fanout.h"
#include "http_fixture.h"

static const struct http_request stall = { .method = "GET", .path = "/stall", .body_max = 100 };
static const struct http_request json = { .method = "GET", .path = "/json", .body_max = 100 };
static const struct http_request who = { .method = "GET", .path = "/who", .body_max = 100 };

/* ---- connections ---- */

/* The connections that were used, each known by the client's port, which /who answers. */
struct used {
	char   port[64][8];
	size_t n;
};

static void
note(struct used *u, const char *port)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (strcmp(u->port[i], port) == 0)
			return;
	assert_true(u->n < LENGTH(u->port));
	(void)snprintf(u->port[u->n++], sizeof u->port[0], "%s", port);
}

static void
a_connection_is_used_again(void **state)
{
	struct used used = { 0 };
	struct visit v;
	struct outcome o;
	int i;

	visit_begin(&v, *state, NULL);
	for (i = 0; i < 20; i++) {
		visit_get(&v, "/who", &o);
		assert_int_equal(o.rc, 0);
		note(&used, o.body);
	}
	visit_end(&v);
	assert_int_equal(used.n, 1);
}

static void
a_connection_that_the_server_closed_meanwhile_is_replaced(void **state)
{
	struct visit v;
	struct outcome o;
	int i;

	visit_begin(&v, *state, NULL);
	for (i = 0; i < 20; i++) {
		visit_get(&v, "/close-after", &o);
		assert_int_equal(o.rc, 0);
		assert_int_equal(o.status, 200);
	}
	visit_end(&v);
}

struct crowd {
	struct fanout fanout;
	struct http  *http;
	struct used   used;
	size_t        answered;
	int           rc;
	bool          done;
};

static void
one_of_many(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct crowd *c = arg;

	if (rc == 0 && answer->status == 200) {
		c->answered++;
		note(&c->used, answer->body);
	}
	fanout_end(&c->fanout, rc, e);
}

static int
start_one(struct fanout *f, size_t i, struct err *e)
{
	struct crowd *c = container_of(f, struct crowd, fanout);

	(void)i;
	return http_start(c->http, &who, one_of_many, c, e);
}

static void
all_done(struct fanout *f, int rc, const struct err *e)
{
	struct crowd *c = container_of(f, struct crowd, fanout);

	(void)e;
	c->rc = rc;
	c->done = true;
}

static void
two_hundred_requests_need_eight_connections(void **state)
{
	struct crowd c = { .fanout = { .count = 200, .width = 8, .start = start_one,
		                           .done = all_done } };
	struct visit v;

	visit_begin(&v, *state, NULL);
	c.http = v.http;
	fanout_run(&c.fanout);
	visit_run(&v);
	visit_end(&v);
	assert_true(c.done);
	assert_int_equal(c.rc, 0);
	assert_int_equal(c.answered, 200);
	assert_in_range(c.used.n, 1, 8);
}

static void
connections_are_bounded_whoever_asks(void **state)
{
	struct used used = { 0 };
	struct outcome o[40];
	struct visit v;
	size_t i;

	visit_begin(&v, *state, &(struct http_options){ .connections_max = 3 });
	for (i = 0; i < LENGTH(o); i++)
		visit_start(&v, &who, &o[i]);
	visit_run(&v);
	visit_end(&v);
	for (i = 0; i < LENGTH(o); i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].status, 200);
		note(&used, o[i].body);
	}
	assert_in_range(used.n, 1, 3);
}

/* ---- a loop that is stopped ---- */

struct stopper {
	struct outcome outcome;
	struct loop   *loop;
	int            code;
};

static void
stop_the_loop(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct stopper *s = arg;

	visit_done(&s->outcome, rc, answer, e);
	loop_stop(s->loop, s->code);
	assert_int_equal(s->outcome.calls, 1); /* not a second time by the stop */
}

static void
assert_all_stopped(const struct outcome *o, size_t n, int code)
{
	size_t i;

	for (i = 0; i < n; i++) {
		assert_int_equal(o[i].calls, 1);
		assert_int_equal(o[i].rc, code);
		assert_int_equal(o[i].err.code, code);
	}
}

static void
a_stop_ends_fifty_requests_in_flight_from_inside_a_callback(void **state)
{
	struct outcome o[50];
	struct stopper s = { .code = ERR_CANCELLED };
	struct visit v;
	struct err e = { 0 };
	size_t i;

	visit_begin(&v, *state, &(struct http_options){ .connections_max = 60 });
	s.loop = &v.loop;
	for (i = 0; i < LENGTH(o); i++)
		visit_start(&v, &stall, &o[i]);
	assert_int_equal(http_start(v.http, &json, stop_the_loop, &s, &e), 0);
	visit_run(&v);
	assert_int_equal(s.outcome.rc, 0);
	assert_all_stopped(o, LENGTH(o), ERR_CANCELLED);
	assert_int_equal(http_start(v.http, &json, stop_the_loop, &s, &e), ERR_CANCELLED);
	visit_end(&v);
	assert_int_equal(s.outcome.calls, 1);
}

static void
a_stop_ends_requests_that_wait_for_a_connection(void **state)
{
	struct outcome o[50];
	struct visit v;
	size_t i;

	visit_begin(&v, *state, &(struct http_options){ .connections_max = 2 });
	for (i = 0; i < LENGTH(o); i++)
		visit_start(&v, &stall, &o[i]);
	v.loop.deadline_ms = machine_ms(NULL) + 60000;
	(void)uv_run(&v.loop.uv, UV_RUN_NOWAIT); /* some are connecting now */
	loop_stop(&v.loop, ERR_DEADLINE);
	assert_all_stopped(o, LENGTH(o), ERR_DEADLINE);
	visit_run(&v);
	visit_end(&v);
}

static void
a_stop_before_the_loop_ran_ends_what_was_started(void **state)
{
	struct outcome o[5];
	struct visit v;
	size_t i;

	visit_begin(&v, *state, NULL);
	for (i = 0; i < LENGTH(o); i++)
		visit_start(&v, &json, &o[i]);
	loop_stop(&v.loop, ERR_CANCELLED);
	assert_all_stopped(o, LENGTH(o), ERR_CANCELLED);
	visit_end(&v); /* without a run */
}

/* Answers that came in together: the first callback's stop must reach those behind it once. */
static void
a_stop_meets_answers_that_have_come_already(void **state)
{
	struct outcome o[30];
	struct stopper s = { .code = ERR_CANCELLED };
	struct visit v;
	struct err e = { 0 };
	size_t i;

	visit_begin(&v, *state, &(struct http_options){ .connections_max = 40 });
	s.loop = &v.loop;
	for (i = 0; i < LENGTH(o); i++) {
		if (i == LENGTH(o) / 2)
			assert_int_equal(http_start(v.http, &json, stop_the_loop, &s, &e), 0);
		visit_start(&v, &json, &o[i]);
	}
	visit_run(&v);
	visit_end(&v);
	for (i = 0; i < LENGTH(o); i++) {
		assert_int_equal(o[i].calls, 1);
		assert_true(o[i].rc == 0 || o[i].rc == ERR_CANCELLED);
	}
}

struct chain {
	struct http *http;
	struct used  used;
	int          left, answered;
};

static void
ask_again(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct chain *c = arg;
	struct err own = { 0 };

	(void)e;
	if (rc == 0) {
		c->answered++;
		note(&c->used, answer->body);
	}
	if (c->left-- > 0)
		assert_int_equal(http_start(c->http, &who, ask_again, c, &own), 0);
}

static void
a_request_may_be_started_from_a_callback(void **state)
{
	struct chain c = { .left = 30 };
	struct visit v;
	struct err e = { 0 };

	visit_begin(&v, *state, NULL);
	c.http = v.http;
	assert_int_equal(http_start(v.http, &who, ask_again, &c, &e), 0);
	visit_run(&v);
	visit_end(&v);
	assert_int_equal(c.answered, 31);
	assert_int_equal(c.used.n, 1);
}

struct busy {
	struct visit  *visit;
	struct outcome first, second;
	bool           seen; /* by the server, before the callback had ended */
};

static void
start_and_be_busy(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct busy *b = arg;
	uint64_t until = machine_ms(NULL) + 10000;

	visit_done(&b->first, rc, answer, e);
	visit_start(b->visit, &json, &b->second);
	while (!b->seen && machine_ms(NULL) < until)
		b->seen = strstr(web_seen(b->visit->web), "GET /json ") != NULL;
	assert_int_equal(b->second.calls, 0); /* its answer is for the loop */
}

static void
what_a_callback_starts_is_sent_while_it_goes_on(void **state)
{
	struct visit v;
	struct busy b = { .visit = &v };
	struct err e = { 0 };

	visit_begin(&v, *state, NULL);
	(void)web_seen(v.web); /* the tests before */
	assert_int_equal(http_start(v.http, &who, start_and_be_busy, &b, &e), 0);
	visit_run(&v);
	visit_end(&v);
	assert_true(b.seen);
	assert_int_equal(b.second.calls, 1);
	assert_int_equal(b.second.status, 200);
}

static void
a_client_that_was_never_used_is_closed(void **state)
{
	struct visit v;

	visit_begin(&v, *state, NULL);
	visit_end(&v);
	http_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_used_again),
		cmocka_unit_test(a_connection_that_the_server_closed_meanwhile_is_replaced),
		cmocka_unit_test(two_hundred_requests_need_eight_connections),
		cmocka_unit_test(connections_are_bounded_whoever_asks),
		cmocka_unit_test(a_stop_ends_fifty_requests_in_flight_from_inside_a_callback),
		cmocka_unit_test(a_stop_ends_requests_that_wait_for_a_connection),
		cmocka_unit_test(a_stop_before_the_loop_ran_ends_what_was_started),
		cmocka_unit_test(a_stop_meets_answers_that_have_come_already),
		cmocka_unit_test(a_request_may_be_started_from_a_callback),
		cmocka_unit_test(what_a_callback_starts_is_sent_while_it_goes_on),
		cmocka_unit_test(a_client_that_was_never_used_is_closed),
	};

	return cmocka_run_group_tests(tests, web_start, web_stop);
}
