/* credentials_token.c - tokens to bear: Azure's managed and workload identities, Google's accounts */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/store/credentials_fetch.h"
#include "core/store/sign.h"

#define FORM_MAX    (128u << 10)
#define CLOCK_OFF_S 60 /* beyond it Google believes no claim */

#define AZURE_IMDS_URL  "http://169.254.169.254"
#define AZURE_IMDS_PATH                                                                            \
	"/metadata/identity/oauth2/token?api-version=2018-02-01"                                           \
	"&resource=https%3A%2F%2Fstorage.azure.com%2F"
#define AZURE_LOGIN_URL "https://login.microsoftonline.com"
#define GOOGLE_METADATA_URL  "http://169.254.169.254" /* metadata.google.internal: needs no resolver */
#define GOOGLE_METADATA_PATH "/computeMetadata/v1/instance/service-accounts/default/token"

#define ASSERTION_JWT "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
#define JWT_BEARER "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"

bool
credentials_bears(const struct credentials_cache *c)
{
	return c->source >= CREDENTIALS_MANAGED_IDENTITY;
}

/* ---- opening ---- */

static int
missing(const char *source, const char *what, struct err *e)
{
	return err_set(e, ERR_CONFIG, "store.credentials: the source \"%s\" needs %s", source, what);
}

static int
copy(char **to, const char *from)
{
	*to = from == NULL ? NULL : strdup(from);
	return from != NULL && *to == NULL ? -1 : 0;
}

static int
need(struct credentials_cache *c, const struct credentials_options *o, struct err *e)
{
	if (c->source == CREDENTIALS_WORKLOAD_IDENTITY &&
	    (o->tenant_id == NULL || o->client_id == NULL || o->token_file == NULL))
		return missing("workload_identity", "tenant_id, client_id and token_file", e);
	if (c->source == CREDENTIALS_SERVICE_ACCOUNT && o->secret == NULL)
		return missing("service_account", "service_account_key", e);
	return c->source == CREDENTIALS_SERVICE_ACCOUNT ? google_key_read(o->secret, &c->google, e) : 0;
}

int
credentials_token_open(struct credentials_cache *c, const struct credentials_options *o, struct err *e)
{
	const char *url = o->endpoint;
	int rc = need(c, o, e);

	if (rc != 0)
		return rc;
	if (url == NULL)
		url = c->source == CREDENTIALS_SERVICE_ACCOUNT     ? c->google.token_uri
		      : c->source == CREDENTIALS_WORKLOAD_IDENTITY ? AZURE_LOGIN_URL
		      : c->source == CREDENTIALS_MANAGED_IDENTITY  ? AZURE_IMDS_URL
		                                                   : GOOGLE_METADATA_URL;
	rc = credentials_take_url(c, url) | copy(&c->tenant_id, o->tenant_id) |
	     copy(&c->client_id, o->client_id) | copy(&c->token_file, o->token_file) |
	     copy(&c->ca_file, o->endpoint == NULL ? NULL : o->ca_file);
	return rc != 0 ? err_memory(e, "keeping keys") : 0;
}

/* ---- requests ---- */

static int
ask_azure_machine(struct credentials_cache *c, struct err *e)
{
	const struct http_field field = { "Metadata", "true" };
	struct http_request r = { .method = "GET", .fields = &field, .field_count = 1 };
	struct buf path CLEANUP(buf_release);

	buf_init(&path, FORM_MAX);
	(void)buf_add_text(&path, AZURE_IMDS_PATH);
	if (c->client_id != NULL) {
		(void)buf_add_text(&path, "&client_id=");
		sign_escape(&path, c->client_id, false);
	}
	r.path = buf_text(&path);
	return r.path == NULL ? err_memory(e, "getting a token") : credentials_request(c, &r, e);
}

static int
ask_google_machine(struct credentials_cache *c, struct err *e)
{
	const struct http_field field = { "Metadata-Flavor", "Google" };
	struct http_request r = { .method = "GET", .path = GOOGLE_METADATA_PATH, .fields = &field,
		                  .field_count = 1 };

	return credentials_request(c, &r, e);
}

