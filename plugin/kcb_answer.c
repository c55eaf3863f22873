/* kcb_answer.c - see kcb_answer.h */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "plugin/kcb_answer.h"
#include "plugin/kcb_report.h"
#include "plugin/kcb_text.h"

static size_t
length(struct json_object *array)
{
	return array == NULL ? 0 : json_object_array_length(array);
}

/* ---- show ---- */

static void
print_lines(struct json_object *result)
{
	struct json_object *lines = kcb_text_array(result, "lines");
	size_t i, n = length(lines);

	for (i = 0; i < n; i++)
		kcb_text_json(stdout, json_object_array_get_idx(lines, i));
}

/* ---- diff ---- */

static void
print_difference(struct json_object *d)
{
	const char *change = kcb_text_string(d, "change"), *text = kcb_text_string(d, "text");
	char sign = strcmp(change, "added") == 0 ? '+' : strcmp(change, "removed") == 0 ? '-' : '~';

	kcb_text_print(stdout, "%c %s %s%s%s\n", sign, kcb_text_string(d, "kind"),
	               kcb_text_string(d, "name"), text[0] != '\0' ? ": " : "", text);
}

static void
print_diff(struct json_object *result)
{
	struct json_object *differences = kcb_text_array(result, "differences");
	size_t i, n = length(differences);

	for (i = 0; i < n; i++)
		print_difference(json_object_array_get_idx(differences, i));
	if (n == 0)
		kcb_text_print(stdout, "no difference from %s to %s: %lld equal\n",
		               kcb_text_string(result, "from"), kcb_text_string(result, "to"),
		               (long long)kcb_text_number(result, "equal"));
}

bool
kcb_answer_differs(struct json_object *report)
{
	return length(kcb_text_array(kcb_text_object(report, "result"), "differences")) > 0;
}

/* ---- verify ---- */

/* One that lacks a kind verifies all the same. */
static void
print_object(struct json_object *o)
{
	const char *problem = kcb_text_string(o, "problem");

	if (problem[0] != '\0')
		kcb_text_print(stdout, "%s  %s: %s: %s\n",
		               kcb_text_flag(o, "passed_over") ? "passed over" : "bad", kcb_text_string(o, "name"),
		               problem, kcb_text_string(o, "reason"));
	else
		kcb_text_print(stdout, "ok   %s: %s\n", kcb_text_string(o, "name"),
		               kcb_text_flag(o, "complete")
		                   ? "complete"
		                   : "incomplete: some kinds are not in it; see kcb list --long");
}

static void
print_verified(struct json_object *result)
{
	struct json_object *objects = kcb_text_array(result, "objects");
	size_t i, n = length(objects);

	for (i = 0; i < n; i++)
		print_object(json_object_array_get_idx(objects, i));
	if (n == 0)
		(void)puts("no snapshots");
}

/* ---- expire ---- */

static void
print_expired(struct json_object *result)
{
	struct json_object *snapshots = kcb_text_array(result, "snapshots");
	char created[KCB_TEXT_TIME_SIZE], position[48];
	size_t i, n = length(snapshots);

	if (n > 0)
		kcb_text_print(stdout, "%-6s  %-12s  %-9s  %-20s  %s\n", "", "ID", "POSITION", "CREATED", "WHY");
	for (i = 0; i < n; i++) {
		struct json_object *s = json_object_array_get_idx(snapshots, i);
		const char *dash = strchr(kcb_text_string(s, "name"), '-');

		if (json_object_object_get(s, "created_at_ms") != NULL)
			kcb_text_time(kcb_text_number(s, "created_at_ms"), created);
		else
			(void)snprintf(created, sizeof created, "unknown");
		(void)snprintf(position, sizeof position, "%lld.%lld",
		               (long long)kcb_text_number(s, "epoch"),
		               (long long)kcb_text_number(s, "sequence"));
		kcb_text_print(stdout, "%-6s  %-12.12s  %-9s  %-20s  %s\n", kcb_text_string(s, "action"),
		               dash == NULL ? "" : dash + 1, position, created,
		               kcb_text_string(s, "reason"));
	}
	if (n == 0)
		(void)puts("no snapshots");
	else
		kcb_text_print(stdout, "%lld go, %lld stay%s\n", (long long)kcb_text_number(result, "going"),
		               (long long)kcb_text_number(result, "staying"),
		               kcb_text_flag(result, "dry_run") ? "; a dry run: nothing was removed" : "");
}

/* ---- report ---- */

/*
 * The last report says how it ended by a word, not by a number; its first line is part of the
 * answer here.
 */
static void
print_last(struct json_object *last)
{
	kcb_text_print(stdout, "%s: %s  %s\n", kcb_text_string(last, "hook"),
	               kcb_text_string(last, "status"), kcb_text_string(last, "message"));
	kcb_report_print(stdout, LCP_FAILED, last);
}

/* ---- the table ---- */

void
kcb_answer_print(const char *word, lcp_status status, struct json_object *report)
{
	static const struct {
		const char *word;
		void (*print)(struct json_object *result);
	} table[] = {
		{ "show", print_lines },      { "diff", print_diff },
		{ "verify", print_verified }, { "expire", print_expired },
		{ "report", print_last },
	};
	struct json_object *result = kcb_text_object(report, "result");
	size_t i;

	for (i = 0; i < LENGTH(table) && result != NULL; i++)
		if (strcmp(table[i].word, word) == 0)
			table[i].print(result);
	if (result == NULL && status == LCP_OK) /* "there is no report yet" */
		kcb_text_print(stdout, "%s\n", kcb_text_string(report, "message"));
	(void)fflush(stdout);
	kcb_report_ledger(stderr, "kcb: ", report);
}
