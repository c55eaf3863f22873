/*
 * look_fixture.h - `list` and `verify` as a person asks for them, of a store with a history, and rows of their answers.
 */
#ifndef LOOK_FIXTURE_H
#define LOOK_FIXTURE_H

#include "core/base/json.h"
#include "hooks/command_look.h"
#include "tests/unit/survey_fixture.h"

struct look {
	struct history      *history;
	struct operation    *operation;
	struct config        config;
	unsigned             requests, lists; /* that it took */
	int                  rc;              /* of a flow that an error ended */
	struct json_object  *result;
};

/* For cmocka: a struct look in *state. */
int look_begin(void **state);
int look_end(void **state);

/* Run `list` or `verify` with parameters ({"command":"list","long":true}); what came of it replaces what was. */
void look_ask(struct look *l, const struct job_step *command, const char *params);

/* The answer's rows: `list`, "snapshots"; `verify`, "objects". */
size_t              look_count(const struct look *l);
struct json_object *look_row(const struct look *l, size_t i);
const char         *look_text(struct json_object *row, const char *key); /* "" where there is none */
int64_t             look_number(struct json_object *row, const char *key); /* 0 */

/* The one row with a name, which must be there. */
struct json_object *look_row_of(const struct look *l, const char *name);

/* A whole object of its own that a test may change, and put where it likes. */
struct object {
	struct seal_header header;
	char   name[SEAL_OBJECT_NAME_SIZE];
	struct buf bytes;
};
void object_make(struct object *o, const struct keys *keys, uint64_t epoch, uint64_t sequence);
void object_put(struct look *l, const struct object *o); /* under o->name */
void object_release(struct object *o);

#endif
