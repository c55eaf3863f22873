/* t_record.c - records come back, and their names; t_record_refused.c: what is refused. */
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
a_claim_comes_back(void **state)
{
	struct record r;
	struct record_scene s;

	(void)state;
	record_scene_begin(&s, RECORD_CLAIM);
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_int_equal(r.type, RECORD_CLAIM);
	assert_string_equal(r.service, "orders-prod");
	assert_string_equal(r.cluster, "4L6g3nShT-eMCtK--X86sw");
	assert_int_equal(r.epoch, 3);
	assert_int_equal(r.created_at_ms, 1767225600000);
	assert_memory_equal(r.id, s.record.id, sizeof r.id);
	assert_memory_equal(r.snapshot, s.record.snapshot, sizeof r.snapshot);
	assert_int_equal(r.snapshot_epoch, 2);
	assert_int_equal(r.snapshot_sequence, 7);
	record_scene_end(&s);
}

static void
a_claim_of_nothing_comes_back(void **state)
{
	struct record r;
	struct record_scene s;

	(void)state;
	record_scene_begin(&s, RECORD_CLAIM);
	memset(s.record.snapshot, 0, sizeof s.record.snapshot);
	s.record.snapshot_epoch = s.record.snapshot_sequence = 0;
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_int_equal(sodium_is_zero(r.snapshot, sizeof r.snapshot), 1);
	record_scene_end(&s);
}

static void
an_adoption_comes_back_with_its_topic_ids(void **state)
{
	struct record r;
	struct record_scene s;

	(void)state;
	record_scene_begin(&s, RECORD_ADOPTION);
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_int_equal(r.by, ADOPTED_RESTORE);
	assert_int_equal(r.topic_id_count, 2);
	assert_string_equal(r.topic_ids[0], ID_A);
	assert_string_equal(r.topic_ids[1], ID_B);
	s.record.topic_id_count = 0;
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_int_equal(r.topic_id_count, 0);
	record_scene_end(&s);
}

/* A thousand distinct ids in order; one more than may be. */
static const char **
many_ids(char (*room)[23])
{
	const char **ids = calloc(ADOPTION_TOPICS_MAX + 1, sizeof *ids);

	assert_non_null(ids);
	for (unsigned i = 0; i <= ADOPTION_TOPICS_MAX; i++) {
		(void)snprintf(room[i], sizeof room[i], "%04uAAAAAAAAAAAAAAAAAA", i);
		ids[i] = room[i];
	}
	return ids;
}

static void
a_thousand_topic_ids_fit_and_one_more_does_not(void **state)
{
	char (*room)[23] = calloc(ADOPTION_TOPICS_MAX + 1, sizeof *room);
	const char **ids;
	struct record r;
	struct record_scene s;

	(void)state;
	assert_non_null(room);
	ids = many_ids(room);
	record_scene_begin(&s, RECORD_ADOPTION);
	s.record.topic_ids = ids;
	s.record.topic_id_count = ADOPTION_TOPICS_MAX;
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_int_equal(r.topic_id_count, ADOPTION_TOPICS_MAX);
	assert_string_equal(r.topic_ids[999], "0999AAAAAAAAAAAAAAAAAA");
	s.record.topic_id_count++;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_FAILED);
	assert_non_null(strstr(s.e.text, "more than 1000"));
	record_scene_change(&s, "0999AAAAAAAAAAAAAAAAAA\"",
	              "0999AAAAAAAAAAAAAAAAAA\",\"1000AAAAAAAAAAAAAAAAAA\"");
	record_scene_refused(&s, ERR_CORRUPT, "\"topic_ids\"");
	record_scene_end(&s);
	free(ids);
	free(room);
}

static void
a_decision_comes_back_for_a_name_or_a_whole_kind(void **state)
{
	struct record r;
	struct record_scene s;

	(void)state;
	record_scene_begin(&s, RECORD_DECISION);
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_int_equal(r.sequence, 9);
	assert_int_equal(r.kind, KIND_CONNECTOR);
	assert_string_equal(r.name, "sink \"ö\"");
	assert_string_equal(r.cluster, "");
	s.record.name = NULL;
	record_scene_seal(&s);
	assert_int_equal(record_scene_open(&s, &r), 0);
	assert_null(r.name);
	record_scene_end(&s);
}

