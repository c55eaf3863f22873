/* t_credentials.c - keys from each of their sources, renewed in time, and never shown */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "tests/unit/cloud_fixture.h"

/* ---- what sources say ---- */

static void
times_are_read_as_services_write_them(void **state)
{
	static const char *const bad[] = { "", "2026-11-22", "2026-11-22T10:00:00", "2026-11-22 10:00:00Z",
		                           "x026-11-22T10:00:00Z",
		                           "2026-11-22T10:00:00+01:00", "2026-11-22T10:00:00ZZ" };

	(void)state;
	assert_int_equal(credentials_time("2026-11-22T10:00:00Z"), 1795341600000);
	assert_int_equal(credentials_time("2026-11-22T10:00:00.123456Z"), 1795341600000);
	assert_int_equal(credentials_time("2026-11-22T10:00:00+00:00"), 1795341600000);
	for (size_t i = 0; i < LENGTH(bad); i++)
		assert_int_equal(credentials_time(bad[i]), 0);
}

static int
profile(const char *text, const char *name, struct credentials *c, struct err *e)
{
	*c = (struct credentials){ .id = NULL };
	*e = (struct err){ 0 };
	return credentials_of_profile("/f", text, strlen(text), name, c, e);
}

static void
a_profile_of_a_shared_file_is_found_among_others(void **state)
{
	static const char text[] = "# mine\n[default]\naws_access_key_id = DEF\naws_secret_access_key=defsecret\r\n\n"
	                           "[ backup ]\n aws_access_key_id=BAK\n; no\naws_secret_access_key = a=b/c+d \n"
	                           "aws_session_token = tok==\nregion = x\n[profile late]\naws_access_key_id=L\n"
	                           "aws_secret_access_key=l";
	struct credentials c;
	struct err e;

	(void)state;
	assert_int_equal(profile(text, "backup", &c, &e), 0);
	assert_string_equal(c.id, "BAK");
	assert_string_equal((char *)c.secret->bytes, "a=b/c+d");
	assert_string_equal((char *)c.token->bytes, "tok==");
	credentials_release(&c);
	assert_int_equal(profile(text, "default", &c, &e), 0);
	assert_string_equal(c.id, "DEF");
	assert_null(c.token);
	credentials_release(&c);
	assert_int_equal(profile(text, "late", &c, &e), 0);
	credentials_release(&c);
	assert_int_equal(profile(text, "none", &c, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "/f has no profile [none]"));
}

static void
a_profile_without_keys_says_what_is_wrong_and_shows_nothing(void **state)
{
	struct credentials c;
	struct err e;

	(void)state;
	assert_int_equal(profile("[a]\naws_access_key_id=X\n", "a", &c, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "no secret access key"));
	assert_int_equal(profile("[a]\ncredential_process = /bin/hunter2\n", "a", &c, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "no process is started"));
	assert_null(strstr(e.text, "hunter2"));
	assert_int_equal(profile("[a]\naws_access_key_id=X hunter2\naws_secret_access_key=s", "a", &c, &e), ERR_CONFIG);
	assert_null(strstr(e.text, "hunter2"));
	assert_int_equal(profile("[a]\naws_access_key_id=X\naws_secret_access_key=hunter2 x", "a", &c, &e), ERR_CONFIG);
	assert_null(strstr(e.text, "hunter2"));
}

static void
answers_that_are_no_keys_are_refused_and_not_repeated(void **state)
{
	static const char *const json[] = { "", "[]", "{", "{\"hunter2\":", "{\"AccessKeyId\":\"hunter2\"}",
		"{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"hunter2\\n\"}",
		"{\"AccessKeyId\":1,\"SecretAccessKey\":2}",
		"{\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Token\":\"hunter2 x\"}",
		"{\"Code\":\"Failed\",\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"hunter2\"}" };
	struct credentials c = { .id = NULL };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(json); i++) {
		assert_int_not_equal(credentials_of_json(json[i], strlen(json[i]), &c, &e), 0);
		assert_null(strstr(e.text, "hunter2"));
		assert_null(c.id);
		assert_null(c.secret);
		assert_int_not_equal(credentials_of_sts(json[i], strlen(json[i]), &c, &e), 0);
		assert_null(strstr(e.text, "hunter2"));
	}
}

