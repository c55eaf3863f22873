/* operation.c - see operation.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/snapshot/document.h"
#include "hooks/command_look.h"
#include "hooks/expire.h"
#include "hooks/find.h"
#include "hooks/last_report.h"
#include "hooks/operation.h"
#include "hooks/rewrap.h"
#include "hooks/seeding.h"

/* ---- life ---- */

static void
on_cancel(uv_async_t *a)
{
	loop_stop(&container_of(a, struct operation, cancel)->loop, ERR_CANCELLED);
}

static void
on_deadline(uv_timer_t *t)
{
	loop_stop(&container_of(t, struct operation, deadline)->loop, ERR_DEADLINE);
}

struct operation *
operation_new(const struct operation_request *request)
{
	struct operation *o = calloc(1, sizeof *o);
	struct err e = { 0 };
	size_t i;

	if (o == NULL)
		return NULL;
	o->request = *request;
	o->config = request->config;
	o->loop.log = request->log;
	o->loop.now_ms = request->now_ms;
	o->loop.wall_ms = request->wall_ms;
	o->loop.clock_ctx = request->clock_ctx;
	o->loop.deadline_ms = request->deadline_ms;
	if (loop_init(&o->loop, &e) != 0) {
		free(o);
		return NULL;
	}
	(void)uv_timer_init(&o->loop.uv, &o->deadline); /* cannot fail */
	if (uv_async_init(&o->loop.uv, &o->cancel, on_cancel) != 0) {
		uv_close((uv_handle_t *)&o->deadline, NULL);
		(void)loop_release(&o->loop);
		free(o);
		return NULL;
	}
	uv_unref((uv_handle_t *)&o->cancel);
	uv_unref((uv_handle_t *)&o->deadline);
	report_init(&o->report, request->hook);
	arena_init(&o->arena, (size_t)64 << 20);
	buf_init(&o->found, 8192);
	buf_init(&o->object, (size_t)DOCUMENT_BODY_MAX * 2);
	line_set_init(&o->saved, (size_t)1 << 30);
	line_set_init(&o->carried, (size_t)1 << 30);
	line_set_init(&o->want, (size_t)1 << 30);
	line_set_init(&o->identities, (size_t)1 << 30);
	for (i = 0; i < KIND_TABLE; i++)
		arena_init(&o->plans[i].arena, (size_t)1 << 30);
	return o;
}

void
operation_free(struct operation *o)
{
	size_t i;

	if (o == NULL)
		return;
	keys_release(&o->keys);
	params_release(&o->params);
	survey_release(&o->survey);
	live_release(&o->live);
	line_set_release(&o->saved);
	line_set_release(&o->carried);
	line_set_release(&o->want);
	line_set_release(&o->identities);
	seeding_free(o->seeding);
	expiry_free(o->expiry);
	rewrap_free(o->rewrap);
	listing_free(o->listing);
	checking_free(o->checking);
	finding_free(o->finding);
	for (i = 0; i < KIND_TABLE; i++) {
		arena_release(&o->plans[i].arena);
		free(o->plans[i].items);
	}
	document_release(&o->document);
	buf_release(&o->object);
	buf_release(&o->found);
	arena_release(&o->arena);
	report_release(&o->report);
	free(o);
}

void
operation_cancel(struct operation *o)
{
	(void)uv_async_send(&o->cancel); /* after the loop's end: nothing is left to cancel */
}

/* ---- progress and timing ---- */

static void
end_phase(struct operation *o)
{
	if (o->phase != NULL)
		report_phase(&o->report, o->phase, loop_now_ms(&o->loop) - o->phase_started_ms);
	o->phase = NULL;
}

static void
begin_phase(struct operation *o, const struct job *j)
{
	size_t steps = 0;
	struct progress p = { .step = (uint32_t)j->index + 1, .what = j->step->name };

	end_phase(o);
	o->phase = j->step->name;
	o->phase_started_ms = loop_now_ms(&o->loop);
	while (j->steps[steps].name != NULL)
		steps++;
	p.steps = (uint32_t)steps;
	log_say(o->loop.log, LOG_LEVEL_DEBUG, "%s: %s", o->config->service, j->step->name);
	if (o->request.progress != NULL)
		o->request.progress(o->request.progress_arg, &p);
}

void
operation_progress(struct operation *o, uint64_t done, uint64_t total)
{
	struct progress p = { .step = 1, .steps = 1, .done = done, .total = total, .what = o->phase };

	if (o->request.progress != NULL)
		o->request.progress(o->request.progress_arg, &p);
}

static void
watch(struct job *j)
{
	begin_phase(OPERATION(j), j);
}

static void
watch_inner(struct job *j)
{
	begin_phase(INNER(j), j);
}

/* ---- run ---- */

