/*
 * json_parse.c - a strict reader of our own, which makes json-c's objects.
 *
 * json-c's own reader lets through what would give two readers two opinions: duplicate keys, \u0000, lone
 * surrogates, numbers that do not fit.  And it goes byte by byte: it was half of what reading cost.  Only a number with
 * a point or an exponent is left to it, for it knows what a host's locale makes of those.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/json_number.h"
#include "core/base/json_scan.h"

struct key {
	const char *bytes; /* NULL: at `in_room` */
	size_t      in_room, len, at;
};

/* More keys than this in one object are sorted instead of being compared each with each. */
#define FEW_KEYS 8u

static int value(struct json_scan *s, struct json_object **ret);

static void
blanks(struct json_scan *s)
{
	while (json_take(s, ' ') || json_take(s, '\n') || json_take(s, '\t') || json_take(s, '\r'))
		;
}

/* What json-c could not make is no null. */
static int
made(const struct json_scan *s, struct json_object *object, struct json_object **ret)
{
	*ret = object;
	return object == NULL ? err_memory(s->e, "reading JSON") : 0;
}

static int
string(struct json_scan *s, struct json_object **ret)
{
	size_t plain = json_plain_string(s), room = s->room.len;
	int rc;

	if (plain != SIZE_MAX) {
		s->at += plain + 2;
		return made(s, json_object_new_string_len(s->text + s->at - plain - 1, (int)plain), ret);
	}
	rc = json_scan_string(s);
	if (rc == 0)
		rc = made(s, json_object_new_string_len(s->room.data + room, (int)(s->room.len - room)), ret);
	s->room.len = room;
	return rc;
}

static size_t
digits(struct json_scan *s)
{
	size_t start = s->at;

	while (json_peek(s) >= '0' && json_peek(s) <= '9')
		s->at++;
	return s->at - start;
}

/* What json-c does not take after our own check is a difference between the two readers. */
static int
number_of_json_c(const struct json_scan *s, const char *text, size_t len, struct json_object **ret)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error rc;

	if (tokener == NULL)
		return err_memory(s->e, "reading JSON");
	*ret = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) == json_tokener_continue) /* a number may go on */
		*ret = json_tokener_parse_ex(tokener, "", 1);
	rc = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (rc == json_tokener_success)
		return 0;
	json_object_put_at(ret);
	return err_set(s->e, ERR_CORRUPT, "json-c refuses it: %s", json_tokener_error_desc(rc));
}

static int
make_integer(const struct json_scan *s, const char *text, size_t len, bool negative, struct json_object **ret)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < len; i++)
		n = n * 10 + (unsigned)(text[i] - '0');
	if (n > INT64_MAX && !negative)
		return made(s, json_object_new_uint64(n), ret);
	return made(s, json_object_new_int64(negative && n > 0 ? -(int64_t)(n - 1) - 1 : (int64_t)n), ret);
}

static int
number(struct json_scan *s, struct json_object **ret)
{
	size_t start = s->at, first, count;
	bool negative = json_take(s, '-'), integer = true;

	first = s->at;
	count = digits(s);
	if (count == 0)
		return json_refuse(s, start, "no JSON value");
	if (count > 1 && s->text[first] == '0')
		return json_refuse(s, start, "a number that begins with 0");
	if (json_take(s, '.')) {
		integer = false;
		if (digits(s) == 0)
			return json_refuse(s, start, "a number without digits behind its point");
	}
	if (json_take(s, 'e') || json_take(s, 'E')) {
		integer = false;
		if (!json_take(s, '+'))
			(void)json_take(s, '-');
		if (digits(s) == 0)
			return json_refuse(s, start, "a number without digits in its exponent");
	}
	if (integer ? !json_integer_fits(s->text + first, count, negative)
	            : !json_double_fits(s->text + first, s->at - first))
		return json_refuse(s, start, "a number beyond 64 bits");
	return integer ? make_integer(s, s->text + first, count, negative, ret)
	               : number_of_json_c(s, s->text + start, s->at - start, ret);
}

