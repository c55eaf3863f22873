/* record_table.c - the schemas; see record.h */
#include "core/kraft/record.h"

static const struct field topic[] = {
	[TOPIC_NAME] = { .name = "Name", .type = FIELD_STRING },
	[TOPIC_ID] = { .name = "TopicId", .type = FIELD_UUID },
	{ .name = NULL },
};

static const struct field partition[] = {
	[PARTITION_ID] = { .name = "PartitionId", .type = FIELD_INT32 },
	[PARTITION_TOPIC] = { .name = "TopicId", .type = FIELD_UUID },
	[PARTITION_REPLICAS] = { .name = "Replicas", .type = FIELD_INT32_ARRAY },
	[PARTITION_ISR] = { .name = "Isr", .type = FIELD_INT32_ARRAY },
	[PARTITION_REMOVING] = { .name = "RemovingReplicas", .type = FIELD_INT32_ARRAY },
	[PARTITION_ADDING] = { .name = "AddingReplicas", .type = FIELD_INT32_ARRAY },
	[PARTITION_LEADER] = { .name = "Leader", .type = FIELD_INT32 },
	[PARTITION_RECOVERY] = { .name = "LeaderRecoveryState", .type = FIELD_INT8, .tagged = true },
	[PARTITION_LEADER_EPOCH] = { .name = "LeaderEpoch", .type = FIELD_INT32 },
	[PARTITION_EPOCH] = { .name = "PartitionEpoch", .type = FIELD_INT32 },
	[PARTITION_DIRECTORIES] = { .name = "Directories", .type = FIELD_UUID_ARRAY, .since = 1 },
	[PARTITION_ELR] = { .name = "EligibleLeaderReplicas", .type = FIELD_INT32_ARRAY, .since = 2,
	                    .nullable = true, .tagged = true, .tag = 1 },
	[PARTITION_LAST_ELR] = { .name = "LastKnownElr", .type = FIELD_INT32_ARRAY, .since = 2,
	                         .nullable = true, .tagged = true, .tag = 2 },
	{ .name = NULL },
};

static const struct field config[] = {
	[CONFIG_TYPE] = { .name = "ResourceType", .type = FIELD_INT8 },
	[CONFIG_RESOURCE] = { .name = "ResourceName", .type = FIELD_STRING },
	[CONFIG_NAME] = { .name = "Name", .type = FIELD_STRING },
	[CONFIG_VALUE] = { .name = "Value", .type = FIELD_STRING, .nullable = true },
	{ .name = NULL },
};

static const struct field partition_change[] = {
	[CHANGE_ID] = { .name = "PartitionId", .type = FIELD_INT32 },
	[CHANGE_TOPIC] = { .name = "TopicId", .type = FIELD_UUID },
	[CHANGE_ISR] = { .name = "Isr", .type = FIELD_INT32_ARRAY, .nullable = true, .tagged = true },
	[CHANGE_LEADER] = { .name = "Leader", .type = FIELD_INT32, .tagged = true, .tag = 1, .preset = -2 },
	[CHANGE_REPLICAS] = { .name = "Replicas", .type = FIELD_INT32_ARRAY, .nullable = true,
	                      .tagged = true, .tag = 2 },
	[CHANGE_REMOVING] = { .name = "RemovingReplicas", .type = FIELD_INT32_ARRAY, .nullable = true,
	                      .tagged = true, .tag = 3 },
	[CHANGE_ADDING] = { .name = "AddingReplicas", .type = FIELD_INT32_ARRAY, .nullable = true,
	                    .tagged = true, .tag = 4 },
	[CHANGE_RECOVERY] = { .name = "LeaderRecoveryState", .type = FIELD_INT8, .tagged = true,
	                      .tag = 5, .preset = -1 },
	[CHANGE_DIRECTORIES] = { .name = "Directories", .type = FIELD_UUID_ARRAY, .since = 1,
	                         .nullable = true, .tagged = true, .tag = 8 },
	[CHANGE_ELR] = { .name = "EligibleLeaderReplicas", .type = FIELD_INT32_ARRAY, .since = 2,
	                 .nullable = true, .tagged = true, .tag = 6 },
	[CHANGE_LAST_ELR] = { .name = "LastKnownElr", .type = FIELD_INT32_ARRAY, .since = 2,
	                      .nullable = true, .tagged = true, .tag = 7 },
	{ .name = NULL },
};

static const struct field remove_topic[] = {
	[REMOVE_TOPIC_ID] = { .name = "TopicId", .type = FIELD_UUID },
	{ .name = NULL },
};

static const struct field user_scram[] = {
	[USER_NAME] = { .name = "Name", .type = FIELD_STRING },
	[USER_MECHANISM] = { .name = "Mechanism", .type = FIELD_INT8 },
	[USER_SALT] = { .name = "Salt", .type = FIELD_BYTES },
	[USER_STORED_KEY] = { .name = "StoredKey", .type = FIELD_BYTES },
	[USER_SERVER_KEY] = { .name = "ServerKey", .type = FIELD_BYTES },
	[USER_ITERATIONS] = { .name = "Iterations", .type = FIELD_INT32 },
	{ .name = NULL },
};

