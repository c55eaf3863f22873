/*
 * topic_read.h - what a compacted topic of one partition holds: the last record of every key, from
 * its beginning to its end.  What transactions left undone does not count.
 *
 * Thread: the loop's, but for take().  Callback rule as in core/loop/loop.h.
 */
#ifndef TOPIC_READ_H
#define TOPIC_READ_H

#include <stddef.h>

#include "core/kafka/client.h"

struct topic_record {
	const char *key; /* with a NUL behind it; keys that hold one are left out */
	const char *value; /* NULL: only the key was wanted */
	size_t      value_len;
};

enum topic_take { TAKE_NOTHING, TAKE_KEY, TAKE_RECORD };

/*
 * What of a record is kept; value is NULL for a tombstone, of which at least the key must be, if it
 * is to count.  On a thread of its own: pure.
 */
typedef enum topic_take topic_take_fn(const char *key, const char *value, size_t value_len);

/*
 * Records are sorted by key, without those that a tombstone ended, and valid during the callback; end is the offset
 * behind the topic's last record.
 * ERR_MISSING: there is no such topic, and none is made; ERR_DENIED: this user may not read it;
 * ERR_OPERATOR: it has more than one partition; ERR_FAILED: what was taken is more than
 * TOPIC_READ_MAX.
 */
typedef void topic_read_fn(void *arg, int rc, const struct topic_record *records, size_t count,
                           int64_t end, const struct err *e);

#define TOPIC_READ_MAX ((size_t)64 << 20)

/* All of it within REQUEST_TIMEOUT_MS.  No group is joined and no offset committed. */
int topic_read(struct loop *l, struct client *c, const char *topic, topic_take_fn *take,
               topic_read_fn *fn, void *arg, struct err *e);

#endif
