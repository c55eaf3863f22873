/* kcb_list.c - see kcb_list.h */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/buf.h"
#include "core/base/json.h"
#include "plugin/kcb_list.h"
#include "plugin/kcb_operation.h"
#include "plugin/kcb_report.h"
#include "plugin/kcb_text.h"

#define HOLDS_MAX   4096u
#define SIGNER_SHOWN 16 /* "ed25519:" and enough to tell keys apart */

struct list {
	const struct kcb_options *options; /* as they were given */
	struct kcb_options        part;    /* as they are now: after, timeout_ms */
	struct kcb_operation      operation;
	uint64_t   end_ms;   /* 0: never */
	int64_t    now_ms;   /* by the wall clock, for ages */
	size_t     parts, rows, problems;
	bool       partial;  /* some part was */
	char      *next;     /* where the next part begins; NULL: there is none */
	/* how the last part ended */
	struct json_object *report;
	lcp_status status;
	char       message[ERR_TEXT_SIZE];
};

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- a row for people ---- */

/* "topic 12, user 3" of what it holds, "unreachable: acl, user" of what it lacks */
static void
add_kinds(struct buf *out, struct json_object *kinds, const char *word,
          bool (*fits)(struct json_object *kind, const char *word), bool counted)
{
	bool first = true;

	json_object_object_foreach(kinds, name, kind) {
		if (!fits(kind, word))
			continue;
		(void)buf_print(out, "%s%s%s", first ? (counted ? ": " : "; ") : ", ", first && !counted ? word : "",
		                first && !counted ? ": " : "");
		(void)buf_add_text(out, name);
		if (counted)
			(void)buf_print(out, " %" PRId64, kcb_text_number(kind, "count"));
		first = false;
	}
}

