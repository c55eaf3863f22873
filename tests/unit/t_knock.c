/* t_knock.c - who accepts a connection: those who listen, and it is over when each has accepted or refused */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/loop/http.h"
#include "core/loop/knock.h"
#include "tests/unit/loop_fixture.h"

#define LOOP(state) (&((struct loop_fixture *)*(state))->loop)
#define LONG_MS     60000u
#define CROWD       8

/* A port of 127.0.0.1 of its own; listening when `backlog` is 0 or more. */
struct port {
	int  fd, crowd[CROWD];
	char address[64];
};

static void
port_open(struct port *p, int backlog)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;
	size_t i;

	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&at, &len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(p->fd, backlog), 0);
	(void)snprintf(p->address, sizeof p->address, "127.0.0.1:%u", ntohs(at.sin_port));
	for (i = 0; i < CROWD; i++)
		p->crowd[i] = -1;
}

/* It listens, and nobody comes through: the queue of those who wait is full. */
static void
port_crowd(struct port *p)
{
	struct sockaddr_in at;
	socklen_t len = sizeof at;
	size_t i;

	port_open(p, 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&at, &len), 0);
	for (i = 0; i < CROWD; i++) {
		p->crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(p->crowd[i], (struct sockaddr *)&at, sizeof at); /* under way is enough */
	}
}

static void
port_close(struct port *p)
{
	size_t i;

	for (i = 0; i < CROWD; i++)
		if (p->crowd[i] >= 0)
			(void)close(p->crowd[i]);
	(void)close(p->fd);
}

struct answer {
	unsigned calls;
	int      rc;
	struct err err;
};

static void
answered(void *arg, int rc, const struct err *e)
{
	struct answer *a = arg;

	a->calls++;
	a->rc = rc;
	a->err = *e;
}

static void
ask(struct loop *l, struct knock_target *targets, size_t count, uint32_t timeout_ms, struct answer *a)
{
	struct err e = { 0 };

	*a = (struct answer){ .rc = -1 };
	assert_int_equal(knock(l, targets, count, timeout_ms, answered, a, &e), 0);
	assert_int_equal(a->calls, 0);
	loop_run(l);
	assert_int_equal(a->calls, 1);
}

static void
who_listens_is_told_from_who_refuses_at_once(void **state)
{
	struct port up, down;
	struct answer a;
	uint64_t began = loop_fixture_real_ms();

	port_open(&up, 8);
	port_open(&down, -1);
	struct knock_target targets[] = { { down.address, true }, { up.address, false }, { down.address, true } };
	ask(LOOP(state), targets, LENGTH(targets), LONG_MS, &a);
	assert_int_equal(a.rc, 0);
	assert_false(targets[0].open);
	assert_true(targets[1].open);
	assert_false(targets[2].open);
	assert_true(loop_fixture_real_ms() - began < LONG_MS / 2);
	port_close(&up);
	port_close(&down);
}

static void
the_connection_is_closed_and_nothing_was_sent(void **state)
{
	struct port up;
	struct answer a;
	char byte;
	int fd;

	port_open(&up, 8);
	struct knock_target target = { up.address, false };
	ask(LOOP(state), &target, 1, LONG_MS, &a);
	assert_true(target.open);
	fd = accept(up.fd, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &byte, 1), 0);
	(void)close(fd);
	port_close(&up);
}

static void
silence_ends_with_the_time(void **state)
{
	struct port silent, up;
	struct answer a;

	port_crowd(&silent);
	port_open(&up, 8);
	struct knock_target targets[] = { { silent.address, true }, { up.address, false } };
	ask(LOOP(state), targets, LENGTH(targets), 100, &a);
	assert_int_equal(a.rc, 0);
	assert_false(targets[0].open);
	assert_true(targets[1].open);
	port_close(&silent);
	port_close(&up);
}

static void
names_are_resolved(void **state)
{
	struct port up;
	struct answer a;
	char name[80];

	port_open(&up, 8);
	(void)snprintf(name, sizeof name, "localhost:%s", strchr(up.address, ':') + 1);
	struct knock_target targets[] = { { name, false }, { "nobody.invalid:9092", true } };
	ask(LOOP(state), targets, LENGTH(targets), 5000, &a);
	assert_int_equal(a.rc, 0);
	assert_true(targets[0].open);
	assert_false(targets[1].open);
	port_close(&up);
}

static void
a_stopped_loop_ends_it_at_once(void **state)
{
	struct loop_fixture *f = *state;
	struct port silent;
	struct answer a;
	struct err e = { 0 };

	port_crowd(&silent);
	struct knock_target target = { silent.address, false };
	loop_fixture_stop_after(f, 1, ERR_CANCELLED);
	ask(&f->loop, &target, 1, LONG_MS, &a);
	assert_int_equal(a.rc, ERR_CANCELLED);
	assert_int_equal(knock(&f->loop, &target, 1, LONG_MS, answered, &a, &e), ERR_CANCELLED);
	port_close(&silent);
}

static void
nobody_to_ask_is_no_error(void **state)
{
	struct answer a;

	ask(LOOP(state), NULL, 0, LONG_MS, &a);
	assert_int_equal(a.rc, 0);
}

static void
an_address_is_a_host_and_a_port(void **state)
{
	static const char *const good[] = { "a:1", "kafka-1.example.com:9093", "10.0.0.1:65535",
		                            "[::1]:9092", "a_b:80", "[::ffff:10.0.0.1]:1" };
	static const char *const bad[] = { "", ":", ":1", "a", "a:", "a:0", "a:65536", "a:100000", "a:+1", "a:1 ",
		                           " a:1", "a:1,b:1", "::1:9092", "[]:1", "[a.b:1", "[x]:1", "[::1]",
		                           "[::1]9092", "u@a:1", "a/b:1", "http://a:1", "a\n:1", "a:-1" };
	char longest[KNOCK_HOST_MAX + 4] = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(good); i++)
		if (!knock_is_address(good[i]))
			fail_msg("\"%s\" is an address", good[i]);
	for (i = 0; i < LENGTH(bad); i++)
		if (knock_is_address(bad[i]))
			fail_msg("\"%s\" is no address", bad[i]);
	memset(longest, 'h', KNOCK_HOST_MAX);
	memcpy(longest + KNOCK_HOST_MAX, ":1", 3);
	assert_true(knock_is_address(longest));
	memcpy(longest + KNOCK_HOST_MAX, "h:1", 4);
	assert_false(knock_is_address(longest));
}

static int
start(void **state)
{
	struct err e = { 0 };

	(void)state;
	return http_init(&e);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, loop_fixture_setup, loop_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(who_listens_is_told_from_who_refuses_at_once),
		CASE(the_connection_is_closed_and_nothing_was_sent),
		CASE(silence_ends_with_the_time),
		CASE(names_are_resolved),
		CASE(a_stopped_loop_ends_it_at_once),
		CASE(nobody_to_ask_is_no_error),
		cmocka_unit_test(an_address_is_a_host_and_a_port),
	};

	return cmocka_run_group_tests(cases, start, NULL);
}
