/* t_live.c - the pure questions about what is in a cluster: whose furniture, fresh, which topics */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "hooks/live.h"

#define BARE  "{\"configs\":{},\"partitions\":3,\"replication_factor\":1}"
#define OWN   "{\"configs\":{\"retention.ms\":\"1\"},\"partitions\":3,\"replication_factor\":1}"

struct scene {
	struct config   config;
	struct line_set live, saved;
	struct buf      found;
};

static int
scene_begin(void **state)
{
	struct scene *s = calloc(1, sizeof *s);

	assert_non_null(s);
	line_set_init(&s->live, 1 << 20);
	line_set_init(&s->saved, 1 << 20);
	buf_init(&s->found, 8192);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;

	line_set_release(&s->live);
	line_set_release(&s->saved);
	buf_release(&s->found);
	free(s);
	return 0;
}

static struct line
line_of(enum kind kind, const char *key, const char *value)
{
	return (struct line){ .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		              .value_len = strlen(value) };
}

static void
add(struct line_set *set, enum kind kind, const char *key, const char *value)
{
	struct line line = line_of(kind, key, value);
	struct err e = { 0 };

	assert_int_equal(line_set_add(set, &line, &e), 0);
}

static void
assert_fresh(struct scene *s, bool fresh, const char *found)
{
	struct err e = { 0 };

	assert_int_equal(line_set_sort(&s->live, &e), 0);
	assert_int_equal(line_set_sort(&s->saved, &e), 0);
	buf_clear(&s->found);
	assert_int_equal(is_fresh(&s->config, &s->live, &s->saved, &s->found), fresh);
	assert_string_equal(buf_text(&s->found), found);
}

/* ---- fresh: (i) declared, (ii) internal, (iii) what clients create by themselves ---- */

static void
an_empty_cluster_is_fresh(void **state)
{
	assert_fresh(*state, true, "");
}

static void
the_declared_bootstrap_set_does_not_count(void **state)
{
	const char *declared[] = { "audit", "metrics" };
	struct scene *s = *state;

	add(&s->live, KIND_TOPIC, "audit", OWN);
	assert_fresh(s, false, "topic audit (has configs of its own)");
	s->config.guard.bootstrap_set.topics.items = declared;
	s->config.guard.bootstrap_set.topics.count = 2;
	assert_fresh(s, true, "");
	add(&s->live, KIND_TOPIC, "audit2", OWN);
	assert_fresh(s, false, "topic audit2 (has configs of its own)");
}

static void
internal_topics_do_not_count(void **state)
{
	struct scene *s = *state;

	add(&s->live, KIND_TOPIC, "_schemas", OWN);
	add(&s->live, KIND_TOPIC, "connect-configs", OWN);
	add(&s->live, KIND_TOPIC, "connect-offsets", OWN);
	add(&s->live, KIND_TOPIC, "connect-status", OWN);
	add(&s->live, KIND_IDENTITY, "__consumer_offsets", "{}");
	assert_fresh(s, true, "");
	add(&s->live, KIND_TOPIC, "__mine", OWN); /* a user's, though it begins with __ */
	assert_fresh(s, false, "topic __mine (has configs of its own)");
}

static void
what_every_registry_has_does_not_count(void **state)
{
	struct scene *s = *state;

	add(&s->live, KIND_REGISTRY_CONFIG, "[\"config\",\".\",null]", "{\"compatibilityLevel\":\"NONE\"}");
	add(&s->live, KIND_REGISTRY_CONFIG, "[\"mode\",\".\",null]", "{\"mode\":\"READWRITE\"}");
	add(&s->live, KIND_REGISTRY_CONFIG, "[\"highest_id\",\".\",null]", "{\"id\":3}");
	assert_fresh(s, true, "");
	add(&s->live, KIND_REGISTRY_CONFIG, "[\"mode\",\".\",\"a\"]", "{\"mode\":\"READONLY\"}");
	assert_fresh(s, false, "registry_config [\"mode\",\".\",\"a\"]");
}

