/* rules_table_topic.c - configs of topics, groups and client metrics; see rules_table.h */
#include "core/base/cleanup.h"
#include "core/kraft/rules_table.h"

/* What message.format.version may be: every version up to 3.8's. */
#define FORMATS \
	"0.8.0 0.8.1 0.8.2 0.9.0 0.10.0-IV0 0.10.0-IV1 0.10.1-IV0 0.10.1-IV1 0.10.1-IV2" \
	" 0.10.2-IV0 0.11.0-IV0 0.11.0-IV1 0.11.0-IV2 1.0-IV0 1.1-IV0 2.0-IV0 2.0-IV1 2.1-IV0" \
	" 2.1-IV1 2.1-IV2 2.2-IV0 2.2-IV1 2.3-IV0 2.3-IV1 2.4-IV0 2.4-IV1 2.5-IV0 2.6-IV0 2.7-IV0" \
	" 2.7-IV1 2.7-IV2 2.8-IV0 2.8-IV1 3.0-IV0 3.0-IV1 3.1-IV0 3.2-IV0 3.3-IV0 3.3-IV1 3.3-IV2" \
	" 3.3-IV3 3.4-IV0 3.5-IV0 3.5-IV1 3.5-IV2 3.6-IV0 3.6-IV1 3.6-IV2 3.7-IV0 3.7-IV1 3.7-IV2" \
	" 3.7-IV3 3.7-IV4 3.8-IV0"

static const struct config_rule topic[] = {
	{ "cleanup.policy", .type = CONFIG_LIST, .words = "compact delete" },
	{ "compression.gzip.level", .type = CONFIG_GZIP_LEVEL, .since = KAFKA_3_8 },
	{ "compression.lz4.level", BETWEEN(1, 17), .since = KAFKA_3_8 },
	{ "compression.type", .type = CONFIG_TEXT, .words = "uncompressed zstd lz4 snappy gzip producer" },
	{ "compression.zstd.level", BETWEEN(-131072, 22), .since = KAFKA_3_8 },
	{ "delete.retention.ms", LONG_FROM(0) },
	{ "errors.deadletterqueue.group.enable", .type = CONFIG_BOOLEAN, .since = KAFKA_4_4 },
	{ "file.delete.delay.ms", LONG_FROM(0) },
	{ "flush.messages", LONG_FROM(1) },
	{ "flush.ms", LONG_FROM(0) },
	{ "follower.replication.throttled.replicas", .type = CONFIG_NEVER },
	{ "index.interval.bytes", INT_FROM(0) },
	{ "internal.segment.bytes", ANY_INT, .since = KAFKA_4_1 },
	{ "leader.replication.throttled.replicas", .type = CONFIG_NEVER },
	{ "local.retention.bytes", LONG_FROM(-2) },
	{ "local.retention.ms", LONG_FROM(-2) },
	{ "max.compaction.lag.ms", LONG_FROM(1) },
	{ "max.decompressed.message.bytes", BETWEEN(1, 2147483639), .since = KAFKA_4_4 },
	{ "max.message.bytes", INT_FROM(0) },
	{ "message.downconversion.enable", .type = CONFIG_BOOLEAN, .until = KAFKA_4_0 },
	{ "message.format.version", .type = CONFIG_FORMAT, .words = FORMATS, .until = KAFKA_3_8 },
	{ "message.format.version", .type = CONFIG_FORMAT, .words = FORMATS " 3.9-IV0", .since = KAFKA_3_8,
	  .until = KAFKA_3_9 },
	{ "message.format.version", .type = CONFIG_FORMAT, .words = FORMATS " 3.9-IV0 4.0-IV0 4.0-IV1",
	  .since = KAFKA_3_9, .until = KAFKA_4_0 },
	{ "message.timestamp.after.max.ms", LONG_FROM(0), .since = KAFKA_3_6 },
	{ "message.timestamp.before.max.ms", LONG_FROM(0), .since = KAFKA_3_6 },
	{ "message.timestamp.difference.max.ms", LONG_FROM(0), .until = KAFKA_4_0 },
	{ "message.timestamp.type", .type = CONFIG_TEXT, .words = "CreateTime LogAppendTime" },
	{ "min.cleanable.dirty.ratio", .type = CONFIG_RATIO },
	{ "min.compaction.lag.ms", LONG_FROM(0) },
	{ "min.insync.replicas", INT_FROM(1) },
	{ "preallocate", .type = CONFIG_BOOLEAN },
	{ "remote.copy.lag.bytes", LONG_FROM(-1), .since = KAFKA_4_4 },
	{ "remote.copy.lag.ms", LONG_FROM(-1), .since = KAFKA_4_4 },
	{ "remote.log.copy.disable", .type = CONFIG_BOOLEAN, .since = KAFKA_3_9 },
	{ "remote.log.delete.on.disable", .type = CONFIG_BOOLEAN, .since = KAFKA_3_9 },
	{ "remote.storage.enable", .type = CONFIG_TIERED },
	{ "retention.bytes", ANY_LONG },
	{ "retention.ms", LONG_FROM(-1) },
	{ "segment.bytes", INT_FROM(14), .until = KAFKA_4_0 },
	{ "segment.bytes", INT_FROM(1048576), .since = KAFKA_4_0 },
	{ "segment.index.bytes", INT_FROM(4) },
	{ "segment.jitter.ms", LONG_FROM(0) },
	{ "segment.ms", LONG_FROM(1) },
	{ "unclean.leader.election.enable", .type = CONFIG_BOOLEAN },
};

