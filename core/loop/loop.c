/*
 * loop.c - see loop.h.  Invariant: a pending is in the ring from its start until just before its
 * callback.
 */
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/loop/loop.h"
#include "core/loop/work_hub.h"

int
loop_init(struct loop *l, struct err *e)
{
	int rc = uv_loop_init(&l->uv);

	if (rc != 0)
		return err_set(e, ERR_FAILED, "cannot make an event loop: %s", uv_strerror(rc));
	l->pending.previous = l->pending.next = &l->pending;
	l->stopped = 0;
	l->hub = NULL;
	return 0;
}

void
loop_run(struct loop *l)
{
	(void)uv_run(&l->uv, UV_RUN_DEFAULT); /* 0 or not: loop_release() looks */
}

bool
loop_release(struct loop *l)
{
	work_hub_close(l);
	(void)uv_run(&l->uv, UV_RUN_DEFAULT); /* the close callbacks */
	return uv_loop_close(&l->uv) == 0;
}

int
loop_check(const struct loop *l, struct err *e)
{
	if (l->stopped == 0)
		return 0;
	return err_set(e, l->stopped,
	               l->stopped == ERR_DEADLINE    ? "the deadline has passed"
	               : l->stopped == ERR_CANCELLED ? "cancelled"
	                                             : "stopped");
}

void
loop_stop(struct loop *l, int code)
{
	if (l->stopped == 0)
		l->stopped = code;
	while (l->pending.next != &l->pending) {
		struct pending *p = l->pending.next;

		pending_remove(p);
		p->stop(p, l->stopped);
	}
}

void
pending_add(struct loop *l, struct pending *p, void (*stop)(struct pending *p, int code))
{
	p->stop = stop;
	p->previous = l->pending.previous;
	p->next = &l->pending;
	p->previous->next = p;
	l->pending.previous = p;
}

void
pending_remove(struct pending *p)
{
	if (p->next == NULL)
		return;
	p->previous->next = p->next;
	p->next->previous = p->previous;
	p->previous = p->next = NULL;
}

uint64_t
loop_now_ms(const struct loop *l)
{
	return l->now_ms(l->clock_ctx);
}

int64_t
loop_wall_ms(const struct loop *l)
{
	return l->wall_ms(l->clock_ctx);
}

uint64_t
loop_remaining_ms(const struct loop *l, uint64_t cap_ms)
{
	uint64_t now, left;

	if (l->deadline_ms == 0)
		return cap_ms;
	now = loop_now_ms(l);
	left = l->deadline_ms > now ? l->deadline_ms - now : 1;
	return left < cap_ms ? left : cap_ms;
}

/*
 * A wait owns itself: the timer's close callback frees it, the user's callback comes before that.
 */
struct wait {
	struct pending pending;
	uv_timer_t     timer;
	wait_fn       *fn;
	void          *arg;
};

static void
wait_closed(uv_handle_t *h)
{
	free(container_of((uv_timer_t *)h, struct wait, timer));
}

static void
wait_end(struct wait *w, int rc)
{
	uv_close((uv_handle_t *)&w->timer, wait_closed);
	w->fn(w->arg, rc);
}

static void
wait_stop(struct pending *p, int code)
{
	wait_end(container_of(p, struct wait, pending), code);
}

static void
wait_over(uv_timer_t *t)
{
	struct wait *w = container_of(t, struct wait, timer);

	pending_remove(&w->pending);
	wait_end(w, 0);
}

int
loop_wait(struct loop *l, uint64_t delay_ms, wait_fn *fn, void *arg, struct err *e)
{
	struct wait *w;
	int rc = loop_check(l, e);

	if (rc != 0)
		return rc;
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return err_memory(e, "waiting");
	w->fn = fn;
	w->arg = arg;
	(void)uv_timer_init(&l->uv, &w->timer); /* cannot fail, nor can the start with a callback */
	uv_update_time(&l->uv);
	(void)uv_timer_start(&w->timer, wait_over, delay_ms, 0);
	pending_add(l, &w->pending, wait_stop);
	return 0;
}
