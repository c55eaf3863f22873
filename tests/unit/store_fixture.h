/*
 * store_fixture.h - a directory store in a fresh directory, with its calls made as if they blocked.
 *
 * Each call checks the callback rule as it goes: none from inside the start function, exactly one
 * after a start that returned 0, none after another.
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "core/store/store.h"

#define FIXTURE_NAMES 1000

struct fixture {
	struct loop   loop;
	struct store *store;
	char          dir[64]; /* the store's, "/tmp/..." */
	/* Of the last call. */
	unsigned calls; /* callbacks */
	int      rc;
	struct err err;
	char    *bytes; /* NULL: none */
	size_t   len;
	uint64_t total;
	char    *names[FIXTURE_NAMES];
	size_t   count;
	int      more;
};

/* For cmocka: a struct fixture in *state; its end, at which every handle must be closed. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* The same for a directory that exists, in a process or with a path of one's own. */
void fixture_open(struct fixture *f, const char *dir);
void fixture_close(struct fixture *f);
void fixture_remove_tree(const char *dir);

/* The code of the start function or of the callback; the rest is in f. */
int fixture_put(struct fixture *f, const char *name, const void *bytes, size_t len);
int fixture_get(struct fixture *f, const char *name, uint64_t offset, size_t len, size_t max);
int fixture_list(struct fixture *f, const char *folder, const char *after, size_t max);
int fixture_delete(struct fixture *f, const char *name);
int fixture_check(struct fixture *f);

/* For calls that are started by hand. */
void fixture_done(void *arg, int rc, const struct err *e);
void fixture_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total,
                 const struct err *e);
void fixture_listed(void *arg, int rc, const struct store_page *page, const struct err *e);
void fixture_forget(struct fixture *f); /* what the last call left */

/* "DIR/BELOW", in a ring of four. */
const char *fixture_path(const struct fixture *f, const char *below);

/* How many entries `below` has, hidden ones too; 0 when it does not exist. */
size_t fixture_entries(const struct fixture *f, const char *below);

/*
 * Asserts that `name`, in orders/s, either is not there at all, or is listed alone there and is the
 * whole body.  True: it is there.
 */
bool fixture_whole_or_nothing(struct fixture *f, const char *name, const char *body, size_t len);

/* A body of len bytes that is different at each place; freed by the caller. */
char *fixture_body(size_t len, unsigned seed);

#endif
