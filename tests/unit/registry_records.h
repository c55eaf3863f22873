/* registry_records.h - records as Confluent's registry and Karapace write them (field order, headers, tombstones). */
#ifndef REGISTRY_RECORDS_H
#define REGISTRY_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/kafka/topic_log.h"
#include "core/registry/registry_line.h"

#define NOOP_KEY              "{\"keytype\":\"NOOP\",\"magic\":0}"
#define SCHEMA_KEY(s, v)      "{\"keytype\":\"SCHEMA\",\"subject\":\"" s "\",\"version\":" v ",\"magic\":1}"
#define CONFIG_KEY(s)         "{\"keytype\":\"CONFIG\",\"subject\":\"" s "\",\"magic\":0}"
#define MODE_KEY(s)           "{\"keytype\":\"MODE\",\"subject\":\"" s "\",\"magic\":0}"
#define DELETE_KEY(s)         "{\"keytype\":\"DELETE_SUBJECT\",\"subject\":\"" s "\",\"magic\":0}"

/* NULL: null. */
void put(struct topic_log *log, const char *key, const char *value);
/* text is as it stands inside of a JSON string. */
void confluent_schema(struct topic_log *log, const char *subject, int version, int id, const char *text, bool deleted);
void karapace_schema(struct topic_log *log, const char *subject, int version, int id, const char *text, bool deleted);

#endif
