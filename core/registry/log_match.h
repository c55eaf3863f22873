/*
 * log_match.h - what of a registry's saved records is in a topic already.  Pure.
 *
 * A replay writes the saved records in their order, so what survives of one that was killed is a beginning of them, but
 * for what compaction removed: each record that is missing there has its key again in a later one, or is a tombstone.
 * Two replays at once, or one that was killed and left something on its way, write parts of it twice: it goes on behind
 * the record that came last, and ends as one.
 *
 * A registry that runs meanwhile writes NOOPs, which never count, and what its clients register: that is fine when it
 * is saved too (a record like a saved one; or the same version, id and text).  Anything else is foreign, as long as the
 * replay has not ended: an id would mean two things.  Behind a whole replay it is the registry's life since then.
 */
#ifndef REGISTRY_LOG_MATCH_H
#define REGISTRY_LOG_MATCH_H

#include "core/registry/log_state.h"

enum log_standing {
	LOG_STANDS_AT,      /* records before `next` are there; 0: none */
	LOG_STANDS_WHOLE,   /* all of them are there, or superseded by what came behind them */
	LOG_STANDS_FOREIGN, /* it cannot go on: reason */
};

struct log_match {
	enum log_standing standing;
	size_t            next;     /* number of the saved record that is to be written next */
	size_t            foreign;  /* records in the topic that are not saved */
	char              reason[ERR_TEXT_SIZE]; /* of LOG_STANDS_FOREIGN: what is there, at most 10 named */
};

/* want: the saved records, as the vendor's registry reads them.  ERR_FAILED: no memory. */
int log_match(const struct topic_log *want, enum registry_vendor vendor, const struct topic_log *live,
              struct log_match *ret, struct err *e);

#endif
