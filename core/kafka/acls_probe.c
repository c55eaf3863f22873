/*
 * acls_probe.c - see acls.h
 *
 * The deletion names a principal of random bits, in full, so that nothing can match; a creation that
 * a broker must refuse would tell the same, but what some other server takes would then be there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/kafka/acls.h"
#include "core/kafka/topics.h"

struct probe {
	struct client *client;
	acls_probe_fn *fn;
	void          *arg;
};

static int
judge(const struct probe *p, rd_kafka_event_t *event, struct err *e)
{
	const rd_kafka_DeleteAcls_result_response_t **responses;
	const rd_kafka_error_t *error;
	size_t n = 0;

	responses = rd_kafka_DeleteAcls_result_responses(rd_kafka_event_DeleteAcls_result(event), &n);
	if (n != 1)
		return err_set(e, ERR_FAILED, "the broker did not answer whether there is an authorizer");
	error = rd_kafka_DeleteAcls_result_response_error(responses[0]);
	if (error == NULL || rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_SECURITY_DISABLED)
		return err_set(e, ERR_UNSUPPORTED,
		               "the brokers have no authorizer (authorizer.class.name), and show no ACL");
	return client_error(p->client, rd_kafka_error_code(error), rd_kafka_error_string(error), e);
}

static void
answered(void *arg, int rc, rd_kafka_event_t *event, const struct err *e)
{
	struct probe *p = arg;
	struct err err = *e;

	if (rc == 0)
		rc = judge(p, event, &err);
	if (rc != 0 && rc != ERR_UNSUPPORTED)
		(void)err_prefix(&err, "asking whether this user may change ACLs");
	p->fn(p->arg, rc, &err);
	free(p);
}

static int
delete_nothing(struct probe *p, rd_kafka_AclBindingFilter_t *filter, struct err *e)
{
	struct client_call call;
	int rc = client_begin(p->client, RD_KAFKA_ADMIN_OP_DELETEACLS, REQUEST_TIMEOUT_MS, answered, p, &call,
	                      e);

	if (rc != 0)
		return rc;
	rd_kafka_DeleteAcls(call.rk, &filter, 1, call.options, call.queue);
	client_sent(&call);
	return 0;
}

int
acls_probe(struct client *c, acls_probe_fn *fn, void *arg, struct err *e)
{
	struct probe *p = calloc(1, sizeof *p);
	char random[TOPIC_RANDOM_NAME_SIZE], principal[TOPIC_RANDOM_NAME_SIZE + 8], why[128] = "";
	rd_kafka_AclBindingFilter_t *filter;
	int rc;

	if (p == NULL)
		return err_memory(e, "asking about ACLs");
	*p = (struct probe){ c, fn, arg };
	topic_random_name(0, random);
	(void)snprintf(principal, sizeof principal, "User:%s", random);
	filter = rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_BROKER, "kafka-cluster",
	                                       RD_KAFKA_RESOURCE_PATTERN_LITERAL, principal, "127.0.0.1",
	                                       RD_KAFKA_ACL_OPERATION_DESCRIBE,
	                                       RD_KAFKA_ACL_PERMISSION_TYPE_DENY, why, sizeof why);
	rc = filter == NULL ? err_set(e, ERR_FAILED, "asking about ACLs: %s", why) : delete_nothing(p, filter, e);
	if (filter != NULL)
		rd_kafka_AclBinding_destroy(filter);
	if (rc != 0)
		free(p);
	return rc;
}
