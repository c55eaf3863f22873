/* kcb_answer.c - see kcb_answer.h */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "plugin/kcb_answer.h"
#include "plugin/kcb_report.h"
#include "plugin/kcb_text.h"

#define NOTES_MAX 4096u

static size_t
length(struct json_object *array)
{
	return array == NULL ? 0 : json_object_array_length(array);
}

/* ---- list ---- */

/* "unreachable: acl, user" for a state, or "suspect: ..." */
static void
add_note(struct buf *notes, const char *word, struct json_object *kinds,
         bool (*fits)(struct json_object *kind, const char *word))
{
	bool first = true;

	json_object_object_foreach(kinds, name, kind) {
		if (!fits(kind, word))
			continue;
		(void)buf_print(notes, "%s%s%s", first && notes->len > 0 ? "; " : "",
		                first ? word : ",", first ? ": " : " ");
		(void)buf_add_text(notes, name);
		first = false;
	}
}

static bool
is_suspect(struct json_object *kind, const char *word)
{
	(void)word;
	return kcb_text_flag(kind, "suspect") != 0;
}

static bool
is_in_state(struct json_object *kind, const char *word)
{
	return strcmp(kcb_text_string(kind, "state"), word) == 0;
}

static void
print_snapshot(struct json_object *s, int64_t now_ms)
{
	static const char *const states[] = { "unreachable", "pending" };
	struct json_object *kinds = kcb_text_object(s, "kinds");
	CLEANUP(buf_release) struct buf notes;
	char created[KCB_TEXT_TIME_SIZE], age[KCB_TEXT_TIME_SIZE], position[48];
	int64_t created_ms = kcb_text_number(s, "created_at_ms");
	size_t i;

	buf_init(&notes, NOTES_MAX);
	if (kinds != NULL)
		add_note(&notes, "suspect", kinds, is_suspect);
	for (i = 0; kinds != NULL && i < LENGTH(states); i++)
		add_note(&notes, states[i], kinds, is_in_state);
	kcb_text_time(created_ms, created);
	kcb_text_age(created_ms, now_ms, age);
	(void)snprintf(position, sizeof position, "%lld.%lld", (long long)kcb_text_number(s, "epoch"),
	               (long long)kcb_text_number(s, "sequence"));
	kcb_text_print(stdout, "%-12.12s  %-9s  %-20s  %8s  %7lld  %7lld%s%s\n",
	               kcb_text_string(s, "id"), position, created, age,
	               (long long)kcb_text_number(kcb_text_object(kinds, "topic"), "count"),
	               (long long)kcb_text_number(s, "carried"), notes.len > 0 ? "  " : "",
	               notes.len > 0 ? buf_text(&notes) : "");
}

static void
print_list(struct json_object *result)
{
	struct json_object *snapshots = kcb_text_array(result, "snapshots");
	struct timespec now = { 0 };
	size_t i, n = length(snapshots);

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	if (n == 0) {
		(void)puts("no snapshots");
		return;
	}
	(void)printf("%-12s  %-9s  %-20s  %8s  %7s  %7s  %s\n", "ID", "POSITION", "CREATED", "AGE",
	             "TOPICS", "CARRIED", "NOTES");
	for (i = 0; i < n; i++)
		print_snapshot(json_object_array_get_idx(snapshots, i),
		               (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
	if (kcb_text_flag(result, "more"))
		kcb_text_print(stderr, "kcb: list: there are more; these are the newest %zu\n", n);
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

static void
print_verified(struct json_object *result)
{
	struct json_object *objects = kcb_text_array(result, "objects");
	size_t i, n = length(objects);

	for (i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(objects, i);
		const char *reason = kcb_text_string(o, "reason");

		kcb_text_print(stdout, "%-3s  %s%s%s\n", kcb_text_flag(o, "ok") ? "ok" : "bad",
		               kcb_text_string(o, "name"), reason[0] != '\0' ? ": " : "", reason);
	}
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

	for (i = 0; i < n; i++) {
		struct json_object *s = json_object_array_get_idx(snapshots, i);
		const char *dash = strchr(kcb_text_string(s, "name"), '-');

		kcb_text_time(kcb_text_number(s, "created_at_ms"), created);
		(void)snprintf(position, sizeof position, "%lld.%lld",
		               (long long)kcb_text_number(s, "epoch"),
		               (long long)kcb_text_number(s, "sequence"));
		kcb_text_print(stdout, "%-6s  %-12.12s  %-9s  %-20s  %s\n", kcb_text_string(s, "action"),
		               dash == NULL ? "" : dash + 1, position, created,
		               kcb_text_string(s, "reason"));
	}
	if (n == 0)
		(void)puts("no snapshots");
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
		{ "list", print_list },       { "show", print_lines },
		{ "diff", print_diff },       { "verify", print_verified },
		{ "expire", print_expired },  { "report", print_last },
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
