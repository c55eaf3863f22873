/* store_fault.c - see store_fault.h */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/fake/store_fault.h"

enum op { LIST, GET, PUT, REMOVE, CHECK, OPS };

static const char *const op_names[OPS] = { "list", "get", "put", "remove", "check" };

struct fault_store {
	struct store  store;
	struct loop  *loop;
	struct store *inner;
	const char   *plan;
	unsigned      calls[OPS];
	unsigned      gets, most_gets; /* in flight */
};

enum what { PASS, FAIL, LOST, CUT, FLIP, HANG };

struct fault {
	enum what what;
	int       code; /* of FAIL */
};

/* One call that does not simply pass: it waits for the loop, for the store, or for ever. */
struct fault_call {
	struct pending pending; /* HANG */
	struct loop   *loop;
	struct fault_store *store; /* of a get that it was asked for */
	struct fault   fault;
	store_list_fn *list; /* the one of these three that is to be called */
	store_get_fn  *get;
	store_done_fn *done;
	void          *arg;
};

static bool
same(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* The word behind "=" or ":"; false: there is no such fault for this op. */
static bool
parse_what(const char *text, size_t len, enum op op, struct fault *ret)
{
	static const struct {
		const char *name;
		enum what   what;
		unsigned    ops; /* bits */
	} words[] = {
		{ "lost", LOST, 1u << PUT | 1u << REMOVE },
		{ "cut", CUT, 1u << GET },
		{ "flip", FLIP, 1u << GET },
		{ "hang", HANG, (1u << OPS) - 1 },
	};

	for (size_t i = 0; i < LENGTH(words); i++)
		if (same(text, len, words[i].name)) {
			*ret = (struct fault){ words[i].what, 0 };
			return (words[i].ops >> op & 1) != 0;
		}
	for (int code = ERR_FAILED; code >= ERR_EXISTS; code--)
		if (same(text, len, err_name(code))) {
			*ret = (struct fault){ FAIL, code };
			return true;
		}
	return false;
}

/* Digits and a colon at *text, if there are any; 0: every call. */
static unsigned
parse_number(const char **text)
{
	unsigned n = 0;
	const char *at = *text;

	for (; *at >= '0' && *at <= '9' && n < 100000; at++)
		n = n * 10 + (unsigned)(*at - '0');
	if (at == *text || *at != ':')
		return 0;
	*text = at + 1;
	return n;
}

static unsigned
total(const struct fault_store *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < OPS; i++)
		n += s->calls[i];
	return n;
}

/* One entry, of len bytes.  false: it makes no sense; *ret is PASS if it is not for this call. */
static bool
parse_entry(const struct fault_store *s, const char *entry, size_t len, enum op op,
            struct fault *ret)
{
	const char *equals = memchr(entry, '=', len), *what;
	unsigned number;
	bool any, known = false;

	*ret = (struct fault){ PASS, 0 };
	if (equals == NULL)
		return false;
	what = equals + 1;
	any = same(entry, (size_t)(equals - entry), "*");
	for (size_t i = 0; i < OPS; i++)
		known = known || same(entry, (size_t)(equals - entry), op_names[i]);
	if (!any && !same(entry, (size_t)(equals - entry), op_names[op]))
		return known;
	number = parse_number(&what);
	if (number != 0 && number != (any ? total(s) : s->calls[op]))
		return true;
	return parse_what(what, (size_t)(entry + len - what), op, ret);
}

static int
fault_next(struct fault_store *s, enum op op, struct fault *ret, struct err *e)
{
	const char *entry = s->plan;
	size_t len;
	int rc = loop_check(s->loop, e);

	if (rc != 0)
		return rc;
	s->calls[op]++;
	*ret = (struct fault){ PASS, 0 };
	for (; *entry != '\0' && ret->what == PASS; entry += len + (entry[len] == ',')) {
		len = strcspn(entry, ",");
		if (!parse_entry(s, entry, len, op, ret))
			return err_set(e, ERR_CONFIG, "a %s cannot follow the plan '%s'",
			               op_names[op], s->plan);
	}
	return 0;
}

static void
call_end(struct fault_call *call, int rc, const struct err *e)
{
	struct store_page page = { .names = NULL };
	struct fault_call c = *call;

	free(call);
	if (c.list != NULL)
		c.list(c.arg, rc, &page, e);
	else if (c.get != NULL)
		c.get(c.arg, rc, NULL, 0, 0, e);
	else
		c.done(c.arg, rc, e);
}

static void
hang_stop(struct pending *p, int code)
{
	struct fault_call *c = container_of(p, struct fault_call, pending);
	struct err e;

	(void)loop_check(c->loop, &e);
	call_end(c, code, &e);
}

static void
fail_now(void *arg, int rc)
{
	struct fault_call *c = arg;
	struct err e;

	if (rc == 0)
		rc = err_set(&e, c->fault.code, "a fault of the test's plan");
	else
		(void)loop_check(c->loop, &e);
	call_end(c, rc, &e);
}

static void
lost_done(void *arg, int rc, const struct err *e)
{
	struct err lost;

	if (rc != 0) {
		call_end(arg, rc, e);
		return;
	}
	rc = err_set(&lost, ERR_AGAIN, "the store's answer was lost, as the test's plan says");
	call_end(arg, rc, &lost);
}