static const struct job_step *
table_of(struct operation *o, struct err *e)
{
	const struct job_step *steps = NULL;

	switch (o->request.hook) {
	case HOOK_CHECK:
		return check_steps;
	case HOOK_PERIODIC:
		return periodic_steps;
	case HOOK_PRE_POWEROFF:
		return pre_poweroff_steps;
	case HOOK_POST_POWERON:
		return post_poweron_steps;
	case HOOK_COMMAND:
		if (o->params.command != NULL)
			steps = command_steps(o->params.command, o->request.dry_run);
		if (steps == NULL)
			(void)err_set(e, ERR_UNSUPPORTED, "command \"%s\": unknown, or not to be had as a dry run",
			              o->params.command == NULL ? "" : o->params.command);
		return steps;
	case HOOK_PRE_START:
		return pre_start_steps;
	}
	(void)err_set(e, ERR_UNSUPPORTED, "the hook %u is not in this version", (unsigned)o->request.hook);
	return NULL;
}

bool
operation_may_veto(const struct operation *o)
{
	return o->request.hook == HOOK_PRE_POWEROFF && !o->request.force && o->config->poweroff.veto;
}

/* An error ended the flow.  Before a power-off anything but a finished backup is a veto (R9). */
static void
end_with_error(struct operation *o, const struct err *e)
{
	struct report *r = &o->report;
	enum status status = status_of_error(e->code);

	r->retry_after_ms = status == STATUS_AGAIN ? 30000 : 0;
	if (o->request.hook == HOOK_PRE_START && o->request.force && status != STATUS_CANCELLED) {
		report_end(r, STATUS_PARTIAL, "Kafka may start unrestored, and power-on goes on: %s", e->text);
		return;
	}
	if (o->request.hook != HOOK_PRE_POWEROFF || status == STATUS_CANCELLED ||
	    status == STATUS_UNSUPPORTED)
		report_end(r, status, "%s", e->text);
	else if (operation_may_veto(o))
		report_end(r, STATUS_VETO,
		           "no final backup: %s; repair it, or power off with FORCE and without a final "
		           "backup",
		           e->text);
	else
		report_end(r, STATUS_PARTIAL, "powered off without a final backup: %s", e->text);
}

void
operation_reached(struct operation *o, int rc, const struct err *e)
{
	if ((rc == ERR_DEADLINE || rc == ERR_CANCELLED) && o->reached.code != 0)
		return;
	o->reached = *e;
	o->reached.code = retry_worth(rc) ? rc : 0;
}

/* "The deadline has passed" tells nobody what to do. */
static void
add_reached(const struct operation *o, struct err *e)
{
	const struct err stopped = *e;

	if (o->loop.stopped == stopped.code && o->reached.code != 0)
		(void)err_set(e, stopped.code, "%s; %s", stopped.text, o->reached.text);
}

static void
flow_done(struct job *j)
{
	struct operation *o = OPERATION(j);

	end_phase(o);
	if (j->err.code != 0) {
		buf_clear(&o->report.result); /* half of an answer */
		add_reached(o, &j->err);
		end_with_error(o, &j->err);
	}
	uv_timer_stop(&o->deadline);
}

static void
run_flow(struct operation *o)
{
	struct err e = { 0 };
	const struct job_step *steps;

	if (!o->config->enabled) {
		report_end(&o->report, STATUS_OK, "disabled: the configuration says \"enabled\": false");
		return;
	}
	if (params_parse(&o->params, o->request.hook, o->request.params, &e) != 0 ||
	    (steps = table_of(o, &e)) == NULL) {
		report_end(&o->report, status_of_error(e.code), "%s", e.text);
		return;
	}
	if (o->request.deadline_ms != 0 && o->request.deadline_ms <= loop_now_ms(&o->loop))
		loop_stop(&o->loop, ERR_DEADLINE);
	job_start(&o->job, &o->loop, steps, flow_done, watch);
	loop_run(&o->loop);
}

const struct report *
operation_run(struct operation *o)
{
	uv_update_time(&o->loop.uv);
	if (o->request.deadline_ms != 0)
		(void)uv_timer_start(&o->deadline, on_deadline,
		                     loop_remaining_ms(&o->loop, UINT64_MAX), 0);
	run_flow(o);
	way_release(&o->way);
	http_close(o->connect.http);
	operation_close_registry(o);
	client_close(o->kafka);
	if (o->store != NULL)
		o->store->ops->close(o->store);
	o->kafka = NULL;
	o->store = NULL;
	keys_release(&o->keys);
	last_report_write(o);
	return &o->report;
}

/* The loop ends apart from the run, so that a cancel that comes late still finds its wake-up. */
void
operation_close(struct operation *o)
{
	uv_close((uv_handle_t *)&o->cancel, NULL);
	uv_close((uv_handle_t *)&o->deadline, NULL);
	if (!loop_release(&o->loop))
		log_say(o->loop.log, LOG_LEVEL_ERROR, "%s: a handle was left open; please report it",
		        o->config->service);
}

void
operation_finish(struct job *j, enum status status, const char *format, ...)
{
	struct operation *o = OPERATION(j);
	char text[ERR_TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap); /* cut is fine */
	va_end(ap);
	report_end(&o->report, status, "%s", text);
	job_finish(j);
}

