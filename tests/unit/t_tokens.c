/* t_tokens.c - tokens to bear from each of their sources, renewed in time, and never shown */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/base/cleanup.h"
#include "core/store/google_key.h"
#include "tests/unit/cloud_fixture.h"

struct place {
	char dir[64], token[96], public_key[96], url[96];
	struct secret *key; /* of a service account */
};

static void
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
place_make(struct place *p)
{
	*p = (struct place){ .key = NULL };
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/t_tokens.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->token, sizeof p->token, "%s/token", p->dir);
	(void)snprintf(p->public_key, sizeof p->public_key, "%s/public.pem", p->dir);
	write_file(p->token, "federated/token+1\n");
}

static void
place_remove(struct place *p)
{
	fixture_remove_tree(p->dir);
	secret_free(p->key);
}

/* The PEM as it stands in JSON. */
static void
add_escaped(struct buf *out, const char *pem, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (pem[i] == '\n')
			(void)buf_add_text(out, "\\n");
		else
			(void)buf_add_char(out, pem[i]);
}

static struct secret *
json_key(const struct place *p, EVP_PKEY *key, const char *password)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct secret *text;
	struct buf out;
	char *pem;
	long len;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, password == NULL ? NULL : EVP_aes_128_cbc(),
	                                          (const unsigned char *)password,
	                                          password == NULL ? 0 : (int)strlen(password), NULL, NULL), 1);
	len = BIO_get_mem_data(bio, &pem);
	buf_init(&out, 20000);
	(void)buf_print(&out, "{\"type\":\"service_account\",\"private_key_id\":\"KEYID\",\"client_email\":"
	                      "\"backup@project.iam\",\"token_uri\":\"%s/token\",\"private_key\":\"", p->url);
	add_escaped(&out, pem, (size_t)len);
	(void)buf_add_text(&out, "\"}");
	text = secret_new(out.data, out.len);
	assert_non_null(text);
	buf_release(&out);
	BIO_free(bio);
	return text;
}

static void
make_key(struct place *p)
{
	EVP_PKEY *key = EVP_RSA_gen(2048u);
	FILE *f = fopen(p->public_key, "we");

	assert_non_null(key);
	assert_non_null(f);
	assert_int_equal(PEM_write_PUBKEY(f, key), 1);
	assert_int_equal(fclose(f), 0);
	p->key = json_key(p, key, NULL);
	EVP_PKEY_free(key);
}

static void
know_key(struct cloud_fake *w, const struct place *p, const char *lies)
{
	char text[256];

	(void)snprintf(text, sizeof text, "\"google_key\":\"%s\"%s%s", p->public_key, lies[0] != '\0' ? "," : "", lies);
	cloud_fake_be(w, text);
}

/* ---- a store with a token of each source ---- */

static void
open_azure(void **state, struct fixture *f, struct place *p, enum credentials_source source)
{
	struct cloud_fake *w = *state;
	struct store_azure_options o = cloud_azure_options(w);

	o.credentials = (struct credentials_options){ .source = source, .endpoint = w->url, .client_id = "client-1",
		                                      .tenant_id = "tenant-1", .token_file = p->token };
	cloud_fixture_open_azure(f, &o);
}

static void
open_gcs(void **state, struct fixture *f, struct place *p, enum credentials_source source)
{
	struct cloud_fake *w = *state;
	struct store_gcs_options o = cloud_gcs_options(w);

	o.credentials.source = source;
	if (source == CREDENTIALS_SERVICE_ACCOUNT) {
		o.credentials.endpoint = NULL;
		o.credentials.secret = p->key;
	}
	cloud_fixture_open_gcs(f, &o);
}

static int
put_one(struct fixture *f, const char *name)
{
	return fixture_put(f, name, "1", 1);
}

static unsigned
count(const char *seen, const char *words)
{
	unsigned n = 0;

	for (const char *at = seen; (at = strstr(at, words)) != NULL; at++)
		n++;
	return n;
}

/* Two calls, one token. */
static void
assert_one_token(void **state, struct fixture *f, const char *path)
{
	const char *seen;

	assert_int_equal(put_one(f, "orders/s/one"), 0);
	assert_int_equal(put_one(f, "orders/s/two"), 0);
	seen = cloud_fake_seen(*state);
	assert_int_equal(count(seen, path), 1);
	assert_int_equal(count(seen, "uthorization: Bearer TOKEN1"), 2);
	cloud_fixture_close(f);
}

