/* line_questions.c - see line_questions.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/registry/way.h"
#include "hooks/line_questions.h"

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
	if (strcmp(line->key, config->registry.topic == NULL ? "_schemas" : config->registry.topic) == 0)
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

/* What every registry has though nobody set it, and what is carried on from the snapshot. */
static bool
is_registrys_own(const struct line *config)
{
	static const char highest[] = "[\"highest_id\",";

	return strcmp(config->key, "[\"config\",\".\",null]") == 0 ||
	       strcmp(config->key, "[\"mode\",\".\",null]") == 0 ||
	       strncmp(config->key, highest, sizeof highest - 1) == 0;
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
	if (line->kind == KIND_REGISTRY_LOG || line->kind == KIND_REGISTRY_CONFIG)
		return registry_is_idle(line) || is_registrys_own(line);
	if (line->kind != KIND_TOPIC)
		return false;
	return listed(&config->guard.bootstrap_set.topics, line->key) || is_of_services(config, line);
}

bool
is_of_cluster(const struct config *config, const struct line *line)
{
	bool kept_by_manager = line->kind == KIND_USER && !config->kraft.given;

	return kind_is_resource(line->kind) && !kept_by_manager && !is_furniture(config, line);
}

bool
something_to_keep(const struct config *config, const struct line_set *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++)
		if (is_of_cluster(config, &lines->lines[i]))
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

/* A registry may keep what it has elsewhere, and outlive the disks: what was saved speaks against nothing. */
static bool
has_outlived(const struct line *line, const struct line_set *saved)
{
	const struct line *was;

	if (line->kind != KIND_SCHEMA && line->kind != KIND_REGISTRY_CONFIG)
		return false;
	was = line_set_find(saved, line->kind, line->key);
	return was != NULL && was->value_len == line->value_len &&
	       memcmp(was->value, line->value, was->value_len) == 0;
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

		if (!is_of_cluster(config, l) || has_outlived(l, saved))
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

#define END_MEMBER "{\"end_offset\":"

bool
identity_end(const struct line *line, int64_t *ret)
{
	size_t n = sizeof END_MEMBER - 1;
	char *end;

	if (line->kind != KIND_IDENTITY || line->value_len <= n || memcmp(line->value, END_MEMBER, n) != 0)
		return false;
	*ret = strtoll(line->value + n, &end, 10);
	return *end == ',' || *end == '}';
}

int
identity_with_end(const struct line *line, int64_t end, struct buf *ret)
{
	bool alone = line->value_len == 2;

	return buf_print(ret, END_MEMBER "%lld%s%.*s", (long long)end, alone ? "" : ",", (int)line->value_len - 1,
	                 line->value + 1);
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
