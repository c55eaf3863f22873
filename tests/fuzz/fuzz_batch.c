/*
 * fuzz_batch.c - record batches, in memory and from a file: the first byte says whether checksums are made right, the
 * rest are batches.  Asserted: both ways find the same.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/kraft/batch_file.h"
#include "tests/fuzz/fuzz.h"

struct found {
	size_t batches, records, bytes;
};

/* 0 behind the last record, or an error. */
static int
count_records(struct batch *b, struct found *found)
{
	struct batch_record record;
	uint32_t read = 0;
	struct err e;
	int rc;

	found->batches++;
	while ((rc = batch_next(b, &read, &record, &e)) > 0) {
		FUZZ_ASSERT(record.offset >= b->base_offset && record.offset <= b->last_offset);
		found->records++;
		for (size_t i = 0; i < record.value_len; i++)
			found->bytes += record.value[i]; /* it can be read */
	}
	return rc;
}

static struct found
in_memory(const unsigned char *bytes, size_t len)
{
	struct found found = { 0 };
	struct batch b;
	struct err e;
	size_t size;

	while (len >= BATCH_START && batch_size(bytes, &size, &e) == 0 && size <= len &&
	       batch_read(bytes, size, &b, &e) == 0) {
		(void)count_records(&b, &found);
		bytes += size;
		len -= size;
	}
	return found;
}

static struct found
from_file(void)
{
	CLEANUP(batch_file_close) struct batch_file f;
	struct found found = { 0 };
	int folder = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct batch b;
	struct err e;

	FUZZ_ASSERT(folder >= 0 && batch_file_open(&f, folder, "batches", &e) == 0);
	(void)close(folder);
	while (batch_file_next(&f, &b, &e) > 0)
		(void)count_records(&b, &found);
	return found;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	unsigned char *copy;
	struct found one, other;

	if (len == 0)
		return 0;
	copy = malloc(len);
	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, bytes, len);
	if (copy[0] != 0)
		fuzz_mend(copy + 1, len - 1);
	fuzz_file("batches", copy + 1, len - 1);
	one = in_memory(copy + 1, len - 1);
	other = from_file();
	FUZZ_ASSERT(one.batches == other.batches && one.records == other.records && one.bytes == other.bytes);
	free(copy);
	return 0;
}
