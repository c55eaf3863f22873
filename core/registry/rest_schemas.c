/* rest_schemas.c - see rest_schemas.h: what a line says, capture, and how one is fitted to what is there. */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/equal.h"
#include "core/registry/rest_list.h"
#include "core/registry/rest_restore.h"
#include "core/registry/rest_schemas.h"

/* ---- the line ---- */

static bool
read_key(struct json_object *key, struct schema_version *v)
{
	struct json_object *context, *subject, *version;

	if (!json_object_is_type(key, json_type_array) || json_object_array_length(key) != 3)
		return false;
	context = json_object_array_get_idx(key, 0);
	subject = json_object_array_get_idx(key, 1);
	version = json_object_array_get_idx(key, 2);
	if (!json_object_is_type(context, json_type_string) || !json_object_is_type(subject, json_type_string) ||
	    !json_object_is_type(version, json_type_int))
		return false;
	v->context = json_object_get_string(context);
	v->subject = json_object_get_string(subject);
	v->version = json_object_get_int64(version);
	return v->version >= 1 && v->context[0] != '\0';
}

static bool
read_value(struct json_object *value, struct schema_version *v)
{
	struct json_object *text = rest_member(value, "schema");

	v->type = rest_text(value, "schemaType");
	v->deleted = json_object_get_boolean(rest_member(value, "deleted"));
	v->references = rest_member(value, "references");
	v->metadata = rest_member(value, "metadata");
	v->rule_set = rest_member(value, "ruleSet");
	if (!json_object_is_type(text, json_type_string) || v->type == NULL || !rest_number(value, "id", &v->id))
		return false;
	v->text = json_object_get_string(text);
	v->text_len = (size_t)json_object_get_string_len(text);
	return v->references == NULL || json_object_is_type(v->references, json_type_array);
}

int
schema_parse(const struct line *line, struct schema_parsed *ret, struct err *e)
{
	struct schema_parsed p = { 0 };
	int rc = json_parse(line->key, line->key_len, 2, &p.key, e);

	if (rc == 0)
		rc = json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &p.value, e);
	if (rc == 0 && (!read_key(p.key, &p.version) || !read_value(p.value, &p.version)))
		rc = err_set(e, ERR_CORRUPT, "it is not as FORMAT.md says");
	if (rc == 0)
		*ret = p;
	else
		schema_parsed_release(&p);
	return rc == 0 ? 0 : err_prefix(e, "schema %.300s", line->key);
}

void
schema_parsed_release(struct schema_parsed *p)
{
	json_object_put_at(&p->key);
	json_object_put_at(&p->value);
	*p = (struct schema_parsed){ 0 };
}

/* ---- capture ---- */

struct schemas_capture {
	struct capture  *capture;
	struct rest_list list;
};

static void
listed(struct rest_list *l, int rc, const struct err *e)
{
	struct schemas_capture *t = container_of(l, struct schemas_capture, list);
	struct capture *c = t->capture;
	struct err err = *e;
	size_t i;

	for (i = 0; i < l->count && rc == 0; i++)
		rc = schema_line_add(c->lines, &l->items[i], &err);
	if (rc == 0)
		rc = rest_list_note(l, &err);
	rest_list_release(l);
	free(t);
	c->done(c, rc, &err);
}

static int
capture(struct capture *c, struct err *e)
{
	struct schemas_capture *t = calloc(1, sizeof *t);
	int rc;

	if (t == NULL)
		return err_memory(e, "capturing schemas");
	t->capture = c;
	t->list.registry = c->server;
	t->list.done = listed;
	rc = rest_list_start(&t->list, e);
	if (rc != 0)
		free(t);
	return rc;
}

/* ---- fit ---- */

static int
decide(struct plan *plan, struct plan_item *item, enum plan_action action, const char *reason, struct err *e)
{
	item->action = action;
	item->reason = arena_text(&plan->arena, reason);
	return item->reason == NULL ? err_memory(e, "planning schemas") : 0;
}

/* What a server has dropped is nobody's change. */
static bool
lacks(const struct schema_version *have, const struct schema_version *want)
{
	return (have->metadata == NULL || registry_same_json(have->metadata, want->metadata)) &&
	       (have->rule_set == NULL || registry_same_json(have->rule_set, want->rule_set));
}

/* Only `deleted` may differ. */
static bool
same_but_deleted(const struct schema_version *have, const struct schema_version *want)
{
	return have->id == want->id && registry_same_json(have->references, want->references) &&
	       registry_same_text(have->type, have->text, have->text_len, want->type, want->text,
	                          want->text_len) &&
	       lacks(have, want);
}

static int
fit_there(struct plan *plan, struct plan_item *item, const struct line *have, const struct schema_version *h,
          const struct schema_version *w, struct err *e)
{
	const struct registry *r = plan->server;

	if (schema_equal(have, item->want.value)) {
		item->action = PLAN_EQUAL;
		return 0;
	}
	if (schema_equal_but_details(have, item->want.value) && lacks(h, w)) {
		item->target = item->have;
		return decide(plan, item, PLAN_EQUAL, "the registry keeps no metadata, or no rule set, of it", e);
	}
	if (!same_but_deleted(h, w))
		return decide(plan, item, PLAN_KEEP, "it exists with another id or text", e);
	if (h->deleted)
		return decide(plan, item, PLAN_KEEP, "it exists and is softly deleted", e);
	if (r != NULL && r->beside)
		return decide(plan, item, PLAN_KEEP, "it exists, and was softly deleted when it was saved", e);
	item->action = PLAN_COMPLETE; /* a restore that was cut short has not deleted it again yet */
	return 0;
}

static int
fit(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	struct line have = item->want;
	struct schema_parsed want CLEANUP(schema_parsed_release) = { 0 };
	struct schema_parsed there CLEANUP(schema_parsed_release) = { 0 };
	int rc = schema_parse(&item->want, &want, e);

	(void)brokers;
	item->target = item->started = item->reason = NULL;
	if (rc != 0)
		return rc;
	if (item->have == NULL) {
		item->action = PLAN_CREATE;
		return 0;
	}
	have.value = item->have;
	have.value_len = strlen(item->have);
	rc = schema_parse(&have, &there, e);
	return rc != 0 ? rc : fit_there(plan, item, &have, &there.version, &want.version, e);
}

const struct kind_ops rest_schemas_ops = {
	.kind = KIND_SCHEMA,
	.capture = capture,
	.fit = fit,
	.apply = rest_restore,
	.equal = schema_equal,
};
