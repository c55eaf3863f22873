/* t_registry_restore.c - schemas and configs are put back by HTTP with their ids, or it is said what is not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry_fixture.h"

/* What a registry may have, in all its variety; ids 100 to 108, 5000 was the highest. */
static void
fill(struct server *s, const char *context)
{
	server_has(s, context, "a", 1, 100, "\\\"int\\\"", ",{\"deleted\":true}");
	server_has(s, context, "a", 3, 101, "\\\"long\\\"", "");
	server_has(s, context, "a", 4, 102, "\\\"float\\\"", "");
	server_has(s, context, "b", 1, 101, "\\\"long\\\"", ""); /* the same id under another subject */
	server_has(s, context, "gone", 1, 103, "\\\"bytes\\\"", ",{\"deleted\":true}");
	server_has(s, context, "gone", 2, 104, "\\\"null\\\"", ",{\"deleted\":true}");
	server_has(s, context, "\xc3\xa9 %%2F", 1, 105, "{}", ",{\"schemaType\":\"JSON\"}");
	server_order(s, "{\"has\":[[\"%s\",\"c\",1,106,\"message C {}\",{\"schemaType\":\"PROTOBUF\",\"references\":"
	                "[{\"name\":\"z\",\"subject\":\"%s%s%sz\",\"version\":2}]}]]}",
	             context, context[1] == '\0' ? "" : ":", context[1] == '\0' ? "" : context,
	             context[1] == '\0' ? "" : ":");
	server_has(s, context, "z", 2, 107, "message Z {}", ",{\"schemaType\":\"PROTOBUF\"}");
	server_order(s, "{\"config\":[\"%s\",\"a\",{\"compatibilityLevel\":\"FULL\",\"normalize\":true}]}", context);
	server_order(s, "{\"config\":[\"%s\",null,{\"compatibilityLevel\":\"NONE\"}]}", context);
	server_order(s, "{\"mode\":[\"%s\",\"b\",\"READONLY\"]}", context);
	server_order(s, "{\"set\":{\"highest\":{\"%s\":5000}}}", context);
}

static struct line_set
saved(struct server *s, const char *vendor, const char *context)
{
	struct line_set lines;
	struct use u;

	use_begin(&u, s, vendor, "");
	fill(s, context);
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	lines = use_take_lines(&u);
	use_end(&u);
	return lines;
}

static void
restored(struct use *u, const struct line_set *want)
{
	size_t i, k, bad = use_restore(u, want);

	for (k = 0; bad != 0 && k < KIND_TABLE; k++)
		for (i = 0; i < u->plans[k].count; i++)
			if (!u->plans[k].items[i].verified)
				print_error("%s: %s\n", u->plans[k].items[i].want.key,
				            u->plans[k].items[i].reason == NULL ? "" : u->plans[k].items[i].reason);
	assert_said(u, 0, "");
	assert_int_equal(bad, 0);
}

/* ---- good days ---- */

static void
everything_comes_back_and_twice_is_once(void **state)
{
	static const char *const vendors[] = { "confluent", "axonops" };
	static const char *const contexts[] = { ".", ".eu" };
	struct line_set want;
	struct use u;
	size_t i;

	for (i = 0; i < 4; i++) {
		want = saved(*state, vendors[i % 2], contexts[i / 2]);
		use_begin(&u, *state, vendors[i % 2], "");
		restored(&u, &want);
		(void)server_state(*state);
		assert_int_equal(server_count(*state, "IMPORT"), 0);
		assert_int_equal(server_count(*state, "\"kafka-config-backup-highest-id\", 1, 5000"), 1);
		assert_true(server_count(*state, "\"a\", 1, 100") == 1 && server_count(*state, "\"a\", 4, 102") == 1);
		(void)server_seen(*state);
		restored(&u, &want);
		(void)server_seen(*state);
		assert_int_equal(server_count(*state, "POST "), 0);
		assert_int_equal(server_count(*state, "PUT "), 0);
		assert_int_equal(server_count(*state, "DELETE "), 0);
		use_end(&u);
		line_set_release(&want);
	}
}

static void
references_come_first_versions_in_order_and_deletions_last(void **state)
{
	struct line_set want;
	const char *z, *c, *a3, *a4, *gone;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	restored(&u, &want);
	(void)server_seen(*state);
	z = strstr(u.server->program.said, "POST /subjects/z/versions");
	c = strstr(u.server->program.said, "POST /subjects/c/versions");
	a3 = strstr(u.server->program.said, "POST /subjects/a/versions");
	a4 = a3 == NULL ? NULL : strstr(a3 + 1, "POST /subjects/a/versions");
	gone = strstr(u.server->program.said, "DELETE /subjects/gone/versions/");
	assert_true(z != NULL && c != NULL && a3 != NULL && a4 != NULL && gone != NULL);
	assert_true(z < c && a3 < a4 && c < gone && a4 < gone);
	assert_null(strstr(u.server->program.said, "force=true\", \"POST /subjects/z")); /* it was empty */
	assert_non_null(strstr(u.server->program.said, "PUT /mode\""));
	use_end(&u);
	line_set_release(&want);
}

