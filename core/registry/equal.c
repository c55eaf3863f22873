/* equal.c - see equal.h; Avro is in equal_avro.c, Protobuf in equal_protobuf.c */
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/equal.h"

#define INJECTED "confluent:version" /* registries write the version into the metadata of what is read */

/* ---- JSON ---- */

static bool
is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
}

static bool
same_number(struct json_object *a, struct json_object *b)
{
	if (json_object_get_type(a) == json_object_get_type(b))
		return json_object_equal(a, b) != 0;
	return json_object_get_double(a) == json_object_get_double(b);
}

static bool
same_members(struct json_object *a, struct json_object *b)
{
	struct json_object *other;

	if (json_object_object_length(a) != json_object_object_length(b))
		return false;
	json_object_object_foreach(a, name, member) {
		if (!json_object_object_get_ex(b, name, &other) || !registry_same_exactly(member, other))
			return false;
	}
	return true;
}

static bool
same_items(struct json_object *a, struct json_object *b, bool (*same)(struct json_object *, struct json_object *))
{
	size_t n = json_object_array_length(a), i;

	if (json_object_array_length(b) != n)
		return false;
	for (i = 0; i < n; i++)
		if (!same(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
			return false;
	return true;
}

bool
registry_same_exactly(struct json_object *a, struct json_object *b)
{
	if (is_number(a) && is_number(b))
		return same_number(a, b);
	if (json_object_get_type(a) != json_object_get_type(b))
		return false;
	if (json_object_is_type(a, json_type_object))
		return same_members(a, b);
	if (json_object_is_type(a, json_type_array))
		return same_items(a, b, registry_same_exactly);
	return json_object_equal(a, b) != 0;
}

/* ---- JSON, where nothing may be written as null, [], {} or not at all ---- */

static bool
is_nothing(struct json_object *value)
{
	if (json_object_is_type(value, json_type_array))
		return json_object_array_length(value) == 0;
	if (!json_object_is_type(value, json_type_object))
		return value == NULL;
	json_object_object_foreach(value, name, member) {
		if (strcmp(name, INJECTED) != 0 && !is_nothing(member))
			return false;
	}
	return true;
}

/* Each member of a is that of b. */
static bool
has_members(struct json_object *a, struct json_object *b)
{
	json_object_object_foreach(a, name, member) {
		struct json_object *other = NULL;

		(void)json_object_object_get_ex(b, name, &other);
		if (strcmp(name, INJECTED) != 0 && !registry_same_json(member, other))
			return false;
	}
	return true;
}

bool
registry_same_json(struct json_object *a, struct json_object *b)
{
	if (is_nothing(a) || is_nothing(b))
		return is_nothing(a) && is_nothing(b);
	if (json_object_is_type(a, json_type_object) && json_object_is_type(b, json_type_object))
		return has_members(a, b) && has_members(b, a);
	if (json_object_is_type(a, json_type_array) && json_object_is_type(b, json_type_array))
		return same_items(a, b, registry_same_json);
	return registry_same_exactly(a, b);
}

/* ---- texts ---- */

static bool
same_parsed(const char *a, size_t a_len, const char *b, size_t b_len,
            bool (*same)(struct json_object *, struct json_object *))
{
	struct json_object *x = NULL, *y = NULL;
	struct err e;
	bool equal = json_parse(a, a_len, JSON_DEPTH_MAX, &x, &e) == 0 &&
	             json_parse(b, b_len, JSON_DEPTH_MAX, &y, &e) == 0 && same(x, y);

	json_object_put_at(&x);
	json_object_put_at(&y);
	return equal;
}

bool
registry_same_text(const char *type_a, const char *a, size_t a_len, const char *type_b, const char *b,
                   size_t b_len)
{
	const char *type = type_a == NULL ? "AVRO" : type_a;

	if (strcmp(type, type_b == NULL ? "AVRO" : type_b) != 0)
		return false;
	if (a_len == b_len && memcmp(a, b, a_len) == 0)
		return true;
	if (strcmp(type, "AVRO") == 0)
		return same_parsed(a, a_len, b, b_len, avro_same);
	if (strcmp(type, "JSON") == 0)
		return same_parsed(a, a_len, b, b_len, registry_same_exactly);
	return strcmp(type, "PROTOBUF") == 0 && protobuf_same(a, a_len, b, b_len);
}

/* ---- lines ---- */

static struct json_object *
member_of(struct json_object *value, const char *name)
{
	struct json_object *member = NULL;

	(void)json_object_object_get_ex(value, name, &member);
	return member;
}

static bool
same_members_named(struct json_object *a, struct json_object *b, const char *const *names)
{
	for (; *names != NULL; names++)
		if (!registry_same_json(member_of(a, *names), member_of(b, *names)))
			return false;
	return true;
}

/* What must be the same, details left out. */
static bool
same_version(struct json_object *a, struct json_object *b)
{
	static const char *const names[] = { "deleted", "id", "references", NULL };
	struct json_object *x = member_of(a, "schema"), *y = member_of(b, "schema");

	if (!same_members_named(a, b, names) || !json_object_is_type(x, json_type_string) ||
	    !json_object_is_type(y, json_type_string))
		return false;
	return registry_same_text(json_object_get_string(member_of(a, "schemaType")),
	                          json_object_get_string(x), (size_t)json_object_get_string_len(x),
	                          json_object_get_string(member_of(b, "schemaType")),
	                          json_object_get_string(y), (size_t)json_object_get_string_len(y));
}

static bool
same_schema(struct json_object *a, struct json_object *b)
{
	static const char *const details[] = { "metadata", "ruleSet", NULL };

	return same_version(a, b) && same_members_named(a, b, details);
}

static bool
same_values(const struct line *have, const char *want, bool (*same)(struct json_object *, struct json_object *))
{
	size_t len = strlen(want);

	if (have->value_len == len && memcmp(have->value, want, len) == 0)
		return true;
	return same_parsed(have->value, have->value_len, want, len, same);
}

bool
schema_equal(const struct line *have, const char *want)
{
	return same_values(have, want, same_schema);
}

bool
schema_equal_but_details(const struct line *have, const char *want)
{
	return same_values(have, want, same_version);
}

static bool
is_as_high(struct json_object *have, struct json_object *want)
{
	struct json_object *x = member_of(have, "id"), *y = member_of(want, "id");

	return json_object_is_type(x, json_type_int) && json_object_is_type(y, json_type_int) &&
	       json_object_get_int64(x) >= json_object_get_int64(y);
}

bool
registry_config_equal(const struct line *have, const char *want)
{
	static const char highest[] = "[\"highest_id\",";

	if (have->key_len > sizeof highest && strncmp(have->key, highest, sizeof highest - 1) == 0)
		return same_values(have, want, is_as_high);
	return same_values(have, want, registry_same_json);
}
