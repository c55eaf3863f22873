/*
 * t_seal_forged.c - snapshots that somebody made wrongly on purpose: strangers, owners of another
 * service, holders of the signing key.  t_seal_body.c: their bodies; t_seal.c: damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/seal/bytes.h"
#include "core/seal/stream.h"
#include "seal_fixture.h"

static void
a_signer_that_is_not_trusted_is_refused_and_named(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct keys other;
	struct scene s;

	(void)state;
	scene_begin(&s);
	fixture_keys(&other, 9); /* knows our recipients: they are public */
	memcpy(other.recipients[0], s.keys.recipients[0], KEY_BYTES);
	secret_free(other.identity);
	other.identity = NULL;
	buf_release(&s.object);
	fixture_seal(&s.header, &s.document, &other, &s.object, s.name);
	s.bytes = (unsigned char *)s.object.data;
	s.len = s.object.len;
	assert_int_equal(scene_refusal(&s), SEAL_SIGNER);
	assert_int_equal(s.e.code, ERR_OPERATOR);
	keys_signer_text(other.signing_public, text);
	assert_non_null(strstr(s.e.text, text));
	memcpy(s.bytes + 824, s.keys.signing_public, KEY_BYTES); /* claim to be us */
	assert_int_equal(scene_refusal(&s), SEAL_SIGNATURE);
	fixture_sign_again(s.bytes, s.len, &other);
	assert_int_equal(scene_refusal(&s), SEAL_SIGNATURE);
	keys_release(&other);
	scene_end(&s);
}

static void
an_object_without_signatures_is_refused(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	memset(s.bytes + s.len - SIGNATURE_BYTES, 0, SIGNATURE_BYTES);
	assert_int_equal(scene_refusal(&s), SEAL_SIGNATURE);
	assert_non_null(strstr(s.e.text, "its header is genuine"));
	memset(s.bytes + HEADER_SIGNED, 0, SIGNATURE_BYTES);
	assert_int_equal(scene_refusal(&s), SEAL_SIGNATURE);
	scene_end(&s);
}

static void
the_two_signatures_cannot_stand_for_each_other(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	assert_int_equal(sign_make(SIGN_SNAPSHOT, s.bytes, HEADER_SIGNED, s.keys.signing,
	                           s.bytes + HEADER_SIGNED, &s.e), 0);
	assert_int_equal(sign_make(SIGN_SNAPSHOT, s.bytes, s.len - SIGNATURE_BYTES, s.keys.signing,
	                           s.bytes + s.len - SIGNATURE_BYTES, &s.e), 0);
	assert_int_equal(scene_refusal(&s), SEAL_SIGNATURE);
	assert_null(strstr(s.e.text, "its header is genuine"));
	scene_end(&s);
}

static void
an_identity_that_it_is_not_sealed_to_is_told_so(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct keys other;
	struct scene s;

	(void)state;
	scene_begin(&s);
	fixture_keys(&other, 9);
	memcpy(other.signers[0], s.keys.signers[0], KEY_BYTES);
	assert_int_equal(scene_refusal_as(&s, "orders-prod", s.name, &other), SEAL_RECIPIENT);
	assert_int_equal(s.e.code, ERR_OPERATOR);
	keys_recipient_text(other.identity_public, text);
	assert_non_null(strstr(s.e.text, text));
	keys_release(&other);
	scene_end(&s);
}

static void
without_an_identity_nothing_opens(void **state)
{
	enum seal_refusal why = SEAL_DOCUMENT;
	struct seal_header h;
	struct document d;
	struct scene s;

	(void)state;
	scene_begin(&s);
	secret_free(s.keys.identity);
	s.keys.identity = NULL;
	assert_int_equal(seal_open(s.bytes, s.len, "orders-prod", s.name, &s.keys, &h, &d, &why,
	                           &s.e), ERR_CONFIG);
	assert_int_equal(why, SEAL_OK);
	assert_non_null(strstr(s.e.text, "keys.identity"));
	scene_end(&s);
}

static void
another_service_or_name_is_refused(void **state)
{
	char name[SEAL_OBJECT_NAME_SIZE];
	struct seal_header h;
	struct scene s;

	(void)state;
	scene_begin(&s);
	assert_int_equal(scene_refusal_as(&s, "orders-test", s.name, &s.keys), SEAL_NAME);
	assert_non_null(strstr(s.e.text, "\"orders-prod\""));
	assert_non_null(strstr(s.e.text, "\"orders-test\""));
	for (int i = 0; i < 3; i++) { /* dressed up as a newer one, or as another */
		h = s.header;
		h.epoch += i == 0;
		h.sequence += i == 1;
		h.id[0] ^= i == 2;
		seal_object_name(&h, name);
		assert_int_equal(scene_refusal_as(&s, "orders-prod", name, &s.keys), SEAL_NAME);
		assert_non_null(strstr(s.e.text, "renamed"));
	}
	assert_int_equal(scene_refusal_as(&s, "orders-prod", "", &s.keys), SEAL_NAME);
	scene_end(&s);
}

