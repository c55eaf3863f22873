/*
 * registry_line.h - the lines of the kinds of a Schema Registry; both ways to capture it write them through this.
 *
 *   schema           KEY ["CONTEXT","SUBJECT",VERSION]: JSON as text; "." is the default context, SUBJECT is
 *                    without it.
 *                    VALUE {"deleted":true,"id":N,"metadata":{..},"references":[{"name":..,"subject":..,
 *                    "version":N}..],"ruleSet":{..},"schema":TEXT,"schemaType":"AVRO"}: deleted (softly), metadata,
 *                    references and ruleSet are left out where there are none; schemaType always stands there.
 *   registry_config  KEY ["config","CONTEXT",SUBJECT], ["mode","CONTEXT",SUBJECT] or
 *                    ["highest_id","CONTEXT",null]; SUBJECT null: the context's own (of "." the global one).  Only
 *                    what was set, never what is inherited.
 *                    VALUE: the config's fields as the server names them; {"mode":"READONLY"}; {"id":N}: the
 *                    highest id that was ever issued there.
 *   registry_log     KEY a position of 12 digits, in the topic's order: VALUE {"headers":[[NAME,BASE64 or null]..],
 *                    "key":BASE64 or null,"timestamp":MS,"value":BASE64 or null}, headers left out where there are
 *                    none; and KEY "" (the first line): VALUE {"topic":"_schemas","vendor":"karapace"}.
 */
#ifndef REGISTRY_LINE_H
#define REGISTRY_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "core/base/err.h"
#include "core/snapshot/line.h"

#define REGISTRY_DEFAULT_CONTEXT "."

/* One version of a subject.  Texts are borrowed. */
struct schema_version {
	const char *context, *subject; /* context without colons: "." or ".ctx" */
	int64_t     version, id;
	bool        deleted;
	const char *type;   /* NULL: AVRO */
	const char *text;
	size_t      text_len;
	struct json_object *references, *metadata, *rule_set; /* NULL, null or empty: none */
};

/*
 * null, or objects and arrays that hold nothing else: what servers write for what nobody gave.  What a registry puts
 * into the metadata of this version by itself (its number) is nothing too.
 */
bool registry_holds_nothing(struct json_object *value, int64_t version);

/* Add its line.  ERR_CORRUPT: it cannot be a line (a name or text too long, or not UTF-8); says which. */
int schema_line_add(struct line_set *lines, const struct schema_version *v, struct err *e);

/* what: "config", "mode" or "highest_id"; subject NULL: the context's own. */
int registry_config_line_add(struct line_set *lines, const char *what, const char *context, const char *subject,
                             struct json_object *value, struct err *e);

/*
 * ":.ctx:name" and "name" taken apart: *context_len 0 is the default one.  Pointers into name.
 */
void registry_split_subject(const char *name, const char **context, size_t *context_len, const char **subject);

#endif
