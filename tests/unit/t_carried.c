/* t_carried.c - what could not be restored as it was saved is carried until somebody decides */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/carried.h"

#define VALUE(rf) "{\"configs\":{},\"partitions\":1,\"replication_factor\":" #rf "}"
#define CARRIED(reason, restored, wanted)                                                          \
	"{\"reason\":\"" reason "\",\"restored\":" restored ",\"wanted\":" wanted "}"
#define LOWERED CARRIED("one broker", VALUE(1), VALUE(3))
#define REFUSED CARRIED("no", "null", VALUE(3))

/* As much of an operation as carried.c looks at. */
static int
operation_begin(void **state)
{
	static const struct config config = { .service = "orders" };
	struct operation *o = calloc(1, sizeof *o);
	size_t i;

	assert_non_null(o);
	o->config = &config;
	report_init(&o->report, HOOK_PERIODIC);
	line_set_init(&o->saved, 1 << 20);
	line_set_init(&o->carried, 1 << 20);
	line_set_init(&o->want, 1 << 20);
	line_set_init(&o->live.lines, 1 << 20);
	for (i = 0; i < KIND_TABLE; i++)
		arena_init(&o->plans[i].arena, 1 << 20);
	o->live.kinds[KIND_TOPIC].state = STATE_CAPTURED;
	o->survey.found = true;
	o->survey.newest.epoch = 2;
	o->survey.newest.sequence = 5;
	o->survey.newest.kinds[KIND_TOPIC].state = STATE_CAPTURED;
	*state = o;
	return 0;
}

static int
operation_end(void **state)
{
	struct operation *o = *state;
	size_t i;

	report_release(&o->report);
	line_set_release(&o->saved);
	line_set_release(&o->carried);
	line_set_release(&o->want);
	line_set_release(&o->live.lines);
	for (i = 0; i < KIND_TABLE; i++) {
		arena_release(&o->plans[i].arena);
		free(o->plans[i].items);
	}
	free(o);
	return 0;
}

static void
add(struct line_set *set, enum kind kind, const char *key, const char *value)
{
	struct line line = { .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		             .value_len = strlen(value) };
	struct err e = { 0 };

	assert_int_equal(line_set_add(set, &line, &e), 0);
	assert_int_equal(line_set_sort(set, &e), 0);
}

static void
decide(struct operation *o, uint64_t epoch, uint64_t sequence, enum kind kind, const char *name)
{
	struct record_list *list = &o->survey.records.decisions;

	list->records[list->count++] = (struct record){ .type = RECORD_DECISION, .epoch = epoch,
		                                        .sequence = sequence, .kind = kind,
		                                        .name = name };
}

static void
go_on(struct operation *o)
{
	struct err e = { 0 };

	report_init_ledger(&o->report);
	assert_int_equal(carried_go_on(o, &e), 0);
}

static void
assert_says(struct operation *o, const char *words)
{
	const char *ledger = buf_text(&o->report.ledger);

	if (strstr(ledger, words) == NULL)
		fail_msg("%s does not say \"%s\"", ledger, words);
}

static void
assert_kept(struct operation *o, const char *key, const char *words)
{
	go_on(o);
	assert_non_null(line_set_find(&o->carried, KIND_CARRIED, key));
	assert_int_equal(o->report.ledger_losses, 1);
	assert_says(o, words);
}

static void
assert_dropped(struct operation *o, const char *words)
{
	go_on(o);
	assert_int_equal(o->carried.count, 0);
	assert_int_equal(o->report.ledger_count, 1); /* named once */
	assert_int_equal(o->report.ledger_losses, 0);
	assert_says(o, "\"what\":\"dropped\"");
	assert_says(o, words);
}

/* ---- go on ---- */

static void
a_resource_that_is_as_it_was_restored_stays_carried(void **state)
{
	struct operation *o = *state;

	add(&o->saved, KIND_CARRIED, "topic/orders", LOWERED);
	add(&o->live.lines, KIND_TOPIC, "orders", VALUE(1));
	assert_kept(o, "topic/orders", "\"what\":\"carried\"");
	assert_says(o, "one broker");
	assert_string_equal(o->carried.lines[0].value, LOWERED);
}

