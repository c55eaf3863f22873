/* sign_azure.c - the signature of a request to Azure by an account's key; see sign.h */
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "core/store/sign.h"

#define TEXT_MAX (64u << 10)

/* The headers that have a place of their own in the text, in its order; the length is between them. */
static const char *const first[] = { "content-encoding", "content-language" };
static const char *const then[] = {
	"content-md5", "content-type", "date", "if-modified-since", "if-match", "if-none-match",
	"if-unmodified-since", "range",
};

void
sign_http_date(int64_t seconds, char text[SIGN_HTTP_DATE_SIZE])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
		                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = seconds < 0 ? 0 : seconds > SIGN_LAST_SECOND ? SIGN_LAST_SECOND : (time_t)seconds;
	struct tm tm = { 0 };
	struct buf out CLEANUP(buf_release);

	(void)gmtime_r(&t, &tm); /* in range; strftime() would write it in the host's language */
	buf_init(&out, SIGN_HTTP_DATE_SIZE);
	(void)buf_print(&out, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
	                months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	text[0] = '\0';
	if (buf_text(&out) != NULL)
		memcpy(text, out.data, out.len + 1);
}

static void
add_named(struct buf *out, const struct sign_request *r, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < r->field_count; k++)
			if (strcmp(r->fields[k].name, names[i]) == 0)
				(void)buf_add_text(out, r->fields[k].value);
		(void)buf_add_char(out, '\n');
	}
}

/* The headers x-ms-..., by their names: picked one by one, since there are few. */
static void
add_headers(struct buf *out, const struct sign_request *r)
{
	const char *last = "x-ms-";

	for (;;) {
		const struct sign_pair *next = NULL;

		for (size_t i = 0; i < r->field_count; i++)
			if (strncmp(r->fields[i].name, "x-ms-", 5) == 0 && strcmp(r->fields[i].name, last) > 0 &&
			    (next == NULL || strcmp(r->fields[i].name, next->name) < 0))
				next = &r->fields[i];
		if (next == NULL)
			return;
		(void)buf_print(out, "%s:%s\n", next->name, next->value);
		last = next->name;
	}
}

static int
digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* What sign_query() escaped, as it was. */
static void
add_unescaped(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '%' && len - i > 2) {
			(void)buf_add_char(out, (char)(digit(text[i + 1]) << 4 | digit(text[i + 2])));
			i += 2;
		} else
			(void)buf_add_char(out, text[i]);
}

/* "/account/container/name", and each parameter on a line of its own. */
static void
add_resource(struct buf *out, const char *account, const struct sign_request *r)
{
	const char *at = r->query;

	(void)buf_print(out, "/%s%s", account, r->path);
	while (*at != '\0') {
		size_t name = strcspn(at, "="), value = strcspn(at + name, "&");

		(void)buf_add_char(out, '\n');
		add_unescaped(out, at, name);
		(void)buf_add_char(out, ':');
		if (value > 0)
			add_unescaped(out, at + name + 1, value - 1);
		at += name + value;
		at += *at == '&';
	}
}

int
sign_azure_text(struct buf *out, const char *account, const struct sign_request *r)
{
	(void)buf_print(out, "%s\n", r->method);
	add_named(out, r, first, LENGTH(first));
	if (r->body_len > 0)
		(void)buf_print(out, "%zu", r->body_len);
	(void)buf_add_char(out, '\n');
	add_named(out, r, then, LENGTH(then));
	add_headers(out, r);
	add_resource(out, account, r);
	return out->failed ? -1 : 0;
}

int
sign_azure(const char *account, const struct secret *key, const struct sign_request *r, struct buf *out,
           struct err *e)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_ORIGINAL)];
	crypto_auth_hmacsha256_state state;
	CLEANUP(buf_release) struct buf what;

	buf_init(&what, TEXT_MAX);
	if (sign_azure_text(&what, account, r) != 0)
		return err_memory(e, "signing a request");
	(void)crypto_auth_hmacsha256_init(&state, key->bytes, key->len); /* none of these can fail */
	(void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)what.data, what.len);
	(void)crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof state);
	(void)sodium_bin2base64(text, sizeof text, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
	if (buf_print(out, "SharedKey %s:%s", account, text) != 0)
		return err_memory(e, "signing a request");
	return 0;
}
