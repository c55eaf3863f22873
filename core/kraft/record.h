/*
 * record.h - the metadata records of KRaft, decoded and encoded by a table of fields.
 *
 * The table (record_table.c) is what Kafka's own schemas say: metadata/src/main/resources/common/
 * metadata/NAME.json, also in every kafka-metadata jar; t_record_table.sh compares them.  A record
 * is a frame: varint frame version 1, varint type, varint version, then the fields in order, then
 * the tagged ones (KIP-482).  Nothing is copied: values point into the frame.
 */
#ifndef KRAFT_RECORD_H
#define KRAFT_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/kraft/wire.h"

enum field_type {
	FIELD_INT8, FIELD_INT16, FIELD_INT32, FIELD_FLOAT64, FIELD_BOOL,
	FIELD_UUID,
	FIELD_STRING, FIELD_BYTES,
	FIELD_INT32_ARRAY, FIELD_UUID_ARRAY,
	FIELD_STRUCT_ARRAY, /* of `element`'s fields */
};

struct field {
	const char         *name; /* as in the schema; NULL ends a list */
	enum field_type     type;
	int                 since;    /* the first version that has it */
	bool                nullable;
	bool                tagged;
	unsigned            tag;
	int64_t             preset;  /* of a tagged number that is absent; other kinds are null then */
	const struct field *element;
};

/* The types that are read or written; numbers as in the schemas. */
enum metadata_type {
	RECORD_TOPIC = 2,
	RECORD_PARTITION = 3,
	RECORD_CONFIG = 4,
	RECORD_PARTITION_CHANGE = 5,
	RECORD_REMOVE_TOPIC = 9,
	RECORD_USER_SCRAM = 11,
	RECORD_FEATURE_LEVEL = 12,
	RECORD_QUOTA = 14,
	RECORD_ACL = 18,
	RECORD_REMOVE_ACL = 19,
	RECORD_NO_OP = 20,
	RECORD_REMOVE_USER_SCRAM = 22,
	RECORD_BEGIN_TRANSACTION = 23,
	RECORD_END_TRANSACTION = 24,
	RECORD_ABORT_TRANSACTION = 25,
	RECORD_TYPES = 30, /* the first number that is not known at all */
};

/* Where each field of a type stands in record.values. */
enum { TOPIC_NAME, TOPIC_ID };
enum {
	PARTITION_ID, PARTITION_TOPIC, PARTITION_REPLICAS, PARTITION_ISR, PARTITION_REMOVING,
	PARTITION_ADDING, PARTITION_LEADER, PARTITION_RECOVERY, PARTITION_LEADER_EPOCH,
	PARTITION_EPOCH, PARTITION_DIRECTORIES, PARTITION_ELR, PARTITION_LAST_ELR,
};
enum { CONFIG_TYPE, CONFIG_RESOURCE, CONFIG_NAME, CONFIG_VALUE };
enum {
	CHANGE_ID, CHANGE_TOPIC, CHANGE_ISR, CHANGE_LEADER, CHANGE_REPLICAS, CHANGE_REMOVING,
	CHANGE_ADDING, CHANGE_RECOVERY, CHANGE_DIRECTORIES, CHANGE_ELR, CHANGE_LAST_ELR,
};
enum { REMOVE_TOPIC_ID };
enum { USER_NAME, USER_MECHANISM, USER_SALT, USER_STORED_KEY, USER_SERVER_KEY, USER_ITERATIONS };
enum { FEATURE_NAME, FEATURE_LEVEL };
enum { QUOTA_ENTITY, QUOTA_KEY, QUOTA_VALUE, QUOTA_REMOVE };
enum { ENTITY_TYPE, ENTITY_NAME };
enum {
	ACL_ID, ACL_RESOURCE_TYPE, ACL_RESOURCE, ACL_PATTERN, ACL_PRINCIPAL, ACL_HOST, ACL_OPERATION,
	ACL_PERMISSION,
};
enum { REMOVE_ACL_ID };
enum { REMOVE_USER_NAME, REMOVE_USER_MECHANISM };

#define RECORD_FIELDS_MAX 13u
#define UUID_BYTES 16u

/* Types of a config's resource (ConfigResource.java). */
enum { RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4, RESOURCE_CLIENT_METRICS = 16, RESOURCE_GROUP = 32 };

struct record_value {
	bool                 null;
	int64_t              number; /* INT8, INT16, INT32, BOOL */
	double               real;
	const unsigned char *bytes; /* STRING, BYTES, UUID: itself; arrays: their elements as they stand */
	size_t               len;   /* of bytes */
	uint32_t             count; /* elements of an array */
};

struct metadata_record {
	unsigned            type, version;
	struct record_value values[RECORD_FIELDS_MAX];
};

struct record_schema {
	const char         *name; /* NULL: no such type */
	int                 newest; /* the newest version that is known */
	const struct field *fields; /* NULL: of a type that is not kept, and only passed over */
};

/* NULL: a number that is not known. */
const struct record_schema *record_schema(unsigned type);

/* The type and version of a frame.  ERR_CORRUPT: it has none. */
int record_peek(const void *frame, size_t len, unsigned *type, unsigned *version, struct err *e);

/*
 * Decode a frame whose schema has fields.  ERR_UNSUPPORTED: a version newer than the table's;
 * ERR_CORRUPT: bytes that do not fit the schema, or bytes behind the end.
 */
int record_decode(const void *frame, size_t len, struct metadata_record *ret, struct err *e);

/* Append the frame of r.  Errors are the buffer's. */
void record_encode(const struct metadata_record *r, struct buf *out);

/* Fill the values of an array's next element; false behind the last one. */
bool record_element(const struct field *element, struct cursor *elements, struct record_value *ret);
extern const struct field quota_entity_fields[];

/* Values for record_encode(). */
static inline struct record_value
value_text(const void *bytes, size_t len)
{
	return (struct record_value){ .bytes = bytes, .len = len };
}

static inline struct record_value
value_number(int64_t n)
{
	return (struct record_value){ .number = n };
}

/* The numbers of an array of 4-byte ones. */
static inline int32_t
value_int32_at(const struct record_value *v, uint32_t i)
{
	struct cursor c = cursor_of(v->bytes + (size_t)4 * i, 4);

	return (int32_t)cursor_number(&c, 4);
}

#endif
