/* checkpoint_write.c - see checkpoint.h: the file that takes the place of the formatted one */
#include "core/kraft/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/file.h"
#include "core/kraft/batch.h"

/*
 * Of 10,000 records in a row, as they stand in the file: half of what the controller may send at
 * once, since nobody knows where its requests begin, less the room of 10,000 that do nothing.
 */
#define RUN_RECORDS BATCH_RECORDS_MAX
#define RUN_BYTES   ((BATCH_WRITE_MAX - RUN_RECORDS * 24u) / 2)

/* What the file beside it is called: Kafka itself takes such a one away when it starts. */
#define PART_SUFFIX ".kcb.checkpoint.part"

#define FILE_MAX ((size_t)1 << 30)

struct run {
	struct buf         *out;
	struct batch_writer batch;
	int64_t             offset, timestamp;
	size_t              bytes;   /* of the records of this run */
	uint32_t            records; /* in it */
};

static void
add(struct run *r, const void *frame, size_t len)
{
	if (r->records == 0)
		batch_begin(&r->batch, r->out, r->offset, r->timestamp, false);
	batch_add(&r->batch, NULL, 0, frame, len);
	r->bytes += batch_record_size(len);
	r->records++;
	r->offset++;
}

static void
end_run(struct run *r)
{
	if (r->records > 0)
		batch_end(&r->batch);
	r->records = 0;
	r->bytes = 0;
}

/* NoOpRecord, version 0 (KIP-835): it does nothing, and every metadata.version since 3.3 has it. */
static void
fill_run(struct run *r)
{
	static const unsigned char nothing[] = { 1, RECORD_NO_OP, 0, 0 };

	while (r->records < RUN_RECORDS && !r->out->failed)
		add(r, nothing, sizeof nothing);
}

static int
add_frames(struct run *r, const struct frames *frames, struct err *e)
{
	const void *frame;
	size_t at = 0, len;

	while (frames_next(frames, &at, &frame, &len)) {
		if (batch_record_size(len) > RUN_BYTES)
			return err_set(e, ERR_UNSUPPORTED, "a metadata record of %zu bytes; the most is %u", len,
			               RUN_BYTES);
		if (r->records > 0 && r->bytes + batch_record_size(len) > RUN_BYTES)
			fill_run(r);
		if (r->records == RUN_RECORDS)
			end_run(r);
		add(r, frame, len);
	}
	return 0;
}

/* The footer as it was, at its new offset, which the checksum does not cover. */
static void
add_foot(struct buf *out, const struct buf *foot, int64_t offset)
{
	uint64_t base = htobe64((uint64_t)offset);
	size_t from = out->len;

	(void)buf_add(out, foot->data, foot->len);
	if (!out->failed)
		memcpy(out->data + from, &base, sizeof base);
}

static int
compose(const struct checkpoint *c, const struct frames *records, struct buf *out, struct err *e)
{
	struct run r = { .out = out, .offset = c->head_records, .timestamp = c->timestamp };
	int rc;

	(void)buf_add(out, c->head.data, c->head.len);
	rc = add_frames(&r, &c->records, e);
	if (rc == 0)
		rc = add_frames(&r, records, e);
	if (rc != 0)
		return rc;
	end_run(&r);
	add_foot(out, &c->foot, r.offset);
	return out->failed ? err_memory(e, "writing a checkpoint") : 0;
}

/* ---- the disk ---- */

static int
failed(const struct checkpoint *c, const char *what, struct err *e)
{
	return err_set(e, errno == EACCES || errno == EPERM || errno == EROFS ? ERR_DENIED : ERR_FAILED,
	               "%s %s: %s; the node starts as it was formatted", what, c->path, strerror(errno));
}

static int
write_part(const struct checkpoint *c, const char *part, const struct buf *out, struct err *e)
{
	int fd = openat(c->directory, part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = 0;

	if (fd < 0)
		return failed(c, "writing beside", e);
	if (file_write_all(fd, out->data, out->len) != 0 || fchown(fd, c->owner, c->group) != 0 ||
	    fchmod(fd, c->mode) != 0 || fsync(fd) != 0)
		rc = failed(c, "writing beside", e);
	if (close(fd) != 0 && rc == 0)
		rc = failed(c, "writing beside", e);
	return rc;
}

/* Read what is there now, and compare it with what was to be written. */
static int
read_back(const struct checkpoint *c, const struct buf *out, struct err *e)
{
	char bytes[65536];
	size_t at = 0;
	ssize_t n = 0;
	int fd = openat(c->directory, c->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0) {
		if ((size_t)n > out->len - at || memcmp(bytes, out->data + at, (size_t)n) != 0)
			break;
		at += (size_t)n;
	}
	if (fd >= 0)
		(void)close(fd);
	if (fd >= 0 && n == 0 && at == out->len)
		return 0;
	return err_set(e, ERR_FAILED,
	               "%s does not read back as it was written: the disk is not to be trusted; do not start "
	               "this node, format it anew",
	               c->path);
}

int
checkpoint_extend(struct checkpoint *c, const struct frames *records, struct err *e)
{
	CLEANUP(buf_wipe) struct buf out;
	char part[128];
	int rc;

	buf_init(&out, FILE_MAX);
	rc = compose(c, records, &out, e);
	if (rc != 0)
		return rc;
	(void)snprintf(part, sizeof part, "%.*s" PART_SUFFIX, (int)strcspn(c->name, "."), c->name);
	(void)unlinkat(c->directory, part, 0); /* of a run that was killed */
	rc = write_part(c, part, &out, e);
	if (rc == 0 && renameat(c->directory, part, c->directory, c->name) != 0)
		rc = failed(c, "replacing", e);
	if (rc != 0) {
		(void)unlinkat(c->directory, part, 0);
		return rc;
	}
	if (fsync(c->directory) != 0)
		return err_set(e, ERR_FAILED, "syncing the directory of %s: %s; run pre-start again", c->path,
		               strerror(errno));
	return read_back(c, &out, e);
}
