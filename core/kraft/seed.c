/* seed.c - see seed.h: one function a kind; topics are in seed_topic.c */
#include "core/kraft/seed.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kraft/acl_key.h"
#include "core/kraft/lines.h"
#include "core/kraft/seed_topic.h"

int
seed_begin(struct seed *s, struct err *e)
{
	size_t i;

	for (i = 0; i < SEED_SECTIONS; i++)
		frames_init(&s->sections[i]);
	s->saved = s->taken = NULL;
	s->saved_count = s->added = s->there = 0;
	return seed_map_brokers(s, e);
}

void
seed_release(struct seed *s)
{
	size_t i;

	for (i = 0; i < SEED_SECTIONS; i++)
		frames_release(&s->sections[i]);
	free(s->saved);
	free(s->taken);
	s->saved = s->taken = NULL;
}

static int
misfit(const struct line *line, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the value of a line of %s is not as FORMAT.md says",
	               kind_name(line->kind));
}

static struct json_object *
member(struct json_object *value, const char *name, json_type type)
{
	struct json_object *m = NULL;

	return json_object_object_get_ex(value, name, &m) && json_object_is_type(m, type) ? m : NULL;
}

/* ---- configs ---- */

int
seed_configs(struct seed *s, int type, const char *resource, struct json_object *configs, struct err *e)
{
	struct metadata_record r = { .type = RECORD_CONFIG };

	r.values[CONFIG_TYPE] = value_number(type);
	r.values[CONFIG_RESOURCE] = value_text(resource, strlen(resource));
	json_object_object_foreach(configs, name, value) {
		if (!json_object_is_type(value, json_type_string))
			return err_set(e, ERR_CORRUPT, "the config %s of %s is no text", name, resource);
		r.values[CONFIG_NAME] = value_text(name, strlen(name));
		r.values[CONFIG_VALUE] = value_text(json_object_get_string(value),
		                                    (size_t)json_object_get_string_len(value));
		frames_add_record(&s->sections[SEED_CONFIGS], &r);
	}
	return 0;
}

static int
seed_config_kind(struct seed *s, const struct line *line, struct json_object *value, struct err *e)
{
	struct json_object *configs = member(value, "configs", json_type_object);
	int type = line->kind == KIND_CLUSTER_CONFIG ? RESOURCE_BROKER
	           : line->kind == KIND_GROUP_CONFIG ? RESOURCE_GROUP
	                                             : RESOURCE_CLIENT_METRICS;
	bool all = type == RESOURCE_BROKER && strcmp(line->key, "default") == 0;

	return configs == NULL ? misfit(line, e)
	                       : seed_configs(s, type, all ? "" : line->key, configs, e);
}

/* ---- users ---- */

#define SCRAM_BYTES_MAX 4096u

struct bytes {
	unsigned char at[SCRAM_BYTES_MAX];
	size_t        len;
};

