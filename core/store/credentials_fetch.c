/* credentials_fetch.c - keys that a server gives: STS, a container's or a machine's metadata service */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "core/store/credentials_fetch.h"
#include "core/store/sign.h"
#include "core/store/xml.h"

#define ANSWER_MAX     (64u << 10)
#define FORM_MAX       (128u << 10) /* a token is some 2 KiB, escaped */
#define PATIENCE_MS    5000u        /* these servers are near */
#define FETCH_ATTEMPTS 4u
#define TOKEN_MAX      (16u << 10)
#define ROLES_PATH     "/latest/meta-data/iam/security-credentials/"

enum { STEP_SESSION, STEP_ROLE, STEP_KEY };

int
credentials_read_token(const char *path, struct secret **ret, struct err *e)
{
	char text[TOKEN_MAX];
	struct stat st;
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)err_set(e, ERR_CONFIG, "store.credentials.token_file %s: %s", path,
		              fd < 0 ? strerror(errno) : "not a regular file");
		if (fd >= 0)
			(void)close(fd); /* nothing was read */
		return e->code;
	}
	do
		n = read(fd, text, sizeof text);
	while (n < 0 && errno == EINTR);
	(void)close(fd); /* only read from */
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n <= 0 || n == (ssize_t)sizeof text)
		return err_set(e, ERR_CONFIG, "store.credentials.token_file %s: is empty, too long or cannot be read",
		               path);
	*ret = secret_new(text, (size_t)n);
	explicit_bzero(text, sizeof text);
	return *ret == NULL ? err_memory(e, "reading a token") : 0;
}

static void send_again(void *arg, int rc);

static void
end(struct credentials_cache *c, int rc, const struct err *e)
{
	struct err err = *e;

	if (rc != 0 && rc != ERR_CANCELLED && rc != ERR_DEADLINE)
		(void)err_prefix(&err, "cannot get %s from %s", credentials_bears(c) ? "a token" : "an access key",
		                 c->base);
	secret_free(c->session);
	c->session = NULL;
	if (rc != 0)
		credentials_release(&c->fetched);
	c->fetched_fn(c, rc, &err);
}

/* ---- answers ---- */

static int
take_error_code(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	char *code = arg;

	(void)e;
	if (strcmp(path, "ErrorResponse/Error/Code") == 0 && len < 64)
		(void)snprintf(code, 64, "%s", text); /* fits */
	return 0;
}

/* What STS says of our token, as far as it is known; the rest by its status. */
static int
sts_error(const struct credentials_cache *c, const struct http_response *answer, struct err *e)
{
	static const struct {
		const char *code;
		int         err;
		const char *advice;
	} known[] = {
		{ "ExpiredTokenException", ERR_DENIED, "the token in it has expired: renew it" },
		{ "InvalidIdentityToken", ERR_DENIED, "the token in it is not of an issuer that the account knows" },
		{ "IDPRejectedClaim", ERR_DENIED, "the token in it is for another audience" },
		{ "IDPCommunicationError", ERR_AGAIN, "STS could not ask the issuer" },
		{ "AccessDenied", ERR_DENIED, "the role's trust policy does not allow it" },
		{ "ValidationError", ERR_CONFIG, "is store.credentials.role_arn right?" },
		{ "RegionDisabledException", ERR_CONFIG, "STS is off in that region" },
		{ "InvalidParameterValue", ERR_DENIED, "the token in it is expired, or for another audience" },
	};
	char code[64] = "";
	struct err ignored;

	(void)xml_read(answer->body, answer->len, take_error_code, code, &ignored);
	for (size_t i = 0; i < LENGTH(known); i++)
		if (strcmp(known[i].code, code) == 0)
			return err_set(e, known[i].err, "%s for %s: %d %s: %s", c->token_file, c->role_arn,
			               answer->status, code, known[i].advice);
	return http_error(answer, e);
}

/* The role's name is the first line, and goes into a path. */
static int
take_role(struct credentials_cache *c, const struct http_response *answer, struct err *e)
{
	size_t n = strcspn(answer->body, "\r\n");

	if (n == 0 || n >= sizeof c->role || strspn(answer->body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                                                          "0123456789+=,.@_-") < n)
		return err_set(e, ERR_CONFIG, "this machine has no role: attach one to it");
	(void)snprintf(c->role, sizeof c->role, "%.*s", (int)n, answer->body); /* fits */
	return 0;
}

