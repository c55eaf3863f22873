/* t_store_cloud_lists.c - lists of an object store that are believed, and what its check proves */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "core/store/cloud.h"
#include "tests/unit/cloud_fixture.h"

#define BODY "0123456789"

static int
put_one(struct fixture *f)
{
	return fixture_put(f, "orders/s/one", BODY, strlen(BODY));
}

/* ---- lists ---- */

static void
list_is_refused(void **state, const char *lies, const char *words)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	cloud_fake_put(*state, "zzz");
	assert_int_equal(fixture_put(f, "orders/s/a", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/b", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/c", "1", 1), 0);
	cloud_fake_now(*state, lies);
	assert_int_equal(fixture_list(f, "orders/s", "a", 1), ERR_CORRUPT);
	cloud_says(f, ERR_CORRUPT, words);
	cloud_leave(f);
}

static void
lists_that_are_not_as_they_must_be_are_refused(void **state)
{
	list_is_refused(state, "\"max\":true", "more names than were asked for");
	list_is_refused(state, "\"prefix\":true", "names of other folders");
	list_is_refused(state, "\"after\":true", "names before the one to begin behind");
	list_is_refused(state, "\"xml\":\"<html><body>hello</body></html>\"", "is this an S3 endpoint?");
	list_is_refused(state, "\"xml\":\"hello\"", "no such XML");
	list_is_refused(state, "\"xml\":\"<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult>&a;</ListBucketResult>\"",
	                "DOCTYPE");
	list_is_refused(state, "\"xml\":\"<ListBucketResult><Contents><Key>a\"", "its end comes too early");
}

static void
a_list_in_another_order_is_refused(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	assert_int_equal(fixture_put(f, "orders/s/a", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/b", "1", 1), 0);
	cloud_fake_now(*state, "\"order\":true");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CORRUPT);
	cloud_says(f, ERR_CORRUPT, "not in the order of their bytes");
	cloud_leave(f);
}

/* Objects of other hands among ours: deep ones, hidden ones, names that are too long or no text. */
static void
foreign_names_are_passed_over_also_where_they_fill_pages(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);
	static const char folder[] = "backups/kafka/orders/s/";
	char order[100], name[CLOUD_KEY_MAX + 1];

	assert_int_equal(put_one(f), 0);
	for (unsigned i = 0; i < 30; i++) {
		(void)snprintf(order, sizeof order, "backups/kafka/orders/s/a%02u/deep/er", i);
		cloud_fake_put(*state, order);
		(void)snprintf(order, sizeof order, "backups/kafka/orders/s/.%02u", i);
		cloud_fake_put(*state, order);
	}
	memset(name, 'n', sizeof name);
	memcpy(name, folder, sizeof folder - 1);
	name[CLOUD_KEY_MAX] = '\0'; /* as long as a key can be anywhere */
	cloud_fake_put(*state, name);
	cloud_fake_put(*state, "backups/kafka/orders/s/\\udcff");
	cloud_fake_put(*state, "backups/kafka/orders/s/z \\\"<&>'+%41");
	cloud_fake_put(*state, "backups/kafka/orders/s/");
	assert_int_equal(fixture_list(f, "orders/s", "", 2), 0);
	assert_int_equal(f->count, 2);
	assert_string_equal(f->names[0], "one");
	assert_string_equal(f->names[1], "z \"<&>'+%41");
	assert_int_equal(fixture_list(f, "orders/s", "", 1), 0);
	assert_int_equal(f->count, 1);
	assert_true(f->more);
	cloud_leave(f);
}

static void
names_come_escaped_or_not_as_the_answer_says(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"encoding\":false", NULL);

	cloud_fake_put(*state, "backups/kafka/orders/s/a+b%41&");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->names[0], "a+b%41&");
	cloud_leave(f);
}

static void
pages_without_an_end_or_a_way_on_are_refused(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	cloud_fake_now(*state, "\"xml\":\"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>\"");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CORRUPT);
	cloud_fake_now(*state, "\"xml\":\"<ListBucketResult></ListBucketResult>\"");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CORRUPT);
	cloud_fake_now(*state, "\"xml\":\"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x"
	                       "</NextContinuationToken></ListBucketResult>\"");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_OPERATOR); /* for ever the same page */
	cloud_says(f, ERR_OPERATOR, "more than 1000000 objects");
	cloud_leave(f);
}

