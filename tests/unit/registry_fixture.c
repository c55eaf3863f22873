/* registry_fixture.c - see registry_fixture.h */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "registry_fixture.h"

#define LINES_MAX ((size_t)1 << 28)

/* ---- the server ---- */

int
server_begin(void **state)
{
	struct server *s = calloc(1, sizeof *s);

	assert_non_null(s);
	fake_program_start(&s->program, (const char *const[]){ "python3", REGISTRY_SERVER, NULL });
	s->port = (unsigned)strtoul(s->program.said, NULL, 10);
	*state = s;
	assert_true(sodium_init() >= 0);
	return http_init(&(struct err){ 0 });
}

int
server_end(void **state)
{
	struct server *s = *state;
	int status = fake_program_end(&s->program);

	free(s);
	return status;
}

void
server_order(struct server *s, const char *format, ...)
{
	char *line;
	va_list args;

	va_start(args, format);
	assert_true(vasprintf(&line, format, args) > 0);
	va_end(args);
	assert_string_equal(fake_program_ask(&s->program, line), "ok");
	free(line);
}

void
server_has(struct server *s, const char *context, const char *subject, int version, int id, const char *text,
           const char *more)
{
	server_order(s, "{\"has\":[[\"%s\",\"%s\",%d,%d,\"%s\"%s]]}", context, subject, version, id, text, more);
}

void
server_next(struct server *s, const char *method, const char *path, const char *answer, unsigned times)
{
	server_order(s, "{\"next\":[\"%s\",\"%s\",%s],\"times\":%u}", method, path, answer, times);
}

const char *
server_seen(struct server *s)
{
	return fake_program_ask(&s->program, "{\"seen\":true}");
}

const char *
server_state(struct server *s)
{
	return fake_program_ask(&s->program, "{\"state\":true}");
}

size_t
server_count(struct server *s, const char *words)
{
	return fake_program_count(&s->program, words);
}

/* ---- one use ---- */

static void *
close_main(void *arg)
{
	struct use *u = arg;
	size_t i;

	for (i = 0; i < u->registry.http_count; i++)
		http_close(u->registry.http[i]);
	u->registry.http_count = 0;
	return NULL;
}

