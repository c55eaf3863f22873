/* registry_log.h - what registry_log*.c and way.c share; see way.h */
#ifndef REGISTRY_LOG_H
#define REGISTRY_LOG_H

#include "core/registry/log_line.h"
#include "core/registry/log_match.h"
#include "core/registry/way.h"

/* The records of a plan's items. */
struct saved_log {
	struct log_head    told;  /* by the first line */
	struct plan_item  *head;  /* of the first line; NULL: it is not there */
	struct topic_log   log;
	struct plan_item **items; /* of each record */
};

/*
 * All items, or ERR_CORRUPT with the first that is no record.  One without a key is left out, PLAN_FAILED.
 */
int  saved_log_read(struct saved_log *s, struct plan *plan, struct err *e);
void saved_log_release(struct saved_log *s);

/* Take the log, which is empty afterwards, as that of the registry, and read its state. */
int way_take_log(struct way *w, struct topic_log *log, struct err *e);

/* kind_ops.apply */
int registry_log_apply(struct apply *a, struct err *e);

#endif
