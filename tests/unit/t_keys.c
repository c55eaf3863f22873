/* t_keys.c - keys as text, and the proofs before anything is written; t_keygen.c: their files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/seal/keys.h"

#define OTHER_IDENTITY "x25519-secret:RUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"

/* 32 bytes of 0x41 in base64, the last character of which has no spare bits set. */
#define CHARS "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"

static int
set_secret(int (*set)(struct keys *, const char *, const struct secret *, struct err *),
           struct keys *k, const char *text, struct err *e)
{
	struct secret *s = secret_new(text, strlen(text));
	int rc;

	assert_non_null(s);
	rc = set(k, "keys.secret", s, e);
	secret_free(s);
	return rc;
}

static int
set_signing(struct keys *k, const char *text, struct err *e)
{
	return set_secret(keys_set_signing, k, text, e);
}

static int
set_identity(struct keys *k, const char *text, struct err *e)
{
	return set_secret(keys_set_identity, k, text, e);
}

/* A set of keys that proves itself; seed tells sets apart. */
static void
whole_keys(struct keys *k, char seed)
{
	char chars[] = CHARS, secret[64], public[KEY_TEXT_SIZE];
	struct err e = { 0 };

	*k = (struct keys){ 0 };
	chars[0] = seed;
	(void)snprintf(secret, sizeof secret, "ed25519-secret:%s", chars);
	assert_int_equal(set_signing(k, secret, &e), 0);
	(void)snprintf(secret, sizeof secret, "x25519-secret:%s\n", chars);
	assert_int_equal(set_identity(k, secret, &e), 0);
	keys_signer_text(k->signing_public, public);
	assert_int_equal(keys_add_signer(k, "keys.trusted_signers[0]", public, &e), 0);
	keys_recipient_text(k->identity_public, public);
	assert_int_equal(keys_add_recipient(k, "keys.recipients[0]", public, &e), 0);
}

static void
a_whole_set_of_keys_proves_itself(void **state)
{
	struct keys k;
	struct err e = { 0 };

	(void)state;
	whole_keys(&k, 'Q');
	assert_int_equal(keys_prove(&k, &e), 0);
	keys_release(&k);
	assert_null(k.signing);
	assert_null(k.identity);
}

static void
public_keys_read_back_as_their_text(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct keys k = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(keys_add_recipient(&k, "here", "x25519:" CHARS, &e), 0);
	assert_int_equal(k.recipient_count, 1);
	assert_int_equal(k.recipients[0][0], 0x41);
	keys_recipient_text(k.recipients[0], text);
	assert_string_equal(text, "x25519:" CHARS);
}

static void
a_second_secret_takes_the_place_of_the_first(void **state)
{
	struct keys k, other;
	struct err e = { 0 };

	(void)state;
	whole_keys(&k, 'Q');
	whole_keys(&other, 'R');
	assert_int_equal(set_identity(&k, OTHER_IDENTITY, &e), 0);
	assert_memory_equal(k.identity_public, other.identity_public, KEY_BYTES);
	keys_release(&k);
	keys_release(&other);
}

