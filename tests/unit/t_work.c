/*
 * t_work.c - what blocks runs on threads of our own: the callback comes once and at once when the
 * loop stops, the data is released once by whoever is last
 *
 * pthread_create() is wrapped, so that it can be told to fail.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/cleanup.h"
#include "core/loop/work.h"
#include "core/loop/work_hub.h"
#include "tests/unit/loop_fixture.h"

#define LOOP(state) (&((struct loop_fixture *)*(state))->loop)

static atomic_int refuse_threads;

int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	if (atomic_load(&refuse_threads) != 0)
		return EAGAIN;
	return __real_pthread_create(thread, attr, run, arg);
}

/* The data of a work: outlives every thread, since each test waits for `released`. */
struct load {
	pthread_t  loop_thread;
	sem_t      gate, running, released;
	atomic_int runs, releases;
	int        own_thread, unblocked; /* written by run, read in done */
};

static void
load_init(struct load *d)
{
	*d = (struct load){ .loop_thread = pthread_self() };
	assert_int_equal(sem_init(&d->gate, 0, 0), 0);
	assert_int_equal(sem_init(&d->running, 0, 0), 0);
	assert_int_equal(sem_init(&d->released, 0, 0), 0);
}

static void
take(sem_t *s)
{
	while (sem_wait(s) != 0)
		assert_int_equal(errno, EINTR);
}

static void
run_short(void *data)
{
	struct load *d = data;
	sigset_t mask;
	int s;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	for (s = 1; s <= SIGRTMAX; s++) /* the C library keeps those before SIGRTMIN to itself */
		if (s != SIGKILL && s != SIGSTOP && (s < 32 || s >= SIGRTMIN))
			d->unblocked += sigismember(&mask, s) != 1;
	d->own_thread = pthread_equal(pthread_self(), d->loop_thread) == 0;
	(void)atomic_fetch_add(&d->runs, 1);
}

static void
run_until_opened(void *data)
{
	struct load *d = data;

	(void)sem_post(&d->running);
	take(&d->gate);
	(void)atomic_fetch_add(&d->runs, 1);
}

static void
release(void *data)
{
	struct load *d = data;

	(void)atomic_fetch_add(&d->releases, 1);
	(void)sem_post(&d->released);
}

static void
a_work_runs_on_a_thread_of_its_own_with_all_signals_blocked(void **state)
{
	static const struct work_call call = { run_short, release, loop_fixture_hear };
	struct loop *l = LOOP(state);
	struct heard h = { .rc = 42 };
	struct err e = { 0 };
	sigset_t before, after;
	struct load d;

	load_init(&d);
	memset(&before, 0, sizeof before); /* the kernel fills a part of them */
	memset(&after, 0, sizeof after);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(work_start(l, &call, &d, &h, &e), 0);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(h.calls, 0);
	loop_run(l);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.rc, 0);
	assert_int_equal(d.runs, 1);
	assert_true(d.own_thread);
	assert_int_equal(d.unblocked, 0);
	assert_int_equal(d.releases, 1);
}

struct order {
	struct load load;
	struct heard heard;
	int releases_in_done;
};

static void
look_at_data(void *arg, int rc)
{
	struct order *o = arg;

	loop_fixture_hear(&o->heard, rc);
	o->releases_in_done = atomic_load(&o->load.releases);
}

static void
the_data_may_be_read_in_the_callback_and_is_released_behind_it(void **state)
{
	static const struct work_call call = { run_short, release, look_at_data };
	struct loop *l = LOOP(state);
	struct order o = { .releases_in_done = 42 };
	struct err e = { 0 };

	load_init(&o.load);
	assert_int_equal(work_start(l, &call, &o.load, &o, &e), 0);
	loop_run(l);
	assert_int_equal(o.heard.calls, 1);
	assert_int_equal(o.releases_in_done, 0);
	assert_int_equal(o.load.releases, 1);
}

