/* t_store_cloud.c - bad days of an object store: what is tried again, what is believed, and what is said */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "tests/unit/cloud_fixture.h"

#define BODY "0123456789"

/* A store in the fake of these lies, as the options say (NULL: as they are), open for one test. */
static struct fixture *
visit(void **state, const char *lies, const struct store_s3_options *given)
{
	struct cloud_fake *w = *state;
	struct store_s3_options o = cloud_options(w, false);
	struct fixture *f = malloc(sizeof *f);

	assert_non_null(f);
	if (given != NULL)
		o = *given;
	cloud_fake_be(w, lies);
	cloud_fixture_open(f, &o);
	return f;
}

static void
leave(struct fixture *f)
{
	cloud_fixture_close(f);
	free(f);
}

static void
assert_says(const struct fixture *f, int code, const char *words)
{
	if (f->err.code != code || strstr(f->err.text, words) == NULL)
		print_error("%s: %s\n", err_name(f->err.code), f->err.text);
	assert_int_equal(f->err.code, code);
	assert_non_null(strstr(f->err.text, words));
	assert_null(strstr(f->err.text, "secret-of-the-server"));
	assert_null(strstr(f->err.text, "SECRET"));
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
	f = visit(state, "", &o);
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
	assert_non_null(strstr(seen, "x-amz-content-sha256: 84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882|"));
	assert_null(strstr(seen, "UNSIGNED"));
	leave(f);
}

static void
googles_dialect_has_no_header_of_amazons(void **state)
{
	struct store_s3_options o = cloud_options(*state, true);
	struct fixture *f;
	const char *seen;

	o.storage_class = "NEARLINE";
	f = visit(state, "", &o);
	assert_string_equal(f->store->ops->type, "gcs");
	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	seen = cloud_fake_seen(*state);
	assert_null(strstr(seen, "x-amz-"));
	assert_non_null(strstr(seen, "|x-goog-if-generation-match: 0|"));
	assert_non_null(strstr(seen, "|x-goog-storage-class: NEARLINE|"));
	assert_non_null(strstr(seen, "GOOG4-HMAC-SHA256 Credential=ID/"));
	leave(f);
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
	f = visit(state, "", &o);
	assert_int_equal(put_one(f), 0);
	assert_int_equal(get_one(f), 0);
	seen = cloud_fake_seen(w);
	assert_non_null(strstr(seen, "\"PUT /backups/kafka/orders/s/one HTTP/1.1|"));
	assert_non_null(strstr(seen, "|Host: bucket.localhost:"));
	leave(f);
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
			                      .lock_mode = cases[i].lock, .credentials = { .source = CREDENTIALS_IMDS } };

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
	struct fixture *f = visit(state, "\"busy\":3", NULL);

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
	assert_says(f, ERR_AGAIN, "503 SlowDown: it asks for fewer requests");
	assert_int_equal(cloud_fake_count(*state, "PUT"), 6);
	leave(f);
}

static void
a_server_that_says_when_is_waited_for_but_not_for_an_hour(void **state)
{
	struct fixture *f = visit(state, "\"busy\":1,\"retry_after\":\"1\"", NULL);
	uint64_t began = loop_now_ms(&f->loop);

	assert_int_equal(put_one(f), 0);
	assert_true(loop_now_ms(&f->loop) - began >= 1000);
	cloud_fake_now(*state, "\"busy\":-1,\"retry_after\":\"3000\"");
	began = loop_now_ms(&f->loop);
	assert_int_equal(get_one(f), ERR_AGAIN);
	assert_true(loop_now_ms(&f->loop) - began < 1000);
	leave(f);
}