static void
a_restore_that_is_cut_short_goes_on(void **state)
{
	struct line_set want;
	unsigned skip;
	struct use u;

	want = saved(*state, "confluent", ".");
	for (skip = 1; skip < 10; skip++) {
		use_begin(&u, *state, "confluent", "");
		/* from then on nobody answers to a change */
		server_order(*state, "{\"next\":[\"POST\",\"\",{\"how\":\"close\"}],\"times\":1000,\"skip\":%u}", skip);
		server_order(*state, "{\"next\":[\"PUT\",\"\",{\"how\":\"close\"}],\"times\":1000,\"skip\":1}");
		u.deadline_after_ms = 20000;
		assert_int_equal(use_restore(&u, &want), SIZE_MAX);
		assert_said(&u, ERR_AGAIN, "127.0.0.1");
		server_order(*state, "{\"set\":{\"orders\":[]}}");
		restored(&u, &want);
		(void)server_state(*state);
		assert_int_equal(server_count(*state, "IMPORT"), 0);
		use_end(&u);
	}
	line_set_release(&want);
}

static void
modes_that_a_killed_restore_left_come_back(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".eu");
	use_begin(&u, *state, "confluent", "");
	fill(*state, ".eu");
	server_order(*state, "{\"mode\":[\".\",null,\"IMPORT\"]}"); /* when all was registered */
	server_order(*state, "{\"mode\":[\".eu\",null,\"IMPORT\"]}");
	restored(&u, &want);
	(void)server_state(*state);
	assert_int_equal(server_count(*state, "IMPORT"), 0);
	use_end(&u);
	line_set_release(&want);
}

static void
a_lost_answer_is_looked_for(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_next(*state, "POST", "/subjects/z/versions", "{\"how\":\"close-after\"}", 1);
	server_next(*state, "POST", "/subjects/c/versions", "{\"status\":500}", 1);
	restored(&u, &want);
	(void)server_seen(*state);
	/* curl itself sends it once more over a new connection: never after it was seen */
	assert_in_range(server_count(*state, "POST /subjects/z/versions"), 1, 2);
	assert_int_equal(server_count(*state, "POST /subjects/c/versions"), 2);
	use_end(&u);
	line_set_release(&want);
}

static void
a_registry_that_was_read_only_is_so_again_and_last(void **state)
{
	const char *mode, *config;
	struct line_set want;
	struct use u;

	use_begin(&u, *state, "confluent", "");
	fill(*state, ".");
	server_order(*state, "{\"mode\":[\".\",null,\"READONLY\"]}");
	use_capture(&u);
	want = use_take_lines(&u);
	use_end(&u);
	use_begin(&u, *state, "confluent", "");
	restored(&u, &want);
	(void)server_seen(*state);
	mode = strrchr(u.server->program.said, 'P');
	while (mode != NULL && mode > u.server->program.said && strncmp(mode, "PUT ", 4) != 0)
		mode--;
	config = strstr(u.server->program.said, "PUT /config/a");
	assert_true(mode != NULL && config != NULL && config < mode);
	assert_int_equal(strncmp(mode, "PUT /mode\"", 10), 0);
	(void)server_state(*state);
	assert_int_equal(server_count(*state, "[\".\", null, \"READONLY\"]"), 1);
	use_end(&u);
	line_set_release(&want);
}

/* ---- what a server makes of it ---- */

static void
what_is_dropped_is_found_by_reading_back(void **state)
{
	struct line_set want;
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "a", 1, 1, "1",
	           ",{\"metadata\":{\"properties\":{\"o\":\"me\"}},\"ruleSet\":{\"domainRules\":[1]}}");
	server_order(*state, "{\"config\":[\".\",\"a\",{\"compatibilityLevel\":\"FULL\",\"alias\":\"b\"}]}");
	use_capture(&u);
	want = use_take_lines(&u);
	use_end(&u);
	use_begin(&u, *state, "confluent", ",\"drops\":[\"ruleSet\",\"alias\"]");
	restored(&u, &want);
	assert_string_equal(use_item(&u, "[\".\",\"a\",1]")->reason, "the registry dropped its rule set");
	assert_non_null(use_item(&u, "[\".\",\"a\",1]")->target);
	assert_string_equal(use_item(&u, "[\"config\",\".\",\"a\"]")->target, "{\"compatibilityLevel\":\"FULL\"}");
	restored(&u, &want); /* and is no reason to begin again */
	assert_int_equal(use_item(&u, "[\".\",\"a\",1]")->action, PLAN_EQUAL);
	use_end(&u);
	line_set_release(&want);
}

