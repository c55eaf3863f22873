/* t_store_cloud.c - bad days of an object store: what is tried again, what is believed, and what is said */
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

static int
get_one(struct fixture *f)
{
	return fixture_get(f, "orders/s/one", 0, 0, 100);
}

/* ---- what is sent ---- */

static void
a_put_has_all_that_was_configured(void **state)
{
	struct store_s3_options o = cloud_options(*state, false);
	struct fixture *f;
	const char *seen;

	o.storage_class = "STANDARD_IA";
	o.encryption = "aws:kms";
	o.kms_key_id = "arn:aws:kms:here:1:key/2";
	o.expected_bucket_owner = "123456789012";
	o.lock_mode = "GOVERNANCE";
	o.lock_days = 30;
	f = cloud_visit(*state, "", &o);
	assert_int_equal(put_one(f), 0);
	seen = cloud_fake_seen(*state);
	assert_non_null(strstr(seen, "PUT /bucket/backups/kafka/orders/s/one HTTP"));
	assert_non_null(strstr(seen, "|x-amz-storage-class: STANDARD_IA|"));
	assert_non_null(strstr(seen, "|x-amz-server-side-encryption: aws:kms|"));
	assert_non_null(strstr(seen, "|x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:here:1:key/2|"));
	assert_non_null(strstr(seen, "|x-amz-expected-bucket-owner: 123456789012|"));
	assert_non_null(strstr(seen, "|x-amz-object-lock-mode: GOVERNANCE|"));
	assert_non_null(strstr(seen, "|x-amz-object-lock-retain-until-date: 20"));
	assert_non_null(strstr(seen, "|x-amz-checksum-sha256: hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=|"));
	assert_non_null(strstr(seen, "|if-none-match: *|"));
	assert_non_null(strstr(seen, "x-amz-content-sha256: 84d89877f0d4041efb6bf91a16f0248f2fd573e6"));
	assert_null(strstr(seen, "UNSIGNED"));
	cloud_leave(f);
}

static void
a_put_may_ask_for_the_stores_own_encryption(void **state)
{
	struct store_s3_options o = cloud_options(*state, false);
	struct fixture *f;
	const char *seen;

	o.encryption = "AES256";
	f = cloud_visit(*state, "", &o);
	assert_int_equal(put_one(f), 0);
	seen = cloud_fake_seen(*state);
	assert_non_null(strstr(seen, "|x-amz-server-side-encryption: AES256|"));
	assert_null(strstr(seen, "kms"));
	assert_null(strstr(seen, "x-amz-object-lock"));
	cloud_leave(f);
}

static void
googles_dialect_has_no_header_of_amazons(void **state)
{
	struct store_s3_options o = cloud_options(*state, true);
	struct fixture *f;
	const char *seen;

	o.storage_class = "NEARLINE";
	f = cloud_visit(*state, "", &o);
	assert_string_equal(f->store->ops->type, "gcs");
	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	seen = cloud_fake_seen(*state);
	assert_null(strstr(seen, "x-amz-"));
	assert_non_null(strstr(seen, "|x-goog-if-generation-match: 0|"));
	assert_non_null(strstr(seen, "|x-goog-storage-class: NEARLINE|"));
	assert_non_null(strstr(seen, "GOOG4-HMAC-SHA256 Credential=ID/"));
	cloud_leave(f);
}

static void
a_bucket_in_the_hosts_name_is_not_in_the_path(void **state)
{
	struct store_s3_options o = cloud_options(*state, false);
	struct cloud_fake *w = *state;
	const char *seen;
	char url[64];
	struct fixture *f;

	(void)snprintf(url, sizeof url, "http://localhost:%u/", w->port); /* bucket.localhost is loopback */
	o.endpoint = url;
	o.addressing = STORE_S3_VIRTUAL;
	f = cloud_visit(*state, "", &o);
	assert_int_equal(put_one(f), 0);
	assert_int_equal(get_one(f), 0);
	seen = cloud_fake_seen(w);
	assert_non_null(strstr(seen, "\"PUT /backups/kafka/orders/s/one HTTP/1.1|"));
	assert_non_null(strstr(seen, "|Host: bucket.localhost:"));
	cloud_leave(f);
}

