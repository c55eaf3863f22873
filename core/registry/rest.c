/* rest.c - see rest.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/loop/retry.h"
#include "core/registry/rest.h"

#define RETRY_BUSY ((struct retry){ .base_ms = 100, .cap_ms = 1000, .attempts_max = 4 })

void
registry_release(struct registry *r)
{
	json_object_put_at(&r->issued);
	json_object_put_at(&r->seen);
	r->issued = r->seen = NULL;
}

/* ---- paths ---- */

void
rest_add_segment(struct buf *path, const char *text)
{
	/* pchar of RFC 3986 */
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	                            "!$&'()*+,;=:@";

	for (; *text != '\0'; text++)
		if (strchr(plain, *text) != NULL)
			(void)buf_add_char(path, *text); /* errors are sticky */
		else
			(void)buf_print(path, "%%%02X", (unsigned)(unsigned char)*text);
}

static void
add_context(struct buf *path, const char *context)
{
	if (strcmp(context, REGISTRY_DEFAULT_CONTEXT) == 0)
		return;
	(void)buf_add_char(path, ':');
	rest_add_segment(path, context);
	(void)buf_add_char(path, ':');
}

void
rest_add_subject(struct buf *path, const char *context, const char *subject)
{
	add_context(path, context);
	rest_add_segment(path, subject);
}

void
rest_make_path(struct buf *path, const char *what, const char *context, const char *subject,
               const char *behind)
{
	buf_clear(path);
	(void)buf_print(path, "/%s", what);
	if (subject != NULL || strcmp(context, REGISTRY_DEFAULT_CONTEXT) != 0)
		(void)buf_add_char(path, '/');
	if (subject != NULL)
		rest_add_subject(path, context, subject);
	else
		add_context(path, context);
	(void)buf_add_text(path, behind);
}

/* ---- members ---- */

struct json_object *
rest_member(struct json_object *object, const char *member)
{
	struct json_object *value = NULL;

	if (json_object_is_type(object, json_type_object))
		(void)json_object_object_get_ex(object, member, &value);
	return value;
}

