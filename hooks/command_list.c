/*
 * command_list.c - list and verify (command_look.h): they look at every object by its own, and so
 * work also where no snapshot is good.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/json.h"
#include "core/store/store.h"
#include "hooks/command_look.h"

/* ---- shared with command_look.c ---- */

struct json *
command_result(struct operation *o)
{
	return &o->result;
}

void
step_begin_result(struct job *j)
{
	struct operation *o = OPERATION(j);

	json_init(&o->result, &o->report.result);
	json_begin_object(&o->result);
	job_next(j, 0, NULL);
}

void
command_end(struct job *j, enum status status, const char *what, size_t count)
{
	json_end_object(command_result(OPERATION(j)));
	operation_finish(j, status, "%zu %s", count, what);
}

static void
step_names(struct job *j)
{
	OPERATION(j)->survey.names_only = true;
	step_survey(j);
}

/* ---- list ---- */

/* Where the log that it was read from ended; null: it was read from the brokers. */
static void
write_position(struct json *w, const struct seal_header *h)
{
	json_key(w, "position");
	if (h->source == SOURCE_API) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_key_unsigned(w, "leader_epoch", h->source_leader_epoch);
	json_key_unsigned(w, "offset", h->source_offset);
	json_end_object(w);
}

static void
write_header(struct json *w, const struct seal_header *h, const char *name)
{
	char id[SNAPSHOT_ID_TEXT];
	unsigned i;

	seal_id_text(h->id, id);
	json_begin_object(w);
	json_key_unsigned(w, "carried", h->carried);
	json_key_string(w, "cluster", h->cluster);
	json_key(w, "created_at_ms");
	json_integer(w, h->created_at_ms);
	json_key_unsigned(w, "epoch", h->epoch);
	json_key_string(w, "id", id);
	json_key_bool(w, "kafka_down", h->source == SOURCE_LOG_DOWN);
	json_key(w, "kinds");
	json_begin_object(w);
	for (i = 0; kind_is_resource((enum kind)i); i++) {
		json_key(w, kind_name((enum kind)i));
		json_begin_object(w);
		json_key_unsigned(w, "count", h->kinds[i].count);
		json_key_string(w, "state", kind_state_name(h->kinds[i].state));
		json_key_bool(w, "suspect", h->kinds[i].suspect);
		json_end_object(w);
	}
	json_end_object(w);
	json_key_string(w, "name", name);
	write_position(w, h);
	json_key_unsigned(w, "sequence", h->sequence);
	json_key_string(w, "source", h->source == SOURCE_API ? "api" : "log");
	json_end_object(w);
}

static void list_next(struct operation *o);

static void
list_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct operation *o = arg;
	const char *name = o->survey.names[o->next - 1];
	char expected[SEAL_OBJECT_NAME_SIZE];
	struct seal_header h;
	enum seal_refusal why;
	struct err err = *e;

	if (rc == 0)
		rc = seal_read_header(bytes, len, total, &o->keys, &h, &why, &err);
	if (rc == 0) {
		seal_object_name(&h, expected);
		if (strcmp(expected, name) != 0 || strcmp(h.service, o->config->service) != 0)
			rc = err_set(&err, ERR_CORRUPT, "it is another snapshot under this name");
	}
	if (rc == ERR_AGAIN || rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		job_next(&o->job, rc, &err);
		return;
	}
	if (rc != 0) {
		report_ledger(&o->report, true, NULL, name, "skipped", "%s", err.text);
	} else {
		write_header(command_result(o), &h, name);
		o->looked++;
	}
	list_next(o);
}

static void
list_next(struct operation *o)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	if (o->next == o->survey.count) {
		job_next(&o->job, 0, NULL);
		return;
	}
	(void)snprintf(path, sizeof path, "%s/s/%s", o->config->service,
	               o->survey.names[o->next++]);
	rc = o->store->ops->get(o->store, path, 0, SEAL_HEADER_BYTES, SEAL_HEADER_BYTES, list_got, o,
	                        &e);
	if (rc != 0)
		job_next(&o->job, rc, &e);
}

