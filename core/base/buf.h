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

#include "core/base/cleanup.h"

struct buf {
	char  *data;  /* NULL while nothing was appended; not terminated, see buf_text() */
	size_t len, capacity, max;
	bool   failed;
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b); /* frees; the buffer may then be used again with its maximum */
void buf_clear(struct buf *b);   /* length 0, not failed; keeps the memory */
void buf_wipe(struct buf *b);    /* buf_release() after overwriting what it held */

/* Each returns 0, or -1 with b->failed set. */
int buf_add(struct buf *b, const void *bytes, size_t len);
int buf_add_text(struct buf *b, const char *text);
int buf_add_char(struct buf *b, char c);
int buf_print(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_reserve(struct buf *b, size_t more); /* room for `more` bytes behind len */

/* The content as a C string (a NUL is put behind it and not counted); NULL when failed. */
const char *buf_text(struct buf *b);

CLEANUP_RELEASE(struct buf, buf_release)

#endif
