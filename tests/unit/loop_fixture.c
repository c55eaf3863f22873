/* loop_fixture.c - see loop_fixture.h */
#include <stdlib.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "tests/unit/loop_fixture.h"

static uint64_t
now(void *ctx)
{
	return ((struct loop_fixture *)ctx)->now_ms;
}

static int64_t
wall(void *ctx)
{
	return ((struct loop_fixture *)ctx)->wall_ms;
}

void
loop_fixture_begin(struct loop_fixture *f)
{
	struct err e = { 0 };

	*f = (struct loop_fixture){ .now_ms = 1000, .wall_ms = 1767225600000 };
	f->loop.now_ms = now;
	f->loop.wall_ms = wall;
	f->loop.clock_ctx = f;
	assert_int_equal(loop_init(&f->loop, &e), 0);
	(void)uv_timer_init(&f->loop.uv, &f->stop);
	uv_unref((uv_handle_t *)&f->stop);
}

void
loop_fixture_end(struct loop_fixture *f)
{
	uv_close((uv_handle_t *)&f->stop, NULL);
	assert_ptr_equal(f->loop.pending.next, &f->loop.pending);
	assert_true(loop_release(&f->loop));
}

int
loop_fixture_setup(void **state)
{
	*state = malloc(sizeof(struct loop_fixture));
	assert_non_null(*state);
	loop_fixture_begin(*state);
	return 0;
}

int
loop_fixture_teardown(void **state)
{
	loop_fixture_end(*state);
	free(*state);
	return 0;
}

static void
stop(uv_timer_t *t)
{
	struct loop_fixture *f = container_of(t, struct loop_fixture, stop);

	f->stopped_ms = loop_fixture_real_ms();
	loop_stop(&f->loop, f->stop_code);
}

void
loop_fixture_stop_after(struct loop_fixture *f, uint64_t ms, int code)
{
	f->stop_code = code;
	uv_update_time(&f->loop.uv);
	assert_int_equal(uv_timer_start(&f->stop, stop, ms, 0), 0);
}

void
loop_fixture_hear(void *arg, int rc)
{
	struct heard *h = arg;

	h->calls++;
	h->rc = rc;
}

uint64_t
loop_fixture_real_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}
