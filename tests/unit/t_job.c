/* t_job.c - steps run in the order of their table, end now or later, and end the job once */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/job.h"
#include "tests/unit/job_story.h"

/* ---- cases ---- */

static void
steps_run_in_order_whether_they_end_now_or_later(void **state)
{
	static const struct job_step steps[] = {
		{ "a", now }, { "b", later }, { "c", now }, { "d", later }, { "e", later }, { NULL, NULL },
	};
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	run(&s, &f->loop, steps);
	assert_string_equal(s.text, "nl.nl.l.");
	assert_int_equal(s.job.err.code, 0);
	assert_null(s.job.failed);
}

static void
a_table_of_immediate_steps_is_done_before_the_start_returns(void **state)
{
	static const struct job_step steps[] = { { "a", now }, { "b", now }, { NULL, NULL } };
	static const struct job_step none[] = { { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 }, empty = { 0 };

	job_start(&s.job, &f->loop, steps, story_done, NULL);
	assert_int_equal(s.done, 1);
	assert_string_equal(s.text, "nn");
	job_start(&empty.job, &f->loop, none, story_done, NULL);
	assert_int_equal(empty.done, 1);
	assert_int_equal(empty.job.err.code, 0);
}

static void
an_error_ends_the_job_behind_the_step_that_had_it(void **state)
{
	static const struct job_step at_once[] = { { "a", now }, { "bad", bad_now }, { "c", now },
		                                   { NULL, NULL } };
	static const struct job_step after[] = { { "a", later }, { "slow", bad_later }, { "c", now },
		                                 { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 }, t = { 0 };

	run(&s, &f->loop, at_once);
	assert_string_equal(s.text, "nb");
	assert_string_equal(s.job.failed, "bad");
	assert_int_equal(s.job.err.code, ERR_DENIED);
	assert_string_equal(s.job.err.text, "no");
	run(&t, &f->loop, after);
	assert_string_equal(t.text, "l.");
	assert_string_equal(t.job.failed, "slow");
	assert_int_equal(t.job.err.code, ERR_AGAIN);
	assert_string_equal(t.job.err.text, "busy");
}

static void
a_step_may_put_its_error_into_the_jobs_own(void **state)
{
	static const struct job_step steps[] = { { "own", bad_own }, { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	run(&s, &f->loop, steps);
	assert_int_equal(s.job.err.code, ERR_CONFIG);
	assert_string_equal(s.job.err.text, "own words");
}

static void
a_step_may_finish_the_job_now_or_later(void **state)
{
	static const struct job_step at_once[] = { { "a", now }, { "x", finish }, { "c", now },
		                                   { NULL, NULL } };
	static const struct job_step after[] = { { "a", now }, { "x", finish_later }, { "c", now },
		                                 { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 }, t = { 0 };

	run(&s, &f->loop, at_once);
	assert_string_equal(s.text, "nx");
	assert_int_equal(s.job.err.code, 0);
	assert_true(s.job.finish);
	run(&t, &f->loop, after);
	assert_string_equal(t.text, "n");
	assert_int_equal(t.job.err.code, 0);
}

#define ROUNDS 200000u

static void
again(struct job *j)
{
	if (++STORY(j)->rounds < ROUNDS)
		job_go_to(j, "a");
	else
		job_next(j, 0, NULL);
}

static void
count(struct job *j)
{
	STORY(j)->watched++;
	job_next(j, 0, NULL);
}

static void
going_back_two_hundred_thousand_times_needs_no_stack(void **state)
{
	static const struct job_step steps[] = { { "first", count }, { "a", count }, { "again", again },
		                                 { "end", now }, { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	run(&s, &f->loop, steps);
	assert_int_equal(s.rounds, ROUNDS);
	assert_int_equal(s.watched, ROUNDS + 1);
	assert_string_equal(s.text, "n");
}

static void
ask_end(void *arg, int rc)
{
	struct job *j = arg;

	assert_int_equal(rc, 0);
	if (++STORY(j)->rounds < 3)
		job_go_to(j, "look");
	else
		job_go_to(j, "end");
}

static void
ask(struct job *j)
{
	tell(STORY(j), 'p');
	assert_int_equal(loop_wait(j->loop, 0, ask_end, j, &j->err), 0);
}

static void
a_step_that_waited_may_go_back_and_forth(void **state)
{
	static const struct job_step steps[] = { { "look", now },       { "ask", ask },
		                                 { "left out", bad_now }, { "end", now },
		                                 { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	run(&s, &f->loop, steps);
	assert_string_equal(s.text, "npnpnpn");
	assert_int_equal(s.job.err.code, 0);
}

static void
leave_out(struct job *j)
{
	job_skip(j, STORY(j)->rounds);
	job_next(j, 0, NULL);
}

static void
steps_can_be_left_out_but_not_beyond_the_end(void **state)
{
	static const struct job_step some[] = { { "skip", leave_out }, { "b", bad_now }, { "c", bad_now },
		                                { "d", now },         { NULL, NULL } };
	static const struct job_step all[] = { { "a", now }, { "skip", leave_out }, { "b", bad_now },
		                               { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { .rounds = 2 }, t = { .rounds = 100 };

	run(&s, &f->loop, some);
	assert_string_equal(s.text, "n");
	assert_int_equal(s.job.err.code, 0);
	run(&t, &f->loop, all);
	assert_string_equal(t.text, "n");
	assert_int_equal(t.job.err.code, 0);
}

static void
watch(struct job *j)
{
	struct story *s = STORY(j);

	assert_int_equal(j->index, s->watched);
	assert_ptr_equal(j->step, &j->steps[j->index]);
	tell(s, j->step->name[0]);
	s->watched++;
}

static void
the_watch_sees_each_step_begin(void **state)
{
	static const struct job_step steps[] = { { "A", now }, { "B", later }, { "C", now },
		                                 { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	job_start(&s.job, &f->loop, steps, story_done, watch);
	loop_run(&f->loop);
	assert_string_equal(s.text, "AnBl.Cn");
	assert_int_equal(s.done, 1);
}

static void
stop_and_go_on(struct job *j)
{
	loop_stop(j->loop, ERR_CANCELLED);
	job_next(j, 0, NULL);
}

static void
no_step_begins_once_the_loop_is_stopped(void **state)
{
	static const struct job_step steps[] = { { "stop", stop_and_go_on }, { "next", now },
		                                 { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	run(&s, &f->loop, steps);
	assert_string_equal(s.text, "");
	assert_int_equal(s.job.err.code, ERR_CANCELLED);
	assert_string_equal(s.job.failed, "next");
}

static void
a_stop(struct loop_fixture *f, int code)
{
	static const struct job_step steps[] = { { "a", later }, { "hang", for_ever }, { "c", now },
		                                 { NULL, NULL } };
	struct story s = { 0 };

	loop_fixture_stop_after(f, 20, code);
	run(&s, &f->loop, steps);
	assert_string_equal(s.text, "l.f.");
	assert_int_equal(s.job.err.code, code);
	assert_string_equal(s.job.failed, "hang");
}

static void
a_deadline_or_a_cancel_ends_a_step_that_waits_for_ever(void **state)
{
	struct loop_fixture own;

	a_stop(*state, ERR_DEADLINE);
	loop_fixture_begin(&own);
	a_stop(&own, ERR_CANCELLED);
	loop_fixture_end(&own);
}

/* ---- nested ---- */

static void
nested_done(struct job *j)
{
	struct story *s = container_of(j, struct story, inner);
	struct err err = j->err;

	s->inner_done++;
	job_next(&s->job, err.code, &err);
}

static void
inner_later_end(void *arg, int rc)
{
	struct story *s = arg;
	struct err e = { 0 };

	tell(s, 'i');
	(void)loop_check(s->loop, &e);
	job_next(&s->inner, rc, &e);
}

static void
inner_later(struct job *j)
{
	struct story *s = container_of(j, struct story, inner);

	assert_int_equal(loop_wait(j->loop, s->rounds, inner_later_end, s, &j->err), 0);
}

static void
inner_now(struct job *j)
{
	tell(container_of(j, struct story, inner), 'j');
	job_next(j, 0, NULL);
}

static void
nest_now(struct job *j)
{
	static const struct job_step steps[] = { { "j", inner_now }, { "j", inner_now }, { NULL, NULL } };

	job_start(&STORY(j)->inner, j->loop, steps, nested_done, NULL);
}

static void
nest_later(struct job *j)
{
	static const struct job_step steps[] = { { "j", inner_now }, { "i", inner_later }, { NULL, NULL } };

	job_start(&STORY(j)->inner, j->loop, steps, nested_done, NULL);
}

static void
a_step_may_run_another_job(void **state)
{
	static const struct job_step steps[] = { { "now", nest_now }, { "n", now }, { "later", nest_later },
		                                 { "n", now },        { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { 0 };

	run(&s, &f->loop, steps);
	assert_string_equal(s.text, "jjnjin");
	assert_int_equal(s.inner_done, 2);
}

static void
a_stop_goes_through_nested_jobs(void **state)
{
	static const struct job_step steps[] = { { "outer", nest_later }, { "n", now }, { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story s = { .rounds = 3600000 };

	loop_fixture_stop_after(f, 20, ERR_DEADLINE);
	run(&s, &f->loop, steps);
	assert_string_equal(s.text, "ji");
	assert_int_equal(s.inner_done, 1);
	assert_string_equal(s.inner.failed, "i");
	assert_int_equal(s.job.err.code, ERR_DEADLINE);
	assert_string_equal(s.job.failed, "outer");
}

static void
freed(struct job *j)
{
	memset(j, 0x5a, sizeof *j); /* what touches it behind done shows itself, here or in ASan */
	free(container_of(j, struct story, job));
}

static void
the_jobs_memory_is_its_owners_again_in_done(void **state)
{
	static const struct job_step at_once[] = { { "a", now }, { NULL, NULL } };
	static const struct job_step after[] = { { "a", later }, { NULL, NULL } };
	struct loop_fixture *f = *state;
	struct story *s = calloc(1, sizeof *s), *t = calloc(1, sizeof *t);

	assert_non_null(s);
	assert_non_null(t);
	job_start(&s->job, &f->loop, at_once, freed, NULL);
	job_start(&t->job, &f->loop, after, freed, NULL);
	loop_run(&f->loop);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, loop_fixture_setup, loop_fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(steps_run_in_order_whether_they_end_now_or_later),
		CASE(a_table_of_immediate_steps_is_done_before_the_start_returns),
		CASE(an_error_ends_the_job_behind_the_step_that_had_it),
		CASE(a_step_may_put_its_error_into_the_jobs_own),
		CASE(a_step_may_finish_the_job_now_or_later),
		CASE(going_back_two_hundred_thousand_times_needs_no_stack),
		CASE(a_step_that_waited_may_go_back_and_forth),
		CASE(steps_can_be_left_out_but_not_beyond_the_end),
		CASE(the_watch_sees_each_step_begin),
		CASE(no_step_begins_once_the_loop_is_stopped),
		CASE(a_deadline_or_a_cancel_ends_a_step_that_waits_for_ever),
		CASE(a_step_may_run_another_job),
		CASE(a_stop_goes_through_nested_jobs),
		CASE(the_jobs_memory_is_its_owners_again_in_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
