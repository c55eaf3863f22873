/* t_kraft_seed.c - lines as the records that bring them back: what was read is what is read again */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kraft/seed.h"
#include "tests/unit/kraft_fixture.h"

#define REPLICAS(...) (const int32_t[]){ __VA_ARGS__ }, LENGTH(((const int32_t[]){ __VA_ARGS__ }))
#define LINES_MAX ((size_t)1 << 30)

struct world {
	struct line_set saved, formatted; /* lines; identities are among the saved */
	int32_t         brokers[16];
	size_t          broker_count;
	int             metadata_version;
	struct err      err;
};

static struct world
world_of(size_t count, const int32_t *brokers)
{
	struct world w = { .broker_count = count, .metadata_version = 33 /* 4.4 */ };

	memcpy(w.brokers, brokers, count * sizeof *brokers);
	line_set_init(&w.saved, LINES_MAX);
	line_set_init(&w.formatted, LINES_MAX);
	return w;
}

static void
world_release(struct world *w)
{
	line_set_release(&w->saved);
	line_set_release(&w->formatted);
}

static void
add_line(struct line_set *set, enum kind kind, const char *key, const char *value)
{
	struct line line = { .kind = kind, .key = key, .key_len = strlen(key), .value = value,
		             .value_len = strlen(value) };
	struct err e;

	assert_int_equal(line_set_add(set, &line, &e), 0);
}

static void
take_lines(struct kraft_fixture *f, struct line_set *set)
{
	assert_int_equal(kraft_apply(f), 0);
	assert_int_equal(image_lines(&f->image, LOG_KINDS, set, &f->err), 0);
}

/* Seed every saved line but identities; the records are in f->records.  The seed's counts in *ret. */
static int
seed_all(struct kraft_fixture *f, struct world *w, struct seed *ret)
{
	struct seed s = { .brokers = w->brokers, .broker_count = w->broker_count, .identities = &w->saved,
		          .formatted = &w->formatted, .metadata_version = w->metadata_version };
	size_t i;
	int rc;

	assert_int_equal(line_set_sort(&w->saved, &w->err), 0);
	assert_int_equal(line_set_sort(&w->formatted, &w->err), 0);
	rc = seed_begin(&s, &w->err);
	for (i = 0; i < w->saved.count && rc == 0; i++)
		if (w->saved.lines[i].kind != KIND_IDENTITY)
			rc = seed_line(&s, &w->saved.lines[i], &w->err);
	frames_release(&f->records);
	for (i = 0; i < SEED_SECTIONS; i++)
		frames_append(&f->records, &s.sections[i]);
	*ret = s;
	seed_release(&s);
	return rc;
}

static void
seed_ok(struct kraft_fixture *f, struct world *w)
{
	struct seed s;

	if (seed_all(f, w, &s) != 0)
		fail_msg("%s", w->err.text);
}

/* What f->records say, saved, seeded and read again, is the same text. */
static void
comes_back(struct kraft_fixture *f)
{
	struct world w = world_of(1, (const int32_t[]){ 1 });
	char *before;

	take_lines(f, &w.saved);
	before = strdup(kraft_lines(f));
	assert_non_null(before);
	seed_ok(f, &w);
	assert_int_equal(kraft_apply(f), 0);
	assert_string_equal(kraft_lines(f), before);
	free(before);
	world_release(&w);
}

/* ---- there and back ---- */

static void
users_come_back(void **state)
{
	struct kraft_fixture *f = *state;

	make_user(&f->records, "alice", 1, 1);
	make_user(&f->records, "alice", 2, 2);
	make_user(&f->records, "CN=\xc3\xa4 \"b\\\x01", 2, 3);
	make_user(&f->records, "", 1, 4);
	comes_back(f);
	assert_int_equal(f->image.users.count, 4);
}

