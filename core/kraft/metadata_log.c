/* metadata_log.c - see metadata_log.h: what counts is found first, then applied */
#include "core/kraft/metadata_log.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/kraft/batch_file.h"
#include "core/kraft/log_folder.h"

#define TRIES 8u

/* Offsets from `from` up to, not with, `to`. */
struct range {
	int64_t from, to;
};

struct reading {
	struct log_folder   folder;
	struct image       *image;
	int64_t             since; /* changes of topics are noted from here on */
	int64_t             start; /* behind the checkpoint */
	struct log_position end;   /* what counts ends here */
	struct range       *aborted;
	size_t              aborted_count, aborted_next;
	int64_t             transaction; /* where the open one began; -1: none is */
	int32_t             epoch;       /* of the last batch before the open transaction */
};

/* Called for each data record from r->start on.  0, or an error. */
typedef int (*visitor)(struct reading *r, const struct batch_record *record, int32_t epoch, struct err *e);

static int
visit_batch(struct reading *r, struct batch *b, visitor visit, struct err *e)
{
	struct batch_record record;
	uint32_t read = 0;
	int rc;

	while ((rc = batch_next(b, &read, &record, e)) > 0) {
		if (b->control || record.offset < r->start)
			continue;
		rc = visit(r, &record, b->epoch, e);
		if (rc != 0)
			return rc;
	}
	return rc;
}

/* One that was listed a moment ago: Kafka deletes what it needs no more. */
static int
open_listed(struct batch_file *f, const struct reading *r, const char *name, struct err *e)
{
	int rc = batch_file_open(f, r->folder.fd, name, e);

	return rc == ERR_MISSING ? err_set(e, ERR_AGAIN, "%s vanished while the log was read", name) : rc;
}

/* ---- the checkpoint ---- */

/* It begins with a header and ends with a footer (KIP-630); offsets in it mean nothing. */
static int
read_checkpoint(struct reading *r, const char *name, bool *complete, struct err *e)
{
	CLEANUP(batch_file_close) struct batch_file f;
	struct batch_record record;
	struct batch b;
	uint32_t read;
	int rc = open_listed(&f, r, name, e);

	*complete = false;
	if (rc != 0)
		return rc;
	while ((rc = batch_file_next(&f, &b, e)) > 0) {
		for (read = 0; (rc = batch_next(&b, &read, &record, e)) > 0;) {
			*complete = b.control && record.control == CONTROL_SNAPSHOT_FOOTER;
			rc = b.control ? 0
			               : image_apply(r->image, record.value, record.value_len, record.offset, e);
			if (rc != 0)
				break;
		}
		if (rc != 0)
			return err_prefix(e, "%s", name);
	}
	*complete = *complete && !f.cut;
	return rc;
}

/* The newest one that has its end; one that was not finished is passed over. */
static int
start_from_checkpoint(struct reading *r, struct err *e)
{
	const struct log_file *file;
	char name[LOG_NAME_SIZE];
	bool complete;
	size_t i;
	int rc;

	r->start = 0;
	for (i = r->folder.checkpoint_count; i-- > 0 && r->folder.checkpoints[i].offset > 0;) {
		file = &r->folder.checkpoints[i];
		checkpoint_name(file, name);
		rc = read_checkpoint(r, name, &complete, e);
		if (rc != 0)
			return rc;
		if (complete) {
			r->start = file->offset;
			r->end = (struct log_position){ .offset = file->offset, .epoch = file->epoch };
			return 0;
		}
		image_release(r->image);
	}
	return 0;
}

/* ---- the segments ---- */

/* The batches of one segment that reach beyond *next, which is moved behind them. */
static int
read_segment(struct reading *r, const struct log_file *segment, bool last, int64_t until, int64_t *next,
             visitor visit, struct err *e)
{
	CLEANUP(batch_file_close) struct batch_file f;
	char name[LOG_NAME_SIZE];
	int64_t expected = segment->offset;
	struct batch b;
	int rc;

	segment_name(segment, name);
	rc = open_listed(&f, r, name, e);
	if (rc != 0)
		return rc;
	while (expected < until && (rc = batch_file_next(&f, &b, e)) > 0) {
		if (b.base_offset != expected || b.epoch < r->epoch)
			return err_set(e, ERR_CORRUPT,
			               "%s: offset %lld of leader epoch %d comes where offset %lld of epoch %d or "
			               "later should be",
			               name, (long long)b.base_offset, (int)b.epoch, (long long)expected,
			               (int)r->epoch);
		expected = b.last_offset + 1;
		r->epoch = b.epoch;
		rc = visit_batch(r, &b, visit, e);
		if (rc != 0)
			return err_prefix(e, "%s", name);
	}
	if (rc == 0 && f.cut && !last)
		return err_set(e, ERR_CORRUPT, "%s ends inside a record batch, and is not the last one", name);
	*next = expected;
	return rc < 0 ? rc : 0;
}