static void
a_resource_that_was_never_created_stays_carried(void **state)
{
	struct operation *o = *state;

	add(&o->saved, KIND_CARRIED, "topic/orders", REFUSED);
	assert_kept(o, "topic/orders", "\"what\":\"not restored\"");
}

static void
a_persons_change_deletion_or_creation_drops_the_line(void **state)
{
	struct operation *o = *state;

	add(&o->saved, KIND_CARRIED, "topic/orders", LOWERED);
	assert_dropped(o, "somebody has deleted it since");
	add(&o->live.lines, KIND_TOPIC, "orders", VALUE(2));
	assert_dropped(o, "somebody has changed it since");
	line_set_release(&o->saved);
	add(&o->saved, KIND_CARRIED, "topic/orders", REFUSED);
	assert_dropped(o, "somebody has created it since");
}

static void
what_this_very_operation_created_is_restored_at_last(void **state)
{
	struct operation *o = *state;
	struct plan *plan = &o->plans[KIND_TOPIC];

	add(&o->saved, KIND_CARRIED, "topic/orders", REFUSED);
	add(&o->live.lines, KIND_TOPIC, "orders", VALUE(3));
	plan->items = calloc(1, sizeof *plan->items);
	assert_non_null(plan->items);
	plan->count = plan->capacity = 1;
	plan->items[0].want.key = "orders";
	plan->items[0].verified = true;
	go_on(o);
	assert_int_equal(o->carried.count, 0);
	assert_says(o, "\"what\":\"restored\"");
	plan->items[0].verified = false;
	assert_dropped(o, "somebody has created it since");
}

static void
while_the_kind_cannot_be_read_nothing_is_dropped(void **state)
{
	static const enum kind_state states[] = { STATE_UNREACHABLE, STATE_DISABLED, STATE_UNSUPPORTED,
		                                  STATE_PENDING };
	struct operation *o = *state;
	size_t i;

	add(&o->saved, KIND_CARRIED, "topic/orders", LOWERED);
	for (i = 0; i < LENGTH(states); i++) {
		o->live.kinds[KIND_TOPIC].state = states[i];
		assert_kept(o, "topic/orders", "carried");
	}
}

static void
a_decision_drops_the_line_it_names_up_to_its_snapshot(void **state)
{
	struct operation *o = *state;

	add(&o->saved, KIND_CARRIED, "topic/orders", LOWERED);
	add(&o->live.lines, KIND_TOPIC, "orders", VALUE(1));
	decide(o, 2, 4, KIND_TOPIC, "topic/orders");  /* of an older snapshot */
	decide(o, 2, 9, KIND_TOPIC, "topic/orders2"); /* of another line */
	decide(o, 2, 9, KIND_TOPIC, NULL);            /* of a suspect kind */
	assert_kept(o, "topic/orders", "carried");
	decide(o, 2, 5, KIND_TOPIC, "topic/orders");
	assert_dropped(o, "a person accepted it as it is");
}

static void
an_adoption_by_a_person_drops_all_of_them(void **state)
{
	struct operation *o = *state;

	add(&o->saved, KIND_CARRIED, "topic/orders", REFUSED);
	o->adopted_by_person = true;
	go_on(o);
	assert_int_equal(o->carried.count, 0);
}

static void
a_key_may_hold_slashes(void **state)
{
	struct operation *o = *state;

	o->live.kinds[KIND_CONNECTOR].state = STATE_CAPTURED;
	add(&o->saved, KIND_CARRIED, "connector/a/b", LOWERED);
	add(&o->live.lines, KIND_CONNECTOR, "a/b", VALUE(1));
	assert_kept(o, "connector/a/b", "\"name\":\"a/b\"");
}