static const struct field feature_level[] = {
	[FEATURE_NAME] = { .name = "Name", .type = FIELD_STRING },
	[FEATURE_LEVEL] = { .name = "FeatureLevel", .type = FIELD_INT16 },
	{ .name = NULL },
};

const struct field quota_entity_fields[] = {
	[ENTITY_TYPE] = { .name = "EntityType", .type = FIELD_STRING },
	[ENTITY_NAME] = { .name = "EntityName", .type = FIELD_STRING, .nullable = true },
	{ .name = NULL },
};

static const struct field quota[] = {
	[QUOTA_ENTITY] = { .name = "Entity", .type = FIELD_STRUCT_ARRAY, .element = quota_entity_fields },
	[QUOTA_KEY] = { .name = "Key", .type = FIELD_STRING },
	[QUOTA_VALUE] = { .name = "Value", .type = FIELD_FLOAT64 },
	[QUOTA_REMOVE] = { .name = "Remove", .type = FIELD_BOOL },
	{ .name = NULL },
};

static const struct field acl[] = {
	[ACL_ID] = { .name = "Id", .type = FIELD_UUID },
	[ACL_RESOURCE_TYPE] = { .name = "ResourceType", .type = FIELD_INT8 },
	[ACL_RESOURCE] = { .name = "ResourceName", .type = FIELD_STRING },
	[ACL_PATTERN] = { .name = "PatternType", .type = FIELD_INT8 },
	[ACL_PRINCIPAL] = { .name = "Principal", .type = FIELD_STRING },
	[ACL_HOST] = { .name = "Host", .type = FIELD_STRING },
	[ACL_OPERATION] = { .name = "Operation", .type = FIELD_INT8 },
	[ACL_PERMISSION] = { .name = "PermissionType", .type = FIELD_INT8 },
	{ .name = NULL },
};

static const struct field remove_acl[] = {
	[REMOVE_ACL_ID] = { .name = "Id", .type = FIELD_UUID },
	{ .name = NULL },
};

static const struct field remove_user_scram[] = {
	[REMOVE_USER_NAME] = { .name = "Name", .type = FIELD_STRING },
	[REMOVE_USER_MECHANISM] = { .name = "Mechanism", .type = FIELD_INT8 },
	{ .name = NULL },
};

static const struct field begin_transaction[] = {
	{ .name = "Name", .type = FIELD_STRING, .nullable = true, .tagged = true },
	{ .name = NULL },
};

static const struct field end_transaction[] = {
	{ .name = NULL },
};

static const struct field abort_transaction[] = {
	{ .name = "Reason", .type = FIELD_STRING, .nullable = true, .tagged = true },
	{ .name = NULL },
};

static const struct record_schema schemas[RECORD_TYPES] = {
	[0] = { "RegisterBrokerRecord", 4, NULL },
	[1] = { "UnregisterBrokerRecord", 0, NULL },
	[RECORD_TOPIC] = { "TopicRecord", 0, topic },
	[RECORD_PARTITION] = { "PartitionRecord", 2, partition },
	[RECORD_CONFIG] = { "ConfigRecord", 0, config },
	[RECORD_PARTITION_CHANGE] = { "PartitionChangeRecord", 2, partition_change },
	[7] = { "FenceBrokerRecord", 0, NULL },
	[8] = { "UnfenceBrokerRecord", 0, NULL },
	[RECORD_REMOVE_TOPIC] = { "RemoveTopicRecord", 0, remove_topic },
	[10] = { "DelegationTokenRecord", 0, NULL },
	[RECORD_USER_SCRAM] = { "UserScramCredentialRecord", 0, user_scram },
	[RECORD_FEATURE_LEVEL] = { "FeatureLevelRecord", 0, feature_level },
	[RECORD_QUOTA] = { "ClientQuotaRecord", 0, quota },
	[15] = { "ProducerIdsRecord", 0, NULL },
	[17] = { "BrokerRegistrationChangeRecord", 3, NULL },
	[RECORD_ACL] = { "AccessControlEntryRecord", 0, acl },
	[RECORD_REMOVE_ACL] = { "RemoveAccessControlEntryRecord", 0, remove_acl },
	[RECORD_NO_OP] = { "NoOpRecord", 0, NULL },
	[21] = { "ZkMigrationStateRecord", 0, NULL },
	[RECORD_REMOVE_USER_SCRAM] = { "RemoveUserScramCredentialRecord", 0, remove_user_scram },
	[RECORD_BEGIN_TRANSACTION] = { "BeginTransactionRecord", 0, begin_transaction },
	[RECORD_END_TRANSACTION] = { "EndTransactionRecord", 0, end_transaction },
	[RECORD_ABORT_TRANSACTION] = { "AbortTransactionRecord", 0, abort_transaction },
	[26] = { "RemoveDelegationTokenRecord", 0, NULL },
	[27] = { "RegisterControllerRecord", 0, NULL },
	[28] = { "ClearElrRecord", 0, NULL },
	[29] = { "UnregisterControllerRecord", 0, NULL },
};

const struct record_schema *
record_schema(unsigned type)
{
	return type < RECORD_TYPES && schemas[type].name != NULL ? &schemas[type] : NULL;
}
