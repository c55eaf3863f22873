/* t_store_azure.c - a container of Azure's: what is sent, what answers mean, lists that begin at the first name */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "tests/unit/cloud_fixture.h"

#define BODY "0123456789"

static struct fixture *
visit(void **state, const char *lies, enum credentials_source source)
{
	struct store_azure_options o = cloud_azure_options(*state);
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	o.credentials.source = source;
	cloud_fake_be(*state, lies);
	cloud_fixture_open_azure(f, &o);
	return f;
}

static int
put_one(struct fixture *f)
{
	return fixture_put(f, "orders/s/one", BODY, strlen(BODY));
}

static int
get_one(struct fixture *f)
{
	return fixture_get(f, "orders/s/one", 0, 0, 100);
}

/* ---- what is sent ---- */

static void
a_put_is_conditional_and_has_its_sum(void **state)
{
	struct fixture *f = visit(state, "", CREDENTIALS_SHARED_KEY);
	const char *seen;

	assert_int_equal(put_one(f), 0);
	seen = cloud_fake_seen(*state);
	assert_non_null(strstr(seen, "PUT /account/bucket/backups/kafka/orders/s/one HTTP"));
	assert_non_null(strstr(seen, "|if-none-match: *|"));
	assert_non_null(strstr(seen, "|x-ms-blob-type: BlockBlob|"));
	assert_non_null(strstr(seen, "|x-ms-content-crc64: "));
	assert_non_null(strstr(seen, "SharedKey account:"));
	cloud_leave(f);
}

static void
a_sas_is_sent_with_each_request_and_shown_nowhere(void **state)
{
	static const char *const errors[] = { "\"error\":\"403 AuthenticationFailed x\"",
		                              "\"error\":\"403 AuthorizationPermissionMismatch x\"",
		                              "\"error\":\"400 SomethingNew x\"", "\"no_bucket\":true",
		                              "\"xml\":\"<html/>\"", "\"busy\":-1" };
	struct fixture *f = visit(state, "", CREDENTIALS_SAS);
	const char *seen;

	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	seen = cloud_fake_seen(*state);
	assert_non_null(strstr(seen, "/one?" CLOUD_SAS " HTTP"));
	assert_non_null(strstr(seen, "restype=container&" CLOUD_SAS " HTTP"));
	assert_null(strstr(seen, "uthorization"));
	for (size_t i = 0; i < LENGTH(errors); i++) {
		cloud_fake_be(*state, errors[i]);
		f->loop.deadline_ms = loop_now_ms(&f->loop) + 3000;
		assert_int_not_equal(fixture_list(f, "orders/s", "", 10), 0);
		cloud_says(f, f->err.code, "http://127.0.0.1:");
	}
	cloud_leave(f);
}

static void
options_that_make_no_sense_are_refused(void **state)
{
	struct store_azure_options o = cloud_azure_options(*state);
	struct secret *rubbish = secret_new("hunter2!", 8), *blank = secret_new("sv=1&sig=hunter2 x", 18);
	struct store *s = NULL;
	struct loop l;
	struct err e;

	assert_int_equal(loop_init(&l, &e), 0);
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "needs account_key"));
	o.credentials.secret = rubbish;
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "base64"));
	assert_null(strstr(e.text, "hunter2"));
	o.credentials.source = CREDENTIALS_SAS;
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "needs sas_token"));
	o.credentials.token = rubbish;
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	o.credentials.token = blank;
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	assert_null(strstr(e.text, "hunter2"));
	o.container = "";
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	o.account = NULL;
	assert_int_equal(store_azure_open(&l, &o, &s, &e), ERR_CONFIG);
	secret_free(rubbish);
	secret_free(blank);
	assert_true(loop_release(&l));
}

/* ---- bad days ---- */

