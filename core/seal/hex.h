/* hex.h - lower-case hex characters, and no others, as names of objects hold them. */
#ifndef HEX_H
#define HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* -1: no such character. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first 16 characters; stops at a NUL. */
static inline bool
hex_get_u64(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 16; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		value = value << 4 | (uint64_t)digit;
	}
	*ret = value;
	return true;
}

/* The first 2 * size characters; ret is untouched on failure. */
static inline bool
hex_get_bytes(const char *text, unsigned char *ret, size_t size)
{
	for (size_t i = 0; i < 2 * size; i++)
		if (hex_digit(text[i]) < 0)
			return false;
	for (size_t i = 0; i < size; i++)
		ret[i] = (unsigned char)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return true;
}

#endif
