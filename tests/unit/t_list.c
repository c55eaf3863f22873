/* t_list.c - `kcb list`: by names alone, and with each header read, eight at a time */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "core/base/limits.h"
#include "hooks/glances.h"
#include "hooks/snapshot_row.h"
#include "tests/fake/store_fault.h"
#include "tests/unit/look_fixture.h"
#include "tests/unit/seal_fixture.h"

#define SHORT "{\"command\":\"list\"}"
#define LONG  "{\"command\":\"list\",\"long\":true}"

static void
snapshots(struct look *l, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		history_snapshot(l->history, &l->history->keys, 1, i + 1, STATE_CAPTURED, false);
}

static void
assert_status(const struct look *l, enum status status)
{
	assert_int_equal(l->rc, 0);
	if (l->operation->report.status != status)
		fail_msg("%s: %s", status_name(l->operation->report.status), l->operation->report.message);
}

static void
assert_problem(const struct look *l, const char *name, const char *problem)
{
	struct json_object *row = look_row_of(l, name);

	assert_string_equal(look_text(row, "problem"), problem);
	assert_true(strlen(look_text(row, "reason")) > 10);
	assert_string_equal(look_text(row, "created_at_ms"), ""); /* nothing that is not proven */
	assert_string_equal(look_text(row, "kinds"), "");
}

static void
names_alone_are_one_request_and_newest_first(void **state)
{
	struct look *l = *state;

	snapshots(l, 3);
	look_ask(l, list_command, SHORT);
	assert_status(l, STATUS_OK);
	assert_int_equal(l->requests, 1);
	assert_int_equal(look_count(l), 3);
	assert_int_equal(look_number(look_row(l, 0), "sequence"), 3);
	assert_int_equal(look_number(look_row(l, 2), "sequence"), 1);
	assert_int_equal(strlen(look_text(look_row(l, 0), "id")), 32);
	assert_string_equal(look_text(look_row(l, 0), "kinds"), "");
	assert_string_equal(look_text(l->result, "next"), "");
}

static void
an_empty_store_has_no_rows(void **state)
{
	struct look *l = *state;

	look_ask(l, list_command, SHORT);
	assert_status(l, STATUS_OK);
	assert_int_equal(look_count(l), 0);
	look_ask(l, list_command, LONG);
	assert_status(l, STATUS_OK);
	assert_int_equal(l->requests, 1);
}

static void
ten_thousand_names_are_ten_lists_and_no_read(void **state)
{
	struct look *l = *state;

	history_snapshot(l->history, &l->history->keys, 2, 1, STATE_CAPTURED, false);
	history_old_names(l->history, 1, LIST_NAMES_MAX - 1);
	look_ask(l, list_command, SHORT);
	assert_status(l, STATUS_OK);
	assert_int_equal(look_count(l), LIST_NAMES_MAX);
	assert_int_equal(l->lists, LIST_NAMES_MAX / STORE_PAGE_MAX);
	assert_int_equal(l->requests, l->lists);
	assert_string_equal(look_text(l->result, "next"), "");
}

static void
what_is_behind_ten_thousand_is_the_next_answer(void **state)
{
	struct look *l = *state;
	char params[OBJECT_NAME_MAX];

	history_snapshot(l->history, &l->history->keys, 2, 1, STATE_CAPTURED, false);
	history_old_names(l->history, 1, LIST_NAMES_MAX + 1);
	look_ask(l, list_command, SHORT);
	assert_int_equal(look_count(l), LIST_NAMES_MAX);
	assert_string_equal(look_text(l->result, "next"), look_text(look_row(l, LIST_NAMES_MAX - 1), "name"));
	(void)snprintf(params, sizeof params, "{\"command\":\"list\",\"after\":\"%s\"}", look_text(l->result, "next"));
	look_ask(l, list_command, params);
	assert_status(l, STATUS_OK);
	assert_int_equal(look_count(l), 2);
	assert_int_equal(look_number(look_row(l, 1), "sequence"), 1);
	assert_string_equal(look_text(l->result, "next"), "");
}