/* Without a request: the names are not to be resolved here. */
static void
a_bucket_is_where_its_cloud_has_it(void **state)
{
	static const struct {
		bool        google;
		const char *bucket, *region, *endpoint, *where, *host;
	} cases[] = {
		{ false, "b-1", "eu-west-1", NULL, "bucket b-1 at https://b-1.s3.eu-west-1.amazonaws.com",
		  "b-1.s3.eu-west-1.amazonaws.com" },
		{ false, "a.b", "eu-west-1", NULL, "bucket a.b at https://s3.eu-west-1.amazonaws.com",
		  "s3.eu-west-1.amazonaws.com" },
		{ false, "b-1", "cn-north-1", NULL, "bucket b-1 at https://b-1.s3.cn-north-1.amazonaws.com.cn",
		  "b-1.s3.cn-north-1.amazonaws.com.cn" },
		{ false, "b-1", NULL, "https://minio:9000/", "bucket b-1 at https://minio:9000", "minio:9000" },
		{ false, "b-1", NULL, "https://minio:443", "bucket b-1 at https://minio:443", "minio" },
		{ false, "b-1", NULL, "http://[::1]:80", "bucket b-1 at http://[::1]:80", "[::1]" },
		{ true, "b-1", NULL, NULL, "bucket b-1 at https://storage.googleapis.com", "storage.googleapis.com" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct store_s3_options o = cloud_options(*state, cases[i].google);
		const struct cloud *c;
		struct fixture *f;

		o.bucket = cases[i].bucket;
		o.region = cases[i].region;
		o.endpoint = cases[i].endpoint;
		f = cloud_visit(*state, "", &o);
		c = container_of(f->store, struct cloud, store);
		assert_string_equal(c->where, cases[i].where);
		assert_string_equal(c->host, cases[i].host);
		cloud_leave(f);
	}
}

static void
options_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *bucket, *endpoint, *region, *kms, *lock;
		const char *words;
	} cases[] = {
		{ NULL, "http://h", "r", NULL, NULL, "store.bucket" },
		{ "b", NULL, NULL, NULL, NULL, "store.region is missing" },
		{ "b", "http://h/path", "r", NULL, NULL, "store.endpoint" },
		{ "b", "h:9000", "r", NULL, NULL, "store.endpoint" },
		{ "b", "http://h", "r", "key", NULL, "store.encryption" },
		{ "b", "http://h", "r", NULL, "GOVERNANCE", "store.lock_days" },
	};
	struct loop loop;
	struct store *store;
	struct err e;

	(void)state;
	assert_int_equal(loop_init(&loop, &e), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct store_s3_options o = { .bucket = cases[i].bucket, .endpoint = cases[i].endpoint, .prefix = "",
			                      .region = cases[i].region, .kms_key_id = cases[i].kms,
			                      .lock_mode = cases[i].lock,
			                      .credentials = { .source = CREDENTIALS_IMDS } };

		assert_int_equal(store_s3_open(&loop, &o, &store, &e), ERR_CONFIG);
		assert_non_null(strstr(e.text, cases[i].words));
	}
	loop_run(&loop);
	assert_true(loop_release(&loop));
}

/* ---- what is tried again ---- */

static void
a_storm_of_503_is_waited_out_and_an_endless_one_ends(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"busy\":3", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 4);
	cloud_fake_now(*state, "\"busy\":2");
	assert_int_equal(get_one(f), 0);
	assert_memory_equal(f->bytes, BODY, 10);
	cloud_fake_now(*state, "\"busy\":2");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	(void)cloud_fake_seen(*state);
	cloud_fake_now(*state, "\"busy\":-1");
	assert_int_equal(put_one(f), ERR_AGAIN);
	cloud_says(f, ERR_AGAIN, "503 SlowDown: it asks for fewer requests");
	assert_int_equal(cloud_fake_count(*state, "PUT"), 6);
	cloud_leave(f);
}

static enum cloud_verdict
verdict_of(struct fixture *f, int status, const char *code)
{
	char body[200];
	struct http_response answer = { .status = status, .body = body, .content_type = "", .date = "", .request = "" };
	struct cloud_request r = { .method = "PUT", .doing = "write", .key = "orders/s/one" };
	struct err e = { 0 };

	answer.len = code[0] == '\0' ? 0 : (size_t)snprintf(body, sizeof body, "<Error><Code>%s</Code></Error>", code);
	return cloud_judge(container_of(f->store, struct cloud, store), &r, &answer, &e);
}

static void
who_asks_for_fewer_requests_is_not_asked_again_as_soon_as_who_failed_once(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	assert_int_equal(verdict_of(f, 503, "SlowDown"), CLOUD_FEWER);
	assert_int_equal(verdict_of(f, 429, ""), CLOUD_FEWER);
	assert_int_equal(verdict_of(f, 503, "ServiceUnavailable"), CLOUD_AGAIN);
	assert_int_equal(verdict_of(f, 500, "InternalError"), CLOUD_AGAIN);
	assert_int_equal(verdict_of(f, 503, ""), CLOUD_AGAIN);
	cloud_leave(f);
}

