/*
 * fs_list.c - one page of the names in a folder of a directory, however many there are; see fs_io.h
 *
 * The page is kept as a heap with its last name on top: one pass over the directory, and memory for
 * one page.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/fs_io.h"

void
fs_names_release(struct fs_names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->names[i]);
	free(n->names);
	*n = (struct fs_names){ .names = NULL };
}

static void
swap(char **a, char **b)
{
	char *t = *a;

	*a = *b;
	*b = t;
}

static void
heap_rise(char **names, size_t i)
{
	for (; i > 0 && strcmp(names[i], names[(i - 1) / 2]) > 0; i = (i - 1) / 2)
		swap(&names[i], &names[(i - 1) / 2]);
}

static void
heap_sink(char **names, size_t count)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < count) {
		if (child + 1 < count && strcmp(names[child + 1], names[child]) > 0)
			child++;
		if (strcmp(names[i], names[child]) >= 0)
			return;
		swap(&names[i], &names[child]);
		i = child;
	}
}

/* Keep the name if it is among the first `max` so far.  -1: no memory. */
static int
keep(struct fs_names *n, size_t max, const char *name)
{
	char *copy;

	if (n->count == max) {
		n->more = 1;
		if (max == 0 || strcmp(name, n->names[0]) > 0)
			return 0;
	}
	copy = strdup(name);
	if (copy == NULL)
		return -1;
	if (n->count == max) {
		free(n->names[0]);
		n->names[0] = copy;
		heap_sink(n->names, n->count);
	} else {
		n->names[n->count] = copy;
		heap_rise(n->names, n->count++);
	}
	return 0;
}

/*
 * A name of an object: hidden files and directories are not.  Anything else is shown, also what is
 * no regular file: who reads it gets ERR_CORRUPT and can name it.
 */
static bool
wanted(const struct fs_place *p, const struct dirent *entry, const char *after)
{
	return entry->d_name[0] != '.' && entry->d_type != DT_DIR &&
	       strlen(p->name) + 1 + strlen(entry->d_name) <= OBJECT_NAME_MAX &&
	       strcmp(entry->d_name, after) > 0;
}

static int
read_names(DIR *scan, const struct fs_place *p, const char *after, size_t max,
           struct fs_names *n, struct err *e)
{
	const struct dirent *entry;

	for (size_t seen = 0; errno = 0, (entry = readdir(scan)) != NULL; seen++) {
		if (seen > STORE_OBJECTS_MAX + 1) /* "." and ".." are entries too */
			return err_set(e, ERR_OPERATOR,
			               "more than %u files in %s/%s: remove old ones",
			               STORE_OBJECTS_MAX, p->path, p->name);
		if (wanted(p, entry, after) && keep(n, max, entry->d_name) != 0)
			return err_memory(e, "listing a directory");
	}
	return errno == 0 ? 0 : fs_error(e, p, "list");
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
list_directory(int dir, const struct fs_place *p, const char *after, size_t max,
               struct fs_names *n, struct err *e)
{
	DIR *scan = fs_scan(dir);
	int rc;

	if (scan == NULL)
		return fs_error(e, p, "list");
	rc = read_names(scan, p, after, max, n, e);
	(void)closedir(scan); /* only read */
	if (rc == 0 && n->count > 1)
		qsort(n->names, n->count, sizeof n->names[0], by_bytes);
	return rc;
}

int
fs_list(const struct fs_place *p, const char *after, size_t max, struct fs_names *ret,
        struct err *e)
{
	CLEANUP(fs_close) int dir = -1;
	struct fs_names n = { .names = NULL };
	int rc = fs_open_folder(p, &dir, e);

	if (rc == ERR_MISSING) {
		*ret = n;
		return 0;
	}
	if (rc != 0)
		return rc;
	if (max > STORE_PAGE_MAX)
		max = STORE_PAGE_MAX;
	n.names = calloc(max + 1, sizeof n.names[0]);
	if (n.names == NULL)
		return err_memory(e, "listing a directory");
	rc = list_directory(dir, p, after, max, &n, e);
	if (rc != 0)
		fs_names_release(&n);
	else
		*ret = n;
	return rc;
}
