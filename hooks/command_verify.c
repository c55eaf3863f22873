/*
 * command_verify.c - verify (command_look.h): whole objects, read and proven as a restore would.  It
 * looks at every object by its own, and so works also where no snapshot is good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "hooks/command_look.h"
#include "hooks/find.h"
#include "hooks/names.h"
#include "hooks/snapshot_row.h"

struct checking {
	struct operation *o;
	struct names      names; /* a page */
	size_t            next;  /* of them */
	const char       *name;  /* that is being read */
	char              chosen[SEAL_OBJECT_NAME_SIZE]; /* by an id */
	bool              newest; /* only the newest that is ours */
	size_t            good, incomplete, bad, passed;
};

static void walk(struct checking *c);

void
checking_free(struct checking *c)
{
	if (c != NULL)
		names_release(&c->names);
	free(c);
}

static void
end_walk(struct checking *c, int rc, const struct err *e)
{
	job_next(&c->o->job, rc, e);
}

/* What could not be read says nothing of the object: it ends the whole. */
static bool
is_about_the_object(int rc)
{
	return rc == 0 || rc == ERR_CORRUPT || rc == ERR_OPERATOR || rc == ERR_MISSING;
}

/* ---- one object, whole ---- */

static void
say(struct checking *c, struct snapshot_row *row)
{
	struct operation *o = c->o;

	row->name = c->name;
	snapshot_row_write(command_result(o), row);
	if (row->problem != NULL)
		report_ledger(&o->report, true, NULL, c->name,
		              row->verdict == VERDICT_BAD ? "does not verify" : "passed over", "%s", row->reason);
}

/* seal_open() says the name first, and so does the row. */
static const char *
without_name(const char *text, const char *name)
{
	static const char before[] = "snapshot ";
	size_t len = sizeof before - 1 + strlen(name);

	if (strncmp(text, before, sizeof before - 1) != 0 ||
	    strncmp(text + sizeof before - 1, name, strlen(name)) != 0 || strncmp(text + len, ": ", 2) != 0)
		return text;
	return text + len + 2;
}

static void
whole_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct checking *c = arg;
	struct seal_header header;
	struct document document = { 0 };
	enum seal_refusal why = SEAL_OK;
	struct err err = *e;
	struct snapshot_row row = { .verdict = VERDICT_OK, .size = total };

	if (rc == 0)
		rc = seal_open(bytes, len, c->o->config->service, c->name, &c->o->keys, &header, &document, &why, &err);
	document_release(&document);
	if (!is_about_the_object(rc)) {
		end_walk(c, rc, &err);
		return;
	}
	if (rc == ERR_MISSING && c->o->params.all) { /* expired since it was listed */
		walk(c);
		return;
	}
	if (rc == 0) {
		row.header = &header;
		c->good++;
		c->incomplete += !snapshot_is_complete(&header);
	} else {
		row.verdict = VERDICT_BAD;
		row.problem = snapshot_problem(rc, why);
		row.reason = without_name(err.text, c->name);
		c->bad++;
	}
	say(c, &row);
	if (c->o->params.all)
		walk(c);
	else
		end_walk(c, 0, NULL);
}

static int
read_object(struct checking *c, size_t len, size_t max, store_get_fn *fn, struct err *e)
{
	struct store *store = c->o->store;
	char path[OBJECT_NAME_MAX];

	(void)snprintf(path, sizeof path, "%s/s/%s", c->o->config->service, c->name);
	return store->ops->get(store, path, 0, len, max, fn, c, e);
}

/* ---- the newest that is ours ---- */

static void
pass_over(struct checking *c, const char *problem, const char *reason)
{
	struct snapshot_row row = { .verdict = VERDICT_PASSED_OVER, .problem = problem, .reason = reason };

	c->passed++;
	say(c, &row);
}

/* As in choosing what to restore: whose header is not authentic is none of ours. */
static void
header_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct checking *c = arg;
	struct seal_header header;
	enum seal_refusal why = SEAL_OK;
	struct err err = *e;

	if (rc == 0)
		rc = seal_read_header_as(bytes, len, total, c->o->config->service, c->name, &c->o->keys, &header, &why,
		                         &err);
	if (rc == ERR_MISSING) { /* expired since it was listed */
		walk(c);
		return;
	}
	if (rc != 0 && is_about_the_object(rc)) {
		pass_over(c, snapshot_problem(rc, why), err.text);
		walk(c);
		return;
	}
	if (rc == 0)
		rc = read_object(c, 0, SNAPSHOT_BYTES_MAX, whole_got, &err);
	if (rc != 0)
		end_walk(c, rc, &err);
}

/* ---- which objects ---- */

