/* t_verify.c - `kcb verify`: each way to be bad is said, and the newest that is ours is found behind what is not */
#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/fake/store_fault.h"
#include "tests/unit/look_fixture.h"
#include "tests/unit/seal_fixture.h"

#define NEWEST "{\"command\":\"verify\",\"snapshot\":\"newest\"}"
#define ALONE  "{\"command\":\"verify\"}"
#define ALL    "{\"command\":\"verify\",\"all\":true}"

static void
assert_ended(const struct look *l, enum status status, const char *words)
{
	const struct report *r = &l->operation->report;

	if (l->rc != 0)
		fail_msg("%s", l->operation->job.err.text);
	if (r->status != status || strstr(r->message, words) == NULL)
		fail_msg("%s: %s", status_name(r->status), r->message);
}

static void
assert_row(const struct look *l, size_t i, const char *name, const char *verdict, const char *problem)
{
	struct json_object *row = look_row(l, i);

	assert_string_equal(look_text(row, "name"), name);
	assert_string_equal(look_text(row, "ok"), strcmp(verdict, "ok") == 0 ? "true" : "false");
	assert_string_equal(look_text(row, "passed_over"), strcmp(verdict, "passed over") == 0 ? "true" : "");
	assert_string_equal(look_text(row, "problem"), problem);
}

static void
ask_id(struct look *l, const char *id)
{
	char params[128];

	(void)snprintf(params, sizeof params, "{\"command\":\"verify\",\"snapshot\":\"%s\"}", id);
	look_ask(l, verify_command, params);
}

static void
a_good_snapshot_verifies_and_is_said_to_be_complete(void **state)
{
	struct look *l = *state;
	struct object o;

	object_make(&o, &l->history->keys, 2, 1);
	object_put(l, &o);
	look_ask(l, verify_command, ALL);
	assert_ended(l, STATUS_OK, "1 snapshots verified");
	assert_row(l, 0, o.name, "ok", "");
	assert_string_equal(look_text(look_row(l, 0), "complete"), "true");
	object_release(&o);
}

static void
one_that_lacks_a_kind_verifies_and_is_said_to_be_incomplete(void **state)
{
	struct look *l = *state;

	history_snapshot(l->history, &l->history->keys, 1, 1, STATE_UNREACHABLE, false);
	look_ask(l, verify_command, ALL);
	assert_ended(l, STATUS_OK, "1 snapshots verified, 1 of them without all kinds");
	assert_string_equal(look_text(look_row(l, 0), "complete"), "false");
}

/* ---- each way to be bad ---- */

static void
shortened(struct object *o, const struct keys *keys)
{
	(void)keys;
	o->bytes.len -= 1;
}

static void
emptied(struct object *o, const struct keys *keys)
{
	(void)keys;
	o->bytes.len = 0;
}

static void
lengthened(struct object *o, const struct keys *keys)
{
	(void)keys;
	(void)buf_add_char(&o->bytes, 'x');
}

static void
another_file(struct object *o, const struct keys *keys)
{
	(void)keys;
	memset(o->bytes.data, 'x', 8);
}

static void
of_the_future(struct object *o, const struct keys *keys)
{
	o->bytes.data[8] = 2;
	fixture_sign_again((unsigned char *)o->bytes.data, o->bytes.len, keys);
}

static void
of_unknown_flags(struct object *o, const struct keys *keys)
{
	o->bytes.data[12] = 1;
	fixture_sign_again((unsigned char *)o->bytes.data, o->bytes.len, keys);
}

static void
out_of_range(struct object *o, const struct keys *keys)
{
	memset(o->bytes.data + 40, 0, 8); /* the epoch */
	fixture_sign_again((unsigned char *)o->bytes.data, o->bytes.len, keys);
}

static void
with_a_forged_header(struct object *o, const struct keys *keys)
{
	(void)keys;
	o->bytes.data[56] ^= 1;
}

static void
with_an_altered_body(struct object *o, const struct keys *keys)
{
	(void)keys;
	o->bytes.data[o->bytes.len - SIGNATURE_BYTES - 20] ^= 1;
}

