/* json_scan.c - see json_scan.h */
#include "core/base/json_scan.h"

#include <string.h>

int
json_refuse(const struct json_scan *s, size_t at, const char *what)
{
	size_t line = 1, start = 0, i;

	for (i = 0; i < at; i++) {
		if (s->text[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	return err_set(s->e, ERR_CORRUPT, "line %zu, column %zu: %s", line, at - start + 1, what);
}

/* Four hexadecimal digits at s->at, or -1. */
static int
hex4(struct json_scan *s)
{
	int unit = 0, i, c;

	for (i = 0; i < 4; i++) {
		c = json_peek(s);
		if (c >= '0' && c <= '9')
			c -= '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			c = (c | 0x20) - 'a' + 10;
		else
			return -1;
		unit = unit * 16 + c;
		s->at++;
	}
	return unit;
}

static size_t
encode(int code, char out[4])
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4, i;

	if (n == 1) {
		out[0] = (char)code;
		return 1;
	}
	for (i = n - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)((0xf00 >> n & 0xf0) | code);
	return n;
}

/* What follows "\u", as a code point; 0 is refused as well. */
static int
unicode(struct json_scan *s, int *ret)
{
	size_t at = s->at - 2;
	int high = hex4(s), low;

	if (high < 0)
		return json_refuse(s, at, "\\u without four hexadecimal digits");
	if (high == 0)
		return json_refuse(s, at, "\\u0000, which no name or value may hold");
	if (high >= 0xdc00 && high <= 0xdfff)
		return json_refuse(s, at, "the second half of a surrogate pair without the first");
	*ret = high;
	if (high < 0xd800 || high > 0xdbff)
		return 0;
	low = json_take(s, '\\') && json_take(s, 'u') ? hex4(s) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return json_refuse(s, at, "the first half of a surrogate pair without the second");
	*ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return 0;
}

/* An escape, from the backslash on, as bytes. */
static int
escape(struct json_scan *s, char out[4], size_t *ret_len)
{
	static const char bytes[256] = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		                         ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t' };
	int code = 0, rc;

	s->at++;
	if (json_take(s, 'u')) {
		rc = unicode(s, &code);
		if (rc == 0)
			*ret_len = encode(code, out);
		return rc;
	}
	out[0] = json_peek(s) < 0 ? '\0' : bytes[json_peek(s)];
	if (out[0] == '\0')
		return json_refuse(s, s->at - 1, "an escape that JSON does not have");
	s->at++;
	*ret_len = 1;
	return 0;
}

/* Most of what stands between two escapes is shorter: one move then, with room behind it on both sides. */
#define SHORT_RUN 32u
#define FIRST_ROOM 4096u /* what a text needs at most, if that is less */

static bool
add_run(struct json_scan *s, size_t run)
{
	struct buf *room = &s->room;
	const char *from = s->text + s->at;

	if (run > SHORT_RUN || s->len - s->at < SHORT_RUN || room->capacity - room->len < SHORT_RUN)
		return buf_add(room, from, run) == 0;
	memcpy(room->data + room->len, from, SHORT_RUN);
	room->len += run;
	return true;
}

int
json_scan_string(struct json_scan *s)
{
	size_t start = s->at++, run, n = 0;
	char bytes[4];
	int rc;

	if (s->room.capacity == 0 && buf_reserve(&s->room, s->len < FIRST_ROOM ? s->len : FIRST_ROOM) != 0)
		return err_memory(s->e, "reading JSON");
	for (;;) {
		run = json_plain_run(s->text + s->at, s->len - s->at);
		if (!add_run(s, run))
			return err_memory(s->e, "reading JSON");
		s->at += run;
		if (json_take(s, '"'))
			return 0;
		if (json_peek(s) < 0)
			return json_refuse(s, start, "a string without an end");
		if (json_peek(s) != '\\')
			return json_refuse(s, s->at, "a control character in a string, not escaped");
		rc = escape(s, bytes, &n);
		if (rc != 0)
			return rc;
		if (n == 1 ? buf_add_char(&s->room, bytes[0]) != 0 : buf_add(&s->room, bytes, n) != 0)
			return err_memory(s->e, "reading JSON");
	}
}

size_t
json_plain_string(const struct json_scan *s)
{
	size_t run = json_plain_run(s->text + s->at + 1, s->len - s->at - 1);

	return s->at + 1 + run < s->len && s->text[s->at + 1 + run] == '"' ? run : SIZE_MAX;
}
