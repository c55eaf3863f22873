/*
 * t_topic_log.c - a topic record by record, written and read by librdkafka's mock brokers, and a registry's three kinds on
 * top of it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h> /* behind it */

#include "core/base/cleanup.h"
#include "core/registry/log_line.h"
#include "core/registry/way.h"
#include "loop_fixture.h"
#include "registry_records.h"

struct scene {
	rd_kafka_t              *owner; /* of the mock brokers */
	rd_kafka_mock_cluster_t *brokers;
	unsigned                 cases;
	/* of one case */
	struct loop_fixture *loop;
	void                *loop_state;
	struct client       *client;
	char                 topic[32];
	struct topic_log     log; /* what was read */
	int                  calls, rc;
	size_t               written;
	struct err           err;
	struct way           way;
	struct line_set      lines, known;
	struct plan          plan;
	size_t               shown; /* live versions, by REST */
	unsigned             counts;
};

static int
scene_open(void **state)
{
	struct scene *s = test_calloc(1, sizeof *s);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[200];

	rd_kafka_conf_set_log_cb(conf, NULL);
	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", "127.0.0.1:1", why, sizeof why), RD_KAFKA_CONF_OK);
	s->owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
	assert_non_null(s->owner);
	s->brokers = rd_kafka_mock_cluster_new(s->owner, 1);
	assert_non_null(s->brokers);
	*state = s;
	return 0;
}

static int
scene_close(void **state)
{
	struct scene *s = *state;

	rd_kafka_mock_cluster_destroy(s->brokers);
	rd_kafka_destroy(s->owner);
	test_free(s);
	return 0;
}

