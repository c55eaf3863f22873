/*
 * fuzz_frames.c - metadata records: input is frames, each behind its length of two bytes.  Asserted: what can be
 * decoded comes back from being encoded, and what is applied can be said as lines and seeded; a record of voters stays
 * within its bounds.
 */
#include <string.h>

#include "core/base/limits.h"
#include "core/kraft/voters.h"
#include "tests/fuzz/fuzz.h"

/* What a frame means may be said in more than one way (tags that are told needlessly); ours is one and stays so. */
static void
there_and_back(const unsigned char *frame, size_t len)
{
	CLEANUP(buf_release) struct buf once, twice;
	struct metadata_record r;
	struct err e;

	buf_init(&once, LINE_MAX_BYTES);
	buf_init(&twice, LINE_MAX_BYTES);
	if (record_decode(frame, len, &r, &e) != 0)
		return;
	record_encode(&r, &once);
	FUZZ_ASSERT(!once.failed);
	FUZZ_ASSERT(record_decode(once.data, once.len, &r, &e) == 0);
	record_encode(&r, &twice);
	FUZZ_ASSERT(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct image image = { .topics = { .head = NULL } };
	struct voters voters;
	int64_t offset = 0;
	struct err e;

	while (len >= 2) {
		size_t size = (size_t)bytes[0] << 8 | bytes[1];
		unsigned char *frame;

		bytes += 2;
		len -= 2;
		size = size > len ? len : size;
		frame = malloc(size + 1); /* its own, so that its end is seen */
		FUZZ_ASSERT(frame != NULL);
		memcpy(frame + 1, bytes, size);
		there_and_back(frame + 1, size);
		(void)voters_read(frame + 1, size, &voters, &e);
		FUZZ_ASSERT(voters.count <= VOTER_ENDPOINTS_MAX);
		(void)image_apply(&image, frame + 1, size, offset++, &e);
		free(frame);
		bytes += size;
		len -= size;
	}
	fuzz_image(&image);
	image_release(&image);
	return 0;
}
