/* rest_list_items.c - see rest_list.h: what was found, what an entry says, and whether it is sound. */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/equal.h"
#include "core/registry/rest_list.h"
#include "core/registry/rest_reserve.h"

/* ---- what was found ---- */

int
rest_list_compare(const void *a, const void *b)
{
	const struct schema_version *x = a, *y = b;
	int d = strcmp(x->context, y->context);

	if (d == 0)
		d = strcmp(x->subject, y->subject);
	return d != 0 ? d : (x->version > y->version) - (x->version < y->version);
}

const struct schema_version *
rest_list_find(const struct rest_list *l, const char *context, const char *subject, int64_t version)
{
	struct schema_version key = { .context = context, .subject = subject, .version = version };

	return l->count == 0 ? NULL : bsearch(&key, l->items, l->count, sizeof key, rest_list_compare);
}

static void
put_objects(struct schema_version *v)
{
	json_object_put_at(&v->references);
	json_object_put_at(&v->metadata);
	json_object_put_at(&v->rule_set);
}

void
rest_list_drop(struct rest_list *l)
{
	while (l->count > 0)
		put_objects(&l->items[--l->count]);
	l->live_count = 0;
	l->digest = 0;
}

void
rest_list_forget(struct rest_list *l)
{
	rest_list_drop(l);
	free(l->items);
	free((void *)l->contexts);
	free((void *)l->subjects);
	l->items = NULL;
	l->contexts = l->subjects = NULL;
	l->capacity = l->context_count = l->context_capacity = 0;
	l->subject_count = l->subject_capacity = 0;
	l->digest_again = 0;
	l->count_again = l->live_count_again = 0;
	l->again = false;
	page_marks_release(&l->marks[0]);
	page_marks_release(&l->marks[1]);
	arena_release(&l->arena);
}

void
rest_list_release(struct rest_list *l)
{
	rest_list_forget(l);
	buf_release(&l->path);
	buf_release(&l->listings[0].path);
	buf_release(&l->listings[1].path);
}

static struct json_object *
something(struct json_object *value, int64_t version)
{
	return registry_holds_nothing(value, version) ? NULL : json_object_get(value);
}

void
rest_list_keep(struct schema_version *item, const struct schema_version *v)
{
	item->metadata = something(v->metadata, item->version);
	item->rule_set = something(v->rule_set, item->version);
}

static void *
grown(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t room = *capacity == 0 ? 64 : *capacity * 2;

	if (count < *capacity)
		return array;
	array = realloc(array, room * size);
	if (array != NULL)
		*capacity = room;
	return array;
}

int
rest_list_add_text(struct rest_list *l, const char ***array, size_t *count, size_t *capacity,
                   const char *text, size_t len, struct err *e)
{
	const char **more = grown((void *)*array, *count, capacity, sizeof *more);

	if (more == NULL)
		return err_memory(e, "listing a registry");
	*array = more;
	more[*count] = arena_copy(&l->arena, text, len);
	if (more[*count] == NULL)
		return err_memory(e, "listing a registry");
	++*count;
	return 0;
}

static const char *
same_or_copy(struct rest_list *l, const char *text, const char *known)
{
	return known != NULL && strcmp(text, known) == 0 ? known : arena_text(&l->arena, text);
}

int
rest_list_add(struct rest_list *l, const struct schema_version *v, struct err *e)
{
	const struct schema_version *last = l->count > 0 ? &l->items[l->count - 1] : NULL;
	struct schema_version *more, own = *v;

	if (strcmp(v->subject, REGISTRY_RESERVING_SUBJECT) == 0)
		return 0;
	more = grown(l->items, l->count, &l->capacity, sizeof *more);
	if (more == NULL)
		return err_memory(e, "listing a registry");
	last = l->count > 0 ? &more[l->count - 1] : NULL;
	l->items = more;
	own.context = same_or_copy(l, v->context, last == NULL ? NULL : last->context);
	own.subject = same_or_copy(l, v->subject, last == NULL ? NULL : last->subject);
	own.type = v->type == NULL ? NULL : arena_text(&l->arena, v->type);
	own.text = v->text == NULL ? NULL : arena_copy(&l->arena, v->text, v->text_len);
	if (own.context == NULL || own.subject == NULL || (v->type != NULL && own.type == NULL) ||
	    (v->text != NULL && own.text == NULL))
		return err_memory(e, "listing a registry");
	own.references = json_object_get(v->references);
	rest_list_keep(&own, v);
	more[l->count++] = own;
	return 0;
}

/* ---- what an entry says ---- */