static int
case_begin(void **state)
{
	struct scene *s = *state;
	struct client_property p = { "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(s->brokers) };

	assert_int_equal(loop_fixture_setup(&s->loop_state), 0);
	s->loop = s->loop_state;
	s->err = (struct err){ 0 };
	assert_int_equal(client_open(&s->loop->loop, &p, 1, &s->client, &s->err), 0);
	(void)snprintf(s->topic, sizeof s->topic, "log-%u", s->cases++);
	topic_log_init(&s->log);
	line_set_init(&s->lines, 1 << 24);
	line_set_init(&s->known, 1 << 24);
	s->way = (struct way){ .registry = { .loop = &s->loop->loop, .kafka = s->client, .topic = s->topic } };
	s->plan = (struct plan){ .server = &s->way };
	arena_init(&s->plan.arena, 1 << 24);
	s->calls = 0;
	s->counts = 0;
	return 0;
}

static int
case_end(void **state)
{
	struct scene *s = *state;

	way_release(&s->way);
	topic_log_release(&s->log);
	line_set_release(&s->lines);
	line_set_release(&s->known);
	arena_release(&s->plan.arena);
	free(s->plan.items);
	client_close(s->client);
	return loop_fixture_teardown(&s->loop_state);
}

static void
make_topic(struct scene *s, int partitions)
{
	assert_int_equal(rd_kafka_mock_topic_create(s->brokers, s->topic, partitions, 1), 0);
}

static void
assert_said(struct scene *s, int code, const char *words)
{
	if (s->rc != code || strstr(s->err.text, words) == NULL)
		print_error("%s: %s\n", err_name(s->rc), s->err.text);
	assert_int_equal(s->calls, 1);
	assert_int_equal(s->rc, code);
	assert_non_null(strstr(s->err.text, words));
	s->calls = 0;
	s->err = (struct err){ 0 };
}

static void
was_read(void *arg, int rc, struct topic_log *log, const struct err *e)
{
	struct scene *s = arg;

	s->calls++;
	s->rc = rc;
	s->err = *e;
	topic_log_release(&s->log);
	if (rc == 0) {
		s->log = *log;
		topic_log_init(log);
	}
}

static void
read_topic(struct scene *s)
{
	assert_int_equal(topic_log_read(&s->loop->loop, s->client, s->topic, was_read, s, &s->err), 0);
	loop_run(&s->loop->loop);
}

static void
was_written(void *arg, int rc, size_t written, const struct err *e)
{
	struct scene *s = arg;

	s->calls++;
	s->rc = rc;
	s->written = written;
	s->err = *e;
}

static void
write_topic(struct scene *s, struct topic_log *log, size_t from)
{
	assert_int_equal(topic_log_write(&s->loop->loop, s->client, s->topic, log, from, was_written, s, &s->err), 0);
	assert_int_equal(log->count, 0); /* it is taken */
	loop_run(&s->loop->loop);
}

/* A copy, which is taken by what gets it. */
static struct topic_log
copy_of(const struct topic_log *log)
{
	struct topic_log copy;
	struct err e = { 0 };
	size_t i;

	topic_log_init(&copy);
	for (i = 0; i < log->count; i++)
		assert_int_equal(topic_log_add(&copy, &log->records[i], &e), 0);
	return copy;
}

/* ---- records ---- */

static void
records_come_back_as_they_are(void **state)
{
	struct scene *s = *state;
	static const char bytes[] = "\0\xff{";
	struct log_header headers[] = { { "X-Registry-Version", "5.0.3", 5 }, { "none", NULL, 0 }, { "empty", "", 0 } };
	const struct log_record odd[] = {
		{ .key = bytes, .key_len = 3, .value = bytes, .value_len = 2, .headers = headers, .header_count = 3, .timestamp = 1700000000000 },
		{ .key = "k", .key_len = 1, .value = NULL, .timestamp = 1700000000001 },
		{ .key = "k", .key_len = 1, .value = "", .timestamp = 1700000000001 },
		{ .key = "", .value = "v", .value_len = 1, .timestamp = 1700000000000 },
		{ .key = NULL, .value = "v", .value_len = 1, .timestamp = 1700000000005 },
	};
	struct topic_log log;
	size_t i;

	make_topic(s, 1);
	topic_log_init(&log);
	for (i = 0; i < LENGTH(odd); i++)
		assert_int_equal(topic_log_add(&log, &odd[i], &s->err), 0);
	write_topic(s, &log, 0);
	assert_said(s, 0, "");
	assert_int_equal(s->written, LENGTH(odd));
	read_topic(s);
	assert_said(s, 0, "");
	assert_int_equal(s->log.count, LENGTH(odd));
	for (i = 0; i < LENGTH(odd); i++) {
		assert_true(log_record_same(&s->log.records[i], &odd[i]));
		assert_int_equal(s->log.records[i].timestamp, odd[i].timestamp);
	}
}

static void
an_empty_topic_has_no_records(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1);
	read_topic(s);
	assert_said(s, 0, "");
	assert_int_equal(s->log.count, 0);
}

static void
a_topic_that_is_not_there_is_not_made(void **state)
{
	struct scene *s = *state;
	struct topic_log log;

	read_topic(s);
	assert_said(s, ERR_MISSING, "reading topic log-");
	topic_log_init(&log);
	put(&log, "k", "v");
	write_topic(s, &log, 0);
	assert_int_not_equal(s->rc, 0);
	assert_int_equal(s->written, 0);
	s->calls = 0;
	read_topic(s);
	assert_said(s, ERR_MISSING, "reading topic log-");
}

static void
a_topic_of_two_partitions_is_none(void **state)
{
	struct scene *s = *state;

	make_topic(s, 2);
	read_topic(s);
	assert_said(s, ERR_OPERATOR, "2 partitions instead of one");
}

static void
what_is_written_begins_where_it_is_told(void **state)
{
	struct scene *s = *state;
	struct topic_log log;

	make_topic(s, 1);
	topic_log_init(&log);
	put(&log, "a", "1");
	put(&log, "b", "2");
	put(&log, "c", "3");
	write_topic(s, &log, 1);
	assert_said(s, 0, "");
	assert_int_equal(s->written, 2);
	read_topic(s);
	assert_int_equal(s->log.count, 2);
	assert_string_equal(s->log.records[0].key, "b");
}

