/*
 * instance.c - one service: its configuration, the slot of the one operation that may run, and the
 * thread that runs it.
 *
 * The only lock of the plugin guards the slot; it is never held while the host is called.  Idle, an
 * instance is memory alone.  The thread is detached; `threads` counts those that may still touch
 * the instance, and close() waits for it to be zero.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/config/config.h"
#include "hooks/operation.h"
#include "plugin/instance.h"

struct lcp_instance {
	struct lcp_host host; /* as far as it and we know it */
	struct config  *config;
	char           *state_dir; /* NULL: none */
	char           *service;   /* its id, for the host's user store */
	struct user_store users;   /* the host's; each NULL: it has none */
	struct log      log;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t  quiet;
	struct operation *operation; /* the running one */
	uint64_t        op;          /* its number; 0: idle */
	unsigned        threads;     /* of operations, and those that call the host's user store */
	bool            closing;
	uint64_t        last_success_ms; /* of a backup, on now_ms */
	uint64_t        last_verified_ms; /* when the newest snapshot was last read whole */
};

struct run { /* one operation, on its thread */
	struct lcp_instance *in;
	struct operation    *operation;
	uint64_t             op;
	lcp_done_fn          done;
	void                *arg;
	char                *params;
};

_Static_assert(HOOK_CHECK == LCP_HOOK_CHECK && HOOK_PERIODIC == LCP_HOOK_PERIODIC &&
                   HOOK_PRE_POWEROFF == LCP_HOOK_PRE_POWEROFF &&
                   HOOK_POST_POWERON == LCP_HOOK_POST_POWERON &&
                   HOOK_PRE_START == LCP_HOOK_PRE_START && HOOK_COMMAND == LCP_HOOK_COMMAND,
               "hooks/status.h has the ABI's numbers");
_Static_assert(STATUS_OK == LCP_OK && STATUS_PARTIAL == LCP_PARTIAL && STATUS_VETO == LCP_VETO &&
                   STATUS_AGAIN == LCP_AGAIN && STATUS_CANCELLED == LCP_CANCELLED &&
                   STATUS_DEADLINE == LCP_DEADLINE && STATUS_CONFIG == LCP_CONFIG &&
                   STATUS_UNSUPPORTED == LCP_UNSUPPORTED && STATUS_FAILED == LCP_FAILED &&
                   STATUS_NEEDS_OPERATOR == LCP_NEEDS_OPERATOR,
               "hooks/status.h has the ABI's numbers");

/* ---- the host's user store ---- */

struct each_call {
	user_credential_fn *fn;
	void               *arg;
};

static int32_t
on_user(void *arg, const struct lcp_user *theirs)
{
	const struct each_call *call = arg;
	struct lcp_user user;
	struct user_credential c;

	if (theirs == NULL || lcp_take(&user, sizeof user, theirs) != 0 || user.flags != 0)
		return call->fn(call->arg, NULL);
	c = (struct user_credential){ user.name, user.mechanism, user.credential, user.credential_len };
	return call->fn(call->arg, &c);
}

static int32_t
users_each(void *ctx, user_credential_fn *fn, void *arg)
{
	struct lcp_instance *in = ctx;
	struct each_call call = { fn, arg };

	return in->host.user_each(in->host.ctx, in->service, on_user, &call);
}

static int32_t
users_put(void *ctx, const struct user_credential *c)
{
	struct lcp_instance *in = ctx;
	struct lcp_user user = { .size = sizeof user, .name = c->name, .mechanism = c->mechanism,
		                 .credential = c->bytes, .credential_len = c->len };

	return in->host.user_put(in->host.ctx, in->service, &user);
}

static void
users_hold(void *ctx)
{
	struct lcp_instance *in = ctx;

	pthread_mutex_lock(&in->lock);
	in->threads++;
	pthread_mutex_unlock(&in->lock);
}

/* The last touch of the instance, which close() waits for. */
static void
leave_instance(struct lcp_instance *in)
{
	pthread_mutex_lock(&in->lock);
	if (--in->threads == 0)
		pthread_cond_broadcast(&in->quiet);
	pthread_mutex_unlock(&in->lock);
}

static void
users_leave(void *ctx)
{
	leave_instance(ctx);
}

static struct user_store
instance_users(struct lcp_instance *in)
{
	return (struct user_store){ in, users_each, users_put, users_hold, users_leave };
}

/* ---- open ---- */

void
instance_say(struct lcp_text *err, const char *text)
{
	size_t room, len = strlen(text);

	if (err == NULL || err->size <= offsetof(struct lcp_text, text))
		return;
	room = (err->size < sizeof *err ? err->size : sizeof *err) - offsetof(struct lcp_text, text);
	if (len >= room)
		len = room - 1; /* cut is fine */
	memcpy(err->text, text, len);
	err->text[len] = '\0';
}

