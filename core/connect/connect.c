/* connect.c - see connect.h and rest.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/connect/rest.h"

/* ---- requests and answers ---- */

int
connect_send(struct connect *c, const char *method, const char *path, struct buf *body,
             http_fn *done, void *arg, struct err *e)
{
	struct http_request r = { .method = method, .path = path, .wanted_type = "application/json",
		                  .body_max = CONNECT_ANSWER_MAX };

	if (body != NULL) {
		r.body = buf_text(body);
		r.body_len = body->len;
		r.content_type = "application/json";
	}
	if (path == NULL || (body != NULL && r.body == NULL))
		return err_memory(e, "asking the Connect worker");
	return http_start(c->http, &r, done, arg, e);
}

void
connect_path(struct buf *out, const char *name, const char *behind)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	(void)buf_add_text(out, "/connectors/"); /* errors are sticky */
	for (; *name != '\0'; name++)
		if (strchr(plain, *name) != NULL)
			(void)buf_add_char(out, *name);
		else
			(void)buf_print(out, "%%%02X", (unsigned)(unsigned char)*name);
	(void)buf_add_text(out, behind);
}

int
connect_read(const struct http_response *answer, struct json_object **ret, struct err *e)
{
	int rc = http_error(answer, e);

	if (answer->status == 409)
		return err_set(e, ERR_AGAIN, "%s: the worker answered 409: it is rebalancing, or has no "
		               "leader yet", answer->request);
	if (rc != 0)
		return rc;
	rc = json_parse(answer->body, answer->len, JSON_DEPTH_MAX, ret, e);
	return rc == 0 ? 0 : err_prefix(e, "%s: the answer", answer->request);
}

const char *
connect_message(const struct http_response *answer, struct json_object **ret)
{
	struct err e;

	*ret = NULL;
	if (json_parse(answer->body, answer->len, JSON_DEPTH_MAX, ret, &e) != 0)
		return NULL;
	return connect_text(*ret, "message");
}

const char *
connect_text(struct json_object *object, const char *member)
{
	struct json_object *text;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, member, &text) ||
	    !json_object_is_type(text, json_type_string))
		return NULL;
	return json_object_get_string(text);
}

/* ---- the worker ---- */

struct probe {
	struct connect *connect;
	connect_fn     *fn;
	void           *arg;
};

static const char *
take_number(const char *text, unsigned *ret)
{
	unsigned n = 0;

	for (; *text >= '0' && *text <= '9' && n < 1000; text++)
		n = n * 10 + (unsigned)(*text - '0');
	*ret = n;
	return text;
}

unsigned
connect_version(const char *text)
{
	unsigned major = 0, minor = 0;
	const char *at = take_number(text, &major);

	if (at != text && *at == '.')
		(void)take_number(at + 1, &minor);
	if (major == 0 || major >= 1000 || minor >= 1000)
		return 1;
	if (strstr(text, "-ccs") != NULL || strstr(text, "-ce") != NULL) {
		/* Confluent 7.4 is Kafka 3.4, and 8.0 is 4.0 */
		if (major < 7)
			return 1;
		major -= 4;
	}
	return major * 1000 + minor;
}

/* Not ready, or not Connect: both may pass once the worker, or the URL, is what it should be. */
static int
read_root(struct connect *c, const struct http_response *answer, struct json_object **ret,
          struct err *e)
{
	const char *version, *cluster;
	int rc = connect_read(answer, ret, e);

	if (rc == ERR_MISSING)
		return err_set(e, ERR_AGAIN, "%s: the server answered %d: the worker is starting, or the "
		               "URL is not that of a Connect worker", answer->request, answer->status);
	if (rc != 0)
		return rc;
	version = connect_text(*ret, "version");
	cluster = connect_text(*ret, "kafka_cluster_id");
	if (version == NULL)
		return err_set(e, ERR_CORRUPT, "%s: the answer names no version: no Connect worker?",
		               answer->request);
	if (cluster == NULL)
		return err_set(e, ERR_AGAIN, "%s: the worker does not know its Kafka cluster yet",
		               answer->request);
	if (strcmp(cluster, c->cluster) != 0)
		return err_set(e, ERR_AGAIN,
		               "%s: the worker is of Kafka cluster %.64s, and this is %.64s: restart the "
		               "worker if it has outlived its cluster, else connect.url is of another one",
		               answer->request, cluster, c->cluster);
	c->version = connect_version(version);
	return 0;
}

static void
probed(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct probe *p = arg;
	struct json_object *root = NULL;
	struct err err = *e;

	if (rc == 0)
		rc = read_root(p->connect, answer, &root, &err);
	json_object_put_at(&root);
	p->fn(p->arg, rc, &err);
	free(p);
}

int
connect_probe(struct connect *c, connect_fn *fn, void *arg, struct err *e)
{
	struct probe *p = calloc(1, sizeof *p);
	int rc;

	if (p == NULL)
		return err_memory(e, "asking the Connect worker");
	*p = (struct probe){ c, fn, arg };
	rc = connect_send(c, "GET", "/", NULL, probed, p, e);
	if (rc != 0)
		free(p);
	return rc;
}
