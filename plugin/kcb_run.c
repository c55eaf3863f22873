/*
 * kcb_run.c - see kcb_run.h.  power-on is called until it has succeeded: as soon as it says
 * after AGAIN, else a period later, since a person may have repaired what it refused.  What an
 * operation said is logged when it differs from what was said before.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "plugin/kcb_operation.h"
#include "plugin/kcb_report.h"
#include "plugin/kcb_run.h"
#include "plugin/kcb_text.h"

#define AGAIN_MIN_MS     1000u
#define AGAIN_DEFAULT_MS 5000u
#define AGAIN_MAX_MS     3600000u

struct daemon {
	struct kcb_operation operation;
	lcp_status said;         /* the last ending that was logged */
	char       message[512]; /* ... and its message */
	bool       said_something;
};

/* ---- the log ---- */

static bool
has_written(const struct kcb_host_result *result)
{
	struct json_object *report CLEANUP(json_object_put) = NULL;
	struct err e = { 0 };

	return result->report != NULL && kcb_report_parse(result->report, &report, &e) == 0 &&
	       kcb_text_flag(kcb_text_object(report, "snapshot"), "written");
}

/*
 * OK says another message each time: it is worth a line when it ends something else, or stored a
 * snapshot.
 */
static bool
is_news(const struct daemon *d, const struct kcb_host_result *result)
{
	if (!d->said_something || d->said != result->status)
		return true;
	if (result->status == LCP_OK || result->status == LCP_PARTIAL)
		return has_written(result);
	return strncmp(d->message, result->message, sizeof d->message - 1) != 0;
}

static void
log_ending(struct daemon *d, const char *hook, const struct kcb_host_result *result)
{
	bool well = result->status == LCP_OK;

	if (!is_news(d, result) || (well && d->operation.options->quiet && d->said_something &&
	                            d->said == LCP_OK))
		return;
	kcb_text_print(stderr, "kcb: %s: %s: %s: %s\n", d->operation.service.id, hook,
	               kcb_text_status(result->status), result->message);
	d->said = result->status;
	d->said_something = true;
	(void)snprintf(d->message, sizeof d->message, "%s", result->message);
}

/* ---- operations ---- */

static uint64_t
pause_after(const struct daemon *d, const struct kcb_host_result *result)
{
	uint64_t ms = result->retry_after_ms;

	if (result->status != LCP_AGAIN)
		return d->operation.options->period_ms;
	if (ms == 0)
		ms = AGAIN_DEFAULT_MS;
	return ms < AGAIN_MIN_MS ? AGAIN_MIN_MS : ms > AGAIN_MAX_MS ? AGAIN_MAX_MS : ms;
}

/*
 * One operation, its line of the log, and the pause behind it; what was not begun counts as it
 * says.
 */
static lcp_status
turn(struct daemon *d, uint32_t hook, const char *name)
{
	struct kcb_host_result result = { 0 };
	struct err e = { 0 };
	lcp_status status = kcb_operation_run(&d->operation, hook, &result, &e);
	uint64_t pause_ms;

	if (status != LCP_OK) {
		result.status = status;
		result.message = strdup(e.text);
	}
	status = result.status;
	if (result.message != NULL &&
	    !(status == LCP_CANCELLED && kcb_host_is_stopped(d->operation.host)))
		log_ending(d, name, &result);
	pause_ms = pause_after(d, &result);
	kcb_host_result_release(&result);
	if (hook == LCP_HOOK_POST_POWERON && (status == LCP_OK || status == LCP_PARTIAL))
		return status; /* the first periodic hook follows at once */
	if (status != LCP_UNSUPPORTED)
		kcb_host_wait(d->operation.host, pause_ms);
	return status;
}

static int
serve(struct daemon *d)
{
	const struct kcb_host *host = d->operation.host;
	uint32_t hook = LCP_HOOK_POST_POWERON;

	while (!kcb_host_is_stopped(host)) {
		bool on = hook == LCP_HOOK_POST_POWERON;
		lcp_status status = turn(d, hook, on ? "power-on" : "periodic");

		if (status == LCP_UNSUPPORTED)
			return kcb_text_exit_code(status);
		if (on && (status == LCP_OK || status == LCP_PARTIAL))
			hook = LCP_HOOK_PERIODIC;
	}
	kcb_text_print(stderr, "kcb: %s: ended by a signal; this is no power-off\n",
	               d->operation.service.id);
	return 0;
}

int
kcb_run_main(const struct kcb_options *options)
{
	struct daemon d = { 0 };
	struct err e = { 0 };
	lcp_status status = kcb_operation_open(&d.operation, options, &e);
	int code = status != LCP_OK ? kcb_operation_fail(options, status, &e) : serve(&d);

	kcb_operation_close(&d.operation);
	return code;
}
