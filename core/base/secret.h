/*
 * secret.h - bytes that must not leak: locked, guarded, wiped when freed (sodium_malloc), in a
 * type of their own that no log or error function takes.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

#include "core/base/cleanup.h"
#include "core/base/err.h"

struct secret {
	unsigned char *bytes; /* one NUL behind len, so that text can be handed to a library */
	size_t         len;
};

/* A copy of bytes; the caller wipes its own.  NULL: no memory. */
struct secret *secret_new(const void *bytes, size_t len);
void           secret_free(struct secret *s); /* NULL is allowed */

/*
 * Read a file that holds a secret.  It must be a regular file, no symbolic link, owned by the
 * effective user or root, with no permission for group and others, and of 1 to max bytes.
 * ERR_CONFIG otherwise, with the path and what to do.  `what` names the thing in the text ("signing
 * key").
 */
int secret_read(const char *what, const char *path, size_t max, struct secret **ret,
                struct err *e);

/*
 * The same for systemd's credentials: the file `name` in the folder that $CREDENTIALS_DIRECTORY
 * names.
 */
int secret_read_credential(const char *what, const char *name, size_t max, struct secret **ret,
                           struct err *e);

CLEANUP_FUNCTION(struct secret, secret_free)

#endif