static void
bent_get(void *arg, int rc, const void *bytes, size_t len, uint64_t whole, const struct err *e)
{
	struct fault_call c = *(struct fault_call *)arg;
	unsigned char *copy = malloc(len + 1);
	struct err no_memory;

	free(arg);
	c.store->gets--;
	if (copy == NULL) {
		rc = err_memory(&no_memory, "bending an answer");
		e = &no_memory;
		len = 0;
	}
	if (rc == 0 && len > 0) {
		memcpy(copy, bytes, len);
		copy[len / 2] ^= c.fault.what == FLIP;
		len = c.fault.what == CUT ? len / 2 : len;
	}
	c.get(c.arg, rc, rc == 0 ? copy : NULL, len, whole, e);
	free(copy);
}

/* For faults that need the store: the call to hand on, NULL with e set when there is no memory. */
static struct fault_call *
call_new(struct fault_store *s, const struct fault_call *from, struct err *e)
{
	struct fault_call *c = malloc(sizeof *c);

	if (c == NULL) {
		(void)err_memory(e, "failing on order");
		return NULL;
	}
	*c = *from;
	c->loop = s->loop;
	c->store = s;
	return c;
}

/* FAIL and HANG. */
static int
without_store(struct fault_store *s, const struct fault_call *from, struct err *e)
{
	struct fault_call *c = call_new(s, from, e);
	int rc = 0;

	if (c == NULL)
		return e->code;
	if (c->fault.what == HANG)
		pending_add(s->loop, &c->pending, hang_stop);
	else
		rc = loop_wait(s->loop, 0, fail_now, c, e);
	if (rc != 0)
		free(c);
	return rc;
}

static int
list(struct store *store, const char *folder, const char *after, size_t max, store_list_fn *fn,
     void *arg, struct err *e)
{
	struct fault_store *s = container_of(store, struct fault_store, store);
	struct fault_call from = { .list = fn, .arg = arg };
	int rc = fault_next(s, LIST, &from.fault, e);

	if (rc != 0)
		return rc;
	if (from.fault.what != PASS)
		return without_store(s, &from, e);
	return s->inner->ops->list(s->inner, folder, after, max, fn, arg, e);
}

static int
get(struct store *store, const char *name, uint64_t offset, size_t len, size_t max,
    store_get_fn *fn, void *arg, struct err *e)
{
	struct fault_store *s = container_of(store, struct fault_store, store);
	struct fault_call from = { .get = fn, .arg = arg }, *c;
	int rc = fault_next(s, GET, &from.fault, e);

	if (rc != 0)
		return rc;
	if (from.fault.what != PASS && from.fault.what != CUT && from.fault.what != FLIP)
		return without_store(s, &from, e);
	c = call_new(s, &from, e);
	if (c == NULL)
		return e->code;
	rc = s->inner->ops->get(s->inner, name, offset, len, max, bent_get, c, e);
	if (rc != 0) {
		free(c);
		return rc;
	}
	if (++s->gets > s->most_gets)
		s->most_gets = s->gets;
	return 0;
}

/* What put, remove and check have in common.  bytes: of a put. */
static int
pass(struct store *inner, enum op op, const char *name, const struct buf *bytes,
     store_done_fn *fn, void *arg, struct err *e)
{
	if (op == PUT)
		return inner->ops->put(inner, name, bytes, fn, arg, e);
	if (op == REMOVE)
		return inner->ops->remove(inner, name, fn, arg, e);
	return inner->ops->check(inner, fn, arg, e);
}

static int
plain(struct store *store, enum op op, const char *name, const struct buf *bytes,
      store_done_fn *fn, void *arg, struct err *e)
{
	struct fault_store *s = container_of(store, struct fault_store, store);
	struct fault_call from = { .done = fn, .arg = arg }, *c;
	int rc = fault_next(s, op, &from.fault, e);

	if (rc != 0)
		return rc;
	if (from.fault.what == PASS)
		return pass(s->inner, op, name, bytes, fn, arg, e);
	if (from.fault.what != LOST)
		return without_store(s, &from, e);
	c = call_new(s, &from, e);
	if (c == NULL)
		return e->code;
	rc = pass(s->inner, op, name, bytes, lost_done, c, e);
	if (rc != 0)
		free(c);
	return rc;
}

static int
put(struct store *s, const char *name, const struct buf *bytes, store_done_fn *fn, void *arg,
    struct err *e)
{
	return plain(s, PUT, name, bytes, fn, arg, e);
}

static int
remove_object(struct store *s, const char *name, store_done_fn *fn, void *arg, struct err *e)
{
	return plain(s, REMOVE, name, NULL, fn, arg, e);
}

static int
check(struct store *s, store_done_fn *fn, void *arg, struct err *e)
{
	return plain(s, CHECK, NULL, NULL, fn, arg, e);
}

static void
close_store(struct store *store)
{
	struct fault_store *s = container_of(store, struct fault_store, store);

	s->inner->ops->close(s->inner);
	free(s);
}

static const struct store_ops fault_ops = {
	.type = "fault",
	.list = list,
	.get = get,
	.put = put,
	.remove = remove_object,
	.check = check,
	.close = close_store,
};

int
store_fault_open(struct loop *loop, struct store *inner, const char *plan, struct store **ret,
                 struct err *e)
{
	struct fault_store *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(e, "opening a store");
	s->store.ops = &fault_ops;
	s->loop = loop;
	s->inner = inner;
	s->plan = plan;
	*ret = &s->store;
	return 0;
}

unsigned
store_fault_calls(const struct store *store, const char *op)
{
	const struct fault_store *s =
	    (const struct fault_store *)((const char *)store - offsetof(struct fault_store, store));

	for (size_t i = 0; i < OPS; i++)
		if (strcmp(op, op_names[i]) == 0)
			return s->calls[i];
	return total(s);
}

unsigned
store_fault_most_gets(const struct store *store)
{
	const struct fault_store *s =
	    (const struct fault_store *)((const char *)store - offsetof(struct fault_store, store));

	return s->most_gets;
}