/* The cluster, other than this one, that a record of the highest epoch names; NULL: none. */
static const char *
other_cluster(const struct operation *o, const struct record_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->records[i].epoch == o->facts.epoch &&
		    strcmp(list->records[i].cluster, o->cluster.id) != 0)
			return list->records[i].cluster;
	return NULL;
}

/* What a person must know of this very case, behind the row's sentence. */
static void
describe_refusal(struct operation *o, char *text, size_t size)
{
	const char *found = o->found.len > 0 ? buf_text(&o->found) : NULL, *other = NULL;

	text[0] = '\0';
	if (o->verdict.row == GUARD_FENCED || o->verdict.row == GUARD_CONTESTED) {
		other = other_cluster(o, &o->survey.records.adoptions);
		if (other == NULL)
			other = other_cluster(o, &o->survey.records.claims);
	}
	if (other != NULL)
		(void)snprintf(text, size, "; the other is cluster %s", other);
	else if (found != NULL && (o->verdict.row == GUARD_FOREIGN || o->verdict.row == GUARD_WIPED_USED))
		(void)snprintf(text, size, "; found: %s", found); /* cut is fine */
}

void
operation_refuse(struct job *j, enum guard_action action)
{
	struct operation *o = OPERATION(j);
	const char *name = o->verdict.name, *sentence = o->verdict.sentence;
	bool vetoed = action == GUARD_VETO && operation_may_veto(o);
	bool start = o->request.hook == HOOK_PRE_START && o->request.force;
	enum status status = start                  ? STATUS_PARTIAL
	                     : action == GUARD_AGAIN  ? STATUS_AGAIN
	                     : action != GUARD_VETO ? STATUS_NEEDS_OPERATOR
	                     : vetoed               ? STATUS_VETO
	                                            : STATUS_PARTIAL;
	char about[ERR_TEXT_SIZE];

	describe_refusal(o, about, sizeof about);
	if (o->missing_baseline) {
		name = "restore unfinished";
		sentence = "the cluster was restored, but its first snapshot is not stored yet: `kcb "
			   "power-on` goes on with it, and so does every periodic run; FORCE powers off "
			   "before that";
	}
	operation_finish(j, status, "%s%s: %s%s",
	                 start                      ? "Kafka may start unrestored: "
	                 : status == STATUS_PARTIAL ? "powered off without a final backup: "
	                                            : "",
	                 name,
	                 sentence, about);
}

/* The service's own cluster, with its disks: is anything of a restore left to do? */
static void
go_on_if_unfinished(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (o->missing_baseline)
		operation_inner(o, go_on_steps);
	else if (operation_has_pending(o) && !o->live.without_services)
		operation_inner(o, retry_steps);
	else
		operation_finish(j, STATUS_OK, "nothing to restore: the cluster is the service's own, "
		                 "with its disks");
}

void
operation_act(struct job *j, enum guard_action action, const struct job_step *backup)
{
	struct operation *o = OPERATION(j);

	switch (action) {
	case GUARD_BACK_UP:
		operation_inner(o, o->missing_baseline ? go_on_steps : backup);
		break;
	case GUARD_ADOPT_AND_BACK_UP:
		operation_inner(o, adopt_steps);
		break;
	case GUARD_GO_ON:
		operation_inner(o, go_on_steps);
		break;
	case GUARD_CLAIM_AND_RESTORE:
		operation_inner(o, restore_steps);
		break;
	case GUARD_OK_OR_GO_ON:
		go_on_if_unfinished(j);
		break;
	case GUARD_NOTHING_TO_KEEP:
		operation_finish(j, STATUS_OK, "nothing to keep: the cluster has no resources yet");
		break;
	case GUARD_NOTHING_TO_RESTORE:
		operation_finish(j, STATUS_OK, "nothing to restore: the service has no snapshot yet");
		break;
	default:
		operation_refuse(j, action);
	}
}

static void
inner_done(struct job *j)
{
	struct operation *o = INNER(j);
	struct err err = j->err;

	if (j->finish)
		job_finish(&o->job);
	else
		job_next(&o->job, err.code, &err);
}

void
operation_inner(struct operation *o, const struct job_step *steps)
{
	job_start(&o->inner, &o->loop, steps, inner_done, watch_inner);
}

int
operation_judge(struct operation *o, struct err *e)
{
	const struct record *adoption = records_adoption(&o->survey.records);
	int rc;

	buf_clear(&o->found);
	rc = facts_gather(&o->survey, &o->saved, &o->live, o->config, &o->params, &o->found, &o->facts,
	                  e);
	if (rc != 0)
		return rc;
	o->verdict = guard_judge(&o->facts);
	o->report.guard = o->verdict.name;
	o->report.rolled_back = o->verdict.row == GUARD_ROLLED_BACK;
	o->missing_baseline = o->verdict.row == GUARD_ADOPTED && adoption != NULL &&
	                      adoption->by == ADOPTED_RESTORE &&
	                      (!o->survey.found || o->survey.newest.epoch < o->facts.epoch);
	return 0;
}
