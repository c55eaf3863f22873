/* buf.c - see buf.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/buf.h"

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void
buf_release(struct buf *b)
{
	free(b->data);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		sodium_memzero(b->data, b->capacity);
	buf_release(b);
}

static int
fail(struct buf *b)
{
	b->failed = true;
	return -1;
}

int
buf_grow(struct buf *b, size_t more)
{
	size_t capacity = b->capacity < 64 ? 64 : b->capacity;
	char *data;

	if (b->failed || more > b->max - b->len)
		return fail(b);
	while (capacity - b->len <= more)
		capacity += capacity / 2;
	if (capacity > b->max)
		capacity = b->max + 1;
	data = realloc(b->data, capacity); /* one byte more than asked for: buf_text()'s NUL */
	if (data == NULL)
		return fail(b);
	b->data = data;
	b->capacity = capacity;
	return 0;
}

int
buf_print(struct buf *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(b, (size_t)n) != 0)
		return fail(b);
	va_start(ap, format);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, format, ap); /* fits: just measured */
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

const char *
buf_text(struct buf *b)
{
	if (buf_reserve(b, 0) != 0)
		return NULL;
	b->data[b->len] = '\0';
	return b->data;
}
