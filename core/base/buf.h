/*
 * buf.h - bytes that grow up to a maximum which is given when the buffer is made.
 *
 * An append that would pass the maximum, or that finds no memory, sets `failed` and changes
 * nothing; every later append then fails too.  So a writer appends as it likes and asks once.
 */
#ifndef BUF_H
#define BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "core/base/cleanup.h"

struct buf {
	char  *data;  /* NULL while nothing was appended; not terminated, see buf_text() */
	size_t len, capacity, max; /* capacity is never more than max and a NUL */
	bool   failed;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees; the buffer may then be used again with its maximum */
void buf_clear(struct buf *b);   /* length 0, not failed; keeps the memory */
void buf_wipe(struct buf *b);    /* buf_release() after overwriting what it held */

/* Each returns 0, or -1 with b->failed set. */
static inline int buf_add(struct buf *b, const void *bytes, size_t len);
static inline int buf_add_text(struct buf *b, const char *text);
static inline int buf_add_char(struct buf *b, char c);
static inline int buf_reserve(struct buf *b, size_t more); /* room for `more` bytes behind len */
int buf_print(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content as a C string (a NUL is put behind it and not counted); NULL when failed. */
const char *buf_text(struct buf *b);

CLEANUP_RELEASE(struct buf, buf_release)
CLEANUP_RELEASE(struct buf, buf_wipe)

/* Here because documents are written by appends of a few bytes: most need no call. */
int buf_grow(struct buf *b, size_t more); /* buf_reserve() where there is no room yet */

static inline int
buf_reserve(struct buf *b, size_t more)
{
	return !b->failed && b->capacity - b->len > more ? 0 : buf_grow(b, more);
}

static inline int
buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (buf_reserve(b, len) != 0)
		return -1;
	if (len > 0)
		memcpy(b->data + b->len, bytes, len);
	b->len += len;
	return 0;
}

static inline int
buf_add_text(struct buf *b, const char *text)
{
	return buf_add(b, text, strlen(text));
}

static inline int
buf_add_char(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

#endif
