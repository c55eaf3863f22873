/* options_find.c - what is asked of the table of options; see options.h */
#include <string.h>

#include "core/config/options.h"

size_t
option_parent_len(const struct option *o)
{
	const char *dot = strrchr(o->path, '.');

	return dot != NULL ? (size_t)(dot - o->path) : 0;
}

const char *
option_key(const struct option *o)
{
	size_t len = option_parent_len(o);

	return len > 0 ? o->path + len + 1 : o->path;
}

bool
option_is_child(const struct option *o, const char *parent)
{
	size_t len = option_parent_len(o);

	return strlen(parent) == len && memcmp(o->path, parent, len) == 0;
}

const struct option *
option_find(const char *parent, const char *key)
{
	size_t i;

	for (i = 0; i < option_count; i++)
		if (option_is_child(&options[i], parent) && strcmp(option_key(&options[i]), key) == 0)
			return &options[i];
	return NULL;
}

bool
option_fits_store(const struct option *o, int type)
{
	return o->stores == 0 || (o->stores >> type & 1u) != 0;
}

void
option_stores(const struct option *o, struct buf *out)
{
	const char *const *types = option_find("store", "type")->choices;
	size_t i, n = 0;

	for (i = 0; types[i] != NULL; i++)
		if (o->stores != 0 && option_fits_store(o, (int)i))
			(void)buf_print(out, "%s%s", n++ > 0 ? " or " : "", types[i]);
}

const char *
option_item_expected(const struct option *o)
{
	return o->type == OPTION_NUMBERS ? "a number from 0 to 2147483647" : o->format->expected;
}

static void
choices_expected(const struct option *o, struct buf *out)
{
	size_t i;

	(void)buf_add_text(out, o->choices[1] != NULL ? "one of" : "the only one known,");
	for (i = 0; o->choices[i] != NULL; i++)
		(void)buf_print(out, "%s \"%s\"", i > 0 ? "," : "", o->choices[i]);
}

static void
list_expected(const struct option *o, struct buf *out)
{
	if (o->min == o->max)
		(void)buf_print(out, "a list of %u different items", o->max);
	else
		(void)buf_print(out, "a list of %u to %u different items", o->min, o->max);
	(void)buf_print(out, ", each %s", option_item_expected(o));
}

void
option_expected(const struct option *o, struct buf *out)
{
	switch (o->type) {
	case OPTION_SECTION:
	case OPTION_PROPERTIES:
		(void)buf_add_text(out, "an object, { ... }");
		break;
	case OPTION_BOOL:
		(void)buf_add_text(out, "true or false");
		break;
	case OPTION_NUMBER:
		(void)buf_print(out, "a number from %u to %u", o->min, o->max);
		break;
	case OPTION_CHOICE:
		choices_expected(o, out);
		break;
	case OPTION_TEXT:
		(void)buf_add_text(out, o->format->expected);
		break;
	case OPTION_TEXTS:
	case OPTION_NUMBERS:
		list_expected(o, out);
		break;
	case OPTION_SECRET:
		(void)buf_add_text(out, "{\"file\": \"/absolute/path\"} or {\"credential\": \"name\"}");
		break;
	}
}
