/* arena.c - see arena.h */
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

/* The first block is small, and each is twice the one before: thousands of idle services hold one. */
#define BLOCK_FIRST ((size_t)1 << 10)
#define BLOCK_MOST  ((size_t)64 << 10)

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){ .max = max };
}

void
arena_release(struct arena *a)
{
	struct arena_block *block = a->newest, *older;

	for (; block != NULL; block = older) {
		older = block->older;
		free(block);
	}
	arena_init(a, a->max);
}

static size_t
usual_size(const struct arena *a)
{
	if (a->newest == NULL)
		return BLOCK_FIRST;
	return a->newest->size < BLOCK_MOST / 2 ? a->newest->size * 2 : BLOCK_MOST;
}

static struct arena_block *
add_block(struct arena *a, size_t size)
{
	struct arena_block *block;

	if (size < usual_size(a))
		size = usual_size(a);
	block = malloc(sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->used = 0;
	block->size = size;
	block->older = a->newest;
	a->newest = block;
	return block;
}

/* Bytes as they are, at a multiple of `align`. */
static void *
take(struct arena *a, size_t size, size_t align)
{
	struct arena_block *block = a->newest;
	size_t skip = block == NULL ? 0 : -block->used & (align - 1);
	void *p;

	if (size > a->max - a->used)
		return NULL;
	if (block == NULL || block->size - block->used < skip || block->size - block->used - skip < size) {
		block = add_block(a, size);
		if (block == NULL)
			return NULL;
		skip = 0;
	}
	p = block->bytes + block->used + skip;
	block->used += skip + size;
	a->used += skip + size < a->max - a->used ? skip + size : a->max - a->used;
	return p;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size, alignof(max_align_t));

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

/* Texts lie side by side: they are most of what a snapshot takes in memory. */
char *
arena_copy(struct arena *a, const char *bytes, size_t len)
{
	char *copy = len < SIZE_MAX ? take(a, len + 1, 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_text(struct arena *a, const char *text)
{
	return arena_copy(a, text, strlen(text));
}