/* The body is borrowed until the callback: it lives in c->session, which nothing else needs here. */
static int
post(struct credentials_cache *c, const char *path, const struct buf *form, struct err *e)
{
	struct http_request r = { .method = "POST", .path = path,
		                  .content_type = "application/x-www-form-urlencoded" };

	secret_free(c->session);
	c->session = form->failed ? NULL : secret_new(form->data, form->len);
	if (c->session == NULL)
		return err_memory(e, "getting a token");
	r.body = c->session->bytes;
	r.body_len = c->session->len;
	return credentials_request(c, &r, e);
}

static int
ask_azure_login(struct credentials_cache *c, struct err *e)
{
	CLEANUP(secret_free) struct secret *token = NULL;
	struct buf path CLEANUP(buf_release);
	CLEANUP(buf_wipe) struct buf form;
	int rc;

	buf_init(&path, FORM_MAX);
	buf_init(&form, FORM_MAX);
	rc = credentials_read_token(c->token_file, &token, e);
	if (rc != 0)
		return rc;
	(void)buf_add_char(&path, '/');
	sign_escape(&path, c->tenant_id, false);
	(void)buf_add_text(&path, "/oauth2/v2.0/token");
	(void)buf_add_text(&form, "grant_type=client_credentials&scope=https%3A%2F%2Fstorage.azure.com%2F.default"
	                          "&client_assertion_type=" ASSERTION_JWT "&client_id=");
	sign_escape(&form, c->client_id, false);
	(void)buf_add_text(&form, "&client_assertion=");
	sign_escape(&form, (const char *)token->bytes, false);
	return buf_text(&path) == NULL ? err_memory(e, "getting a token") : post(c, path.data, &form, e);
}

/* The audience is what the key's file says, wherever the request goes. */
static int
ask_google_login(struct credentials_cache *c, struct err *e)
{
	CLEANUP(buf_wipe) struct buf form;
	int rc;

	buf_init(&form, FORM_MAX);
	(void)buf_add_text(&form, "grant_type=" JWT_BEARER "&assertion=");
	rc = google_key_claim(&c->google, c->google.token_uri, loop_wall_ms(c->loop) / 1000 - c->ahead_s, &form, e);
	return rc != 0 ? rc : post(c, c->path, &form, e);
}

int
credentials_token_ask(struct credentials_cache *c, struct err *e)
{
	return c->source == CREDENTIALS_MANAGED_IDENTITY    ? ask_azure_machine(c, e)
	       : c->source == CREDENTIALS_WORKLOAD_IDENTITY ? ask_azure_login(c, e)
	       : c->source == CREDENTIALS_SERVICE_ACCOUNT   ? ask_google_login(c, e)
	                                                    : ask_google_machine(c, e);
}

/* ---- answers ---- */

/* What OAuth calls the error: letters and '_' alone, so that it is never a token. */
static const char *
error_of(const struct http_response *answer, char name[64])
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	struct json_object *value = NULL;
	struct err ignored;
	const char *text = "";

	if (json_parse(answer->body, answer->len, JSON_DEPTH_MAX, &o, &ignored) == 0 &&
	    json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, "error", &value) &&
	    json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz_") != strlen(text))
		text = "";
	(void)snprintf(name, 64, "%s", text); /* cut is fine */
	return name;
}

/* Of the machine's metadata service, which is not there on every machine. */
static int
machine_error(const struct credentials_cache *c, const struct http_response *answer, struct err *e)
{
	bool azure = c->source == CREDENTIALS_MANAGED_IDENTITY;

	if (azure && answer->status == 410) /* it is being updated, and back within 70 seconds */
		return err_set(e, ERR_AGAIN, "%s: 410: it is being updated", answer->request);
	if (answer->status == 400 || answer->status == 404)
		return err_set(e, ERR_CONFIG, "%s: %d: %s", answer->request, answer->status,
		               azure ? "this machine has no such managed identity: assign one to it, or correct "
		                       "store.credentials.client_id"
		                     : "this machine has no service account: attach one to it");
	return http_error(answer, e);
}

