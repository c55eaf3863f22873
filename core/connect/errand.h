/*
 * errand.h - what apply() and start() of the kind connector share: for each picked item of a plan a
 * sequence of requests, a few items at a time, with the worker's "not now" waited out.
 *
 * Thread: the loop's.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include "core/base/buf.h"
#include "core/connect/rest.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"
#include "core/loop/retry.h"
#include "core/snapshot/kind_ops.h"

#define ERRAND_WIDTH 4u

struct errand;
/* A request; an error: it was not sent. */
typedef int  errand_step(struct errand *r, struct err *e);
typedef bool errand_pick(const struct plan_item *item);

struct errands { /* what is run */
	errand_pick *pick;
	/* Once the worker is known, for each picked item: what needs no request.  May be NULL. */
	int (*prepare)(struct apply *a, struct plan_item *item, struct err *e);
	errand_step *first;
};

struct errand_run {
	struct apply         *apply;
	struct connect       *connect;
	const struct errands *what;
	struct job            job;
	struct fanout         fanout;
	struct plan_item    **items;
	size_t                count, done;
};

struct errand {
	struct errand_run *run;
	struct plan_item  *item;
	struct buf         path, body; /* of the request that runs */
	struct retry       retry;
	errand_step       *next;    /* what is done after the wait */
	struct err         why;     /* of the wait, for the reason */
	unsigned           silent;  /* how often nobody answered, in a row */
	unsigned           refused; /* how often the worker failed at it */
	bool               lost;    /* an answer was: it may have been done */
};

/* Ends in a->done. */
int errands_start(struct apply *a, const struct errands *what, struct err *e);

/* Send METHOD /connectors/NAME and what comes behind it; with errand.body when it is not empty. */
int errand_send(struct errand *r, const char *method, const char *behind, http_fn *done,
                struct err *e);

/* Do next after a while; when there is no more time for that, the item stays to be done. */
void errand_later(struct errand *r, errand_step *next, const struct err *why);

/*
 * The request had no answer: look after a while what came of it, and when nobody answers for the
 * third time, or it is no matter of waiting, end the whole run.
 */
void errand_unanswered(struct errand *r, errand_step *next, int rc, const struct err *e);

/* Do next now. */
void errand_go_on(struct errand *r, errand_step *next);

/* It is over for this item; reason NULL: none.  The text is copied. */
void errand_end(struct errand *r, enum plan_outcome outcome, const char *reason);

/* The worker said no, or what nobody expects: failed, and denied for 401 and 403. */
void errand_refused(struct errand *r, const struct http_response *answer);

#endif
