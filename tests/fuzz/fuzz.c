/* fuzz.c - see fuzz.h */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "core/kraft/batch.h"
#include "core/kraft/crc32c.h"
#include "core/kraft/seed.h"
#include "tests/fuzz/fuzz.h"

#define LINES_MAX ((size_t)64 << 20)

void
fuzz_mend(unsigned char *bytes, size_t len)
{
	while (len >= BATCH_HEADER) {
		struct cursor c = cursor_of(bytes + 8, 4);
		size_t size = (size_t)cursor_number(&c, 4) + BATCH_START;
		uint32_t crc;

		if (size < BATCH_HEADER || size > len)
			return;
		crc = htobe32(crc32c(bytes + 21, size - 21));
		memcpy(bytes + 17, &crc, sizeof crc);
		bytes += size;
		len -= size;
	}
}

/* ---- files ---- */

static char folder[64];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static void
remove_folder(void)
{
	fuzz_clear();
	(void)rmdir(folder);
}

const char *
fuzz_folder(void)
{
	if (folder[0] == '\0') { /* in memory, where there is such a place: a sync costs nothing there */
		(void)snprintf(folder, sizeof folder, "%s/kcb-fuzz.XXXXXX",
		               access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
		FUZZ_ASSERT(mkdtemp(folder) != NULL);
		(void)atexit(remove_folder);
	}
	return folder;
}

void
fuzz_clear(void)
{
	(void)nftw(fuzz_folder(), remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
fuzz_file(const char *below, const void *bytes, size_t len)
{
	char path[300];
	char *slash;
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", fuzz_folder(), below);
	slash = strrchr(path, '/');
	*slash = '\0';
	FUZZ_ASSERT(mkdir(path, 0755) == 0 || errno == EEXIST);
	*slash = '/';
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FUZZ_ASSERT(fd >= 0);
	FUZZ_ASSERT(write(fd, bytes, len) == (ssize_t)len);
	(void)close(fd);
}

/* ---- the image ---- */

static void
seed_lines(const struct line_set *lines)
{
	static const int32_t brokers[] = { 1, 2, 3 };
	struct line_set formatted;
	struct seed s = { .brokers = brokers, .broker_count = 3, .identities = lines, .formatted = &formatted };
	struct image image = { .topics = { .head = NULL } };
	const void *frame;
	size_t i, at, len;
	struct err e;

	line_set_init(&formatted, LINES_MAX);
	FUZZ_ASSERT(line_set_sort(&formatted, &e) == 0);
	if (seed_begin(&s, &e) == 0)
		for (i = 0; i < lines->count; i++)
			if (lines->lines[i].kind != KIND_IDENTITY)
				(void)seed_line(&s, &lines->lines[i], &e); /* not every key is one that may be seeded */
	for (i = 0; i < SEED_SECTIONS; i++)
		for (at = 0; frames_next(&s.sections[i], &at, &frame, &len);)
			FUZZ_ASSERT(image_apply(&image, frame, len, 0, &e) == 0);
	image_release(&image);
	seed_release(&s);
	line_set_release(&formatted);
}

void
fuzz_image(struct image *image)
{
	struct line_set lines;
	struct err e;
	size_t i;

	line_set_init(&lines, LINES_MAX);
	FUZZ_ASSERT(image_lines(image, LOG_KINDS, &lines, &e) == 0);
	for (i = 0; i < lines.count; i++)
		FUZZ_ASSERT(lines.lines[i].key_len <= KEY_MAX_BYTES && lines.lines[i].value_len <= LINE_MAX_BYTES);
	if (line_set_sort(&lines, &e) == 0)
		seed_lines(&lines);
	line_set_release(&lines);
}
