/* credentials_text.c - what the sources of keys say: a shared file, JSON, STS's XML; see credentials.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/store/credentials.h"
#include "core/store/xml.h"

void
credentials_release(struct credentials *c)
{
	free(c->id);
	secret_free(c->secret);
	secret_free(c->token);
	*c = (struct credentials){ .id = NULL };
}

/* ---- times ---- */

/* Exactly n digits at *text, which is behind them then; -1. */
static int
digits(const char **text, int n)
{
	int value = 0;

	for (; n > 0; n--, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		value = value * 10 + (**text - '0');
	}
	return value;
}

int64_t
credentials_time(const char *text)
{
	static const char between[] = "--T::";
	static const int sizes[] = { 4, 2, 2, 2, 2, 2 };
	int n[6];
	struct tm tm = { 0 };

	for (size_t i = 0; i < LENGTH(sizes); i++) {
		n[i] = digits(&text, sizes[i]);
		if (n[i] < 0 || (i < 5 && *text++ != between[i]))
			return 0;
	}
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9';)
			text++;
	if (strcmp(text, "Z") != 0 && strcmp(text, "+00:00") != 0)
		return 0;
	tm = (struct tm){ .tm_year = n[0] - 1900, .tm_mon = n[1] - 1, .tm_mday = n[2],
		          .tm_hour = n[3], .tm_min = n[4], .tm_sec = n[5] };
	return (int64_t)timegm(&tm) * 1000;
}

/* ---- taking values ---- */

/* What a header or a form can hold: a key with a line end in it would be two headers. */
static bool
is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
			return false;
	return len > 0;
}

static int
take_id(struct credentials *c, const char *text, size_t len, struct err *e)
{
	if (!is_plain(text, len) || memchr(text, '/', len) != NULL || memchr(text, ',', len) != NULL)
		return err_set(e, ERR_CONFIG, "what stands there as the access key's id cannot be one");
	free(c->id);
	c->id = strndup(text, len);
	return c->id == NULL ? err_memory(e, "reading an access key") : 0;
}

static int
take_secret(struct secret **to, const char *what, const char *text, size_t len, struct err *e)
{
	if (!is_plain(text, len))
		return err_set(e, ERR_CONFIG, "what stands there as the %s cannot be one", what);
	secret_free(*to);
	*to = secret_new(text, len);
	return *to == NULL ? err_memory(e, "reading an access key") : 0;
}

/* Both halves must be there. */
static int
whole(struct credentials *c, int rc, const char *where, struct err *e)
{
	if (rc == 0 && (c->id == NULL || c->secret == NULL))
		rc = err_set(e, ERR_CONFIG, "%s has no access key id or no secret access key", where);
	if (rc != 0)
		credentials_release(c);
	return rc;
}

/* ---- a shared file ---- */

struct line {
	const char *text;
	size_t      len;
};

static struct line
trim(const char *text, size_t len)
{
	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t' || text[len - 1] == '\r'))
		len--;
	return (struct line){ text, len };
}

static bool
is(struct line l, const char *word)
{
	return strlen(word) == l.len && memcmp(l.text, word, l.len) == 0;
}

/* "[name]", or "[profile name]" as the file beside it has them. */
static bool
is_profile(struct line l, const char *profile)
{
	struct line name = trim(l.text + 1, l.len - 2);

	if (is(name, profile))
		return true;
	return name.len > 8 && memcmp(name.text, "profile ", 8) == 0 &&
	       is(trim(name.text + 8, name.len - 8), profile);
}

static int
take_line(struct credentials *c, struct line l, bool *other, struct err *e)
{
	const char *equals = memchr(l.text, '=', l.len);
	struct line key, value;

	if (equals == NULL)
		return 0;
	key = trim(l.text, (size_t)(equals - l.text));
	value = trim(equals + 1, (size_t)(l.text + l.len - equals - 1));
	if (is(key, "aws_access_key_id"))
		return take_id(c, value.text, value.len, e);
	if (is(key, "aws_secret_access_key"))
		return take_secret(&c->secret, "secret access key", value.text, value.len, e);
	if (is(key, "aws_session_token"))
		return take_secret(&c->token, "session token", value.text, value.len, e);
	*other |= is(key, "credential_process") || is(key, "sso_start_url") || is(key, "sso_session") ||
	          is(key, "role_arn");
	return 0;
}

