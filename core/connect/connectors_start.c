/*
 * connectors_start.c - see connectors.h: bring what rests to its saved state, and read the status
 * until it says so.
 */
#include <string.h>

#include "core/base/cleanup.h"
#include "core/connect/connectors_line.h"
#include "core/connect/errand.h"

static errand_step ask, confirm;

static void
not_there(struct errand *r)
{
	errand_end(r, PLAN_TODO, "it is not there any more");
}

/* ---- confirm ---- */

/* A connector that runs and fails has started: how it fares is not its configuration. */
static bool
is_so(const char *state, const char *wanted)
{
	return strcmp(state, wanted) == 0 ||
	       (strcmp(wanted, STATE_RUNNING) == 0 && strcmp(state, "FAILED") == 0);
}

static const char *
status_state(struct json_object *status)
{
	struct json_object *connector;

	if (!json_object_is_type(status, json_type_object) ||
	    !json_object_object_get_ex(status, "connector", &connector))
		return NULL;
	return connect_text(connector, "state");
}

static void
take_status(struct errand *r, struct json_object *status)
{
	const char *wanted = connector_state(r->item->started), *state = status_state(status);
	struct err why = { 0 };

	if (state != NULL && wanted != NULL && is_so(state, wanted)) {
		errand_end(r, PLAN_DONE, NULL);
		return;
	}
	(void)err_set(&why, ERR_AGAIN, "the worker was asked to make it %s, and says %.40s so far",
	              wanted == NULL ? "" : wanted, state == NULL ? "nothing" : state);
	errand_later(r, confirm, &why);
}

static void
confirmed(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct errand *r = arg;
	struct json_object *status = NULL;
	struct err why = { 0 };

	if (rc != 0) {
		errand_unanswered(r, confirm, rc, e);
		return;
	}
	r->silent = 0;
	rc = connect_read(answer, &status, &why);
	if (rc == 0)
		take_status(r, status);
	else if (rc == ERR_AGAIN || rc == ERR_MISSING) /* created a moment ago: no status yet */
		errand_later(r, confirm, &why);
	else
		errand_refused(r, answer);
	json_object_put_at(&status);
}

static int
confirm(struct errand *r, struct err *e)
{
	return errand_send(r, "GET", "/status", confirmed, e);
}

/* ---- ask ---- */

static void
asked(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct errand *r = arg;
	struct err why = { 0 };

	if (rc != 0) {
		errand_unanswered(r, ask, rc, e); /* twice is once */
		return;
	}
	r->silent = 0;
	rc = http_error(answer, &why);
	if (rc == 0) {
		r->retry.attempt = 0; /* what comes now is another wait */
		errand_go_on(r, confirm);
		return;
	}
	if (rc == ERR_AGAIN || rc == ERR_EXISTS)
		errand_later(r, ask, &why);
	else if (rc == ERR_MISSING)
		not_there(r);
	else
		errand_refused(r, answer);
}

static int
ask(struct errand *r, struct err *e)
{
	const char *wanted = connector_state(r->item->started);
	const char *how = wanted == NULL || strcmp(wanted, STATE_STOPPED) == 0 ? "/stop"
	                  : strcmp(wanted, STATE_PAUSED) == 0                  ? "/pause"
	                                                                       : "/resume";

	return errand_send(r, "PUT", how, asked, e);
}

/* ---- the run ---- */

static bool
may_start(const struct plan_item *item)
{
	return (item->action == PLAN_CREATE || item->action == PLAN_COMPLETE) &&
	       item->outcome != PLAN_FAILED && item->started != NULL;
}

static bool
to_start(const struct plan_item *item)
{
	const char *from = connector_state(connector_target(item)), *to = connector_state(item->started);

	return may_start(item) && from != NULL && to != NULL && strcmp(from, to) != 0;
}

/* connect.resume "stopped": as it rests, it stays. */
static int
prepare(struct apply *a, struct plan_item *item, struct err *e)
{
	const struct connect *c = a->server;

	if (c->stay_stopped && may_start(item)) {
		item->started = arena_text(&a->plan->arena, connector_target(item));
		if (item->started == NULL)
			return err_memory(e, "starting connectors");
	}
	return 0;
}

int
connectors_start(struct apply *a, struct err *e)
{
	static const struct errands what = { .pick = to_start, .prepare = prepare, .first = ask };

	return errands_start(a, &what, e);
}
