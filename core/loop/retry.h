/*
 * retry.h - how often, and after how long, a thing is tried again: exponential with full jitter,
 * inside a budget of attempts and of time.  One policy for everything that is idempotent.
 *
 * The delay before attempt n+1 is a random number of milliseconds between 0 and min(cap, base *
 * 2^n) ("full jitter"): thousands of services that lost the same store do not come back in step.
 * Where a server fails one request of many, and not all of them, the first delays are most of what
 * that costs: with first_ms they are at most first_ms, four times that, and so on, until that is more
 * than the above.
 */
#ifndef RETRY_H
#define RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/loop/loop.h"

struct retry {
	uint32_t base_ms, cap_ms;
	uint32_t first_ms;     /* 0: as base_ms says */
	uint32_t attempts_max; /* 0: as many as the deadline allows */
	uint32_t attempt;      /* how many were made */
};

#define RETRY_DEFAULT ((struct retry){ .base_ms = 200, .cap_ms = 5000, .attempts_max = 6 })
#define RETRY_TO_DEADLINE ((struct retry){ .base_ms = 200, .cap_ms = 2000 })

/* Only what may pass by itself is worth another attempt: ERR_AGAIN. */
bool retry_worth(int code);

/*
 * Start the wait before another attempt; fn as in loop_wait().  ERR_DEADLINE when no attempt or no
 * time is left (the caller then reports the error it has).
 */
int retry_wait(struct retry *r, struct loop *l, wait_fn *fn, void *arg, struct err *e);

/* The same, and at least so long: what a server asked for. */
int retry_wait_longer(struct retry *r, struct loop *l, uint32_t least_ms, wait_fn *fn, void *arg,
                      struct err *e);

/*
 * The delay of the next attempt for a random number in 0..UINT32_MAX: pure, for retry_wait() and
 * its tests.
 */
uint32_t retry_delay_ms(const struct retry *r, uint32_t random);

#endif
