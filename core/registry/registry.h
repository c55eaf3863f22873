/*
 * registry.h - the Schema Registry of a service: reached by HTTP, and by the Kafka topic that it keeps its records in.
 *
 * Two ways (DESIGN 3, FORMAT.md):
 *   raw    the topic is read whole and kept as records (kind registry_log); lines of schema and registry_config are
 *          made of them, to be listed, shown and compared.  Exact, needs Kafka alone, and is the only way for a
 *          registry that takes no ids.
 *   REST   where there is no such topic, and to restore one subject.
 * Both ways give the same lines of schema and registry_config (registry_line.h).
 *
 * Thread: the loop's.  Callback rule as in core/loop/loop.h.
 */
#ifndef REGISTRY_H
#define REGISTRY_H

#include <stdbool.h>

#include <json-c/json.h>

#include "core/kafka/client.h"
#include "core/loop/http.h"

/* Who wrote the records, or answers; records of one are never replayed into another. */
enum registry_vendor {
	REGISTRY_UNKNOWN = 0,
	REGISTRY_CONFLUENT,
	REGISTRY_KARAPACE,
	REGISTRY_AXONOPS,
	REGISTRY_APICURIO,
};

const char *registry_vendor_name(enum registry_vendor vendor); /* "confluent", ...; "unknown" */

#define REGISTRY_URLS_MAX 8u

struct registry {
	struct loop   *loop;
	struct client *kafka;                    /* NULL: Kafka is down */
	struct http   *http[REGISTRY_URLS_MAX];  /* base URLs, tried in this order; none: only the topic is known */
	size_t         http_count;
	const char    *topic;                    /* the records' topic ("_schemas"); NULL: REST is the only way */
	enum registry_vendor vendor;             /* as far as it is known */
	size_t         current;                  /* the URL that answered last */
	/*
	 * What is missing is created beside what is there, subject by subject: a person asked for it, or a
	 * registry that is in use lacks what could not be restored.  Else only an empty registry is written to,
	 * or one that holds nothing but what is to be restored.
	 */
	bool           beside;
	struct err     stopped;                  /* why the last restore of schemas ended early; code 0: it did not */
	/* Context to the highest id that the server itself knows of, as the last capture of the configs saw it. */
	struct json_object *issued;
	/*
	 * What the last capture of schemas leaves for that of the configs, which takes it:
	 * {"contexts":{NAME:highest id, 0: none}, "subjects":[NAME ...]}, whole names.
	 */
	struct json_object *seen;
};

/* Frees what captures left in it; http and kafka are the caller's. */
void registry_release(struct registry *r);

#endif
