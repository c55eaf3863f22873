/* file.c - see file.h */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

int
file_write_all(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n) {
		n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			return -1;
		}
	}
	return 0;
}

int
file_not_opened(const char *path, struct err *e)
{
	switch (errno) {
	case ENOENT:
		return err_set(e, ERR_MISSING, "opening %s: %s", path, strerror(errno));
	case EACCES:
		return err_set(e, ERR_DENIED, "opening %s: %s", path, strerror(errno));
	case ENOTDIR: /* also of a symbolic link, where a directory is opened without following any */
		return err_set(e, ERR_OPERATOR, "opening %s: it is no directory, or a symbolic link, and none is "
		               "followed here", path);
	case ELOOP:
		return err_set(e, ERR_OPERATOR, "opening %s: it is a symbolic link, and none is followed here",
		               path);
	default:
		return err_set(e, ERR_FAILED, "opening %s: %s", path, strerror(errno));
	}
}
