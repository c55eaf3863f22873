/* t_kraft_record.c - metadata records by the table of fields: every kept type there and back, and what does not fit */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "tests/unit/kraft_fixture.h"

/* Decode, encode: it must be the same frame. */
static void
same_again(const void *frame, size_t len)
{
	CLEANUP(buf_release) struct buf again;
	struct metadata_record r;
	struct err e;

	buf_init(&again, LINE_MAX_BYTES);
	assert_int_equal(record_decode(frame, len, &r, &e), 0);
	record_encode(&r, &again);
	assert_false(again.failed);
	assert_int_equal(again.len, len);
	assert_memory_equal(again.data, frame, len);
}

static void
all_same_again(struct frames *f)
{
	const void *frame;
	size_t at = 0, len;

	while (frames_next(f, &at, &frame, &len))
		same_again(frame, len);
}

static const char *const entities[][7] = {
	{ "user", "a", NULL }, { "user", "", NULL }, { "client-id", "", "user", "b", NULL },
	{ "ip", "10.0.0.1", NULL }, { "client-id", "", "user", "", NULL },
};

static void
make_one_of_each(struct frames *f)
{
	static const int32_t three[] = { 3, 1, 2 };
	size_t i;

	make_topic(f, "orders", 1);
	make_partition(f, 1, 0, 4, 5, three, 3);
	make_change(f, 1, 0, NO_LEADER_CHANGE, NULL, 0);
	make_change(f, 1, 0, 2, three, 2);
	make_change(f, 1, 0, -1, NULL, 0);
	make_remove_topic(f, 1);
	make_config(f, RESOURCE_BROKER, "", "min.insync.replicas", "2");
	make_config(f, RESOURCE_BROKER, "1", "x", "");
	make_config(f, RESOURCE_GROUP, "g", "x", NULL);
	make_user(f, "alice", 1, 9);
	make_user(f, "\xc3\xa4lice", 2, 10);
	make_remove_user(f, "alice", 1);
	make_acl(f, 3, (struct acl_numbers){ 2, 3, 16, 3 }, "orders", "User:a", "*");
	make_acl(f, 3, (struct acl_numbers){ -1, 127, -128, 2 }, "", "", "");
	make_remove_acl(f, 3);
	for (i = 0; i < LENGTH(entities); i++)
		make_quota(f, entities[i], "producer_byte_rate", 1.5e300, i % 2 == 0);
	make_feature(f, "metadata.version", 25);
	make_mark(f, RECORD_BEGIN_TRANSACTION);
	make_mark(f, RECORD_END_TRANSACTION);
	make_mark(f, RECORD_ABORT_TRANSACTION);
	make_raw(f, RECORD_BEGIN_TRANSACTION, 0, "\1\0\5\5name", 8);
}

static void
every_kept_record_comes_back_byte_for_byte(void **state)
{
	struct kraft_fixture *f = *state;

	make_one_of_each(&f->records);
	all_same_again(&f->records);
}

/* Versions 0, 1 and 2 of a partition and its change, with every tagged field of each. */
static void
every_version_and_tagged_field_comes_back(void **state)
{
	static const char head[] = "\0\0\0\1" "0123456789abcdef" "\2\0\0\0\1" "\2\0\0\0\1" "\1" "\1"
	                           "\0\0\0\1" "\0\0\0\2" "\0\0\0\3";
	struct kraft_fixture *f = *state;
	struct buf bytes;
	int version;

	buf_init(&bytes, 4096);
	for (version = 0; version <= 2; version++) {
		buf_clear(&bytes);
		(void)buf_add(&bytes, head, sizeof head - 1);
		if (version >= 1)
			(void)buf_add(&bytes, "\2" "0123456789abcdef", 17);
		(void)buf_add_char(&bytes, version == 2 ? 3 : 1); /* tags: recovery state, then the ELR's two */
		(void)buf_add(&bytes, "\0\1\1", 3);
		if (version == 2)
			(void)buf_add(&bytes, "\1\1\1" "\2\5\2\0\0\0\2", 10);
		make_raw(&f->records, RECORD_PARTITION, (unsigned)version, bytes.data, bytes.len);
	}
	buf_clear(&bytes);
	(void)buf_add(&bytes, head, 20); /* id and topic, then tags 0 to 8 */
	(void)buf_add(&bytes, "\11" "\0\5\2\0\0\0\1" "\1\4\0\0\0\1" "\2\5\2\0\0\0\1" "\3\1\1" "\4\1\1" "\5\1\1"
	              "\6\1\1" "\7\1\1" "\10\21\2" "0123456789abcdef", 1 + 7 + 6 + 7 + 3 * 5 + 3 + 16);
	make_raw(&f->records, RECORD_PARTITION_CHANGE, 2, bytes.data, bytes.len);
	buf_release(&bytes);
	all_same_again(&f->records);
}

