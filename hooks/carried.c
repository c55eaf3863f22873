/* carried.c - see carried.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "hooks/carried.h"
#include "hooks/kinds.h"

#define CARRIED_MAX ((size_t)1 << 30) /* bytes; a document has less */

struct carried {
	enum kind   kind;
	const char *key; /* of the resource */
	const char *reason;
	struct buf  wanted, restored; /* canonical values; restored empty: never created */
	struct json_object *value;
};

static void
carried_release(struct carried *c)
{
	(void)json_object_put(c->value);
	buf_release(&c->wanted);
	buf_release(&c->restored);
}

static bool
take_member(struct json_object *value, const char *name, struct buf *out)
{
	struct json_object *member;
	struct json j;

	buf_init(out, LINE_MAX_BYTES);
	if (!json_object_object_get_ex(value, name, &member))
		return false;
	if (member == NULL)
		return true;
	json_init(&j, out);
	json_value(&j, member);
	return json_object_is_type(member, json_type_object) && buf_text(out) != NULL;
}

static int
carried_parse(const struct line *line, struct carried *c, struct err *e)
{
	const char *slash = memchr(line->key, '/', line->key_len);
	struct json_object *reason = NULL;
	int rc;

	*c = (struct carried){ 0 };
	rc = json_parse(line->value, line->value_len, JSON_DEPTH_MAX, &c->value, e);
	if (rc != 0)
		return rc;
	if (slash != NULL && kind_by_name(line->key, (size_t)(slash - line->key), &c->kind) &&
	    kind_is_resource(c->kind) &&
	    json_object_is_type(c->value, json_type_object) &&
	    json_object_object_get_ex(c->value, "reason", &reason) &&
	    take_member(c->value, "wanted", &c->wanted) && c->wanted.len > 0 &&
	    take_member(c->value, "restored", &c->restored)) {
		c->key = slash + 1;
		c->reason = json_object_get_string(reason);
		return 0;
	}
	carried_release(c);
	return err_set(e, ERR_CORRUPT, "a carried line is not as FORMAT.md says");
}

static bool
same_value(const struct line *live, const struct buf *value)
{
	return live != NULL && live->value_len == value->len &&
	       memcmp(live->value, value->data, value->len) == 0;
}

static int
keep(struct operation *o, const struct line *line, const struct carried *c, struct err *e)
{
	report_ledger(&o->report, true, kind_name(c->kind), c->key,
	              c->restored.len > 0 ? "carried" : "not restored", "%s",
	              c->reason == NULL ? "" : c->reason);
	return line_set_add(&o->carried, line, e);
}

/* Did this operation create it? */
static bool
planned(const struct operation *o, enum kind kind, const char *key)
{
	const struct plan *plan = &o->plans[kind];
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (strcmp(plan->items[i].want.key, key) == 0)
			return plan->items[i].verified;
	return false;
}

static int
go_on_with(struct operation *o, const struct line *line, struct err *e)
{
	const struct seal_header *newest = &o->survey.newest;
	const struct line *live;
	struct carried c;
	int rc = carried_parse(line, &c, e);

	if (rc != 0)
		return rc;
	live = line_set_find(&o->live.lines, c.kind, c.key);
	if (records_accepted(&o->survey.records, c.kind, line->key, newest->epoch, newest->sequence))
		report_ledger(&o->report, false, kind_name(c.kind), c.key, "dropped",
		              "a person accepted it as it is");
	else if (o->live.kinds[c.kind].state != STATE_CAPTURED)
		rc = keep(o, line, &c, e); /* nobody can say whether it changed */
	else if (c.restored.len == 0 && live != NULL)
		report_ledger(&o->report, false, kind_name(c.kind), c.key,
		              planned(o, c.kind, c.key) ? "restored" : "dropped",
		              planned(o, c.kind, c.key) ? "it could be created at last"
		                                        : "somebody has created it since");
	else if (c.restored.len > 0 && !same_value(live, &c.restored))
		report_ledger(&o->report, false, kind_name(c.kind), c.key, "dropped",
		              live == NULL ? "somebody has deleted it since"
		                           : "somebody has changed it since");
	else
		rc = keep(o, line, &c, e);
	carried_release(&c);
	return rc;
}

