/*
 * document_writer.c - lines in order go in, a compressed body comes out; see document.h.
 *
 * What the reader would refuse is refused here first: a snapshot that cannot be read back is none.
 */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <zstd.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/snapshot/document_summary.h"

/* Lines are hashed and compressed by this many bytes: less than one by one, and still in the nearest cache. */
#define TEXT_BYTES ((size_t)16 << 10)

/*
 * Sorted lines are most like their neighbours, so a small window and table are better than large ones,
 * which lie in slower memory.  Of 40 MiB (tests/bench/document) this makes 3.68 MB in 54 ms, level 1
 * alone 3.72 in 61, level 3 3.68 in 73, and the least level that saves more, 6, 3.31 in 295.
 */
#define ZSTD_LEVEL      1
#define ZSTD_WINDOW_LOG 18
#define ZSTD_HASH_LOG   13
_Static_assert(ZSTD_WINDOW_LOG <= DOCUMENT_WINDOW_LOG, "a reader takes it");

/* How much of a key a message shows. */
#define SHOWN_MAX 200

_Static_assert(LINE_MAX_BYTES == 16u << 20, "check_text() names it");
_Static_assert(KEY_MAX_BYTES == 4096u, "check_text() names it");
_Static_assert(DOCUMENT_SIZE_MAX == 1u << 30, "check_text() names it");

struct document_writer {
	crypto_generichash_state hash; /* wants an alignment of its own */
	ZSTD_CCtx      *zstd;
	struct buf      text; /* lines not compressed yet, TEXT_BYTES and a last one at most */
	struct buf      last_key;
	enum kind       last_kind;
	bool            any; /* there is a last one */
	const char     *fault; /* why this cannot become a document, for the end to say */
	struct document document;
};

static int
start(struct document_writer *w, struct err *e)
{
	buf_init(&w->text, TEXT_BYTES + LINE_MAX_BYTES);
	buf_init(&w->last_key, KEY_MAX_BYTES);
	buf_init(&w->document.body, DOCUMENT_BODY_MAX);
	(void)crypto_generichash_init(&w->hash, NULL, 0, DOCUMENT_HASH_BYTES); /* cannot fail */
	w->zstd = ZSTD_createCCtx();
	if (w->zstd == NULL)
		return err_memory(e, "starting a document");
	if (ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_windowLog, ZSTD_WINDOW_LOG)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_hashLog, ZSTD_HASH_LOG)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1)))
		return err_set(e, ERR_FAILED, "document: zstd refuses its parameters");
	return 0;
}

int
document_writer_new(struct document_writer **ret, struct err *e)
{
	struct document_writer *w = aligned_alloc(alignof(struct document_writer), sizeof *w);
	int rc;

	if (w == NULL)
		return err_memory(e, "starting a document");
	memset(w, 0, sizeof *w);
	rc = start(w, e);
	if (rc != 0)
		document_writer_free(w);
	else
		*ret = w;
	return rc;
}

void
document_writer_free(struct document_writer *w)
{
	if (w == NULL)
		return;
	(void)ZSTD_freeCCtx(w->zstd); /* always 0 */
	buf_release(&w->text);
	buf_release(&w->last_key);
	document_release(&w->document);
	free(w);
}

