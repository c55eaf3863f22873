/*
 * fs.c - a store in a directory: each call is one function of fs_io.h on a thread of its own.
 *
 * A call's data is made whole before its thread starts and holds nothing of the operation's: a
 * disk that hangs keeps the thread, never the loop.  The request is the loop's part of it, and all
 * that is left to the loop when it is stopped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/loop/work.h"
#include "core/store/fs_io.h"
#include "core/store/store.h"

struct fs {
	struct store store;
	struct loop *loop;
	char        *path;
};

/* The thread's: what is asked, then what came of it. */
struct call {
	struct fs_place place;
	char            after[OBJECT_NAME_MAX + 1]; /* list */
	size_t          max;
	struct fs_range range; /* get */
	struct fs_bytes bytes; /* of put, or read by get */
	struct fs_names names;
	int             rc;
	struct err      err;
};

/* The loop's. */
struct request {
	struct loop   *loop;
	struct call   *call;
	store_list_fn *list; /* the one of these three that is to be called */
	store_get_fn  *get;
	store_done_fn *done;
	void          *arg;
};

static void
call_free(void *data)
{
	struct call *c = data;

	fs_names_release(&c->names);
	free(c->bytes.bytes);
	free(c);
}

/* The end of a request: *ret is a copy of it; the result's code, with its text in *e. */
static int
request_end(void *arg, int rc, struct request *ret, struct err *e)
{
	*ret = *(struct request *)arg;
	free(arg);
	if (rc != 0) /* stopped: the call is the thread's alone now */
		return loop_check(ret->loop, e);
	*e = (struct err){ .code = 0 }; /* the call's may hold what it got over */
	if (ret->call->rc != 0)
		*e = ret->call->err;
	return ret->call->rc;
}

static int
start(struct fs *s, const struct work_call *how, struct call *c, const struct request *request,
      struct err *e)
{
	struct request *r = malloc(sizeof *r);
	int rc;

	if (r == NULL) {
		call_free(c);
		return err_memory(e, "starting a store's call");
	}
	*r = *request;
	r->loop = s->loop;
	r->call = c;
	rc = work_start(s->loop, how, c, r, e);
	if (rc != 0) {
		call_free(c);
		free(r);
	}
	return rc;
}

/* NULL with e set. */
static struct call *
call_new(const struct fs *s, const char *name, int parts, struct err *e)
{
	struct call *c = calloc(1, sizeof *c);

	if (c == NULL) {
		(void)err_memory(e, "starting a store's call");
		return NULL;
	}
	if (fs_place_init(&c->place, s->path, name, parts, e) == 0)
		return c;
	free(c);
	return NULL;
}

static void
list_run(void *data)
{
	struct call *c = data;

	c->rc = fs_list(&c->place, c->after, c->max, &c->names, &c->err);
}

static void
list_done(void *arg, int rc)
{
	struct store_page page = { .names = NULL };
	struct request r;
	struct err e;

	rc = request_end(arg, rc, &r, &e);
	if (rc == 0)
		page = (struct store_page){ (const char *const *)r.call->names.names,
		                            r.call->names.count, r.call->names.more };
	r.list(r.arg, rc, &page, &e);
}

static int
list(struct store *store, const char *folder, const char *after, size_t max, store_list_fn *fn,
     void *arg, struct err *e)
{
	static const struct work_call how = { list_run, call_free, list_done };
	struct fs *s = container_of(store, struct fs, store);
	struct call *c = call_new(s, folder, 2, e);

	if (c == NULL)
		return e->code;
	if (strlen(after) > OBJECT_NAME_MAX) {
		call_free(c);
		return err_set(e, ERR_FAILED,
		               "a list cannot begin behind a name of more than %u bytes",
		               OBJECT_NAME_MAX);
	}
	(void)snprintf(c->after, sizeof c->after, "%s", after); /* fits */
	c->max = max;
	return start(s, &how, c, &(struct request){ .list = fn, .arg = arg }, e);
}

static void
get_run(void *data)
{
	struct call *c = data;

	c->rc = fs_get(&c->place, &c->range, &c->bytes, &c->err);
}

