/* live.c - see live.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/kafka/topics.h"
#include "core/kraft/lines.h"
#include "core/seal/container.h"
#include "hooks/kinds.h"
#include "hooks/live.h"

#define OWNER(j) container_of(j, struct live, job)
#define LIVE_LINES_MAX ((size_t)1 << 30)

/* ---- the metadata log: Kafka's kinds at one offset ---- */

static void
tell(struct live *l, enum kind kind, const struct err *why)
{
	struct kind_entry *entry = &l->kinds[kind];

	l->why[kind] = *why;
	l->told[kind] = true;
	entry->state = why->code == 0     ? STATE_CAPTURED
	               : l->pending[kind] ? STATE_PENDING
	                                  : STATE_UNREACHABLE;
}

static void
log_read(struct log_source *s, int rc, const struct err *e)
{
	struct live *l = container_of(s, struct live, log);
	struct err err = *e;
	unsigned i;

	if (rc == 0)
		rc = image_lines(&s->image, LOG_KINDS, &l->lines, &err);
	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		job_next(&l->job, rc, &err);
		return;
	}
	for (i = 0; kind_is_resource((enum kind)i); i++)
		if ((LOG_KINDS & 1u << i) != 0)
			tell(l, (enum kind)i, rc == 0 ? &s->image.why[i] : &err);
	if (rc == 0) {
		l->source = l->kafka == NULL ? SOURCE_LOG_DOWN : SOURCE_LOG;
		l->position = s->position;
	} else if (l->kafka != NULL) {
		l->told[KIND_TOPIC] = false; /* the brokers tell it too */
	}
	log_source_release(s); /* the lines are enough */
	job_next(&l->job, 0, NULL);
}

static void
step_log(struct job *j)
{
	struct live *l = OWNER(j);
	int rc;

	l->source = SOURCE_API;
	if (!l->config->kraft.given) {
		job_next(j, 0, NULL);
		return;
	}
	l->log.loop = l->loop;
	l->log.client = l->kafka;
	l->log.dir = l->config->kraft.metadata_log_dir;
	l->log.cluster = l->cluster;
	l->log.done = log_read;
	rc = log_source_read(&l->log, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- capture: one kind after the other ---- */

static void capture_next(struct live *l);

static void
captured(struct capture *c, int rc, const struct err *e)
{
	struct live *l = container_of(c, struct live, capture);
	enum kind kind = kind_at(l->next)->kind;
	struct kind_entry *entry = &l->kinds[kind];

	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		job_next(&l->job, rc, e);
		return;
	}
	entry->state = rc == 0                 ? STATE_CAPTURED
	               : l->pending[kind]      ? STATE_PENDING
	               : rc == ERR_UNSUPPORTED ? STATE_UNSUPPORTED
	                                       : STATE_UNREACHABLE;
	l->why[kind] = *e;
	if (rc != 0)
		l->lines.count = l->before; /* what it added in part */
	l->next++;
	capture_next(l);
}

/* Whom to ask for a row of the table; NULL: nobody is to be asked. */
static void *
server_of(const struct live *l, size_t row)
{
	if (kind_place_at(row) == PLACE_KAFKA || l->kafka == NULL)
		return l->kafka;
	return l->without_services ? NULL : l->connect;
}

/* Of a service that is not asked now: a restore has it still to do, or it is not configured. */
static void
pass_over(struct live *l, enum kind kind)
{
	if (l->connect == NULL) {
		l->kinds[kind].state = STATE_DISABLED;
		return;
	}
	if (l->kafka == NULL) {
		l->kinds[kind].state = STATE_UNREACHABLE;
		(void)err_set(&l->why[kind], ERR_AGAIN, "Kafka is down");
		return;
	}
	l->kinds[kind].state = STATE_PENDING;
	(void)err_set(&l->why[kind], ERR_AGAIN, "not in this phase");
}

static void
capture_next(struct live *l)
{
	struct err e = { 0 };
	int rc;

	for (; l->next < kind_count(); l->next++) {
		const struct kind_ops *ops = kind_at(l->next);

		if (l->told[ops->kind] || ops->capture == NULL)
			continue;
		if (server_of(l, l->next) != NULL)
			break;
		pass_over(l, ops->kind);
	}
	if (l->next == kind_count()) {
		job_next(&l->job, 0, NULL);
		return;
	}
	l->before = l->lines.count;
	l->capture = (struct capture){ .loop = l->loop, .server = server_of(l, l->next),
		                       .known = l->known, .lines = &l->lines, .done = captured };
	rc = kind_at(l->next)->capture(&l->capture, &e);
	if (rc != 0)
		job_next(&l->job, rc, &e);
}

static void
step_capture(struct job *j)
{
	capture_next(OWNER(j));
}

static void
step_sort(struct job *j)
{
	struct live *l = OWNER(j);
	int rc = line_set_sort(&l->lines, &j->err);
	size_t i;

	for (i = 0; i < l->lines.count; i++)
		l->kinds[l->lines.lines[i].kind].count++;
	job_next(j, rc, NULL);
}

/* Kinds that are not in the table: say why nobody asks for them. */
static void
mark_others(struct live *l)
{
	bool registry = l->config->registry.given, connect = l->config->connect.given;
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++) {
		bool given = i <= KIND_CLIENT_METRICS ? true
		             : i == KIND_CONNECTOR    ? connect
		                                      : registry;

		l->kinds[i].state = given ? STATE_UNSUPPORTED : STATE_DISABLED;
		if (given)
			(void)err_set(&l->why[i], ERR_UNSUPPORTED,
			              i <= KIND_CLIENT_METRICS
			                  ? "only the metadata log tells it whole: configure "
			                    "kraft.metadata_log_dir, on a node of the cluster"
			                  : "this version does not capture it yet");
	}
}

