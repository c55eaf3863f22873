/*
 * steps.c - the steps that the hooks' tables share (operation.h): keys, cluster, survey, capture,
 * judge
 */
#include <stdlib.h>
#include <string.h>

#include "core/connect/connect.h"
#include "core/kraft/node.h"
#include "core/store/store.h"
#include "hooks/kinds.h"
#include "hooks/operation.h"

/* ---- keys ---- */

void
step_keys(struct job *j)
{
	struct operation *o = OPERATION(j);

	job_next(j, config_load_keys(o->config, &o->keys, &j->err), NULL);
}

/* ---- Kafka ---- */

#define SERVERS "bootstrap.servers"

/* The properties with their secrets, which are wiped when librdkafka has them. */
static int
open_with_secrets(struct operation *o, const char *servers, struct client_property *properties,
                  struct secret **secrets, struct err *e)
{
	size_t i, n = o->config->kafka.count;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		const struct config_property *p = &o->config->kafka.items[i];

		properties[i].name = p->name;
		properties[i].value = p->value;
		if (servers != NULL && strcmp(p->name, SERVERS) == 0)
			properties[i].value = servers;
		if (p->value != NULL)
			continue;
		rc = config_read_secret(&p->secret, p->name, SECRET_FILE_MAX, &secrets[i], e);
		if (rc == 0)
			properties[i].value = (const char *)secrets[i]->bytes;
	}
	return rc != 0 ? rc : client_open(&o->loop, properties, n, &o->kafka, e);
}

int
operation_open_kafka(struct operation *o, const char *servers, struct err *e)
{
	size_t i, n = o->config->kafka.count;
	struct client_property *properties = calloc(n + 1, sizeof *properties);
	struct secret **secrets = calloc(n + 1, sizeof(struct secret *));
	int rc = properties == NULL || secrets == NULL ? err_memory(e, "opening a Kafka client")
	                                               : open_with_secrets(o, servers, properties, secrets, e);

	for (i = 0; secrets != NULL && i < n; i++)
		secret_free(secrets[i]);
	free(secrets);
	free(properties);
	return rc;
}

/* ---- nobody answers, or not in time, or will not let us in ---- */

const char *
operation_servers(const struct operation *o)
{
	size_t i;

	for (i = 0; i < o->config->kafka.count; i++)
		if (strcmp(o->config->kafka.items[i].name, SERVERS) == 0)
			return o->config->kafka.items[i].value;
	return "";
}

/* Who was asked, what came back, and what a person can look at. */
static void
explain(const struct operation *o, struct err *e)
{
	const struct err was = *e;
	const char *advice = was.code == ERR_AGAIN || was.code == ERR_DEADLINE
	                         ? "; is it up, and kafka.bootstrap.servers right?"
	                     : was.code == ERR_DENIED
	                         ? "; correct kafka.sasl.username, sasl.password or sasl.mechanism"
	                         : "";

	(void)err_set(e, was.code, "Kafka at %.100s cannot be asked: %.700s%s", operation_servers(o), was.text,
	              advice);
}

/* Say so of every kind that Kafka holds. */
static void
mark_unreachable(struct operation *o, const struct err *e)
{
	struct report_kind *k = &o->report.kinds[KIND_TOPIC];

	k->known = true;
	k->entry.state = STATE_UNREACHABLE;
	(void)snprintf(k->reason, sizeof k->reason, "%s", e->text); /* cut is fine */
}

/*
 * Before a power-off Kafka may be down already: nobody answers at any address, and the log on this
 * disk says what it was (DESIGN 3).  Whose log it is says the disk.
 */
static bool
go_on_with_log(struct operation *o, int rc)
{
	struct node_properties node;
	struct err e;

	if (rc != ERR_AGAIN || o->request.hook != HOOK_PRE_POWEROFF || !o->config->kraft.given ||
	    node_properties_read(o->config->kraft.metadata_log_dir, &node, &e) != 0)
		return false;
	o->kafka_down = true;
	o->cluster = (struct cluster){ .controller = -1 };
	memcpy(o->cluster.id, node.cluster, sizeof o->cluster.id);
	memcpy(o->report.cluster, node.cluster, sizeof o->report.cluster);
	return true;
}

static void
cluster_known(void *arg, int rc, const struct cluster *cluster, const struct err *e)
{
	struct operation *o = arg;
	struct err err = *e;

	if (rc == 0) {
		o->cluster = *cluster;
		memcpy(o->report.cluster, cluster->id, sizeof o->report.cluster);
	} else {
		explain(o, &err);
		if (go_on_with_log(o, rc)) {
			job_next(&o->job, 0, NULL);
			return;
		}
		mark_unreachable(o, &err);
	}
	job_next(&o->job, rc, &err);
}