static void
a_stop_calls_back_at_once_and_the_thread_releases_the_data(void **state)
{
	static const struct work_call call = { run_until_opened, release, loop_fixture_hear };
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };
	struct load d;

	load_init(&d);
	assert_int_equal(work_start(l, &call, &d, &h, &e), 0);
	take(&d.running);
	loop_stop(l, ERR_CANCELLED);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.rc, ERR_CANCELLED);
	loop_run(l); /* returns: nobody waits for the thread any more */
	assert_int_equal(d.releases, 0);
	(void)sem_post(&d.gate);
	take(&d.released);
	loop_run(l);
	assert_int_equal(h.calls, 1);
	assert_int_equal(d.runs, 1);
	assert_int_equal(d.releases, 1);
}

static void
a_thread_may_outlive_its_loop(void **state)
{
	static const struct work_call call = { run_until_opened, release, loop_fixture_hear };
	struct loop_fixture f;
	struct heard h = { 0 };
	struct err e = { 0 };
	struct load d;
	uint64_t from = loop_fixture_real_ms();

	(void)state;
	load_init(&d);
	loop_fixture_begin(&f);
	assert_int_equal(work_start(&f.loop, &call, &d, &h, &e), 0);
	loop_fixture_stop_after(&f, 10, ERR_DEADLINE);
	loop_run(&f.loop);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.rc, ERR_DEADLINE);
	loop_fixture_end(&f); /* waits for detached works alone */
	assert_true(loop_fixture_real_ms() - from < WORK_GRACE_MS);
	assert_int_equal(d.releases, 0);
	(void)sem_post(&d.gate);
	take(&d.released);
	assert_int_equal(d.releases, 1);
}

static void
once_stopped_no_work_starts_and_the_data_stays_the_callers(void **state)
{
	static const struct work_call call = { run_short, release, loop_fixture_hear };
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };
	struct load d;

	load_init(&d);
	loop_stop(l, ERR_DEADLINE);
	assert_int_equal(work_start(l, &call, &d, &h, &e), ERR_DEADLINE);
	loop_run(l);
	assert_int_equal(h.calls, 0);
	assert_int_equal(d.runs, 0);
	assert_int_equal(d.releases, 0);
}

static void
without_a_thread_to_be_had_nothing_has_started(void **state)
{
	static const struct work_call call = { run_short, release, loop_fixture_hear };
	struct loop *l = LOOP(state);
	struct heard h = { 0 };
	struct err e = { 0 };
	struct load d;

	load_init(&d);
	atomic_store(&refuse_threads, 1);
	assert_int_equal(work_start(l, &call, &d, &h, &e), ERR_FAILED);
	assert_non_null(strstr(e.text, "cannot start a thread"));
	assert_int_equal(work_detach(l, run_short, &d, &e), ERR_FAILED);
	atomic_store(&refuse_threads, 0);
	loop_stop(l, ERR_CANCELLED); /* nothing is pending */
	loop_run(l);
	assert_int_equal(h.calls, 0);
	assert_int_equal(d.runs, 0);
	assert_int_equal(d.releases, 0);
}

/* ---- detached ---- */

static void *
open_soon(void *arg)
{
	struct load *d = arg;
	const struct timespec t = { .tv_nsec = 50000000 };

	take(&d->running);
	(void)nanosleep(&t, NULL); /* the loop's end is to come first: it has to wait */
	(void)sem_post(&d->gate);
	return NULL;
}

static void
the_loops_end_waits_for_what_is_detached(void **state)
{
	struct loop_fixture f;
	struct err e = { 0 };
	pthread_t opener;
	struct load d;

	(void)state;
	load_init(&d);
	loop_fixture_begin(&f);
	assert_int_equal(work_detach(&f.loop, run_until_opened, &d, &e), 0);
	loop_run(&f.loop); /* does not wait for it */
	assert_int_equal(d.runs, 0);
	assert_int_equal(pthread_create(&opener, NULL, open_soon, &d), 0);
	loop_fixture_end(&f);
	assert_int_equal(d.runs, 1);
	assert_int_equal(pthread_join(opener, NULL), 0);
}