static const struct config_rule group[] = {
	{ "consumer.assignment.interval.ms", INT_FROM(0), .since = KAFKA_4_3 },
	{ "consumer.assignor.offload.enable", .type = CONFIG_BOOLEAN, .since = KAFKA_4_4 },
	{ "consumer.heartbeat.interval.ms", INT_FROM(1), .since = KAFKA_4_0 },
	{ "consumer.session.timeout.ms", INT_FROM(1), .since = KAFKA_4_0 },
	{ "errors.deadletterqueue.copy.record.enable", .type = CONFIG_BOOLEAN, .since = KAFKA_4_4 },
	{ "errors.deadletterqueue.topic.name", .type = CONFIG_NOT_INTERNAL, .since = KAFKA_4_4 },
	{ "share.assignment.interval.ms", INT_FROM(0), .since = KAFKA_4_3 },
	{ "share.assignor.offload.enable", .type = CONFIG_BOOLEAN, .since = KAFKA_4_4 },
	{ "share.auto.offset.reset", .type = CONFIG_OFFSET_RESET, .since = KAFKA_4_0 },
	{ "share.delivery.count.limit", INT_FROM(2), .since = KAFKA_4_3 },
	{ "share.heartbeat.interval.ms", INT_FROM(1), .since = KAFKA_4_0 },
	{ "share.isolation.level", .type = CONFIG_TEXT, .words = "read_committed read_uncommitted",
	  .since = KAFKA_4_1 },
	{ "share.partition.max.record.locks", INT_FROM(100), .since = KAFKA_4_3 },
	{ "share.record.lock.duration.ms", INT_FROM(1000), .since = KAFKA_4_0 },
	{ "share.renew.acknowledge.enable", .type = CONFIG_BOOLEAN, .since = KAFKA_4_3 },
	{ "share.session.timeout.ms", INT_FROM(1), .since = KAFKA_4_0 },
	{ "streams.acceptable.recovery.lag", LONG_FROM(0), .since = KAFKA_4_4 },
	{ "streams.assignment.interval.ms", INT_FROM(0), .since = KAFKA_4_3 },
	{ "streams.assignor.name", .type = CONFIG_TEXT, .since = KAFKA_4_4 },
	{ "streams.assignor.offload.enable", .type = CONFIG_BOOLEAN, .since = KAFKA_4_4 },
	{ "streams.heartbeat.interval.ms", INT_FROM(1), .since = KAFKA_4_1 },
	{ "streams.initial.rebalance.delay.ms", INT_FROM(0), .since = KAFKA_4_2 },
	{ "streams.num.standby.replicas", INT_FROM(0), .since = KAFKA_4_1 },
	{ "streams.num.warmup.replicas", INT_FROM(0), .since = KAFKA_4_4 },
	{ "streams.rack.aware.assignment.tags", .type = CONFIG_LIST, .distinct = true, .since = KAFKA_4_4 },
	{ "streams.session.timeout.ms", INT_FROM(1), .since = KAFKA_4_1 },
	{ "streams.task.offset.interval.ms", INT_FROM(1), .since = KAFKA_4_4 },
};

static const struct config_rule client_metrics[] = {
	{ "interval.ms", BETWEEN(100, 3600000), .since = KAFKA_3_7 },
	{ "match", .type = CONFIG_MATCH, .since = KAFKA_3_7 },
	{ "metrics", .type = CONFIG_LIST, .since = KAFKA_3_7 },
};

const struct config_rules topic_rules = { topic, LENGTH(topic) };
const struct config_rules group_rules = { group, LENGTH(group) };
const struct config_rules client_metrics_rules = { client_metrics, LENGTH(client_metrics) };
