/*
 * kafka_broker.h - a Kafka broker on a port of this machine: enough of the protocol to describe a
 * cluster and its topics, and to leave out of an answer what a good broker would not.
 */
#ifndef KAFKA_BROKER_H
#define KAFKA_BROKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define BROKER_CONNECTIONS 16u
#define BROKER_CLUSTER     "4L6g3nShT-eMCtK--X86sw"

struct broker_topic {
	const char *name;
	int32_t     partitions, replicas; /* as it says when it is asked for the topic by name */
	bool        undescribed;  /* listed, and left out when it is asked for by name */
	bool        unconfigured; /* left out when its configs are asked for */
};

struct broker { /* zero but for the first part, which is the test's */
	const struct broker_topic *topics; /* set before it is begun */
	uint32_t count;
	uint32_t forgets; /* names that it does not know, and leaves out of an answer */
	/* its own */
	uint16_t  port;
	int       listener, wake[2];
	int       connections[BROKER_CONNECTIONS];
	pthread_t thread;
};

void broker_begin(struct broker *b); /* fails the test */
void broker_end(struct broker *b);

#endif
