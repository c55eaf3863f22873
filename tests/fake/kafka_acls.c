/* kafka_acls.c - see kafka_acls.h */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/kafka_acls.h"
#include "tests/fake/kafka_admin_event.h"

/* librdkafka's opaque types. */
struct rd_kafka_AclBinding_s { /* and a filter: NULL texts and ANY match all */
	struct acls_binding b;
	bool any_name, any_principal, any_host;
};

struct rd_kafka_error_s {
	rd_kafka_resp_err_t code;
};

struct rd_kafka_acl_result_s { /* and the response of a deletion */
	struct rd_kafka_error_s error;
};

void
acls_add(struct acls_fake *f, struct acls_binding b)
{
	f->there = realloc(f->there, (f->count + 1) * sizeof *f->there);
	assert(f->there != NULL);
	f->there[f->count++] = b;
}

void
acls_release(struct acls_fake *f)
{
	free(f->there);
	f->there = NULL;
	f->count = 0;
}

static struct rd_kafka_op_s *
event_of(rd_kafka_t *rk)
{
	return (struct rd_kafka_op_s *)(void *)rk;
}

static void
keep(struct rd_kafka_op_s *event, const void *thing, size_t size)
{
	void *copy = malloc(size);

	event->results = realloc(event->results, (event->count + 1) * sizeof(void *));
	assert(copy != NULL && event->results != NULL);
	memcpy(copy, thing, size);
	event->results[event->count++] = copy;
}

static void
keep_code(struct rd_kafka_op_s *event, rd_kafka_resp_err_t code)
{
	struct rd_kafka_acl_result_s r = { { code } };

	keep(event, &r, sizeof r);
}

/* ---- bindings ---- */

static void
put_text(char *to, size_t size, const char *text)
{
	assert(text == NULL || strlen(text) < size);
	(void)memcpy(to, text == NULL ? "" : text, text == NULL ? 1 : strlen(text) + 1);
}

static rd_kafka_AclBinding_t *
binding(int resource, const char *name, int pattern, const char *principal, const char *host, int operation,
        int permission)
{
	rd_kafka_AclBinding_t *b = calloc(1, sizeof *b);

	assert(b != NULL);
	b->b.resource = resource;
	b->b.pattern = pattern;
	b->b.operation = operation;
	b->b.permission = permission;
	put_text(b->b.name, sizeof b->b.name, name);
	put_text(b->b.principal, sizeof b->b.principal, principal);
	put_text(b->b.host, sizeof b->b.host, host);
	b->any_name = name == NULL;
	b->any_principal = principal == NULL;
	b->any_host = host == NULL;
	return b;
}

rd_kafka_AclBinding_t *
rd_kafka_AclBinding_new(rd_kafka_ResourceType_t type, const char *name, rd_kafka_ResourcePatternType_t pattern,
                        const char *principal, const char *host, rd_kafka_AclOperation_t operation,
                        rd_kafka_AclPermissionType_t permission, char *errstr, size_t errstr_size)
{
	(void)errstr;
	(void)errstr_size;
	return binding((int)type, name, (int)pattern, principal, host, (int)operation, (int)permission);
}

rd_kafka_AclBindingFilter_t *
rd_kafka_AclBindingFilter_new(rd_kafka_ResourceType_t type, const char *name,
                              rd_kafka_ResourcePatternType_t pattern, const char *principal, const char *host,
                              rd_kafka_AclOperation_t operation, rd_kafka_AclPermissionType_t permission,
                              char *errstr, size_t errstr_size)
{
	return rd_kafka_AclBinding_new(type, name, pattern, principal, host, operation, permission, errstr,
	                               errstr_size);
}

void
rd_kafka_AclBinding_destroy(rd_kafka_AclBinding_t *b)
{
	free(b);
}

void
rd_kafka_AclBinding_destroy_array(rd_kafka_AclBinding_t **array, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(array[i]);
}