static void
a_stanza_of_another_snapshot_is_caught_by_the_commitment(void **state)
{
	unsigned char stanza[STANZA_BYTES];
	struct scene s;

	(void)state;
	scene_begin(&s);
	memcpy(stanza, s.bytes + HEADER_BYTES, STANZA_BYTES);
	scene_seal_anew(&s);
	memcpy(s.bytes + HEADER_BYTES, stanza, STANZA_BYTES);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(scene_refusal(&s), SEAL_COMMITMENT);
	scene_end(&s);
}

static void
a_broken_stanza_signed_again_does_not_open(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.bytes[HEADER_BYTES + 50] ^= 1;
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(scene_refusal(&s), SEAL_RECIPIENT);
	assert_non_null(strstr(s.e.text, "does not open"));
	s.bytes[HEADER_BYTES] ^= 1; /* the hint */
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(scene_refusal(&s), SEAL_RECIPIENT);
	assert_non_null(strstr(s.e.text, "other keys"));
	scene_end(&s);
}

static void
every_bit_that_is_changed_and_signed_again_is_refused(void **state)
{
	struct scene s;
	size_t i;

	(void)state;
	scene_begin(&s);
	for (i = 0; i < s.len - SIGNATURE_BYTES; i++) {
		if (i >= HEADER_SIGNED && i < HEADER_BYTES)
			continue;
		s.bytes[i] ^= (unsigned char)(1u << i % 8);
		fixture_sign_again(s.bytes, s.len, &s.keys);
		if (scene_refusal(&s) == SEAL_OK)
			fail_msg("byte %zu", i);
		s.bytes[i] ^= (unsigned char)(1u << i % 8);
	}
	fixture_sign_again(s.bytes, s.len, &s.keys);
	assert_int_equal(scene_refusal(&s), SEAL_OK);
	scene_end(&s);
}

/* Put a value into the header, sign again, open; for a header alone and for the whole. */
static void
header_refused(size_t offset, uint64_t value, size_t size, enum seal_refusal expected)
{
	enum seal_refusal why;
	struct seal_header h;
	struct scene s;

	scene_begin(&s);
	bytes_put(s.bytes + offset, value, size);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	why = scene_refusal(&s);
	if (why != expected)
		fail_msg("%zu: %s: %s", offset, seal_refusal_name(why), s.e.text);
	assert_int_equal(seal_read_header(s.bytes, s.len, 0, &s.keys, &h, &why, &s.e),
	                 ERR_CORRUPT);
	assert_int_equal(why, expected);
	scene_end(&s);
}

static void
what_a_header_may_not_say_is_refused_even_when_signed(void **state)
{
	(void)state;
	header_refused(0, 0, 1, SEAL_MAGIC);
	header_refused(8, 2, 2, SEAL_VERSION);
	header_refused(8, 0, 2, SEAL_VERSION);
	header_refused(12, 1, 4, SEAL_FLAGS);
	header_refused(21, 1, 1, SEAL_FLAGS);
	header_refused(76, 1, 4, SEAL_FLAGS);
	header_refused(856, 1, 8, SEAL_FLAGS);
	header_refused(256 + 32 * 3 + 9, 2, 1, SEAL_FLAGS);  /* suspect */
	header_refused(256 + 32 * 3 + 15, 1, 1, SEAL_FLAGS);
	header_refused(256 + 32 * 12, 1, 8, SEAL_FLAGS);     /* a kind that is free */
	header_refused(256 + 32 * 3 + 8, 6, 1, SEAL_CAPS);   /* state */
	header_refused(10, 929, 2, SEAL_CAPS);
	header_refused(16, 0, 2, SEAL_CAPS);
	header_refused(16, 17, 2, SEAL_CAPS);
	header_refused(16, 65535, 2, SEAL_CAPS);
	header_refused(18, 0, 1, SEAL_CAPS);
	header_refused(18, 4, 1, SEAL_CAPS);
	header_refused(18, SOURCE_API, 1, SEAL_CAPS);        /* with a position */
	header_refused(19, 0, 1, SEAL_CAPS);
	header_refused(19, 10, 1, SEAL_CAPS);
	header_refused(19, 12, 1, SEAL_CAPS);
	header_refused(19, 65, 1, SEAL_CAPS);
	header_refused(20, 0, 1, SEAL_CAPS);
	header_refused(20, 255, 1, SEAL_CAPS);
	header_refused(24, 16, 8, SEAL_CAPS);
	header_refused(24, 1ull << 40, 8, SEAL_CAPS);        /* before anything is allocated */
	header_refused(24, UINT64_MAX, 8, SEAL_CAPS);
	header_refused(32, (1ull << 30) + 1, 8, SEAL_CAPS);
	header_refused(32, UINT64_MAX, 8, SEAL_CAPS);
	header_refused(40, 0, 8, SEAL_CAPS);
	header_refused(48, 0, 8, SEAL_CAPS);
	header_refused(56, 1ull << 63, 8, SEAL_CAPS);
	header_refused(96, '.', 1, SEAL_CAPS);
	header_refused(96, '/', 1, SEAL_CAPS);
	header_refused(96, 0xe4, 1, SEAL_CAPS);
	header_refused(160, '\n', 1, SEAL_CAPS);
	header_refused(160, 0x7f, 1, SEAL_CAPS);
}

