/*
 * kcb_files.h - the files of kcb itself: the service's file, the folder for state, the anchor.
 */
#ifndef KCB_FILES_H
#define KCB_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/limits.h"

struct kcb_service {
	const char *path;  /* of the service's file */
	struct buf  text;  /* of it */
	char        id[SERVICE_ID_MAX + 1]; /* "": the file does not say it, and the plugin will refuse it */
	char        state_dir[PATH_MAX];    /* "": none */
};

/* Read the service's file; path NULL: the default one.  ERR_CONFIG: it cannot be read. */
int  kcb_files_service(struct kcb_service *ret, const char *path, struct err *e);
void kcb_files_service_release(struct kcb_service *s);

/*
 * Set s->state_dir to dir, or to the default if that is NULL, and make it.  A failure leaves it ""
 * and has a text.
 */
int kcb_files_state_dir(struct kcb_service *s, const char *dir, struct err *e);

struct kcb_anchor {
	bool     known;
	uint64_t epoch, sequence;
	char     hash[2 * 64 + 1]; /* hex */
};

/*
 * Read an anchor; a file that does not exist is not known and no error.  ERR_CONFIG: what is there
 * is no anchor.
 */
int kcb_files_anchor_read(const char *path, struct kcb_anchor *ret, struct err *e);

/* Take the anchor out of a report; not known: the report has none. */
void kcb_files_anchor_take(const char *report, struct kcb_anchor *ret);

/* Replace the file in one step. */
int kcb_files_anchor_write(const char *path, const struct kcb_anchor *anchor, struct err *e);

#endif
