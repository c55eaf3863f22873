/* t_kraft_log.c - a metadata log on disk: checkpoints, segments, transactions, and every way to be damaged */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/kraft_fixture.h"

static void
position_is(const struct kraft_fixture *f, int64_t offset, int32_t epoch)
{
	assert_int_equal(f->position.offset, offset);
	assert_int_equal(f->position.epoch, epoch);
}

static void
refuse(struct kraft_fixture *f, int code, const char *why)
{
	assert_int_equal(kraft_read(f), code);
	if (strstr(f->err.text, why) == NULL || strstr(f->err.text, f->dir) == NULL)
		fail_msg("\"%s\" does not say \"%s\" and where", f->err.text, why);
	assert_int_equal(f->image.configs.count, 0); /* nothing half */
}

/* ---- what is there ---- */

static void
a_log_is_read_to_its_end(void **state)
{
	struct kraft_fixture *f = *state;
	int64_t next = control_batch_of(&f->bytes, 0, 1, CONTROL_LEADER_CHANGE);

	kraft_group(f, "a");
	kraft_group(f, "b");
	next = kraft_batch(f, next, 1);
	next = control_batch_of(&f->bytes, next, 4, CONTROL_LEADER_CHANGE);
	kraft_segment(f, 0);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, next, 4);
	assert_true(kraft_has_group(f, "a") && kraft_has_group(f, "b"));
}

static void
no_log_is_missing_and_not_empty(void **state)
{
	struct kraft_fixture *f = *state;

	refuse(f, ERR_MISSING, "no segment");
	kraft_group(f, "a");
	kraft_checkpoint(f, 0, 0); /* formatted, and never started */
	refuse(f, ERR_MISSING, "no segment");
	assert_int_equal(unlink(kraft_path(f, METADATA_LOG_FOLDER "/" ZERO_CHECKPOINT)), 0);
	assert_int_equal(rmdir(kraft_path(f, METADATA_LOG_FOLDER)), 0);
	refuse(f, ERR_MISSING, METADATA_LOG_FOLDER);
	assert_int_equal(symlink("/tmp", kraft_path(f, METADATA_LOG_FOLDER)), 0);
	assert_true(kraft_read(f) != 0);
}

static void
an_empty_log_is_a_log(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_segment(f, 0);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, 0, 0);
	assert_string_equal(kraft_lines(f), "");
}

static void
the_newest_checkpoint_and_what_is_behind_it_count(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_group(f, "format");
	kraft_checkpoint(f, 0, 0); /* not a state: Kafka appends its records to the log */
	kraft_group(f, "older");
	kraft_checkpoint(f, 5, 1);
	kraft_group(f, "newer");
	kraft_checkpoint(f, 7, 2);
	kraft_group(f, "five");
	kraft_group(f, "six");
	(void)kraft_batch(f, 5, 1);
	kraft_group(f, "seven");
	(void)kraft_batch(f, 7, 3);
	kraft_segment(f, 5);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, 8, 3);
	assert_true(kraft_has_group(f, "newer") && kraft_has_group(f, "seven"));
	assert_false(kraft_has_group(f, "format") || kraft_has_group(f, "older") ||
	             kraft_has_group(f, "five") || kraft_has_group(f, "six"));
}

static void
a_log_that_ends_before_its_checkpoint_is_the_checkpoint(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_group(f, "newer");
	kraft_checkpoint(f, 7, 2);
	kraft_group(f, "five");
	(void)kraft_batch(f, 5, 1);
	kraft_segment(f, 5);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, 7, 2);
	assert_true(kraft_has_group(f, "newer") && !kraft_has_group(f, "five"));
}

static void
other_files_are_passed_over(void **state)
{
	static const char *const names[] = {
		"00000000000000000009.log.deleted", "00000000000000000009-0000000001.checkpoint.part",
		"00000000000000000009-0000000001.checkpoint.deleted", "quorum-state", "9.log",
		"00000000000000000000.index", "leader-epoch-checkpoint", "99999999999999999999.log",
		"00000000000000000009-9999999999.checkpoint", "0000000000000000000x.log",
	};
	struct kraft_fixture *f = *state;
	size_t i;

	kraft_group(f, "a");
	(void)kraft_batch(f, 0, 0);
	kraft_segment(f, 0);
	(void)buf_add_text(&f->bytes, "something else");
	for (i = 0; i < LENGTH(names); i++)
		kraft_log_file(f, names[i], &f->bytes);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, 1, 0);
}

/* ---- transactions ---- */

