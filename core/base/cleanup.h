/*
 * cleanup.h - locals that free themselves, and the owner of an embedded struct.
 *
 * CLEANUP(x_free) on a pointer local calls x_free(&local) at the end of its scope; the functions
 * are made by CLEANUP_FUNCTION(type, x_free), which skips NULL.
 */
#ifndef CLEANUP_H
#define CLEANUP_H

#include <stddef.h>
#include <stdlib.h>

#define CLEANUP(function) __attribute__((cleanup(function##_at)))
#define CLEANUP_FUNCTION(type, function)                                                           \
	static inline void function##_at(type **p) /* NOLINT */                                    \
	{                                                                                          \
		if (*p != NULL)                                                                    \
			function(*p);                                                              \
	}

/* CLEANUP_BUF: the same for embedded structs that have x_release(). */
#define CLEANUP_RELEASE(type, function)                                                            \
	static inline void function##_at(type *p) { function(p); }

static inline void
free_at(void *p)
{
	free(*(void **)p);
}

#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#endif