static int
word(struct json_scan *s, const char *text)
{
	size_t n = strlen(text);

	if (s->len - s->at < n || memcmp(s->text + s->at, text, n) != 0)
		return json_refuse(s, s->at, "no JSON value");
	s->at += n;
	return 0;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The second of two equal keys, or NULL. */
static const struct key *
duplicate(struct key *keys, size_t n)
{
	size_t i, k;

	if (n > FEW_KEYS) {
		qsort(keys, n, sizeof *keys, compare_keys);
		for (i = 1; i < n; i++)
			if (compare_keys(&keys[i - 1], &keys[i]) == 0)
				return keys[i].at > keys[i - 1].at ? &keys[i] : &keys[i - 1];
		return NULL;
	}
	for (i = 1; i < n; i++)
		for (k = 0; k < i; k++)
			if (keys[i].len == keys[k].len &&
			    memcmp(keys[i].bytes, keys[k].bytes, keys[i].len) == 0)
				return &keys[i];
	return NULL;
}

/* The keys of the innermost object, which begin at byte `base` of s->keys. */
static int
check_keys(struct json_scan *s, size_t base)
{
	size_t n = (s->keys.len - base) / sizeof(struct key), i;
	const struct key *twice;
	struct key *keys;

	if (n < 2)
		return 0;
	keys = (struct key *)(void *)(s->keys.data + base);
	for (i = 0; i < n; i++)
		if (keys[i].bytes == NULL)
			keys[i].bytes = s->room.data + keys[i].in_room;
	twice = duplicate(keys, n);
	return twice == NULL ? 0 : json_refuse(s, twice->at, "a key that the object has already");
}

static int
key(struct json_scan *s)
{
	struct key k = { .at = s->at, .in_room = s->room.len };
	size_t run;
	int rc;

	if (json_peek(s) != '"')
		return json_refuse(s, s->at, "no key in quotes");
	run = json_plain_string(s);
	if (run != SIZE_MAX) {
		k.bytes = s->text + s->at + 1;
		k.len = run;
		s->at += run + 2;
	} else {
		rc = json_scan_string(s);
		if (rc != 0)
			return rc;
		k.len = s->room.len - k.in_room;
	}
	return buf_add(&s->keys, &k, sizeof k) == 0 ? 0 : err_memory(s->e, "reading JSON");
}

/* The object takes the value; the key is the one at byte `at` of s->keys, for those of the value came and went. */
static int
add_member(struct json_scan *s, struct json_object *object, size_t at, struct json_object *got)
{
	const struct key *k = (const struct key *)(void *)(s->keys.data + at);
	unsigned how = JSON_C_OBJECT_ADD_KEY_IS_NEW; /* if it is not, all of it is refused */
	const char *name;

	buf_clear(&s->name);
	(void)buf_add(&s->name, k->bytes == NULL ? s->room.data + k->in_room : k->bytes, k->len);
	name = buf_text(&s->name);
	if (name != NULL && json_object_object_add_ex(object, name, got, how) == 0)
		return 0;
	(void)json_object_put(got);
	return err_memory(s->e, "reading JSON");
}

static int
member(struct json_scan *s, struct json_object *object)
{
	struct json_object *got = NULL;
	size_t at = s->keys.len;
	int rc;

	blanks(s);
	rc = key(s);
	if (rc != 0)
		return rc;
	blanks(s);
	if (!json_take(s, ':'))
		return json_refuse(s, s->at, "no colon behind a key");
	rc = value(s, &got);
	return rc != 0 ? rc : add_member(s, object, at, got);
}

static int
members(struct json_scan *s, struct json_object *object)
{
	int rc;

	do {
		rc = member(s, object);
		if (rc != 0)
			return rc;
		blanks(s);
	} while (json_take(s, ','));
	return json_take(s, '}') ? 0 : json_refuse(s, s->at, "neither a comma nor the end of the object");
}

static int
object(struct json_scan *s, struct json_object *ret)
{
	size_t keys = s->keys.len, room = s->room.len;
	int rc;

	s->at++;
	blanks(s);
	if (json_take(s, '}'))
		return 0;
	rc = members(s, ret);
	if (rc == 0)
		rc = check_keys(s, keys);
	s->keys.len = keys;
	s->room.len = room;
	return rc;
}

static int
element(struct json_scan *s, struct json_object *list)
{
	struct json_object *got = NULL;
	int rc = value(s, &got);

	if (rc == 0 && json_object_array_add(list, got) != 0) {
		(void)json_object_put(got);
		rc = err_memory(s->e, "reading JSON");
	}
	return rc;
}

static int
array(struct json_scan *s, struct json_object *ret)
{
	int rc;

	s->at++;
	blanks(s);
	if (json_take(s, ']'))
		return 0;
	do {
		rc = element(s, ret);
		if (rc != 0)
			return rc;
		blanks(s);
	} while (json_take(s, ','));
	(void)json_object_array_shrink(ret, 0); /* whoever fails keeps room that nobody uses */
	return json_take(s, ']') ? 0 : json_refuse(s, s->at, "neither a comma nor the end of the list");
}

/* Recursion is bounded by depth_left. */
static int
container(struct json_scan *s, struct json_object **ret)
{
	bool is_object = json_peek(s) == '{';
	int rc;

	if (s->depth_left == 0)
		return json_refuse(s, s->at, "nested too deeply");
	rc = made(s, is_object ? json_object_new_object() : json_object_new_array(), ret);
	if (rc != 0)
		return rc;
	s->depth_left--;
	rc = is_object ? object(s, *ret) : array(s, *ret);
	s->depth_left++;
	if (rc != 0)
		json_object_put_at(ret);
	return rc;
}

static int
truth(struct json_scan *s, const char *text, bool is, struct json_object **ret)
{
	int rc = word(s, text);

	return rc != 0 ? rc : made(s, json_object_new_boolean(is), ret);
}

/* One that fails leaves nothing to be freed at *ret. */
static int
value(struct json_scan *s, struct json_object **ret)
{
	blanks(s);
	switch (json_peek(s)) {
	case '{':
	case '[':
		return container(s, ret);
	case '"':
		return string(s, ret);
	case 't':
		return truth(s, "true", true, ret);
	case 'f':
		return truth(s, "false", false, ret);
	case 'n':
		return word(s, "null");
	default:
		return number(s, ret);
	}
}

static int
ended(const struct json_scan *s)
{
	return s->at == s->len ? 0 : json_refuse(s, s->at, "something behind the JSON value");
}

static int
scan_value(struct json_scan *s, struct json_object **ret)
{
	int rc = value(s, ret);

	if (rc != 0)
		return rc;
	blanks(s);
	rc = ended(s);
	if (rc != 0)
		json_object_put_at(ret);
	return rc;
}

struct each {
	json_element_fn *fn;
	void            *arg;
};

static int
give(struct json_scan *s, const struct each *each)
{
	struct json_object *element = NULL;
	int rc = value(s, &element);

	if (rc != 0)
		return rc; /* nothing is left of one that failed */
	rc = each->fn(each->arg, element, s->e);
	json_object_put_at(&element);
	return rc;
}

static int
scan_list(struct json_scan *s, const struct each *each)
{
	int rc;

	blanks(s);
	if (!json_take(s, '['))
		return json_refuse(s, s->at, "no list");
	if (s->depth_left-- == 0)
		return json_refuse(s, s->at, "nested too deeply");
	blanks(s);
	if (!json_take(s, ']')) {
		do {
			rc = give(s, each);
			if (rc != 0)
				return rc;
			blanks(s);
		} while (json_take(s, ','));
		if (!json_take(s, ']'))
			return json_refuse(s, s->at, "neither a comma nor the end of the list");
	}
	blanks(s);
	return ended(s);
}

/* ret: of all of it; NULL: each element of the list that it is. */
static int
parse(const char *text, size_t len, int depth_max, struct json_object **ret, const struct each *each, struct err *e)
{
	struct json_scan s = { .text = text, .len = len, .depth_left = depth_max, .e = e };
	size_t valid;
	int rc;

	if (len > INT_MAX - 1)
		return err_set(e, ERR_CORRUPT, "%zu bytes of JSON, more than can be read", len);
	valid = json_utf8_run(text, len);
	if (valid < len)
		return json_refuse(&s, valid, "bytes that are not UTF-8");
	buf_init(&s.keys, SIZE_MAX); /* all are bounded by the text's length */
	buf_init(&s.room, len + 1);
	buf_init(&s.name, len + 1);
	rc = ret != NULL ? scan_value(&s, ret) : scan_list(&s, each);
	buf_release(&s.keys);
	buf_release(&s.room);
	buf_release(&s.name);
	return rc;
}

int
json_parse(const char *text, size_t len, int depth_max, struct json_object **ret, struct err *e)
{
	struct json_object *got = NULL;
	int rc = parse(text, len, depth_max, &got, NULL, e);

	if (rc == 0)
		*ret = got;
	return rc;
}

int
json_parse_list(const char *text, size_t len, int depth_max, json_element_fn *fn, void *arg, struct err *e)
{
	return parse(text, len, depth_max, NULL, &(struct each){ fn, arg }, e);
}

bool
json_begins_list(const char *text, size_t len)
{
	struct json_scan s = { .text = text, .len = len };

	blanks(&s);
	return json_peek(&s) == '[';
}