static int
want_again(struct operation *o, const struct line *line, struct err *e)
{
	const struct seal_header *newest = &o->survey.newest;
	struct line wanted;
	struct carried c;
	int rc = carried_parse(line, &c, e);

	if (rc != 0)
		return rc;
	wanted = (struct line){ .kind = c.kind, .key = c.key, .key_len = strlen(c.key),
		                .value = c.wanted.data, .value_len = c.wanted.len };
	if (c.restored.len == 0 && line_set_find(&o->live.lines, c.kind, c.key) == NULL &&
	    !o->pending[c.kind] && !records_accepted(&o->survey.records, c.kind, line->key, newest->epoch,
	                      newest->sequence))
		rc = line_set_add(&o->want, &wanted, e);
	carried_release(&c);
	return rc;
}

int
carried_never_created(struct operation *o, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < o->saved.count && rc == 0; i++)
		if (o->saved.lines[i].kind == KIND_CARRIED)
			rc = want_again(o, &o->saved.lines[i], e);
	return rc != 0 ? rc : line_set_sort(&o->want, e);
}

/* ---- from a plan ---- */

/* What is there now, to see later whether somebody has changed it; NULL: nothing is. */
static const char *
restored_value(const struct operation *o, enum kind kind, const struct plan_item *item)
{
	const struct line *live;

	if (item->outcome != PLAN_FAILED)
		return item->target;
	live = line_set_find(&o->live.lines, kind, item->want.key); /* it failed half-way */
	return live == NULL ? NULL : live->value;
}

static int
carry_item(const struct operation *o, enum kind kind, const struct plan_item *item,
           struct line_set *out, struct err *e)
{
	const char *restored = restored_value(o, kind, item);
	struct line line = { .kind = KIND_CARRIED };
	struct buf key, value;
	struct json j;
	int rc;

	buf_init(&key, 2 * KEY_MAX_BYTES);
	buf_init(&value, LINE_MAX_BYTES);
	(void)buf_print(&key, "%s/%s", kind_name(kind), item->want.key);
	json_init(&j, &value);
	json_begin_object(&j);
	json_key_string(&j, "reason", item->reason == NULL ? "" : item->reason);
	json_key(&j, "restored");
	if (restored != NULL)
		json_raw(&j, restored, strlen(restored));
	else
		json_null(&j);
	json_key(&j, "wanted");
	json_raw(&j, item->want.value, item->want.value_len);
	json_end_object(&j);
	line.key = buf_text(&key);
	line.key_len = key.len;
	line.value = value.data;
	line.value_len = value.len;
	rc = line.key == NULL || value.failed ? err_memory(e, "carrying a line")
	                                      : line_set_add(out, &line, e);
	buf_release(&key);
	buf_release(&value);
	return rc;
}

static int
take_item(struct operation *o, enum kind kind, const struct plan_item *item, struct line_set *out,
          struct err *e)
{
	const char *reason = item->reason == NULL ? "" : item->reason;
	bool failed = item->outcome == PLAN_FAILED;

	if (item->action == PLAN_KEEP) {
		report_ledger(&o->report, !is_furniture(o->config, &item->want), kind_name(kind),
		              item->want.key, "kept as found", "%s", reason);
		return 0;
	}
	if (!failed && (item->target == NULL || item->started != NULL))
		return 0;
	report_ledger(&o->report, true, kind_name(kind), item->want.key,
	              failed ? "not restored" : "carried", "%s", reason);
	return carry_item(o, kind, item, out, e);
}

/* What an earlier restore has left already stays as that one said it. */
static bool
is_carried(const struct operation *o, enum kind kind, const char *key)
{
	char name[2 * KEY_MAX_BYTES];

	(void)snprintf(name, sizeof name, "%s/%s", kind_name(kind), key);
	return line_set_find(&o->carried, KIND_CARRIED, name) != NULL;
}

static int
take_from_plan(struct operation *o, struct line_set *out, struct err *e)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < kind_count(); i++) {
		enum kind kind = kind_at(i)->kind;
		const struct plan *plan = &o->plans[kind];

		for (k = 0; k < plan->count && rc == 0; k++)
			if (!is_carried(o, kind, plan->items[k].want.key))
				rc = take_item(o, kind, &plan->items[k], out, e);
	}
	return rc;
}