static int
login_error(struct credentials_cache *c, const struct http_response *answer, struct err *e)
{
	static const struct {
		const char *name;
		int         err;
		const char *advice;
	} known[] = {
		{ "invalid_grant", ERR_DENIED, "the account's key was removed, or the clock here is wrong" },
		{ "invalid_client", ERR_DENIED,
		  "the token in token_file is expired, or of an issuer, a subject or an audience that the "
		  "identity does not trust" },
		{ "unauthorized_client", ERR_CONFIG, "is store.credentials.client_id right?" },
		{ "invalid_request", ERR_CONFIG, "are store.credentials.tenant_id and client_id right?" },
		{ "invalid_scope", ERR_CONFIG, "it knows no storage" },
		{ "temporarily_unavailable", ERR_AGAIN, "it is busy" },
	};
	int64_t there = http_date_s(answer->date), ahead = loop_wall_ms(c->loop) / 1000 - there;
	char name[64];

	(void)error_of(answer, name);
	if (c->source == CREDENTIALS_SERVICE_ACCOUNT && answer->status == 400 && there >= 0 && c->ahead_s == 0 &&
	    (ahead > CLOCK_OFF_S || ahead < -CLOCK_OFF_S)) {
		c->ahead_s = ahead;
		return err_set(e, ERR_AGAIN, "the clock here is %lld s off that of %s: correct it", (long long)ahead,
		               c->base);
	}
	for (size_t i = 0; i < LENGTH(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return err_set(e, known[i].err, "%s: %d %s: %s", answer->request, answer->status, name,
			               known[i].advice);
	return http_error(answer, e);
}

int
credentials_token_take(struct credentials_cache *c, const struct http_response *answer, struct err *e)
{
	bool machine = c->source == CREDENTIALS_MANAGED_IDENTITY || c->source == CREDENTIALS_METADATA_SERVER;
	char number[16];
	int rc;

	if (answer->status < 200 || answer->status > 299)
		return machine ? machine_error(c, answer, e) : login_error(c, answer, e);
	if (c->source == CREDENTIALS_METADATA_SERVER && strcmp(http_header(answer, "Metadata-Flavor"), "Google") != 0)
		return err_set(e, ERR_CONFIG, "%s: this is no metadata service of Google's: is this machine one of "
		                              "Google's?", answer->request);
	rc = credentials_of_token(answer->body, answer->len, loop_wall_ms(c->loop), &c->fetched, e);
	if (rc != 0)
		return rc;
	(void)snprintf(number, sizeof number, "%u", ++c->number);
	c->fetched.id = strdup(number);
	return c->fetched.id == NULL ? err_memory(e, "getting a token") : 0;
}

/* ---- their JSON ---- */

/* Seconds, as a number or as text: Azure's two services differ. */
static int64_t
seconds_of(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;
	int64_t seconds;

	if (!json_object_object_get_ex(o, key, &value) ||
	    (!json_object_is_type(value, json_type_int) && !json_object_is_type(value, json_type_string)))
		return 0;
	seconds = json_object_get_int64(value);
	return seconds < 0 || seconds > 10 * 365 * 86400 ? 0 : seconds;
}

static int
take_token(struct json_object *o, int64_t now_ms, struct credentials *ret, struct err *e)
{
	struct json_object *value = NULL;
	const char *token = "";
	size_t len, i;

	if (json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, "access_token", &value) &&
	    json_object_is_type(value, json_type_string))
		token = json_object_get_string(value);
	len = strlen(token);
	for (i = 0; i < len; i++)
		if ((unsigned char)token[i] <= ' ' || (unsigned char)token[i] >= 0x7f)
			break;
	if (len == 0 || i < len)
		return err_set(e, ERR_CORRUPT, "the answer is not the JSON of a token");
	ret->token = secret_new(token, len);
	sodium_memzero((char *)(uintptr_t)token, len); /* json-c's copy: it does not wipe */
	if (ret->token == NULL)
		return err_memory(e, "getting a token");
	ret->expires_ms = seconds_of(o, "expires_in") * 1000;
	if (ret->expires_ms != 0)
		ret->expires_ms += now_ms;
	return 0;
}

int
credentials_of_token(const char *text, size_t len, int64_t now_ms, struct credentials *ret, struct err *e)
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	int rc = json_parse(text, len, JSON_DEPTH_MAX, &o, e);

	*ret = (struct credentials){ .id = NULL };
	if (rc == ERR_CORRUPT) /* what it said is not repeated: it may be a part of a token */
		return err_set(e, rc, "the answer is not the JSON of a token");
	return rc != 0 ? rc : take_token(o, now_ms, ret, e);
}
