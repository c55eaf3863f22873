/* t_kraft_checkpoint_write.c - what is put into the starting records: which bytes, which limits, twice the same */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/kraft_formatted.h"

static void
some_records(struct frames *f)
{
	make_small_topic(f, "orders", 1);
	make_config(f, RESOURCE_TOPIC, "orders", "retention.ms", "5");
	make_user(f, "alice", 2, 7);
}

static void
extend(struct kraft_fixture *f, const struct frames *records)
{
	if (node_extend(f->dir, records, &f->err) != 0)
		fail_msg("%s", f->err.text);
}

static void
same_frames(const struct frames *a, const struct frames *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->bytes.len, b->bytes.len);
	assert_memory_equal(a->bytes.data, b->bytes.data, a->bytes.len);
}

static void
written_in(struct kraft_fixture *f, enum node_format format)
{
	struct frames added, expected;
	struct buf head, now;

	node_format(f, format);
	head = kraft_read_file(node_file(f, format));
	node_records(f, format);
	frames_init(&expected);
	frames_append(&expected, &f->records);
	frames_init(&added);
	some_records(&added);
	frames_append(&expected, &added);
	extend(f, &added);
	node_records(f, format);
	same_frames(&f->records, &expected);
	now = kraft_read_file(node_file(f, format));
	assert_memory_equal(now.data, head.data, BATCH_HEADER); /* the leading control batch, as it was */
	frames_release(&added);
	frames_release(&expected);
	buf_release(&head);
	buf_release(&now);
}

static void
records_are_put_behind_those_that_are_there(void **state)
{
	written_in(*state, NODE_4_4);
}

static void
also_into_bootstrap_checkpoint(void **state)
{
	written_in(*state, NODE_STATIC);
}

static void
and_beside_a_zero_checkpoint_that_stays(void **state)
{
	struct kraft_fixture *f = *state;
	struct buf zero, now;

	node_format(f, NODE_DYNAMIC);
	zero = kraft_read_file(kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT));
	some_records(&f->records);
	extend(f, &f->records);
	now = kraft_read_file(kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT));
	assert_int_equal(now.len, zero.len);
	assert_memory_equal(now.data, zero.data, now.len);
	assert_false(kraft_exists(f, "bootstrap.kcb.checkpoint.part"));
	buf_release(&zero);
	buf_release(&now);
}

static void
nothing_more_leaves_what_was_formatted(void **state)
{
	struct kraft_fixture *f = *state;
	struct frames none, before;

	node_format(f, NODE_4_4);
	node_records(f, NODE_4_4);
	frames_init(&before);
	frames_append(&before, &f->records);
	frames_init(&none);
	extend(f, &none);
	node_records(f, NODE_4_4);
	same_frames(&f->records, &before);
	frames_release(&before);
}

/* Written, then written again with nothing to add: a second pre-start finds everything there. */
static void
twice_the_same(struct kraft_fixture *f)
{
	struct buf first, second;
	struct frames none;

	frames_init(&none);
	extend(f, &f->records);
	first = kraft_read_file(node_file(f, NODE_4_4));
	extend(f, &none);
	second = kraft_read_file(node_file(f, NODE_4_4));
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	buf_release(&first);
	buf_release(&second);
	node_records(f, NODE_4_4); /* and within limits */
}

static void
twice_gives_the_same_bytes(void **state)
{
	struct kraft_fixture *f = *state;

	node_format(f, NODE_4_4);
	some_records(&f->records);
	twice_the_same(f);
}

static void
many_records_are_many_batches(void **state)
{
	struct kraft_fixture *f = *state;
	char name[32];
	int i;

	node_format(f, NODE_4_4);
	for (i = 0; i < 25000; i++) {
		(void)snprintf(name, sizeof name, "group-%05d", i);
		make_config(&f->records, RESOURCE_GROUP, name, "x", "1");
	}
	twice_the_same(f);
	assert_int_equal(f->records.count, 25002);
}

