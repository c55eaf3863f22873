/* t_config_secret.c - librdkafka's properties, and secrets: in no file, and in no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <sodium.h>

#include "tests/unit/config_fixture.h"

static void
a_literal_secret_is_refused_with_the_line_to_put_there(void **state)
{
	static const char *const names[] = { "sasl.password", "ssl.key.password", "ssl.key.pem",
		"ssl.keystore.password", "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config" };
	char property[128], words[256];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++) {
		(void)snprintf(property, sizeof property, "\"%s\":\"" SECRET "\"", names[i]);
		(void)snprintf(words, sizeof words,
		               "kafka.%s: a secret must not stand in this file; write it to a file of "
		               "mode 0600 and put here: \"%s\": {\"file\": \"/etc/kafka-config-backup/%s\"}",
		               names[i], names[i], names[i]);
		refuse_property(property, words);
	}
	refuse_property("\"sasl.password\":12345", "put here: \"sasl.password\"");
	refuse_property("\"ssl_key\":\"" SECRET "\"", "kafka.ssl_key: librdkafka refuses it");
	refuse_property("\"sasl.jaas.config\":\"" SECRET "\"", "JAAS configuration is not supported");
	refuse_property("\"ssl.key.location\":\"-----BEGIN PRIVATE KEY-----" SECRET "\"",
	                "kafka.ssl.key.location: a private key must not stand in this file");
	refuse_option(option_at("keys.signing_key"), "\"ed25519-secret:x\"",
	              "put here: \"signing_key\": {\"file\": \"/etc/kafka-config-backup/signing_key\"}");
}

static void
a_reference_names_one_file_or_one_credential(void **state)
{
	static const char *const bad[] = { "{}", "{\"file\":\"a\"}", "{\"file\":1}",
		"{\"credential\":\"\"}", "{\"credential\":\"../x\"}", "{\"credential\":\".x\"}",
		"{\"path\":\"/a\"}", "{\"file\":\"/a\",\"credential\":\"b\"}", "{\"file\":null}" };
	char property[128];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		refuse_option(option_at("keys.identity"), bad[i],
		              "keys.identity: expected {\"file\": \"/absolute/path\"} or {\"credential\"");
		(void)snprintf(property, sizeof property, "\"sasl.password\":%s", bad[i]);
		refuse_property(property, "kafka.sasl.password: expected {\"file\"");
	}
}

static void
librdkafka_judges_its_properties(void **state)
{
	(void)state;
	refuse_property("\"sasl.pasword\":\"x\"",
	                "kafka.sasl.pasword: librdkafka has no such property; did you mean sasl.password");
	refuse_property("\"zzzzzzzzzzzzzzzz\":1", "librdkafka has no such property; see its");
	refuse_property("\"socket.timeout.ms\":5",
	                "kafka.socket.timeout.ms: librdkafka expects 10 .. 300000");
	refuse_property("\"socket.keepalive.enable\":\"maybe\"", "librdkafka expects true, false");
	refuse_property("\"security.protocol\":\"" SECRET "\"",
	                "kafka.security.protocol: librdkafka expects plaintext, ssl, sasl_plaintext");
	refuse_property("\"ssl.curves.list\":\"\\u0001\",\"partition.assignment.strategy\":1,"
	                "\"topic.blacklist\":\"^(\"", "kafka.topic.blacklist: librdkafka does not take");
	refuse_property("\"ssl.truststore.location\":\"/x\"", "Java TrustStores are not supported");
	refuse_property("\"error_cb\":\"x\"", "librdkafka refuses it");
	refuse_property("\"client.id\":null", "kafka.client.id: expected a string, a number");
	refuse_property("\"client.id\":[]", "kafka.client.id: expected a string, a number");
	refuse_property("\"client.id\":{\"file\":\"/a\"}", "kafka.client.id: expected a string");
}

static void
what_could_harm_the_host_is_not_allowed(void **state)
{
	static const char *const names[] = { "plugin.library.paths", "debug", "log.queue",
		"enable.metrics.push", "ut_handle_ProduceResponse" };
	char property[128], words[128];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++) {
		(void)snprintf(property, sizeof property, "\"%s\":\"/no/such/library.so\"", names[i]);
		(void)snprintf(words, sizeof words, "kafka.%s: not allowed: ", names[i]);
		refuse_property(property, words);
	}
}

/* Parse, and look for the secret in the message, if there is one. */
static size_t
keeps_quiet(const char *text)
{
	struct config *c;
	struct err e;

	if (parse_text(text, &c, &e) == 0) {
		config_free(c);
		return 0;
	}
	if (strstr(e.text, "hunter2") != NULL)
		fail_msg("a secret is in \"%s\"", e.text);
	return 1;
}