static void
that_does_not_decrypt(struct object *o, const struct keys *keys)
{
	o->bytes.data[o->bytes.len - SIGNATURE_BYTES - 20] ^= 1;
	fixture_sign_again((unsigned char *)o->bytes.data, o->bytes.len, keys);
}

static void
renamed(struct object *o, const struct keys *keys)
{
	(void)keys;
	o->name[33] = o->name[33] == '0' ? '1' : '0';
}

/* Seal another document, or to somebody else, under the same name. */
static void
seal_instead(struct object *o, const struct document *d, const struct keys *keys)
{
	buf_release(&o->bytes);
	fixture_seal(&o->header, d, keys, &o->bytes, o->name);
}

static void
of_another_signer(struct object *o, const struct keys *keys)
{
	struct document d;
	struct keys stranger;

	(void)keys;
	fixture_keys(&stranger, 9);
	fixture_document(&d);
	seal_instead(o, &d, &stranger);
	document_release(&d);
	keys_release(&stranger);
}

static void
of_another_service(struct object *o, const struct keys *keys)
{
	struct document d;

	(void)snprintf(o->header.service, sizeof o->header.service, "payments");
	fixture_document(&d);
	seal_instead(o, &d, keys);
	document_release(&d);
}

/* Signed by us, and the recipient is another. */
static void
for_another_recipient(struct object *o, const struct keys *keys)
{
	struct keys ours = *keys, stranger;
	struct document d;

	fixture_keys(&stranger, 9);
	memcpy(ours.recipients[0], stranger.recipients[0], KEY_BYTES);
	ours.identity = NULL;
	fixture_document(&d);
	seal_instead(o, &d, &ours);
	document_release(&d);
	keys_release(&stranger);
}

static void
that_does_not_decompress(struct object *o, const struct keys *keys)
{
	struct document d;

	fixture_bytes(&d, 100);
	seal_instead(o, &d, keys);
	document_release(&d);
}

/* A frame that is whole and longer than was said. */
static void
of_another_length(struct object *o, const struct keys *keys)
{
	struct document d;

	fixture_document(&d);
	d.size -= 1;
	seal_instead(o, &d, keys);
	document_release(&d);
}

static void
that_breaks_a_documents_rules(struct object *o, const struct keys *keys)
{
	struct document d;

	fixture_document(&d);
	d.kinds[KIND_TOPIC].count = 7; /* it has one */
	seal_instead(o, &d, keys);
	document_release(&d);
}

static void
each_way_to_be_bad_is_said_and_ends_with_an_operator(void **state)
{
	static const struct {
		void (*spoil)(struct object *o, const struct keys *keys);
		const char *problem, *words;
	} table[] = {
		{ shortened, "truncated", "cut off" },
		{ emptied, "truncated", "cut off" },
		{ lengthened, "damaged", "something was appended" },
		{ another_file, "foreign", "does not begin as a snapshot does" },
		{ of_the_future, "newer format", "format version 2" },
		{ of_unknown_flags, "newer format", "unknown flags" },
		{ out_of_range, "damaged", "epoch" },
		{ of_another_signer, "not ours", "not among keys.trusted_signers" },
		{ with_a_forged_header, "not authentic", "the signature of its header does not verify" },
		{ with_an_altered_body, "not authentic", "the signature of the whole does not verify" },
		{ renamed, "misplaced", "renamed" },
		{ of_another_service, "misplaced", "is of service \"payments\"" },
		{ for_another_recipient, "not for us", "identity" },
		{ that_does_not_decrypt, "not authentic", "does not decrypt" },
		{ that_does_not_decompress, "bad document", "document" },
		{ of_another_length, "bad document", "bytes that its header says" },
		{ that_breaks_a_documents_rules, "bad document", "breaks the rules" },
	};
	struct look *l = *state;
	struct json_object *row;
	struct object o, good;
	size_t i;

	object_make(&good, &l->history->keys, 1, 1);
	object_put(l, &good);
	for (i = 0; i < LENGTH(table); i++) {
		object_make(&o, &l->history->keys, 2, i + 1);
		table[i].spoil(&o, &l->history->keys);
		object_put(l, &o);
		look_ask(l, verify_command, ALL);
		assert_ended(l, STATUS_NEEDS_OPERATOR, "1 objects do not verify, 1 do");
		row = look_row_of(l, o.name);
		if (strcmp(look_text(row, "problem"), table[i].problem) != 0 ||
		    strcmp(look_text(row, "ok"), "false") != 0 ||
		    strstr(look_text(row, "reason"), table[i].words) == NULL)
			fail_msg("%zu: %s: %s", i, look_text(row, "problem"), look_text(row, "reason"));
		assert_null(strstr(look_text(row, "reason"), "snapshot f")); /* the row has the name */
		assert_row(l, 1, good.name, "ok", "");
		assert_int_equal(l->operation->report.ledger_losses, 1);
		assert_int_equal(fixture_delete(&l->history->store, history_path("s", o.name)), 0);
		object_release(&o);
	}
	object_release(&good);
}