static void
a_transaction_that_ended_counts_and_one_that_was_aborted_does_not(void **state)
{
	struct kraft_fixture *f = *state;
	int64_t next;

	kraft_group(f, "before");
	make_mark(&f->records, RECORD_BEGIN_TRANSACTION);
	kraft_group(f, "ended");
	next = kraft_batch(f, 0, 0);
	kraft_group(f, "ended2");
	make_mark(&f->records, RECORD_END_TRANSACTION);
	make_mark(&f->records, RECORD_BEGIN_TRANSACTION);
	kraft_group(f, "aborted");
	next = kraft_batch(f, next, 0);
	kraft_segment(f, 0);
	kraft_group(f, "aborted2");
	next = kraft_batch(f, next, 1);
	next = control_batch_of(&f->bytes, next, 2, CONTROL_LEADER_CHANGE);
	make_mark(&f->records, RECORD_ABORT_TRANSACTION);
	kraft_group(f, "behind");
	next = kraft_batch(f, next, 2);
	kraft_segment(f, 7);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, next, 2);
	assert_true(kraft_has_group(f, "before") && kraft_has_group(f, "ended"));
	assert_true(kraft_has_group(f, "ended2") && kraft_has_group(f, "behind"));
	assert_false(kraft_has_group(f, "aborted") || kraft_has_group(f, "aborted2"));
}

static void
an_open_transaction_is_not_there_yet(void **state)
{
	struct kraft_fixture *f = *state;
	int64_t next;

	kraft_group(f, "before");
	make_mark(&f->records, RECORD_BEGIN_TRANSACTION);
	kraft_group(f, "open");
	next = kraft_batch(f, 0, 3);
	kraft_group(f, "open2");
	(void)kraft_batch(f, next, 4);
	kraft_segment(f, 0);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, 1, 3);
	assert_true(kraft_has_group(f, "before"));
	assert_false(kraft_has_group(f, "open") || kraft_has_group(f, "open2"));
}

static void
marks_that_do_not_match_are_refused(void **state)
{
	struct kraft_fixture *f = *state;

	make_mark(&f->records, RECORD_END_TRANSACTION);
	(void)kraft_batch(f, 0, 0);
	kraft_segment(f, 0);
	refuse(f, ERR_CORRUPT, "offset 0: a transaction ends that never began");
	make_mark(&f->records, RECORD_ABORT_TRANSACTION);
	(void)kraft_batch(f, 0, 0);
	kraft_segment(f, 0);
	refuse(f, ERR_CORRUPT, "never began");
	make_mark(&f->records, RECORD_BEGIN_TRANSACTION);
	make_mark(&f->records, RECORD_BEGIN_TRANSACTION);
	(void)kraft_batch(f, 0, 0);
	kraft_segment(f, 0);
	refuse(f, ERR_CORRUPT, "offset 1: a transaction begins inside another one");
}

/* ---- damage ---- */

/* Three batches of one group each, in f->bytes; where each begins. */
static void
three_batches(struct kraft_fixture *f, size_t at[4])
{
	static const char *const names[] = { "a", "b", "c" };
	int i;

	for (i = 0; i < 3; i++) {
		at[i] = f->bytes.len;
		kraft_group(f, names[i]);
		(void)kraft_batch(f, i, i);
	}
	at[3] = f->bytes.len;
}

static void
a_log_that_is_cut_anywhere_ends_with_its_last_whole_batch(void **state)
{
	struct kraft_fixture *f = *state;
	size_t at[4], len, whole;
	struct buf all;

	three_batches(f, at);
	for (len = 0; len <= at[3]; len++) {
		whole = len >= at[3] ? 3 : len >= at[2] ? 2 : len >= at[1] ? 1 : 0;
		all = (struct buf){ .data = f->bytes.data, .len = len };
		kraft_log_file(f, "00000000000000000000.log", &all);
		assert_int_equal(kraft_read(f), 0);
		position_is(f, (int64_t)whole, whole == 0 ? 0 : (int32_t)whole - 1);
		assert_int_equal(f->image.configs.count, whole);
	}
}

static void
a_segment_that_is_not_the_last_may_not_be_cut(void **state)
{
	struct kraft_fixture *f = *state;
	size_t at[4], len;
	struct buf all;

	kraft_group(f, "d");
	(void)kraft_batch(f, 3, 3);
	kraft_segment(f, 3);
	three_batches(f, at);
	for (len = 0; len < at[3]; len++) {
		all = (struct buf){ .data = f->bytes.data, .len = len };
		kraft_log_file(f, "00000000000000000000.log", &all);
		assert_int_equal(kraft_read(f), ERR_CORRUPT);
	}
}

/*
 * A flipped bit is an error; or, in the length of the last batch, an end before it, as after a torn write;
 * or, in a leader epoch, that epoch.  It is never another state.
 */
static void
a_bit_that_flips_anywhere_is_never_another_state(void **state)
{
	struct kraft_fixture *f = *state;
	size_t at[4], i, errors = 0;
	unsigned bit;

	three_batches(f, at);
	for (i = 0; i < at[3]; i++)
		for (bit = 0; bit < 8; bit++) {
			f->bytes.data[i] = (char)(f->bytes.data[i] ^ 1 << bit);
			kraft_log_file(f, "00000000000000000000.log", &f->bytes);
			f->bytes.data[i] = (char)(f->bytes.data[i] ^ 1 << bit);
			if (kraft_read(f) != 0) {
				assert_int_equal(f->err.code, ERR_CORRUPT);
				errors++;
				continue;
			}
			assert_int_equal(f->image.configs.count, f->position.offset);
			assert_true(f->position.offset == 3 || (i - at[f->position.offset] - 8 < 4));
		}
	assert_true(errors > at[3] * 8 - 3 * 64);
}

