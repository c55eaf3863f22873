/* credentials.c - the cache, and the sources that need no server; see credentials.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/limits.h"
#include "core/store/credentials_fetch.h"

#define EARLY_MS (5 * 60 * 1000) /* before a key expires, since a request takes its time */
#define AGAIN_MS (60 * 1000)     /* not asked for another one before */

#define CONTAINER_URL "http://169.254.170.23/v1/credentials"
#define ECS_URL       "http://169.254.170.2"
#define IMDS_URL      "http://169.254.169.254"
#define STS_URL       "https://sts.%s.amazonaws.com%s"
#define REGION        "us-east-1"
#define URL_SIZE      2048u

/* ---- opening ---- */

static int
take(char **to, const char *from)
{
	free(*to);
	*to = from == NULL ? NULL : strdup(from);
	return from != NULL && *to == NULL ? -1 : 0;
}

int
credentials_take_url(struct credentials_cache *c, const char *url)
{
	const char *host = strstr(url, "://"), *slash = host == NULL ? NULL : strchr(host + 3, '/');

	if (take(&c->path, slash == NULL ? "/" : slash) != 0)
		return -1;
	c->base = slash == NULL ? strdup(url) : strndup(url, (size_t)(slash - url));
	return c->base == NULL ? -1 : 0;
}

/* What $AWS_... say, in the options' terms: nothing of it lives longer than credentials_open(). */
static int
from_environment(struct credentials_options *o, struct secret **made, char url[URL_SIZE], struct err *e)
{
	const char *secret = getenv("AWS_SECRET_ACCESS_KEY"), *token = getenv("AWS_SESSION_TOKEN");
	const char *relative = getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");

	o->id = getenv("AWS_ACCESS_KEY_ID");
	o->role_arn = getenv("AWS_ROLE_ARN");
	o->token_file = getenv("AWS_WEB_IDENTITY_TOKEN_FILE");
	o->session_name = getenv("AWS_ROLE_SESSION_NAME");
	if (o->id != NULL && secret != NULL) {
		o->source = CREDENTIALS_STATIC;
		o->secret = made[0] = secret_new(secret, strlen(secret));
		o->token = made[1] = token == NULL ? NULL : secret_new(token, strlen(token));
		return made[0] != NULL && (token == NULL || made[1] != NULL) ? 0 : err_memory(e, "reading keys");
	}
	if (o->role_arn != NULL && o->token_file != NULL) {
		o->source = CREDENTIALS_WEB_IDENTITY;
		return 0;
	}
	o->source = CREDENTIALS_CONTAINER;
	o->token_file = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	o->endpoint = getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	token = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	o->token = made[1] = token == NULL ? NULL : secret_new(token, strlen(token));
	if (relative != NULL && (size_t)snprintf(url, URL_SIZE, ECS_URL "%s", relative) < URL_SIZE)
		o->endpoint = url;
	if (o->endpoint == NULL)
		return err_set(e, ERR_CONFIG,
		               "store.credentials.source is \"environment\", and none of AWS_ACCESS_KEY_ID with "
		               "AWS_SECRET_ACCESS_KEY, AWS_ROLE_ARN with AWS_WEB_IDENTITY_TOKEN_FILE, and "
		               "AWS_CONTAINER_CREDENTIALS_..._URI is set");
	return 0;
}

static int
missing(const char *source, const char *what, struct err *e)
{
	return err_set(e, ERR_CONFIG, "store.credentials: the source \"%s\" needs %s", source, what);
}

static int
take_static(struct credentials_cache *c, const struct credentials_options *o, struct err *e)
{
	if (o->id == NULL || o->secret == NULL)
		return missing("static", "access_key_id and secret_access_key", e);
	if (o->id[0] == '\0' || strpbrk(o->id, " /,\r\n\t") != NULL)
		return err_set(e, ERR_CONFIG, "store.credentials.access_key_id cannot be one");
	c->given.secret = secret_new(o->secret->bytes, o->secret->len);
	c->given.token = o->token == NULL ? NULL : secret_new(o->token->bytes, o->token->len);
	if (take(&c->given.id, o->id) != 0 || c->given.secret == NULL ||
	    (o->token != NULL && c->given.token == NULL))
		return err_memory(e, "keeping keys");
	return 0;
}

/* An account's key, as Azure's portal shows it. */
static int
take_account_key(struct credentials_cache *c, const struct secret *key, struct err *e)
{
	CLEANUP(secret_free) struct secret *bytes = key == NULL ? NULL : secret_new(key->bytes, key->len);
	size_t len = 0;

	if (key == NULL)
		return missing("shared_key", "account_key", e);
	if (bytes == NULL)
		return err_memory(e, "keeping keys");
	if (sodium_base642bin(bytes->bytes, bytes->len, (const char *)key->bytes, key->len, " \r\n", &len,
	                      NULL, sodium_base64_VARIANT_ORIGINAL) != 0 || len == 0)
		return err_set(e, ERR_CONFIG,
		               "store.credentials.account_key is not one in base64, as Azure's portal shows it");
	c->given.secret = secret_new(bytes->bytes, len);
	c->given.id = strdup("");
	return c->given.secret == NULL || c->given.id == NULL ? err_memory(e, "keeping keys") : 0;
}

