/*
 * log_source.h - the source `log`: Kafka's configuration from the metadata log on this disk, proven
 * to be what the brokers have.
 *
 * Proof (DESIGN 3): the directory's cluster id is the brokers'; and the topics that the brokers list,
 * with their numbers of partitions, are those of the log.  Both change while they are looked at, and a
 * broker's view lags, so it is polled.  The log is read while the brokers are asked, since mostly
 * nothing changes meanwhile.  Where they differ, the log is read again, and fresh is that reading if
 * the brokers had shown of each topic what one of the two says, or the topic was made, grown or
 * removed by a record behind the first reading: in a storm of changes a broker's view lags by more
 * than one of ours.  A log that does not grow explains nothing.  Else the brokers are asked again.
 * What a broker shows is committed.
 */
#ifndef LOG_SOURCE_H
#define LOG_SOURCE_H

#include "core/kafka/client.h"
#include "core/kraft/image.h"
#include "core/kraft/metadata_log.h"
#include "core/loop/job.h"
#include "core/loop/retry.h"
#include "core/snapshot/line.h"

struct log_reading; /* one reading, on a worker thread */

struct log_source {
	/* set by the caller */
	struct loop   *loop;
	struct client *client;  /* NULL: Kafka is down, and nothing is compared */
	const char    *dir;     /* kraft.metadata_log_dir */
	const char    *cluster; /* the brokers' id; NULL: not known */
	const struct line_set *led; /* topics of which every partition must have a leader; NULL: none must */
	void (*done)(struct log_source *s, int rc, const struct err *e);
	/* the result, if rc is 0: valid until log_source_release() */
	struct image        image;
	struct log_position position;
	/* its own */
	struct job          job;
	struct log_reading *reading;
	struct image        before;
	unsigned            awaited;  /* of a reading and a listing: how many have not ended */
	struct err          failed;   /* the first of them that failed */
	bool                led_by_all; /* what was shown last has all leaders that it must have */
	bool                compared; /* `before` was read before the brokers were asked */
	int64_t             since;    /* the end of the first reading; INT64_MAX: there was none */
	bool                noted;    /* image.changed is whole from there on */
	struct table        shown;    /* topic -> partitions [4] */
	struct retry        retry;
	uint64_t            until_ms;
	struct err          differs; /* what did not fit last */
};

/*
 * done is called once.  ERR_MISSING, ERR_DENIED, ERR_CORRUPT, ERR_FAILED: as metadata_log_read();
 * ERR_AGAIN: the log is behind the brokers, or of another cluster (a disk that was left behind).
 * Waits 30 s and 5 ms a partition for what brokers show late.  Thread: the loop's.
 */
int  log_source_read(struct log_source *s, struct err *e);
void log_source_release(struct log_source *s);

#endif
