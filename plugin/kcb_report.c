/* kcb_report.c - see kcb_report.h */
#include <stdbool.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "plugin/kcb_report.h"
#include "plugin/kcb_text.h"

#define REPORT_DEPTH (JSON_DEPTH_MAX + 8) /* a report holds documents' values */

int
kcb_report_parse(const char *text, struct json_object **ret, struct err *e)
{
	if (json_parse(text, strlen(text), REPORT_DEPTH, ret, e) != 0)
		return err_prefix(e, "the plugin's report");
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	return err_set(e, ERR_FAILED, "the plugin's report is no JSON object");
}

/* ---- parts ---- */

static void
print_field(FILE *out, const char *name, const char *text)
{
	if (text[0] != '\0')
		kcb_text_print(out, "%-10s%s\n", name, text);
}

static void
print_snapshot(FILE *out, struct json_object *snapshot)
{
	char created[KCB_TEXT_TIME_SIZE];

	if (snapshot == NULL)
		return;
	kcb_text_time(kcb_text_number(snapshot, "created_at_ms"), created);
	kcb_text_print(out, "%-10s%.12s  %lld.%lld  %s%s\n", "snapshot", kcb_text_string(snapshot, "id"),
	               (long long)kcb_text_number(snapshot, "epoch"),
	               (long long)kcb_text_number(snapshot, "sequence"), created,
	               kcb_text_flag(snapshot, "written") ? "  written now" : "");
}

static void
print_kind(FILE *out, const char *name, struct json_object *kind)
{
	char older[80] = "", when[KCB_TEXT_TIME_SIZE];
	const char *reason = kcb_text_string(kind, "reason");
	int64_t age_ms = kcb_text_number(kind, "age_ms");

	if (age_ms > 0) {
		kcb_text_age(0, age_ms, when);
		(void)snprintf(older, sizeof older, ", %s older than the newest snapshot", when);
	}
	kcb_text_print(out, "  %s: %s, %lld%s%s%s%s\n", name, kcb_text_string(kind, "state"),
	               (long long)kcb_text_number(kind, "count"),
	               kcb_text_flag(kind, "suspect") ? ", suspect" : "", older,
	               reason[0] != '\0' ? ": " : "", reason);
}

/* Kinds that nobody expects anything of take one line together. */
static void
print_together(FILE *out, struct json_object *kinds, const char *state)
{
	size_t n = 0;

	json_object_object_foreach(kinds, name, kind) {
		if (strcmp(kcb_text_string(kind, "state"), state) != 0)
			continue;
		if (n++ == 0)
			kcb_text_print(out, "  %s: ", state);
		kcb_text_print(out, "%s%s", n > 1 ? ", " : "", name);
	}
	if (n > 0)
		(void)fputc('\n', out);
}

static bool
is_dull(struct json_object *kind)
{
	const char *state = kcb_text_string(kind, "state");

	return strcmp(state, "unsupported") == 0 || strcmp(state, "disabled") == 0;
}

static void
print_kinds(FILE *out, struct json_object *kinds)
{
	if (kinds == NULL || json_object_object_length(kinds) == 0)
		return;
	json_object_object_foreach(kinds, name, kind) {
		if (!is_dull(kind))
			print_kind(out, name, kind);
	}
	print_together(out, kinds, "unsupported");
	print_together(out, kinds, "disabled");
}

static void
print_entry(FILE *out, const char *prefix, struct json_object *entry)
{
	const char *kind = kcb_text_string(entry, "kind"), *name = kcb_text_string(entry, "name");
	const char *reason = kcb_text_string(entry, "reason");

	kcb_text_print(out, "%s%s  %s%s%s: %s%s%s\n", prefix,
	               kcb_text_flag(entry, "loss") ? "lost" : "note", kind,
	               kind[0] != '\0' && name[0] != '\0' ? " " : "", name,
	               kcb_text_string(entry, "what"), reason[0] != '\0' ? ": " : "", reason);
}

void
kcb_report_ledger(FILE *out, const char *prefix, struct json_object *report)
{
	struct json_object *ledger = kcb_text_array(report, "ledger");
	int64_t unnamed = kcb_text_number(report, "ledger_unnamed");
	size_t i, n = ledger == NULL ? 0 : json_object_array_length(ledger);
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < n; i++) {
			struct json_object *entry = json_object_array_get_idx(ledger, i);

			if (kcb_text_flag(entry, "loss") == (pass == 0))
				print_entry(out, prefix, entry);
		}
	if (unnamed > 0)
		kcb_text_print(out, "%sand %lld more\n", prefix, (long long)unnamed);
}

static void
print_ledger(FILE *out, struct json_object *report)
{
	struct json_object *ledger = kcb_text_array(report, "ledger");

	if (ledger == NULL || json_object_array_length(ledger) == 0)
		return;
	(void)fputc('\n', out);
	kcb_report_ledger(out, "  ", report);
}

void
kcb_report_plan(FILE *out, struct json_object *report)
{
	struct json_object *plan = kcb_text_array(kcb_text_object(report, "result"), "plan");
	size_t i, equal = 0, n = plan == NULL ? 0 : json_object_array_length(plan);

	if (plan == NULL)
		return;
	(void)fputc('\n', out);
	for (i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(plan, i);
		const char *action = kcb_text_string(item, "action");
		const char *reason = kcb_text_string(item, "reason");

		if (strcmp(action, "equal") == 0)
			equal++;
		else
			kcb_text_print(out, "  %-8s  %s %s%s%s\n", action, kcb_text_string(item, "kind"),
			               kcb_text_string(item, "name"), reason[0] != '\0' ? ": " : "",
			               reason);
	}
	kcb_text_print(out, "  %zu equal already\n", equal);
}

#define PHASE_SHOWN_MS 10 /* what took less explains nothing */

static void
print_phases(FILE *out, struct json_object *phases)
{
	size_t i, n = phases == NULL ? 0 : json_object_array_length(phases), shown = 0;
	long long total = 0;

	for (i = 0; i < n; i++)
		total += kcb_text_number(json_object_array_get_idx(phases, i), "ms");
	if (n > 0)
		kcb_text_print(out, "took %lld ms", total);
	for (i = 0; i < n; i++) {
		struct json_object *phase = json_object_array_get_idx(phases, i);
		long long ms = kcb_text_number(phase, "ms");

		if (ms >= PHASE_SHOWN_MS)
			kcb_text_print(out, "%s %s %lld", shown++ > 0 ? "," : ":",
			               kcb_text_string(phase, "name"), ms);
	}
	if (n > 0)
		(void)fputc('\n', out);
}

void
kcb_report_print(FILE *out, lcp_status status, struct json_object *report)
{
	const char *never = kcb_text_string(report, "never_included");

	if (status == LCP_OK || status == LCP_PARTIAL)
		kcb_text_print(out, "%s  %s\n", kcb_text_status(status), kcb_text_string(report, "message"));
	print_field(out, "service", kcb_text_string(report, "service"));
	print_field(out, "cluster", kcb_text_string(report, "cluster"));
	print_field(out, "guard", kcb_text_string(report, "guard"));
	print_snapshot(out, kcb_text_object(report, "snapshot"));
	print_kinds(out, kcb_text_object(report, "kinds"));
	print_ledger(out, report);
	kcb_report_plan(out, report);
	print_phases(out, kcb_text_array(report, "phases"));
	if (never[0] != '\0')
		kcb_text_print(out, "never included: %s\n", never);
}
