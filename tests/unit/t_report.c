/* t_report.c - a report is valid JSON whatever it has to tell, and its ledger names what is lost */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "hooks/report.h"

static struct json_object *
parse_report(const struct report *r, const char *service)
{
	struct json_object *o = NULL;
	struct err e = { 0 };
	struct buf text;
	const char *json = report_json(r, service, &text);

	assert_non_null(json);
	assert_int_equal(strlen(json), text.len);
	if (json_parse(json, text.len, JSON_DEPTH_MAX, &o, &e) != 0)
		fail_msg("%s", e.text);
	buf_release(&text);
	return o;
}

static struct json_object *
member(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(o, name, &value))
		fail_msg("no member %s", name);
	return value;
}

static void
assert_text(struct json_object *o, const char *name, const char *expected)
{
	assert_string_equal(json_object_get_string(member(o, name)), expected);
}

static void
assert_number(struct json_object *o, const char *name, int64_t expected)
{
	assert_int_equal(json_object_get_int64(member(o, name)), expected);
}

static void
an_empty_report_says_that_nothing_was_done(void **state)
{
	struct json_object *o;
	struct report r;

	(void)state;
	report_init(&r, HOOK_PERIODIC);
	o = parse_report(&r, "orders-prod");
	assert_text(o, "hook", "periodic");
	assert_text(o, "status", "FAILED"); /* until somebody says otherwise */
	assert_text(o, "service", "orders-prod");
	assert_text(o, "message", "");
	assert_number(o, "ledger_unnamed", 0);
	assert_int_equal(json_object_array_length(member(o, "ledger")), 0);
	assert_int_equal(json_object_array_length(member(o, "phases")), 0);
	assert_int_equal(json_object_object_length(member(o, "kinds")), 0);
	assert_false(json_object_object_get_ex(o, "snapshot", NULL));
	assert_false(json_object_object_get_ex(o, "anchor", NULL));
	assert_false(json_object_object_get_ex(o, "cluster", NULL));
	assert_false(json_object_object_get_ex(o, "guard", NULL));
	assert_false(json_object_object_get_ex(o, "result", NULL));
	(void)json_object_put(o);
	report_release(&r);
}

static void
fill(struct report *r)
{
	report_init(r, HOOK_POST_POWERON);
	r->guard = "wiped";
	(void)snprintf(r->cluster, sizeof r->cluster, "4L6g3nShT-eMCtK--X86sw");
	r->kinds[KIND_TOPIC] = (struct report_kind){ .known = true, .age_ms = 5,
		                                     .entry = { 12, STATE_CAPTURED, true } };
	r->kinds[KIND_CONNECTOR] = (struct report_kind){ .known = true, .reason = "why",
		                                         .entry = { 0, STATE_UNREACHABLE, false } };
	r->kinds[11] = (struct report_kind){ .known = true }; /* no such kind */
	r->has_snapshot = r->written = true;
	r->snapshot.epoch = 3;
	r->snapshot.sequence = 9;
	r->snapshot.created_at_ms = -1;
	memset(r->snapshot.id, 0xab, sizeof r->snapshot.id);
	memset(r->snapshot.document_hash, 0x0f, sizeof r->snapshot.document_hash);
	report_phase(r, "read keys", 3);
	report_phase(r, "apply", UINT64_MAX);
	report_ledger(r, true, "topic", "orders", "lowered", "replication factor %u of %u", 1, 3);
	report_ledger(r, false, NULL, "s/x", "skipped", "why");
	(void)buf_add_text(&r->result, "{\"a\":[1,null]}");
	report_end(r, STATUS_PARTIAL, "restored %d", 12);
}

static void
a_full_report_has_all_of_it(void **state)
{
	struct json_object *o, *part;
	struct report r;

	(void)state;
	fill(&r);
	o = parse_report(&r, "orders-prod");
	assert_text(o, "cluster", "4L6g3nShT-eMCtK--X86sw");
	assert_text(o, "guard", "wiped");
	assert_text(o, "status", "PARTIAL");
	assert_text(o, "message", "restored 12");
	assert_int_equal(json_object_object_length(member(o, "kinds")), 2);
	part = member(member(o, "kinds"), "topic");
	assert_number(part, "count", 12);
	assert_number(part, "age_ms", 5);
	assert_text(part, "state", "captured");
	assert_true(json_object_get_boolean(member(part, "suspect")));
	assert_false(json_object_object_get_ex(part, "reason", NULL));
	part = member(member(o, "kinds"), "connector");
	assert_text(part, "reason", "why");
	assert_text(part, "state", "unreachable");
	part = member(o, "snapshot");
	assert_text(part, "id", "abababababababababababababababab");
	assert_number(part, "created_at_ms", -1);
	assert_true(json_object_get_boolean(member(part, "written")));
	part = member(o, "anchor");
	assert_number(part, "epoch", 3);
	assert_number(part, "sequence", 9);
	assert_text(part, "hash", "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f");
	assert_int_equal(json_object_array_length(member(o, "phases")), 2);
	assert_text(json_object_array_get_idx(member(o, "phases"), 1), "name", "apply");
	assert_int_equal(json_object_object_length(member(o, "result")), 1);
	(void)json_object_put(o);
	report_release(&r);
}

