/* cloud_list.c - one page of the names in a folder of an object store, believed only in order; see cloud.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/store/cloud_op.h"

#define PAGES_MAX (STORE_OBJECTS_MAX / STORE_PAGE_MAX)

int
cloud_page_add(struct cloud_page *l, const char *key, size_t len)
{
	const char **more;

	if (l->count == l->room) {
		l->room = l->room == 0 ? 64 : 2 * l->room;
		more = arena_alloc(&l->texts, l->room * sizeof(char *));
		if (more == NULL)
			return -1;
		if (l->count > 0)
			memcpy(more, l->keys, l->count * sizeof(char *));
		l->keys = more;
	}
	l->keys[l->count] = arena_copy(&l->texts, key, len);
	return l->keys[l->count++] == NULL ? -1 : 0;
}

int
cloud_page_verify(const struct cloud *c, const struct cloud_page *l, const char *last, struct err *e)
{
	size_t n = strlen(l->folder), i;
	const char *what = NULL;

	if (l->count > l->max)
		what = "more names than were asked for";
	for (i = 0; what == NULL && i < l->count; i++) {
		if (strncmp(l->keys[i], l->folder, n) != 0)
			what = "names of other folders than were asked for";
		else if (c->verbs->start == CLOUD_BEHIND && strcmp(l->keys[i], l->after) <= 0)
			what = "names before the one to begin behind";
		else if (strcmp(l->keys[i], last) <= 0)
			what = "names that are not in the order of their bytes";
		last = l->keys[i];
	}
	if (what == NULL)
		return 0;
	return err_set(e, ERR_CORRUPT,
	               "cannot list %s in %s: it answers with %s: no object store may, and without its "
	               "lists nothing can be kept in it", l->folder, c->where, what);
}

void
cloud_page_skip(struct cloud_page *l)
{
	size_t n = 0;

	while (n < l->count && strcmp(l->keys[n], l->after) <= 0)
		n++;
	l->keys += n;
	l->count -= n;
	l->room -= n;
}

void
cloud_forget_place(struct cloud *c)
{
	free(c->place);
	free(c->place_token);
	c->place = c->place_token = NULL;
}

/* Names as the contract has them: not of folders below, not hidden, not longer than ours can be. */
static bool
is_wanted(const struct cloud_op *op, const char *name)
{
	size_t len = strlen(name), around = strlen(op->folder) - strlen(op->call.cloud->prefix);

	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
	       around + len <= OBJECT_NAME_MAX && json_utf8_run(name, len) == len;
}

static int
tell_names(struct cloud_op *op, struct err *e)
{
	size_t folder = strlen(op->folder), i;

	for (i = 0; i < op->page.count; i++) {
		const char *name = op->page.keys[i] + folder;

		if (!is_wanted(op, name))
			continue;
		op->names[op->count] = arena_text(&op->told, name);
		if (op->names[op->count++] == NULL)
			return err_memory(e, "listing a store");
	}
	return 0;
}

/*
 * How many keys to ask for.  Those that will be skipped are asked for too; where a list cannot even
 * begin near them, page after page.
 */
static size_t
page_size(const struct cloud_op *op)
{
	size_t wanted = op->max - op->count;

	if (op->after[0] == '\0' || op->call.cloud->verbs->start == CLOUD_BEHIND)
		return wanted;
	if (op->call.cloud->verbs->start == CLOUD_AT)
		return wanted + (op->page.token == NULL);
	return op->count == 0 && !op->goes_on ? STORE_PAGE_MAX : wanted;
}

static int
ask_page(struct cloud_op *op)
{
	struct cloud_request *r = cloud_request_begin(&op->call);

	op->page.max = page_size(op);
	r->body_max = CLOUD_LIST_MAX;
	return op->call.cloud->verbs->list(op->call.cloud, &op->page, r);
}

