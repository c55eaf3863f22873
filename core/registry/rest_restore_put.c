/*
 * rest_restore_put.c - see rest_restore.h: register one version, or delete it softly.
 *
 * An answer of 2xx proves nothing: registries give another id, or take no notice of a version that is taken.  So the
 * id is compared in every answer.  After a lost answer the version is looked for before it is sent again.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/loop/retry.h"
#include "core/registry/rest_restore.h"

#define SILENT_MAX 3u
#define RETRY_PUT  ((struct retry){ .base_ms = 100, .cap_ms = 2000, .attempts_max = 8 })

struct put {
	struct restore      *restore;
	struct restore_item *item;
	struct retry         retry;
	unsigned             silent; /* how often nobody answered, in a row */
	struct err           why;    /* of the wait */
	struct buf           path, body;
};

static int register_it(struct put *p, struct err *e);
static int look(struct put *p, struct err *e);

static void
end(struct put *p, int rc, const struct err *e)
{
	struct restore *r = p->restore;

	r->done += r->done < r->count;
	if (r->apply->progress != NULL)
		r->apply->progress(r->apply, r->done, r->count);
	if (rc != 0) {
		r->stop = *e;
		r->whole = true;
	}
	buf_release(&p->path);
	buf_wipe(&p->body);
	free(p);
	fanout_end(&r->fanout, 0, &(struct err){ 0 });
}

static void
end_here(struct put *p)
{
	end(p, 0, &(struct err){ 0 });
}

/* ---- an answer that was lost ---- */

static void
waited(void *arg, int rc)
{
	struct put *p = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(p->restore->registry->loop, &e);
	else
		rc = look(p, &e);
	if (rc != 0)
		end(p, rc, &e);
}

/* It may have been done: look after a while.  Nobody answers for the third time: the run ends. */
static void
look_later(struct put *p, const struct err *why)
{
	struct loop *l = p->restore->registry->loop;
	struct err e = { 0 };

	p->why = *why;
	if (retry_wait(&p->retry, l, waited, p, &e) == 0)
		return;
	if (l->stopped != 0)
		end(p, e.code, &e);
	else
		end(p, p->why.code, &p->why);
}

static bool
unanswered(struct put *p, int rc, const struct err *e)
{
	if (rc == 0)
		return false;
	if (rc == ERR_CORRUPT) { /* not a registry's answer: of this schema, and of no other */
		restore_failed(p->restore, p->item, "%s", e->text);
		end_here(p);
	} else if (rc != ERR_AGAIN || ++p->silent == SILENT_MAX) {
		end(p, rc, e);
	} else {
		look_later(p, e);
	}
	return true;
}

/* ---- look ---- */

static void
looked(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct put *p = arg;
	struct err err = { 0 };
	int64_t id;

	if (unanswered(p, rc, e))
		return;
	if (rest_is_missing(answer)) {
		rc = register_it(p, &err);
		if (rc != 0)
			end(p, rc, &err);
		return;
	}
	if (answer->why.code != 0) {
		look_later(p, &answer->why);
		return;
	}
	p->item->registered = rest_number(answer->value, "id", &id) && id == p->item->line.version.id;
	if (!p->item->registered)
		restore_failed(p->restore, p->item, "somebody else has registered this version meanwhile");
	end_here(p);
}

void
restore_version_path(const struct restore_item *item, const char *query, struct buf *path)
{
	const struct schema_version *v = &item->line.version;
	struct buf behind CLEANUP(buf_release);

	buf_init(&behind, 64);
	(void)buf_print(&behind, "/versions/%lld%s", (long long)v->version, query); /* short */
	rest_make_path(path, "subjects", v->context, v->subject, buf_text(&behind));
}

static int
look(struct put *p, struct err *e)
{
	restore_version_path(p->item, "?deleted=true", &p->path);
	return rest_send(p->restore->registry, "GET", &p->path, NULL, looked, p, e);
}

/* ---- register ---- */

static void
refused(struct put *p, const struct rest_answer *answer)
{
	struct restore *r = p->restore;
	const char *words;

	switch (answer->error_code) {
	case REGISTRY_NOT_PERMITTED:
		words = "its id or version is taken there by another text, or the registry is not in the mode IMPORT";
		break;
	case REGISTRY_MISSING_REFERENCE:
		words = "the registry does not take the text, or lacks a schema that it refers to";
		break;
	default:
		words = answer->status == 422 ? "the registry takes no id and version with it, or not the text"
		                              : "the registry refuses it";
	}
	p->item->plan->denied = answer->why.code == ERR_DENIED;
	if (answer->why.code == ERR_DENIED) /* of all others too: nothing else is sent */
		r->stop = answer->why;
	restore_failed(r, p->item, "%s: %s", answer->why.text, words);
	end_here(p);
}

static bool
is_of(const struct schema_version *v, const struct schema_version *other, int64_t id)
{
	return other->id == id && strcmp(other->subject, v->subject) == 0 && strcmp(other->context, v->context) == 0;
}

