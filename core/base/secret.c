/* secret.c - see secret.h */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/base/secret.h"

static struct secret *
secret_alloc(size_t len)
{
	struct secret *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->bytes = sodium_malloc(len + 1);
	if (s->bytes == NULL) {
		free(s);
		return NULL;
	}
	s->len = len;
	s->bytes[len] = 0;
	return s;
}

struct secret *
secret_new(const void *bytes, size_t len)
{
	struct secret *s = secret_alloc(len);

	if (s != NULL && len > 0)
		memcpy(s->bytes, bytes, len);
	return s;
}

void
secret_free(struct secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->bytes);
	free(s);
}

/* Look at the open file, not at its name: nobody can swap it in between. */
static int
check_file(const char *what, const char *path, int fd, mode_t forbidden, size_t max,
           size_t *ret_size, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set(e, ERR_CONFIG, "%s %s: cannot be examined: %s", what, path,
		               strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_CONFIG, "%s %s: not a regular file", what, path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(e, ERR_CONFIG, "%s %s: belongs to user %u, not to us (%u) or root",
		               what, path, (unsigned)st.st_uid, (unsigned)geteuid());
	if ((st.st_mode & forbidden) != 0)
		return err_set(e, ERR_CONFIG,
		               "%s %s: mode %04o lets others at it; chmod 600 it, and replace the "
		               "secret if others may have read it",
		               what, path, (unsigned)(st.st_mode & 07777));
	if (st.st_size < 1 || (uint64_t)st.st_size > max)
		return err_set(e, ERR_CONFIG, "%s %s: %lld bytes long, expected 1 to %zu", what, path,
		               (long long)st.st_size, max);
	*ret_size = (size_t)st.st_size;
	return 0;
}

static int
read_whole(const char *what, const char *path, int fd, struct secret *s, struct err *e)
{
	size_t got = 0;

	while (got < s->len) {
		ssize_t n = read(fd, s->bytes + got, s->len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_CONFIG, "%s %s: cannot be read: %s", what, path,
			               n < 0 ? strerror(errno) : "it became shorter");
		got += (size_t)n;
	}
	return 0;
}

static int
read_open_file(const char *what, const char *path, int fd, mode_t forbidden, size_t max,
               struct secret **ret, struct err *e)
{
	struct secret *s;
	size_t size = 0;
	int rc;

	rc = check_file(what, path, fd, forbidden, max, &size, e);
	if (rc != 0)
		return rc;
	s = secret_alloc(size);
	if (s == NULL)
		return err_memory(e, "reading a secret");
	rc = read_whole(what, path, fd, s, e);
	if (rc != 0)
		secret_free(s);
	else
		*ret = s;
	return rc;
}

static int
read_path(const char *what, const char *path, mode_t forbidden, size_t max, struct secret **ret,
          struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_CONFIG, "%s %s: a symbolic link; name the file itself", what,
		               path);
	if (fd < 0)
		return err_set(e, ERR_CONFIG, "%s %s: cannot be opened: %s", what, path,
		               strerror(errno));
	rc = read_open_file(what, path, fd, forbidden, max, ret, e);
	(void)close(fd); /* only read from */
	return rc;
}

int
secret_read(const char *what, const char *path, size_t max, struct secret **ret, struct err *e)
{
	return read_path(what, path, 077, max, ret, e);
}

int
secret_read_credential(const char *what, const char *name, size_t max, struct secret **ret,
                       struct err *e)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];

	if (folder == NULL || folder[0] != '/')
		return err_set(e, ERR_CONFIG,
		               "%s: credential \"%s\" asked for, but $CREDENTIALS_DIRECTORY is not set; "
		               "start the manager as a systemd unit with LoadCredential=%s",
		               what, name, name);
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
	    (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return err_set(e, ERR_CONFIG, "%s: \"%s\" is no credential's name", what, name);
	/* systemd gives the unit's user access by an ACL, whose mask shows as the group's bit */
	return read_path(what, path, 037, max, ret, e);
}
