/* t_store_gcs.c - a bucket of Google's by its JSON interface: what is sent, what answers mean, its lists */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "tests/unit/cloud_fixture.h"

#define BODY "0123456789"

static struct fixture *
visit(void **state, const char *lies, const char *storage_class)
{
	struct store_gcs_options o = cloud_gcs_options(*state);
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	o.storage_class = storage_class;
	cloud_fake_be(*state, lies);
	cloud_fixture_open_gcs(f, &o);
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
a_put_is_conditional_and_has_its_sum_beside_the_bytes(void **state)
{
	struct fixture *f = visit(state, "", "NEARLINE");
	const char *seen;

	assert_int_equal(put_one(f), 0);
	seen = cloud_fake_seen(*state);
	assert_non_null(strstr(seen, "POST /upload/storage/v1/b/bucket/o?uploadType=multipart&fields=size"
	                             "&ifGenerationMatch=0 HTTP"));
	assert_non_null(strstr(seen, "|authorization: Bearer TOKEN1|"));
	assert_non_null(strstr(seen, "\\\"name\\\": \\\"backups/kafka/orders/s/one\\\""));
	assert_non_null(strstr(seen, "\\\"crc32c\\\": \\\"KAwGng==\\\"")); /* of "0123456789": 0x280c069e */
	assert_non_null(strstr(seen, "\\\"storageClass\\\": \\\"NEARLINE\\\""));
	assert_null(strstr(seen, "x-amz-"));
	assert_null(strstr(seen, "x-goog-"));
	cloud_leave(f);
}

/* The bytes may be whatever they like: what is around them is not looked for in them. */
static void
bytes_that_look_like_what_is_around_them_come_back(void **state)
{
	static const char body[] = "\r\n--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--\r\n";
	struct fixture *f = visit(state, "", NULL);

	assert_int_equal(fixture_put(f, "orders/s/one", body, sizeof body), 0); /* with its NUL */
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 1000), 0);
	assert_int_equal(f->len, sizeof body);
	assert_memory_equal(f->bytes, body, sizeof body);
	cloud_leave(f);
}

/* ---- bad days ---- */

static void
a_put_whose_answer_was_lost_is_known_again(void **state)
{
	struct fixture *f = visit(state, "\"lost\":1", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "POST"), 2);
	cloud_fake_now(*state, "\"lost\":1");
	assert_int_equal(fixture_put(f, "orders/s/one", "another's", 9), ERR_EXISTS);
	cloud_says(f, ERR_EXISTS, "backups/kafka/orders/s/one is in bucket bucket at");
	cloud_leave(f);
}

static void
a_put_cut_after_some_bytes_is_whole_in_the_end(void **state)
{
	struct fixture *f = visit(state, "", NULL);

	cloud_puts_are_cut(*state, f, 420, 10); /* of the object, and of what is around it */
	cloud_leave(f);
}

static void
a_storm_of_503_is_waited_out_and_a_conflict_too(void **state)
{
	struct fixture *f = visit(state, "\"busy\":3,\"conflict\":1", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "POST"), 5);
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
		{ "\"error\":\"403 accountDisabled x\"", ERR_OPERATOR, "was closed" },
		{ "\"error\":\"403 quotaExceeded x\"", ERR_OPERATOR, "quota" },
		{ "\"error\":\"400 userProjectMissing x\"", ERR_CONFIG, "requesters pay" },
		{ "\"error\":\"400 somethingNew x\"", ERR_FAILED, "400 somethingNew" },
		{ "\"error\":\"400 SECRETx7/+= x\"", ERR_FAILED, "answers 400" }, /* not shown: it may be a secret */
		{ "\"redirect\":\"http://127.0.0.1:1/stolen\"", ERR_CONFIG, "redirects are not followed" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, cases[i].lies, NULL);

		assert_int_equal(get_one(f), cases[i].code);
		cloud_says(f, cases[i].code, cases[i].words);
		assert_int_equal(cloud_fake_count(*state, "GET"), 2); /* one of them for the token */
		cloud_leave(f);
	}
}

/* A new token would not help, but that shows only when one was tried. */
static void
a_right_that_is_missing_is_named(void **state)
{
	struct fixture *f = visit(state, "\"deny\":[\"get\",\"put\",\"delete\",\"list\"]", NULL);

	assert_int_equal(get_one(f), ERR_DENIED);
	cloud_says(f, ERR_DENIED, "may not do that: grant it storage.objects.get");
	assert_int_equal(put_one(f), ERR_DENIED);
	cloud_says(f, ERR_DENIED, "grant it storage.objects.create");
	assert_int_equal(fixture_delete(f, "orders/s/one"), ERR_DENIED);
	cloud_says(f, ERR_DENIED, "grant it storage.objects.delete");
	assert_int_equal(fixture_list(f, "orders/s", "", 1), ERR_DENIED);
	cloud_says(f, ERR_DENIED, "grant it storage.objects.list");
	assert_int_equal(cloud_fake_count(*state, "GET"), 2 + 3); /* two tokens, a read twice, a list once */
	cloud_leave(f);
}

static void
a_bucket_that_is_not_there_is_no_empty_store(void **state)
{
	struct fixture *f = visit(state, "\"no_bucket\":true", NULL);

	assert_int_equal(fixture_list(f, "orders/s", "", 1), ERR_CONFIG);
	cloud_says(f, ERR_CONFIG, "there is no such bucket: correct store.bucket");
	assert_int_equal(put_one(f), ERR_CONFIG);
	assert_int_equal(get_one(f), ERR_MISSING);
	cloud_leave(f);
}