static void
another_request_in_the_way_is_tried_again(void **state)
{
	struct fixture *f = visit(state, "\"conflict\":2", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(get_one(f), 0);
	leave(f);
}

static void
a_put_whose_answer_was_lost_is_known_again(void **state)
{
	struct fixture *f = visit(state, "\"lost\":1", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	cloud_fake_now(*state, "\"lost\":1");
	assert_int_equal(fixture_put(f, "orders/s/one", "another's", 9), ERR_EXISTS);
	assert_says(f, ERR_EXISTS, "backups/kafka/orders/s/one is in bucket bucket at");
	assert_int_equal(get_one(f), 0);
	assert_memory_equal(f->bytes, BODY, 10);
	leave(f);
}

/* Whatever the server had read of it when the connection was cut. */
static void
a_put_cut_after_any_byte_is_whole_in_the_end(void **state)
{
	struct fixture *f = visit(state, "", NULL);
	char name[40], lies[40], body[64];

	memset(body, 'x', sizeof body);
	for (unsigned n = 0; n <= sizeof body; n += n < 4 || n > 60 ? 1 : 4) {
		(void)snprintf(name, sizeof name, "orders/s/cut-%u", n);
		(void)snprintf(lies, sizeof lies, "\"reset_after\":%u", n);
		cloud_fake_now(*state, lies);
		assert_int_equal(fixture_put(f, name, body, sizeof body), 0);
		assert_int_equal(fixture_get(f, name, 0, 0, sizeof body), 0);
		assert_int_equal(f->len, sizeof body);
		assert_memory_equal(f->bytes, body, sizeof body);
	}
	leave(f);
}

static void
a_get_cut_after_any_byte_is_whole_in_the_end(void **state)
{
	struct fixture *f = visit(state, "", NULL);
	char lies[40];

	assert_int_equal(put_one(f), 0);
	for (unsigned n = 0; n <= 70; n += 7) {
		(void)snprintf(lies, sizeof lies, "\"reset_after\":%u", 100000 + n);
		cloud_fake_now(*state, lies);
		assert_int_equal(get_one(f), 0);
		assert_int_equal(f->len, 10);
		assert_memory_equal(f->bytes, BODY, 10);
	}
	leave(f);
}

static void
a_server_of_one_byte_a_second_does_not_hold_the_operation(void **state)
{
	struct fixture *f = visit(state, "\"drip\":true", NULL);
	uint64_t began = loop_now_ms(&f->loop);

	f->loop.deadline_ms = began + 3000;
	assert_int_equal(get_one(f), ERR_DEADLINE);
	assert_true(loop_now_ms(&f->loop) - began < 6000);
	leave(f);
}

static void
nothing_final_is_tried_again(void **state)
{
	static const struct {
		const char *lies;
		int         code;
		const char *words;
	} cases[] = {
		{ "\"error\":\"400 AuthorizationHeaderMalformed x\"", ERR_CONFIG, "is store.region that of the bucket?" },
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
		struct fixture *f = visit(state, cases[i].lies, NULL);

		assert_int_equal(get_one(f), cases[i].code);
		assert_says(f, cases[i].code, cases[i].words);
		assert_int_equal(cloud_fake_count(*state, "GET"), 1);
		leave(f);
	}
}

static void
redirects_are_never_followed(void **state)
{
	struct cloud_fake *w = *state;
	char lies[128];
	struct fixture *f;

	(void)snprintf(lies, sizeof lies, "\"redirect\":\"http://127.0.0.1:%u/stolen\"", w->port);
	f = visit(state, lies, NULL);
	assert_int_equal(put_one(f), ERR_CONFIG);
	assert_says(f, ERR_CONFIG, "another region or at another endpoint");
	assert_null(strstr(cloud_fake_seen(w), "stolen"));
	leave(f);
}

/* ---- the clock ---- */

static void
a_clock_that_is_off_is_corrected_once_and_named(void **state)
{
	struct fixture *f = visit(state, "", NULL);

	*cloud_fixture_ahead(f) = 3600 * 1000;
	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	assert_in_range(f->store->facts.clock_ahead_s, 3597, 3603);
	assert_int_equal(get_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "GET"), 1); /* it is known now */
	leave(f);
}

static void
a_server_that_wants_yet_another_time_is_given_up(void **state)
{
	struct fixture *f = visit(state, "\"error\":\"403 RequestTimeTooSkewed x\",\"skew\":-5000", NULL);

	assert_int_equal(put_one(f), ERR_CONFIG);
	assert_says(f, ERR_CONFIG, "the clock here is ");
	assert_says(f, ERR_CONFIG, " s off that of the store");
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	leave(f);
}

/* ---- lists ---- */

static void
list_is_refused(void **state, const char *lies, const char *words)
{
	struct fixture *f = visit(state, "", NULL);

	(void)cloud_fake_do(*state, "{\"do\":\"put\",\"key\":\"zzz\",\"text\":\"1\"}");
	assert_int_equal(fixture_put(f, "orders/s/a", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/b", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/c", "1", 1), 0);
	cloud_fake_now(*state, lies);
	assert_int_equal(fixture_list(f, "orders/s", "a", 1), ERR_CORRUPT);
	assert_says(f, ERR_CORRUPT, words);
	leave(f);
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
	struct fixture *f = visit(state, "", NULL);

	assert_int_equal(fixture_put(f, "orders/s/a", "1", 1), 0);
	assert_int_equal(fixture_put(f, "orders/s/b", "1", 1), 0);
	cloud_fake_now(*state, "\"order\":true");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CORRUPT);
	assert_says(f, ERR_CORRUPT, "not in the order of their bytes");
	leave(f);
}

