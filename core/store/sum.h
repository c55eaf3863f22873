/*
 * sum.h - the check sums that clouds take with an object, to refuse bytes that came as others: CRC-64
 * as Azure has it (of NVMe), CRC-32C as Google has it.  No protection against anybody: that is what
 * signatures and the read-back are for.  Pure, any thread.
 */
#ifndef STORE_SUM_H
#define STORE_SUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t sum_crc64(const void *bytes, size_t len);
uint32_t sum_crc32c(const void *bytes, size_t len);

#endif
