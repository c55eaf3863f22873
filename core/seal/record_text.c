/*
 * record_text.c - see record_text.h.
 *
 * One record has one canonical text: what is read is written again and compared, so that no
 * unknown, missing, repeated or clamped member can pass.
 */
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "core/seal/header.h"
#include "core/seal/hex.h"
#include "core/seal/record_text.h"

#define DEPTH_MAX      2  /* an object with a list in it */
#define TOPIC_ID_CHARS 22 /* 16 bytes as URL-safe base64 without padding */

static const char *const makers[] = {
	[ADOPTED_FIRST] = "first",
	[ADOPTED_RESTORE] = "restore",
	[ADOPTED_PERSON] = "person",
};

const char *
record_text_type(enum record_type type)
{
	static const char *const names[] = {
		[RECORD_CLAIM] = "claim",
		[RECORD_ADOPTION] = "adoption",
		[RECORD_DECISION] = "decision",
	};

	return (unsigned)type < LENGTH(names) ? names[type] : NULL;
}

static const char *
claim_fault(const struct record *r)
{
	bool nothing = sodium_is_zero(r->snapshot, sizeof r->snapshot) == 1;

	if (nothing != (r->snapshot_epoch == 0) || nothing != (r->snapshot_sequence == 0))
		return "its snapshot's id, epoch and sequence do not agree";
	return NULL;
}

static bool
is_topic_id(const char *text)
{
	unsigned char id[16];
	size_t got = 0;

	return strlen(text) == TOPIC_ID_CHARS &&
	       sodium_base642bin(id, sizeof id, text, TOPIC_ID_CHARS, NULL, &got, NULL,
	                         sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       got == sizeof id;
}

static const char *
adoption_fault(const struct record *r)
{
	if (r->by < ADOPTED_FIRST || r->by > ADOPTED_PERSON)
		return "who adopted is unknown";
	if (r->topic_id_count > ADOPTION_TOPICS_MAX)
		return "it has more than 1000 topic ids";
	for (size_t i = 0; i < r->topic_id_count; i++) {
		if (!is_topic_id(r->topic_ids[i]))
			return "a topic id is not 22 characters of URL-safe base64";
		if (i > 0 && strcmp(r->topic_ids[i - 1], r->topic_ids[i]) >= 0)
			return "its topic ids are not sorted, or one is there twice";
	}
	return NULL;
}

static const char *
decision_fault(const struct record *r)
{
	if (!kind_is_resource(r->kind))
		return "its kind is none of a resource";
	if (r->name != NULL && (r->name[0] == '\0' || strlen(r->name) > KEY_MAX_BYTES))
		return "its name is not 1 to 4096 bytes long";
	return NULL;
}

const char *
record_text_fault(const struct record *r)
{
	if (record_text_type(r->type) == NULL)
		return "its type is unknown";
	if (!header_is_service(r->service))
		return "the service is not 1 to 64 of A-Z a-z 0-9 . _ - without a leading dot";
	if (r->epoch == 0)
		return "the epoch is 0";
	if (r->created_at_ms < 0)
		return "it was made before 1970";
	if (r->type == RECORD_DECISION)
		return decision_fault(r);
	if (!header_is_cluster(r->cluster))
		return "the cluster id is not 1 to 64 bytes without control characters";
	return r->type == RECORD_CLAIM ? claim_fault(r) : adoption_fault(r);
}

static void
write_id(struct json *j, const char *key, const unsigned char id[SNAPSHOT_ID_BYTES])
{
	char text[SNAPSHOT_ID_TEXT];

	seal_id_text(id, text);
	json_key_string(j, key, text);
}

/* In the byte order of the keys. */
static void
write_members(struct json *j, const struct record *r)
{
	if (r->type == RECORD_ADOPTION)
		json_key_string(j, "by", makers[r->by]);
	if (r->type != RECORD_DECISION)
		json_key_string(j, "cluster", r->cluster);
	if (r->type == RECORD_CLAIM)
		json_key_bool(j, "create_only", r->create_only);
	json_key_unsigned(j, "created_at_ms", (uint64_t)r->created_at_ms);
	json_key_unsigned(j, "epoch", r->epoch);
	write_id(j, "id", r->id);
	if (r->type == RECORD_DECISION) {
		json_key_string(j, "kind", kind_name(r->kind));
		json_key_string(j, "name", r->name);
		json_key_unsigned(j, "sequence", r->sequence);
	}
	json_key_string(j, "service", r->service);
	if (r->type == RECORD_CLAIM) {
		write_id(j, "snapshot", r->snapshot);
		json_key_unsigned(j, "snapshot_epoch", r->snapshot_epoch);
		json_key_unsigned(j, "snapshot_sequence", r->snapshot_sequence);
	}
	if (r->type == RECORD_ADOPTION) {
		json_key(j, "topic_ids");
		json_begin_array(j);
		for (size_t i = 0; i < r->topic_id_count; i++)
			json_string(j, r->topic_ids[i]);
		json_end_array(j);
	}
}

void
record_text_write(const struct record *r, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	write_members(&j, r);
	json_end_object(&j);
}

static int
refuse_member(const char *key, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "member \"%s\" is missing, of another type or too long",
	               key);
}

