/*
 * topic_scan.h - every record of a topic of one partition, from its beginning to the end that it had when the scan
 * began.
 *
 * Blocks, so it is for a thread of the operation's own (work.h), in a handle of its own: librdkafka's simple consumer,
 * for the other one needs a group, and asks for its coordinator: that makes brokers create __consumer_offsets.  No
 * offset is committed, and a topic that is not there is not made.
 *
 * What transactions left undone does not count, and one that is still open hides all records behind its beginning: then
 * the scan fails, since it is not whole.  Gaps, which compaction leaves, are none.
 */
#ifndef TOPIC_SCAN_H
#define TOPIC_SCAN_H

#include "core/kafka/client.h"

struct topic_scan {
	/* set by the caller, and valid until topic_scan() returns */
	rd_kafka_conf_t *conf; /* client_conf(); the scan takes it, and leaves NULL */
	const char      *topic;
	uint64_t         timeout_ms; /* for all of it */
	/* Anything but 0 ends the scan, with its reason in scan->err. */
	int (*each)(struct topic_scan *scan, const rd_kafka_message_t *record);
	/* the result */
	int64_t             end; /* the offset behind the last record, also of one that is hidden or gone */
	rd_kafka_resp_err_t code; /* of what librdkafka or a broker refused */
	char                said[256]; /* the client's last error */
	int                 rc; /* of what is not librdkafka's */
	struct err          err;
};

void topic_scan(struct topic_scan *scan);

/*
 * On the loop's thread, when it is done: 0, or ERR_MISSING: there is no such topic; ERR_DENIED: this user may not read
 * it; ERR_OPERATOR: it has more than one partition; ERR_AGAIN: a transaction is open in it, or records were removed
 * while it was read; scan->rc; or what client_error() says.  The topic's name is in the text.
 */
int topic_scan_outcome(const struct topic_scan *scan, const struct client *c, const char *topic, struct err *e);

/* Milliseconds of the monotonic clock, and how many are left until then, at least 1: for threads like a scan's. */
uint64_t topic_now_ms(void);
int      topic_left_ms(uint64_t until);

#endif
