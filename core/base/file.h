/* file.h - what every reader or writer of a file needs */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

#include "core/base/err.h"

/*
 * Write all of it, through interruptions and short writes.  0, or -1 with errno set (EIO where the
 * system writes nothing and gives no reason).  Any thread; blocks as write() does.
 */
int file_write_all(int fd, const char *bytes, size_t len);

/*
 * Why `path` was not opened, from errno: ERR_MISSING, ERR_DENIED, ERR_OPERATOR (a symbolic link or no directory,
 * where none is followed) or ERR_FAILED.  Returned, and set in e.
 */
int file_not_opened(const char *path, struct err *e);

#endif
