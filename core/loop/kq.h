/*
 * kq.h - librdkafka's results on the libuv loop.
 *
 * One queue takes the results of admin requests and, forwarded, the client's main queue: there the
 * client says why nothing answers (a wrong password is _AUTHENTICATION after 0.3 s, and without
 * this a time-out after 30).  librdkafka cannot cancel an admin request: what is stopped is only
 * forgotten, and its outcome unknown.
 *
 * Thread: the loop's.  Callback rule as in loop.h.
 */
#ifndef KQ_H
#define KQ_H

#include <librdkafka/rdkafka.h>

#include "core/loop/loop.h"

struct kq;

/*
 * rc 0: event is a result without an error of its own (its members may have some), valid during the
 * call.  Else event is NULL, and e says what came back and the client's last word on why.
 */
typedef void kq_fn(void *arg, int rc, rd_kafka_event_t *event, const struct err *e);

int kq_new(struct loop *l, rd_kafka_t *rk, struct kq **ret, struct err *e);

/*
 * The queue to hand to an admin call, and the opaque to set in its options: one call, one opaque.
 */
rd_kafka_queue_t *kq_queue(struct kq *k);
int kq_expect(struct kq *k, kq_fn *fn, void *arg, void **ret_opaque, struct err *e);

/* The client's last error for a text, "" when it had none. */
const char *kq_last_error(const struct kq *k);

/*
 * Translate an error of librdkafka's or a broker's: ERR_AGAIN, ERR_DENIED, ERR_MISSING, ERR_EXISTS
 * or ERR_FAILED.
 */
int kq_error(const struct kq *k, rd_kafka_resp_err_t code, const char *text, struct err *e);

/*
 * When nothing is pending any more, and never from inside a callback: between two runs of the loop
 * (the queue does not keep it running).  Late results are thrown away.  Before rd_kafka_destroy().
 */
void kq_close(struct kq *k);

#endif
