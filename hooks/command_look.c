/*
 * command_look.c - show, diff, report (command_look.h); what each puts into the report's "result"
 * is described in kafka_config_backup(7)
 */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/snapshot/diff.h"
#include "core/store/store.h"
#include "hooks/command_look.h"
#include "hooks/find.h"
#include "hooks/kinds.h"
#include "hooks/last_report.h"
#include "hooks/shown.h"

/* ---- what all answers have ---- */

struct json *
command_result(struct operation *o)
{
	return &o->result;
}

void
step_begin_result(struct job *j)
{
	struct operation *o = OPERATION(j);

	json_init(&o->result, &o->report.result);
	json_begin_object(&o->result);
	job_next(j, 0, NULL);
}

void
command_end(struct job *j, enum status status, const char *what, size_t count)
{
	json_end_object(command_result(OPERATION(j)));
	operation_finish(j, status, "%zu %s", count, what);
}

/* ---- the lines of one side: a snapshot, or the live cluster ---- */

static void
side_opened(void *arg, int rc, const struct seal_header *header, struct document *document,
            const struct err *e)
{
	struct operation *o = arg;
	struct err err = *e;

	if (rc == 0) {
		seal_id_text(header->id, o->side_id);
		rc = document_load(document, DOCUMENT_ALL_KINDS, o->side, &err);
	}
	job_next(&o->job, rc, &err);
}

static void
side_found(struct operation *o, int rc, const char *name, const struct err *e)
{
	struct err err = *e;

	if (rc == 0)
		rc = snapshot_open(o->store, &o->keys, o->config->service, name, side_opened, o, &err);
	if (rc != 0)
		job_next(&o->job, rc, &err);
}

static void
load_side(struct job *j, const char *id, struct line_set *side)
{
	OPERATION(j)->side = side;
	operation_find(OPERATION(j), id, side_found);
}

/* ---- show ---- */

static void
step_show_load(struct job *j)
{
	struct operation *o = OPERATION(j);

	load_side(j, o->params.snapshot == NULL ? "newest" : o->params.snapshot, &o->want);
}

static bool
asked_for(const struct operation *o, const struct line *l)
{
	return (o->params.kind == NULL || strcmp(o->params.kind, kind_name(l->kind)) == 0) &&
	       (o->params.name == NULL || strcmp(o->params.name, l->key) == 0);
}

static void
step_show(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct json *w = command_result(o);
	size_t i;

	json_key_string(w, "id", o->side_id);
	json_key(w, "lines");
	json_begin_array(w);
	for (i = 0; i < o->want.count; i++) {
		const struct line *l = &o->want.lines[i];

		if (!asked_for(o, l))
			continue;
		json_begin_object(w);
		json_key(w, "key");
		json_string_bytes(w, l->key, l->key_len);
		json_key_string(w, "kind", kind_name(l->kind));
		json_key(w, "value");
		shown_value(l, w->out);
		w->comma = true;
		json_end_object(w);
		o->looked++;
	}
	json_end_array(w);
	command_end(j, STATUS_OK, "lines", o->looked);
}

const struct job_step show_command[] = {
	{ "read keys", step_keys },          { "open the store", step_store },
	{ "survey the store", step_survey }, { "begin", step_begin_result },
	{ "open the snapshot", step_show_load }, { "show", step_show },
	{ NULL, NULL },
};

/* ---- diff ---- */

static bool
is_live(const char *side)
{
	return strcmp(side, "live") == 0;
}

static const char *
from_of(const struct operation *o)
{
	return o->params.from == NULL ? "newest" : o->params.from;
}

static const char *
to_of(const struct operation *o)
{
	return o->params.to == NULL ? "live" : o->params.to;
}

/* Only a diff with the live cluster asks Kafka. */
static void
step_diff_connect(struct job *j)
{
	if (is_live(from_of(OPERATION(j))) || is_live(to_of(OPERATION(j))))
		step_connect(j);
	else
		job_next(j, 0, NULL);
}

static void
step_diff_capture(struct job *j)
{
	if (OPERATION(j)->kafka != NULL)
		step_capture(j);
	else
		job_next(j, 0, NULL);
}

