/* rules_configs.c - one config, see rules.h */
#include <string.h>

#include "core/kraft/rules_parts.h"
#include "core/kraft/rules_table.h"

/* MessageUtil and the generated code: a string of a record has a length of 15 bits. */
#define RECORD_STRING_MAX 32767u

#define LISTENER_PREFIX "listener.name."

static bool
say_value(const struct config_rule *rule, const char *name, struct buf *reason)
{
	if (rule->type == CONFIG_BOOLEAN || rule->type == CONFIG_TIERED)
		return say_no(reason, name, "true or false");
	if (rule->type == CONFIG_NEVER)
		return say_no(reason, name, "it names replicas of a reassignment that was going on, and is never "
		                            "written");
	if (rule->type == CONFIG_NUMBER && (rule->max == INT64_MAX || rule->max == INT32_MAX))
		return say_no(reason, name, "a whole number of at least %lld", (long long)rule->min);
	if (rule->type == CONFIG_NUMBER)
		return say_no(reason, name, "a whole number from %lld to %lld", (long long)rule->min,
		              (long long)rule->max);
	if (rule->words != NULL && rule->type != CONFIG_FORMAT)
		return say_no(reason, name, "of the words %s", rule->words);
	return say_no(reason, name, "Kafka does not take its value");
}

/* It exists in other lines than this one. */
static bool
say_line(const struct rules *r, const struct config_rule *other, const char *name, struct buf *reason)
{
	if (r->level < other->since)
		return say_no(reason, name, "Kafka has it since %s, and this is %s",
		              kafka_line_name(other->since), kafka_line_name(r->level));
	return say_no(reason, name, "Kafka has it no more since %s", kafka_line_name(other->until));
}

static bool
value_fits(const struct rules *r, const struct config_rule *rule, const char *name,
           struct json_object *value, struct buf *reason)
{
	const char *text = json_object_get_string(value);
	size_t len = (size_t)json_object_get_string_len(value);

	if (!config_value_fits(rule, r->level, text, len))
		return say_value(rule, name, reason);
	if (rule->type == CONFIG_TIERED && strcasestr(text, "true") != NULL)
		return say_no(reason, name, "a broker without tiered storage does not start with it; where they "
		                            "have it, set it once they run");
	return true;
}

/* ---- of brokers ---- */

/* NAME of listener.name.LISTENER.NAME; NULL: it has no such prefix. */
static const char *
behind_listener(const char *name)
{
	size_t n = sizeof LISTENER_PREFIX - 1;
	const char *dot = strncmp(name, LISTENER_PREFIX, n) == 0 ? strchr(name + n, '.') : NULL;

	return dot == NULL ? NULL : dot + 1;
}

/* Limits of connections, which a listener may have on all brokers. */
static bool
is_of_every_listener(const char *name)
{
	return strcmp(name, "max.connections") == 0 || strcmp(name, "max.connection.creation.rate") == 0 ||
	       strcmp(name, "num.network.threads") == 0;
}

static bool
of_listener(const struct rules *r, bool one_broker, const char *name, const char *base,
            struct json_object *value, struct buf *reason)
{
	const struct config_rule *other;
	const struct config_rule *rule = config_rule(KIND_CLUSTER_CONFIG, base, r->level, &other);

	if (!one_broker && !is_of_every_listener(base))
		return say_no(reason, name, "only of one broker, not of all of them");
	if (rule == NULL || (rule->type == CONFIG_LISTENERS && r->level < KAFKA_LISTS_CHECKED))
		return true;
	return value_fits(r, rule, name, value, reason);
}

/* Keys and certificates are a listener's. */
static bool
is_of_listeners(const char *name)
{
	return strcmp(name, "ssl.key.password") == 0 || strncmp(name, "ssl.keystore.", 13) == 0 ||
	       strncmp(name, "ssl.truststore.", 15) == 0;
}

/* No connection at all, but from hosts that the overrides name. */
static bool
nobody_connects(struct json_object *configs, const char *name, struct json_object *value)
{
	struct json_object *overrides;
	int64_t n;

	return strcmp(name, "max.connections.per.ip") == 0 &&
	       config_number(json_object_get_string(value), (size_t)json_object_get_string_len(value), &n) &&
	       n == 0 &&
	       !(json_object_object_get_ex(configs, "max.connections.per.ip.overrides", &overrides) &&
	         json_object_get_string_len(overrides) > 0);
}

static bool
of_broker(const struct rules *r, bool one_broker, const struct config_rule *rule, const char *name,
          struct json_object *configs, struct json_object *value, struct buf *reason)
{
	if (rule->per_broker && !one_broker)
		return say_no(reason, name, "only of one broker, not of all of them");
	if (is_of_listeners(name))
		return say_no(reason, name, "only of a listener (" LISTENER_PREFIX "NAME.%s)", name);
	if (one_broker && r->level >= KAFKA_4_1 && strcmp(name, "min.insync.replicas") == 0)
		return say_no(reason, name, "since Kafka 4.1 only of all brokers at once");
	if (nobody_connects(configs, name, value))
		return say_no(reason, name, "0 needs max.connections.per.ip.overrides");
	return value_fits(r, rule, name, value, reason);
}

/* The broker itself gets the value, from a file or the environment. */
static bool
is_indirect(struct json_object *configs, struct json_object *value)
{
	return strstr(json_object_get_string(value), "${") != NULL &&
	       json_object_object_get_ex(configs, "config.providers", NULL);
}

/* ---- all ---- */

bool
rules_config(const struct rules *r, const struct line *line, struct json_object *configs, const char *name,
             struct json_object *value, struct buf *reason)
{
	bool of_brokers = line->kind == KIND_CLUSTER_CONFIG, one_broker = strcmp(line->key, "default") != 0;
	const char *base = of_brokers ? behind_listener(name) : NULL;
	const struct config_rule *rule, *other;

	if (!json_object_is_type(value, json_type_string))
		return say_no(reason, name, "its value is no text");
	if (strlen(name) > RECORD_STRING_MAX ||
	    (size_t)json_object_get_string_len(value) > RECORD_STRING_MAX)
		return say_no(reason, name, "longer than %u bytes, which no record holds", RECORD_STRING_MAX);
	if (of_brokers && is_indirect(configs, value))
		return true;
	if (base != NULL)
		return of_listener(r, one_broker, name, base, value, reason);
	rule = config_rule(line->kind, name, r->level, &other);
	if (rule != NULL)
		return of_brokers ? of_broker(r, one_broker, rule, name, configs, value, reason)
		                  : value_fits(r, rule, name, value, reason);
	if (of_brokers && config_is_static(name, r->level))
		return say_no(reason, name, "only server.properties sets it");
	if (other != NULL)
		return say_line(r, other, name, reason);
	return of_brokers || /* a plugin's, say of a metrics reporter */
	       say_no(reason, name, "Kafka %s does not know it", kafka_line_name(r->level));
}
