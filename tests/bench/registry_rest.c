/*
 * registry_rest.c - what a registry costs by REST: versions captured, against the same requests whose answers are
 * dropped; and versions restored, against a client that sends the same requests, one after the other.
 *
 *   registry_rest capture URL schemas|all     both kinds of lines, or those of schemas alone
 *   registry_rest probe URL FILE              the GETs of FILE, a path a line; settings 8 at a time, as ours are
 *   registry_rest restore URL VERSIONS        into an empty registry: what is planned and applied, with what is listed
 *                                             before and after
 *   registry_rest send URL VERSIONS [FILE]    the same, one at a time: mode, versions, mode, and the GETs of FILE
 *
 * Each prints "ms N" and "hwm KIB"; a capture also "versions N".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/registry/registry.h"
#include "core/registry/rest_configs.h"
#include "core/registry/rest_schemas.h"
#include "measure.h"
#include "schema_text.h"

#define AT_ONCE      8u /* REGISTRY_WIDTH */
#define PER_SUBJECT  10u
#define LINES_MAX    ((size_t)1 << 30)

static void
subject_of(unsigned number, char *ret, size_t size)
{
	(void)snprintf(ret, size, "subject-%05u", number / PER_SUBJECT);
}

/* ---- ours ---- */

struct ours {
	struct loop     loop;
	struct registry registry;
	struct line_set lines;
};

static void
begin(struct ours *o, const char *url)
{
	struct http_options options = { .url = url };
	struct err e = { 0 };

	*o = (struct ours){ .registry = { .loop = &o->loop } };
	if (http_init(&e) != 0 || loop_init(&o->loop, &e) != 0)
		failed("begin", e.text);
	o->loop.now_ms = clock_ms;
	o->loop.wall_ms = wall_ms;
	if (http_open(&o->loop, &options, &o->registry.http[0], &e) != 0)
		failed("begin", e.text);
	o->registry.http_count = 1;
	line_set_init(&o->lines, LINES_MAX);
}

static void
end(struct ours *o)
{
	registry_release(&o->registry);
	http_close(o->registry.http[0]);
	line_set_release(&o->lines);
	(void)loop_release(&o->loop);
}

static void
captured(struct capture *c, int rc, const struct err *e)
{
	(void)c;
	if (rc != 0)
		failed("capture", e->text);
}

static double
capture(const char *url, bool all)
{
	const struct kind_ops *const kinds[] = { &rest_schemas_ops, &rest_configs_ops };
	struct err e = { 0 };
	struct ours o;
	double took, began;
	size_t i;

	began = now_ms();
	begin(&o, url);
	for (i = 0; i < (all ? 2 : 1); i++) {
		struct capture c = { .loop = &o.loop, .server = &o.registry, .lines = &o.lines, .done = captured };

		if (kinds[i]->capture(&c, &e) != 0)
			failed("capture", e.text);
		loop_run(&o.loop);
		if (i == 0)
			printf("versions %zu\n", o.lines.count);
	}
	took = now_ms() - began;
	end(&o);
	return took;
}

static void
make_lines(struct line_set *lines, unsigned count)
{
	struct schema_version v = { .context = ".", .type = "AVRO" };
	char subject[32], text[SCHEMA_TEXT_SIZE];
	struct err e = { 0 };
	unsigned i;

	for (i = 0; i < count; i++) {
		schema_text(text, i);
		subject_of(i, subject, sizeof subject);
		v.subject = subject;
		v.version = i % PER_SUBJECT + 1;
		v.id = i + 1;
		v.text = text;
		v.text_len = strlen(text);
		if (schema_line_add(lines, &v, &e) != 0)
			failed("lines", e.text);
	}
}

static void
applied(struct apply *a, int rc, const struct err *e)
{
	(void)a;
	if (rc != 0)
		failed("restore", e->text);
}

static double
restore(const char *url, unsigned count)
{
	struct plan plan = { 0 };
	struct err e = { 0 };
	struct apply a = { .plan = &plan, .brokers = 1, .done = applied };
	struct ours o;
	double took, began;
	size_t i;

	begin(&o, url);
	make_lines(&o.lines, count);
	arena_init(&plan.arena, LINES_MAX);
	plan.server = a.server = &o.registry;
	a.loop = &o.loop;
	plan.items = calloc(count, sizeof *plan.items);
	if (plan.items == NULL)
		failed("restore", "no memory");
	began = now_ms();
	for (i = 0; i < count; i++) {
		plan.items[plan.count++].want = o.lines.lines[i];
		if (rest_schemas_ops.fit(&plan, &plan.items[i], 1, &e) != 0)
			failed("restore", e.text);
	}
	if (rest_schemas_ops.apply(&a, &e) != 0)
		failed("restore", e.text);
	loop_run(&o.loop);
	took = now_ms() - began;
	for (i = 0; i < plan.count; i++)
		if (plan.items[i].outcome != PLAN_DONE)
			failed("restore",
			       plan.items[i].reason == NULL ? "not all of it is there" : plan.items[i].reason);
	free(plan.items);
	arena_release(&plan.arena);
	end(&o);
	return took;
}

/* ---- theirs ---- */

static size_t
drop(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * count;
}

static CURL *
easy(void)
{
	CURL *c = curl_easy_init();

	if (c == NULL)
		failed("curl", "no memory");
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
	(void)curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	return c;
}

static void
set_url(CURL *c, const char *url, const char *path)
{
	char whole[1024];

	(void)snprintf(whole, sizeof whole, "%s%s", url, path);
	(void)curl_easy_setopt(c, CURLOPT_URL, whole);
}

struct paths {
	char  **all;
	size_t  count;
};

