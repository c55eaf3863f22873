/*
 * users_capture.c - see users.h: one thread asks the manager's store for all, the loop's makes lines of it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/kafka/users_line.h"
#include "core/kraft/acl_key.h"
#include "core/loop/work.h"

struct copy {
	char  *name, *mechanism; /* of one allocation with the bytes behind them */
	size_t size;             /* of that allocation */
	void  *bytes;
	size_t len;
};

struct reading { /* the thread's */
	struct user_store store;
	struct copy      *copies;
	size_t            count, capacity;
	int               rc;
	struct err        err;
};

struct waiter { /* the loop's */
	struct capture *capture;
	struct reading *reading;
};

/* ---- on the thread ---- */

static int
copy_one(struct reading *r, const struct user_credential *c)
{
	size_t name = strlen(c->name) + 1, mechanism = strlen(c->mechanism) + 1, room;
	struct copy *more, *one;

	if (r->count == r->capacity) {
		room = r->capacity == 0 ? 256 : r->capacity * 2;
		more = realloc(r->copies, room * sizeof *more);
		if (more == NULL)
			return err_memory(&r->err, "reading the manager's users");
		r->copies = more;
		r->capacity = room;
	}
	one = &r->copies[r->count];
	*one = (struct copy){ .size = name + mechanism + c->len, .len = c->len };
	one->name = malloc(one->size);
	if (one->name == NULL)
		return err_memory(&r->err, "reading the manager's users");
	one->mechanism = one->name + name;
	one->bytes = one->mechanism + mechanism;
	memcpy(one->name, c->name, name);
	memcpy(one->mechanism, c->mechanism, mechanism);
	if (c->len > 0)
		memcpy(one->bytes, c->bytes, c->len);
	r->count++;
	return 0;
}

static bool
is_text(const char *text, size_t max)
{
	size_t len = text == NULL ? 0 : strlen(text);

	return len > 0 && len <= max && json_utf8_run(text, len) == len;
}

static int32_t
take(void *arg, const struct user_credential *c)
{
	struct reading *r = arg;

	if (c == NULL)
		r->rc = err_set(&r->err, ERR_FAILED, "the manager's user store gives a user with something that this "
		                                     "plugin does not know");
	else if (!is_text(c->name, ACL_KEY_MAX_BYTES) || !is_text(c->mechanism, 255))
		r->rc = err_set(&r->err, ERR_FAILED,
		                "the manager's user store gives a user whose name or mechanism is missing, too "
		                "long or not UTF-8");
	else if (c->len > CREDENTIAL_MAX || (c->len > 0 && c->bytes == NULL) || r->count == USERS_MAX)
		r->rc = err_set(&r->err, ERR_FAILED,
		                "the manager's user store gives user \"%.200s\" a credential of %zu bytes, at most "
		                "%u are kept, and of %u users",
		                c->name, c->len, CREDENTIAL_MAX, USERS_MAX);
	else
		r->rc = copy_one(r, c);
	return r->rc == 0 ? 0 : 1;
}

static int
by_name(const void *a, const void *b)
{
	const struct copy *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : strcmp(x->mechanism, y->mechanism);
}

static void
run(void *data)
{
	struct reading *r = data;
	int32_t answer = r->store.each(r->store.ctx, take, r);

	if (r->rc == 0 && answer != 0)
		r->rc = err_set(&r->err, ERR_AGAIN, "the manager's user store cannot be read: it answered %d",
		                (int)answer);
	if (r->rc == 0 && r->count > 0)
		qsort(r->copies, r->count, sizeof *r->copies, by_name);
}

static void
release(void *data)
{
	struct reading *r = data;
	size_t i;

	for (i = 0; i < r->count; i++) {
		sodium_memzero(r->copies[i].name, r->copies[i].size);
		free(r->copies[i].name);
	}
	free(r->copies);
	r->store.leave(r->store.ctx);
	free(r);
}

/* ---- on the loop ---- */

/* The line of the user whose credentials begin at i; *ret is where the next one's do. */
static int
add_user(const struct reading *r, size_t i, struct capture *c, struct buf *value, size_t *ret,
         struct err *e)
{
	const char *name = r->copies[i].name;
	struct line line = { .kind = KIND_USER, .key = name, .key_len = strlen(name) };
	const char *before = NULL;
	struct json j;

	buf_clear(value);
	json_init(&j, value);
	json_begin_object(&j);
	for (; i < r->count && strcmp(r->copies[i].name, name) == 0; i++) {
		const struct copy *copy = &r->copies[i];
		struct user_credential credential = { copy->name, copy->mechanism, copy->bytes, copy->len };

		if (before != NULL && strcmp(before, copy->mechanism) == 0)
			return err_set(e, ERR_FAILED, "the manager's user store gives user \"%.200s\" twice", name);
		before = copy->mechanism;
		user_credential_write(&credential, &j);
	}
	json_end_object(&j);
	*ret = i;
	if (value->failed)
		return err_memory(e, "reading the manager's users");
	line.value = value->data;
	line.value_len = value->len;
	return line_set_add(c->lines, &line, e);
}

static void
done(void *arg, int rc)
{
	struct waiter *w = arg;
	struct capture *c = w->capture;
	const struct reading *r = w->reading;
	struct err e = { 0 };
	struct buf value;
	size_t i = 0;

	free(w);
	if (rc != 0) { /* the reading is the thread's now */
		(void)loop_check(c->loop, &e);
		c->done(c, rc, &e);
		return;
	}
	buf_init(&value, LINE_MAX_BYTES);
	rc = r->rc;
	if (rc != 0)
		e = r->err;
	while (rc == 0 && i < r->count)
		rc = add_user(r, i, c, &value, &i, &e);
	buf_wipe(&value);
	c->done(c, rc, &e);
}

int
users_capture(struct capture *c, struct err *e)
{
	static const struct work_call call = { run, release, done };
	const struct user_store *store = c->server;
	struct reading *r = calloc(1, sizeof *r);
	struct waiter *w = calloc(1, sizeof *w);
	int rc = r == NULL || w == NULL ? err_memory(e, "reading the manager's users") : 0;

	if (rc == 0) {
		*w = (struct waiter){ c, r };
		r->store = *store;
		store->hold(store->ctx);
		rc = work_start(c->loop, &call, r, w, e);
		if (rc == 0)
			return 0;
		store->leave(store->ctx);
	}
	free(r);
	free(w);
	return rc;
}
