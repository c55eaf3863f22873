/*
 * t_kraft_checkpoint_faults.c - the disk fails, or the process is killed, at each call of the write of the starting
 * records: the node starts as it was formatted or as it was restored, never in between, and the next run does it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/disk_fault.h"
#include "tests/unit/kraft_formatted.h"

struct story {
	struct kraft_fixture *f;
	enum node_format format;
	struct buf formatted, restored;
	struct frames records;
};

static int
setup(void **state)
{
	memset(&fault, 0, sizeof fault);
	return kraft_setup(state);
}

static void
records_of(struct frames *records)
{
	char value[2000];

	memset(value, 'v', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	frames_init(records);
	make_small_topic(records, "orders", 1);
	make_config(records, RESOURCE_TOPIC, "orders", "x", value);
}

/* A formatted node, its bytes, and those that a restore without trouble makes of them. */
static struct story
begin(struct kraft_fixture *f, enum node_format format)
{
	struct story s = { .f = f, .format = format };

	node_format(f, format);
	s.formatted = kraft_read_file(node_file(f, format));
	records_of(&s.records);
	assert_int_equal(node_extend(f->dir, &s.records, &f->err), 0);
	s.restored = kraft_read_file(node_file(f, format));
	assert_true(s.restored.len > s.formatted.len);
	return s;
}

static void
format_again(const struct story *s)
{
	FILE *file = fopen(node_file(s->f, s->format), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(s->formatted.data, 1, s->formatted.len, file), s->formatted.len);
	assert_int_equal(fclose(file), 0);
}

static void
end(struct story *s)
{
	buf_release(&s->formatted);
	buf_release(&s->restored);
	frames_release(&s->records);
}

static bool
is(const struct buf *now, const struct buf *then)
{
	return now->len == then->len && memcmp(now->data, then->data, now->len) == 0;
}

/* True: restored; false: as formatted. */
static bool
one_or_the_other(const struct story *s)
{
	struct buf now = kraft_read_file(node_file(s->f, s->format));
	bool restored = is(&now, &s->restored), formatted = is(&now, &s->formatted);

	buf_release(&now);
	assert_true(restored || formatted);
	return restored;
}

static void
the_next_run_does_it(const struct story *s)
{
	static const struct frames none = { .count = 0 };
	bool there = one_or_the_other(s);

	assert_int_equal(node_extend(s->f->dir, there ? &none : &s->records, &s->f->err), 0);
	assert_true(one_or_the_other(s));
}

static bool
part_is_left(const struct story *s)
{
	return kraft_exists(s->f, s->format == NODE_4_4
	                              ? METADATA_LOG_FOLDER "/00000000000000000000-0000000000.kcb.checkpoint.part"
	                              : "bootstrap.kcb.checkpoint.part");
}

/* Each call in turn fails once with this error. */
static void
fail_each_call(struct kraft_fixture *f, enum node_format format, int error)
{
	struct story s = begin(f, format);
	unsigned failed = 0;
	int rc;

	for (unsigned at = 1;; at++) {
		format_again(&s);
		fault = (struct disk_fault){ .on = true, .at = at, .error = error, .io_max = 1000 };
		rc = node_extend(f->dir, &s.records, &f->err);
		fault.on = false;
		if (fault.hit == NULL) {
			assert_int_equal(rc, 0);
			break;
		}
		if (rc == 0)
			assert_true(one_or_the_other(&s)); /* of no weight, such as the unlink of what is not there */
		else if (!one_or_the_other(&s))
			assert_true(!part_is_left(&s) && f->err.text[0] != '\0');
		failed += rc != 0;
		the_next_run_does_it(&s);
	}
	assert_true(failed > 15);
	end(&s);
}

static void
a_disk_that_is_full_at_any_call(void **state)
{
	fail_each_call(*state, NODE_4_4, ENOSPC);
}

static void
a_disk_that_breaks_at_any_call_in_the_older_format(void **state)
{
	fail_each_call(*state, NODE_DYNAMIC, EIO);
}

