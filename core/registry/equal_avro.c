/*
 * equal_avro.c - see equal.h: two Avro schemas, as their parsing canonical forms would say, and with what these
 * strip.  Names are compared whole, since a namespace may be written once or with each name.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/registry/equal.h"

#define NAME_MAX_BYTES 1024u

/* One side: a schema, and the namespace that names in it are of. */
struct avro {
	struct json_object *schema;
	const char         *space;
};

static bool same_schema(struct avro a, struct avro b);

static struct json_object *
member_of(struct json_object *object, const char *name)
{
	struct json_object *member = NULL;

	if (json_object_is_type(object, json_type_object))
		(void)json_object_object_get_ex(object, name, &member);
	return member;
}

static const char *
text_of(struct json_object *object, const char *name)
{
	struct json_object *member = member_of(object, name);

	return json_object_is_type(member, json_type_string) ? json_object_get_string(member) : NULL;
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool
is_primitive(const char *name)
{
	static const char *const names[] = { "null", "boolean", "int", "long", "float",
		                             "double", "bytes", "string", NULL };

	return is_one_of(name, names);
}

/* The whole name, into room; false: too long to be compared. */
static bool
whole_name(const char *name, const char *space, char *room)
{
	bool bare = space == NULL || space[0] == '\0' || strchr(name, '.') != NULL || is_primitive(name);
	int n = bare ? snprintf(room, NAME_MAX_BYTES, "%s", name)
	             : snprintf(room, NAME_MAX_BYTES, "%s.%s", space, name);

	return n >= 0 && (unsigned)n < NAME_MAX_BYTES;
}

static bool
same_name(const char *a, const char *a_space, const char *b, const char *b_space)
{
	char x[NAME_MAX_BYTES], y[NAME_MAX_BYTES];

	return whole_name(a, a_space, x) && whole_name(b, b_space, y) && strcmp(x, y) == 0;
}

/* {"type": X} is X. */
static struct json_object *
bare(struct json_object *schema)
{
	static const char *const defining[] = { "record", "error", "enum", "fixed", "array", "map", NULL };

	while (json_object_is_type(schema, json_type_object) && json_object_object_length(schema) == 1) {
		const char *text = text_of(schema, "type");

		if (member_of(schema, "type") == NULL || (text != NULL && is_one_of(text, defining)))
			break;
		schema = member_of(schema, "type");
	}
	return schema;
}

/* ---- what the canonical form strips ---- */

static bool
says_default_order(const char *name, struct json_object *value)
{
	return strcmp(name, "order") == 0 && json_object_is_type(value, json_type_string) &&
	       strcmp(json_object_get_string(value), "ascending") == 0;
}

/* Each attribute of a, but for those in `others`, is in b with the same value. */
static bool
has_attributes(struct json_object *a, struct json_object *b, const char *const *others)
{
	json_object_object_foreach(a, name, value) {
		struct json_object *other = NULL;

		if (is_one_of(name, others) || says_default_order(name, value))
			continue;
		if (!json_object_object_get_ex(b, name, &other) || !registry_same_exactly(value, other))
			return false;
	}
	return true;
}

static bool
same_attributes(struct json_object *a, struct json_object *b, const char *const *others)
{
	return has_attributes(a, b, others) && has_attributes(b, a, others);
}

static bool
same_aliases(struct avro a, struct avro b)
{
	struct json_object *x = member_of(a.schema, "aliases"), *y = member_of(b.schema, "aliases");
	size_t n = json_object_is_type(x, json_type_array) ? json_object_array_length(x) : 0, i;

	if (n != (json_object_is_type(y, json_type_array) ? json_object_array_length(y) : 0))
		return false;
	for (i = 0; i < n; i++) {
		struct json_object *p = json_object_array_get_idx(x, i), *q = json_object_array_get_idx(y, i);

		if (!json_object_is_type(p, json_type_string) || !json_object_is_type(q, json_type_string) ||
		    !same_name(json_object_get_string(p), a.space, json_object_get_string(q), b.space))
			return false;
	}
	return true;
}

/* ---- named types ---- */

static bool
same_field(struct avro a, struct avro b)
{
	static const char *const handled[] = { "name", "type", NULL };
	const char *x = text_of(a.schema, "name"), *y = text_of(b.schema, "name");

	return x != NULL && y != NULL && strcmp(x, y) == 0 &&
	       same_schema((struct avro){ member_of(a.schema, "type"), a.space },
	                   (struct avro){ member_of(b.schema, "type"), b.space }) &&
	       same_attributes(a.schema, b.schema, handled);
}

static bool
same_list(struct avro a, struct avro b, bool (*same)(struct avro, struct avro))
{
	size_t n, i;

	if (!json_object_is_type(a.schema, json_type_array) || !json_object_is_type(b.schema, json_type_array))
		return a.schema == NULL && b.schema == NULL;
	n = json_object_array_length(a.schema);
	if (json_object_array_length(b.schema) != n)
		return false;
	for (i = 0; i < n; i++)
		if (!same((struct avro){ json_object_array_get_idx(a.schema, i), a.space },
		          (struct avro){ json_object_array_get_idx(b.schema, i), b.space }))
			return false;
	return true;
}

/* The namespace of a named type, and so of the names inside; room is for one that is part of the name. */
static const char *
space_of(struct avro a, const char *name, char *room)
{
	const char *own = text_of(a.schema, "namespace"), *dot = strrchr(name, '.');

	if (dot == NULL)
		return own != NULL ? own : a.space;
	(void)snprintf(room, NAME_MAX_BYTES, "%.*s", (int)(dot - name), name); /* whole_name() has measured it */
	return room;
}

static bool
same_named(struct avro a, struct avro b)
{
	static const char *const handled[] = { "type", "name", "namespace", "aliases", "fields", NULL };
	const char *x = text_of(a.schema, "name"), *y = text_of(b.schema, "name");
	char a_room[NAME_MAX_BYTES], b_room[NAME_MAX_BYTES];

	if (x == NULL || y == NULL)
		return false;
	a.space = space_of(a, x, a_room);
	b.space = space_of(b, y, b_room);
	return same_name(x, a.space, y, b.space) && same_aliases(a, b) &&
	       same_list((struct avro){ member_of(a.schema, "fields"), a.space },
	                 (struct avro){ member_of(b.schema, "fields"), b.space }, same_field) &&
	       same_attributes(a.schema, b.schema, handled); /* size and symbols among them */
}

/* ---- schemas ---- */

static bool
same_inside(struct avro a, struct avro b, const char *member)
{
	return same_schema((struct avro){ member_of(a.schema, member), a.space },
	                   (struct avro){ member_of(b.schema, member), b.space });
}

static bool
same_object(struct avro a, struct avro b)
{
	static const char *const named[] = { "record", "error", "enum", "fixed", NULL };
	static const char *const of_array[] = { "type", "items", NULL };
	static const char *const of_map[] = { "type", "values", NULL };
	static const char *const of_other[] = { "type", NULL };
	const char *type = text_of(a.schema, "type"), *other = text_of(b.schema, "type");

	if (type == NULL || other == NULL)
		return same_inside(a, b, "type") && same_attributes(a.schema, b.schema, of_other);
	if (is_one_of(type, named))
		return strcmp(type, other) == 0 && same_named(a, b);
	if (strcmp(type, "array") == 0)
		return strcmp(type, other) == 0 && same_inside(a, b, "items") &&
		       same_attributes(a.schema, b.schema, of_array);
	if (strcmp(type, "map") == 0)
		return strcmp(type, other) == 0 && same_inside(a, b, "values") &&
		       same_attributes(a.schema, b.schema, of_map);
	return same_name(type, a.space, other, b.space) && same_attributes(a.schema, b.schema, of_other);
}

static bool
same_schema(struct avro a, struct avro b)
{
	a.schema = bare(a.schema);
	b.schema = bare(b.schema);
	if (json_object_is_type(a.schema, json_type_string) && json_object_is_type(b.schema, json_type_string))
		return same_name(json_object_get_string(a.schema), a.space, json_object_get_string(b.schema),
		                 b.space);
	if (json_object_is_type(a.schema, json_type_object) && json_object_is_type(b.schema, json_type_object))
		return same_object(a, b);
	return json_object_is_type(a.schema, json_type_array) && same_list(a, b, same_schema);
}

bool
avro_same(struct json_object *a, struct json_object *b)
{
	return same_schema((struct avro){ a, NULL }, (struct avro){ b, NULL });
}