static void
a_registry_without_import_is_left_alone(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "karapace", "");
	assert_true(use_restore(&u, &want) > 0);
	assert_int_equal(u.rc, 0);
	assert_non_null(strstr(use_item(&u, "[\".\",\"b\",1]")->reason, "knows no mode IMPORT"));
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "POST "), 0);
	use_end(&u);
	line_set_release(&want);
}

static void
import_that_is_refused_is_named(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_next(*state, "PUT", "/mode", "{\"status\":422,\"code\":42205}", 1);
	assert_true(use_restore(&u, &want) > 0);
	assert_non_null(strstr(use_item(&u, "[\".\",\"b\",1]")->reason, "refuses the mode IMPORT"));
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "POST /subjects/b/versions"), 0);
	use_end(&u);
	line_set_release(&want);
}

/* ---- what is there already ---- */

static void
a_registry_in_use_is_not_written_to(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "somebodys", 1, 1, "1", ",{\"deleted\":true}");
	assert_true(use_restore(&u, &want) > 0);
	assert_int_equal(u.rc, 0);
	assert_non_null(strstr(use_item(&u, "[\".\",\"b\",1]")->reason, "in use"));
	assert_non_null(strstr(use_item(&u, "[\".\",\"b\",1]")->reason, "somebodys version 1 (id 1)"));
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "POST /subjects/b/versions"), 0);
	assert_non_null(strstr(server_state(*state), "somebodys"));
	use_end(&u);
	line_set_release(&want);
}

static void
beside_what_is_there_only_what_is_missing_is_created(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "somebodys", 1, 1, "1", ",{\"deleted\":true}");
	server_has(*state, ".", "a", 3, 2, "\\\"string\\\"", "");
	u.registry.beside = true;
	(void)use_restore(&u, &want);
	assert_int_equal(u.rc, 0);
	assert_int_equal(use_item(&u, "[\".\",\"a\",3]")->action, PLAN_KEEP);
	assert_true(use_item(&u, "[\".\",\"a\",4]")->verified);
	assert_true(use_item(&u, "[\".\",\"c\",1]")->verified);
	(void)server_seen(*state);
	assert_int_equal(server_count(*state, "PUT /mode\""), 0);
	(void)server_state(*state);
	assert_int_equal(server_count(*state, "\"a\", 3, 2"), 1); /* not overwritten */
	assert_int_equal(server_count(*state, "somebodys"), 1);
	assert_int_equal(server_count(*state, "IMPORT"), 0);
	use_end(&u);
	line_set_release(&want);
}

static void
what_a_client_registered_the_same_is_fine(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "b", 1, 101, "{\\\"type\\\": \\\"long\\\"}", "");
	server_has(*state, ".", "gone", 1, 103, "\\\"bytes\\\"", ",{\"deleted\":true}");
	server_has(*state, ".", "gone", 2, 104, "\\\"null\\\"", ""); /* not deleted again yet */
	(void)use_restore(&u, &want);
	assert_int_equal(u.rc, 0);
	assert_true(use_item(&u, "[\".\",\"b\",1]")->verified);
	assert_true(use_item(&u, "[\".\",\"gone\",1]")->verified); /* force: it was not erased */
	assert_true(use_item(&u, "[\".\",\"gone\",2]")->verified);
	assert_int_equal(use_item(&u, "[\".\",\"gone\",2]")->action, PLAN_COMPLETE);
	use_end(&u);
	line_set_release(&want);
}

/* ---- items that cannot be ---- */

static void
circles_and_missing_references_are_named_and_the_rest_goes_on(void **state)
{
	struct line_set want;
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "a", 1, 1, "1", "");
	server_has(*state, ".", "x", 1, 2, "2", ",{\"references\":[{\"name\":\"n\",\"subject\":\"y\",\"version\":1}]}");
	server_has(*state, ".", "y", 1, 3, "3", ",{\"references\":[{\"name\":\"n\",\"subject\":\"x\",\"version\":1}]}");
	server_has(*state, ".", "m", 1, 4, "4",
	           ",{\"references\":[{\"name\":\"n\",\"subject\":\"no\",\"version\":7}]}");
	server_has(*state, ".", "mm", 1, 5, "5",
	           ",{\"references\":[{\"name\":\"n\",\"subject\":\"m\",\"version\":1}]}");
	server_has(*state, ".", "x", 2, 6, "6", "");
	use_capture(&u);
	want = use_take_lines(&u);
	use_end(&u);
	use_begin(&u, *state, "confluent", "");
	assert_int_equal(use_restore(&u, &want), 4);
	assert_true(use_item(&u, "[\".\",\"a\",1]")->verified);
	assert_true(use_item(&u, "[\".\",\"x\",2]")->verified);
	assert_non_null(strstr(use_item(&u, "[\".\",\"x\",1]")->reason, "circle"));
	assert_non_null(strstr(use_item(&u, "[\".\",\"y\",1]")->reason, "circle"));
	assert_non_null(strstr(use_item(&u, "[\".\",\"m\",1]")->reason, "subject no, version 7"));
	assert_non_null(strstr(use_item(&u, "[\".\",\"mm\",1]")->reason, "subject m, version 1"));
	use_end(&u);
	line_set_release(&want);
}

