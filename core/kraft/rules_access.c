/* rules_access.c - users, ACLs and quotas, see rules.h */
#include <arpa/inet.h>
#include <string.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/kraft/acl_names.h"
#include "core/kraft/lines.h"
#include "core/kraft/rules_parts.h"
#include "core/kraft/rules_table.h"

static struct json_object *
member(struct json_object *value, const char *name, json_type type)
{
	struct json_object *m = NULL;

	return json_object_object_get_ex(value, name, &m) && json_object_is_type(m, type) ? m : NULL;
}

/* ---- users ---- */

/* ScramMechanism.minIterations(), ScramControlManager.MAX_ITERATIONS. */
#define ITERATIONS_MIN 4096
#define ITERATIONS_MAX 16384
#define SCRAM_BYTES_MAX 4096u /* of a salt; far more than any client makes */

/* The bytes that a member is base64 of; 0: it is none. */
static size_t
bytes_in(struct json_object *credential, const char *name)
{
	struct json_object *text = member(credential, name, json_type_string);
	unsigned char bytes[SCRAM_BYTES_MAX];
	size_t len = 0, written;

	if (text == NULL ||
	    sodium_base642bin(bytes, sizeof bytes, json_object_get_string(text),
	                      (size_t)json_object_get_string_len(text), NULL, &len, NULL,
	                      sodium_base64_VARIANT_ORIGINAL) != 0)
		len = 0;
	written = text == NULL ? 0 : (size_t)json_object_get_string_len(text);
	sodium_memzero(bytes, written < sizeof bytes ? written : sizeof bytes); /* base64 is longer */
	return len;
}

bool
rules_credential(const char *mechanism, struct json_object *credential, struct buf *reason)
{
	struct json_object *iterations = member(credential, "iterations", json_type_int);
	int64_t n = json_object_get_int64(iterations);
	size_t verifier = strcmp(mechanism, scram_name(1)) == 0   ? 32
	                  : strcmp(mechanism, scram_name(2)) == 0 ? 64
	                                                          : 0;

	if (verifier == 0)
		return say_no(reason, mechanism, "Kafka does not know this mechanism");
	if (n < ITERATIONS_MIN || n > ITERATIONS_MAX)
		return say_no(reason, mechanism, "Kafka takes %d to %d iterations", ITERATIONS_MIN, ITERATIONS_MAX);
	if (bytes_in(credential, "salt") == 0)
		return say_no(reason, mechanism, "its salt is empty, or not base64");
	if (bytes_in(credential, "stored_key") != verifier || bytes_in(credential, "server_key") != verifier)
		return say_no(reason, mechanism, "its verifiers have to be of %zu bytes", verifier);
	return true;
}

/* ---- ACLs ---- */

/* The parts of an ACL's key, in their order. */
enum { KEY_RESOURCE, KEY_PATTERN, KEY_NAME, KEY_PRINCIPAL, KEY_HOST, KEY_OPERATION, KEY_PERMISSION, KEY_PARTS };

/* Numbers that AclOperation and its like know; of others, two ACLs may become one, and nothing starts. */
struct acl_range {
	unsigned      part;
	enum acl_part names;
	int           first, last, last_since; /* last: only from that level on; before it, one less */
	const char   *what;
};

static bool
numbers_known(const struct rules *r, struct json_object *key, struct buf *reason)
{
	static const struct acl_range ranges[] = {
		{ KEY_RESOURCE, ACL_PART_RESOURCE, 2, 7, 0, "resource type" },
		{ KEY_PATTERN, ACL_PART_PATTERN, 3, 4, 0, "pattern type" },
		{ KEY_OPERATION, ACL_PART_OPERATION, 2, 15, KAFKA_4_1, "operation" },
		{ KEY_PERMISSION, ACL_PART_PERMISSION, 2, 3, 0, "permission" },
	};
	int number, last;
	size_t i;

	for (i = 0; i < LENGTH(ranges); i++) {
		struct json_object *part = json_object_array_get_idx(key, ranges[i].part);

		last = ranges[i].last - (r->level < ranges[i].last_since);
		if (!acl_name_number(ranges[i].names, json_object_get_string(part), &number) ||
		    number < ranges[i].first || number > last)
			return say_no(reason, NULL, "Kafka %s does not know its %s", kafka_line_name(r->level),
			              ranges[i].what);
	}
	return true;
}

/* ADDRESS/BITS. */
static bool
is_range(const char *host)
{
	const char *slash = strchr(host, '/');
	unsigned char address[16];
	char text[64];
	int64_t bits;
	size_t n = (size_t)(slash - host);

	if (n >= sizeof text || slash[1] < '0' || slash[1] > '9' ||
	    !config_number(slash + 1, strlen(slash + 1), &bits))
		return false;
	memcpy(text, host, n);
	text[n] = '\0';
	return (inet_pton(AF_INET, text, address) == 1 && bits <= 32) ||
	       (inet_pton(AF_INET6, text, address) == 1 && bits <= 128);
}

