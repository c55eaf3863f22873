/* t_record_refused.c - damaged, forged and wrongly made records. */
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
#include "record_fixture.h"
#include "seal_fixture.h"

static void
every_flipped_bit_and_every_cut_is_refused(void **state)
{
	struct record r;
	struct record_scene s;
	size_t i;

	(void)state;
	for (int type = RECORD_CLAIM; type <= RECORD_DECISION; type++) {
		record_scene_begin(&s, (enum record_type)type);
		record_scene_seal(&s);
		for (i = 0; i < s.object.len; i++) {
			int code = i >= 16 && i < 48 ? ERR_OPERATOR : ERR_CORRUPT;

			s.object.data[i] = (char)(s.object.data[i] ^ 1 << i % 8);
			assert_int_equal(record_scene_open(&s, &r), code);
			s.object.data[i] = (char)(s.object.data[i] ^ 1 << i % 8);
		}
		for (i = 0; i < s.object.len; i++) {
			char *part = malloc(i > 0 ? i : 1); /* its own: a byte behind is seen */

			assert_non_null(part);
			memcpy(part, s.object.data, i);
			assert_int_equal(record_scene_open_bytes(&s, part, i, &r), ERR_CORRUPT);
			free(part);
		}
		assert_int_equal(record_scene_open(&s, &r), 0);
		assert_int_equal(buf_add_char(&s.object, '\n'), 0);
		record_scene_refused(&s, ERR_CORRUPT, "something was appended");
		record_scene_end(&s);
	}
}

static void
each_fault_of_the_envelope_has_its_own_text(void **state)
{
	static const struct {
		size_t      offset;
		uint64_t    value;
		size_t      size;
		int         code;
		const char *said;
	} faults[] = {
		{ 0, 0, 1, ERR_CORRUPT, "does not begin as a record does" },
		{ 8, 2, 2, ERR_CORRUPT, "format version 2" },
		{ 10, 2, 2, ERR_CORRUPT, "type 2 where type 1 belongs" },
		{ 12, 1u << 21, 4, ERR_CORRUPT, "at most 1048576" },
		{ 12, UINT32_MAX, 4, ERR_CORRUPT, "at most 1048576" },
		{ 12, 1, 4, ERR_CORRUPT, "something was appended" },
		{ 12, 1000, 4, ERR_CORRUPT, "cut off" },
		{ 16, 0, 1, ERR_OPERATOR, "not among keys.trusted_signers" },
		{ 60, 0, 1, ERR_CORRUPT, "its signature does not verify" },
	};
	struct record_scene s;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(faults); i++) {
		record_scene_begin(&s, RECORD_CLAIM);
		record_scene_seal(&s);
		bytes_put((unsigned char *)s.object.data + faults[i].offset, faults[i].value,
		          faults[i].size);
		record_scene_refused(&s, faults[i].code, faults[i].said);
		record_scene_end(&s);
	}
}

static void
a_signature_of_something_else_does_not_count(void **state)
{
	struct record_scene s;
	char *end_of_text;

	(void)state;
	record_scene_begin(&s, RECORD_CLAIM);
	record_scene_seal(&s);
	end_of_text = s.object.data + s.object.len - SIGNATURE_BYTES;
	assert_int_equal(sign_make(SIGN_SNAPSHOT, s.object.data, s.object.len - SIGNATURE_BYTES,
	                           s.keys.signing, (unsigned char *)end_of_text, &s.e), 0);
	record_scene_refused(&s, ERR_CORRUPT, "its signature does not verify");
	memset(end_of_text, 0, SIGNATURE_BYTES);
	record_scene_refused(&s, ERR_CORRUPT, "its signature does not verify");
	record_scene_end(&s);
}

static void
another_name_or_service_is_refused(void **state)
{
	struct record r;
	struct record_scene s;

	(void)state;
	record_scene_begin(&s, RECORD_ADOPTION);
	record_scene_seal(&s);
	s.record.epoch++;
	record_name(&s.record, s.name);
	record_scene_refused(&s, ERR_CORRUPT, "renamed");
	s.record.epoch--;
	s.record.id[3] ^= 1;
	record_name(&s.record, s.name);
	record_scene_refused(&s, ERR_CORRUPT, "renamed");
	s.record.id[3] ^= 1;
	s.record.cluster[0] = 'x';
	record_name(&s.record, s.name);
	record_scene_refused(&s, ERR_CORRUPT, "renamed");
	s.record.cluster[0] = '4';
	record_name(&s.record, s.name);
	assert_int_equal(record_open(s.object.data, s.object.len, RECORD_ADOPTION, "other", s.name,
	                             &s.keys, &s.arena, &r, &s.e), ERR_CORRUPT);
	assert_non_null(strstr(s.e.text, "\"orders-prod\", not of \"other\""));
	record_scene_end(&s);
}

struct change {
	const char *from, *to, *said;
};

static void
changes_refused(enum record_type type, const struct change *changes, size_t count)
{
	struct record_scene s;

	for (size_t i = 0; i < count; i++) {
		record_scene_begin(&s, type);
		record_scene_seal(&s);
		record_scene_change(&s, changes[i].from, changes[i].to);
		record_scene_refused(&s, ERR_CORRUPT, changes[i].said);
		record_scene_end(&s);
	}
}