static bool
is_held(struct json_object *kind, const char *word)
{
	return strcmp(kcb_text_string(kind, "state"), word) == 0 && kcb_text_number(kind, "count") > 0;
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
describe(struct buf *out, struct json_object *s)
{
	struct json_object *kinds = kcb_text_object(s, "kinds");
	int64_t carried = kcb_text_number(s, "carried");

	(void)buf_add_text(out, kcb_text_flag(s, "complete") ? "complete" : "incomplete");
	if (kinds != NULL) {
		add_kinds(out, kinds, "captured", is_held, true);
		add_kinds(out, kinds, "suspect", is_suspect, false);
		add_kinds(out, kinds, "unreachable", is_in_state, false);
		add_kinds(out, kinds, "pending", is_in_state, false);
	}
	if (carried > 0)
		(void)buf_print(out, "; carried: %" PRId64, carried);
}

static void
print_header(const struct list *l, struct json_object *s)
{
	CLEANUP(buf_release) struct buf holds;
	char created[KCB_TEXT_TIME_SIZE], age[KCB_TEXT_TIME_SIZE];
	const char *source = kcb_text_string(s, "source");

	buf_init(&holds, HOLDS_MAX);
	describe(&holds, s);
	kcb_text_time(kcb_text_number(s, "created_at_ms"), created);
	kcb_text_age(kcb_text_number(s, "created_at_ms"), l->now_ms, age);
	kcb_text_print(stdout, "  %-20s  %8s  %9" PRId64 "  %-8s  %-16.16s  %s\n", created, age,
	               kcb_text_number(s, "size"),
	               kcb_text_flag(s, "kafka_down") ? "log,down" : strcmp(source, "api") == 0 ? "brokers" : source,
	               kcb_text_string(s, "signer"), buf_text(&holds));
}

static void
print_row(const struct list *l, struct json_object *s)
{
	const char *problem = kcb_text_string(s, "problem");
	const char *id = kcb_text_string(s, "id"); /* none: its name is no snapshot's */
	char position[48] = "-";

	if (id[0] != '\0')
		(void)snprintf(position, sizeof position, "%" PRIu64 ".%" PRIu64, /* a hostile name has large ones */
		               json_object_get_uint64(json_object_object_get(s, "epoch")),
		               json_object_get_uint64(json_object_object_get(s, "sequence")));
	if (id[0] == '\0')
		kcb_text_print(stdout, "%s  -", kcb_text_string(s, "name"));
	else if (problem[0] == '\0' && !l->options->long_form)
		kcb_text_print(stdout, "%-12.12s  %s", id, position);
	else
		kcb_text_print(stdout, "%-12.12s  %-9s", id, position);
	if (problem[0] != '\0')
		kcb_text_print(stdout, "  %s: %s\n", problem, kcb_text_string(s, "reason"));
	else if (l->options->long_form)
		print_header(l, s);
	else
		(void)putchar('\n');
}

/* ---- a part ---- */

static void
begin_rows(const struct list *l)
{
	if (l->options->json)
		(void)fputs("{\"result\":{\"next\":null,\"snapshots\":[\n", stdout);
	else if (l->options->long_form)
		(void)printf("%-12s  %-9s  %-20s  %8s  %9s  %-8s  %-16s  %s\n", "ID", "POSITION", "CREATED", "AGE",
		             "BYTES", "SOURCE", "SIGNED BY", "HOLDS");
	else
		(void)printf("%-12s  %s\n", "ID", "POSITION");
}

static void
print_rows(struct list *l, struct json_object *rows)
{
	size_t i, n = json_object_array_length(rows);

	for (i = 0; i < n; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (l->rows++ == 0)
			begin_rows(l);
		else if (l->options->json)
			(void)putchar(',');
		l->problems += kcb_text_string(row, "problem")[0] != '\0';
		if (l->options->json)
			kcb_text_json(stdout, row);
		else
			print_row(l, row);
	}
	(void)fflush(stdout);
}

/* Behind the last one that was given: a plugin that goes back would go on for ever. */
static int
take_next(struct list *l, struct json_object *result, struct err *e)
{
	const char *next = kcb_text_string(result, "next");
	bool forward = l->next == NULL || strcmp(next, l->next) > 0;
	char *copy = next[0] == '\0' ? NULL : strdup(next);

	if (next[0] != '\0' && copy == NULL)
		return err_memory(e, "listing snapshots");
	free(l->next);
	l->next = copy;
	if (copy != NULL && !forward)
		return err_set(e, ERR_FAILED, "the plugin's answers go in a circle; please report it");
	return 0;
}

static lcp_status
take_report(struct list *l, const struct kcb_host_result *r, struct err *e)
{
	struct json_object *result;
	bool well = r->status == LCP_OK || r->status == LCP_PARTIAL;

	(void)json_object_put(l->report);
	l->report = NULL;
	if (r->report == NULL || kcb_report_parse(r->report, &l->report, e) != 0) {
		if (r->report == NULL)
			(void)err_set(e, ERR_FAILED, "the plugin gave no report");
		(void)err_prefix(e, "%s: %s", kcb_text_status(r->status), r->message);
		return well ? LCP_FAILED : r->status;
	}
	l->status = r->status;
	(void)snprintf(l->message, sizeof l->message, "%s", r->message); /* cut is fine */
	l->partial = l->partial || r->status == LCP_PARTIAL;
	result = kcb_text_object(l->report, "result");
	if (result == NULL || !well) {
		free(l->next);
		l->next = NULL;
		return LCP_OK;
	}
	l->parts++;
	if (kcb_text_array(result, "snapshots") != NULL)
		print_rows(l, kcb_text_array(result, "snapshots"));
	if (!l->options->json)
		kcb_report_ledger(stderr, "kcb: ", l->report);
	return take_next(l, result, e) != 0 ? LCP_FAILED : LCP_OK;
}

static lcp_status
read_part(struct list *l, struct err *e)
{
	struct kcb_host_result result = { 0 };
	int64_t now = clock_ms(CLOCK_MONOTONIC);
	lcp_status status;

	l->part.after = l->next;
	if (l->end_ms != 0) /* all parts have the time that was given */
		l->part.timeout_ms = (uint64_t)now < l->end_ms ? l->end_ms - (uint64_t)now : 1;
	status = kcb_operation_run(&l->operation, LCP_HOOK_COMMAND, &result, e);
	if (status == LCP_OK)
		status = take_report(l, &result, e);
	kcb_host_result_release(&result);
	return status;
}

/* ---- the end ---- */

static void
sum_up(struct list *l)
{
	if (l->status == LCP_OK && l->partial)
		l->status = LCP_PARTIAL;
	if (l->parts > 1 && l->status == LCP_PARTIAL)
		(void)snprintf(l->message, sizeof l->message,
		               "%zu objects, %zu of which are no snapshots of this service's", l->rows, l->problems);
	else if (l->parts > 1 && l->status == LCP_OK)
		(void)snprintf(l->message, sizeof l->message, "%zu snapshots", l->rows);
}

/* The rest of the document: what the last part's report has beside its result. */
static void
end_document(struct list *l)
{
	(void)json_object_object_add(l->report, "status", json_object_new_string(kcb_text_status(l->status)));
	(void)json_object_object_add(l->report, "message", json_object_new_string(l->message));
	if (l->rows == 0) {
		kcb_text_json(stdout, l->report);
		return;
	}
	json_object_object_del(l->report, "result");
	(void)fputs("]}", stdout);
	json_object_object_foreach(l->report, key, value) {
		kcb_text_print(stdout, ",\"%s\":", key);
		kcb_text_json(stdout, value);
	}
	(void)puts("}");
}

static int
finish(struct list *l)
{
	sum_up(l);
	if (l->status != LCP_OK) {
		(void)fflush(stdout);
		kcb_text_print(stderr, "kcb: list: %s: %s\n", kcb_text_status(l->status), l->message);
	}
	if (l->options->json)
		end_document(l);
	else if (l->rows == 0 && kcb_text_object(l->report, "result") != NULL)
		(void)puts("no snapshots");
	return kcb_text_exit_code(l->status);
}

/* Nothing could be asked any more, or not be understood; what was printed of a document is ended. */
static int
fail(struct list *l, lcp_status status, const struct err *e)
{
	if (l->rows == 0 || !l->options->json)
		return kcb_operation_fail(l->options, status, e);
	kcb_text_print(stderr, "kcb: list: %s\n", e->text);
	(void)json_object_put(l->report);
	l->report = json_object_new_object();
	l->status = status;
	(void)snprintf(l->message, sizeof l->message, "%s", e->text);
	end_document(l);
	return kcb_text_exit_code(status);
}

int
kcb_list_main(const struct kcb_options *options)
{
	struct list l = { .options = options, .part = *options, .now_ms = clock_ms(CLOCK_REALTIME) };
	struct err e = { 0 };
	lcp_status status = kcb_operation_open(&l.operation, &l.part, &e);
	int code;

	if (options->timeout_ms != 0)
		l.end_ms = (uint64_t)clock_ms(CLOCK_MONOTONIC) + options->timeout_ms;
	do {
		if (status == LCP_OK)
			status = read_part(&l, &e);
	} while (status == LCP_OK && l.next != NULL && ferror(stdout) == 0);
	code = status != LCP_OK ? fail(&l, status, &e) : finish(&l);
	(void)json_object_put(l.report);
	free(l.next);
	kcb_operation_close(&l.operation);
	return code;
}
