/* t_connectors.c - capture of connectors from a worker on good and on bad days */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "core/connect/rest.h"
#include "connect_fixture.h"

static void
has(struct worker *w, const char *name, const char *file, const char *more)
{
	worker_order(w,
	             "{\"has\":{\"%s\":{\"config\":{\"file\":\"%s\",\"password\":\"" SECRET
	             "\",\"connector.class\":\"x.Y\"},%s}}}",
	             name, file, more);
}

static void
assert_said(const struct use *u, int code, const char *words)
{
	if (u->rc != code || strstr(u->err.text, words) == NULL)
		print_error("%s: %s\n", err_name(u->rc), u->err.text);
	assert_int_equal(u->rc, code);
	assert_non_null(strstr(u->err.text, words));
}

/* ---- good days ---- */

static void
configs_are_verbatim_and_canonical(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.3.1");
	worker_order(*state, "{\"has\":{\"b \\u00fc\":{\"config\":{\"z\":\"${file:/x:y}\",\"a\":\"" SECRET
	             "\",\"n\":null},\"state\":\"STOPPED\"}}}");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.connect.version, 4003);
	assert_int_equal(u.lines.count, 1);
	assert_string_equal(use_value(&u, "b \xc3\xbc"),
	                    "{\"config\":{\"a\":\"" SECRET
	                    "\",\"n\":null,\"z\":\"${file:/x:y}\"},\"state\":\"STOPPED\"}");
	use_end(&u);
}

static void
no_connectors_are_captured_as_none(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, 0);
	use_end(&u);
}

static void
how_a_connector_fares_is_not_its_state(void **state)
{
	static const char *const states[][2] = {
		{ "RUNNING", "RUNNING" },    { "PAUSED", "PAUSED" },      { "STOPPED", "STOPPED" },
		{ "UNASSIGNED", "RUNNING" }, { "RESTARTING", "RUNNING" }, { "FAILED", "RUNNING" },
	};
	char more[64], name[2] = "a", expected[200];
	struct use u;
	size_t i;

	use_begin(&u, *state, "4.1.0");
	for (i = 0; i < LENGTH(states); i++) {
		name[0] = (char)('a' + i);
		(void)snprintf(more, sizeof more, "\"state\":\"%s\"", states[i][0]);
		has(*state, name, "f", more);
	}
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	for (i = 0; i < LENGTH(states); i++) {
		name[0] = (char)('a' + i);
		(void)snprintf(expected, sizeof expected, "{\"config\":" CONFIG("f") ",\"state\":\"%s\"}",
		               states[i][1]);
		assert_string_equal(use_value(&u, name), expected);
	}
	use_end(&u);
}

/* ---- a list that lacks something ---- */

static void
a_connector_without_a_status_yet_is_waited_for(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	has(*state, "a", "f", "\"state\":\"RUNNING\"");
	has(*state, "new", "f", "\"state\":\"RUNNING\",\"shown\":2");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, 2);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "expand=info"), 3);
	use_end(&u);
}

static void
lists_that_never_agree_are_no_capture(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	has(*state, "a", "f", "\"state\":\"RUNNING\"");
	has(*state, "hidden", "f", "\"state\":\"RUNNING\",\"shown\":1000");
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "connector hidden");
	use_end(&u);
}

static void
a_list_that_lacks_what_is_described_is_no_capture(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	has(*state, "a", "f", "\"state\":\"RUNNING\"");
	worker_order(*state, "{\"next\":[\"GET\",\"/connectors\",{\"body\":\"[]\"}],\"times\":1000}");
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "names 0 connectors, and it describes 1");
	use_end(&u);
}

static void
a_rebalance_is_waited_for(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	has(*state, "a", "f", "\"state\":\"RUNNING\"");
	worker_order(*state, "{\"next\":[\"GET\",\"/connectors\",{\"status\":409,\"message\":\"Cannot "
	                     "complete request because of a conflicting operation\"}],\"times\":2}");
	use_capture(&u);
	assert_int_equal(u.rc, 0);
	assert_int_equal(u.lines.count, 1);
	use_end(&u);
}

static void
a_rebalance_without_end_is_no_capture(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	worker_order(*state, "{\"next\":[\"GET\",\"/connectors\",{\"status\":409,\"message\":\"" SECRET
	             "\"}],\"times\":1000}");
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "rebalancing");
	use_end(&u);
}

static void
the_deadline_ends_the_waiting(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	u.deadline_after_ms = 300;
	has(*state, "hidden", "f", "\"state\":\"RUNNING\",\"shown\":1000");
	use_capture(&u);
	if (u.rc != ERR_DEADLINE) /* in the middle of a request; else what is known is said */
		assert_said(&u, ERR_AGAIN, "connector hidden");
	(void)worker_seen(*state);
	assert_in_range(worker_count(*state, "expand=info"), 1, 5);
	use_end(&u);
}

/* ---- the wrong worker ---- */

static void
the_worker_of_another_cluster_is_refused(void **state)
{
	struct use u;

	use_begin(&u, *state, "4.1.0");
	u.connect.cluster = "another";
	has(*state, "a", "f", "\"state\":\"RUNNING\"");
	use_capture(&u);
	assert_said(&u, ERR_AGAIN, "outlived its cluster");
	assert_int_equal(u.lines.count, 0);
	(void)worker_seen(*state);
	assert_int_equal(worker_count(*state, "/connectors"), 0);
	use_end(&u);
}