/* Any 10,000 records in a row, as the controller appends them, fit into a request of 8 MiB. */
static void
within_what_a_controller_appends(const struct frames *f)
{
	size_t *sizes = calloc(f->count, sizeof *sizes), at = 0, len, i = 0, sum = 0;
	const void *frame;

	assert_non_null(sizes);
	for (; frames_next(f, &at, &frame, &len); i++) {
		sizes[i] = len + 12; /* the record's own: lengths, deltas, attributes */
		sum += sizes[i] - (i < BATCH_RECORDS_MAX ? 0 : sizes[i - BATCH_RECORDS_MAX]);
		assert_true(sum + BATCH_HEADER <= BATCH_WRITE_MAX);
	}
	free(sizes);
}

static void
large_records(struct kraft_fixture *f, size_t size, int count)
{
	char *value = malloc(size + 1), name[32];
	int i;

	assert_non_null(value);
	memset(value, 'v', size);
	value[size] = '\0';
	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof name, "group-%05d", i);
		make_config(&f->records, RESOURCE_GROUP, name, "x", value);
	}
	free(value);
}

static void
large_records_are_kept_apart(void **state)
{
	static const struct {
		size_t size;
		int count;
	} cases[] = { { 32767, 900 }, { 1000, 12000 }, { 3 << 20, 5 }, { (4 << 20) - (140 << 10), 3 }, { 420, 25000 } };
	struct kraft_fixture *f = *state;
	size_t i;

	for (i = 0; i < LENGTH(cases); i++) {
		node_format(f, NODE_4_4);
		large_records(f, cases[i].size, cases[i].count);
		twice_the_same(f);
		within_what_a_controller_appends(&f->records);
		assert_int_equal(kraft_apply(f), 0);
		assert_int_equal(f->image.configs.count, cases[i].count);
	}
}

static void
a_record_that_no_controller_can_append_is_refused(void **state)
{
	struct kraft_fixture *f = *state;
	struct buf before, now;

	node_format(f, NODE_4_4);
	before = kraft_read_file(node_file(f, NODE_4_4));
	large_records(f, 4 << 20, 1);
	assert_int_equal(node_extend(f->dir, &f->records, &f->err), ERR_UNSUPPORTED);
	now = kraft_read_file(node_file(f, NODE_4_4));
	assert_int_equal(now.len, before.len);
	buf_release(&before);
	buf_release(&now);
}

static void
mode_and_owner_are_kept(void **state)
{
	struct kraft_fixture *f = *state;
	struct stat st;

	node_format(f, NODE_4_4);
	if (geteuid() == 0)
		assert_int_equal(chown(node_file(f, NODE_4_4), 12345, 23456), 0);
	assert_int_equal(chmod(node_file(f, NODE_4_4), 0440), 0);
	some_records(&f->records);
	extend(f, &f->records);
	assert_int_equal(stat(node_file(f, NODE_4_4), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0440);
	if (geteuid() == 0) {
		assert_int_equal(st.st_uid, 12345);
		assert_int_equal(st.st_gid, 23456);
	}
}

/* A part that a killed run left behind, and even one that is a link, is no obstacle and leads nowhere. */
static void
what_a_killed_run_left_is_no_obstacle(void **state)
{
	struct kraft_fixture *f = *state;
	struct buf victim;
	const char *part = METADATA_LOG_FOLDER "/00000000000000000000-0000000000.kcb.checkpoint.part";

	node_format(f, NODE_4_4);
	kraft_file(f, "victim", "x", 1);
	assert_int_equal(symlink("../victim", kraft_path(f, part)), 0);
	some_records(&f->records);
	extend(f, &f->records);
	assert_false(kraft_exists(f, part));
	node_records(f, NODE_4_4);
	assert_int_equal(f->records.count, 2 + 4);
	victim = kraft_read_file(kraft_path(f, "victim"));
	assert_int_equal(victim.len, 1);
	buf_release(&victim);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(records_are_put_behind_those_that_are_there),
		CASE(also_into_bootstrap_checkpoint),
		CASE(and_beside_a_zero_checkpoint_that_stays),
		CASE(nothing_more_leaves_what_was_formatted),
		CASE(twice_gives_the_same_bytes),
		CASE(many_records_are_many_batches),
		CASE(large_records_are_kept_apart),
		CASE(a_record_that_no_controller_can_append_is_refused),
		CASE(mode_and_owner_are_kept),
		CASE(what_a_killed_run_left_is_no_obstacle),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