static void
a_foreign_name_is_bad_and_not_read(void **state)
{
	struct look *l = *state;

	history_snapshot(l->history, &l->history->keys, 1, 1, STATE_CAPTURED, false);
	assert_int_equal(fixture_put(&l->history->store, history_path("s", "readme"), "hello", 5), 0);
	look_ask(l, verify_command, ALL);
	assert_ended(l, STATUS_NEEDS_OPERATOR, "1 objects do not verify");
	assert_row(l, 1, "readme", "bad", "foreign");
	assert_int_equal(l->requests, 2);
}

/* ---- the newest ---- */

static void
the_newest_is_the_first_that_is_ours_and_the_foreign_ones_are_named(void **state)
{
	static const char *const asked[] = { NEWEST, ALONE };
	struct look *l = *state;
	struct object ours, theirs, junk;
	struct keys stranger;
	size_t i;

	fixture_keys(&stranger, 9);
	object_make(&ours, &l->history->keys, 2, 1);
	object_put(l, &ours);
	object_make(&theirs, &stranger, 7, 1);
	object_put(l, &theirs);
	object_make(&junk, &stranger, 9, 1);
	junk.bytes.len = 4;
	object_put(l, &junk);
	assert_int_equal(fixture_put(&l->history->store, history_path("s", "0-foreign"), "hello", 5), 0);
	for (i = 0; i < LENGTH(asked); i++) {
		look_ask(l, verify_command, asked[i]);
		assert_ended(l, STATUS_PARTIAL,
		             "1 snapshots verified; 3 objects were passed over that are not this service's");
		assert_int_equal(look_count(l), 4);
		assert_row(l, 0, "0-foreign", "passed over", "foreign");
		assert_row(l, 1, junk.name, "passed over", "truncated");
		assert_row(l, 2, theirs.name, "passed over", "not ours");
		assert_row(l, 3, ours.name, "ok", "");
		assert_int_equal(l->operation->report.ledger_losses, 3);
	}
	keys_release(&stranger);
	object_release(&ours);
	object_release(&theirs);
	object_release(&junk);
}

static void
a_newest_of_ours_whose_body_is_damaged_is_bad_and_not_passed_over(void **state)
{
	struct look *l = *state;
	struct object o;

	history_snapshot(l->history, &l->history->keys, 1, 1, STATE_CAPTURED, false);
	object_make(&o, &l->history->keys, 2, 1);
	with_an_altered_body(&o, NULL);
	object_put(l, &o);
	look_ask(l, verify_command, NEWEST);
	assert_ended(l, STATUS_NEEDS_OPERATOR, "1 objects do not verify, 0 do");
	assert_int_equal(look_count(l), 1);
	assert_row(l, 0, o.name, "bad", "not authentic");
	object_release(&o);
}

static void
where_none_is_ours_a_person_must_look(void **state)
{
	struct look *l = *state;
	struct keys stranger;

	look_ask(l, verify_command, ALONE);
	assert_ended(l, STATUS_NEEDS_OPERATOR, "there is no snapshot of this service");
	fixture_keys(&stranger, 9);
	history_snapshot(l->history, &stranger, 7, 1, STATE_CAPTURED, false);
	look_ask(l, verify_command, NEWEST);
	assert_ended(l, STATUS_NEEDS_OPERATOR, "there is no snapshot of this service; 1 objects were passed over");
	look_ask(l, verify_command, ALL);
	assert_ended(l, STATUS_NEEDS_OPERATOR, "1 objects do not verify, 0 do");
	keys_release(&stranger);
}