/* A string of at most max bytes; NULL: no string, or too long. */
static const char *
get_text(struct json_object *o, const char *key, size_t max)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_string) ||
	    (size_t)json_object_get_string_len(value) > max)
		return NULL;
	return json_object_get_string(value);
}

/* ret has room for max bytes and a NUL. */
static int
read_text(struct json_object *o, const char *key, size_t max, char *ret, struct err *e)
{
	const char *text = get_text(o, key, max);

	if (text == NULL)
		return refuse_member(key, e);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int
read_id(struct json_object *o, const char *key, unsigned char ret[SNAPSHOT_ID_BYTES],
        struct err *e)
{
	const char *text = get_text(o, key, 2 * SNAPSHOT_ID_BYTES);

	if (text == NULL || strlen(text) != 2 * SNAPSHOT_ID_BYTES ||
	    !hex_get_bytes(text, ret, SNAPSHOT_ID_BYTES))
		return refuse_member(key, e);
	return 0;
}

/* Negative numbers become 0 here, and are found by the comparison at the end. */
static int
read_number(struct json_object *o, const char *key, uint64_t *ret, struct err *e)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return refuse_member(key, e);
	*ret = json_object_get_uint64(value);
	return 0;
}

static int
read_common(struct json_object *o, struct record *r, struct err *e)
{
	uint64_t created = 0;
	int rc = read_text(o, "service", SERVICE_ID_MAX, r->service, e);

	if (rc == 0)
		rc = read_number(o, "epoch", &r->epoch, e);
	if (rc == 0)
		rc = read_number(o, "created_at_ms", &created, e);
	if (rc == 0)
		rc = read_id(o, "id", r->id, e);
	r->created_at_ms = created > INT64_MAX ? -1 : (int64_t)created;
	return rc;
}

static int
read_claim(struct json_object *o, struct record *r, struct err *e)
{
	struct json_object *only = NULL;
	int rc = read_text(o, "cluster", CLUSTER_ID_MAX, r->cluster, e);

	if (rc == 0 && (!json_object_object_get_ex(o, "create_only", &only) ||
	                !json_object_is_type(only, json_type_boolean)))
		rc = refuse_member("create_only", e);
	r->create_only = json_object_get_boolean(only) != 0;
	if (rc == 0)
		rc = read_id(o, "snapshot", r->snapshot, e);
	if (rc == 0)
		rc = read_number(o, "snapshot_epoch", &r->snapshot_epoch, e);
	return rc != 0 ? rc : read_number(o, "snapshot_sequence", &r->snapshot_sequence, e);
}

