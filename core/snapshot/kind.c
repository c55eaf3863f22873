/* kind.c - names of kinds and states */
#include <string.h>

#include "core/base/cleanup.h"
#include "core/snapshot/kind.h"

static const char *const kinds[] = {
	[KIND_CLUSTER_CONFIG] = "cluster_config",
	[KIND_USER] = "user",
	[KIND_ACL] = "acl",
	[KIND_TOPIC] = "topic",
	[KIND_QUOTA] = "quota",
	[KIND_GROUP_CONFIG] = "group_config",
	[KIND_CLIENT_METRICS] = "client_metrics",
	[KIND_REGISTRY_LOG] = "registry_log",
	[KIND_SCHEMA] = "schema",
	[KIND_REGISTRY_CONFIG] = "registry_config",
	[KIND_CONNECTOR] = "connector",
	[KIND_CARRIED] = "carried",
	[KIND_IDENTITY] = "identity",
	[KIND_SUMMARY] = "summary",
};

const char *
kind_name(enum kind kind)
{
	return (unsigned)kind < LENGTH(kinds) ? kinds[kind] : NULL;
}

bool
kind_by_name(const char *name, size_t len, enum kind *ret)
{
	unsigned i;

	for (i = 0; i < LENGTH(kinds); i++) {
		if (kinds[i] != NULL && strlen(kinds[i]) == len && memcmp(kinds[i], name, len) == 0) {
			*ret = (enum kind)i;
			return true;
		}
	}
	return false;
}

bool
kind_is_resource(enum kind kind)
{
	return (unsigned)kind <= KIND_CONNECTOR;
}

const char *
kind_state_name(enum kind_state state)
{
	static const char *const names[] = {
		"none", "captured", "unreachable", "disabled", "unsupported", "pending",
	};

	return (unsigned)state < LENGTH(names) ? names[state] : "unknown";
}

bool
topic_is_kafkas(const char *name)
{
	static const char *const names[] = { "__consumer_offsets", "__transaction_state",
		                             "__share_group_state", "__cluster_metadata" };
	size_t i;

	for (i = 0; i < LENGTH(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}
