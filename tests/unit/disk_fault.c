/* disk_fault.c - see disk_fault.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/disk_fault.h"

struct disk_fault fault;

static bool
fails(const char *call)
{
	if (!fault.on || (fault.only != NULL && strcmp(call, fault.only) != 0))
		return false;
	if (++fault.count != fault.at)
		return false;
	if (fault.kill)
		(void)kill(getpid(), SIGKILL);
	while (fault.gate != NULL)
		if (sem_wait(fault.gate) == 0)
			return false;
	fault.hit = call;
	errno = fault.error;
	return true;
}

static bool
habit(bool which, int error)
{
	if (fault.on && which)
		errno = error;
	return fault.on && which;
}

#define WRAP(type, name, parameters)                                                               \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	return fails("open") ? -1 : __real_open(path, flags, 0600);
}

int __real_openat(int dir, const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	if (fails("openat"))
		return -1;
	if ((flags & O_TMPFILE) == O_TMPFILE && habit(fault.no_tmpfile, EOPNOTSUPP))
		return -1;
	return __real_openat(dir, path, flags, 0600);
}

WRAP(int, mkdirat, (int dir, const char *name, mode_t mode))
{
	return fails("mkdirat") ? -1 : __real_mkdirat(dir, name, mode);
}

WRAP(int, fchmod, (int fd, mode_t mode))
{
	return fails("fchmod") ? -1 : __real_fchmod(fd, mode);
}

WRAP(int, fchown, (int fd, uid_t owner, gid_t group))
{
	return fails("fchown") ? -1 : __real_fchown(fd, owner, group);
}

WRAP(ssize_t, write, (int fd, const void *bytes, size_t len))
{
	if (fails("write"))
		return -1;
	return __real_write(fd, bytes, fault.io_max > 0 && len > fault.io_max ? fault.io_max : len);
}

WRAP(ssize_t, pread, (int fd, void *bytes, size_t len, off_t offset))
{
	ssize_t n;

	if (fails("pread"))
		return -1;
	if (fault.on && fault.cut && offset > 0)
		return 0;
	n = __real_pread(fd, bytes, fault.io_max > 0 && len > fault.io_max ? fault.io_max : len,
	                 offset);
	if (fault.on && fault.flip && n > 0)
		*(char *)bytes ^= 1;
	return n;
}

WRAP(ssize_t, read, (int fd, void *bytes, size_t len))
{
	ssize_t n;

	if (fails("read"))
		return -1;
	n = __real_read(fd, bytes, fault.io_max > 0 && len > fault.io_max ? fault.io_max : len);
	if (fault.on && fault.flip && n > 0)
		*(char *)bytes ^= 1;
	return n;
}

WRAP(int, fsync, (int fd))
{
	return fails("fsync") ? -1 : __real_fsync(fd);
}

WRAP(int, linkat, (int from_dir, const char *from, int dir, const char *name, int flags))
{
	bool proc = flags == AT_SYMLINK_FOLLOW;

	if (fails("linkat") || (proc && habit(fault.no_proc, ENOENT)) ||
	    (!proc && habit(fault.no_link, EPERM)))
		return -1;
	if (__real_linkat(from_dir, from, dir, name, flags) != 0)
		return -1;
	return !proc && habit(fault.lost_link, EEXIST) ? -1 : 0;
}

WRAP(int, renameat, (int from_dir, const char *from, int dir, const char *to))
{
	return fails("renameat") ? -1 : __real_renameat(from_dir, from, dir, to);
}

WRAP(int, renameat2, (int from_dir, const char *from, int dir, const char *to, unsigned flags))
{
	if (fails("renameat2") || habit(fault.no_rename, EINVAL))
		return -1;
	return __real_renameat2(from_dir, from, dir, to, flags);
}

WRAP(int, unlinkat, (int dir, const char *name, int flags))
{
	if (fails("unlinkat") || habit(fault.no_unlink, EIO))
		return -1;
	return __real_unlinkat(dir, name, flags);
}

WRAP(int, fstat, (int fd, struct stat *st))
{
	return fails("fstat") ? -1 : __real_fstat(fd, st);
}

WRAP(int, fstatat, (int dir, const char *name, struct stat *st, int flags))
{
	return fails("fstatat") ? -1 : __real_fstatat(dir, name, st, flags);
}

WRAP(DIR *, fdopendir, (int fd))
{
	return fails("fdopendir") ? NULL : __real_fdopendir(fd);
}

WRAP(struct dirent *, readdir, (DIR *d))
{
	static struct dirent made_up;

	if (fails("readdir"))
		return NULL;
	if (!fault.on || fault.endless == 0)
		return __real_readdir(d);
	(void)snprintf(made_up.d_name, sizeof made_up.d_name, "%016zx", fault.endless--);
	made_up.d_type = DT_REG;
	return &made_up;
}

WRAP(ssize_t, getrandom, (void *bytes, size_t len, unsigned flags))
{
	return fails("getrandom") ? -1 : __real_getrandom(bytes, len, flags);
}