static void
a_signed_text_that_is_not_of_version_one_is_refused(void **state)
{
	static const struct change of_all[] = {
		{ "{\"cluster\"", "{\"cl\":1,\"cluster\"", "version 1 does not know" },
		{ "{\"cluster\"", "{ \"cluster\"", "canonical" },
		{ "\"epoch\":3", "\"epoch\":3.0", "\"epoch\"" },
		{ "\"epoch\":3", "\"epoch\":\"3\"", "\"epoch\"" },
		{ "\"epoch\":3", "\"epoch\":-3", "the epoch is 0" },
		{ "\"epoch\":3", "\"epoch\":0", "the epoch is 0" },
		{ "\"epoch\":3", "\"epoch\":null", "\"epoch\"" },
		{ "\"epoch\":3,", "", "\"epoch\"" },
		{ "\"epoch\":3,", "\"epoch\":3,\"epoch\":3,", "a key that the object has already" },
		{ "1767225600000", "-1", "canonical" },
		{ "1767225600000", "9223372036854775808", "1970" },
		{ "orders-prod", "orders/prod", "service" },
		{ "orders-prod", "", "service" },
		{ "orders-prod", ".orders", "service" },
		{ "\"cluster\":\"4L6g3nShT-eMCtK--X86sw\"", "\"cluster\":\"\"", "cluster" },
		{ "\"cluster\":\"4L6g3nShT-eMCtK--X86sw\"", "\"cluster\":\"a\\u000a\"", "cluster" },
		{ "\"cluster\":\"4L6g3nShT-eMCtK--X86sw\"", "\"cluster\":[]", "\"cluster\"" },
		{ "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "cdcd", "\"snapshot\"" },
		{ "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "CDcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		  "\"snapshot\"" },
		{ "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "00000000000000000000000000000000",
		  "do not agree" },
		{ "\"snapshot_epoch\":2", "\"snapshot_epoch\":0", "do not agree" },
		{ "\"snapshot_sequence\":7", "\"snapshot_sequence\":[7]", "\"snapshot_sequence\"" },
		{ "\"snapshot_sequence\":7}", "\"snapshot_sequence\":7}\n", "canonical" },
		{ "\"snapshot_sequence\":7}", "\"snapshot_sequence\":7", "line 1" },
		{ "\"snapshot_sequence\":7", "\"snapshot_sequence\":{\"a\":{\"b\":7}}", "line 1" },
	};

	(void)state;
	changes_refused(RECORD_CLAIM, of_all, LENGTH(of_all));
}

static void
a_signed_adoption_with_wrong_topic_ids_is_refused(void **state)
{
	static const struct change changes[] = {
		{ "\"by\":\"restore\"", "\"by\":\"nobody\"", "\"by\"" },
		{ "\"by\":\"restore\",", "", "\"by\"" },
		{ "\"by\":\"restore\"", "\"by\":2", "\"by\"" },
		{ "[\"" ID_A "\",", "[\"" ID_B "\",", "not sorted, or one is there twice" },
		{ "\"" ID_A "\",\"" ID_B "\"", "\"" ID_B "\",\"" ID_A "\"", "not sorted" },
		{ "\"" ID_A "\",", "\"\",", "\"topic_ids\"" },
		{ "\"" ID_A "\",", "null,", "\"topic_ids\"" },
		{ "\"" ID_A "\",", "\"AAAAAAAAAAAAAAAAAAAAA=\",", "base64" },
		{ "\"" ID_A "\",", "\"AAAAAAAAAAAAAAAAAAAAAB\",", "base64" },
		{ "[\"" ID_A "\",\"" ID_B "\"]", "{}", "\"topic_ids\"" },
	};

	(void)state;
	changes_refused(RECORD_ADOPTION, changes, LENGTH(changes));
}

static void
a_signed_decision_on_no_resource_is_refused(void **state)
{
	static const struct change changes[] = {
		{ "\"kind\":\"connector\"", "\"kind\":\"gadget\"", "\"kind\"" },
		{ "\"kind\":\"connector\"", "\"kind\":\"identity\"", "none of a resource" },
		{ "\"kind\":\"connector\"", "\"kind\":10", "\"kind\"" },
		{ "\"name\":\"sink \\\"ö\\\"\",", "", "\"name\"" },
		{ "\"name\":\"sink \\\"ö\\\"\"", "\"name\":\"\"", "name is not 1 to" },
		{ "\"name\":\"sink \\\"ö\\\"\"", "\"name\":7", "\"name\"" },
		{ "\"name\":\"sink \\\"ö\\\"\"", "\"name\":\"\xff\"", "line 1" },
		{ "\"sequence\":9", "\"sequence\":true", "\"sequence\"" },
		{ "{", "{\"cluster\":\"x\",", "version 1 does not know" },
	};

	(void)state;
	changes_refused(RECORD_DECISION, changes, LENGTH(changes));
}

static void
a_text_that_is_no_object_is_refused(void **state)
{
	static const char *const texts[] = { "", "null", "[]", "7", "\"{}\"", "{}" };
	struct record_scene s;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(texts); i++) {
		record_scene_begin(&s, RECORD_CLAIM);
		record_scene_seal(&s);
		record_scene_forge(&s, texts[i]);
		record_scene_refused(&s, ERR_CORRUPT, "");
		record_scene_end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flipped_bit_and_every_cut_is_refused),
		cmocka_unit_test(each_fault_of_the_envelope_has_its_own_text),
		cmocka_unit_test(a_signature_of_something_else_does_not_count),
		cmocka_unit_test(another_name_or_service_is_refused),
		cmocka_unit_test(a_signed_text_that_is_not_of_version_one_is_refused),
		cmocka_unit_test(a_signed_adoption_with_wrong_topic_ids_is_refused),
		cmocka_unit_test(a_signed_decision_on_no_resource_is_refused),
		cmocka_unit_test(a_text_that_is_no_object_is_refused),
	};

	return sodium_init() < 0 ? 1
	                         : cmocka_run_group_tests_name("record_refused", tests, NULL, NULL);
}