static void
each_source_gives_a_token_that_is_kept(void **state)
{
	struct fixture f;
	struct place p;

	place_make(&p);
	(void)snprintf(p.url, sizeof p.url, "%s", ((struct cloud_fake *)*state)->url);
	make_key(&p);
	cloud_fake_be(*state, "");
	open_azure(state, &f, &p, CREDENTIALS_MANAGED_IDENTITY);
	assert_one_token(state, &f, "\"GET /metadata/identity/oauth2/token?");
	open_azure(state, &f, &p, CREDENTIALS_WORKLOAD_IDENTITY);
	cloud_fake_be(*state, "");
	assert_one_token(state, &f, "\"POST /tenant-1/oauth2/v2.0/token HTTP");
	open_gcs(state, &f, &p, CREDENTIALS_METADATA_SERVER);
	cloud_fake_be(*state, "");
	assert_one_token(state, &f, "\"GET /computeMetadata/v1/instance/service-accounts/default/token HTTP");
	open_gcs(state, &f, &p, CREDENTIALS_SERVICE_ACCOUNT);
	know_key(*state, &p, "");
	assert_one_token(state, &f, "\"POST /token HTTP");
	place_remove(&p);
}

/* ---- renewing ---- */

static void
a_token_that_is_refused_is_fetched_once_more_and_not_for_ever(void **state)
{
	struct place p;

	place_make(&p);
	for (int cloud = 0; cloud < 2; cloud++) {
		const char *refusal = cloud == 0 ? "\"refuse\":\"401 InvalidAuthenticationInfo\""
		                                 : "\"refuse\":\"401 authError\"";
		char lies[96];
		struct fixture f;

		cloud_fake_be(*state, "");
		if (cloud == 0)
			open_azure(state, &f, &p, CREDENTIALS_MANAGED_IDENTITY);
		else
			open_gcs(state, &f, &p, CREDENTIALS_METADATA_SERVER);
		assert_int_equal(put_one(&f, "orders/s/one"), 0);
		(void)snprintf(lies, sizeof lies, "%s,\"second\":true", refusal);
		cloud_fake_now(*state, lies); /* it is withdrawn, and there is another */
		assert_int_equal(put_one(&f, "orders/s/two"), 0);
		assert_non_null(strstr(cloud_fake_seen(*state), "Bearer TOKEN2"));
		cloud_fixture_close(&f);

		cloud_fake_be(*state, refusal);
		if (cloud == 0)
			open_azure(state, &f, &p, CREDENTIALS_MANAGED_IDENTITY);
		else
			open_gcs(state, &f, &p, CREDENTIALS_METADATA_SERVER);
		assert_int_equal(put_one(&f, "orders/s/one"), ERR_DENIED);
		cloud_says(&f, ERR_DENIED, "has expired");
		assert_int_equal(put_one(&f, "orders/s/one"), ERR_DENIED);
		assert_int_equal(count(cloud_fake_seen(*state), cloud == 0 ? "/metadata/" : "/computeMetadata/"), 2);
		cloud_fixture_close(&f);
	}
	place_remove(&p);
}

static void
a_token_is_renewed_before_it_expires(void **state)
{
	struct fixture f;
	struct place p;

	place_make(&p);
	cloud_fake_be(*state, "\"expires_in\":3600");
	open_azure(state, &f, &p, CREDENTIALS_MANAGED_IDENTITY);
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	*cloud_fixture_ahead(&f) = 54 * 60 * 1000;
	assert_int_equal(put_one(&f, "orders/s/two"), 0);
	assert_int_equal(count(cloud_fake_seen(*state), "/metadata/"), 1);
	*cloud_fixture_ahead(&f) = 56 * 60 * 1000;
	assert_int_equal(put_one(&f, "orders/s/three"), 0);
	assert_int_equal(count(cloud_fake_seen(*state), "/metadata/"), 1);
	cloud_fixture_close(&f);
	place_remove(&p);
}