void
step_connect(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = operation_open_kafka(o, NULL, &j->err);

	if (rc == 0)
		rc = client_describe_cluster(o->kafka, 2 * PROBE_TIMEOUT_MS, cluster_known, o, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- Connect ---- */

static int
open_connect(struct operation *o, struct err *e)
{
	CLEANUP(secret_free) struct secret *password = NULL;
	CLEANUP(secret_free) struct secret *token = NULL;
	struct http_options options = {
		.url = o->config->connect.url, .ca_file = o->config->connect.ca_file,
		.certificate_file = o->config->connect.certificate_file,
		.key_file = o->config->connect.key_file, .user = o->config->connect.user,
	};
	int rc = config_read_optional_secret(&o->config->connect.password, "connect.password", &password, e);

	if (rc == 0)
		rc = config_read_optional_secret(&o->config->connect.token, "connect.token", &token, e);
	options.password = password;
	options.token = token;
	return rc != 0 ? rc : http_open(&o->loop, &options, &o->connect.http, e);
}

void
step_services(struct job *j)
{
	struct operation *o = OPERATION(j);
	const struct config_texts *topics = &o->config->connect.topics;
	int rc = 0;

	o->connect = (struct connect){
		.loop = &o->loop, .kafka = o->kafka, .cluster = o->cluster.id,
		.config_topic = topics->count > 0 ? topics->items[0] : NULL,
		.stay_stopped = o->config->connect.resume == CONFIG_RESUME_STOPPED,
	};
	if (o->config->connect.given)
		rc = open_connect(o, &j->err);
	if (rc == 0)
		rc = operation_open_registry(o, &j->err);
	job_next(j, rc, NULL);
}

static void ask_again(void *arg, int rc);

static void
awaited(void *arg, int rc, const struct cluster *cluster, const struct err *e)
{
	struct operation *o = arg;
	struct err err = { 0 };

	operation_reached(o, rc, e);
	if (retry_worth(rc) && retry_wait(&o->retry, &o->loop, ask_again, o, &err) == 0)
		return;
	err = rc == ERR_DEADLINE && o->reached.code != 0 ? o->reached : *e; /* the tries before it say more */
	if (rc == ERR_DEADLINE) /* waiting was all that there was to do, and in whose middle it ends is chance */
		rc = ERR_AGAIN;
	cluster_known(o, rc, cluster, &err);
}

static void
ask_again(void *arg, int rc)
{
	struct operation *o = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(&o->loop, &e);
	else
		rc = client_describe_cluster(o->kafka, PROBE_TIMEOUT_MS, awaited, o, &e);
	if (rc == ERR_DEADLINE)
		awaited(o, rc, &o->cluster, &e);
	else if (rc != 0)
		job_next(&o->job, rc, &e);
}

void
step_await(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = operation_open_kafka(o, NULL, &j->err);

	o->retry = RETRY_TO_DEADLINE;
	if (o->request.deadline_ms == 0)
		o->retry.attempts_max = 60; /* brokers that start take seconds, not minutes */
	if (rc != 0)
		job_next(j, rc, NULL);
	else
		ask_again(o, 0);
}

/* ---- the store ---- */

static void
report_skipped(struct operation *o, const struct skipped_object *s)
{
	for (; s != NULL; s = s->next)
		report_ledger(&o->report, true, NULL, s->name, "skipped", "%s", s->why.text);
}

/*
 * What the newest snapshot of this epoch calls pending, unless its service is not configured any
 * more, or a person has accepted that it is gone.
 */
void
operation_note_pending(struct operation *o)
{
	bool ours = o->survey.found && o->survey.newest.epoch == o->survey.epoch;
	size_t i;

	for (i = 0; i < kind_count(); i++) {
		enum kind kind = kind_at(i)->kind;

		o->pending[kind] =
		    ours && o->survey.newest.kinds[kind].state == STATE_PENDING &&
		    kind_is_configured(o->config, i) &&
		    !records_accepted(&o->survey.records, kind, NULL, o->survey.newest.epoch,
		                      o->survey.newest.sequence);
	}
}

bool
operation_has_pending(const struct operation *o)
{
	unsigned i;

	for (i = 0; i < KIND_TABLE; i++)
		if (o->pending[i])
			return true;
	return false;
}

static void
surveyed(struct survey *s, int rc, const struct err *e)
{
	struct operation *o = container_of(s, struct operation, survey);
	struct err err = *e;

	report_skipped(o, s->skipped);
	report_skipped(o, s->records.skipped);
	if (rc != 0) {
		(void)err_prefix(&err, "reading the store");
		job_next(&o->job, rc, &err);
		return;
	}
	operation_note_pending(o);
	o->report.has_snapshot = s->found;
	o->report.verified = s->found && !s->header_only && !s->names_only;
	o->report.snapshot = s->newest;
	o->epoch = s->epoch;
	o->sequence = s->found && s->newest.epoch == s->epoch ? s->newest.sequence + 1 : 1;
	job_next(&o->job, 0, NULL);
}

void
step_survey(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc;

	o->survey.loop = &o->loop;
	o->survey.store = o->store;
	o->survey.keys = &o->keys;
	o->survey.service = o->config->service;
	o->survey.cluster = o->cluster.id;
	o->survey.done = surveyed;
	rc = survey_start(&o->survey, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/*
 * Objects are there and none of them verifies: that is no new service (R1), most often a wrong key.
 */
int
operation_unverified(const struct survey *s, struct err *e)
{
	const struct skipped_object *first = s->skipped != NULL ? s->skipped : s->records.skipped;

	if (s->found || first == NULL)
		return 0;
	return err_set(e, ERR_OPERATOR,
	               "the store has objects of this service and no snapshot that verifies: %s: %s; if "
	               "the keys were changed, name the old signer in keys.trusted_signers too",
	               first->name, first->why.text);
}

void
step_saved(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = operation_unverified(&o->survey, &j->err);

	if (rc == 0 && o->survey.found)
		rc = document_load(&o->survey.document, DOCUMENT_ALL_KINDS, &o->saved, &j->err);
	job_next(j, rc, NULL);
}

/* ---- the cluster ---- */

/*
 * A log that this cluster's newest snapshot has read further is an old one (R1).  Disks that were formatted again
 * under the old id begin anew, and the guard has told those by their topic ids.
 */
static int
check_stale(const struct operation *o, struct err *e)
{
	const struct seal_header *newest = &o->survey.newest;
	const struct log_position *now = &o->live.position;

	if (o->verdict.row != GUARD_ADOPTED || !o->survey.found || o->live.source == SOURCE_API ||
	    newest->source == SOURCE_API || newest->epoch != o->survey.epoch ||
	    strcmp(newest->cluster, o->cluster.id) != 0 ||
	    (uint32_t)now->epoch > newest->source_leader_epoch ||
	    ((uint32_t)now->epoch == newest->source_leader_epoch &&
	     (uint64_t)now->offset >= newest->source_offset))
		return 0;
	return err_set(e, ERR_AGAIN,
	               "the metadata log in %s is stale: it ends at offset %lld of leader epoch %d, and the "
	               "newest snapshot was read at offset %llu of epoch %u; was the disk of another node, "
	               "or an older copy, put in place?",
	               o->config->kraft.metadata_log_dir, (long long)now->offset, (int)now->epoch,
	               (unsigned long long)newest->source_offset, newest->source_leader_epoch);
}

static void
captured(struct live *l, int rc, const struct err *e)
{
	struct operation *o = container_of(l, struct operation, live);
	struct err err = *e, *why = &l->why[KIND_TOPIC];

	if (rc == 0) {
		if (why->code == ERR_AGAIN && !o->kafka_down)
			explain(o, why);
		live_report(l, &o->report);
	} else {
		explain(o, &err);
		mark_unreachable(o, &err);
	}
	job_next(&o->job, rc, &err);
}

void
step_capture(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc;

	o->live.loop = &o->loop;
	o->live.kafka = o->kafka_down ? NULL : o->kafka;
	o->live.cluster = o->cluster.id;
	o->live.connect = o->connect.http == NULL ? NULL : &o->connect;
	o->live.users = o->config->kraft.given ? NULL : o->request.users;
	o->live.way = o->config->registry.given ? &o->way : NULL;
	o->way.not_now = o->live.without_services;
	o->live.pending = o->pending;
	o->live.config = o->config;
	o->live.known = o->survey.found ? &o->saved : NULL;
	o->live.done = captured;
	rc = live_capture(&o->live, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

void
step_judge(struct job *j)
{
	struct operation *o = OPERATION(j);

	int rc;

	/* Without the topics nobody can say whose cluster this is (R1). */
	if (o->live.kinds[KIND_TOPIC].state != STATE_CAPTURED)
		rc = err_set(&j->err, o->live.why[KIND_TOPIC].code, "the topics cannot be read: %s",
		             o->live.why[KIND_TOPIC].text);
	else
		rc = operation_judge(o, &j->err);
	if (rc == 0)
		rc = check_stale(o, &j->err);
	job_next(j, rc, NULL);
}