static void
one_that_is_refused_stops_no_other(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_next(*state, "POST", "/subjects/b/versions", "{\"status\":422,\"code\":42201}", 1);
	server_next(*state, "POST", "/subjects/z/versions", "{\"body\":\"<html>\",\"type\":\"text/html\"}", 1);
	assert_true(use_restore(&u, &want) >= 2);
	assert_int_equal(u.rc, 0);
	assert_non_null(strstr(use_item(&u, "[\".\",\"b\",1]")->reason, "42201"));
	assert_non_null(strstr(use_item(&u, "[\".\",\"z\",2]")->reason, "text/html"));
	assert_true(use_item(&u, "[\".\",\"a\",4]")->verified);
	use_end(&u);
	line_set_release(&want);
}

static void
authorisation_that_is_lost_ends_the_sending(void **state)
{
	struct line_set want;
	struct use u;

	want = saved(*state, "confluent", ".");
	use_begin(&u, *state, "confluent", "");
	server_order(*state, "{\"next\":[\"POST\",\"\",{\"status\":403}],\"times\":1000,\"skip\":1}");
	assert_true(use_restore(&u, &want) >= 6);
	assert_int_equal(u.rc, 0);
	assert_true(use_item(&u, "[\".\",\"c\",1]")->denied);
	assert_non_null(strstr(use_item(&u, "[\".\",\"c\",1]")->reason, "403"));
	assert_int_equal(use_item(&u, "[\".\",\"c\",1]")->outcome, PLAN_FAILED);
	use_end(&u);
	line_set_release(&want);
}

static void
a_large_schema_comes_back(void **state)
{
	char *text = malloc((1u << 20) + 32);
	struct line_set want;
	struct use u;

	assert_non_null(text);
	memcpy(text, "{\\\"d\\\":\\\"", 9);
	memset(text + 9, 'd', 1u << 20);
	memcpy(text + 9 + (1u << 20), "\\\"}", 4);
	use_begin(&u, *state, "confluent", "");
	server_has(*state, ".", "large", 1, 1, text, ",{\"schemaType\":\"JSON\"}");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	want = use_take_lines(&u);
	use_end(&u);
	use_begin(&u, *state, "confluent", "");
	restored(&u, &want);
	use_end(&u);
	line_set_release(&want);
	free(text);
}

static void
many_are_sent_eight_at_a_time(void **state)
{
	struct line_set want;
	uint64_t began;
	struct use u;

	use_begin(&u, *state, "confluent", "");
	server_order(*state, "{\"many\":[200,1]}");
	use_capture(&u);
	want = use_take_lines(&u);
	use_end(&u);
	use_begin(&u, *state, "confluent", ",\"latency_ms\":20");
	began = u.loop.now_ms(NULL);
	restored(&u, &want);
	/* 200 registrations and 200 ids one by one would be 8 s, and twice 400 settings 16 s */
	assert_true(u.loop.now_ms(NULL) - began < 8000);
	use_end(&u);
	line_set_release(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_comes_back_and_twice_is_once),
		cmocka_unit_test(references_come_first_versions_in_order_and_deletions_last),
		cmocka_unit_test(a_restore_that_is_cut_short_goes_on),
		cmocka_unit_test(modes_that_a_killed_restore_left_come_back),
		cmocka_unit_test(a_lost_answer_is_looked_for),
		cmocka_unit_test(a_registry_that_was_read_only_is_so_again_and_last),
		cmocka_unit_test(what_is_dropped_is_found_by_reading_back),
		cmocka_unit_test(a_registry_without_import_is_left_alone),
		cmocka_unit_test(import_that_is_refused_is_named),
		cmocka_unit_test(a_registry_in_use_is_not_written_to),
		cmocka_unit_test(beside_what_is_there_only_what_is_missing_is_created),
		cmocka_unit_test(what_a_client_registered_the_same_is_fine),
		cmocka_unit_test(circles_and_missing_references_are_named_and_the_rest_goes_on),
		cmocka_unit_test(one_that_is_refused_stops_no_other),
		cmocka_unit_test(authorisation_that_is_lost_ends_the_sending),
		cmocka_unit_test(a_large_schema_comes_back),
		cmocka_unit_test(many_are_sent_eight_at_a_time),
	};

	return cmocka_run_group_tests(tests, server_begin, server_end);
}
