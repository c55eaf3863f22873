/*
 * t_format.c - core/seal/FORMAT.md is true: its examples open, and are made again byte for byte.
 *
 * Every random byte in this program is 0x42, as in the examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <zstd.h>

#include "core/base/cleanup.h"
#include "core/kraft/lines.h"
#include "core/kraft/seed.h"
#include "core/seal/hex.h"
#include "core/seal/record.h"

#define TEXT_MAX (64u << 10)

static const char *
random_name(void)
{
	return "0x42";
}

static uint32_t
random_number(void)
{
	return 0x42424242;
}

static void
random_bytes(void *ret, size_t len)
{
	memset(ret, 0x42, len);
}

/* The file, the keys of its examples, and room for what is taken out of it. */
struct format {
	char       *text;
	struct keys keys;
	struct buf  block;
	struct err  e;
};

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, TEXT_MAX + 1);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, TEXT_MAX, f) > 0);
	assert_true(feof(f));
	(void)fclose(f);
	return text;
}

/* The lines between ```name and ```; the buffer's text is replaced. */
static const char *
block(struct format *f, const char *name)
{
	char fence[64];
	const char *from, *to;

	(void)snprintf(fence, sizeof fence, "\n```%s\n", name);
	from = strstr(f->text, fence);
	if (from == NULL)
		fail_msg("FORMAT.md has no block %s", name);
	from += strlen(fence);
	to = strstr(from, "\n```");
	assert_non_null(to);
	buf_clear(&f->block);
	assert_int_equal(buf_add(&f->block, from, (size_t)(to + 1 - from)), 0);
	return buf_text(&f->block);
}

/* A name alone on its line. */
static void
name_block(struct format *f, const char *name, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s", block(f, name));
	ret[strcspn(ret, "\n")] = '\0';
}

/* Two hex characters a byte; blanks, and what follows #, are passed over. */
static void
hex_block(struct format *f, const char *name, struct buf *ret)
{
	const char *p = block(f, name);
	unsigned char byte = 0;

	buf_init(ret, TEXT_MAX);
	while (*p != '\0') {
		if (*p == '#') {
			p += strcspn(p, "\n");
		} else if (*p == ' ' || *p == '\n') {
			p++;
		} else {
			assert_true(hex_get_bytes(p, &byte, 1));
			assert_int_equal(buf_add(ret, &byte, 1), 0);
			p += 2;
		}
	}
}

static void
read_key(struct keys *k, const char *line, struct err *e)
{
	struct secret *s = secret_new(line, strlen(line));

	assert_non_null(s);
	if (strncmp(line, "x25519-secret:", 14) == 0)
		assert_int_equal(keys_set_identity(k, "identity", s, e), 0);
	else if (strncmp(line, "ed25519-secret:", 15) == 0)
		assert_int_equal(keys_set_signing(k, "signing", s, e), 0);
	else if (strncmp(line, "x25519:", 7) == 0)
		assert_int_equal(keys_add_recipient(k, "identity.pub", line, e), 0);
	else
		assert_int_equal(keys_add_signer(k, "signing.pub", line, e), 0);
	secret_free(s);
}

static int
setup(void **state)
{
	struct format *f = calloc(1, sizeof *f);
	char line[96];
	const char *p;

	assert_non_null(f);
	f->text = read_file(FORMAT_FILE);
	buf_init(&f->block, TEXT_MAX);
	for (p = block(f, "keys"); *p != '\0'; p += strcspn(p, "\n") + 1) {
		(void)snprintf(line, sizeof line, "%.*s", (int)strcspn(p, "\n"), p);
		read_key(&f->keys, line, &f->e);
	}
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct format *f = *state;

	keys_release(&f->keys);
	buf_release(&f->block);
	free(f->text);
	free(f);
	return 0;
}

static void
the_keys_belong_together(void **state)
{
	struct format *f = *state;

	assert_int_equal(f->keys.recipient_count, 1);
	assert_int_equal(f->keys.signer_count, 1);
	assert_int_equal(keys_prove(&f->keys, &f->e), 0);
}

/* Open the example; the caller releases what it gets. */
static void
open_example(struct format *f, struct buf *object, struct seal_header *h, struct document *d)
{
	char name[SEAL_OBJECT_NAME_SIZE + 1];
	enum seal_refusal why;

	hex_block(f, "snapshot", object);
	name_block(f, "snapshot-name", name, sizeof name);
	if (seal_open(object->data, object->len, "orders-prod", name, &f->keys, h, d, &why,
	              &f->e) != 0)
		fail_msg("%s", f->e.text);
}

