/*
 * rest_schemas.h - the kind `schema` by HTTP.  server is a struct registry.
 *
 * Captured: as rest_list.h says.  Restored: registry_line.h's lines, each with its id and version, by the registry's
 * mode IMPORT, and softly deleted where it was; see rest_restore.h.
 */
#ifndef REGISTRY_REST_SCHEMAS_H
#define REGISTRY_REST_SCHEMAS_H

#include "core/registry/registry_line.h"
#include "core/snapshot/kind_ops.h"

extern const struct kind_ops rest_schemas_ops;

/* A line of the kind, taken apart; version's texts and objects are key's and value's. */
struct schema_parsed {
	struct json_object   *key, *value;
	struct schema_version version;
};

/* ERR_CORRUPT: not as registry_line.h says.  Texts end with a NUL. */
int  schema_parse(const struct line *line, struct schema_parsed *ret, struct err *e);
void schema_parsed_release(struct schema_parsed *p);

CLEANUP_RELEASE(struct schema_parsed, schema_parsed_release)

#endif
