/* t_base.c - buf, arena, err and the reading of secrets */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/secret.h"

static void
a_buffer_holds_what_was_appended(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_add(&b, "ab", 2), 0);
	assert_int_equal(buf_add_text(&b, "cd"), 0);
	assert_int_equal(buf_add_char(&b, 'e'), 0);
	assert_int_equal(buf_print(&b, "%d-%s", 7, "x"), 0);
	assert_int_equal(b.len, 8);
	assert_string_equal(buf_text(&b), "abcde7-x");
	buf_release(&b);
}

static void
an_empty_buffer_is_an_empty_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	buf_release(&b);
}

static void
a_buffer_takes_its_maximum_and_not_a_byte_more(void **state)
{
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 1000);
	for (i = 0; i < 1000; i++)
		assert_int_equal(buf_add_char(&b, (char)('a' + i % 26)), 0);
	assert_int_equal(strlen(buf_text(&b)), 1000);
	assert_int_equal(buf_add_char(&b, 'z'), -1);
	assert_true(b.failed);
	assert_int_equal(b.len, 1000);
	buf_release(&b);
}

static void
a_failed_buffer_stays_failed_until_it_is_cleared(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_add_text(&b, "abcde"), -1);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_add_text(&b, "a"), -1);
	assert_null(buf_text(&b));
	buf_clear(&b);
	assert_int_equal(buf_add_text(&b, "a"), 0);
	assert_string_equal(buf_text(&b), "a");
	buf_release(&b);
}

static void
a_formatted_text_over_the_maximum_fails(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	assert_int_equal(buf_print(&b, "%s", "12345678"), 0);
	assert_int_equal(buf_print(&b, "%d", 9), -1);
	assert_true(b.failed);
	buf_release(&b);
}

static void
an_absurd_length_does_not_overflow(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_add_char(&b, 'a'), 0);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -1);
	assert_int_equal(b.len, 1);
	buf_release(&b);
}

static void
a_wiped_buffer_can_be_used_again(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(buf_add_text(&b, "password"), 0);
	buf_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.max, 10);
	assert_int_equal(buf_add_text(&b, "x"), 0);
	assert_string_equal(buf_text(&b), "x");
	buf_release(&b);
}

static void
memory_of_an_arena_is_zeroed_aligned_and_apart(void **state)
{
	unsigned char *parts[300];
	const char *texts[300];
	struct arena a;
	size_t i, k;

	(void)state;
	arena_init(&a, 1 << 20);
	for (i = 0; i < 300; i++) {
		texts[i] = arena_copy(&a, "a text of odd length", i % 20); /* texts are not aligned */
		assert_non_null(texts[i]);
		parts[i] = arena_alloc(&a, i);
		assert_non_null(parts[i]);
		assert_int_equal((uintptr_t)parts[i] % _Alignof(max_align_t), 0);
		for (k = 0; k < i; k++)
			assert_int_equal(parts[i][k], 0);
		memset(parts[i], (int)(i % 251), i);
	}
	for (i = 0; i < 300; i++) {
		for (k = 0; k < i; k++)
			assert_int_equal(parts[i][k], i % 251);
		assert_int_equal(strlen(texts[i]), i % 20);
		assert_memory_equal(texts[i], "a text of odd length", i % 20);
	}
	arena_release(&a);
}

static void
an_arena_refuses_what_is_over_its_maximum(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1000);
	assert_null(arena_alloc(&a, 1001));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_non_null(arena_alloc(&a, 1000));
	assert_null(arena_alloc(&a, 1));
	arena_release(&a);
	assert_non_null(arena_alloc(&a, 1000));
	arena_release(&a);
}

