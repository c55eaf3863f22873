/*
 * log_kinds.h - the kinds that the metadata log alone tells and that only a restore before the first
 * start puts back: quota, cluster_config, group_config, client_metrics; and user, where the manager has
 * no user store (users.h).  What is there as it was saved is fine; what is missing, or other than saved,
 * is named and carried.
 */
#ifndef LOG_KINDS_H
#define LOG_KINDS_H

#include "core/snapshot/kind_ops.h"

extern const struct kind_ops cluster_configs_ops, quotas_ops, group_configs_ops, client_metrics_ops;

/* Their kind_ops.fit. */
int log_kind_fit_item(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e);

#endif
