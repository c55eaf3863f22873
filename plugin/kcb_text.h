/*
 * kcb_text.h - text that a terminal shows and does not obey: names of topics come from clusters
 * and stores of which some are hostile.
 */
#ifndef KCB_TEXT_H
#define KCB_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

#include "core/base/buf.h"
#include "plugin/lifecycle_plugin.h"

/*
 * Append text with what a terminal would obey as \uXXXX: control characters (C0, DEL, C1), and
 * those that turn the direction of writing; bytes that are no UTF-8 as \xNN.  What is JSON stays
 * JSON of the same meaning.
 */
void kcb_text_escape(struct buf *out, const char *text, size_t len);

/* printf with every %s escaped like that; the format itself is ours and goes out as it is. */
void kcb_text_print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write a value as one line of JSON. */
void kcb_text_json(FILE *out, struct json_object *value);

/* Members of an object, and what they are if absent or of another type: "", 0, false, NULL. */
const char         *kcb_text_string(struct json_object *object, const char *key);
int64_t             kcb_text_number(struct json_object *object, const char *key);
int                 kcb_text_flag(struct json_object *object, const char *key);
struct json_object *kcb_text_array(struct json_object *object, const char *key);
struct json_object *kcb_text_object(struct json_object *object, const char *key);

/* "OK", "NEEDS_OPERATOR", ..., and the exit code; an unknown status is FAILED. */
const char *kcb_text_status(lcp_status status);
int         kcb_text_exit_code(lcp_status status);

/* "2026-01-31T12:00:00Z", and how long before now: "3 h". */
#define KCB_TEXT_TIME_SIZE 32
void kcb_text_time(int64_t ms, char ret[KCB_TEXT_TIME_SIZE]);
void kcb_text_age(int64_t ms, int64_t now_ms, char ret[KCB_TEXT_TIME_SIZE]);

#endif