static void
a_put_whose_answer_was_lost_is_known_again(void **state)
{
	struct fixture *f = visit(state, "\"lost\":1", CREDENTIALS_SHARED_KEY);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	cloud_fake_now(*state, "\"lost\":1");
	assert_int_equal(fixture_put(f, "orders/s/one", "another's", 9), ERR_EXISTS);
	cloud_says(f, ERR_EXISTS, "backups/kafka/orders/s/one is in container bucket at");
	cloud_leave(f);
}

/* Of a container whose objects nobody may change Azure says that, and not that one is there. */
static void
a_put_cut_after_any_byte_is_whole_in_the_end(void **state)
{
	struct fixture *f = visit(state, "", CREDENTIALS_SHARED_KEY);

	cloud_puts_are_cut(*state, f, 32, 1);
	cloud_leave(f);
}

static void
an_object_that_a_policy_keeps_is_one_that_is_there(void **state)
{
	struct fixture *f = visit(state, "\"lost\":1,\"versions\":true", CREDENTIALS_SHARED_KEY);

	assert_int_equal(put_one(f), 0);
	cloud_fake_now(*state, "\"error\":\"409 BlobImmutableDueToPolicy x\"");
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_OPERATOR);
	cloud_says(f, ERR_OPERATOR, "a policy of the container keeps it unchanged");
	cloud_leave(f);
}

static void
a_storm_of_503_is_waited_out_and_a_conflict_too(void **state)
{
	struct fixture *f = visit(state, "\"busy\":3,\"conflict\":1", CREDENTIALS_SHARED_KEY);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 5);
	assert_int_equal(get_one(f), 0);
	assert_memory_equal(f->bytes, BODY, 10);
	cloud_leave(f);
}

static void
nothing_final_is_tried_again(void **state)
{
	static const struct {
		const char *lies;
		int         code;
		const char *words;
	} cases[] = {
		{ "\"error\":\"403 AuthenticationFailed x\"", ERR_DENIED, "the account key is another account's" },
		{ "\"error\":\"403 AuthorizationFailure x\"", ERR_DENIED, "firewall" },
		{ "\"error\":\"403 KeyBasedAuthenticationNotPermitted x\"", ERR_DENIED, "use managed_identity" },
		{ "\"error\":\"404 ResourceNotFound x\"", ERR_CONFIG, "correct store.container" },
		{ "\"error\":\"409 ContainerBeingDeleted x\"", ERR_CONFIG, "is being deleted" },
		{ "\"error\":\"409 BlobArchived x\"", ERR_OPERATOR, "rehydrate" },
		{ "\"error\":\"403 AccountIsDisabled x\"", ERR_OPERATOR, "was closed" },
		{ "\"error\":\"400 SomethingNew x\"", ERR_FAILED, "400 SomethingNew" },
		{ "\"error\":\"409 SomethingNew x\"", ERR_FAILED, "409 SomethingNew" },
		{ "\"error\":\"400 SECRETx7/+= x\"", ERR_FAILED, "answers 400" }, /* not shown: it may be a secret */
		{ "\"redirect\":\"http://127.0.0.1:1/stolen\"", ERR_CONFIG, "redirects are not followed" },
		{ "\"no_bucket\":true", ERR_CONFIG, "there is no such container" },
		{ "\"deny\":[\"get\"]", ERR_DENIED,
		  "the configured account key may not do that: grant it the right to read" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, cases[i].lies, CREDENTIALS_SHARED_KEY);

		assert_int_equal(get_one(f), cases[i].code);
		cloud_says(f, cases[i].code, cases[i].words);
		assert_int_equal(cloud_fake_count(*state, "GET"), 1);
		cloud_leave(f);
	}
}

static void
a_clock_that_is_off_is_corrected_once(void **state)
{
	struct fixture *f = visit(state, "\"skew\":3600", CREDENTIALS_SHARED_KEY);

	assert_int_equal(put_one(f), 0);
	assert_in_range(f->store->facts.clock_ahead_s, -3605, -3595);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	assert_int_equal(get_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "GET"), 1);
	cloud_fake_now(*state, "\"skew\":0,\"error\":\"403 AuthenticationFailed x\"");
	assert_int_equal(get_one(f), ERR_DENIED); /* with the right clock it is refused too */
	cloud_leave(f);
}

