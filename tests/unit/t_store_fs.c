/* t_store_fs.c - a directory as a store: what it holds to, with real files */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "tests/unit/store_fixture.h"

static void
nothing_is_ever_overwritten(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/one", "first", 5), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "second", 6), ERR_EXISTS);
	assert_non_null(strstr(f->err.text, fixture_path(f, "orders/s/one")));
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 100), 0);
	assert_int_equal(f->len, 5);
	assert_memory_equal(f->bytes, "first", 5);
	assert_int_equal(fixture_entries(f, "orders/s"), 1);
}

static void
an_object_over_the_cap_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/one", "0123456789", 10), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 9), ERR_CORRUPT);
	assert_non_null(strstr(f->err.text, "larger"));
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 10), 0);
}

static void
an_object_that_is_not_there_is_missing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 9), ERR_MISSING);
	assert_int_equal(fixture_put(f, "orders/s/two", "2", 1), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 9), ERR_MISSING);
	assert_int_equal(fixture_get(f, "orders/c/one", 0, 0, 9), ERR_MISSING);
}

static void
a_removed_object_is_gone_and_removing_it_again_is_fine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_int_equal(fixture_entries(f, "orders/s"), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
}

static void
a_folder_that_does_not_exist_is_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 0);
	assert_false(f->more);
	assert_int_equal(fixture_entries(f, ""), 0);
}

static void
a_store_that_is_not_there_is_never_an_empty_one(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rmdir(f->dir), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_AGAIN);
	assert_non_null(strstr(f->err.text, "mount"));
	assert_non_null(strstr(f->err.text, f->dir));
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 9), ERR_AGAIN);
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_AGAIN);
	assert_int_equal(fixture_check(f), ERR_AGAIN);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_AGAIN);
	assert_int_equal(access(f->dir, F_OK), -1); /* and put has not made it */
}

static void
a_path_that_is_no_directory_or_not_absolute_is_refused(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	struct err e;
	char *path = malloc(5001);

	assert_int_equal(rmdir(f->dir), 0);
	assert_true(close(open(f->dir, O_CREAT | O_WRONLY, 0600)) == 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CONFIG);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_CONFIG);
	assert_int_equal(store_fs_open(&f->loop, "backups", &s, &e), ERR_CONFIG);
	assert_int_equal(store_fs_open(&f->loop, "", &s, &e), ERR_CONFIG);
	memset(path, 'a', 5000);
	path[0] = '/';
	path[5000] = '\0';
	assert_int_equal(store_fs_open(&f->loop, path, &s, &e), ERR_CONFIG);
	assert_null(s);
	free(path);
}

static void
names_that_could_lead_elsewhere_are_refused(void **state)
{
	static const char *const names[] = {
		"", "/", "one", "orders/s", "orders/s/", "orders//one", "/s/one", "../s/one",
		"orders/../one", "orders/s/..", "orders/s/.", "orders/s/.hidden", ".orders/s/one",
		"orders/.s/one", "orders/s/one/more", "/orders/s/one", "orders/s/one/",
	};
	struct fixture *f = *state;
	char name[OBJECT_NAME_MAX + 100];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(fixture_put(f, names[i], "1", 1), ERR_FAILED);
		assert_int_equal(fixture_get(f, names[i], 0, 0, 1), ERR_FAILED);
		assert_int_equal(fixture_delete(f, names[i]), ERR_FAILED);
	}
	assert_int_equal(fixture_list(f, "orders", "", 1), ERR_FAILED);
	assert_int_equal(fixture_list(f, "orders/..", "", 1), ERR_FAILED);
	assert_int_equal(fixture_list(f, "orders/s/one", "", 1), ERR_FAILED);
	for (int len = 255; len <= 256; len++) {
		(void)snprintf(name, sizeof name, "o/s/%0*d", len, 1);
		assert_int_equal(fixture_put(f, name, "1", 1), len == 255 ? 0 : ERR_FAILED);
	}
	(void)snprintf(name, sizeof name, "%0255d/%0250d/%010d", 1, 1, 1);
	assert_int_equal(fixture_put(f, name, "1", 1), ERR_FAILED);
	memset(name, 'a', OBJECT_NAME_MAX + 1);
	name[OBJECT_NAME_MAX + 1] = '\0';
	assert_int_equal(fixture_list(f, "orders/s", name, 1), ERR_FAILED);
	assert_int_equal(fixture_entries(f, ""), 1); /* that of the name of 255 bytes */
}

static void
only_names_of_objects_are_listed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/b", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/a", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/\xff", "1", 1), 0); /* bytes, not signed chars */
	assert_int_equal(close(open(fixture_path(f, "orders/s/.kcb-x"), O_CREAT | O_RDONLY, 0600)),
	                 0);
	assert_int_equal(mkdir(fixture_path(f, "orders/s/directory"), 0700), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 3);
	assert_string_equal(f->names[0], "a");
	assert_string_equal(f->names[1], "b");
	assert_string_equal(f->names[2], "\xff");
}