static void
acls_come_back_with_every_number(void **state)
{
	struct kraft_fixture *f = *state;
	int i;

	for (i = -128; i < 128; i++) {
		make_acl(&f->records, (unsigned char)i, (struct acl_numbers){ i, 127 - i - 128, i, -i - 1 },
		         "r\"\\", "User:*", "*");
		(void)kraft_lines(f);
	}
	comes_back(f);
	assert_int_equal(f->image.acls.count, 256);
}

static void
quotas_come_back_with_every_default(void **state)
{
	static const char *const entities[][5] = {
		{ "user", "a" }, { "user", "" }, { "client-id", "c" }, { "client-id", "" }, { "ip", "10.1.1.1" },
		{ "ip", "" }, { "client-id", "c", "user", "a" }, { "client-id", "", "user", "a" },
		{ "client-id", "c", "user", "" }, { "client-id", "", "user", "" }, { "user", "<default>" },
		{ "future", "\xc3\xa4\"" },
	};
	static const double values[] = { 0, 1, 1024, 0.1, 1e-9, 1.7976931348623157e308, 123456789012345678.0, 5e-324 };
	struct kraft_fixture *f = *state;
	size_t i;

	for (i = 0; i < LENGTH(entities); i++) {
		make_quota(&f->records, entities[i], "producer_byte_rate", values[i % LENGTH(values)], false);
		make_quota(&f->records, entities[i], "consumer_byte_rate", values[(i + 3) % LENGTH(values)], false);
	}
	comes_back(f);
	assert_int_equal(f->image.quotas.count, LENGTH(entities));
}

static void
configs_of_brokers_groups_and_metrics_come_back(void **state)
{
	struct kraft_fixture *f = *state;

	make_config(&f->records, RESOURCE_BROKER, "", "min.insync.replicas", "2");
	make_config(&f->records, RESOURCE_BROKER, "", "ssl.keystore.password", "secret \"\\\n\xc3\xa4");
	make_config(&f->records, RESOURCE_BROKER, "3", "log.cleaner.threads", "");
	make_config(&f->records, RESOURCE_GROUP, "default", "consumer.session.timeout.ms", "1");
	make_config(&f->records, RESOURCE_CLIENT_METRICS, "m", "metrics", "a,b");
	make_config(&f->records, RESOURCE_CLIENT_METRICS, "m", "match", "[x=y]");
	comes_back(f);
	assert_int_equal(f->image.configs.count, 4);
}

static void
topics_come_back_under_their_ids_with_raised_epochs(void **state)
{
	struct world w = world_of(3, (const int32_t[]){ 1, 2, 3 });
	struct kraft_fixture *f = *state;

	make_topic(&f->records, "orders", 1);
	make_partition(&f->records, 1, 0, 5, 6, REPLICAS(3, 1));
	make_partition(&f->records, 1, 1, 7, 8, REPLICAS(2, 3));
	make_config(&f->records, RESOURCE_TOPIC, "orders", "retention.ms", "5");
	take_lines(f, &w.saved);
	seed_ok(f, &w);
	assert_int_equal(kraft_apply(f), 0);
	assert_string_equal(kraft_lines(f),
	                    "topic orders {\"configs\":{\"retention.ms\":\"5\"},\"partitions\":2,"
	                    "\"replication_factor\":2}\n"
	                    "identity orders {\"epochs\":[[1029,1030],[1031,1032]],\"partitions\":[[3,1],[2,3]],"
	                    "\"topic_id\":\"AQEBAQEBAQEBAQEBAQEBAQ\"}\n");
	world_release(&w);
}

/* ---- partitions ---- */

