/* acl_key.c - see acl_key.h */
#include "core/kraft/acl_key.h"
#include "core/kraft/acl_names.h"

#include "core/base/json.h"
#include "core/kraft/lines.h"

#define ACL_KEY_PARTS 7u

void
acl_key_write(const struct acl *acl, struct buf *out)
{
	char room[12];
	struct json j;

	buf_clear(out);
	json_init(&j, out);
	json_begin_array(&j);
	json_string(&j, acl_number_name(ACL_PART_RESOURCE, acl->resource, room));
	json_string(&j, acl_number_name(ACL_PART_PATTERN, acl->pattern, room));
	json_string_bytes(&j, acl->name.bytes, acl->name.len);
	json_string_bytes(&j, acl->principal.bytes, acl->principal.len);
	json_string_bytes(&j, acl->host.bytes, acl->host.len);
	json_string(&j, acl_number_name(ACL_PART_OPERATION, acl->operation, room));
	json_string(&j, acl_number_name(ACL_PART_PERMISSION, acl->permission, room));
	json_end_array(&j);
}

static const char *
part(struct json_object *key, size_t i)
{
	return json_object_get_string(json_object_array_get_idx(key, i));
}

static struct acl_text
text(struct json_object *key, size_t i)
{
	return (struct acl_text){ part(key, i),
		                  (size_t)json_object_get_string_len(json_object_array_get_idx(key, i)) };
}

bool
acl_key_parse(const char *key, size_t len, struct acl *ret, struct json_object **owner)
{
	struct json_object *k = NULL;
	struct err e;
	bool good;
	size_t i;

	*owner = NULL;
	if (json_parse(key, len, 2, &k, &e) != 0)
		return false;
	good = json_object_is_type(k, json_type_array) && json_object_array_length(k) == ACL_KEY_PARTS;
	for (i = 0; i < ACL_KEY_PARTS && good; i++)
		good = json_object_is_type(json_object_array_get_idx(k, i), json_type_string);
	good = good && acl_name_number(ACL_PART_RESOURCE, part(k, 0), &ret->resource) &&
	       acl_name_number(ACL_PART_PATTERN, part(k, 1), &ret->pattern) &&
	       acl_name_number(ACL_PART_OPERATION, part(k, 5), &ret->operation) &&
	       acl_name_number(ACL_PART_PERMISSION, part(k, 6), &ret->permission);
	if (!good) {
		(void)json_object_put(k);
		return false;
	}
	ret->name = text(k, 2);
	ret->principal = text(k, 3);
	ret->host = text(k, 4);
	*owner = k;
	return true;
}