const char *
rest_text(struct json_object *object, const char *member)
{
	struct json_object *value = rest_member(object, member);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

bool
rest_number(struct json_object *object, const char *member, int64_t *ret)
{
	struct json_object *value = rest_member(object, member);

	if (!json_object_is_type(value, json_type_int))
		return false;
	*ret = json_object_get_int64(value);
	return true;
}

bool
rest_is_missing(const struct rest_answer *answer)
{
	return answer->status == 404;
}

/* ---- one request ---- */

struct rest_call {
	struct registry *registry;
	const char      *method;
	struct buf       path, body;
	bool             has_body;
	rest_take_fn    *take; /* NULL: nobody takes the body */
	rest_fn         *done;
	void            *arg;
	size_t           asked;  /* the URL that it was sent to last */
	size_t           silent; /* URLs that did not answer */
	struct retry     retry;
	struct err       why;    /* of the wait */
};

static int send_call(struct rest_call *c, struct err *e);

static void
call_free(struct rest_call *c)
{
	buf_release(&c->path);
	buf_wipe(&c->body);
	free(c);
}

static void
end(struct rest_call *c, int rc, const struct rest_answer *answer, const struct err *e)
{
	c->done(c->arg, rc, answer, e);
	call_free(c);
}

static void
again(void *arg, int rc)
{
	struct rest_call *c = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(c->registry->loop, &e);
	else
		rc = send_call(c, &e);
	if (rc != 0)
		end(c, rc, NULL, &e);
}

/* Nobody answers there: the next URL, if the request bears it. */
static bool
try_next_url(struct rest_call *c, int rc)
{
	struct registry *r = c->registry;
	struct err e;

	if (rc != ERR_AGAIN || r->http_count < 2)
		return false;
	if (r->current == c->asked) /* else another request has found that out, and went on already */
		r->current = (r->current + 1) % r->http_count;
	if (strcmp(c->method, "POST") == 0 || ++c->silent >= r->http_count)
		return false;
	return loop_wait(r->loop, 0, again, c, &e) == 0;
}

static bool
wait_and_repeat(struct rest_call *c, const struct rest_answer *answer)
{
	struct err e;

	if (answer->why.code != ERR_AGAIN || strcmp(c->method, "POST") == 0)
		return false;
	return retry_wait(&c->retry, c->registry->loop, again, c, &e) == 0;
}

/* Without the value of an error: what it says beside its code is nobody's. */
static void
read_error(const struct http_response *from, struct rest_answer *answer)
{
	struct json_object *body = NULL;
	struct err e = { 0 };
	int64_t code = 0;

	(void)http_error(from, &answer->why);
	if (json_parse(from->body, from->len, JSON_DEPTH_MAX, &body, &e) == 0 &&
	    rest_number(body, "error_code", &code) && code > 0 && code < 1000000)
		answer->error_code = (int)code;
	json_object_put_at(&body);
	if (answer->error_code != 0 && answer->error_code != answer->status) {
		e = answer->why;
		(void)err_set(&answer->why, e.code, "%s (error code %d)", e.text, answer->error_code);
	}
}

static int
read_answer(struct rest_call *c, const struct http_response *from, struct rest_answer *answer, struct err *e)
{
	int rc;

	*answer = (struct rest_answer){ .status = from->status, .request = from->request };
	if (from->status < 200 || from->status > 299) {
		read_error(from, answer);
		return 0;
	}
	answer->taken = from->len > 0 && c->take != NULL && c->take(c->arg, from->body, from->len);
	if (from->len == 0 || answer->taken)
		return 0;
	rc = json_parse(from->body, from->len, JSON_DEPTH_MAX, &answer->value, e);
	if (rc != 0)
		return err_prefix(e, "%s: the answer", from->request);
	if (rest_member(answer->value, "error_code") == NULL || rest_text(answer->value, "message") == NULL)
		return 0;
	return err_set(e, ERR_CORRUPT, "%s: the server answered %d with the body of an error",
	               from->request, from->status);
}

static void
answered(void *arg, int rc, const struct http_response *from, const struct err *e)
{
	struct rest_call *c = arg;
	struct rest_answer answer = { 0 };
	struct err err = *e;

	if (rc != 0) {
		if (!try_next_url(c, rc))
			end(c, rc, NULL, &err);
		return;
	}
	rc = read_answer(c, from, &answer, &err);
	if (rc != 0 || !wait_and_repeat(c, &answer))
		end(c, rc, rc == 0 ? &answer : NULL, &err);
	json_object_put_at(&answer.value);
}

static int
send_call(struct rest_call *c, struct err *e)
{
	struct http_request r = { .method = c->method, .path = buf_text(&c->path),
		                  .wanted_type = "application/json", .body_max = REGISTRY_ANSWER_MAX };

	if (c->has_body) {
		r.body = buf_text(&c->body);
		r.body_len = c->body.len;
		r.content_type = "application/vnd.schemaregistry.v1+json";
	}
	c->asked = c->registry->current;
	if (r.path == NULL || (c->has_body && r.body == NULL))
		return err_memory(e, "asking the Schema Registry");
	return http_start(c->registry->http[c->asked], &r, answered, c, e);
}

static int
send_new(const struct rest_call *like, struct buf *path, struct buf *body, struct err *e)
{
	struct rest_call *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL || path->failed || (body != NULL && body->failed)) {
		free(c);
		return err_memory(e, "asking the Schema Registry");
	}
	*c = *like;
	c->has_body = body != NULL;
	c->retry = RETRY_BUSY;
	buf_init(&c->path, 16 * KEY_MAX_BYTES);
	buf_init(&c->body, LINE_MAX_BYTES + 16 * KEY_MAX_BYTES);
	(void)buf_add(&c->path, path->data, path->len); /* send() sees whether there was room */
	if (body != NULL)
		(void)buf_add(&c->body, body->data, body->len);
	rc = send_call(c, e);
	if (rc != 0)
		call_free(c);
	return rc;
}

int
rest_send(struct registry *r, const char *method, struct buf *path, struct buf *body, rest_fn *done,
          void *arg, struct err *e)
{
	struct rest_call call = { .registry = r, .method = method, .done = done, .arg = arg };

	return send_new(&call, path, body, e);
}

int
rest_ask(struct registry *r, struct buf *path, rest_take_fn *take, rest_fn *done, void *arg, struct err *e)
{
	struct rest_call call = { .registry = r, .method = "GET", .take = take, .done = done, .arg = arg };

	return send_new(&call, path, NULL, e);
}
