/* t_facts.c - from records, snapshots and lines to the guard's facts, row by row */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/facts.h"

#define US    "4L6g3nShT-eMCtK--X86sw"
#define OTHER "AAAAAAAAAAAAAAAAAAAAAA"

/* A service, as the store and the cluster tell of it: nothing at all, to begin with. */
struct world {
	struct survey   survey;
	struct line_set saved;
	struct live     live;
	struct config   config;
	struct params   params;
	struct buf      found;
	struct guard_facts facts;
};

static int
world_begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	assert_non_null(w);
	line_set_init(&w->saved, 1 << 20);
	line_set_init(&w->live.lines, 1 << 20);
	buf_init(&w->found, 8192);
	w->survey.cluster = US;
	*state = w;
	return 0;
}

static int
world_end(void **state)
{
	struct world *w = *state;

	line_set_release(&w->saved);
	line_set_release(&w->live.lines);
	buf_release(&w->found);
	free(w);
	return 0;
}

static void
add(struct line_set *set, enum kind kind, const char *key, const char *value)
{
	struct line line = { .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		             .value_len = strlen(value) };
	struct err e = { 0 };

	assert_int_equal(line_set_add(set, &line, &e), 0);
}

/* A topic with configs of its own, or bare as auto-creation makes them, and its identity. */
static void
topic(struct line_set *set, const char *name, const char *id, bool bare)
{
	char value[128];

	add(set, KIND_TOPIC, name,
	    bare ? "{\"configs\":{},\"partitions\":1,\"replication_factor\":1}"
	         : "{\"configs\":{\"retention.ms\":\"1\"},\"partitions\":1,\"replication_factor\":1}");
	(void)snprintf(value, sizeof value, "{\"partitions\":[[1]],\"topic_id\":\"%s\"}", id);
	add(set, KIND_IDENTITY, name, value);
}

static struct record *
record(struct world *w, struct record_list *list, uint64_t epoch, const char *cluster)
{
	struct record *r = &list->records[list->count++];

	assert_true(list->count == 1 || r[-1].epoch >= epoch); /* as names are ordered */
	r->epoch = epoch;
	(void)snprintf(r->cluster, sizeof r->cluster, "%s", cluster);
	if (epoch > w->survey.epoch)
		w->survey.epoch = epoch;
	return r;
}

static void
claim(struct world *w, uint64_t epoch, const char *cluster)
{
	(void)record(w, &w->survey.records.claims, epoch, cluster);
}

/* Of a restore; ids: NULL or a list that NULL ends. */
static struct record *
adoption(struct world *w, uint64_t epoch, const char *cluster, const char *const *ids)
{
	struct record *r = record(w, &w->survey.records.adoptions, epoch, cluster);

	r->by = ADOPTED_RESTORE;
	r->topic_ids = ids;
	for (r->topic_id_count = 0; ids != NULL && ids[r->topic_id_count] != NULL;)
		r->topic_id_count++;
	return r;
}

/* The newest snapshot; its lines are w->saved. */
static void
snapshot(struct world *w, uint64_t epoch, uint64_t sequence)
{
	w->survey.found = true;
	w->survey.newest.epoch = epoch;
	w->survey.newest.sequence = sequence;
	memset(w->survey.newest.document_hash, 7, DOCUMENT_HASH_BYTES);
	if (epoch > w->survey.epoch)
		w->survey.epoch = epoch;
}

static void
anchor(struct world *w, uint64_t epoch, uint64_t sequence, int hash)
{
	w->params.has_anchor = true;
	w->params.anchor_epoch = epoch;
	w->params.anchor_sequence = sequence;
	memset(w->params.anchor_hash, hash, DOCUMENT_HASH_BYTES);
}

static const struct guard_facts *
gather(struct world *w)
{
	struct err e = { 0 };

	assert_int_equal(line_set_sort(&w->saved, &e), 0);
	assert_int_equal(line_set_sort(&w->live.lines, &e), 0);
	buf_clear(&w->found);
	assert_int_equal(facts_gather(&w->survey, &w->saved, &w->live, &w->config, &w->params,
	                              &w->found, &w->facts, &e), 0);
	return &w->facts;
}

static void
assert_row(struct world *w, const char *name)
{
	const char *row = guard_judge(gather(w)).name;

	if (strcmp(row, name) != 0)
		fail_msg("it is \"%s\" and not \"%s\"", row, name);
}

static const char *const ids_ab[] = { "aaaa", "bbbb", NULL };
static const char *const ids_cd[] = { "cccc", "dddd", NULL };

/* ---- the rows ---- */

static void
nothing_saved_and_nothing_there_is_new_and_empty(void **state)
{
	struct world *w = *state;

	add(&w->live.lines, KIND_IDENTITY, "__consumer_offsets", "{\"topic_id\":\"zzzz\"}");
	topic(&w->live.lines, "_schemas", "ssss", true);
	assert_row(w, "new and empty");
	assert_true(w->facts.store_answered);
	assert_true(w->facts.fresh);
	assert_false(w->facts.has_snapshot);
}

