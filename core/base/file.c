/* file.c - see file.h */
#include <errno.h>
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
