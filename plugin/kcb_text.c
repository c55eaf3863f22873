/* kcb_text.c - see kcb_text.h */
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "core/base/json.h"
#include "plugin/kcb_text.h"

#define TEXT_MAX ((size_t)1 << 30)

/* ---- escapes ---- */

/* The character that begins here, which is whole and valid UTF-8, and its length. */
static uint32_t
decode(const unsigned char *p, size_t *ret_len)
{
	if (p[0] < 0x80) {
		*ret_len = 1;
		return p[0];
	}
	if (p[0] < 0xe0) {
		*ret_len = 2;
		return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
	}
	if (p[0] < 0xf0) {
		*ret_len = 3;
		return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	}
	*ret_len = 4;
	return 0x10000; /* above what is escaped */
}

static int
is_obeyed(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void
escape_run(struct buf *out, const char *text, size_t len)
{
	size_t i, n, plain = 0;

	for (i = 0; i < len; i += n) {
		uint32_t c = decode((const unsigned char *)text + i, &n);

		if (!is_obeyed(c))
			continue;
		(void)buf_add(out, text + plain, i - plain);
		(void)buf_print(out, "\\u%04x", (unsigned)c);
		plain = i + n;
	}
	(void)buf_add(out, text + plain, len - plain);
}

void
kcb_text_escape(struct buf *out, const char *text, size_t len)
{
	while (len > 0) {
		size_t run = json_utf8_run(text, len);

		escape_run(out, text, run);
		if (run < len)
			(void)buf_print(out, "\\x%02x", (unsigned)(unsigned char)text[run++]);
		text += run;
		len -= run;
	}
}

/* ---- printing ---- */

static void
write_escaped(FILE *out, const char *text, size_t len)
{
	CLEANUP(buf_release) struct buf safe;

	buf_init(&safe, TEXT_MAX);
	kcb_text_escape(&safe, text, len);
	if (!safe.failed && safe.len > 0)
		(void)fwrite(safe.data, 1, safe.len, out);
	/* main() asks the stream whether all of it went out */
}

/* A line of ours ends in \n, and that one is kept; what stands in a %s is escaped. */
void
kcb_text_print(FILE *out, const char *format, ...)
{
	char *text CLEANUP(free) = NULL;
	size_t size = strlen(format);
	bool line = size > 0 && format[size - 1] == '\n';
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0) {
		text = NULL;
		(void)fputs("(out of memory)\n", out);
		return;
	}
	write_escaped(out, text, (size_t)n - line);
	if (line)
		(void)fputc('\n', out);
}

void
kcb_text_json(FILE *out, struct json_object *value)
{
	CLEANUP(buf_release) struct buf text;
	struct json w;

	buf_init(&text, TEXT_MAX);
	json_init(&w, &text);
	json_value(&w, value);
	if (!text.failed && text.len > 0)
		write_escaped(out, text.data, text.len);
	(void)fputc('\n', out);
}

/* ---- members ---- */

static struct json_object *
member(struct json_object *object, const char *key, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *
kcb_text_string(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_string);

	return value == NULL ? "" : json_object_get_string(value);
}

int64_t
kcb_text_number(struct json_object *object, const char *key)
{
	return json_object_get_int64(member(object, key, json_type_int)); /* 0 of NULL */
}

int
kcb_text_flag(struct json_object *object, const char *key)
{
	return json_object_get_boolean(member(object, key, json_type_boolean)) != 0;
}

struct json_object *
kcb_text_array(struct json_object *object, const char *key)
{
	return member(object, key, json_type_array);
}

struct json_object *
kcb_text_object(struct json_object *object, const char *key)
{
	return member(object, key, json_type_object);
}

/* ---- endings ---- */

static const struct {
	const char *name;
	int         exit_code;
} endings[] = {
	[LCP_OK] = { "OK", 0 },
	[LCP_PARTIAL] = { "PARTIAL", 3 },
	[LCP_VETO] = { "VETO", 4 },
	[LCP_AGAIN] = { "AGAIN", 5 },
	[LCP_CANCELLED] = { "CANCELLED", 8 },
	[LCP_DEADLINE] = { "DEADLINE", 7 },
	[LCP_CONFIG] = { "CONFIG", 2 },
	[LCP_UNSUPPORTED] = { "UNSUPPORTED", 9 },
	[LCP_FAILED] = { "FAILED", 1 },
	[LCP_NEEDS_OPERATOR] = { "NEEDS_OPERATOR", 6 },
};

const char *
kcb_text_status(lcp_status status)
{
	return status >= 0 && (size_t)status < LENGTH(endings) ? endings[status].name : "FAILED";
}

int
kcb_text_exit_code(lcp_status status)
{
	return status >= 0 && (size_t)status < LENGTH(endings) ? endings[status].exit_code : 1;
}

/* ---- time ---- */

void
kcb_text_time(int64_t ms, char ret[KCB_TEXT_TIME_SIZE])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(ret, KCB_TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		memcpy(ret, "?", 2);
}

void
kcb_text_age(int64_t ms, int64_t now_ms, char ret[KCB_TEXT_TIME_SIZE])
{
	int64_t seconds = now_ms / 1000 - ms / 1000;

	if (seconds < 0)
		(void)snprintf(ret, KCB_TEXT_TIME_SIZE, "future");
	else if (seconds < 120)
		(void)snprintf(ret, KCB_TEXT_TIME_SIZE, "%lld s", (long long)seconds);
	else if (seconds < 120 * 60)
		(void)snprintf(ret, KCB_TEXT_TIME_SIZE, "%lld min", (long long)(seconds / 60));
	else if (seconds < 48 * 3600)
		(void)snprintf(ret, KCB_TEXT_TIME_SIZE, "%lld h", (long long)(seconds / 3600));
	else
		(void)snprintf(ret, KCB_TEXT_TIME_SIZE, "%lld d", (long long)(seconds / 86400));
}
