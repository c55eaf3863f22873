/*
 * t_kq.c - librdkafka against a port where nobody listens, and against one where somebody listens
 * and never answers: what waits ends with the loop, at once and once
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/kafka/client.h"
#include "tests/unit/loop_fixture.h"

/* A socket on a port of its own; with listen() it takes connections, and nobody ever answers them. */
static int
silent_port(bool listening, char address[32])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	if (listening)
		assert_int_equal(listen(fd, 16), 0);
	(void)snprintf(address, 32, "127.0.0.1:%u", ntohs(a.sin_port));
	return fd; /* bound, not listening: connections are refused, and nobody else can take it */
}

struct scene {
	struct loop_fixture fixture;
	struct client *client;
	int            fd;
	char           address[32];
	/* of the calls */
	unsigned   calls;
	int        rc;
	struct err err;
	uint64_t   ended_ms;
};

static void
scene_begin(struct scene *s, bool listening)
{
	struct client_property properties[1] = { { "bootstrap.servers", NULL } };
	struct err e = { 0 };

	memset(s, 0, sizeof *s);
	loop_fixture_begin(&s->fixture);
	s->fd = silent_port(listening, s->address);
	properties[0].value = s->address;
	assert_int_equal(client_open(&s->fixture.loop, properties, 1, &s->client, &e), 0);
}

static void
scene_end(struct scene *s)
{
	client_close(s->client);
	loop_fixture_end(&s->fixture);
	(void)close(s->fd);
}

static void
described(void *arg, int rc, const struct cluster *cluster, const struct err *e)
{
	struct scene *s = arg;

	(void)cluster;
	s->calls++;
	s->rc = rc;
	s->err = *e;
	s->ended_ms = loop_fixture_real_ms();
}

static void
listed(void *arg, int rc, const struct topic_listing *topics, size_t count, const struct err *e)
{
	assert_null(topics);
	assert_int_equal(count, 0);
	described(arg, rc, NULL, e);
}

static void
describe(struct scene *s, uint64_t timeout_ms)
{
	struct err e = { 0 };

	assert_int_equal(client_describe_cluster(s->client, timeout_ms, described, s, &e), 0);
	assert_int_equal(s->calls, 0);
}

/* ---- how requests end ---- */

static void
nobody_listens_is_worth_a_retry_and_says_what_the_client_saw(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s, false);
	describe(&s, 1500);
	loop_run(&s.fixture.loop);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.rc, ERR_AGAIN);
	assert_non_null(strstr(s.err.text, "describing the cluster"));
	assert_non_null(strstr(s.err.text, "last from the client"));
	assert_non_null(strstr(s.err.text, "Connection refused"));
	assert_non_null(strstr(s.err.text, s.address));
	scene_end(&s);
}

static void
nobody_answers_ends_with_the_time_of_the_request(void **state)
{
	struct scene s;
	uint64_t from;

	(void)state;
	scene_begin(&s, true);
	from = loop_fixture_real_ms();
	describe(&s, 500);
	loop_run(&s.fixture.loop);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.rc, ERR_AGAIN);
	assert_in_range(s.ended_ms - from, 450, 2500);
	scene_end(&s);
}

/* The callback came, and the loop ended, within 100 ms of the stop. */
static void
assert_stopped(struct scene *s, int code)
{
	loop_fixture_stop_after(&s->fixture, 200, code);
	loop_run(&s->fixture.loop);
	assert_true(loop_fixture_real_ms() - s->fixture.stopped_ms <= 100);
	assert_true(s->ended_ms >= s->fixture.stopped_ms);
	assert_int_equal(s->calls, 1);
	assert_int_equal(s->rc, code);
}

static void
stop_ends_at_once(bool listening, int code)
{
	struct scene s;

	scene_begin(&s, listening);
	describe(&s, 30000);
	assert_stopped(&s, code);
	scene_end(&s);
}

static void
a_deadline_ends_a_request_to_a_closed_port_at_once(void **state)
{
	(void)state;
	stop_ends_at_once(false, ERR_DEADLINE);
}

static void
a_cancel_ends_a_request_that_is_never_answered_at_once(void **state)
{
	(void)state;
	stop_ends_at_once(true, ERR_CANCELLED);
}

static void
a_stop_ends_a_listing_that_blocks_its_thread_at_once(void **state)
{
	struct scene s;
	struct err e = { 0 };

	(void)state;
	scene_begin(&s, true);
	s.fixture.loop.deadline_ms = s.fixture.now_ms + 700; /* the thread ends by itself behind it */
	assert_int_equal(client_list_topics(s.client, listed, &s, &e), 0);
	assert_stopped(&s, ERR_DEADLINE);
	assert_string_equal(s.err.text, "the deadline has passed");
	scene_end(&s);
}

static void
told_id(void *arg, int rc, const char *id, const struct err *e)
{
	assert_true(rc != 0 && id == NULL);
	described(arg, rc, NULL, e);
}

static void
a_stop_ends_the_question_for_a_clusters_id_at_once(void **state)
{
	struct scene s;
	struct err e = { 0 };

	(void)state;
	scene_begin(&s, true);
	s.fixture.loop.deadline_ms = s.fixture.now_ms + 700; /* the thread ends by itself behind it */
	assert_int_equal(client_cluster_id(s.client, 30000, told_id, &s, &e), 0);
	assert_stopped(&s, ERR_DEADLINE);
	scene_end(&s);
}

