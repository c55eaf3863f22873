/* config_secret.c - where secrets are, and reading them from there. */
#include <stdio.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/config/config_parse.h"

#define CREDENTIAL_NAME_MAX 255u /* systemd's */

static bool
is_credential_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= CREDENTIAL_NAME_MAX && text[0] != '.' && strchr(text, '/') == NULL;
}

static int
refuse_reference(struct config_parse *p, const char *path)
{
	return config_refuse(p, path, "expected {\"file\": \"/absolute/path\"} or "
	                              "{\"credential\": \"name\"}");
}

int
config_set_secret(struct config_parse *p, const char *path, const char *key,
                  struct json_object *value, struct secret_ref *ret)
{
	struct json_object *file = NULL, *credential = NULL, *given;
	const char *text;

	if (!json_object_is_type(value, json_type_object))
		return config_refuse(p, path,
		                     "a secret must not stand in this file; write it to a file of mode "
		                     "0600 and put here: \"%.100s\": {\"file\": "
		                     "\"/etc/kafka-config-backup/%.100s\"}",
		                     key, key);
	(void)json_object_object_get_ex(value, "file", &file);
	(void)json_object_object_get_ex(value, "credential", &credential);
	given = file != NULL ? file : credential;
	if (json_object_object_length(value) != 1 || !json_object_is_type(given, json_type_string))
		return refuse_reference(p, path);
	text = json_object_get_string(given);
	if (file != NULL ? text[0] != '/' : !is_credential_name(text))
		return refuse_reference(p, path);
	text = config_copy(p, text);
	if (text == NULL)
		return p->e->code;
	*ret = file != NULL ? (struct secret_ref){ .file = text }
	                    : (struct secret_ref){ .credential = text };
	return 0;
}

static void
cut_line_end(struct secret *s)
{
	if (s->len > 0 && s->bytes[s->len - 1] == '\n')
		s->bytes[--s->len] = 0;
	if (s->len > 0 && s->bytes[s->len - 1] == '\r')
		s->bytes[--s->len] = 0;
}

int
config_read_secret(const struct secret_ref *ref, const char *what, size_t max,
                   struct secret **ret, struct err *e)
{
	struct secret *s = NULL;
	int rc;

	if (ref->file == NULL && ref->credential == NULL)
		return err_set(e, ERR_CONFIG, "%s: the configuration does not say where it is", what);
	rc = ref->file != NULL ? secret_read(what, ref->file, max, &s, e)
	                       : secret_read_credential(what, ref->credential, max, &s, e);
	if (rc != 0)
		return rc;
	cut_line_end(s);
	if (s->len == 0) {
		secret_free(s);
		return err_set(e, ERR_CONFIG, "%s %s: holds nothing but a line end; write the secret to it",
		               what, ref->file != NULL ? ref->file : ref->credential);
	}
	*ret = s;
	return 0;
}

int
config_read_optional_secret(const struct secret_ref *ref, const char *what, struct secret **ret,
                            struct err *e)
{
	if (ref->file == NULL && ref->credential == NULL)
		return 0;
	return config_read_secret(ref, what, SECRET_FILE_MAX, ret, e);
}

typedef int add_key(struct keys *k, const char *where, const char *text, struct err *e);
typedef int set_key(struct keys *k, const char *where, const struct secret *text, struct err *e);

static int
add_all(struct keys *k, const char *path, const struct config_texts *list, add_key *add,
        struct err *e)
{
	char where[64];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->count; i++) {
		(void)snprintf(where, sizeof where, "%s[%zu]", path, i);
		rc = add(k, where, list->items[i], e);
	}
	return rc;
}

static int
read_key(struct keys *k, const char *path, const struct secret_ref *ref, set_key *set_it,
         struct err *e)
{
	struct secret *text CLEANUP(secret_free) = NULL;
	int rc = config_read_secret(ref, path, KEY_FILE_MAX, &text, e);

	return rc == 0 ? set_it(k, path, text, e) : rc;
}

int
config_load_keys(const struct config *c, struct keys *ret, struct err *e)
{
	int rc;

	*ret = (struct keys){ 0 };
	rc = add_all(ret, "keys.recipients", &c->keys.recipients, keys_add_recipient, e);
	if (rc == 0)
		rc = add_all(ret, "keys.trusted_signers", &c->keys.trusted_signers, keys_add_signer, e);
	if (rc == 0)
		rc = read_key(ret, "keys.signing_key", &c->keys.signing_key, keys_set_signing, e);
	if (rc == 0)
		rc = read_key(ret, "keys.identity", &c->keys.identity, keys_set_identity, e);
	if (rc == 0)
		rc = keys_prove(ret, e);
	if (rc != 0) {
		keys_release(ret);
		(void)err_prefix(e, "%s", c->file);
	}
	return rc;
}
