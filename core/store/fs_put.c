/*
 * fs_put.c - put an object into a directory: durable first, then visible, never half; see fs_io.h
 *
 * The bytes go into a file without a name, are synced, and then get their name by a link, which
 * never replaces anything.  A failed fsync is never retried: the kernel has dropped the pages, and
 * a second one would say that all is well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/store/fs_io.h"

#define NOT_HERE     1              /* this file system cannot do it that way */
#define HIDDEN_MAX_S (24 * 60 * 60) /* an older hidden file was left by somebody who was killed */

struct put {
	const struct fs_place *place; /* for texts */
	int         dir;
	const char *name;
	const void *bytes;
	size_t      len;
};

static int
fill(const struct put *put, int fd, struct err *e)
{
	if (fchmod(fd, 0600) != 0) /* the host's umask is its own affair */
		return fs_error(e, put->place, "set the permissions of");
	if (file_write_all(fd, put->bytes, put->len) != 0)
		return fs_error(e, put->place, "write");
	if (fsync(fd) != 0)
		return fs_error(e, put->place, "make durable");
	return 0;
}

static int
name_error(const struct put *put, struct err *e)
{
	if (errno == EEXIST)
		return err_set(e, ERR_EXISTS, "%s/%s is there already, and nothing is overwritten",
		               put->place->path, put->place->name);
	return fs_error(e, put->place, "give its name to");
}

