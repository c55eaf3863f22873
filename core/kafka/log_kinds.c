/* log_kinds.c - see log_kinds.h */
#include "core/kafka/log_kinds.h"

#include <string.h>

#include "core/base/cleanup.h"

static int
fit(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	(void)brokers;
	if (item->have != NULL && strcmp(item->have, item->want.value) == 0) {
		item->action = PLAN_EQUAL;
		return 0;
	}
	item->action = item->have != NULL ? PLAN_KEEP : PLAN_CREATE;
	item->reason = arena_text(&plan->arena,
	                          item->have != NULL
	                              ? "it exists with other settings"
	                              : "it can only be put back before the first start (pre-start)");
	if (item->have == NULL)
		item->outcome = PLAN_FAILED;
	return item->reason == NULL ? err_memory(e, "planning") : 0;
}

#define KIND_OF_LOG(number) { .kind = (number), .fit = fit }

const struct kind_ops cluster_configs_ops = KIND_OF_LOG(KIND_CLUSTER_CONFIG);
const struct kind_ops users_ops = KIND_OF_LOG(KIND_USER);
const struct kind_ops acls_ops = KIND_OF_LOG(KIND_ACL);
const struct kind_ops quotas_ops = KIND_OF_LOG(KIND_QUOTA);
const struct kind_ops group_configs_ops = KIND_OF_LOG(KIND_GROUP_CONFIG);
const struct kind_ops client_metrics_ops = KIND_OF_LOG(KIND_CLIENT_METRICS);
