/* rest_list_each.c - see rest_list.h: what is asked version by version, or subject by subject, 8 at a time. */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_list.h"

#define LIST(j) container_of(j, struct rest_list, job)

#define UNREAD (-1) /* the id of a version that is not read yet; text is NULL */
#define NOBODYS (-2) /* ... that cannot be read by anybody: it is deleted, and does not count */

/* A request of a fan-out. */
struct asked {
	struct rest_list *list;
	size_t            i;
	bool              live; /* of a subject's versions: those that are not deleted */
};

static int
ask(struct rest_list *l, size_t i, bool live, const char *context, const char *subject, const char *behind,
    rest_fn *done, struct err *e)
{
	struct asked *a = calloc(1, sizeof *a);
	int rc;

	if (a == NULL)
		return err_memory(e, "listing a registry");
	*a = (struct asked){ .list = l, .i = i, .live = live };
	rest_make_path(&l->path, "subjects", context, subject, behind);
	rc = rest_send(l->registry, "GET", &l->path, NULL, done, a, e);
	if (rc != 0)
		free(a);
	return rc;
}

static void
end(struct asked *a, int rc, const struct err *e)
{
	struct rest_list *l = a->list;

	free(a);
	fanout_end(&l->fanout, rc, e);
}

static void
run(struct rest_list *l, size_t count, int (*start)(struct fanout *f, size_t i, struct err *e),
    void (*done)(struct fanout *f, int rc, const struct err *e))
{
	l->fanout = (struct fanout){ .count = count, .width = REGISTRY_WIDTH, .start = start, .done = done };
	fanout_run(&l->fanout);
}

/* A disagreement found in a fan-out is tried again; other errors end the list. */
static void
fanned(struct fanout *f, int rc, const struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);

	if (rc == ERR_EXISTS)
		rest_list_differs(l, "%.500s", e->text);
	else
		job_next(&l->job, rc, e);
}

static void
answer_error(const struct rest_answer *answer, int *rc, struct err *e)
{
	if (*rc != 0 || answer->why.code == 0)
		return;
	*e = answer->why;
	*rc = e->code;
}

/* The context and subject of a whole name; both live as long as the list. */
static int
split(struct rest_list *l, const char *name, const char **context, const char **subject, struct err *e)
{
	size_t len;

	registry_split_subject(name, context, &len, subject);
	*context = len == 0 ? REGISTRY_DEFAULT_CONTEXT : arena_copy(&l->arena, *context, len);
	return *context == NULL ? err_memory(e, "listing a registry") : 0;
}

/* ---- a subject's versions ---- */

static int
take_numbers(struct rest_list *l, const struct asked *a, struct json_object *list, const char *request,
             struct err *e)
{
	size_t n = json_object_array_length(list), i;
	struct schema_version v = { .id = UNREAD, .deleted = true };
	int rc = split(l, l->subjects[a->i], &v.context, &v.subject, e);

	for (i = 0; i < n && rc == 0; i++) {
		struct json_object *number = json_object_array_get_idx(list, i);

		if (!json_object_is_type(number, json_type_int))
			return err_set(e, ERR_CORRUPT, "%s: the answer is no list of versions", request);
		v.version = json_object_get_int64(number);
		v.deleted = !a->live;
		*(l->again ? &l->digest_again : &l->digest) += rest_list_digest(&v);
		if (a->live)
			++*(l->again ? &l->live_count_again : &l->live_count);
		else if (l->again)
			l->count_again++;
		if (!l->again)
			rc = rest_list_add(l, &v, e);
	}
	return rc;
}

static void
numbers_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct asked *a = arg;
	struct err err = *e;

	if (rc == 0 && !rest_is_missing(answer)) /* 404: a ghost, or none that is not deleted */
		answer_error(answer, &rc, &err);
	if (rc == 0 && answer->value != NULL && !json_object_is_type(answer->value, json_type_array))
		rc = err_set(&err, ERR_CORRUPT, "%s: the answer is no list of versions", answer->request);
	if (rc == 0 && answer->value != NULL)
		rc = take_numbers(a->list, a, answer->value, answer->request, &err);
	end(a, rc, &err);
}

/* Two requests a subject: of all versions, and of those that are not deleted. */
static int
start_numbers(struct fanout *f, size_t i, struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);
	const char *context, *subject;
	int rc = split(l, l->subjects[i / 2], &context, &subject, e);

	if (rc != 0)
		return rc;
	return ask(l, i / 2, i % 2 == 1, context, subject, i % 2 == 1 ? "/versions" : "/versions?deleted=true",
	           numbers_told, e);
}

