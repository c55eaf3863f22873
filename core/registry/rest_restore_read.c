/*
 * rest_restore_read.c - see rest_restore.h: what became of it.  What a server drops without a word is found here, by
 * reading back, and becomes the item's target and reason.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/equal.h"
#include "core/registry/rest_restore.h"

#define RESTORE(j) container_of(j, struct restore, job)
#define ALL_BELOW  500u /* so many ids are all resolved, else SAMPLE of them */
#define SAMPLE     50u

/* ---- compare ---- */

static void
lacks(struct restore *r, struct restore_item *item, const struct line *line, const struct schema_version *have)
{
	const struct schema_version *want = &item->line.version;
	bool metadata = !registry_same_json(have->metadata, want->metadata);
	bool rules = !registry_same_json(have->rule_set, want->rule_set);

	item->plan->target = arena_copy(&r->apply->plan->arena, line->value, line->value_len);
	item->plan->reason = metadata && rules ? "the registry dropped its metadata and its rule set"
	                     : rules           ? "the registry dropped its rule set"
	                                       : "the registry dropped its metadata";
}

static void
compare_with(struct restore *r, struct restore_item *item, const struct schema_version *have,
             const struct line *line)
{
	const char *want = item->plan->want.value;

	if (schema_equal(line, want))
		item->plan->outcome = PLAN_DONE;
	else if (schema_equal_but_details(line, want)) {
		item->plan->outcome = PLAN_DONE;
		lacks(r, item, line, have);
	} else if (item->softly && !have->deleted && r->stop.code != 0) {
		restore_failed(r, item, "registered, but not softly deleted: %s", r->stop.text);
	} else {
		restore_failed(r, item, "it was registered, and reads back with another %s",
		               have->id != item->line.version.id ? "id" : "text, reference or state");
	}
}

static void
compare_item(struct restore *r, struct restore_item *item)
{
	const struct schema_version *w = &item->line.version;
	const struct schema_version *have = rest_list_find(&r->there, w->context, w->subject, w->version);
	struct line_set room;
	struct err e = { 0 };

	if (have == NULL) {
		restore_failed(r, item,
		               "it was registered, and does not read back under that name: some registries "
		               "cannot hold this name, or this context");
		return;
	}
	line_set_init(&room, 2 * (size_t)LINE_MAX_BYTES);
	if (schema_line_add(&room, have, &e) == 0)
		compare_with(r, item, have, &room.lines[0]);
	else
		restore_failed(r, item, "it was registered, and reads back wrong: %s", e.text);
	line_set_release(&room);
}

void
restore_compare(struct restore *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		struct restore_item *item = &r->items[i];
		bool ours = item->registered || (item->softly && item->plan->action == PLAN_COMPLETE);

		if (ours && item->plan->outcome == PLAN_TODO)
			compare_item(r, item);
	}
}

/* ---- ids ---- */

static void
resolved(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct restore *r = arg;

	fanout_end(&r->fanout, rc, e);
	(void)answer;
}

struct asked {
	struct restore      *restore;
	struct restore_item *item;
};

static void
id_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct asked *a = arg;
	const struct schema_version *v = &a->item->line.version;
	struct json_object *text = rc == 0 ? rest_member(answer->value, "schema") : NULL;
	bool within = strcmp(v->context, REGISTRY_DEFAULT_CONTEXT) != 0;
	struct err err = *e;

	if (rc == 0 && answer->why.code == ERR_AGAIN) {
		err = answer->why;
		rc = err.code;
	} else if (rc == 0 && within && rest_is_missing(answer)) {
		text = NULL; /* it cannot be asked there */
	} else if (rc == 0 && (!json_object_is_type(text, json_type_string) ||
	                       !registry_same_text(rest_text(answer->value, "schemaType"),
	                                           json_object_get_string(text),
	                                           (size_t)json_object_get_string_len(text), v->type, v->text,
	                                           v->text_len))) {
		restore_failed(a->restore, a->item, "its id %lld does not lead to its text there", (long long)v->id);
	}
	resolved(a->restore, rc, answer, &err);
	free(a);
}

static int
start_resolve(struct fanout *f, size_t i, struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);
	struct asked *a = calloc(1, sizeof *a);
	const struct schema_version *v;
	struct buf path CLEANUP(buf_release);
	int rc;

	buf_init(&path, 2 * KEY_MAX_BYTES);
	if (a == NULL)
		return err_memory(e, "resolving ids");
	*a = (struct asked){ r, &r->items[r->sample[i]] };
	v = &a->item->line.version;
	if (strcmp(v->context, REGISTRY_DEFAULT_CONTEXT) != 0) {
		(void)buf_add_text(&path, "/contexts/");
		rest_add_segment(&path, v->context);
	}
	(void)buf_print(&path, "/schemas/ids/%lld", (long long)v->id);
	rc = rest_send(r->registry, "GET", &path, NULL, id_told, a, e);
	if (rc != 0)
		free(a);
	return rc;
}

static void
all_resolved(struct fanout *f, int rc, const struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);

	job_next(&r->job, rc, e);
}

/* A softly deleted version alone under its id may not be resolved, so those are left out. */
void
restore_step_resolve(struct job *j)
{
	struct restore *r = RESTORE(j);
	size_t i, n = 0;

	r->sample = calloc(r->count + 1, sizeof *r->sample);
	if (r->sample == NULL) {
		job_next(j, err_memory(&j->err, "resolving ids"), NULL);
		return;
	}
	for (i = 0; i < r->count; i++)
		if (r->items[i].plan->outcome == PLAN_DONE && !r->items[i].line.version.deleted)
			r->sample[n++] = i;
	r->sample_count = n < ALL_BELOW ? n : SAMPLE;
	for (i = 0; i < r->sample_count; i++)
		r->sample[i] = r->sample[i * n / r->sample_count];
	r->fanout = (struct fanout){ .count = r->sample_count, .width = REGISTRY_WIDTH, .start = start_resolve,
		                     .done = all_resolved };
	fanout_run(&r->fanout);
}