static void
step_list(struct job *j)
{
	struct operation *o = OPERATION(j);

	json_key_bool(command_result(o), "more", o->survey.more);
	json_key(command_result(o), "snapshots");
	json_begin_array(command_result(o));
	report_init_ledger(&o->report); /* the survey named the same objects */
	o->next = 0;
	list_next(o);
}

static void
step_list_end(struct job *j)
{
	struct operation *o = OPERATION(j);

	json_end_array(command_result(o));
	command_end(j, o->report.ledger_losses > 0 ? STATUS_PARTIAL : STATUS_OK, "snapshots",
	           o->looked);
}

const struct job_step list_command[] = {
	{ "read keys", step_keys },          { "open the store", step_store },
	{ "list snapshots", step_names }, { "begin", step_begin_result },
	{ "list", step_list },               { "end", step_list_end },
	{ NULL, NULL },
};

/* ---- verify ---- */

static void verify_next(struct operation *o);

static void
page_got(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct operation *o = arg;
	struct err err = *e;

	if (rc == 0)
		rc = survey_take_page(&o->survey, page, &err);
	if (rc != 0) {
		job_next(&o->job, rc, &err);
		return;
	}
	o->next = 0;
	verify_next(o);
}

/* The names behind the last one of this page. */
static void
next_page(struct operation *o)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	(void)snprintf(path, sizeof path, "%s/s", o->config->service);
	rc = o->store->ops->list(o->store, path, o->survey.names[o->survey.count - 1], STORE_PAGE_MAX,
	                         page_got, o, &e);
	if (rc != 0)
		job_next(&o->job, rc, &e);
}

static void
verified(void *arg, int rc, const struct seal_header *header, struct document *document,
         const struct err *e)
{
	struct operation *o = arg;
	struct json *w = command_result(o);

	(void)header;
	(void)document; /* opened: every check was made */
	if (rc == ERR_AGAIN || rc == ERR_CANCELLED || rc == ERR_DEADLINE || rc == ERR_CONFIG) {
		job_next(&o->job, rc, e);
		return;
	}
	json_begin_object(w);
	json_key_string(w, "name", o->verifying);
	json_key_bool(w, "ok", rc == 0);
	json_key_string(w, "reason", rc == 0 ? NULL : e->text);
	json_end_object(w);
	o->looked++;
	if (rc != 0)
		report_ledger(&o->report, true, NULL, o->verifying, "does not verify", "%s", e->text);
	verify_next(o);
}

static void
verify_next(struct operation *o)
{
	struct err e = { 0 };
	int rc;

	if (o->next == o->survey.count && o->params.all && o->survey.more) {
		next_page(o);
		return;
	}
	if (o->next == o->survey.count || (!o->params.all && o->looked == 1)) {
		job_next(&o->job, 0, NULL);
		return;
	}
	if (o->params.all || o->params.snapshot == NULL)
		o->verifying = o->survey.names[o->next++];
	else
		o->verifying = survey_name_of(&o->survey, o->params.snapshot, &e);
	rc = o->verifying == NULL ? e.code
	                          : snapshot_open(o->store, &o->keys, o->config->service,
	                                          o->verifying, verified, o, &e);
	if (rc != 0)
		job_next(&o->job, rc, &e);
}

static void
step_verify_objects(struct job *j)
{
	struct operation *o = OPERATION(j);

	json_key(command_result(o), "objects");
	json_begin_array(command_result(o));
	report_init_ledger(&o->report); /* the survey named the same objects */
	o->next = 0;
	verify_next(o);
}

static void
step_verify_end(struct job *j)
{
	struct operation *o = OPERATION(j);
	bool bad = o->report.ledger_losses > 0;

	json_end_array(command_result(o));
	command_end(j, bad ? STATUS_NEEDS_OPERATOR : STATUS_OK,
	           bad ? "objects looked at, some of which do not verify" : "objects verified", o->looked);
}

const struct job_step verify_command[] = {
	{ "read keys", step_keys },          { "open the store", step_store },
	{ "list snapshots", step_names }, { "begin", step_begin_result },
	{ "verify", step_verify_objects },   { "end", step_verify_end },
	{ NULL, NULL },
};
