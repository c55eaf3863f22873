/* config.c - see config.h.  One walk through the JSON, led by the option table. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/config/config_parse.h"
#include "core/config/nearest.h"

/* A name is at least two bytes of the file and sixteen of the arena. */
#define ARENA_MAX ((size_t)16 * CONFIG_TEXT_MAX)

static int walk(struct config_parse *p, const char *parent, struct json_object *object);

int
config_refuse(struct config_parse *p, const char *path, const char *format, ...)
{
	char words[ERR_TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(words, sizeof words, format, ap); /* cut is fine */
	va_end(ap);
	return err_set(p->e, ERR_CONFIG, "%s: %.200s: %s", p->c->file, path, words);
}

int
config_refuse_value(struct config_parse *p, const char *path, const struct option *o)
{
	struct buf expected CLEANUP(buf_release);
	const char *text;

	buf_init(&expected, ERR_TEXT_SIZE);
	option_expected(o, &expected);
	text = buf_text(&expected);
	return config_refuse(p, path, "expected %s", text != NULL ? text : "something else");
}

char *
config_copy(struct config_parse *p, const char *text)
{
	char *copy = arena_text(&p->c->arena, text);

	if (copy == NULL)
		(void)err_memory(p->e, "reading a configuration");
	return copy;
}

/* What the key was meant to be: a whole path, one of the same section, or one from elsewhere. */
static const struct option *
nearest_option(const char *parent, const char *key)
{
	const struct option *meant = NULL;
	struct nearest nearest;
	size_t i;

	for (i = 0; i < option_count; i++)
		if (strcmp(options[i].path, key) == 0)
			return &options[i];
	nearest_init(&nearest, key);
	for (i = 0; i < option_count; i++)
		if (option_is_child(&options[i], parent) &&
		    nearest_offer(&nearest, option_key(&options[i])))
			meant = &options[i];
	if (meant != NULL)
		return meant;
	for (i = 0; i < option_count; i++)
		if (nearest_offer(&nearest, option_key(&options[i])))
			meant = &options[i];
	return meant;
}

static int
refuse_unknown(struct config_parse *p, const char *parent, const char *key)
{
	const struct option *meant = nearest_option(parent, key);
	const char *dot = parent[0] != '\0' ? "." : "";
	char path[256];

	(void)snprintf(path, sizeof path, "%s%s%.100s", parent, dot, key); /* cut is fine */
	if (meant == NULL)
		return config_refuse(p, path, "no such key; the manual lists all of them");
	if (option_is_child(meant, parent))
		return config_refuse(p, path, "no such key; did you mean \"%s\"?",
		                     option_key(meant));
	if (option_parent_len(meant) == 0)
		return config_refuse(p, path, "no such key here; did you mean \"%s\" at the top level?",
		                     meant->path);
	return config_refuse(p, path, "no such key here; did you mean \"%s\" in the section %.*s?",
	                     option_key(meant), (int)option_parent_len(meant), meant->path);
}

static int
set(struct config_parse *p, const struct option *o, struct json_object *value)
{
	if (o->type != OPTION_SECTION && o->type != OPTION_PROPERTIES)
		return config_set_value(p, o, value);
	if (!json_object_is_type(value, json_type_object))
		return config_refuse_value(p, o->path, o);
	*(bool *)(void *)((char *)p->c + o->offset) = true;
	return o->type == OPTION_PROPERTIES ? config_set_properties(p, value)
	                                    : walk(p, o->path, value);
}

static int
walk(struct config_parse *p, const char *parent, struct json_object *object)
{
	struct json_object_iterator at = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);
	int rc = 0;

	for (; rc == 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *key = json_object_iter_peek_name(&at);
		const struct option *o = option_find(parent, key);

		if (o == NULL)
			return refuse_unknown(p, parent, key);
		p->seen[o - options] = true;
		rc = set(p, o, json_object_iter_peek_value(&at));
	}
	return rc;
}

/* What holds for absent keys goes the same way as what a person writes. */
static int
set_presets(struct config_parse *p)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < option_count; i++) {
		struct json_object *value CLEANUP(json_object_put) = NULL;

		if (options[i].preset == NULL)
			continue;
		rc = json_parse(options[i].preset, strlen(options[i].preset), 1, &value, p->e);
		if (rc == 0)
			rc = config_set_value(p, &options[i], value);
	}
	return rc;
}

static bool
parent_seen(const struct config_parse *p, const struct option *o)
{
	size_t len = option_parent_len(o), i;

	if (len == 0)
		return true;
	for (i = 0; i < option_count; i++)
		if (strlen(options[i].path) == len && memcmp(options[i].path, o->path, len) == 0)
			return p->seen[i];
	return false;
}

/* A key of another type of store: whoever wrote it may have meant that one. */
static int
refuse_other_stores(struct config_parse *p)
{
	struct buf types CLEANUP(buf_release);
	const char *text;
	size_t i;

	buf_init(&types, ERR_TEXT_SIZE);
	for (i = 0; i < option_count; i++)
		if (p->seen[i] && !option_fits_store(&options[i], p->c->store.type))
			break;
	if (i == option_count)
		return 0;
	option_stores(&options[i], &types);
	text = buf_text(&types);
	return config_refuse(p, options[i].path, "is for store.type %s alone", text != NULL ? text : "of others");
}

static int
require(struct config_parse *p)
{
	struct buf expected CLEANUP(buf_release);
	const char *text;
	size_t i;

	for (i = 0; i < option_count; i++)
		if (options[i].required && !p->seen[i] && parent_seen(p, &options[i]) &&
		    option_fits_store(&options[i], p->c->store.type))
			break;
	buf_init(&expected, ERR_TEXT_SIZE);
	if (i == option_count)
		return refuse_other_stores(p) != 0 ? p->e->code : config_require_servers(p);
	option_expected(&options[i], &expected);
	text = buf_text(&expected);
	return config_refuse(p, options[i].path, "is missing; expected %s",
	                     text != NULL ? text : "a value");
}

static int
parse(struct config_parse *p, const char *text, size_t len)
{
	struct json_object *top CLEANUP(json_object_put) = NULL;
	int rc;

	if (len > CONFIG_TEXT_MAX)
		return err_set(p->e, ERR_CONFIG, "%s: %zu bytes long, expected at most %u", p->c->file,
		               len, CONFIG_TEXT_MAX);
	rc = json_parse(text, len, CONFIG_DEPTH_MAX, &top, p->e);
	if (rc != 0) {
		if (rc == ERR_CORRUPT)
			p->e->code = rc = ERR_CONFIG; /* a person wrote it, and must repair it */
		(void)err_prefix(p->e, "%s: expected JSON", p->c->file);
		return rc;
	}
	if (!json_object_is_type(top, json_type_object))
		return err_set(p->e, ERR_CONFIG, "%s: expected a JSON object, { ... }", p->c->file);
	rc = set_presets(p);
	if (rc == 0)
		rc = walk(p, "", top);
	return rc == 0 && p->c->enabled ? require(p) : rc;
}

int
config_parse(const char *file, const char *text, size_t len, struct config **ret, struct err *e)
{
	struct config *c CLEANUP(config_free) = calloc(1, sizeof *c);
	struct config_parse p = { .c = c, .e = e };
	int rc;

	if (c == NULL)
		return err_memory(e, "reading a configuration");
	arena_init(&c->arena, ARENA_MAX);
	c->file = config_copy(&p, file);
	if (c->file == NULL)
		return e->code;
	rc = parse(&p, text, len);
	if (rc == 0) {
		*ret = c;
		c = NULL;
	}
	return rc;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	arena_release(&c->arena);
	free(c);
}