/* Objects of other hands among ours: deep ones, hidden ones, names that are too long or no text. */
static void
foreign_names_are_passed_over_also_where_they_fill_pages(void **state)
{
	struct fixture *f = visit(state, "", NULL);
	char order[2000], name[1100];

	assert_int_equal(put_one(f), 0);
	for (unsigned i = 0; i < 30; i++) {
		(void)snprintf(order, sizeof order, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/a%02u/deep/er\",\"text\":\"\"}", i);
		(void)cloud_fake_do(*state, order);
		(void)snprintf(order, sizeof order, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/.%02u\",\"text\":\"\"}", i);
		(void)cloud_fake_do(*state, order);
	}
	memset(name, 'n', 1000);
	name[1000] = '\0';
	(void)snprintf(order, sizeof order, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/%s\",\"text\":\"\"}", name);
	(void)cloud_fake_do(*state, order);
	(void)cloud_fake_do(*state, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/\\udcff\",\"text\":\"\"}");
	(void)cloud_fake_do(*state, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/z \\\"<&>'+%41\",\"text\":\"\"}");
	(void)cloud_fake_do(*state, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/\",\"text\":\"\"}");
	assert_int_equal(fixture_list(f, "orders/s", "", 2), 0);
	assert_int_equal(f->count, 2);
	assert_string_equal(f->names[0], "one");
	assert_string_equal(f->names[1], "z \"<&>'+%41");
	assert_int_equal(fixture_list(f, "orders/s", "", 1), 0);
	assert_int_equal(f->count, 1);
	assert_true(f->more);
	leave(f);
}

static void
names_come_escaped_or_not_as_the_answer_says(void **state)
{
	struct fixture *f = visit(state, "\"encoding\":false", NULL);

	(void)cloud_fake_do(*state, "{\"do\":\"put\",\"key\":\"backups/kafka/orders/s/a+b%41&\",\"text\":\"\"}");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->names[0], "a+b%41&");
	leave(f);
}

static void
pages_without_an_end_or_a_way_on_are_refused(void **state)
{
	struct fixture *f = visit(state, "", NULL);

	cloud_fake_now(*state, "\"xml\":\"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>\"");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CORRUPT);
	cloud_fake_now(*state, "\"xml\":\"<ListBucketResult></ListBucketResult>\"");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_CORRUPT);
	cloud_fake_now(*state, "\"xml\":\"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x"
	                       "</NextContinuationToken></ListBucketResult>\"");
	assert_int_equal(fixture_list(f, "orders/s", "", 10), ERR_OPERATOR); /* for ever the same page */
	assert_says(f, ERR_OPERATOR, "more than 1000000 objects");
	leave(f);
}

/* ---- objects ---- */

static void
ranges_that_are_ignored_give_the_same_bytes(void **state)
{
	struct fixture *f = visit(state, "", NULL);

	assert_int_equal(put_one(f), 0);
	cloud_fake_now(*state, "\"whole\":true");
	assert_int_equal(fixture_get(f, "orders/s/one", 2, 3, 3), 0);
	assert_memory_equal(f->bytes, "234", 3);
	assert_int_equal(f->total, 10);
	assert_int_equal(fixture_get(f, "orders/s/one", 11, 3, 3), ERR_CORRUPT);
	leave(f);
}

static void
a_removal_that_only_hides_is_a_fact(void **state)
{
	struct fixture *f = visit(state, "", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_false(f->store->facts.keeps_removed);
	cloud_fake_now(*state, "\"versions\":true");
	assert_int_equal(put_one(f), 0);
	assert_int_equal(fixture_delete(f, "orders/s/one"), 0);
	assert_true(f->store->facts.keeps_removed);
	leave(f);
}

static void
a_store_without_conditions_is_written_to_without(void **state)
{
	struct fixture *f = visit(state, "\"condition\":\"refused\"", NULL);

	assert_int_equal(put_one(f), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2);
	assert_int_equal(fixture_put(f, "orders/s/two", "2", 1), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 1); /* it is known now */
	leave(f);
}

/* ---- check ---- */

static void
check_proves_what_a_good_store_honours(void **state)
{
	struct fixture *f = visit(state, "", NULL);

	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.checked);
	assert_true(f->store->facts.exclusive);
	assert_true(f->store->facts.sums);
	assert_false(f->store->facts.keeps_removed);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	leave(f);
}