static int
take_answer(struct credentials_cache *c, const struct http_response *answer, struct err *e)
{
	int rc;

	if (credentials_bears(c))
		return credentials_token_take(c, answer, e);
	rc = c->source == CREDENTIALS_WEB_IDENTITY && (answer->status < 200 || answer->status > 299)
	             ? sts_error(c, answer, e)
	             : http_error(answer, e);

	if (rc == ERR_MISSING && c->source == CREDENTIALS_IMDS)
		return err_set(e, ERR_CONFIG, "%s: 404: this machine has no role, or no metadata service of version 2",
		               answer->request);
	if (rc != 0)
		return rc;
	if (c->source == CREDENTIALS_WEB_IDENTITY)
		return credentials_of_sts(answer->body, answer->len, &c->fetched, e);
	if (c->source == CREDENTIALS_CONTAINER || c->step == STEP_KEY)
		return credentials_of_json(answer->body, answer->len, &c->fetched, e);
	if (c->step == STEP_ROLE)
		return take_role(c, answer, e);
	secret_free(c->session);
	c->session = secret_new(answer->body, answer->len);
	return c->session == NULL ? err_memory(e, "getting a key") : 0;
}

static void
answered(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct credentials_cache *c = arg;
	struct err err = *e, ignored;

	if (rc == 0)
		rc = take_answer(c, answer, &err);
	if (retry_worth(rc) && retry_wait(&c->retry, c->loop, send_again, c, &ignored) == 0)
		return;
	if (rc == 0 && c->source == CREDENTIALS_IMDS && c->step != STEP_KEY) {
		c->step++;
		send_again(c, 0);
		return;
	}
	end(c, rc, &err);
}

/* ---- requests ---- */

int
credentials_request(struct credentials_cache *c, struct http_request *r, struct err *e)
{
	r->body_max = ANSWER_MAX;
	r->timeout_ms = PATIENCE_MS;
	return http_start(c->http, r, answered, c, e);
}

/* The body is borrowed until the callback: it lives in c->session, which nothing else needs here. */
static int
ask_sts(struct credentials_cache *c, struct err *e)
{
	struct http_request r = { .method = "POST", .path = c->path,
		                  .content_type = "application/x-www-form-urlencoded" };
	const struct http_field accept = { "Accept", "text/xml" };
	CLEANUP(secret_free) struct secret *token = NULL;
	CLEANUP(buf_wipe) struct buf form;
	int rc;

	buf_init(&form, FORM_MAX);
	rc = credentials_read_token(c->token_file, &token, e);
	if (rc != 0)
		return rc;
	(void)buf_add_text(&form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=");
	sign_escape(&form, c->session_name, false);
	(void)buf_add_text(&form, "&RoleArn=");
	sign_escape(&form, c->role_arn, false);
	(void)buf_add_text(&form, "&WebIdentityToken=");
	sign_escape(&form, (const char *)token->bytes, false);
	secret_free(c->session);
	c->session = form.failed ? NULL : secret_new(form.data, form.len);
	if (c->session == NULL)
		return err_memory(e, "getting a key");
	r.body = c->session->bytes;
	r.body_len = c->session->len;
	r.fields = &accept;
	r.field_count = 1;
	return credentials_request(c, &r, e);
}

static int
ask_container(struct credentials_cache *c, struct err *e)
{
	struct http_request r = { .method = "GET", .path = c->path };
	CLEANUP(secret_free) struct secret *token = NULL;
	struct http_field field = { "Authorization", "" };
	int rc = 0;

	if (c->token_file != NULL)
		rc = credentials_read_token(c->token_file, &token, e);
	if (rc != 0)
		return rc;
	if (token != NULL || c->authorization != NULL) {
		field.value = (const char *)(token != NULL ? token : c->authorization)->bytes;
		r.fields = &field;
		r.field_count = 1;
	}
	return credentials_request(c, &r, e);
}

static int
ask_machine(struct credentials_cache *c, struct err *e)
{
	struct http_request r = { .method = "GET", .path = ROLES_PATH, .field_count = 1 };
	struct http_field field = { "X-aws-ec2-metadata-token", "" };
	char path[sizeof ROLES_PATH + ROLE_NAME_MAX];

	r.fields = &field;
	if (c->step == STEP_SESSION) {
		field = (struct http_field){ "X-aws-ec2-metadata-token-ttl-seconds", "21600" };
		r.method = "PUT";
		r.path = "/latest/api/token";
		return credentials_request(c, &r, e);
	}
	field.value = (const char *)c->session->bytes;
	if (c->step == STEP_KEY) {
		(void)snprintf(path, sizeof path, ROLES_PATH "%s", c->role); /* fits */
		r.path = path;
	}
	return credentials_request(c, &r, e);
}

static int
ask(struct credentials_cache *c, struct err *e)
{
	return credentials_bears(c)                    ? credentials_token_ask(c, e)
	       : c->source == CREDENTIALS_WEB_IDENTITY ? ask_sts(c, e)
	       : c->source == CREDENTIALS_CONTAINER  ? ask_container(c, e)
	                                             : ask_machine(c, e);
}

static void
send_again(void *arg, int rc)
{
	struct credentials_cache *c = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(c->loop, &e);
	else
		rc = ask(c, &e);
	if (rc != 0)
		end(c, rc, &e);
}

int
credentials_fetch(struct credentials_cache *c, struct err *e)
{
	c->retry = RETRY_DEFAULT;
	c->retry.attempts_max = FETCH_ATTEMPTS;
	c->step = STEP_SESSION;
	return ask(c, e);
}
