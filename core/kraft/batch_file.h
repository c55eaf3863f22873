/*
 * batch_file.h - the batches of one file, one after the other: a segment of the log, or a checkpoint.
 * Only reads; memory is one batch, or what was read ahead.  Blocks: a worker thread's.
 */
#ifndef BATCH_FILE_H
#define BATCH_FILE_H

#include <sys/types.h>

#include "core/kraft/batch.h"

struct batch_file {
	int         fd;
	const char *name;   /* for messages; the caller's */
	struct buf  window; /* bytes from `at` on */
	size_t      used;   /* of the window: batches that were given out */
	off_t       at;     /* where in the file the window begins */
	bool        cut;    /* the file ended inside a batch */
};

/* Open name in the directory.  ERR_MISSING, ERR_DENIED, ERR_FAILED. */
int  batch_file_open(struct batch_file *f, int directory, const char *name, struct err *e);
void batch_file_close(struct batch_file *f);

/*
 * The next batch, checked: 1; valid until the next call.  0 behind the last whole one: f->cut says
 * whether bytes follow it that are none yet.  ERR_CORRUPT, ERR_FAILED (with the file and the place).
 */
int batch_file_next(struct batch_file *f, struct batch *ret, struct err *e);

CLEANUP_RELEASE(struct batch_file, batch_file_close)

#endif
