/* t_seal.c - snapshots sealed and opened; damaged ones refused; t_seal_forged.c: wrong ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/seal/stream.h"
#include "seal_fixture.h"

static void
same_kinds(const struct kind_entry *a, const struct kind_entry *b)
{
	for (size_t i = 0; i < KIND_TABLE; i++) {
		assert_int_equal(a[i].count, b[i].count);
		assert_int_equal(a[i].state, b[i].state);
		assert_int_equal(a[i].suspect, b[i].suspect);
	}
}

static void
round_trip(size_t size, unsigned recipients)
{
	char name[SEAL_OBJECT_NAME_SIZE];
	struct keys writer, reader;
	enum seal_refusal why;
	struct err e = { 0 };
	struct seal_header h, got;
	struct document d;
	struct buf object, body;

	fixture_keys(&writer, 1);
	for (unsigned i = 1; i < recipients; i++)
		fixture_stranger(&writer, (unsigned char)(100 + i));
	/* the last recipient */
	fixture_keys(&reader, (unsigned char)(recipients == 1 ? 1 : 99 + recipients));
	memcpy(reader.signers, writer.signers, sizeof reader.signers);
	fixture_header(&h);
	fixture_bytes(&d, size);
	fixture_seal(&h, &d, &writer, &object, name);
	assert_int_equal(object.len, 928 + 88 * recipients + stream_size(size) + 64);
	buf_init(&body, DOCUMENT_BODY_MAX);
	if (seal_open_body(object.data, object.len, "orders-prod", name, &reader, &got, &body, &why,
	                   &e) != 0)
		fail_msg("%zu bytes, %u recipients: %s", size, recipients, e.text);
	assert_int_equal(body.len, size);
	if (size > 0)
		assert_memory_equal(body.data, d.body.data, size);
	same_kinds(got.kinds, d.kinds);
	buf_release(&body);
	buf_release(&object);
	document_release(&d);
	keys_release(&writer);
	keys_release(&reader);
}

static void
a_body_of_any_size_comes_back_for_any_number_of_recipients(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072, 3u << 20 };
	unsigned n;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(sizes); i++)
		for (n = 1; n <= RECIPIENTS_MAX; n++)
			round_trip(sizes[i], n);
}

/* One sealed real document, and the keys to open it. */
struct sealed {
	struct keys keys;
	struct seal_header header;
	struct document document;
	struct buf object;
	unsigned char *bytes; /* the object's */
	size_t len;
	char name[SEAL_OBJECT_NAME_SIZE];
};

static int
setup(void **state)
{
	struct sealed *s = calloc(1, sizeof *s);

	assert_non_null(s);
	fixture_keys(&s->keys, 1);
	fixture_stranger(&s->keys, 2);
	fixture_header(&s->header);
	fixture_document(&s->document);
	fixture_seal(&s->header, &s->document, &s->keys, &s->object, s->name);
	s->bytes = (unsigned char *)s->object.data;
	s->len = s->object.len;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct sealed *s = *state;

	buf_release(&s->object);
	document_release(&s->document);
	keys_release(&s->keys);
	free(s);
	return 0;
}

/* Open len bytes of the object and say why not. */
static enum seal_refusal
refusal_of(const struct sealed *s, const void *bytes, size_t len, struct err *e)
{
	enum seal_refusal why = SEAL_OK;
	struct document d = { .size = 42 };
	struct seal_header h;
	int rc = seal_open(bytes, len, "orders-prod", s->name, &s->keys, &h, &d, &why, e);

	if (rc == 0) {
		document_release(&d);
		return SEAL_OK;
	}
	assert_int_not_equal(why, SEAL_OK);
	assert_int_equal(d.size, 42); /* untouched */
	assert_int_equal(rc, why == SEAL_SIGNER || why == SEAL_RECIPIENT ? ERR_OPERATOR
	                                                                 : ERR_CORRUPT);
	assert_int_equal(strncmp(e->text, "snapshot ", 9), 0);
	assert_int_equal(strncmp(e->text + 9, s->name, strlen(s->name)), 0);
	return why;
}

