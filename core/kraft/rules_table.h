/*
 * rules_table.h - which configs exist in which line of Kafka, with what values; which versions of
 * records a metadata.version has.  Data, and how to find it; rules.c applies it.
 *
 * From the ConfigDefs of Kafka 3.7.2, 3.8.1, 3.9.2, 4.0.0, 4.1.0, 4.2.0, 4.3.1 and 4.4.0 (LogConfig,
 * GroupConfig, ClientMetricsConfigs, DynamicConfig.Broker); lines before 3.7 are taken for 3.7 where
 * nothing else is known.  tests/live/t_rules.sh compares them with every version that is at hand.
 */
#ifndef KRAFT_RULES_TABLE_H
#define KRAFT_RULES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kraft/record.h"
#include "core/snapshot/kind.h"

/* The first metadata.version of each line (MetadataVersion.java); KAFKA_FIRST is that of KRaft's. */
enum kafka_line {
	KAFKA_FIRST = 1,
	KAFKA_3_4 = 8,
	KAFKA_3_5 = 9,
	KAFKA_3_6 = 12,
	KAFKA_3_7 = 15,
	KAFKA_3_8 = 20,
	KAFKA_3_9 = 21,
	KAFKA_4_0 = 22,
	KAFKA_4_1 = 26,
	KAFKA_4_2 = 28,
	KAFKA_4_3 = 30,
	KAFKA_4_4 = 31,
};

/* What came within a line. */
enum {
	LEVEL_NO_OP = 5,        /* 3.3-IV1: NoOpRecord */
	LEVEL_OLDEST = 7,       /* 3.3-IV3: the first that was released for KRaft */
	LEVEL_SCRAM = 11,       /* 3.5-IV2: users in the log */
	LEVEL_TRANSACTION = 13, /* 3.6-IV1: records that are one change */
	LEVEL_DIRECTORIES = 17, /* 3.7-IV2: a partition's directories */
	LEVEL_ELR = 23,         /* 4.0-IV1: eligible leader replicas */
	LEVEL_HOST_RANGE = 32,  /* 4.4-IV1: hosts of ACLs as address/bits */
};

/* The line of a level as people call it, "3.9". */
const char *kafka_line_name(int level);

enum config_type {
	CONFIG_BOOLEAN,
	CONFIG_NUMBER,       /* whole, from min to max */
	CONFIG_NOT_ZERO,     /* whole, but for 0 */
	CONFIG_GZIP_LEVEL,   /* 1 to 9, or -1 */
	CONFIG_DOUBLE,
	CONFIG_RATIO,        /* 0 to 1 */
	CONFIG_TEXT,         /* one of words, if there are any */
	CONFIG_CLASS,         /* of a class: not empty */
	CONFIG_LIST,         /* of words, if there are any */
	CONFIG_FORMAT,       /* message.format.version: a version, words has all */
	CONFIG_OFFSET_RESET, /* latest, earliest, by_duration:ISO-8601 */
	CONFIG_MATCH,        /* selectors of client metrics */
	CONFIG_NUMBER_BY_HOST, /* host:number,... */
	CONFIG_LISTENERS,    /* NAME://HOST:PORT,... */
	CONFIG_NOT_INTERNAL, /* a topic's name, not of one that begins with __; or empty */
	CONFIG_NEVER,        /* exists, and is never written */
	CONFIG_TIERED,       /* a boolean; brokers without tiered storage do not start with it */
};

/* From which line on a list has no empty parts, and some have none twice. */
#define KAFKA_LISTS_CHECKED  KAFKA_4_2
#define KAFKA_LISTS_DISTINCT KAFKA_4_4

struct config_rule {
	const char      *name;
	enum config_type type;
	int64_t          min, max;
	const char      *words;        /* blanks between them */
	int              since, until; /* levels: the first, and the first that lacks it; 0: always, never */
	bool             per_broker;   /* of brokers: never of all of them at once */
	bool             distinct;     /* a list that names nothing twice, since KAFKA_LISTS_DISTINCT */
};

/*
 * The rule of a config of KIND_TOPIC, KIND_CLUSTER_CONFIG, KIND_GROUP_CONFIG or KIND_CLIENT_METRICS at
 * a level.  NULL: there is none; then *other is a rule that it has at other levels, or NULL.
 */
const struct config_rule *config_rule(enum kind kind, const char *name, int level,
                                      const struct config_rule **other);

/* Each rule of a kind in turn, *at is 0 at first; NULL behind the last one. */
const struct config_rule *config_rule_next(enum kind kind, size_t *at);

/* A broker's config that only server.properties can set. */
bool config_is_static(const char *name, int level);

/* Two configs of one resource, of which the first must not be more (or less_than: must be less). */
struct config_order {
	enum kind   kind;
	const char *lower, *upper;
	int64_t     lower_default, upper_default; /* of the one that is not set */
	bool        less_than;
};
const struct config_order *config_order_next(enum kind kind, size_t *at);

/* What each thread of the log cleaner needs more than (KafkaConfig.validateValues()). */
#define CLEANER_BYTES (1 << 20)

/* Does a value fit its rule?  Values are read as Kafka's ConfigDef.parseType() does. */
bool config_value_fits(const struct config_rule *rule, int level, const char *value, size_t len);

/* The whole number that a value is. */
bool config_number(const char *value, size_t len, int64_t *ret);

/* Of a table file: its rules, sorted by name. */
struct config_rules {
	const struct config_rule *rules;
	size_t                    count;
};
extern const struct config_rules topic_rules, group_rules, client_metrics_rules, broker_rules;

/* Names that are static in the lines from since to before until (0: on and on), each between blanks. */
struct static_names {
	int         since, until;
	const char *names;
};
extern const struct static_names static_names[];
extern const size_t              static_names_count;

/* Shorthand of the table files. */
#define BETWEEN(a, b) .type = CONFIG_NUMBER, .min = (a), .max = (b)
#define INT_FROM(n)   BETWEEN(n, INT32_MAX)
#define LONG_FROM(n)  BETWEEN(n, INT64_MAX)
#define ANY_SHORT     BETWEEN(INT16_MIN, INT16_MAX)
#define ANY_INT       BETWEEN(INT32_MIN, INT32_MAX)
#define ANY_LONG      BETWEEN(INT64_MIN, INT64_MAX)

#endif
