/* log_folder.h - the files of a metadata log: which there are, in the order of their offsets */
#ifndef LOG_FOLDER_H
#define LOG_FOLDER_H

#include <stdint.h>
#include <stddef.h>

#include "core/base/cleanup.h"
#include "core/base/err.h"

/* Names are made of these: "%020lld.log" and "%020lld-%010d.checkpoint" (Snapshots.java). */
struct log_file {
	int64_t offset; /* of its first record; of a checkpoint: behind its last one */
	int32_t epoch;  /* of a checkpoint */
};

struct log_folder {
	int              fd;
	struct log_file *segments, *checkpoints; /* lowest offset first */
	size_t           segment_count, checkpoint_count;
};

#define LOG_NAME_SIZE 48
void segment_name(const struct log_file *f, char ret[LOG_NAME_SIZE]);
void checkpoint_name(const struct log_file *f, char ret[LOG_NAME_SIZE]);

/* Open and list `folder` in the directory `dir`.  ERR_MISSING, ERR_DENIED, ERR_FAILED. */
int  log_folder_open(struct log_folder *f, const char *dir, const char *folder, struct err *e);
void log_folder_close(struct log_folder *f);

CLEANUP_RELEASE(struct log_folder, log_folder_close)

#endif
