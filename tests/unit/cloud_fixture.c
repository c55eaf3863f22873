/* cloud_fixture.c - see cloud_fixture.h */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "core/loop/http.h"
#include "tests/unit/cloud_fixture.h"

/* ---- the program ---- */

int
cloud_fake_start(void **state)
{
	struct cloud_fake *w = malloc(sizeof *w);

	assert_non_null(w);
	assert_true(sodium_init() >= 0);
	(void)signal(SIGPIPE, SIG_IGN); /* the plugin's threads have it blocked */
	fake_program_start(&w->program, (const char *const[]){ "python3", CLOUDS_SERVER, NULL });
	w->port = (unsigned)strtoul(w->program.said, NULL, 10);
	assert_in_range(w->port, 1, 65535);
	(void)snprintf(w->url, sizeof w->url, "http://127.0.0.1:%u", w->port);
	*state = w;
	return http_init(&(struct err){ 0 });
}

int
cloud_fake_stop(void **state)
{
	struct cloud_fake *w = *state;
	int status = fake_program_end(&w->program);

	free(w);
	return status;
}

const char *
cloud_fake_do(struct cloud_fake *w, const char *order)
{
	return fake_program_ask(&w->program, order);
}

void
cloud_fake_now(struct cloud_fake *w, const char *lies)
{
	char *order = malloc(strlen(lies) + 64);

	assert_non_null(order);
	(void)snprintf(order, strlen(lies) + 64, "{\"do\":\"be\",\"lies\":{%s}}", lies);
	assert_string_equal(cloud_fake_do(w, order), "\"ok\"");
	free(order);
}

void
cloud_fake_be(struct cloud_fake *w, const char *lies)
{
	assert_string_equal(cloud_fake_do(w, "{\"do\":\"reset\"}"), "\"ok\"");
	cloud_fake_now(w, lies);
}

const char *
cloud_fake_seen(struct cloud_fake *w)
{
	return cloud_fake_do(w, "{\"do\":\"seen\"}");
}

unsigned
cloud_fake_count(struct cloud_fake *w, const char *method)
{
	char word[32];
	unsigned n = 0;
	const char *at;

	(void)snprintf(word, sizeof word, "\"%s /", method);
	for (at = cloud_fake_seen(w); (at = strstr(at, word)) != NULL; at++)
		n++;
	return n;
}

/* ---- a store in it ---- */

struct clocks {
	int64_t        ahead_ms;
	struct secret *secret;
};

static int64_t
wall_ms(void *ctx)
{
	return machine_wall_ms(NULL) + ((struct clocks *)ctx)->ahead_ms;
}

struct store_s3_options
cloud_options(struct cloud_fake *w, bool google)
{
	return (struct store_s3_options){
		.google = google, .bucket = "bucket", .prefix = "backups/kafka", .endpoint = w->url,
		.region = google ? NULL : "here",
		.credentials = { .source = CREDENTIALS_STATIC, .id = "ID" },
	};
}

/* The loop and its clocks; what a store lends its options from. */
static struct clocks *
begin(struct fixture *f, const char *secret)
{
	struct clocks *clocks = calloc(1, sizeof *clocks);
	struct err e;

	assert_non_null(clocks);
	memset(f, 0, sizeof *f);
	assert_int_equal(loop_init(&f->loop, &e), 0);
	f->loop.now_ms = machine_ms;
	f->loop.wall_ms = wall_ms;
	f->loop.clock_ctx = clocks;
	clocks->secret = secret_new(secret, strlen(secret));
	assert_non_null(clocks->secret);
	return clocks;
}

static void
opened(int rc, const struct err *e)
{
	if (rc != 0)
		fail_msg("%s", e->text);
}

void
cloud_fixture_open(struct fixture *f, const struct store_s3_options *o)
{
	struct store_s3_options options = *o;
	struct clocks *clocks = begin(f, "SECRET");
	struct err e;

	if (options.credentials.secret == NULL)
		options.credentials.secret = clocks->secret;
	opened(store_s3_open(&f->loop, &options, &f->store, &e), &e);
}

