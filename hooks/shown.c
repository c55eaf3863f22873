/* shown.c - see shown.h */
#include "hooks/shown.h"

#include <string.h>
#include <strings.h>

#include "core/base/json.h"
#include "core/base/limits.h"

#define KEPT "(kept)"

/* Of a broker's configs: those of Kafka's type PASSWORD, also behind "listener.name.X.", by their words. */
static bool
is_secret_config(const char *name)
{
	static const char *const words[] = { "password", "secret", "jaas", "keystore.key", "certificate",
		                             "private", "token", "credential" };
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasestr(name, words[i]) != NULL)
			return true;
	return false;
}

static void
keep(struct json_object *object, const char *name)
{
	(void)json_object_object_add(object, name, json_object_new_string(KEPT)); /* no memory: null */
}

static void
hide_user(struct json_object *value)
{
	static const char *const names[] = { "salt", "server_key", "stored_key" };
	size_t i;

	json_object_object_foreach(value, mechanism, credential) {
		(void)mechanism;
		for (i = 0; i < sizeof names / sizeof names[0]; i++)
			if (json_object_is_type(credential, json_type_object))
				keep(credential, names[i]);
	}
}

static bool
hide_configs(struct json_object *value, bool only_look)
{
	struct json_object *configs;
	bool any = false;

	if (!json_object_object_get_ex(value, "configs", &configs) ||
	    !json_object_is_type(configs, json_type_object))
		return false;
	json_object_object_foreach(configs, name, text) {
		(void)text;
		if (!is_secret_config(name))
			continue;
		any = true;
		if (!only_look)
			keep(configs, name); /* of a name that is there: the object keeps its shape */
	}
	return any;
}

static void
hide(enum kind kind, struct json_object *value)
{
	if (!json_object_is_type(value, json_type_object))
		return;
	if (kind == KIND_USER)
		hide_user(value);
	else if (kind == KIND_CLUSTER_CONFIG)
		(void)hide_configs(value, false);
}

static void
hide_carried(const struct line *line, struct json_object *value)
{
	const char *slash = memchr(line->key, '/', line->key_len);
	struct json_object *side;
	enum kind kind;

	if (slash == NULL || !kind_by_name(line->key, (size_t)(slash - line->key), &kind))
		return;
	if (json_object_object_get_ex(value, "wanted", &side))
		hide(kind, side);
	if (json_object_object_get_ex(value, "restored", &side))
		hide(kind, side);
}

void
shown_value(const struct line *line, struct buf *out)
{
	struct json_object *value = NULL;
	struct json j;
	struct err e;

	json_init(&j, out);
	if (line->kind != KIND_USER && line->kind != KIND_CLUSTER_CONFIG && line->kind != KIND_CARRIED) {
		json_raw(&j, line->value, line->value_len);
		return;
	}
	if (json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &value, &e) != 0 ||
	    !json_object_is_type(value, json_type_object)) {
		json_string(&j, KEPT);
	} else {
		if (line->kind == KIND_CARRIED)
			hide_carried(line, value);
		else
			hide(line->kind, value);
		json_value(&j, value);
	}
	(void)json_object_put(value);
}

bool
shown_by_name_only(const struct line *line)
{
	struct json_object *value = NULL;
	struct err e;
	bool secret = true;

	if (line->kind == KIND_CONNECTOR || line->kind == KIND_USER)
		return true;
	if (line->kind != KIND_CLUSTER_CONFIG)
		return false;
	if (json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &value, &e) == 0)
		secret = hide_configs(value, true);
	(void)json_object_put(value);
	return secret;
}