static void
a_line_of_another_form_is_corrupt(void **state)
{
	static const struct {
		const char *key, *value;
	} table[] = {
		{ "orders", LOWERED },
		{ "topics/orders", LOWERED },
		{ "/orders", LOWERED },
		{ "carried/orders", LOWERED }, /* no resources */
		{ "identity/orders", LOWERED },
		{ "summary/orders", LOWERED },
		{ "topic/orders", "[]" },
		{ "topic/orders", "{}" },
		{ "topic/orders", "{\"reason\":\"\",\"restored\":null}" },
		{ "topic/orders", "{\"reason\":\"\",\"wanted\":{}}" },
		{ "topic/orders", "{\"restored\":null,\"wanted\":{}}" },
		{ "topic/orders", CARRIED("", "null", "null") },
		{ "topic/orders", CARRIED("", "7", "{}") },
		{ "topic/orders", CARRIED("", "null", "7") },
	};
	struct operation *o = *state;
	size_t i;

	for (i = 0; i < LENGTH(table); i++) {
		struct err e = { 0 };

		line_set_release(&o->saved);
		add(&o->saved, KIND_CARRIED, table[i].key, table[i].value);
		if (carried_go_on(o, &e) != ERR_CORRUPT || carried_overlay(o, &e) != ERR_CORRUPT ||
		    carried_never_created(o, &e) != ERR_CORRUPT)
			fail_msg("%s %s is taken", table[i].key, table[i].value);
	}
}

/* ---- what is tried again ---- */

static void
only_what_was_never_created_is_wanted_again(void **state)
{
	struct operation *o = *state;
	struct err e = { 0 };

	add(&o->saved, KIND_CARRIED, "topic/lowered", LOWERED);
	add(&o->saved, KIND_CARRIED, "topic/refused", REFUSED);
	add(&o->saved, KIND_CARRIED, "topic/there", REFUSED);
	add(&o->saved, KIND_CARRIED, "topic/accepted", REFUSED);
	add(&o->live.lines, KIND_TOPIC, "there", VALUE(1));
	decide(o, 2, 5, KIND_TOPIC, "topic/accepted");
	assert_int_equal(carried_never_created(o, &e), 0);
	assert_int_equal(o->want.count, 1);
	assert_string_equal(o->want.lines[0].key, "refused");
	assert_string_equal(o->want.lines[0].value, VALUE(3));
}

/* ---- overlay ---- */

static void
wanted_values_are_laid_over_the_saved_ones(void **state)
{
	struct operation *o = *state;
	struct err e = { 0 };

	add(&o->want, KIND_TOPIC, "accepted", VALUE(1));
	add(&o->want, KIND_TOPIC, "lowered", VALUE(1));
	add(&o->want, KIND_TOPIC, "other", VALUE(2));
	add(&o->saved, KIND_CARRIED, "topic/accepted", LOWERED);
	add(&o->saved, KIND_CARRIED, "topic/lowered", LOWERED);
	add(&o->saved, KIND_CARRIED, "topic/refused", REFUSED);
	decide(o, 2, 5, KIND_TOPIC, "topic/accepted");
	assert_int_equal(carried_overlay(o, &e), 0);
	assert_int_equal(o->want.count, 4);
	assert_string_equal(line_set_find(&o->want, KIND_TOPIC, "accepted")->value, VALUE(1));
	assert_string_equal(line_set_find(&o->want, KIND_TOPIC, "lowered")->value, VALUE(3));
	assert_string_equal(line_set_find(&o->want, KIND_TOPIC, "other")->value, VALUE(2));
	assert_string_equal(line_set_find(&o->want, KIND_TOPIC, "refused")->value, VALUE(3));
}

/* ---- from a plan ---- */

