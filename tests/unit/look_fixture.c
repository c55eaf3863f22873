/* look_fixture.c - see look_fixture.h */
#include <stdlib.h>
#include <string.h>

#include "tests/fake/store_fault.h"
#include "tests/unit/look_fixture.h"
#include "tests/unit/seal_fixture.h"

int
look_begin(void **state)
{
	struct look *l = calloc(1, sizeof *l);

	assert_non_null(l);
	assert_int_equal(history_begin((void **)&l->history), 0);
	l->config.service = SERVICE;
	*state = l;
	return 0;
}

/* Of an operation that has no loop of its own, what the two commands use. */
static void
forget(struct look *l)
{
	struct operation *o = l->operation;

	(void)json_object_put(l->result);
	l->result = NULL;
	if (o == NULL)
		return;
	listing_free(o->listing);
	checking_free(o->checking);
	params_release(&o->params);
	report_release(&o->report);
	free(o);
	l->operation = NULL;
}

int
look_end(void **state)
{
	struct look *l = *state;

	forget(l);
	assert_int_equal(history_end((void **)&l->history), 0);
	free(l);
	return 0;
}

static void
ended(struct job *j)
{
	(void)j; /* job.err says how */
}

/* As the host gets it. */
static void
read_report(struct look *l)
{
	struct json_object *report = NULL;
	struct err e = { 0 };
	struct buf text;

	assert_non_null(report_json(&l->operation->report, SERVICE, &text));
	if (json_parse(text.data, text.len, JSON_DEPTH_MAX, &report, &e) != 0)
		fail_msg("%s: %s", e.text, buf_text(&text));
	assert_true(json_object_object_get_ex(report, "result", &l->result));
	l->result = json_object_get(l->result);
	(void)json_object_put(report);
	buf_release(&text);
}

void
look_ask(struct look *l, const struct job_step *command, const char *params)
{
	struct store *store = l->history->store.store;
	unsigned requests = store_fault_calls(store, "*"), lists = store_fault_calls(store, "list");
	struct operation *o;
	struct err e = { 0 };

	forget(l);
	l->operation = o = calloc(1, sizeof *o);
	assert_non_null(o);
	o->config = &l->config;
	o->store = store;
	o->keys = l->history->keys; /* the history's still */
	report_init(&o->report, HOOK_COMMAND);
	if (params_parse(&o->params, HOOK_COMMAND, params, &e) != 0)
		fail_msg("%s", e.text);
	job_start(&o->job, &l->history->store.loop, command + 2, ended, NULL); /* keys and store are there */
	loop_run(&l->history->store.loop);
	l->rc = o->job.err.code;
	l->requests = store_fault_calls(store, "*") - requests;
	l->lists = store_fault_calls(store, "list") - lists;
	if (l->rc == 0)
		read_report(l);
}

static struct json_object *
rows(const struct look *l)
{
	struct json_object *list = NULL;

	if (!json_object_object_get_ex(l->result, "snapshots", &list))
		assert_true(json_object_object_get_ex(l->result, "objects", &list));
	return list;
}

size_t
look_count(const struct look *l)
{
	return json_object_array_length(rows(l));
}

struct json_object *
look_row(const struct look *l, size_t i)
{
	assert_true(i < look_count(l));
	return json_object_array_get_idx(rows(l), i);
}

const char *
look_text(struct json_object *row, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(row, key, &value) || value == NULL)
		return "";
	return json_object_get_string(value);
}

int64_t
look_number(struct json_object *row, const char *key)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(row, key, &value) ? json_object_get_int64(value) : 0;
}

struct json_object *
look_row_of(const struct look *l, const char *name)
{
	size_t i = 0;

	while (strcmp(look_text(look_row(l, i), "name"), name) != 0)
		i++;
	return look_row(l, i);
}

void
object_make(struct object *o, const struct keys *keys, uint64_t epoch, uint64_t sequence)
{
	struct document d;

	fixture_header(&o->header);
	o->header.epoch = epoch;
	o->header.sequence = sequence;
	fixture_document(&d);
	fixture_seal(&o->header, &d, keys, &o->bytes, o->name);
	document_release(&d);
}

void
object_put(struct look *l, const struct object *o)
{
	assert_int_equal(fixture_put(&l->history->store, history_path("s", o->name), o->bytes.data, o->bytes.len), 0);
}

void
object_release(struct object *o)
{
	buf_release(&o->bytes);
}
