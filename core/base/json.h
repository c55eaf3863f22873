/*
 * json.h - a streaming writer of our own, and a strict reader of our own that makes json-c's objects.
 *
 * The writer makes canonical text (DESIGN 3): no blanks; in strings only \" \\ and \u00xx (lower
 * case, for bytes below 0x20) are escaped; integers plain; doubles in the fewest digits that read
 * back equal, with an exponent ("1e16", "1.5e-7") from 1e16 on and below 1e-4, and "0" for -0.  It
 * does not sort: who writes an object writes its keys in byte order.  Errors are the buffer's
 * sticky ones; a number that is not finite is one.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/base/buf.h"
#include "core/base/err.h"

struct json {
	struct buf *out;
	bool        comma; /* the next value or key needs a comma before it */
};

void json_init(struct json *j, struct buf *out);
/* "begin" and "boolean" because json_object and json_bool are types of json-c. */
void json_begin_object(struct json *j);
void json_end_object(struct json *j);
void json_begin_array(struct json *j);
void json_end_array(struct json *j);
void json_key(struct json *j, const char *key);
void json_key_bytes(struct json *j, const char *key, size_t len);
void json_string(struct json *j, const char *text); /* NULL writes null */
void json_string_bytes(struct json *j, const char *bytes, size_t len);
void json_integer(struct json *j, int64_t value);
void json_unsigned(struct json *j, uint64_t value);
void json_double(struct json *j, double value);
void json_boolean(struct json *j, bool value);
void json_null(struct json *j);
void json_raw(struct json *j, const char *text, size_t len); /* a value that is JSON already */

/* The most common pairs, key first. */
void json_key_string(struct json *j, const char *key, const char *text);
void json_key_unsigned(struct json *j, const char *key, uint64_t value);
void json_key_bool(struct json *j, const char *key, bool value);

/* How many bytes at the start need no escape, and how many are UTF-8; len when all of them. */
size_t json_plain_run(const char *bytes, size_t len);
size_t json_utf8_run(const char *bytes, size_t len);

/* Write a value that json-c read, keys sorted by their bytes: the canonical form of it. */
void json_value(struct json *j, struct json_object *value);

/*
 * Parse text of len bytes that a server or a person wrote.  Refused with ERR_CORRUPT and a text
 * that says where (line and column): anything but one JSON value, invalid UTF-8, objects and
 * arrays nested deeper than depth_max, duplicate keys, \u0000 and lone surrogates, numbers that do
 * not fit (int64, uint64, or double with a point or exponent).  *ret is the caller's, freed with
 * json_object_put().  NULL is the value null.
 */
int json_parse(const char *text, size_t len, int depth_max, struct json_object **ret,
               struct err *e);

/*
 * The same, of a list, of which each element goes to fn as soon as it is read, and is freed then: less memory than the
 * whole list, some of which fn may have had before the rest is refused.  An error of fn ends it, and is returned.
 */
typedef int json_element_fn(void *arg, struct json_object *element, struct err *e);
int json_parse_list(const char *text, size_t len, int depth_max, json_element_fn *fn, void *arg, struct err *e);

/* Whether that is worth a try: what is not blank begins with '['. */
bool json_begins_list(const char *text, size_t len);

static inline void
json_object_put_at(struct json_object **p)
{
	if (*p != NULL)
		(void)json_object_put(*p);
}

#endif