static void
the_values_are_those_of_the_frame(void **state)
{
	static const int32_t three[] = { 3, -1, 2 };
	struct kraft_fixture *f = *state;
	struct metadata_record r;
	struct record_value part[2];
	struct cursor c;
	const void *frame;
	size_t at = 0, len;
	struct err e;

	make_partition(&f->records, 1, 7, 4, 5, three, 3);
	make_quota(&f->records, entities[2], "k", -2.5, false);
	make_acl(&f->records, 3, (struct acl_numbers){ -1, 127, -128, 2 }, "r", "p", "h");
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_int_equal(record_decode(frame, len, &r, &e), 0);
	assert_int_equal(r.values[PARTITION_ID].number, 7);
	assert_int_equal(r.values[PARTITION_REPLICAS].count, 3);
	assert_int_equal(value_int32_at(&r.values[PARTITION_REPLICAS], 1), -1);
	assert_int_equal(r.values[PARTITION_EPOCH].number, 5);
	assert_true(r.values[PARTITION_ELR].null);
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_int_equal(record_decode(frame, len, &r, &e), 0);
	assert_true(r.values[QUOTA_VALUE].real < -2.4 && r.values[QUOTA_VALUE].real > -2.6);
	c = cursor_of(r.values[QUOTA_ENTITY].bytes, r.values[QUOTA_ENTITY].len);
	assert_true(record_element(quota_entity_fields, &c, part));
	assert_true(part[ENTITY_NAME].null);
	assert_true(record_element(quota_entity_fields, &c, part));
	assert_memory_equal(part[ENTITY_NAME].bytes, "b", 1);
	assert_false(record_element(quota_entity_fields, &c, part));
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_int_equal(record_decode(frame, len, &r, &e), 0);
	assert_int_equal(r.values[ACL_RESOURCE_TYPE].number, -1);
	assert_int_equal(r.values[ACL_OPERATION].number, -128);
}

/* A frame cut anywhere is refused, and nothing is read behind its end (ASan). */
static void
a_record_that_is_cut_anywhere_is_refused(void **state)
{
	struct kraft_fixture *f = *state;
	const unsigned char *frame;
	const void *next;
	struct metadata_record r;
	size_t at = 0, len, cut;
	struct err e;

	make_one_of_each(&f->records);
	while (frames_next(&f->records, &at, &next, &len)) {
		frame = next;
		for (cut = 0; cut < len; cut++) {
			unsigned char *copy = malloc(cut + 1);

			assert_non_null(copy);
			memcpy(copy + 1, frame, cut);
			assert_int_equal(record_decode(copy + 1, cut, &r, &e), ERR_CORRUPT);
			free(copy);
		}
	}
}

static void
a_record_with_bytes_behind_it_is_refused(void **state)
{
	struct kraft_fixture *f = *state;
	struct metadata_record r;
	const void *frame;
	size_t at = 0, len;
	struct err e;

	make_one_of_each(&f->records);
	while (frames_next(&f->records, &at, &frame, &len)) {
		char *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, frame, len);
		copy[len] = 0;
		assert_int_equal(record_decode(copy, len + 1, &r, &e), ERR_CORRUPT);
		free(copy);
	}
}

static int
decode_raw(unsigned type, unsigned version, const char *bytes, size_t len, struct err *e)
{
	struct metadata_record r;
	const void *frame;
	struct frames f;
	size_t at = 0, n;
	int rc;

	frames_init(&f);
	make_raw(&f, type, version, bytes, len);
	assert_true(frames_next(&f, &at, &frame, &n));
	rc = record_decode(frame, n, &r, e);
	frames_release(&f);
	return rc;
}

