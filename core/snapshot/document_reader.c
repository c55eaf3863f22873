/*
 * document_reader.c - a compressed body as a stream of lines; see document.h.
 *
 * The body was authenticated; that its author was right is checked all the same.
 */
#include <inttypes.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <zstd.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/snapshot/document_summary.h"

/* How much of a key a message shows. */
#define SHOWN_MAX 200

struct document_reader {
	crypto_generichash_state hash; /* wants an alignment of its own */
	struct line_source source;
	ZSTD_DCtx         *zstd;
	ZSTD_inBuffer      in;
	bool               frame_ended;
	struct buf         text; /* what is decompressed: lines given out, then the rest */
	size_t             at, searched; /* where the rest begins; until where it has no newline */
	uint64_t           size;         /* of all that was decompressed */
	struct buf         keys[2];      /* the room of this line's key and of the last one's */
	struct line        last;
	uint64_t           lines;
	uint64_t           counts[KIND_TABLE];
	struct buf         summary;
	struct document    expected; /* but for its body, which is the caller's */
	bool               ended;
	int                failed; /* the code of the first error: it stays */
};

static int
check_expected(const struct document *d, struct err *e)
{
	unsigned i;

	if (d->size < 1 || d->size > DOCUMENT_SIZE_MAX || d->body.len > DOCUMENT_BODY_MAX)
		return err_set(e, ERR_CORRUPT,
		               "document: said to be %" PRIu64 " bytes, %zu compressed; at most "
		               "%u and %u are read",
		               d->size, d->body.len, DOCUMENT_SIZE_MAX, DOCUMENT_BODY_MAX);
	for (i = 0; i < KIND_TABLE; i++) {
		const struct kind_entry *entry = &d->kinds[i];
		bool empty = entry->count == 0 && entry->state == STATE_NONE && !entry->suspect;
		bool known = kind_name((enum kind)i) != NULL;

		if ((unsigned)entry->state > STATE_LAST || (!known && !empty))
			return err_set(e, ERR_CORRUPT,
			               "document: kind number %u or its state is unknown; a newer "
			               "version may know it",
			               i);
	}
	return 0;
}

static int
start(struct document_reader *r, struct err *e)
{
	size_t rc;

	buf_init(&r->text, LINE_MAX_BYTES + 2 * ZSTD_DStreamOutSize());
	buf_init(&r->keys[0], KEY_MAX_BYTES + 1);
	buf_init(&r->keys[1], KEY_MAX_BYTES + 1);
	buf_init(&r->summary, LINE_MAX_BYTES);
	(void)crypto_generichash_init(&r->hash, NULL, 0, DOCUMENT_HASH_BYTES); /* cannot fail */
	r->zstd = ZSTD_createDCtx();
	if (r->zstd == NULL)
		return err_memory(e, "reading a document");
	rc = ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, DOCUMENT_WINDOW_LOG);
	if (ZSTD_isError(rc))
		return err_set(e, ERR_FAILED, "document: zstd: %s", ZSTD_getErrorName(rc));
	return 0;
}

static int next(struct line_source *source, struct line *ret, struct err *e);

int
document_reader_new(const struct document *expected, struct document_reader **ret, struct err *e)
{
	struct document_reader *r;
	int rc = check_expected(expected, e);

	if (rc != 0)
		return rc;
	r = aligned_alloc(alignof(struct document_reader), sizeof *r);
	if (r == NULL)
		return err_memory(e, "reading a document");
	memset(r, 0, sizeof *r);
	r->source.next = next;
	r->expected = *expected;
	r->in = (ZSTD_inBuffer){ .src = expected->body.data, .size = expected->body.len };
	rc = start(r, e);
	if (rc != 0)
		document_reader_free(r);
	else
		*ret = r;
	return rc;
}

void
document_reader_free(struct document_reader *r)
{
	if (r == NULL)
		return;
	(void)ZSTD_freeDCtx(r->zstd); /* always 0 */
	buf_release(&r->text);
	buf_release(&r->keys[0]);
	buf_release(&r->keys[1]);
	buf_release(&r->summary);
	free(r);
}

struct line_source *
document_reader_source(struct document_reader *r)
{
	return &r->source;
}

const char *
document_reader_summary(const struct document_reader *r)
{
	return r->summary.data;
}

/* zstd would also read frames of its older formats, and skip some kinds of frames. */
static bool
begins_as_frame(const struct document_reader *r)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	return r->in.size >= sizeof magic && memcmp(r->in.src, magic, sizeof magic) == 0;
}

/* Decompress a piece behind the text; nothing new only at the frame's end. */
static int
decompress(struct document_reader *r, struct err *e)
{
	ZSTD_outBuffer out = { .dst = r->text.data + r->text.len, .size = ZSTD_DStreamOutSize() };
	size_t rc;

	if (r->in.pos == 0 && !begins_as_frame(r))
		return err_set(e, ERR_CORRUPT, "document: the body is no zstd frame");
	do {
		rc = ZSTD_decompressStream(r->zstd, &out, &r->in);
		if (ZSTD_isError(rc))
			return err_set(e, ERR_CORRUPT, "document: the body does not decompress: %s",
			               ZSTD_getErrorName(rc));
	} while (rc != 0 && out.pos == 0 && r->in.pos < r->in.size);
	if (rc != 0 && out.pos == 0)
		return err_set(e, ERR_CORRUPT, "document: the body is cut short");
	r->frame_ended = rc == 0;
	if (r->frame_ended && r->in.pos < r->in.size)
		return err_set(e, ERR_CORRUPT, "document: %zu bytes behind the body's end",
		               r->in.size - r->in.pos);
	(void)crypto_generichash_update(&r->hash, out.dst, out.pos); /* cannot fail */
	r->size += out.pos;
	r->text.len += out.pos;
	if (r->size > r->expected.size)
		return err_set(e, ERR_CORRUPT,
		               "document: longer than the %" PRIu64 " bytes it is said to be",
		               r->expected.size);
	return 0;
}

