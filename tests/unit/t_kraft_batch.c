/* t_kraft_batch.c - record batches: what Kafka writes, what we write, and every way to be damaged */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/kraft/batch_file.h"
#include "core/kraft/crc32c.h"
#include "tests/unit/kraft_fixture.h"
#include "tests/unit/kraft_real.h"

/* Offsets in a batch, from batch.h. */
#define AT_LENGTH     8u
#define AT_MAGIC      16u
#define AT_CRC        17u
#define AT_ATTRIBUTES 21u
#define AT_DELTA      23u
#define AT_COUNT      57u

static void
the_checksum_is_crc32c(void **state)
{
	unsigned char bytes[32];
	int i;

	(void)state; /* RFC 3720, B.4 */
	memset(bytes, 0, sizeof bytes);
	assert_int_equal(crc32c(bytes, sizeof bytes), 0x8a9136aau);
	memset(bytes, 0xff, sizeof bytes);
	assert_int_equal(crc32c(bytes, sizeof bytes), 0x62a8ab43u);
	for (i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	assert_int_equal(crc32c(bytes, sizeof bytes), 0x46dd794eu);
	assert_int_equal(crc32c("123456789", 9), 0xe3069283u);
	assert_int_equal(crc32c("", 0), 0);
}

/* Walk all batches and records of some bytes: 0 if they are whole. */
static int
walk(const void *bytes, size_t len, unsigned *records, struct err *e)
{
	const unsigned char *p = bytes, *end = p + len;
	struct batch_record record;
	struct batch b;
	size_t size;
	int rc;

	for (*records = 0; p < end; p += size) {
		uint32_t read = 0;

		if (end - p < (int)BATCH_START)
			return err_set(e, ERR_CORRUPT, "cut off");
		rc = batch_size(p, &size, e);
		if (rc == 0 && size > (size_t)(end - p))
			rc = err_set(e, ERR_CORRUPT, "cut off");
		if (rc == 0)
			rc = batch_read(p, size, &b, e);
		while (rc == 0 && (rc = batch_next(&b, &read, &record, e)) > 0) {
			(*records)++;
			rc = 0;
		}
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void
what_kafka_writes_is_read(void **state)
{
	struct batch_record record;
	struct batch b;
	struct err e;
	uint32_t read = 0;
	size_t size;
	int types[3], i;

	(void)state;
	assert_int_equal(batch_size(kafkas_checkpoint, &size, &e), 0);
	assert_int_equal(batch_read(kafkas_checkpoint, size, &b, &e), 0);
	assert_true(b.control);
	assert_int_equal(b.count, 3);
	assert_int_equal(b.last_offset, 2);
	assert_true(b.timestamp > 1700000000000);
	for (i = 0; i < 3; i++) {
		assert_int_equal(batch_next(&b, &read, &record, &e), 1);
		assert_int_equal(record.offset, i);
		types[i] = record.control;
	}
	assert_int_equal(batch_next(&b, &read, &record, &e), 0);
	assert_int_equal(types[0], CONTROL_SNAPSHOT_HEADER);
	assert_int_equal(types[1], CONTROL_KRAFT_VERSION);
	assert_int_equal(types[2], CONTROL_KRAFT_VOTERS);
	assert_int_equal(batch_read(kafkas_checkpoint + size, sizeof kafkas_checkpoint - size, &b, &e), 0);
	assert_int_equal(b.base_offset, 3);
}

/* Kafka's own bytes, said again by our writer: the same, but for the leader epoch of 0 they share. */
static void
what_we_write_is_what_kafka_writes(void **state)
{
	struct kraft_fixture *f = *state;
	struct batch_record record;
	struct batch_writer w;
	uint32_t read = 0;
	struct batch b;
	struct err e;
	size_t size;

	assert_int_equal(batch_size(kafkas_checkpoint, &size, &e), 0);
	assert_int_equal(batch_read(kafkas_checkpoint, size, &b, &e), 0);
	batch_begin(&w, &f->bytes, b.base_offset, b.timestamp, true);
	while (batch_next(&b, &read, &record, &e) > 0) {
		char key[4] = { 0, 0, 0, (char)record.control };

		batch_add(&w, key, sizeof key, record.value, record.value_len);
	}
	batch_end(&w);
	assert_int_equal(f->bytes.len, size);
	assert_memory_equal(f->bytes.data, kafkas_checkpoint, size);
}

static struct buf
some_batch(void)
{
	struct frames f;
	struct buf out;

	frames_init(&f);
	buf_init(&out, 1 << 20);
	make_small_topic(&f, "orders", 7);
	make_config(&f, RESOURCE_TOPIC, "orders", "retention.ms", "1000");
	make_config(&f, RESOURCE_TOPIC, "orders", "cleanup.policy", "");
	(void)batch_of(&out, 40, 3, &f);
	frames_release(&f);
	return out;
}

static void
a_batch_is_read_as_it_was_written(void **state)
{
	CLEANUP(buf_release) struct buf bytes = some_batch();
	struct batch_record record;
	unsigned records;
	uint32_t read = 0;
	struct batch b;
	struct err e;

	(void)state;
	assert_int_equal(walk(bytes.data, bytes.len, &records, &e), 0);
	assert_int_equal(records, 4);
	assert_int_equal(batch_read((unsigned char *)bytes.data, bytes.len, &b, &e), 0);
	assert_int_equal(b.base_offset, 40);
	assert_int_equal(b.last_offset, 43);
	assert_int_equal(b.epoch, 3);
	assert_false(b.control);
	assert_int_equal(batch_next(&b, &read, &record, &e), 1);
	assert_int_equal(record.offset, 40);
}

/* But for the base offset and the leader epoch, which the checksum does not cover. */
static void
any_bit_that_flips_is_found(void **state)
{
	CLEANUP(buf_release) struct buf bytes = some_batch();
	unsigned records, bit;
	struct err e;
	size_t i;

	(void)state;
	for (i = AT_LENGTH; i < bytes.len; i++)
		for (bit = 0; bit < 8; bit++) {
			if (i >= 12 && i < 16)
				continue;
			bytes.data[i] = (char)(bytes.data[i] ^ 1 << bit);
			if (walk(bytes.data, bytes.len, &records, &e) != ERR_CORRUPT)
				fail_msg("byte %zu, bit %u", i, bit);
			bytes.data[i] = (char)(bytes.data[i] ^ 1 << bit);
		}
}

/* Flips under a right checksum: nothing is believed that does not fit, nothing is read outside (ASan). */
static void
a_byte_that_lies_under_a_right_checksum_harms_nothing(void **state)
{
	CLEANUP(buf_release) struct buf bytes = some_batch();
	unsigned records, value;
	struct err e;
	size_t i;

	(void)state;
	for (i = AT_ATTRIBUTES; i < bytes.len; i++) {
		char was = bytes.data[i];

		for (value = 0; value < 256; value++) {
			unsigned char *copy = malloc(bytes.len); /* so that ASan sees its end */

			assert_non_null(copy);
			bytes.data[i] = (char)value;
			batch_mend(&bytes, 0);
			memcpy(copy, bytes.data, bytes.len);
			(void)walk(copy, bytes.len, &records, &e);
			assert_true(records <= 4);
			free(copy);
		}
		bytes.data[i] = was;
	}
}

static void
refuse(size_t at, const char *with, size_t len, const char *why)
{
	CLEANUP(buf_release) struct buf bytes = some_batch();
	unsigned records;
	struct err e;

	memcpy(bytes.data + at, with, len);
	if (at != AT_CRC)
		batch_mend(&bytes, 0);
	assert_int_equal(walk(bytes.data, bytes.len, &records, &e), ERR_CORRUPT);
	if (strstr(e.text, why) == NULL || strstr(e.text, "offset 40") == NULL)
		fail_msg("\"%s\" does not say \"%s\" and where", e.text, why);
}

static void
what_a_batch_must_not_be_is_named(void **state)
{
	(void)state;
	refuse(AT_MAGIC, "\1", 1, "record format 1; format 2 is read");
	refuse(AT_MAGIC, "\3", 1, "record format 3");
	refuse(AT_CRC, "\0\0\0\0", 4, "checksum");
	refuse(AT_ATTRIBUTES, "\0\1", 2, "not compressed");      /* gzip */
	refuse(AT_ATTRIBUTES, "\0\4", 2, "not compressed");      /* zstd */
	refuse(AT_ATTRIBUTES, "\0\x21", 2, "not compressed");    /* a control batch, compressed */
	refuse(AT_ATTRIBUTES, "\0\x10", 2, "transactions");      /* of a producer */
	refuse(AT_COUNT, "\0\0\0\0", 4, "0 records");
	refuse(AT_COUNT, "\xff\xff\xff\xff", 4, "-1 records");
	refuse(AT_COUNT, "\x7f\xff\xff\xff", 4, "do not fit together");
	refuse(AT_DELTA, "\0\0\0\7", 4, "last offset delta 7");
	refuse(12, "\xff\xff\xff\xff", 4, "leader epoch -1");
}

static void
a_count_that_lies_ends_with_the_bytes(void **state)
{
	CLEANUP(buf_release) struct buf bytes = some_batch();
	unsigned records;
	struct err e;

	(void)state;
	memcpy(bytes.data + AT_COUNT, "\x7f\xff\xff\xf0", 4);
	memcpy(bytes.data + AT_DELTA, "\x7f\xff\xff\xef", 4);
	batch_mend(&bytes, 0);
	assert_int_equal(walk(bytes.data, bytes.len, &records, &e), ERR_CORRUPT);
	assert_int_equal(records, 4);
	memcpy(bytes.data + AT_COUNT, "\0\0\0\3", 4); /* and fewer than there are */
	memcpy(bytes.data + AT_DELTA, "\0\0\0\2", 4);
	batch_mend(&bytes, 0);
	assert_int_equal(walk(bytes.data, bytes.len, &records, &e), ERR_CORRUPT);
}

/* The key's length of a control record says more than the record has. */
static void
a_control_records_key_that_is_longer_than_it_is_refused(void **state)
{
	CLEANUP(buf_release) struct buf bytes;
	unsigned records, length;
	struct err e;

	(void)state; /* zig-zag: 4 bytes are 8, and the record has 15 bytes from there on */
	for (length = 32; length < 128; length++) {
		buf_init(&bytes, 1 << 16);
		(void)control_batch_of(&bytes, 0, 0, CONTROL_LEADER_CHANGE);
		bytes.data[BATCH_HEADER + 4] = (char)length; /* size, attributes, time, offset: a byte each */
		batch_mend(&bytes, 0);
		assert_int_equal(walk(bytes.data, bytes.len, &records, &e), ERR_CORRUPT);
		buf_release(&bytes);
	}
}

static void
the_length_of_a_batch_has_bounds(void **state)
{
	unsigned char start[BATCH_START] = { 0 };
	struct err e;
	size_t size;

	(void)state;
	start[11] = BATCH_HEADER - BATCH_START;
	assert_int_equal(batch_size(start, &size, &e), 0);
	assert_int_equal(size, BATCH_HEADER);
	start[11]--;
	assert_int_equal(batch_size(start, &size, &e), ERR_CORRUPT);
	start[8] = 0x7f;
	assert_int_equal(batch_size(start, &size, &e), ERR_CORRUPT);
	assert_non_null(strstr(e.text, "the most that is read"));
	start[8] = 0x80;
	assert_int_equal(batch_size(start, &size, &e), ERR_CORRUPT);
	start[8] = 0;
	start[11] = 200;
	start[0] = 0x80;
	assert_int_equal(batch_size(start, &size, &e), ERR_CORRUPT);
}

/* ---- a file of batches ---- */

static int
walk_file(struct kraft_fixture *f, unsigned *batches, bool *cut)
{
	CLEANUP(batch_file_close) struct batch_file file;
	struct batch b;
	int dir = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	*batches = 0;
	rc = batch_file_open(&file, dir, "some.log", &f->err);
	(void)close(dir);
	if (rc != 0)
		return rc;
	while ((rc = batch_file_next(&file, &b, &f->err)) > 0)
		(*batches)++;
	*cut = file.cut;
	return rc;
}

static void
a_file_that_is_cut_anywhere_ends_with_its_last_whole_batch(void **state)
{
	struct kraft_fixture *f = *state;
	CLEANUP(buf_release) struct buf one = some_batch();
	size_t len;
	unsigned batches;
	bool cut;

	(void)buf_add(&f->bytes, one.data, one.len);
	(void)buf_add(&f->bytes, one.data, one.len);
	for (len = 0; len <= f->bytes.len; len++) {
		kraft_file(f, "some.log", f->bytes.data, len);
		assert_int_equal(walk_file(f, &batches, &cut), 0);
		assert_int_equal(batches, len / one.len);
		assert_int_equal(cut, len % one.len != 0);
	}
}

static void
a_batch_larger_than_what_is_read_ahead_is_read(void **state)
{
	struct kraft_fixture *f = *state;
	char *large = malloc(3 << 20);
	unsigned batches;
	bool cut;
	int i;

	assert_non_null(large);
	memset(large, 'x', 3 << 20);
	for (i = 0; i < 5; i++) {
		make_raw(&f->records, 20, 0, large, i % 2 == 0 ? 3 << 20 : 10);
		(void)kraft_batch(f, i, 0);
	}
	kraft_file(f, "some.log", f->bytes.data, f->bytes.len);
	assert_int_equal(walk_file(f, &batches, &cut), 0);
	assert_int_equal(batches, 5);
	assert_false(cut);
	free(large);
}

static long
peak_kib(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* A torn end of a file says that 64 MiB follow: only what is there is held. */
static void
a_length_that_lies_takes_no_memory(void **state)
{
	struct kraft_fixture *f = *state;
	CLEANUP(buf_release) struct buf one = some_batch();
	unsigned batches;
	long before;
	bool cut;

	memcpy(one.data + AT_LENGTH, "\3\xff\xff\x00", 4);
	kraft_file(f, "some.log", one.data, one.len);
	before = peak_kib();
	assert_int_equal(walk_file(f, &batches, &cut), 0);
	assert_int_equal(batches, 0);
	assert_true(cut);
	assert_true(peak_kib() - before < 8 << 10);
}

static void
what_is_wrong_in_a_file_is_named_with_its_place(void **state)
{
	struct kraft_fixture *f = *state;
	CLEANUP(buf_release) struct buf one = some_batch();
	char where[64];
	unsigned batches;
	bool cut;

	assert_int_equal(walk_file(f, &batches, &cut), ERR_MISSING);
	(void)buf_add(&f->bytes, one.data, one.len);
	(void)buf_add(&f->bytes, one.data, one.len);
	f->bytes.data[f->bytes.len - 1] ^= 1;
	kraft_file(f, "some.log", f->bytes.data, f->bytes.len);
	assert_int_equal(walk_file(f, &batches, &cut), ERR_CORRUPT);
	assert_int_equal(batches, 1);
	(void)snprintf(where, sizeof where, "some.log, byte %zu: offset 40", one.len);
	assert_non_null(strstr(f->err.text, where));
}

static void
what_is_no_file_is_refused(void **state)
{
	struct kraft_fixture *f = *state;
	unsigned batches;
	bool cut;

	assert_int_equal(symlink("/etc/passwd", kraft_path(f, "some.log")), 0);
	assert_int_equal(walk_file(f, &batches, &cut), ERR_OPERATOR);
	assert_int_equal(unlink(kraft_path(f, "some.log")), 0);
	assert_int_equal(mkfifo(kraft_path(f, "some.log"), 0600), 0); /* and nobody waits for a writer */
	assert_int_equal(walk_file(f, &batches, &cut), ERR_FAILED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		cmocka_unit_test(the_checksum_is_crc32c),
		cmocka_unit_test(what_kafka_writes_is_read),
		CASE(what_we_write_is_what_kafka_writes),
		cmocka_unit_test(a_batch_is_read_as_it_was_written),
		cmocka_unit_test(any_bit_that_flips_is_found),
		cmocka_unit_test(a_byte_that_lies_under_a_right_checksum_harms_nothing),
		cmocka_unit_test(what_a_batch_must_not_be_is_named),
		cmocka_unit_test(a_count_that_lies_ends_with_the_bytes),
		cmocka_unit_test(a_control_records_key_that_is_longer_than_it_is_refused),
		cmocka_unit_test(the_length_of_a_batch_has_bounds),
		CASE(a_file_that_is_cut_anywhere_ends_with_its_last_whole_batch),
		CASE(a_batch_larger_than_what_is_read_ahead_is_read),
		CASE(a_length_that_lies_takes_no_memory),
		CASE(what_is_wrong_in_a_file_is_named_with_its_place),
		CASE(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
