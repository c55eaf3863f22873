/*
 * kill_in.c - ends a process at its N-th call that touches a folder; to be preloaded.
 *
 *   LD_PRELOAD=.../kill_in.so KILL_FOLDER=/store/orders/s KILL_AT=7 host ..
 *
 * Counted are, on all threads together, the calls that open something in the folder, write to a file
 * of it, sync that or the folder, give a name and take one away.  SIGKILL comes before the call is
 * made; of a write, after half of it was.
 *
 * Nothing is really synced: the machine lives on, and a thousand runs would wait for the disk.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool
is_within(int fd, const char *folder)
{
	char link[40], path[4096];
	ssize_t len;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof path - 1);
	path[len < 0 ? 0 : len] = '\0';
	return strncmp(path, folder, strlen(folder)) == 0;
}

/* True: this is the call. */
static bool
is_the_one(int fd)
{
	static atomic_ulong count;
	const char *folder = getenv("KILL_FOLDER"), *at = getenv("KILL_AT");

	return folder != NULL && at != NULL && is_within(fd, folder) &&
	       atomic_fetch_add(&count, 1) + 1 == strtoul(at, NULL, 10);
}

static void
kill_at(int fd)
{
	if (is_the_one(fd))
		(void)kill(getpid(), SIGKILL);
}

int
openat(int fd, const char *name, int flags, ...)
{
	kill_at(fd);
	return (int)syscall(SYS_openat, fd, name, flags, 0600); /* what the store gives as the mode */
}

ssize_t
write(int fd, const void *bytes, size_t len)
{
	if (is_the_one(fd)) {
		(void)syscall(SYS_write, fd, bytes, len / 2);
		(void)kill(getpid(), SIGKILL);
	}
	return syscall(SYS_write, fd, bytes, len);
}

int
fsync(int fd)
{
	kill_at(fd);
	return 0;
}

int
linkat(int from_fd, const char *from, int fd, const char *name, int flags)
{
	kill_at(fd);
	return (int)syscall(SYS_linkat, from_fd, from, fd, name, flags);
}

int
unlinkat(int fd, const char *name, int flags)
{
	kill_at(fd);
	return (int)syscall(SYS_unlinkat, fd, name, flags);
}
