/*
 * document.h - all lines of a service, compressed in memory while they are written, read back as
 * a stream.  See core/seal/FORMAT.md, "Document".
 *
 * Neither the writer nor the reader ever holds the whole text: memory is the compressed body (at
 * most DOCUMENT_BODY_MAX) and one line.
 */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/snapshot/kind.h"
#include "core/snapshot/line.h"

#define DOCUMENT_HASH_BYTES 32

/* The frame's window: 2 MiB, what the reader holds beside a line.  A larger one is refused. */
#define DOCUMENT_WINDOW_LOG 21

struct document {
	struct buf        body; /* one zstd frame with a checksum */
	uint64_t          size; /* of the text, newlines and summary line included */
	unsigned char     hash[DOCUMENT_HASH_BYTES]; /* BLAKE2b-256 of the text */
	struct kind_entry kinds[KIND_TABLE];
};

void document_release(struct document *d);

struct document_writer; /* one thread at a time, any thread */

/* *ret is ended by document_writer_end() or _free(). */
int document_writer_new(struct document_writer **ret, struct err *e);

/*
 * Add a line.  They must come in strict order and must not be of KIND_SUMMARY.  ERR_FAILED, with
 * the writer as it was: a line out of order (our bug), not UTF-8, too long, or too much in all.
 * Counts the line in its kind.
 */
int document_writer_add(struct document_writer *w, const struct line *line, struct err *e);

/* Say what is known of a kind (states are NONE until said); any time before the end. */
void document_writer_state(struct document_writer *w, enum kind kind, enum kind_state state,
                           bool suspect);

/*
 * Write the summary line and end.  `about` is canonical JSON, an object, of what is known only at
 * the end (versions, sources, ...), or NULL for an empty one.  The summary's key is "", its value
 * {"about":{...},"kinds":{"topic":{"count":N,"state":"captured","suspect":false},...}} with the
 * kinds that have a state; carried and identity lines are captured when there are any.  Other
 * lines without a state are our bug: ERR_FAILED.  Frees w in every case; *ret is the caller's.
 */
int document_writer_end(struct document_writer *w, const char *about, struct document *ret,
                        struct err *e);
void document_writer_free(struct document_writer *w); /* NULL is allowed */

/*
 * Read a document whose body was authenticated.  The source checks while it streams, each with its
 * own text and ERR_CORRUPT: the frame, no byte after it, the exact size, the hash, strict order,
 * every line's envelope, a line of at most LINE_MAX_BYTES, UTF-8, the counts of `expected->kinds`,
 * and that the summary line is the last and agrees.  Some are known only at the end: who acts on
 * lines reads to the end first (document_verify).  An error stays.  The body must outlive the
 * reader.
 */
struct document_reader;
int  document_reader_new(const struct document *expected, struct document_reader **ret,
                         struct err *e);
struct line_source *document_reader_source(struct document_reader *r);
void document_reader_free(struct document_reader *r);

/* After the source gave 0: the summary's value (canonical JSON), valid as long as r. */
const char *document_reader_summary(const struct document_reader *r);

/* Read all of it once and keep nothing: every check above. */
int document_verify(const struct document *d, struct err *e);

/*
 * Append the lines of some kinds (bits by their numbers; no summary) to a set, and sort it.  All of it
 * is read and checked, whatever the kinds: so all that are wanted are asked for at once.
 */
#define DOCUMENT_ALL_KINDS UINT32_MAX
int document_load(const struct document *d, uint32_t kinds, struct line_set *set, struct err *e);

CLEANUP_FUNCTION(struct document_writer, document_writer_free)
CLEANUP_FUNCTION(struct document_reader, document_reader_free)
CLEANUP_RELEASE(struct document, document_release)

#endif
