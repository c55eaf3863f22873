/* batch_file.c - see batch_file.h */
#include "core/kraft/batch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

#define READ_AHEAD ((size_t)256 << 10)

int
batch_file_open(struct batch_file *f, int directory, const char *name, struct err *e)
{
	*f = (struct batch_file){ .name = name };
	buf_init(&f->window, BATCH_READ_MAX + READ_AHEAD);
	f->fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	return f->fd >= 0 ? 0 : file_not_opened(name, e);
}

void
batch_file_close(struct batch_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd); /* only read */
	f->fd = -1;
	buf_wipe(&f->window);
}

/*
 * Read until `wanted` bytes from the unused part of the window on are there, or the file ends.  A length
 * may lie, so the window grows with what is there, not with what is wanted.
 */
static int
fill(struct batch_file *f, size_t wanted, struct err *e)
{
	ssize_t n;

	if (f->used > 0 && f->window.len - f->used < wanted) {
		memmove(f->window.data, f->window.data + f->used, f->window.len - f->used);
		f->window.len -= f->used;
		f->at += (off_t)f->used;
		f->used = 0;
	}
	while (f->window.len - f->used < wanted) {
		if (buf_reserve(&f->window, READ_AHEAD) != 0)
			return err_memory(e, "reading the metadata log");
		n = pread(f->fd, f->window.data + f->window.len, READ_AHEAD, f->at + (off_t)f->window.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FAILED, "reading %s: %s", f->name, strerror(errno));
		if (n == 0)
			break;
		f->window.len += (size_t)n;
	}
	return 0;
}

int
batch_file_next(struct batch_file *f, struct batch *ret, struct err *e)
{
	size_t size = BATCH_START;
	int rc = fill(f, size, e), step;

	for (step = 0; rc == 0 && step < 2; step++) {
		size_t left = f->window.len - f->used;

		if (left < size) {
			f->cut = left > 0;
			return 0;
		}
		if (step == 1)
			break;
		rc = batch_size((unsigned char *)f->window.data + f->used, &size, e);
		if (rc == 0)
			rc = fill(f, size, e);
	}
	if (rc == 0)
		rc = batch_read((unsigned char *)f->window.data + f->used, size, ret, e);
	if (rc != 0)
		return err_prefix(e, "%s, byte %lld", f->name, (long long)f->at + (long long)f->used);
	f->used += size;
	return 1;
}
