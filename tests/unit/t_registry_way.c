/* t_registry_way.c - a registry's three kinds by the records of its topic: capture and restore, on mock brokers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry/log_line.h"
#include "core/registry/registry_line.h"
#include "topic_fixture.h"

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
	s->way.not_now = true; /* it may have been asked in the phase that has not begun */
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_AGAIN, "not in this phase");
	s->way.not_now = false;
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

static int
answer_by_rest(struct capture *c, struct err *e)
{
	struct schema_version v = { .context = ".", .subject = "elsewhere", .version = 1, .id = 1, .text = "\"int\"",
		                    .text_len = 5 };
	int rc = schema_line_add(c->lines, &v, e);

	c->done(c, rc, e);
	return 0;
}

static const struct kind_ops answering = { .capture = answer_by_rest };
static const struct registry_rest answering_rest = { .schema = &answering, .config = &answering,
	                                             .count = count_by_rest };

static void
a_registry_that_keeps_its_records_elsewhere_is_asked_by_rest(void **state)
{
	struct scene *s = *state;

	make_topic(s, 1); /* of other times, and empty */
	s->way.rest = &answering_rest;
	s->way.registry.http_count = 1;
	s->shown = 1;
	capture_kind(s, &registry_log_ops);
	assert_said(s, 0, "");
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_AGAIN, "the registry shows 1 live versions, topic log-");
	s->way.registry.vendor = REGISTRY_AXONOPS;
	capture_kind(s, &registry_log_ops);
	assert_said(s, 0, "");
	capture_kind(s, &registry_schema_ops);
	assert_said(s, 0, "");
	assert_string_equal(s->lines.lines[s->lines.count - 1].key, "[\".\",\"elsewhere\",1]");
	s->shown = SIZE_MAX; /* nor is it said to have nothing when it cannot be counted */
	capture_kind(s, &registry_schema_ops);
	assert_said(s, 0, "");
	assert_int_equal(count_of(&s->lines, KIND_SCHEMA), 2);
}

static void
schemas_that_were_saved_by_rest_stay_so(void **state)
{
	struct schema_version v = { .context = ".", .subject = "a", .version = 1, .id = 1, .text = "1", .text_len = 1 };
	struct scene *s = *state;

	make_topic(s, 1); /* without a record */
	assert_int_equal(schema_line_add(&s->known, &v, &s->err), 0);
	s->way.not_now = true;
	capture_kind(s, &registry_log_ops);
	assert_said(s, 0, "");
	capture_kind(s, &registry_schema_ops);
	assert_said(s, ERR_AGAIN, "not in this phase");
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
	struct apply a = { .loop = &s->loop->loop, .server = &s->way, .plan = &s->plan, .brokers = 1,
		           .done = was_applied };

	assert_int_equal(registry_log_ops.apply(&a, &s->err), 0);
	loop_run(&s->loop->loop);
}

static size_t
count_where(const struct scene *s, enum plan_action action, enum plan_outcome outcome, bool reads)
{
	size_t i, n = 0;

	for (i = 0; i < s->plan.count; i++)
		n += s->plan.items[i].action == action && s->plan.items[i].outcome == outcome &&
		     s->plan.items[i].reads == reads;
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
	assert_non_null(strstr(s->plan.items[0].reason, "confluent's, the registry here is karapace's"));
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
		CASE(records_give_all_three_kinds),
		CASE(without_a_topic_it_is_rest),
		CASE(schemas_that_were_saved_by_rest_stay_so),
		CASE(a_registry_that_keeps_its_records_elsewhere_is_asked_by_rest),
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