static void
a_search_among_very_many_foreign_ones_ends(void **state)
{
	struct look *l = *state;

	history_snapshot(l->history, &l->history->keys, 1, 1, STATE_CAPTURED, false);
	history_old_names(l->history, 2, SNAPSHOTS_TRIED_MAX + 2); /* newer than it */
	look_ask(l, verify_command, NEWEST);
	assert_int_equal(l->rc, ERR_OPERATOR);
	assert_non_null(strstr(l->operation->job.err.text, "kcb verify --all"));
}

/* ---- one of them ---- */

static void
one_is_found_by_the_beginning_of_its_id_on_whatever_page(void **state)
{
	struct look *l = *state;
	char id[SNAPSHOT_ID_TEXT];
	struct object o;

	history_snapshot(l->history, &l->history->keys, 2, 1, STATE_CAPTURED, false);
	object_make(&o, &l->history->keys, 1, 1);
	object_put(l, &o);
	history_old_names(l->history, 2, STORE_PAGE_MAX + 1);
	seal_id_text(o.header.id, id);
	ask_id(l, id);
	assert_ended(l, STATUS_OK, "1 snapshots verified");
	assert_row(l, 0, o.name, "ok", "");
	ask_id(l, "0000");
	assert_int_equal(l->rc, ERR_UNSUPPORTED);
	assert_non_null(strstr(l->operation->job.err.text, "no snapshot 0000"));
	ask_id(l, "12");
	assert_int_equal(l->rc, ERR_UNSUPPORTED);
	object_release(&o);
}

static void
an_id_that_two_begin_with_is_refused(void **state)
{
	struct look *l = *state;

	history_snapshot(l->history, &l->history->keys, 2, 1, STATE_CAPTURED, false);
	history_old_names(l->history, 0x101, 0x102); /* their ids begin with 0101 and 0201, the rest is zero */
	history_old_names(l->history, 0x10101, 0x10101);
	ask_id(l, "0101");
	assert_int_equal(l->rc, ERR_UNSUPPORTED);
	assert_non_null(strstr(l->operation->job.err.text, "several snapshots begin with 0101"));
	ask_id(l, "010101");
	assert_ended(l, STATUS_NEEDS_OPERATOR, "1 objects do not verify");
}

static void
a_store_that_does_not_answer_says_nothing_of_an_object(void **state)
{
	struct look *l = *state;
	size_t i;
	static const char *const asked[] = { NEWEST, ALL };

	history_snapshot(l->history, &l->history->keys, 1, 1, STATE_CAPTURED, false);
	for (i = 0; i < LENGTH(asked); i++) {
		(void)snprintf(l->history->plan, sizeof l->history->plan, "get=%u:AGAIN",
		               store_fault_calls(l->history->store.store, "get") + 1);
		look_ask(l, verify_command, asked[i]);
		assert_int_equal(l->rc, ERR_AGAIN);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, look_begin, look_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_good_snapshot_verifies_and_is_said_to_be_complete),
		CASE(one_that_lacks_a_kind_verifies_and_is_said_to_be_incomplete),
		CASE(each_way_to_be_bad_is_said_and_ends_with_an_operator),
		CASE(a_foreign_name_is_bad_and_not_read),
		CASE(the_newest_is_the_first_that_is_ours_and_the_foreign_ones_are_named),
		CASE(a_newest_of_ours_whose_body_is_damaged_is_bad_and_not_passed_over),
		CASE(where_none_is_ours_a_person_must_look),
		CASE(a_search_among_very_many_foreign_ones_ends),
		CASE(one_is_found_by_the_beginning_of_its_id_on_whatever_page),
		CASE(an_id_that_two_begin_with_is_refused),
		CASE(a_store_that_does_not_answer_says_nothing_of_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