struct store_azure_options
cloud_azure_options(struct cloud_fake *w)
{
	(void)snprintf(w->azure_url, sizeof w->azure_url, "%s/account", w->url);
	return (struct store_azure_options){
		.account = "account", .container = "bucket", .prefix = "backups/kafka", .endpoint = w->azure_url,
		.credentials = { .source = CREDENTIALS_SHARED_KEY },
	};
}

/* "U0VDUkVU" is "SECRET". */
void
cloud_fixture_open_azure(struct fixture *f, const struct store_azure_options *o)
{
	struct store_azure_options options = *o;
	bool sas = options.credentials.source == CREDENTIALS_SAS;
	struct clocks *clocks = begin(f, sas ? CLOUD_SAS : "U0VDUkVU");
	struct err e;

	if (!sas && options.credentials.secret == NULL)
		options.credentials.secret = clocks->secret;
	if (sas && options.credentials.token == NULL)
		options.credentials.token = clocks->secret;
	opened(store_azure_open(&f->loop, &options, &f->store, &e), &e);
}

struct store_gcs_options
cloud_gcs_options(struct cloud_fake *w)
{
	return (struct store_gcs_options){
		.bucket = "bucket", .prefix = "backups/kafka", .endpoint = w->url,
		.credentials = { .source = CREDENTIALS_METADATA_SERVER, .endpoint = w->url },
	};
}

void
cloud_fixture_open_gcs(struct fixture *f, const struct store_gcs_options *o)
{
	struct err e;

	(void)begin(f, "SECRET");
	opened(store_gcs_open(&f->loop, o, &f->store, &e), &e);
}

int64_t *
cloud_fixture_ahead(struct fixture *f)
{
	return &((struct clocks *)f->loop.clock_ctx)->ahead_ms;
}

void
cloud_fixture_close(struct fixture *f)
{
	struct clocks *clocks = f->loop.clock_ctx;

	fixture_close(f);
	secret_free(clocks->secret);
	free(clocks);
}

struct fixture *
cloud_visit(struct cloud_fake *w, const char *lies, const struct store_s3_options *given)
{
	struct store_s3_options o = cloud_options(w, false);
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	if (given != NULL)
		o = *given;
	cloud_fake_be(w, lies);
	cloud_fixture_open(f, &o);
	return f;
}

void
cloud_leave(struct fixture *f)
{
	cloud_fixture_close(f);
	free(f);
}

void
cloud_says(const struct fixture *f, int code, const char *words)
{
	if (f->err.code != code || strstr(f->err.text, words) == NULL)
		print_error("%s: %s\n", err_name(f->err.code), f->err.text);
	assert_int_equal(f->err.code, code);
	assert_non_null(strstr(f->err.text, words));
	assert_null(strstr(f->err.text, "secret-of-the-server"));
	assert_null(strstr(f->err.text, "SECRET"));
	assert_null(strstr(f->err.text, "TOKEN"));
	assert_null(strstr(f->err.text, "sig="));
}

void
cloud_fake_put(struct cloud_fake *w, const char *key)
{
	char order[2000];

	assert_in_range(snprintf(order, sizeof order, "{\"do\":\"put\",\"key\":\"%s\",\"text\":\"1\"}", key), 1,
	                sizeof order - 1);
	assert_string_equal(cloud_fake_do(w, order), "\"ok\"");
}

void
cloud_puts_are_cut(struct cloud_fake *w, struct fixture *f, unsigned most, unsigned step)
{
	char name[40], lies[40], body[32];

	memset(body, 'x', sizeof body);
	for (unsigned n = 0; n <= most; n += step) {
		(void)snprintf(name, sizeof name, "orders/s/cut-%u", n);
		(void)snprintf(lies, sizeof lies, "\"reset_after\":%u", n);
		cloud_fake_now(w, lies);
		assert_int_equal(fixture_put(f, name, body, sizeof body), 0);
		assert_int_equal(fixture_get(f, name, 0, 0, sizeof body), 0);
		assert_int_equal(f->len, sizeof body);
		assert_memory_equal(f->bytes, body, sizeof body);
	}
}