static bool
host_fits(const struct rules *r, const char *host, struct buf *reason)
{
	if (host[0] == '\0')
		return say_no(reason, NULL, "its host is empty");
	if (strchr(host, '/') == NULL)
		return true;
	if (r->level < LEVEL_HOST_RANGE)
		return say_no(reason, NULL, "its host is a range of addresses, which this metadata.version "
		                                  "does not know");
	return is_range(host) || say_no(reason, NULL, "its host is no range of addresses");
}

bool
rules_acl(const struct rules *r, const struct line *line, struct buf *reason)
{
	CLEANUP(json_object_put) struct json_object *key = NULL;
	struct err ignored;
	const char *texts[KEY_PARTS];
	size_t i;

	if (json_parse(line->key, line->key_len, 2, &key, &ignored) != 0 ||
	    !json_object_is_type(key, json_type_array) || json_object_array_length(key) != KEY_PARTS)
		return say_no(reason, NULL, "its key is not as FORMAT.md says");
	for (i = 0; i < KEY_PARTS; i++) {
		if (!json_object_is_type(json_object_array_get_idx(key, i), json_type_string))
			return say_no(reason, NULL, "its key is not as FORMAT.md says");
		texts[i] = json_object_get_string(json_object_array_get_idx(key, i));
	}
	if (!numbers_known(r, key, reason))
		return false;
	if (texts[KEY_NAME][0] == '\0')
		return say_no(reason, NULL, "its resource has no name");
	if (strcmp(texts[KEY_RESOURCE], "CLUSTER") == 0 && strcmp(texts[KEY_NAME], "kafka-cluster") != 0)
		return say_no(reason, NULL, "the cluster's only name is kafka-cluster");
	if (strchr(texts[KEY_PRINCIPAL], ':') == NULL)
		return say_no(reason, NULL, "its principal is not TYPE:NAME");
	return host_fits(r, texts[KEY_HOST], reason);
}

/* ---- quotas ---- */

/* Names of hosts are refused: a broker that cannot resolve one does not load the rest. */
static bool
is_address(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool
rules_quota_entity(struct json_object *entity, struct buf *reason)
{
	struct json_object *ip = NULL;
	size_t known = 0;

	if (!json_object_is_type(entity, json_type_object) || json_object_object_length(entity) == 0)
		return say_no(reason, NULL, "it names nobody");
	known += json_object_object_get_ex(entity, "user", NULL) ? 1 : 0;
	known += json_object_object_get_ex(entity, "client-id", NULL) ? 1 : 0;
	known += json_object_object_get_ex(entity, "ip", &ip) ? 1 : 0;
	if (known != (size_t)json_object_object_length(entity))
		return say_no(reason, NULL, "Kafka knows quotas of user, client-id and ip alone");
	if (json_object_object_get_ex(entity, "ip", NULL) && known > 1)
		return say_no(reason, NULL, "a quota of an ip is of nothing else");
	if (ip != NULL && !is_address(json_object_get_string(ip)))
		return say_no(reason, NULL, "its ip is no address: a broker that cannot resolve it would not "
		                                  "load the other quotas");
	return true;
}

/* As near to a whole number as Kafka wants it. */
static bool
is_whole(double number)
{
	return number >= 0x1p53 || number - (double)(int64_t)number <= 1e-6;
}

bool
rules_quota(struct json_object *entity, const char *name, struct json_object *value, struct buf *reason)
{
	static const struct {
		const char *name;
		bool        ip;
		double      whole_to; /* 0: it may be a fraction */
	} quotas[] = {
		{ "consumer_byte_rate", false, (double)INT64_MAX }, { "producer_byte_rate", false, (double)INT64_MAX },
		{ "request_percentage", false, 0 }, { "controller_mutation_rate", false, 0 },
		{ "connection_creation_rate", true, INT32_MAX },
	};
	bool ip = json_object_object_get_ex(entity, "ip", NULL);
	double number;
	size_t i;

	for (i = 0; i < LENGTH(quotas) && (quotas[i].ip != ip || strcmp(quotas[i].name, name) != 0); i++)
		;
	if (i == LENGTH(quotas))
		return say_no(reason, name, "Kafka knows no such quota of %s", ip ? "an ip" : "users and clients");
	if (!json_object_is_type(value, json_type_double) && !json_object_is_type(value, json_type_int))
		return say_no(reason, name, "it is no number");
	number = json_object_get_double(value);
	if (!(number > 0))
		return say_no(reason, name, "it has to be more than 0");
	if (quotas[i].whole_to > 0 && (number > quotas[i].whole_to || !is_whole(number)))
		return say_no(reason, name, "it has to be a whole number up to %.0f", quotas[i].whole_to);
	return true;
}
