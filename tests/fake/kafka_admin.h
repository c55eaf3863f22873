/*
 * kafka_admin.h - a cluster that takes admin requests without a broker: it stands in the place of the
 * functions of librdkafka and of core/kafka/client.c that core/kafka/topics_*.c and acls*.c send requests
 * with.  kafka_acls.h has what is there of ACLs.
 *
 * Link with -Wl,--wrap=client_begin,--wrap=client_sent,--wrap=client_error; the functions of
 * librdkafka that it defines are used instead of the library's.  Answers come later, through the
 * loop, in the order of the requests.
 */
#ifndef KAFKA_ADMIN_H
#define KAFKA_ADMIN_H

#include <librdkafka/rdkafka.h>

#include "core/loop/loop.h"

struct admin_topic {
	char     name[256];
	unsigned partitions, configs;
};

struct admin_rule { /* the answer for a topic, or for one that has this config; the first that fits */
	const char         *topic, *config; /* NULL: any */
	rd_kafka_resp_err_t code;
};

struct acls_fake;

struct admin {
	struct loop *loop;
	struct acls_fake *acls; /* of kafka_acls.h; NULL where nobody asks */
	struct admin_topic *topics;
	size_t   count;
	const struct admin_rule *rules;
	size_t   rule_count;
	unsigned lost;        /* number of the request (from 1) whose answer is lost; 0: none */
	const char *left_out; /* topic that no answer speaks of, unless NULL */
	const char *misnamed; /* every trial is answered under this name, unless NULL */
	/* what was asked */
	unsigned requests, creations, trials, growths, settings;
	size_t   most_records, most_topics, in_flight, most_in_flight;
};

/* To hand to drivers as their struct client. */
struct client *admin_client(struct admin *a);
struct admin_topic *admin_topic(const struct admin *a, const char *name); /* NULL: not there */
void admin_add(struct admin *a, const char *name, unsigned partitions);
void admin_release(struct admin *a);

#endif
