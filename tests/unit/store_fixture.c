/* store_fixture.c - see store_fixture.h */
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/store_fixture.h"

void
fixture_open(struct fixture *f, const char *dir)
{
	struct err e;

	memset(f, 0, sizeof *f);
	(void)snprintf(f->dir, sizeof f->dir, "%s", dir);
	assert_int_equal(loop_init(&f->loop, &e), 0);
	assert_int_equal(store_fs_open(&f->loop, dir, &f->store, &e), 0);
}

void
fixture_close(struct fixture *f)
{
	fixture_forget(f);
	f->store->ops->close(f->store);
	loop_run(&f->loop);
	assert_true(loop_release(&f->loop));
}

int
fixture_setup(void **state)
{
	struct fixture *f = malloc(sizeof *f);
	char dir[] = "/tmp/t_store.XXXXXX";

	assert_non_null(f);
	assert_non_null(mkdtemp(dir));
	fixture_open(f, dir);
	*state = f;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Again and again: a thread of a call that was stopped may still be making what is removed here. */
void
fixture_remove_tree(const char *dir)
{
	for (int tries = 0; tries < 1000 && access(dir, F_OK) == 0; tries++)
		(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	fixture_remove_tree(f->dir);
	free(f);
	return 0;
}

void
fixture_forget(struct fixture *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->names[i]);
	free(f->bytes);
	f->bytes = NULL;
	f->calls = 0;
	f->rc = 0;
	f->count = f->len = 0;
	f->total = 0;
	f->more = 0;
	f->err.code = 0;
	f->err.text[0] = '\0';
}

void
fixture_done(void *arg, int rc, const struct err *e)
{
	struct fixture *f = arg;

	f->calls++;
	f->rc = rc;
	f->err = *e;
	assert_int_equal(e->code, rc);
}

void
fixture_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct fixture *f = arg;

	fixture_done(f, rc, e);
	if (rc != 0)
		return;
	f->bytes = malloc(len + 1);
	assert_non_null(f->bytes);
	memcpy(f->bytes, bytes, len);
	f->len = len;
	f->total = total;
}

void
fixture_listed(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct fixture *f = arg;

	fixture_done(f, rc, e);
	if (rc != 0)
		return;
	assert_true(page->count <= FIXTURE_NAMES);
	for (f->count = 0; f->count < page->count; f->count++) {
		f->names[f->count] = strdup(page->names[f->count]);
		assert_non_null(f->names[f->count]);
	}
	f->more = page->more;
}

/* After a start function that returned rc. */
static int
finish(struct fixture *f, int rc, const struct err *e)
{
	assert_int_equal(f->calls, 0);
	(void)uv_run(&f->loop.uv, UV_RUN_DEFAULT);
	assert_int_equal(f->calls, rc == 0 ? 1 : 0);
	if (rc == 0)
		return f->rc;
	assert_int_equal(e->code, rc);
	f->err = *e;
	return rc;
}

int
fixture_put(struct fixture *f, const char *name, const void *bytes, size_t len)
{
	struct buf b;
	struct err e;
	int rc;

	fixture_forget(f);
	buf_init(&b, len);
	assert_int_equal(buf_add(&b, bytes, len), 0);
	rc = f->store->ops->put(f->store, name, &b, fixture_done, f, &e);
	rc = finish(f, rc, &e);
	if (len > 0)
		memset(b.data, 0xee, b.len); /* it must be finished with */
	buf_release(&b);
	return rc;
}

int
fixture_get(struct fixture *f, const char *name, uint64_t offset, size_t len, size_t max)
{
	struct err e;

	fixture_forget(f);
	return finish(f, f->store->ops->get(f->store, name, offset, len, max, fixture_got, f, &e),
	              &e);
}

int
fixture_list(struct fixture *f, const char *folder, const char *after, size_t max)
{
	struct err e;

	fixture_forget(f);
	return finish(f, f->store->ops->list(f->store, folder, after, max, fixture_listed, f, &e),
	              &e);
}

int
fixture_delete(struct fixture *f, const char *name)
{
	struct err e;

	fixture_forget(f);
	return finish(f, f->store->ops->remove(f->store, name, fixture_done, f, &e), &e);
}

int
fixture_check(struct fixture *f)
{
	struct err e;

	fixture_forget(f);
	return finish(f, f->store->ops->check(f->store, fixture_done, f, &e), &e);
}

const char *
fixture_path(const struct fixture *f, const char *below)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", f->dir, below);
	return path;
}

size_t
fixture_entries(const struct fixture *f, const char *below)
{
	DIR *d = opendir(fixture_path(f, below));
	size_t n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2; /* "." and ".." */
}

char *
fixture_body(size_t len, unsigned seed)
{
	char *body = malloc(len + 1);

	assert_non_null(body);
	for (size_t i = 0; i < len; i++)
		body[i] = (char)((i * 2654435761u + seed) >> 13);
	return body;
}

bool
fixture_whole_or_nothing(struct fixture *f, const char *name, const char *body, size_t len)
{
	const char *last = strrchr(name, '/') + 1;
	bool listed;

	assert_int_equal(fixture_list(f, "orders/s", "", 10), 0);
	assert_true(f->count <= 1);
	listed = f->count == 1;
	if (listed)
		assert_string_equal(f->names[0], last);
	if (fixture_get(f, name, 0, 0, len) == ERR_MISSING) {
		assert_false(listed);
		return false;
	}
	assert_int_equal(f->rc, 0);
	assert_true(listed);
	assert_int_equal(f->len, len);
	assert_memory_equal(f->bytes, body, len);
	return true;
}
