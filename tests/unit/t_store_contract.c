/*
 * t_store_contract.c - one contract (core/store/store.h), and every store held to it: a directory, the
 * wrapper that fails on order, a bucket by S3, one by Google's dialect of it and one by Google's JSON,
 * a container of Azure's by an account's key and by a SAS.
 *
 * With $KCB_S3_URL it is a real server's turn alone: bucket $KCB_S3_BUCKET, region $KCB_S3_REGION,
 * key $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY (tests/live/t_store_s3.sh).  With $KCB_AZURE_URL
 * Azure's: container $KCB_AZURE_CONTAINER, account $KCB_AZURE_ACCOUNT and its key $KCB_AZURE_KEY
 * (t_store_azure.sh).  With $KCB_GCS_URL Google's: bucket $KCB_GCS_BUCKET, tokens by the fake
 * (t_store_gcs.sh).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "tests/fake/store_fault.h"
#include "tests/unit/cloud_fixture.h"

/* ---- the stores ---- */

static struct cloud_fake *
fake_of(void **state)
{
	return *state; /* of the group; cmocka hands it to each test's setup */
}

static int
cloud_setup(void **state, bool google)
{
	struct fixture *f = malloc(sizeof *f);
	struct store_s3_options o = cloud_options(fake_of(state), google);

	assert_non_null(f);
	cloud_fake_be(fake_of(state), "");
	cloud_fixture_open(f, &o);
	*state = f;
	return 0;
}

static int
s3_setup(void **state)
{
	return cloud_setup(state, false);
}

static int
google_setup(void **state)
{
	return cloud_setup(state, true);
}

static int
azure_setup(void **state)
{
	struct store_azure_options o = cloud_azure_options(fake_of(state));
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	cloud_fake_be(fake_of(state), "");
	cloud_fixture_open_azure(f, &o);
	*state = f;
	return 0;
}

static int
sas_setup(void **state)
{
	struct store_azure_options o = cloud_azure_options(fake_of(state));
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	cloud_fake_be(fake_of(state), "");
	o.credentials.source = CREDENTIALS_SAS;
	cloud_fixture_open_azure(f, &o);
	*state = f;
	return 0;
}

static int
gcs_setup(void **state)
{
	struct store_gcs_options o = cloud_gcs_options(fake_of(state));
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	cloud_fake_be(fake_of(state), "");
	cloud_fixture_open_gcs(f, &o);
	*state = f;
	return 0;
}

static int
cloud_teardown(void **state)
{
	cloud_fixture_close(*state);
	free(*state);
	return 0;
}

/* Each test has a prefix of its own there. */
static const char *
next_prefix(char prefix[64])
{
	static unsigned number;

	(void)snprintf(prefix, 64, "contract/%ld/%u", (long)getpid(), number++);
	return prefix;
}

static int
real_s3_setup(void **state)
{
	struct fixture *f = malloc(sizeof *f);
	char prefix[64];
	struct store_s3_options o = {
		.bucket = getenv("KCB_S3_BUCKET"), .region = getenv("KCB_S3_REGION"), .prefix = next_prefix(prefix),
		.endpoint = getenv("KCB_S3_URL"), .credentials = { .source = CREDENTIALS_ENVIRONMENT },
	};

	assert_non_null(f);
	cloud_fixture_open(f, &o);
	*state = f;
	return 0;
}

static int
real_azure_setup(void **state)
{
	struct fixture *f = malloc(sizeof *f);
	CLEANUP(secret_free) struct secret *key = secret_new(getenv("KCB_AZURE_KEY"), strlen(getenv("KCB_AZURE_KEY")));
	char prefix[64];
	struct store_azure_options o = {
		.account = getenv("KCB_AZURE_ACCOUNT"), .container = getenv("KCB_AZURE_CONTAINER"),
		.prefix = next_prefix(prefix), .endpoint = getenv("KCB_AZURE_URL"),
		.credentials = { .source = CREDENTIALS_SHARED_KEY, .secret = key },
	};

	assert_non_null(f);
	cloud_fixture_open_azure(f, &o);
	*state = f;
	return 0;
}