/* "sv=...&sig=...", which is a part of a URL; Azure's portal shows it with a '?' in front. */
static int
take_sas(struct credentials_cache *c, const struct secret *sas, struct err *e)
{
	const char *text = sas == NULL ? "" : (const char *)sas->bytes;
	size_t len = sas == NULL ? 0 : sas->len;

	if (sas == NULL)
		return missing("sas", "sas_token", e);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len > 0 && text[0] == '?') {
		text++;
		len--;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f || text[i] == '#' || text[i] == '?')
			len = 0;
	if (len == 0 || (strncmp(text, "sig=", 4) != 0 && strstr(text, "&sig=") == NULL))
		return err_set(e, ERR_CONFIG,
		               "store.credentials.sas_token is no SAS: it looks like \"sv=...&sig=...\"");
	c->given.token = secret_new(text, len);
	c->given.id = strdup("");
	return c->given.token == NULL || c->given.id == NULL ? err_memory(e, "keeping keys") : 0;
}

/* What needs a server: its URL, and what is told to it. */
static int
take_server(struct credentials_cache *c, const struct credentials_options *o, struct err *e)
{
	const char *region = o->region == NULL ? REGION : o->region, *url = o->endpoint;
	char sts[URL_SIZE];
	int failed = 0;

	(void)snprintf(sts, sizeof sts, STS_URL, region, strncmp(region, "cn-", 3) == 0 ? ".cn" : ""); /* fits */
	if (c->source == CREDENTIALS_WEB_IDENTITY && (o->role_arn == NULL || o->token_file == NULL))
		return missing("web_identity", "role_arn and token_file", e);
	if (url == NULL)
		url = c->source == CREDENTIALS_WEB_IDENTITY ? sts
		      : c->source == CREDENTIALS_CONTAINER  ? CONTAINER_URL
		                                            : IMDS_URL;
	failed |= credentials_take_url(c, url) | take(&c->role_arn, o->role_arn) | take(&c->token_file, o->token_file);
	failed |= take(&c->session_name, o->session_name == NULL ? "kafka-config-backup" : o->session_name);
	failed |= take(&c->ca_file, o->endpoint == NULL ? NULL : o->ca_file);
	if (c->source == CREDENTIALS_CONTAINER && o->token != NULL) {
		c->authorization = secret_new(o->token->bytes, o->token->len);
		failed |= c->authorization == NULL;
	}
	return failed ? err_memory(e, "keeping keys") : 0;
}

static int
say_where(struct credentials_cache *c, struct err *e)
{
	char text[URL_SIZE];

	if (c->source == CREDENTIALS_FILE)
		(void)snprintf(text, sizeof text, "profile [%s] of %s", c->profile, c->file);
	else if (c->source == CREDENTIALS_STATIC)
		(void)snprintf(text, sizeof text, "the configured access key");
	else if (c->source == CREDENTIALS_SHARED_KEY)
		(void)snprintf(text, sizeof text, "the configured account key");
	else if (c->source == CREDENTIALS_SAS)
		(void)snprintf(text, sizeof text, "the configured SAS");
	else if (c->source == CREDENTIALS_SERVICE_ACCOUNT)
		(void)snprintf(text, sizeof text, "%s", c->google.email);
	else if (credentials_bears(c))
		(void)snprintf(text, sizeof text, "a token from %s", c->base);
	else
		(void)snprintf(text, sizeof text, "a key from %s", c->base);
	return take(&c->where, text) == 0 ? 0 : err_memory(e, "keeping keys");
}

static int
take_options(struct credentials_cache *c, const struct credentials_options *given, struct err *e)
{
	struct credentials_options o = *given;
	struct secret *made[2] = { NULL, NULL };
	char url[URL_SIZE];
	int rc = 0;

	if (o.source == CREDENTIALS_ENVIRONMENT)
		rc = from_environment(&o, made, url, e);
	c->source = o.source;
	if (rc == 0 && o.source == CREDENTIALS_STATIC)
		rc = take_static(c, &o, e);
	else if (rc == 0 && o.source == CREDENTIALS_SHARED_KEY)
		rc = take_account_key(c, o.secret, e);
	else if (rc == 0 && o.source == CREDENTIALS_SAS)
		rc = take_sas(c, o.token, e);
	else if (rc == 0 && credentials_bears(c))
		rc = credentials_token_open(c, &o, e);
	else if (rc == 0 && o.source == CREDENTIALS_FILE) {
		if (o.file == NULL)
			rc = missing("file", "file", e);
		else if (take(&c->file, o.file) != 0 ||
		         take(&c->profile, o.profile == NULL ? "default" : o.profile) != 0)
			rc = err_memory(e, "keeping keys");
	} else if (rc == 0)
		rc = take_server(c, &o, e);
	secret_free(made[0]);
	secret_free(made[1]);
	return rc == 0 ? say_where(c, e) : rc;
}

