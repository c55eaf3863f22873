/* diff_describe.c - the members that differ between two values, in words */
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/snapshot/diff.h"

/* Members of members are named; what is deeper is shown as text. */
#define NAME_DEPTH 2

/* The longest piece of a value that is shown. */
#define SHOWN_MAX 60

struct description {
	struct buf *out;
	bool        secret, any;
};

static int members(struct description *d, const char *const path[], size_t depth,
                   struct json_object *from, struct json_object *to, struct err *e);

/* Bytes that a terminal would obey become '?': below blank, DEL, and U+0080 to U+009F. */
static void
add_shown(struct buf *out, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		unsigned char following = i + 1 < len ? (unsigned char)text[i + 1] : 0;

		if (c == 0xc2 && following < 0xa0)
			i++;
		else if (c >= 0x20 && c != 0x7f) {
			(void)buf_add_char(out, (char)c); /* errors are sticky */
			continue;
		}
		(void)buf_add_char(out, '?');
	}
}

/* A string needs no quotes when it cannot be taken for anything else. */
static bool
is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789-_.:/*";

	return text[0] != '\0' && text[strspn(text, plain)] == '\0';
}

static int
canonical(struct json_object *value, struct buf *ret)
{
	struct json j;

	json_init(&j, ret);
	json_value(&j, value);
	return ret->failed ? -1 : 0;
}

/* `other_kind`: the value on the other side is of another type, so strings are shown as such. */
static int
add_value(struct buf *out, struct json_object *value, bool other_kind, struct err *e)
{
	CLEANUP(buf_release) struct buf text;
	size_t cut = SHOWN_MAX;

	buf_init(&text, SIZE_MAX); /* bounded by the line's length */
	if (!other_kind && json_object_is_type(value, json_type_string) &&
	    is_plain(json_object_get_string(value)))
		(void)buf_add_text(&text, json_object_get_string(value));
	else
		(void)canonical(value, &text);
	if (text.failed)
		return err_memory(e, "describing a difference");
	if (text.len <= SHOWN_MAX) {
		add_shown(out, text.data, text.len);
		return 0;
	}
	while (((unsigned char)text.data[cut] & 0xc0) == 0x80)
		cut--; /* not within a character */
	add_shown(out, text.data, cut);
	(void)buf_add_text(out, "...");
	return 0;
}

static void
add_path(struct description *d, const char *const path[], size_t depth)
{
	size_t i;

	if (d->any)
		(void)buf_add_text(d->out, ", ");
	d->any = true;
	for (i = 0; i < depth; i++) {
		if (i > 0)
			(void)buf_add_char(d->out, '.');
		add_shown(d->out, path[i], strlen(path[i]));
	}
}

/* One side of a member: `there` is false where the object does not have it (null is a value). */
struct member {
	bool there;
	struct json_object *value;
};

static int
add_side(struct buf *out, const struct member *m, const struct member *other, struct err *e)
{
	bool other_kind = other->there &&
	                  json_object_get_type(m->value) != json_object_get_type(other->value);

	if (m->there)
		return add_value(out, m->value, other_kind, e);
	(void)buf_add_text(out, "(missing)");
	return 0;
}

/* Canonical text decides, so 1 and 1.0 are the same, and the order of keys is nothing. */
static int
compare(const struct member *a, const struct member *b, bool *ret_same, struct err *e)
{
	CLEANUP(buf_release) struct buf x, y;

	buf_init(&x, SIZE_MAX); /* both are bounded by the line's length */
	buf_init(&y, SIZE_MAX);
	*ret_same = false;
	if (a->there != b->there)
		return 0;
	if (canonical(a->value, &x) != 0 || canonical(b->value, &y) != 0)
		return err_memory(e, "describing a difference");
	*ret_same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	return 0;
}

static int
member(struct description *d, const char *const path[], size_t depth, const struct member *from,
       const struct member *to, struct err *e)
{
	bool same;
	int rc = compare(from, to, &same, e);

	if (rc != 0 || same)
		return rc;
	if (depth < NAME_DEPTH && json_object_is_type(from->value, json_type_object) &&
	    json_object_is_type(to->value, json_type_object))
		return members(d, path, depth, from->value, to->value, e);
	add_path(d, path, depth);
	if (d->secret) {
		(void)buf_add_text(d->out, " changed");
		return 0;
	}
	(void)buf_add_char(d->out, ' ');
	rc = add_side(d->out, from, to, e);
	(void)buf_add_text(d->out, " -> ");
	return rc != 0 ? rc : add_side(d->out, to, from, e);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of both objects, sorted; some are there twice. */
static const char **
names(struct json_object *from, struct json_object *to, size_t *ret_count)
{
	size_t n = (size_t)json_object_object_length(from) + (size_t)json_object_object_length(to);
	const char **list = calloc(n + 1, sizeof *list);
	size_t i = 0;

	if (list == NULL)
		return NULL;
	json_object_object_foreach(from, a, unused_a)
	{
		(void)unused_a;
		list[i++] = a;
	}
	json_object_object_foreach(to, b, unused_b)
	{
		(void)unused_b;
		list[i++] = b;
	}
	qsort(list, i, sizeof *list, compare_names);
	*ret_count = i;
	return list;
}

/* Recursion is bounded by NAME_DEPTH, and so is path. */
static int
members(struct description *d, const char *const path[], size_t depth, struct json_object *from,
        struct json_object *to, struct err *e)
{
	size_t count = 0, i;
	CLEANUP(free) const char **list = names(from, to, &count);
	const char *below[NAME_DEPTH];
	int rc = 0;

	if (list == NULL)
		return err_memory(e, "describing a difference");
	for (i = 0; i < depth; i++)
		below[i] = path[i];
	for (i = 0; rc == 0 && i < count; i++) {
		struct member a = { 0 }, b = { 0 };

		if (i > 0 && strcmp(list[i], list[i - 1]) == 0)
			continue;
		below[depth] = list[i];
		a.there = json_object_object_get_ex(from, list[i], &a.value);
		b.there = json_object_object_get_ex(to, list[i], &b.value);
		rc = member(d, below, depth + 1, &a, &b, e);
	}
	return rc;
}

static int
parse(const struct line *line, struct json_object **ret, struct err *e)
{
	int rc = json_parse(line->value, line->value_len, JSON_DEPTH_MAX, ret, e);

	if (rc == 0 && !json_object_is_type(*ret, json_type_object))
		rc = err_set(e, ERR_CORRUPT, "the value is no object");
	if (rc != 0)
		return err_prefix(e, "line of kind %s", kind_name(line->kind));
	return 0;
}

int
diff_describe(const struct line *from, const struct line *to, bool secret, struct buf *out,
              struct err *e)
{
	CLEANUP(json_object_put) struct json_object *a = NULL;
	CLEANUP(json_object_put) struct json_object *b = NULL;
	struct description d = { .out = out, .secret = secret };
	int rc = parse(from, &a, e);

	if (rc == 0)
		rc = parse(to, &b, e);
	if (rc == 0)
		rc = members(&d, NULL, 0, a, b, e);
	if (rc == 0 && out->failed)
		rc = err_set(e, ERR_FAILED, "no room for the description of a difference");
	return rc;
}
