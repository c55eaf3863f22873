/* registry_line.c - see registry_line.h and registry.h */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/registry.h"
#include "core/registry/registry_line.h"

/* What servers put into the metadata of each version that is read: the version once more. */
#define INJECTED "confluent:version"

const char *
registry_vendor_name(enum registry_vendor vendor)
{
	static const char *const names[] = { "unknown", "confluent", "karapace", "axonops", "apicurio" };

	return (size_t)vendor < LENGTH(names) ? names[vendor] : names[0];
}

void
registry_split_subject(const char *name, const char **context, size_t *context_len, const char **subject)
{
	const char *end;

	*context = name;
	*context_len = 0;
	*subject = name;
	if (name[0] != ':' || name[1] != '.')
		return;
	*context = name + 1;
	end = strchr(*context, ':');
	*context_len = end == NULL ? strlen(*context) : (size_t)(end - *context);
	*subject = end == NULL ? *context + *context_len : end + 1;
	if (*context_len == 1)
		*context_len = 0; /* ":.:name" is "name" */
}

/* ---- what is nothing ---- */

static bool
is_injected(const char *name, struct json_object *value, int64_t version)
{
	char text[24];

	if (strcmp(name, INJECTED) != 0 || !json_object_is_type(value, json_type_string))
		return false;
	(void)snprintf(text, sizeof text, "%lld", (long long)version);
	return strcmp(json_object_get_string(value), text) == 0;
}

static bool
is_empty_object(struct json_object *value, int64_t version)
{
	json_object_object_foreach(value, name, member) {
		if (!registry_holds_nothing(member, version) && !is_injected(name, member, version))
			return false;
	}
	return true;
}

bool
registry_holds_nothing(struct json_object *value, int64_t version)
{
	if (json_object_is_type(value, json_type_object))
		return is_empty_object(value, version);
	if (json_object_is_type(value, json_type_array))
		return json_object_array_length(value) == 0;
	return value == NULL;
}

/* ---- lines ---- */

static int
check_text(const char *what, const char *text, size_t len, struct err *e)
{
	if (json_utf8_run(text, len) == len)
		return 0;
	return err_set(e, ERR_CORRUPT, "the %s is not UTF-8", what);
}

static int
add_line(struct line_set *lines, enum kind kind, struct buf *key, struct buf *value, struct err *e)
{
	struct line line = { .kind = kind, .key_len = key->len, .value_len = value->len };

	line.key = buf_text(key);
	line.value = buf_text(value);
	if (line.key == NULL || line.value == NULL)
		return err_set(e, ERR_CORRUPT, "the %s is too long for a line",
		               key->failed ? "name" : "text");
	return line_set_add(lines, &line, e);
}

static void
write_schema_key(const struct schema_version *v, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_array(&j);
	json_string(&j, v->context);
	json_string(&j, v->subject);
	json_integer(&j, v->version);
	json_end_array(&j);
}

static void
write_member(struct json *j, const char *name, struct json_object *value, int64_t version)
{
	if (registry_holds_nothing(value, version))
		return;
	json_key(j, name);
	json_value(j, value);
}

static void
write_schema(const struct schema_version *v, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	if (v->deleted)
		json_key_bool(&j, "deleted", true);
	json_key(&j, "id");
	json_integer(&j, v->id);
	write_member(&j, "metadata", v->metadata, v->version);
	write_member(&j, "references", v->references, v->version);
	write_member(&j, "ruleSet", v->rule_set, v->version);
	json_key(&j, "schema");
	json_string_bytes(&j, v->text, v->text_len);
	json_key_string(&j, "schemaType", v->type == NULL ? "AVRO" : v->type);
	json_end_object(&j);
}

static int
add_schema(struct line_set *lines, const struct schema_version *v, struct err *e)
{
	CLEANUP(buf_release) struct buf key, value;
	int rc;

	buf_init(&key, KEY_MAX_BYTES);
	buf_init(&value, LINE_MAX_BYTES - 2 * KEY_MAX_BYTES);
	rc = check_text("context", v->context, strlen(v->context), e);
	if (rc == 0)
		rc = check_text("name", v->subject, strlen(v->subject), e);
	if (rc == 0)
		rc = check_text("text", v->text, v->text_len, e);
	if (rc == 0 && v->type != NULL)
		rc = check_text("schemaType", v->type, strlen(v->type), e);
	if (rc != 0)
		return rc;
	write_schema_key(v, &key);
	write_schema(v, &value);
	return add_line(lines, KIND_SCHEMA, &key, &value, e);
}

int
schema_line_add(struct line_set *lines, const struct schema_version *v, struct err *e)
{
	int rc = add_schema(lines, v, e);

	return rc == 0 ? 0 : err_prefix(e, "subject %.249s, version %lld", v->subject, (long long)v->version);
}

static void
write_config_key(const char *what, const char *context, const char *subject, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_array(&j);
	json_string(&j, what);
	json_string(&j, context);
	json_string(&j, subject);
	json_end_array(&j);
}

/* As json_value(), but for the members that say nothing. */
static void
write_config(struct json_object *value, struct buf *out)
{
	struct json_object *said = json_object_new_object();
	struct json j;

	if (said == NULL) {
		out->failed = true;
		return;
	}
	json_object_object_foreach(value, name, member) {
		if (!registry_holds_nothing(member, 0) &&
		    json_object_object_add(said, name, json_object_get(member)) != 0)
			out->failed = true;
	}
	json_init(&j, out);
	json_value(&j, said);
	(void)json_object_put(said);
}

static int
add_config(struct line_set *lines, const char *what, const char *context, const char *subject,
           struct json_object *value, struct err *e)
{
	CLEANUP(buf_release) struct buf key, text;
	int rc = check_text("context", context, strlen(context), e);

	if (rc == 0 && subject != NULL)
		rc = check_text("name", subject, strlen(subject), e);
	if (rc == 0 && !json_object_is_type(value, json_type_object))
		rc = err_set(e, ERR_CORRUPT, "it is no object");
	buf_init(&key, KEY_MAX_BYTES);
	buf_init(&text, LINE_MAX_BYTES - 2 * KEY_MAX_BYTES);
	if (rc != 0)
		return rc;
	write_config_key(what, context, subject, &key);
	write_config(value, &text);
	return add_line(lines, KIND_REGISTRY_CONFIG, &key, &text, e);
}

int
registry_config_line_add(struct line_set *lines, const char *what, const char *context,
                         const char *subject, struct json_object *value, struct err *e)
{
	int rc = add_config(lines, what, context, subject, value, e);

	return rc == 0 ? 0
	               : err_prefix(e, "the %s of %s%.249s", what, subject == NULL ? "context " : "subject ",
	                            subject == NULL ? context : subject);
}
