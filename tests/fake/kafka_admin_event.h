/*
 * kafka_admin_event.h - what the files of the fake cluster (kafka_admin.h) share: librdkafka's opaque
 * event, made of what a request will be answered with
 */
#ifndef KAFKA_ADMIN_EVENT_H
#define KAFKA_ADMIN_EVENT_H

#include "core/kafka/client.h"
#include "tests/fake/kafka_admin.h"

struct rd_kafka_op_s { /* an event */
	struct admin *admin;
	kq_fn        *fn;
	void         *arg;
	bool          lost, validate_only;
	size_t        count;
	const rd_kafka_topic_result_t **results; /* or others; each of one allocation, freed with the event */
};

/* A request of so many things, that would write so many records; answered soon. */
void admin_take(struct rd_kafka_op_s *event, size_t things, size_t records);

#endif
