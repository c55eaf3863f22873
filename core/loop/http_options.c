/* http_options.c - see http_options.h */
#include <stdlib.h>
#include <string.h>

#include "core/loop/http_options.h"

#define CONNECT_MS 10000L

bool
http_is_plain(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return false;
	return true;
}

/* What curl makes of it, and CURLUE_BAD_SCHEME where that is neither http nor https. */
static CURLUcode
read_url(CURLU *url, const char *text)
{
	char *scheme = NULL;
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);

	if (rc == CURLUE_OK)
		rc = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	if (rc == CURLUE_OK && strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		rc = CURLUE_BAD_SCHEME;
	curl_free(scheme);
	return rc;
}

static int
check_url(const char *text, struct err *e)
{
	bool fits = text != NULL && http_is_plain(text, strlen(text)) && strpbrk(text, "@?#\\") == NULL;
	CURLU *url = curl_url();
	CURLUcode rc = url == NULL ? CURLUE_OUT_OF_MEMORY : fits ? read_url(url, text) : CURLUE_OK;
	bool shown = text != NULL && strchr(text, '@') == NULL;

	curl_url_cleanup(url);
	if (rc == CURLUE_OUT_OF_MEMORY)
		return err_memory(e, "opening an HTTP client");
	if (fits && rc == CURLUE_OK)
		return 0;
	return err_set(e, ERR_CONFIG,
	               "the URL%s%s is not one of http:// or https:// with a host, without user, "
	               "password, query and fragment",
	               shown ? " " : "", shown ? text : "");
}

static int
check_login(const struct http_options *o, struct err *e)
{
	const struct secret *p = o->password, *t = o->token;

	if ((o->user == NULL) != (p == NULL))
		return err_set(e, ERR_CONFIG, "%s: a user needs a password, and a password a user", o->url);
	if (o->user != NULL && t != NULL)
		return err_set(e, ERR_CONFIG, "%s: give a user and password, or a token, not both", o->url);
	if (o->user != NULL && strchr(o->user, ':') != NULL)
		return err_set(e, ERR_CONFIG, "%s: a user of basic authentication cannot have a ':'",
		               o->url);
	if (p != NULL && memchr(p->bytes, 0, p->len) != NULL)
		return err_set(e, ERR_CONFIG, "%s: the password has a NUL byte in it", o->url);
	if (t != NULL && (t->len == 0 || !http_is_plain((const char *)t->bytes, t->len)))
		return err_set(e, ERR_CONFIG,
		               "%s: the token is empty or has bytes in it that no header can hold",
		               o->url);
	return 0;
}

static int
check(const struct http_options *o, struct err *e)
{
	int rc = check_url(o->url, e);

	if (rc == 0)
		rc = check_login(o, e);
	if (rc != 0)
		return rc;
	if ((o->certificate_file == NULL) != (o->key_file == NULL))
		return err_set(e, ERR_CONFIG, "%s: a client certificate needs its key, and a key its "
		               "certificate", o->url);
	if (o->key_password != NULL &&
	    memchr(o->key_password->bytes, 0, o->key_password->len) != NULL)
		return err_set(e, ERR_CONFIG, "%s: the key's password has a NUL byte in it", o->url);
	return 0;
}

static void
take_text(char **to, const char *from, bool *failed)
{
	*to = from == NULL ? NULL : strdup(from);
	*failed |= from != NULL && *to == NULL;
}

static void
take_secret(struct secret **to, const struct secret *from, bool *failed)
{
	*to = from == NULL ? NULL : secret_new(from->bytes, from->len);
	*failed |= from != NULL && *to == NULL;
}

int
http_own_copy(struct http_own *own, const struct http_options *o, struct err *e)
{
	bool failed = false;
	size_t n;
	int rc = check(o, e);

	if (rc != 0)
		return rc;
	take_text(&own->url, o->url, &failed);
	take_text(&own->ca_file, o->ca_file, &failed);
	take_text(&own->certificate_file, o->certificate_file, &failed);
	take_text(&own->key_file, o->key_file, &failed);
	take_text(&own->user, o->user, &failed);
	take_secret(&own->key_password, o->key_password, &failed);
	take_secret(&own->password, o->password, &failed);
	take_secret(&own->token, o->token, &failed);
	if (failed) {
		http_own_release(own);
		return err_memory(e, "opening an HTTP client");
	}
	for (n = strlen(own->url); own->url[n - 1] == '/'; n--)
		own->url[n - 1] = '\0'; /* ends at the host, at the latest */
	return 0;
}

void
http_own_release(struct http_own *own)
{
	free(own->url);
	free(own->ca_file);
	free(own->certificate_file);
	free(own->key_file);
	free(own->user);
	secret_free(own->key_password);
	secret_free(own->password);
	secret_free(own->token);
	*own = (struct http_own){ 0 };
}

/*
 * No signals, no environment, no other protocol, no redirect; HTTP/1.1, which every one of these
 * servers speaks and with which connections_max bounds what is in flight.  QUICK_EXIT: the end of
 * a transfer does not wait for the thread that resolves its name.
 */
static int
apply_rules(CURL *easy)
{
	bool failed = false;

	failed |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "kafka-config-backup") != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) !=
	          CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK;
	failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK;
	return failed ? -1 : 0;
}

static int
apply_login(const struct http_own *own, CURL *easy)
{
	bool failed = false;

	if (own->user != NULL) {
		failed |= curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) != CURLE_OK;
		failed |= curl_easy_setopt(easy, CURLOPT_USERNAME, own->user) != CURLE_OK;
		failed |= curl_easy_setopt(easy, CURLOPT_PASSWORD,
		                           (const char *)own->password->bytes) != CURLE_OK;
	}
	if (own->token != NULL) {
		failed |= curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) != CURLE_OK;
		failed |= curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER,
		                           (const char *)own->token->bytes) != CURLE_OK;
	}
	return failed ? -1 : 0;
}

/* A key's password is always given: without one OpenSSL would ask for it on the terminal. */
static int
apply_files(const struct http_own *own, CURL *easy)
{
	const char *password = own->key_password == NULL ? "" : (char *)own->key_password->bytes;
	bool failed = false;

	if (own->ca_file != NULL) {
		failed |= curl_easy_setopt(easy, CURLOPT_CAINFO, own->ca_file) != CURLE_OK;
		failed |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) != CURLE_OK;
	}
	if (own->certificate_file != NULL) {
		failed |= curl_easy_setopt(easy, CURLOPT_SSLCERT, own->certificate_file) != CURLE_OK;
		failed |= curl_easy_setopt(easy, CURLOPT_SSLKEY, own->key_file) != CURLE_OK;
		failed |= curl_easy_setopt(easy, CURLOPT_KEYPASSWD, password) != CURLE_OK;
	}
	return failed ? -1 : 0;
}

int
http_own_apply(const struct http_own *own, CURL *easy)
{
	if (apply_rules(easy) != 0 || apply_login(own, easy) != 0)
		return -1;
	return apply_files(own, easy);
}
