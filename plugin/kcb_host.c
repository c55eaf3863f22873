/*
 * kcb_host.c - see kcb_host.h.  Signals come through a signalfd, the plugin's threads through an
 * eventfd; main's thread polls both.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "plugin/kcb_host.h"
#include "plugin/kcb_plugin.h"
#include "plugin/kcb_text.h"

#define LOG_WAITING_MAX ((size_t)1 << 20) /* written by the plugin and not yet by us */

struct shown { /* what the line of progress says */
	uint32_t step, steps;
	uint64_t done, total;
	char     what[64];
};

struct kcb_host {
	struct kcb_host_options options;
	struct lcp_host         table;
	struct kcb_plugin       plugin;
	struct lcp_instance    *instance;
	sigset_t                signals, before;
	int                     signal_fd, event_fd;
	bool                    stopped;
	uint64_t                op;
	bool                    line; /* there is a line of progress to erase */

	pthread_mutex_t lock; /* guards what follows: written by the plugin's threads */
	struct buf      log;
	bool            progressed, done;
	struct shown    shown;
	struct kcb_host_result result;
};

/* ---- what the plugin calls, on any thread ---- */

static void
wake(const struct kcb_host *h)
{
	const uint64_t one = 1;

	/* it fails only when it is awake already */
	if (write(h->event_fd, &one, sizeof one) < 0)
		return;
}