static void
many_records_keep_their_order(void **state)
{
	struct scene *s = *state;
	struct topic_log log;
	char key[16];
	unsigned i;

	make_topic(s, 1);
	topic_log_init(&log);
	for (i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof key, "%u", i);
		put(&log, key, "0123456789012345678901234567890123456789");
	}
	write_topic(s, &log, 0);
	assert_said(s, 0, "");
	read_topic(s);
	assert_int_equal(s->log.count, 5000);
	for (i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof key, "%u", i);
		assert_string_equal(s->log.records[i].key, key);
	}
}

static void
a_broker_that_refuses_ends_the_writing(void **state)
{
	struct scene *s = *state;
	struct topic_log log;

	make_topic(s, 1);
	topic_log_init(&log);
	put(&log, "a", "1");
	rd_kafka_mock_push_request_errors(s->brokers, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	write_topic(s, &log, 0);
	assert_int_equal(s->written, 0);
	assert_said(s, ERR_DENIED, "of 1 records 0 were acknowledged");
}

static void
a_stopped_operation_waits_for_no_broker(void **state)
{
	struct scene *s = *state;
	struct topic_log log;
	uint64_t begun = loop_fixture_real_ms();

	make_topic(s, 1);
	rd_kafka_mock_broker_set_rtt(s->brokers, 1, 30000);
	topic_log_init(&log);
	put(&log, "a", "1");
	loop_fixture_stop_after(s->loop, 300, ERR_CANCELLED);
	write_topic(s, &log, 0);
	assert_int_equal(s->rc, ERR_CANCELLED);
	assert_int_equal(s->calls, 1);
	assert_true(loop_fixture_real_ms() - begun < 5000);
	rd_kafka_mock_broker_set_rtt(s->brokers, 1, 0);
}

/* ---- the three kinds ---- */

static void
was_captured(struct capture *c, int rc, const struct err *e)
{
	struct scene *s = container_of(c->lines, struct scene, lines);

	s->calls++;
	s->rc = rc;
	s->err = *e;
}

static void
capture_kind(struct scene *s, const struct kind_ops *ops)
{
	struct capture c = { .loop = &s->loop->loop, .server = &s->way, .known = &s->known, .lines = &s->lines,
		             .done = was_captured };

	s->err = (struct err){ 0 };
	assert_int_equal(ops->capture(&c, &s->err), 0);
	assert_int_equal(s->calls, 0);
	loop_run(&s->loop->loop);
}

static void
capture_all(struct scene *s)
{
	static const struct kind_ops *const kinds[] = { &registry_log_ops, &registry_schema_ops, &registry_config_ops };
	size_t i;

	line_set_release(&s->lines);
	for (i = 0; i < LENGTH(kinds); i++) {
		capture_kind(s, kinds[i]);
		assert_said(s, 0, "");
	}
	assert_int_equal(line_set_sort(&s->lines, &s->err), 0);
}

static size_t
count_of(const struct line_set *lines, enum kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < lines->count; i++)
		n += lines->lines[i].kind == kind;
	return n;
}

static struct topic_log
some_records(void)
{
	struct topic_log log;

	topic_log_init(&log);
	put(&log, "{\"keytype\":\"CONFIG\",\"subject\":null,\"magic\":0}", "{\"compatibilityLevel\":\"FULL\"}");
	karapace_schema(&log, "a", 1, 1, "\\\"int\\\"", false);
	karapace_schema(&log, "a", 2, 2, "\\\"long\\\"", false);
	put(&log, SCHEMA_KEY("a", "1"), "");
	return log;
}

static void
fill(struct scene *s, struct topic_log log)
{
	make_topic(s, 1);
	write_topic(s, &log, 0);
	assert_said(s, 0, "");
}

