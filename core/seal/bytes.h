/* bytes.h - little-endian integers of the sealed formats, whatever the machine's order. */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline void
bytes_put(unsigned char *p, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

static inline uint64_t
bytes_get(const unsigned char *p, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i > 0; i--)
		value = value << 8 | p[i - 1];
	return value;
}

static inline void
bytes_put_u16(unsigned char *p, uint16_t value)
{
	bytes_put(p, value, 2);
}

static inline void
bytes_put_u32(unsigned char *p, uint32_t value)
{
	bytes_put(p, value, 4);
}

static inline void
bytes_put_u64(unsigned char *p, uint64_t value)
{
	bytes_put(p, value, 8);
}

static inline uint16_t
bytes_get_u16(const unsigned char *p)
{
	return (uint16_t)bytes_get(p, 2);
}

static inline uint32_t
bytes_get_u32(const unsigned char *p)
{
	return (uint32_t)bytes_get(p, 4);
}

static inline uint64_t
bytes_get_u64(const unsigned char *p)
{
	return bytes_get(p, 8);
}

#endif