static void *
end_main(void *arg)
{
	struct use *u = arg;

	(void)close_main(u);
	u->calls = loop_release(&u->loop) ? 1 : 0;
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
use_options(struct use *u, const struct http_options *options, size_t count)
{
	struct err e = { 0 };
	char url[64];
	size_t i;

	on_thread(close_main, u);
	(void)snprintf(url, sizeof url, "http://127.0.0.1:%u", u->server->port);
	for (i = 0; i < count; i++) {
		struct http_options o = options[i];

		if (o.url == NULL)
			o.url = url;
		o.slow_ms = 500;
		assert_int_equal(http_open(&u->loop, &o, &u->registry.http[i], &e), 0);
	}
	u->registry.http_count = count;
	u->registry.current = 0;
}

void
use_begin(struct use *u, struct server *s, const char *vendor, const char *more)
{
	struct http_options o = { 0 };
	struct err e = { 0 };
	size_t i;

	server_order(s, "{\"registry\":{\"vendor\":\"%s\"%s}}", vendor, more);
	*u = (struct use){ .server = s };
	assert_int_equal(loop_init(&u->loop, &e), 0);
	u->loop.now_ms = machine_ms;
	u->loop.wall_ms = machine_wall_ms;
	u->registry.loop = &u->loop;
	use_options(u, &o, 1);
	line_set_init(&u->lines, LINES_MAX);
	for (i = 0; i < KIND_TABLE; i++)
		arena_init(&u->plans[i].arena, LINES_MAX);
}

static void
assert_no_secret(const char *text)
{
	if (text != NULL)
		assert_null(strstr(text, SECRET));
}

static void
forget_plans(struct use *u)
{
	size_t i, k;

	for (i = 0; i < KIND_TABLE; i++) {
		struct plan *p = &u->plans[i];

		for (k = 0; k < p->count; k++)
			assert_no_secret(p->items[k].reason);
		free(p->items);
		arena_release(&p->arena);
		*p = (struct plan){ 0 };
		arena_init(&p->arena, LINES_MAX);
	}
}

void
use_end(struct use *u)
{
	forget_plans(u);
	line_set_release(&u->lines);
	registry_release(&u->registry);
	on_thread(end_main, u);
	assert_int_equal(u->calls, 1); /* else a handle of the loop was left open */
}

static void
run(struct use *u)
{
	if (u->deadline_after_ms != 0)
		u->loop.deadline_ms = machine_ms(NULL) + u->deadline_after_ms;
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
use_capture_kind(struct use *u, const struct kind_ops *ops)
{
	struct asked a = { .use = u };
	struct err e = { 0 };

	a.what.capture = (struct capture){ .loop = &u->loop, .server = &u->registry, .known = u->known,
		                           .lines = &u->lines, .done = captured };
	u->calls = 0;
	assert_int_equal(ops->capture(&a.what.capture, &e), 0);
	run(u);
}

void
use_capture(struct use *u)
{
	struct err e = { 0 };

	line_set_release(&u->lines);
	use_capture_kind(u, &rest_schemas_ops);
	if (u->rc == 0)
		use_capture_kind(u, &rest_configs_ops);
	if (u->rc == 0)
		assert_int_equal(line_set_sort(&u->lines, &e), 0);
}

struct line_set
use_take_lines(struct use *u)
{
	struct line_set taken = u->lines;

	line_set_init(&u->lines, LINES_MAX);
	return taken;
}

static enum kind
kind_of_key(const char *key)
{
	return strncmp(key, "[\"config\",", 10) == 0 || strncmp(key, "[\"mode\",", 8) == 0 ||
	               strncmp(key, "[\"highest_id\",", 14) == 0
	           ? KIND_REGISTRY_CONFIG
	           : KIND_SCHEMA;
}

const char *
use_value(struct use *u, const char *key)
{
	const struct line *line = line_set_find(&u->lines, kind_of_key(key), key);

	return line == NULL ? NULL : line->value;
}

static void
applied(struct apply *a, int rc, const struct err *e)
{
	take(container_of(a, struct asked, what.apply)->use, rc, e);
}

static void
plan_kind(struct use *u, const struct kind_ops *ops, const struct line_set *want)
{
	struct plan *p = &u->plans[ops->kind];
	struct err e = { 0 };
	size_t i;

	p->server = &u->registry;
	p->items = calloc(want->count + 1, sizeof *p->items);
	assert_non_null(p->items);
	for (i = 0; i < want->count; i++) {
		const struct line *have = line_set_find(&u->lines, ops->kind, want->lines[i].key);
		struct plan_item *item = &p->items[p->count];

		if (want->lines[i].kind != ops->kind)
			continue;
		p->count++;
		item->want = want->lines[i];
		if (have != NULL)
			item->have = arena_copy(&p->arena, have->value, have->value_len);
		assert_int_equal(ops->fit(p, item, 1, &e), 0);
	}
}

static void
apply_kind(struct use *u, const struct kind_ops *ops)
{
	struct asked a = { .use = u };
	struct err e = { 0 };

	a.what.apply = (struct apply){ .loop = &u->loop, .server = &u->registry, .plan = &u->plans[ops->kind],
		                       .done = applied };
	u->calls = 0;
	assert_int_equal(ops->apply(&a.what.apply, &e), 0);
	run(u);
}

static size_t
verify_kind(struct use *u, const struct kind_ops *ops)
{
	struct plan *p = &u->plans[ops->kind];
	size_t i, bad = 0;

	for (i = 0; i < p->count; i++) {
		struct plan_item *item = &p->items[i];
		const struct line *have = line_set_find(&u->lines, ops->kind, item->want.key);

		item->verified = item->outcome != PLAN_FAILED && have != NULL &&
		                 ops->equal(have, item->target != NULL ? item->target : item->want.value);
		bad += !item->verified;
	}
	return bad;
}

size_t
use_restore(struct use *u, const struct line_set *want)
{
	struct err first;
	int rc;

	forget_plans(u);
	use_capture(u);
	if (u->rc != 0)
		return SIZE_MAX;
	plan_kind(u, &rest_schemas_ops, want);
	plan_kind(u, &rest_configs_ops, want);
	apply_kind(u, &rest_schemas_ops);
	if (u->rc == 0)
		apply_kind(u, &rest_configs_ops);
	rc = u->rc;
	first = u->err;
	use_capture(u);
	if (rc != 0) {
		u->rc = rc;
		u->err = first;
		return SIZE_MAX;
	}
	return u->rc != 0 ? SIZE_MAX : verify_kind(u, &rest_schemas_ops) + verify_kind(u, &rest_configs_ops);
}

struct plan_item *
use_item(struct use *u, const char *key)
{
	struct plan *p = &u->plans[kind_of_key(key)];
	size_t i;

	for (i = 0; i < p->count; i++)
		if (strcmp(p->items[i].want.key, key) == 0)
			return &p->items[i];
	fail_msg("no item %s", key);
	return NULL;
}

void
assert_said(const struct use *u, int code, const char *words)
{
	if (u->rc != code || strstr(u->err.text, words) == NULL)
		print_error("%s: %s\n", err_name(u->rc), u->err.text);
	assert_int_equal(u->rc, code);
	assert_non_null(strstr(u->err.text, words));
}