static void fetched(struct credentials_cache *c, int rc, const struct err *e);

int
credentials_open(struct loop *l, const struct credentials_options *o,
                 struct credentials_cache **ret, struct err *e)
{
	struct credentials_cache *c = calloc(1, sizeof *c);
	int rc;

	if (c == NULL)
		return err_memory(e, "keeping keys");
	c->loop = l;
	c->fetched_fn = fetched;
	rc = take_options(c, o, e);
	if (rc == 0 && c->base != NULL)
		rc = http_open(l, &(struct http_options){ .url = c->base, .ca_file = c->ca_file }, &c->http, e);
	if (rc != 0)
		credentials_close(c);
	else
		*ret = c;
	return rc;
}

void
credentials_close(struct credentials_cache *c)
{
	if (c == NULL)
		return;
	http_close(c->http);
	free(c->file);
	free(c->profile);
	free(c->role_arn);
	free(c->token_file);
	free(c->session_name);
	free(c->base);
	free(c->path);
	free(c->ca_file);
	free(c->where);
	free(c->tenant_id);
	free(c->client_id);
	google_key_release(&c->google);
	secret_free(c->authorization);
	secret_free(c->session);
	credentials_release(&c->given);
	credentials_release(&c->current);
	credentials_release(&c->fetched);
	free(c);
}

const char *
credentials_where(const struct credentials_cache *c)
{
	return c->where;
}

/* ---- having one ---- */

/*
 * Until five minutes before its end; but a new key is used for a minute, whatever its end: one that
 * seems to be over when it comes is a sign of our clock, and the server is who knows.
 */
static void
keep(struct credentials_cache *c, struct credentials *key)
{
	int64_t soon = loop_wall_ms(c->loop) + AGAIN_MS, early = key->expires_ms - EARLY_MS;

	credentials_release(&c->current);
	c->current = *key;
	*key = (struct credentials){ .id = NULL };
	c->dropped = false;
	c->good_until_ms = c->current.expires_ms == 0 ? INT64_MAX : early > soon ? early : soon;
}

static void
fetched(struct credentials_cache *c, int rc, const struct err *e)
{
	struct credentials_waiter *w = c->waiters, *next;
	int64_t now = loop_wall_ms(c->loop);

	if (rc == 0)
		keep(c, &c->fetched);
	else if (rc == ERR_AGAIN && !c->dropped && c->current.id != NULL && c->current.expires_ms > now) {
		c->good_until_ms = now + AGAIN_MS < c->current.expires_ms ? now + AGAIN_MS : c->current.expires_ms;
		rc = 0;
	}
	c->waiters = NULL;
	for (; w != NULL; w = next) {
		next = w->next;
		w->ready(w, rc, e);
	}
}

static int
read_profile(struct credentials_cache *c, struct err *e)
{
	CLEANUP(secret_free) struct secret *text = NULL;
	struct credentials read = { .id = NULL };
	int rc = secret_read("store.credentials.file", c->file, SECRET_FILE_MAX, &text, e);

	if (rc == 0)
		rc = credentials_of_profile(c->file, (const char *)text->bytes, text->len, c->profile, &read, e);
	if (rc == 0)
		keep(c, &read);
	return rc;
}

static bool
is_good(const struct credentials_cache *c)
{
	return c->current.id != NULL && !c->dropped && loop_wall_ms(c->loop) < c->good_until_ms;
}

int
credentials_get(struct credentials_cache *c, struct credentials_waiter *w,
                const struct credentials **ret, struct err *e)
{
	int rc = 0;

	*ret = c->given.id != NULL ? &c->given : &c->current;
	if (c->given.id != NULL || is_good(c))
		return 0;
	if (c->source == CREDENTIALS_FILE)
		return read_profile(c, e);
	if (c->waiters == NULL)
		rc = credentials_fetch(c, e);
	if (rc != 0)
		return rc;
	w->next = c->waiters;
	c->waiters = w;
	return CREDENTIALS_WAIT;
}

bool
credentials_refused(struct credentials_cache *c, const char *id)
{
	if (c->given.id != NULL)
		return false;
	if (c->dropped || c->current.id == NULL || strcmp(c->current.id, id) != 0)
		return true; /* another call was first: there is a new one, or will be */
	if (c->refreshed)
		return false;
	c->refreshed = true;
	c->dropped = true;
	return true;
}
