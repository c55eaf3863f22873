/*
 * kcb_answer.h - what show, diff, verify and report answer, as text for people.
 */
#ifndef KCB_ANSWER_H
#define KCB_ANSWER_H

#include <stdbool.h>

#include <json-c/json.h>

#include "plugin/lifecycle_plugin.h"

/* The answer to standard output; what was skipped to standard error. */
void kcb_answer_print(const char *word, lcp_status status, struct json_object *report);

/* A diff's answer names a difference. */
bool kcb_answer_differs(struct json_object *report);

#endif
