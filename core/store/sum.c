/* sum.c - see sum.h.  A table of 16 entries for each: a snapshot is some MiB, and sent once. */
#include "core/store/sum.h"

#define CRC64_POLYNOMIAL  UINT64_C(0x9a6c9329ac4bc9b5) /* lowest bit first */
#define CRC32C_POLYNOMIAL UINT64_C(0x82f63b78)

static uint64_t
crc(const unsigned char *bytes, size_t len, uint64_t polynomial, uint64_t ones)
{
	uint64_t table[16], sum = ones;

	for (unsigned i = 0; i < 16; i++) {
		uint64_t value = i;

		for (unsigned bit = 0; bit < 4; bit++)
			value = value >> 1 ^ ((value & 1) != 0 ? polynomial : 0);
		table[i] = value;
	}
	for (size_t i = 0; i < len; i++) {
		sum ^= bytes[i];
		sum = sum >> 4 ^ table[sum & 15];
		sum = sum >> 4 ^ table[sum & 15];
	}
	return sum ^ ones;
}

uint64_t
sum_crc64(const void *bytes, size_t len)
{
	return crc(bytes, len, CRC64_POLYNOMIAL, UINT64_MAX);
}

uint32_t
sum_crc32c(const void *bytes, size_t len)
{
	return (uint32_t)crc(bytes, len, CRC32C_POLYNOMIAL, UINT32_MAX);
}
