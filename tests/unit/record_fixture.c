/* record_fixture.c - see record_fixture.h */
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

void
record_scene_begin(struct record_scene *s, enum record_type type)
{
	static const char *const topics[] = { ID_A, ID_B };
	struct record *r = &s->record;

	*s = (struct record_scene){ 0 };
	fixture_keys(&s->keys, 1);
	buf_init(&s->object, RECORD_TEXT_MAX);
	arena_init(&s->arena, 2 * RECORD_TEXT_MAX);
	*r = (struct record){ .type = type, .service = "orders-prod", .epoch = 3,
		              .created_at_ms = 1767225600000 };
	if (type != RECORD_DECISION)
		memcpy(r->cluster, "4L6g3nShT-eMCtK--X86sw", 23);
	if (type == RECORD_CLAIM) {
		memset(r->snapshot, 0xcd, sizeof r->snapshot);
		r->snapshot_epoch = 2;
		r->snapshot_sequence = 7;
	} else if (type == RECORD_ADOPTION) {
		r->by = ADOPTED_RESTORE;
		r->topic_ids = topics;
		r->topic_id_count = 2;
	} else {
		r->sequence = 9;
		r->kind = KIND_CONNECTOR;
		r->name = "sink \"ö\"";
	}
}

void
record_scene_seal(struct record_scene *s)
{
	buf_clear(&s->object);
	if (record_seal(&s->record, &s->keys, &s->object, &s->e) != 0)
		fail_msg("%s", s->e.text);
	record_name(&s->record, s->name);
}

void
record_scene_end(struct record_scene *s)
{
	buf_release(&s->object);
	arena_release(&s->arena);
	keys_release(&s->keys);
}

int
record_scene_open_bytes(struct record_scene *s, const void *bytes, size_t len, struct record *ret)
{
	s->e = (struct err){ 0 };
	return record_open(bytes, len, s->record.type, "orders-prod", s->name, &s->keys, &s->arena,
	                   ret, &s->e);
}

int
record_scene_open(struct record_scene *s, struct record *ret)
{
	return record_scene_open_bytes(s, s->object.data, s->object.len, ret);
}

void
record_scene_refused(struct record_scene *s, int code, const char *said)
{
	struct record r = { .epoch = 42 };
	char start[RECORD_NAME_SIZE + 16];

	assert_int_equal(record_scene_open(s, &r), code);
	assert_int_equal(r.epoch, 42); /* untouched */
	(void)snprintf(start, sizeof start, " %s: ", s->name);
	if (strstr(s->e.text, start) == NULL || strstr(s->e.text, said) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", s->e.text, said);
}

void
record_scene_forge(struct record_scene *s, const char *text)
{
	unsigned char start[48] = { 0x89, 'K', 'C', 'R', '\r', '\n', 0x1a, '\n', 1 };
	unsigned char signature[SIGNATURE_BYTES];
	size_t len = strlen(text);

	bytes_put_u16(start + 10, (uint16_t)s->record.type);
	bytes_put_u32(start + 12, (uint32_t)len);
	memcpy(start + 16, s->keys.signing_public, KEY_BYTES);
	buf_clear(&s->object);
	(void)buf_add(&s->object, start, sizeof start);
	(void)buf_add(&s->object, text, len);
	assert_int_equal(sign_make(SIGN_RECORD, s->object.data, s->object.len, s->keys.signing,
	                           signature, &s->e), 0);
	assert_int_equal(buf_add(&s->object, signature, sizeof signature), 0);
}

void
record_scene_change(struct record_scene *s, const char *from, const char *to)
{
	size_t len = s->object.len - 48 - SIGNATURE_BYTES;
	char *text = strndup(s->object.data + 48, len), *at;
	struct buf changed;

	assert_non_null(text);
	at = strstr(text, from);
	if (at == NULL)
		fail_msg("no %s in %s", from, text);
	buf_init(&changed, 2 * RECORD_TEXT_MAX);
	(void)buf_add(&changed, text, (size_t)(at - text));
	(void)buf_add_text(&changed, to);
	(void)buf_add_text(&changed, at + strlen(from));
	record_scene_forge(s, buf_text(&changed));
	buf_release(&changed);
	free(text);
}
