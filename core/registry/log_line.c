/* log_line.c - see log_line.h */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/log_line.h"

#define POSITION_DIGITS 12
#define LINE_DEPTH_MAX  4 /* object, headers, header, and its parts */

enum registry_vendor
registry_vendor_by_name(const char *name)
{
	enum registry_vendor v;

	for (v = REGISTRY_CONFLUENT; v <= REGISTRY_APICURIO; v++)
		if (strcmp(registry_vendor_name(v), name) == 0)
			return v;
	return REGISTRY_UNKNOWN;
}

/* ---- writing ---- */

/* Most of a snapshot is this text, so it is made in place, three bytes at a time. */
static void
write_base64(struct buf *out, const char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *from = (const unsigned char *)bytes;
	const unsigned char *end = from + len / 3 * 3;
	uint32_t group;
	char *to;

	if (buf_reserve(out, (len + 2) / 3 * 4) != 0)
		return;
	to = out->data + out->len;
	for (; from < end; from += 3, to += 4) {
		group = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
		to[0] = digits[group >> 18];
		to[1] = digits[group >> 12 & 63];
		to[2] = digits[group >> 6 & 63];
		to[3] = digits[group & 63];
	}
	if (len % 3 > 0) {
		group = (uint32_t)from[0] << 16 | (len % 3 == 2 ? (uint32_t)from[1] << 8 : 0);
		*to++ = digits[group >> 18];
		*to++ = digits[group >> 12 & 63];
		*to++ = len % 3 == 2 ? digits[group >> 6 & 63] : '=';
		*to++ = '=';
	}
	out->len = (size_t)(to - out->data);
}

static void
write_bytes(struct buf *out, const char *bytes, size_t len)
{
	if (bytes == NULL) {
		(void)buf_add_text(out, "null");
		return;
	}
	(void)buf_add_char(out, '"'); /* errors are sticky */
	write_base64(out, bytes, len);
	(void)buf_add_char(out, '"');
}

static void
write_headers(struct buf *out, const struct log_record *r)
{
	struct json j;
	size_t i;

	(void)buf_add_text(out, "\"headers\":[");
	for (i = 0; i < r->header_count; i++) {
		(void)buf_add_text(out, i > 0 ? ",[" : "[");
		json_init(&j, out);
		json_string(&j, r->headers[i].name);
		(void)buf_add_char(out, ',');
		write_bytes(out, r->headers[i].value, r->headers[i].value_len);
		(void)buf_add_char(out, ']');
	}
	(void)buf_add_text(out, "],");
}

static void
write_record(struct buf *out, const struct log_record *r)
{
	(void)buf_add_char(out, '{');
	if (r->header_count > 0)
		write_headers(out, r);
	(void)buf_add_text(out, "\"key\":");
	write_bytes(out, r->key, r->key_len);
	(void)buf_print(out, ",\"timestamp\":%lld,\"value\":", (long long)r->timestamp);
	write_bytes(out, r->value, r->value_len);
	(void)buf_add_char(out, '}');
}

static int
add(struct line_set *lines, const char *key, struct buf *value, struct err *e)
{
	struct line line = { .kind = KIND_REGISTRY_LOG, .key = key, .key_len = strlen(key), .value_len = value->len };

	line.value = buf_text(value);
	if (line.value == NULL)
		return err_set(e, ERR_UNSUPPORTED, "record %s is longer than the %u MiB that a line may be", key,
		               LINE_MAX_BYTES >> 20);
	return line_set_add(lines, &line, e);
}

static void
write_head(struct buf *out, const struct log_head *head)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key_string(&j, "topic", head->topic);
	json_key_string(&j, "vendor", registry_vendor_name(head->vendor));
	json_end_object(&j);
}

int
log_lines_add(struct line_set *lines, const struct log_head *head, const struct topic_log *log, struct err *e)
{
	CLEANUP(buf_release) struct buf value;
	char key[POSITION_DIGITS + 1];
	size_t i;
	int rc;

	buf_init(&value, LINE_MAX_BYTES - 2 * KEY_MAX_BYTES);
	write_head(&value, head);
	rc = add(lines, "", &value, e);
	for (i = 0; i < log->count && rc == 0; i++) {
		buf_clear(&value);
		write_record(&value, &log->records[i]);
		(void)snprintf(key, sizeof key, "%0*zu", POSITION_DIGITS, i % 1000000000000);
		rc = add(lines, key, &value, e);
	}
	return rc;
}

/* ---- reading ---- */

