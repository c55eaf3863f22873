/* http_request.c - see http_call.h */
#include <stdio.h>
#include <string.h>

#include "core/loop/http_call.h"

#define URL_MAX (16u << 10)

static bool
is_token(const char *text)
{
	return text[0] != '\0' && http_is_plain(text, strlen(text)) &&
	       strpbrk(text, "\"(),/:;<=>?@[\\]{}") == NULL;
}

/* Blanks may be in it, but not what ends a line. */
static bool
is_value(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

int
http_request_check(const struct http *h, const struct http_request *r, struct err *e)
{
	bool fits = is_token(r->method) && r->path[0] == '/' && r->body_max > 0 &&
	            http_is_plain(r->path, strlen(r->path)) && strchr(r->path, '#') == NULL &&
	            strlen(h->own.url) + strlen(r->path) < URL_MAX &&
	            (r->content_type == NULL || is_value(r->content_type)) &&
	            (r->wanted_type == NULL ||
	             strlen(r->wanted_type) < sizeof ((struct http_call *)0)->wanted_type);
	size_t i;

	for (i = 0; fits && i < r->field_count; i++)
		fits = is_token(r->fields[i].name) && is_value(r->fields[i].value);
	if (fits)
		return 0;
	return err_set(e, ERR_FAILED,
	               "a request to %s cannot be sent: its method, path or headers are not allowed, or "
	               "its path is longer than %u bytes",
	               h->own.url, URL_MAX);
}

static int
add_field(struct http_call *c, const char *name, const char *value)
{
	struct curl_slist *longer;
	struct buf line;
	const char *text;

	buf_init(&line, HTTP_FIELDS_MAX);
	if (value == NULL) /* without the header that curl would send */
		(void)buf_print(&line, "%s:", name);
	else if (value[0] == '\0')
		(void)buf_print(&line, "%s;", name); /* curl's way to write an empty one */
	else
		(void)buf_print(&line, "%s: %s", name, value);
	text = buf_text(&line);
	longer = text == NULL ? NULL : curl_slist_append(c->fields, text);
	buf_release(&line);
	if (longer == NULL)
		return -1;
	c->fields = longer;
	return 0;
}

static int
set_fields(struct http_call *c, const struct http_request *r)
{
	size_t i;

	for (i = 0; i < r->field_count; i++)
		if (add_field(c, r->fields[i].name, r->fields[i].value) != 0)
			return -1;
	if (add_field(c, "Content-Type", r->content_type) != 0)
		return -1;
	return curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->fields) == CURLE_OK ? 0 : -1;
}

/*
 * What a PUT or POST without a body sends is one of length 0.  The size of what a HEAD speaks of
 * is no size of an answer.
 */
static int
set_body(struct http_call *c, const struct http_request *r)
{
	bool head = strcmp(r->method, "HEAD") == 0;
	bool sends = r->body_len > 0 || r->method[0] == 'P';
	bool failed = curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, r->method) != CURLE_OK;

	if (head)
		failed |= curl_easy_setopt(c->easy, CURLOPT_NOBODY, 1L) != CURLE_OK;
	else
		failed |= curl_easy_setopt(c->easy, CURLOPT_MAXFILESIZE_LARGE,
		                           (curl_off_t)c->body_max) != CURLE_OK;
	if (sends && !head) {
		failed |= curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		                           (curl_off_t)r->body_len) != CURLE_OK;
		failed |= curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS,
		                           r->body_len > 0 ? r->body : "") != CURLE_OK;
		c->sent_len = r->body_len;
	}
	return failed ? -1 : 0;
}

static int
set_url(struct http_call *c, const struct http_request *r)
{
	const char *base = c->http->own.url;
	struct buf url;
	const char *text;
	int rc = -1;

	(void)snprintf(c->request, sizeof c->request, "%s %s%.*s", r->method, base,
	               (int)strcspn(r->path, "?"), r->path); /* cut is fine */
	buf_init(&url, URL_MAX);
	(void)buf_add_text(&url, base);
	(void)buf_add_text(&url, r->path);
	text = buf_text(&url);
	if (text != NULL && curl_easy_setopt(c->easy, CURLOPT_URL, text) == CURLE_OK)
		rc = 0;
	buf_release(&url);
	return rc;
}

int
http_request_apply(struct http_call *c, const struct http_request *r)
{
	return set_url(c, r) == 0 && set_fields(c, r) == 0 && set_body(c, r) == 0 ? 0 : -1;
}
