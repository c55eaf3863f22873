/*
 * kcb_report.h - the report of an operation as short text for people.
 */
#ifndef KCB_REPORT_H
#define KCB_REPORT_H

#include <stdio.h>

#include <json-c/json.h>

#include "core/base/err.h"
#include "plugin/lifecycle_plugin.h"

/* *ret is the caller's, freed with json_object_put(). */
int kcb_report_parse(const char *text, struct json_object **ret, struct err *e);

/*
 * Status and message (but not of a failure: that line goes to standard error), guard, snapshot,
 * kinds, the loss ledger with what is lost first, the plan, the phases, and what is never
 * included.
 */
void kcb_report_print(FILE *out, lcp_status status, struct json_object *report);

/* The loss ledger alone, one entry a line, each with `prefix` in front. */
void kcb_report_ledger(FILE *out, const char *prefix, struct json_object *report);

/* The plan of a restore: what is not equal already, one a line, and how much is. */
void kcb_report_plan(FILE *out, struct json_object *report);

#endif