/* ---- a store with keys from each source ---- */

struct place {
	char dir[64], token[96], file[96], url[96];
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
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/t_credentials.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->token, sizeof p->token, "%s/token", p->dir);
	(void)snprintf(p->file, sizeof p->file, "%s/credentials", p->dir);
}

static struct store_s3_options
options(void **state, enum credentials_source source, struct place *p)
{
	struct store_s3_options o = cloud_options(*state, false);
	struct cloud_fake *w = *state;

	(void)snprintf(p->url, sizeof p->url, "%s%s", w->url, source == CREDENTIALS_CONTAINER ? "/v1/credentials" : "");
	o.credentials = (struct credentials_options){ .source = source, .endpoint = p->url };
	return o;
}

static int
put_one(struct fixture *f, const char *name)
{
	return fixture_put(f, name, "1", 1);
}

/* Two calls, one fetch; what the services saw holds no key of ours. */
static void
assert_source(void **state, const struct store_s3_options *o, unsigned asked, const char *path)
{
	struct fixture f;
	const char *seen;
	unsigned n = 0;

	cloud_fake_be(*state, "");
	cloud_fixture_open(&f, o);
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	assert_int_equal(put_one(&f, "orders/s/two"), 0);
	seen = cloud_fake_seen(*state);
	for (const char *at = seen; (at = strstr(at, path)) != NULL; at++)
		n++;
	assert_int_equal(n, asked);
	assert_null(strstr(seen, "TEMPSECRET"));
	cloud_fixture_close(&f);
}

/* With a token in a file, which is read whenever a key is needed. */
static void
assert_token_source(void **state, enum credentials_source source, const char *token, const char *path)
{
	struct place p;
	struct store_s3_options o;
	struct fixture f;

	place_make(&p);
	o = options(state, source, &p);
	o.credentials.role_arn = "arn:aws:iam::1:role/backup";
	o.credentials.token_file = p.token;
	write_file(p.token, token);
	assert_int_equal(chmod(p.token, 0644), 0); /* as Kubernetes has it */
	assert_source(state, &o, 1, path);
	cloud_fake_be(*state, "\"expires_in\":200");
	cloud_fixture_open(&f, &o);
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	write_file(p.token, "another");
	*cloud_fixture_ahead(&f) = 61 * 1000;
	assert_int_equal(put_one(&f, "orders/s/two"), ERR_DENIED);
	cloud_fixture_close(&f);
	fixture_remove_tree(p.dir);
}

static void
web_identity_changes_a_token_for_a_key(void **state)
{
	assert_token_source(state, CREDENTIALS_WEB_IDENTITY, "web/identity+token\n", "\"POST / HTTP");
}

static void
a_container_has_a_key_for_its_token(void **state)
{
	assert_token_source(state, CREDENTIALS_CONTAINER, "container-token", "\"GET /v1/credentials HTTP");
}

static void
a_machine_has_a_key_by_a_session_of_version_2(void **state)
{
	struct place p;
	struct store_s3_options o = options(state, CREDENTIALS_IMDS, &p);

	assert_source(state, &o, 3, " /latest/");
}

static void
a_file_is_read_for_each_operation(void **state)
{
	struct place p;
	struct store_s3_options o;

	place_make(&p);
	o = options(state, CREDENTIALS_FILE, &p);
	o.credentials.file = p.file;
	write_file(p.file, "[default]\naws_access_key_id=ID\naws_secret_access_key=SECRET\n");
	assert_source(state, &o, 0, "POST");
	fixture_remove_tree(p.dir);
}

