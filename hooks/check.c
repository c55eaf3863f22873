/*
 * check.c - would a backup and a restore work?  Changes nothing but a probe object that it removes
 * again.
 */
#include <sodium.h>

#include "core/kafka/acls.h"
#include "core/kafka/topics.h"
#include "core/store/store.h"
#include "hooks/expire.h"
#include "hooks/operation.h"

/* Nothing that we do relies on these: the read-back does not.  A person may want another store. */
static void
note_facts(struct operation *o, const struct store_facts *f)
{
	if (f->checked && !f->exclusive)
		report_ledger(&o->report, false, NULL, "store", "no exclusive create",
		              "a second write to a name is not refused here; names are random, so nothing meets");
	if (f->checked && !f->sums)
		report_ledger(&o->report, false, NULL, "store", "sums not looked at",
		              "a write whose sum is wrong is accepted here; every snapshot is read back");
	note_hidden(o);
	if (f->clock_ahead_s != 0)
		report_ledger(&o->report, false, NULL, "store", "clocks differ",
		              "the clock here is %lld s ahead of that of the store, and requests go by its clock: "
		              "correct ours", (long long)f->clock_ahead_s);
}

static void
store_checked(void *arg, int rc, const struct err *e)
{
	struct operation *o = arg;

	note_facts(o, &o->store->facts);
	job_next(&o->job, rc, e);
}

static void
step_check_store(struct job *j)
{
	struct operation *o = OPERATION(j);
	int rc = o->store->ops->check(o->store, store_checked, o, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- may we create topics?  A validate-only request of a made-up one tells. ---- */

static void
tried(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct operation *o = arg;
	const rd_kafka_topic_result_t **results;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	size_t n = 0;

	if (rc == 0) {
		results = rd_kafka_CreateTopics_result_topics(
		    rd_kafka_event_CreateTopics_result(event), &n);
		if (n > 0)
			code = rd_kafka_topic_result_error(results[0]);
	}
	if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	    code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
		report_ledger(&o->report, true, "topic", NULL, "no permission",
		              "this user may not create topics, so no restore would work: grant Create on "
		              "Cluster (or on Topic '*'), and Alter and AlterConfigs on Topic '*'");
	job_next(&o->job, rc, e);
}

static void
step_check_create(struct job *j)
{
	struct operation *o = OPERATION(j);
	struct client_call call;
	rd_kafka_NewTopic_t *topic;
	char name[TOPIC_RANDOM_NAME_SIZE], why[128];
	int rc = client_begin(o->kafka, RD_KAFKA_ADMIN_OP_CREATETOPICS, REQUEST_TIMEOUT_MS, tried, o,
	                      &call, &j->err);

	if (rc != 0) {
		job_next(j, rc, NULL);
		return;
	}
	topic_random_name(randombytes_uniform(26), name);
	topic = rd_kafka_NewTopic_new(name, 1, 1, why, sizeof why);
	(void)rd_kafka_AdminOptions_set_validate_only(call.options, 1, why, sizeof why);
	rd_kafka_CreateTopics(call.rk, &topic, 1, call.options, call.queue);
	rd_kafka_NewTopic_destroy(topic);
	client_sent(&call);
}

/* ---- may we create ACLs?  Only a warm restore must, and only where there are any. ---- */

static void
probed(void *arg, int rc, const struct err *e)
{
	struct operation *o = arg;

	if (rc == ERR_DENIED)
		report_ledger(&o->report, true, "acl", NULL, "no permission",
		              "this user may not create ACLs, so no restore would bring them back: grant Alter on "
		              "Cluster");
	job_next(&o->job, rc == ERR_DENIED || rc == ERR_UNSUPPORTED ? 0 : rc, e);
}

static void
step_check_acls(struct job *j)
{
	struct operation *o = OPERATION(j);
	bool needed = !o->config->kraft.given && o->live.kinds[KIND_ACL].count > 0;
	int rc = needed ? acls_probe(o->kafka, probed, o, &j->err) : 0;

	if (rc != 0 || !needed)
		job_next(j, rc, NULL);
}

static void
step_end(struct job *j)
{
	struct operation *o = OPERATION(j);
	bool losses = o->report.ledger_losses > 0;
	struct err why = { 0 };

	if (o->verdict.action[GUARD_PERIODIC] == GUARD_NEEDS_OPERATOR)
		operation_finish(j, STATUS_NEEDS_OPERATOR, "%s: %s", o->verdict.name, o->verdict.sentence);
	else if (!live_complete(&o->live, &why))
		operation_finish(j, STATUS_PARTIAL, "not everything can be reached: %s", why.text);
	else if (losses)
		operation_finish(j, STATUS_PARTIAL, "not everything would work: see the ledger; cluster %s: %s",
		                 o->cluster.id, o->verdict.sentence);
	else
		operation_finish(j, STATUS_OK, "keys, store, Kafka and permissions are fine; cluster %s: %s",
		                 o->cluster.id, o->verdict.sentence);
}

const struct job_step check_steps[] = {
	{ "read keys", step_keys },        { "open the store", step_store },
	{ "try the store", step_check_store }, { "reach Kafka", step_connect }, { "open services", step_services },
	{ "survey the store", step_survey }, { "load the newest", step_saved },
	{ "capture", step_capture },       { "judge", step_judge },
	{ "try to create", step_check_create }, { "try to create ACLs", step_check_acls },
	{ "end", step_end },
	{ NULL, NULL },
};
