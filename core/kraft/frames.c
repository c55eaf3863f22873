/* frames.c - see frames.h */
#include "core/kraft/frames.h"

#include <string.h>

#define FRAMES_MAX ((size_t)1 << 30)

void
frames_init(struct frames *f)
{
	f->count = 0;
	buf_init(&f->bytes, FRAMES_MAX);
}

void
frames_release(struct frames *f)
{
	f->count = 0;
	buf_wipe(&f->bytes);
}

void
frames_add(struct frames *f, const void *frame, size_t len)
{
	wire_number(&f->bytes, len, 4);
	(void)buf_add(&f->bytes, frame, len);
	f->count++;
}

void
frames_add_record(struct frames *f, const struct metadata_record *r)
{
	size_t from = f->bytes.len, len;
	uint32_t size;

	wire_number(&f->bytes, 0, 4);
	record_encode(r, &f->bytes);
	f->count++;
	if (f->bytes.failed)
		return;
	len = f->bytes.len - from - 4;
	size = htobe32((uint32_t)len);
	memcpy(f->bytes.data + from, &size, sizeof size);
}

void
frames_append(struct frames *f, const struct frames *other)
{
	f->bytes.failed = f->bytes.failed || other->bytes.failed;
	(void)buf_add(&f->bytes, other->bytes.data, other->bytes.len);
	f->count += other->count;
}

bool
frames_next(const struct frames *f, size_t *at, const void **frame, size_t *len)
{
	uint32_t size;

	if (*at >= f->bytes.len)
		return false;
	memcpy(&size, f->bytes.data + *at, sizeof size);
	*len = be32toh(size);
	*frame = f->bytes.data + *at + 4;
	*at += 4 + *len;
	return true;
}
