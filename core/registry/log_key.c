/* log_key.c - see log_key.h */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/registry/log_key.h"

static const struct {
	const char *name;
	int64_t     magic_max;
} keytypes[LOG_KEYTYPES] = {
	[LOG_NOOP] = { "NOOP", 0 },
	[LOG_SCHEMA] = { "SCHEMA", 1 }, /* 0: before version 5 of Confluent's */
	[LOG_CONFIG] = { "CONFIG", 0 },
	[LOG_MODE] = { "MODE", 0 },
	[LOG_CONTEXT] = { "CONTEXT", 0 },
	[LOG_DELETE_SUBJECT] = { "DELETE_SUBJECT", 0 },
	[LOG_CLEAR_SUBJECT] = { "CLEAR_SUBJECT", 0 },
	[LOG_ASSOC] = { "ASSOC", 0 },
};

#define KEY_DEPTH_MAX 4

const char *
log_keytype_name(enum log_keytype type)
{
	return keytypes[type].name;
}

void
log_key_release(struct log_key *key)
{
	json_object_put_at(&key->json);
	*key = (struct log_key){ 0 };
}

static const char *
text_of(struct json_object *object, const char *name, bool *ret_null)
{
	struct json_object *member;

	*ret_null = json_object_object_get_ex(object, name, &member) && member == NULL;
	if (!json_object_object_get_ex(object, name, &member) || !json_object_is_type(member, json_type_string))
		return NULL;
	return json_object_get_string(member);
}

/* False: it is there and is no integer. */
static bool
integer_of(struct json_object *object, const char *name, int64_t *ret)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member))
		return true;
	*ret = json_object_get_int64(member);
	return json_object_is_type(member, json_type_int);
}

static int
take_type(struct log_key *key, struct err *e)
{
	bool null;
	const char *name = text_of(key->json, "keytype", &null);
	int64_t magic = 0;
	enum log_keytype type = LOG_KEYTYPES;
	unsigned i;

	if (name == NULL)
		return err_set(e, ERR_UNSUPPORTED, "its key has no keytype");
	for (i = 0; i < LOG_KEYTYPES; i++)
		if (strcmp(keytypes[i].name, name) == 0)
			type = (enum log_keytype)i;
	if (type == LOG_KEYTYPES)
		return err_set(e, ERR_UNSUPPORTED, "this version does not know its keytype %.64s", name);
	if (!integer_of(key->json, "magic", &magic) || magic < 0 || magic > keytypes[type].magic_max)
		return err_set(e, ERR_UNSUPPORTED, "this version does not know its magic number %lld (keytype %s)",
		               (long long)magic, name);
	key->type = type;
	return 0;
}

static int
take_parts(struct log_key *key, struct err *e)
{
	bool null, fit = integer_of(key->json, "version", &key->version);

	key->subject = text_of(key->json, "subject", &key->subject_is_null);
	key->context = text_of(key->json, "context", &null);
	if (key->type == LOG_SCHEMA && (key->subject == NULL || !fit || key->version == 0))
		return err_set(e, ERR_UNSUPPORTED, "its key is of a SCHEMA without subject or version");
	return 0;
}

int
log_key_parse(const struct log_record *r, struct log_key *ret, struct err *e)
{
	struct err why = { 0 };
	int rc = 0;

	*ret = (struct log_key){ 0 };
	if (r->key == NULL)
		return err_set(e, ERR_UNSUPPORTED, "it has no key");
	if (json_parse(r->key, r->key_len, KEY_DEPTH_MAX, &ret->json, &why) != 0 ||
	    !json_object_is_type(ret->json, json_type_object))
		rc = err_set(e, ERR_UNSUPPORTED, "its key is no JSON object");
	if (rc == 0)
		rc = take_type(ret, e);
	if (rc == 0)
		rc = take_parts(ret, e);
	if (rc != 0)
		log_key_release(ret);
	return rc;
}

bool
log_key_is_noop(const struct log_record *r)
{
	CLEANUP(log_key_release) struct log_key key = { 0 };
	struct err e;

	if (r->key == NULL || r->key_len > 128 || memmem(r->key, r->key_len, "\"NOOP\"", 6) == NULL)
		return false;
	return log_key_parse(r, &key, &e) == 0 && key.type == LOG_NOOP;
}

void
log_key_describe(const struct log_record *r, char *ret, size_t size)
{
	CLEANUP(log_key_release) struct log_key key = { 0 };
	struct err e;

	if (log_key_parse(r, &key, &e) != 0)
		(void)snprintf(ret, size, "a record: %s", e.text);
	else if (key.type == LOG_SCHEMA)
		(void)snprintf(ret, size, "SCHEMA %.100s %lld", key.subject, (long long)key.version);
	else
		(void)snprintf(ret, size, "%s %.100s", keytypes[key.type].name,
		               key.subject != NULL   ? key.subject
		               : key.context != NULL ? key.context
		                                     : "(global)");
}