static void
lengths_and_counts_that_lie_are_refused(void **state)
{
	struct err e;

	(void)state; /* a text of 4 GiB, an array of 2^32, structs of 2^32, 2^32 tags, a tag of 4 GiB */
	assert_int_equal(decode_raw(RECORD_TOPIC, 0, "\xff\xff\xff\xff\x0f", 5, &e), ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_PARTITION, 0, "\0\0\0\1" "0123456789abcdef" "\xff\xff\xff\xff\x0f", 25, &e),
	                 ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_QUOTA, 0, "\xff\xff\xff\xff\x0f\2a\2b\0", 10, &e), ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_END_TRANSACTION, 0, "\xff\xff\xff\xff\x0f", 5, &e), ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_END_TRANSACTION, 0, "\1\1\xff\xff\xff\xff\x0f", 7, &e), ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_END_TRANSACTION, 0, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, &e),
	                 ERR_CORRUPT);
}

static void
tags_come_in_rising_order_and_unknown_ones_are_passed_over(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(decode_raw(RECORD_END_TRANSACTION, 0, "\2\1\1x\7\1y", 7, &e), 0);
	assert_int_equal(decode_raw(RECORD_END_TRANSACTION, 0, "\2\7\1x\1\1y", 7, &e), ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_END_TRANSACTION, 0, "\2\7\1x\7\1y", 7, &e), ERR_CORRUPT);
	/* a known tag whose value is shorter than its size says */
	assert_int_equal(decode_raw(RECORD_BEGIN_TRANSACTION, 0, "\1\0\5\2nxxx", 8, &e), ERR_CORRUPT);
}

static void
a_null_where_none_may_be_is_refused(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(decode_raw(RECORD_TOPIC, 0, "\0" "0123456789abcdef" "\0", 18, &e), ERR_CORRUPT);
	assert_int_equal(decode_raw(RECORD_CONFIG, 0, "\2\2t\2n\0\0", 7, &e), 0); /* a value may be */
}

static void
types_and_versions_are_told_apart(void **state)
{
	unsigned type, version;
	struct err e;

	(void)state;
	assert_int_equal(decode_raw(RECORD_TOPIC, 1, "", 0, &e), ERR_UNSUPPORTED);
	assert_string_equal(e.text, "TopicRecord version 1: the newest that is known is 0");
	assert_int_equal(decode_raw(RECORD_PARTITION, 3, "", 0, &e), ERR_UNSUPPORTED);
	assert_int_equal(decode_raw(0, 0, "", 0, &e), ERR_UNSUPPORTED); /* a broker's registration */
	assert_int_equal(decode_raw(RECORD_TYPES, 0, "", 0, &e), ERR_UNSUPPORTED);
	assert_int_equal(decode_raw(UINT32_MAX, UINT32_MAX, "", 0, &e), ERR_UNSUPPORTED);
	assert_int_equal(record_peek("\1\x0f\0", 3, &type, &version, &e), 0);
	assert_int_equal(type, 15);
	assert_int_equal(record_peek("\2\x0f\0", 3, &type, &version, &e), ERR_CORRUPT); /* frame version 2 */
	assert_int_equal(record_peek("\1\x0f", 2, &type, &version, &e), ERR_CORRUPT);
	assert_int_equal(record_peek("", 0, &type, &version, &e), ERR_CORRUPT);
}

static void
frames_are_given_in_their_order(void **state)
{
	struct kraft_fixture *f = *state;
	struct frames other;
	const void *frame;
	size_t at = 0, len;

	frames_init(&other);
	frames_add(&f->records, "a", 1);
	frames_add(&other, "", 0);
	frames_add(&other, "bc", 2);
	frames_append(&f->records, &other);
	frames_release(&other);
	assert_int_equal(f->records.count, 3);
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_memory_equal(frame, "a", 1);
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_int_equal(len, 0);
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_memory_equal(frame, "bc", 2);
	assert_false(frames_next(&f->records, &at, &frame, &len));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(every_kept_record_comes_back_byte_for_byte),
		CASE(every_version_and_tagged_field_comes_back),
		CASE(the_values_are_those_of_the_frame),
		CASE(a_record_that_is_cut_anywhere_is_refused),
		CASE(a_record_with_bytes_behind_it_is_refused),
		cmocka_unit_test(lengths_and_counts_that_lie_are_refused),
		cmocka_unit_test(tags_come_in_rising_order_and_unknown_ones_are_passed_over),
		cmocka_unit_test(a_null_where_none_may_be_is_refused),
		cmocka_unit_test(types_and_versions_are_told_apart),
		CASE(frames_are_given_in_their_order),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
