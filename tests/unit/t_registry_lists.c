/* t_registry_lists.c - a registry's lists by HTTP: cut, changing, half read; the whole of it is captured, or nothing */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry_fixture.h"

static const char *const vendors[] = { "confluent", "karapace", "axonops", "apicurio" };

static void
a_list_that_is_cut_is_read_to_its_end(void **state)
{
	static const char *const cutting[] = { "confluent", "apicurio" };
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(cutting); i++) {
		use_begin(&u, *state, cutting[i], ",\"cap\":10");
		server_order(*state, "{\"many\":[20,3]}");
		use_capture_kind(&u, &rest_schemas_ops);
		assert_int_equal(u.rc, 0);
		assert_int_equal(u.lines.count, 60);
		use_end(&u);
	}
}

/* A list without flags is compared with that of what is not deleted, page by page. */
#define PAGED 30

static bool
is_gone(const int gone[2], int k)
{
	return k == gone[0] || k == gone[1];
}

/* In another order than by name. */
static unsigned
subject_at(int k)
{
	return (unsigned)k * 7 % PAGED;
}

static void
have_paged(struct server *server, const int gone[2])
{
	char subject[16], text[16];

	for (int k = 0; k < PAGED; k++) {
		(void)snprintf(subject, sizeof subject, "s%u", subject_at(k));
		(void)snprintf(text, sizeof text, "%d", k);
		server_has(server, ".", subject, 1, k + 1, text, is_gone(gone, k) ? ",{\"deleted\":true}" : "");
	}
}

/* second: of the list's second page, where it is not the ordinary answer. */
static void
what_is_gone_is_found(struct server *server, const int gone[2], const char *second)
{
	struct use u;
	char key[32];

	use_begin(&u, server, "axonops", ",\"cap\":10");
	have_paged(server, gone);
	if (second != NULL)
		server_next(server, "GET", "/schemas?deleted=true&offset=10", second, 1);
	use_capture_kind(&u, &rest_schemas_ops);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, PAGED);
	for (int k = 0; k < PAGED; k++) {
		(void)snprintf(key, sizeof key, "[\".\",\"s%u\",1]", subject_at(k));
		assert_int_equal(strstr(use_value(&u, key), "\"deleted\":true") != NULL, is_gone(gone, k));
	}
	use_end(&u);
}

static void
what_is_deleted_is_found_on_whatever_page_it_is(void **state)
{
	static const int gone[][2] = { { -1, -1 }, { 0, -1 },  { 9, -1 }, { 10, -1 },
				         { 29, -1 }, { 3, 25 }, { 15, 16 } };

	for (size_t i = 0; i < LENGTH(gone); i++)
		what_is_gone_is_found(*state, gone[i], NULL);
}

/* Begins of itself before the list of all has ended; what does not depend on that is taken, the rest waits. */
static void
the_list_of_what_is_not_deleted_may_come_first(void **state)
{
	static const int gone[][2] = { { -1, -1 }, { 0, -1 }, { 12, -1 }, { 29, -1 }, { 3, 25 } };

	for (size_t i = 0; i < LENGTH(gone); i++)
		what_is_gone_is_found(*state, gone[i], "{\"waits\":\"/schemas?deleted=false\"}");
}

static void
what_is_wrong_with_the_list_of_all_is_said_and_ends_the_other(void **state)
{
	static const char *const bad[] = { "{\"waits\":\"/schemas?deleted=false\",\"status\":401}",
		                           "{\"waits\":\"/schemas?deleted=false\",\"how\":\"other\",\"value\":{}}" };
	static const int codes[] = { ERR_DENIED, ERR_CORRUPT };
	struct use u;

	for (size_t i = 0; i < LENGTH(bad); i++) {
		use_begin(&u, *state, "axonops", ",\"cap\":10");
		have_paged(*state, (const int[2]){ 3, -1 });
		server_next(*state, "GET", "/schemas?deleted=true&offset=10", bad[i], 1);
		use_capture_kind(&u, &rest_schemas_ops);
		assert_said(&u, codes[i], "/schemas");
		use_end(&u);
	}
}

static void
a_server_that_ignores_paging_is_not_asked_for_ever(void **state)
{
	struct use u;

	use_begin(&u, *state, "karapace", "");
	server_order(*state, "{\"many\":[700,2]}");
	(void)server_seen(*state);
	use_capture_kind(&u, &rest_schemas_ops);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, 1400);
	(void)server_seen(*state);
	assert_true(server_count(*state, "GET ") <= 16);
	use_end(&u);
}

static void
ten_thousand_versions_take_thirty_requests(void **state)
{
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_order(*state, "{\"many\":[1000,10]}");
	(void)server_seen(*state);
	use_capture_kind(&u, &rest_schemas_ops);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, 10000);
	(void)server_seen(*state);
	assert_true(server_count(*state, "GET ") <= 30);
	use_end(&u);
}

static void
a_registry_that_is_loading_is_waited_for(void **state)
{
	struct use u;
	size_t i;

	for (i = 0; i < 3; i++) { /* where it cannot be told, the lists differ */
		use_begin(&u, *state, vendors[i], ",\"loading\":2");
		server_order(*state, "{\"many\":[4,1]}");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_int_equal(u.lines.count, 4 + 3);
		use_end(&u);
	}
}