static void
an_arena_gives_blocks_larger_than_its_own(void **state)
{
	struct arena a;
	char *large, *text;

	(void)state;
	arena_init(&a, 10 << 20);
	text = arena_text(&a, "before");
	large = arena_alloc(&a, 5 << 20);
	assert_non_null(large);
	memset(large, 'x', 5 << 20);
	assert_string_equal(text, "before");
	assert_string_equal(arena_copy(&a, "after, cut", 5), "after");
	assert_string_equal(arena_copy(&a, NULL, 0), "");
	arena_release(&a);
}

static void
an_error_has_a_code_a_text_and_what_was_put_before_it(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_DENIED, "topic %s: no", "a"), ERR_DENIED);
	assert_int_equal(err_prefix(&e, "phase %d", 2), ERR_DENIED);
	assert_string_equal(e.text, "phase 2: topic a: no");
	assert_int_equal(e.code, ERR_DENIED);
	assert_int_equal(err_memory(&e, "testing"), ERR_FAILED);
	assert_string_equal(e.text, "out of memory while testing");
}

static void
a_hostile_name_cannot_break_an_errors_line(void **state)
{
	struct err e = { 0 };

	(void)state;
	(void)err_set(&e, ERR_FAILED, "%s", "a\nb\033[31m\x7f");
	assert_string_equal(e.text, "a?b?[31m?");
	(void)err_prefix(&e, "%s", "x\r");
	assert_string_equal(e.text, "x?: a?b?[31m?");
}

static void
a_long_error_is_cut_and_terminated(void **state)
{
	char longer[2 * ERR_TEXT_SIZE];
	struct err e = { 0 };

	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	(void)err_set(&e, ERR_FAILED, "%s", longer);
	assert_int_equal(strlen(e.text), ERR_TEXT_SIZE - 1);
	(void)err_prefix(&e, "%s", longer);
	assert_int_equal(strlen(e.text), ERR_TEXT_SIZE - 1);
}

static void
every_code_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(err_name(0), "OK");
	assert_string_equal(err_name(ERR_OPERATOR), "NEEDS_OPERATOR");
	assert_string_equal(err_name(ERR_EXISTS), "EXISTS");
	assert_string_equal(err_name(-99), "FAILED");
	assert_string_equal(err_name(5), "FAILED");
}

/* A folder of its own for each test of secrets. */
struct folder {
	char path[64];
	char file[128];
	char other[128];
};

static int
make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	(void)snprintf(f->path, sizeof f->path, "/tmp/t_base.XXXXXX");
	if (mkdtemp(f->path) == NULL)
		return -1;
	(void)snprintf(f->file, sizeof f->file, "%s/secret", f->path);
	(void)snprintf(f->other, sizeof f->other, "%s/other", f->path);
	*state = f;
	return 0;
}

static int
remove_folder(void **state)
{
	struct folder *f = *state;

	(void)unlink(f->file);
	(void)unlink(f->other);
	(void)rmdir(f->path);
	free(f);
	return 0;
}

static void
write_file(const char *path, const char *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(close(fd), 0);
}

/* Refused with a text that holds `path` and `why`, and nothing of the secret. */
static void
assert_refused(const char *path, size_t max, const char *why)
{
	struct secret *s = NULL;
	struct err e = { 0 };

	assert_int_equal(secret_read("signing key", path, max, &s, &e), ERR_CONFIG);
	assert_null(s);
	assert_non_null(strstr(e.text, "signing key"));
	assert_non_null(strstr(e.text, path));
	assert_non_null(strstr(e.text, why));
	assert_null(strstr(e.text, "hunter2"));
}

static void
a_secret_file_is_read_whole(void **state)
{
	struct folder *f = *state;
	struct secret *s = NULL;
	struct err e = { 0 };

	write_file(f->file, "hunter2\n\0x", 10, 0400);
	assert_int_equal(secret_read("signing key", f->file, 10, &s, &e), 0);
	assert_int_equal(s->len, 10);
	assert_memory_equal(s->bytes, "hunter2\n\0x\0", 11);
	secret_free(s);
	secret_free(NULL);
}

