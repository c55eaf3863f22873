/* acls.c - see acls.h: what a line says, and what can be created through brokers */
#include "core/kafka/acls.h"

#include <string.h>

#include "core/kafka/acls_apply.h"
#include "core/kafka/acls_capture.h"
#include "core/kafka/seed_fit.h"

const struct kind_ops acls_ops = {
	.kind = KIND_ACL,
	.capture = acls_capture,
	.fit = acl_fit_item,
	.apply = acls_apply,
};

/* librdkafka has no names for others, and refuses them. */
static bool
is_creatable(const struct acl *acl)
{
	return acl->resource > RD_KAFKA_RESOURCE_ANY && acl->resource < RD_KAFKA_RESOURCE__CNT &&
	       (acl->pattern == RD_KAFKA_RESOURCE_PATTERN_LITERAL ||
	        acl->pattern == RD_KAFKA_RESOURCE_PATTERN_PREFIXED) &&
	       acl->operation > RD_KAFKA_ACL_OPERATION_ANY && acl->operation < RD_KAFKA_ACL_OPERATION__CNT &&
	       (acl->permission == RD_KAFKA_ACL_PERMISSION_TYPE_DENY ||
	        acl->permission == RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW);
}

int
acl_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	struct json_object *owner;
	struct acl acl;
	bool creatable;

	(void)brokers;
	if (strcmp(item->want.value, "{}") != 0 ||
	    !acl_key_parse(item->want.key, item->want.key_len, &acl, &owner))
		return err_set(e, ERR_CORRUPT, "the line of an ACL is not as FORMAT.md says");
	creatable = is_creatable(&acl);
	(void)json_object_put(owner);
	item->action = item->have != NULL ? PLAN_EQUAL : PLAN_CREATE;
	if (item->have == NULL && plan->seeding)
		return seed_fit(plan, item, e);
	if (item->have != NULL || creatable)
		return 0;
	item->outcome = PLAN_FAILED;
	item->reason = "librdkafka does not know its resource or its operation: create it with "
	               "kafka-acls; a restore before the first start (`kcb pre-start`) brings it back too";
	return 0;
}
