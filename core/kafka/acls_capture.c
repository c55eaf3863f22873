/*
 * acls_capture.c - see acls.h: may we see them, ask type by type, ask for all, may we still
 *
 * Invariant: `seen` has the key of every line that was added; what two answers show is one line.
 */
#include "core/kafka/acls_capture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/kraft/table.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"

#define ACLS_WIDTH 2u
#define PATTERNS 2u    /* LITERAL, PREFIXED */
#define PERMISSIONS 2u /* DENY, ALLOW */
#define PARTS (PATTERNS * PERMISSIONS)

struct question {
	rd_kafka_ResourceType_t        type;
	rd_kafka_ResourcePatternType_t pattern;
	rd_kafka_AclPermissionType_t   permission;
};

struct acls_capture {
	struct capture *capture;
	struct client  *client;
	struct job      job;
	struct fanout   fanout;
	struct question questions[RD_KAFKA_RESOURCE__CNT * PARTS];
	struct table    seen;
	struct buf      key;    /* scratch */
	size_t          budget; /* bytes of stack that one answer may need */
	/* bytes of stack by type and part: of the newest snapshot's lines, then of what was shown */
	size_t          stack[RD_KAFKA_RESOURCE__CNT][PARTS];
	size_t          unknown; /* ACLs that cannot be written down */
	char            first_unknown[256];
};

#define OWNER(j) container_of(j, struct acls_capture, job)

/* ---- how much stack an answer needs ---- */

size_t
acl_stack(const struct acl *acl)
{
	return ((acl->name.len + 32) & ~(size_t)15) + ((acl->principal.len + 32) & ~(size_t)15) +
	       ((acl->host.len + 32) & ~(size_t)15);
}

/* Half of what a thread of librdkafka gets: it takes the process's default. */
static size_t
stack_budget(void)
{
	pthread_attr_t attr;
	size_t size = 0;

	if (pthread_getattr_default_np(&attr) != 0)
		return (size_t)64 << 10;
	(void)pthread_attr_getstacksize(&attr, &size);
	(void)pthread_attr_destroy(&attr);
	return size / 2;
}

static void
count_stack(struct acls_capture *a, const struct acl *acl)
{
	size_t part = (acl->pattern == RD_KAFKA_RESOURCE_PATTERN_PREFIXED ? PERMISSIONS : 0u) +
	              (acl->permission == RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW ? 1u : 0u);

	if (acl->resource >= 0 && acl->resource < RD_KAFKA_RESOURCE__CNT)
		a->stack[acl->resource][part] += acl_stack(acl);
}

static void
count_known(struct acls_capture *a)
{
	const struct line_set *known = a->capture->known;
	struct json_object *owner;
	struct acl acl;
	size_t i;

	for (i = 0; known != NULL && i < known->count; i++) {
		const struct line *l = &known->lines[i];

		if (l->kind != KIND_ACL || !acl_key_parse(l->key, l->key_len, &acl, &owner))
			continue;
		count_stack(a, &acl);
		(void)json_object_put(owner);
	}
}

/* ---- what comes back ---- */

static int
add(struct acls_capture *a, const struct acl *acl, struct err *e)
{
	struct line line = { .kind = KIND_ACL, .value = "{}", .value_len = 2 };
	struct table_item there;
	int rc;

	acl_key_write(acl, &a->key);
	line.key = buf_text(&a->key);
	line.key_len = a->key.len;
	if (line.key == NULL)
		return err_memory(e, "reading ACLs");
	if (table_find(&a->seen, line.key, line.key_len, &there))
		return 0;
	if (json_utf8_run(line.key, line.key_len) != line.key_len || line.key_len > ACL_KEY_MAX_BYTES)
		return err_set(e, ERR_FAILED,
		               "the ACL %.200s is not UTF-8, or longer than %u bytes; a snapshot cannot hold "
		               "that",
		               line.key, ACL_KEY_MAX_BYTES);
	count_stack(a, acl);
	rc = table_put(&a->seen, line.key, line.key_len, "", 0, e);
	return rc != 0 ? rc : line_set_add(a->capture->lines, &line, e);
}

static struct acl_text
text(const char *bytes)
{
	return (struct acl_text){ bytes == NULL ? "" : bytes, bytes == NULL ? 0 : strlen(bytes) };
}

