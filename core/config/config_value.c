/* config_value.c - one value of a service's file: checked against its option, and stored. */
#include <string.h>

#include "core/config/config_parse.h"

static void *
field(struct config_parse *p, const struct option *o)
{
	return (char *)p->c + o->offset;
}

/* Text that the option's format fits, or NULL. */
static const char *
fitting_text(const struct option *o, struct json_object *value)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return o->format->fits(text) ? text : NULL;
}

static int
set_number(struct config_parse *p, const struct option *o, struct json_object *value)
{
	int64_t number = json_object_get_int64(value); /* the nearest that it can hold */

	if (!json_object_is_type(value, json_type_int) || number < o->min || number > o->max)
		return config_refuse_value(p, o->path, o);
	*(uint32_t *)field(p, o) = (uint32_t)number;
	return 0;
}

static int
set_choice(struct config_parse *p, const struct option *o, struct json_object *value)
{
	int i;

	if (json_object_is_type(value, json_type_string))
		for (i = 0; o->choices[i] != NULL; i++)
			if (strcmp(json_object_get_string(value), o->choices[i]) == 0) {
				*(int *)field(p, o) = i;
				return 0;
			}
	return config_refuse_value(p, o->path, o);
}

static int
set_text(struct config_parse *p, const struct option *o, struct json_object *value)
{
	const char *text = fitting_text(o, value);

	if (text == NULL)
		return config_refuse_value(p, o->path, o);
	text = config_copy(p, text);
	if (text == NULL)
		return p->e->code;
	*(const char **)field(p, o) = text;
	return 0;
}

static int
refuse_item(struct config_parse *p, const struct option *o, size_t i, bool twice)
{
	struct buf path CLEANUP(buf_release);
	const char *text;

	buf_init(&path, 256);
	(void)buf_print(&path, "%s[%zu]", o->path, i);
	text = buf_text(&path);
	if (text == NULL)
		return err_memory(p->e, "reading a configuration");
	if (twice)
		return config_refuse(p, text, "stands in the list before; expected different ones");
	return config_refuse(p, text, "expected %s", option_item_expected(o));
}

static int
add_text(struct config_parse *p, const struct option *o, struct config_texts *list,
         struct json_object *value)
{
	const char *text = fitting_text(o, value);
	size_t i;

	if (text == NULL)
		return refuse_item(p, o, list->count, false);
	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return refuse_item(p, o, list->count, true);
	list->items[list->count] = config_copy(p, text);
	if (list->items[list->count] == NULL)
		return p->e->code;
	list->count++;
	return 0;
}

static int
add_number(struct config_parse *p, const struct option *o, struct config_numbers *list,
           struct json_object *value)
{
	int64_t number = json_object_get_int64(value);
	size_t i;

	if (!json_object_is_type(value, json_type_int) || number < 0 || number > INT32_MAX)
		return refuse_item(p, o, list->count, false);
	for (i = 0; i < list->count; i++)
		if (list->items[i] == number)
			return refuse_item(p, o, list->count, true);
	list->items[list->count++] = (int32_t)number;
	return 0;
}

static int
set_list(struct config_parse *p, const struct option *o, struct json_object *value)
{
	bool texts = o->type == OPTION_TEXTS;
	size_t n, i;
	void *items;
	int rc = 0;

	if (!json_object_is_type(value, json_type_array))
		return config_refuse_value(p, o->path, o);
	n = json_object_array_length(value);
	if (n < o->min || n > o->max)
		return config_refuse_value(p, o->path, o);
	items = arena_alloc(&p->c->arena, n * (texts ? sizeof(char *) : sizeof(int32_t)));
	if (items == NULL)
		return err_memory(p->e, "reading a configuration");
	if (texts)
		*(struct config_texts *)field(p, o) = (struct config_texts){ .items = items };
	else
		*(struct config_numbers *)field(p, o) = (struct config_numbers){ .items = items };
	for (i = 0; rc == 0 && i < n; i++) {
		struct json_object *item = json_object_array_get_idx(value, i);

		rc = texts ? add_text(p, o, field(p, o), item) : add_number(p, o, field(p, o), item);
	}
	return rc;
}

int
config_set_value(struct config_parse *p, const struct option *o, struct json_object *value)
{
	switch (o->type) {
	case OPTION_BOOL:
		if (!json_object_is_type(value, json_type_boolean))
			return config_refuse_value(p, o->path, o);
		*(bool *)field(p, o) = json_object_get_boolean(value);
		return 0;
	case OPTION_NUMBER:
		return set_number(p, o, value);
	case OPTION_CHOICE:
		return set_choice(p, o, value);
	case OPTION_TEXT:
		return set_text(p, o, value);
	case OPTION_TEXTS:
	case OPTION_NUMBERS:
		return set_list(p, o, value);
	case OPTION_SECRET:
		return config_set_secret(p, o->path, option_key(o), value, field(p, o));
	case OPTION_SECTION:
	case OPTION_PROPERTIES:
		break; /* objects: config.c */
	}
	return err_set(p->e, ERR_FAILED, "%s: an object is no value", o->path);
}
