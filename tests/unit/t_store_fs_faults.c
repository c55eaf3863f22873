/* t_store_fs_faults.c - a directory as a store when the disk fails */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "tests/unit/disk_fault.h"
#include "tests/unit/store_fixture.h"

#define BODY 5000

/* The calls of the store, under the faults that were set. */

static int
put_now(struct fixture *f, const char *name, const char *body)
{
	int rc;

	fault.count = 0;
	fault.hit = NULL;
	fault.on = true;
	rc = name != NULL ? fixture_put(f, name, body, BODY) : fixture_check(f);
	fault.on = false;
	return rc;
}

static int
check_now(struct fixture *f)
{
	return put_now(f, NULL, NULL);
}

static int
setup(void **state)
{
	memset(&fault, 0, sizeof fault);
	return fixture_setup(state);
}

static unsigned
open_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Fail, one after the other, every system call of a put, until one is not reached any more. */
static void
fail_every_call(struct fixture *f, int error)
{
	char *body = fixture_body(BODY, 7);
	unsigned before = open_descriptors(), failed = 0;
	int rc;

	for (fault.at = 1, fault.error = error;; fault.at++) {
		rc = put_now(f, "orders/s/one", body);
		assert_int_equal(open_descriptors(), before);
		if (fault.hit == NULL)
			break;
		failed += rc != 0;
		if (rc != 0)
			assert_non_null(strstr(f->err.text, f->dir));
		assert_int_equal(fixture_whole_or_nothing(f, "orders/s/one", body, BODY), rc == 0);
		if (strcmp(fault.hit, "unlinkat") != 0)
			assert_int_equal(fixture_entries(f, "orders/s"), rc == 0);
		fixture_remove_tree(fixture_path(f, "orders"));
	}
	assert_int_equal(rc, 0);
	assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
	assert_true(fault.at > 12);
	assert_true(failed >= 10);
	fixture_remove_tree(fixture_path(f, "orders"));
	free(body);
}

static void
a_put_whose_calls_fail_leaves_nothing(void **state)
{
	static const int errors[] = { EIO, ENOSPC, EDQUOT, EACCES, ENOENT, EMFILE };

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		fail_every_call(*state, errors[i]);
}

static void
a_put_without_tmpfile_whose_calls_fail_leaves_nothing(void **state)
{
	fault.no_tmpfile = true;
	fail_every_call(*state, EIO);
	fail_every_call(*state, ENOSPC);
	fault.no_link = true;
	fail_every_call(*state, EIO);
}

static void
a_failed_fsync_is_never_retried(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);
	unsigned all;

	fault.only = "fsync";
	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	all = fault.count;
	assert_int_equal(all, 4); /* what leads to the folder, the file, the folder */
	fault.error = EIO;
	for (fault.at = 1; fault.at <= all; fault.at++) {
		fixture_remove_tree(fixture_path(f, "orders"));
		assert_int_equal(put_now(f, "orders/s/one", body), ERR_FAILED);
		assert_int_equal(fault.count, fault.at);
		assert_non_null(strstr(f->err.text, "make durable"));
		assert_false(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
	}
	free(body);
}

static void
a_removal_that_is_not_durable_has_failed(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	fault.only = "fsync";
	fault.error = EIO;
	for (int there = 1; there >= 0; there--) { /* also when it was gone before */
		fault.count = 0;
		fault.at = 1;
		fault.on = true;
		assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_FAILED);
		fault.on = false;
		assert_int_equal(fixture_entries(f, "orders/s"), 0);
	}
	free(body);
}

static void
a_file_system_without_fsync_of_directories_will_do(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	fault.only = "fsync";
	fault.error = EINVAL;
	fault.at = 4;
	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
	fault.at = 3; /* but the file's own must work */
	assert_int_equal(put_now(f, "orders/s/two", body), ERR_FAILED);
	assert_int_equal(fixture_entries(f, "orders/s"), 1);
	free(body);
}

static void
what_cannot_be_taken_back_is_said(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	fault.only = "fsync";
	fault.error = EIO;
	fault.at = 4;
	fault.no_unlink = true;
	assert_int_equal(put_now(f, "orders/s/one", body), ERR_FAILED);
	assert_non_null(strstr(f->err.text, "could not be removed again"));
	assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
	free(body);
}

static void
each_reason_comes_with_its_advice(void **state)
{
	static const struct {
		int error, code;
		const char *advice;
	} reasons[] = {
		{ ENOSPC, ERR_OPERATOR, "free space" },
		{ EDQUOT, ERR_OPERATOR, "quota" },
		{ EFBIG, ERR_OPERATOR, "ulimit -f" },
		{ EROFS, ERR_OPERATOR, "mount it writable" },
		{ EIO, ERR_FAILED, "kernel's log" },
		{ EACCES, ERR_DENIED, "let the user" },
		{ ESTALE, ERR_AGAIN, "still mounted" },
		{ ENXIO, ERR_FAILED, "No such device" },
	};
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	fault.only = "write";
	fault.at = 1;
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		fault.error = reasons[i].error;
		assert_int_equal(put_now(f, "orders/s/one", body), reasons[i].code);
		assert_non_null(strstr(f->err.text, reasons[i].advice));
		assert_non_null(strstr(f->err.text, fixture_path(f, "orders/s/one")));
		assert_int_equal(fixture_entries(f, "orders/s"), 0);
	}
	free(body);
}

static void
interrupted_and_short_calls_go_on(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	fault.io_max = 999;
	fault.only = "write";
	fault.at = 3;
	fault.error = EINTR;
	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	assert_int_equal(fault.count, 7);
	fault.only = "pread";
	fault.count = 0;
	fault.on = true;
	assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
	fault.on = false;
	assert_int_equal(fault.count, 7);
	free(body);
}