static int
take(struct acls_capture *a, const rd_kafka_AclBinding_t *b, struct err *e)
{
	struct acl acl = { .resource = (int)rd_kafka_AclBinding_restype(b),
		           .pattern = (int)rd_kafka_AclBinding_resource_pattern_type(b),
		           .operation = (int)rd_kafka_AclBinding_operation(b),
		           .permission = (int)rd_kafka_AclBinding_permission_type(b),
		           .name = text(rd_kafka_AclBinding_name(b)),
		           .principal = text(rd_kafka_AclBinding_principal(b)),
		           .host = text(rd_kafka_AclBinding_host(b)) };

	if (acl.resource > RD_KAFKA_RESOURCE_ANY && acl.pattern > RD_KAFKA_RESOURCE_PATTERN_MATCH &&
	    acl.operation > RD_KAFKA_ACL_OPERATION_ANY && acl.permission > RD_KAFKA_ACL_PERMISSION_TYPE_ANY)
		return add(a, &acl, e);
	if (a->unknown++ == 0)
		(void)snprintf(a->first_unknown, sizeof a->first_unknown, "%s on \"%s\"", acl.principal.bytes,
		               acl.name.bytes); /* cut is fine */
	return 0;
}

static void
described(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct acls_capture *a = arg;
	const rd_kafka_AclBinding_t **acls;
	struct err err = *e;
	size_t i, n = 0;

	if (rc == 0) {
		acls = rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(event), &n);
		for (i = 0; i < n && rc == 0; i++)
			rc = take(a, acls[i], &err);
	} else {
		(void)err_prefix(&err, "reading ACLs");
	}
	fanout_end(&a->fanout, rc, &err);
}

/* ---- questions ---- */

static int
ask(struct fanout *f, size_t i, struct err *e)
{
	struct acls_capture *a = container_of(f, struct acls_capture, fanout);
	const struct question *q = &a->questions[i];
	rd_kafka_AclBindingFilter_t *filter;
	struct client_call call;
	char why[128] = "";
	int rc;

	filter = rd_kafka_AclBindingFilter_new(q->type, NULL, q->pattern, NULL, NULL,
	                                       RD_KAFKA_ACL_OPERATION_ANY, q->permission, why, sizeof why);
	if (filter == NULL)
		return err_set(e, ERR_FAILED, "reading ACLs: %s", why);
	rc = client_begin(a->client, RD_KAFKA_ADMIN_OP_DESCRIBEACLS, REQUEST_TIMEOUT_MS, described, a, &call,
	                  e);
	if (rc == 0) {
		rd_kafka_DescribeAcls(call.rk, filter, call.options, call.queue);
		client_sent(&call);
	}
	rd_kafka_AclBinding_destroy(filter);
	return rc;
}

static void
asked(struct fanout *f, int rc, const struct err *e)
{
	job_next(&container_of(f, struct acls_capture, fanout)->job, rc, e);
}

/* In one question, or by pattern and permission; parts: the stack that each is known to need. */
static int
add_questions(struct acls_capture *a, rd_kafka_ResourceType_t type, const size_t parts[PARTS],
              struct err *e)
{
	size_t i, all = 0, most = 0;

	for (i = 0; i < PARTS; i++) {
		all += parts[i];
		most = parts[i] > most ? parts[i] : most;
	}
	if (most > a->budget)
		return err_set(e, ERR_FAILED,
		               "there are more ACLs than librdkafka can read in one answer (%zu bytes of stack "
		               "for one part of them, %zu are to be had): configure kraft.metadata_log_dir on a "
		               "node of the cluster",
		               most, a->budget);
	if (all <= a->budget) {
		a->questions[a->fanout.count++] = (struct question){ type, RD_KAFKA_RESOURCE_PATTERN_ANY,
			                                             RD_KAFKA_ACL_PERMISSION_TYPE_ANY };
		return 0;
	}
	for (i = 0; i < PARTS; i++)
		a->questions[a->fanout.count++] =
		    (struct question){ type,
			               i < PERMISSIONS ? RD_KAFKA_RESOURCE_PATTERN_LITERAL
			                               : RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
			               i % PERMISSIONS == 0 ? RD_KAFKA_ACL_PERMISSION_TYPE_DENY
			                                    : RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW };
	return 0;
}

static void
begin_questions(struct acls_capture *a)
{
	a->fanout = (struct fanout){ .width = ACLS_WIDTH, .start = ask, .done = asked };
}

static void
step_types(struct job *j)
{
	struct acls_capture *a = OWNER(j);
	int type, rc = 0;

	begin_questions(a);
	count_known(a);
	for (type = RD_KAFKA_RESOURCE_TOPIC; type < RD_KAFKA_RESOURCE__CNT && rc == 0; type++)
		rc = add_questions(a, (rd_kafka_ResourceType_t)type, a->stack[type], &j->err);
	memset(a->stack, 0, sizeof a->stack); /* from now on, what is shown */
	if (rc != 0)
		job_next(j, rc, NULL);
	else
		fanout_run(&a->fanout);
}