/* Where the next list can go on, if it is to begin behind the last name of this one. */
static int
remember_place(const struct cloud_op *op, bool cut, struct err *e)
{
	struct cloud *c = op->call.cloud;
	const char *token = op->page.token;
	char key[CLOUD_KEY_MAX + 1];

	if (c->verbs->start != CLOUD_FIRST)
		return 0;
	cloud_forget_place(c);
	if (cut || token == NULL || op->count == 0)
		return 0;
	(void)snprintf(key, sizeof key, "%s%s", op->folder, op->names[op->count - 1]); /* it was a key */
	c->place = strdup(key);
	c->place_token = strdup(token);
	return c->place == NULL || c->place_token == NULL ? err_memory(e, "listing a store") : 0;
}

/* A list that begins where the last one ended goes on there.  False: no memory. */
static bool
take_place(struct cloud_op *op)
{
	const struct cloud *c = op->call.cloud;

	op->goes_on = c->place != NULL && c->place_token != NULL && strcmp(c->place, op->after) == 0;
	if (op->goes_on)
		op->page.token = arena_text(&op->page.texts, c->place_token);
	return !op->goes_on || op->page.token != NULL;
}

static int
take_page(struct cloud_op *op, const struct http_response *answer, struct err *e)
{
	struct cloud_page *l = &op->page;
	bool cut;
	int rc;

	arena_release(&l->texts);
	l->keys = NULL;
	l->token = NULL;
	l->count = l->room = 0;
	l->more = false;
	rc = op->call.cloud->verbs->listed(answer, l, e);
	if (rc != 0)
		return err_prefix(e, "cannot list %s in %s", op->folder, op->call.cloud->where);
	rc = cloud_page_verify(op->call.cloud, l, op->last, e);
	if (rc != 0)
		return rc;
	if (l->count > 0)
		(void)snprintf(op->last, sizeof op->last, "%s", l->keys[l->count - 1]); /* cut is refused as order */
	cloud_page_skip(l);
	cut = l->count > op->max - op->count;
	if (cut) {
		l->count = op->max - op->count;
		l->more = true;
	}
	rc = tell_names(op, e);
	if (rc == 0)
		rc = remember_place(op, cut, e);
	if (rc == 0 && l->more && op->count < op->max && ++op->pages > PAGES_MAX)
		rc = err_set(e, ERR_OPERATOR, "more than %u objects in %s of %s: remove old ones",
		             STORE_OBJECTS_MAX, op->folder, op->call.cloud->where);
	return rc;
}

static void
page_answered(struct cloud_call *call, int rc, const struct http_response *answer, const struct err *e)
{
	struct cloud_op *op = container_of(call, struct cloud_op, call);
	struct store_page page;
	struct err err = *e;

	if (rc == 0)
		rc = take_page(op, answer, &err);
	if (rc == 0 && op->page.more && op->count < op->max) { /* all of it was left out: go on */
		rc = ask_page(op) != 0 ? err_memory(&err, "asking the store") : cloud_call_start(call, &err);
		if (rc == 0)
			return;
	}
	page = (struct store_page){ op->names, rc == 0 ? op->count : 0, rc == 0 && op->page.more };
	op->list(op->arg, rc, &page, &err);
	cloud_op_free(op);
}

int
cloud_list(struct store *s, const char *folder, const char *after, size_t max, store_list_fn *fn, void *arg,
     struct err *e)
{
	struct cloud_op *op = cloud_op_new(s, folder, 2, page_answered, e);

	if (op == NULL)
		return e->code;
	op->list = fn;
	op->arg = arg;
	op->max = max > STORE_PAGE_MAX ? STORE_PAGE_MAX : max;
	(void)snprintf(op->folder, sizeof op->folder, "%.*s/", (int)CLOUD_KEY_MAX - 1, op->key);
	if (after[0] != '\0' && (size_t)snprintf(op->after, sizeof op->after, "%s%s", op->folder, after) >
	                             CLOUD_KEY_MAX) {
		cloud_op_free(op);
		return err_set(e, ERR_FAILED, "a list cannot begin behind a name of more than %u bytes",
		               CLOUD_KEY_MAX);
	}
	op->page.folder = op->folder;
	op->page.after = op->after;
	op->names = arena_alloc(&op->told, (op->max + 1) * sizeof(char *));
	return cloud_op_start(op, op->names == NULL || !take_place(op) ? -1 : ask_page(op), e);
}