rd_kafka_ResourceType_t
rd_kafka_AclBinding_restype(const rd_kafka_AclBinding_t *b)
{
	return b->b.resource < RD_KAFKA_RESOURCE__CNT ? (rd_kafka_ResourceType_t)b->b.resource
	                                              : RD_KAFKA_RESOURCE_UNKNOWN;
}

const char *
rd_kafka_AclBinding_name(const rd_kafka_AclBinding_t *b)
{
	return b->b.name;
}

const char *
rd_kafka_AclBinding_principal(const rd_kafka_AclBinding_t *b)
{
	return b->b.principal;
}

const char *
rd_kafka_AclBinding_host(const rd_kafka_AclBinding_t *b)
{
	return b->b.host;
}

rd_kafka_AclOperation_t
rd_kafka_AclBinding_operation(const rd_kafka_AclBinding_t *b)
{
	return b->b.operation < RD_KAFKA_ACL_OPERATION__CNT ? (rd_kafka_AclOperation_t)b->b.operation
	                                                    : RD_KAFKA_ACL_OPERATION_UNKNOWN;
}

rd_kafka_AclPermissionType_t
rd_kafka_AclBinding_permission_type(const rd_kafka_AclBinding_t *b)
{
	return (rd_kafka_AclPermissionType_t)b->b.permission;
}

rd_kafka_ResourcePatternType_t
rd_kafka_AclBinding_resource_pattern_type(const rd_kafka_AclBinding_t *b)
{
	return (rd_kafka_ResourcePatternType_t)b->b.pattern;
}

/* ---- what a user may do ---- */

rd_kafka_error_t *
rd_kafka_AdminOptions_set_include_authorized_operations(rd_kafka_AdminOptions_t *options, int yes)
{
	(void)options;
	assert(yes);
	return NULL;
}

void
rd_kafka_DescribeCluster(rd_kafka_t *rk, const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	(void)options;
	(void)queue;
	event_of(rk)->admin->acls->allowed++;
	admin_take(event_of(rk), 0, 0);
}

const rd_kafka_DescribeCluster_result_t *
rd_kafka_event_DescribeCluster_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_AclOperation_t *
rd_kafka_DescribeCluster_result_authorized_operations(const rd_kafka_DescribeCluster_result_t *event,
                                                      size_t *count)
{
	static const rd_kafka_AclOperation_t operations[] = { RD_KAFKA_ACL_OPERATION_CREATE,
		                                              RD_KAFKA_ACL_OPERATION_DESCRIBE };
	const struct acls_fake *f = event->admin->acls;
	bool seen = !f->unseen && (f->seen_for == 0 || f->allowed <= f->seen_for);

	*count = f->untold ? 0 : seen ? 2 : 1;
	return f->untold ? NULL : operations;
}

/* ---- describe ---- */

static bool
matches(const rd_kafka_AclBinding_t *f, const struct acls_binding *b)
{
	return (f->b.resource == RD_KAFKA_RESOURCE_ANY || f->b.resource == b->resource) &&
	       (f->b.pattern == RD_KAFKA_RESOURCE_PATTERN_ANY || f->b.pattern == b->pattern) &&
	       (f->b.operation == RD_KAFKA_ACL_OPERATION_ANY || f->b.operation == b->operation) &&
	       (f->b.permission == RD_KAFKA_ACL_PERMISSION_TYPE_ANY || f->b.permission == b->permission) &&
	       (f->any_name || strcmp(f->b.name, b->name) == 0) &&
	       (f->any_principal || strcmp(f->b.principal, b->principal) == 0) &&
	       (f->any_host || strcmp(f->b.host, b->host) == 0);
}

void
rd_kafka_DescribeAcls(rd_kafka_t *rk, rd_kafka_AclBindingFilter_t *filter,
                      const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	struct rd_kafka_op_s *event = event_of(rk);
	struct acls_fake *f = event->admin->acls;
	size_t i;

	(void)options;
	(void)queue;
	f->described++;
	for (i = 0; i < f->count && !f->unseen && !f->no_authorizer; i++) {
		rd_kafka_AclBinding_t shown = { .b = f->there[i] };

		if (matches(filter, &f->there[i]))
			keep(event, &shown, sizeof shown);
	}
	admin_take(event, event->count, 0);
}