static void
a_server_that_says_when_is_waited_for_but_not_for_an_hour(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"busy\":1,\"retry_after\":\"1\"", NULL);
	uint64_t began = loop_now_ms(&f->loop);

	assert_int_equal(put_one(f), 0);
	assert_true(loop_now_ms(&f->loop) - began >= 1000);
	cloud_fake_now(*state, "\"busy\":-1,\"retry_after\":\"3000\"");
	began = loop_now_ms(&f->loop);
	assert_int_equal(get_one(f), ERR_AGAIN);
	assert_true(loop_now_ms(&f->loop) - began < 1000);
	cloud_leave(f);
}

static void
another_request_in_the_way_is_tried_again(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"conflict\":2", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(get_one(f), 0);
	cloud_leave(f);
}

static void
a_put_whose_answer_was_lost_is_known_again(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"lost\":1", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	cloud_fake_now(*state, "\"lost\":1");
	assert_int_equal(fixture_put(f, "orders/s/one", "another's", 9), ERR_EXISTS);
	cloud_says(f, ERR_EXISTS, "backups/kafka/orders/s/one is in bucket bucket at");
	assert_int_equal(get_one(f), 0);
	assert_memory_equal(f->bytes, BODY, 10);
	cloud_leave(f);
}

static void
a_put_cut_after_any_byte_is_whole_in_the_end(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	cloud_puts_are_cut(*state, f, 32, 1);
	cloud_leave(f);
}

static void
a_get_that_was_cut_is_whole_in_the_end(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);
	char lies[40];

	assert_int_equal(put_one(f), 0);
	for (unsigned n = 0; n <= 70; n += 7) {
		(void)snprintf(lies, sizeof lies, "\"reset_after\":%u", 100000 + n);
		cloud_fake_now(*state, lies);
		assert_int_equal(get_one(f), 0);
		assert_int_equal(f->len, 10);
		assert_memory_equal(f->bytes, BODY, 10);
	}
	cloud_leave(f);
}

static void
a_server_of_one_byte_a_second_does_not_hold_the_operation(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"drip\":true", NULL);
	uint64_t began = loop_now_ms(&f->loop);

	f->loop.deadline_ms = began + 3000;
	assert_int_equal(get_one(f), ERR_DEADLINE);
	assert_true(loop_now_ms(&f->loop) - began < 6000);
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
		{ "\"error\":\"400 AuthorizationHeaderMalformed x\"", ERR_CONFIG,
		  "is store.region that of the bucket?" },
		{ "\"error\":\"404 NoSuchBucket x\"", ERR_CONFIG, "there is no such bucket: correct store.bucket" },
		{ "\"error\":\"403 SignatureDoesNotMatch x\"", ERR_DENIED, "is the secret access key the one" },
		{ "\"error\":\"403 InvalidAccessKeyId x\"", ERR_DENIED, "knows no such access key" },
		{ "\"error\":\"404 XAdminUserNotFound x\"", ERR_DENIED, "knows no such access key" },
		{ "\"error\":\"400 ExpiredToken x\"", ERR_DENIED, "the session token has expired" },
		{ "\"error\":\"507 XMinioStorageFull x\"", ERR_OPERATOR, "its disks are full" },
		{ "\"error\":\"403 InvalidObjectState x\"", ERR_OPERATOR, "moved to an archive" },
		{ "\"error\":\"400 InvalidStorageClass x\"", ERR_CONFIG, "store.storage_class" },
		{ "\"error\":\"400 KMS.NotFoundException x\"", ERR_CONFIG, "store.kms_key_id" },
		{ "\"error\":\"405 MethodNotAllowed x\"", ERR_CONFIG, "is this an S3 endpoint?" },
		{ "\"error\":\"400 SomethingNew x\"", ERR_FAILED, "400 SomethingNew" },
		{ "\"error\":\"400 SECRETx7/+= x\"", ERR_FAILED, "answers 400" }, /* not shown: it may be a secret */
		{ "\"region\":\"eu-north-9\"", ERR_CONFIG, "its region is eu-north-9" },
		{ "\"no_bucket\":true", ERR_CONFIG, "correct store.bucket" },
		{ "\"deny\":[\"get\"]", ERR_DENIED, "grant it s3:GetObject" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture *f = cloud_visit(*state, cases[i].lies, NULL);

		assert_int_equal(get_one(f), cases[i].code);
		cloud_says(f, cases[i].code, cases[i].words);
		assert_int_equal(cloud_fake_count(*state, "GET"), 1);
		cloud_leave(f);
	}
}

static void
redirects_are_never_followed(void **state)
{
	struct cloud_fake *w = *state;
	char lies[128];
	struct fixture *f;

	(void)snprintf(lies, sizeof lies, "\"redirect\":\"http://127.0.0.1:%u/stolen\"", w->port);
	f = cloud_visit(*state, lies, NULL);
	assert_int_equal(put_one(f), ERR_CONFIG);
	cloud_says(f, ERR_CONFIG, "another region or at another endpoint");
	assert_null(strstr(cloud_fake_seen(w), "stolen"));
	cloud_leave(f);
}

