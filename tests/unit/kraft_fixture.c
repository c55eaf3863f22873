/* kraft_fixture.c - see kraft_fixture.h */
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/limits.h"
#include "tests/unit/kraft_fixture.h"

#define BYTES_MAX ((size_t)1 << 30)

int
kraft_setup(void **state)
{
	struct kraft_fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof f->dir, "/tmp/t_kraft.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(mkdir(kraft_path(f, METADATA_LOG_FOLDER), 0755), 0);
	frames_init(&f->records);
	buf_init(&f->bytes, BYTES_MAX);
	buf_init(&f->lines, BYTES_MAX);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
kraft_teardown(void **state)
{
	struct kraft_fixture *f = *state;

	image_release(&f->image);
	frames_release(&f->records);
	buf_release(&f->bytes);
	buf_release(&f->lines);
	(void)nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

const char *
kraft_path(const struct kraft_fixture *f, const char *below)
{
	static char ring[4][400];
	static unsigned next;
	char *path = ring[next++ % 4];

	(void)snprintf(path, sizeof ring[0], "%s/%s", f->dir, below);
	return path;
}

void
kraft_file(struct kraft_fixture *f, const char *name, const void *bytes, size_t len)
{
	const char *path = kraft_path(f, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, bytes, len), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

void
kraft_log_file(struct kraft_fixture *f, const char *name, const struct buf *bytes)
{
	char below[128];

	assert_false(bytes->failed);
	(void)snprintf(below, sizeof below, METADATA_LOG_FOLDER "/%s", name);
	kraft_file(f, below, bytes->data == NULL ? "" : bytes->data, bytes->len);
}

void
kraft_segment(struct kraft_fixture *f, int64_t offset)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%020" PRId64 ".log", offset);
	kraft_log_file(f, name, &f->bytes);
	buf_clear(&f->bytes);
}

void
kraft_checkpoint(struct kraft_fixture *f, int64_t offset, int32_t epoch)
{
	char name[64];

	(void)snprintf(name, sizeof name, "%020" PRId64 "-%010" PRId32 ".checkpoint", offset, epoch);
	buf_clear(&f->bytes);
	checkpoint_of(&f->bytes, &f->records);
	kraft_log_file(f, name, &f->bytes);
	buf_clear(&f->bytes);
	frames_release(&f->records);
}

void
kraft_properties(struct kraft_fixture *f, const char *below, const char *cluster, int node)
{
	char text[200], path[200];

	(void)snprintf(text, sizeof text,
	               "#\n#Sun Nov 22 10:00:00 UTC 2026\ncluster.id=%s\nversion=1\n"
	               "directory.id=AAAAAAAAAAAAAAAAAAAAAA\nnode.id=%d\n", cluster, node);
	(void)snprintf(path, sizeof path, "%s%smeta.properties", below, below[0] == '\0' ? "" : "/");
	kraft_file(f, path, text, strlen(text));
}

struct buf
kraft_read_file(const char *path)
{
	char room[65536];
	struct buf all;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf_init(&all, BYTES_MAX);
	assert_true(fd >= 0);
	while ((n = read(fd, room, sizeof room)) > 0)
		assert_int_equal(buf_add(&all, room, (size_t)n), 0);
	assert_int_equal(n, 0);
	(void)close(fd);
	return all;
}

bool
kraft_exists(const struct kraft_fixture *f, const char *below)
{
	struct stat st;

	return lstat(kraft_path(f, below), &st) == 0;
}

int64_t
kraft_batch(struct kraft_fixture *f, int64_t base_offset, int32_t epoch)
{
	int64_t next = batch_of(&f->bytes, base_offset, epoch, &f->records);

	frames_release(&f->records);
	return next;
}

int
kraft_read(struct kraft_fixture *f)
{
	int rc;

	image_release(&f->image);
	f->position = (struct log_position){ 0 };
	f->err = (struct err){ 0 };
	rc = metadata_log_read(f->dir, &f->image, &f->position, &f->err);
	assert_int_equal(rc, rc == 0 ? 0 : f->err.code);
	return rc;
}

int
kraft_apply(struct kraft_fixture *f)
{
	const void *frame;
	size_t at = 0, len;
	int64_t offset = 0;
	int rc = 0;

	image_release(&f->image);
	f->err = (struct err){ 0 };
	while (rc == 0 && frames_next(&f->records, &at, &frame, &len))
		rc = image_apply(&f->image, frame, len, offset++, &f->err);
	frames_release(&f->records);
	return rc;
}

const char *
kraft_lines(struct kraft_fixture *f)
{
	struct line_set set;
	struct err e;
	size_t i;

	line_set_init(&set, BYTES_MAX);
	assert_int_equal(image_lines(&f->image, LOG_KINDS, &set, &e), 0);
	assert_int_equal(line_set_sort(&set, &e), 0);
	buf_clear(&f->lines);
	for (i = 0; i < set.count; i++) {
		const struct line *line = &set.lines[i];

		(void)buf_print(&f->lines, "%s %s %.*s\n", kind_name(line->kind), line->key,
		                (int)line->value_len, line->value);
	}
	line_set_release(&set);
	assert_non_null(buf_text(&f->lines));
	return f->lines.data;
}

bool
kraft_has(struct kraft_fixture *f, const char *line)
{
	const char *p = kraft_lines(f);
	size_t len = strlen(line);

	for (; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		if (strncmp(p, line, len) == 0 && p[len] == '\n')
			return true;
	return false;
}

void
kraft_group(struct kraft_fixture *f, const char *name)
{
	make_config(&f->records, RESOURCE_GROUP, name, "x", "1");
}

bool
kraft_has_group(struct kraft_fixture *f, const char *name)
{
	char line[100];

	(void)snprintf(line, sizeof line, "group_config %s {\"configs\":{\"x\":\"1\"}}", name);
	return kraft_has(f, line);
}
