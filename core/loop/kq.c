/*
 * kq.c - see kq.h
 *
 * librdkafka calls on_event from a thread of its own with the queue's lock held, when the queue was
 * empty: nothing but uv_async_send() is allowed there, and the loop drains the queue.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "core/loop/kq.h"

struct kq_call {
	struct pending  pending;
	struct kq      *kq;
	struct kq_call *previous, *next; /* all calls whose event has not come, forgotten ones too */
	kq_fn          *fn;              /* NULL: forgotten */
	void           *arg;
};

struct kq {
	struct loop      *loop;
	rd_kafka_queue_t *queue;
	uv_async_t        wake;
	struct kq_call    calls; /* head of the ring */
	size_t            awaited; /* calls that somebody waits for: they keep the loop running */
	char              last_error[256];
};

static void
on_event(rd_kafka_t *rk, void *arg)
{
	(void)rk;
	(void)uv_async_send(&((struct kq *)arg)->wake); /* fails only after uv_close() */
}

static void
call_free(struct kq_call *c)
{
	c->previous->next = c->next;
	c->next->previous = c->previous;
	free(c);
}

static void
deliver(struct kq_call *c, int rc, rd_kafka_event_t *event, const struct err *e)
{
	kq_fn *fn = c->fn;

	if (fn == NULL)
		return;
	c->fn = NULL;
	pending_remove(&c->pending);
	if (--c->kq->awaited == 0)
		uv_unref((uv_handle_t *)&c->kq->wake);
	fn(c->arg, rc, event, e);
}

static void
call_stop(struct pending *p, int code)
{
	struct kq_call *c = container_of(p, struct kq_call, pending);
	struct err e = { 0 };

	(void)loop_check(c->kq->loop, &e);
	if (code == ERR_DEADLINE && c->kq->last_error[0] != '\0')
		(void)err_set(&e, code, "the deadline has passed (last from the client: %s)",
		              c->kq->last_error);
	deliver(c, code, NULL, &e);
}

static bool
is_denial(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	       code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
	       code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	       code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
	       code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED;
}

static bool
may_pass(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__RESOLVE:
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
	case RD_KAFKA_RESP_ERR__DESTROY:
	case RD_KAFKA_RESP_ERR__SSL:
	case RD_KAFKA_RESP_ERR__WAIT_COORD:
	case RD_KAFKA_RESP_ERR__NODE_UPDATE:
	case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
	case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
	case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
	case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
	case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED:
	case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
		return true;
	default:
		return false;
	}
}

int
kq_error(const struct kq *k, rd_kafka_resp_err_t code, const char *text, struct err *e)
{
	const char *name = rd_kafka_err2name(code);
	int rc = is_denial(code)                                    ? ERR_DENIED
	         : may_pass(code)                                   ? ERR_AGAIN
	         : code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART  ? ERR_MISSING
	         : code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS   ? ERR_EXISTS
	                                                            : ERR_FAILED;

	if (text == NULL || text[0] == '\0')
		text = rd_kafka_err2str(code);
	if (rc == ERR_AGAIN && k->last_error[0] != '\0')
		return err_set(e, rc, "%s: %s (last from the client: %s)", name, text, k->last_error);
	return err_set(e, rc, "%s: %s", name, text);
}

const char *
kq_last_error(const struct kq *k)
{
	return k->last_error;
}

/* Every request of a client that cannot log in would wait for its time-out: end them now. */
static void
end_all(struct kq *k, const struct err *e)
{
	struct kq_call *c, *next;

	for (c = k->calls.next; c != &k->calls; c = next) {
		next = c->next; /* deliver() forgets c, it does not free it; new calls come behind */
		deliver(c, e->code, NULL, e);
	}
}

static void
on_error(struct kq *k, rd_kafka_event_t *event)
{
	rd_kafka_resp_err_t code = rd_kafka_event_error(event);
	struct err e = { 0 };

	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && k->last_error[0] != '\0')
		return; /* what came before says why */
	(void)snprintf(k->last_error, sizeof k->last_error, "%s: %s", rd_kafka_err2name(code),
	               rd_kafka_event_error_string(event));
	if (code != RD_KAFKA_RESP_ERR__AUTHENTICATION)
		return;
	(void)err_set(&e, ERR_DENIED, "%s", k->last_error);
	end_all(k, &e);
}

static void
on_result(struct kq *k, rd_kafka_event_t *event, struct kq_call *c)
{
	rd_kafka_resp_err_t code = rd_kafka_event_error(event);
	struct err e = { 0 };
	int rc = 0;

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		rc = kq_error(k, code, rd_kafka_event_error_string(event), &e);
	deliver(c, rc, rc == 0 ? event : NULL, &e);
	call_free(c);
}

static void
on_wake(uv_async_t *a)
{
	struct kq *k = container_of(a, struct kq, wake);
	rd_kafka_event_t *event;

	while ((event = rd_kafka_queue_poll(k->queue, 0)) != NULL) {
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR)
			on_error(k, event);
		else if (rd_kafka_event_opaque(event) != NULL)
			on_result(k, event, rd_kafka_event_opaque(event));
		rd_kafka_event_destroy(event);
	}
}

int
kq_new(struct loop *l, rd_kafka_t *rk, struct kq **ret, struct err *e)
{
	struct kq *k = calloc(1, sizeof *k);
	rd_kafka_queue_t *main_queue;

	if (k == NULL)
		return err_memory(e, "opening a Kafka client");
	if (uv_async_init(&l->uv, &k->wake, on_wake) != 0) {
		free(k);
		return err_set(e, ERR_FAILED, "cannot make a wake-up for the Kafka client");
	}
	uv_unref((uv_handle_t *)&k->wake);
	k->loop = l;
	k->calls.previous = k->calls.next = &k->calls;
	k->queue = rd_kafka_queue_new(rk);
	main_queue = rd_kafka_queue_get_main(rk);
	rd_kafka_queue_forward(main_queue, k->queue);
	rd_kafka_queue_destroy(main_queue); /* our reference, not the queue */
	rd_kafka_queue_cb_event_enable(k->queue, on_event, k);
	(void)uv_async_send(&k->wake); /* for what was queued before the callback was set */
	*ret = k;
	return 0;
}

rd_kafka_queue_t *
kq_queue(struct kq *k)
{
	return k->queue;
}

int
kq_expect(struct kq *k, kq_fn *fn, void *arg, void **ret_opaque, struct err *e)
{
	struct kq_call *c;
	int rc = loop_check(k->loop, e);

	if (rc != 0)
		return rc;
	c = calloc(1, sizeof *c);
	if (c == NULL)
		return err_memory(e, "sending a request to Kafka");
	c->kq = k;
	c->fn = fn;
	c->arg = arg;
	c->previous = k->calls.previous;
	c->next = &k->calls;
	c->previous->next = c;
	k->calls.previous = c;
	pending_add(k->loop, &c->pending, call_stop);
	if (k->awaited++ == 0)
		uv_ref((uv_handle_t *)&k->wake);
	*ret_opaque = c;
	return 0;
}

static void
wake_closed(uv_handle_t *h)
{
	free(container_of((uv_async_t *)h, struct kq, wake));
}

void
kq_close(struct kq *k)
{
	rd_kafka_event_t *event;

	rd_kafka_queue_cb_event_enable(k->queue, NULL, NULL); /* no call of on_event after this */
	while ((event = rd_kafka_queue_poll(k->queue, 0)) != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(k->queue);
	while (k->calls.next != &k->calls)
		call_free(k->calls.next);
	uv_close((uv_handle_t *)&k->wake, wake_closed);
}
