/* log_lines.c - see log_state.h: what the records come to, as lines */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/log_event.h"
#include "core/registry/registry_line.h"

/* ---- schemas ---- */

/* When a version was softly deleted: the position of what did it; SIZE_MAX: it is not. */
static size_t
deleted_at(const struct log_state *s, const struct log_event *v)
{
	const struct log_event *d = log_first(s, LOG_DELETE_SUBJECT, v->subject);

	if (v->deleted)
		return v->at;
	for (; log_is_of(s, d, LOG_DELETE_SUBJECT, v->subject); d++)
		if (d->at > v->at && d->version >= v->version)
			return d->at;
	return SIZE_MAX;
}

/* A CLEAR_SUBJECT is of a subject, of a context (":.ctx:"), or of everything. */
static bool
clears(const struct log_event *clear, const char *subject)
{
	const char *context[2], *name[2];
	size_t len[2];

	if (clear->subject[0] == '\0' || strcmp(clear->subject, subject) == 0)
		return true;
	registry_split_subject(clear->subject, &context[0], &len[0], &name[0]);
	registry_split_subject(subject, &context[1], &len[1], &name[1]);
	return name[0][0] == '\0' && len[0] == len[1] && memcmp(context[0], context[1], len[0]) == 0;
}

static bool
is_cleared(const struct log_state *s, const struct log_event *v, size_t deleted)
{
	const struct log_event *c = log_first(s, LOG_CLEAR_SUBJECT, "");

	for (; log_is_of(s, c, LOG_CLEAR_SUBJECT, NULL); c++)
		if (c->at > deleted && clears(c, v->subject))
			return true;
	return false;
}

/* The last event of one version counts. */
static bool
is_superseded(const struct log_state *s, const struct log_event *v)
{
	return log_is_of(s, v + 1, LOG_SCHEMA, v->subject) && v[1].version == v->version;
}

static struct json_object *
member_of(struct json_object *value, const char *name)
{
	struct json_object *member = NULL;

	return json_object_object_get_ex(value, name, &member) ? member : NULL;
}

static int
add_schema(const struct log_state *s, struct arena *arena, const struct log_event *v, bool deleted,
           struct line_set *lines, struct err *e)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	struct schema_version schema = { .version = v->version, .id = v->id, .deleted = deleted };
	struct json_object *text;
	int rc = log_state_value(s, v->at, &value, e);

	if (rc != 0)
		return rc;
	if (!log_subject_parts(s, arena, v->subject, &schema.context, &schema.subject))
		return err_memory(e, "making lines of records");
	text = member_of(value, "schema");
	schema.text = json_object_get_string(text);
	schema.text_len = (size_t)json_object_get_string_len(text);
	schema.type = json_object_get_string(member_of(value, "schemaType"));
	schema.references = member_of(value, "references");
	schema.metadata = member_of(value, "metadata");
	schema.rule_set = member_of(value, "ruleSet");
	return schema_line_add(lines, &schema, e);
}

/* ---- one id, one text ---- */

struct owner {
	const char            *context;
	const struct log_event *event;
};

static int
by_id(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int order = strcmp(x->context, y->context);

	if (order == 0)
		order = (x->event->id > y->event->id) - (x->event->id < y->event->id);
	return order != 0 ? order : (x->event->at > y->event->at) - (x->event->at < y->event->at);
}

/* JSON in its canonical form, anything else without its blanks: registries write the same schema in several ways. */
static void
write_plain(struct buf *out, struct json_object *text)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	const char *bytes = json_object_get_string(text);
	size_t i, len = (size_t)json_object_get_string_len(text);
	struct err e = { 0 };
	struct json j;

	if (json_parse(bytes, len, JSON_DEPTH_MAX, &value, &e) == 0) {
		json_init(&j, out);
		json_value(&j, value);
		return;
	}
	for (i = 0; i < len; i++)
		if (strchr(" \t\r\n", bytes[i]) == NULL)
			(void)buf_add_char(out, bytes[i]); /* errors are sticky */
}

static bool
same_plain(struct json_object *a, struct json_object *b)
{
	CLEANUP(buf_release) struct buf x, y;

	buf_init(&x, LINE_MAX_BYTES);
	buf_init(&y, LINE_MAX_BYTES);
	write_plain(&x, a);
	write_plain(&y, b);
	return !x.failed && !y.failed && x.len == y.len && (x.len == 0 || memcmp(x.data, y.data, x.len) == 0);
}

