/* registry_fixture.h - tests/fake/registry.py, and one operation's use of it. */
#ifndef REGISTRY_FIXTURE_H
#define REGISTRY_FIXTURE_H

#include "core/registry/rest_configs.h"
#include "core/registry/rest_list.h"
#include "core/registry/rest_schemas.h"
#include "tests/unit/fake_program.h"

#define SECRET "hunter2" /* in schemas; never in a text */

struct server { /* for all tests of a program */
	struct fake_program program;
	unsigned            port;
};
int  server_begin(void **state);
int  server_end(void **state);
void server_order(struct server *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A version: TEXT is JSON as it stands in a string; more: "" or ",{\"deleted\":true}". */
void server_has(struct server *s, const char *context, const char *subject, int version, int id,
                const char *text, const char *more);
/* What the next requests of that kind come to: see registry.py. */
void server_next(struct server *s, const char *method, const char *path, const char *answer, unsigned times);
const char *server_seen(struct server *s);  /* requests since the last time, as a list of texts */
const char *server_state(struct server *s); /* versions, configs and modes */
size_t      server_count(struct server *s, const char *words); /* in said: how often */

struct use {
	struct server  *server;
	struct loop     loop;
	struct registry registry;
	struct line_set lines; /* of the last capture of both kinds */
	const struct line_set *known; /* of the newest snapshot; NULL: there is none */
	struct plan     plans[KIND_TABLE];
	int             calls, rc;
	struct err      err;
	uint64_t        deadline_after_ms;
};

/* A fresh registry of that vendor; more: members of the order, "" or ",\"cap\":5". */
void use_begin(struct use *u, struct server *s, const char *vendor, const char *more);
/* The client anew, with these options; url NULL: that of the server. */
void use_options(struct use *u, const struct http_options *options, size_t count);
void use_end(struct use *u); /* every handle must be closed, and no text may hold SECRET */

/* Both kinds, one after the other; rc and err are of the first that failed. */
void use_capture(struct use *u);
void use_capture_kind(struct use *u, const struct kind_ops *ops);
/* The value of a captured line, or NULL. */
const char *use_value(struct use *u, const char *key);

/*
 * Capture as it is, plan the lines of `want` (kept by the caller) for both kinds, apply them, capture again and
 * compare; rc is of apply.  Returns how many items are not verified.
 */
size_t use_restore(struct use *u, const struct line_set *want);
struct plan_item *use_item(struct use *u, const char *key); /* of the last restore */

/* Take the lines over; u has none then. */
struct line_set use_take_lines(struct use *u);

void assert_said(const struct use *u, int code, const char *words);

#endif
