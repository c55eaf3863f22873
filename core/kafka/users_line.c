/* users_line.c - see users_line.h */
#include "core/kafka/users_line.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/kraft/lines.h"

static bool
has(struct json_object *value, const char *name, enum json_type type)
{
	struct json_object *member;

	return json_object_object_get_ex(value, name, &member) && json_object_is_type(member, type);
}

static bool
is_verifier(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) && json_object_object_length(value) == 4 &&
	       has(value, "iterations", json_type_int) && has(value, "salt", json_type_string) &&
	       has(value, "server_key", json_type_string) && has(value, "stored_key", json_type_string);
}

static void
write_canonical(struct json_object *value, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_value(&j, value);
}

/* Canonical already: only then does the object say all of the bytes. */
static bool
is_verifier_text(const struct user_credential *c)
{
	struct json_object *value = NULL;
	struct buf text;
	struct err e;
	bool same;

	if (strcmp(c->mechanism, scram_name(1)) != 0 && strcmp(c->mechanism, scram_name(2)) != 0)
		return false;
	if (c->len == 0 || json_parse(c->bytes, c->len, 2, &value, &e) != 0)
		return false;
	buf_init(&text, CREDENTIAL_MAX);
	if (is_verifier(value))
		write_canonical(value, &text);
	same = !text.failed && text.len == c->len && memcmp(text.data, c->bytes, c->len) == 0;
	buf_wipe(&text);
	(void)json_object_put(value);
	return same;
}

void
user_credential_write(const struct user_credential *c, struct json *out)
{
	size_t size = sodium_base64_encoded_len(c->len, sodium_base64_VARIANT_ORIGINAL);
	char *text;

	json_key(out, c->mechanism);
	if (is_verifier_text(c)) {
		json_raw(out, c->bytes, c->len);
		return;
	}
	text = malloc(size);
	if (text == NULL) {
		out->out->failed = true;
		return;
	}
	(void)sodium_bin2base64(text, size, c->bytes, c->len, sodium_base64_VARIANT_ORIGINAL);
	json_begin_object(out);
	json_key_string(out, "credential", text);
	json_end_object(out);
	sodium_memzero(text, size);
	free(text);
}

bool
user_credential_bytes(struct json_object *value, struct buf *out)
{
	struct json_object *text;
	size_t len;

	buf_clear(out);
	if (is_verifier(value)) {
		write_canonical(value, out);
		return !out->failed;
	}
	if (!json_object_is_type(value, json_type_object) || json_object_object_length(value) != 1 ||
	    !json_object_object_get_ex(value, "credential", &text) ||
	    !json_object_is_type(text, json_type_string))
		return false;
	len = (size_t)json_object_get_string_len(text);
	if (buf_reserve(out, len + 1) != 0)
		return false;
	return sodium_base642bin((unsigned char *)out->data, len, json_object_get_string(text), len, NULL,
	                         &out->len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}