static void
the_members_stand_in_order(void **state)
{
	struct json_object *o;
	const char *last = "";
	struct report r;

	(void)state;
	fill(&r);
	o = parse_report(&r, "orders-prod");
	json_object_object_foreach(o, name, value) {
		(void)value;
		assert_true(strcmp(last, name) < 0);
		last = name;
	}
	(void)json_object_put(o);
	report_release(&r);
}

static void
the_ledger_names_and_counts(void **state)
{
	struct json_object *o, *entry;
	struct report r;

	(void)state;
	fill(&r);
	assert_int_equal(r.ledger_count, 2);
	assert_int_equal(r.ledger_losses, 1);
	o = parse_report(&r, "orders-prod");
	assert_int_equal(json_object_array_length(member(o, "ledger")), 2);
	entry = json_object_array_get_idx(member(o, "ledger"), 0);
	assert_text(entry, "kind", "topic");
	assert_text(entry, "name", "orders");
	assert_text(entry, "what", "lowered");
	assert_text(entry, "reason", "replication factor 1 of 3");
	assert_true(json_object_get_boolean(member(entry, "loss")));
	entry = json_object_array_get_idx(member(o, "ledger"), 1);
	assert_null(member(entry, "kind"));
	assert_false(json_object_get_boolean(member(entry, "loss")));
	(void)json_object_put(o);
	report_init_ledger(&r);
	assert_int_equal(r.ledger_count + r.ledger_losses + r.ledger_unnamed, 0);
	o = parse_report(&r, "orders-prod");
	assert_int_equal(json_object_array_length(member(o, "ledger")), 0);
	(void)json_object_put(o);
	report_release(&r);
}

static void
beyond_a_thousand_entries_are_counted_and_not_named(void **state)
{
	struct json_object *o;
	struct report r;
	unsigned i;

	(void)state;
	report_init(&r, HOOK_PERIODIC);
	for (i = 0; i < ERRORS_NAMED_MAX + 7; i++)
		report_ledger(&r, i % 2 == 0, "topic", "orders", "failed", "%u", i);
	assert_int_equal(r.ledger_count, ERRORS_NAMED_MAX + 7);
	assert_int_equal(r.ledger_losses, ERRORS_NAMED_MAX / 2 + 4);
	o = parse_report(&r, "orders-prod");
	assert_int_equal(json_object_array_length(member(o, "ledger")), ERRORS_NAMED_MAX);
	assert_number(o, "ledger_unnamed", 7);
	(void)json_object_put(o);
	report_release(&r);
}

/* A name and a reason as long as they get, of bytes that each become six. */
static void
what_is_too_large_to_name_is_counted_and_spoils_no_report(void **state)
{
	struct json_object *o;
	char name[KEY_MAX_BYTES + 1], reason[ERR_TEXT_SIZE];
	size_t named;
	struct report r;
	unsigned i;

	(void)state;
	memset(name, 1, sizeof name - 1);
	name[sizeof name - 1] = '\0';
	memset(reason, 2, sizeof reason - 1);
	reason[sizeof reason - 1] = '\0';
	report_init(&r, HOOK_POST_POWERON);
	for (i = 0; i < ERRORS_NAMED_MAX; i++)
		report_ledger(&r, true, "acl", name, "failed", "%s", reason);
	report_ledger(&r, true, "acl", "short", "failed", "%s", "short");
	report_end(&r, STATUS_PARTIAL, "most of it failed");
	o = parse_report(&r, "orders-prod");
	assert_text(o, "status", "PARTIAL");
	named = json_object_array_length(member(o, "ledger"));
	assert_true(named > 100 && named < ERRORS_NAMED_MAX);
	assert_number(o, "ledger_unnamed", (int64_t)(ERRORS_NAMED_MAX + 1 - named));
	assert_int_equal(r.ledger_losses, ERRORS_NAMED_MAX + 1);
	(void)json_object_put(o);
	report_release(&r);
}

static void
control_bytes_and_quotes_break_neither_json_nor_the_line(void **state)
{
	static const char hostile[] = "a\"b\\c\nd\x01\x1f\x7f\te";
	struct json_object *o, *entry;
	struct report r;

	(void)state;
	report_init(&r, HOOK_CHECK);
	report_ledger(&r, true, hostile, hostile, hostile, "%s", hostile);
	report_phase(&r, hostile, 1);
	(void)snprintf(r.kinds[KIND_ACL].reason, sizeof r.kinds[KIND_ACL].reason, "%s", hostile);
	r.kinds[KIND_ACL].known = true;
	report_end(&r, STATUS_OK, "%s", hostile);
	assert_null(strpbrk(r.message, "\n\t\x01\x1f"));
	o = parse_report(&r, hostile);
	entry = json_object_array_get_idx(member(o, "ledger"), 0);
	assert_text(entry, "name", hostile);
	assert_text(entry, "reason", hostile);
	assert_text(member(member(o, "kinds"), "acl"), "reason", hostile);
	assert_text(o, "service", hostile);
	(void)json_object_put(o);
	report_release(&r);
}