static void
a_long_list_reads_each_header_eight_in_flight_and_keeps_the_order(void **state)
{
	struct look *l = *state;
	size_t i;

	snapshots(l, 30);
	look_ask(l, list_command, LONG);
	assert_status(l, STATUS_OK);
	assert_int_equal(l->requests, 1 + 30);
	assert_int_equal(store_fault_most_gets(l->history->store.store), GLANCES_WIDTH);
	for (i = 0; i < 30; i++)
		assert_int_equal(look_number(look_row(l, i), "sequence"), 30 - i);
}

static void
a_long_row_says_what_a_person_wants(void **state)
{
	struct look *l = *state;
	struct json_object *row, *kinds = NULL, *topic = NULL;
	char signer[KEY_TEXT_SIZE];
	struct object o;

	object_make(&o, &l->history->keys, 2, 7);
	object_put(l, &o);
	history_snapshot(l->history, &l->history->keys, 2, 8, STATE_UNREACHABLE, false);
	look_ask(l, list_command, LONG);
	row = look_row_of(l, o.name);
	keys_signer_text(l->history->keys.signing_public, signer);
	assert_string_equal(look_text(row, "signer"), signer);
	assert_int_equal(look_number(row, "size"), o.bytes.len);
	assert_int_equal(look_number(row, "created_at_ms"), 1767225600000);
	assert_string_equal(look_text(row, "source"), "log");
	assert_string_equal(look_text(row, "cluster"), US);
	assert_string_equal(look_text(row, "complete"), "true");
	assert_string_equal(look_text(row, "problem"), "");
	assert_true(json_object_object_get_ex(row, "kinds", &kinds));
	assert_true(json_object_object_get_ex(kinds, "topic", &topic));
	assert_int_equal(look_number(topic, "count"), 1);
	assert_string_equal(look_text(look_row(l, 0), "complete"), "false");
	object_release(&o);
}

static void
a_long_list_of_many_comes_in_parts(void **state)
{
	struct look *l = *state;
	char params[OBJECT_NAME_MAX];

	history_snapshot(l->history, &l->history->keys, 2, 1, STATE_CAPTURED, false);
	history_old_names(l->history, 1, LIST_LONG_MAX);
	look_ask(l, list_command, LONG);
	assert_int_equal(look_count(l), LIST_LONG_MAX);
	(void)snprintf(params, sizeof params, "{\"command\":\"list\",\"long\":true,\"after\":\"%s\"}",
	               look_text(l->result, "next"));
	look_ask(l, list_command, params);
	assert_int_equal(look_count(l), 1);
	assert_string_equal(look_text(l->result, "next"), "");
}

/* Cut, grown, turned into something else: each is a row of its own, between the good ones. */
static void
each_bad_object_is_a_row_and_ends_nothing(void **state)
{
	enum { CUT, GROWN, ALIEN, BIT, MISPLACED, STRANGER, NEWER, COUNT };
	static const char *const expected[COUNT] = { "truncated", "damaged", "foreign", "not authentic", "misplaced",
		                                     "not ours", "newer format" };
	struct look *l = *state;
	struct keys stranger;
	struct object o[COUNT];
	size_t i;

	fixture_keys(&stranger, 9);
	for (i = 0; i < COUNT; i++)
		object_make(&o[i], i == STRANGER ? &stranger : &l->history->keys, 2, 10 + i);
	o[CUT].bytes.len -= 5;
	(void)buf_add_char(&o[GROWN].bytes, 'x');
	memcpy(o[ALIEN].bytes.data, "GIF89a..", 8);
	o[BIT].bytes.data[56] ^= 1; /* when it was made */
	o[MISPLACED].name[33] = o[MISPLACED].name[33] == '0' ? '1' : '0'; /* in its id */
	o[NEWER].bytes.data[8] = 2;
	for (i = 0; i < COUNT; i++)
		object_put(l, &o[i]);
	assert_int_equal(fixture_put(&l->history->store, history_path("s", "readme"), "hello", 5), 0);
	snapshots(l, 2);
	look_ask(l, list_command, LONG);
	assert_status(l, STATUS_PARTIAL);
	assert_int_equal(l->operation->report.ledger_count, 0); /* each is said once, in its row */
	assert_int_equal(look_count(l), COUNT + 3);
	for (i = 0; i < COUNT; i++)
		assert_problem(l, o[i].name, expected[i]);
	assert_problem(l, "readme", "foreign");
	assert_string_equal(look_text(look_row_of(l, "readme"), "id"), "");
	assert_string_equal(look_text(look_row(l, COUNT), "complete"), "true"); /* behind the bad ones */
	assert_string_equal(look_text(look_row(l, COUNT + 1), "complete"), "true");
	look_ask(l, list_command, SHORT);
	assert_status(l, STATUS_PARTIAL);
	assert_problem(l, "readme", "foreign"); /* all that names tell */
	assert_string_equal(look_text(look_row_of(l, o[CUT].name), "problem"), "");
	for (i = 0; i < COUNT; i++)
		object_release(&o[i]);
	keys_release(&stranger);
}

