/* fs_io.c - names, directories, reading, listing and removing in a directory; see fs_io.h */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/store/fs_io.h"

#define OPEN_BELOW (O_RDONLY | O_NOFOLLOW | O_CLOEXEC)

int
fs_place_init(struct fs_place *p, const char *path, const char *name, int parts, struct err *e)
{
	const char *ret[3] = { "", "", "" };
	char *part = parts > 0 ? p->parts : NULL, *slash;
	int n = 0;

	if (strlen(name) > OBJECT_NAME_MAX)
		return err_set(e, ERR_FAILED, "object name of more than %u bytes: '%.64s...'",
		               OBJECT_NAME_MAX, name);
	(void)snprintf(p->path, sizeof p->path, "%s", path); /* checked by store_fs_open() */
	(void)snprintf(p->name, sizeof p->name, "%s", name);
	(void)snprintf(p->parts, sizeof p->parts, "%s", name);
	for (; part != NULL && n < parts; part = slash) {
		slash = strchr(part, '/');
		if (slash != NULL)
			*slash++ = '\0';
		if (*part == '\0' || *part == '.' || strlen(part) > NAME_MAX)
			break;
		ret[n++] = part;
	}
	if (part != NULL || n != parts)
		return err_set(e, ERR_FAILED, "'%s' is not a name that a store may have", name);
	p->service = ret[0];
	p->folder = ret[1];
	p->object = ret[2];
	return 0;
}

static const struct {
	int number, code;
	const char *advice;
} reasons[] = {
	{ ENOSPC, ERR_OPERATOR, "free space on that file system, or make it larger" },
	{ EDQUOT, ERR_OPERATOR, "free space, or raise the disk quota" },
	{ EFBIG, ERR_OPERATOR, "raise the limit of file sizes (ulimit -f)" },
	{ EROFS, ERR_OPERATOR, "see the kernel's log, repair the file system, mount it writable" },
	{ ENOTDIR, ERR_OPERATOR, "something that is no directory is in the way: move it "
	                         "(symbolic links are not followed)" },
	{ ELOOP, ERR_OPERATOR, "a symbolic link is in the way, and none is followed: remove it" },
	{ EACCES, ERR_DENIED, "let the user that this runs as read, write and enter it" },
	{ EPERM, ERR_DENIED, "let the user that this runs as read, write and enter it" },
	{ EIO, ERR_FAILED, "the disk may be broken: see the kernel's log" },
	{ ESTALE, ERR_AGAIN, "is its file system still mounted, and its server up?" },
	{ ETIMEDOUT, ERR_AGAIN, "is its file system still mounted, and its server up?" },
	{ ENOTCONN, ERR_AGAIN, "is its file system still mounted, and its server up?" },
	{ EHOSTDOWN, ERR_AGAIN, "is its file system still mounted, and its server up?" },
	{ EMFILE, ERR_AGAIN, "raise the limit of open files (ulimit -n)" },
	{ ENFILE, ERR_AGAIN, "raise the system's limit of open files (fs.file-max)" },
};

int
fs_error(struct err *e, const struct fs_place *p, const char *doing)
{
	const char *slash = p->name[0] != '\0' ? "/" : "";
	int number = errno;

	for (size_t i = 0; i < LENGTH(reasons); i++)
		if (reasons[i].number == number)
			return err_set(e, reasons[i].code, "cannot %s %s%s%s: %s: %s", doing,
			               p->path, slash, p->name, strerror(number),
			               reasons[i].advice);
	return err_set(e, ERR_FAILED, "cannot %s %s%s%s: %s", doing, p->path, slash, p->name,
	               strerror(number));
}

int
fs_open_root(const struct fs_place *p, int *ret, struct err *e)
{
	*ret = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*ret >= 0)
		return 0;
	if (errno == ENOENT)
		return err_set(e, ERR_AGAIN,
		               "there is no directory %s: mount its file system, "
		               "or make it if the store is new", p->path);
	if (errno == ENOTDIR)
		return err_set(e, ERR_CONFIG, "the store's path %s is not a directory", p->path);
	return fs_error(e, p, "open");
}

static int
open_directory(int parent, const char *name)
{
	return openat(parent, name, OPEN_BELOW | O_DIRECTORY);
}

int
fs_open_folder(const struct fs_place *p, int *ret, struct err *e)
{
	CLEANUP(fs_close) int root = -1;
	CLEANUP(fs_close) int service = -1;
	int rc = fs_open_root(p, &root, e);

	if (rc != 0)
		return rc;
	service = open_directory(root, p->service);
	if (service >= 0)
		*ret = open_directory(service, p->folder);
	if (service >= 0 && *ret >= 0)
		return 0;
	if (errno == ENOENT)
		return err_set(e, ERR_MISSING, "there is no %s/%s", p->path, p->name);
	return fs_error(e, p, "open the directory of");
}

/*
 * Open a directory, made when it is missing.  The parent is synced each time: another writer, or
 * one that was killed, may have made it and not come so far; a clean directory costs nothing.
 */