static int
compress(struct document_writer *w, ZSTD_EndDirective end, struct err *e)
{
	struct buf *body = &w->document.body;
	ZSTD_inBuffer in = { .src = w->text.data, .size = w->text.len };
	size_t left;

	do {
		ZSTD_outBuffer out;
		size_t room = ZSTD_CStreamOutSize();

		if (room > body->max - body->len)
			room = body->max - body->len;
		if (room == 0 || buf_reserve(body, room) != 0)
			return err_set(e, ERR_FAILED,
			               "document: no room for %zu compressed bytes and more: no "
			               "memory, or more than the %u MiB that a snapshot may be",
			               body->len, DOCUMENT_BODY_MAX >> 20);
		out = (ZSTD_outBuffer){ .dst = body->data + body->len, .size = room };
		left = ZSTD_compressStream2(w->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			return err_set(e, ERR_FAILED, "document: zstd: %s",
			               ZSTD_getErrorName(left));
		body->len += out.pos;
	} while (in.pos < in.size || (end == ZSTD_e_end && left > 0));
	return 0;
}

static int
flush(struct document_writer *w, struct err *e)
{
	(void)crypto_generichash_update(&w->hash, (const unsigned char *)w->text.data,
	                                w->text.len); /* cannot fail */
	if (compress(w, ZSTD_e_continue, e) != 0) {
		w->fault = "a part of it could not be compressed";
		return e->code;
	}
	buf_clear(&w->text);
	return 0;
}

static int
refuse(const struct line *line, const char *why, struct err *e)
{
	return err_set(e, ERR_FAILED, "document: %s \"%.*s\" %s", kind_name(line->kind), SHOWN_MAX,
	               line->key, why);
}

static int
check_order(const struct document_writer *w, const struct line *line, struct err *e)
{
	struct line last = { .kind = w->last_kind, .key = w->last_key.data,
	                     .key_len = w->last_key.len };

	if ((unsigned)line->kind >= KIND_TABLE || kind_name(line->kind) == NULL)
		return err_set(e, ERR_FAILED, "document: a line of kind number %u is added",
		               (unsigned)line->kind);
	if (w->any && line_compare(&last, line) >= 0)
		return refuse(line, "comes out of order", e);
	return 0;
}

/* The line that was written to w->text from `from` on. */
static int
check_text(const struct document_writer *w, size_t from, const struct line *line, struct err *e)
{
	const char *text = w->text.data + from;
	size_t len = w->text.len - from;

	if (w->text.failed || len > LINE_MAX_BYTES)
		return refuse(line, "has a line of more than 16 MiB, or there is no memory", e);
	if (line->key_len > KEY_MAX_BYTES)
		return refuse(line, "(cut here) has a name of more than 4,096 bytes", e);
	if (memchr(text, '\n', len) != text + len - 1)
		return refuse(line, "has a value that is not canonical", e);
	if (json_utf8_run(text, len) != len)
		return refuse(line, "holds bytes that are not UTF-8", e);
	if (w->document.size + len > DOCUMENT_SIZE_MAX)
		return refuse(line, "does not fit any more: all lines are more than 1 GiB", e);
	return 0;
}

static int
add(struct document_writer *w, const struct line *line, struct err *e)
{
	size_t from = w->text.len;

	(void)line_write(&w->text, line); /* check_text() asks whether it failed */
	if (check_text(w, from, line, e) != 0) {
		w->text.len = from;
		w->text.failed = false;
		return e->code;
	}
	w->document.size += w->text.len - from;
	return w->text.len < TEXT_BYTES ? 0 : flush(w, e);
}

int
document_writer_add(struct document_writer *w, const struct line *line, struct err *e)
{
	int rc = check_order(w, line, e);

	if (rc == 0)
		rc = add(w, line, e);
	if (rc != 0)
		return rc;
	buf_clear(&w->last_key);
	if (buf_add(&w->last_key, line->key, line->key_len) != 0)
		return err_memory(e, "adding a line to a document");
	w->last_kind = line->kind;
	w->any = true;
	w->document.kinds[line->kind].count++;
	return 0;
}

void
document_writer_state(struct document_writer *w, enum kind kind, enum kind_state state,
                      bool suspect)
{
	bool known = (unsigned)kind < KIND_TABLE && kind_name(kind) != NULL;

	if (!known || (unsigned)state > STATE_LAST) {
		w->fault = "a state of a kind that is none";
		return;
	}
	w->document.kinds[kind].state = state;
	w->document.kinds[kind].suspect = suspect;
}

static int
settle_states(struct document_writer *w, struct err *e)
{
	struct kind_entry *kinds = w->document.kinds;
	unsigned i;

	if (w->fault != NULL)
		return err_set(e, ERR_FAILED, "document: %s", w->fault);
	for (i = 0; i < KIND_TABLE; i++) {
		kinds[i].state = document_state(kinds, (enum kind)i);
		if (kinds[i].state == STATE_NONE && (kinds[i].count > 0 || kinds[i].suspect))
			return err_set(e, ERR_FAILED,
			               "document: lines of kind %s, but no state of it",
			               kind_name((enum kind)i));
	}
	return 0;
}

static int
add_summary(struct document_writer *w, const char *about, struct err *e)
{
	CLEANUP(buf_release) struct buf value;
	struct line line = { .kind = KIND_SUMMARY, .key = "" };

	buf_init(&value, LINE_MAX_BYTES);
	if (document_summary_write(about, w->document.kinds, &value, e) != 0)
		return e->code;
	line.value = value.data;
	line.value_len = value.len;
	return add(w, &line, e);
}

static int
finish(struct document_writer *w, const char *about, struct err *e)
{
	int rc = settle_states(w, e);

	if (rc == 0)
		rc = add_summary(w, about, e);
	if (rc == 0)
		rc = flush(w, e);
	if (rc == 0) /* apart from the text, lest zstd writes another header for a short one */
		rc = compress(w, ZSTD_e_end, e);
	if (rc != 0)
		return rc;
	(void)crypto_generichash_final(&w->hash, w->document.hash, DOCUMENT_HASH_BYTES);
	return 0;
}

int
document_writer_end(struct document_writer *w, const char *about, struct document *ret,
                    struct err *e)
{
	int rc = finish(w, about, e);

	if (rc == 0) {
		*ret = w->document;
		buf_init(&w->document.body, 0); /* it is the caller's now */
	}
	document_writer_free(w);
	return rc;
}