static void
the_environment_is_read_only_where_the_file_says_so(void **state)
{
	struct place p;
	struct store_s3_options o = cloud_options(*state, false);

	place_make(&p);
	setenv("AWS_ACCESS_KEY_ID", "TEMP", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "TEMPSECRET", 1);
	setenv("AWS_SESSION_TOKEN", "TOKEN/+=", 1);
	o.credentials = (struct credentials_options){ .source = CREDENTIALS_ENVIRONMENT };
	assert_source(state, &o, 0, "POST");
	o = options(state, CREDENTIALS_IMDS, &p);
	assert_source(state, &o, 3, " /latest/");
	unsetenv("AWS_ACCESS_KEY_ID");
	(void)options(state, CREDENTIALS_CONTAINER, &p);
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", p.url, 1);
	setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token", 1);
	o.credentials = (struct credentials_options){ .source = CREDENTIALS_ENVIRONMENT };
	assert_source(state, &o, 1, "\"GET /v1/credentials HTTP");
	unsetenv("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	unsetenv("AWS_SESSION_TOKEN");
	fixture_remove_tree(p.dir);
}

/* ---- renewing ---- */

static void
open_imds(void **state, struct fixture *f, struct place *p, const char *lies)
{
	struct store_s3_options o = options(state, CREDENTIALS_IMDS, p);

	cloud_fake_be(*state, lies);
	cloud_fixture_open(f, &o);
}

static void
a_key_is_renewed_before_it_expires(void **state)
{
	struct fixture f;
	struct place p;

	open_imds(state, &f, &p, "\"expires_in\":200"); /* less than five minutes */
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	cloud_fake_now(*state, "\"second\":true,\"expires_in\":3600,\"refuse\":\"400 ExpiredToken\"");
	*cloud_fixture_ahead(&f) = 61 * 1000;
	assert_int_equal(put_one(&f, "orders/s/two"), 0);
	(void)cloud_fake_seen(*state);
	assert_int_equal(put_one(&f, "orders/s/three"), 0);
	assert_int_equal(cloud_fake_count(*state, "GET"), 0); /* that one is good for an hour */
	cloud_fixture_close(&f);
}

static void
a_key_that_lives_is_used_while_the_service_is_away(void **state)
{
	struct fixture f;
	struct place p;

	open_imds(state, &f, &p, "\"expires_in\":200");
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	cloud_fake_now(*state, "\"token_error\":\"500\"");
	*cloud_fixture_ahead(&f) = 61 * 1000;
	assert_int_equal(put_one(&f, "orders/s/two"), 0);
	assert_non_null(strstr(cloud_fake_seen(*state), "/latest/"));
	(void)cloud_fake_seen(*state);
	assert_int_equal(put_one(&f, "orders/s/three"), 0);
	assert_null(strstr(cloud_fake_seen(*state), "/latest/")); /* not asked for each request */
	*cloud_fixture_ahead(&f) = 201 * 1000;
	assert_int_equal(put_one(&f, "orders/s/four"), ERR_AGAIN);
	assert_non_null(strstr(f.err.text, "cannot get an access key from http://127.0.0.1:"));
	cloud_fixture_close(&f);
}

static void
a_refused_key_is_renewed_once(void **state)
{
	static const char *const refusals[] = { "400 ExpiredToken", "403 AccessDenied", "403 InvalidAccessKeyId" };
	struct fixture f;
	struct place p;

	for (size_t i = 0; i < LENGTH(refusals); i++) {
		char lies[100];

		open_imds(state, &f, &p, "");
		assert_int_equal(put_one(&f, "orders/s/one"), 0);
		(void)snprintf(lies, sizeof lies, "\"second\":true,\"refuse\":\"%s\"", refusals[i]);
		cloud_fake_now(*state, lies);
		assert_int_equal(put_one(&f, "orders/s/two"), 0);
		cloud_fake_now(*state, "\"deny\":[\"put\"]");
		(void)cloud_fake_seen(*state);
		assert_int_equal(put_one(&f, "orders/s/three"), ERR_DENIED);
		assert_int_equal(cloud_fake_count(*state, "PUT"), 1); /* and not again and again */
		cloud_fixture_close(&f);
	}
}

static void
a_file_is_read_again_when_its_key_is_refused(void **state)
{
	struct place p;
	struct fixture f;
	struct store_s3_options o;

	place_make(&p);
	o = options(state, CREDENTIALS_FILE, &p);
	o.credentials.file = p.file;
	write_file(p.file, "[default]\naws_access_key_id=TEMP\naws_secret_access_key=TEMPSECRET\n"
	                   "aws_session_token=TOKEN/+=\n");
	cloud_fake_be(*state, "");
	cloud_fixture_open(&f, &o);
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	cloud_fake_now(*state, "\"refuse\":\"400 ExpiredToken\"");
	write_file(p.file, "[default]\naws_access_key_id=ID\naws_secret_access_key=SECRET\n");
	assert_int_equal(put_one(&f, "orders/s/two"), 0);
	write_file(p.file, "[default]\naws_access_key_id=OLD\naws_secret_access_key=x\n");
	assert_int_equal(put_one(&f, "orders/s/three"), 0); /* not read for each request */
	cloud_fixture_close(&f);
	cloud_fixture_open(&f, &o);
	(void)cloud_fake_seen(*state);
	assert_int_equal(put_one(&f, "orders/s/four"), ERR_DENIED);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2); /* and once more with what the file has then */
	cloud_fixture_close(&f);
	fixture_remove_tree(p.dir);
}

