/*
 * command_list.c - list (command_look.h): what the store has in the place of snapshots, a part of it
 * at a time: by names alone, or (long) with each header read.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "hooks/command_look.h"
#include "hooks/glances.h"
#include "hooks/names.h"
#include "hooks/snapshot_row.h"

struct seen { /* of one name */
	const char        *problem, *reason; /* NULL: none */
	struct seal_header header;           /* of one without a problem */
	uint64_t           size;
};

struct listing {
	struct operation *o;
	struct names      names;
	size_t            count;  /* of the names, those that this answer has */
	const char       *next;   /* behind which the next answer begins; NULL: this is the last */
	struct seen      *seen;   /* long: of each name */
	size_t           *read;   /* long: of the names, those that are read */
	struct arena      reasons;
	struct glances    glances;
	size_t            problems;
};

void
listing_free(struct listing *l)
{
	if (l == NULL)
		return;
	names_release(&l->names);
	arena_release(&l->reasons);
	free(l->seen);
	free(l->read);
	free(l);
}

/* ---- names ---- */

static bool
can_be_said(const char *name)
{
	return json_utf8_run(name, strlen(name)) == strlen(name);
}

/*
 * A name that is no UTF-8 cannot be said in an answer, so no next one can begin behind it: such a
 * part ends before.
 */
static int
find_end(struct listing *l, struct err *e)
{
	size_t n = l->names.count;

	l->count = n;
	l->next = NULL;
	if (!l->names.more || n == 0)
		return 0;
	while (n > 0 && !can_be_said(l->names.names[n - 1]))
		n--;
	if (n == 0)
		return err_set(e, ERR_OPERATOR,
		               "%zu objects in the place of snapshots have names that are no UTF-8: remove them",
		               l->names.max);
	l->count = n;
	l->next = l->names.names[n - 1];
	return 0;
}

static void
listed(struct names *n, int rc, const struct err *e)
{
	struct listing *l = container_of(n, struct listing, names);
	struct err err = *e;

	if (rc == 0)
		rc = find_end(l, &err);
	job_next(&l->o->job, rc, &err);
}

static void
step_names(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct listing *l = calloc(1, sizeof *l);
	int rc;

	if (l == NULL) {
		job_next(j, err_memory(&j->err, "listing snapshots"), NULL);
		return;
	}
	o->listing = l;
	l->o = o;
	l->names = (struct names){ .store = o->store, .service = o->config->service, .done = listed,
		                   .max = o->params.long_form ? LIST_LONG_MAX : LIST_NAMES_MAX };
	arena_init(&l->reasons, LIST_LONG_MAX * (ERR_TEXT_SIZE + sizeof(void *)));
	rc = names_read(&l->names, o->params.after == NULL ? "" : o->params.after, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- headers ---- */

static const char *
name_of(const struct glances *g, size_t i)
{
	const struct listing *l = container_of(g, struct listing, glances);

	return l->names.names[l->read[i]];
}

static void
look(struct glances *g, size_t i, const struct glance *glance)
{
	struct listing *l = container_of(g, struct listing, glances);
	struct seen *seen = &l->seen[l->read[i]];

	operation_progress(l->o, i + 1, g->count);
	seen->size = glance->total;
	if (glance->header != NULL) {
		seen->header = *glance->header;
		return;
	}
	seen->problem = snapshot_problem(glance->rc, glance->why);
	seen->reason = arena_text(&l->reasons, glance->err->text);
}

static void
looked(struct glances *g, int rc, const struct err *e)
{
	struct listing *l = container_of(g, struct listing, glances);

	job_next(&l->o->job, rc, e);
}

static void
step_headers(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct listing *l = o->listing;
	size_t i, n = 0;

	if (!o->params.long_form) {
		job_next(j, 0, NULL);
		return;
	}
	l->seen = calloc(l->count + 1, sizeof *l->seen);
	l->read = calloc(l->count + 1, sizeof *l->read);
	if (l->seen == NULL || l->read == NULL) {
		job_next(j, err_memory(&j->err, "listing snapshots"), NULL);
		return;
	}
	for (i = 0; i < l->count; i++)
		if (snapshot_is_name(l->names.names[i]))
			l->read[n++] = i;
	l->glances = (struct glances){ .store = o->store, .keys = &o->keys, .service = o->config->service,
		                       .front = SEAL_HEADER_BYTES, .count = n, .name = name_of, .look = look,
		                       .done = looked };
	glances_start(&l->glances);
}

/* ---- the answer ---- */

static void
write_one(struct listing *l, size_t i)
{
	struct snapshot_row row = { .name = l->names.names[i] };

	if (!snapshot_is_name(row.name)) {
		row.problem = SNAPSHOT_FOREIGN;
		row.reason = SNAPSHOT_FOREIGN_REASON;
	} else if (l->seen != NULL && l->seen[i].problem != NULL) {
		row.problem = l->seen[i].problem;
		row.reason = l->seen[i].reason;
	} else if (l->seen != NULL) {
		row.header = &l->seen[i].header;
		row.size = l->seen[i].size;
	}
	l->problems += row.problem != NULL && strcmp(row.problem, SNAPSHOT_GONE) != 0;
	snapshot_row_write(command_result(l->o), &row);
}

static void
step_list(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct listing *l = o->listing;
	struct json *w = command_result(o);
	size_t i;

	json_key_string(w, "next", l->next);
	json_key(w, "snapshots");
	json_begin_array(w);
	for (i = 0; i < l->count; i++)
		write_one(l, i);
	json_end_array(w);
	if (l->problems > 0)
		command_end(j, STATUS_PARTIAL, "objects, some of which are no snapshots of this service's", l->count);
	else
		command_end(j, STATUS_OK, "snapshots", l->count);
}

const struct job_step list_command[] = {
	{ "read keys", step_keys },       { "open the store", step_store },
	{ "list snapshots", step_names }, { "read headers", step_headers },
	{ "begin", step_begin_result },   { "list", step_list },
	{ NULL, NULL },
};
