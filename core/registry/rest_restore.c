/* rest_restore.c - see rest_restore.h: the run as a whole, from what is there to what is there then. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry/equal.h"
#include "core/registry/rest_restore.h"

#define RESTORE(j) container_of(j, struct restore, job)

void
restore_failed(struct restore *r, struct restore_item *item, const char *format, ...)
{
	char words[ERR_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(words, sizeof words, format, args); /* cut is fine */
	va_end(args);
	item->create = item->softly = false;
	item->plan->outcome = PLAN_FAILED;
	item->plan->reason = arena_text(&r->apply->plan->arena, words);
}

/* ---- what is there ---- */

static void
listed(struct rest_list *l, int rc, const struct err *e)
{
	job_next(&container_of(l, struct restore, there)->job, rc, e);
}

static void
step_list(struct job *j)
{
	struct restore *r = RESTORE(j);
	int rc;

	rest_list_release(&r->there);
	r->there = (struct rest_list){ .registry = r->registry, .done = listed };
	rc = rest_list_start(&r->there, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- may it be written to, and what is to be done ---- */

static int
take_items(struct restore *r, struct err *e)
{
	struct plan *plan = r->apply->plan;
	size_t i;

	r->items = calloc(plan->count + 1, sizeof *r->items);
	if (r->items == NULL)
		return err_memory(e, "restoring schemas");
	for (i = 0; i < plan->count; i++) {
		struct restore_item *item = &r->items[r->count];
		struct plan_item *p = &plan->items[i];
		int rc = p->outcome == PLAN_FAILED ? 0 : schema_parse(&p->want, &item->line, e);

		if (rc != 0)
			return rc; /* fit() has read it already */
		if (p->outcome == PLAN_FAILED)
			continue;
		item->plan = p;
		item->create = p->action == PLAN_CREATE && p->outcome == PLAN_TODO;
		item->softly = item->line.version.deleted && p->outcome == PLAN_TODO &&
		               (item->create || p->action == PLAN_COMPLETE);
		r->count++;
	}
	return 0;
}

static int
compare_wanted(const void *a, const void *b)
{
	return rest_list_compare(&((const struct restore_item *)a)->line.version,
	                         &((const struct restore_item *)b)->line.version);
}

/* The same text under the same id, whoever registered it: deleted or not is seen to later. */
static bool
is_wanted(const struct restore *r, const struct schema_version *v)
{
	struct restore_item key = { .line = { .version = *v } };
	const struct restore_item *item = bsearch(&key, r->items, r->count, sizeof key, compare_wanted);

	return item != NULL && item->line.version.id == v->id &&
	       registry_same_text(v->type, v->text, v->text_len, item->line.version.type,
	                          item->line.version.text, item->line.version.text_len);
}

/* R3: somebody uses it already.  All items are to be failed, and the first few of what is there are named. */
static bool
holds_others(struct restore *r, struct err *e)
{
	char names[400] = "";
	size_t i, n = 0, len = 0;

	for (i = 0; i < r->there.count; i++) {
		const struct schema_version *v = &r->there.items[i];

		if (is_wanted(r, v))
			continue;
		if (n++ < 3 && len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s%.100s version %lld (id %lld)",
			                        len > 0 ? ", " : "", v->subject, (long long)v->version,
			                        (long long)v->id);
	}
	if (n == 0)
		return false;
	(void)err_set(e, ERR_OPERATOR,
	              "the registry is in use: it holds %zu versions that the snapshot has not, or has "
	              "otherwise: %s%s; delete them there, for good, or restore beside them with kcb restore",
	              n, names, n > 3 ? " ..." : "");
	return true;
}

/* Listed since the plan was made: of somebody else, or of ours whose answer was lost. */
static void
leave_out_what_is_there(struct restore *r)
{
	size_t i;

	for (i = 0; i < r->count; i++) {
		struct restore_item *item = &r->items[i];
		const struct schema_version *w = &item->line.version;

		if (!item->create || rest_list_find(&r->there, w->context, w->subject, w->version) == NULL)
			continue;
		item->create = item->softly = false;
		item->plan->outcome = PLAN_EXISTS;
	}
}

static bool
anything(const struct restore *r, bool to_create)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (to_create ? r->items[i].create : r->items[i].softly)
			return true;
	return false;
}

static int
compare_levels(const void *a, const void *b)
{
	const struct restore_item *x = a, *y = b;

	return x->level != y->level ? (x->level > y->level) - (x->level < y->level) : compare_wanted(a, b);
}

static void
step_judge(struct job *j)
{
	struct restore *r = RESTORE(j);
	int rc = take_items(r, &j->err);

	if (rc == 0) {
		qsort(r->items, r->count, sizeof *r->items, compare_wanted);
		if (!r->registry->beside && holds_others(r, &r->stop)) {
			job_go_to(j, "end");
			return;
		}
		leave_out_what_is_there(r);
		rc = restore_order(r, &j->err);
	}
	if (rc == 0)
		qsort(r->items, r->count, sizeof *r->items, compare_levels);
	job_next(j, rc, NULL);
}

/* ---- modes ---- */

static bool
has_scope(const struct restore *r, const char *context, const char *subject)
{
	size_t i;

	for (i = 0; i < r->modes.count; i++)
		if (strcmp(r->scopes[i].context, context) == 0 &&
		    (subject == NULL || strcmp(r->scopes[i].subject, subject) == 0))
			return true;
	return false;
}

static bool
holds_any(const struct restore *r, const char *subject)
{
	size_t i;

	for (i = 0; i < r->there.count; i++)
		if (subject == NULL || strcmp(r->there.items[i].subject, subject) == 0)
			return true;
	return false;
}

static void
add_scope(struct restore *r, const char *context, const char *subject)
{
	if (!has_scope(r, context, subject))
		r->scopes[r->modes.count++] = (struct mode_scope){ .context = context, .subject = subject,
			                                           .force = holds_any(r, subject) };
}

/*
 * Whole contexts, or beside what is in use the subjects alone.  The default context is always among them, and the
 * last that comes back: a restore that is cut short is known by its mode.
 */
static int
make_scopes(struct restore *r, struct err *e)
{
	size_t i;

	r->scopes = calloc(r->count + 2, sizeof *r->scopes);
	if (r->scopes == NULL)
		return err_memory(e, "restoring schemas");
	if (!r->registry->beside)
		add_scope(r, REGISTRY_DEFAULT_CONTEXT, NULL);
	for (i = 0; i < r->count; i++)
		if (!r->registry->beside)
			add_scope(r, r->items[i].line.version.context, NULL);
		else if (r->items[i].create)
			add_scope(r, r->items[i].line.version.context, r->items[i].line.version.subject);
	return 0;
}

/* What the server refuses is each item's reason; when it does not answer, the run ends. */
static void
stop_or_end(struct restore *r, int rc, const struct err *e)
{
	r->stop = *e;
	r->whole = rc == ERR_AGAIN || rc == ERR_CANCELLED || rc == ERR_DEADLINE || rc == ERR_FAILED;
}

static void
imported(struct rest_modes *m, int rc, const struct err *e)
{
	struct restore *r = container_of(m, struct restore, modes);

	if (rc != 0)
		stop_or_end(r, rc, e);
	job_next(&r->job, 0, NULL);
}

static void
step_import(struct job *j)
{
	struct restore *r = RESTORE(j);
	int rc;

	r->modes = (struct rest_modes){ .registry = r->registry, .done = imported };
	if (!anything(r, true)) {
		job_next(j, 0, NULL);
		return;
	}
	rc = make_scopes(r, &j->err);
	r->modes.scopes = r->scopes;
	if (rc == 0)
		rc = rest_modes_import(&r->modes, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
modes_are_back(struct rest_modes *m, int rc, const struct err *e)
{
	struct restore *r = container_of(m, struct restore, modes);
	struct err err = *e;

	if (rc != 0) {
		(void)err_prefix(&err, "taking the registry back from the mode IMPORT");
		stop_or_end(r, ERR_AGAIN, &err);
	}
	job_next(&r->job, 0, NULL);
}

static void
step_back(struct job *j)
{
	struct restore *r = RESTORE(j);
	int rc;

	r->modes.done = modes_are_back;
	if (r->modes.count == 0) {
		job_next(j, 0, NULL);
		return;
	}
	rc = rest_modes_back(&r->modes, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- and then ---- */

/* It answers: see what it made of it. */
static void
step_anything_to_see(struct job *j)
{
	struct restore *r = RESTORE(j);

	if (r->whole)
		job_go_to(j, "end");
	else
		job_next(j, 0, NULL);
}

static void
step_compare(struct job *j)
{
	restore_compare(RESTORE(j));
	job_next(j, 0, NULL);
}

/* What was never sent, since the server refused something for all of them. */
static void
step_end(struct job *j)
{
	struct restore *r = RESTORE(j);
	size_t i;

	for (i = 0; i < r->count && r->stop.code != 0 && !r->whole; i++) {
		struct plan_item *p = r->items[i].plan;

		if (p->outcome != PLAN_TODO || (p->action != PLAN_CREATE && p->action != PLAN_COMPLETE))
			continue;
		p->denied = r->stop.code == ERR_DENIED;
		restore_failed(r, &r->items[i], "%s", r->stop.text);
	}
	job_next(j, r->whole ? r->stop.code : 0, &r->stop);
}

static void
run_done(struct job *j)
{
	struct restore *r = RESTORE(j);
	struct apply *a = r->apply;
	struct err err = j->err;
	size_t i;

	for (i = 0; i < r->count; i++)
		schema_parsed_release(&r->items[i].line);
	r->registry->stopped = r->stop;
	rest_list_release(&r->there);
	free(r->items);
	free(r->scopes);
	free(r->sample);
	free(r);
	a->done(a, err.code, &err);
}

int
rest_restore(struct apply *a, struct err *e)
{
	static const struct job_step steps[] = {
		{ "list what is there", step_list },
		{ "judge", step_judge },
		{ "enter the mode IMPORT", step_import },
		{ "one schema first", restore_step_probe },
		{ "register", restore_step_register },
		{ "delete softly", restore_step_delete },
		{ "leave the mode IMPORT", step_back },
		{ "is anything to be seen?", step_anything_to_see },
		{ "list again", step_list },
		{ "compare", step_compare },
		{ "resolve ids", restore_step_resolve },
		{ "end", step_end },
		{ NULL, NULL },
	};
	struct restore *r = calloc(1, sizeof *r);

	if (r == NULL)
		return err_memory(e, "restoring schemas");
	r->apply = a;
	r->registry = a->server;
	job_start(&r->job, a->loop, steps, run_done, NULL);
	return 0;
}
