/* t_find.c - the snapshot that a person names is found wherever it is */
#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/find.h"
#include "tests/unit/look_fixture.h"

struct asked {
	struct operation o;
	unsigned calls;
	int      rc;
	char     name[SEAL_OBJECT_NAME_SIZE];
};

static void
found(struct operation *o, int rc, const char *name, const struct err *e)
{
	struct asked *a = container_of(o, struct asked, o);

	a->calls++;
	a->rc = rc;
	assert_int_equal(rc, e->code);
	(void)snprintf(a->name, sizeof a->name, "%s", name);
}

static int
find(struct look *l, const char *id)
{
	struct asked a = { .o = { .store = l->history->store.store, .config = &l->config } };

	(void)history_survey(l->history);
	a.o.survey = l->history->survey;
	operation_find(&a.o, id, found);
	loop_run(&l->history->store.loop);
	assert_int_equal(a.calls, 1);
	assert_null(a.o.finding);
	if (a.rc == 0)
		assert_true(strcmp(id, "newest") == 0 || find_fits(a.name, id));
	return a.rc;
}

static void
every_command_finds_a_snapshot_on_whatever_page(void **state)
{
	struct look *l = *state;

	assert_int_equal(find(l, "newest"), ERR_OPERATOR);
	history_snapshot(l->history, &l->history->keys, 2, 1, STATE_CAPTURED, false);
	assert_int_equal(find(l, "newest"), 0);
	history_old_names(l->history, 1, 2 * STORE_PAGE_MAX);
	assert_int_equal(find(l, "01000000"), 0); /* the oldest */
	assert_int_equal(find(l, "01000000000000000000000000000000"), 0);
	assert_int_equal(find(l, "01ff"), ERR_UNSUPPORTED);
	assert_int_equal(find(l, ""), ERR_UNSUPPORTED);
	assert_int_equal(find(l, "xyz-"), ERR_UNSUPPORTED);
	assert_int_equal(find(l, "newest "), ERR_UNSUPPORTED);
}

static void
a_name_fits_by_the_beginning_of_its_id(void **state)
{
	static const char name[] = "fffffffffffffffefffffffffffffffe-0123456789abcdef0123456789abcdef.kcb";

	(void)state;
	assert_true(find_fits(name, "0123"));
	assert_true(find_fits(name, "0123456789abcdef0123456789abcdef"));
	assert_false(find_fits(name, "1234"));
	assert_false(find_fits(name, "0123456789abcdef0123456789abcdef0"));
	assert_false(find_fits("0123-0123", "0123"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, look_begin, look_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_command_finds_a_snapshot_on_whatever_page),
		cmocka_unit_test(a_name_fits_by_the_beginning_of_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
