/* document_summary.c - the last line of a document: what is known only at the end */
#include <inttypes.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/snapshot/document_summary.h"

/* By name in byte order, as canonical JSON has them. */
static const enum kind by_name[] = {
	KIND_ACL,          KIND_CARRIED,      KIND_CLIENT_METRICS, KIND_CLUSTER_CONFIG,
	KIND_CONNECTOR,    KIND_GROUP_CONFIG, KIND_IDENTITY,       KIND_QUOTA,
	KIND_REGISTRY_CONFIG, KIND_REGISTRY_LOG, KIND_SCHEMA,      KIND_TOPIC,
	KIND_USER,
};

enum kind_state
document_state(const struct kind_entry kinds[KIND_TABLE], enum kind kind)
{
	const struct kind_entry *entry = &kinds[kind];

	if (entry->state == STATE_NONE && entry->count > 0 && !kind_is_resource(kind))
		return STATE_CAPTURED;
	return entry->state;
}

static void
write_kinds(struct json *j, const struct kind_entry kinds[KIND_TABLE])
{
	size_t i;

	json_begin_object(j);
	for (i = 0; i < LENGTH(by_name); i++) {
		const struct kind_entry *entry = &kinds[by_name[i]];
		enum kind_state state = document_state(kinds, by_name[i]);

		if (state == STATE_NONE)
			continue;
		json_key(j, kind_name(by_name[i]));
		json_begin_object(j);
		json_key_unsigned(j, "count", entry->count);
		json_key_string(j, "state", kind_state_name(state));
		json_key_bool(j, "suspect", entry->suspect);
		json_end_object(j);
	}
	json_end_object(j);
}

static bool
same_text(const struct buf *a, const char *text, size_t len)
{
	return !a->failed && a->len == len && memcmp(a->data, text, len) == 0;
}

/* Do both say the same of every kind? */
static bool
same_kinds(struct json_object *said, const struct kind_entry kinds[KIND_TABLE])
{
	CLEANUP(buf_release) struct buf a, b;
	struct json j;

	buf_init(&a, RECORD_TEXT_MAX);
	buf_init(&b, RECORD_TEXT_MAX);
	json_init(&j, &a);
	json_value(&j, said);
	json_init(&j, &b);
	write_kinds(&j, kinds);
	return !b.failed && same_text(&a, b.data, b.len);
}

static bool
is_canonical(const char *text, size_t len, struct json_object *parsed)
{
	CLEANUP(buf_release) struct buf again;
	struct json j;

	buf_init(&again, len + 1);
	json_init(&j, &again);
	json_value(&j, parsed);
	return same_text(&again, text, len);
}

int
document_summary_check(const char *value, size_t len, const struct kind_entry kinds[KIND_TABLE],
                       struct err *e)
{
	CLEANUP(json_object_put) struct json_object *parsed = NULL;
	struct json_object *about = NULL, *said = NULL;

	if (json_parse(value, len, JSON_DEPTH_MAX, &parsed, e) != 0)
		return err_prefix(e, "document: summary line");
	if (!is_canonical(value, len, parsed))
		return err_set(e, ERR_CORRUPT, "document: the summary is not canonical");
	if (json_object_object_length(parsed) != 2 ||
	    !json_object_object_get_ex(parsed, "about", &about) ||
	    !json_object_is_type(about, json_type_object) ||
	    !json_object_object_get_ex(parsed, "kinds", &said))
		return err_set(e, ERR_CORRUPT, "document: the summary does not hold what it must");
	if (!same_kinds(said, kinds))
		return err_set(e, ERR_CORRUPT,
		               "document: the summary and the header differ about the kinds");
	return 0;
}

int
document_summary_write(const char *about, const struct kind_entry kinds[KIND_TABLE],
                       struct buf *out, struct err *e)
{
	size_t start = out->len;
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key(&j, "about");
	json_raw(&j, about != NULL ? about : "{}", about != NULL ? strlen(about) : 2);
	json_key(&j, "kinds");
	write_kinds(&j, kinds);
	json_end_object(&j);
	if (out->failed)
		return err_set(e, ERR_FAILED, "document: no room for its summary");
	return document_summary_check(out->data + start, out->len - start, kinds, e);
}