static void
a_registry_that_outlived_the_disks_does_not_count(void **state)
{
	struct scene *s = *state;

	add(&s->live, KIND_SCHEMA, "[\".\",\"a\",1]", "{\"id\":1}");
	assert_fresh(s, false, "schema [\".\",\"a\",1]");
	add(&s->saved, KIND_SCHEMA, "[\".\",\"a\",1]", "{\"id\":1}");
	assert_fresh(s, true, "");
	add(&s->live, KIND_SCHEMA, "[\".\",\"a\",2]", "{\"id\":2}");
	add(&s->saved, KIND_SCHEMA, "[\".\",\"a\",2]", "{\"id\":3}");
	assert_fresh(s, false, "schema [\".\",\"a\",2]");
}

static void
a_declared_connect_has_its_own_names_for_its_topics(void **state)
{
	const char *names[] = { "w-configs", "w-offsets", "w-status" };
	struct scene *s = *state;

	s->config.connect.given = true;
	add(&s->live, KIND_TOPIC, "w-offsets", OWN);
	assert_fresh(s, false, "topic w-offsets (has configs of its own)");
	s->config.connect.topics.items = names;
	s->config.connect.topics.count = 3;
	assert_fresh(s, true, "");
	add(&s->live, KIND_TOPIC, "connect-configs", OWN);
	assert_fresh(s, false, "topic connect-configs (has configs of its own)");
}

static void
topics_that_the_snapshot_names_are_auto_created_ones_only_without_configs(void **state)
{
	struct scene *s = *state;
	char name[16];
	unsigned i;

	for (i = 0; i < 50; i++) { /* far more than ten */
		(void)snprintf(name, sizeof name, "t%02u", i);
		add(&s->live, KIND_TOPIC, name, BARE);
		add(&s->saved, KIND_TOPIC, name, OWN);
	}
	assert_fresh(s, true, "");
	add(&s->live, KIND_TOPIC, "u", OWN);
	add(&s->saved, KIND_TOPIC, "u", OWN);
	assert_fresh(s, false, "topic u (has configs of its own)");
}

static void
ten_topics_that_nobody_names_are_clients_that_came_back(void **state)
{
	struct scene *s = *state;
	char name[16];
	unsigned i;

	for (i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof name, "t%02u", i);
		add(&s->live, KIND_TOPIC, name, BARE);
	}
	assert_fresh(s, true, "");
	add(&s->live, KIND_TOPIC, "u", BARE);
	assert_fresh(s, false, "topic u");
	add(&s->saved, KIND_TOPIC, "t03", OWN); /* one of them is named after all */
	assert_fresh(s, true, "");
}

static void
what_is_found_names_ten_and_counts_the_rest(void **state)
{
	struct scene *s = *state;
	char name[16], expected[1024] = "";
	unsigned i;

	for (i = 0; i < 13; i++) {
		size_t n = strlen(expected);

		(void)snprintf(name, sizeof name, "t%02u", i);
		add(&s->live, KIND_TOPIC, name, OWN);
		if (i < 10)
			(void)snprintf(expected + n, sizeof expected - n,
			               "%stopic t%02u (has configs of its own)", i > 0 ? ", " : "", i);
	}
	(void)snprintf(expected + strlen(expected), 16, " and 3 more");
	assert_fresh(s, false, expected);
}

/* ---- something to keep ---- */

static void
only_resources_that_are_no_furniture_are_worth_a_backup(void **state)
{
	struct scene *s = *state;

	assert_false(something_to_keep(&s->config, &s->live));
	add(&s->live, KIND_IDENTITY, "orders", "{}");
	add(&s->live, KIND_TOPIC, "_schemas", OWN);
	assert_false(something_to_keep(&s->config, &s->live));
	add(&s->live, KIND_TOPIC, "orders", BARE);
	assert_true(something_to_keep(&s->config, &s->live));
}