/* All records from r->start up to, not with, `until`; *next is where the log ended. */
static int
read_segments(struct reading *r, int64_t until, int64_t *next, visitor visit, struct err *e)
{
	size_t i, first = 0, count = r->folder.segment_count;
	int rc = 0;

	*next = r->start;
	r->epoch = 0;
	while (first + 1 < count && r->folder.segments[first + 1].offset <= r->start)
		first++;
	for (i = first; i < count && rc == 0 && *next < until; i++) {
		/* the first may begin earlier, and an empty one may end where the checkpoint does */
		if (i == first ? r->folder.segments[i].offset > *next : r->folder.segments[i].offset != *next)
			return err_set(e, ERR_CORRUPT,
			               "records from offset %lld on are missing: the next segment begins with %lld",
			               (long long)*next, (long long)r->folder.segments[i].offset);
		rc = read_segment(r, &r->folder.segments[i], i + 1 == count, until, next, visit, e);
	}
	if (rc == 0 && *next < r->start)
		*next = r->start; /* the log ends before its checkpoint does: nothing is behind that */
	return rc;
}

/* ---- first: what counts ---- */

static int
add_aborted(struct reading *r, int64_t from, int64_t to, struct err *e)
{
	struct range *grown = realloc(r->aborted, (r->aborted_count + 1) * sizeof *grown);

	if (grown == NULL)
		return err_memory(e, "reading the metadata log");
	r->aborted = grown;
	r->aborted[r->aborted_count++] = (struct range){ .from = from, .to = to };
	return 0;
}

static int
note_transaction(struct reading *r, const struct batch_record *record, int32_t epoch, struct err *e)
{
	unsigned type, version;
	bool open = r->transaction >= 0, ends;
	int rc = record_peek(record->value, record->value_len, &type, &version, e);

	if (rc != 0)
		return err_prefix(e, "offset %lld", (long long)record->offset);
	ends = type == RECORD_END_TRANSACTION || type == RECORD_ABORT_TRANSACTION;
	if ((type == RECORD_BEGIN_TRANSACTION && open) || (ends && !open))
		return err_set(e, ERR_CORRUPT, "offset %lld: a transaction %s", (long long)record->offset,
		               ends ? "ends that never began" : "begins inside another one");
	if (type == RECORD_ABORT_TRANSACTION)
		rc = add_aborted(r, r->transaction, record->offset + 1, e);
	if (type == RECORD_BEGIN_TRANSACTION)
		r->transaction = record->offset;
	else if (ends)
		r->transaction = -1;
	if (r->transaction < 0)
		r->end.epoch = epoch;
	return rc;
}

static int
find_end(struct reading *r, struct err *e)
{
	int64_t next;
	int rc;

	r->transaction = -1;
	rc = read_segments(r, INT64_MAX, &next, note_transaction, e);
	if (rc != 0)
		return rc;
	r->end.offset = r->transaction >= 0 ? r->transaction : next;
	if (r->transaction < 0 && r->epoch > r->end.epoch)
		r->end.epoch = r->epoch; /* the last batch may be one of control records */
	return 0;
}

/* ---- then: apply it ---- */

static bool
is_aborted(struct reading *r, int64_t offset)
{
	while (r->aborted_next < r->aborted_count && r->aborted[r->aborted_next].to <= offset)
		r->aborted_next++;
	return r->aborted_next < r->aborted_count && r->aborted[r->aborted_next].from <= offset;
}

static int
apply(struct reading *r, const struct batch_record *record, int32_t epoch, struct err *e)
{
	(void)epoch;
	if (record->offset >= r->end.offset || is_aborted(r, record->offset))
		return 0;
	r->image->noting = record->offset >= r->since;
	return image_apply(r->image, record->value, record->value_len, record->offset, e);
}

static int
read_once(struct reading *r, const char *dir, struct err *e)
{
	int64_t next;
	int rc = log_folder_open(&r->folder, dir, METADATA_LOG_FOLDER, e);

	if (rc != 0)
		return rc;
	if (r->folder.segment_count == 0)
		rc = err_set(e, ERR_MISSING, "no segment of a log is in " METADATA_LOG_FOLDER);
	if (rc == 0)
		rc = start_from_checkpoint(r, e);
	if (rc == 0)
		rc = find_end(r, e);
	if (rc == 0)
		rc = read_segments(r, r->end.offset, &next, apply, e);
	if (rc == 0 && next < r->end.offset)
		rc = err_set(e, ERR_AGAIN, "the log ended at offset %lld, and now ends at %lld",
		             (long long)r->end.offset, (long long)next);
	log_folder_close(&r->folder);
	free(r->aborted);
	r->aborted = NULL;
	return rc;
}

int
metadata_log_read_since(const char *metadata_log_dir, int64_t since, struct image *image,
                        struct log_position *ret, int64_t *ret_since, struct err *e)
{
	struct reading r = { .image = image };
	unsigned i;
	int rc = 0;

	for (i = 0; i < TRIES; i++) {
		r = (struct reading){ .image = image, .since = since };
		rc = read_once(&r, metadata_log_dir, e);
		if (rc == 0) {
			*ret = r.end;
			*ret_since = r.start > since ? r.start : since;
			return 0;
		}
		image_release(image);
		/* a change while it was read can look like each of these */
		if (rc != ERR_AGAIN && rc != ERR_MISSING && rc != ERR_CORRUPT)
			break;
	}
	return err_prefix(e, "the metadata log in %s", metadata_log_dir);
}

int
metadata_log_read(const char *metadata_log_dir, struct image *image, struct log_position *ret,
                  struct err *e)
{
	int64_t since;

	return metadata_log_read_since(metadata_log_dir, INT64_MAX, image, ret, &since, e);
}
