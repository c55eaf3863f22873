/* log_state.c - see log_state.h: the records are read, and whose they are */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/registry/log_event.h"
#include "core/registry/log_line.h"
#include "core/registry/registry_line.h"

/* ---- whose ---- */

/* Karapace signs its records; Confluent's have no headers. */
static bool
is_signed(const struct log_record *r)
{
	size_t i;

	for (i = 0; i < r->header_count; i++)
		if (strcasecmp(r->headers[i].name, "X-Registry-Version") == 0)
			return true;
	return false;
}

static enum registry_vendor
vendor_of_key(const struct log_record *r)
{
	CLEANUP(log_key_release) struct log_key key = { 0 };
	struct err e;

	if (log_key_parse(r, &key, &e) != 0)
		return REGISTRY_UNKNOWN;
	switch (key.type) {
	case LOG_MODE:
	case LOG_CONTEXT:
	case LOG_CLEAR_SUBJECT:
	case LOG_ASSOC:
		return REGISTRY_CONFLUENT;
	case LOG_CONFIG:
		if (key.subject != NULL)
			return REGISTRY_UNKNOWN;
		return key.subject_is_null ? REGISTRY_KARAPACE : REGISTRY_CONFLUENT;
	case LOG_SCHEMA: /* a field that Karapace never writes */
		if (r->value != NULL && memmem(r->value, r->value_len, "\"md5\":", 6) != NULL)
			return REGISTRY_CONFLUENT;
		return REGISTRY_UNKNOWN;
	default:
		return REGISTRY_UNKNOWN;
	}
}

/* Who a tombstone is by: one writes null, the other nothing. */
static enum registry_vendor
vendor_of_value(const struct log_record *r)
{
	if (log_key_is_noop(r))
		return REGISTRY_UNKNOWN;
	if (r->value == NULL)
		return REGISTRY_CONFLUENT;
	return r->value_len == 0 ? REGISTRY_KARAPACE : REGISTRY_UNKNOWN;
}

enum registry_vendor
log_vendor(const struct topic_log *log)
{
	enum registry_vendor vendor = REGISTRY_UNKNOWN;
	size_t i;

	for (i = log->count; i > 0 && vendor == REGISTRY_UNKNOWN; i--) {
		const struct log_record *r = &log->records[i - 1];

		vendor = is_signed(r) ? REGISTRY_KARAPACE : vendor_of_key(r);
		if (vendor == REGISTRY_UNKNOWN)
			vendor = vendor_of_value(r);
	}
	return vendor;
}

/* ---- one record ---- */

int
log_value_parse(const struct log_record *r, struct json_object **ret, struct err *e)
{
	struct err why = { 0 };

	*ret = NULL;
	if (r->value != NULL && json_parse(r->value, r->value_len, JSON_DEPTH_MAX, ret, &why) == 0 &&
	    json_object_is_type(*ret, json_type_object))
		return 0;
	json_object_put_at(ret);
	*ret = NULL;
	return err_set(e, ERR_UNSUPPORTED, "its value is no JSON object");
}

static bool
says_integer(struct json_object *value, const char *name, int64_t *ret)
{
	struct json_object *member;

	if (!json_object_object_get_ex(value, name, &member) || !json_object_is_type(member, json_type_int))
		return false;
	*ret = json_object_get_int64(member);
	return true;
}

static const char *
says_text(struct json_object *value, const char *name)
{
	struct json_object *member;

	if (!json_object_object_get_ex(value, name, &member) || !json_object_is_type(member, json_type_string))
		return NULL;
	return json_object_get_string(member);
}

static bool
is_known_type(struct json_object *value)
{
	static const char *const types[] = { "AVRO", "JSON", "PROTOBUF" };
	struct json_object *member;
	size_t i;

	if (!json_object_object_get_ex(value, "schemaType", &member) || member == NULL)
		return true; /* Avro */
	for (i = 0; i < LENGTH(types); i++)
		if (json_object_is_type(member, json_type_string) &&
		    strcmp(json_object_get_string(member), types[i]) == 0)
			return true;
	return false;
}

static int
read_schema(struct json_object *value, const struct log_key *key, struct log_event *ret, struct err *e)
{
	const char *subject = says_text(value, "subject");
	struct json_object *member;
	int64_t version = key->version;

	(void)says_integer(value, "version", &version);
	if (!says_integer(value, "id", &ret->id))
		return err_set(e, ERR_UNSUPPORTED, "its value has no id");
	if (says_text(value, "schema") == NULL)
		return err_set(e, ERR_UNSUPPORTED, "its value has no schema");
	if (version != key->version || (subject != NULL && strcmp(subject, key->subject) != 0))
		return err_set(e, ERR_UNSUPPORTED, "its value is of another version than its key");
	if (!is_known_type(value))
		return err_set(e, ERR_UNSUPPORTED, "this version does not know its schemaType");
	ret->deleted = json_object_object_get_ex(value, "deleted", &member) && json_object_get_boolean(member);
	return 0;
}

static int
read_delete(struct json_object *value, struct log_event *ret, struct err *e)
{
	return says_integer(value, "version", &ret->version) ? 0
	                                                     : err_set(e, ERR_UNSUPPORTED, "its value has no version");
}

