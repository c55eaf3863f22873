/*
 * t_seal_memory.c - every allocation of the seal layer fails once: an error that says so, nothing
 * given out, nothing leaked.  Linked with --wrap for the four functions that allocate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/seal/record.h"
#include "seal_fixture.h"

/* How many allocations succeed before one fails; below 0: all. */
static long *
countdown(void)
{
	static long left = -1;

	return &left;
}

static bool
fails_now(void)
{
	return *countdown() >= 0 && (*countdown())-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_sodium_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_sodium_malloc(size_t size);

void *
__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails_now() ? NULL : __real_realloc(old, size);
}

void *
__wrap_sodium_malloc(size_t size)
{
	return fails_now() ? NULL : __real_sodium_malloc(size);
}

/* What is tried again and again; returns 0 or an error's code. */
typedef int attempt_fn(struct scene *s, struct err *e);

static void
every_allocation_fails(attempt_fn *attempt)
{
	struct scene s;
	long n;
	int rc = ERR_FAILED;

	scene_begin(&s);
	for (n = 0; rc != 0 && n < 1000; n++) {
		struct err e = { 0 };

		*countdown() = n;
		rc = attempt(&s, &e);
		if (*countdown() >= 0) /* the allocation that should fail was not reached */
			assert_int_equal(rc, 0);
		*countdown() = -1;
		if (rc != 0) {
			assert_int_equal(rc, ERR_FAILED);
			if (strstr(e.text, "memory") == NULL && strstr(e.text, "room") == NULL)
				fail_msg("%s", e.text);
		}
	}
	assert_int_equal(rc, 0);
	assert_true(n > 1);
	scene_end(&s);
}

static int
seal_one(struct scene *s, struct err *e)
{
	struct buf out;
	int rc;

	buf_init(&out, DOCUMENT_BODY_MAX);
	rc = seal_document(&s->header, &s->document, &s->keys, &out, e);
	assert_int_equal(out.len, rc == 0 ? HEADER_BYTES + STANZA_BYTES + s->document.body.len +
	                                            17 + SIGNATURE_BYTES : 0);
	buf_release(&out);
	return rc;
}

static int
open_one(struct scene *s, struct err *e)
{
	enum seal_refusal why = SEAL_DOCUMENT;
	struct seal_header h = { .epoch = 42 };
	struct document d;
	int rc = seal_open(s->bytes, s->len, "orders-prod", s->name, &s->keys, &h, &d, &why, e);

	if (rc == 0) {
		document_release(&d);
		return 0;
	}
	assert_int_equal(h.epoch, 42);
	/* the document's checks may take a lack of memory for a fault: refused all the same */
	assert_true(why == SEAL_OK || (why == SEAL_DOCUMENT && rc == ERR_CORRUPT));
	return why == SEAL_OK ? rc : err_set(e, ERR_FAILED, "no memory to verify the document");
}

static int
record_one(struct scene *s, struct err *e)
{
	static const char *const ids[] = { "QUFBQUFBQUFBQUFBQUFBQQ" };
	struct record r = { .type = RECORD_ADOPTION, .service = "orders", .epoch = 1,
		            .cluster = "x", .by = ADOPTED_FIRST, .topic_ids = ids,
		            .topic_id_count = 1 };
	struct buf out;
	int rc;

	buf_init(&out, RECORD_TEXT_MAX);
	rc = record_seal(&r, &s->keys, &out, e); /* opens it, too */
	assert_int_equal(out.len > 0, rc == 0);
	buf_release(&out);
	return rc;
}

static int
decision_one(struct scene *s, struct err *e)
{
	struct record r = { .type = RECORD_DECISION, .service = "orders", .epoch = 1,
		            .kind = KIND_TOPIC, .name = "orders" };
	struct buf out;
	int rc;

	buf_init(&out, RECORD_TEXT_MAX);
	rc = record_seal(&r, &s->keys, &out, e);
	buf_release(&out);
	return rc;
}

#define CHARS "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE"

static int
load_one(struct scene *s, struct err *e)
{
	unsigned char lines[2][64] = { "x25519-secret:" CHARS, "ed25519-secret:" CHARS };
	struct secret identity = { .bytes = lines[0], .len = 57 };
	struct secret signing = { .bytes = lines[1], .len = 58 };
	struct keys k = { 0 };
	int rc = keys_set_identity(&k, "identity", &identity, e);

	(void)s;
	if (rc == 0)
		rc = keys_set_signing(&k, "signing", &signing, e);
	keys_release(&k);
	return rc;
}

static int
generate_one(struct scene *s, struct err *e)
{
	static const char *const files[] = { "identity", "identity.pub", "signing", "signing.pub" };
	long left = *countdown();
	char path[] = "/tmp/t_seal_memory.XXXXXX";
	int rc;

	(void)s;
	*countdown() = -1;
	assert_non_null(mkdtemp(path));
	*countdown() = left;
	rc = keys_generate(path, e);
	assert_int_equal(chdir(path), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(unlink(files[i]), rc == 0 ? 0 : -1); /* all or nothing */
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(path), 0);
	return rc;
}

static void
sealing_without_memory_gives_out_nothing(void **state)
{
	(void)state;
	every_allocation_fails(seal_one);
}

static void
opening_without_memory_gives_out_nothing(void **state)
{
	(void)state;
	every_allocation_fails(open_one);
}

/* A wrong length is told from other faults by a second look, which needs memory, too. */
static void
refusing_without_memory_still_refuses(void **state)
{
	enum seal_refusal why = SEAL_OK;
	struct seal_header h;
	struct document d;
	struct scene s;
	long n;

	(void)state;
	scene_begin(&s);
	s.document.size++;
	scene_seal_anew(&s);
	for (n = 0; why != SEAL_SIZE && n < 1000; n++) {
		*countdown() = n;
		assert_int_not_equal(seal_open(s.bytes, s.len, "orders-prod", s.name, &s.keys, &h,
		                               &d, &why, &s.e), 0);
		*countdown() = -1;
		assert_true(why == SEAL_OK || why == SEAL_DOCUMENT || why == SEAL_SIZE);
	}
	assert_int_equal(why, SEAL_SIZE);
	assert_true(n > 1);
	scene_end(&s);
}

static void
records_without_memory_are_not_given_out(void **state)
{
	(void)state;
	every_allocation_fails(record_one);
	every_allocation_fails(decision_one);
}

static void
keys_without_memory_are_not_loaded(void **state)
{
	(void)state;
	every_allocation_fails(load_one);
}

static void
keygen_without_memory_leaves_nothing(void **state)
{
	(void)state;
	every_allocation_fails(generate_one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealing_without_memory_gives_out_nothing),
		cmocka_unit_test(opening_without_memory_gives_out_nothing),
		cmocka_unit_test(refusing_without_memory_still_refuses),
		cmocka_unit_test(records_without_memory_are_not_given_out),
		cmocka_unit_test(keys_without_memory_are_not_loaded),
		cmocka_unit_test(keygen_without_memory_leaves_nothing),
	};

	return sodium_init() < 0 ? 1
	                         : cmocka_run_group_tests_name("seal_memory", tests, NULL, NULL);
}