static void
check_proves_what_the_bucket_honours(void **state)
{
	static const struct {
		const char *lies;
		bool        exclusive, sums;
	} cases[] = {
		{ "", true, true },
		{ "\"condition\":\"ignored\"", false, true },
		{ "\"condition\":\"refused\"", false, true },
		{ "\"sum\":true", true, false },
		{ "\"lost\":1", true, true },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, cases[i].lies, "NEARLINE");

		if (fixture_check(f) != 0)
			fail_msg("%s: %s", cases[i].lies, f->err.text);
		assert_true(f->store->facts.checked);
		assert_int_equal(f->store->facts.exclusive, cases[i].exclusive);
		assert_int_equal(f->store->facts.sums, cases[i].sums);
		assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
		assert_null(strstr(cloud_fake_seen(*state), "NEARLINE")); /* which is paid for a month */
		cloud_leave(f);
	}
}

static void
check_refuses_what_cannot_be_relied_on(void **state)
{
	static const struct {
		const char *lies;
		int         code;
		const char *words;
	} cases[] = {
		{ "\"stale\":true", ERR_CONFIG, "does not list what was just written" },
		{ "\"flip\":true", ERR_CORRUPT, "reads back otherwise" },
		{ "\"deny\":[\"list\"]", ERR_DENIED, "grant it storage.objects.list" },
		{ "\"deny\":[\"delete\"]", ERR_DENIED, "a probe is left in the store" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, cases[i].lies, NULL);

		assert_int_equal(fixture_check(f), cases[i].code);
		cloud_says(f, cases[i].code, cases[i].words);
		if (strstr(cases[i].lies, "delete") == NULL)
			assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
		cloud_leave(f);
	}
}

/* ---- lists ---- */

static void
pages_go_on_behind_a_name(void **state)
{
	struct fixture *f = visit(state, "", NULL);
	char key[64];

	for (unsigned i = 0; i < 1200; i++) {
		(void)snprintf(key, sizeof key, "backups/kafka/orders/s/%04u", i);
		cloud_fake_put(*state, key);
	}
	assert_int_equal(fixture_list(f, "orders/s", "", 5000), 0);
	assert_int_equal(f->count, 1000);
	assert_true(f->more);
	(void)cloud_fake_seen(*state);
	assert_int_equal(fixture_list(f, "orders/s", "0999", 1000), 0);
	assert_int_equal(f->count, 200);
	assert_string_equal(f->names[0], "1000");
	assert_false(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "0500", 100), 0); /* with one more, for the name itself */
	assert_int_equal(f->count, 100);
	assert_string_equal(f->names[0], "0501");
	assert_true(f->more);
	assert_int_equal(fixture_list(f, "orders/s", "0500x", 100), 0);
	assert_int_equal(f->count, 100);
	assert_string_equal(f->names[99], "0600");
	assert_true(f->more);
	assert_int_equal(cloud_fake_count(*state, "GET"), 3);
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
		{ "\"json\":\"hello\"", "Cloud Storage?" },
		{ "\"json\":\"[]\"", "Cloud Storage?" },
		{ "\"json\":\"{\\\"kind\\\":\\\"storage#object\\\"}\"", "Cloud Storage?" },
		{ "\"json\":\"{\\\"kind\\\":\\\"storage#objects\\\",\\\"items\\\":[{}]}\"", "without a name" },
		{ "\"json\":\"{\\\"kind\\\":\\\"storage#objects\\\",\\\"items\\\":[[]]}\"", "without a name" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = visit(state, "", NULL);

		assert_int_equal(fixture_put(f, "orders/s/a", "1", 1), 0);
		assert_int_equal(fixture_put(f, "orders/s/b", "1", 1), 0);
		cloud_fake_put(*state, "aaa");
		cloud_fake_put(*state, "zzz");
		cloud_fake_now(*state, cases[i].lies);
		assert_int_equal(fixture_list(f, "orders/s", "", i == 0 ? 1 : 10), ERR_CORRUPT);
		cloud_says(f, ERR_CORRUPT, cases[i].words);
		cloud_leave(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_put_is_conditional_and_has_its_sum_beside_the_bytes),
		cmocka_unit_test(bytes_that_look_like_what_is_around_them_come_back),
		cmocka_unit_test(a_put_whose_answer_was_lost_is_known_again),
		cmocka_unit_test(a_put_cut_after_some_bytes_is_whole_in_the_end),
		cmocka_unit_test(a_storm_of_503_is_waited_out_and_a_conflict_too),
		cmocka_unit_test(nothing_final_is_tried_again),
		cmocka_unit_test(a_right_that_is_missing_is_named),
		cmocka_unit_test(a_bucket_that_is_not_there_is_no_empty_store),
		cmocka_unit_test(check_proves_what_the_bucket_honours),
		cmocka_unit_test(check_refuses_what_cannot_be_relied_on),
		cmocka_unit_test(pages_go_on_behind_a_name),
		cmocka_unit_test(lists_that_are_not_as_they_must_be_are_refused),
	};

	return cmocka_run_group_tests_name("gcs", tests, cloud_fake_start, cloud_fake_stop);
}
