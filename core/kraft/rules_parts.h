/* rules_parts.h - what the files of rules.h share: the reasons of one line's parts */
#ifndef KRAFT_RULES_PARTS_H
#define KRAFT_RULES_PARTS_H

#include <json-c/json.h>

#include "core/kraft/rules.h"

/* Add a reason, "PART: WHY" (part NULL: of the whole line); gives false, for `return say_no(...)`. */
bool say_no(struct buf *reason, const char *part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Each: true if it may be written; else the reason was added. */
bool rules_config(const struct rules *r, const struct line *line, struct json_object *configs,
                  const char *name, struct json_object *value, struct buf *reason);
bool rules_credential(const char *mechanism, struct json_object *credential, struct buf *reason);
bool rules_quota(struct json_object *entity, const char *name, struct json_object *value,
                 struct buf *reason);

/* Whole lines, but for their parts. */
bool rules_acl(const struct rules *r, const struct line *line, struct buf *reason);
bool rules_quota_entity(struct json_object *entity, struct buf *reason);

#endif