static void
one_that_was_removed_meanwhile_is_no_fault(void **state)
{
	struct look *l = *state;

	snapshots(l, 3);
	(void)snprintf(l->history->plan, sizeof l->history->plan, "get=%u:MISSING",
	               store_fault_calls(l->history->store.store, "get") + 2);
	look_ask(l, list_command, LONG);
	assert_status(l, STATUS_OK);
	assert_string_equal(look_text(look_row(l, 1), "problem"), "gone");
}

static void
a_store_that_does_not_answer_ends_the_list(void **state)
{
	struct look *l = *state;

	snapshots(l, 12);
	(void)snprintf(l->history->plan, sizeof l->history->plan, "get=%u:AGAIN",
	               store_fault_calls(l->history->store.store, "get") + 5);
	look_ask(l, list_command, LONG);
	assert_int_equal(l->rc, ERR_AGAIN);
	(void)snprintf(l->history->plan, sizeof l->history->plan, "list=%u:CONFIG",
	               store_fault_calls(l->history->store.store, "list") + 1);
	look_ask(l, list_command, SHORT);
	assert_int_equal(l->rc, ERR_CONFIG);
}

static void
an_answer_ends_before_a_name_that_cannot_be_said(void **state)
{
	struct look *l = *state;
	char path[64];
	unsigned i;
	int fd;

	snapshots(l, 1);
	for (i = 0; i < LIST_LONG_MAX + 1; i++) { /* "~..." stands behind the snapshots, \xff... behind all */
		(void)snprintf(path, sizeof path, SERVICE "/s/%c%06u", i < LIST_LONG_MAX / 2 ? '~' : '\xff', i);
		fd = open(fixture_path(&l->history->store, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	look_ask(l, list_command, LONG);
	assert_status(l, STATUS_PARTIAL);
	assert_int_equal(look_count(l), LIST_LONG_MAX / 2 + 1);
	assert_string_equal(look_text(l->result, "next"), "~000499");
	look_ask(l, list_command, "{\"command\":\"list\",\"long\":true,\"after\":\"~000499\"}");
	assert_status(l, STATUS_PARTIAL);
	assert_int_equal(look_count(l), LIST_LONG_MAX / 2 + 1);
	assert_string_equal(look_text(l->result, "next"), "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, look_begin, look_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(names_alone_are_one_request_and_newest_first),
		CASE(an_empty_store_has_no_rows),
		CASE(ten_thousand_names_are_ten_lists_and_no_read),
		CASE(what_is_behind_ten_thousand_is_the_next_answer),
		CASE(a_long_list_reads_each_header_eight_in_flight_and_keeps_the_order),
		CASE(a_long_row_says_what_a_person_wants),
		CASE(a_long_list_of_many_comes_in_parts),
		CASE(each_bad_object_is_a_row_and_ends_nothing),
		CASE(one_that_was_removed_meanwhile_is_no_fault),
		CASE(a_store_that_does_not_answer_ends_the_list),
		CASE(an_answer_ends_before_a_name_that_cannot_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