/* Has another version of the subject that id?  Then it may have the same text, and got no id of its own. */
static bool
is_anothers(const struct restore *r, const struct schema_version *v, int64_t id)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (is_of(v, &r->items[i].line.version, id))
			return true;
	for (i = 0; i < r->there.count; i++)
		if (is_of(v, &r->there.items[i], id))
			return true;
	return false;
}

/* The id must be the one that was asked for.  One that nobody knows is the registry's own: nothing else may be sent. */
static void
accepted(struct put *p, const struct rest_answer *answer)
{
	struct restore *r = p->restore;
	const struct schema_version *v = &p->item->line.version;
	int64_t id = -1;

	if (rest_number(answer->value, "id", &id) && id == v->id) {
		p->item->registered = true;
	} else if (is_anothers(r, v, id)) {
		restore_failed(r, p->item,
		               "the registry answered with id %lld instead of %lld: it has the same text in this "
		               "subject under that one", (long long)id, (long long)v->id);
	} else {
		if (r->stop.code == 0)
			(void)err_set(&r->stop, ERR_UNSUPPORTED,
			              "the registry keeps no ids: it answered with id %lld instead of %lld for subject "
			              "%.249s, version %lld; nothing more was sent", (long long)id, (long long)v->id,
			              v->subject, (long long)v->version);
		restore_failed(r, p->item, "the registry answered with id %lld instead of %lld: it keeps no ids",
		               (long long)id, (long long)v->id);
	}
	end_here(p);
}

static void
posted(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct put *p = arg;

	if (unanswered(p, rc, e))
		return;
	p->silent = 0;
	if (answer->why.code == 0)
		accepted(p, answer);
	else if (answer->why.code == ERR_AGAIN)
		look_later(p, &answer->why);
	else
		refused(p, answer);
}

static void
write_member(struct json *j, const char *name, struct json_object *value)
{
	if (value == NULL)
		return;
	json_key(j, name);
	json_value(j, value);
}

static void
write_body(struct put *p)
{
	const struct schema_version *v = &p->item->line.version;
	struct json j;

	buf_clear(&p->body);
	json_init(&j, &p->body);
	json_begin_object(&j);
	json_key(&j, "id");
	json_integer(&j, v->id);
	write_member(&j, "metadata", v->metadata);
	write_member(&j, "references", v->references);
	write_member(&j, "ruleSet", v->rule_set);
	json_key(&j, "schema");
	json_string_bytes(&j, v->text, v->text_len);
	json_key_string(&j, "schemaType", v->type);
	json_key(&j, "version");
	json_integer(&j, v->version);
	json_end_object(&j);
}

static int
register_it(struct put *p, struct err *e)
{
	const struct schema_version *v = &p->item->line.version;

	rest_make_path(&p->path, "subjects", v->context, v->subject, "/versions");
	write_body(p);
	return rest_send(p->restore->registry, "POST", &p->path, &p->body, posted, p, e);
}

static int
start(struct restore *r, size_t i, int (*first)(struct put *p, struct err *e), struct err *e)
{
	struct put *p = calloc(1, sizeof *p);
	int rc;

	if (p == NULL)
		return err_memory(e, "restoring schemas");
	*p = (struct put){ .restore = r, .item = &r->items[i], .retry = RETRY_PUT };
	buf_init(&p->path, 16 * KEY_MAX_BYTES);
	buf_init(&p->body, LINE_MAX_BYTES + 2 * KEY_MAX_BYTES);
	rc = first(p, e);
	if (rc != 0) {
		buf_release(&p->path);
		buf_wipe(&p->body);
		free(p);
	}
	return rc;
}

/* One that is not to be sent any more ends without a request, as soon as the loop is free. */
static void
passed(void *arg, int rc)
{
	struct err e = { 0 };

	if (rc != 0)
		(void)err_set(&e, rc, "stopped");
	end(arg, rc, &e);
}

static int
pass(struct put *p, struct err *e)
{
	return loop_wait(p->restore->registry->loop, 0, passed, p, e);
}

int
restore_start_register(struct fanout *f, size_t i, struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);
	const struct restore_item *item = &r->items[r->first + i];
	bool send = item->create && !item->registered && r->stop.code == 0;

	return start(r, r->first + i, send ? register_it : pass, e);
}

/* ---- soft deletions ---- */

static void
deleted(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct put *p = arg;
	struct err err = *e;

	if (rc == 0 && !rest_is_missing(answer)) { /* 404: it is deleted already */
		err = answer->why;
		rc = err.code;
	}
	if (rc == ERR_AGAIN || rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		end(p, rc, &err);
		return;
	}
	if (rc != 0) {
		p->item->plan->denied = rc == ERR_DENIED;
		restore_failed(p->restore, p->item, "registered, but not softly deleted: %s", err.text);
	}
	end_here(p);
}

static int
delete_it(struct put *p, struct err *e)
{
	restore_version_path(p->item, "", &p->path);
	return rest_send(p->restore->registry, "DELETE", &p->path, NULL, deleted, p, e);
}

int
restore_start_delete(struct fanout *f, size_t i, struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);
	struct restore_item *item = &r->items[r->first + i];
	bool ours = item->registered || item->plan->action == PLAN_COMPLETE;

	return start(r, r->first + i, item->softly && ours && !r->whole ? delete_it : pass, e);
}