static void
step_diff_from(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (is_live(from_of(o)))
		job_next(j, 0, NULL);
	else
		load_side(j, from_of(o), &o->want);
}

static void
step_diff_to(struct job *j)
{
	struct operation *o = OPERATION(j);

	if (is_live(to_of(o)))
		job_next(j, 0, NULL);
	else
		load_side(j, to_of(o), &o->carried);
}

/* What a server has only written otherwise. */
static bool
means_the_same(const struct line *from, const struct line *to)
{
	size_t i;

	for (i = 0; i < kind_count(); i++)
		if (kind_at(i)->kind == from->kind)
			return kind_at(i)->equal != NULL && kind_at(i)->equal(to, from->value);
	return false;
}

static int
take_difference(void *arg, enum difference difference, const struct line *from,
                const struct line *to)
{
	static const char *const changes[] = { "removed", "added", "changed", "" };
	struct operation *o = arg;
	const struct line *either = from != NULL ? from : to;
	struct json *w = command_result(o);
	struct err e = { 0 };
	struct buf text;

	if (!kind_is_resource(either->kind) || !asked_for(o, either))
		return 0;
	if (difference == DIFF_EQUAL || (difference == DIFF_CHANGED && means_the_same(from, to))) {
		o->equal++;
		o->in_form += difference == DIFF_CHANGED;
		return 0;
	}
	buf_init(&text, LINE_MAX_BYTES);
	if (difference == DIFF_CHANGED &&
	    diff_describe(from, to, shown_by_name_only(from) || shown_by_name_only(to), &text, &e) != 0)
		buf_clear(&text); /* the change is named all the same */
	json_begin_object(w);
	json_key_string(w, "change", changes[difference]);
	json_key_string(w, "kind", kind_name(either->kind));
	json_key_string(w, "name", either->key);
	json_key_string(w, "text", buf_text(&text));
	json_end_object(w);
	buf_release(&text);
	o->looked++;
	return 0;
}

static const struct line_set *
side_lines(const struct operation *o, const char *side, const struct line_set *loaded)
{
	return is_live(side) ? &o->live.lines : loaded;
}

static void
step_diff(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct line_set_source from, to;
	struct json *w = command_result(o);
	int rc = 0;

	if (o->kafka != NULL && !live_complete(&o->live, &j->err)) {
		job_next(j, j->err.code, NULL);
		return;
	}
	line_set_source_init(&from, side_lines(o, from_of(o), &o->want));
	line_set_source_init(&to, side_lines(o, to_of(o), &o->carried));
	json_key(w, "differences");
	json_begin_array(w);
	rc = diff_lines(&from.source, &to.source, take_difference, o, &j->err);
	json_end_array(w);
	json_key_unsigned(w, "equal", o->equal);
	json_key_unsigned(w, "equal_in_another_form", o->in_form);
	json_key_string(w, "from", from_of(o));
	json_key_string(w, "to", to_of(o));
	if (rc != 0)
		job_next(j, rc, NULL);
	else
		command_end(j, STATUS_OK, "differences", o->looked);
}

const struct job_step diff_command[] = {
	{ "read keys", step_keys },           { "open the store", step_store },
	{ "reach Kafka", step_diff_connect }, { "open services", step_services }, { "survey the store", step_survey },
	{ "load the newest", step_saved },    { "capture", step_diff_capture },
	{ "begin", step_begin_result },       { "load the first", step_diff_from },
	{ "load the second", step_diff_to },  { "compare", step_diff },
	{ NULL, NULL },
};

/* ---- report ---- */

static void
step_report(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct err e = { 0 };
	int rc = last_report_read(o->request.state_dir, &o->report.result, &e);

	if (rc == ERR_MISSING)
		operation_finish(j, STATUS_OK, "%s", e.text);
	else if (rc != 0)
		job_next(j, rc, &e);
	else
		operation_finish(j, STATUS_OK, "the last report");
}

const struct job_step report_command[] = {
	{ "read the last report", step_report },
	{ NULL, NULL },
};
