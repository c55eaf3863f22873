/* rules_table.c - how the tables are asked, see rules_table.h */
#include "core/kraft/rules_table.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"

const char *
kafka_line_name(int level)
{
	static const struct {
		int         level;
		const char *name;
	} lines[] = {
		{ KAFKA_4_4, "4.4" }, { KAFKA_4_3, "4.3" }, { KAFKA_4_2, "4.2" }, { KAFKA_4_1, "4.1" },
		{ KAFKA_4_0, "4.0" }, { KAFKA_3_9, "3.9" }, { KAFKA_3_8, "3.8" }, { KAFKA_3_7, "3.7" },
		{ KAFKA_3_6, "3.6" }, { KAFKA_3_5, "3.5" }, { KAFKA_3_4, "3.4" },
	};
	size_t i;

	for (i = 0; i < LENGTH(lines); i++)
		if (level >= lines[i].level)
			return lines[i].name;
	return "3.3";
}

static const struct config_rules *
rules_of(enum kind kind)
{
	static const struct config_rules none = { NULL, 0 };

	switch (kind) {
	case KIND_TOPIC:
		return &topic_rules;
	case KIND_CLUSTER_CONFIG:
		return &broker_rules;
	case KIND_GROUP_CONFIG:
		return &group_rules;
	case KIND_CLIENT_METRICS:
		return &client_metrics_rules;
	default:
		return &none;
	}
}

const struct config_rule *
config_rule_next(enum kind kind, size_t *at)
{
	const struct config_rules *all = rules_of(kind);

	return *at < all->count ? &all->rules[(*at)++] : NULL;
}

const struct config_rule *
config_rule(enum kind kind, const char *name, int level, const struct config_rule **other)
{
	const struct config_rule *rule;
	size_t at = 0;

	*other = NULL;
	while ((rule = config_rule_next(kind, &at)) != NULL) {
		if (strcmp(rule->name, name) != 0)
			continue;
		if (level >= rule->since && (rule->until == 0 || level < rule->until))
			return rule;
		*other = rule;
	}
	return NULL;
}

bool
config_is_static(const char *name, int level)
{
	size_t i, len = strlen(name);
	const char *p;

	for (i = 0; i < static_names_count && len > 0; i++) {
		const struct static_names *group = &static_names[i];

		if (level < group->since || (group->until != 0 && level >= group->until))
			continue;
		for (p = group->names; (p = strstr(p, name)) != NULL; p += len)
			if (p[-1] == ' ' && p[len] == ' ')
				return true;
	}
	return false;
}

const struct config_order *
config_order_next(enum kind kind, size_t *at)
{
	static const struct config_order orders[] = {
		{ KIND_TOPIC, "min.compaction.lag.ms", "max.compaction.lag.ms", 0, INT64_MAX, false },
		{ KIND_CLUSTER_CONFIG, "log.cleaner.min.compaction.lag.ms",
		  "log.cleaner.max.compaction.lag.ms", 0, INT64_MAX, false },
		{ KIND_GROUP_CONFIG, "consumer.heartbeat.interval.ms", "consumer.session.timeout.ms", 5000,
		  45000, true },
		{ KIND_GROUP_CONFIG, "share.heartbeat.interval.ms", "share.session.timeout.ms", 5000, 45000,
		  true },
		{ KIND_GROUP_CONFIG, "streams.heartbeat.interval.ms", "streams.session.timeout.ms", 5000,
		  45000, true },
	};

	while (*at < LENGTH(orders))
		if (orders[(*at)++].kind == kind)
			return &orders[*at - 1];
	return NULL;
}