/* ---- check ---- */

static void
check_proves_what_the_container_honours(void **state)
{
	static const struct {
		const char *lies;
		bool        exclusive, sums, keeps_removed;
	} cases[] = {
		{ "", true, true, false },
		{ "\"condition\":\"ignored\"", false, true, false },
		{ "\"condition\":\"refused\"", false, true, false },
		{ "\"sum\":true", true, false, false },
		{ "\"versions\":true", true, true, true },
		{ "\"lost\":1", true, true, false },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, cases[i].lies, CREDENTIALS_SHARED_KEY);

		if (fixture_check(f) != 0)
			fail_msg("%s: %s", cases[i].lies, f->err.text);
		assert_true(f->store->facts.checked);
		assert_int_equal(f->store->facts.exclusive, cases[i].exclusive);
		assert_int_equal(f->store->facts.sums, cases[i].sums);
		assert_int_equal(f->store->facts.keeps_removed, cases[i].keeps_removed);
		assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
		cloud_leave(f);
	}
}

static void
check_says_which_right_is_missing_and_what_it_had_to_leave(void **state)
{
	struct fixture *f = visit(state, "\"deny\":[\"list\"]", CREDENTIALS_SAS);

	assert_int_equal(fixture_check(f), ERR_DENIED);
	cloud_says(f, ERR_DENIED, "the configured SAS may not do that: grant it the right to list");
	cloud_leave(f);
	f = visit(state, "\"deny\":[\"get\"]", CREDENTIALS_SAS);
	assert_int_equal(fixture_check(f), ERR_DENIED);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
	f = visit(state, "\"deny\":[\"delete\"]", CREDENTIALS_SAS);
	assert_int_equal(fixture_check(f), ERR_DENIED);
	cloud_says(f, ERR_DENIED, "a probe is left in the store");
	cloud_leave(f);
	f = visit(state, "\"stale\":true", CREDENTIALS_SHARED_KEY);
	assert_int_equal(fixture_check(f), ERR_CONFIG);
	cloud_says(f, ERR_CONFIG, "does not list what was just written");
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
}

/* ---- lists ---- */

static void
fill(void **state, unsigned count)
{
	char key[64];

	for (unsigned i = 0; i < count; i++) {
		(void)snprintf(key, sizeof key, "backups/kafka/orders/s/%05u", i);
		cloud_fake_put(*state, key);
	}
}

static void
a_list_goes_on_where_the_last_one_ended(void **state)
{
	struct fixture *f = visit(state, "", CREDENTIALS_SHARED_KEY);
	char after[8] = "";

	fill(state, 9);
	(void)cloud_fake_seen(*state);
	for (unsigned i = 0; i < 9; i += 3) {
		assert_int_equal(fixture_list(f, "orders/s", after, 3), 0);
		assert_int_equal(f->count, 3);
		assert_int_equal(f->more != 0, i < 6);
		(void)snprintf(after, sizeof after, "%05u", i + 2);
		assert_string_equal(f->names[2], after);
	}
	assert_int_equal(cloud_fake_count(*state, "GET"), 3);
	cloud_leave(f);
}

/* What is put between the place where a list ended and the name that it would go on with is listed. */
static void
what_is_put_meanwhile_is_listed(void **state)
{
	struct fixture *f = visit(state, "", CREDENTIALS_SHARED_KEY);

	fill(state, 6);
	assert_int_equal(fixture_list(f, "orders/s", "", 3), 0);
	assert_int_equal(fixture_put(f, "orders/s/00002-new", "1", 1), 0);
	assert_int_equal(fixture_list(f, "orders/s", "00002", 3), 0);
	assert_int_equal(f->count, 3);
	assert_string_equal(f->names[0], "00002-new");
	assert_string_equal(f->names[2], "00004");
	assert_true(f->more);
	cloud_leave(f);
}

