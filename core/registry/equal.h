/*
 * equal.h - whether two lines of a registry mean the same, where a server has rewritten what it was given
 * (DESIGN 3).  Pure.
 *
 * Texts: same bytes, or by their type: AVRO by parsing canonical form and the attributes that it strips (aliases,
 * defaults, documentation, order, logical types, properties), JSON as JSON, PROTOBUF by its words without comments.
 * A text that is not of its type is compared by its bytes alone.
 */
#ifndef REGISTRY_EQUAL_H
#define REGISTRY_EQUAL_H

#include <stdbool.h>

#include "core/registry/registry_line.h"

/* types NULL: AVRO. */
bool registry_same_text(const char *type_a, const char *a, size_t a_len, const char *type_b,
                        const char *b, size_t b_len);

/*
 * Two values: numbers by value, members in any order.  And the same where null, absent and empty are one, as is a
 * member "confluent:version", which servers put into the metadata of what they show.
 */
bool registry_same_exactly(struct json_object *a, struct json_object *b);
bool registry_same_json(struct json_object *a, struct json_object *b);

/* Lines of the kind schema; of registry_config, where a highest id may have grown.  want: a value. */
bool schema_equal(const struct line *have, const char *want);
bool registry_config_equal(const struct line *have, const char *want);

/* Of two lines of a schema: id, deleted, type, text and references are the same; metadata and rules may not be. */
bool schema_equal_but_details(const struct line *have, const char *want);

/* For equal.c alone. */
bool avro_same(struct json_object *a, struct json_object *b);
bool protobuf_same(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