const rd_kafka_DescribeAcls_result_t *
rd_kafka_event_DescribeAcls_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_AclBinding_t **
rd_kafka_DescribeAcls_result_acls(const rd_kafka_DescribeAcls_result_t *event, size_t *count)
{
	*count = event->count;
	return (const rd_kafka_AclBinding_t **)(void *)event->results;
}

/* ---- create ---- */

static rd_kafka_resp_err_t
create_one(struct acls_fake *f, const struct acls_binding *b)
{
	if (f->no_authorizer)
		return RD_KAFKA_RESP_ERR_SECURITY_DISABLED;
	if (f->may_not_alter)
		return RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
	if (f->refused != NULL && strcmp(b->principal, f->refused) == 0)
		return f->refusal;
	assert(f->orders < sizeof f->permissions / sizeof f->permissions[0]);
	f->permissions[f->orders++] = b->permission;
	acls_add(f, *b);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void
rd_kafka_CreateAcls(rd_kafka_t *rk, rd_kafka_AclBinding_t **array, size_t count,
                    const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	struct rd_kafka_op_s *event = event_of(rk);
	struct acls_fake *f = event->admin->acls;
	size_t i;

	(void)options;
	(void)queue;
	f->created++;
	if (count > f->most_created)
		f->most_created = count;
	for (i = 0; i < count; i++)
		keep_code(event, create_one(f, &array[i]->b));
	if (f->forgetful)
		free((void *)(uintptr_t)event->results[--event->count]);
	admin_take(event, count, count);
}

const rd_kafka_CreateAcls_result_t *
rd_kafka_event_CreateAcls_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_acl_result_t **
rd_kafka_CreateAcls_result_acls(const rd_kafka_CreateAcls_result_t *event, size_t *count)
{
	*count = event->count;
	return (const rd_kafka_acl_result_t **)(void *)event->results;
}

const rd_kafka_error_t *
rd_kafka_acl_result_error(const rd_kafka_acl_result_t *r)
{
	return &r->error; /* with the code 0 on success, as newer versions do */
}

rd_kafka_resp_err_t
rd_kafka_error_code(const rd_kafka_error_t *error)
{
	return error->code;
}

const char *
rd_kafka_error_string(const rd_kafka_error_t *error)
{
	(void)error;
	return "the broker's words";
}

/* ---- delete ---- */

void
rd_kafka_DeleteAcls(rd_kafka_t *rk, rd_kafka_AclBindingFilter_t **filters, size_t count,
                    const rd_kafka_AdminOptions_t *options, rd_kafka_queue_t *queue)
{
	struct rd_kafka_op_s *event = event_of(rk);
	struct acls_fake *f = event->admin->acls;
	size_t i, k;

	(void)options;
	(void)queue;
	f->deleted++;
	for (i = 0; i < count; i++) {
		for (k = 0; k < f->count; k++)
			assert(!matches(filters[i], &f->there[k])); /* nobody of ours deletes anything */
		keep_code(event, f->no_authorizer   ? RD_KAFKA_RESP_ERR_SECURITY_DISABLED
		                 : f->may_not_alter ? RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED
		                                    : RD_KAFKA_RESP_ERR_NO_ERROR);
	}
	admin_take(event, count, 0);
}

const rd_kafka_DeleteAcls_result_t *
rd_kafka_event_DeleteAcls_result(rd_kafka_event_t *event)
{
	return event;
}

const rd_kafka_DeleteAcls_result_response_t **
rd_kafka_DeleteAcls_result_responses(const rd_kafka_DeleteAcls_result_t *event, size_t *count)
{
	*count = event->count;
	return (const rd_kafka_DeleteAcls_result_response_t **)(void *)event->results;
}

const rd_kafka_error_t *
rd_kafka_DeleteAcls_result_response_error(const rd_kafka_DeleteAcls_result_response_t *r)
{
	return &((const struct rd_kafka_acl_result_s *)(const void *)r)->error;
}
