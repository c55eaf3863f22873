/* t_kraft_log_changes.c - a metadata log that Kafka goes on with while it is read, and one that is not ours to read */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/kraft_fixture.h"

/* Called before a file of the log is opened, with the count of such calls so far; not 0: it fails with that errno. */
static struct {
	int (*before)(struct kraft_fixture *f, const char *name, unsigned count);
	struct kraft_fixture *f;
	unsigned count;
} meanwhile;

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	int error = 0;

	if (meanwhile.before != NULL && (strstr(path, ".log") != NULL || strstr(path, ".checkpoint") != NULL))
		error = meanwhile.before(meanwhile.f, path, ++meanwhile.count);
	if (error != 0) {
		errno = error;
		return -1;
	}
	return __real_openat(dir, path, flags, 0600);
}

static int
setup(void **state)
{
	int rc = kraft_setup(state);

	memset(&meanwhile, 0, sizeof meanwhile);
	meanwhile.f = *state;
	return rc;
}

static void
group_batch(struct kraft_fixture *f, const char *name, int64_t offset)
{
	kraft_group(f, name);
	(void)kraft_batch(f, offset, 0);
}

static void
away(struct kraft_fixture *f, const char *name)
{
	char below[100];

	(void)snprintf(below, sizeof below, METADATA_LOG_FOLDER "/%s", name);
	assert_int_equal(unlink(kraft_path(f, below)), 0);
}

static int
read_while(struct kraft_fixture *f, int (*before)(struct kraft_fixture *f, const char *name, unsigned count))
{
	int rc;

	meanwhile.before = before;
	rc = kraft_read(f);
	meanwhile.before = NULL;
	return rc;
}

/* Two segments, and the first is cleaned away behind a new checkpoint just before it is opened. */
static int
clean_the_first(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)name;
	if (count == 1) {
		kraft_group(f, "checkpoint");
		kraft_checkpoint(f, 1, 0);
		away(f, "00000000000000000000.log");
	}
	return 0;
}

static void
a_segment_that_vanishes_is_looked_for_again_from_the_newest_checkpoint(void **state)
{
	struct kraft_fixture *f = *state;

	group_batch(f, "a", 0);
	kraft_segment(f, 0);
	group_batch(f, "b", 1);
	kraft_segment(f, 1);
	assert_int_equal(read_while(f, clean_the_first), 0);
	assert_true(kraft_has_group(f, "checkpoint") && kraft_has_group(f, "b") && !kraft_has_group(f, "a"));
	assert_int_equal(f->position.offset, 2);
}

/* The checkpoint itself is replaced by a newer one. */
static int
replace_the_checkpoint(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)name;
	if (count == 1) {
		kraft_group(f, "newer");
		kraft_checkpoint(f, 2, 0);
		away(f, "00000000000000000001-0000000000.checkpoint");
	}
	return 0;
}

static void
a_checkpoint_that_vanishes_is_looked_for_again(void **state)
{
	struct kraft_fixture *f = *state;

	kraft_group(f, "older");
	kraft_checkpoint(f, 1, 0);
	group_batch(f, "b", 1);
	kraft_segment(f, 1);
	assert_int_equal(read_while(f, replace_the_checkpoint), 0);
	assert_true(kraft_has_group(f, "newer") && !kraft_has_group(f, "older") && !kraft_has_group(f, "b"));
}

/* Between the two passes over the log, Kafka appends, and rolls to a new segment. */
static int
append_and_roll(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)name;
	if (count == 2) {
		group_batch(f, "a", 0);
		group_batch(f, "b", 1);
		kraft_segment(f, 0);
		group_batch(f, "c", 2);
		kraft_segment(f, 2);
	}
	return 0;
}

static void
what_is_appended_meanwhile_is_not_half_there(void **state)
{
	struct kraft_fixture *f = *state;

	group_batch(f, "a", 0);
	kraft_segment(f, 0);
	assert_int_equal(read_while(f, append_and_roll), 0);
	assert_true(kraft_has_group(f, "a") && !kraft_has_group(f, "b"));
	assert_int_equal(f->position.offset, 1);
	assert_int_equal(kraft_read(f), 0);
	assert_true(kraft_has_group(f, "c"));
}

/* Between the passes another leader's log replaces the end of this one (KafkaRaftClient truncates). */
static int
cut_the_end(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)name;
	if (count == 2) {
		group_batch(f, "a", 0);
		kraft_segment(f, 0);
	}
	return 0;
}

static void
a_log_that_gets_shorter_is_read_again(void **state)
{
	struct kraft_fixture *f = *state;

	group_batch(f, "a", 0);
	group_batch(f, "b", 1);
	kraft_segment(f, 0);
	assert_int_equal(read_while(f, cut_the_end), 0);
	assert_true(kraft_has_group(f, "a") && !kraft_has_group(f, "b"));
	assert_int_equal(f->position.offset, 1);
}

static int
always_gone(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)f;
	(void)name;
	(void)count;
	return ENOENT;
}

static void
one_that_changes_faster_than_it_can_be_read_is_for_another_time(void **state)
{
	struct kraft_fixture *f = *state;

	group_batch(f, "a", 0);
	kraft_segment(f, 0);
	assert_int_equal(read_while(f, always_gone), ERR_AGAIN);
	assert_non_null(strstr(f->err.text, "vanished"));
	assert_true(meanwhile.count > 1 && meanwhile.count < 100);
}

static int
denied(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)f;
	(void)name;
	(void)count;
	return EACCES;
}

static int
too_many_files(struct kraft_fixture *f, const char *name, unsigned count)
{
	(void)f;
	(void)name;
	(void)count;
	return EMFILE;
}

static void
what_is_not_ours_to_read_is_said_at_once(void **state)
{
	struct kraft_fixture *f = *state;

	group_batch(f, "a", 0);
	kraft_segment(f, 0);
	assert_int_equal(read_while(f, denied), ERR_DENIED);
	assert_int_equal(meanwhile.count, 1);
	assert_non_null(strstr(f->err.text, "00000000000000000000.log: Permission denied"));
	meanwhile.count = 0;
	assert_int_equal(read_while(f, too_many_files), ERR_FAILED);
	assert_int_equal(meanwhile.count, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_segment_that_vanishes_is_looked_for_again_from_the_newest_checkpoint),
		CASE(a_checkpoint_that_vanishes_is_looked_for_again),
		CASE(what_is_appended_meanwhile_is_not_half_there),
		CASE(a_log_that_gets_shorter_is_read_again),
		CASE(one_that_changes_faster_than_it_can_be_read_is_for_another_time),
		CASE(what_is_not_ours_to_read_is_said_at_once),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