bool
log_line_is_head(const struct line *line)
{
	return line->kind == KIND_REGISTRY_LOG && line->key_len == 0;
}

static int
bad(const struct line *line, const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "registry_log %.64s: %s", line->key_len == 0 ? "(first line)" : line->key, what);
}

static int
parse(const struct line *line, struct json_object **ret, struct err *e)
{
	int rc = json_parse(line->value, line->value_len, LINE_DEPTH_MAX, ret, e);

	if (rc != 0)
		return rc;
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	return bad(line, "its value is no object", e);
}

static const char *
text_of(struct json_object *object, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_string))
		return NULL;
	return json_object_get_string(member);
}

int
log_line_head(const struct line *line, struct log_head *ret, struct err *e)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	const char *topic, *vendor;
	int rc = parse(line, &value, e);

	if (rc != 0)
		return rc;
	topic = text_of(value, "topic");
	vendor = text_of(value, "vendor");
	if (topic == NULL || vendor == NULL || strlen(topic) >= sizeof ret->topic)
		return bad(line, "it does not say topic and vendor", e);
	(void)snprintf(ret->topic, sizeof ret->topic, "%s", topic);
	ret->vendor = registry_vendor_by_name(vendor);
	return 0;
}

/* Base64 or null; false: neither. */
static bool
take_bytes(struct arena *arena, struct json_object *from, const char **ret, size_t *ret_len)
{
	size_t len;
	char *room;

	*ret = NULL;
	*ret_len = 0;
	if (from == NULL)
		return true;
	if (!json_object_is_type(from, json_type_string))
		return false;
	len = (size_t)json_object_get_string_len(from);
	room = arena_alloc(arena, len / 4 * 3 + 1);
	*ret = room;
	return room != NULL && sodium_base642bin((unsigned char *)room, len / 4 * 3, json_object_get_string(from), len,
	                                         NULL, ret_len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}

static bool
take_member(struct arena *arena, struct json_object *object, const char *name, const char **ret, size_t *ret_len)
{
	struct json_object *member;

	return json_object_object_get_ex(object, name, &member) && take_bytes(arena, member, ret, ret_len);
}

static bool
take_header(struct arena *arena, struct json_object *from, struct log_header *ret)
{
	struct json_object *name;

	if (!json_object_is_type(from, json_type_array) || json_object_array_length(from) != 2)
		return false;
	name = json_object_array_get_idx(from, 0);
	if (!json_object_is_type(name, json_type_string))
		return false;
	ret->name = arena_text(arena, json_object_get_string(name));
	return ret->name != NULL &&
	       take_bytes(arena, json_object_array_get_idx(from, 1), &ret->value, &ret->value_len);
}

static bool
take_headers(struct arena *arena, struct json_object *value, struct log_record *ret)
{
	struct json_object *headers;
	size_t i;

	if (!json_object_object_get_ex(value, "headers", &headers))
		return true;
	if (!json_object_is_type(headers, json_type_array))
		return false;
	ret->header_count = json_object_array_length(headers);
	ret->headers = arena_alloc(arena, ret->header_count * sizeof *ret->headers);
	for (i = 0; i < ret->header_count && ret->headers != NULL; i++)
		if (!take_header(arena, json_object_array_get_idx(headers, i), &ret->headers[i]))
			return false;
	return ret->headers != NULL;
}

/* Any text of a record. */
static int
read_any(const struct line *line, struct topic_log *log, struct err *e)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	CLEANUP(arena_release) struct arena arena;
	struct log_record r = { 0 };
	struct json_object *timestamp;
	int rc;

	arena_init(&arena, 2 * (size_t)LINE_MAX_BYTES);
	rc = parse(line, &value, e);
	if (rc != 0)
		return rc;
	if (!json_object_object_get_ex(value, "timestamp", &timestamp) ||
	    !json_object_is_type(timestamp, json_type_int) ||
	    !take_member(&arena, value, "key", &r.key, &r.key_len) ||
	    !take_member(&arena, value, "value", &r.value, &r.value_len) || !take_headers(&arena, value, &r))
		return bad(line, "it is no record: headers, key, timestamp and value as FORMAT.md says", e);
	r.timestamp = json_object_get_int64(timestamp);
	return topic_log_add(log, &r, e);
}

/* ---- reading what write_record() wrote, in place ---- */

struct cursor {
	const char   *at, *end;
	struct arena *arena;
};

static bool
step_over(struct cursor *c, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, text, n) != 0)
		return false;
	c->at += n;
	return true;
}

