/* find.h - the snapshot that a person names */
#ifndef FIND_H
#define FIND_H

#include "hooks/operation.h"

/* name: the object's, last part; valid during the call.  e: of rc. */
typedef void find_fn(struct operation *o, int rc, const char *name, const struct err *e);

/*
 * The snapshot with this id, or beginning of one (4 characters at the least), whatever page of the store it is
 * on; or "newest", of o->survey.  ERR_UNSUPPORTED: there is none, or there are several; ERR_OPERATOR: no newest.
 * fn is called once, maybe before this returns.
 */
void operation_find(struct operation *o, const char *id, find_fn *fn);

/* Is `name` a snapshot's with this id, or beginning of one? */
bool find_fits(const char *name, const char *id);

struct finding; /* the work of one operation; NULL is allowed */
void finding_free(struct finding *f);

#endif