static int
real_gcs_setup(void **state)
{
	struct fixture *f = malloc(sizeof *f);
	struct store_gcs_options o = cloud_gcs_options(fake_of(state));
	char prefix[64];

	assert_non_null(f);
	o.bucket = getenv("KCB_GCS_BUCKET");
	o.endpoint = getenv("KCB_GCS_URL");
	o.prefix = next_prefix(prefix);
	cloud_fixture_open_gcs(f, &o);
	*state = f;
	return 0;
}

static int
fault_setup(void **state)
{
	struct fixture *f;
	struct err e;
	int rc = fixture_setup(state);

	f = *state;
	assert_int_equal(store_fault_open(&f->loop, f->store, "", &f->store, &e), 0);
	return rc;
}

/* ---- the contract ---- */

static void
what_was_put_is_read_back_and_listed(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(300000, 1);

	assert_int_equal(fixture_put(f, "orders/s/one.kcb", body, 300000), 0);
	assert_int_equal(fixture_get(f, "orders/s/one.kcb", 0, 0, 300000), 0);
	assert_int_equal(f->len, 300000);
	assert_int_equal(f->total, 300000);
	assert_memory_equal(f->bytes, body, 300000);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->names[0], "one.kcb");
	assert_false(f->more);
	free(body);
}

static void
an_empty_object_is_an_object(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/a/empty", "", 0), 0);
	assert_int_equal(fixture_get(f, "orders/a/empty", 0, 0, 0), 0);
	assert_int_equal(f->len, 0);
	assert_int_equal(fixture_get(f, "orders/a/empty", 0, 100, 100), 0);
	assert_int_equal(f->len, 0);
	assert_int_equal(f->total, 0);
}

static void
nothing_is_ever_overwritten(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/one", "first", 5), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "second", 6), ERR_EXISTS);
	assert_non_null(strstr(f->err.text, "orders/s/one"));
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 100), 0);
	assert_int_equal(f->len, 5);
	assert_memory_equal(f->bytes, "first", 5);
}

static void
a_range_gives_its_bytes_and_the_whole_length(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/one", "0123456789", 10), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 2, 3, 3), 0);
	assert_int_equal(f->len, 3);
	assert_memory_equal(f->bytes, "234", 3);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 4, 4), 0);
	assert_memory_equal(f->bytes, "0123", 4);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 8, 1024, 1024), 0);
	assert_int_equal(f->len, 2);
	assert_memory_equal(f->bytes, "89", 2);
	assert_int_equal(fixture_get(f, "orders/s/one", 4, 0, 6), 0);
	assert_int_equal(f->len, 6);
	assert_int_equal(fixture_get(f, "orders/s/one", 10, 0, 6), 0);
	assert_int_equal(f->len, 0);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 11, 1, 6), ERR_CORRUPT);
	assert_int_equal(fixture_get(f, "orders/s/one", UINT64_MAX, 1, 6), ERR_CORRUPT);
}

static void
an_object_over_the_cap_is_refused(void **state)
{
	struct fixture *f = *state;
	char *body = fixture_body(200000, 2);

	assert_int_equal(fixture_put(f, "orders/s/small", "0123456789", 10), 0);
	assert_int_equal(fixture_get(f, "orders/s/small", 0, 0, 9), ERR_CORRUPT);
	assert_int_equal(fixture_get(f, "orders/s/small", 0, 9, 9), 0);
	assert_int_equal(fixture_put(f, "orders/s/large", body, 200000), 0);
	assert_int_equal(fixture_get(f, "orders/s/large", 0, 0, 199999), ERR_CORRUPT);
	free(body);
}

static void
what_is_not_there_is_missing_and_removed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_get(f, "orders/s/none", 0, 0, 10), ERR_MISSING);
	assert_non_null(strstr(f->err.text, "orders/s/none"));
	assert_int_equal(fixture_get(f, "orders/s/none", 0, 1024, 1024), ERR_MISSING);
	assert_int_equal(fixture_delete(f, "orders/s/none"), 0);
	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_int_equal(fixture_get(f, "orders/s/one", 0, 0, 10), ERR_MISSING);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 0);
}

static void
a_folder_that_nobody_made_is_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 0);
	assert_false(f->more);
}