static void
records_give_all_three_kinds(void **state)
{
	struct scene *s = *state;

	fill(s, some_records());
	capture_all(s);
	assert_int_equal(count_of(&s->lines, KIND_REGISTRY_LOG), 5);
	assert_int_equal(count_of(&s->lines, KIND_SCHEMA), 1);
	assert_int_equal(count_of(&s->lines, KIND_REGISTRY_CONFIG), 2); /* and the highest id */
	assert_non_null(strstr(s->lines.lines[0].value, "\"vendor\":\"karapace\""));
}

static void
without_a_topic_it_is_rest(void **state)
{
	struct scene *s = *state;

	capture_kind(s, &registry_log_ops);
	assert_said(s, ERR_UNSUPPORTED, "asked by REST");
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_UNSUPPORTED, "asked by REST"); /* and there is none */
	s->way.registry.topic = NULL;
	capture_kind(s, &registry_log_ops);
	assert_said(s, ERR_UNSUPPORTED, "no topic of the registry is configured");
	assert_int_equal(s->lines.count, 0);
}

static void
a_topic_that_was_there_before_is_empty_now(void **state)
{
	struct scene *s = *state;
	struct log_head head = { "x", REGISTRY_KARAPACE };
	struct topic_log log = some_records();

	assert_int_equal(log_lines_add(&s->known, &head, &log, &s->err), 0);
	topic_log_release(&log);
	capture_all(s);
	assert_int_equal(s->lines.count, 0);
}

static void
the_three_share_what_went_wrong(void **state)
{
	struct scene *s = *state;

	make_topic(s, 3);
	capture_kind(s, &registry_log_ops);
	assert_said(s, ERR_OPERATOR, "3 partitions");
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_OPERATOR, "3 partitions");
	capture_kind(s, &registry_config_ops);
	assert_said(s, ERR_OPERATOR, "3 partitions");
}

static void
records_that_are_not_understood_are_kept(void **state)
{
	struct scene *s = *state;
	struct topic_log log = some_records();

	put(&log, "{\"keytype\":\"EXPORTER\",\"magic\":0}", "{}");
	fill(s, log);
	capture_kind(s, &registry_log_ops);
	assert_said(s, 0, "");
	assert_int_equal(s->lines.count, 6);
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_UNSUPPORTED, "record 000000000004: this version does not know its keytype EXPORTER");
	capture_kind(s, &registry_config_ops);
	assert_said(s, ERR_UNSUPPORTED, "EXPORTER");
}

static struct scene *
scene_of(struct registry *r)
{
	return container_of(container_of(r, struct way, registry), struct scene, way);
}

struct counting {
	struct scene      *scene;
	registry_count_fn *fn;
	void              *arg;
};

static void
tell_count(void *arg, int rc)
{
	struct counting c = *(struct counting *)arg;
	struct err e = { 0 };

	free(arg);
	assert_int_equal(rc, 0);
	if (c.scene->shown == SIZE_MAX)
		rc = err_set(&e, ERR_AGAIN, "nobody answers");
	c.fn(c.arg, rc, c.scene->shown, &e);
}

static int
count_by_rest(struct registry *r, registry_count_fn *fn, void *arg, struct err *e)
{
	struct counting *c = malloc(sizeof *c);

	*c = (struct counting){ scene_of(r), fn, arg };
	c->scene->counts++;
	return loop_wait(r->loop, 0, tell_count, c, e);
}

static const struct registry_rest counting_rest = { .schema = &registry_schema_ops, .config = &registry_config_ops,
	                                            .count = count_by_rest };

static void
a_registry_that_shows_other_versions_is_not_believed(void **state)
{
	struct scene *s = *state;

	fill(s, some_records());
	s->way.rest = &counting_rest;
	s->way.registry.http_count = 1;
	s->shown = 1;
	capture_all(s);
	assert_int_equal(s->counts, 2);
	s->shown = 0; /* it has not read all of it yet */
	s->counts = 0;
	line_set_release(&s->lines);
	capture_kind(s, &registry_log_ops);
	assert_said(s, 0, "");
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_AGAIN, "the registry shows 0 live versions, topic log-");
	assert_int_equal(s->counts, 3);
	s->shown = SIZE_MAX; /* it is down: the records are whole without it */
	capture_all(s);
}

