/* log_folder.c - see log_folder.h */
#include "core/kraft/log_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

#define FILES_MAX 1000000u /* Kafka keeps a few; a folder of more is none of Kafka's */

void
segment_name(const struct log_file *f, char ret[LOG_NAME_SIZE])
{
	(void)snprintf(ret, LOG_NAME_SIZE, "%020" PRId64 ".log", f->offset);
}

void
checkpoint_name(const struct log_file *f, char ret[LOG_NAME_SIZE])
{
	(void)snprintf(ret, LOG_NAME_SIZE, "%020" PRId64 "-%010" PRId32 ".checkpoint", f->offset, f->epoch);
}

/* Exactly n digits, a number up to max. */
static bool
take_digits(const char **p, unsigned n, int64_t max, int64_t *ret)
{
	int64_t number = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		int digit = (*p)[i] - '0';

		if (digit < 0 || digit > 9 || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*p += n;
	*ret = number;
	return true;
}

static bool
parse_name(const char *name, struct log_file *ret, bool *checkpoint)
{
	int64_t epoch = 0;

	if (!take_digits(&name, 20, INT64_MAX, &ret->offset))
		return false;
	*checkpoint = *name == '-';
	if (!*checkpoint)
		return strcmp(name, ".log") == 0;
	name++;
	if (!take_digits(&name, 10, INT32_MAX, &epoch))
		return false;
	ret->epoch = (int32_t)epoch;
	return strcmp(name, ".checkpoint") == 0; /* not .part, not .deleted */
}

static int
add(struct log_file **files, size_t *count, const struct log_file *file, struct err *e)
{
	struct log_file *grown;

	if (*count >= FILES_MAX)
		return err_set(e, ERR_CORRUPT, "more than %u files in a metadata log", FILES_MAX);
	if ((*count & (*count - 1)) == 0) { /* at each power of two: room for as many again */
		grown = realloc(*files, (*count == 0 ? 1 : *count * 2) * sizeof *grown);
		if (grown == NULL)
			return err_memory(e, "listing the metadata log");
		*files = grown;
	}
	(*files)[(*count)++] = *file;
	return 0;
}

static int
by_offset(const void *a, const void *b)
{
	const struct log_file *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return (x->epoch > y->epoch) - (x->epoch < y->epoch);
}

static void
sort(struct log_file *files, size_t count)
{
	if (count > 0)
		qsort(files, count, sizeof *files, by_offset);
}

static int
list(struct log_folder *f, DIR *stream, struct err *e)
{
	const struct dirent *entry;
	struct log_file file;
	bool checkpoint;
	int rc = 0;

	for (errno = 0; rc == 0 && (entry = readdir(stream)) != NULL; errno = 0) {
		file = (struct log_file){ .epoch = 0 };
		if (!parse_name(entry->d_name, &file, &checkpoint))
			continue;
		rc = checkpoint ? add(&f->checkpoints, &f->checkpoint_count, &file, e)
		                : add(&f->segments, &f->segment_count, &file, e);
	}
	if (rc == 0 && errno != 0)
		rc = err_set(e, ERR_FAILED, "listing it: %s", strerror(errno));
	sort(f->segments, f->segment_count);
	sort(f->checkpoints, f->checkpoint_count);
	return rc;
}

int
log_folder_open(struct log_folder *f, const char *dir, const char *folder, struct err *e)
{
	int parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), copy, rc;
	DIR *stream;

	*f = (struct log_folder){ .fd = -1 };
	if (parent < 0) {
		rc = file_not_opened(dir, e);
	} else {
		f->fd = openat(parent, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		rc = f->fd < 0 ? file_not_opened(folder, e) : 0;
		(void)close(parent); /* only read */
	}
	if (rc == 0) {
		copy = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		stream = copy < 0 ? NULL : fdopendir(copy);
		if (stream == NULL) {
			rc = file_not_opened(folder, e);
			if (copy >= 0)
				(void)close(copy);
		} else {
			rc = list(f, stream, e);
			(void)closedir(stream);
		}
	}
	if (rc != 0)
		log_folder_close(f);
	return rc;
}

void
log_folder_close(struct log_folder *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->segments);
	free(f->checkpoints);
	*f = (struct log_folder){ .fd = -1 };
}