/* Do what is to be done with a name; *waits: walk() is called again later, or never. */
static int
take_name(struct checking *c, bool *waits, struct err *e)
{
	struct snapshot_row foreign = { .verdict = VERDICT_BAD, .problem = SNAPSHOT_FOREIGN,
		                        .reason = SNAPSHOT_FOREIGN_REASON };

	if (!snapshot_is_name(c->name)) {
		if (c->newest)
			pass_over(c, SNAPSHOT_FOREIGN, SNAPSHOT_FOREIGN_REASON);
		else {
			c->bad++;
			say(c, &foreign);
		}
		return 0;
	}
	if (c->newest && c->passed >= SNAPSHOTS_TRIED_MAX)
		return err_set(e, ERR_OPERATOR,
		               "%zu objects in front of the newest snapshot are not this service's; `kcb verify --all` "
		               "says why of each: remove them", c->passed);
	*waits = true;
	return c->newest ? read_object(c, SEAL_HEADER_BYTES, SEAL_HEADER_BYTES, header_got, e)
	                 : read_object(c, 0, SNAPSHOT_BYTES_MAX, whole_got, e);
}

static void
walk(struct checking *c)
{
	bool waits = false;
	struct err e = { 0 };
	int rc = 0;

	while (rc == 0 && !waits && c->next < c->names.count) {
		c->name = c->names.names[c->next++];
		rc = take_name(c, &waits, &e);
	}
	if (rc == 0 && !waits && c->names.more && c->names.count > 0) {
		rc = names_read(&c->names, c->name, &e);
		waits = rc == 0;
	}
	if (rc != 0)
		end_walk(c, rc, &e);
	else if (!waits)
		end_walk(c, 0, NULL);
}

static void
listed(struct names *n, int rc, const struct err *e)
{
	struct checking *c = container_of(n, struct checking, names);

	c->next = 0;
	if (rc != 0)
		end_walk(c, rc, e);
	else
		walk(c);
}

/* ---- steps ---- */

static void
found(struct operation *o, int rc, const char *name, const struct err *e)
{
	struct checking *c = o->checking;
	struct err err = *e;

	(void)snprintf(c->chosen, sizeof c->chosen, "%s", name);
	c->name = c->chosen;
	if (rc == 0)
		rc = read_object(c, 0, SNAPSHOT_BYTES_MAX, whole_got, &err);
	if (rc != 0)
		end_walk(c, rc, &err);
}

static void
step_verify(struct job *j)
{
	struct operation *o = OPERATION(j);
	const char *id = o->params.snapshot;
	struct checking *c = calloc(1, sizeof *c);
	int rc;

	json_key(command_result(o), "objects");
	json_begin_array(command_result(o));
	o->checking = c;
	if (c == NULL) {
		job_next(j, err_memory(&j->err, "verifying snapshots"), NULL);
		return;
	}
	c->o = o;
	c->newest = !o->params.all && (id == NULL || strcmp(id, "newest") == 0);
	c->names = (struct names){ .store = o->store, .service = o->config->service, .max = STORE_PAGE_MAX,
		                   .done = listed };
	if (!c->newest && !o->params.all) {
		operation_find(o, id, found);
		return;
	}
	rc = names_read(&c->names, "", &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
step_verify_end(struct job *j)
{
	struct operation *o = OPERATION(j);
	const struct checking *c = o->checking;
	bool none = c->good + c->bad == 0;
	enum status status = c->bad > 0                                 ? STATUS_NEEDS_OPERATOR
	                     : c->newest && none                        ? STATUS_NEEDS_OPERATOR
	                     : c->passed > 0                            ? STATUS_PARTIAL
	                                                                : STATUS_OK;
	char incomplete[64] = "", passed[96] = "";

	json_end_array(command_result(o));
	json_end_object(command_result(o));
	if (c->incomplete > 0)
		(void)snprintf(incomplete, sizeof incomplete, ", %zu of them without all kinds", c->incomplete);
	if (c->passed > 0)
		(void)snprintf(passed, sizeof passed, "; %zu objects were passed over that are not this service's",
		               c->passed);
	if (c->newest && none)
		operation_finish(j, status, "there is no snapshot of this service%s", passed);
	else if (c->bad > 0)
		operation_finish(j, status, "%zu objects do not verify, %zu do%s%s", c->bad, c->good, incomplete,
		                 passed);
	else
		operation_finish(j, status, "%zu snapshots verified%s%s", c->good, incomplete, passed);
}

const struct job_step verify_command[] = {
	{ "read keys", step_keys },    { "open the store", step_store },
	{ "begin", step_begin_result }, { "verify", step_verify },
	{ "end", step_verify_end },    { NULL, NULL },
};
