/*
 * topic_log.h - a topic of one partition, record by record as it is: key, value and headers with null kept apart from
 * empty, in order, with timestamps; and such records written again.
 *
 * Thread: the loop's; the blocking parts are on threads of the operation's own.  Callback rule as in core/loop/loop.h.
 */
#ifndef TOPIC_LOG_H
#define TOPIC_LOG_H

#include "core/base/arena.h"
#include "core/base/limits.h"
#include "core/kafka/client.h"

struct log_header {
	const char *name;
	const char *value; /* NULL: null */
	size_t      value_len;
};

/* Texts have a NUL behind them, which is not counted; NULL is null, a length of 0 is empty. */
struct log_record {
	const char        *key, *value;
	size_t             key_len, value_len;
	struct log_header *headers;
	size_t             header_count;
	int64_t            timestamp; /* ms; -1: none */
};

struct topic_log {
	struct arena       arena; /* of what the records point to */
	struct log_record *records;
	size_t             count, capacity;
	int64_t            end; /* of a topic that was read: the offset behind its last record */
};

void topic_log_init(struct topic_log *log);
void topic_log_release(struct topic_log *log);
CLEANUP_RELEASE(struct topic_log, topic_log_release)

/* Append a copy.  ERR_FAILED: no memory, or more than TOPIC_LOG_MAX bytes or TOPIC_LOG_RECORDS_MAX records. */
int topic_log_add(struct topic_log *log, const struct log_record *record, struct err *e);

/* The same with what lies in the log's arena already, and is not copied. */
int topic_log_take(struct topic_log *log, const struct log_record *record, struct err *e);

/* Same key, value and headers; timestamps do not count, since a topic may give its own. */
bool log_record_same(const struct log_record *a, const struct log_record *b);
/* Same key: one of the two is superseded by the other when the topic is compacted. */
bool log_record_same_key(const struct log_record *a, const struct log_record *b);

/* The log is valid during the callback; it may be taken (copied as a struct, and topic_log_init() of *log). */
typedef void topic_log_fn(void *arg, int rc, struct topic_log *log, const struct err *e);

/*
 * The records between the beginning and the end that the topic has when this begins; errors as
 * topic_scan_outcome(), and ERR_FAILED as topic_log_add(), ERR_UNSUPPORTED: a header's name is not UTF-8.
 */
int topic_log_read(struct loop *l, struct client *c, const char *topic, topic_log_fn *fn, void *arg, struct err *e);

/*
 * Write the records of *log from number `from` on, in this order, by an idempotent producer, acknowledged by all
 * replicas in sync, with their timestamps, not compressed.  The log is taken: *log is empty afterwards.  What is
 * refused ends it, and no record behind it is written.  ERR_DENIED: this user may not write it (an idempotent producer
 * needs Write on the topic, and nothing else).  written: how many were acknowledged, from the first on.
 *
 * When the loop is stopped, the thread ends by itself within moments; what was on its way may still arrive.
 */
typedef void topic_written_fn(void *arg, int rc, size_t written, const struct err *e);
int topic_log_write(struct loop *l, struct client *c, const char *topic, struct topic_log *log, size_t from,
                    topic_written_fn *fn, void *arg, struct err *e);

#endif
