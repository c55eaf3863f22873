/* config_fixture.c - see config_fixture.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config_fixture.h"

int
parse_text(const char *text, struct config **ret, struct err *e)
{
	*ret = NULL;
	*e = (struct err){ 0 };
	return config_parse(FILE_NAME, text, strlen(text), ret, e);
}

struct config *
accepted(const char *text)
{
	struct config *c;
	struct err e;

	if (parse_text(text, &c, &e) != 0)
		fail_msg("refused: %s", e.text);
	return c;
}

void
accept_text(const char *text)
{
	config_free(accepted(text));
}

void
refuse_text(const char *text, const char *words)
{
	struct config *c;
	struct err e;

	if (parse_text(text, &c, &e) == 0) {
		config_free(c);
		fail_msg("accepted: %s", text);
	}
	assert_null(c);
	assert_int_equal(e.code, ERR_CONFIG);
	if (strncmp(e.text, FILE_NAME ": ", sizeof FILE_NAME + 1) != 0 || strstr(e.text, words) == NULL)
		fail_msg("expected \"%s\", got \"%s\"", words, e.text);
}

void
refuse_property(const char *property, const char *words)
{
	char text[4096];

	(void)snprintf(text, sizeof text,
	               "{" NO_KAFKA ",\"kafka\":{\"bootstrap.servers\":\"b1:9093\",%s}}", property);
	refuse_text(text, words);
}

void
option_text(const struct option *o, const char *value, char *text, size_t size)
{
	const char *at = o->path, *dot;
	int depth = 1;
	size_t n;

	n = (size_t)snprintf(text, size, "{\"enabled\":false,");
	if (strcmp(o->path, "enabled") == 0)
		n = (size_t)snprintf(text, size, "{");
	for (; (dot = strchr(at, '.')) != NULL; at = dot + 1, depth++)
		n += (size_t)snprintf(text + n, size - n, "\"%.*s\":{", (int)(dot - at), at);
	n += (size_t)snprintf(text + n, size - n, "\"%s\":%s", at, value);
	for (; depth > 0 && n + 1 < size; depth--)
		text[n++] = '}';
	text[n] = '\0';
}

void
refuse_option(const struct option *o, const char *value, const char *words)
{
	char text[1024];

	option_text(o, value, text, sizeof text);
	refuse_text(text, words);
}

void
accept_option(const struct option *o, const char *value)
{
	char text[1024];

	option_text(o, value, text, sizeof text);
	accept_text(text);
}

const struct option *
option_at(const char *path)
{
	size_t i;

	for (i = 0; i < option_count; i++)
		if (strcmp(options[i].path, path) == 0)
			return &options[i];
	fail_msg("no option %s", path);
	return NULL;
}