static size_t
keeps_quiet_about(const char *property)
{
	static const char *const values[] = { "\"" SECRET "\"", "[\"" SECRET "\"]",
		"{\"" SECRET "\":\"" SECRET "\"}", "{\"file\":\"" SECRET "\"}", "\"a," SECRET ",b\"" };
	char text[1024];
	size_t i, refused = 0;

	for (i = 0; i < LENGTH(values); i++) {
		(void)snprintf(text, sizeof text, "{\"kafka\":{\"%.100s\":%s}}", property,
		               values[i]);
		refused += keeps_quiet(text);
	}
	return refused; /* if by nothing else, since all else is missing */
}

static void
no_message_shows_a_value_of_a_property(void **state)
{
	size_t len = 0, known = 0;
	char *table = NULL, line[8192];
	FILE *f = open_memstream(&table, &len);

	(void)state;
	assert_non_null(f);
	rd_kafka_conf_properties_show(f);
	assert_int_equal(fclose(f), 0);
	f = fmemopen(table, len, "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, " \n")] = '\0';
		if (strchr("#-", line[0]) != NULL || strcmp(line, "Property") == 0)
			continue; /* a heading, or an empty line */
		assert_int_equal(keeps_quiet_about(line), 5);
		known++;
	}
	assert_true(known > 150);
	assert_int_equal(keeps_quiet_about("ut_handle_ProduceResponse"), 5);
	assert_int_equal(keeps_quiet_about("no.such.property"), 5);
	(void)fclose(f);
	free(table);
}

static void
no_message_shows_a_value_of_an_option(void **state)
{
	static const char *const values[] = { "\"" SECRET "\"", "[\"" SECRET "\"]", "[[\"" SECRET "\"]]",
		"{\"file\":\"" SECRET "\"}", "{\"credential\":\"../" SECRET "\"}", "\"" SECRET "\\u0000\"",
		"\"" SECRET "\" \"" SECRET "\"", SECRET, "[\"" SECRET "\", 1]", "\"" SECRET "\n\"" };
	char text[1024];
	size_t i, v, refused = 0;

	(void)state;
	for (i = 0; i < option_count; i++)
		for (v = 0; v < LENGTH(values); v++) {
			if (options[i].type == OPTION_SECTION && strchr(values[v], '{') != NULL)
				continue; /* names of keys are shown */
			option_text(&options[i], values[v], text, sizeof text);
			refused += keeps_quiet(text);
		}
	assert_true(refused > option_count * 5);
	refused = 0;
	for (i = 0; i < option_count; i++)
		if (options[i].type == OPTION_SECRET) {
			option_text(&options[i], "{\"" SECRET "\":1}", text, sizeof text);
			refused += keeps_quiet(text);
		}
	assert_int_equal(refused, 11);
}

/* A directory of our own, and a file in it. */
static void
make_directory(char path[64])
{
	(void)snprintf(path, 64, "/tmp/t_config.XXXXXX");
	assert_non_null(mkdtemp(path));
}

static void
write_secret(const char *directory, const char *name, const char *text, char path[128])
{
	FILE *f;

	(void)snprintf(path, 128, "%s/%s", directory, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void
a_secret_loses_one_line_end_and_no_more(void **state)
{
	static const struct {
		const char *content, *expected;
	} cases[] = { { "pass word", "pass word" }, { " p\n", " p" }, { "p\r\n", "p" },
		{ "p\n\n", "p\n" }, { "p\nq", "p\nq" }, { "\n", NULL }, { "\r\n", NULL } };
	char directory[64], path[128];
	struct secret_ref ref = { .file = path };
	size_t i;

	(void)state;
	make_directory(directory);
	for (i = 0; i < LENGTH(cases); i++) {
		struct secret *s = NULL;
		struct err e = { 0 };
		int rc;

		write_secret(directory, "s", cases[i].content, path);
		rc = config_read_secret(&ref, "password", 100, &s, &e);
		assert_int_equal(unlink(path), 0);
		if (cases[i].expected == NULL) {
			assert_int_equal(rc, ERR_CONFIG);
			assert_null(s);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_string_equal((const char *)s->bytes, cases[i].expected);
		assert_int_equal(s->len, strlen(cases[i].expected));
		secret_free(s);
	}
	assert_int_equal(rmdir(directory), 0);
}

static void
a_secret_that_cannot_be_had_is_a_fault_of_the_configuration(void **state)
{
	struct secret_ref nowhere = { 0 }, gone = { .file = "/no/such/file" };
	struct secret *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(config_read_secret(&nowhere, "password", 100, &s, &e), ERR_CONFIG);
	assert_int_equal(config_read_secret(&gone, "password", 100, &s, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "password /no/such/file: "));
	assert_null(s);
}

/* The line of a public key, without its end. */
static void
read_line(const char *directory, const char *name, char line[64])
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, 64, f));
	line[strcspn(line, "\n")] = '\0';
	(void)fclose(f);
}