static int
add_from_plan(struct operation *o, struct err *e)
{
	struct line_set more;
	size_t i;
	int rc = line_set_sort(&o->carried, e);

	line_set_init(&more, CARRIED_MAX);
	if (rc == 0)
		rc = take_from_plan(o, &more, e);
	for (i = 0; i < more.count && rc == 0; i++)
		rc = line_set_add(&o->carried, &more.lines[i], e);
	line_set_release(&more);
	return rc != 0 ? rc : line_set_sort(&o->carried, e);
}

static void
carry_nothing(struct operation *o)
{
	line_set_release(&o->carried);
	line_set_init(&o->carried, CARRIED_MAX);
}

int
carried_from_plan(struct operation *o, struct err *e)
{
	carry_nothing(o);
	return add_from_plan(o, e);
}

int
carried_go_on(struct operation *o, struct err *e)
{
	size_t i;
	int rc = 0;

	carry_nothing(o);
	for (i = 0; i < o->saved.count && rc == 0; i++)
		if (o->saved.lines[i].kind == KIND_CARRIED && !o->adopted_by_person)
			rc = go_on_with(o, &o->saved.lines[i], e);
	return rc != 0 ? rc : add_from_plan(o, e);
}

/* ---- overlay ---- */

/* Into the place of the saved line, or, where there is none, to the others. */
static int
overlay_one(struct operation *o, const struct line *line, struct line_set *others, struct err *e)
{
	const struct seal_header *newest = &o->survey.newest;
	struct line wanted = { 0 };
	const struct line *there;
	struct carried c;
	int rc = carried_parse(line, &c, e);

	if (rc != 0)
		return rc;
	if (!records_accepted(&o->survey.records, c.kind, line->key, newest->epoch,
	                      newest->sequence)) {
		wanted = (struct line){ .kind = c.kind, .key = c.key, .key_len = strlen(c.key),
			                .value = c.wanted.data, .value_len = c.wanted.len };
		there = line_set_find(&o->want, c.kind, c.key);
		rc = there != NULL ? line_set_replace(&o->want, there, &wanted, e)
		                   : line_set_add(others, &wanted, e);
	}
	carried_release(&c);
	return rc;
}

int
carried_overlay(struct operation *o, struct err *e)
{
	struct line_set others;
	size_t i;
	int rc = 0;

	line_set_init(&others, CARRIED_MAX);
	for (i = 0; i < o->saved.count && rc == 0; i++)
		if (o->saved.lines[i].kind == KIND_CARRIED)
			rc = overlay_one(o, &o->saved.lines[i], &others, e);
	for (i = 0; i < others.count && rc == 0; i++)
		rc = line_set_add(&o->want, &others.lines[i], e);
	line_set_release(&others);
	return rc != 0 ? rc : line_set_sort(&o->want, e);
}

/* ---- unchanged? ---- */

static bool
same_line(const struct line *a, const struct line *b)
{
	char id[TOPIC_ID_SIZE] = "", other[TOPIC_ID_SIZE] = "";

	if (line_compare(a, b) != 0)
		return false;
	if (a->kind == KIND_IDENTITY) /* placement moves, and is no configuration */
		return identity_topic_id(a, id) == identity_topic_id(b, other) &&
		       strcmp(id, other) == 0; /* neither has one: the broker gives none */
	return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

static size_t
next_of_class(const struct line_set *set, size_t i, bool carried)
{
	while (i < set->count && (set->lines[i].kind == KIND_CARRIED) != carried)
		i++;
	return i;
}

/* The lines of one class (carried or not) of two sorted sets. */
static bool
same_class(const struct line_set *a, const struct line_set *b, bool carried)
{
	size_t i = next_of_class(a, 0, carried), k = next_of_class(b, 0, carried);

	while (i < a->count && k < b->count) {
		if (!same_line(&a->lines[i], &b->lines[k]))
			return false;
		i = next_of_class(a, i + 1, carried);
		k = next_of_class(b, k + 1, carried);
	}
	return i == a->count && k == b->count;
}

bool
carried_same_lines(const struct operation *o)
{
	unsigned i;

	for (i = 0; i < KIND_TABLE; i++)
		if (kind_is_resource((enum kind)i) &&
		    o->live.kinds[i].state != o->survey.newest.kinds[i].state)
			return false;
	return same_class(&o->live.lines, &o->saved, false) &&
	       same_class(&o->carried, &o->saved, true);
}