int
rest_list_read(struct rest_list *l, struct json_object *entry, const char *context,
               struct schema_version *ret, struct err *e)
{
	const char *name = rest_text(entry, "subject"), *own;
	struct json_object *type = rest_member(entry, "schemaType"), *text = rest_member(entry, "schema");
	struct schema_version v = { .context = context, .references = rest_member(entry, "references"),
		                    .metadata = rest_member(entry, "metadata"),
		                    .rule_set = rest_member(entry, "ruleSet") };
	size_t len;

	if (!json_object_is_type(text, json_type_string) ||
	    (type != NULL && !json_object_is_type(type, json_type_string)))
		return err_set(e, ERR_CORRUPT, "an entry of the registry's list is no schema (of subject %.249s)",
		               name == NULL ? "unknown" : name);
	if (name == NULL || !rest_number(entry, "version", &v.version) || !rest_number(entry, "id", &v.id) ||
	    v.version < 1 || v.id < 0)
		return err_set(e, ERR_MISSING, "the registry's list does not say which version a schema is");
	registry_split_subject(name, &own, &len, &v.subject);
	if (len > 0)
		v.context = arena_copy(&l->arena, own, len);
	if (v.context == NULL)
		return err_memory(e, "listing a registry");
	v.type = type == NULL ? NULL : json_object_get_string(type);
	v.text = json_object_get_string(text);
	v.text_len = (size_t)json_object_get_string_len(text);
	v.deleted = json_object_get_boolean(rest_member(entry, "deleted"));
	*ret = v;
	return 0;
}

static uint64_t
mixed_text(uint64_t hash, const char *text)
{
	return rest_hash(hash, text, strlen(text));
}

uint64_t
rest_list_digest(const struct schema_version *v)
{
	uint64_t h = mixed_text(mixed_text(REST_HASH_BEGINS, v->context), v->subject);

	h = rest_hash(h, &v->version, sizeof v->version);
	h = rest_hash(h, &v->id, sizeof v->id);
	h = mixed_text(h, v->deleted ? "d" : "l");
	return v->text == NULL ? h : rest_hash(h, v->text, v->text_len);
}

/* ---- is it sound ---- */

static int
compare_ids(const void *a, const void *b)
{
	const struct schema_version *x = *(const struct schema_version *const *)a;
	const struct schema_version *y = *(const struct schema_version *const *)b;
	int d = strcmp(x->context, y->context);

	return d != 0 ? d : (x->id > y->id) - (x->id < y->id);
}

int
rest_list_check_ids(struct rest_list *l, struct err *e)
{
	const struct schema_version **by_id = calloc(l->count + 1, sizeof(struct schema_version *));
	size_t i;
	int rc = 0;

	if (by_id == NULL)
		return err_memory(e, "listing a registry");
	for (i = 0; i < l->count; i++)
		by_id[i] = &l->items[i];
	qsort((void *)by_id, l->count, sizeof(struct schema_version *), compare_ids);
	for (i = 1; i < l->count && rc == 0; i++) {
		const struct schema_version *a = by_id[i - 1], *b = by_id[i];

		if (compare_ids((const void *)&a, (const void *)&b) == 0 &&
		    !registry_same_text(a->type, a->text, a->text_len, b->type, b->text, b->text_len))
			rc = err_set(e, ERR_CORRUPT,
			             "the registry gives id %lld two texts, in subject %.200s, version %lld, and in "
			             "subject %.200s, version %lld", (long long)a->id, a->subject,
			             (long long)a->version, b->subject, (long long)b->version);
	}
	free((void *)by_id);
	return rc;
}


/* ---- for the capture of configs ---- */

static int64_t
highest_of(const struct rest_list *l, const char *context)
{
	int64_t highest = 0;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->items[i].id > highest && strcmp(l->items[i].context, context) == 0)
			highest = l->items[i].id;
	return highest;
}

int
rest_list_note(const struct rest_list *l, struct err *e)
{
	struct json_object *seen = json_object_new_object(), *contexts = json_object_new_object();
	struct json_object *subjects = json_object_new_array();
	bool failed = seen == NULL || contexts == NULL || subjects == NULL;
	size_t i;

	for (i = 0; i < l->context_count && !failed; i++)
		failed = json_object_object_add(contexts, l->contexts[i],
		                                json_object_new_int64(highest_of(l, l->contexts[i]))) != 0;
	for (i = 0; i < l->subject_count && !failed; i++)
		failed = json_object_array_add(subjects, json_object_new_string(l->subjects[i])) != 0;
	if (!failed) {
		failed = json_object_object_add(seen, "contexts", json_object_get(contexts)) != 0 ||
		         json_object_object_add(seen, "subjects", json_object_get(subjects)) != 0;
		json_object_put_at(&l->registry->seen);
		l->registry->seen = json_object_get(seen);
	}
	json_object_put_at(&contexts);
	json_object_put_at(&subjects);
	json_object_put_at(&seen);
	return failed ? err_memory(e, "listing a registry") : 0;
}
