/*
 * wire.h - Kafka's encodings (big endian; varints; KIP-482's compact strings and tags), read with a
 * cursor that cannot leave its bytes and written to a buffer.
 *
 * A read past the end, or a number that does not fit, sets `failed` and gives zero; every later
 * read then fails too: a reader reads as it likes and asks once.
 */
#ifndef WIRE_H
#define WIRE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/buf.h"

struct cursor {
	const unsigned char *p, *end;
	bool                 failed;
};

static inline struct cursor
cursor_of(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	return (struct cursor){ .p = p, .end = len > 0 ? p + len : p };
}

static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

/* Step over n bytes: where they begin, or NULL. */
static inline const unsigned char *
cursor_bytes(struct cursor *c, size_t n)
{
	const unsigned char *at = c->p;

	if (c->failed || cursor_left(c) < n) {
		c->failed = true;
		return NULL;
	}
	c->p += n;
	return at;
}

/* A number of 1, 2, 4 or 8 bytes, as it stands there; the caller casts it to what it is. */
static inline uint64_t
cursor_number(struct cursor *c, size_t size)
{
	const unsigned char *at = cursor_bytes(c, size);
	uint64_t n = 0;

	for (size_t i = 0; at != NULL && i < size; i++)
		n = n << 8 | at[i];
	return n;
}

/* Seven bits a byte, the lowest first; at most 64 bits. */
static inline uint64_t
cursor_varlong(struct cursor *c)
{
	uint64_t n = 0;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 7) {
		uint64_t byte = cursor_number(c, 1);

		if (shift == 63 && byte > 1)
			break;
		n |= (byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return n;
	}
	c->failed = true;
	return 0;
}

static inline uint32_t
cursor_varint(struct cursor *c)
{
	uint64_t n = cursor_varlong(c);

	if (n > UINT32_MAX)
		c->failed = true;
	return c->failed ? 0 : (uint32_t)n;
}

/* Tagged fields that nobody knows: each a tag, a length and so many bytes. */
static inline void
cursor_pass_tags(struct cursor *c)
{
	uint32_t n = cursor_varint(c);

	while (!c->failed && n-- > 0) {
		(void)cursor_varint(c);
		(void)cursor_bytes(c, cursor_varint(c));
	}
}

/* The signed form of records: zig-zag. */
static inline int64_t
cursor_zigzag(struct cursor *c)
{
	uint64_t n = cursor_varlong(c);

	return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

/* ---- writing; errors are the buffer's ---- */

static inline void
wire_number(struct buf *out, uint64_t n, size_t size)
{
	unsigned char bytes[8];

	n = htobe64(n);
	memcpy(bytes, &n, sizeof bytes);
	(void)buf_add(out, bytes + sizeof bytes - size, size);
}

static inline void
wire_varlong(struct buf *out, uint64_t n)
{
	for (; n > 0x7f; n >>= 7)
		(void)buf_add_char(out, (char)(n | 0x80));
	(void)buf_add_char(out, (char)n);
}

static inline void
wire_zigzag(struct buf *out, int64_t n)
{
	wire_varlong(out, (uint64_t)n << 1 ^ (uint64_t)(n >> 63));
}

#endif
