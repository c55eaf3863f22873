/* crc32c.h - the checksum of Kafka's record batches: CRC-32C (RFC 3720, B.4) */
#ifndef CRC32C_H
#define CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *bytes, size_t len);

#endif