static void
a_folder_that_is_a_symbolic_link_is_not_followed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(fixture_path(f, "orders"), 0700), 0);
	assert_int_equal(mkdir(fixture_path(f, "elsewhere"), 0700), 0);
	assert_int_equal(symlink("../elsewhere", fixture_path(f, "orders/s")), 0);
	assert_int_equal(symlink("orders", fixture_path(f, "alias")), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), ERR_OPERATOR);
	assert_non_null(strstr(f->err.text, "symbolic link"));
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_OPERATOR);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 1), ERR_OPERATOR);
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_OPERATOR);
	assert_int_equal(fixture_put(f, "alias/a/one", "1", 1), ERR_OPERATOR);
	assert_int_equal(fixture_entries(f, "elsewhere"), 0);
	assert_int_equal(fixture_entries(f, "orders"), 1);
}

static void
what_is_no_regular_file_is_listed_but_not_read(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/file", "1", 1), 0);
	assert_int_equal(symlink("file", fixture_path(f, "orders/s/link")), 0);
	assert_int_equal(mkfifo(fixture_path(f, "orders/s/fifo"), 0600), 0);
	assert_int_equal(mkdir(fixture_path(f, "orders/s/directory"), 0700), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 3);
	assert_int_equal(fixture_get(f, "orders/s/link", 0, 0, 100), ERR_CORRUPT);
	assert_int_equal(fixture_get(f, "orders/s/fifo", 0, 0, 100), ERR_CORRUPT); /* at once */
	assert_int_equal(fixture_get(f, "orders/s/directory", 0, 0, 9000), ERR_CORRUPT);
	assert_int_equal(fixture_delete(f, "orders/s/link"), 0); /* the link, not its target */
	assert_int_equal(fixture_get(f, "orders/s/file", 0, 0, 100), 0);
}

static mode_t
mode_of(const struct fixture *f, const char *below)
{
	struct stat st;

	assert_int_equal(lstat(fixture_path(f, below), &st), 0);
	return st.st_mode & 07777;
}

static void
permissions_are_the_same_under_any_umask(void **state)
{
	struct fixture *f = *state;
	mode_t old = umask(0);

	assert_int_equal(fixture_put(f, "open/s/one", "1", 1), 0);
	(void)umask(0277);
	assert_int_equal(fixture_put(f, "tight/s/one", "1", 1), geteuid() == 0 ? 0 : f->rc);
	assert_int_equal(umask(old), 0277); /* the store left it alone */
	assert_int_equal(mode_of(f, "open"), 0700);
	assert_int_equal(mode_of(f, "open/s"), 0700);
	assert_int_equal(mode_of(f, "open/s/one"), 0600);
	if (geteuid() != 0)
		return;
	assert_int_equal(mode_of(f, "tight/s"), 0700);
	assert_int_equal(mode_of(f, "tight/s/one"), 0600);
}

static void
check_writes_reads_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_check(f), 0);
	assert_int_equal(fixture_entries(f, ""), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(fixture_check(f), 0);
	assert_int_equal(fixture_entries(f, ""), 1);
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
make_objects(const struct fixture *f, unsigned count)
{
	char name[64];

	assert_int_equal(mkdir(fixture_path(f, "orders"), 0700), 0);
	assert_int_equal(mkdir(fixture_path(f, "orders/s"), 0700), 0);
	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(name, sizeof name, "orders/s/%08x", i * 2654435761u);
		assert_int_equal(close(open(fixture_path(f, name), O_CREAT | O_WRONLY, 0600)), 0);
	}
}

static void
ten_thousand_objects_are_paged_in_order_and_quickly(void **state)
{
	struct fixture *f = *state;
	char last[64] = "";
	size_t seen = 0;
	double begun, best = 1e9;

	make_objects(f, 10000);
	do {
		begun = now_ms();
		assert_int_equal(fixture_list(f, "orders/s", last, 700), 0);
		best = now_ms() - begun < best ? now_ms() - begun : best;
		assert_int_equal(f->count, f->more ? 700 : 10000 % 700);
		for (size_t i = 0; i < f->count; i++) {
			assert_true(strcmp(last, f->names[i]) < 0);
			(void)snprintf(last, sizeof last, "%s", f->names[i]);
		}
		seen += f->count;
	} while (f->more);
	assert_int_equal(seen, 10000);
	assert_true(best < 50);
}

static void
a_page_says_whether_there_is_more(void **state)
{
	struct fixture *f = *state;
	char last[64];

	make_objects(f, 1200);
	assert_int_equal(fixture_list(f, "orders/s", "", 1), 0);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->names[0], "00000000");
	assert_true(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "", 5000), 0); /* a page is a page */
	assert_int_equal(f->count, STORE_PAGE_MAX);
	assert_true(f->more);
	(void)snprintf(last, sizeof last, "%s", f->names[999]);
	assert_int_equal(fixture_list(f, "orders/s", last, 200), 0);
	assert_int_equal(f->count, 200);
	assert_false(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "", 0), 0);
	assert_int_equal(f->count, 0);
	assert_true(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "ffffffff", 9), 0);
	assert_int_equal(f->count, 0);
	assert_false(f->more);
}

#define RACE_OBJECTS 40