static lcp_status
refuse(struct lcp_text *err, lcp_status status, const char *text)
{
	instance_say(err, text);
	return status;
}

static lcp_status
take_host(struct lcp_instance *in, const struct lcp_host *host, struct lcp_text *err)
{
	if (lcp_take(&in->host, sizeof in->host, host) != 0 || in->host.abi != LCP_ABI)
		return refuse(err, LCP_UNSUPPORTED,
		              "the host's table says something that this plugin does not know");
	if (in->host.now_ms == NULL || in->host.wall_ms == NULL)
		return refuse(err, LCP_UNSUPPORTED, "the host's table lacks now_ms or wall_ms");
	if ((in->host.caps & LCP_HOST_USERS) != 0 &&
	    (in->host.user_each == NULL || in->host.user_put == NULL))
		return refuse(err, LCP_UNSUPPORTED,
		              "the host's table says LCP_HOST_USERS and lacks user_each or user_put");
	if ((in->host.caps & LCP_HOST_USERS) != 0)
		in->users = instance_users(in);
	in->log.write = in->host.log;
	in->log.ctx = in->host.ctx;
	return LCP_OK;
}

static lcp_status
take_service(struct lcp_instance *in, const struct lcp_service *theirs, struct lcp_text *err)
{
	struct lcp_service service;
	struct err e = { 0 };
	char text[512];

	if (lcp_take(&service, sizeof service, theirs) != 0 || service.reserved != 0 ||
	    service.id == NULL || service.config == NULL)
		return refuse(err, LCP_UNSUPPORTED,
		              "the service's description lacks its id or its configuration");
	if (config_parse("configuration", service.config, strlen(service.config), &in->config, &e) != 0)
		return refuse(err, LCP_CONFIG, e.text);
	if (in->config->service != NULL && strcmp(in->config->service, service.id) != 0) {
		(void)snprintf(text, sizeof text,
		               "service: the configuration is of \"%.64s\", the manager opens \"%.64s\"",
		               in->config->service, service.id);
		return refuse(err, LCP_CONFIG, text);
	}
	in->state_dir = service.state_dir == NULL ? NULL : strdup(service.state_dir);
	in->service = strdup(service.id);
	return in->service == NULL || (service.state_dir != NULL && in->state_dir == NULL)
	           ? refuse(err, LCP_FAILED, "out of memory")
	           : LCP_OK;
}

lcp_status
instance_open(const struct lcp_host *host, const struct lcp_service *service,
              struct lcp_instance **ret, struct lcp_text *err)
{
	struct lcp_instance *in = calloc(1, sizeof *in);
	lcp_status status;

	if (in == NULL)
		return refuse(err, LCP_FAILED, "out of memory");
	status = take_host(in, host, err);
	if (status == LCP_OK)
		status = take_service(in, service, err);
	if (status != LCP_OK) {
		config_free(in->config);
		free(in->state_dir);
		free(in->service);
		free(in);
		return status;
	}
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->quiet, NULL);
	*ret = in;
	return LCP_OK;
}

/* ---- run ---- */

static void
on_progress(void *arg, const struct progress *p)
{
	struct run *run = arg;
	struct lcp_progress out = { .size = sizeof out, .step = p->step, .steps = p->steps,
		                    .done = p->done, .total = p->total, .what = p->what };

	if (run->in->host.progress != NULL)
		run->in->host.progress(run->in->host.ctx, run->op, &out);
}

static void
log_failure(const struct lcp_instance *in, const struct report *r)
{
	int level = r->status == STATUS_OK       ? LOG_LEVEL_INFO
	            : r->status == STATUS_FAILED ? LOG_LEVEL_ERROR
	                                         : LOG_LEVEL_WARNING;

	log_say(&in->log, level, "%s: %s: %s: %s",
	        in->config->service == NULL ? "" : in->config->service, hook_name(r->hook),
	        status_name(r->status), r->message);
}

/* The slot is free before the host hears of it: begin() may be called from inside done. */
static void
leave_slot(struct run *run, const struct report *r)
{
	struct lcp_instance *in = run->in;

	pthread_mutex_lock(&in->lock);
	in->operation = NULL;
	in->op = 0;
	if (r->saved)
		in->last_success_ms = in->host.now_ms(in->host.ctx);
	if (r->verified)
		in->last_verified_ms = in->host.now_ms(in->host.ctx);
	pthread_mutex_unlock(&in->lock);
}

static void
tell(struct run *run, const struct report *r)
{
	struct buf json;
	struct lcp_result result = { .size = sizeof result, .status = (lcp_status)r->status,
		                     .op = run->op, .retry_after_ms = r->retry_after_ms,
		                     .message = r->message };

	result.report = report_json(
	    r, run->in->config->service == NULL ? "" : run->in->config->service, &json);
	run->done(run->arg, &result);
	buf_release(&json);
}