/* Whether it changes what a registry of this vendor holds; what is not understood is in e. */
static bool
read_event(const struct log_state *s, const struct log_record *r, const struct log_key *key, struct log_event *ret,
           struct err *e)
{
	CLEANUP(json_object_put) struct json_object *value = NULL;
	bool empty = r->value != NULL && r->value_len == 0;
	bool theirs = key->type == LOG_MODE || key->type == LOG_CLEAR_SUBJECT;

	if (key->type == LOG_NOOP || key->type == LOG_CONTEXT || key->type == LOG_ASSOC)
		return false;
	if ((s->vendor == REGISTRY_KARAPACE && theirs) || (s->vendor == REGISTRY_CONFLUENT && empty))
		return false;
	ret->type = key->type;
	ret->version = key->version;
	ret->ended = r->value == NULL || empty || (r->value_len == 4 && memcmp(r->value, "null", 4) == 0);
	if (ret->ended)
		return key->type == LOG_SCHEMA || key->type == LOG_MODE || key->type == LOG_CONFIG;
	if (log_value_parse(r, &value, e) != 0)
		return false;
	if (key->type == LOG_SCHEMA)
		(void)read_schema(value, key, ret, e);
	else if (key->type == LOG_DELETE_SUBJECT)
		(void)read_delete(value, ret, e);
	return e->code == 0;
}

/* ---- all of them ---- */

static int
compare(const void *a, const void *b)
{
	const struct log_event *x = a, *y = b;
	int order;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	order = strcmp(x->subject, y->subject);
	if (order == 0 && x->type == LOG_SCHEMA)
		order = (x->version > y->version) - (x->version < y->version);
	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static void
say_strange(struct log_state *s, size_t at, const struct err *e)
{
	char what[160];

	if (s->strange++ > 0)
		return;
	log_key_describe(&s->log->records[at], what, sizeof what);
	(void)err_set(&s->why, ERR_UNSUPPORTED, "record %012zu (%s): %s", at, what, e->text);
}

static int
read_record(struct log_state *s, size_t at, struct err *e)
{
	CLEANUP(log_key_release) struct log_key key = { 0 };
	const struct log_record *r = &s->log->records[at];
	struct log_event event = { .at = at };
	struct err why = { 0 };

	if (log_key_parse(r, &key, &why) != 0) {
		s->strange++;
		if (s->strange == 1)
			(void)err_set(&s->why, ERR_UNSUPPORTED, "record %012zu: %s", at, why.text);
		return 0;
	}
	if (!read_event(s, r, &key, &event, &why)) {
		if (why.code != 0)
			say_strange(s, at, &why);
		return 0;
	}
	event.subject = arena_text(&s->arena, key.subject == NULL ? "" : key.subject);
	if (event.subject == NULL)
		return err_memory(e, "reading a registry's records");
	s->events[s->count++] = event;
	return 0;
}

int
log_state_read(struct log_state *s, const struct topic_log *log, enum registry_vendor vendor, struct err *e)
{
	int rc = 0;
	size_t i;

	*s = (struct log_state){ .log = log, .vendor = vendor };
	arena_init(&s->arena, TOPIC_LOG_MAX);
	s->events = calloc(log->count + 1, sizeof *s->events);
	if (s->events == NULL)
		return err_memory(e, "reading a registry's records");
	for (i = 0; i < log->count && rc == 0; i++)
		rc = read_record(s, i, e);
	qsort(s->events, s->count, sizeof *s->events, compare);
	if (s->strange > 1)
		(void)err_prefix(&s->why, "%zu records are not understood, the first", s->strange);
	if (rc != 0)
		log_state_release(s);
	return rc;
}

int
log_state_use_lines(struct log_state *s, const struct line *lines, struct err *e)
{
	struct line *own = calloc(s->log->count + 1, sizeof *own);

	if (own == NULL)
		return err_memory(e, "reading a registry's records");
	if (s->log->count > 0)
		memcpy(own, lines, s->log->count * sizeof *own);
	s->lines = own;
	return 0;
}

int
log_state_value(const struct log_state *s, size_t at, struct json_object **ret, struct err *e)
{
	CLEANUP(topic_log_release) struct topic_log one;
	int rc;

	topic_log_init(&one);
	if (s->lines == NULL)
		return log_value_parse(&s->log->records[at], ret, e);
	rc = log_line_record(&s->lines[at], &one, e);
	return rc != 0 ? rc : log_value_parse(&one.records[0], ret, e);
}

void
log_state_release(struct log_state *s)
{
	free(s->events);
	free(s->lines);
	arena_release(&s->arena);
	*s = (struct log_state){ 0 };
}

const struct log_event *
log_first(const struct log_state *s, enum log_keytype type, const char *subject)
{
	struct log_event wanted = { .type = type, .subject = subject, .version = INT64_MIN };
	size_t low = 0, high = s->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(&s->events[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return s->events + low;
}

bool
log_subject_parts(const struct log_state *s, struct arena *arena, const char *subject, const char **context,
                  const char **name)
{
	size_t len;

	if (s->vendor == REGISTRY_KARAPACE) {
		*context = REGISTRY_DEFAULT_CONTEXT;
		*name = subject;
		return true;
	}
	registry_split_subject(subject, context, &len, name);
	*context = len == 0 ? REGISTRY_DEFAULT_CONTEXT : arena_copy(arena, *context, len);
	return *context != NULL;
}
