/*
 * json_parse.c - a strict reader of our own that builds nothing, and then json-c that builds.
 *
 * json-c lets through what would give two readers two opinions: duplicate keys, \u0000, lone
 * surrogates, numbers that do not fit.  All that is decided here; json-c sees only what is left.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/json_number.h"

struct scan {
	const char *text;
	size_t      len, at;
	int         depth_left;
	struct buf  keys; /* struct key of every open object, innermost last */
	struct buf  room; /* the bytes of keys that have escapes */
	struct err *e;
};

struct key {
	const char *bytes; /* NULL: at `in_room` */
	size_t      in_room, len, at;
};

/* More keys than this in one object are sorted instead of being compared each with each. */
#define FEW_KEYS 8u

static int value(struct scan *s);

static int
refuse(const struct scan *s, size_t at, const char *what)
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

static int
peek(const struct scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool
take(struct scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->at++;
	return true;
}

static void
blanks(struct scan *s)
{
	while (take(s, ' ') || take(s, '\n') || take(s, '\t') || take(s, '\r'))
		;
}

/* Four hexadecimal digits at s->at, or -1. */
static int
hex4(struct scan *s)
{
	int unit = 0, i, c;

	for (i = 0; i < 4; i++) {
		c = peek(s);
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
unicode(struct scan *s, int *ret)
{
	size_t at = s->at - 2;
	int high = hex4(s), low;

	if (high < 0)
		return refuse(s, at, "\\u without four hexadecimal digits");
	if (high == 0)
		return refuse(s, at, "\\u0000, which no name or value may hold");
	if (high >= 0xdc00 && high <= 0xdfff)
		return refuse(s, at, "the second half of a surrogate pair without the first");
	*ret = high;
	if (high < 0xd800 || high > 0xdbff)
		return 0;
	low = take(s, '\\') && take(s, 'u') ? hex4(s) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return refuse(s, at, "the first half of a surrogate pair without the second");
	*ret = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return 0;
}

/* An escape, from the backslash on, as bytes. */
static int
escape(struct scan *s, char out[4], size_t *ret_len)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *name;
	int code = 0, rc;

	s->at++;
	if (take(s, 'u')) {
		rc = unicode(s, &code);
		if (rc == 0)
			*ret_len = encode(code, out);
		return rc;
	}
	name = peek(s) > 0 ? strchr(names, peek(s)) : NULL;
	if (name == NULL)
		return refuse(s, s->at - 1, "an escape that JSON does not have");
	s->at++;
	out[0] = bytes[name - names];
	*ret_len = 1;
	return 0;
}

/* A string, from its quote on.  Its bytes are added to `room`, unless that is NULL. */
static int
string(struct scan *s, struct buf *room)
{
	size_t start = s->at++, run, n = 0;
	char bytes[4];
	int rc;

	for (;;) {
		run = json_plain_run(s->text + s->at, s->len - s->at);
		if (room != NULL && buf_add(room, s->text + s->at, run) != 0)
			return err_memory(s->e, "reading JSON");
		s->at += run;
		if (take(s, '"'))
			return 0;
		if (peek(s) < 0)
			return refuse(s, start, "a string without an end");
		if (peek(s) != '\\')
			return refuse(s, s->at, "a control character in a string, not escaped");
		rc = escape(s, bytes, &n);
		if (rc != 0)
			return rc;
		if (room != NULL && buf_add(room, bytes, n) != 0)
			return err_memory(s->e, "reading JSON");
	}
}

static size_t
digits(struct scan *s)
{
	size_t start = s->at;

	while (peek(s) >= '0' && peek(s) <= '9')
		s->at++;
	return s->at - start;
}

static int
number(struct scan *s)
{
	size_t start = s->at, first, count;
	bool negative = take(s, '-'), integer = true;

	first = s->at;
	count = digits(s);
	if (count == 0)
		return refuse(s, start, "no JSON value");
	if (count > 1 && s->text[first] == '0')
		return refuse(s, start, "a number that begins with 0");
	if (take(s, '.')) {
		integer = false;
		if (digits(s) == 0)
			return refuse(s, start, "a number without digits behind its point");
	}
	if (take(s, 'e') || take(s, 'E')) {
		integer = false;
		if (!take(s, '+'))
			(void)take(s, '-');
		if (digits(s) == 0)
			return refuse(s, start, "a number without digits in its exponent");
	}
	if (integer ? !json_integer_fits(s->text + first, count, negative)
	            : !json_double_fits(s->text + first, s->at - first))
		return refuse(s, start, "a number beyond 64 bits");
	return 0;
}

static int
word(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	if (s->len - s->at < n || memcmp(s->text + s->at, text, n) != 0)
		return refuse(s, s->at, "no JSON value");
	s->at += n;
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The second of two equal keys, or NULL. */
static const struct key *
duplicate(struct key *keys, size_t n)
{
	size_t i, k;

	if (n > FEW_KEYS) {
		qsort(keys, n, sizeof *keys, compare_keys);
		for (i = 1; i < n; i++)
			if (compare_keys(&keys[i - 1], &keys[i]) == 0)
				return keys[i].at > keys[i - 1].at ? &keys[i] : &keys[i - 1];
		return NULL;
	}
	for (i = 1; i < n; i++)
		for (k = 0; k < i; k++)
			if (keys[i].len == keys[k].len &&
			    memcmp(keys[i].bytes, keys[k].bytes, keys[i].len) == 0)
				return &keys[i];
	return NULL;
}

/* The keys of the innermost object, which begin at byte `base` of s->keys. */
static int
check_keys(struct scan *s, size_t base)
{
	size_t n = (s->keys.len - base) / sizeof(struct key), i;
	const struct key *twice;
	struct key *keys;

	if (n < 2)
		return 0;
	keys = (struct key *)(void *)(s->keys.data + base);
	for (i = 0; i < n; i++)
		if (keys[i].bytes == NULL)
			keys[i].bytes = s->room.data + keys[i].in_room;
	twice = duplicate(keys, n);
	return twice == NULL ? 0 : refuse(s, twice->at, "a key that the object has already");
}

static int
key(struct scan *s)
{
	struct key k = { .at = s->at, .in_room = s->room.len };
	size_t run;
	int rc;

	if (peek(s) != '"')
		return refuse(s, s->at, "no key in quotes");
	run = json_plain_run(s->text + s->at + 1, s->len - s->at - 1);
	if (s->at + 1 + run < s->len && s->text[s->at + 1 + run] == '"') {
		k.bytes = s->text + s->at + 1;
		k.len = run;
		s->at += run + 2;
	} else {
		rc = string(s, &s->room);
		if (rc != 0)
			return rc;
		k.len = s->room.len - k.in_room;
	}
	return buf_add(&s->keys, &k, sizeof k) == 0 ? 0 : err_memory(s->e, "reading JSON");
}

static int
member(struct scan *s)
{
	int rc;

	blanks(s);
	rc = key(s);
	if (rc != 0)
		return rc;
	blanks(s);
	if (!take(s, ':'))
		return refuse(s, s->at, "no colon behind a key");
	return value(s);
}

static int
members(struct scan *s)
{
	int rc;

	do {
		rc = member(s);
		if (rc != 0)
			return rc;
		blanks(s);
	} while (take(s, ','));
	return take(s, '}') ? 0 : refuse(s, s->at, "neither a comma nor the end of the object");
}

static int
object(struct scan *s)
{
	size_t keys = s->keys.len, room = s->room.len;
	int rc;

	s->at++;
	blanks(s);
	if (take(s, '}'))
		return 0;
	rc = members(s);
	if (rc == 0)
		rc = check_keys(s, keys);
	s->keys.len = keys;
	s->room.len = room;
	return rc;
}

static int
array(struct scan *s)
{
	int rc;

	s->at++;
	blanks(s);
	if (take(s, ']'))
		return 0;
	do {
		rc = value(s);
		if (rc != 0)
			return rc;
		blanks(s);
	} while (take(s, ','));
	return take(s, ']') ? 0 : refuse(s, s->at, "neither a comma nor the end of the list");
}

/* Recursion is bounded by depth_left. */
static int
container(struct scan *s)
{
	int rc;

	if (s->depth_left == 0)
		return refuse(s, s->at, "nested too deeply");
	s->depth_left--;
	rc = peek(s) == '{' ? object(s) : array(s);
	s->depth_left++;
	return rc;
}

static int
value(struct scan *s)
{
	blanks(s);
	switch (peek(s)) {
	case '{':
	case '[':
		return container(s);
	case '"':
		return string(s, NULL);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	default:
		return number(s);
	}
}

static int
scan_text(struct scan *s)
{
	size_t valid = json_utf8_run(s->text, s->len);
	int rc;

	if (valid < s->len)
		return refuse(s, valid, "bytes that are not UTF-8");
	rc = value(s);
	if (rc != 0)
		return rc;
	blanks(s);
	return s->at == s->len ? 0 : refuse(s, s->at, "something behind the JSON value");
}

/* What json-c does not take after our own check is a difference between the two readers. */
static int
build(const char *text, size_t len, int depth_max, struct json_object **ret, struct err *e)
{
	struct json_tokener *tokener = json_tokener_new_ex(depth_max + 2); /* scalars count there */
	struct json_object *got;
	enum json_tokener_error rc;

	if (tokener == NULL)
		return err_memory(e, "reading JSON");
	got = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) == json_tokener_continue) /* a number may go on */
		got = json_tokener_parse_ex(tokener, "", 1);
	rc = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (rc != json_tokener_success) {
		(void)json_object_put(got);
		return err_set(e, ERR_CORRUPT, "json-c refuses it: %s",
		               json_tokener_error_desc(rc));
	}
	*ret = got;
	return 0;
}

int
json_parse(const char *text, size_t len, int depth_max, struct json_object **ret, struct err *e)
{
	struct scan s = { .text = text, .len = len, .depth_left = depth_max, .e = e };
	int rc;

	if (len > INT_MAX - 1)
		return err_set(e, ERR_CORRUPT, "%zu bytes of JSON, more than can be read", len);
	buf_init(&s.keys, SIZE_MAX); /* both are bounded by the text's length */
	buf_init(&s.room, len + 1);
	rc = scan_text(&s);
	buf_release(&s.keys);
	buf_release(&s.room);
	return rc != 0 ? rc : build(text, len, depth_max, ret, e);
}