int
credentials_of_profile(const char *file, const char *text, size_t len, const char *profile,
                       struct credentials *ret, struct err *e)
{
	bool inside = false, found = false, other = false;
	const char *end = text + len, *next;
	int rc = 0;

	for (; rc == 0 && text < end; text = next) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		struct line l = trim(text, (size_t)((stop == NULL ? end : stop) - text));

		next = stop == NULL ? end : stop + 1;
		if (l.len == 0 || l.text[0] == '#' || l.text[0] == ';')
			continue;
		if (l.len >= 2 && l.text[0] == '[' && l.text[l.len - 1] == ']') {
			inside = is_profile(l, profile);
			found |= inside;
		} else if (inside)
			rc = take_line(ret, l, &other, e);
	}
	if (rc == 0 && !found)
		rc = err_set(e, ERR_CONFIG, "%s has no profile [%s]", file, profile);
	if (rc == 0 && other && (ret->id == NULL || ret->secret == NULL))
		rc = err_set(e, ERR_CONFIG,
		             "the profile [%s] of %s has no keys but tells where to get some: no process is "
		             "started and no role taken on for it here; use another store.credentials.source",
		             profile, file);
	if (rc != 0)
		(void)err_prefix(e, "%s, profile [%s]", file, profile);
	return whole(ret, rc, file, e);
}

/* ---- JSON ---- */

static const char *
member(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value) || !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static int
take_members(struct credentials *c, struct json_object *o, struct err *e)
{
	const char *code = member(o, "Code"), *token = member(o, "Token");
	const char *secret = member(o, "SecretAccessKey"), *id = member(o, "AccessKeyId");
	int rc = take_id(c, id, strlen(id), e);

	if (code[0] != '\0' && strcmp(code, "Success") != 0)
		return err_set(e, ERR_DENIED, "it answers that there is no key for us");
	if (rc == 0)
		rc = take_secret(&c->secret, "secret access key", secret, strlen(secret), e);
	if (rc == 0 && token[0] != '\0')
		rc = take_secret(&c->token, "session token", token, strlen(token), e);
	c->expires_ms = credentials_time(member(o, "Expiration"));
	return rc;
}

int
credentials_of_json(const char *text, size_t len, struct credentials *ret, struct err *e)
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	int rc = json_parse(text, len, JSON_DEPTH_MAX, &o, e);

	if (rc == 0 && !json_object_is_type(o, json_type_object))
		rc = err_set(e, ERR_CORRUPT, "the answer is no JSON object");
	if (rc == ERR_CORRUPT) /* what it said is not repeated: it may be a part of a key */
		(void)err_set(e, rc, "the answer is not the JSON of a key");
	if (rc == 0)
		rc = take_members(ret, o, e);
	return whole(ret, rc, "the answer", e);
}

/* ---- STS ---- */

#define STS_PATH "AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials/"

static int
take_element(void *arg, const char *path, const char *text, size_t len, struct err *e)
{
	struct credentials *c = arg;

	if (strcmp(path, STS_PATH "AccessKeyId") == 0)
		return take_id(c, text, len, e);
	if (strcmp(path, STS_PATH "SecretAccessKey") == 0)
		return take_secret(&c->secret, "secret access key", text, len, e);
	if (strcmp(path, STS_PATH "SessionToken") == 0)
		return take_secret(&c->token, "session token", text, len, e);
	if (strcmp(path, STS_PATH "Expiration") == 0)
		c->expires_ms = credentials_time(text);
	return 0;
}

int
credentials_of_sts(const char *text, size_t len, struct credentials *ret, struct err *e)
{
	return whole(ret, xml_read(text, len, take_element, ret, e), "the answer", e);
}