/* ---- check ---- */

static void
check_proves_what_a_good_store_honours(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.checked);
	assert_true(f->store->facts.exclusive);
	assert_true(f->store->facts.sums);
	assert_false(f->store->facts.keeps_removed);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
}

static void
check_finds_out_what_is_ignored(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"condition\":\"ignored\",\"sum\":true,\"versions\":true", NULL);

	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.checked);
	assert_false(f->store->facts.exclusive);
	assert_false(f->store->facts.sums);
	assert_true(f->store->facts.keeps_removed);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
	f = cloud_visit(*state, "\"condition\":\"refused\"", NULL);
	assert_int_equal(fixture_check(f), 0);
	assert_false(f->store->facts.exclusive);
	assert_true(f->store->facts.sums);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
	f = cloud_visit(*state, "\"sum\":\"refused\"", NULL);
	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.exclusive);
	assert_false(f->store->facts.sums);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
}

static void
check_survives_a_lost_answer(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"lost\":1", NULL);

	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.exclusive);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	cloud_leave(f);
}

static void
check_refuses_what_cannot_be_relied_on_and_leaves_nothing(void **state)
{
	static const struct {
		const char *lies;
		int         code;
		const char *words, *left;
	} cases[] = {
		{ "\"stale\":true", ERR_CONFIG, "does not list what was just written", "[]" },
		{ "\"order\":true", ERR_CORRUPT, "", "[]" },
		{ "\"max\":true", ERR_CORRUPT, "more names than were asked for", "[]" },
		{ "\"prefix\":true", ERR_CORRUPT, "names of other folders", "[]" },
		{ "\"after\":true", ERR_CORRUPT, "names before the one", "[]" },
		{ "\"flip\":true", ERR_CORRUPT, "reads back otherwise", "[]" },
		{ "\"deny\":[\"list\"]", ERR_DENIED, "grant it s3:ListBucket", "[]" },
		{ "\"deny\":[\"put\"]", ERR_DENIED, "grant it s3:PutObject", "[]" },
		{ "\"deny\":[\"get\"]", ERR_DENIED, "grant it s3:GetObject", "[]" },
		{ "\"deny\":[\"delete\"]", ERR_DENIED, "a probe is left in the store", "[\"backups/kafka/.kcb-check-" },
		{ "\"no_bucket\":true", ERR_CONFIG, "correct store.bucket", "[]" },
		{ "\"xml\":\"<a/>\"", ERR_CORRUPT, "is this an S3 endpoint?", "[]" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = cloud_visit(*state, "", NULL);
		const char *left;

		cloud_fake_put(*state, "foreign");
		cloud_fake_now(*state, cases[i].lies);
		assert_int_equal(fixture_check(f), cases[i].code);
		cloud_says(f, cases[i].code, cases[i].words);
		assert_false(f->store->facts.checked);
		left = cloud_fake_do(*state, "{\"do\":\"keys\"}");
		assert_non_null(strstr(left, "\"foreign\"]"));
		if (strcmp(cases[i].left, "[]") == 0)
			assert_string_equal(left, "[\"foreign\"]");
		else
			assert_non_null(strstr(left, cases[i].left));
		cloud_leave(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_that_are_not_as_they_must_be_are_refused),
		cmocka_unit_test(a_list_in_another_order_is_refused),
		cmocka_unit_test(foreign_names_are_passed_over_also_where_they_fill_pages),
		cmocka_unit_test(names_come_escaped_or_not_as_the_answer_says),
		cmocka_unit_test(pages_without_an_end_or_a_way_on_are_refused),
		cmocka_unit_test(check_proves_what_a_good_store_honours),
		cmocka_unit_test(check_finds_out_what_is_ignored),
		cmocka_unit_test(check_survives_a_lost_answer),
		cmocka_unit_test(check_refuses_what_cannot_be_relied_on_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, cloud_fake_start, cloud_fake_stop);
}
