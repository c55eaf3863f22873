/* json.c - the canonical writer; numbers are in json_number.c, reading in json_parse.c */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/json_word.h"

/* Bytes that are escaped apart before they are added: a bit of a uint64_t for each. */
#define BLOCK     64u
#define BLOCK_MAX (6 * BLOCK + sizeof(uint64_t)) /* escapes are of 6 bytes; see copy_eights() */

size_t
json_plain_run(const char *bytes, size_t len)
{
	size_t i = 0;
	unsigned run;

	for (; len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		run = json_plain_word(bytes + i);
		if (run < sizeof(uint64_t))
			return i + run;
	}
	for (; i < len; i++)
		if ((unsigned char)bytes[i] < 0x20 || bytes[i] == '"' || bytes[i] == '\\')
			break;
	return i;
}

/* The length of the UTF-8 sequence at p, or 0: overlong forms and surrogates are none. */
static size_t
sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n, i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (left < n || p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static uint64_t
highs(const char *bytes)
{
	uint64_t x;

	memcpy(&x, bytes, sizeof x);
	return x & WORD_HIGHS;
}

/* How many bytes at the start are ASCII, at least: by words, the last of which overlaps the one before. */
static size_t
ascii_run(const char *bytes, size_t len)
{
	enum { WORD = sizeof(uint64_t) };
	size_t i = 0;

	for (; len - i >= 4 * WORD; i += 4 * WORD)
		if ((highs(bytes + i) | highs(bytes + i + WORD) | highs(bytes + i + 2 * WORD) |
		     highs(bytes + i + 3 * WORD)) != 0)
			break;
	while (len - i >= WORD && highs(bytes + i) == 0)
		i += WORD;
	return len - i < WORD && len >= WORD && highs(bytes + len - WORD) == 0 ? len : i;
}

size_t
json_utf8_run(const char *bytes, size_t len)
{
	size_t i = ascii_run(bytes, len), n;

	while (i < len) {
		n = sequence((const unsigned char *)bytes + i, len - i);
		if (n == 0)
			return i;
		i += n;
		if (n == 1 && len - i >= sizeof(uint64_t))
			i += ascii_run(bytes + i, len - i);
	}
	return len;
}

void
json_init(struct json *j, struct buf *out)
{
	*j = (struct json){ .out = out };
}

/* What stands before a value or key. */
static void
separate(struct json *j)
{
	if (j->comma)
		(void)buf_add_char(j->out, ','); /* errors are sticky, here and below */
	j->comma = true;
}

static void
begin(struct json *j, char c)
{
	separate(j);
	(void)buf_add_char(j->out, c);
	j->comma = false;
}

static void
end(struct json *j, char c)
{
	(void)buf_add_char(j->out, c);
	j->comma = true;
}

void
json_begin_object(struct json *j)
{
	begin(j, '{');
}

void
json_end_object(struct json *j)
{
	end(j, '}');
}

void
json_begin_array(struct json *j)
{
	begin(j, '[');
}

void
json_end_array(struct json *j)
{
	end(j, ']');
}

/* A bit for each byte that must be escaped: a loop without a branch, which compilers make wide. */
static uint64_t
escaped_bits(const unsigned char block[BLOCK])
{
	unsigned char found[BLOCK];
	uint64_t bits = 0, x;
	size_t i;

	for (i = 0; i < BLOCK; i++)
		found[i] = (block[i] < 0x20) | (block[i] == '"') | (block[i] == '\\');
	for (i = 0; i < BLOCK; i += sizeof x) {
		memcpy(&x, found + i, sizeof x);
		x = le64toh(x) * 0x0102040810204080u >> 56; /* a bit a byte, side by side */
		bits |= x << i;
	}
	return bits;
}

static char *
put_escape(char *p, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	*p++ = '\\';
	if (c >= 0x20) {
		*p++ = (char)c;
		return p;
	}
	memcpy(p, "u00", 3);
	p[3] = hex[c >> 4];
	p[4] = hex[c & 0xf];
	return p + 5;
}

/* Copy len bytes and up to 8 more, which both sides have: mostly one move. */
static void
copy_eights(char *to, const unsigned char *from, size_t len)
{
	size_t i = 0;

	do {
		memcpy(to + i, from + i, 8);
		i += 8;
	} while (i < len);
}

/* The first len bytes of the block, and escapes; the block has eight bytes more. */
static char *
put_block(char *p, const unsigned char *block, size_t len)
{
	uint64_t bits = escaped_bits(block);
	size_t from = 0, at;

	if (len < BLOCK)
		bits &= ((uint64_t)1 << len) - 1;
	for (; bits != 0; bits &= bits - 1, from = at + 1) {
		at = (size_t)__builtin_ctzll(bits);
		copy_eights(p, block + from, at - from);
		p = put_escape(p + (at - from), block[at]);
	}
	copy_eights(p, block + from, len - from);
	return p + (len - from);
}

static void
add_block(struct buf *out, const unsigned char *block, size_t len)
{
	char text[BLOCK_MAX], *p;

	if (out->capacity - out->len < BLOCK_MAX || out->failed) { /* the maximum may be near */
		(void)buf_add(out, text, (size_t)(put_block(text, block, len) - text));
		return;
	}
	p = out->data + out->len;
	out->len += (size_t)(put_block(p, block, len) - p);
}

/* The rest of a string in which something must be escaped, and its last quote. */
static void
add_rest(struct buf *out, const char *bytes, size_t len)
{
	unsigned char last[BLOCK + 8] = { 0 };

	for (; len >= sizeof last; bytes += BLOCK, len -= BLOCK)
		add_block(out, (const unsigned char *)bytes, BLOCK);
	memcpy(last, bytes, len);
	add_block(out, last, len < BLOCK ? len : BLOCK);
	if (len > BLOCK) {
		memmove(last, last + BLOCK, 8);
		add_block(out, last, len - BLOCK);
	}
	(void)buf_add_char(out, '"');
}

/* Most of a document is strings without escapes: one call of buf for each of these. */
static void
add_string(struct json *j, const char *bytes, size_t len)
{
	struct buf *out = j->out;
	size_t run;
	char *p;

	if (len > SIZE_MAX - 3 || buf_reserve(out, len + 2 + j->comma) != 0)
		return;
	p = out->data + out->len;
	if (j->comma)
		*p++ = ',';
	*p++ = '"';
	run = json_plain_run(bytes, len);
	if (run > 0)
		memcpy(p, bytes, run);
	p += run;
	if (run == len)
		*p++ = '"';
	out->len = (size_t)(p - out->data);
	if (run < len)
		add_rest(out, bytes + run, len - run);
}

void
json_string_bytes(struct json *j, const char *bytes, size_t len)
{
	add_string(j, bytes, len);
	j->comma = true;
}

void
json_string(struct json *j, const char *text)
{
	if (text == NULL)
		json_null(j);
	else
		json_string_bytes(j, text, strlen(text));
}

void
json_key_bytes(struct json *j, const char *key, size_t len)
{
	add_string(j, key, len);
	(void)buf_add_char(j->out, ':');
	j->comma = false;
}

void
json_key(struct json *j, const char *key)
{
	json_key_bytes(j, key, strlen(key));
}

static void
add_number(struct json *j, bool negative, uint64_t magnitude)
{
	char text[24], *p = text + sizeof text;

	do {
		*--p = (char)('0' + magnitude % 10);
		magnitude /= 10;
	} while (magnitude > 0);
	if (negative)
		*--p = '-';
	if (j->comma)
		*--p = ',';
	j->comma = true;
	(void)buf_add(j->out, p, (size_t)(text + sizeof text - p));
}

void
json_integer(struct json *j, int64_t value)
{
	add_number(j, value < 0, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void
json_unsigned(struct json *j, uint64_t value)
{
	add_number(j, false, value);
}

void
json_boolean(struct json *j, bool value)
{
	json_raw(j, value ? "true" : "false", value ? 4 : 5);
}

void
json_null(struct json *j)
{
	json_raw(j, "null", 4);
}

void
json_raw(struct json *j, const char *text, size_t len)
{
	separate(j);
	(void)buf_add(j->out, text, len);
}

void
json_key_string(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	json_string(j, text);
}

void
json_key_unsigned(struct json *j, const char *key, uint64_t value)
{
	json_key(j, key);
	json_unsigned(j, value);
}

void
json_key_bool(struct json *j, const char *key, bool value)
{
	json_key(j, key);
	json_boolean(j, value);
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
write_object(struct json *j, struct json_object *value)
{
	size_t n = (size_t)json_object_object_length(value), i = 0;
	CLEANUP(free) const char **keys = calloc(n + 1, sizeof *keys);
	struct json_object *member = NULL;

	if (keys == NULL) {
		j->out->failed = true;
		return;
	}
	json_object_object_foreach(value, key, unused)
	{
		(void)unused;
		keys[i++] = key;
	}
	qsort(keys, n, sizeof *keys, compare_keys);
	json_begin_object(j);
	for (i = 0; i < n; i++) {
		(void)json_object_object_get_ex(value, keys[i], &member); /* it was just listed */
		json_key(j, keys[i]);
		json_value(j, member);
	}
	json_end_object(j);
}

static void
write_array(struct json *j, struct json_object *value)
{
	size_t n = json_object_array_length(value), i;

	json_begin_array(j);
	for (i = 0; i < n; i++)
		json_value(j, json_object_array_get_idx(value, i));
	json_end_array(j);
}

static void
write_int(struct json *j, struct json_object *value)
{
	int64_t number = json_object_get_int64(value); /* the nearest, when it does not fit */

	if (number < 0)
		json_integer(j, number);
	else
		json_unsigned(j, json_object_get_uint64(value));
}

void
json_value(struct json *j, struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		json_null(j);
		break;
	case json_type_boolean:
		json_boolean(j, json_object_get_boolean(value));
		break;
	case json_type_double:
		json_double(j, json_object_get_double(value));
		break;
	case json_type_int:
		write_int(j, value);
		break;
	case json_type_object:
		write_object(j, value);
		break;
	case json_type_array:
		write_array(j, value);
		break;
	case json_type_string:
		json_string_bytes(j, json_object_get_string(value),
		                  (size_t)json_object_get_string_len(value));
		break;
	}
}
