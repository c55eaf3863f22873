/*
 * cloud.c - what a store in the cloud costs: objects put and read back by core/store, and by bare libcurl, which
 * drops what it is answered.
 *
 *   cloud SIDE URL REGION BUCKET KEY_ID SECRET_FILE NAME BYTES COUNT    SIDE: ours, bare, signed
 *   cloud replay URL REGION BUCKET KEY_ID SECRET_FILE REQUESTS
 *
 * The first writes COUNT objects of BYTES random bytes, named NAME-0 and so on, each read back before the next is
 * written, and prints "ms N", from the opening of the client to the last answer.  Ours compares, as a backup does, and
 * sends one more sum.  Bare makes its signatures meanwhile, by the same signer; of "signed" they are there before.  The
 * second sends what REQUESTS holds, signed before, a line each: "METHOD PATH QUERY RANGE", "-" where there is none.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>
#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/loop/http.h"
#include "core/store/sign.h"
#include "core/store/store.h"
#include "measure.h"

#define SECRET_MAX   256u
#define REQUESTS_MAX 10000u
#define PATH_SIZE    2048u

/* One request of the bare side, signed. */
struct ready {
	char method[8], url[2 * PATH_SIZE];
	struct curl_slist *fields;
	const struct buf  *body; /* NULL: none */
};

struct bench {
	const char    *url, *region, *bucket, *id, *name;
	struct secret *secret;
	struct buf     object;
	size_t         count;
	/* ours */
	struct loop   loop;
	struct store *store;
	size_t        at;
	struct err    err;
	/* bare */
	struct ready *ready;
	size_t        ready_count;
	size_t        received;
};

/* ---- ours ---- */

static void put_next(struct bench *b);

static void
object_name(const struct bench *b, char name[PATH_SIZE])
{
	(void)snprintf(name, PATH_SIZE, "bench/s/%s-%zu", b->name, b->at);
}

static void
got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct bench *b = arg;

	(void)total;
	if (rc != 0)
		failed("get", e->text);
	if (len != b->object.len || memcmp(bytes, b->object.data, len) != 0)
		failed("get", "these are other bytes");
	b->at++;
	put_next(b);
}

static void
put(void *arg, int rc, const struct err *e)
{
	struct bench *b = arg;
	char name[PATH_SIZE];

	if (rc != 0)
		failed("put", e->text);
	object_name(b, name);
	if (b->store->ops->get(b->store, name, 0, 0, b->object.len + 1, got, b, &b->err) != 0)
		failed("get", b->err.text);
}

static void
put_next(struct bench *b)
{
	char name[PATH_SIZE];

	if (b->at == b->count)
		return;
	object_name(b, name);
	if (b->store->ops->put(b->store, name, &b->object, put, b, &b->err) != 0)
		failed("put", b->err.text);
}

static void
open_store(struct bench *b)
{
	struct store_s3_options o = { .bucket = b->bucket, .prefix = "", .endpoint = b->url, .region = b->region };

	o.credentials = (struct credentials_options){ .source = CREDENTIALS_STATIC, .id = b->id, .secret = b->secret };
	if (store_s3_open(&b->loop, &o, &b->store, &b->err) != 0)
		failed("open", b->err.text);
}

static void
ours(struct bench *b)
{
	double began;

	b->loop.now_ms = clock_ms;
	b->loop.wall_ms = wall_ms;
	if (loop_init(&b->loop, &b->err) != 0)
		failed("loop", b->err.text);
	began = now_ms();
	open_store(b);
	put_next(b);
	loop_run(&b->loop);
	printf("ms %.3f\n", now_ms() - began);
	b->store->ops->close(b->store);
	(void)loop_release(&b->loop);
}

/* ---- bare: signed in advance ---- */

static void
add_field(struct ready *r, const char *name, const char *value)
{
	char line[4096];

	(void)snprintf(line, sizeof line, "%s: %s", name, value);
	r->fields = curl_slist_append(r->fields, line);
	if (r->fields == NULL)
		failed("curl", "no memory");
}

/* range NULL: none; path and query as they are sent. */
static void
prepare(struct bench *b, const char *method, const char *path, const char *query, const char *range,
        const char *sum, const struct buf *body)
{
	struct ready *r = &b->ready[b->ready_count++];
	char time_text[SIGN_TIME_SIZE], *host = strstr(b->url, "://") + 3;
	const struct sign_pair fields[] = { { "host", host }, { "x-amz-content-sha256", sum },
		                            { "x-amz-date", time_text }, { "range", range } };
	const struct sign_key key = { b->id, b->secret, b->region, time_text };
	const struct sign_request what = { .method = method, .path = path, .query = query, .fields = fields, .sum = sum,
		                           .field_count = LENGTH(fields) - (range == NULL) };
	struct buf authorization;

	sign_time((int64_t)time(NULL), time_text);
	buf_init(&authorization, 4096);
	if (sign(&sign_aws, &key, &what, &authorization, &b->err) != 0)
		failed("sign", b->err.text);
	(void)snprintf(r->method, sizeof r->method, "%s", method);
	(void)snprintf(r->url, sizeof r->url, "%s%s%s%s", b->url, path, query[0] != '\0' ? "?" : "", query);
	for (size_t i = 1; i < what.field_count; i++)
		add_field(r, fields[i].name, fields[i].value);
	add_field(r, "authorization", buf_text(&authorization));
	r->body = body;
	buf_release(&authorization);
}