static void
nobody_tells_a_clusters_id_and_the_client_says_why(void **state)
{
	struct scene s;
	struct err e = { 0 };

	(void)state;
	scene_begin(&s, false);
	assert_int_equal(client_cluster_id(s.client, 300, told_id, &s, &e), 0);
	loop_run(&s.fixture.loop);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.rc, ERR_AGAIN);
	assert_non_null(strstr(s.err.text, "Connection refused"));
	scene_end(&s);
}

static void
many_requests_each_end_once_when_the_loop_stops(void **state)
{
	struct scene s;
	struct err e = { 0 };
	unsigned i;

	(void)state;
	scene_begin(&s, true);
	for (i = 0; i < 200; i++)
		assert_int_equal(client_describe_cluster(s.client, 30000, described, &s, &e), 0);
	loop_fixture_stop_after(&s.fixture, 50, ERR_CANCELLED);
	loop_run(&s.fixture.loop);
	assert_int_equal(s.calls, 200);
	scene_end(&s);
	assert_int_equal(s.calls, 200);
}

static void
once_stopped_no_request_is_sent(void **state)
{
	struct scene s;
	struct err e = { 0 };

	(void)state;
	scene_begin(&s, true);
	loop_stop(&s.fixture.loop, ERR_CANCELLED);
	assert_int_equal(client_describe_cluster(s.client, 1000, described, &s, &e), ERR_CANCELLED);
	assert_int_equal(client_list_topics(s.client, listed, &s, &e), ERR_CANCELLED);
	assert_int_equal(client_cluster_id(s.client, 1000, told_id, &s, &e), ERR_CANCELLED);
	loop_run(&s.fixture.loop);
	assert_int_equal(s.calls, 0);
	scene_end(&s);
}

static void
a_client_that_nobody_asks_keeps_no_loop_running(void **state)
{
	struct scene s;
	uint64_t from = loop_fixture_real_ms();

	(void)state;
	scene_begin(&s, false);
	loop_run(&s.fixture.loop);
	assert_true(loop_fixture_real_ms() - from < 1000);
	scene_end(&s);
}

/* ---- a client that cannot be ---- */

static void
a_property_that_librdkafka_does_not_take_is_named_and_its_value_is_not(void **state)
{
	static const struct client_property properties[] = { { "bootstrap.servers", "127.0.0.1:1" },
		                                             { "security.protocol", "hunter2" } };
	struct loop_fixture f;
	struct client *c = NULL;
	struct err e = { 0 };

	(void)state;
	loop_fixture_begin(&f);
	assert_int_equal(client_open(&f.loop, properties, 2, &c, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "kafka.security.protocol"));
	assert_null(strstr(e.text, "hunter2"));
	assert_null(c);
	client_close(NULL);
	loop_fixture_end(&f);
}

/* ---- what errors mean ---- */

static void
errors_say_who_has_to_act(void **state)
{
	static const struct {
		rd_kafka_resp_err_t code;
		int                 rc;
	} table[] = {
		{ RD_KAFKA_RESP_ERR__TRANSPORT, ERR_AGAIN },
		{ RD_KAFKA_RESP_ERR__TIMED_OUT, ERR_AGAIN },
		{ RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, ERR_AGAIN },
		{ RD_KAFKA_RESP_ERR_NOT_CONTROLLER, ERR_AGAIN },
		{ RD_KAFKA_RESP_ERR__AUTHENTICATION, ERR_DENIED },
		{ RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERR_DENIED },
		{ RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ERR_DENIED },
		{ RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ERR_MISSING },
		{ RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, ERR_EXISTS },
		{ RD_KAFKA_RESP_ERR_INVALID_CONFIG, ERR_FAILED },
		{ RD_KAFKA_RESP_ERR_POLICY_VIOLATION, ERR_FAILED },
	};
	struct scene s;
	size_t i;

	(void)state;
	scene_begin(&s, true);
	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct err e = { 0 };

		assert_int_equal(client_error(s.client, table[i].code, "words", &e), table[i].rc);
		assert_int_equal(e.code, table[i].rc);
		assert_non_null(strstr(e.text, rd_kafka_err2name(table[i].code)));
		assert_non_null(strstr(e.text, ": words"));
		(void)client_error(s.client, table[i].code, NULL, &e);
		assert_non_null(strstr(e.text, rd_kafka_err2str(table[i].code)));
	}
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_listens_is_worth_a_retry_and_says_what_the_client_saw),
		cmocka_unit_test(nobody_answers_ends_with_the_time_of_the_request),
		cmocka_unit_test(a_deadline_ends_a_request_to_a_closed_port_at_once),
		cmocka_unit_test(a_cancel_ends_a_request_that_is_never_answered_at_once),
		cmocka_unit_test(a_stop_ends_a_listing_that_blocks_its_thread_at_once),
		cmocka_unit_test(a_stop_ends_the_question_for_a_clusters_id_at_once),
		cmocka_unit_test(nobody_tells_a_clusters_id_and_the_client_says_why),
		cmocka_unit_test(many_requests_each_end_once_when_the_loop_stops),
		cmocka_unit_test(once_stopped_no_request_is_sent),
		cmocka_unit_test(a_client_that_nobody_asks_keeps_no_loop_running),
		cmocka_unit_test(a_property_that_librdkafka_does_not_take_is_named_and_its_value_is_not),
		cmocka_unit_test(errors_say_who_has_to_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
