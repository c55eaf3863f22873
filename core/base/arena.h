/* arena.h - allocate many, free once, up to a maximum.  Not for secrets: nothing is wiped. */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

#include "core/base/cleanup.h"

struct arena_block;

struct arena {
	struct arena_block *newest;
	size_t used, max; /* bytes handed out, and how many may be */
};

void  arena_init(struct arena *a, size_t max);
void  arena_release(struct arena *a); /* frees all; the arena may then be used again */
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned; NULL: no memory or over max */
char *arena_copy(struct arena *a, const char *bytes, size_t len); /* with a NUL behind it */
char *arena_text(struct arena *a, const char *text);

CLEANUP_RELEASE(struct arena, arena_release)

#endif