static void
get_done(void *arg, int rc)
{
	struct fs_bytes none = { .bytes = NULL };
	const struct fs_bytes *got = &none;
	struct request r;
	struct err e;

	rc = request_end(arg, rc, &r, &e);
	if (rc == 0)
		got = &r.call->bytes;
	r.get(r.arg, rc, got->bytes, got->len, got->total, &e);
}

static int
get(struct store *store, const char *name, uint64_t offset, size_t len, size_t max,
    store_get_fn *fn, void *arg, struct err *e)
{
	static const struct work_call how = { get_run, call_free, get_done };
	struct fs *s = container_of(store, struct fs, store);
	struct call *c = call_new(s, name, 3, e);

	if (c == NULL)
		return e->code;
	c->range = (struct fs_range){ offset, len, max };
	return start(s, &how, c, &(struct request){ .get = fn, .arg = arg }, e);
}

static void
put_run(void *data)
{
	struct call *c = data;

	c->rc = fs_put(&c->place, c->bytes.bytes, c->bytes.len, &c->err);
}

static void
plain_done(void *arg, int rc)
{
	struct request r;
	struct err e;

	rc = request_end(arg, rc, &r, &e);
	r.done(r.arg, rc, &e);
}

static int
put(struct store *store, const char *name, const struct buf *bytes, store_done_fn *fn, void *arg,
    struct err *e)
{
	static const struct work_call how = { put_run, call_free, plain_done };
	struct fs *s = container_of(store, struct fs, store);
	struct call *c = call_new(s, name, 3, e);

	if (c == NULL)
		return e->code;
	c->bytes.len = bytes->len;
	c->bytes.bytes = malloc(bytes->len + 1);
	if (c->bytes.bytes == NULL) {
		call_free(c);
		return err_memory(e, "writing an object");
	}
	if (bytes->len > 0)
		memcpy(c->bytes.bytes, bytes->data, bytes->len);
	return start(s, &how, c, &(struct request){ .done = fn, .arg = arg }, e);
}

static void
remove_run(void *data)
{
	struct call *c = data;

	c->rc = fs_remove(&c->place, &c->err);
}

static int
remove_object(struct store *store, const char *name, store_done_fn *fn, void *arg, struct err *e)
{
	static const struct work_call how = { remove_run, call_free, plain_done };
	struct fs *s = container_of(store, struct fs, store);
	struct call *c = call_new(s, name, 3, e);

	return c == NULL ? e->code
	                 : start(s, &how, c, &(struct request){ .done = fn, .arg = arg }, e);
}

static void
check_run(void *data)
{
	struct call *c = data;

	c->rc = fs_probe(&c->place, &c->err);
}

static int
check(struct store *store, store_done_fn *fn, void *arg, struct err *e)
{
	static const struct work_call how = { check_run, call_free, plain_done };
	struct fs *s = container_of(store, struct fs, store);
	struct call *c = call_new(s, "", 0, e);

	return c == NULL ? e->code
	                 : start(s, &how, c, &(struct request){ .done = fn, .arg = arg }, e);
}

static void
fs_close_store(struct store *store)
{
	struct fs *s = container_of(store, struct fs, store);

	free(s->path);
	free(s);
}

static const struct store_ops fs_ops = {
	.type = "fs",
	.list = list,
	.get = get,
	.put = put,
	.remove = remove_object,
	.check = check,
	.close = fs_close_store,
};

int
store_fs_open(struct loop *loop, const char *path, struct store **ret, struct err *e)
{
	struct fs *s;
	size_t len = strlen(path);

	if (path[0] != '/')
		return err_set(e, ERR_CONFIG,
		               "the store's path '%s' is not absolute: it must begin with /", path);
	if (len >= FS_PATH_SIZE)
		return err_set(e, ERR_CONFIG, "the store's path has more than %u bytes",
		               FS_PATH_SIZE - 1);
	while (len > 1 && path[len - 1] == '/')
		len--;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return err_memory(e, "opening a store");
	s->path = strndup(path, len);
	if (s->path == NULL) {
		free(s);
		return err_memory(e, "opening a store");
	}
	s->store.ops = &fs_ops;
	s->loop = loop;
	*ret = &s->store;
	return 0;
}