static void
capture_done(struct job *j)
{
	struct live *l = OWNER(j);
	struct err err = j->err;

	l->done(l, err.code, &err);
}

int
live_capture(struct live *l, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read the log", step_log },
		{ "capture", step_capture },
		{ "sort", step_sort },
		{ NULL, NULL },
	};
	int rc = loop_check(l->loop, e);

	if (rc != 0)
		return rc;
	live_release(l);
	line_set_init(&l->lines, LIVE_LINES_MAX);
	memset(l->kinds, 0, sizeof l->kinds);
	memset(l->why, 0, sizeof l->why);
	memset(l->told, 0, sizeof l->told);
	l->next = 0;
	mark_others(l);
	job_start(&l->job, l->loop, steps, capture_done, NULL);
	return 0;
}

void
live_release(struct live *l)
{
	line_set_release(&l->lines);
	log_source_release(&l->log);
}

void
live_report(const struct live *l, struct report *r)
{
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++) {
		r->kinds[i].known = true;
		r->kinds[i].entry = l->kinds[i];
		(void)snprintf(r->kinds[i].reason, sizeof r->kinds[i].reason, "%s",
		               l->why[i].text); /* cut is fine */
	}
}

bool
live_complete(const struct live *l, struct err *e)
{
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++)
		if (l->kinds[i].state == STATE_UNREACHABLE) {
			(void)err_set(e, l->why[i].code, "%s: %s", kind_name((enum kind)i),
			              l->why[i].text);
			return false;
		}
	return true;
}

/* The node ids of an identity line's placement, "[[1,2],[2,1]]": another one than the first? */
static bool
on_several(const char *placement, size_t len)
{
	size_t i = 0, from, first = 0, first_len = 0;

	while (i < len && placement[i] != '"') {
		for (from = i; i < len && placement[i] >= '0' && placement[i] <= '9'; i++)
			;
		if (i > from && first_len == 0) {
			first = from;
			first_len = i - from;
		} else if (i > from && (i - from != first_len ||
		                        memcmp(placement + from, placement + first, first_len) != 0)) {
			return true;
		}
		i += i == from;
	}
	return false;
}

bool
on_several_nodes(const struct line_set *lines)
{
	static const char member[] = "\"partitions\":";
	const char *at;
	size_t i;

	for (i = 0; i < lines->count; i++) {
		const struct line *line = &lines->lines[i];

		if (line->kind != KIND_IDENTITY)
			continue;
		at = memmem(line->value, line->value_len, member, sizeof member - 1);
		if (at == NULL)
			continue;
		at += sizeof member - 1;
		if (on_several(at, (size_t)(line->value + line->value_len - at)))
			return true;
	}
	return false;
}

void
live_make_pending(struct live *l, enum kind kind, const char *why)
{
	size_t i, kept = 0;

	for (i = 0; i < l->lines.count; i++)
		if (l->lines.lines[i].kind != kind)
			l->lines.lines[kept++] = l->lines.lines[i];
	l->lines.count = kept;
	l->kinds[kind] = (struct kind_entry){ .state = STATE_PENDING };
	if (l->why[kind].code == 0)
		(void)err_set(&l->why[kind], ERR_AGAIN, "%s", why);
}

/* ---- questions ---- */

static bool
listed(const struct config_texts *texts, const char *name)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		if (strcmp(texts->items[i], name) == 0)
			return true;
	return false;
}

bool
is_of_services(const struct config *config, const struct line *line)
{
	static const char *const connect[] = { "connect-configs", "connect-offsets", "connect-status" };
	size_t i;

	if (line->kind != KIND_TOPIC)
		return false;
	if (strcmp(line->key, "_schemas") == 0)
		return true;
	if (config->connect.given && config->connect.topics.count > 0)
		return listed(&config->connect.topics, line->key);
	for (i = 0; i < LENGTH(connect); i++)
		if (strcmp(line->key, connect[i]) == 0)
			return true;
	return false;
}

