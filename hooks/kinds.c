/* kinds.c - see kinds.h */
#include "core/base/cleanup.h"
#include "core/connect/connectors.h"
#include "core/kafka/acls.h"
#include "core/kafka/log_kinds.h"
#include "core/kafka/topics.h"
#include "core/kafka/users.h"
#include "core/registry/way.h"
#include "hooks/kinds.h"

static const struct {
	const struct kind_ops *ops;
	enum kind_place        place;
} table[] = {
	{ &cluster_configs_ops, PLACE_KAFKA },
	{ &users_ops, PLACE_KAFKA },
	{ &acls_ops, PLACE_KAFKA },
	{ &topics_ops, PLACE_KAFKA },
	{ &quotas_ops, PLACE_KAFKA },
	{ &group_configs_ops, PLACE_KAFKA },
	{ &client_metrics_ops, PLACE_KAFKA },
	{ &registry_log_ops, PLACE_REGISTRY_TOPIC },
	{ &registry_schema_ops, PLACE_REGISTRY },
	{ &registry_config_ops, PLACE_REGISTRY },
	{ &connectors_ops, PLACE_CONNECT },
};

size_t
kind_count(void)
{
	return LENGTH(table);
}

const struct kind_ops *
kind_at(size_t i)
{
	return table[i].ops;
}

enum kind_place
kind_place_at(size_t i)
{
	return table[i].place;
}

bool
kind_needs_kafka_alone(size_t i)
{
	return table[i].place == PLACE_KAFKA || table[i].place == PLACE_REGISTRY_TOPIC;
}

bool
kind_is_configured(const struct config *config, size_t i)
{
	if (table[i].place == PLACE_CONNECT)
		return config->connect.given;
	return table[i].place == PLACE_KAFKA || config->registry.given;
}