static bool
one_of(int number, const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static int
put_unnamed(const struct put *put, struct err *e)
{
	static const int no_file[] = { EOPNOTSUPP, EISDIR, EINVAL, ENOSYS };
	static const int no_link[] = { ENOENT, EXDEV, EPERM, EACCES, EOPNOTSUPP, EINVAL, ELOOP };
	CLEANUP(fs_close) int fd = openat(put->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	char from[40];
	int rc;

	if (fd < 0 && one_of(errno, no_file, LENGTH(no_file)))
		return NOT_HERE;
	if (fd < 0)
		return fs_error(e, put->place, "write");
	rc = fill(put, fd, e);
	if (rc != 0)
		return rc;
	(void)snprintf(from, sizeof from, "/proc/self/fd/%d", fd); /* fits */
	if (linkat(AT_FDCWD, from, put->dir, put->name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (one_of(errno, no_link, LENGTH(no_link))) /* no /proc, or a policy */
		return NOT_HERE;
	return name_error(put, e);
}

static int
hidden_name(const struct fs_place *p, char name[FS_HIDDEN_SIZE], struct err *e)
{
	unsigned char id[16];
	size_t n = sizeof FS_HIDDEN_PREFIX - 1;

	if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
		return fs_error(e, p, "get random bytes for");
	(void)snprintf(name, FS_HIDDEN_SIZE, "%s", FS_HIDDEN_PREFIX);
	for (size_t i = 0; i < sizeof id; i++)
		(void)snprintf(name + n + 2 * i, 3, "%02x", id[i]);
	return 0;
}

/*
 * Remove what killed writers left.  Its age is against a file just made: the file system's clock,
 * not ours.  A failure only leaves it there.
 */
static void
sweep(int dir, const char *newest)
{
	const struct dirent *entry;
	struct stat now, old;
	DIR *scan = fstatat(dir, newest, &now, AT_SYMLINK_NOFOLLOW) == 0 ? fs_scan(dir) : NULL;

	if (scan == NULL)
		return;
	while ((entry = readdir(scan)) != NULL)
		if (strncmp(entry->d_name, FS_HIDDEN_PREFIX, strlen(FS_HIDDEN_PREFIX)) == 0 &&
		    fstatat(dir, entry->d_name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now.st_mtime - old.st_mtime > HIDDEN_MAX_S)
			(void)unlinkat(dir, entry->d_name, 0);
	(void)closedir(scan);
}

/* NFS may answer a link that it has made with an error, when its first answer was lost. */
static bool
has_two_names(int fd)
{
	struct stat st;
	int number = errno;
	bool two = fstat(fd, &st) == 0 && st.st_nlink == 2;

	errno = number;
	return two;
}

static int
rename_hidden(const struct put *put, int fd, const char *hidden, struct err *e)
{
	static const int no_link[] = { EPERM, EOPNOTSUPP, ENOSYS, EMLINK };

	if (linkat(put->dir, hidden, put->dir, put->name, 0) == 0 || has_two_names(fd))
		return 0;
	if (!one_of(errno, no_link, LENGTH(no_link)))
		return name_error(put, e);
	if (renameat2(put->dir, hidden, put->dir, put->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EINVAL || errno == ENOSYS)
		return err_set(e, ERR_CONFIG,
		               "the file system of %s can neither link files nor rename them "
		               "without replacing: use another one for the store",
		               put->place->path);
	return name_error(put, e);
}

static int
put_hidden(const struct put *put, struct err *e)
{
	CLEANUP(fs_close) int fd = -1;
	char hidden[FS_HIDDEN_SIZE];
	int rc = hidden_name(put->place, hidden, e);

	if (rc != 0)
		return rc;
	fd = openat(put->dir, hidden, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return fs_error(e, put->place, "write");
	rc = fill(put, fd, e);
	if (rc == 0)
		rc = rename_hidden(put, fd, hidden, e);
	if (rc == 0)
		sweep(put->dir, put->name);
	(void)unlinkat(put->dir, hidden, 0); /* after a rename it is gone; else no list shows it */
	return rc;
}

static int
put_at(const struct put *put, struct err *e)
{
	int rc = put_unnamed(put, e);

	if (rc == NOT_HERE)
		rc = put_hidden(put, e);
	if (rc != 0 || fs_sync_directory(put->dir) == 0)
		return rc;
	rc = fs_error(e, put->place, "make durable the name of");
	if (unlinkat(put->dir, put->name, 0) != 0)
		(void)err_prefix(e, "it could not be removed again and may be listed");
	return rc;
}

int
fs_put(const struct fs_place *p, const void *bytes, size_t len, struct err *e)
{
	CLEANUP(fs_close) int dir = -1;
	int rc = fs_make_folder(p, &dir, e);
	struct put put = { p, dir, p->object, bytes, len };

	return rc != 0 ? rc : put_at(&put, e);
}

/* The probe's bytes as they were put, or ERR_CORRUPT. */
static int
probe_read(const struct put *put, struct err *e)
{
	const struct fs_range whole = { 0, 0, put->len };
	struct fs_bytes got;
	bool same;
	int rc = fs_get_at(put->dir, put->place, put->name, &whole, &got, e);

	if (rc != 0)
		return rc;
	same = got.len == put->len && memcmp(got.bytes, put->bytes, put->len) == 0;
	free(got.bytes);
	return same ? 0
	            : err_set(e, ERR_CORRUPT, "a probe written to %s reads back otherwise: "
	                                      "the disk may be broken", put->place->path);
}

static int
list_root(int root, const struct fs_place *p, struct err *e)
{
	DIR *scan = fs_scan(root);
	int number;

	if (scan == NULL)
		return fs_error(e, p, "list");
	do
		errno = 0;
	while (readdir(scan) != NULL);
	number = errno;
	(void)closedir(scan);
	errno = number;
	return number == 0 ? 0 : fs_error(e, p, "list");
}

/* In the store itself: the directories of a service without a backup are not check's to make. */
int
fs_probe(const struct fs_place *p, struct err *e)
{
	CLEANUP(fs_close) int root = -1;
	char name[FS_HIDDEN_SIZE];
	struct put put = { p, -1, name, name, sizeof name };
	int rc = fs_open_root(p, &root, e);

	if (rc == 0)
		rc = list_root(root, p, e);
	if (rc == 0)
		rc = hidden_name(p, name, e);
	put.dir = root;
	if (rc == 0)
		rc = put_at(&put, e);
	if (rc != 0)
		return rc;
	sweep(root, name);
	rc = probe_read(&put, e);
	if (rc == 0)
		return fs_remove_at(root, p, name, e);
	(void)unlinkat(root, name, 0); /* rc says more */
	return rc;
}
