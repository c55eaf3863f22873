/* kcb_operation.c - see kcb_operation.h */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "plugin/kcb_answer.h"
#include "plugin/kcb_operation.h"
#include "plugin/kcb_report.h"
#include "plugin/kcb_text.h"

/* ---- parameters: the keys in byte order ---- */

static void
add_anchor(struct json *w, const struct kcb_anchor *anchor)
{
	if (!anchor->known)
		return;
	json_key(w, "anchor");
	json_begin_object(w);
	json_key_unsigned(w, "epoch", anchor->epoch);
	json_key_string(w, "hash", anchor->hash);
	json_key_unsigned(w, "sequence", anchor->sequence);
	json_end_object(w);
}

static void
add_text(struct json *w, const char *key, const char *text)
{
	if (text != NULL)
		json_key_string(w, key, text);
}

static void
add_flag(struct json *w, const char *key, bool flag)
{
	if (flag)
		json_key_bool(w, key, true);
}

/* accept KIND[/NAME] says both in one word. */
static void
add_resource(struct json *w, const struct kcb_options *o)
{
	size_t len;

	if (o->resource == NULL) {
		add_text(w, "kind", o->kind);
		add_flag(w, "long", o->long_form);
		add_text(w, "name", o->name);
		return;
	}
	len = strcspn(o->resource, "/");
	json_key(w, "kind");
	json_string_bytes(w, o->resource, len);
	if (o->resource[len] == '/')
		json_key_string(w, "name", o->resource + len + 1);
}

static const char *
write_params(const struct kcb_options *o, uint32_t hook, const struct kcb_anchor *anchor,
             struct buf *out)
{
	struct json w;

	json_init(&w, out);
	json_begin_object(&w);
	add_text(&w, "after", o->after);
	add_flag(&w, "all", o->all);
	add_anchor(&w, anchor);
	add_text(&w, "command", o->command->word);
	add_text(&w, "disks", o->disks);
	add_text(&w, "from", o->from);
	add_flag(&w, "into_used", o->into_used);
	add_resource(&w, o);
	/* a person who asks for a backup means now; the daemon means when it is due */
	add_flag(&w, "now", hook == LCP_HOOK_PERIODIC && o->command->role != KCB_RUN);
	add_text(&w, "phase", o->phase);
	add_text(&w, "snapshot", o->snapshot);
	add_text(&w, "to", o->to);
	json_end_object(&w);
	return buf_text(out);
}

/* ---- run ---- */

/* What only looked, or changed nothing, is no success that an anchor could be of. */
static bool
moves_anchor(const struct kcb_options *o, uint32_t hook)
{
	return o->anchor != NULL && !o->dry_run && hook != LCP_HOOK_CHECK &&
	       o->command->role != KCB_LOOK && o->command->role != KCB_LIST;
}

static int
move_anchor(const char *path, const struct kcb_anchor *before, const struct kcb_host_result *result,
            struct err *e)
{
	struct kcb_anchor now;

	if (result->status != LCP_OK && result->status != LCP_PARTIAL)
		return 0;
	kcb_files_anchor_take(result->report, &now);
	if (!now.known)
		return 0;
	if (before->known && (now.epoch < before->epoch ||
	                      (now.epoch == before->epoch && now.sequence <= before->sequence)))
		return 0;
	return kcb_files_anchor_write(path, &now, e);
}

lcp_status
kcb_operation_run(struct kcb_operation *o, uint32_t hook, struct kcb_host_result *ret, struct err *e)
{
	CLEANUP(buf_release) struct buf params;
	struct kcb_anchor anchor = { 0 };
	struct kcb_host_request request = {
		.hook = hook,
		.flags = (o->options->force ? LCP_FORCE : 0) | (o->options->dry_run ? LCP_DRY_RUN : 0),
		.timeout_ms = o->options->timeout_ms,
	};
	lcp_status status;

	buf_init(&params, PARAMS_TEXT_MAX);
	if (o->options->anchor != NULL &&
	    kcb_files_anchor_read(o->options->anchor, &anchor, e) != 0)
		return LCP_CONFIG;
	request.params = write_params(o->options, hook, &anchor, &params);
	if (request.params == NULL) {
		(void)err_set(e, ERR_CONFIG, "what was asked is longer than %u bytes", PARAMS_TEXT_MAX);
		return LCP_CONFIG;
	}
	status = kcb_host_run(o->host, &request, ret, e);
	if (status != LCP_OK || !moves_anchor(o->options, hook) ||
	    move_anchor(o->options->anchor, &anchor, ret, e) == 0)
		return status;
	kcb_text_print(stderr, "kcb: %s\n", e->text); /* the operation itself has succeeded */
	return LCP_OK;
}

/* ---- open ---- */

