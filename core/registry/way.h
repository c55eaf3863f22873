/*
 * way.h - which way a registry is captured and restored: by the records of its topic, or by REST; and the three kinds
 * of a registry behind that choice.
 *
 * Rows of hooks/kinds.c, in this order, behind topics and before connectors; the server of each is one struct way:
 *   registry_log_ops      needs Kafka alone: phase `kafka`
 *   registry_schema_ops   by the records as registry_log; by REST the registry must answer
 *   registry_config_ops   the same
 *
 * Capture: registry_log reads the topic, and that decides for all three:
 *   read                       records.  registry_log captured; schema and registry_config are made of the records, or
 *                              ERR_UNSUPPORTED with the first record that is not understood (the records are
 *                              kept all the same).  Where REST answers, the number of live versions must be the
 *                              same (3 tries, with the topic read again), else the two are ERR_AGAIN.  One that keeps
 *                              its records elsewhere, by what it says of itself, is asked by REST for the two where
 *                              the topic has none: the saved records are another vendor's, or the service has changed
 *                              its registry.
 *   no record, and the newest snapshot (capture.known) has schemas without records
 *                              REST for schema and registry_config
 *   no such topic, and the newest snapshot has lines of registry_log
 *                              records, of which there are none now: captured, empty.  A restore fills it; a backup
 *                              finds it suspect.
 *   no such topic, or none configured
 *                              REST.  registry_log ERR_UNSUPPORTED; schema and registry_config by rest, ERR_UNSUPPORTED
 *                              where there is none.
 *   anything else              the three share the error: what is restored of them must be of one snapshot.
 *
 * Restore: saved lines of registry_log are replayed, unless the saved vendor and the server's are both known and differ
 * (then they are kept, PLAN_KEEP, and schema and registry_config go by REST).  With a replay the items of schema and
 * registry_config need nothing of their own: they come with the records, and are verified like any other.
 *
 * Thread: the loop's; callback rule as in core/loop/loop.h.
 */
#ifndef REGISTRY_WAY_H
#define REGISTRY_WAY_H

#include "core/registry/log_state.h"
#include "core/registry/registry.h"
#include "core/registry/rest_count.h"
#include "core/snapshot/kind_ops.h"

/* What REST can; the server of its kinds is a struct registry. */
struct registry_rest {
	const struct kind_ops *schema, *config;
	/* NULL: nobody counts. */
	int (*count)(struct registry *r, registry_count_fn *fn, void *arg, struct err *e);
};

struct way {
	/* set by the caller, before the first use */
	struct registry             registry; /* without http: REST is not asked */
	const struct registry_rest *rest;     /* NULL: there is none */
	bool                        not_now;  /* it is not up yet: by REST it is not asked, ERR_AGAIN */
	/* its own; zero at first */
	enum { WAY_NOT_CHOSEN = 0, WAY_RECORDS, WAY_REST } chosen;
	struct topic_log     log;     /* of WAY_RECORDS, until its lines are made */
	struct log_state     state;   /* of log, and then of those lines */
	size_t               records; /* how many the topic has */
	enum registry_vendor vendor;  /* of the records, or as the server says */
	struct err           why;     /* of WAY_NOT_CHOSEN and WAY_REST: of registry_log */
	bool                 replays; /* a restore puts records back */
	struct capture       inner;   /* of REST */
	struct capture      *outer;
	unsigned             tries;   /* of counting */
	size_t               live;    /* versions, by the records */
};

/* What it holds; the choice too. */
void way_release(struct way *w);

extern const struct kind_ops registry_log_ops, registry_schema_ops, registry_config_ops;

/*
 * True for a line that an empty registry has too: the first one of registry_log, NOOPs, and a highest id that was only
 * carried on.  A cluster that has nothing else is fresh, and has nothing to keep.
 */
bool registry_is_idle(const struct line *line);

#endif