static void
lists_are_in_byte_order_and_go_on_behind_a_name(void **state)
{
	static const char *const names[] = { "A", "B-", "B.", "B0", "B_", "a", "b+c", "c=d&e", "f g", "~" };
	struct fixture *f = *state;
	char path[64];

	for (size_t i = LENGTH(names); i > 0; i--) {
		(void)snprintf(path, sizeof path, "orders/s/%s", names[i - 1]);
		assert_int_equal(fixture_put(f, path, "1", 1), 0);
	}
	assert_int_equal(fixture_put(f, "orders/sx/B1", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/a/B1", "1", 1), 0);
	assert_int_equal(fixture_put(f, "other/s/B1", "1", 1), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 100), 0);
	assert_int_equal(f->count, LENGTH(names));
	for (size_t i = 0; i < LENGTH(names); i++)
		assert_string_equal(f->names[i], names[i]);
	for (size_t i = 0; i < LENGTH(names); i++) {
		assert_int_equal(fixture_list(f, "orders/s", i == 0 ? "" : names[i - 1], 1), 0);
		assert_int_equal(f->count, 1);
		assert_string_equal(f->names[0], names[i]);
		assert_int_equal(f->more != 0, i + 1 < LENGTH(names));
	}
	assert_int_equal(fixture_list(f, "orders/s", "B/", 3), 0); /* of no object */
	assert_string_equal(f->names[0], "B0");
	assert_int_equal(fixture_list(f, "orders/s", "~", 3), 0);
	assert_int_equal(f->count, 0);
}

static void
names_that_no_store_may_have_are_refused(void **state)
{
	static const char *const names[] = { "", "orders", "orders/s", "orders/s/", "orders//one", "/s/one",
		                             "orders/s/.one",
		                             "../s/one", "orders/s/a/b", "orders/../one" };
	struct fixture *f = *state;
	char *long_name = fixture_body(600, 0);

	for (size_t i = 0; i < LENGTH(names); i++) {
		assert_int_equal(fixture_put(f, names[i], "1", 1), ERR_FAILED);
		assert_int_equal(fixture_get(f, names[i], 0, 0, 1), ERR_FAILED);
		assert_int_equal(fixture_delete(f, names[i]), ERR_FAILED);
	}
	assert_int_equal(fixture_list(f, "orders", "", 1), ERR_FAILED);
	assert_int_equal(fixture_list(f, "orders/s/x", "", 1), ERR_FAILED);
	memset(long_name, 'a', 600);
	memcpy(long_name, "o/s/", 4);
	long_name[600] = '\0';
	assert_int_equal(fixture_put(f, long_name, "1", 1), ERR_FAILED);
	free(long_name);
}

static void
a_check_finds_it_good_and_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(fixture_check(f), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 1);
	if (f->dir[0] != '\0')
		assert_int_equal(fixture_entries(f, ""), 1);
}

static void
a_stopped_loop_calls_back_and_starts_nothing(void **state)
{
	struct fixture *f = *state;
	struct err e;
	struct buf b;

	buf_init(&b, 10);
	assert_int_equal(buf_add(&b, "1", 1), 0);
	assert_int_equal(f->store->ops->put(f->store, "orders/s/one", &b, fixture_done, f, &e), 0);
	assert_int_equal(f->store->ops->list(f->store, "orders/s", "", 9, fixture_listed, f, &e), 0);
	assert_int_equal(f->store->ops->get(f->store, "orders/s/one", 0, 0, 9, fixture_got, f, &e), 0);
	assert_int_equal(f->store->ops->check(f->store, fixture_done, f, &e), 0);
	assert_int_equal(f->calls, 0);
	loop_stop(&f->loop, ERR_CANCELLED);
	assert_int_equal(f->calls, 4);
	assert_int_equal(f->rc, ERR_CANCELLED);
	assert_int_equal(f->store->ops->put(f->store, "orders/s/two", &b, fixture_done, f, &e), ERR_CANCELLED);
	assert_int_equal(f->store->ops->list(f->store, "orders/s", "", 9, fixture_listed, f, &e), ERR_CANCELLED);
	assert_int_equal(f->store->ops->check(f->store, fixture_done, f, &e), ERR_CANCELLED);
	loop_run(&f->loop);
	assert_int_equal(f->calls, 4);
	buf_release(&b);
}