static void
lists_that_never_agree_are_no_capture(void **state)
{
	struct use u;

	use_begin(&u, *state, "confluent", ",\"hides_names\":[\"s00002\"]");
	server_order(*state, "{\"many\":[4,1]}");
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "does not give the same answer twice");
	use_end(&u);
}

static void
one_byte_in_a_list_that_is_made_twice_is_seen(void **state)
{
	struct use u;

	use_begin(&u, *state, "karapace", "");
	server_has(*state, ".", "a", 1, 1, "1", "");
	server_order(*state, "{\"next\":[\"GET\",\"/schemas?deleted=true&subjectPrefix=:*:\","
	                     "{\"how\":\"other\",\"value\":"
	                     "[{\"subject\":\"a\",\"version\":1,\"id\":1,\"schemaType\":\"AVRO\",\"schema\":\"2\","
	                     "\"references\":null}]}],\"skip\":1}");
	use_capture_kind(&u, &rest_schemas_ops);
	assert_int_equal(u.rc, 0);
	assert_string_equal(use_value(&u, "[\".\",\"a\",1]"),
	                    "{\"id\":1,\"schema\":\"1\",\"schemaType\":\"AVRO\"}");
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "GET /contexts"), 2); /* it began anew */
	use_end(&u);
}

static void
a_list_that_names_some_versions_and_not_all_is_not_used(void **state)
{
	struct use u;

	use_begin(&u, *state, "karapace", "");
	server_has(*state, ".", "a", 1, 1, "1", "");
	server_has(*state, ".", "b", 1, 2, "2", "");
	server_next(*state, "GET", "/schemas?deleted=true&subjectPrefix=:*:",
	            "{\"how\":\"other\",\"value\":[{\"subject\":\"a\",\"version\":1,\"id\":9,\"schema\":\"9\","
	            "\"references\":[{\"name\":\"n\",\"subject\":\"b\",\"version\":1}]},{\"schema\":\"2\"}]}", 1);
	use_capture_kind(&u, &rest_schemas_ops);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, 2);
	assert_non_null(strstr(use_value(&u, "[\".\",\"a\",1]"), "\"id\":1,"));
	use_end(&u);
}

static void
a_list_of_versions_that_lacks_a_subject_is_no_capture(void **state)
{
	struct use u;

	use_begin(&u, *state, "karapace", "");
	server_has(*state, ".", "a", 1, 1, "1", "");
	server_has(*state, ".", "b", 1, 2, "2", "");
	server_order(*state, "{\"set\":{\"hides\":[\"b\"]}}");
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "lacks those of subject b");
	use_end(&u);
}

static void
subjects_without_versions_are_ghosts(void **state)
{
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(vendors); i++) {
		use_begin(&u, *state, vendors[i], "");
		server_has(*state, ".", "m", 1, 1, "1", "");
		server_order(*state, "{\"ghosts\":[\"boo\",\"z/\"]}");
		use_capture(&u);
		assert_int_equal(u.rc, 0);
		assert_int_equal(u.lines.count, 1 + 3);
		use_end(&u);
	}
}

static void
a_registry_that_is_never_ready_is_not_captured(void **state)
{
	struct use u;

	use_begin(&u, *state, "karapace", ",\"loading\":1000000");
	u.deadline_after_ms = 3000; /* of which half is waited */
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "not ready");
	use_end(&u);
}

static void
an_id_of_two_texts_is_no_capture(void **state)
{
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "a", 1, 1, "\\\"" SECRET "\\\"", "");
	server_has(*state, ".", "b", 2, 1, "\\\"int\\\"", "");
	use_capture(&u);
	assert_said(&u, ERR_CORRUPT, "gives id 1 two texts, in subject a, version 1, and in subject b, version 2");
	use_end(&u);
}

static void
an_id_of_one_text_in_two_forms_is_fine(void **state)
{
	struct use u;

	use_begin(&u, *state, "axonops", "");
	server_has(*state, ".", "a", 1, 1, "{\\\"type\\\": \\\"int\\\"}", "");
	server_has(*state, ".", "b", 2, 1, "\\\"int\\\"", "");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	use_end(&u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_that_is_cut_is_read_to_its_end),
		cmocka_unit_test(what_is_deleted_is_found_on_whatever_page_it_is),
		cmocka_unit_test(the_list_of_what_is_not_deleted_may_come_first),
		cmocka_unit_test(what_is_wrong_with_the_list_of_all_is_said_and_ends_the_other),
		cmocka_unit_test(a_server_that_ignores_paging_is_not_asked_for_ever),
		cmocka_unit_test(ten_thousand_versions_take_thirty_requests),
		cmocka_unit_test(a_registry_that_is_loading_is_waited_for),
		cmocka_unit_test(lists_that_never_agree_are_no_capture),
		cmocka_unit_test(one_byte_in_a_list_that_is_made_twice_is_seen),
		cmocka_unit_test(a_list_that_names_some_versions_and_not_all_is_not_used),
		cmocka_unit_test(a_list_of_versions_that_lacks_a_subject_is_no_capture),
		cmocka_unit_test(subjects_without_versions_are_ghosts),
		cmocka_unit_test(a_registry_that_is_never_ready_is_not_captured),
		cmocka_unit_test(an_id_of_two_texts_is_no_capture),
		cmocka_unit_test(an_id_of_one_text_in_two_forms_is_fine),
	};

	return cmocka_run_group_tests(tests, server_begin, server_end);
}