/* What a kind says is behind it: only of an older place, and only where something is missing. */
static void
behind(enum kind kind, enum kind_state state, bool suspect, uint64_t epoch, uint64_t sequence,
       enum seal_refusal expected)
{
	size_t at = 256 + 32 * (size_t)kind;
	enum seal_refusal why;
	struct seal_header h;
	struct scene s;

	scene_begin(&s);
	s.bytes[at + 8] = (unsigned char)state;
	s.bytes[at + 9] = suspect;
	bytes_put(s.bytes + at + 16, epoch, 8);
	bytes_put(s.bytes + at + 24, sequence, 8);
	fixture_sign_again(s.bytes, s.len, &s.keys);
	(void)seal_read_header(s.bytes, s.len, 0, &s.keys, &h, &why, &s.e);
	if (why != expected)
		fail_msg("%s: %s: %s", kind_name(kind), seal_refusal_name(why), s.e.text);
	if (why == SEAL_OK)
		assert_true(h.behind[kind].epoch == epoch && h.behind[kind].sequence == sequence);
	scene_end(&s);
}

static void
a_kind_names_only_older_snapshots_and_only_if_it_has_need(void **state)
{
	(void)state; /* the scene's own place is (2, 7) */
	behind(KIND_TOPIC, STATE_UNREACHABLE, false, 2, 6, SEAL_OK);
	behind(KIND_TOPIC, STATE_UNREACHABLE, false, 1, UINT64_MAX, SEAL_OK);
	behind(KIND_TOPIC, STATE_UNREACHABLE, false, 2, 7, SEAL_CAPS);
	behind(KIND_TOPIC, STATE_UNREACHABLE, false, 3, 1, SEAL_CAPS);
	behind(KIND_TOPIC, STATE_UNREACHABLE, false, 2, 0, SEAL_CAPS);
	behind(KIND_TOPIC, STATE_UNREACHABLE, false, 0, 6, SEAL_CAPS);
	behind(KIND_TOPIC, STATE_PENDING, false, 2, 6, SEAL_OK);
	behind(KIND_TOPIC, STATE_UNSUPPORTED, false, 2, 6, SEAL_OK);
	behind(KIND_TOPIC, STATE_NONE, false, 2, 6, SEAL_OK);
	behind(KIND_TOPIC, STATE_CAPTURED, true, 2, 6, SEAL_OK);
	behind(KIND_TOPIC, STATE_CAPTURED, false, 2, 6, SEAL_CAPS);
	behind(KIND_TOPIC, STATE_DISABLED, false, 2, 6, SEAL_CAPS);
	behind(KIND_IDENTITY, STATE_NONE, false, 2, 6, SEAL_CAPS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signer_that_is_not_trusted_is_refused_and_named),
		cmocka_unit_test(an_object_without_signatures_is_refused),
		cmocka_unit_test(the_two_signatures_cannot_stand_for_each_other),
		cmocka_unit_test(an_identity_that_it_is_not_sealed_to_is_told_so),
		cmocka_unit_test(without_an_identity_nothing_opens),
		cmocka_unit_test(another_service_or_name_is_refused),
		cmocka_unit_test(a_stanza_of_another_snapshot_is_caught_by_the_commitment),
		cmocka_unit_test(a_broken_stanza_signed_again_does_not_open),
		cmocka_unit_test(every_bit_that_is_changed_and_signed_again_is_refused),
		cmocka_unit_test(what_a_header_may_not_say_is_refused_even_when_signed),
		cmocka_unit_test(a_kind_names_only_older_snapshots_and_only_if_it_has_need),
	};

	return sodium_init() < 0 ? 1
	                         : cmocka_run_group_tests_name("seal_forged", tests, NULL, NULL);
}
