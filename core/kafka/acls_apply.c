/* acls_apply.c - see acls_apply.h: two rounds of batches; one bad ACL stops no other */
#include "core/kafka/acls_apply.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"

struct acls_apply {
	struct apply      *apply;
	struct client     *client;
	struct job         job;
	struct fanout      fanout;
	struct plan_item **queue;        /* of the running round */
	rd_kafka_AclBinding_t **bindings; /* of the same ones */
	size_t             count, done;
};

#define OWNER(j) container_of(j, struct acls_apply, job)

struct request { /* a batch in flight */
	struct acls_apply *a;
	size_t             first, count; /* in the queue */
};

/* ---- what came of it ---- */

static void
take_result(struct acls_apply *a, struct plan_item *item, const rd_kafka_error_t *error)
{
	struct err e = { 0 };
	int rc;

	if (error == NULL || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		item->outcome = PLAN_DONE; /* also when it was there already */
		return;
	}
	rc = client_error(a->client, rd_kafka_error_code(error), rd_kafka_error_string(error), &e);
	(void)err_prefix(&e, "creating it");
	item->denied = rc == ERR_DENIED;
	item->outcome = rc == ERR_AGAIN ? PLAN_TODO : PLAN_FAILED;
	item->reason = arena_text(&a->apply->plan->arena, e.text); /* NULL: no reason */
}

static void
created(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct request *r = arg;
	struct acls_apply *a = r->a;
	const rd_kafka_acl_result_t **results = NULL;
	struct err err = *e;
	size_t i, n = 0;

	if (rc == 0)
		results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &n);
	else
		(void)err_prefix(&err, "creating %zu ACLs", r->count);
	if (rc == 0 && n != r->count) /* which is whose nobody knows: look again */
		rc = err_set(&err, ERR_AGAIN, "creating %zu ACLs: the broker answered for %zu", r->count, n);
	for (i = 0; i < n && rc == 0; i++)
		take_result(a, a->queue[r->first + i], rd_kafka_acl_result_error(results[i]));
	a->done += r->count;
	if (a->apply->progress != NULL)
		a->apply->progress(a->apply, a->done, a->apply->plan->count);
	free(r);
	fanout_end(&a->fanout, rc, &err);
}

/* ---- a batch ---- */

static rd_kafka_AclBinding_t *
binding_of(const struct plan_item *item, char *why, size_t size)
{
	rd_kafka_AclBinding_t *b = NULL;
	struct json_object *owner;
	struct acl acl;

	if (!acl_key_parse(item->want.key, item->want.key_len, &acl, &owner))
		return NULL;
	b = rd_kafka_AclBinding_new((rd_kafka_ResourceType_t)acl.resource, acl.name.bytes,
	                            (rd_kafka_ResourcePatternType_t)acl.pattern, acl.principal.bytes,
	                            acl.host.bytes, (rd_kafka_AclOperation_t)acl.operation,
	                            (rd_kafka_AclPermissionType_t)acl.permission, why, size);
	(void)json_object_put(owner);
	return b;
}

static int
create_start(struct fanout *f, size_t i, struct err *e)
{
	struct acls_apply *a = container_of(f, struct acls_apply, fanout);
	struct request *r = calloc(1, sizeof *r);
	struct client_call call;
	int rc;

	if (r == NULL)
		return err_memory(e, "creating ACLs");
	r->a = a;
	r->first = i * CREATE_ACLS_MAX;
	r->count = a->count - r->first < CREATE_ACLS_MAX ? a->count - r->first : CREATE_ACLS_MAX;
	rc = client_begin(a->client, RD_KAFKA_ADMIN_OP_CREATEACLS, REQUEST_TIMEOUT_MS, created, r, &call, e);
	if (rc != 0) {
		free(r);
		return rc;
	}
	rd_kafka_CreateAcls(call.rk, a->bindings + r->first, r->count, call.options, call.queue);
	client_sent(&call);
	return 0;
}

/* ---- the two rounds ---- */

static bool
is_deny(const struct plan_item *item)
{
	static const char end[] = ",\"DENY\"]"; /* keys are canonical */

	return item->want.key_len >= sizeof end - 1 &&
	       strcmp(item->want.key + item->want.key_len - (sizeof end - 1), end) == 0;
}

static void
all_created(struct fanout *f, int rc, const struct err *e)
{
	struct acls_apply *a = container_of(f, struct acls_apply, fanout);

	rd_kafka_AclBinding_destroy_array(a->bindings, a->count);
	job_next(&a->job, rc, e);
}

static void
add(struct acls_apply *a, struct plan_item *item)
{
	char why[128] = "not the key of an ACL";

	a->bindings[a->count] = binding_of(item, why, sizeof why);
	if (a->bindings[a->count] != NULL) {
		a->queue[a->count++] = item;
		return;
	}
	item->outcome = PLAN_FAILED;
	item->reason = arena_text(&a->apply->plan->arena, why); /* NULL: no reason */
}

static void
create(struct acls_apply *a, bool deny)
{
	struct plan *plan = a->apply->plan;
	size_t i;

	a->count = 0;
	for (i = 0; i < plan->count; i++)
		if (plan->items[i].action == PLAN_CREATE && plan->items[i].outcome == PLAN_TODO &&
		    is_deny(&plan->items[i]) == deny)
			add(a, &plan->items[i]);
	a->fanout = (struct fanout){ .count = (a->count + CREATE_ACLS_MAX - 1) / CREATE_ACLS_MAX,
		                     .width = CREATE_ACLS_WIDTH, .start = create_start,
		                     .done = all_created };
	fanout_run(&a->fanout);
}

static void
step_deny(struct job *j)
{
	create(OWNER(j), true);
}

static void
step_allow(struct job *j)
{
	create(OWNER(j), false);
}

static void
apply_done(struct job *j)
{
	struct acls_apply *a = OWNER(j);
	struct apply *apply = a->apply;
	struct err err = j->err;

	free(a->bindings);
	free(a->queue);
	free(a);
	apply->done(apply, err.code, &err);
}

int
acls_apply(struct apply *apply, struct err *e)
{
	static const struct job_step steps[] = {
		{ "deny", step_deny },
		{ "allow", step_allow },
		{ NULL, NULL },
	};
	struct acls_apply *a = calloc(1, sizeof *a);

	if (a == NULL)
		return err_memory(e, "restoring ACLs");
	a->queue = calloc(apply->plan->count + 1, sizeof(struct plan_item *));
	a->bindings = calloc(apply->plan->count + 1, sizeof(rd_kafka_AclBinding_t *));
	if (a->queue == NULL || a->bindings == NULL) {
		free(a->queue);
		free(a->bindings);
		free(a);
		return err_memory(e, "restoring ACLs");
	}
	a->apply = apply;
	a->client = apply->server;
	job_start(&a->job, apply->loop, steps, apply_done, NULL);
	return 0;
}
