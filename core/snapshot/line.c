/* line.c - see line.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/snapshot/line.h"

#define KEY_PART   "{\"key\":\""
#define KIND_PART  "\",\"kind\":\""
#define VALUE_PART "\",\"value\":"

/* How much of a key or kind a message shows. */
#define SHOWN_MAX 200

int
line_compare(const struct line *a, const struct line *b)
{
	size_t shorter = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = shorter > 0 ? memcmp(a->key, b->key, shorter) : 0;
	return order != 0 ? order : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

int
line_write(struct buf *out, const struct line *line)
{
	const char *kind = kind_name(line->kind);
	struct json j;

	if (kind == NULL)
		out->failed = true;
	(void)buf_add_text(out, "{\"key\":"); /* errors are sticky */
	json_init(&j, out);
	json_string_bytes(&j, line->key, line->key_len);
	(void)buf_add_text(out, ",\"kind\":\"");
	(void)buf_add_text(out, kind != NULL ? kind : "");
	(void)buf_add_text(out, VALUE_PART);
	(void)buf_add(out, line->value, line->value_len);
	return buf_add_text(out, "}\n");
}

/* One canonical escape of the `left` bytes at p: its length, or 0. */
static size_t
unescape(const char *p, size_t left, char *ret)
{
	static const char hex[] = "0123456789abcdef";
	const char *digit;

	if (left >= 2 && (p[1] == '"' || p[1] == '\\')) {
		*ret = p[1];
		return 2;
	}
	if (left < 6 || memcmp(p, "\\u00", 4) != 0 || (p[4] != '0' && p[4] != '1'))
		return 0;
	digit = memchr(hex, p[5], 16);
	if (digit == NULL)
		return 0;
	*ret = (char)((p[4] - '0') * 16 + (digit - hex));
	return *ret != '\0' ? 6 : 0;
}

/* The key at the start of p, up to its closing quote, to room; *ret_used bytes were read. */
static int
parse_key(const char *p, size_t len, struct buf *room, size_t *ret_used, struct err *e)
{
	size_t at = 0, n;
	char c;

	buf_clear(room);
	for (;;) {
		n = json_plain_run(p + at, len - at);
		if (n > KEY_MAX_BYTES - room->len)
			return err_set(e, ERR_CORRUPT, "line: the key is longer than %u bytes",
			               KEY_MAX_BYTES);
		(void)buf_add(room, p + at, n); /* asked below */
		at += n;
		if (at == len || p[at] == '"')
			break;
		n = unescape(p + at, len - at, &c);
		if (n == 0)
			return err_set(e, ERR_CORRUPT, "line: the key is not in canonical escapes");
		(void)buf_add_char(room, c);
		at += n;
		if (room->failed)
			break;
		if (room->len > KEY_MAX_BYTES)
			return err_set(e, ERR_CORRUPT, "line: the key is longer than %u bytes",
			               KEY_MAX_BYTES);
	}
	*ret_used = at;
	return buf_text(room) != NULL ? 0 : err_memory(e, "reading a line's key");
}

/* Step over `part` at *p, if it is there. */
static bool
step_over(const char **p, const char *end, const char *part)
{
	size_t n = strlen(part);

	if ((size_t)(end - *p) < n || memcmp(*p, part, n) != 0)
		return false;
	*p += n;
	return true;
}

static int
parse_kind(const char **p, const char *end, enum kind *ret, struct err *e)
{
	const char *quote = memchr(*p, '"', (size_t)(end - *p));
	size_t n;

	if (quote == NULL)
		return err_set(e, ERR_CORRUPT, "line: its kind does not end");
	n = (size_t)(quote - *p);
	if (!kind_by_name(*p, n, ret))
		return err_set(e, ERR_CORRUPT,
		               "line: kind \"%.*s\" is unknown; a newer version may know it",
		               (int)(n < SHOWN_MAX ? n : SHOWN_MAX), *p);
	*p = quote;
	return 0;
}

int
line_parse(const char *text, size_t len, struct buf *key_room, struct line *ret, struct err *e)
{
	const char *p = text, *end = text + len;
	struct line line = { 0 };
	size_t used = 0;
	int rc;

	if (!step_over(&p, end, KEY_PART))
		return err_set(e, ERR_CORRUPT, "line: it does not begin with its key");
	rc = parse_key(p, (size_t)(end - p), key_room, &used, e);
	if (rc != 0)
		return rc;
	p += used;
	if (!step_over(&p, end, KIND_PART))
		return err_set(e, ERR_CORRUPT, "line: no kind behind its key");
	rc = parse_kind(&p, end, &line.kind, e);
	if (rc != 0)
		return rc;
	if (!step_over(&p, end, VALUE_PART))
		return err_set(e, ERR_CORRUPT, "line: no value behind its kind");
	if (end - p < 3 || p[0] != '{' || end[-2] != '}' || end[-1] != '}')
		return err_set(e, ERR_CORRUPT, "line: its value is no object");
	line.key = key_room->data;
	line.key_len = key_room->len;
	line.value = p;
	line.value_len = (size_t)(end - p) - 1;
	*ret = line;
	return 0;
}

void
line_set_init(struct line_set *set, size_t max)
{
	*set = (struct line_set){ .sorted = true };
	arena_init(&set->arena, max);
	arena_init(&set->keys, max);
}

void
line_set_release(struct line_set *set)
{
	size_t max = set->arena.max;

	free(set->lines);
	arena_release(&set->arena);
	arena_release(&set->keys);
	line_set_init(set, max);
}

/* Room for one more; the array counts as the arena's memory does. */
static bool
grow(struct line_set *set)
{
	size_t capacity = set->capacity < 16 ? 16 : set->capacity + set->capacity / 2, more;
	struct line *lines;

	if (set->count < set->capacity)
		return true;
	more = (capacity - set->capacity) * sizeof *lines;
	if (more > set->arena.max - set->arena.used)
		return false;
	lines = realloc(set->lines, capacity * sizeof *lines);
	if (lines == NULL)
		return false;
	set->arena.used += more;
	set->lines = lines;
	set->capacity = capacity;
	return true;
}

/* A copy of its key; what it takes is taken from the values' maximum. */
static const char *
keep_key(struct line_set *set, const struct line *line)
{
	size_t before = set->keys.used, more;
	const char *key = arena_copy(&set->keys, line->key, line->key_len);

	more = set->keys.used - before;
	if (more > set->arena.max - set->arena.used)
		return NULL;
	set->arena.used += more;
	return key;
}

int
line_set_add(struct line_set *set, const struct line *line, struct err *e)
{
	struct line copy = *line;

	copy.key = copy.value = NULL;
	if (grow(set)) {
		copy.key = keep_key(set, line);
		copy.value = arena_copy(&set->arena, line->value, line->value_len);
	}
	if (copy.key == NULL || copy.value == NULL)
		return err_set(e, ERR_FAILED,
		               "no room for %s \"%.*s\" and %zu lines before it: no memory, or "
		               "more than the %zu bytes allowed",
		               kind_name(line->kind), SHOWN_MAX, line->key, set->count,
		               set->arena.max);
	set->lines[set->count++] = copy;
	if (set->sorted && set->count > 1 &&
	    line_compare(&set->lines[set->count - 2], &copy) >= 0)
		set->sorted = false;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return line_compare(a, b);
}

int
line_set_replace(struct line_set *set, const struct line *there, const struct line *line,
                 struct err *e)
{
	struct line *own = &set->lines[there - set->lines];
	char *value = arena_copy(&set->arena, line->value, line->value_len);

	if (value == NULL)
		return err_memory(e, "replacing a line");
	own->value = value;
	own->value_len = line->value_len;
	return 0;
}

int
line_set_sort(struct line_set *set, struct err *e)
{
	bool twice;
	size_t i;

	if (set->sorted)
		return 0;
	if (line_sort(set->lines, set->count, &twice, e) != 0)
		return e->code;
	for (i = 1; twice && i < set->count; i++)
		if (line_compare(&set->lines[i - 1], &set->lines[i]) == 0)
			return err_set(e, ERR_CORRUPT, "%s \"%.*s\" is there twice",
			               kind_name(set->lines[i].kind), SHOWN_MAX, set->lines[i].key);
	set->sorted = true;
	return 0;
}

const struct line *
line_set_find(const struct line_set *set, enum kind kind, const char *key)
{
	struct line wanted = { .kind = kind, .key = key, .key_len = strlen(key) };

	if (set->count == 0)
		return NULL;
	return bsearch(&wanted, set->lines, set->count, sizeof *set->lines, compare);
}

static int
set_next(struct line_source *source, struct line *ret, struct err *e)
{
	struct line_set_source *s = container_of(source, struct line_set_source, source);

	(void)e; /* nothing can go wrong */
	if (s->next == s->set->count)
		return 0;
	*ret = s->set->lines[s->next++];
	return 1;
}

void
line_set_source_init(struct line_set_source *s, const struct line_set *set)
{
	*s = (struct line_set_source){ .source = { .next = set_next }, .set = set };
}
