/*
 * fs_io.h - the blocking half of the directory store: called on a thread of its own, with nothing
 * of the operation's.  Internal to core/store.
 *
 * Every name below the store's path is opened from the descriptor of its directory, without
 * following symbolic links.  Texts name the whole path and what can be done.
 */
#ifndef FS_IO_H
#define FS_IO_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/err.h"
#include "core/base/limits.h"

#define FS_PATH_SIZE 4096u /* the kernel's PATH_MAX */

/* What is worked on: an object, a folder (object is "") or the store itself (all are ""). */
struct fs_place {
	char        path[FS_PATH_SIZE];        /* of the store, absolute */
	char        name[OBJECT_NAME_MAX + 1]; /* "orders-prod/s/name" or "orders-prod/s" */
	char        parts[OBJECT_NAME_MAX + 1];
	const char *service, *folder, *object; /* in parts: so a place cannot be copied */
};

/* Take a name apart, or refuse it; parts: 0 the store, 2 a folder, 3 an object.  path is good. */
int fs_place_init(struct fs_place *p, const char *path, const char *name, int parts,
                  struct err *e);

/* Hidden files: probes, and objects being written where there is no O_TMPFILE.  In no list. */
#define FS_HIDDEN_PREFIX ".kcb-"
#define FS_HIDDEN_SIZE   (sizeof FS_HIDDEN_PREFIX + 32)

/* Fill e from errno: "cannot DOING PATH: reason: advice". */
int fs_error(struct err *e, const struct fs_place *p, const char *doing);

int  fs_open_root(const struct fs_place *p, int *ret, struct err *e);
/* ERR_MISSING when the service's directory or its folder does not exist, but the store does. */
int  fs_open_folder(const struct fs_place *p, int *ret, struct err *e);
/* The same, but both are made; what leads to the folder is durable when this returns 0. */
int  fs_make_folder(const struct fs_place *p, int *ret, struct err *e);
/* fsync, but for file systems that have none for directories (EINVAL).  -1 with errno. */
int  fs_sync_directory(int dir);
/* The entries of dir, which stays open; NULL with errno. */
DIR *fs_scan(int dir);

struct fs_names {
	char **names; /* sorted */
	size_t count;
	int    more;
};
void fs_names_release(struct fs_names *n);
int  fs_list(const struct fs_place *p, const char *after, size_t max, struct fs_names *ret,
             struct err *e);

struct fs_range {
	uint64_t offset;
	size_t   len, max; /* len 0: to the end; max: of what is read */
};
struct fs_bytes {
	void    *bytes; /* freed by the caller */
	size_t   len;
	uint64_t total;
};
int fs_get(const struct fs_place *p, const struct fs_range *range, struct fs_bytes *ret,
           struct err *e);
/* The same for `name` in dir; the probe's way. */
int fs_get_at(int dir, const struct fs_place *p, const char *name, const struct fs_range *range,
              struct fs_bytes *ret, struct err *e);

int fs_remove(const struct fs_place *p, struct err *e);
int fs_remove_at(int dir, const struct fs_place *p, const char *name, struct err *e);

/* fs_put.c */
int fs_put(const struct fs_place *p, const void *bytes, size_t len, struct err *e);
int fs_probe(const struct fs_place *p, struct err *e);

/* CLEANUP(fs_close) int fd = -1; */
static inline void
fs_close_at(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* whatever mattered was synced before */
}

#endif