static void
a_real_document_comes_back_with_its_header(void **state)
{
	struct sealed *s = *state;
	enum seal_refusal why = SEAL_DOCUMENT;
	struct seal_header h;
	struct document d;
	struct err e = { 0 };

	if (seal_open(s->bytes, s->len, "orders-prod", s->name, &s->keys, &h, &d, &why, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(why, SEAL_OK);
	assert_string_equal(h.service, "orders-prod");
	assert_string_equal(h.cluster, "4L6g3nShT-eMCtK--X86sw");
	assert_int_equal(h.epoch, 2);
	assert_int_equal(h.sequence, 7);
	assert_int_equal(h.source, SOURCE_LOG);
	assert_int_equal(h.source_offset, 4711);
	assert_int_equal(h.source_leader_epoch, 5);
	assert_int_equal(h.created_at_ms, 1767225600000);
	assert_memory_equal(h.id, s->header.id, sizeof h.id);
	assert_int_equal(h.document_size, s->document.size);
	assert_memory_equal(h.document_hash, s->document.hash, sizeof h.document_hash);
	assert_int_equal(h.kinds[KIND_TOPIC].count, 1);
	assert_int_equal(d.size, s->document.size);
	assert_int_equal(document_verify(&d, &e), 0);
	document_release(&d);
}

/* Read the header as after a ranged read of an object of total bytes. */
static enum seal_refusal
read_start(const struct sealed *s, const unsigned char *start, size_t total,
           struct seal_header *ret)
{
	enum seal_refusal why = SEAL_DOCUMENT;
	struct err e = { 0 };
	int rc = seal_read_header(start, SEAL_HEADER_BYTES, total, &s->keys, ret, &why, &e);

	assert_int_equal(rc, why == SEAL_OK ? 0 : ERR_CORRUPT);
	return why;
}

static void
the_header_is_read_from_one_kibibyte(void **state)
{
	struct sealed *s = *state;
	struct seal_header h;
	struct document d;
	struct buf object;
	char name[SEAL_OBJECT_NAME_SIZE];
	unsigned char *start = malloc(SEAL_HEADER_BYTES); /* so that a byte behind is seen */

	fixture_bytes(&d, 100000);
	fixture_seal(&s->header, &d, &s->keys, &object, name);
	assert_non_null(start);
	memcpy(start, object.data, SEAL_HEADER_BYTES);
	secret_free(s->keys.identity); /* listing needs no secret */
	s->keys.identity = NULL;
	assert_int_equal(read_start(s, start, 0, &h), SEAL_OK);
	assert_int_equal(read_start(s, start, object.len, &h), SEAL_OK);
	assert_int_equal(h.carried, 2);
	assert_true(h.kinds[KIND_CONNECTOR].suspect);
	assert_int_equal(read_start(s, start, object.len - 1, &h), SEAL_SHORT);
	assert_int_equal(read_start(s, start, object.len + 1, &h), SEAL_LONG);
	free(start);
	buf_release(&object);
	document_release(&d);
}

/* What a flipped bit at an offset may be refused for, by FORMAT.md. */
#define ONE(refusal) (1u << (refusal))
#define LENGTHS      (ONE(SEAL_SHORT) | ONE(SEAL_LONG) | ONE(SEAL_CAPS))
#define SIGNED       ONE(SEAL_SIGNATURE)

static const struct {
	size_t   end;
	unsigned expected;
} fields[] = {
	{ 8, ONE(SEAL_MAGIC) },
	{ 10, ONE(SEAL_VERSION) },
	{ 12, ONE(SEAL_CAPS) },            /* length of the header */
	{ 16, ONE(SEAL_FLAGS) },
	{ 18, LENGTHS },                   /* recipients */
	{ 19, ONE(SEAL_CAPS) | SIGNED },   /* source */
	{ 21, ONE(SEAL_CAPS) },            /* lengths of service and cluster id */
	{ 24, ONE(SEAL_FLAGS) },
	{ 32, LENGTHS },                   /* of the body */
	{ 40, ONE(SEAL_CAPS) | SIGNED },   /* of the document */
	{ 64, ONE(SEAL_CAPS) | SIGNED },   /* epoch, sequence, created at */
	{ 76, SIGNED },
	{ 80, ONE(SEAL_FLAGS) },
	{ 96, SIGNED },                    /* id */
	{ 224, ONE(SEAL_CAPS) | SIGNED },  /* service, cluster id */
	{ 256, SIGNED },
	{ 768, ONE(SEAL_CAPS) | ONE(SEAL_FLAGS) | SIGNED }, /* kinds */
	{ 824, SIGNED },
	{ 856, ONE(SEAL_SIGNER) },
	{ 864, ONE(SEAL_FLAGS) },
	{ SIZE_MAX, SIGNED },
};

static unsigned
expected_at(size_t offset)
{
	size_t i = 0;

	while (offset >= fields[i].end)
		i++;
	return fields[i].expected;
}

static void
every_flipped_bit_is_refused_for_its_reason(void **state)
{
	struct sealed *s = *state;
	size_t front = HEADER_BYTES + 2 * STANZA_BYTES, i;

	for (i = 0; i < s->len; i++) {
		/* each bit of the header, else one a byte */
		unsigned step = i < HEADER_BYTES ? 1 : 8;

		for (unsigned bit = i < HEADER_BYTES ? 0 : i % 8; bit < 8; bit += step) {
			struct err e = { 0 };
			enum seal_refusal why;

			s->bytes[i] ^= (unsigned char)(1u << bit);
			why = refusal_of(s, s->bytes, s->len, &e);
			s->bytes[i] ^= (unsigned char)(1u << bit);
			if ((ONE(why) & expected_at(i)) == 0)
				fail_msg("byte %zu of %zu, bit %u: %s: %s", i, front, bit,
				         seal_refusal_name(why), e.text);
		}
	}
}

static void
a_large_body_with_a_flipped_bit_is_refused(void **state)
{
	struct sealed *s = *state;
	struct document d;
	struct buf object;
	size_t i;

	fixture_bytes(&d, 200000);
	fixture_seal(&s->header, &d, &s->keys, &object, s->name);
	for (i = HEADER_BYTES; i < object.len; i += 1993) {
		struct err e = { 0 };

		object.data[i] = (char)(object.data[i] ^ 0x10);
		assert_int_equal(refusal_of(s, object.data, object.len, &e), SEAL_SIGNATURE);
		object.data[i] = (char)(object.data[i] ^ 0x10);
	}
	buf_release(&object);
	document_release(&d);
}

static void
everything_cut_off_is_too_short(void **state)
{
	struct sealed *s = *state;
	size_t len;

	for (len = 0; len < s->len; len++) {
		/* memory of its own, so that a byte behind is seen */
		unsigned char *part = malloc(len > 0 ? len : 1);
		struct err e = { 0 };

		assert_non_null(part);
		memcpy(part, s->bytes, len);
		assert_int_equal(refusal_of(s, part, len, &e), SEAL_SHORT);
		assert_non_null(strstr(e.text, "cut off"));
		free(part);
	}
}

static void
a_large_object_cut_off_is_too_short(void **state)
{
	struct sealed *s = *state;
	struct document d;
	struct buf object;
	struct err e = { 0 };
	size_t len;

	fixture_bytes(&d, 200000);
	fixture_seal(&s->header, &d, &s->keys, &object, s->name);
	for (len = HEADER_BYTES; len < object.len; len += 997)
		assert_int_equal(refusal_of(s, object.data, len, &e), SEAL_SHORT);
	buf_release(&object);
	document_release(&d);
}

static void
everything_appended_is_too_long(void **state)
{
	struct sealed *s = *state;
	unsigned char *more = calloc(1, s->len * 2);
	struct err e = { 0 };

	assert_non_null(more);
	memcpy(more, s->bytes, s->len);
	assert_int_equal(refusal_of(s, more, s->len + 1, &e), SEAL_LONG);
	memcpy(more + s->len, s->bytes, s->len);
	assert_int_equal(refusal_of(s, more, 2 * s->len, &e), SEAL_LONG);
	assert_non_null(strstr(e.text, "appended"));
	free(more);
}

static void
names_sort_newest_first_and_read_back(void **state)
{
	struct seal_header a, b;
	char older[SEAL_OBJECT_NAME_SIZE], newer[SEAL_OBJECT_NAME_SIZE];
	unsigned char id[SNAPSHOT_ID_BYTES];
	uint64_t epoch, sequence;

	(void)state;
	fixture_header(&a);
	memset(a.id, 0xab, sizeof a.id);
	b = a;
	b.sequence = 8;
	seal_object_name(&a, older);
	seal_object_name(&b, newer);
	assert_string_equal(older, "fffffffffffffffdfffffffffffffff8-"
	                           "abababababababababababababababab.kcb");
	assert_true(strcmp(newer, older) < 0);
	assert_true(seal_parse_name(older, &epoch, &sequence, id));
	assert_int_equal(epoch, 2);
	assert_int_equal(sequence, 7);
	assert_memory_equal(id, a.id, sizeof id);
	a.epoch = UINT64_MAX;
	a.sequence = UINT64_MAX;
	seal_object_name(&a, newer);
	assert_true(seal_parse_name(newer, &epoch, &sequence, id));
	assert_true(epoch == UINT64_MAX && sequence == UINT64_MAX);
}

static void
what_is_no_name_of_a_snapshot_is_none(void **state)
{
	static const char *const names[] = {
		"",
		"x",
		"fffffffffffffffdfffffffffffffff8-abababababababababababababababab",
		"fffffffffffffffdfffffffffffffff8-abababababababababababababababab.kcb2",
		"fffffffffffffffdfffffffffffffff8-abababababababababababababababab.kcB",
		"fffffffffffffffdfffffffffffffff8_abababababababababababababababab.kcb",
		"Fffffffffffffffdfffffffffffffff8-abababababababababababababababab.kcb",
		"fffffffffffffffdfffffffffffffff8-ABababababababababababababababab.kcb",
		"fffffffffffffffdffffffffffffffg8-abababababababababababababababab.kcb",
		"ffffffffffffffffffffffffffffffff-abababababababababababababababab.kcb",
		"fffffffffffffffdffffffffffffffff-abababababababababababababababab.kcb",
		"fffffffffffffffffffffffffffffff8-abababababababababababababababab.kcb",
	};
	unsigned char id[SNAPSHOT_ID_BYTES];
	uint64_t epoch, sequence;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(names); i++)
		if (seal_parse_name(names[i], &epoch, &sequence, id))
			fail_msg("%s", names[i]);
}

static void
every_refusal_has_a_name_of_its_own(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i <= SEAL_DOCUMENT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(seal_refusal_name((enum seal_refusal)i),
			                        seal_refusal_name((enum seal_refusal)j));
	assert_string_equal(seal_refusal_name((enum seal_refusal)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_of_any_size_comes_back_for_any_number_of_recipients),
		cmocka_unit_test_setup_teardown(a_real_document_comes_back_with_its_header, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(the_header_is_read_from_one_kibibyte, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(every_flipped_bit_is_refused_for_its_reason, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(a_large_body_with_a_flipped_bit_is_refused, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(everything_cut_off_is_too_short, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_object_cut_off_is_too_short, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(everything_appended_is_too_long, setup, teardown),
		cmocka_unit_test(names_sort_newest_first_and_read_back),
		cmocka_unit_test(what_is_no_name_of_a_snapshot_is_none),
		cmocka_unit_test(every_refusal_has_a_name_of_its_own),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