/* ---- the versions themselves ---- */

static void
ask_for_version(struct buf *behind, const struct schema_version *v)
{
	buf_clear(behind);
	(void)buf_print(behind, "/versions/%lld?deleted=true", (long long)v->version); /* short */
}

static int
start_version(struct fanout *f, size_t i, rest_fn *done, struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);
	const struct schema_version *v = &l->items[i];
	struct buf behind CLEANUP(buf_release);

	buf_init(&behind, 64);
	ask_for_version(&behind, v);
	return ask(l, i, false, v->context, v->subject, buf_text(&behind), done, e);
}

/* What the answer says, into the list's own memory. */
static int
fill(struct rest_list *l, struct schema_version *item, const struct rest_answer *answer, struct err *e)
{
	struct schema_version v;
	int rc = rest_list_read(l, answer->value, item->context, &v, e);

	if (rc != 0)
		return err_set(e, ERR_CORRUPT, "%s: the answer is no version of a schema", answer->request);
	if (v.version != item->version)
		return err_set(e, ERR_CORRUPT, "%s: the answer is another version", answer->request);
	item->id = v.id;
	item->type = v.type == NULL ? NULL : arena_text(&l->arena, v.type);
	item->text = arena_copy(&l->arena, v.text, v.text_len);
	item->text_len = v.text_len;
	item->references = json_object_get(v.references);
	rest_list_keep(item, &v);
	return item->text == NULL || (v.type != NULL && item->type == NULL) ? err_memory(e, "listing a registry") : 0;
}

static void
version_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct asked *a = arg;
	struct schema_version *item = &a->list->items[a->i];
	struct err err = *e;

	if (rc == 0 && rest_is_missing(answer) && item->deleted)
		item->id = NOBODYS; /* Apicurio: of a subject that is wholly deleted */
	else if (rc == 0 && rest_is_missing(answer))
		rc = err_set(&err, ERR_EXISTS, "subject %.200s, version %lld is listed and is not there",
		             item->subject, (long long)item->version);
	else
		answer_error(answer, &rc, &err);
	if (rc == 0 && item->id == UNREAD)
		rc = fill(a->list, item, answer, &err);
	end(a, rc, &err);
}

static int
start_one(struct fanout *f, size_t i, struct err *e)
{
	return start_version(f, i, version_told, e);
}

static void
versions_read(struct fanout *f, int rc, const struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);
	size_t i, kept = 0;

	for (i = 0; i < l->count && rc == 0; i++)
		if (l->items[i].id != NOBODYS)
			l->items[kept++] = l->items[i];
	if (rc == 0)
		l->count = kept;
	fanned(f, rc, e);
}

/* Of the versions that were listed twice, once as not deleted, one is kept. */
static void
merge_numbers(struct rest_list *l)
{
	size_t i, kept = 0;

	if (l->count > 1)
		qsort(l->items, l->count, sizeof *l->items, rest_list_compare);
	for (i = 0; i < l->count; i++) {
		if (kept > 0 && rest_list_compare(&l->items[kept - 1], &l->items[i]) == 0)
			l->items[kept - 1].deleted = l->items[kept - 1].deleted && l->items[i].deleted;
		else
			l->items[kept++] = l->items[i];
	}
	l->count = kept;
}

static void
numbers_read(struct fanout *f, int rc, const struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);

	if (rc != 0 || l->again) {
		fanned(f, rc, e);
		return;
	}
	merge_numbers(l);
	run(l, l->count, start_one, versions_read);
}

void
rest_list_step_each(struct job *j)
{
	struct rest_list *l = LIST(j);

	if (l->one_by_one && !l->again) /* what the useless list has brought */
		rest_list_drop(l);
	if (l->one_by_one)
		run(l, 2 * l->subject_count, start_numbers, numbers_read);
	else
		job_next(j, 0, NULL);
}

/* ---- subjects that have no version in the list ---- */

static bool
has_versions(const struct rest_list *l, const char *context, const char *subject)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		struct schema_version key = { .context = context, .subject = subject };
		int d = rest_list_compare(&l->items[middle], &key); /* no version is 0 */

		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < l->count && strcmp(l->items[low].context, context) == 0 &&
	       strcmp(l->items[low].subject, subject) == 0;
}

