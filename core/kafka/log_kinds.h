/*
 * log_kinds.h - the kinds that the metadata log alone tells and that only a restore before the first
 * start puts back: user, acl, quota, cluster_config, group_config, client_metrics.  What is there as it
 * was saved is fine; what is missing, or other than saved, is named and carried.
 */
#ifndef LOG_KINDS_H
#define LOG_KINDS_H

#include "core/snapshot/kind_ops.h"

extern const struct kind_ops cluster_configs_ops, users_ops, acls_ops, quotas_ops, group_configs_ops,
    client_metrics_ops;

#endif
