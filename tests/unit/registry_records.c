/* registry_records.c - see registry_records.h */
#include <stdio.h>
#include <string.h>

#include "registry_records.h"

#define TIMESTAMP 1700000000000

static void
put_with(struct topic_log *log, const char *key, const char *value, struct log_header *headers, size_t count)
{
	struct err e = { 0 };
	struct log_record r = { .key = key, .key_len = key == NULL ? 0 : strlen(key), .value = value,
		                .value_len = value == NULL ? 0 : strlen(value), .headers = headers,
		                .header_count = count, .timestamp = TIMESTAMP + (int64_t)log->count };

	assert_int_equal(topic_log_add(log, &r, &e), 0);
}

void
put(struct topic_log *log, const char *key, const char *value)
{
	put_with(log, key, value, NULL, 0);
}

static void
write_key(char *ret, size_t size, const char *subject, int version)
{
	(void)snprintf(ret, size, "{\"keytype\":\"SCHEMA\",\"subject\":\"%s\",\"version\":%d,\"magic\":1}", subject,
	               version);
}

void
confluent_schema(struct topic_log *log, const char *subject, int version, int id, const char *text, bool deleted)
{
	char key[512], value[4096];

	write_key(key, sizeof key, subject, version);
	(void)snprintf(value, sizeof value,
	               "{\"subject\":\"%s\",\"version\":%d,\"id\":%d,\"md5\":\"1B2M2Y8AsgTpgAmY7PhCfg==\","
	               "\"schema\":\"%s\",\"deleted\":%s}",
	               subject, version, id, text, deleted ? "true" : "false");
	put(log, key, value);
}

void
karapace_schema(struct topic_log *log, const char *subject, int version, int id, const char *text, bool deleted)
{
	struct log_header headers[] = { { "X-Registry-Version", "karapace/5.0.3", 14 }, { "X-Origin-Host", "h", 1 } };
	char key[512], value[4096];

	write_key(key, sizeof key, subject, version);
	(void)snprintf(value, sizeof value,
	               "{\"subject\":\"%s\",\"version\":%d,\"id\":%d,\"schema\":\"%s\",\"deleted\":%s}",
	               subject, version, id, text, deleted ? "true" : "false");
	put_with(log, key, value, headers, 2);
}
