/* file.h - what every writer of a file needs */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

/*
 * Write all of it, through interruptions and short writes.  0, or -1 with errno set (EIO where the
 * system writes nothing and gives no reason).  Any thread; blocks as write() does.
 */
int file_write_all(int fd, const char *bytes, size_t len);

#endif