static void *
run_main(void *arg)
{
	struct run *run = arg;
	struct lcp_instance *in = run->in;
	const struct report *report = operation_run(run->operation);

	log_failure(in, report);
	leave_slot(run, report);
	operation_close(run->operation);
	tell(run, report);
	operation_free(run->operation);
	free(run->params);
	free(run);
	leave_instance(in);
	return NULL;
}

/* ---- begin ---- */

static bool
is_acceptable(const struct lcp_request *r)
{
	uint32_t hook = r->hook;
	uint32_t force = LCP_HOOK_PRE_POWEROFF | LCP_HOOK_PRE_START, dry = LCP_HOOK_POST_POWERON | LCP_HOOK_COMMAND;

	if (r->op == 0 || r->reserved != 0 || (r->flags & ~(LCP_FORCE | LCP_DRY_RUN)) != 0)
		return false;
	if (hook == 0 || (hook & (hook - 1)) != 0 || (hook & ~(uint32_t)INSTANCE_HOOKS) != 0)
		return false;
	return ((r->flags & LCP_FORCE) == 0 || (hook & force) != 0) &&
	       ((r->flags & LCP_DRY_RUN) == 0 || (hook & dry) != 0);
}

/* With the lock. */
static struct run *
run_new(struct lcp_instance *in, const struct lcp_request *r)
{
	struct run *run = calloc(1, sizeof *run);
	struct operation_request request = {
		.hook = (enum hook)r->hook, .force = (r->flags & LCP_FORCE) != 0,
		.dry_run = (r->flags & LCP_DRY_RUN) != 0, .config = in->config,
		.state_dir = in->state_dir, .log = &in->log, .now_ms = in->host.now_ms,
		.wall_ms = in->host.wall_ms, .clock_ctx = in->host.ctx,
		.deadline_ms = r->deadline_ms, .last_success_ms = in->last_success_ms,
		.last_verified_ms = in->last_verified_ms,
		.progress = on_progress, .progress_arg = run,
		.users = in->users.each == NULL ? NULL : &in->users,
	};

	if (run == NULL)
		return NULL;
	run->in = in;
	run->op = r->op;
	run->params = r->params == NULL ? NULL : strdup(r->params);
	request.params = run->params;
	if (r->params == NULL || run->params != NULL)
		run->operation = operation_new(&request);
	if (run->operation == NULL) {
		free(run->params);
		free(run);
		return NULL;
	}
	return run;
}

static int
start_thread(struct run *run)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* the thread inherits it (R11) */
	rc = pthread_create(&thread, &attr, run_main, run);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

/* With the lock. */
static lcp_status
start(struct lcp_instance *in, const struct lcp_request *r, lcp_done_fn done, void *arg)
{
	struct run *run;

	if (in->op != 0 || in->closing)
		return LCP_AGAIN;
	run = run_new(in, r);
	if (run == NULL)
		return LCP_FAILED;
	run->done = done;
	run->arg = arg;
	in->operation = run->operation;
	in->op = r->op;
	in->threads++;
	if (start_thread(run) == 0)
		return LCP_OK;
	in->operation = NULL;
	in->op = 0;
	in->threads--;
	operation_close(run->operation);
	operation_free(run->operation);
	free(run->params);
	free(run);
	return LCP_FAILED;
}

lcp_status
instance_begin(struct lcp_instance *in, const struct lcp_request *request, lcp_done_fn done,
               void *done_arg)
{
	struct lcp_request own;
	lcp_status status;

	if (lcp_take(&own, sizeof own, request) != 0 || !is_acceptable(&own) || done == NULL)
		return LCP_UNSUPPORTED;
	pthread_mutex_lock(&in->lock);
	status = start(in, &own, done, done_arg);
	pthread_mutex_unlock(&in->lock);
	return status;
}

void
instance_cancel(struct lcp_instance *in, uint64_t op)
{
	pthread_mutex_lock(&in->lock);
	if (op != 0 && in->op == op)
		operation_cancel(in->operation);
	pthread_mutex_unlock(&in->lock);
}

void
instance_close(struct lcp_instance *in)
{
	if (in == NULL)
		return;
	pthread_mutex_lock(&in->lock);
	in->closing = true;
	if (in->op != 0)
		operation_cancel(in->operation);
	while (in->threads > 0)
		pthread_cond_wait(&in->quiet, &in->lock);
	pthread_mutex_unlock(&in->lock);
	pthread_cond_destroy(&in->quiet);
	pthread_mutex_destroy(&in->lock);
	config_free(in->config);
	free(in->state_dir);
	free(in->service);
	free(in);
}