static void
a_gap_is_named(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_group(f, "a");
	(void)kraft_batch(f, 0, 0);
	kraft_segment(f, 0);
	kraft_group(f, "c");
	(void)kraft_batch(f, 2, 0);
	kraft_segment(f, 2);
	refuse(f, ERR_CORRUPT, "records from offset 1 on are missing: the next segment begins with 2");
	assert_int_equal(unlink(kraft_path(f, METADATA_LOG_FOLDER "/00000000000000000000.log")), 0);
	refuse(f, ERR_CORRUPT, "records from offset 0 on are missing");
	kraft_group(f, "checkpoint"); /* up to 1, and the log goes on with 2 */
	kraft_checkpoint(f, 1, 0);
	refuse(f, ERR_CORRUPT, "records from offset 1 on are missing");
}

static void
offsets_and_epochs_only_rise(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_group(f, "a");
	(void)kraft_batch(f, 0, 0);
	kraft_group(f, "b");
	(void)kraft_batch(f, 2, 0); /* where 1 should be */
	kraft_segment(f, 0);
	refuse(f, ERR_CORRUPT, "offset 2 of leader epoch 0 comes where offset 1");
	kraft_group(f, "a");
	(void)kraft_batch(f, 0, 3);
	kraft_group(f, "b");
	(void)kraft_batch(f, 1, 2);
	kraft_segment(f, 0);
	refuse(f, ERR_CORRUPT, "of epoch 3 or later");
}

static void
a_checkpoint_without_its_end_is_passed_over(void **state)
{
	struct kraft_fixture *f = *state;
	CLEANUP(buf_release) struct buf whole;
	size_t len;

	kraft_group(f, "log");
	(void)kraft_batch(f, 0, 0);
	kraft_segment(f, 0);
	kraft_group(f, "kept");
	checkpoint_of(&f->bytes, &f->records);
	frames_release(&f->records);
	buf_init(&whole, 1 << 20);
	(void)buf_add(&whole, f->bytes.data, f->bytes.len);
	for (len = 0; len < whole.len; len++) {
		f->bytes.len = len;
		kraft_log_file(f, "00000000000000000001-0000000000.checkpoint", &f->bytes);
		assert_int_equal(kraft_read(f), 0);
		position_is(f, 1, 0);
		assert_true(kraft_has_group(f, "log") && !kraft_has_group(f, "kept"));
	}
	kraft_log_file(f, "00000000000000000001-0000000000.checkpoint", &whole);
	assert_int_equal(kraft_read(f), 0);
	assert_true(!kraft_has_group(f, "log") && kraft_has_group(f, "kept"));
	(void)buf_add(&whole, whole.data, 1); /* and one with something behind its end */
	kraft_log_file(f, "00000000000000000001-0000000000.checkpoint", &whole);
	assert_int_equal(kraft_read(f), 0);
	assert_true(kraft_has_group(f, "log"));
}

static void
a_damaged_checkpoint_is_no_state(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_segment(f, 0);
	kraft_group(f, "kept");
	checkpoint_of(&f->bytes, &f->records);
	frames_release(&f->records);
	f->bytes.data[f->bytes.len / 2] ^= 4;
	kraft_log_file(f, "00000000000000000001-0000000000.checkpoint", &f->bytes);
	refuse(f, ERR_CORRUPT, "00000000000000000001-0000000000.checkpoint");
}

/* An unknown type behind a checkpoint that knew all: each kind says where. */
static void
what_is_not_understood_is_told_with_its_offset(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_group(f, "a");
	kraft_checkpoint(f, 3, 0);
	make_raw(&f->records, 99, 0, "", 0);
	(void)kraft_batch(f, 3, 0);
	kraft_segment(f, 3);
	assert_int_equal(kraft_read(f), 0);
	position_is(f, 4, 0);
	assert_string_equal(kraft_lines(f), "");
	assert_non_null(strstr(f->image.why[KIND_ACL].text, "offset 3 of the metadata log holds a record of type 99"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_log_is_read_to_its_end),
		CASE(no_log_is_missing_and_not_empty),
		CASE(an_empty_log_is_a_log),
		CASE(the_newest_checkpoint_and_what_is_behind_it_count),
		CASE(a_log_that_ends_before_its_checkpoint_is_the_checkpoint),
		CASE(other_files_are_passed_over),
		CASE(a_transaction_that_ended_counts_and_one_that_was_aborted_does_not),
		CASE(an_open_transaction_is_not_there_yet),
		CASE(marks_that_do_not_match_are_refused),
		CASE(a_log_that_is_cut_anywhere_ends_with_its_last_whole_batch),
		CASE(a_segment_that_is_not_the_last_may_not_be_cut),
		CASE(a_bit_that_flips_anywhere_is_never_another_state),
		CASE(a_gap_is_named),
		CASE(offsets_and_epochs_only_rise),
		CASE(a_checkpoint_without_its_end_is_passed_over),
		CASE(a_damaged_checkpoint_is_no_state),
		CASE(what_is_not_understood_is_told_with_its_offset),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