static struct plan_item *
planned(struct operation *o, const char *key, enum plan_action action, enum plan_outcome outcome)
{
	struct plan *plan = &o->plans[KIND_TOPIC];

	if (plan->items == NULL)
		plan->items = calloc(16, sizeof *plan->items);
	assert_non_null(plan->items);
	assert_true(plan->count < 16);
	plan->items[plan->count] = (struct plan_item){
		.action = action, .outcome = outcome,
		.want = { .kind = KIND_TOPIC, .key = key, .key_len = strlen(key), .value = VALUE(3),
			  .value_len = strlen(VALUE(3)) },
	};
	return &plan->items[plan->count++];
}

static void
what_is_as_it_was_saved_is_not_carried(void **state)
{
	struct operation *o = *state;
	struct err e = { 0 };

	(void)planned(o, "created", PLAN_CREATE, PLAN_DONE);
	(void)planned(o, "there", PLAN_EQUAL, PLAN_TODO);
	assert_int_equal(carried_from_plan(o, &e), 0);
	assert_int_equal(o->carried.count, 0);
	assert_int_equal(o->report.ledger_count, 0);
}

static void
what_is_left_other_than_it_was_saved_is_carried_and_named(void **state)
{
	struct operation *o = *state;
	struct plan_item *item;
	struct err e = { 0 };

	item = planned(o, "lowered", PLAN_CREATE, PLAN_DONE);
	item->target = VALUE(1);
	item->reason = "one broker";
	item = planned(o, "refused", PLAN_CREATE, PLAN_FAILED);
	item->target = VALUE(1);
	item->reason = "no";
	item = planned(o, "kept", PLAN_KEEP, PLAN_TODO);
	item->reason = "other settings";
	assert_int_equal(carried_from_plan(o, &e), 0);
	assert_int_equal(o->carried.count, 2);
	assert_string_equal(o->carried.lines[0].key, "topic/lowered");
	assert_string_equal(o->carried.lines[0].value, LOWERED);
	assert_string_equal(o->carried.lines[1].key, "topic/refused");
	assert_string_equal(o->carried.lines[1].value, REFUSED);
	assert_int_equal(o->report.ledger_losses, 3);
	assert_says(o, "\"kept as found\"");
	assert_says(o, "\"carried\"");
	assert_says(o, "\"not restored\"");
}

/* Auto-created, and its configs were refused: it is there, so what is there is what to compare. */
static void
what_could_not_be_completed_stays_carried_by_the_next_backup(void **state)
{
	struct operation *o = *state;
	struct plan_item *item = planned(o, "orders", PLAN_COMPLETE, PLAN_FAILED);
	struct err e = { 0 };

	item->have = VALUE(1);
	item->reason = "no";
	add(&o->live.lines, KIND_TOPIC, "orders", VALUE(2)); /* completed in part, by what was verified */
	assert_int_equal(carried_from_plan(o, &e), 0);
	assert_string_equal(o->carried.lines[0].value, CARRIED("no", VALUE(2), VALUE(3)));
	add(&o->saved, KIND_CARRIED, "topic/orders", o->carried.lines[0].value);
	assert_kept(o, "topic/orders", "carried");
}

/* A kind whose server was down at the restore: what it leaves now is carried as by the restore. */
static void
what_a_retry_leaves_is_carried_beside_what_was(void **state)
{
	struct operation *o = *state;
	struct plan_item *item;
	struct err e = { 0 };

	add(&o->saved, KIND_CARRIED, "topic/refused", REFUSED);
	item = planned(o, "refused", PLAN_CREATE, PLAN_FAILED); /* tried again, and in vain */
	item->reason = "another";
	item = planned(o, "late", PLAN_CREATE, PLAN_FAILED);
	item->reason = "no";
	assert_int_equal(carried_go_on(o, &e), 0);
	assert_int_equal(o->carried.count, 2);
	assert_string_equal(o->carried.lines[0].key, "topic/late");
	assert_string_equal(o->carried.lines[0].value, CARRIED("no", "null", VALUE(3)));
	assert_string_equal(o->carried.lines[1].key, "topic/refused");
	assert_string_equal(o->carried.lines[1].value, REFUSED);
	assert_int_equal(o->report.ledger_losses, 2);
}