static void
any_kind_of_resource_is_worth_a_backup(void **state)
{
	struct scene *s = *state;
	struct line_set one;
	unsigned kind;

	s->config.kraft.given = true;
	for (kind = 0; kind <= KIND_IDENTITY; kind++) {
		line_set_init(&one, 1 << 16);
		add(&one, (enum kind)kind, "connect", "{}");
		assert_int_equal(something_to_keep(&s->config, &one), kind <= KIND_CONNECTOR);
		line_set_release(&one);
	}
}

/* Without the metadata log they are of a store that outlives the cluster's disks. */
static void
users_of_the_managers_store_say_nothing_about_the_cluster(void **state)
{
	struct scene *s = *state;

	add(&s->live, KIND_USER, "alice", "{}");
	assert_false(something_to_keep(&s->config, &s->live));
	assert_fresh(s, true, "");
	s->config.kraft.given = true;
	assert_true(something_to_keep(&s->config, &s->live));
	assert_fresh(s, false, "user alice");
}

static void
acls_of_declared_principals_do_not_count(void **state)
{
	const char *declared[] = { "User:kcb" };
	struct scene *s = *state;

	add(&s->live, KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"*\",\"User:kcb\",\"*\",\"READ\",\"ALLOW\"]", "{}");
	assert_false(is_fresh(&s->config, &s->live, &s->saved, &s->found));
	buf_clear(&s->found);
	s->config.guard.bootstrap_set.acl_principals.items = declared;
	s->config.guard.bootstrap_set.acl_principals.count = 1;
	assert_fresh(s, true, "");
	add(&s->live, KIND_ACL, "[\"TOPIC\",\"LITERAL\",\"*\",\"User:kcb2\",\"*\",\"READ\",\"ALLOW\"]", "{}");
	assert_false(is_fresh(&s->config, &s->live, &s->saved, &s->found));
}

/* ---- identity ---- */

static void
a_topic_id_is_read_from_an_identity_line_alone(void **state)
{
	static const struct {
		enum kind   kind;
		const char *value, *id; /* NULL: none */
	} table[] = {
		{ KIND_IDENTITY, "{\"partitions\":[[1]],\"topic_id\":\"QUFB-_\"}", "QUFB-_" },
		{ KIND_TOPIC, "{\"topic_id\":\"QUFB\"}", NULL },
		{ KIND_IDENTITY, "{}", NULL },
		{ KIND_IDENTITY, "{\"topic_id\":\"\"}", NULL },
		{ KIND_IDENTITY, "{\"topic_id\":7}", NULL },
		{ KIND_IDENTITY, "{\"topic_id\":\"QUFB", NULL },
		{ KIND_IDENTITY, "{\"topic_id\":\"0123456789012345678901234567890\"}",
		  "0123456789012345678901234567890" },
		{ KIND_IDENTITY, "{\"topic_id\":\"01234567890123456789012345678901\"}", NULL },
	};
	char id[TOPIC_ID_SIZE];
	struct line line;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(table); i++) {
		line = line_of(table[i].kind, "orders", table[i].value);
		assert_int_equal(identity_topic_id(&line, id), table[i].id != NULL);
		if (table[i].id != NULL)
			assert_string_equal(id, table[i].id);
	}
}

static void
a_value_is_not_read_beyond_its_end(void **state)
{
	struct line line = line_of(KIND_IDENTITY, "orders", "{\"topic_id\":\"QUFB\"}");
	char id[TOPIC_ID_SIZE];

	(void)state;
	line.value_len = strlen("{\"topic_id\":\"QUFB");
	assert_false(identity_topic_id(&line, id));
	line.value_len = 3;
	assert_false(identity_topic_id(&line, id));
	line.value_len = 0;
	assert_false(identity_topic_id(&line, id));
}