static void
a_key_that_is_over_when_it_comes_is_used_all_the_same(void **state)
{
	struct fixture f;
	struct place p;

	open_imds(state, &f, &p, "\"expires_in\":-100");
	assert_int_equal(put_one(&f, "orders/s/one"), 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 2); /* the session's, and ours */
	cloud_fixture_close(&f);
}

static void
many_calls_wait_for_one_key(void **state)
{
	struct fixture f;
	struct place p;
	struct err e;

	open_imds(state, &f, &p, "");
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(f.store->ops->list(f.store, "orders/s", "", 9, fixture_listed, &f, &e), 0);
	(void)uv_run(&f.loop.uv, UV_RUN_DEFAULT);
	assert_int_equal(f.calls, 8);
	assert_int_equal(f.rc, 0);
	assert_int_equal(cloud_fake_count(*state, "PUT"), 1); /* the session's */
	cloud_fixture_close(&f);
}

static void
a_stop_ends_all_who_wait(void **state)
{
	struct fixture f;
	struct place p;
	struct err e;

	open_imds(state, &f, &p, "");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(f.store->ops->list(f.store, "orders/s", "", 9, fixture_listed, &f, &e), 0);
	loop_stop(&f.loop, ERR_CANCELLED);
	assert_int_equal(f.calls, 3);
	assert_int_equal(f.rc, ERR_CANCELLED);
	cloud_fixture_close(&f);
}

/* ---- what goes wrong ---- */

static void
assert_refused(void **state, const struct store_s3_options *o, const char *lies, int code, const char *words)
{
	struct fixture f;

	cloud_fake_be(*state, lies);
	cloud_fixture_open(&f, o);
	if (put_one(&f, "orders/s/one") != code || strstr(f.err.text, words) == NULL)
		print_error("%s: %s\n", err_name(f.err.code), f.err.text);
	assert_int_equal(f.err.code, code);
	assert_non_null(strstr(f.err.text, words));
	assert_null(strstr(f.err.text, "hunter2"));
	cloud_fixture_close(&f);
}