static struct paths
read_paths(const char *name)
{
	struct paths p = { .all = calloc(1u << 20, sizeof *p.all) };
	FILE *f = fopen(name, "r");
	char line[1024];

	if (f == NULL || p.all == NULL)
		failed(name, "cannot be read");
	while (p.count < 1u << 20 && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		p.all[p.count++] = strdup(line);
	}
	(void)fclose(f);
	return p;
}

static void
release_paths(struct paths *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		free(p->all[i]);
	free(p->all);
}

static bool
is_of_many(const char *path)
{
	return strncmp(path, "/config/", 8) == 0 || strncmp(path, "/mode/", 6) == 0 ||
	       strncmp(path, "/subjects/", 10) == 0;
}

static void
send_together(CURLM *m, CURL **handles, const char *url, const struct paths *p, size_t first, size_t end_at)
{
	size_t next = first, ended = first, i;
	int running, left;
	CURLMsg *said;

	for (i = 0; i < AT_ONCE && next < end_at; i++) {
		set_url(handles[i], url, p->all[next++]);
		(void)curl_multi_add_handle(m, handles[i]);
	}
	while (ended < end_at) {
		(void)curl_multi_perform(m, &running);
		while ((said = curl_multi_info_read(m, &left)) != NULL) {
			CURL *c = said->easy_handle;

			if (said->msg != CURLMSG_DONE)
				continue;
			if (said->data.result != CURLE_OK)
				failed("probe", curl_easy_strerror(said->data.result));
			(void)curl_multi_remove_handle(m, c);
			ended++;
			if (next == end_at)
				continue;
			set_url(c, url, p->all[next++]);
			(void)curl_multi_add_handle(m, c);
			running = 1;
		}
		if (ended < end_at)
			(void)curl_multi_poll(m, NULL, 0, 1000, NULL);
	}
}

static double
probe(const char *url, const char *file)
{
	struct paths p = read_paths(file);
	double took, began = now_ms();
	CURLM *m = curl_multi_init();
	CURL *handles[AT_ONCE];
	size_t i, next;

	for (i = 0; i < AT_ONCE; i++)
		handles[i] = easy();
	for (i = 0; i < p.count; i = next) {
		next = i + 1;
		while (is_of_many(p.all[i]) && next < p.count && is_of_many(p.all[next]))
			next++;
		send_together(m, handles, url, &p, i, next);
	}
	took = now_ms() - began;
	for (i = 0; i < AT_ONCE; i++)
		curl_easy_cleanup(handles[i]);
	(void)curl_multi_cleanup(m);
	release_paths(&p);
	return took;
}

static void
send_one(CURL *c, const char *method, const char *body)
{
	CURLcode code;
	long status = 0;

	(void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, method);
	(void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	code = curl_easy_perform(c);
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK || status != 200)
		failed("send", code != CURLE_OK ? curl_easy_strerror(code) : "it is refused");
}

static void
write_version(struct buf *body, unsigned number)
{
	char text[SCHEMA_TEXT_SIZE];
	struct json j;

	schema_text(text, number);
	buf_clear(body);
	json_init(&j, body);
	json_begin_object(&j);
	json_key_unsigned(&j, "id", number + 1);
	json_key_string(&j, "schema", text);
	json_key_string(&j, "schemaType", "AVRO");
	json_key_unsigned(&j, "version", number % PER_SUBJECT + 1);
	json_end_object(&j);
}

static double
send_all(const char *url, unsigned count, const char *file)
{
	struct paths p = { 0 };
	struct curl_slist *type = curl_slist_append(NULL, "Content-Type: application/vnd.schemaregistry.v1+json");
	char subject[32], path[96];
	struct buf body;
	double began = now_ms();
	CURL *c = easy();
	unsigned i;

	buf_init(&body, 1 << 20);
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, type);
	set_url(c, url, "/mode?force=true");
	send_one(c, "PUT", "{\"mode\":\"IMPORT\"}");
	for (i = 0; i < count; i++) {
		subject_of(i, subject, sizeof subject);
		(void)snprintf(path, sizeof path, "/subjects/%s/versions", subject);
		set_url(c, url, path);
		write_version(&body, i);
		send_one(c, "POST", buf_text(&body));
	}
	set_url(c, url, "/mode?force=true");
	send_one(c, "PUT", "{\"mode\":\"READWRITE\"}");
	if (file != NULL)
		p = read_paths(file);
	(void)curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, NULL);
	(void)curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	for (i = 0; i < p.count; i++) {
		set_url(c, url, p.all[i]);
		if (curl_easy_perform(c) != CURLE_OK) /* 404 is an answer */
			failed("send", p.all[i]);
	}
	began = now_ms() - began;
	release_paths(&p);
	buf_release(&body);
	curl_easy_cleanup(c);
	curl_slist_free_all(type);
	return began;
}

/* ---- figures ---- */

int
main(int argc, char **argv)
{
	const char *what = argc >= 4 ? argv[1] : "", *url = argc >= 4 ? argv[2] : "";
	unsigned count = argc >= 4 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	double took = 0;

	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		failed("libraries", "do not start");
	if (strcmp(what, "capture") == 0)
		took = capture(url, strcmp(argv[3], "all") == 0);
	else if (strcmp(what, "probe") == 0)
		took = probe(url, argv[3]);
	else if (strcmp(what, "restore") == 0 && count > 0)
		took = restore(url, count);
	else if (strcmp(what, "send") == 0 && count > 0)
		took = send_all(url, count, argv[4]);
	else
		failed("usage", "registry_rest capture URL schemas|all | probe URL FILE | restore|send URL VERSIONS");
	printf("ms %.1f\n", took);
	print_peak();
	return 0;
}