static void
remove_keys(const char *directory)
{
	static const char *const names[] = { "identity", "identity.pub", "signing", "signing.pub" };
	char path[128];
	size_t i;

	for (i = 0; i < LENGTH(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(directory), 0);
}

static int
load_keys(const char *recipient, const char *signer, const char *directory, struct keys *keys,
          struct err *e)
{
	char text[2048];
	struct config *c;
	int rc;

	(void)snprintf(text, sizeof text,
	               "{" SERVICE "," KAFKA "," STORE ",\"keys\":{\"recipients\":[\"%s\"],"
	               "\"trusted_signers\":[\"%s\"],\"signing_key\":{\"file\":\"%s/signing\"},"
	               "\"identity\":{\"file\":\"%s/identity\"}}}",
	               recipient, signer, directory, directory);
	c = accepted(text);
	rc = config_load_keys(c, keys, e);
	config_free(c);
	return rc;
}

static void
keys_of_keygen_are_loaded_and_proven(void **state)
{
	char directory[64], recipient[64], signer[64];
	struct keys keys;
	struct err e = { 0 };

	(void)state;
	make_directory(directory);
	if (keys_generate(directory, &e) != 0)
		fail_msg("%s", e.text);
	read_line(directory, "identity.pub", recipient);
	read_line(directory, "signing.pub", signer);
	if (load_keys(recipient, signer, directory, &keys, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(keys.recipient_count, 1);
	assert_int_equal(keys.signer_count, 1);
	assert_non_null(keys.signing);
	assert_non_null(keys.identity);
	keys_release(&keys);
	remove_keys(directory);
}

static void
keys_that_do_not_belong_together_are_refused_and_released(void **state)
{
	char directory[64], other[64], recipient[64], signer[64], stranger[64];
	struct keys keys;
	struct err e = { 0 };

	(void)state;
	make_directory(directory);
	make_directory(other);
	assert_int_equal(keys_generate(directory, &e), 0);
	assert_int_equal(keys_generate(other, &e), 0);
	read_line(directory, "identity.pub", recipient);
	read_line(directory, "signing.pub", signer);
	read_line(other, "identity.pub", stranger);
	assert_int_equal(load_keys(stranger, signer, directory, &keys, &e), ERR_CONFIG);
	assert_int_equal(strncmp(e.text, FILE_NAME ": ", sizeof FILE_NAME + 1), 0);
	assert_null(keys.signing);
	assert_null(keys.identity);
	read_line(other, "signing.pub", stranger);
	assert_int_equal(load_keys(recipient, stranger, directory, &keys, &e), ERR_CONFIG);
	assert_null(keys.identity);
	remove_keys(directory);
	assert_int_equal(load_keys(recipient, signer, directory, &keys, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "keys.signing_key"));
	remove_keys(other);
}

static void
the_examples_placeholders_are_no_keys(void **state)
{
	struct buf out CLEANUP(buf_release);
	struct config *c;
	struct keys keys;
	struct err e = { 0 };

	(void)state;
	buf_init(&out, CONFIG_TEXT_MAX);
	options_example(&out);
	c = accepted(buf_text(&out));
	assert_int_equal(config_load_keys(c, &keys, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "keys.recipients[0]"));
	config_free(c);
}

static void
what_would_start_processes_in_the_host_is_refused(void **state)
{
	(void)state;
	refuse_property("\"security.protocol\":\"sasl_plaintext\"", "sasl.mechanism");
	refuse_property("\"security.protocol\":\"SASL_SSL\",\"sasl.mechanism\":\"GSSAPI\"",
	                "starts processes in the host");
	refuse_property("\"sasl.kerberos.kinit.cmd\":\"x\"", "starts processes in the host");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_literal_secret_is_refused_with_the_line_to_put_there),
		cmocka_unit_test(a_reference_names_one_file_or_one_credential),
		cmocka_unit_test(librdkafka_judges_its_properties),
		cmocka_unit_test(what_could_harm_the_host_is_not_allowed),
		cmocka_unit_test(no_message_shows_a_value_of_a_property),
		cmocka_unit_test(no_message_shows_a_value_of_an_option),
		cmocka_unit_test(a_secret_loses_one_line_end_and_no_more),
		cmocka_unit_test(a_secret_that_cannot_be_had_is_a_fault_of_the_configuration),
		cmocka_unit_test(keys_of_keygen_are_loaded_and_proven),
		cmocka_unit_test(keys_that_do_not_belong_together_are_refused_and_released),
		cmocka_unit_test(what_would_start_processes_in_the_host_is_refused),
		cmocka_unit_test(the_examples_placeholders_are_no_keys),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
