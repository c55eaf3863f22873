/* t_sum.c - check sums that clouds take with an object, by their published check values */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/sum.h"

/* The catalogue of parametrised CRCs (reveng): CRC-64/NVME and CRC-32/ISCSI, each of "123456789". */
static void
sums_are_those_that_are_published(void **state)
{
	(void)state;
	assert_true(sum_crc64("123456789", 9) == UINT64_C(0xae8b14860a799888));
	assert_int_equal(sum_crc32c("123456789", 9), 0xe3069283);
	assert_true(sum_crc64("", 0) == 0);
	assert_int_equal(sum_crc32c("", 0), 0);
}

/* RFC 3720, B.4: 32 bytes of zeros, of ones, ascending and descending. */
static void
crc32c_is_that_of_rfc_3720(void **state)
{
	unsigned char bytes[32] = { 0 };

	(void)state;
	assert_int_equal(sum_crc32c(bytes, sizeof bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(sum_crc32c(bytes, sizeof bytes), 0x62a8ab43);
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(sum_crc32c(bytes, sizeof bytes), 0x46dd794e);
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(31 - i);
	assert_int_equal(sum_crc32c(bytes, sizeof bytes), 0x113fdb5c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_that_are_published),
		cmocka_unit_test(crc32c_is_that_of_rfc_3720),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
