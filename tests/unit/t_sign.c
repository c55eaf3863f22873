/* t_sign.c - signatures against those that are published, and what the dialects have different */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/store/sign.h"

struct vector {
	const char *name, *method, *path;
	struct sign_pair query[4], fields[6]; /* path and query not escaped; host is added */
	const char *body, *signature;
};

/* Of Amazon's Signature Version 4 test suite: AKIDEXAMPLE, us-east-1, "service", 2015-08-30. */
static const struct vector suite[] = {
	{ "get-vanilla", "GET", "/", { { NULL, NULL } }, { { NULL, NULL } }, "",
	  "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31" },
	{ "post-vanilla", "POST", "/", { { NULL, NULL } }, { { NULL, NULL } }, "",
	  "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b" },
	{ "get-vanilla-query-order-key-case", "GET", "/", { { "Param2", "value2" }, { "Param1", "value1" } },
	  { { NULL, NULL } }, "", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500" },
	{ "get-vanilla-query-unreserved", "GET", "/",
	  { { "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	      "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" } }, { { NULL, NULL } }, "",
	  "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197" },
	{ "get-vanilla-utf8-query", "GET", "/", { { "\xe1\x88\xb4", "bar" } }, { { NULL, NULL } }, "",
	  "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04" },
	{ "get-utf8", "GET", "/\xe1\x88\xb4", { { NULL, NULL } }, { { NULL, NULL } }, "",
	  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85" },
	{ "get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	  { { NULL, NULL } }, { { NULL, NULL } }, "",
	  "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f" },
	{ "post-x-www-form-urlencoded", "POST", "/", { { NULL, NULL } },
	  { { "content-type", "application/x-www-form-urlencoded" } }, "Param1=value1",
	  "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a" },
	{ "get-header-value-trim", "GET", "/", { { NULL, NULL } },
	  { { "my-header1", " value1" }, { "my-header2", " \"a   b   c\"" } }, "",
	  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736" },
};

/* Of Amazon's S3 documentation: AKIAIOSFODNN7EXAMPLE, us-east-1, "s3", 2013-05-24. */
static const struct vector s3_examples[] = {
	{ "GET object", "GET", "/test.txt", { { NULL, NULL } }, { { "range", "bytes=0-9" } }, "",
	  "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
	{ "PUT object", "PUT", "/test$file.text", { { NULL, NULL } },
	  { { "date", "Fri, 24 May 2013 00:00:00 GMT" }, { "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
	  "Welcome to Amazon S3.", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
	{ "GET bucket lifecycle", "GET", "/", { { "lifecycle", "" } }, { { NULL, NULL } }, "",
	  "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
	{ "GET bucket (list objects)", "GET", "/", { { "max-keys", "2" }, { "prefix", "J" } }, { { NULL, NULL } },
	  "", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
};

static size_t
count_of(const struct sign_pair *pairs, size_t max)
{
	size_t n = 0;

	while (n < max && pairs[n].name != NULL)
		n++;
	return n;
}

static void
sign_vector(const struct sign_dialect *d, const struct sign_key *key, const struct vector *v,
            const struct sign_pair *more, size_t more_count, struct buf *out)
{
	struct buf path CLEANUP(buf_release), query CLEANUP(buf_release);
	struct sign_pair fields[10];
	size_t n = count_of(v->fields, LENGTH(v->fields));
	char sum[SIGN_SUM_HEX];
	struct err e = { 0 };

	buf_init(&path, 1000);
	buf_init(&query, 1000);
	memcpy(fields, v->fields, n * sizeof fields[0]);
	memcpy(fields + n, more, more_count * sizeof fields[0]);
	sign_escape(&path, v->path, true);
	assert_int_equal(sign_query(&query, v->query, count_of(v->query, LENGTH(v->query))), 0);
	sign_sum(v->body, strlen(v->body), sum);
	for (size_t i = 0; i < more_count; i++)
		if (strcmp(more[i].name, "x-amz-content-sha256") == 0)
			fields[n + i].value = sum;
	assert_int_equal(sign(d, key,
	                      &(struct sign_request){ v->method, buf_text(&path), buf_text(&query), fields,
	                                              n + more_count, sum, 0 },
	                      out, &e), 0);
}

static void
assert_vector(const struct sign_dialect *d, const struct sign_key *key, const struct vector *v,
              const struct sign_pair *more, size_t more_count)
{
	struct buf out CLEANUP(buf_release);
	const char *signature;

	buf_init(&out, 2000);
	sign_vector(d, key, v, more, more_count, &out);
	signature = strstr(buf_text(&out), "Signature=");
	assert_non_null(signature);
	if (strcmp(signature + 10, v->signature) != 0)
		print_error("%s: %s\n", v->name, buf_text(&out));
	assert_string_equal(signature + 10, v->signature);
}

static struct secret *
secret_of(const char *text)
{
	struct secret *s = secret_new(text, strlen(text));

	assert_non_null(s);
	return s;
}

static void
the_published_suite_is_signed_as_published(void **state)
{
	static const struct sign_dialect service = { "AWS4-HMAC-SHA256", "AWS4", "service", "aws4_request" };
	static const struct sign_pair more[] = { { "host", "example.amazonaws.com" },
		                                 { "x-amz-date", "20150830T123600Z" } };
	struct secret *secret = secret_of("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
	const struct sign_key key = { "AKIDEXAMPLE", secret, "us-east-1", "20150830T123600Z" };

	(void)state;
	for (size_t i = 0; i < LENGTH(suite); i++)
		assert_vector(&service, &key, &suite[i], more, LENGTH(more));
	secret_free(secret);
}

static void
the_examples_of_s3_are_signed_as_published(void **state)
{
	static const struct sign_pair more[] = { { "host", "examplebucket.s3.amazonaws.com" },
		                                 { "x-amz-content-sha256", "" },
		                                 { "x-amz-date", "20130524T000000Z" } };
	struct secret *secret = secret_of("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
	const struct sign_key key = { "AKIAIOSFODNN7EXAMPLE", secret, "us-east-1", "20130524T000000Z" };

	(void)state;
	for (size_t i = 0; i < LENGTH(s3_examples); i++)
		assert_vector(&sign_aws, &key, &s3_examples[i], more, LENGTH(more));
	secret_free(secret);
}

static void
the_whole_header_has_the_scope_and_the_fields_in_order(void **state)
{
	static const struct sign_pair more[] = { { "host", "h" }, { "a", "1" } };
	struct secret *secret = secret_of("s");
	const struct sign_key key = { "ID", secret, "auto", "20261122T101112Z" };
	const struct vector v = { "", "GET", "/", { { NULL, NULL } }, { { "z", "2" } }, "", "" };
	struct buf out CLEANUP(buf_release);
	const char *wanted = "GOOG4-HMAC-SHA256 Credential=ID/20261122/auto/storage/goog4_request, "
	                     "SignedHeaders=a;host;z, Signature=";

	(void)state;
	buf_init(&out, 2000);
	sign_vector(&sign_google, &key, &v, more, LENGTH(more), &out);
	assert_memory_equal(buf_text(&out), wanted, strlen(wanted));
	assert_int_equal(out.len, strlen(wanted) + 64);
	secret_free(secret);
}

/* Google publishes no vectors; what differs is the algorithm's name, the key's prefix and the scope. */
static void
the_dialects_sign_the_same_request_differently(void **state)
{
	static const struct sign_pair more[] = { { "host", "h" } };
	struct secret *secret = secret_of("s");
	const struct sign_key key = { "ID", secret, "auto", "20261122T101112Z" };
	const struct vector v = { "", "GET", "/", { { NULL, NULL } }, { { NULL, NULL } }, "", "" };
	struct buf a CLEANUP(buf_release), b CLEANUP(buf_release);

	(void)state;
	buf_init(&a, 2000);
	buf_init(&b, 2000);
	sign_vector(&sign_aws, &key, &v, more, LENGTH(more), &a);
	sign_vector(&sign_google, &key, &v, more, LENGTH(more), &b);
	assert_string_not_equal(strstr(buf_text(&a), "Signature="), strstr(buf_text(&b), "Signature="));
	secret_free(secret);
}

static void
each_byte_that_is_reserved_is_escaped_once(void **state)
{
	struct buf out CLEANUP(buf_release);

	(void)state;
	buf_init(&out, 1000);
	sign_escape(&out, "a b/c%2F+=&?#'()*!~:@,;$[]|^`\"<>\xc3\xa4", true);
	assert_string_equal(buf_text(&out), "a%20b/c%252F%2B%3D%26%3F%23%27%28%29%2A%21~%3A%40%2C%3B%24%5B%5D%7C%5E%60"
	                                    "%22%3C%3E%C3%A4");
	buf_clear(&out);
	sign_escape(&out, "a/b", false);
	assert_string_equal(buf_text(&out), "a%2Fb");
}

static void
a_query_is_sorted_by_names_then_by_values(void **state)
{
	static const struct sign_pair pairs[] = { { "b", "1" }, { "a-b", "" }, { "a", "2" }, { "a", "1" },
		                                  { "B", "x" } };
	struct buf out CLEANUP(buf_release);

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(sign_query(&out, pairs, LENGTH(pairs)), 0);
	assert_string_equal(buf_text(&out), "B=x&a=1&a=2&a-b=&b=1");
	assert_int_equal(sign_query(&out, pairs, SIGN_PAIRS_MAX + 1), -1);
}

static void
more_fields_than_fit_are_an_error(void **state)
{
	struct sign_pair fields[SIGN_FIELDS_MAX + 1];
	struct secret *secret = secret_of("s");
	struct buf out CLEANUP(buf_release);
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(fields); i++)
		fields[i] = (struct sign_pair){ "a", "b" };
	buf_init(&out, 2000);
	assert_int_equal(sign(&sign_aws, &(struct sign_key){ "ID", secret, "r", "20261122T101112Z" },
	                      &(struct sign_request){ "GET", "/", "", fields, LENGTH(fields), "", 0 }, &out, &e),
	                 ERR_FAILED);
	secret_free(secret);
}

static void
a_time_is_written_as_signatures_have_it(void **state)
{
	char text[SIGN_TIME_SIZE];

	(void)state;
	sign_time(1369353600, text);
	assert_string_equal(text, "20130524T000000Z");
	sign_time(-1, text);
	assert_string_equal(text, "19700101T000000Z");
	sign_time(INT64_MAX, text);
	assert_string_equal(text, "99991231T235959Z");
}

/* ---- Azure ---- */

static const char azure_text[] = "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
                                 "x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\n"
                                 "restype:container\ntimeout:20";

/* Of Microsoft's "Authorize with Shared Key": the text; its signature is published for no known key. */
static void
azures_example_is_the_text_that_is_published(void **state)
{
	static const struct sign_pair query[] = { { "timeout", "20" }, { "restype", "container" },
		                                  { "comp", "metadata" } };
	const struct sign_pair fields[] = { { "x-ms-version", "2015-02-21" },
		                            { "x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT" } };
	struct buf escaped CLEANUP(buf_release), out CLEANUP(buf_release);

	(void)state;
	buf_init(&escaped, 1000);
	buf_init(&out, 1000);
	assert_int_equal(sign_query(&escaped, query, LENGTH(query)), 0);
	assert_int_equal(sign_azure_text(&out, "myaccount",
	                                 &(struct sign_request){ .method = "GET", .path = "/mycontainer",
	                                                         .query = buf_text(&escaped), .fields = fields,
	                                                         .field_count = LENGTH(fields) }), 0);
	assert_string_equal(buf_text(&out), azure_text);
}

static void
each_header_of_azures_has_its_place(void **state)
{
	static const struct sign_pair query[] = { { "prefix", "a/b c+%41" }, { "marker", "" } };
	const struct sign_pair fields[] = { { "range", "bytes=0-9" }, { "x-ms-b", "2" }, { "if-none-match", "*" },
		                            { "x-ms-a", "1" }, { "content-type", "t" } };
	struct buf escaped CLEANUP(buf_release), out CLEANUP(buf_release);

	(void)state;
	buf_init(&escaped, 1000);
	buf_init(&out, 1000);
	assert_int_equal(sign_query(&escaped, query, LENGTH(query)), 0);
	assert_int_equal(sign_azure_text(&out, "a",
	                                 &(struct sign_request){ .method = "PUT", .path = "/c/d%20e", .body_len = 12,
	                                                         .query = buf_text(&escaped), .fields = fields,
	                                                         .field_count = LENGTH(fields) }), 0);
	assert_string_equal(buf_text(&out), "PUT\n\n\n12\n\nt\n\n\n\n*\n\nbytes=0-9\nx-ms-a:1\nx-ms-b:2\n"
	                                    "/a/c/d%20e\nmarker:\nprefix:a/b c+%41");
}

/* HMAC-SHA256 of that text with the key "key", by a reckoning of Python's. */
static void
azures_signature_is_one_of_the_text(void **state)
{
	static const struct sign_pair fields[] = { { "x-ms-version", "2015-02-21" },
		                                   { "x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT" } };
	struct secret *key = secret_new("key", 3);
	struct buf out CLEANUP(buf_release);
	struct err e;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(sign_azure("myaccount", key,
	                            &(struct sign_request){ .method = "GET", .path = "/mycontainer", .fields = fields,
	                                                    .query = "comp=metadata&restype=container&timeout=20",
	                                                    .field_count = LENGTH(fields) }, &out, &e), 0);
	assert_string_equal(buf_text(&out), "SharedKey myaccount:WM6PIVHYgxCEsyR7/qzf8xFpP0IqD5n1ky7LYLMZ/9g=");
	secret_free(key);
}

static void
a_date_is_written_as_http_has_it(void **state)
{
	char text[SIGN_HTTP_DATE_SIZE];

	(void)state;
	sign_http_date(1435361952, text);
	assert_string_equal(text, "Fri, 26 Jun 2015 23:39:12 GMT");
	sign_http_date(-1, text);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	sign_http_date(INT64_MAX, text);
	assert_string_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_suite_is_signed_as_published),
		cmocka_unit_test(the_examples_of_s3_are_signed_as_published),
		cmocka_unit_test(the_whole_header_has_the_scope_and_the_fields_in_order),
		cmocka_unit_test(the_dialects_sign_the_same_request_differently),
		cmocka_unit_test(each_byte_that_is_reserved_is_escaped_once),
		cmocka_unit_test(a_query_is_sorted_by_names_then_by_values),
		cmocka_unit_test(more_fields_than_fit_are_an_error),
		cmocka_unit_test(a_time_is_written_as_signatures_have_it),
		cmocka_unit_test(azures_example_is_the_text_that_is_published),
		cmocka_unit_test(each_header_of_azures_has_its_place),
		cmocka_unit_test(azures_signature_is_one_of_the_text),
		cmocka_unit_test(a_date_is_written_as_http_has_it),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