/* ---- restore ---- */

static void
plan_from(struct scene *s, struct line_set *saved)
{
	size_t i;

	assert_int_equal(line_set_sort(saved, &s->err), 0);
	s->plan.items = calloc(saved->count + 1, sizeof *s->plan.items);
	for (i = 0; i < saved->count; i++)
		if (saved->lines[i].kind == KIND_REGISTRY_LOG)
			s->plan.items[s->plan.count++].want = saved->lines[i];
	assert_int_equal(registry_log_ops.fit_all(&s->plan, &s->lines, &s->err), 0);
}

static void
was_applied(struct apply *a, int rc, const struct err *e)
{
	struct scene *s = container_of(a->plan, struct scene, plan);

	s->calls++;
	s->rc = rc;
	s->err = *e;
}

static void
apply_plan(struct scene *s)
{
	struct apply a = { .loop = &s->loop->loop, .server = &s->way, .plan = &s->plan, .brokers = 1, .done = was_applied };

	assert_int_equal(registry_log_ops.apply(&a, &s->err), 0);
	loop_run(&s->loop->loop);
}

static size_t
count_where(const struct scene *s, enum plan_action action, enum plan_outcome outcome, bool reads)
{
	size_t i, n = 0;

	for (i = 0; i < s->plan.count; i++)
		n += s->plan.items[i].action == action && s->plan.items[i].outcome == outcome && s->plan.items[i].reads == reads;
	return n;
}

static void
saved(struct scene *s, enum registry_vendor vendor)
{
	struct log_head head = { .vendor = vendor };
	struct topic_log log = some_records();

	(void)snprintf(head.topic, sizeof head.topic, "%s", s->topic);
	assert_int_equal(log_lines_add(&s->known, &head, &log, &s->err), 0);
	topic_log_release(&log);
}

static void
records_are_replayed_into_an_empty_topic(void **state)
{
	struct scene *s = *state;
	struct topic_log expected = some_records();
	size_t i;

	saved(s, REGISTRY_KARAPACE);
	capture_all(s); /* not there yet */
	plan_from(s, &s->known);
	assert_int_equal(count_where(s, PLAN_CREATE, PLAN_TODO, false), 5);
	apply_plan(s);
	assert_said(s, ERR_AGAIN, "is not there yet");
	make_topic(s, 1);
	apply_plan(s);
	assert_said(s, 0, "");
	assert_int_equal(count_where(s, PLAN_CREATE, PLAN_DONE, false), 5);
	capture_all(s);
	assert_int_equal(registry_log_ops.verify_all(&s->plan, &s->lines, &s->err), 0);
	assert_int_equal(count_where(s, PLAN_CREATE, PLAN_DONE, true), 5);
	read_topic(s);
	assert_int_equal(s->log.count, expected.count);
	for (i = 0; i < expected.count; i++)
		assert_true(log_record_same(&s->log.records[i], &expected.records[i]));
	topic_log_release(&expected);
}

static void
a_part_is_continued(void **state)
{
	struct scene *s = *state;
	struct topic_log part = some_records();

	part.count = 2;
	fill(s, copy_of(&part));
	topic_log_release(&part);
	s->calls = 0;
	saved(s, REGISTRY_KARAPACE);
	capture_all(s);
	plan_from(s, &s->known);
	assert_int_equal(count_where(s, PLAN_EQUAL, PLAN_TODO, false), 2);
	assert_int_equal(count_where(s, PLAN_CREATE, PLAN_TODO, false), 3);
	apply_plan(s);
	assert_said(s, 0, "");
	read_topic(s);
	assert_int_equal(s->log.count, 4);
}