static int
make_directory(const struct fs_place *p, int parent, const char *name, int *ret, struct err *e)
{
	bool made = false;

	*ret = open_directory(parent, name);
	if (*ret < 0 && errno == ENOENT) {
		made = mkdirat(parent, name, 0700) == 0;
		if (!made && errno != EEXIST)
			return fs_error(e, p, "make the directory of");
		*ret = open_directory(parent, name);
	}
	if (*ret < 0)
		return fs_error(e, p, "open the directory of");
	if (made && fchmod(*ret, 0700) != 0) /* the host's umask is its own affair */
		return fs_error(e, p, "set the permissions of the directory of");
	if (fs_sync_directory(parent) != 0)
		return fs_error(e, p, "make durable the directory of");
	return 0;
}

int
fs_make_folder(const struct fs_place *p, int *ret, struct err *e)
{
	CLEANUP(fs_close) int root = -1;
	CLEANUP(fs_close) int service = -1;
	int rc = fs_open_root(p, &root, e);

	if (rc == 0)
		rc = make_directory(p, root, p->service, &service, e);
	return rc != 0 ? rc : make_directory(p, service, p->folder, ret, e);
}

int
fs_sync_directory(int dir)
{
	return fsync(dir) == 0 || errno == EINVAL ? 0 : -1;
}

DIR *
fs_scan(int dir)
{
	int fd = openat(dir, ".", OPEN_BELOW | O_DIRECTORY);
	DIR *scan = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && scan == NULL)
		(void)close(fd);
	return scan;
}

static int
open_object(int dir, const struct fs_place *p, const char *name, int *ret, uint64_t *total,
            struct err *e)
{
	struct stat st;

	*ret = openat(dir, name, OPEN_BELOW | O_NONBLOCK | O_NOCTTY); /* a FIFO must not hold us */
	if (*ret < 0 && errno == ENOENT)
		return err_set(e, ERR_MISSING, "there is no %s/%s", p->path, p->name);
	if (*ret < 0 && errno == ELOOP)
		return err_set(e, ERR_CORRUPT, "%s/%s is a symbolic link, not an object", p->path,
		               p->name);
	if (*ret < 0 || fstat(*ret, &st) != 0)
		return fs_error(e, p, "read");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CORRUPT, "%s/%s is not a regular file", p->path, p->name);
	*total = (uint64_t)st.st_size;
	return 0;
}

static int
read_range(int fd, const struct fs_place *p, uint64_t offset, struct fs_bytes *b, struct err *e)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->len) {
		n = pread(fd, (char *)b->bytes + done, b->len - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fs_error(e, p, "read");
		if (n == 0)
			return err_set(e, ERR_CORRUPT, "%s/%s ends after %llu bytes of %llu",
			               p->path, p->name, (unsigned long long)(offset + done),
			               (unsigned long long)b->total);
		done += (size_t)n;
	}
	return 0;
}

int
fs_get_at(int dir, const struct fs_place *p, const char *name, const struct fs_range *range,
          struct fs_bytes *ret, struct err *e)
{
	CLEANUP(fs_close) int fd = -1;
	struct fs_bytes b = { .bytes = NULL };
	uint64_t len;
	int rc = open_object(dir, p, name, &fd, &b.total, e);

	if (rc != 0)
		return rc;
	if (range->offset > b.total)
		return err_set(e, ERR_CORRUPT,
		               "%s/%s has only %llu bytes, and those from %llu were asked for",
		               p->path, p->name, (unsigned long long)b.total,
		               (unsigned long long)range->offset);
	len = b.total - range->offset;
	if (range->len != 0 && len > range->len)
		len = range->len;
	if (len > range->max)
		return err_set(e, ERR_CORRUPT,
		               "%s/%s is larger than it may be: %llu bytes of at most %zu",
		               p->path, p->name, (unsigned long long)len, range->max);
	b.len = (size_t)len;
	b.bytes = malloc(b.len + 1);
	if (b.bytes == NULL)
		return err_memory(e, "reading an object");
	rc = read_range(fd, p, range->offset, &b, e);
	if (rc != 0)
		free(b.bytes);
	else
		*ret = b;
	return rc;
}

int
fs_get(const struct fs_place *p, const struct fs_range *range, struct fs_bytes *ret, struct err *e)
{
	CLEANUP(fs_close) int dir = -1;
	int rc = fs_open_folder(p, &dir, e);

	return rc != 0 ? rc : fs_get_at(dir, p, p->object, range, ret, e);
}

int
fs_remove_at(int dir, const struct fs_place *p, const char *name, struct err *e)
{
	if (unlinkat(dir, name, 0) != 0 && errno != ENOENT)
		return fs_error(e, p, "remove");
	if (fs_sync_directory(dir) != 0) /* of ENOENT too: its remover was perhaps killed */
		return fs_error(e, p, "make durable that there is no more");
	return 0;
}

int
fs_remove(const struct fs_place *p, struct err *e)
{
	CLEANUP(fs_close) int dir = -1;
	int rc = fs_open_folder(p, &dir, e);

	if (rc == ERR_MISSING)
		return 0;
	return rc != 0 ? rc : fs_remove_at(dir, p, p->object, e);
}