static bool
same_text(const struct log_state *s, const struct log_event *a, const struct log_event *b)
{
	CLEANUP(json_object_put) struct json_object *x = NULL, *y = NULL;
	struct err e = { 0 };

	if (log_state_value(s, a->at, &x, &e) != 0 ||
	    log_state_value(s, b->at, &y, &e) != 0)
		return false;
	return json_object_equal(member_of(x, "schema"), member_of(y, "schema")) ||
	       same_plain(member_of(x, "schema"), member_of(y, "schema"));
}

static int
check_ids(const struct log_state *s, struct owner *owners, size_t count, struct err *e)
{
	size_t i;

	qsort(owners, count, sizeof *owners, by_id);
	for (i = 1; i < count; i++) {
		const struct log_event *a = owners[i - 1].event, *b = owners[i].event;

		if (a->id == b->id && strcmp(owners[i - 1].context, owners[i].context) == 0 && !same_text(s, a, b))
			return err_set(e, ERR_UNSUPPORTED,
			               "id %lld has two texts: that of %.200s version %lld, and that of %.200s version "
			               "%lld; one of them must be deleted in the registry",
			               (long long)a->id, a->subject, (long long)a->version, b->subject,
			               (long long)b->version);
	}
	return 0;
}

static int
own(const struct log_state *s, struct arena *arena, const struct log_event *v, struct owner *ret, struct err *e)
{
	const char *name;

	ret->event = v;
	if (log_subject_parts(s, arena, v->subject, &ret->context, &name))
		return 0;
	return err_memory(e, "making lines of records");
}

/* Whether a version is there at all, and whether softly deleted. */
static bool
is_there(const struct log_state *s, const struct log_event *v, bool *ret_deleted)
{
	size_t deleted;

	if (v->ended || is_superseded(s, v))
		return false;
	deleted = deleted_at(s, v);
	*ret_deleted = deleted != SIZE_MAX;
	return !*ret_deleted || !is_cleared(s, v, deleted);
}

int
log_state_schemas(const struct log_state *s, struct line_set *lines, struct err *e)
{
	CLEANUP(arena_release) struct arena arena;
	const struct log_event *v = log_first(s, LOG_SCHEMA, "");
	struct owner *owners = calloc(s->count + 1, sizeof *owners);
	bool deleted = false;
	size_t count = 0;
	int rc = owners == NULL ? err_memory(e, "making lines of records") : 0;

	arena_init(&arena, TOPIC_LOG_MAX);
	for (; rc == 0 && log_is_of(s, v, LOG_SCHEMA, NULL); v++) {
		if (!is_there(s, v, &deleted))
			continue;
		rc = add_schema(s, &arena, v, deleted, lines, e);
		if (rc == 0)
			rc = own(s, &arena, v, &owners[count++], e);
	}
	if (rc == 0)
		rc = check_ids(s, owners, count, e);
	free(owners);
	return rc;
}

size_t
log_state_live(const struct log_state *s)
{
	const struct log_event *v = log_first(s, LOG_SCHEMA, "");
	bool deleted = false;
	size_t live = 0;

	for (; log_is_of(s, v, LOG_SCHEMA, NULL); v++)
		live += is_there(s, v, &deleted) && !deleted;
	return live;
}

bool
log_state_has_schema(const struct log_state *s, const struct log_record *r)
{
	CLEANUP(log_key_release) struct log_key key = { 0 };
	CLEANUP(json_object_put) struct json_object *value = NULL, *saved = NULL;
	const struct log_event *v;
	struct err e = { 0 };

	if (log_key_parse(r, &key, &e) != 0 || key.type != LOG_SCHEMA || log_value_parse(r, &value, &e) != 0)
		return false;
	for (v = log_first(s, LOG_SCHEMA, key.subject); log_is_of(s, v, LOG_SCHEMA, key.subject); v++) {
		if (v->version != key.version || v->ended || v->id != json_object_get_int64(member_of(value, "id")))
			continue;
		json_object_put_at(&saved);
		saved = NULL;
		if (log_state_value(s, v->at, &saved, &e) == 0 &&
		    json_object_equal(member_of(saved, "schema"), member_of(value, "schema")))
			return true;
	}
	return false;
}

/* ---- configs and modes ---- */

