/* t_store_fs_disk.c - a directory as a store on a disk that is full, is read-only, or hangs */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "tests/unit/disk_fault.h"
#include "tests/unit/store_fixture.h"
#include "tests/unit/threads.h"

/* A real file system of 1 MiB on the store's directory. */
static int
small_setup(void **state)
{
	struct fixture *f;
	int rc = fixture_setup(state);

	memset(&fault, 0, sizeof fault);
	f = *state;
	if (rc == 0 && mount("tmpfs", f->dir, "tmpfs", 0, "size=1m") != 0)
		f->more = -1; /* not root, or not allowed */
	return rc;
}

static int
small_teardown(void **state)
{
	struct fixture *f = *state;

	(void)umount2(f->dir, MNT_DETACH);
	return fixture_teardown(state);
}

static void
a_full_disk_is_said_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(2u << 20, 5);
	struct statvfs before, after;

	if (f->more < 0)
		skip();
	for (int way = 0; way < 2; way++) {
		fault.on = fault.no_tmpfile = way == 1;
		assert_int_equal(fixture_put(f, "orders/s/small", body, 1000), 0);
		assert_int_equal(statvfs(f->dir, &before), 0);
		assert_int_equal(fixture_put(f, "orders/s/large", body, 2u << 20), ERR_OPERATOR);
		assert_non_null(strstr(f->err.text, "No space left"));
		assert_int_equal(statvfs(f->dir, &after), 0);
		assert_int_equal(after.f_bfree, before.f_bfree);
		assert_int_equal(fixture_entries(f, "orders/s"), 1);
		assert_int_equal(fixture_delete(f, "orders/s/small"), 0);
		assert_int_equal(fixture_put(f, "orders/s/small", body, 900000), 0);
		assert_int_equal(fixture_delete(f, "orders/s/small"), 0);
	}
	free(body);
}

static void
a_read_only_file_system_is_said(void **state)
{
	struct fixture *f = *state;

	if (f->more < 0)
		skip();
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(mount("tmpfs", f->dir, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"), 0);
	assert_int_equal(fixture_check(f), ERR_OPERATOR);
	assert_non_null(strstr(f->err.text, "Read-only"));
	assert_int_equal(fixture_put(f, "orders/s/two", "1", 1), ERR_OPERATOR);
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_OPERATOR);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 1), 0);
}

static void
a_disk_that_hangs_holds_a_thread_but_not_the_loop(void **state)
{
	struct fixture *f = *state;
	char dir[sizeof f->dir];
	unsigned before = threads_count();
	struct buf b;
	struct err e;
	sem_t gate;

	assert_int_equal(sem_init(&gate, 0, 0), 0);
	buf_init(&b, 100);
	assert_int_equal(buf_add_text(&b, "body"), 0);
	fault.only = "write";
	fault.at = 1;
	fault.gate = &gate;
	fault.on = true;
	assert_int_equal(f->store->ops->put(f->store, "orders/s/one", &b, fixture_done, f, &e), 0);
	loop_stop(&f->loop, ERR_CANCELLED);
	buf_release(&b); /* while the thread writes */
	assert_int_equal(f->calls, 1);
	assert_int_equal(f->rc, ERR_CANCELLED);
	memcpy(dir, f->dir, sizeof dir);
	fixture_close(f); /* all of the operation ends, while the thread waits for the disk */
	assert_int_equal(threads_count(), before + 1);
	assert_int_equal(sem_post(&gate), 0);
	threads_await(before);
	fault.on = false;
	fixture_open(f, dir);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 4), 0); /* it was done all the same */
	assert_memory_equal(f->bytes, "body", 4);
	sem_destroy(&gate);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, small_setup, small_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(a_full_disk_is_said_and_leaves_nothing),
		CASE(a_read_only_file_system_is_said),
		CASE(a_disk_that_hangs_holds_a_thread_but_not_the_loop),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
