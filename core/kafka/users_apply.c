/*
 * users_apply.c - see users.h: what is missing is put into the manager's store, a batch a thread, so that
 * an operation that is stopped leaves no more than one batch to go on alone
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kafka/users_line.h"
#include "core/loop/work.h"

#define PUT_USERS_MAX 100u /* of one batch */

struct putting { /* the thread's: one user of the batch */
	char       *name;
	struct json_object *want, *have; /* have NULL: not there */
	int32_t     answer;  /* 0: all of it was put */
	char        mechanism[64]; /* that was not taken */
	bool        misfit;  /* the line is not as users.h says */
};

struct batch {
	struct user_store store;
	struct putting    users[PUT_USERS_MAX];
	size_t            count;
};

struct users_apply { /* the loop's */
	struct apply     *apply;
	struct batch     *batch; /* that is being put */
	struct plan_item *items[PUT_USERS_MAX]; /* its items */
	size_t            next; /* item of the plan */
};

/* ---- on the thread ---- */

static void
put_one(const struct user_store *store, struct putting *p)
{
	struct buf bytes;

	buf_init(&bytes, CREDENTIAL_MAX * 2);
	json_object_object_foreach(p->want, mechanism, value) {
		struct user_credential c = { .name = p->name, .mechanism = mechanism };

		if (p->answer != 0 || p->misfit || json_object_object_get_ex(p->have, mechanism, NULL))
			continue;
		p->misfit = !user_credential_bytes(value, &bytes);
		if (p->misfit)
			continue;
		c.bytes = bytes.data;
		c.len = bytes.len;
		p->answer = store->put(store->ctx, &c);
		if (p->answer != 0)
			(void)snprintf(p->mechanism, sizeof p->mechanism, "%s", mechanism); /* cut is fine */
	}
	buf_wipe(&bytes);
}

static void
run(void *data)
{
	struct batch *b = data;
	size_t i;

	for (i = 0; i < b->count; i++)
		put_one(&b->store, &b->users[i]);
}

static void
batch_free(struct batch *b)
{
	size_t i;

	for (i = 0; i < b->count; i++) {
		free(b->users[i].name);
		(void)json_object_put(b->users[i].want);
		(void)json_object_put(b->users[i].have);
	}
	free(b);
}

static void
release(void *data)
{
	struct user_store store = ((struct batch *)data)->store;

	batch_free(data);
	store.leave(store.ctx);
}

/* ---- on the loop ---- */

static void put_next(struct users_apply *u);

static void
take_answer(struct users_apply *u, const struct putting *p, struct plan_item *item)
{
	struct err e = { 0 };

	if (p->answer == 0 && !p->misfit) {
		item->outcome = PLAN_DONE;
		return;
	}
	if (p->misfit)
		(void)err_set(&e, ERR_CORRUPT, "the line of a user is not as FORMAT.md says");
	else
		(void)err_set(&e, ERR_FAILED, "the manager's user store did not take its %s: it answered %d",
		              p->mechanism, (int)p->answer);
	item->outcome = PLAN_FAILED;
	item->reason = arena_text(&u->apply->plan->arena, e.text); /* NULL: no reason */
}

static void
end(struct users_apply *u, int rc, const struct err *e)
{
	struct apply *apply = u->apply;

	free(u);
	apply->done(apply, rc, e);
}

static void
put(void *arg, int rc)
{
	struct users_apply *u = arg;
	struct err e = { 0 };
	size_t i;

	if (rc != 0) { /* the batch is the thread's now */
		(void)loop_check(u->apply->loop, &e);
		end(u, rc, &e);
		return;
	}
	for (i = 0; i < u->batch->count; i++)
		take_answer(u, &u->batch->users[i], u->items[i]);
	if (u->apply->progress != NULL)
		u->apply->progress(u->apply, u->next, u->apply->plan->count);
	put_next(u);
}

static int
parse(const char *text, size_t len, struct json_object **ret, struct err *e)
{
	int rc = json_parse(text, len, JSON_DEPTH_MAX, ret, e);

	return rc != 0 || json_object_is_type(*ret, json_type_object)
	           ? rc
	           : err_set(e, ERR_CORRUPT, "the line of a user is not as FORMAT.md says");
}

static int
add(struct users_apply *u, struct plan_item *item, struct err *e)
{
	struct putting *p = &u->batch->users[u->batch->count];
	int rc;

	u->items[u->batch->count++] = item;
	p->name = strdup(item->want.key);
	rc = p->name == NULL ? err_memory(e, "restoring users")
	                     : parse(item->want.value, item->want.value_len, &p->want, e);
	if (rc == 0 && item->have != NULL)
		rc = parse(item->have, strlen(item->have), &p->have, e);
	return rc;
}

static bool
is_missing(const struct plan_item *item)
{
	return (item->action == PLAN_CREATE || item->action == PLAN_COMPLETE) && item->outcome == PLAN_TODO;
}

static int
fill(struct users_apply *u, struct err *e)
{
	struct plan *plan = u->apply->plan;
	int rc = 0;

	for (; u->next < plan->count && u->batch->count < PUT_USERS_MAX && rc == 0; u->next++)
		if (is_missing(&plan->items[u->next]))
			rc = add(u, &plan->items[u->next], e);
	return rc;
}

/* Start the next batch.  None is left: *ret is NULL. */
static int
start(struct users_apply *u, struct batch **ret, struct err *e)
{
	static const struct work_call call = { run, release, put };
	const struct user_store *store = u->apply->server;
	int rc;

	*ret = u->batch = calloc(1, sizeof *u->batch);
	if (u->batch == NULL)
		return err_memory(e, "restoring users");
	u->batch->store = *store;
	rc = fill(u, e);
	if (rc == 0 && u->batch->count > 0) {
		store->hold(store->ctx);
		rc = work_start(u->apply->loop, &call, u->batch, u, e);
		if (rc == 0)
			return 0;
		store->leave(store->ctx);
	}
	batch_free(u->batch);
	*ret = u->batch = NULL;
	return rc;
}

static void
put_next(struct users_apply *u)
{
	struct batch *started;
	struct err e = { 0 };
	int rc = start(u, &started, &e);

	if (rc != 0 || started == NULL)
		end(u, rc, &e);
}

static void
begin(void *arg, int rc)
{
	struct users_apply *u = arg;
	struct err e = { 0 };

	if (rc == 0) {
		put_next(u);
		return;
	}
	(void)loop_check(u->apply->loop, &e);
	end(u, rc, &e);
}

int
users_apply(struct apply *apply, struct err *e)
{
	struct users_apply *u = calloc(1, sizeof *u);
	int rc;

	if (u == NULL)
		return err_memory(e, "restoring users");
	u->apply = apply;
	rc = loop_wait(apply->loop, 0, begin, u, e); /* never from inside itself */
	if (rc != 0)
		free(u);
	return rc;
}
