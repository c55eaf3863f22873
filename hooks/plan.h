/*
 * plan.h - steps of inner tables: want - have = plan, apply it, and read back until it is so (R5)
 */
#ifndef PLAN_H
#define PLAN_H

#include "hooks/operation.h"

void step_brokers(struct job *j); /* wait for as many brokers as the highest replication factor asks for */
void step_plan(struct job *j);
void step_apply(struct job *j);
void step_verify(struct job *j);
/*
 * What rests, now that all else is verified.  Without any, and while a saved user or ACL is not back, the
 * step behind it is left out; then what rests is pending.
 */
void step_start(struct job *j);
/* Every planned kind is back; what Kafka's kinds still owe is named. */
void step_not_pending(struct job *j);

/* Go on at row o->next with the running step's verb, apply or start; after the last row the step ends. */
void plan_next_row(struct operation *o);

/* Items of all plans by action and outcome, for messages. */
struct plan_counts {
	size_t wanted, missing, equal, kept, failed, denied, unverified;
};
struct plan_counts plan_count(const struct operation *o);

/*
 * The first topic of Connect or of a registry that has too many partitions, so that a person has to
 * delete it (R3); NULL: none has.
 */
const struct plan_item *plan_too_large(const struct operation *o);

/* The reason of the first item that failed; "" when none did. */
const char *plan_first_failure(const struct operation *o);

/* The plan, into the report's `result`. */
void plan_write(struct operation *o);

#endif