/* The principal is the fourth part of an ACL's key (FORMAT.md). */
static bool
principal_listed(const struct config_texts *principals, const struct line *acl)
{
	struct json_object *key = NULL, *principal;
	struct err e;
	bool found = false;

	if (principals->count == 0 || json_parse(acl->key, acl->key_len, 2, &key, &e) != 0)
		return false;
	principal = json_object_is_type(key, json_type_array) ? json_object_array_get_idx(key, 3) : NULL;
	if (json_object_is_type(principal, json_type_string))
		found = listed(principals, json_object_get_string(principal));
	(void)json_object_put(key);
	return found;
}

/* What Kafka 4.1 and later sets when it is formatted (lab: every fresh cluster has it). */
static bool
is_formats_own(const struct line *config)
{
	static const char own[] = "{\"configs\":{\"min.insync.replicas\":\"1\"}}";

	return strcmp(config->key, "default") == 0 && config->value_len == sizeof own - 1 &&
	       memcmp(config->value, own, sizeof own - 1) == 0;
}

bool
is_furniture(const struct config *config, const struct line *line)
{
	if (line->kind == KIND_USER)
		return listed(&config->guard.bootstrap_set.users, line->key);
	if (line->kind == KIND_ACL)
		return principal_listed(&config->guard.bootstrap_set.acl_principals, line);
	if (line->kind == KIND_CLUSTER_CONFIG)
		return is_formats_own(line);
	if (line->kind != KIND_TOPIC)
		return false;
	return listed(&config->guard.bootstrap_set.topics, line->key) || is_of_services(config, line);
}

bool
something_to_keep(const struct config *config, const struct line_set *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++)
		if (kind_is_resource(lines->lines[i].kind) && !is_furniture(config, &lines->lines[i]))
			return true;
	return false;
}

/* No own configs: what auto-creation makes. */
static bool
is_bare(const struct line *topic)
{
	static const char bare[] = "{\"configs\":{},";

	return topic->value_len >= sizeof bare - 1 &&
	       memcmp(topic->value, bare, sizeof bare - 1) == 0;
}

#define AUTO_CREATED_MAX 10u /* topics that the snapshot does not name: clients came back (R3) */
#define FOUND_NAMED_MAX  10u

bool
is_fresh(const struct config *config, const struct line_set *lines, const struct line_set *saved,
         struct buf *found)
{
	size_t i, strange = 0, unnamed = 0;
	bool against;

	for (i = 0; i < lines->count; i++) {
		const struct line *l = &lines->lines[i];

		if (!kind_is_resource(l->kind) || is_furniture(config, l))
			continue;
		against = !is_bare(l);
		if (!against && line_set_find(saved, l->kind, l->key) == NULL)
			against = ++unnamed > AUTO_CREATED_MAX;
		if (against && ++strange <= FOUND_NAMED_MAX)
			(void)buf_print(found, "%s%s %s%s", strange > 1 ? ", " : "", kind_name(l->kind),
			                l->key,
			                is_bare(l) || l->kind != KIND_TOPIC ? ""
			                                                    : " (has configs of its own)");
	}
	if (strange > FOUND_NAMED_MAX)
		(void)buf_print(found, " and %zu more", strange - FOUND_NAMED_MAX);
	return strange == 0;
}

bool
identity_topic_id(const struct line *line, char ret[TOPIC_ID_SIZE])
{
	static const char member[] = "\"topic_id\":\"";
	const char *text = line->value, *end = line->value + line->value_len, *from, *to;

	if (line->kind != KIND_IDENTITY)
		return false;
	from = memmem(text, line->value_len, member, sizeof member - 1);
	if (from == NULL)
		return false;
	from += sizeof member - 1;
	to = memchr(from, '"', (size_t)(end - from));
	if (to == NULL || to - from >= TOPIC_ID_SIZE || to == from)
		return false;
	memcpy(ret, from, (size_t)(to - from));
	ret[to - from] = '\0';
	return true;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
ids_of_lines(const struct line_set *lines, struct arena *arena, struct id_list *ret, struct err *e)
{
	char id[TOPIC_ID_SIZE];
	size_t i;

	ret->count = 0;
	ret->ids = arena_alloc(arena, (lines->count + 1) * sizeof(char *));
	if (ret->ids == NULL)
		return err_memory(e, "reading topic ids");
	for (i = 0; i < lines->count; i++) {
		if (!identity_topic_id(&lines->lines[i], id))
			continue;
		ret->ids[ret->count] = arena_text(arena, id);
		if (ret->ids[ret->count++] == NULL)
			return err_memory(e, "reading topic ids");
	}
	qsort(ret->ids, ret->count, sizeof(char *), by_text);
	return 0;
}

bool
ids_have(const struct id_list *list, const char *id)
{
	return list->count > 0 &&
	       bsearch(&id, list->ids, list->count, sizeof(char *), by_text) != NULL;
}
