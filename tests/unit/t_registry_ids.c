/* t_registry_ids.c - a registry that gives ids of its own gets as few schemas as can be */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry_fixture.h"

#define BASE      "{\"name\":\"base\",\"subject\":\"base\",\"version\":1}"
#define FOLLOWERS 30

/* The lines of what confluent holds after `fill`; 5000 is the highest id. */
static struct line_set
saved(struct server *s, void (*fill)(struct server *s))
{
	struct line_set lines;
	struct use u;

	use_begin(&u, s, "confluent", "");
	fill(s);
	server_order(s, "{\"set\":{\"highest\":{\".\":5000}}}");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	lines = use_take_lines(&u);
	use_end(&u);
	return lines;
}

static void
have_three(struct server *s)
{
	server_has(s, ".", "a", 1, 10, "\\\"int\\\"", "");
	server_has(s, ".", "b", 1, 11, "\\\"long\\\"", "");
	server_has(s, ".", "c", 1, 12, "\\\"float\\\"", "");
}

static void
have_one_that_all_refer_to(struct server *s)
{
	char subject[16], text[32];

	server_has(s, ".", "base", 1, 1, "\\\"int\\\"", "");
	for (int i = 0; i < FOLLOWERS; i++) {
		(void)snprintf(subject, sizeof subject, "f%02d", i);
		(void)snprintf(text, sizeof text, "%d", i);
		server_has(s, ".", subject, 1, 100 + i, text, ",{\"references\":[" BASE "]}");
	}
}

static void
have_one_text_twice(struct server *s)
{
	server_has(s, ".", "a", 1, 10, "\\\"int\\\"", "");
	server_has(s, ".", "a", 2, 11, "\\\"int\\\"", "");
	server_has(s, ".", "z", 1, 9, "\\\"long\\\"", "");
}

static void
a_registry_that_keeps_no_ids_gets_one_schema_and_no_more(void **state)
{
	static const int highest[] = { 0, 9, 10 }; /* its next id may be a schema's own */
	struct line_set want;
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(highest); i++) {
		want = saved(*state, have_three);
		use_begin(&u, *state, "apicurio", "");
		server_order(*state, "{\"set\":{\"highest\":{\".\":%d}}}", highest[i]);
		assert_true(use_restore(&u, &want) > 0);
		assert_int_equal(u.rc, 0);
		(void)server_seen(*state);
		assert_int_equal(server_count(*state, "POST /subjects/"), 1);
		assert_int_equal(use_item(&u, "[\".\",\"a\",1]")->outcome, PLAN_FAILED);
		assert_non_null(strstr(use_item(&u, "[\".\",\"a\",1]")->reason, "keeps no ids"));
		assert_non_null(strstr(use_item(&u, "[\"highest_id\",\".\",null]")->reason, "keeps no ids"));
		use_end(&u);
		line_set_release(&want);
	}
}

static void
one_that_gave_the_first_its_id_by_chance_is_found_out_by_the_next(void **state)
{
	struct line_set want = saved(*state, have_one_that_all_refer_to);
	struct use u;

	use_begin(&u, *state, "apicurio", "");
	assert_true(use_restore(&u, &want) >= FOLLOWERS);
	assert_int_equal(u.rc, 0);
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "POST /subjects/base/versions"), 1);
	/* and those that were on their way */
	assert_in_range(server_count(*state, "POST /subjects/"), 2, 1 + REGISTRY_WIDTH);
	assert_non_null(strstr(use_item(&u, "[\".\",\"f29\",1]")->reason, "keeps no ids"));
	assert_non_null(strstr(use_item(&u, "[\"highest_id\",\".\",null]")->reason, "keeps no ids"));
	use_end(&u);
	line_set_release(&want);
}

static void
what_it_got_is_not_added_to_by_the_next_run(void **state)
{
	struct line_set want = saved(*state, have_three);
	struct use u;

	use_begin(&u, *state, "apicurio", "");
	server_has(*state, ".", "c", 1, 1, "\\\"float\\\"", "");
	assert_true(use_restore(&u, &want) > 0);
	assert_int_equal(u.rc, 0);
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "POST "), 0);
	assert_non_null(strstr(use_item(&u, "[\"highest_id\",\".\",null]")->reason, "in use"));
	use_end(&u);
	line_set_release(&want);
}

/* axonops answers with the version that has the text already. */
static void
one_id_for_two_versions_of_a_subject_ends_nothing(void **state)
{
	struct line_set want = saved(*state, have_one_text_twice);
	struct use u;

	use_begin(&u, *state, "axonops", "");
	(void)use_restore(&u, &want);
	assert_int_equal(u.rc, 0);
	assert_non_null(strstr(use_item(&u, "[\".\",\"a\",2]")->reason, "the same text in this subject"));
	assert_true(use_item(&u, "[\".\",\"z\",1]")->verified);
	assert_true(use_item(&u, "[\"highest_id\",\".\",null]")->verified);
	use_end(&u);
	line_set_release(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_registry_that_keeps_no_ids_gets_one_schema_and_no_more),
		cmocka_unit_test(one_that_gave_the_first_its_id_by_chance_is_found_out_by_the_next),
		cmocka_unit_test(what_it_got_is_not_added_to_by_the_next_run),
		cmocka_unit_test(one_id_for_two_versions_of_a_subject_ends_nothing),
	};

	return cmocka_run_group_tests(tests, server_begin, server_end);
}
