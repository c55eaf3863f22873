/*
 * loop.h - one libuv loop for one operation: what is pending on it, and how all of it is stopped.
 *
 * Callback rule of everything under core/: a start function that returned 0 calls back exactly
 * once, later, never from inside itself; when the loop is stopped (cancel, deadline, close) every
 * pending thing calls back soon with the code of the stop.  A start function that returned an error
 * never calls back.  Once stopped, every start function fails with that code.
 *
 * Thread: the one that runs the loop.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "core/base/err.h"
#include "core/base/log.h"

/* Something that will call back.  Embedded in the owner's struct; listed from start to callback. */
struct pending {
	struct pending *previous, *next;
	/* End now: call back with code.  Called once; the pending is out of the list by then. */
	void (*stop)(struct pending *p, int code);
};

struct work_hub;

struct loop {
	uv_loop_t       uv;
	struct pending  pending; /* head of the ring */
	int             stopped; /* 0, or ERR_CANCELLED / ERR_DEADLINE / what loop_stop() was given */
	struct work_hub *hub;    /* work.c's */
	const struct log *log;
	uint64_t (*now_ms)(void *ctx); /* the host's clocks */
	int64_t  (*wall_ms)(void *ctx);
	void     *clock_ctx;
	uint64_t  deadline_ms; /* on now_ms; 0: none */
};

/* 0, or ERR_FAILED.  now_ms and wall_ms as in lcp_host. */
int  loop_init(struct loop *l, struct err *e);
/* Run until nothing is pending.  May be run again. */
void loop_run(struct loop *l);
/*
 * Wait for detached work (see work.h), end.  True if every handle was closed (else a leak, which
 * tests refuse).
 */
bool loop_release(struct loop *l);

/* ERR code of the stop with its text set, or 0: what every start function asks first. */
int loop_check(const struct loop *l, struct err *e);

/* Stop everything that is pending.  The first code counts.  Not from inside a stop(). */
void loop_stop(struct loop *l, int code);

void pending_add(struct loop *l, struct pending *p, void (*stop)(struct pending *p, int code));
void pending_remove(struct pending *p);

/* Milliseconds to the deadline, at most cap_ms and at least 1; cap_ms without a deadline. */
uint64_t loop_remaining_ms(const struct loop *l, uint64_t cap_ms);
uint64_t loop_now_ms(const struct loop *l);
int64_t  loop_wall_ms(const struct loop *l);

/* Call fn once, after delay_ms (0: as soon as the loop is free). */
typedef void wait_fn(void *arg, int rc);
int loop_wait(struct loop *l, uint64_t delay_ms, wait_fn *fn, void *arg, struct err *e);

#endif