/* Azure closes a connection that nobody used for 5 seconds; what is sent on it then is sent once more. */
static void
a_connection_that_was_closed_meanwhile_is_no_failure(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_put(f, "orders/s/one", "1", 1), 0);
	assert_int_equal(sleep(6), 0);
	assert_int_equal(fixture_put(f, "orders/s/two", "2", 1), 0);
	assert_int_equal(sleep(6), 0);
	assert_int_equal(fixture_get(f, "orders/s/two", 0, 0, 1), 0);
}

#define HELD(test, setup, teardown) cmocka_unit_test_setup_teardown(test, setup, teardown)
#define CONTRACT(setup, teardown)                                                                  \
	{                                                                                          \
		HELD(what_was_put_is_read_back_and_listed, setup, teardown),                       \
		HELD(an_empty_object_is_an_object, setup, teardown),                               \
		HELD(nothing_is_ever_overwritten, setup, teardown),                                \
		HELD(a_range_gives_its_bytes_and_the_whole_length, setup, teardown),               \
		HELD(an_object_over_the_cap_is_refused, setup, teardown),                          \
		HELD(what_is_not_there_is_missing_and_removed, setup, teardown),                   \
		HELD(a_folder_that_nobody_made_is_empty, setup, teardown),                         \
		HELD(lists_are_in_byte_order_and_go_on_behind_a_name, setup, teardown),            \
		HELD(names_that_no_store_may_have_are_refused, setup, teardown),                   \
		HELD(a_check_finds_it_good_and_leaves_nothing_behind, setup, teardown),            \
		HELD(a_stopped_loop_calls_back_and_starts_nothing, setup, teardown),               \
	}

int
main(void)
{
	const struct CMUnitTest fs[] = CONTRACT(fixture_setup, fixture_teardown);
	const struct CMUnitTest fault[] = CONTRACT(fault_setup, fixture_teardown);
	const struct CMUnitTest s3[] = CONTRACT(s3_setup, cloud_teardown);
	const struct CMUnitTest google[] = CONTRACT(google_setup, cloud_teardown);
	const struct CMUnitTest azure[] = CONTRACT(azure_setup, cloud_teardown);
	const struct CMUnitTest sas[] = CONTRACT(sas_setup, cloud_teardown);
	const struct CMUnitTest gcs[] = CONTRACT(gcs_setup, cloud_teardown);
	const struct CMUnitTest real_s3[] = CONTRACT(real_s3_setup, cloud_teardown);
	const struct CMUnitTest real_azure[] = CONTRACT(real_azure_setup, cloud_teardown);
	const struct CMUnitTest real_gcs[] = CONTRACT(real_gcs_setup, cloud_teardown);
	const struct CMUnitTest idle[] = {
		HELD(a_connection_that_was_closed_meanwhile_is_no_failure, real_azure_setup, cloud_teardown),
	};

	if (getenv("KCB_S3_URL") != NULL)
		return cmocka_run_group_tests_name("a real server", real_s3, cloud_fake_start, cloud_fake_stop);
	if (getenv("KCB_AZURE_URL") != NULL)
		return cmocka_run_group_tests_name("Azurite", real_azure, cloud_fake_start, cloud_fake_stop) +
		       cmocka_run_group_tests_name("Azurite, idle", idle, cloud_fake_start, cloud_fake_stop);
	if (getenv("KCB_GCS_URL") != NULL)
		return cmocka_run_group_tests_name("fake-gcs-server", real_gcs, cloud_fake_start, cloud_fake_stop);
	return cmocka_run_group_tests_name("fs", fs, NULL, NULL) +
	       cmocka_run_group_tests_name("the wrapper", fault, NULL, NULL) +
	       cmocka_run_group_tests_name("s3", s3, cloud_fake_start, cloud_fake_stop) +
	       cmocka_run_group_tests_name("gcs by HMAC", google, cloud_fake_start, cloud_fake_stop) +
	       cmocka_run_group_tests_name("azure", azure, cloud_fake_start, cloud_fake_stop) +
	       cmocka_run_group_tests_name("azure by SAS", sas, cloud_fake_start, cloud_fake_stop) +
	       cmocka_run_group_tests_name("gcs", gcs, cloud_fake_start, cloud_fake_stop);
}
