/* http_error.c - what curl's results and the statuses of answers mean; see http.h, http_error.h */
#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/http.h"
#include "core/loop/http_error.h"

static const struct meaning {
	CURLcode    curl;
	int         code;
	const char *advice;
} meanings[] = {
	{ CURLE_PEER_FAILED_VERIFICATION, ERR_CONFIG,
	  "give the CA file that signed the server's certificate, and the host name that is in it" },
	{ CURLE_SSL_CACERT_BADFILE, ERR_CONFIG, "the CA file must be readable and PEM" },
	{ CURLE_SSL_CERTPROBLEM, ERR_CONFIG,
	  "the client certificate and its key must be readable, PEM, and belong together" },
	{ CURLE_SSL_CIPHER, ERR_CONFIG, "the server offers no cipher that is accepted here" },
	{ CURLE_SSL_ISSUER_ERROR, ERR_CONFIG, "the CA file is not that of the server" },
	{ CURLE_URL_MALFORMAT, ERR_CONFIG, "correct the URL" },
	{ CURLE_UNSUPPORTED_PROTOCOL, ERR_CORRUPT,
	  "what answers there speaks no HTTP; is it another port, or https?" },
	{ CURLE_WEIRD_SERVER_REPLY, ERR_CORRUPT,
	  "what answers there speaks no HTTP; is it another port?" },
	{ CURLE_OUT_OF_MEMORY, ERR_FAILED, "free some memory" },
	{ CURLE_ABORTED_BY_CALLBACK, ERR_FAILED, "no memory, or too many open files" },
	{ CURLE_COULDNT_RESOLVE_HOST, ERR_AGAIN, "is the host's name right?" },
	{ CURLE_COULDNT_CONNECT, ERR_AGAIN, "is the server up?" },
	{ CURLE_GOT_NOTHING, ERR_AGAIN, "the server closed the connection; does it want https?" },
	{ CURLE_PARTIAL_FILE, ERR_AGAIN, "the answer was cut off" },
};

/*
 * A TLS alert is the server's own word that it does not want us as we are, and a wrong version
 * number what a server without TLS seems to send; both come under codes that also mean a reset.
 */
static bool
is_tls_refusal(CURLcode code, const char *detail)
{
	if (code != CURLE_SSL_CONNECT_ERROR && code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR)
		return false;
	return strstr(detail, " alert ") != NULL || strstr(detail, "wrong version number") != NULL ||
	       strstr(detail, "unsupported protocol") != NULL;
}

/* Of a certificate, in the words of OpenSSL: neither another CA file nor another name would help then. */
static bool
is_out_of_its_time(CURLcode code, const char *detail)
{
	return code == CURLE_PEER_FAILED_VERIFICATION &&
	       (strstr(detail, "has expired") != NULL || strstr(detail, "not yet valid") != NULL);
}

int
http_error_of_curl(CURLcode code, const char *request, const char *detail, struct err *e)
{
	size_t i;

	if (detail[0] == '\0')
		detail = curl_easy_strerror(code);
	if (is_tls_refusal(code, detail))
		return err_set(e, ERR_CONFIG,
		               "%s: %s (does the server speak TLS 1.2 or later on this port, and does it "
		               "want a client certificate?)",
		               request, detail);
	if (is_out_of_its_time(code, detail))
		return err_set(e, ERR_CONFIG,
		               "%s: %s (have the server's certificate renewed, unless the clock here is wrong)",
		               request, detail);
	for (i = 0; i < LENGTH(meanings); i++)
		if (meanings[i].curl == code)
			return err_set(e, meanings[i].code, "%s: %s (%s)", request, detail,
			               meanings[i].advice);
	return err_set(e, ERR_AGAIN, "%s: %s", request, detail);
}

static curl_off_t
number(CURL *easy, CURLINFO which)
{
	curl_off_t n = 0;

	(void)curl_easy_getinfo(easy, which, &n); /* known, of a live handle */
	return n;
}

int
http_error_of_time(CURL *easy, unsigned timeout_ms, const char *request, struct err *e)
{
	const char *how_far = number(easy, CURLINFO_STARTTRANSFER_TIME_T) > 0 ? "a part of the answer"
	                      : number(easy, CURLINFO_PRETRANSFER_TIME_T) > 0 ? "no answer"
	                      : number(easy, CURLINFO_CONNECT_TIME_T) > 0 ? "no end of the TLS handshake"
	                      : number(easy, CURLINFO_NAMELOOKUP_TIME_T) > 0
	                          ? "no connection"
	                          : "no address for the host's name, or no free connection";

	return err_set(e, ERR_AGAIN, "%s: %s within %u ms", request, how_far, timeout_ms);
}

/* Where a redirect points to: its host and port alone, for the rest may hold credentials. */
static int
redirected(const struct http_response *answer, struct err *e)
{
	const char *location = http_header(answer, "Location");
	char *host = NULL, *port = NULL, *scheme = NULL;
	CURLU *url = curl_url();

	if (url == NULL)
		return err_memory(e, "reading a redirect");
	if (curl_url_set(url, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
		(void)curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
		(void)curl_url_get(url, CURLUPART_HOST, &host, 0);
		(void)curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	}
	(void)err_set(e, ERR_CONFIG,
	              "%s: the server answered %d and points to %s%s%s%s%s, and redirects are not "
	              "followed; configure the address that answers by itself",
	              answer->request, answer->status, scheme == NULL ? "" : scheme,
	              scheme == NULL ? "" : "://",
	              host == NULL ? (location[0] == '\0' ? "nowhere" : "another path") : host,
	              port == NULL ? "" : ":", port == NULL ? "" : port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return e->code;
}

static int
code_of_status(int status)
{
	switch (status) {
	case 401:
	case 403:
		return ERR_DENIED;
	case 404:
	case 410:
		return ERR_MISSING;
	case 409:
		return ERR_EXISTS;
	case 501:
		return ERR_UNSUPPORTED;
	case 408:
	case 429:
		return ERR_AGAIN;
	default:
		return status >= 500 ? ERR_AGAIN : ERR_FAILED;
	}
}

static const char *
advice_of_status(int status)
{
	switch (status) {
	case 401:
		return " (are user and password, or the token, those of this server?)";
	case 403:
		return " (this user may not do that)";
	case 404:
		return " (there is no such thing, or the URL is not that of the server)";
	case 407:
		return " (a proxy answered: none is used here on purpose)";
	default:
		return "";
	}
}

int
http_error(const struct http_response *answer, struct err *e)
{
	int code;

	if (answer->status >= 200 && answer->status <= 299)
		return 0;
	if (answer->status >= 300 && answer->status <= 399)
		return redirected(answer, e);
	code = code_of_status(answer->status);
	if (answer->retry_after_s > 0)
		return err_set(e, code, "%s: the server answered %d, try again after %u s",
		               answer->request, answer->status, (unsigned)answer->retry_after_s);
	return err_set(e, code, "%s: the server answered %d%s", answer->request, answer->status,
	               advice_of_status(answer->status));
}

int64_t
http_date_s(const char *date)
{
	return date[0] == '\0' ? -1 : (int64_t)curl_getdate(date, NULL);
}