static bool
take_bytes(struct json_object *credential, const char *name, struct bytes *ret)
{
	struct json_object *text = member(credential, name, json_type_string);

	return text != NULL &&
	       sodium_base642bin(ret->at, sizeof ret->at, json_object_get_string(text),
	                         (size_t)json_object_get_string_len(text), NULL, &ret->len, NULL,
	                         sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       ret->len > 0;
}

static int
seed_credential(struct seed *s, const struct line *line, const char *mechanism,
                struct json_object *credential, struct err *e)
{
	struct metadata_record r = { .type = RECORD_USER_SCRAM };
	struct json_object *iterations = member(credential, "iterations", json_type_int);
	struct bytes salt, stored, server;
	int number = strcmp(mechanism, scram_name(1)) == 0   ? 1
	             : strcmp(mechanism, scram_name(2)) == 0 ? 2
	                                                     : 0;
	bool fits = number != 0 && iterations != NULL && json_object_get_int64(iterations) > 0 &&
	            json_object_get_int64(iterations) <= INT32_MAX && take_bytes(credential, "salt", &salt) &&
	            take_bytes(credential, "stored_key", &stored) &&
	            take_bytes(credential, "server_key", &server) &&
	            stored.len == (number == 1 ? 32u : 64u) && server.len == stored.len;

	if (fits) {
		r.values[USER_NAME] = value_text(line->key, line->key_len);
		r.values[USER_MECHANISM] = value_number(number);
		r.values[USER_SALT] = value_text(salt.at, salt.len);
		r.values[USER_STORED_KEY] = value_text(stored.at, stored.len);
		r.values[USER_SERVER_KEY] = value_text(server.at, server.len);
		r.values[USER_ITERATIONS] = value_number(json_object_get_int64(iterations));
		frames_add_record(&s->sections[SEED_USERS], &r);
	}
	sodium_memzero(&salt, sizeof salt);
	sodium_memzero(&stored, sizeof stored);
	sodium_memzero(&server, sizeof server);
	return fits ? 0 : misfit(line, e);
}

static int
seed_user(struct seed *s, const struct line *line, struct json_object *value, struct err *e)
{
	int rc = 0;

	json_object_object_foreach(value, mechanism, credential) {
		if (rc == 0)
			rc = seed_credential(s, line, mechanism, credential, e);
	}
	return rc;
}

/* ---- ACLs ---- */

static int
seed_acl(struct seed *s, const struct line *line, struct json_object *value, struct err *e)
{
	struct metadata_record r = { .type = RECORD_ACL };
	CLEANUP(json_object_put) struct json_object *key = NULL;
	unsigned char id[UUID_BYTES];
	struct acl acl;

	(void)value;
	if (!acl_key_parse(line->key, line->key_len, &acl, &key))
		return misfit(line, e);
	r.values[ACL_RESOURCE_TYPE] = value_number(acl.resource);
	r.values[ACL_RESOURCE] = value_text(acl.name.bytes, acl.name.len);
	r.values[ACL_PATTERN] = value_number(acl.pattern);
	r.values[ACL_PRINCIPAL] = value_text(acl.principal.bytes, acl.principal.len);
	r.values[ACL_HOST] = value_text(acl.host.bytes, acl.host.len);
	r.values[ACL_OPERATION] = value_number(acl.operation);
	r.values[ACL_PERMISSION] = value_number(acl.permission);
	/* the id names it within the cluster alone: every controller makes the same one of the same ACL */
	(void)crypto_generichash(id, sizeof id, (const unsigned char *)line->key, line->key_len, NULL, 0);
	r.values[ACL_ID] = value_text(id, sizeof id);
	frames_add_record(&s->sections[SEED_ACLS], &r);
	return 0;
}

/* ---- quotas ---- */

static int
write_entity(struct json_object *key, struct buf *out, uint32_t *count)
{
	size_t len;

	json_object_object_foreach(key, type, name) {
		len = strlen(type);
		wire_varlong(out, len + 1);
		(void)buf_add(out, type, len);
		if (name != NULL && !json_object_is_type(name, json_type_string))
			return -1;
		len = name == NULL ? 0 : (size_t)json_object_get_string_len(name);
		wire_varlong(out, name == NULL ? 0 : len + 1);
		if (name != NULL)
			(void)buf_add(out, json_object_get_string(name), len);
		wire_varlong(out, 0);
		(*count)++;
	}
	return *count > 0 ? 0 : -1;
}

static int
seed_quota(struct seed *s, const struct line *line, struct json_object *value, struct err *e)
{
	struct json_object *quotas = member(value, "quotas", json_type_object);
	struct metadata_record r = { .type = RECORD_QUOTA };
	CLEANUP(json_object_put) struct json_object *key = NULL;
	CLEANUP(buf_release) struct buf entity;
	uint32_t count = 0;

	buf_init(&entity, LINE_MAX_BYTES);
	if (quotas == NULL || json_parse(line->key, line->key_len, 2, &key, e) != 0 ||
	    !json_object_is_type(key, json_type_object) || write_entity(key, &entity, &count) != 0 ||
	    entity.failed)
		return misfit(line, e);
	r.values[QUOTA_ENTITY] = (struct record_value){ .bytes = (unsigned char *)entity.data,
		                                        .len = entity.len, .count = count };
	json_object_object_foreach(quotas, name, number) {
		if (!json_object_is_type(number, json_type_double) && !json_object_is_type(number, json_type_int))
			return misfit(line, e);
		r.values[QUOTA_KEY] = value_text(name, strlen(name));
		r.values[QUOTA_VALUE] = (struct record_value){ .real = json_object_get_double(number) };
		frames_add_record(&s->sections[SEED_QUOTAS], &r);
	}
	return 0;
}

/* ---- all ---- */

static const struct {
	int (*add)(struct seed *s, const struct line *line, struct json_object *value, struct err *e);
	bool once; /* what stands there by its key stays, whatever its value */
} kinds[KIND_TABLE] = {
	[KIND_CLUSTER_CONFIG] = { seed_config_kind, false },
	[KIND_USER] = { seed_user, true },
	[KIND_ACL] = { seed_acl, true },
	[KIND_TOPIC] = { seed_topic, true },
	[KIND_QUOTA] = { seed_quota, false },
	[KIND_GROUP_CONFIG] = { seed_config_kind, false },
	[KIND_CLIENT_METRICS] = { seed_config_kind, false },
};

static bool
stands(const struct seed *s, const struct line *line)
{
	const struct line *there = line_set_find(s->formatted, line->kind, line->key);

	return there != NULL && (kinds[line->kind].once ||
	                         (there->value_len == line->value_len &&
	                          memcmp(there->value, line->value, line->value_len) == 0));
}

/* What a line that failed half-way has added goes again. */
static void
take_back(struct seed *s, const struct frames before[SEED_SECTIONS])
{
	size_t i;

	for (i = 0; i < SEED_SECTIONS; i++) {
		s->sections[i].bytes.len = before[i].bytes.len;
		s->sections[i].count = before[i].count;
	}
}

int
seed_line(struct seed *s, const struct line *line, struct err *e)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	struct frames before[SEED_SECTIONS];
	size_t i;
	int rc;

	if ((unsigned)line->kind >= KIND_TABLE || kinds[line->kind].add == NULL)
		return err_set(e, ERR_UNSUPPORTED, "%s is not in a metadata log", kind_name(line->kind));
	if (stands(s, line)) {
		s->there++;
		return 0;
	}
	memcpy(before, s->sections, sizeof before);
	rc = json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &value, e);
	if (rc == 0)
		rc = json_object_is_type(value, json_type_object) ? kinds[line->kind].add(s, line, value, e)
		                                                  : misfit(line, e);
	if (rc != 0)
		take_back(s, before);
	for (i = 0; i < SEED_SECTIONS && rc == 0; i++)
		if (s->sections[i].bytes.failed)
			rc = err_memory(e, "writing metadata records");
	s->added += rc == 0;
	return rc;
}
