/*
 * log_key.h - what the key of a record in a registry's topic says.  Pure.
 */
#ifndef REGISTRY_LOG_KEY_H
#define REGISTRY_LOG_KEY_H

#include <json-c/json.h>

#include "core/kafka/topic_log.h"

enum log_keytype {
	LOG_NOOP, /* a registry writes it to learn where the topic ends */
	LOG_SCHEMA,
	LOG_CONFIG,
	LOG_MODE,
	LOG_CONTEXT,
	LOG_DELETE_SUBJECT, /* all versions up to one, softly */
	LOG_CLEAR_SUBJECT,  /* what is deleted softly is gone */
	LOG_ASSOC,          /* which topic a subject belongs to; neither schema nor config */
	LOG_KEYTYPES,
};

const char *log_keytype_name(enum log_keytype type); /* "SCHEMA", ... */

struct log_key {
	enum log_keytype    type;
	const char         *subject; /* NULL: none, or null */
	const char         *context; /* of CONTEXT */
	int64_t             version; /* of SCHEMA */
	bool                subject_is_null; /* it is there, and null */
	struct json_object *json;    /* owns the texts */
};

/*
 * ERR_UNSUPPORTED: no key, no JSON object, a keytype or a magic number that this version does not know, a SCHEMA
 * without subject or version; the text says which, and no byte of it but the keytype.
 */
int  log_key_parse(const struct log_record *r, struct log_key *ret, struct err *e);
void log_key_release(struct log_key *key);
CLEANUP_RELEASE(struct log_key, log_key_release)

/* True without a look at anything but the key's bytes: for what is asked of every line. */
bool log_key_is_noop(const struct log_record *r);

/* "SCHEMA orders-value 3", "CONFIG (global)", for messages. */
void log_key_describe(const struct log_record *r, char *ret, size_t size);

#endif