/* ---- unchanged ---- */

#define IDENTITY(placement, id) "{\"partitions\":[[" placement "]],\"topic_id\":\"" id "\"}"

static void
the_same_lines_are_the_same_whatever_their_placement(void **state)
{
	struct operation *o = *state;

	add(&o->saved, KIND_TOPIC, "orders", VALUE(1));
	add(&o->saved, KIND_CARRIED, "topic/x", REFUSED);
	add(&o->saved, KIND_IDENTITY, "orders", IDENTITY("1", "aaaa"));
	add(&o->live.lines, KIND_TOPIC, "orders", VALUE(1));
	add(&o->live.lines, KIND_IDENTITY, "orders", IDENTITY("2", "aaaa"));
	assert_false(carried_same_lines(o));
	add(&o->carried, KIND_CARRIED, "topic/x", REFUSED);
	assert_true(carried_same_lines(o));
}

static void
any_other_difference_is_a_change(void **state)
{
	static const struct {
		const char *value, *id, *carried; /* of the one topic */
	} table[] = {
		{ VALUE(2), "aaaa", REFUSED },
		{ VALUE(1), "bbbb", REFUSED },
		{ VALUE(1), "aaaa", LOWERED },
		{ VALUE(1), "aaaa", NULL },
		{ NULL, "aaaa", REFUSED },
		{ VALUE(1), NULL, REFUSED },
	};
	struct operation *o = *state;
	size_t i;

	add(&o->saved, KIND_TOPIC, "orders", VALUE(1));
	add(&o->saved, KIND_CARRIED, "topic/x", REFUSED);
	add(&o->saved, KIND_IDENTITY, "orders", IDENTITY("1", "aaaa"));
	for (i = 0; i < LENGTH(table); i++) {
		line_set_release(&o->live.lines);
		line_set_release(&o->carried);
		if (table[i].value != NULL)
			add(&o->live.lines, KIND_TOPIC, "orders", table[i].value);
		if (table[i].id != NULL)
			add(&o->live.lines, KIND_IDENTITY, "orders",
			    strcmp(table[i].id, "aaaa") == 0 ? IDENTITY("1", "aaaa")
			                                     : IDENTITY("1", "bbbb"));
		if (table[i].carried != NULL)
			add(&o->carried, KIND_CARRIED, "topic/x", table[i].carried);
		if (carried_same_lines(o))
			fail_msg("row %zu is unchanged", i);
	}
}

static void
a_kind_of_another_state_is_a_change(void **state)
{
	struct operation *o = *state;

	assert_true(carried_same_lines(o));
	o->survey.newest.kinds[KIND_SCHEMA].state = STATE_PENDING;
	assert_false(carried_same_lines(o));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, operation_begin, operation_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_resource_that_is_as_it_was_restored_stays_carried),
		CASE(a_resource_that_was_never_created_stays_carried),
		CASE(a_persons_change_deletion_or_creation_drops_the_line),
		CASE(what_this_very_operation_created_is_restored_at_last),
		CASE(while_the_kind_cannot_be_read_nothing_is_dropped),
		CASE(a_decision_drops_the_line_it_names_up_to_its_snapshot),
		CASE(an_adoption_by_a_person_drops_all_of_them),
		CASE(a_key_may_hold_slashes),
		CASE(a_line_of_another_form_is_corrupt),
		CASE(only_what_was_never_created_is_wanted_again),
		CASE(wanted_values_are_laid_over_the_saved_ones),
		CASE(what_is_as_it_was_saved_is_not_carried),
		CASE(what_is_left_other_than_it_was_saved_is_carried_and_named),
		CASE(what_could_not_be_completed_stays_carried_by_the_next_backup),
		CASE(what_a_retry_leaves_is_carried_beside_what_was),
		CASE(the_same_lines_are_the_same_whatever_their_placement),
		CASE(any_other_difference_is_a_change),
		CASE(a_kind_of_another_state_is_a_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
