/* t_store_fs_killed.c - a directory as a store when the process that writes is killed */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/disk_fault.h"
#include "tests/unit/store_fixture.h"

#define BODY      5000
#define BODY_SEED 9

static int
setup(void **state)
{
	memset(&fault, 0, sizeof fault);
	return fixture_setup(state);
}

/* In a process of its own: puts one object under the faults given, and is killed at the call `at`. */
static int
put_until_killed(const char *dir, const char *at, const char *no_tmpfile, const char *no_link)
{
	char *body = fixture_body(BODY, BODY_SEED);
	struct fixture f;
	int rc;

	fault.io_max = 1000;
	fault.no_tmpfile = strcmp(no_tmpfile, "1") == 0;
	fault.no_link = strcmp(no_link, "1") == 0;
	fault.kill = true;
	fault.at = (unsigned)strtoul(at, NULL, 10);
	fixture_open(&f, dir);
	fault.on = true;
	rc = fixture_put(&f, "orders/s/one", body, BODY);
	free(body);
	return rc == 0 ? 0 : 1;
}

/*
 * True: it came to its end before.  This program is started anew: a child that only went on as a
 * copy would miss the threads of this one, which may hold an allocator's lock.
 */
static bool
killed_put(const struct fixture *parent, unsigned at)
{
	const char *no_tmpfile = fault.no_tmpfile ? "1" : "0", *no_link = fault.no_link ? "1" : "0";
	char number[16];
	int status;
	pid_t pid;

	(void)snprintf(number, sizeof number, "%u", at);
	pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "put", parent->dir, number, no_tmpfile, no_link, (char *)NULL);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return false;
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

static void
kill_at_every_call(struct fixture *f)
{
	char *body = fixture_body(BODY, BODY_SEED);
	unsigned at = 1;

	for (; !killed_put(f, at); at++) {
		if (!fixture_whole_or_nothing(f, "orders/s/one", body, BODY)) /* and the next one can do it */
			assert_int_equal(fixture_put(f, "orders/s/one", body, BODY), 0);
		assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY));
		fixture_remove_tree(fixture_path(f, "orders"));
	}
	assert_true(fixture_whole_or_nothing(f, "orders/s/one", body, BODY)); /* told as done, and it is */
	assert_true(at > 12);
	fixture_remove_tree(fixture_path(f, "orders"));
	free(body);
}

static void
a_put_that_is_killed_anywhere_shows_all_or_nothing(void **state)
{
	kill_at_every_call(*state);
}

static void
a_put_without_tmpfile_that_is_killed_anywhere_shows_all_or_nothing(void **state)
{
	fault.no_tmpfile = true;
	kill_at_every_call(*state);
	fault.no_link = true;
	kill_at_every_call(*state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(a_put_that_is_killed_anywhere_shows_all_or_nothing),
		CASE(a_put_without_tmpfile_that_is_killed_anywhere_shows_all_or_nothing),
	};

	if (argc == 5)
		_exit(put_until_killed(argv[1], argv[2], argv[3], argv[4]));
	return cmocka_run_group_tests(cases, NULL, NULL);
}