/* ACLs of types that cannot be asked for by name: how much all of them are is known by now. */
static void
step_all(struct job *j)
{
	struct acls_capture *a = OWNER(j);
	size_t parts[PARTS] = { 0 }, i;
	int type, rc;

	begin_questions(a);
	for (type = 0; type < RD_KAFKA_RESOURCE__CNT; type++)
		for (i = 0; i < PARTS; i++)
			parts[i] += a->stack[type][i];
	rc = add_questions(a, RD_KAFKA_RESOURCE_ANY, parts, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
	else
		fanout_run(&a->fanout);
}

static void
step_unknown(struct job *j)
{
	const struct acls_capture *a = OWNER(j);

	if (a->unknown == 0)
		job_next(j, 0, NULL);
	else
		job_next(j,
		         err_set(&j->err, ERR_FAILED,
		                 "librdkafka %s cannot say what %zu of the ACLs are about (delegation tokens, "
		                 "users, or operations on them; the first: %s): configure "
		                 "kraft.metadata_log_dir on a node of the cluster, or remove them",
		                 rd_kafka_version_str(), a->unknown, a->first_unknown),
		         NULL);
}

/* ---- may we see them, and is there anything to see? ---- */

static int
judge_operations(const rd_kafka_AclOperation_t *operations, size_t count, struct err *e)
{
	size_t i;

	if (operations == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		               "the broker does not tell what this user may do, so an answer about ACLs could not "
		               "be proven whole");
	for (i = 0; i < count; i++)
		if (operations[i] == RD_KAFKA_ACL_OPERATION_DESCRIBE)
			return 0;
	return err_set(e, ERR_DENIED,
	               "this user may not see ACLs, and brokers then answer that there are none: grant Describe "
	               "on Cluster (kafka-acls --add --allow-principal ... --cluster --operation Describe)");
}

static void
allowed(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct acls_capture *a = arg;
	const rd_kafka_AclOperation_t *operations;
	struct err err = *e;
	size_t n = 0;

	if (rc == 0) {
		operations = rd_kafka_DescribeCluster_result_authorized_operations(
		    rd_kafka_event_DescribeCluster_result(event), &n);
		rc = judge_operations(operations, n, &err);
	} else {
		(void)err_prefix(&err, "asking what this user may do");
	}
	job_next(&a->job, rc, &err);
}

static void
step_allowed(struct job *j)
{
	struct acls_capture *a = OWNER(j);
	rd_kafka_error_t *error;
	struct client_call call;
	int rc = client_begin(a->client, RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER, REQUEST_TIMEOUT_MS, allowed, a,
	                      &call, &j->err);

	if (rc != 0) {
		job_next(j, rc, NULL);
		return;
	}
	error = rd_kafka_AdminOptions_set_include_authorized_operations(call.options, 1);
	if (error != NULL)
		rd_kafka_error_destroy(error); /* not told then, which is said */
	rd_kafka_DescribeCluster(call.rk, call.options, call.queue);
	client_sent(&call);
}

static void
probed(void *arg, int rc, const struct err *e)
{
	/* that this user may not delete is an authorizer's word */
	job_next(&((struct acls_capture *)arg)->job, rc == ERR_DENIED ? 0 : rc, e);
}

static void
step_authorizer(struct job *j)
{
	struct acls_capture *a = OWNER(j);
	int rc = a->seen.count > 0 ? 0 : acls_probe(a->client, probed, a, &j->err);

	if (rc != 0 || a->seen.count > 0)
		job_next(j, rc, NULL);
}

/* ---- the job ---- */

static void
capture_done(struct job *j)
{
	struct acls_capture *a = OWNER(j);
	struct capture *c = a->capture;
	struct err err = j->err;

	table_release(&a->seen);
	buf_release(&a->key);
	free(a);
	c->done(c, err.code, &err);
}

int
acls_capture(struct capture *c, struct err *e)
{
	static const struct job_step steps[] = {
		{ "may ACLs be seen", step_allowed },
		{ "read ACLs by type", step_types },
		{ "read ACLs of all types", step_all },
		{ "are all of them known", step_unknown },
		{ "is there an authorizer", step_authorizer },
		{ "may they still be seen", step_allowed },
		{ NULL, NULL },
	};
	struct acls_capture *a = calloc(1, sizeof *a);

	if (a == NULL)
		return err_memory(e, "reading ACLs");
	a->capture = c;
	a->client = c->server;
	a->budget = stack_budget();
	buf_init(&a->key, LINE_MAX_BYTES);
	job_start(&a->job, c->loop, steps, capture_done, NULL);
	return 0;
}
