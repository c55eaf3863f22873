/*
 * json_word.h - eight bytes of a string at once; for json.c and json_scan.c.
 */
#ifndef JSON_WORD_H
#define JSON_WORD_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Does one of the eight bytes of x have the property?  The lowest bit that is set tells of the first. */
#define WORD_ONES            0x0101010101010101u
#define WORD_HIGHS           0x8080808080808080u
#define WORD_HAS_BELOW(x, n) (((x) - WORD_ONES * (n)) & ~(x) & WORD_HIGHS)
#define WORD_HAS(x, byte)    WORD_HAS_BELOW((x) ^ (WORD_ONES * (byte)), 1)

/* How many of the eight bytes, from the first on, need no escape. */
static inline unsigned
json_plain_word(const char *bytes)
{
	uint64_t x, found;

	memcpy(&x, bytes, sizeof x);
	x = le64toh(x);
	found = WORD_HAS_BELOW(x, 0x20) | WORD_HAS(x, '"') | WORD_HAS(x, '\\');
	/* What is said of the bytes behind the first may be wrong. */
	return found == 0 ? 8 : (unsigned)__builtin_ctzll(found) / 8;
}

#endif
