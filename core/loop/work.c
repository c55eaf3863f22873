/*
 * work.c - see work.h
 *
 * The hub outlives the loop while a thread runs: it is counted, and threads touch nothing but it
 * and their own work.  `async` is only used under the lock and while `open`.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/loop/work.h"
#include "core/loop/work_hub.h"

struct work {
	struct pending   pending;
	struct work_hub *hub;
	struct work     *next; /* in hub->finished */
	void (*run)(void *data);
	void (*release)(void *data);
	void (*done)(void *arg, int rc); /* NULL: detached */
	void *data, *arg;
	bool  abandoned; /* nobody waits any more; the thread cleans up */
};

struct work_hub {
	pthread_mutex_t lock;
	pthread_cond_t  ended;    /* a detached work ended */
	size_t          users;    /* the loop and every thread */
	size_t          detached; /* running ones */
	size_t          awaited;  /* running ones with a callback; loop thread only */
	bool            open;
	struct work    *finished;
	uv_async_t      async;    /* closed by the loop before it lets go of the hub */
};

static void
hub_leave(struct work_hub *hub) /* with the lock, which it lets go of */
{
	bool last = --hub->users == 0;

	pthread_mutex_unlock(&hub->lock);
	if (!last)
		return;
	pthread_cond_destroy(&hub->ended);
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

static void
work_free(struct work *w)
{
	if (w->release != NULL)
		w->release(w->data);
	free(w);
}

static void *
work_main(void *arg)
{
	struct work *w = arg;
	struct work_hub *hub = w->hub;
	bool detached = w->done == NULL, abandoned;

	w->run(w->data);
	pthread_mutex_lock(&hub->lock);
	abandoned = detached || w->abandoned;
	if (!abandoned) {
		w->next = hub->finished;
		hub->finished = w;
		(void)uv_async_send(&hub->async); /* the hub is open while somebody waits */
	}
	if (detached) {
		hub->detached--;
		pthread_cond_signal(&hub->ended);
	}
	hub_leave(hub);
	if (abandoned)
		work_free(w);
	return NULL;
}

static void
await(struct work_hub *hub, int change)
{
	if (change > 0 && hub->awaited++ == 0)
		uv_ref((uv_handle_t *)&hub->async);
	if (change < 0 && --hub->awaited == 0)
		uv_unref((uv_handle_t *)&hub->async);
}

static void
on_finished(uv_async_t *a)
{
	struct work_hub *hub = container_of(a, struct work_hub, async);
	struct work *w, *next;

	pthread_mutex_lock(&hub->lock);
	w = hub->finished;
	hub->finished = NULL;
	pthread_mutex_unlock(&hub->lock);
	for (; w != NULL; w = next) {
		next = w->next;
		if (!w->abandoned) {
			pending_remove(&w->pending);
			await(hub, -1);
			w->done(w->arg, 0);
		}
		work_free(w);
	}
}

static void
work_stop(struct pending *p, int code)
{
	struct work *w = container_of(p, struct work, pending);
	struct work_hub *hub = w->hub;
	void (*done)(void *, int) = w->done;
	void *arg = w->arg;

	pthread_mutex_lock(&hub->lock);
	w->abandoned = true; /* from here on w may be gone at any time */
	pthread_mutex_unlock(&hub->lock);
	await(hub, -1);
	done(arg, code);
}

static int
hub_open(struct loop *l, struct err *e)
{
	struct work_hub *hub;
	pthread_condattr_t attr;

	if (l->hub != NULL)
		return 0;
	hub = calloc(1, sizeof *hub);
	if (hub == NULL)
		return err_memory(e, "starting a thread");
	if (uv_async_init(&l->uv, &hub->async, on_finished) != 0) {
		free(hub);
		return err_set(e, ERR_FAILED, "cannot make a wake-up for threads");
	}
	uv_unref((uv_handle_t *)&hub->async);
	pthread_mutex_init(&hub->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&hub->ended, &attr);
	pthread_condattr_destroy(&attr);
	hub->users = 1;
	hub->open = true;
	l->hub = hub;
	return 0;
}

/* A thread with all signals blocked: it inherits the mask (R11). */
static int
thread_start(struct work *w)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, work_main, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

static int
launch(struct loop *l, struct work *w, struct err *e)
{
	int rc;

	pthread_mutex_lock(&l->hub->lock);
	l->hub->users++;
	l->hub->detached += w->done == NULL;
	pthread_mutex_unlock(&l->hub->lock);
	rc = thread_start(w);
	if (rc == 0)
		return 0;
	pthread_mutex_lock(&l->hub->lock);
	l->hub->detached -= w->done == NULL;
	hub_leave(l->hub);
	pending_remove(&w->pending);
	free(w);
	return err_set(e, ERR_FAILED, "cannot start a thread: %s", strerror(rc));
}

static struct work *
work_new(struct loop *l, void (*run)(void *data), void *data, struct err *e)
{
	struct work *w;

	if (hub_open(l, e) != 0)
		return NULL;
	w = calloc(1, sizeof *w);
	if (w == NULL) {
		(void)err_memory(e, "starting a thread");
		return NULL;
	}
	w->hub = l->hub;
	w->run = run;
	w->data = data;
	return w;
}

int
work_start(struct loop *l, const struct work_call *call, void *data, void *arg, struct err *e)
{
	struct work *w;
	int rc = loop_check(l, e);

	if (rc != 0)
		return rc;
	w = work_new(l, call->run, data, e);
	if (w == NULL)
		return e->code;
	w->release = call->release;
	w->done = call->done;
	w->arg = arg;
	pending_add(l, &w->pending, work_stop); /* before the thread: only this thread delivers */
	await(l->hub, 1);
	rc = launch(l, w, e);
	if (rc != 0)
		await(l->hub, -1);
	return rc;
}

int
work_detach(struct loop *l, void (*run)(void *data), void *data, struct err *e)
{
	struct work *w = work_new(l, run, data, e);

	return w == NULL ? e->code : launch(l, w, e);
}

static void
wait_for_detached(struct work_hub *hub) /* with the lock */
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WORK_GRACE_MS / 1000;
	until.tv_nsec += (long)(WORK_GRACE_MS % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	while (hub->detached > 0)
		if (pthread_cond_timedwait(&hub->ended, &hub->lock, &until) == ETIMEDOUT)
			return;
}

static void
async_closed(uv_handle_t *h)
{
	struct work_hub *hub = container_of((uv_async_t *)h, struct work_hub, async);

	pthread_mutex_lock(&hub->lock);
	wait_for_detached(hub);
	hub_leave(hub);
}

void
work_hub_close(struct loop *l)
{
	struct work_hub *hub = l->hub;

	if (hub == NULL)
		return;
	l->hub = NULL;
	on_finished(&hub->async); /* abandoned ones that came in last */
	uv_close((uv_handle_t *)&hub->async, async_closed);
}