static void
a_secret_that_others_may_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0644, 0640, 0604, 0620, 0601, 0666 };
	struct folder *f = *state;
	size_t i;

	for (i = 0; i < LENGTH(modes); i++) {
		write_file(f->file, "hunter2", 7, modes[i]);
		assert_refused(f->file, 100, "chmod 600");
	}
}

static void
a_symbolic_link_is_refused(void **state)
{
	struct folder *f = *state;

	write_file(f->other, "hunter2", 7, 0600);
	assert_int_equal(symlink(f->other, f->file), 0);
	assert_refused(f->file, 100, "symbolic link");
}

static void
a_fifo_is_refused_without_waiting_for_a_writer(void **state)
{
	struct folder *f = *state;

	assert_int_equal(mkfifo(f->file, 0600), 0);
	assert_refused(f->file, 100, "not a regular file");
}

static void
a_folder_is_refused(void **state)
{
	struct folder *f = *state;

	assert_refused(f->path, 100, "not a regular file");
}

static void
an_empty_or_too_long_secret_is_refused(void **state)
{
	struct folder *f = *state;

	write_file(f->file, "", 0, 0600);
	assert_refused(f->file, 100, "0 bytes long");
	write_file(f->file, "hunter2", 7, 0600);
	assert_refused(f->file, 6, "expected 1 to 6");
}

static void
a_missing_secret_is_refused(void **state)
{
	struct folder *f = *state;

	assert_refused(f->file, 100, "No such file");
}

static void
a_secret_of_another_user_is_refused(void **state)
{
	struct folder *f = *state;

	if (geteuid() != 0) /* nobody else can give a file away */
		skip();
	write_file(f->file, "hunter2", 7, 0600);
	assert_int_equal(chown(f->file, 12345, 12345), 0);
	assert_refused(f->file, 100, "belongs to user 12345");
}

static void
a_credentials_name_cannot_leave_its_folder(void **state)
{
	static const char *const names[] = {
		"", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden"
	};
	struct secret *s = NULL;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++) {
		assert_int_equal(secret_read_credential("password", names[i], 100, &s, &e),
		                 ERR_CONFIG);
		assert_null(s);
	}
}

#define SECRET_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_holds_what_was_appended),
		cmocka_unit_test(an_empty_buffer_is_an_empty_text),
		cmocka_unit_test(a_buffer_takes_its_maximum_and_not_a_byte_more),
		cmocka_unit_test(a_failed_buffer_stays_failed_until_it_is_cleared),
		cmocka_unit_test(a_formatted_text_over_the_maximum_fails),
		cmocka_unit_test(an_absurd_length_does_not_overflow),
		cmocka_unit_test(a_wiped_buffer_can_be_used_again),
		cmocka_unit_test(memory_of_an_arena_is_zeroed_aligned_and_apart),
		cmocka_unit_test(an_arena_refuses_what_is_over_its_maximum),
		cmocka_unit_test(an_arena_gives_blocks_larger_than_its_own),
		cmocka_unit_test(an_error_has_a_code_a_text_and_what_was_put_before_it),
		cmocka_unit_test(a_hostile_name_cannot_break_an_errors_line),
		cmocka_unit_test(a_long_error_is_cut_and_terminated),
		cmocka_unit_test(every_code_has_a_name),
		SECRET_TEST(a_secret_file_is_read_whole),
		SECRET_TEST(a_secret_that_others_may_read_is_refused),
		SECRET_TEST(a_symbolic_link_is_refused),
		SECRET_TEST(a_fifo_is_refused_without_waiting_for_a_writer),
		SECRET_TEST(a_folder_is_refused),
		SECRET_TEST(an_empty_or_too_long_secret_is_refused),
		SECRET_TEST(a_missing_secret_is_refused),
		SECRET_TEST(a_secret_of_another_user_is_refused),
		cmocka_unit_test(a_credentials_name_cannot_leave_its_folder),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