static void
an_object_that_ends_early_is_corrupt(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	fault.io_max = 4000;
	fault.cut = fault.on = true;
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, BODY), ERR_CORRUPT);
	fault.cut = false;
	assert_non_null(strstr(f->err.text, "ends after 4000 bytes of 5000"));
	fault.only = "pread";
	fault.count = 0;
	fault.at = 1;
	fault.error = EIO;
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, BODY), ERR_FAILED);
	free(body);
}

static void
without_tmpfile_proc_or_links_a_put_is_still_whole(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	for (int way = 0; way < 3; way++) {
		fault.no_tmpfile = way != 0;
		fault.no_proc = way == 0;
		fault.no_link = way == 2;
		assert_int_equal(put_now(f, "orders/s/one", body), 0);
		assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
		assert_int_equal(put_now(f, "orders/s/one", body), ERR_EXISTS);
		assert_int_equal(fixture_entries(f, "orders/s"), 1);
		fixture_remove_tree(fixture_path(f, "orders"));
	}
	fault.no_rename = true;
	assert_int_equal(put_now(f, "orders/s/one", body), ERR_CONFIG);
	assert_int_equal(fixture_entries(f, "orders/s"), 0);
	free(body);
}

static void
a_link_whose_answer_was_lost_counts(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	fault.no_tmpfile = fault.lost_link = true;
	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
	assert_int_equal(fixture_entries(f, "orders/s"), 1);
	free(body);
}

static void
leave_hidden(const struct fixture *f, const char *below, time_t age_s)
{
	const struct timespec then[2] = { { time(NULL) - age_s, 0 }, { time(NULL) - age_s, 0 } };

	assert_int_equal(close(open(fixture_path(f, below), O_CREAT | O_WRONLY, 0600)), 0);
	assert_int_equal(utimensat(AT_FDCWD, fixture_path(f, below), then, 0), 0);
}

static void
what_killed_writers_left_is_removed_after_a_day(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	assert_int_equal(put_now(f, "orders/s/old", body), 0);
	leave_hidden(f, "orders/s/.kcb-old", 2 * 24 * 60 * 60);
	leave_hidden(f, "orders/s/.kcb-new", 60 * 60);
	leave_hidden(f, "orders/s/.other", 2 * 24 * 60 * 60);
	leave_hidden(f, "orders/s/old", 2 * 24 * 60 * 60);
	fault.no_tmpfile = true;
	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	assert_int_equal(access(fixture_path(f, "orders/s/.kcb-old"), F_OK), -1);
	assert_int_equal(fixture_entries(f, "orders/s"), 4);
	leave_hidden(f, ".kcb-old", 2 * 24 * 60 * 60);
	assert_int_equal(check_now(f), 0);
	assert_int_equal(fixture_entries(f, ""), 1);
	free(body);
}

static void
check_finds_what_fails_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned found = 0;

	fault.error = EIO;
	for (fault.at = 1; check_now(f) != 0 || fault.hit != NULL; fault.at++) {
		found += f->rc != 0;
		if (strcmp(fault.hit, "unlinkat") != 0)
			assert_int_equal(fixture_entries(f, ""), 0);
		fixture_remove_tree(fixture_path(f, "")); /* the probe that could not be removed */
		(void)mkdir(f->dir, 0700);
	}
	assert_true(found >= 10);
	fault.flip = true;
	assert_int_equal(check_now(f), ERR_CORRUPT);
	assert_non_null(strstr(f->err.text, "reads back otherwise"));
	assert_int_equal(fixture_entries(f, ""), 0);
}

static void
a_list_that_fails_is_never_a_short_one(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);
	unsigned before = open_descriptors();

	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	fault.error = EIO;
	fault.only = "readdir";
	for (fault.at = 1; fault.at <= 4; fault.at++) { /* ".", "..", the object, the end */
		fault.count = 0;
		fault.on = true;
		assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_FAILED);
		fault.on = false;
		assert_int_equal(f->count, 0);
	}
	assert_int_equal(open_descriptors(), before);
	free(body);
}

static void
a_folder_with_too_many_files_is_an_error(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(BODY, 3);

	assert_int_equal(put_now(f, "orders/s/one", body), 0);
	fault.on = true;
	fault.endless = STORE_OBJECTS_MAX - 1; /* and the real entries: the object, "." and ".." */
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 10);
	assert_string_equal(f->names[0], "0000000000000001");
	assert_true(f->more);
	fault.endless = STORE_OBJECTS_MAX;
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_OPERATOR);
	assert_non_null(strstr(f->err.text, "more than 1000000"));
	fault.on = false;
	free(body);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_put_whose_calls_fail_leaves_nothing),
		CASE(a_put_without_tmpfile_whose_calls_fail_leaves_nothing),
		CASE(a_failed_fsync_is_never_retried),
		CASE(a_removal_that_is_not_durable_has_failed),
		CASE(a_file_system_without_fsync_of_directories_will_do),
		CASE(what_cannot_be_taken_back_is_said),
		CASE(each_reason_comes_with_its_advice),
		CASE(interrupted_and_short_calls_go_on),
		CASE(an_object_that_ends_early_is_corrupt),
		CASE(without_tmpfile_proc_or_links_a_put_is_still_whole),
		CASE(a_link_whose_answer_was_lost_counts),
		CASE(what_killed_writers_left_is_removed_after_a_day),
		CASE(check_finds_what_fails_and_leaves_nothing),
		CASE(a_list_that_fails_is_never_a_short_one),
		CASE(a_folder_with_too_many_files_is_an_error),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