static void
a_list_behind_a_name_passes_over_those_before_it_page_by_page(void **state)
{
	struct fixture *f = visit(state, "", CREDENTIALS_SHARED_KEY);

	fill(state, 2500);
	(void)cloud_fake_seen(*state);
	assert_int_equal(fixture_list(f, "orders/s", "02199x", 100), 0);
	assert_int_equal(f->count, 100);
	assert_string_equal(f->names[0], "02200");
	assert_string_equal(f->names[99], "02299");
	assert_true(f->more);
	assert_int_equal(cloud_fake_count(*state, "GET"), 3);
	assert_int_equal(fixture_list(f, "orders/s", "02299", 1000), 0); /* that one was cut */
	assert_int_equal(f->count, 200);
	assert_false(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "02499", 1000), 0);
	assert_int_equal(f->count, 0);
	assert_false(f->more);
	cloud_leave(f);
}

static void
a_marker_behind_which_there_is_nothing_ends_a_list(void **state)
{
	struct fixture *f = visit(state, "\"spare_page\":true", CREDENTIALS_SHARED_KEY);

	fill(state, 3);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 3);
	assert_false(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "00002", 10), 0);
	assert_int_equal(f->count, 0);
	assert_false(f->more);
	cloud_leave(f);
}

static void
lists_that_are_not_as_they_must_be_are_refused(void **state)
{
	static const struct {
		const char *lies, *words;
	} cases[] = {
		{ "\"max\":true", "more names than were asked for" },
		{ "\"prefix\":true", "names of other folders" },
		{ "\"order\":true", "not in the order of their bytes" },
		{ "\"marker\":true", "not in the order of their bytes" },
		{ "\"xml\":\"<ListBucketResult/>\"", "is this an endpoint of Azure's Blob service?" },
		{ "\"xml\":\"hello\"", "no such XML" },
		{ "\"xml\":\"<!DOCTYPE x [<!ENTITY a 'b'>]><EnumerationResults>&a;</EnumerationResults>\"", "DOCTYPE" },
		{ "\"xml\":\"<EnumerationResults><Blobs><Blob><Name>a\"", "its end comes too early" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, "", CREDENTIALS_SHARED_KEY);

		fill(state, 1500);
		cloud_fake_put(*state, "aaa");
		cloud_fake_put(*state, "zzz");
		cloud_fake_now(*state, cases[i].lies);
		assert_int_equal(fixture_list(f, "orders/s", "01400", 1), ERR_CORRUPT);
		cloud_says(f, ERR_CORRUPT, cases[i].words);
		cloud_leave(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_put_is_conditional_and_has_its_sum),
		cmocka_unit_test(a_sas_is_sent_with_each_request_and_shown_nowhere),
		cmocka_unit_test(options_that_make_no_sense_are_refused),
		cmocka_unit_test(a_put_whose_answer_was_lost_is_known_again),
		cmocka_unit_test(a_put_cut_after_any_byte_is_whole_in_the_end),
		cmocka_unit_test(an_object_that_a_policy_keeps_is_one_that_is_there),
		cmocka_unit_test(a_storm_of_503_is_waited_out_and_a_conflict_too),
		cmocka_unit_test(nothing_final_is_tried_again),
		cmocka_unit_test(a_clock_that_is_off_is_corrected_once),
		cmocka_unit_test(check_proves_what_the_container_honours),
		cmocka_unit_test(check_says_which_right_is_missing_and_what_it_had_to_leave),
		cmocka_unit_test(a_list_goes_on_where_the_last_one_ended),
		cmocka_unit_test(what_is_put_meanwhile_is_listed),
		cmocka_unit_test(a_list_behind_a_name_passes_over_those_before_it_page_by_page),
		cmocka_unit_test(a_marker_behind_which_there_is_nothing_ends_a_list),
		cmocka_unit_test(lists_that_are_not_as_they_must_be_are_refused),
	};

	return cmocka_run_group_tests_name("azure", tests, cloud_fake_start, cloud_fake_stop);
}