static void
run_and_say(void *data)
{
	run_until_opened(data);
	(void)sem_post(&((struct load *)data)->released);
}

static void
the_loops_end_waits_no_longer_than_its_grace(void **state)
{
	struct loop_fixture f;
	struct err e = { 0 };
	struct load d;
	uint64_t from, took;

	(void)state;
	load_init(&d);
	loop_fixture_begin(&f);
	assert_int_equal(work_detach(&f.loop, run_and_say, &d, &e), 0);
	from = loop_fixture_real_ms();
	loop_fixture_end(&f);
	took = loop_fixture_real_ms() - from;
	assert_true(took >= WORK_GRACE_MS - 10 && took < WORK_GRACE_MS + 1000);
	assert_int_equal(d.runs, 0);
	(void)sem_post(&d.gate);
	take(&d.released);
}

static void
what_must_happen_can_be_detached_from_a_stopped_loop(void **state)
{
	struct loop_fixture f;
	struct err e = { 0 };
	struct load d;

	(void)state;
	load_init(&d);
	loop_fixture_begin(&f);
	loop_stop(&f.loop, ERR_CANCELLED);
	assert_int_equal(work_detach(&f.loop, run_short, &d, &e), 0);
	loop_fixture_end(&f);
	assert_int_equal(d.runs, 1);
}

/* ---- many ---- */

#define MANY 1000u

struct many {
	struct load load;
	struct loop *loop;
	unsigned stop_at, ended, stopped;
};

static void
run_one(void *data)
{
	(void)atomic_fetch_add(&((struct load *)data)->runs, 1);
}

static void
one_of_many(void *arg, int rc)
{
	struct many *m = arg;

	m->ended++;
	m->stopped += rc != 0;
	if (m->ended == m->stop_at)
		loop_stop(m->loop, ERR_CANCELLED);
}

/* To the loop's end: what came in last before a stop is released there. */
static void
run_many(struct many *m)
{
	static const struct work_call call = { run_one, release, one_of_many };
	struct loop_fixture f;
	struct err e = { 0 };
	unsigned i;

	loop_fixture_begin(&f);
	m->loop = &f.loop;
	load_init(&m->load);
	for (i = 0; i < MANY; i++)
		if (work_start(&f.loop, &call, &m->load, m, &e) != 0)
			fail_msg("%s", e.text);
	assert_int_equal(m->ended, 0);
	loop_run(&f.loop);
	loop_fixture_end(&f);
	for (i = 0; i < MANY; i++)
		take(&m->load.released);
	assert_int_equal(m->ended, MANY);
	assert_int_equal(m->load.runs, MANY);
	assert_int_equal(m->load.releases, MANY);
}

static void
a_thousand_works_each_call_back_and_release_once(void **state)
{
	struct many m = { 0 };

	(void)state;
	run_many(&m);
	assert_int_equal(m.stopped, 0);
}

static void
a_stop_in_the_midst_of_a_thousand_loses_none(void **state)
{
	struct many m = { .stop_at = 300 };

	(void)state;
	run_many(&m);
	assert_int_equal(m.stopped, MANY - 300);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, loop_fixture_setup, loop_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_work_runs_on_a_thread_of_its_own_with_all_signals_blocked),
		CASE(the_data_may_be_read_in_the_callback_and_is_released_behind_it),
		CASE(a_stop_calls_back_at_once_and_the_thread_releases_the_data),
		cmocka_unit_test(a_thread_may_outlive_its_loop),
		CASE(once_stopped_no_work_starts_and_the_data_stays_the_callers),
		CASE(without_a_thread_to_be_had_nothing_has_started),
		cmocka_unit_test(the_loops_end_waits_for_what_is_detached),
		cmocka_unit_test(the_loops_end_waits_no_longer_than_its_grace),
		cmocka_unit_test(what_must_happen_can_be_detached_from_a_stopped_loop),
		cmocka_unit_test(a_thousand_works_each_call_back_and_release_once),
		cmocka_unit_test(a_stop_in_the_midst_of_a_thousand_loses_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
