/* loop_fixture.h - a loop with clocks that a test turns by hand. */
#ifndef LOOP_FIXTURE_H
#define LOOP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/loop/loop.h"

struct loop_fixture {
	struct loop loop;
	uint64_t    now_ms;
	int64_t     wall_ms;
	uv_timer_t  stop; /* the operation's deadline, or a person who cancels */
	int         stop_code;
	uint64_t    stopped_ms; /* when it was done, on loop_fixture_real_ms() */
};

/* For cmocka: a struct loop_fixture in *state; its end, at which every handle must be closed. */
int loop_fixture_setup(void **state);
int loop_fixture_teardown(void **state);

void loop_fixture_begin(struct loop_fixture *f);
void loop_fixture_end(struct loop_fixture *f);

/* Stop the loop with this code after so many (real) milliseconds of running. */
void loop_fixture_stop_after(struct loop_fixture *f, uint64_t ms, int code);

/* What a callback of loop_wait() and its like was told. */
struct heard {
	unsigned calls;
	int      rc;
};
void loop_fixture_hear(void *arg, int rc); /* arg: a struct heard */

/* Milliseconds of a clock that nobody turns: for what must end soon. */
uint64_t loop_fixture_real_ms(void);

#endif