static void
nothing_saved_and_a_topic_there_is_new(void **state)
{
	struct world *w = *state;

	topic(&w->live.lines, "orders", "aaaa", true);
	assert_row(w, "new");
	assert_true(w->facts.something_to_keep);
}

static void
a_store_behind_the_anchor_is_rolled_back(void **state)
{
	static const struct {
		uint64_t epoch, sequence;
		int      hash;
		bool     rolled_back;
	} table[] = {
		{ 2, 5, 7, false }, { 2, 4, 1, false }, { 1, 99, 1, false }, /* at it, or beyond */
		{ 2, 6, 7, true },  { 3, 1, 7, true },
		{ 2, 5, 8, true }, /* another document in the anchor's place */
	};
	struct world *w = *state;
	size_t i;

	snapshot(w, 2, 5);
	adoption(w, 2, US, ids_ab);
	topic(&w->live.lines, "orders", "aaaa", false);
	for (i = 0; i < LENGTH(table); i++) {
		anchor(w, table[i].epoch, table[i].sequence, table[i].hash);
		assert_row(w, table[i].rolled_back ? "rolled back" : "adopted");
		assert_int_equal(w->facts.rolled_back, table[i].rolled_back);
	}
}

static void
an_anchor_and_no_snapshot_is_rolled_back(void **state)
{
	struct world *w = *state;

	anchor(w, 1, 1, 7);
	assert_row(w, "rolled back");
}

static void
its_adoption_and_its_topics_are_adopted(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 5);
	adoption(w, 2, US, ids_ab);
	topic(&w->live.lines, "other", "bbbb", false); /* one id of the adoption is left */
	assert_row(w, "adopted");
	assert_int_equal(w->facts.identity, GUARD_IDENTITY_LEFT);
	assert_int_equal(w->facts.epoch, 2);
}

static void
topics_that_came_later_are_known_by_the_snapshot(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 5);
	adoption(w, 2, US, ids_ab); /* gone since */
	topic(&w->saved, "new", "eeee", false);
	topic(&w->live.lines, "new", "eeee", false);
	assert_row(w, "adopted");
}

static void
none_of_its_topics_and_a_fresh_cluster_is_wiped(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 5);
	adoption(w, 2, US, ids_ab);
	topic(&w->saved, "orders", "aaaa", false);
	topic(&w->live.lines, "orders", "cccc", true); /* a client came back first */
	assert_row(w, "wiped");
	assert_int_equal(w->facts.identity, GUARD_IDENTITY_NONE_LEFT);
	assert_true(w->facts.snapshot_left);
}

static void
none_of_its_topics_and_others_configs_is_wiped_and_used(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 5);
	adoption(w, 2, US, ids_ab);
	topic(&w->live.lines, "strange", "cccc", false);
	assert_row(w, "wiped and used");
	assert_false(w->facts.fresh);
}

static void
a_winning_claim_without_adoption_is_unfinished(void **state)
{
	struct world *w = *state;

	snapshot(w, 1, 5);
	adoption(w, 1, OTHER, ids_ab);
	claim(w, 2, US);
	claim(w, 2, OTHER);
	assert_row(w, "restore unfinished");
	assert_true(w->facts.winning_claim_names_us);
	assert_false(w->facts.losing_claim_names_us);
	assert_false(w->facts.adoption_exists); /* of E */
}

static void
a_losing_claim_is_fenced(void **state)
{
	struct world *w = *state;

	snapshot(w, 1, 5);
	claim(w, 2, OTHER);
	claim(w, 2, US);
	assert_row(w, "fenced");
	assert_false(w->facts.winning_claim_names_us);
	assert_true(w->facts.losing_claim_names_us);
}

static void
a_second_claim_of_the_winner_is_not_a_losing_one(void **state)
{
	struct world *w = *state;

	snapshot(w, 1, 5);
	claim(w, 2, US);
	claim(w, 2, US);
	assert_row(w, "restore unfinished");
	assert_false(w->facts.losing_claim_names_us);
}

static void
an_older_adoption_and_its_topics_are_fenced(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, OTHER, ids_cd);
	adoption(w, 1, US, ids_ab);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_row(w, "fenced");
	assert_true(w->facts.older_record_names_us);
	assert_int_equal(w->facts.older_identity, GUARD_IDENTITY_LEFT);
	assert_int_equal(w->facts.identity, GUARD_IDENTITY_NONE_LEFT);
}

static void
an_older_claim_names_us_without_topics(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, OTHER, ids_cd);
	claim(w, 1, US);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_row(w, "fenced");
	assert_true(w->facts.older_record_names_us);
	assert_int_equal(w->facts.older_identity, GUARD_IDENTITY_EMPTY);
}

