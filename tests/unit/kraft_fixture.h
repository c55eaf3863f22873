/*
 * kraft_fixture.h - a node's metadata.log.dir in a fresh directory, and what core/kraft reads in it.
 */
#ifndef KRAFT_FIXTURE_H
#define KRAFT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/kraft/lines.h"
#include "core/kraft/metadata_log.h"
#include "tests/unit/kraft_records.h"

#define CHECKPOINT_SUFFIX ".checkpoint"
#define ZERO_CHECKPOINT "00000000000000000000-0000000000.checkpoint"

struct kraft_fixture {
	char dir[64];             /* "/tmp/..."; the log's folder is in it */
	/* of the last reading */
	struct image        image;
	struct log_position position;
	struct err          err;
	struct buf          lines; /* sorted, a NUL behind them; see kraft_lines() */
	/* room for tests: released at the end */
	struct frames       records;
	struct buf          bytes;
};

/* For cmocka: a struct kraft_fixture in *state. */
int kraft_setup(void **state);
int kraft_teardown(void **state);

/* "DIR/BELOW", in a ring of four. */
const char *kraft_path(const struct kraft_fixture *f, const char *below);

/* Write a file of the directory, or of the log's folder in it; modes are 0644. */
void kraft_file(struct kraft_fixture *f, const char *name, const void *bytes, size_t len);
void kraft_log_file(struct kraft_fixture *f, const char *name, const struct buf *bytes);
/* A segment, or a checkpoint, of what f->bytes or f->records hold; they are empty afterwards. */
void kraft_segment(struct kraft_fixture *f, int64_t offset);
void kraft_checkpoint(struct kraft_fixture *f, int64_t offset, int32_t epoch);
/* meta.properties of a formatted node. */
void kraft_properties(struct kraft_fixture *f, const char *below, const char *cluster, int node);
/* The whole file, read; the caller's to release. */
struct buf kraft_read_file(const char *path);
bool kraft_exists(const struct kraft_fixture *f, const char *below);

/* Put f->records into one batch behind f->bytes; returns the offset behind it, and empties f->records. */
int64_t kraft_batch(struct kraft_fixture *f, int64_t base_offset, int32_t epoch);

/* Read the log: the code, and the rest in f. */
int kraft_read(struct kraft_fixture *f);
/* Apply f->records to a fresh image in f, offsets from 0; then empty them. */
int kraft_apply(struct kraft_fixture *f);
/* The lines of all kinds of f->image, each "KIND KEY VALUE\n", sorted. */
const char *kraft_lines(struct kraft_fixture *f);
/* A record of a group's config, for tests to which only matters that it is there; and is it? */
void kraft_group(struct kraft_fixture *f, const char *name);
bool kraft_has_group(struct kraft_fixture *f, const char *name);
/* Is there such a line? */
bool kraft_has(struct kraft_fixture *f, const char *line);

#endif