static void
on_log(void *ctx, int32_t level, const char *message)
{
	static const char *const names[] = { "emergency", "alert", "critical", "error",
		                             "warning", "notice", "info", "debug" };
	struct kcb_host *h = ctx;

	if (!h->options.log || message == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	(void)buf_print(&h->log, "kcb: %s: ",
	                level >= 0 && (size_t)level < LENGTH(names) ? names[level] : "log");
	kcb_text_escape(&h->log, message, strlen(message));
	(void)buf_add_char(&h->log, '\n');
	pthread_mutex_unlock(&h->lock);
	wake(h);
}

static uint64_t
on_now_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int64_t
on_wall_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	(void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
on_progress(void *ctx, uint64_t op, const struct lcp_progress *theirs)
{
	struct kcb_host *h = ctx;
	struct lcp_progress p;

	(void)op; /* there is one at a time */
	if (!h->options.progress || lcp_take(&p, sizeof p, theirs) != 0)
		return;
	pthread_mutex_lock(&h->lock);
	h->progressed = true;
	h->shown = (struct shown){ .step = p.step, .steps = p.steps, .done = p.done,
		                   .total = p.total };
	(void)snprintf(h->shown.what, sizeof h->shown.what, "%s", p.what == NULL ? "" : p.what);
	pthread_mutex_unlock(&h->lock);
	wake(h);
}

static void
on_done(void *arg, const struct lcp_result *theirs)
{
	struct kcb_host *h = arg;
	struct lcp_result r;

	if (lcp_take(&r, sizeof r, theirs) != 0)
		r = (struct lcp_result){ .status = LCP_FAILED,
			                 .message = "the plugin's result is not one that kcb knows" };
	pthread_mutex_lock(&h->lock);
	h->result.status = r.status;
	h->result.retry_after_ms = r.retry_after_ms;
	h->result.message = strdup(r.message == NULL ? "" : r.message);
	h->result.report = r.report == NULL ? NULL : strdup(r.report);
	if (r.report != NULL && h->result.report == NULL) /* a report that is lost is no success */
		h->result.status = LCP_FAILED;
	h->done = true;
	pthread_mutex_unlock(&h->lock);
	wake(h);
}

/* ---- what main's thread does with it ---- */

static void
erase(struct kcb_host *h)
{
	if (h->line)
		(void)fputs("\r\033[K", stderr);
	h->line = false;
}

static void
draw(struct kcb_host *h, const struct shown *s)
{
	erase(h);
	kcb_text_print(stderr, "[%u/%u] %s", (unsigned)s->step, (unsigned)s->steps, s->what);
	if (s->total != 0)
		kcb_text_print(stderr, " %llu/%llu", (unsigned long long)s->done,
		               (unsigned long long)s->total);
	(void)fflush(stderr);
	h->line = true;
}

/* Show what waits; true: the operation is over. */
static bool
show(struct kcb_host *h)
{
	struct buf log;
	struct shown shown;
	bool progressed, done;

	pthread_mutex_lock(&h->lock);
	log = h->log;
	buf_init(&h->log, LOG_WAITING_MAX);
	shown = h->shown;
	progressed = h->progressed;
	h->progressed = false;
	done = h->done;
	pthread_mutex_unlock(&h->lock);
	if (log.len > 0) {
		erase(h);
		(void)fwrite(log.data, 1, log.len, stderr);
	}
	if (log.failed)
		(void)fputs("kcb: warning: some lines of the log are lost, they came too fast\n", stderr);
	buf_release(&log);
	if (done)
		erase(h);
	else if (progressed)
		draw(h, &shown);
	return done;
}

/* ---- waiting ---- */

/* The second signal means: at once. */
static void
take_signal(struct kcb_host *h)
{
	struct signalfd_siginfo info;

	if (read(h->signal_fd, &info, sizeof info) != (ssize_t)sizeof info)
		return;
	if (h->stopped) {
		erase(h);
		(void)pthread_sigmask(SIG_SETMASK, &h->before, NULL);
		(void)kill(getpid(), (int)info.ssi_signo);
	}
	h->stopped = true;
	if (h->instance != NULL)
		h->plugin.table.cancel(h->instance, h->op);
}

/* Until something came, or until timeout_ms (-1: for ever). */
static void
wait_once(struct kcb_host *h, int timeout_ms)
{
	struct pollfd fds[] = { { .fd = h->signal_fd, .events = POLLIN },
		                { .fd = h->event_fd, .events = POLLIN } };
	uint64_t count;

	if (poll(fds, LENGTH(fds), timeout_ms) <= 0)
		return;
	if (fds[0].revents != 0)
		take_signal(h);
	if (fds[1].revents != 0 && read(h->event_fd, &count, sizeof count) < 0)
		return; /* somebody else has seen it: nobody else reads it */
}

void
kcb_host_wait(struct kcb_host *h, uint64_t ms)
{
	uint64_t end = on_now_ms(h) + ms, now;

	while (!h->stopped && (now = on_now_ms(h)) < end) {
		wait_once(h, end - now > 3600000 ? 3600000 : (int)(end - now));
		(void)show(h); /* there is no operation that could be over */
	}
}

bool
kcb_host_is_stopped(const struct kcb_host *h)
{
	return h->stopped;
}

/* ---- operations ---- */

static lcp_status
begin(struct kcb_host *h, const struct kcb_host_request *request, struct err *e)
{
	struct lcp_request r = { .size = sizeof r, .hook = request->hook, .op = ++h->op,
		                 .flags = request->flags, .params = request->params };
	lcp_status status;

	if ((h->plugin.table.hooks & request->hook) == 0) {
		(void)err_set(e, ERR_UNSUPPORTED, "the plugin %s %s does not implement this hook",
		              h->plugin.table.name, h->plugin.table.version);
		return LCP_UNSUPPORTED;
	}
	if (request->timeout_ms != 0)
		r.deadline_ms = on_now_ms(h) + request->timeout_ms;
	status = h->plugin.table.begin(h->instance, &r, on_done, h);
	if (status != LCP_OK)
		(void)err_set(e, ERR_FAILED, "the plugin %s %s does not take the request: %s",
		              h->plugin.table.name, h->plugin.table.version, kcb_text_status(status));
	return status;
}

lcp_status
kcb_host_run(struct kcb_host *h, const struct kcb_host_request *request,
             struct kcb_host_result *ret, struct err *e)
{
	lcp_status status;

	h->done = false; /* nothing runs, so nobody else looks */
	status = begin(h, request, e);
	if (status != LCP_OK)
		return status;
	if (h->stopped) /* the signal came before there was something to cancel */
		h->plugin.table.cancel(h->instance, h->op);
	while (!show(h))
		wait_once(h, -1);
	*ret = h->result;
	h->result = (struct kcb_host_result){ 0 };
	if (ret->message != NULL)
		return LCP_OK;
	kcb_host_result_release(ret);
	(void)err_memory(e, "taking the result");
	return LCP_FAILED;
}

void
kcb_host_result_release(struct kcb_host_result *r)
{
	free(r->message);
	free(r->report);
	*r = (struct kcb_host_result){ 0 };
}

/* ---- open and close ---- */

/* Who started us with a signal ignored (nohup, a shell's background job) meant it. */
static void
hold_signals(struct kcb_host *h)
{
	static const int asking[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;
	size_t i;

	(void)sigemptyset(&h->signals);
	for (i = 0; i < LENGTH(asking); i++)
		if (sigaction(asking[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			(void)sigaddset(&h->signals, asking[i]);
	(void)pthread_sigmask(SIG_BLOCK, &h->signals, &h->before);
}

static lcp_status
open_descriptors(struct kcb_host *h, struct err *e)
{
	h->signal_fd = signalfd(-1, &h->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->signal_fd >= 0 && h->event_fd >= 0)
		return LCP_OK;
	(void)err_set(e, ERR_FAILED, "waiting for signals: %s", strerror(errno));
	return LCP_FAILED;
}

static lcp_status
open_instance(struct kcb_host *h, const struct lcp_service *service, struct err *e)
{
	struct lcp_text text = { .size = sizeof text };
	lcp_status status = kcb_plugin_load(&h->plugin, &h->table, e);

	if (status != LCP_OK)
		return status;
	status = h->plugin.table.open(&h->table, service, &h->instance, &text);
	if (status != LCP_OK)
		(void)err_set(e, ERR_FAILED, "%s", text.text);
	return status;
}

lcp_status
kcb_host_open(struct kcb_host **ret, const struct kcb_host_options *options,
              const struct lcp_service *service, struct err *e)
{
	struct kcb_host *h = calloc(1, sizeof *h);
	lcp_status status;

	*ret = h;
	if (h == NULL) {
		(void)err_memory(e, "starting");
		return LCP_FAILED;
	}
	h->options = *options;
	h->table = (struct lcp_host){ .size = sizeof h->table, .abi = LCP_ABI, .ctx = h,
		                      .log = on_log, .now_ms = on_now_ms, .wall_ms = on_wall_ms,
		                      .progress = on_progress };
	pthread_mutex_init(&h->lock, NULL);
	buf_init(&h->log, LOG_WAITING_MAX);
	hold_signals(h);
	status = open_descriptors(h, e);
	return status != LCP_OK ? status : open_instance(h, service, e);
}

void
kcb_host_close(struct kcb_host *h)
{
	if (h == NULL)
		return;
	if (h->instance != NULL)
		h->plugin.table.close(h->instance);
	(void)show(h);
	if (h->signal_fd >= 0)
		(void)close(h->signal_fd);
	if (h->event_fd >= 0)
		(void)close(h->event_fd);
	buf_release(&h->log);
	kcb_host_result_release(&h->result);
	pthread_mutex_destroy(&h->lock);
	free(h); /* the plugin stays loaded: its libraries keep thread-specific destructors */
}