static void
what_we_may_not_do_at_any_call(void **state)
{
	fail_each_call(*state, NODE_4_4, EACCES);
}

/* Only calls of this name: the error must say that the node starts as formatted. */
static void
full_at(struct kraft_fixture *f, const char *call, int code)
{
	struct story s = begin(f, NODE_4_4);

	format_again(&s);
	fault = (struct disk_fault){ .on = true, .only = call, .at = 1, .error = ENOSPC };
	assert_int_equal(node_extend(f->dir, &s.records, &f->err), code);
	fault.on = false;
	assert_false(one_or_the_other(&s));
	assert_non_null(strstr(f->err.text, "the node starts as it was formatted"));
	assert_non_null(strstr(f->err.text, "No space left"));
	end(&s);
	(void)unlink(node_file(f, NODE_4_4));
}

static void
a_full_disk_is_said_to_be_full(void **state)
{
	full_at(*state, "write", ERR_FAILED);
	full_at(*state, "fsync", ERR_FAILED);
	full_at(*state, "renameat", ERR_FAILED);
}

static void
what_does_not_read_back_is_not_believed(void **state)
{
	struct kraft_fixture *f = *state;
	const char *dirs[] = { f->dir };
	struct story s = begin(f, NODE_4_4);
	struct checkpoint c;

	format_again(&s);
	assert_int_equal(checkpoint_open(&c, f->dir, dirs, 1, &f->err), 0);
	fault = (struct disk_fault){ .on = true, .flip = true };
	assert_int_equal(checkpoint_extend(&c, &s.records, &f->err), ERR_FAILED);
	fault.on = false;
	assert_non_null(strstr(f->err.text, "does not read back"));
	checkpoint_close(&c);
	end(&s);
}

/* ---- killed ---- */

/* In a process of its own, which is killed at the call `at`. */
static int
extend_until_killed(const char *dir, const char *at)
{
	struct frames records;
	struct err e;
	int rc;

	records_of(&records);
	fault = (struct disk_fault){ .kill = true, .io_max = 1000, .at = (unsigned)strtoul(at, NULL, 10) };
	fault.on = true;
	rc = node_extend(dir, &records, &e);
	frames_release(&records);
	return rc == 0 ? 0 : 1;
}

/* True: it came to its end before. */
static bool
killed_extend(const char *dir, unsigned at)
{
	char number[16];
	int status;
	pid_t pid;

	(void)snprintf(number, sizeof number, "%u", at);
	pid = fork();
	if (pid == 0) {
		execl("/proc/self/exe", "extend", dir, number, (char *)NULL);
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
kill_at_each_call(struct kraft_fixture *f, enum node_format format)
{
	struct story s = begin(f, format);
	unsigned at, as_formatted = 0;

	format_again(&s);
	for (at = 1; !killed_extend(f->dir, at); at++) {
		as_formatted += !one_or_the_other(&s);
		the_next_run_does_it(&s);
		format_again(&s);
	}
	assert_true(one_or_the_other(&s));
	assert_true(as_formatted > 12 && as_formatted < at - 2); /* and behind the rename it is restored */
	end(&s);
}

static void
killed_anywhere_the_node_is_as_formatted_or_as_restored(void **state)
{
	kill_at_each_call(*state, NODE_4_4);
}

static void
killed_anywhere_in_the_older_format(void **state)
{
	kill_at_each_call(*state, NODE_STATIC);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, kraft_teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(a_disk_that_is_full_at_any_call),
		CASE(a_disk_that_breaks_at_any_call_in_the_older_format),
		CASE(what_we_may_not_do_at_any_call),
		CASE(a_full_disk_is_said_to_be_full),
		CASE(what_does_not_read_back_is_not_believed),
		CASE(killed_anywhere_the_node_is_as_formatted_or_as_restored),
		CASE(killed_anywhere_in_the_older_format),
	};

	if (argc == 3)
		_exit(extend_until_killed(argv[1], argv[2]));
	return cmocka_run_group_tests(cases, NULL, NULL);
}