static void
foreign_records_stop_it(void **state)
{
	struct scene *s = *state;
	struct topic_log theirs;

	topic_log_init(&theirs);
	karapace_schema(&theirs, "new", 1, 1, "\\\"int\\\"", false);
	fill(s, theirs);
	saved(s, REGISTRY_KARAPACE);
	capture_all(s);
	plan_from(s, &s->known);
	assert_int_equal(count_where(s, PLAN_COMPLETE, PLAN_TODO, false), 4);
	apply_plan(s);
	assert_said(s, ERR_OPERATOR, "SCHEMA new 1 (id 1)");
	read_topic(s);
	assert_int_equal(s->log.count, 1);
}

static void
another_vendors_records_are_never_replayed(void **state)
{
	struct scene *s = *state;

	fill(s, some_records());
	saved(s, REGISTRY_CONFLUENT);
	capture_all(s); /* Karapace's */
	plan_from(s, &s->known);
	assert_int_equal(count_where(s, PLAN_KEEP, PLAN_TODO, false), 5);
	assert_non_null(strstr(s->plan.items[0].reason, "the records are confluent's, the registry here is karapace's"));
	assert_false(s->way.replays);
}

static void
the_servers_own_word_counts_more(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1);
	saved(s, REGISTRY_KARAPACE);
	s->way.registry.vendor = REGISTRY_CONFLUENT;
	capture_all(s);
	plan_from(s, &s->known);
	assert_int_equal(count_where(s, PLAN_KEEP, PLAN_TODO, false), 5);
}

static void
a_record_without_a_key_is_named_and_stops_no_other(void **state)
{
	struct scene *s = *state;
	struct log_head head = { "x", REGISTRY_KARAPACE };
	struct topic_log log = some_records();

	put(&log, NULL, "what");
	assert_int_equal(log_lines_add(&s->known, &head, &log, &s->err), 0);
	topic_log_release(&log);
	make_topic(s, 1);
	plan_from(s, &s->known);
	apply_plan(s);
	assert_said(s, 0, "");
	assert_int_equal(count_where(s, PLAN_CREATE, PLAN_DONE, false), 5);
	assert_int_equal(s->plan.items[5].outcome, PLAN_FAILED);
	assert_non_null(strstr(s->plan.items[5].reason, "without a key"));
}

static void
a_part_of_the_records_is_left_alone(void **state)
{
	struct scene *s = *state;

	saved(s, REGISTRY_KARAPACE);
	assert_int_equal(line_set_sort(&s->known, &s->err), 0);
	s->known.lines++;
	s->known.count--;
	plan_from(s, &s->known);
	s->known.lines--;
	s->known.count++;
	assert_int_equal(count_where(s, PLAN_KEEP, PLAN_TODO, false), 4);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, case_begin, case_end)
	static const struct CMUnitTest tests[] = {
		CASE(records_come_back_as_they_are),
		CASE(an_empty_topic_has_no_records),
		CASE(a_topic_that_is_not_there_is_not_made),
		CASE(a_topic_of_two_partitions_is_none),
		CASE(what_is_written_begins_where_it_is_told),
		CASE(many_records_keep_their_order),
		CASE(a_broker_that_refuses_ends_the_writing),
		CASE(a_stopped_operation_waits_for_no_broker),
		CASE(records_give_all_three_kinds),
		CASE(without_a_topic_it_is_rest),
		CASE(a_topic_that_was_there_before_is_empty_now),
		CASE(the_three_share_what_went_wrong),
		CASE(records_that_are_not_understood_are_kept),
		CASE(a_registry_that_shows_other_versions_is_not_believed),
		CASE(records_are_replayed_into_an_empty_topic),
		CASE(a_part_is_continued),
		CASE(foreign_records_stop_it),
		CASE(another_vendors_records_are_never_replayed),
		CASE(the_servers_own_word_counts_more),
		CASE(a_record_without_a_key_is_named_and_stops_no_other),
		CASE(a_part_of_the_records_is_left_alone),
	};

	return cmocka_run_group_tests(tests, scene_open, scene_close);
}