static void
a_workloads_token_is_read_each_time(void **state)
{
	struct fixture f;
	struct place p;

	place_make(&p);
	cloud_fake_be(*state, "\"refuse\":\"401 InvalidAuthenticationInfo\",\"second\":true");
	write_file(p.token, "stale");
	open_azure(state, &f, &p, CREDENTIALS_WORKLOAD_IDENTITY);
	assert_int_equal(put_one(&f, "orders/s/one"), ERR_DENIED);
	cloud_says(&f, ERR_DENIED, "invalid_client: the token in token_file is expired");
	assert_null(strstr(f.err.text, "stale"));
	write_file(p.token, "federated/token+1");
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	assert_int_equal(unlink(p.token), 0);
	cloud_fixture_close(&f);
	open_azure(state, &f, &p, CREDENTIALS_WORKLOAD_IDENTITY);
	assert_int_equal(put_one(&f, "orders/s/two"), ERR_CONFIG);
	cloud_says(&f, ERR_CONFIG, p.token);
	cloud_fixture_close(&f);
	place_remove(&p);
}

/* ---- bad days ---- */

static void
what_a_source_refuses_is_said(void **state)
{
	static const struct {
		enum credentials_source source;
		const char *lies;
		int         code;
		const char *words;
	} cases[] = {
		{ CREDENTIALS_MANAGED_IDENTITY, "\"token_error\":\"400 invalid_request\"", ERR_CONFIG,
		  "no such managed identity" },
		{ CREDENTIALS_MANAGED_IDENTITY, "\"token_error\":\"404 x\"", ERR_CONFIG, "assign one to it" },
		{ CREDENTIALS_MANAGED_IDENTITY, "\"token_error\":\"500 x\"", ERR_AGAIN, "cannot get a token from" },
		{ CREDENTIALS_WORKLOAD_IDENTITY, "\"token_error\":\"401 invalid_client\"", ERR_DENIED,
		  "does not trust" },
		{ CREDENTIALS_WORKLOAD_IDENTITY, "\"token_error\":\"400 unauthorized_client\"", ERR_CONFIG,
		  "client_id" },
		{ CREDENTIALS_WORKLOAD_IDENTITY, "\"token_error\":\"400 TOKENs+/are=never_shown\"", ERR_FAILED,
		  "400" },
		{ CREDENTIALS_METADATA_SERVER, "\"token_error\":\"404 x\"", ERR_CONFIG, "no service account" },
		{ CREDENTIALS_METADATA_SERVER, "\"flavor\":\"Vanilla\"", ERR_CONFIG,
		  "no metadata service of Google's" },
		{ CREDENTIALS_SERVICE_ACCOUNT, "\"token_error\":\"400 invalid_grant\"", ERR_DENIED, "was removed" },
	};
	struct place p;

	place_make(&p);
	(void)snprintf(p.url, sizeof p.url, "%s", ((struct cloud_fake *)*state)->url);
	make_key(&p);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct fixture f;

		cloud_fake_be(*state, cases[i].lies);
		if (cases[i].source <= CREDENTIALS_WORKLOAD_IDENTITY)
			open_azure(state, &f, &p, cases[i].source);
		else
			open_gcs(state, &f, &p, cases[i].source);
		assert_int_equal(put_one(&f, "orders/s/one"), cases[i].code);
		cloud_says(&f, cases[i].code, cases[i].words);
		cloud_fixture_close(&f);
	}
	place_remove(&p);
}

/* Azure's metadata service is away for a minute when it is updated. */
static void
a_metadata_service_that_is_updated_is_waited_for(void **state)
{
	struct fixture f;
	struct place p;

	place_make(&p);
	cloud_fake_be(*state, "\"updating\":2");
	open_azure(state, &f, &p, CREDENTIALS_MANAGED_IDENTITY);
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	assert_int_equal(count(cloud_fake_seen(*state), "/metadata/"), 3);
	cloud_fixture_close(&f);
	place_remove(&p);
}

/* A claim is of a time: of the server's, once that is known. */
static void
a_claim_by_a_clock_that_is_off_is_made_again(void **state)
{
	struct fixture f;
	struct place p;

	place_make(&p);
	(void)snprintf(p.url, sizeof p.url, "%s", ((struct cloud_fake *)*state)->url);
	make_key(&p);
	know_key(*state, &p, "\"skew\":3600");
	open_gcs(state, &f, &p, CREDENTIALS_SERVICE_ACCOUNT);
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	assert_int_equal(count(cloud_fake_seen(*state), "POST /token"), 2);
	cloud_fixture_close(&f);
	place_remove(&p);
}