static void
a_partitions_record_is_as_a_fresh_controller_takes_it(void **state)
{
	struct world w = world_of(3, (const int32_t[]){ 1, 2, 3 });
	struct kraft_fixture *f = *state;
	struct metadata_record r;
	const void *frame;
	size_t at = 0, len;

	make_topic(&f->records, "orders", 1);
	make_partition(&f->records, 1, 0, 5, 6, REPLICAS(3, 1));
	take_lines(f, &w.saved);
	seed_ok(f, &w);
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_int_equal(record_decode(frame, len, &r, &f->err), 0);
	assert_int_equal(r.type, RECORD_PARTITION);
	assert_int_equal(r.version, 1);
	assert_int_equal(r.values[PARTITION_LEADER].number, 3); /* the first replica */
	assert_int_equal(r.values[PARTITION_ISR].count, 2);
	assert_int_equal(r.values[PARTITION_REMOVING].count, 0);
	assert_int_equal(r.values[PARTITION_ADDING].count, 0);
	assert_int_equal(r.values[PARTITION_DIRECTORIES].count, 2);
	for (at = 0; at < r.values[PARTITION_DIRECTORIES].len; at++)
		assert_int_equal(r.values[PARTITION_DIRECTORIES].bytes[at], 0); /* unassigned */
	world_release(&w);
}

/* Of 3.9: else a follower that starts before its leader would not follow, for nothing would raise the leader epoch. */
static int64_t
first_leader_before_kafka_4(struct kraft_fixture *f, const int32_t *replicas, size_t count)
{
	struct world w = world_of(3, (const int32_t[]){ 1, 2, 3 });
	struct metadata_record r;
	const void *frame;
	size_t at = 0, len;

	w.metadata_version = 21;
	make_topic(&f->records, "orders", 1);
	make_partition(&f->records, 1, 0, 5, 6, replicas, count);
	take_lines(f, &w.saved);
	seed_ok(f, &w);
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_true(frames_next(&f->records, &at, &frame, &len));
	assert_int_equal(record_decode(frame, len, &r, &f->err), 0);
	assert_int_equal(r.values[PARTITION_ISR].count, count);
	world_release(&w);
	return r.values[PARTITION_LEADER].number;
}

static void
before_kafka_4_nobody_leads_a_partition_that_has_followers(void **state)
{
	assert_int_equal(first_leader_before_kafka_4(*state, REPLICAS(3, 1)), -1);
}

static void
a_partition_of_one_replica_has_its_leader(void **state)
{
	assert_int_equal(first_leader_before_kafka_4(*state, REPLICAS(3)), 3);
}

/* The placement that `identity` says, on these brokers. */
static void
placed(struct kraft_fixture *f, size_t brokers, const int32_t *ids, int factor, const char *identity,
       const char *expected)
{
	struct world w = world_of(brokers, ids);
	char value[200], all[1000];
	size_t partitions = 0;
	const char *p;

	for (p = identity; (p = strstr(p, "],[")) != NULL; p++)
		partitions++;
	(void)snprintf(value, sizeof value, "{\"configs\":{},\"partitions\":%zu,\"replication_factor\":%d}",
	               partitions + 1, factor);
	add_line(&w.saved, KIND_TOPIC, "t", value);
	(void)snprintf(all, sizeof all, "{\"epochs\":[],\"partitions\":%s,\"topic_id\":\"AQEBAQEBAQEBAQEBAQEBAQ\"}",
	               identity);
	add_line(&w.saved, KIND_IDENTITY, "t", all);
	seed_ok(f, &w);
	assert_int_equal(kraft_apply(f), 0);
	(void)snprintf(all, sizeof all, "\"partitions\":%s,", expected);
	if (strstr(kraft_lines(f), all) == NULL)
		fail_msg("%s is not %s", f->lines.data, expected);
	world_release(&w);
}

static void
brokers_that_are_there_keep_their_places(void **state)
{
	struct kraft_fixture *f = *state;

	placed(f, 3, (const int32_t[]){ 1, 2, 3 }, 2, "[[3,1],[2,3],[1,2]]", "[[3,1],[2,3],[1,2]]");
}

