/*
 * line.h - one resource as text, and streams of lines.
 *
 * A line is the canonical JSON object {"key":KEY,"kind":KIND,"value":VALUE} and a newline: KEY a
 * string, unique within its kind; KIND its kind_name(); VALUE an object (FORMAT.md shows one of
 * every kind).  Lines are ordered by (kind number, key), keys compared as unescaped UTF-8 bytes.
 */
#ifndef LINE_H
#define LINE_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/snapshot/kind.h"

struct line {
	enum kind   kind;
	const char *key; /* unescaped, with a NUL behind it (keys hold no NUL) */
	size_t      key_len;
	const char *value; /* the text of VALUE, canonical */
	size_t      value_len;
};

/* <0, 0, >0 by (kind, key). */
int line_compare(const struct line *a, const struct line *b);

/* Sort n lines by line_compare(), and tell whether two are equal; ERR_FAILED: no memory. */
int line_sort(struct line *lines, size_t n, bool *ret_twice, struct err *e);

/* Append a line with its newline to out; value must be canonical already. */
int line_write(struct buf *out, const struct line *line);

/*
 * Parse text of len bytes (without the newline).  The parts of *ret point into text and into
 * key_room (cleared first), and are valid as long as those.  ERR_CORRUPT: not the envelope above,
 * unknown kind, key too long or not in canonical escapes, value that is no object.  The inside of
 * value is not looked at, nor whether the key is UTF-8.
 */
int line_parse(const char *text, size_t len, struct buf *key_room, struct line *ret,
               struct err *e);

/*
 * A stream of lines in order.  next() gives 1 and a line (valid until the following next()),
 * 0 at the end, or ERR_*.  Whoever implements it embeds the struct.
 */
struct line_source {
	int (*next)(struct line_source *source, struct line *ret, struct err *e);
};

/*
 * A set of lines collected in any order, sorted when asked: what a capture of one kind fills.  The
 * arenas and the array together are at most max bytes.
 */
struct line_set {
	struct arena  arena; /* counts all that is used */
	struct arena  keys;  /* apart, so that those that a sort compares lie close together */
	struct line  *lines;
	size_t        count, capacity;
	bool          sorted;
};

void line_set_init(struct line_set *set, size_t max);
void line_set_release(struct line_set *set);

/* Copies what line points to.  ERR_FAILED: no memory, or over the maximum. */
int line_set_add(struct line_set *set, const struct line *line, struct err *e);

/* Put another value in the place of that of `there`, a line of the set. */
int line_set_replace(struct line_set *set, const struct line *there, const struct line *line,
                     struct err *e);

/* Sort; ERR_CORRUPT when two lines have the same kind and key (names them); ERR_FAILED: no memory. */
int line_set_sort(struct line_set *set, struct err *e);

/* The line of (kind, key) in a sorted set, or NULL. */
const struct line *line_set_find(const struct line_set *set, enum kind kind, const char *key);

/* A source over a sorted set, which must outlive it. */
struct line_set_source {
	struct line_source source;
	const struct line_set *set;
	size_t next;
};
void line_set_source_init(struct line_set_source *s, const struct line_set *set);

CLEANUP_RELEASE(struct line_set, line_set_release)

#endif