static void
answers_that_are_no_tokens_are_refused_and_not_repeated(void **state)
{
	static const char *const json[] = { "", "[]", "{", "{\"hunter2\":", "{\"access_token\":1}",
		"{\"access_token\":\"\"}",
		"{\"access_token\":\"hunter2\\nx\"}", "{\"access_token\":\"hunter2 x\",\"expires_in\":1}" };
	static const char minute[] = "{\"access_token\":\"t\",\"expires_in\":\"60\"}"; /* as text, as Azure's */
	static const char past[] = "{\"access_token\":\"t\",\"expires_in\":-7}";
	struct credentials c;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(json); i++) {
		assert_int_equal(credentials_of_token(json[i], strlen(json[i]), 0, &c, &e), ERR_CORRUPT);
		assert_null(strstr(e.text, "hunter2"));
		assert_null(c.token);
	}
	assert_int_equal(credentials_of_token(minute, strlen(minute), 1000, &c, &e), 0);
	assert_string_equal((char *)c.token->bytes, "t");
	assert_int_equal(c.expires_ms, 61000);
	credentials_release(&c);
	assert_int_equal(credentials_of_token(past, strlen(past), 1000, &c, &e), 0);
	assert_int_equal(c.expires_ms, 0);
	credentials_release(&c);
}

/* ---- a service account's key ---- */

static int
read_key(const char *text, struct err *e)
{
	CLEANUP(secret_free) struct secret *s = secret_new(text, strlen(text));
	struct google_key k;
	int rc = google_key_read(s, &k, e);

	assert_null(strstr(e->text, "hunter2"));
	google_key_release(&k);
	return rc;
}

static void
files_that_are_no_key_are_refused_and_not_repeated(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(read_key("hunter2", &e), ERR_CONFIG);
	assert_int_equal(read_key("[]", &e), ERR_CONFIG);
	assert_int_equal(read_key("{\"type\":\"authorized_user\",\"private_key\":\"hunter2\",\"client_email\":\"a\","
	                          "\"token_uri\":\"http://x\"}", &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "not the JSON key of a service account"));
	assert_int_equal(read_key("{\"type\":\"service_account\",\"private_key\":\"hunter2\"}", &e), ERR_CONFIG);
}

static void
assert_no_claim(const struct secret *text)
{
	struct google_key k;
	struct err e = { 0 };
	struct buf out;

	buf_init(&out, 20000);
	assert_int_equal(google_key_read(text, &k, &e), 0);
	assert_int_equal(google_key_claim(&k, "https://x/token", 1000, &out, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "not an RSA key of 2048 bits or more"));
	google_key_release(&k);
	buf_release(&out);
}

/* And nobody is asked for a password: whoever sits at the terminal of the host. */
static void
private_keys_that_cannot_sign_are_refused(void **state)
{
	struct place p;
	EVP_PKEY *keys[] = { EVP_EC_gen("P-256"), EVP_RSA_gen(1024u), EVP_RSA_gen(2048u) };
	static const char no_pem[] = "{\"type\":\"service_account\",\"private_key\":\"no PEM\","
	                             "\"client_email\":\"a\",\"token_uri\":\"http://x\"}";
	struct secret *text;

	(void)state;
	place_make(&p);
	for (size_t i = 0; i < LENGTH(keys); i++) {
		assert_non_null(keys[i]);
		text = json_key(&p, keys[i], i == 2 ? "a password" : NULL);
		assert_no_claim(text);
		secret_free(text);
		EVP_PKEY_free(keys[i]);
	}
	text = secret_new(no_pem, strlen(no_pem));
	assert_no_claim(text);
	secret_free(text);
	place_remove(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_source_gives_a_token_that_is_kept),
		cmocka_unit_test(a_token_that_is_refused_is_fetched_once_more_and_not_for_ever),
		cmocka_unit_test(a_token_is_renewed_before_it_expires),
		cmocka_unit_test(a_workloads_token_is_read_each_time),
		cmocka_unit_test(what_a_source_refuses_is_said),
		cmocka_unit_test(a_metadata_service_that_is_updated_is_waited_for),
		cmocka_unit_test(a_claim_by_a_clock_that_is_off_is_made_again),
		cmocka_unit_test(answers_that_are_no_tokens_are_refused_and_not_repeated),
		cmocka_unit_test(files_that_are_no_key_are_refused_and_not_repeated),
		cmocka_unit_test(private_keys_that_cannot_sign_are_refused),
	};

	return cmocka_run_group_tests_name("tokens", tests, cloud_fake_start, cloud_fake_stop);
}
