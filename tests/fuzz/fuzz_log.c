/*
 * fuzz_log.c - a node's directory: files carved out of the input, each behind what it is (1 byte), an offset (1),
 * whether checksums are made right (1) and its length (2).  Read as a metadata log, and opened as a formatted node.
 * Asserted: starting records that could be opened can be extended, and are the same after it.
 */
#include <string.h>

#include "core/kraft/checkpoint.h"
#include "core/kraft/metadata_log.h"
#include "tests/fuzz/fuzz.h"

#define FILE_HEAD 5u

static void
write_file(const uint8_t *head, const uint8_t *bytes, size_t len)
{
	unsigned char *copy = malloc(len + 1);
	char name[100];

	FUZZ_ASSERT(copy != NULL);
	memcpy(copy, bytes, len);
	if (head[2] % 2 != 0)
		fuzz_mend(copy, len);
	switch (head[0] % 4) {
	case 0:
		(void)snprintf(name, sizeof name, METADATA_LOG_FOLDER "/%020d.log", head[1]);
		break;
	case 1:
		(void)snprintf(name, sizeof name, METADATA_LOG_FOLDER "/%020d-%010d.checkpoint", head[1], head[1] / 16);
		break;
	case 2:
		(void)snprintf(name, sizeof name, "bootstrap.checkpoint");
		break;
	default:
		(void)snprintf(name, sizeof name, "meta.properties");
		break;
	}
	fuzz_file(name, copy, len);
	free(copy);
}

static void
read_log(void)
{
	struct image image = { .topics = { .head = NULL } };
	struct log_position position;
	struct err e;

	if (metadata_log_read(fuzz_folder(), &image, &position, &e) == 0) {
		FUZZ_ASSERT(position.offset >= 0 && position.epoch >= 0);
		fuzz_image(&image);
	}
	image_release(&image);
}

static bool
open_node(struct checkpoint *c)
{
	const char *dirs[] = { fuzz_folder() };
	struct err e;

	return checkpoint_open(c, fuzz_folder(), dirs, 1, &e) == 0;
}

static void
extend(void)
{
	struct frames none = { .count = 0 };
	struct checkpoint before, after;
	struct err e;

	if (!open_node(&before))
		return;
	if (before.found && checkpoint_extend(&before, &none, &e) == 0) {
		FUZZ_ASSERT(open_node(&after));
		FUZZ_ASSERT(after.records.count == before.records.count &&
		            after.records.bytes.len == before.records.bytes.len &&
		            (after.records.bytes.len == 0 ||
		             memcmp(after.records.bytes.data, before.records.bytes.data,
		                    after.records.bytes.len) == 0));
		checkpoint_close(&after);
	}
	checkpoint_close(&before);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char properties[] = "version=1\nnode.id=1\ncluster.id=abc\n";

	fuzz_clear();
	fuzz_file("meta.properties", properties, sizeof properties - 1);
	while (len >= FILE_HEAD) {
		const uint8_t *head = bytes;
		size_t size = (size_t)head[3] << 8 | head[4];

		bytes += FILE_HEAD;
		len -= FILE_HEAD;
		size = size > len ? len : size;
		write_file(head, bytes, size);
		bytes += size;
		len -= size;
	}
	read_log();
	extend();
	return 0;
}