static void
ghost_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct asked *a = arg;
	struct err err = *e;

	if (rc == 0 && !rest_is_missing(answer)) {
		answer_error(answer, &rc, &err);
		if (rc == 0 && json_object_is_type(answer->value, json_type_array) &&
		    json_object_array_length(answer->value) > 0)
			rc = err_set(&err, ERR_EXISTS, "the list of versions lacks those of subject %.249s",
			             a->list->subjects[a->i]);
	}
	end(a, rc, &err);
}

/* Nothing is asked about those that have versions. */
static int
start_ghost(struct fanout *f, size_t i, struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);
	const char *context, *subject;
	int rc = split(l, l->subjects[l->part + i], &context, &subject, e);

	return rc != 0 ? rc
	               : ask(l, l->part + i, false, context, subject, "/versions?deleted=true", ghost_told, e);
}

/* Put the subjects without versions behind the others; how many are there? */
static int
count_ghosts(struct rest_list *l, size_t *with, struct err *e)
{
	const char **ghosts = calloc(l->subject_count + 1, sizeof *ghosts), *context, *subject;
	size_t i, ghost_count = 0;
	int rc = 0;

	*with = 0;
	if (ghosts == NULL)
		return err_memory(e, "listing a registry");
	for (i = 0; i < l->subject_count && rc == 0; i++) {
		rc = split(l, l->subjects[i], &context, &subject, e);
		if (rc == 0 && has_versions(l, context, subject))
			l->subjects[(*with)++] = l->subjects[i];
		else
			ghosts[ghost_count++] = l->subjects[i];
	}
	if (ghost_count > 0)
		memcpy((void *)(l->subjects + *with), (const void *)ghosts, ghost_count * sizeof *ghosts);
	free((void *)ghosts);
	return rc;
}

static size_t
distinct_subjects(const struct rest_list *l)
{
	size_t i, n = 0;

	for (i = 0; i < l->count; i++)
		n += i == 0 || strcmp(l->items[i].context, l->items[i - 1].context) != 0 ||
		     strcmp(l->items[i].subject, l->items[i - 1].subject) != 0;
	return n;
}

/* Both lists have to name the same subjects; one that has no version at all is a ghost, and no matter. */
void
rest_list_step_ghosts(struct job *j)
{
	struct rest_list *l = LIST(j);
	size_t with = 0;
	int rc = l->one_by_one ? 0 : count_ghosts(l, &with, &j->err);

	if (rc != 0 || l->one_by_one) {
		job_next(j, rc, NULL);
		return;
	}
	if (with != distinct_subjects(l)) {
		rest_list_differs(l, "it lists versions of %zu subjects, and names %zu of these", distinct_subjects(l),
		                  with);
		return;
	}
	l->part = with;
	run(l, l->subject_count - with, start_ghost, fanned);
}

/* ---- metadata and rule sets ---- */

/* What a registry puts into the metadata of each version by itself is not kept. */
static void
add_details(struct rest_list *l, struct schema_version *item, struct json_object *answer)
{
	struct schema_version v = { .metadata = rest_member(answer, "metadata"),
		                    .rule_set = rest_member(answer, "ruleSet") };

	if (item->metadata != NULL || item->rule_set != NULL)
		return;
	l->poor = l->poor || v.metadata != NULL || v.rule_set != NULL;
	rest_list_keep(item, &v);
}

static void
details_told(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct asked *a = arg;
	struct schema_version *item = &a->list->items[a->i];
	struct err err = *e;
	int64_t id;

	answer_error(answer, &rc, &err);
	if (rc == ERR_MISSING || (rc == 0 && (!rest_number(answer->value, "id", &id) || id != item->id)))
		rc = err_set(&err, ERR_EXISTS, "subject %.200s, version %lld is not what the list says",
		             item->subject, (long long)item->version);
	if (rc == 0)
		add_details(a->list, item, answer->value);
	end(a, rc, &err);
}

static int
start_details(struct fanout *f, size_t i, struct err *e)
{
	return start_version(f, i, details_told, e);
}

static void
first_told(struct fanout *f, int rc, const struct err *e)
{
	struct rest_list *l = container_of(f, struct rest_list, fanout);

	if (rc == 0 && l->count > 1 && l->poor)
		run(l, l->count, start_details, fanned);
	else
		fanned(f, rc, e);
}

/* One version tells whether the list has kept them back. */
void
rest_list_step_details(struct job *j)
{
	struct rest_list *l = LIST(j);

	if (l->rich || l->one_by_one || l->count == 0)
		job_next(j, 0, NULL);
	else
		run(l, 1, start_details, first_told);
}