static void
the_snapshot_opens_and_says_what_the_text_says(void **state)
{
	struct format *f = *state;
	struct seal_header h;
	struct document d;
	struct buf object;

	open_example(f, &object, &h, &d);
	assert_string_equal(h.cluster, "4L6g3nShT-eMCtK--X86sw");
	assert_int_equal(h.epoch, 2);
	assert_int_equal(h.sequence, 7);
	assert_int_equal(h.source, SOURCE_LOG);
	assert_int_equal(h.source_offset, 4711);
	assert_int_equal(h.source_leader_epoch, 5);
	assert_int_equal(h.created_at_ms, 1767225600000);
	assert_int_equal(h.carried, 1);
	assert_int_equal(h.kinds[KIND_TOPIC].count, 1);
	assert_int_equal(h.kinds[KIND_TOPIC].state, STATE_CAPTURED);
	assert_int_equal(h.kinds[KIND_CONNECTOR].state, STATE_DISABLED);
	assert_int_equal(h.kinds[KIND_ACL].state, STATE_UNREACHABLE);
	assert_int_equal(h.behind[KIND_ACL].epoch, 1);
	assert_int_equal(h.behind[KIND_ACL].sequence, 4);
	assert_int_equal(h.kinds[KIND_IDENTITY].count, 1);
	document_release(&d);
	buf_release(&object);
}

static void
its_document_is_the_example_of_every_line(void **state)
{
	struct format *f = *state;
	char *text = calloc(1, TEXT_MAX);
	struct seal_header h;
	struct document d;
	struct buf object;
	size_t size;

	assert_non_null(text);
	open_example(f, &object, &h, &d);
	size = ZSTD_decompress(text, TEXT_MAX, d.body.data, d.body.len);
	assert_int_equal(size, h.document_size);
	text[size] = '\0'; /* zstd may have written behind it */
	assert_string_equal(text, block(f, "lines"));
	free(text);
	document_release(&d);
	buf_release(&object);
}

/* The lines of a text as a sorted set. */
static void
take_lines(const char *text, struct line_set *ret, struct err *e)
{
	const char *end;
	struct line line;
	struct buf room;

	buf_init(&room, TEXT_MAX);
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		assert_int_equal(line_parse(text, (size_t)(end - text), &room, &line, e), 0);
		assert_int_equal(line_set_add(ret, &line, e), 0);
	}
	buf_release(&room);
	assert_int_equal(line_set_sort(ret, e), 0);
}

/* What Kafka would know, had it been started with these lines. */
static void
start_with(const struct line_set *lines, struct image *image, struct err *e)
{
	static const int32_t brokers[] = { 1, 2 };
	CLEANUP(line_set_release) struct line_set none;
	struct seed seed = { .brokers = brokers, .broker_count = LENGTH(brokers),
		             .identities = &none, .formatted = &none, .metadata_version = 33 };
	const void *frame;
	size_t at, len;

	line_set_init(&none, TEXT_MAX);
	assert_int_equal(line_set_sort(&none, e), 0);
	assert_int_equal(seed_begin(&seed, e), 0);
	for (size_t i = 0; i < lines->count; i++)
		assert_int_equal(seed_line(&seed, &lines->lines[i], e), 0);
	for (size_t i = 0; i < SEED_SECTIONS; i++)
		for (at = 0; frames_next(&seed.sections[i], &at, &frame, &len);)
			assert_int_equal(image_apply(image, frame, len, 0, e), 0);
	seed_release(&seed);
}

static void
the_lines_of_kafka_are_those_that_its_metadata_log_gives(void **state)
{
	struct format *f = *state;
	const char *text = block(f, "lines of Kafka");
	struct line_set lines, again;
	struct image image = { .topics = { .head = NULL } };
	struct buf out;

	line_set_init(&lines, TEXT_MAX);
	line_set_init(&again, TEXT_MAX);
	buf_init(&out, TEXT_MAX);
	take_lines(text, &lines, &f->e);
	start_with(&lines, &image, &f->e);
	assert_int_equal(image_lines(&image, LOG_KINDS, &again, &f->e), 0);
	assert_int_equal(line_set_sort(&again, &f->e), 0);
	for (size_t i = 0; i < again.count; i++)
		if (again.lines[i].kind != KIND_IDENTITY)
			assert_int_equal(line_write(&out, &again.lines[i]), 0);
	assert_string_equal(buf_text(&out), text);
	buf_release(&out);
	image_release(&image);
	line_set_release(&again);
	line_set_release(&lines);
}