/* ---- the clock ---- */

static void
a_clock_that_is_off_is_corrected_once_and_named(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	*cloud_fixture_ahead(f) = 3600 * 1000;
	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	assert_in_range(f->store->facts.clock_ahead_s, 3597, 3603);
	assert_int_equal(get_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "GET"), 1); /* it is known now */
	cloud_leave(f);
}

static void
a_server_that_wants_yet_another_time_is_given_up(void **state)
{
	struct fixture *f = cloud_visit(*state, "\"error\":\"403 RequestTimeTooSkewed x\",\"skew\":-5000", NULL);

	assert_int_equal(put_one(f), ERR_CONFIG);
	cloud_says(f, ERR_CONFIG, "the clock here is ");
	cloud_says(f, ERR_CONFIG, " s off that of the store");
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	cloud_leave(f);
}

/* ---- objects ---- */

static void
ranges_that_are_ignored_give_the_same_bytes(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	assert_int_equal(put_one(f), 0);
	cloud_fake_now(*state, "\"whole\":true");
	assert_int_equal(fixture_get(f, "orders/s/one", 2, 3, 3), 0);
	assert_memory_equal(f->bytes, "234", 3);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 11, 3, 3), ERR_CORRUPT);
	cloud_leave(f);
}

static void
a_removal_that_only_hides_is_a_fact(void **state)
{
	struct fixture *f = cloud_visit(*state, "", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_false(f->store->facts.keeps_removed);
	cloud_fake_now(*state, "\"versions\":true");
	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_true(f->store->facts.keeps_removed);
	cloud_leave(f);
}

static void
assert_plainer(void **state, const char *lies, unsigned puts, const char *left_out, const char *kept)
{
	struct fixture *f = cloud_visit(*state, lies, NULL);
	const char *seen;

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), puts);
	assert_int_equal(fixture_put(f, "orders/s/two", "2", 1), 0);
	seen = cloud_fake_seen(*state); /* it is known now: one request */
	assert_null(strstr(strstr(seen, "PUT /") + 1, "PUT /"));
	assert_null(strstr(seen, left_out));
	assert_true(kept == NULL || strstr(seen, kept) != NULL);
	cloud_leave(f);
}

static void
what_a_store_does_not_take_is_left_out_and_no_more(void **state)
{
	assert_plainer(state, "\"sum\":\"refused\"", 2, "x-amz-checksum", "if-none-match");
	assert_plainer(state, "\"condition\":\"refused\"", 3, "if-none-match", "x-amz-checksum");
	assert_plainer(state, "\"condition\":\"refused\",\"sum\":\"refused\"", 4, "if-none-match", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_put_has_all_that_was_configured),
		cmocka_unit_test(a_put_may_ask_for_the_stores_own_encryption),
		cmocka_unit_test(googles_dialect_has_no_header_of_amazons),
		cmocka_unit_test(a_bucket_in_the_hosts_name_is_not_in_the_path),
		cmocka_unit_test(a_bucket_is_where_its_cloud_has_it),
		cmocka_unit_test(options_that_make_no_sense_are_refused),
		cmocka_unit_test(a_storm_of_503_is_waited_out_and_an_endless_one_ends),
		cmocka_unit_test(who_asks_for_fewer_requests_is_not_asked_again_as_soon_as_who_failed_once),
		cmocka_unit_test(a_server_that_says_when_is_waited_for_but_not_for_an_hour),
		cmocka_unit_test(another_request_in_the_way_is_tried_again),
		cmocka_unit_test(a_put_whose_answer_was_lost_is_known_again),
		cmocka_unit_test(a_put_cut_after_any_byte_is_whole_in_the_end),
		cmocka_unit_test(a_get_that_was_cut_is_whole_in_the_end),
		cmocka_unit_test(a_server_of_one_byte_a_second_does_not_hold_the_operation),
		cmocka_unit_test(nothing_final_is_tried_again),
		cmocka_unit_test(redirects_are_never_followed),
		cmocka_unit_test(a_clock_that_is_off_is_corrected_once_and_named),
		cmocka_unit_test(a_server_that_wants_yet_another_time_is_given_up),
		cmocka_unit_test(ranges_that_are_ignored_give_the_same_bytes),
		cmocka_unit_test(a_removal_that_only_hides_is_a_fact),
		cmocka_unit_test(what_a_store_does_not_take_is_left_out_and_no_more),
	};

	return cmocka_run_group_tests(tests, cloud_fake_start, cloud_fake_stop);
}
