/* connect_fixture.c - see connect_fixture.h */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connect_fixture.h"

/* ---- the worker ---- */

int
worker_begin(void **state)
{
	struct worker *w = test_calloc(1, sizeof *w);
	fake_program_start(&w->program, (const char *const[]){ "python3", CONNECT_WORKER, NULL });
	w->port = (unsigned)strtoul(w->program.said, NULL, 10);
	*state = w;
	return http_init(&(struct err){ 0 });
}

int
worker_end(void **state)
{
	struct worker *w = *state;
	int status = fake_program_end(&w->program);

	test_free(w);
	return status;
}

void
worker_order(struct worker *w, const char *format, ...)
{
	char line[16384];
	va_list args;

	va_start(args, format);
	assert_in_range(vsnprintf(line, sizeof line, format, args), 1, sizeof line - 1);
	va_end(args);
	assert_string_equal(fake_program_ask(&w->program, line), "ok");
}

void
worker_has(struct worker *w, const char *name, const char *file, const char *state)
{
	worker_order(w,
	             "{\"has\":{\"%s\":{\"config\":{\"password\":\"" SECRET "\",\"file\":\"%s\","
	             "\"connector.class\":\"x.Y\"},\"state\":\"%s\"}}}",
	             name, file, state);
}

void
worker_next(struct worker *w, const char *method, const char *path, const char *answer,
            unsigned times)
{
	worker_order(w, "{\"next\":[\"%s\",\"%s\",%s],\"times\":%u}", method, path, answer, times);
}

const char *
worker_seen(struct worker *w)
{
	return fake_program_ask(&w->program, "{\"seen\":true}");
}

size_t
worker_count(struct worker *w, const char *request)
{
	return fake_program_count(&w->program, request);
}

/* ---- one use ---- */

void
use_begin(struct use *u, struct worker *w, const char *version)
{
	struct http_options o = { .slow_ms = 500 };
	struct err e = { 0 };
	char url[64];

	worker_order(w, "{\"worker\":{\"version\":\"%s\",\"cluster\":\"c\"}}", version);
	*u = (struct use){ .worker = w };
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u", w->port);
	o.url = url;
	assert_int_equal(loop_init(&u->loop, &e), 0);
	u->loop.now_ms = machine_ms;
	u->loop.wall_ms = machine_wall_ms;
	assert_int_equal(http_open(&u->loop, &o, &u->http, &e), 0);
	u->connect = (struct connect){ .loop = &u->loop, .http = u->http, .cluster = "c" };
	line_set_init(&u->lines, (size_t)1 << 26);
	arena_init(&u->plan.arena, (size_t)1 << 26);
	u->plan.server = &u->connect;
}

static void
assert_no_secret(const char *text)
{
	if (text != NULL)
		assert_null(strstr(text, SECRET));
}

static void *
end_main(void *arg)
{
	struct use *u = arg;

	http_close(u->http);
	if (loop_release(&u->loop))
		u->http = NULL;
	return NULL;
}

static void *
run_main(void *arg)
{
	loop_run(&((struct use *)arg)->loop);
	return NULL;
}

static void
on_thread(void *(*main)(void *), struct use *u) /* with all signals blocked, as in the plugin */
{
	sigset_t all, old;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	assert_int_equal(pthread_create(&thread, NULL, main, u), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_join(thread, NULL);
}

void
use_end(struct use *u)
{
	size_t i;

	for (i = 0; i < u->plan.count; i++)
		assert_no_secret(u->plan.items[i].reason);
	free(u->plan.items);
	arena_release(&u->plan.arena);
	line_set_release(&u->lines);
	on_thread(end_main, u);
	assert_null(u->http); /* else a handle of the loop was left open */
}

static void
run(struct use *u)
{
	if (u->deadline_after_ms != 0)
		u->loop.deadline_ms = machine_ms(NULL) + u->deadline_after_ms;
	u->calls = 0;
	on_thread(run_main, u);
	assert_int_equal(u->calls, 1);
	assert_no_secret(u->err.text);
}

static void
take(struct use *u, int rc, const struct err *e)
{
	u->calls++;
	u->rc = rc;
	u->err = *e;
}

struct asked {
	union {
		struct capture capture;
		struct apply   apply;
	} what;
	struct use *use;
};

static void
captured(struct capture *c, int rc, const struct err *e)
{
	take(container_of(c, struct asked, what.capture)->use, rc, e);
}

void
use_capture(struct use *u)
{
	struct asked a = { .use = u };
	struct err e = { 0 };

	line_set_release(&u->lines);
	line_set_init(&u->lines, (size_t)1 << 26);
	a.what.capture = (struct capture){ .loop = &u->loop, .server = &u->connect,
		                           .lines = &u->lines, .done = captured };
	assert_int_equal(connectors_ops.capture(&a.what.capture, &e), 0);
	run(u);
	if (u->rc == 0)
		assert_int_equal(line_set_sort(&u->lines, &e), 0);
}

const char *
use_value(struct use *u, const char *name)
{
	const struct line *line = line_set_find(&u->lines, KIND_CONNECTOR, name);

	assert_non_null(line);
	return line->value;
}

struct plan_item *
use_plan(struct use *u, const char *name, const char *value)
{
	const struct line *have = line_set_find(&u->lines, KIND_CONNECTOR, name);
	struct plan_item *item;
	struct err e = { 0 };

	if (u->plan.items == NULL) {
		u->plan.items = calloc(64, sizeof *u->plan.items);
		assert_non_null(u->plan.items);
	}
	assert_true(u->plan.count < 64);
	item = &u->plan.items[u->plan.count++];
	item->want = (struct line){ .kind = KIND_CONNECTOR, .key = arena_text(&u->plan.arena, name),
		                    .key_len = strlen(name),
		                    .value = arena_text(&u->plan.arena, value),
		                    .value_len = strlen(value) };
	if (have != NULL)
		item->have = arena_copy(&u->plan.arena, have->value, have->value_len);
	assert_int_equal(connectors_ops.fit(&u->plan, item, 1, &e), 0);
	return item;
}

static void
applied(struct apply *a, int rc, const struct err *e)
{
	take(container_of(a, struct asked, what.apply)->use, rc, e);
}

static void
run_apply(struct use *u, int (*verb)(struct apply *, struct err *))
{
	struct asked a = { .use = u };
	struct err e = { 0 };

	a.what.apply = (struct apply){ .loop = &u->loop, .server = &u->connect, .plan = &u->plan,
		                       .brokers = 1, .done = applied };
	assert_int_equal(verb(&a.what.apply, &e), 0);
	run(u);
}

void
use_apply(struct use *u)
{
	run_apply(u, connectors_ops.apply);
}

void
use_start(struct use *u)
{
	run_apply(u, connectors_ops.start);
}

struct plan_item *
use_apply_one(struct use *u)
{
	struct plan_item *item = use_plan(u, "a", VALUE("f", "RUNNING"));

	use_apply(u);
	(void)worker_seen(u->worker);
	return item;
}