static void
check_finds_out_what_is_ignored(void **state)
{
	struct fixture *f = visit(state, "\"condition\":\"ignored\",\"sum\":true,\"versions\":true", NULL);

	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.checked);
	assert_false(f->store->facts.exclusive);
	assert_false(f->store->facts.sums);
	assert_true(f->store->facts.keeps_removed);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	leave(f);
	f = visit(state, "\"condition\":\"refused\"", NULL);
	assert_int_equal(fixture_check(f), 0);
	assert_false(f->store->facts.exclusive);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	leave(f);
}

static void
check_survives_a_lost_answer(void **state)
{
	struct fixture *f = visit(state, "\"lost\":1", NULL);

	assert_int_equal(fixture_check(f), 0);
	assert_true(f->store->facts.exclusive);
	assert_string_equal(cloud_fake_do(*state, "{\"do\":\"keys\"}"), "[]");
	leave(f);
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
		struct fixture *f = visit(state, "", NULL);
		const char *left;

		(void)cloud_fake_do(*state, "{\"do\":\"put\",\"key\":\"foreign\",\"text\":\"1\"}");
		cloud_fake_now(*state, cases[i].lies);
		assert_int_equal(fixture_check(f), cases[i].code);
		assert_says(f, cases[i].code, cases[i].words);
		assert_false(f->store->facts.checked);
		left = cloud_fake_do(*state, "{\"do\":\"keys\"}");
		assert_non_null(strstr(left, "\"foreign\"]"));
		if (strcmp(cases[i].left, "[]") == 0)
			assert_string_equal(left, "[\"foreign\"]");
		else
			assert_non_null(strstr(left, cases[i].left));
		leave(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_put_has_all_that_was_configured),
		cmocka_unit_test(googles_dialect_has_no_header_of_amazons),
		cmocka_unit_test(a_bucket_in_the_hosts_name_is_not_in_the_path),
		cmocka_unit_test(options_that_make_no_sense_are_refused),
		cmocka_unit_test(a_storm_of_503_is_waited_out_and_an_endless_one_ends),
		cmocka_unit_test(a_server_that_says_when_is_waited_for_but_not_for_an_hour),
		cmocka_unit_test(another_request_in_the_way_is_tried_again),
		cmocka_unit_test(a_put_whose_answer_was_lost_is_known_again),
		cmocka_unit_test(a_put_cut_after_any_byte_is_whole_in_the_end),
		cmocka_unit_test(a_get_cut_after_any_byte_is_whole_in_the_end),
		cmocka_unit_test(a_server_of_one_byte_a_second_does_not_hold_the_operation),
		cmocka_unit_test(nothing_final_is_tried_again),
		cmocka_unit_test(redirects_are_never_followed),
		cmocka_unit_test(a_clock_that_is_off_is_corrected_once_and_named),
		cmocka_unit_test(a_server_that_wants_yet_another_time_is_given_up),
		cmocka_unit_test(lists_that_are_not_as_they_must_be_are_refused),
		cmocka_unit_test(a_list_in_another_order_is_refused),
		cmocka_unit_test(foreign_names_are_passed_over_also_where_they_fill_pages),
		cmocka_unit_test(names_come_escaped_or_not_as_the_answer_says),
		cmocka_unit_test(pages_without_an_end_or_a_way_on_are_refused),
		cmocka_unit_test(ranges_that_are_ignored_give_the_same_bytes),
		cmocka_unit_test(a_removal_that_only_hides_is_a_fact),
		cmocka_unit_test(a_store_without_conditions_is_written_to_without),
		cmocka_unit_test(check_proves_what_a_good_store_honours),
		cmocka_unit_test(check_finds_out_what_is_ignored),
		cmocka_unit_test(check_survives_a_lost_answer),
		cmocka_unit_test(check_refuses_what_cannot_be_relied_on_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, cloud_fake_start, cloud_fake_stop);
}