static void
find_state_dir(struct kcb_operation *o)
{
	struct err e = { 0 };

	if (kcb_files_state_dir(&o->service, o->options->state_dir, &e) != 0 &&
	    (o->options->verbose || o->options->state_dir != NULL))
		kcb_text_print(stderr, "kcb: warning: no last report will be kept: %s\n", e.text);
}

static bool
is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

lcp_status
kcb_operation_open(struct kcb_operation *o, const struct kcb_options *options, struct err *e)
{
	struct kcb_host_options host = { .log = options->verbose,
		                         .progress = options->command->role != KCB_RUN &&
		                                     !options->quiet && is_terminal() };
	struct lcp_service service = { .size = sizeof service };
	lcp_status status;

	*o = (struct kcb_operation){ .options = options };
	if (kcb_files_service(&o->service, options->config, e) != 0)
		return LCP_CONFIG;
	find_state_dir(o);
	service.id = o->service.id;
	service.config = o->service.text.data;
	service.state_dir = o->service.state_dir[0] != '\0' ? o->service.state_dir : NULL;
	status = kcb_host_open(&o->host, &host, &service, e);
	if (status == LCP_CONFIG)
		(void)err_prefix(e, "%s", o->service.path);
	return status;
}

void
kcb_operation_close(struct kcb_operation *o)
{
	kcb_host_close(o->host);
	kcb_files_service_release(&o->service);
}

/* ---- kcb COMMAND ---- */

int
kcb_operation_fail(const struct kcb_options *options, lcp_status status, const struct err *e)
{
	struct json_object *document = options->json ? json_object_new_object() : NULL;

	kcb_text_print(stderr, "kcb: %s: %s\n", options->command->name, e->text);
	if (document != NULL) {
		(void)json_object_object_add(document, "message", json_object_new_string(e->text));
		(void)json_object_object_add(document, "status",
		                             json_object_new_string(kcb_text_status(status)));
		kcb_text_json(stdout, document);
		(void)json_object_put(document);
	}
	return kcb_text_exit_code(status);
}

static void
say_status(const struct kcb_options *o, const struct kcb_host_result *result)
{
	(void)fflush(stdout);
	kcb_text_print(stderr, "kcb: %s: %s: %s\n", o->command->name, kcb_text_status(result->status),
	               result->message);
}

/*
 * Of a failure standard error has the line, whatever standard output has; PARTIAL stands in the
 * text of a report.
 */
static bool
is_said_aloud(const struct kcb_options *o, lcp_status status)
{
	if (status == LCP_PARTIAL)
		return o->command->role != KCB_HOOK || o->json || o->quiet;
	return status != LCP_OK;
}

static void
print_answer(const struct kcb_options *o, lcp_status status, struct json_object *report)
{
	if (o->json)
		kcb_text_json(stdout, report);
	else if (status == LCP_UNSUPPORTED)
		return; /* nothing was done that could be reported */
	else if (o->command->role == KCB_LOOK)
		kcb_answer_print(o->command->word, status, report);
	else if (!o->quiet)
		kcb_report_print(stdout, status, report);
}

/*
 * A report that cannot be read hides neither how the operation ended, nor that something is wrong.
 */
static int
say_without_report(const struct kcb_options *o, const struct kcb_host_result *result,
                   struct err *e)
{
	bool well = result->status == LCP_OK || result->status == LCP_PARTIAL;

	(void)err_prefix(e, "%s: %s", kcb_text_status(result->status), result->message);
	return kcb_operation_fail(o, well ? LCP_FAILED : result->status, e);
}

static int
say(const struct kcb_options *o, const struct kcb_host_result *result, struct err *e)
{
	struct json_object *report CLEANUP(json_object_put) = NULL;

	if (result->report == NULL)
		(void)err_set(e, ERR_FAILED, "the plugin gave no report");
	if (result->report == NULL || kcb_report_parse(result->report, &report, e) != 0)
		return say_without_report(o, result, e);
	if (is_said_aloud(o, result->status))
		say_status(o, result);
	print_answer(o, result->status, report);
	if (o->exit_code && result->status == LCP_OK && kcb_answer_differs(report))
		return 10;
	return kcb_text_exit_code(result->status);
}

int
kcb_operation_main(const struct kcb_options *options)
{
	struct kcb_host_result result = { 0 };
	struct kcb_operation o;
	struct err e = { 0 };
	lcp_status status = kcb_operation_open(&o, options, &e);
	int code;

	if (status == LCP_OK)
		status = kcb_operation_run(&o, options->command->hook, &result, &e);
	code = status != LCP_OK ? kcb_operation_fail(options, status, &e) : say(options, &result, &e);
	kcb_host_result_release(&result);
	kcb_operation_close(&o);
	return code;
}