static void
prepare_objects(struct bench *b)
{
	char sum[SIGN_SUM_HEX], none[SIGN_SUM_HEX], path[PATH_SIZE], name[PATH_SIZE];

	for (b->at = 0; b->at < b->count; b->at++) {
		sign_sum(b->object.data, b->object.len, sum);
		sign_sum("", 0, none);
		object_name(b, name);
		if ((size_t)snprintf(path, sizeof path, "/%s/%s", b->bucket, name) >= sizeof path)
			failed("name", "it is too long");
		prepare(b, "PUT", path, "", NULL, sum, &b->object);
		prepare(b, "GET", path, "", NULL, none, NULL);
	}
}

static void
prepare_requests(struct bench *b, const char *path)
{
	char line[4 * PATH_SIZE], none[SIGN_SUM_HEX], *word[4], *rest;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		failed(path, "it cannot be opened");
	sign_sum("", 0, none);
	while (fgets(line, sizeof line, f) != NULL && b->ready_count < REQUESTS_MAX) {
		rest = line;
		for (size_t i = 0; i < LENGTH(word); i++)
			if ((word[i] = strtok_r(NULL, " \n", &rest)) == NULL)
				failed(path, "a line is no request");
		prepare(b, word[0], word[1], strcmp(word[2], "-") == 0 ? "" : word[2],
		        strcmp(word[3], "-") == 0 ? NULL : word[3], none, NULL);
	}
	(void)fclose(f);
}

/* ---- bare: sent ---- */

static size_t
drop(char *bytes, size_t one, size_t n, void *arg)
{
	struct bench *b = arg;

	(void)bytes;
	b->received += one * n;
	return n;
}

static void
set_request(CURL *easy, const struct ready *r)
{
	curl_easy_setopt(easy, CURLOPT_URL, r->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, r->fields);
	if (r->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body->len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, r->body->data);
	} else
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
}

static void
send_one(CURL *easy, const struct ready *r)
{
	CURLcode rc;
	long status = 0;

	set_request(easy, r);
	rc = curl_easy_perform(easy);
	if (rc != CURLE_OK)
		failed(r->url, curl_easy_strerror(rc));
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 != 2)
		failed(r->url, "it was refused");
}

static void
send_all(struct bench *b, double began)
{
	CURL *easy = curl_easy_init();

	if (easy == NULL)
		failed("curl", "no memory");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, b);
	for (size_t i = 0; i < b->ready_count; i++)
		send_one(easy, &b->ready[i]);
	printf("ms %.3f\nreceived %zu\n", now_ms() - began, b->received);
	curl_easy_cleanup(easy);
}

/* ---- the program ---- */

static void
read_secret(struct bench *b, const char *path)
{
	char text[SECRET_MAX];
	FILE *f = fopen(path, "r");

	if (f == NULL || fgets(text, sizeof text, f) == NULL)
		failed(path, "it cannot be read");
	(void)fclose(f);
	b->secret = secret_new(text, strcspn(text, "\n"));
	if (b->secret == NULL)
		failed(path, "no memory");
}

/* Random bytes, the same ones each time: what was sealed looks like that. */
static void
make_object(struct bench *b, size_t len)
{
	static const unsigned char seed[randombytes_SEEDBYTES] = { 1 };

	buf_init(&b->object, len + 1);
	if (buf_reserve(&b->object, len) != 0)
		failed("object", "no memory");
	randombytes_buf_deterministic(b->object.data, len, seed);
	b->object.len = len;
}

static void
bare(struct bench *b, const char *side, const char *requests)
{
	double began = now_ms();

	if (strcmp(side, "replay") == 0)
		prepare_requests(b, requests);
	else
		prepare_objects(b);
	send_all(b, strcmp(side, "bare") == 0 ? began : now_ms());
}

int
main(int argc, char **argv)
{
	struct bench b = { 0 };
	bool replay = argc == 8 && strcmp(argv[1], "replay") == 0;

	if (argc != 10 && !replay)
		failed("usage", "SIDE URL REGION BUCKET KEY_ID SECRET_FILE NAME BYTES COUNT, or replay .. REQUESTS");
	if (sodium_init() < 0 || http_init(&b.err) != 0)
		failed("libraries", b.err.text);
	b.url = argv[2];
	b.region = argv[3];
	b.bucket = argv[4];
	b.id = argv[5];
	read_secret(&b, argv[6]);
	b.name = argv[7];
	b.count = replay ? 0 : strtoul(argv[9], NULL, 10);
	b.ready = calloc(replay ? REQUESTS_MAX : 2 * b.count + 1, sizeof *b.ready);
	if (b.ready == NULL)
		failed("requests", "no memory");
	make_object(&b, replay ? 0 : strtoul(argv[8], NULL, 10));
	if (strcmp(argv[1], "ours") == 0)
		ours(&b);
	else
		bare(&b, argv[1], argv[7]);
	for (size_t i = 0; i < b.ready_count; i++)
		curl_slist_free_all(b.ready[i].fields);
	free(b.ready);
	buf_release(&b.object);
	secret_free(b.secret);
	return 0;
}