static void
the_writer_refuses_what_a_record_cannot_hold(void **state)
{
	static const char *const twice[] = { ID_B, ID_B };
	struct record_scene s;

	(void)state;
	record_scene_begin(&s, RECORD_ADOPTION);
	s.object.max = 100;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_FAILED);
	assert_non_null(strstr(s.e.text, "no room"));
	s.record.by = 0;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_FAILED);
	assert_non_null(strstr(s.e.text, "who adopted is unknown"));
	s.record.by = ADOPTED_FIRST;
	s.record.topic_ids = twice;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_FAILED);
	record_scene_end(&s);
	record_scene_begin(&s, RECORD_CLAIM);
	s.record.epoch = 0;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_FAILED);
	s.record.epoch = 1;
	memcpy(s.record.cluster, "\xff", 2); /* no UTF-8: could not be read again */
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_CORRUPT);
	assert_non_null(strstr(s.e.text, "a record just sealed fails its verification"));
	s.record.cluster[0] = 'x';
	s.keys.signers[0][0] ^= 1;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_OPERATOR);
	secret_free(s.keys.signing);
	s.keys.signing = NULL;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_CONFIG);
	s.record.type = (enum record_type)4;
	assert_int_equal(record_seal(&s.record, &s.keys, &s.object, &s.e), ERR_FAILED);
	assert_int_equal(s.object.len, 0);
	record_scene_end(&s);
}

static void
names_read_back_whatever_the_cluster_id_is(void **state)
{
	static const char *const clusters[] = {
		"4L6g3nShT-eMCtK--X86sw", "-", "a/b", "%41", "..", "ü b",
		"////////////////////////////////////////////////////////////////",
	};
	struct record r, got;
	char name[RECORD_NAME_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(clusters); i++) {
		r = (struct record){ .type = RECORD_CLAIM, .epoch = i + 1 };
		memcpy(r.cluster, clusters[i], strlen(clusters[i]) + 1);
		memset(r.id, 0xab, sizeof r.id);
		record_name(&r, name);
		assert_null(strchr(name, '/'));
		if (!record_parse_name(RECORD_CLAIM, name, &got))
			fail_msg("%s", name);
		assert_string_equal(got.cluster, clusters[i]);
		assert_int_equal(got.epoch, i + 1);
		assert_memory_equal(got.id, r.id, sizeof r.id);
	}
	r.cluster[0] = '\0';
	r.type = RECORD_DECISION;
	r.sequence = 0;
	record_name(&r, name);
	assert_string_equal(name, "fffffffffffffff8ffffffffffffffff-"
	                          "abababababababababababababababab");
	assert_true(record_parse_name(RECORD_DECISION, name, &got));
	assert_int_equal(got.sequence, 0);
	assert_int_equal(got.epoch, 7);
	assert_string_equal(got.cluster, "");
}

#define EIGHT "xxxxxxxx"
#define ID "-abababababababababababababababab"

static void
what_is_no_name_of_a_record_is_none(void **state)
{
	static const char *const claims[] = {
		"",
		"fffffffffffffffd",
		"fffffffffffffffd" ID,
		"fffffffffffffffd-" ID,
		"fffffffffffffffd-x" ID "0",
		"fffffffffffffffd-x_abababababababababababababababab",
		"fffffffffffffffd_x" ID,
		"ffffffffffffffff-x" ID,
		"Fffffffffffffffd-x" ID,
		"fffffffffffffffd-x-ABababababababababababababababab",
		"fffffffffffffffd-a/b" ID,
		"fffffffffffffffd-a b" ID,
		"fffffffffffffffd-%" ID,
		"fffffffffffffffd-%2" ID,
		"fffffffffffffffd-%2f" ID,
		"fffffffffffffffd-%00" ID,
		"fffffffffffffffd-%41" ID,
		"fffffffffffffffd-%2G" ID,
		"fffffffffffffffdfffffffffffffff6" ID,
		"fffffffffffffffd-" EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT "x" ID,
	};
	static const char *const decisions[] = {
		"fffffffffffffffd-x" ID,
		"fffffffffffffffdfffffffffffffff" ID,
		"fffffffffffffffdfffffffffffffff66" ID,
		"fffffffffffffffffffffffffffffff6" ID,
		"fffffffffffffffdffffffffffffffx6" ID,
	};
	char *huge = calloc(1, 100001);
	struct record r;
	size_t i;

	(void)state;
	assert_non_null(huge);
	memset(huge, 'f', 100000);
	assert_false(record_parse_name(RECORD_CLAIM, huge, &r));
	free(huge);
	for (i = 0; i < LENGTH(claims); i++)
		if (record_parse_name(RECORD_CLAIM, claims[i], &r))
			fail_msg("%s", claims[i]);
	for (i = 0; i < LENGTH(decisions); i++)
		if (record_parse_name(RECORD_DECISION, decisions[i], &r))
			fail_msg("%s", decisions[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_comes_back),
		cmocka_unit_test(a_claim_of_nothing_comes_back),
		cmocka_unit_test(an_adoption_comes_back_with_its_topic_ids),
		cmocka_unit_test(a_thousand_topic_ids_fit_and_one_more_does_not),
		cmocka_unit_test(a_decision_comes_back_for_a_name_or_a_whole_kind),
		cmocka_unit_test(the_writer_refuses_what_a_record_cannot_hold),
		cmocka_unit_test(names_read_back_whatever_the_cluster_id_is),
		cmocka_unit_test(what_is_no_name_of_a_record_is_none),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
