/* connect_fixture.h - tests/fake/connect.py, and one operation's use of it. */
#ifndef CONNECT_FIXTURE_H
#define CONNECT_FIXTURE_H

#include "core/connect/connectors.h"
#include "tests/unit/fake_program.h"

#define SECRET "hunter2" /* in every config; never in a text */

struct worker { /* for all tests of a program */
	struct fake_program program;
	unsigned            port;
};
int worker_begin(void **state);
int worker_end(void **state);
void worker_order(struct worker *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* It has a connector of CONFIG(file), in another order. */
void worker_has(struct worker *w, const char *name, const char *file, const char *state);
/* What the next requests of that kind come to: see connect.py. */
void worker_next(struct worker *w, const char *method, const char *path, const char *answer,
                 unsigned times);
/* Requests since the last time, as a list of texts. */
const char *worker_seen(struct worker *w);
size_t      worker_count(struct worker *w, const char *request); /* in said: how often */

struct use {
	struct worker *worker;
	struct loop    loop;
	struct http   *http;
	struct connect connect;
	struct line_set lines, known;
	struct plan    plan;
	int            calls, rc;
	struct err     err;
	uint64_t       deadline_after_ms;
};

/* A fresh worker of that version, of cluster "c". */
void use_begin(struct use *u, struct worker *w, const char *version);
void use_end(struct use *u); /* every handle must be closed, and no text may hold SECRET */

void use_capture(struct use *u);
/* The value of a captured connector; fails when there is none. */
const char *use_value(struct use *u, const char *name);

/* Plan a connector that was saved, by what was captured. */
struct plan_item *use_plan(struct use *u, const char *name, const char *value);
void use_apply(struct use *u);
void use_start(struct use *u);
/* Plan and create "a", with VALUE("f", "RUNNING"); the worker's `said` is what it saw of that. */
struct plan_item *use_apply_one(struct use *u);

/* A value with a config of one file and SECRET. */
#define CONFIG(file)       "{\"connector.class\":\"x.Y\",\"file\":\"" file "\",\"password\":\"" SECRET "\"}"
#define VALUE(file, state) "{\"config\":" CONFIG(file) ",\"state\":\"" state "\"}"

#endif