static void
each_bad_day_of_a_source_has_its_own_error(void **state)
{
	struct place p;
	struct store_s3_options o;

	place_make(&p);
	o = options(state, CREDENTIALS_WEB_IDENTITY, &p);
	o.credentials.role_arn = "arn:aws:iam::1:role/backup";
	o.credentials.token_file = p.token;
	assert_refused(state, &o, "", ERR_CONFIG, "token: No such file or directory");
	write_file(p.token, "\n");
	assert_refused(state, &o, "", ERR_CONFIG, "is empty");
	write_file(p.token, "hunter2");
	assert_refused(state, &o, "", ERR_DENIED, "InvalidIdentityToken: the token in it is not of an issuer");
	assert_refused(state, &o, "\"token_error\":\"400 ExpiredTokenException\"", ERR_DENIED,
	               "has expired: renew it");
	assert_refused(state, &o, "\"token_error\":\"403 AccessDenied\"", ERR_DENIED, "trust policy");
	assert_refused(state, &o, "\"token_error\":\"400 hunter2\"", ERR_FAILED, "the server answered 400");
	o = options(state, CREDENTIALS_CONTAINER, &p);
	assert_refused(state, &o, "", ERR_DENIED, "the server answered 401");
	o = options(state, CREDENTIALS_IMDS, &p);
	assert_refused(state, &o, "\"token_error\":\"404 x\"", ERR_CONFIG, "this machine has no role");
	o = options(state, CREDENTIALS_FILE, &p);
	o.credentials.file = p.file;
	assert_refused(state, &o, "", ERR_CONFIG, "cannot be opened");
	write_file(p.file, "[default]\naws_access_key_id=ID\naws_secret_access_key=hunter2\n");
	assert_refused(state, &o, "", ERR_DENIED, "is the secret access key the one");
	assert_int_equal(chmod(p.file, 0644), 0);
	assert_refused(state, &o, "", ERR_CONFIG, "lets others at it");
	fixture_remove_tree(p.dir);
}

static void
what_a_source_needs_is_asked_for_at_once(void **state)
{
	static const struct {
		struct credentials_options o;
		const char *words;
	} cases[] = {
		{ { .source = CREDENTIALS_STATIC }, "needs access_key_id and secret_access_key" },
		{ { .source = CREDENTIALS_FILE }, "needs file" },
		{ { .source = CREDENTIALS_WEB_IDENTITY }, "needs role_arn and token_file" },
		{ { .source = CREDENTIALS_ENVIRONMENT }, "none of AWS_ACCESS_KEY_ID" },
	};
	struct loop loop;
	struct credentials_cache *c;
	struct err e;

	(void)state;
	assert_int_equal(loop_init(&loop, &e), 0);
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(credentials_open(&loop, &cases[i].o, &c, &e), ERR_CONFIG);
		assert_non_null(strstr(e.text, cases[i].words));
	}
	loop_run(&loop);
	assert_true(loop_release(&loop));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_as_services_write_them),
		cmocka_unit_test(a_profile_of_a_shared_file_is_found_among_others),
		cmocka_unit_test(a_profile_without_keys_says_what_is_wrong_and_shows_nothing),
		cmocka_unit_test(answers_that_are_no_keys_are_refused_and_not_repeated),
		cmocka_unit_test(web_identity_changes_a_token_for_a_key),
		cmocka_unit_test(a_container_has_a_key_for_its_token),
		cmocka_unit_test(a_machine_has_a_key_by_a_session_of_version_2),
		cmocka_unit_test(a_file_is_read_for_each_operation),
		cmocka_unit_test(the_environment_is_read_only_where_the_file_says_so),
		cmocka_unit_test(a_key_is_renewed_before_it_expires),
		cmocka_unit_test(a_key_that_lives_is_used_while_the_service_is_away),
		cmocka_unit_test(a_refused_key_is_renewed_once),
		cmocka_unit_test(a_file_is_read_again_when_its_key_is_refused),
		cmocka_unit_test(a_key_that_is_over_when_it_comes_is_used_all_the_same),
		cmocka_unit_test(many_calls_wait_for_one_key),
		cmocka_unit_test(a_stop_ends_all_who_wait),
		cmocka_unit_test(each_bad_day_of_a_source_has_its_own_error),
		cmocka_unit_test(what_a_source_needs_is_asked_for_at_once),
	};

	return cmocka_run_group_tests(tests, cloud_fake_start, cloud_fake_stop);
}
