/*
 * json_scan.h - a text that is being read, and its strings; for json_parse.c and json_scan.c alone.
 *
 * What is refused is ERR_CORRUPT, with line and column.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "core/base/json.h"

struct json_scan {
	const char *text;
	size_t      len, at;
	int         depth_left;
	struct buf  keys; /* struct key of every open object, innermost last */
	struct buf  room; /* the bytes of keys and strings that have escapes */
	struct buf  name; /* the key that is being added, with a NUL */
	struct err *e;
};

int json_refuse(const struct json_scan *s, size_t at, const char *what);

static inline int
json_peek(const struct json_scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static inline bool
json_take(struct json_scan *s, char c)
{
	if (json_peek(s) != c)
		return false;
	s->at++;
	return true;
}

/* How many bytes lie between the quotes of a string without escapes; SIZE_MAX: it has some, or no end. */
size_t json_plain_string(const struct json_scan *s);

/* A string, from its quote on.  Its bytes are added to `room`. */
int json_scan_string(struct json_scan *s);

#endif