static void
each_new_broker_takes_the_place_of_one_old_one(void **state)
{
	struct kraft_fixture *f = *state;

	/* 1 stays; 2 and 3 are gone, and 7 and 9 are new: the lowest for the lowest */
	placed(f, 3, (const int32_t[]){ 1, 7, 9 }, 2, "[[3,1],[2,3],[1,2]]", "[[9,1],[7,9],[1,7]]");
	placed(f, 3, (const int32_t[]){ 11, 12, 13 }, 3, "[[3,1,2],[2,3,1]]", "[[13,11,12],[12,13,11]]");
	/* more brokers than there were: the saved ones count */
	placed(f, 4, (const int32_t[]){ 0, 1, 2, 3 }, 2, "[[3,1],[2,3]]", "[[3,1],[2,3]]");
}

static void
the_largest_ids_are_read_whole(void **state)
{
	struct kraft_fixture *f = *state;

	placed(f, 2, (const int32_t[]){ 7, 2147483647 }, 2, "[[2147483647,7],[7,2147483647]]",
	       "[[2147483647,7],[7,2147483647]]");
	placed(f, 2, (const int32_t[]){ 1, 2 }, 1, "[[2147483647],[214748364]]", "[[2],[1]]");
}

static void
with_fewer_brokers_lists_are_filled_up(void **state)
{
	struct kraft_fixture *f = *state;

	placed(f, 1, (const int32_t[]){ 1 }, 1, "[[3,1,2],[2,3,1],[1,2,3]]", "[[1],[1],[1]]");
	placed(f, 2, (const int32_t[]){ 1, 5 }, 2, "[[3,1,2],[2,3,4],[4,3,2]]", "[[1,5],[5,1],[5,1]]");
}

static void
without_an_identity_partitions_go_round(void **state)
{
	struct kraft_fixture *f = *state;
	struct world w = world_of(3, (const int32_t[]){ 4, 5, 6 });

	add_line(&w.saved, KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":4,\"replication_factor\":2}");
	seed_ok(f, &w);
	assert_int_equal(kraft_apply(f), 0);
	assert_non_null(strstr(kraft_lines(f), "\"epochs\":[[1024,1024],[1024,1024],[1024,1024],[1024,1024]],"
	                                       "\"partitions\":[[4,5],[5,6],[6,4],[4,5]],"));
	assert_null(strstr(kraft_lines(f), "AAAAAAAAAAAAAAAAAAAAAA")); /* an id, and each controller's is the same */
	world_release(&w);
}

static void
epochs_that_cannot_be_raised_begin_anew(void **state)
{
	struct kraft_fixture *f = *state;
	struct world w = world_of(1, (const int32_t[]){ 1 });

	add_line(&w.saved, KIND_TOPIC, "t", "{\"configs\":{},\"partitions\":3,\"replication_factor\":1}");
	add_line(&w.saved, KIND_IDENTITY, "t", "{\"epochs\":[[2147483647,-5],[\"x\",null],3],"
	                                       "\"partitions\":[[1],[1],\"x\"],\"topic_id\":\"short\"}");
	seed_ok(f, &w);
	assert_int_equal(kraft_apply(f), 0);
	assert_non_null(strstr(kraft_lines(f), "[[1024,1024],[1024,1024],[1024,1024]]"));
	world_release(&w);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(void)
{
	const struct CMUnitTest cases[] = {
		CASE(users_come_back),
		CASE(acls_come_back_with_every_number),
		CASE(quotas_come_back_with_every_default),
		CASE(configs_of_brokers_groups_and_metrics_come_back),
		CASE(topics_come_back_under_their_ids_with_raised_epochs),
		CASE(a_partitions_record_is_as_a_fresh_controller_takes_it),
		CASE(before_kafka_4_nobody_leads_a_partition_that_has_followers),
		CASE(a_partition_of_one_replica_has_its_leader),
		CASE(brokers_that_are_there_keep_their_places),
		CASE(each_new_broker_takes_the_place_of_one_old_one),
		CASE(the_largest_ids_are_read_whole),
		CASE(with_fewer_brokers_lists_are_filled_up),
		CASE(without_an_identity_partitions_go_round),
		CASE(epochs_that_cannot_be_raised_begin_anew),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
