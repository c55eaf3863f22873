/* facts.h - from what the store and the cluster say to the guard's facts; pure */
#ifndef FACTS_H
#define FACTS_H

#include "hooks/guard.h"
#include "hooks/live.h"
#include "hooks/params.h"
#include "hooks/survey.h"

/*
 * saved: all lines of the newest snapshot (empty without one).  found: room for what speaks against
 * a fresh cluster.  ERR_FAILED: no memory.
 */
int facts_gather(const struct survey *s, const struct line_set *saved, const struct live *live,
                 const struct config *config, const struct params *params, struct buf *found,
                 struct guard_facts *ret, struct err *e);

#endif