static void
the_snapshot_is_made_again_byte_for_byte(void **state)
{
	struct format *f = *state;
	struct buf object, again;
	struct seal_header h;
	struct document d;

	open_example(f, &object, &h, &d);
	buf_init(&again, TEXT_MAX);
	assert_int_equal(seal_document(&h, &d, &f->keys, &again, &f->e), 0);
	assert_int_equal(again.len, object.len);
	assert_memory_equal(again.data, object.data, object.len);
	buf_release(&again);
	buf_release(&object);
	document_release(&d);
}

static void
the_record_opens_and_is_made_again_byte_for_byte(void **state)
{
	struct format *f = *state;
	struct arena arena;
	struct buf object, again;
	char name[RECORD_NAME_SIZE];
	struct record r;

	arena_init(&arena, TEXT_MAX);
	buf_init(&again, TEXT_MAX);
	hex_block(f, "record", &object);
	name_block(f, "record-name", name, sizeof name);
	assert_int_equal(record_open(object.data, object.len, RECORD_ADOPTION, "orders-prod", name,
	                             &f->keys, &arena, &r, &f->e), 0);
	assert_int_equal(r.epoch, 3);
	assert_int_equal(r.by, ADOPTED_RESTORE);
	assert_int_equal(r.topic_id_count, 1);
	assert_int_equal(record_seal(&r, &f->keys, &again, &f->e), 0);
	assert_int_equal(again.len, object.len);
	assert_memory_equal(again.data, object.data, object.len);
	buf_release(&again);
	buf_release(&object);
	arena_release(&arena);
}

/* A record of each type, as the text of FORMAT.md describes them. */
static const struct record records[] = {
	{ .type = RECORD_CLAIM,
	  .cluster = "4L6g3nShT-eMCtK--X86sw",
	  .snapshot = "BBBBBBBBBBBBBBB\x42", /* 16 bytes of 0x42 */
	  .snapshot_epoch = 2,
	  .snapshot_sequence = 7 },
	{ .type = RECORD_ADOPTION,
	  .cluster = "4L6g3nShT-eMCtK--X86sw",
	  .by = ADOPTED_RESTORE,
	  .topic_ids = (const char *const[]){ "Zm9yIHRoZSBleGFtcGxlIQ" },
	  .topic_id_count = 1 },
	{ .type = RECORD_DECISION, .sequence = 9, .kind = KIND_TOPIC, .name = "orders" },
};

static void
the_texts_of_all_records_are_what_is_written(void **state)
{
	struct format *f = *state;
	struct buf texts, object;

	buf_init(&texts, TEXT_MAX);
	buf_init(&object, TEXT_MAX);
	for (size_t i = 0; i < LENGTH(records); i++) {
		struct record r = records[i];

		memcpy(r.service, "orders-prod", 12);
		r.epoch = 3;
		r.created_at_ms = 1767225600000;
		buf_clear(&object);
		assert_int_equal(record_seal(&r, &f->keys, &object, &f->e), 0);
		(void)buf_add(&texts, object.data + 48, object.len - 48 - crypto_sign_BYTES);
		(void)buf_add_char(&texts, '\n');
	}
	assert_string_equal(buf_text(&texts), block(f, "record-texts"));
	buf_release(&texts);
	buf_release(&object);
}

static void
every_refusal_stands_in_the_order_of_checks(void **state)
{
	const struct format *f = *state;
	const char *at = strstr(f->text, "### Order of checks");
	char cell[64];

	assert_non_null(at);
	for (int i = SEAL_MAGIC; i <= SEAL_DOCUMENT; i++) {
		(void)snprintf(cell, sizeof cell, " `%s` |",
		               seal_refusal_name((enum seal_refusal)i));
		at = strstr(at, cell);
		if (at == NULL)
			fail_msg("%s is missing, or not in its place", cell);
	}
	assert_non_null(strstr(f->text, "| `short`, `long` |"));
}

int
main(void)
{
	struct randombytes_implementation all_42 = { .implementation_name = random_name,
		                                     .random = random_number,
		                                     .buf = random_bytes };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_keys_belong_together, setup, teardown),
		cmocka_unit_test_setup_teardown(the_snapshot_opens_and_says_what_the_text_says,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(its_document_is_the_example_of_every_line, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(the_lines_of_kafka_are_those_that_its_metadata_log_gives,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(the_snapshot_is_made_again_byte_for_byte, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(the_record_opens_and_is_made_again_byte_for_byte,
		                                setup, teardown),
		cmocka_unit_test_setup_teardown(the_texts_of_all_records_are_what_is_written, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(every_refusal_stands_in_the_order_of_checks, setup,
		                                teardown),
	};

	if (randombytes_set_implementation(&all_42) != 0 || sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
