/*
 * kcb_host.h - a small lifecycle manager: loads the plugin, opens one instance, runs one
 * operation at a time, and cancels it when a signal asks kcb to end.
 *
 * Threads: everything here is called from main's thread.  What the plugin's threads call (log,
 * progress, done) only puts down what it was told and wakes that thread, so it never blocks
 * them.
 */
#ifndef KCB_HOST_H
#define KCB_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "plugin/lifecycle_plugin.h"

struct kcb_host;

struct kcb_host_options {
	bool log;      /* the plugin's log goes to standard error */
	bool progress; /* one line on standard error, rewritten and erased */
};

struct kcb_host_request {
	uint32_t    hook, flags;
	const char *params;
	uint64_t    timeout_ms; /* 0: none */
};

struct kcb_host_result {
	lcp_status status;
	uint64_t   retry_after_ms;
	char      *message; /* never NULL after LCP_OK of kcb_host_run() */
	char      *report;  /* NULL: none */
};
void kcb_host_result_release(struct kcb_host_result *r);

/*
 * Hold SIGINT, SIGTERM and SIGHUP back for kcb_host_run() and kcb_host_wait(), load the plugin
 * and open the instance.  Called before any thread is started.  LCP_OK, or how it ended, with a
 * text in e.  *ret is to be closed also then, unless it is NULL.
 */
lcp_status kcb_host_open(struct kcb_host **ret, const struct kcb_host_options *options,
                         const struct lcp_service *service, struct err *e);
void       kcb_host_close(struct kcb_host *h);

/*
 * Run one operation to its end.  LCP_OK: it was begun, and *ret says how it ended; else it never
 * was, and e says why.
 */
lcp_status kcb_host_run(struct kcb_host *h, const struct kcb_host_request *request,
                        struct kcb_host_result *ret, struct err *e);

/* Sleep until then, or until a signal asks to end. */
void kcb_host_wait(struct kcb_host *h, uint64_t ms);

/* A signal has asked to end. */
bool kcb_host_is_stopped(const struct kcb_host *h);

#endif