static void
bytes_that_are_no_utf8_break_no_json(void **state)
{
	static const char bad[] = "a\xff" "b\xc3";
	struct json_object *o;
	struct report r;

	(void)state;
	report_init(&r, HOOK_CHECK);
	report_ledger(&r, true, "topic", bad, "failed", "%s", bad);
	report_phase(&r, bad, 1);
	(void)snprintf(r.kinds[KIND_ACL].reason, sizeof r.kinds[KIND_ACL].reason, "%s", bad);
	r.kinds[KIND_ACL].known = true;
	report_end(&r, STATUS_OK, "%s", bad);
	assert_string_equal(r.message, "a?b?");
	o = parse_report(&r, bad);
	assert_text(json_object_array_get_idx(member(o, "ledger"), 0), "name", "a?b?");
	assert_text(o, "service", "a?b?");
	(void)json_object_put(o);
	report_release(&r);
}

static void
a_cut_in_the_midst_of_a_character_breaks_no_json(void **state)
{
	char text[2 * ERR_TEXT_SIZE + 8];
	struct json_object *o;
	struct report r;
	size_t shift, i;

	(void)state;
	for (shift = 0; shift < 4; shift++) {
		memset(text, 'x', sizeof text);
		for (i = shift; i + 4 < sizeof text; i += 4)
			memcpy(text + i, "\xf0\x9f\x90\x98", 4);
		text[i] = '\0';
		report_init(&r, HOOK_CHECK);
		report_ledger(&r, true, "topic", text, "failed", "%s", text);
		report_end(&r, STATUS_OK, "%s", text);
		assert_int_equal(json_utf8_run(r.message, strlen(r.message)), strlen(r.message));
		assert_int_equal(strlen(r.message), sizeof r.message - 1);
		o = parse_report(&r, "orders-prod");
		assert_text(json_object_array_get_idx(member(o, "ledger"), 0), "name", text);
		(void)json_object_put(o);
		report_release(&r);
	}
}

static void
without_memory_there_is_no_report_rather_than_a_broken_one(void **state)
{
	struct report r;
	struct buf text;

	(void)state;
	report_init(&r, HOOK_COMMAND);
	r.result.failed = true;
	assert_null(report_json(&r, "orders-prod", &text));
	buf_release(&text);
	report_release(&r);
}

static void
names_of_hooks_and_statuses_are_those_of_the_abi(void **state)
{
	static const char *const statuses[] = { "OK",       "PARTIAL", "VETO",        "AGAIN",
		                                "CANCELLED", "DEADLINE", "CONFIG",     "UNSUPPORTED",
		                                "FAILED",   "NEEDS_OPERATOR" };
	static const char *const hooks[] = { "check",        "periodic",  "pre_poweroff",
		                             "post_poweron", "pre_start", "command" };
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(statuses); i++)
		assert_string_equal(status_name((enum status)i), statuses[i]);
	assert_string_equal(status_name((enum status)99), "FAILED");
	for (i = 0; i < LENGTH(hooks); i++)
		assert_string_equal(hook_name((enum hook)(1u << i)), hooks[i]);
	assert_string_equal(hook_name((enum hook)64), "unknown");
}

static void
an_errors_code_says_how_the_hook_ends(void **state)
{
	static const enum status expected[] = {
		STATUS_OK,        STATUS_FAILED,   STATUS_AGAIN,  STATUS_CONFIG,
		STATUS_NEEDS_OPERATOR, STATUS_UNSUPPORTED, STATUS_CANCELLED, STATUS_DEADLINE,
		STATUS_FAILED, /* missing */
		STATUS_NEEDS_OPERATOR, /* corrupt */
		STATUS_CONFIG, /* denied */
		STATUS_FAILED, /* exists */
	};
	int i;

	(void)state;
	for (i = 0; i < (int)LENGTH(expected); i++)
		assert_int_equal(status_of_error(-i), expected[i]);
	assert_int_equal(status_of_error(-99), STATUS_FAILED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_report_says_that_nothing_was_done),
		cmocka_unit_test(a_full_report_has_all_of_it),
		cmocka_unit_test(the_members_stand_in_order),
		cmocka_unit_test(the_ledger_names_and_counts),
		cmocka_unit_test(beyond_a_thousand_entries_are_counted_and_not_named),
		cmocka_unit_test(what_is_too_large_to_name_is_counted_and_spoils_no_report),
		cmocka_unit_test(control_bytes_and_quotes_break_neither_json_nor_the_line),
		cmocka_unit_test(bytes_that_are_no_utf8_break_no_json),
		cmocka_unit_test(a_cut_in_the_midst_of_a_character_breaks_no_json),
		cmocka_unit_test(without_memory_there_is_no_report_rather_than_a_broken_one),
		cmocka_unit_test(names_of_hooks_and_statuses_are_those_of_the_abi),
		cmocka_unit_test(an_errors_code_says_how_the_hook_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