/* Drop the lines given out and decompress more. */
static int
refill(struct document_reader *r, struct err *e)
{
	if (r->at > 0) {
		memmove(r->text.data, r->text.data + r->at, r->text.len - r->at);
		r->text.len -= r->at;
		r->searched -= r->at;
		r->at = 0;
	}
	if (buf_reserve(&r->text, ZSTD_DStreamOutSize()) != 0)
		return err_memory(e, "reading a document");
	return decompress(r, e);
}

/* Move r->searched behind the next newline, or to the end of the text. */
static bool
find_newline(struct document_reader *r)
{
	const char *from = r->text.data + r->searched, *newline = NULL;

	if (r->searched < r->text.len)
		newline = memchr(from, '\n', r->text.len - r->searched);
	r->searched = newline != NULL ? (size_t)(newline - r->text.data) + 1 : r->text.len;
	return newline != NULL;
}

/* The next line without its newline: 1, 0 at the end, or an error. */
static int
next_text(struct document_reader *r, const char **ret, size_t *ret_len, struct err *e)
{
	bool found;

	for (;;) {
		found = find_newline(r);
		if (r->searched - r->at > LINE_MAX_BYTES)
			return err_set(e, ERR_CORRUPT,
			               "document: line %" PRIu64 " is longer than %u MiB",
			               r->lines + 1, LINE_MAX_BYTES >> 20);
		if (found)
			break;
		if (r->frame_ended && r->at == r->text.len)
			return 0;
		if (r->frame_ended)
			return err_set(e, ERR_CORRUPT, "document: the last line does not end");
		if (refill(r, e) != 0)
			return e->code;
	}
	*ret = r->text.data + r->at;
	*ret_len = r->searched - r->at - 1;
	r->at = r->searched;
	r->lines++;
	return 1;
}

static int
check_end(struct document_reader *r, struct err *e)
{
	unsigned char hash[DOCUMENT_HASH_BYTES];
	unsigned i;

	while (r->at == r->text.len && !r->frame_ended)
		if (refill(r, e) != 0)
			return e->code;
	if (r->at < r->text.len)
		return err_set(e, ERR_CORRUPT, "document: lines behind the summary");
	if (r->size != r->expected.size)
		return err_set(e, ERR_CORRUPT,
		               "document: %" PRIu64 " bytes long, said to be %" PRIu64, r->size,
		               r->expected.size);
	(void)crypto_generichash_final(&r->hash, hash, sizeof hash); /* cannot fail */
	if (memcmp(hash, r->expected.hash, sizeof hash) != 0)
		return err_set(e, ERR_CORRUPT, "document: its hash is not the one in the header");
	for (i = 0; i < KIND_TABLE; i++) {
		uint64_t expected = r->expected.kinds[i].count;

		if (r->counts[i] != expected)
			return err_set(e, ERR_CORRUPT,
			               "document: %" PRIu64 " lines of kind %s, said to be "
			               "%" PRIu64,
			               r->counts[i], kind_name((enum kind)i), expected);
	}
	return 0;
}

static int
finish(struct document_reader *r, const struct line *line, struct err *e)
{
	if (line->key_len != 0)
		return err_set(e, ERR_CORRUPT, "document: the summary line has a key");
	/* Kept before the text moves. */
	(void)buf_add(&r->summary, line->value, line->value_len);
	if (buf_text(&r->summary) == NULL)
		return err_memory(e, "reading a document's summary");
	if (check_end(r, e) != 0)
		return e->code;
	if (document_summary_check(r->summary.data, r->summary.len, r->expected.kinds, e) != 0)
		return e->code;
	r->ended = true;
	return 0;
}

static int
parse(struct document_reader *r, const char *text, size_t len, struct line *ret, struct err *e)
{
	struct buf *room = &r->keys[r->lines & 1]; /* r->last is in the other one */
	int order;

	if (json_utf8_run(text, len) != len)
		return err_set(e, ERR_CORRUPT, "document: line %" PRIu64 " is not UTF-8", r->lines);
	if (line_parse(text, len, room, ret, e) != 0)
		return err_prefix(e, "document: line %" PRIu64, r->lines);
	order = r->lines > 1 ? line_compare(&r->last, ret) : -1;
	if (order >= 0)
		return err_set(e, ERR_CORRUPT, "document: line %" PRIu64 ": %s \"%.*s\" is %s",
		               r->lines, kind_name(ret->kind), SHOWN_MAX, ret->key,
		               order == 0 ? "there twice" : "out of order");
	r->last = *ret;
	return 0;
}

static int
next_line(struct document_reader *r, struct line *ret, struct err *e)
{
	struct line line;
	const char *text = NULL;
	size_t len = 0;
	int rc = next_text(r, &text, &len, e);

	if (rc == 0)
		return err_set(e, ERR_CORRUPT, "document: it ends without its summary line");
	if (rc < 0)
		return rc;
	rc = parse(r, text, len, &line, e);
	if (rc != 0)
		return rc;
	if (line.kind == KIND_SUMMARY)
		return finish(r, &line, e);
	r->counts[line.kind]++;
	*ret = line;
	return 1;
}

static int
next(struct line_source *source, struct line *ret, struct err *e)
{
	struct document_reader *r = container_of(source, struct document_reader, source);
	int rc;

	if (r->failed != 0)
		return err_set(e, r->failed, "document: it was refused before");
	if (r->ended)
		return 0;
	rc = next_line(r, ret, e);
	if (rc < 0)
		r->failed = rc;
	return rc;
}
