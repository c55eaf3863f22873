/* json_scan.c - see json_scan.h */
#include "core/base/json_scan.h"
#include "core/base/json_word.h"

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

/* What one character behind a backslash stands for; 0: an escape of more, or none. */
static char
short_escape(char c)
{
	static const char bytes[256] = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
		                         ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t' };

	return bytes[(unsigned char)c];
}

/* An escape, from the backslash on, as bytes. */
static int
escape(struct json_scan *s, char out[4], size_t *ret_len)
{
	int code = 0, rc;

	s->at++;
	if (json_take(s, 'u')) {
		rc = unicode(s, &code);
		if (rc == 0)
			*ret_len = encode(code, out);
		return rc;
	}
	out[0] = json_peek(s) < 0 ? '\0' : short_escape((char)json_peek(s));
	if (out[0] == '\0')
		return json_refuse(s, s->at - 1, "an escape that JSON does not have");
	s->at++;
	*ret_len = 1;
	return 0;
}

/*
 * Plain bytes and short escapes, as far as they go: what most of a schema is, as a string, with an escape every five
 * bytes.  Eight bytes are moved at once, of which fewer may be meant, so both sides need these.
 */
static void
take_eights(struct json_scan *s)
{
	enum { WORD = 8, ESCAPE = 2 };
	const char *from = s->text + s->at, *end = s->text + s->len;
	char *to = s->room.data + s->room.len, *room_end = s->room.data + s->room.capacity;
	unsigned run;

	while (end - from >= WORD + ESCAPE && room_end - to > WORD) {
		memcpy(to, from, WORD);
		run = json_plain_word(from);
		to += run;
		from += run;
		if (run == WORD)
			continue;
		if (*from != '\\' || short_escape(from[1]) == '\0')
			break;
		*to++ = short_escape(from[1]);
		from += ESCAPE;
	}
	s->at = (size_t)(from - s->text);
	s->room.len = (size_t)(to - s->room.data);
}

#define FIRST_ROOM 4096u /* what a text needs at most, if that is less */

/* What take_eights() leaves: a single byte, a long escape, or the reason to end. */
static int
take_step(struct json_scan *s, size_t start)
{
	char bytes[4];
	size_t n = 1;
	int c = json_peek(s), rc = 0;

	if (c < 0)
		return json_refuse(s, start, "a string without an end");
	if (c < 0x20)
		return json_refuse(s, s->at, "a control character in a string, not escaped");
	if (c == '\\')
		rc = escape(s, bytes, &n);
	else
		bytes[0] = s->text[s->at++];
	if (rc == 0 && buf_add(&s->room, bytes, n) != 0)
		rc = err_memory(s->e, "reading JSON");
	return rc;
}

int
json_scan_string(struct json_scan *s)
{
	size_t start = s->at++;
	int rc = 0;

	if (s->room.capacity == 0 && buf_reserve(&s->room, s->len < FIRST_ROOM ? s->len : FIRST_ROOM) != 0)
		return err_memory(s->e, "reading JSON");
	while (rc == 0) {
		take_eights(s);
		if (json_take(s, '"'))
			return 0;
		rc = take_step(s, start);
	}
	return rc;
}

size_t
json_plain_string(const struct json_scan *s)
{
	size_t run = json_plain_run(s->text + s->at + 1, s->len - s->at - 1);

	return s->at + 1 + run < s->len && s->text[s->at + 1 + run] == '"' ? run : SIZE_MAX;
}
