/* http_fixture.c - see http_fixture.h */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "http_fixture.h"

static void
read_ports(struct web *w)
{
	unsigned *const ports[] = { &w->plain, &w->other, &w->tls, &w->wrong, &w->expired, &w->old,
		                    &w->mutual, &w->closed };
	char *next = w->program.said;
	size_t i;

	for (i = 0; i < LENGTH(ports); i++) {
		*ports[i] = (unsigned)strtoul(next, &next, 10);
		assert_in_range(*ports[i], 1, 65535);
	}
}

int
web_start(void **state)
{
	struct web *w = test_calloc(1, sizeof *w);

	assert_true(sodium_init() >= 0);
	(void)snprintf(w->folder, sizeof w->folder, "/tmp/t_http.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	fake_program_start(&w->program,
	                   (const char *const[]){ "python3", "-W", "ignore", HTTP_SERVER, w->folder, NULL });
	read_ports(w);
	*state = w;
	return http_init(&(struct err){ 0 });
}

static void
remove_folder(const char *folder)
{
	char command[100];

	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

int
web_stop(void **state)
{
	struct web *w = *state;
	int status = fake_program_end(&w->program);

	remove_folder(w->folder);
	test_free(w);
	return status;
}

const char *
web_seen(struct web *w)
{
	return fake_program_ask(&w->program, "seen");
}

void
web_url(char *to, size_t size, const char *scheme, unsigned port)
{
	(void)snprintf(to, size, "%s://127.0.0.1:%u", scheme, port);
}

void
visit_begin(struct visit *v, struct web *w, const struct http_options *o)
{
	struct http_options options = o == NULL ? (struct http_options){ 0 } : *o;
	struct err e = { 0 };
	char url[100];

	web_url(url, sizeof url, "http", w->plain);
	if (options.url == NULL)
		options.url = url;
	*v = (struct visit){ .web = w };
	assert_int_equal(loop_init(&v->loop, &e), 0);
	v->loop.now_ms = machine_ms;
	v->loop.wall_ms = machine_wall_ms;
	assert_int_equal(http_open(&v->loop, &options, &v->http, &e), 0);
}

static void
as_the_plugin_does(void *(*main)(void *), void *arg)
{
	sigset_t all, old;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	assert_int_equal(pthread_create(&thread, NULL, main, arg), 0);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_join(thread, NULL);
}

static void *
run_main(void *arg)
{
	loop_run(&((struct visit *)arg)->loop);
	return NULL;
}

void
visit_run(struct visit *v)
{
	as_the_plugin_does(run_main, v);
}

static void *
end_main(void *arg)
{
	struct visit *v = arg;

	http_close(v->http);
	if (loop_release(&v->loop))
		v->http = NULL;
	return NULL;
}

void
visit_end(struct visit *v)
{
	as_the_plugin_does(end_main, v);
	assert_null(v->http); /* else a handle of the loop was left open */
}

void
visit_done(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct outcome *o = arg;

	o->calls++;
	o->rc = rc;
	o->err = *e;
	o->at_ms = machine_ms(NULL);
	if (answer == NULL)
		return;
	o->status = answer->status;
	o->len = answer->len;
	(void)snprintf(o->body, sizeof o->body, "%s", answer->body);
	(void)snprintf(o->content_type, sizeof o->content_type, "%s", answer->content_type);
	(void)snprintf(o->date, sizeof o->date, "%s", answer->date);
	(void)snprintf(o->etag, sizeof o->etag, "%s", http_header(answer, "etag"));
	o->retry_after_s = answer->retry_after_s;
	(void)http_error(answer, &o->meant);
}

void
visit_start(struct visit *v, const struct http_request *r, struct outcome *o)
{
	struct err e = { 0 };

	*o = (struct outcome){ .began_ms = machine_ms(NULL) };
	assert_int_equal(http_start(v->http, r, visit_done, o, &e), 0);
	assert_int_equal(o->calls, 0); /* never from inside start */
}

void
visit_get(struct visit *v, const char *path, struct outcome *o)
{
	visit_start(v, &(struct http_request){ .method = "GET", .path = path, .body_max = 8192 }, o);
	visit_run(v);
	assert_int_equal(o->calls, 1);
}

void
get_once(struct web *w, const struct http_options *o, const char *path, struct outcome *out)
{
	struct visit v;

	visit_begin(&v, w, o);
	visit_get(&v, path, out);
	visit_end(&v);
}