static int
add_setting(const struct log_state *s, struct arena *arena, const struct log_event *v, struct line_set *lines,
            struct err *e)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	const char *context, *name;
	int rc = log_state_value(s, v->at, &value, e);

	if (rc != 0)
		return rc;
	json_object_object_del(value, "subject"); /* it stands in the key */
	if (!log_subject_parts(s, arena, v->subject, &context, &name))
		return err_memory(e, "making lines of records");
	return registry_config_line_add(lines, v->type == LOG_MODE ? "mode" : "config", context,
	                                name[0] == '\0' ? NULL : name, value, e);
}

static int
add_settings(const struct log_state *s, enum log_keytype type, struct arena *arena, struct line_set *lines,
             struct err *e)
{
	const struct log_event *v = log_first(s, type, "");
	int rc = 0;

	for (; rc == 0 && log_is_of(s, v, type, NULL); v++)
		if (!v->ended && !log_is_of(s, v + 1, type, v->subject))
			rc = add_setting(s, arena, v, lines, e);
	return rc;
}

/* ---- the highest ids ---- */

/* An object of context and id; ids only rise. */
static int
raise_id(struct json_object *highest, const char *context, int64_t id, struct err *e)
{
	struct json_object *there = NULL, *member;

	if (json_object_object_get_ex(highest, context, &there) && json_object_get_int64(there) >= id)
		return 0;
	member = json_object_new_int64(id);
	if (member != NULL && json_object_object_add(highest, context, member) == 0)
		return 0;
	(void)json_object_put(member);
	return err_memory(e, "making lines of records");
}

static int
raise_known(struct json_object *highest, const struct line *line, struct err *e)
{
	static const char prefix[] = "[\"highest_id\",";
	CLEANUP(json_object_put) struct json_object *key = NULL, *value = NULL;
	struct json_object *context, *id;

	if (line->kind != KIND_REGISTRY_CONFIG || strncmp(line->key, prefix, sizeof prefix - 1) != 0)
		return 0;
	if (json_parse(line->key, line->key_len, 2, &key, e) != 0 ||
	    json_parse(line->value, line->value_len, 2, &value, e) != 0)
		return e->code;
	context = json_object_is_type(key, json_type_array) ? json_object_array_get_idx(key, 1) : NULL;
	id = json_object_is_type(value, json_type_object) ? member_of(value, "id") : NULL;
	if (!json_object_is_type(context, json_type_string) || !json_object_is_type(id, json_type_int))
		return err_set(e, ERR_CORRUPT, "registry_config %.200s: it names no context and id", line->key);
	return raise_id(highest, json_object_get_string(context), json_object_get_int64(id), e);
}

static int
find_highest(const struct log_state *s, struct arena *arena, const struct line_set *known, struct json_object *highest,
             struct err *e)
{
	const struct log_event *v = log_first(s, LOG_SCHEMA, "");
	const char *context, *name;
	size_t i;
	int rc = 0;

	for (; rc == 0 && log_is_of(s, v, LOG_SCHEMA, NULL); v++) {
		if (v->ended)
			continue;
		rc = log_subject_parts(s, arena, v->subject, &context, &name)
		         ? raise_id(highest, context, v->id, e)
		         : err_memory(e, "making lines of records");
	}
	for (i = 0; rc == 0 && known != NULL && i < known->count; i++)
		rc = raise_known(highest, &known->lines[i], e);
	return rc;
}

static int
add_highest(struct json_object *highest, struct line_set *lines, struct err *e)
{
	json_object_object_foreach(highest, context, id) {
		CLEANUP(json_object_put) struct json_object *value = json_object_new_object();

		if (value == NULL || json_object_object_add(value, "id", json_object_get(id)) != 0)
			return err_memory(e, "making lines of records");
		if (registry_config_line_add(lines, "highest_id", context, NULL, value, e) != 0)
			return e->code;
	}
	return 0;
}

int
log_state_configs(const struct log_state *s, const struct line_set *known, struct line_set *lines, struct err *e)
{
	CLEANUP(json_object_put) struct json_object *highest = json_object_new_object();
	CLEANUP(arena_release) struct arena arena;
	int rc = highest == NULL ? err_memory(e, "making lines of records") : 0;

	arena_init(&arena, TOPIC_LOG_MAX);
	if (rc == 0)
		rc = add_settings(s, LOG_CONFIG, &arena, lines, e);
	if (rc == 0)
		rc = add_settings(s, LOG_MODE, &arena, lines, e);
	if (rc == 0)
		rc = find_highest(s, &arena, known, highest, e);
	return rc == 0 ? add_highest(highest, lines, e) : rc;
}