/* One of the two, with the gate as its standard input: put all names; how many of those were ours. */
static int
race(const char *dir, unsigned me)
{
	struct fixture f;
	char name[64], *body = fixture_body(50000, me), c;
	int won = 0, rc;

	fixture_open(&f, dir);
	if (read(STDIN_FILENO, &c, 1) != 1)
		return 200;
	for (unsigned i = 0; i < RACE_OBJECTS; i++) {
		(void)snprintf(name, sizeof name, "orders/s/%u", i);
		rc = fixture_put(&f, name, body, 50000);
		if (rc != 0 && rc != ERR_EXISTS)
			return 201;
		won += rc == 0;
	}
	free(body);
	return won;
}

/* This program anew, not a copy: that would miss our threads, one of which may hold a lock. */
static pid_t
start_race(const struct fixture *f, int gate, const char *me)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(gate, STDIN_FILENO);
		execl("/proc/self/exe", "race", f->dir, me, (char *)NULL);
		_exit(202);
	}
	return pid;
}

static int
wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
of_two_processes_that_put_one_name_one_wins(void **state)
{
	struct fixture *f = *state;
	char *bodies[2] = { fixture_body(50000, 0), fixture_body(50000, 1) }, name[64];
	int gate[2], wins[2], found[2] = { 0, 0 };
	pid_t pids[2];

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	for (unsigned i = 0; i < 2; i++)
		pids[i] = start_race(f, gate[0], i == 0 ? "0" : "1");
	assert_int_equal(write(gate[1], "go", 2), 2);
	for (unsigned i = 0; i < 2; i++)
		wins[i] = wait_for(pids[i]);
	for (unsigned i = 0; i < RACE_OBJECTS; i++) {
		(void)snprintf(name, sizeof name, "orders/s/%u", i);
		assert_int_equal(fixture_get(f, name, 0, 0, 50000), 0);
		for (unsigned j = 0; j < 2; j++)
			found[j] += f->len == 50000 && memcmp(f->bytes, bodies[j], 50000) == 0;
	}
	assert_int_equal(wins[0] + wins[1], RACE_OBJECTS);
	assert_int_equal(found[0], wins[0]);
	assert_int_equal(found[1], wins[1]);
	assert_int_equal(fixture_entries(f, "orders/s"), RACE_OBJECTS);
	for (unsigned i = 0; i < 2; i++) {
		free(bodies[i]);
		close(gate[i]);
	}
}

static void
a_stop_ends_every_call_once_with_its_code(void **state)
{
	struct fixture *f = *state;
	const struct store_ops *ops = f->store->ops;
	struct buf b;
	struct err e;

	buf_init(&b, 100);
	assert_int_equal(buf_add_text(&b, "body"), 0);
	assert_int_equal(ops->put(f->store, "orders/s/one", &b, fixture_done, f, &e), 0);
	assert_int_equal(ops->list(f->store, "orders/s", "", 9, fixture_listed, f, &e), 0);
	assert_int_equal(ops->get(f->store, "orders/s/one", 0, 0, 9, fixture_got, f, &e), 0);
	assert_int_equal(ops->remove(f->store, "orders/s/two", fixture_done, f, &e), 0);
	assert_int_equal(ops->check(f->store, fixture_done, f, &e), 0);
	assert_int_equal(f->calls, 0);
	loop_stop(&f->loop, ERR_DEADLINE);
	assert_int_equal(f->calls, 5);
	assert_int_equal(f->rc, ERR_DEADLINE);
	assert_non_null(strstr(f->err.text, "deadline"));
	(void)uv_run(&f->loop.uv, UV_RUN_DEFAULT);
	assert_int_equal(f->calls, 5);
	assert_int_equal(ops->check(f->store, fixture_done, f, &e), ERR_DEADLINE);
	assert_int_equal(f->calls, 5);
	buf_release(&b);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(nothing_is_ever_overwritten),
		CASE(an_object_over_the_cap_is_refused),
		CASE(an_object_that_is_not_there_is_missing),
		CASE(a_removed_object_is_gone_and_removing_it_again_is_fine),
		CASE(a_folder_that_does_not_exist_is_empty),
		CASE(a_store_that_is_not_there_is_never_an_empty_one),
		CASE(a_path_that_is_no_directory_or_not_absolute_is_refused),
		CASE(names_that_could_lead_elsewhere_are_refused),
		CASE(only_names_of_objects_are_listed),
		CASE(a_folder_that_is_a_symbolic_link_is_not_followed),
		CASE(what_is_no_regular_file_is_listed_but_not_read),
		CASE(permissions_are_the_same_under_any_umask),
		CASE(check_writes_reads_and_leaves_nothing),
		CASE(ten_thousand_objects_are_paged_in_order_and_quickly),
		CASE(a_page_says_whether_there_is_more),
		CASE(of_two_processes_that_put_one_name_one_wins),
		CASE(a_stop_ends_every_call_once_with_its_code),
	};

	if (argc == 3)
		_exit(race(argv[1], (unsigned)strtoul(argv[2], NULL, 10)));
	return cmocka_run_group_tests(cases, NULL, NULL);
}
