/* t_keygen.c - the files that kcb keygen makes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/seal/keys.h"

/* A directory for one test, removed with all in it by leave(). */
struct place {
	char path[64], keys[96];
};

static void
enter(struct place *p)
{
	(void)snprintf(p->path, sizeof p->path, "/tmp/t_keys.XXXXXX");
	assert_non_null(mkdtemp(p->path));
	(void)snprintf(p->keys, sizeof p->keys, "%s/keys", p->path);
}

static int
count_files(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (d == NULL)
		return -1;
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static void
leave(struct place *p)
{
	static const char *const files[] = { "identity", "identity.pub", "signing", "signing.pub" };
	char path[160];
	size_t i;

	for (i = 0; i < 4; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", p->keys, files[i]);
		(void)unlink(path);
		(void)rmdir(path);
	}
	(void)rmdir(p->keys);
	(void)unlink(p->keys);
	assert_int_equal(rmdir(p->path), 0);
}

static mode_t
mode_of(const char *directory, const char *name)
{
	char path[160];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
read_line(const char *directory, const char *name, char *ret, size_t size)
{
	char path[160];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(ret, (int)size, f));
	assert_int_equal(fgetc(f), EOF);
	(void)fclose(f);
}

static void
load_secret(int (*set)(struct keys *, const char *, const struct secret *, struct err *),
            struct keys *k, const char *directory, const char *name)
{
	struct secret *s = NULL;
	struct err e = { 0 };
	char path[160];

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	assert_int_equal(secret_read("key", path, KEY_FILE_MAX, &s, &e), 0);
	assert_int_equal(set(k, name, s, &e), 0);
	secret_free(s);
}

static void
keygen_makes_four_files_that_prove_themselves(void **state)
{
	mode_t before = umask(0077); /* must not matter */
	char line[96];
	struct place p;
	struct keys k = { 0 };
	struct err e = { 0 };

	(void)state;
	enter(&p);
	assert_int_equal(keys_generate(p.keys, &e), 0);
	(void)umask(before);
	assert_int_equal(count_files(p.keys), 4);
	assert_int_equal(mode_of(p.path, "keys"), 0700);
	assert_int_equal(mode_of(p.keys, "identity"), 0600);
	assert_int_equal(mode_of(p.keys, "signing"), 0600);
	assert_int_equal(mode_of(p.keys, "identity.pub"), 0644);
	assert_int_equal(mode_of(p.keys, "signing.pub"), 0644);
	load_secret(keys_set_identity, &k, p.keys, "identity");
	load_secret(keys_set_signing, &k, p.keys, "signing");
	read_line(p.keys, "identity.pub", line, sizeof line);
	assert_int_equal(keys_add_recipient(&k, "identity.pub", line, &e), 0);
	read_line(p.keys, "signing.pub", line, sizeof line);
	assert_int_equal(keys_add_signer(&k, "signing.pub", line, &e), 0);
	assert_int_equal(keys_prove(&k, &e), 0);
	keys_release(&k);
	leave(&p);
}

static void
keygen_never_overwrites_and_takes_back_what_it_made(void **state)
{
	static const char *const files[] = { "identity", "identity.pub", "signing", "signing.pub" };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct err e = { 0 };
		char path[160], line[16];
		struct place p;
		FILE *f;

		enter(&p);
		assert_int_equal(mkdir(p.keys, 0700), 0);
		(void)snprintf(path, sizeof path, "%s/%s", p.keys, files[i]);
		f = fopen(path, "we");
		assert_non_null(f);
		(void)fputs("old\n", f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(keys_generate(p.keys, &e), ERR_EXISTS);
		assert_non_null(strstr(e.text, path));
		assert_int_equal(count_files(p.keys), 1);
		read_line(p.keys, files[i], line, sizeof line);
		assert_string_equal(line, "old\n");
		leave(&p);
	}
}

static void
keygen_that_cannot_make_its_directory_leaves_nothing(void **state)
{
	struct err e = { 0 };
	char deep[128];
	struct place p;

	(void)state;
	enter(&p);
	(void)snprintf(deep, sizeof deep, "%s/a/b", p.path);
	assert_int_equal(keys_generate(deep, &e), ERR_FAILED);
	assert_non_null(strstr(e.text, "cannot be made"));
	assert_int_equal(close(open(p.keys, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	assert_int_equal(keys_generate(p.keys, &e), ERR_FAILED);
	assert_non_null(strstr(e.text, "cannot be opened"));
	assert_int_equal(unlink(p.keys), 0);
	assert_int_equal(count_files(p.path), 0);
	leave(&p);
}

static void
keygen_that_cannot_write_takes_back_all_of_it(void **state)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	struct rlimit limit, none;
	struct err e = { 0 };
	struct place p;
	int rc;

	(void)state;
	enter(&p);
	assert_int_equal(sigaction(SIGXFSZ, &ignore, &before), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none = (struct rlimit){ .rlim_cur = 10, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	rc = keys_generate(p.keys, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(sigaction(SIGXFSZ, &before, NULL), 0);
	assert_int_equal(rc, ERR_FAILED);
	assert_non_null(strstr(e.text, "identity cannot be written"));
	assert_int_equal(count_files(p.keys), -1);
	leave(&p);
}

static void
keygen_follows_no_symbolic_link(void **state)
{
	struct err e = { 0 };
	char link[160], target[160];
	struct place p;

	(void)state;
	enter(&p);
	assert_int_equal(mkdir(p.keys, 0700), 0);
	(void)snprintf(link, sizeof link, "%s/signing", p.keys);
	(void)snprintf(target, sizeof target, "%s/elsewhere", p.path);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(keys_generate(p.keys, &e), ERR_EXISTS);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(count_files(p.keys), 1);
	leave(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keygen_makes_four_files_that_prove_themselves),
		cmocka_unit_test(keygen_never_overwrites_and_takes_back_what_it_made),
		cmocka_unit_test(keygen_that_cannot_make_its_directory_leaves_nothing),
		cmocka_unit_test(keygen_that_cannot_write_takes_back_all_of_it),
		cmocka_unit_test(keygen_follows_no_symbolic_link),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("keygen", tests, NULL, NULL);
}