static int
read_topic_ids(struct json_object *list, struct arena *arena, struct record *r, struct err *e)
{
	size_t count = json_object_array_length(list);
	const char **ids;

	if (count > ADOPTION_TOPICS_MAX)
		return refuse_member("topic_ids", e);
	ids = arena_alloc(arena, (count + 1) * sizeof *ids);
	if (ids == NULL)
		return err_memory(e, "reading a record");
	for (size_t i = 0; i < count; i++) {
		struct json_object *id = json_object_array_get_idx(list, i);

		if (!json_object_is_type(id, json_type_string) ||
		    json_object_get_string_len(id) != TOPIC_ID_CHARS)
			return refuse_member("topic_ids", e);
		ids[i] = arena_text(arena, json_object_get_string(id));
		if (ids[i] == NULL)
			return err_memory(e, "reading a record");
	}
	r->topic_ids = ids;
	r->topic_id_count = count;
	return 0;
}

static int
read_adoption(struct json_object *o, struct arena *arena, struct record *r, struct err *e)
{
	const char *by = get_text(o, "by", 16);
	struct json_object *list = NULL;
	int rc = read_text(o, "cluster", CLUSTER_ID_MAX, r->cluster, e);

	if (rc != 0)
		return rc;
	for (unsigned i = ADOPTED_FIRST; by != NULL && i <= ADOPTED_PERSON; i++)
		if (strcmp(makers[i], by) == 0)
			r->by = (enum adopted_by)i;
	if (r->by == 0)
		return refuse_member("by", e);
	if (!json_object_object_get_ex(o, "topic_ids", &list) ||
	    !json_object_is_type(list, json_type_array))
		return refuse_member("topic_ids", e);
	return read_topic_ids(list, arena, r, e);
}

static int
read_decision(struct json_object *o, struct arena *arena, struct record *r, struct err *e)
{
	const char *kind = get_text(o, "kind", 64), *name = get_text(o, "name", KEY_MAX_BYTES);
	struct json_object *value = NULL;

	if (kind == NULL || !kind_by_name(kind, strlen(kind), &r->kind))
		return refuse_member("kind", e);
	if (!json_object_object_get_ex(o, "name", &value) || (value != NULL && name == NULL))
		return refuse_member("name", e);
	if (name != NULL) {
		r->name = arena_text(arena, name);
		if (r->name == NULL)
			return err_memory(e, "reading a record");
	}
	return read_number(o, "sequence", &r->sequence, e);
}

static int
read_members(struct json_object *o, struct arena *arena, struct record *r, struct err *e)
{
	int rc = read_common(o, r, e);

	if (rc != 0)
		return rc;
	if (r->type == RECORD_CLAIM)
		return read_claim(o, r, e);
	return r->type == RECORD_ADOPTION ? read_adoption(o, arena, r, e)
	                                  : read_decision(o, arena, r, e);
}

static int
check_canonical(const char *text, size_t len, const struct record *r, struct err *e)
{
	struct buf again CLEANUP(buf_release);

	buf_init(&again, RECORD_TEXT_MAX);
	record_text_write(r, &again);
	if (again.failed)
		return err_memory(e, "reading a record");
	if (again.len != len || memcmp(again.data, text, len) != 0)
		return err_set(e, ERR_CORRUPT,
		               "it has members that version 1 does not know, or is not in "
		               "canonical form: made by a newer program; use a newer one");
	return 0;
}

int
record_text_read(const char *text, size_t len, enum record_type type, struct arena *arena,
                 struct record *ret, struct err *e)
{
	struct json_object *o CLEANUP(json_object_put) = NULL;
	struct record r = { .type = type };
	const char *fault;
	int rc = json_parse(text, len, DEPTH_MAX, &o, e);

	if (rc != 0)
		return rc;
	if (!json_object_is_type(o, json_type_object))
		return err_set(e, ERR_CORRUPT, "its text is no JSON object");
	rc = read_members(o, arena, &r, e);
	if (rc != 0)
		return rc;
	fault = record_text_fault(&r);
	if (fault != NULL)
		return err_set(e, ERR_CORRUPT, "%s", fault);
	rc = check_canonical(text, len, &r, e);
	if (rc == 0)
		*ret = r;
	return rc;
}