static void
all_topic_ids_of_a_set_are_found_again(void **state)
{
	struct scene *s = *state;
	struct id_list ids;
	struct arena arena;
	struct err e = { 0 };
	char name[16], value[64];
	unsigned i;

	arena_init(&arena, 1 << 20);
	assert_int_equal(ids_of_lines(&s->live, &arena, &ids, &e), 0);
	assert_int_equal(ids.count, 0);
	assert_false(ids_have(&ids, "id000"));
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof name, "t%03u", i);
		(void)snprintf(value, sizeof value, "{\"topic_id\":\"id%03u\"}", (i * 7 + 13) % 300);
		add(&s->live, KIND_IDENTITY, name, value);
		add(&s->live, KIND_TOPIC, name, OWN);
	}
	assert_int_equal(ids_of_lines(&s->live, &arena, &ids, &e), 0);
	assert_int_equal(ids.count, 300);
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof name, "id%03u", i);
		assert_true(ids_have(&ids, name));
	}
	assert_false(ids_have(&ids, "id300"));
	assert_false(ids_have(&ids, ""));
	arena_release(&arena);
}

static void
no_memory_for_the_ids_is_an_error(void **state)
{
	struct scene *s = *state;
	struct id_list ids;
	struct arena arena;
	struct err e = { 0 };

	add(&s->live, KIND_IDENTITY, "orders", "{\"topic_id\":\"QUFB\"}");
	arena_init(&arena, 0);
	assert_int_equal(ids_of_lines(&s->live, &arena, &ids, &e), ERR_FAILED);
	arena_release(&arena);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

static void
the_end_of_a_topic_stands_first_in_its_identity(void **state)
{
	static const char *const values[][2] = {
		{ "{\"topic_id\":\"a\"}", "{\"end_offset\":17,\"topic_id\":\"a\"}" },
		{ "{\"epochs\":[[1,2]],\"topic_id\":\"a\"}",
		  "{\"end_offset\":17,\"epochs\":[[1,2]],\"topic_id\":\"a\"}" },
		{ "{}", "{\"end_offset\":17}" },
	};
	struct scene *s = *state;
	struct line line;
	int64_t end;
	size_t i;

	for (i = 0; i < LENGTH(values); i++) {
		line = line_of(KIND_IDENTITY, "t", values[i][0]);
		assert_false(identity_end(&line, &end));
		buf_clear(&s->found);
		assert_int_equal(identity_with_end(&line, 17, &s->found), 0);
		assert_string_equal(buf_text(&s->found), values[i][1]);
		line = line_of(KIND_IDENTITY, "t", values[i][1]);
		assert_true(identity_end(&line, &end));
		assert_int_equal(end, 17);
	}
	line = line_of(KIND_IDENTITY, "t", "{\"end_offset\":\"17\"}");
	assert_false(identity_end(&line, &end));
	line = line_of(KIND_TOPIC, "t", "{\"end_offset\":17}");
	assert_false(identity_end(&line, &end));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_end_of_a_topic_stands_first_in_its_identity),
		CASE(an_empty_cluster_is_fresh),
		CASE(what_every_registry_has_does_not_count),
		CASE(a_registry_that_outlived_the_disks_does_not_count),
		CASE(the_declared_bootstrap_set_does_not_count),
		CASE(internal_topics_do_not_count),
		CASE(a_declared_connect_has_its_own_names_for_its_topics),
		CASE(topics_that_the_snapshot_names_are_auto_created_ones_only_without_configs),
		CASE(ten_topics_that_nobody_names_are_clients_that_came_back),
		CASE(what_is_found_names_ten_and_counts_the_rest),
		CASE(only_resources_that_are_no_furniture_are_worth_a_backup),
		CASE(any_kind_of_resource_is_worth_a_backup),
		CASE(users_of_the_managers_store_say_nothing_about_the_cluster),
		CASE(acls_of_declared_principals_do_not_count),
		cmocka_unit_test(a_topic_id_is_read_from_an_identity_line_alone),
		cmocka_unit_test(a_value_is_not_read_beyond_its_end),
		CASE(all_topic_ids_of_a_set_are_found_again),
		CASE(no_memory_for_the_ids_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
