/* config_parse.h - what the parts of the parser share; for config*.c alone. */
#ifndef PLUGIN_CONFIG_PARSE_H
#define PLUGIN_CONFIG_PARSE_H

#include <json-c/json.h>

#include "core/config/config.h"
#include "core/config/options.h"

struct config_parse {
	struct config *c;
	bool           seen[OPTIONS_MAX]; /* in the order of the table */
	struct err    *e;
};

/* ERR_CONFIG: the file, the path, and the words. */
int config_refuse(struct config_parse *p, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value is not what the option expects. */
int config_refuse_value(struct config_parse *p, const char *path, const struct option *o);

/* Set what is no object of other options: bool, number, choice, text, a list of them, secret. */
int config_set_value(struct config_parse *p, const struct option *o, struct json_object *value);

/* A copy in the arena; NULL with the error set. */
char *config_copy(struct config_parse *p, const char *text);

/* key: the last part of path, for the line that should replace a literal secret. */
int config_set_secret(struct config_parse *p, const char *path, const char *key,
                      struct json_object *value, struct secret_ref *ret);

/* librdkafka's properties, and that the one is there without which nothing works. */
int config_set_properties(struct config_parse *p, struct json_object *object);
int config_require_servers(struct config_parse *p);

#endif