/* The six bits of each digit and one; 0: it is none. */
static const unsigned char six_bits[256] = {
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
	['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* Four digits, the last `pads` of them left out, as three bytes in one number; UINT32_MAX: one of them is none. */
static inline uint32_t
read_group(const char *text, size_t pads)
{
	uint32_t a = six_bits[(unsigned char)text[0]], b = six_bits[(unsigned char)text[1]];
	uint32_t c = pads > 1 ? 1 : six_bits[(unsigned char)text[2]];
	uint32_t d = pads > 0 ? 1 : six_bits[(unsigned char)text[3]];

	if (a == 0 || b == 0 || c == 0 || d == 0)
		return UINT32_MAX;
	return (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
}

/* False: not what write_base64() writes; the whole is then read, and refused, with care. */
static bool
read_base64(const char *text, size_t len, char *ret, size_t *ret_len)
{
	const char *end = text + len;
	uint32_t group = 0;
	size_t pads = 0;

	if (len % 4 != 0)
		return false;
	while (pads < 2 && pads < len && end[-1 - (ptrdiff_t)pads] == '=')
		pads++;
	*ret_len = len / 4 * 3 - pads;
	for (; text < end; text += 4, ret += 3) {
		group = read_group(text, end - text == 4 ? pads : 0);
		if (group == UINT32_MAX)
			return false;
		ret[0] = (char)(group >> 16);
		ret[1] = (char)(group >> 8 & 255);
		ret[2] = (char)(group & 255);
	}
	return pads == 0 || (group & (pads == 1 ? 255u : 65535u)) == 0;
}

static bool
read_bytes(struct cursor *c, const char **ret, size_t *ret_len)
{
	const char *quote;
	char *room;

	*ret = NULL;
	*ret_len = 0;
	if (step_over(c, "null"))
		return true;
	quote = step_over(c, "\"") ? memchr(c->at, '"', (size_t)(c->end - c->at)) : NULL;
	room = quote == NULL ? NULL : arena_alloc(c->arena, (size_t)(quote - c->at) / 4 * 3 + 1);
	if (room == NULL || !read_base64(c->at, (size_t)(quote - c->at), room, ret_len))
		return false;
	room[*ret_len] = '\0';
	*ret = room;
	c->at = quote + 1;
	return true;
}

static bool
read_header(struct cursor *c, struct log_header *ret)
{
	size_t n;

	if (!step_over(c, "[\""))
		return false;
	n = json_plain_run(c->at, (size_t)(c->end - c->at)); /* a name with an escape is read with care */
	ret->name = arena_copy(c->arena, c->at, n);
	c->at += n;
	return ret->name != NULL && step_over(c, "\",") && read_bytes(c, &ret->value, &ret->value_len) &&
	       step_over(c, "]");
}

#define HEADERS_IN_PLACE_MAX 16u

static bool
read_headers(struct cursor *c, struct log_record *ret)
{
	if (!step_over(c, "\"headers\":["))
		return true;
	ret->headers = arena_alloc(c->arena, HEADERS_IN_PLACE_MAX * sizeof *ret->headers);
	do {
		if (ret->headers == NULL || ret->header_count == HEADERS_IN_PLACE_MAX ||
		    !read_header(c, &ret->headers[ret->header_count++]))
			return false;
	} while (step_over(c, ","));
	return step_over(c, "],");
}

static bool
read_timestamp(struct cursor *c, int64_t *ret)
{
	bool minus = step_over(c, "-");
	const char *first = c->at;
	int64_t n = 0;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - first < 18)
		n = n * 10 + (*c->at++ - '0');
	*ret = minus ? -n : n;
	return c->at > first && (*first != '0' || c->at == first + 1);
}

static bool
read_in_place(const struct line *line, struct arena *arena, struct log_record *ret)
{
	struct cursor c = { line->value, line->value + line->value_len, arena };

	return step_over(&c, "{") && read_headers(&c, ret) && step_over(&c, "\"key\":") &&
	       read_bytes(&c, &ret->key, &ret->key_len) && step_over(&c, ",\"timestamp\":") &&
	       read_timestamp(&c, &ret->timestamp) && step_over(&c, ",\"value\":") &&
	       read_bytes(&c, &ret->value, &ret->value_len) && step_over(&c, "}") && c.at == c.end;
}

int
log_line_record(const struct line *line, struct topic_log *log, struct err *e)
{
	struct log_record r = { 0 };

	if (read_in_place(line, &log->arena, &r))
		return topic_log_take(log, &r, e);
	return read_any(line, log, e);
}