static void
what_is_no_recipient_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "", "is no key" },
		{ "x25519", "is no key" },
		{ "X25519:" CHARS, "is no key" },
		{ " x25519:" CHARS, "is no key" },
		{ "ssh-ed25519 AAAA", "is no key" },
		{ CHARS, "is no key" },
		{ "x25519:", "0 characters" },
		{ "x25519:" CHARS "A", "44 characters" },
		{ "x25519:" CHARS "=", "44 characters" },
		{ "x25519:" CHARS "\n\n", "44 characters" },
		{ "x25519:" CHARS "\r\n", "44 characters" },
		{ "x25519:UFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE", "42 characters" },
		{ "x25519:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF", "not URL-safe base64" },
		{ "x25519:+UFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE", "not URL-safe base64" },
		{ "x25519:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQ E", "not URL-safe base64" },
		{ "x25519:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=", "not URL-safe base64" },
		{ "ed25519:" CHARS, "a signer's public key where a recipient's" },
		{ "x25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "no usable X25519 key" },
		{ "x25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "no usable X25519 key" },
		{ "x25519:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQcE", "no usable X25519 key" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct keys k = { 0 };
		struct err e = { 0 };

		assert_int_equal(keys_add_recipient(&k, "keys.recipients[3]", cases[i].text, &e),
		                 ERR_CONFIG);
		assert_non_null(strstr(e.text, "keys.recipients[3]"));
		if (strstr(e.text, cases[i].said) == NULL)
			fail_msg("%s: %s", cases[i].text, e.text);
		assert_int_equal(k.recipient_count, 0);
	}
}

static void
a_signing_key_that_anybody_could_sign_for_is_refused(void **state)
{
	static const char *const weak[] = {
		"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"ed25519:__________________________________________8",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof weak / sizeof weak[0]; i++) {
		struct keys k = { 0 };
		struct err e = { 0 };

		assert_int_equal(keys_add_signer(&k, "here", weak[i], &e), ERR_CONFIG);
		assert_non_null(strstr(e.text, "no usable Ed25519 key"));
	}
}

static void
a_secret_in_place_of_a_public_key_is_refused_and_not_shown(void **state)
{
	struct keys k = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(keys_add_recipient(&k, "keys.recipients[0]", "x25519-secret:" CHARS, &e),
	                 ERR_CONFIG);
	assert_non_null(strstr(e.text, "make new keys"));
	assert_non_null(strstr(e.text, "identity.pub"));
	assert_null(strstr(e.text, "QUFB"));
	assert_int_equal(keys_add_signer(&k, "here", "ed25519-secret:" CHARS, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "signing.pub"));
	assert_null(strstr(e.text, "QUFB"));
}

static void
no_error_shows_a_secret(void **state)
{
	static const char *const texts[] = {
		"x25519:" CHARS, "ed25519:" CHARS, CHARS, "x25519-secret:" CHARS "A",
		"x25519-secret:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUF",
		"ed25519-secret:" CHARS " ", "ed25519-secret:QUFB", "secret:" CHARS, "",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct keys k = { 0 };
		struct err e = { 0 };

		assert_int_equal(set_identity(&k, texts[i], &e), ERR_CONFIG);
		assert_null(strstr(e.text, "QUFB"));
		assert_null(k.identity);
		assert_int_equal(set_signing(&k, texts[i], &e), ERR_CONFIG);
		assert_null(strstr(e.text, "QUFB"));
		assert_null(k.signing);
	}
}

static void
a_key_that_stands_twice_is_refused(void **state)
{
	struct keys k = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(keys_add_recipient(&k, "r[0]", "x25519:" CHARS, &e), 0);
	assert_int_equal(keys_add_recipient(&k, "r[1]", "x25519:" CHARS, &e), ERR_CONFIG);
	assert_string_equal(e.text, "r[1]: the same key stands in the list before; remove one");
	assert_int_equal(k.recipient_count, 1);
}

static void
more_than_sixteen_recipients_are_refused(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct keys k = { 0 };
	struct err e = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 17; i++) {
		unsigned char key[KEY_BYTES] = { 9, (unsigned char)i };

		keys_recipient_text(key, text);
		assert_int_equal(keys_add_recipient(&k, "r", text, &e), i < 16 ? 0 : ERR_CONFIG);
	}
	assert_int_equal(k.recipient_count, 16);
	assert_string_equal(e.text, "r: more than 16 keys; remove some");
}

/* Break a whole set by `hurt`, and look at what keys_prove() says. */
static void
proof_fails(void (*hurt)(struct keys *k), const char *said)
{
	struct err e = { 0 };
	struct keys k;

	whole_keys(&k, 'Q');
	hurt(&k);
	assert_int_equal(keys_prove(&k, &e), ERR_CONFIG);
	if (strstr(e.text, said) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", e.text, said);
	keys_release(&k);
}

static void
lose_signing(struct keys *k)
{
	secret_free(k->signing);
	k->signing = NULL;
}

static void
lose_signers(struct keys *k)
{
	k->signer_count = 0;
}

static void
trust_another(struct keys *k)
{
	k->signers[0][0] ^= 1;
}

static void
break_signing(struct keys *k)
{
	k->signing->bytes[0] ^= 1;
}

static void
lose_identity(struct keys *k)
{
	secret_free(k->identity);
	k->identity = NULL;
}

static void
lose_recipients(struct keys *k)
{
	k->recipient_count = 0;
}

static void
seal_to_another(struct keys *k)
{
	k->recipients[0][0] ^= 1;
}

static void
break_identity(struct keys *k)
{
	k->identity->bytes[1] ^= 1;
}

static void
each_proof_that_fails_says_which_key_and_why(void **state)
{
	(void)state;
	proof_fails(lose_signing, "keys.signing_key: missing");
	proof_fails(lose_signers, "keys.trusted_signers: empty");
	proof_fails(trust_another, "is not among keys.trusted_signers");
	proof_fails(break_signing, "does not verify with ed25519:");
	proof_fails(lose_identity, "keys.identity: missing");
	proof_fails(lose_recipients, "keys.recipients: empty");
	proof_fails(seal_to_another, "is not among keys.recipients");
	proof_fails(break_identity, "does not open what is sealed to x25519:");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_set_of_keys_proves_itself),
		cmocka_unit_test(public_keys_read_back_as_their_text),
		cmocka_unit_test(a_second_secret_takes_the_place_of_the_first),
		cmocka_unit_test(what_is_no_recipient_is_refused),
		cmocka_unit_test(a_signing_key_that_anybody_could_sign_for_is_refused),
		cmocka_unit_test(a_secret_in_place_of_a_public_key_is_refused_and_not_shown),
		cmocka_unit_test(no_error_shows_a_secret),
		cmocka_unit_test(a_key_that_stands_twice_is_refused),
		cmocka_unit_test(more_than_sixteen_recipients_are_refused),
		cmocka_unit_test(each_proof_that_fails_says_which_key_and_why),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