static void
no_record_and_a_fresh_cluster_is_a_newcomer(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, OTHER, ids_cd);
	claim(w, 2, OTHER);
	topic(&w->live.lines, "orders", "eeee", true);
	assert_row(w, "newcomer");
}

static void
no_record_and_a_used_cluster_is_foreign(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, OTHER, ids_cd);
	topic(&w->live.lines, "strange", "eeee", false);
	assert_row(w, "foreign");
}

/* ---- contested ---- */

static void
adoptions_of_two_clusters_in_one_epoch_are_contested(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, OTHER, ids_cd);
	adoption(w, 2, US, ids_ab);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_row(w, "contested");
}

static void
adoptions_of_one_id_with_nothing_in_common_are_contested(void **state)
{
	static const char *const ids_bc[] = { "bbbb", "cccc", NULL };
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, US, ids_ab);
	adoption(w, 2, US, ids_cd);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_row(w, "contested");
	w->survey.records.adoptions.records[1].topic_ids = ids_bc;
	assert_row(w, "adopted");
	w->survey.records.adoptions.records[1].topic_id_count = 0; /* says nothing */
	assert_row(w, "adopted");
}

static void
an_older_adoption_contests_nothing(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, US, ids_ab);
	adoption(w, 1, OTHER, ids_cd);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_row(w, "adopted");
}

static void
a_first_adoption_where_older_snapshots_are_is_contested(void **state)
{
	struct world *w = *state;
	struct record *a;

	snapshot(w, 1, 5);
	a = adoption(w, 2, US, ids_ab);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_row(w, "adopted");
	a->by = ADOPTED_FIRST; /* two were adopted for the same new service at once */
	assert_row(w, "contested");
	snapshot(w, 2, 1);
	assert_row(w, "adopted");
}

/* ---- identity and what is left ---- */

static void
other_clusters_adoptions_count_only_while_none_names_us(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, OTHER, ids_ab);
	topic(&w->live.lines, "orders", "aaaa", false);
	assert_int_equal(gather(w)->identity, GUARD_IDENTITY_LEFT);
	adoption(w, 2, US, ids_cd);
	assert_int_equal(gather(w)->identity, GUARD_IDENTITY_NONE_LEFT);
}

static void
without_any_topic_id_identity_is_empty(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, US, NULL);
	w->config.kraft.given = true; /* users are of the log */
	add(&w->saved, KIND_USER, "alice", "{}");
	assert_int_equal(gather(w)->identity, GUARD_IDENTITY_EMPTY);
	assert_true(w->facts.snapshot_has_something_to_keep);
	assert_false(w->facts.snapshot_left);
	add(&w->live.lines, KIND_USER, "alice", "{\"other\":1}");
	assert_true(gather(w)->snapshot_left); /* by kind and key, whatever its value */
	w->config.kraft.given = false; /* users are of the manager's store, whatever became of the disks */
	assert_false(gather(w)->snapshot_left);
	assert_false(w->facts.snapshot_has_something_to_keep);
	assert_true(w->facts.fresh);
}

static void
furniture_is_nothing_to_keep_and_nothing_left(void **state)
{
	struct world *w = *state;

	snapshot(w, 2, 1);
	adoption(w, 2, US, NULL);
	topic(&w->saved, "_schemas", "ssss", false);
	topic(&w->live.lines, "_schemas", "tttt", false);
	(void)gather(w);
	assert_false(w->facts.snapshot_has_something_to_keep);
	assert_false(w->facts.snapshot_left);
	assert_false(w->facts.something_to_keep);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nothing_saved_and_nothing_there_is_new_and_empty),
		CASE(nothing_saved_and_a_topic_there_is_new),
		CASE(a_store_behind_the_anchor_is_rolled_back),
		CASE(an_anchor_and_no_snapshot_is_rolled_back),
		CASE(its_adoption_and_its_topics_are_adopted),
		CASE(topics_that_came_later_are_known_by_the_snapshot),
		CASE(none_of_its_topics_and_a_fresh_cluster_is_wiped),
		CASE(none_of_its_topics_and_others_configs_is_wiped_and_used),
		CASE(a_winning_claim_without_adoption_is_unfinished),
		CASE(a_losing_claim_is_fenced),
		CASE(a_second_claim_of_the_winner_is_not_a_losing_one),
		CASE(an_older_adoption_and_its_topics_are_fenced),
		CASE(an_older_claim_names_us_without_topics),
		CASE(no_record_and_a_fresh_cluster_is_a_newcomer),
		CASE(no_record_and_a_used_cluster_is_foreign),
		CASE(adoptions_of_two_clusters_in_one_epoch_are_contested),
		CASE(adoptions_of_one_id_with_nothing_in_common_are_contested),
		CASE(an_older_adoption_contests_nothing),
		CASE(a_first_adoption_where_older_snapshots_are_is_contested),
		CASE(other_clusters_adoptions_count_only_while_none_names_us),
		CASE(without_any_topic_id_identity_is_empty),
		CASE(furniture_is_nothing_to_keep_and_nothing_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