static void
what_is_no_worker_is_said(void **state)
{
	static const struct {
		const char *path, *answer;
		int code;
		const char *words;
	} cases[] = {
		{ "/", "{\"status\":404}", ERR_AGAIN, "starting" },
		{ "/", "{\"status\":500,\"message\":\"" SECRET "\"}", ERR_AGAIN, "500" },
		{ "/", "{\"status\":401,\"message\":\"" SECRET "\"}", ERR_DENIED, "401" },
		{ "/", "{\"body\":\"<p>" SECRET "</p>\",\"type\":\"text/html\"}", ERR_CORRUPT, "text/html" },
		{ "/", "{\"body\":\"{\\\"version\\\":\\\"1\\\"}\"}", ERR_AGAIN, "does not know" },
		{ "/", "{\"body\":\"{\\\"x\\\":\\\"" SECRET "\\\"}\"}", ERR_CORRUPT, "no version" },
		{ "/", "{\"body\":\"[]\"}", ERR_CORRUPT, "no version" },
		{ "/connectors", "{\"status\":500,\"message\":\"" SECRET "\"}", ERR_AGAIN, "500" },
		{ "/connectors", "{\"status\":403,\"message\":\"" SECRET "\"}", ERR_DENIED, "403" },
		{ "/connectors", "{\"body\":\"{}\"}", ERR_CORRUPT, "not as Connect" },
		{ "/connectors", "{\"body\":\"[1]\"}", ERR_CORRUPT, "not one of names" },
		{ "/connectors", "{\"body\":\"[\\\"" SECRET "\"}", ERR_CORRUPT, "line 1" },
		{ "/connectors", "{\"how\":\"truncated\"}", ERR_AGAIN, "GET" },
		{ "/connectors", "{\"how\":\"close\"}", ERR_AGAIN, "GET" },
		{ "/connectors", "{\"how\":\"huge\"}", ERR_CORRUPT, "GET" },
		{ "/connectors?expand=info&expand=status", "{\"how\":\"drip\"}", ERR_AGAIN, "GET" },
		{ "/connectors?expand=info&expand=status", "{\"how\":\"truncated\"}", ERR_AGAIN, "GET" },
		{ "/connectors?expand=info&expand=status", "{\"body\":\"<p>\",\"type\":\"text/html\"}",
		  ERR_CORRUPT, "text/html" },
		{ "/connectors?expand=info&expand=status", "{\"body\":\"{\\\"a\\\":{\\\"info\\\":{}}}\"}",
		  ERR_CORRUPT, "connector a" },
		{ "/connectors?expand=info&expand=status",
		  "{\"body\":\"{\\\"a\\\":{\\\"info\\\":{\\\"config\\\":{\\\"x\\\":[\\\"" SECRET
		  "\\\"]}},\\\"status\\\":{\\\"connector\\\":{\\\"state\\\":\\\"RUNNING\\\"}}}}\"}",
		  ERR_CORRUPT, "connector a" },
	};
	struct use u;
	size_t i;

	for (i = 0; i < LENGTH(cases); i++) {
		use_begin(&u, *state, "4.1.0");
		has(*state, "a", "f", "\"state\":\"RUNNING\"");
		worker_order(*state, "{\"next\":[\"GET\",\"%s\",%s],\"times\":1000}", cases[i].path,
		             cases[i].answer);
		use_capture(&u);
		assert_said(&u, cases[i].code, cases[i].words);
		use_end(&u);
	}
}

static void
versions_are_those_of_kafka(void **state)
{
	(void)state;
	assert_int_equal(connect_version("4.3.1"), 4003);
	assert_int_equal(connect_version("3.10.0-SNAPSHOT"), 3010);
	assert_int_equal(connect_version("7.5.1-ccs"), 3005);
	assert_int_equal(connect_version("8.0.0-ce"), 4000);
	assert_int_equal(connect_version("6.2.0-ccs"), 1);
	assert_int_equal(connect_version("4"), 4000);
	assert_int_equal(connect_version(""), 1);
	assert_int_equal(connect_version("unknown"), 1);
	assert_int_equal(connect_version("99999999999999999999.1"), 1);
}

static void
names_are_encoded_in_paths(void **state)
{
	struct buf path;

	(void)state;
	buf_init(&path, 100);
	connect_path(&path, "a/b ?%\xc3\xbc-._~Z", "/status");
	assert_string_equal(buf_text(&path), "/connectors/a%2Fb%20%3F%25%C3%BC-._~Z/status");
	buf_release(&path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(configs_are_verbatim_and_canonical),
		cmocka_unit_test(no_connectors_are_captured_as_none),
		cmocka_unit_test(how_a_connector_fares_is_not_its_state),
		cmocka_unit_test(a_connector_without_a_status_yet_is_waited_for),
		cmocka_unit_test(lists_that_never_agree_are_no_capture),
		cmocka_unit_test(a_list_that_lacks_what_is_described_is_no_capture),
		cmocka_unit_test(a_rebalance_is_waited_for),
		cmocka_unit_test(a_rebalance_without_end_is_no_capture),
		cmocka_unit_test(the_deadline_ends_the_waiting),
		cmocka_unit_test(the_worker_of_another_cluster_is_refused),
		cmocka_unit_test(what_is_no_worker_is_said),
		cmocka_unit_test(versions_are_those_of_kafka),
		cmocka_unit_test(names_are_encoded_in_paths),
	};

	return cmocka_run_group_tests(tests, worker_begin, worker_end);
}
