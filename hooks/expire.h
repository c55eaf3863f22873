/*
 * expire.h - remove the snapshots that the retention does not keep: by `kcb expire`, and after a
 * periodic backup that was stored.  Only what verifies is removed, and nothing that a restore would
 * use (R2), that a person's decision is waiting for or that an unfinished restore has chosen.
 * Records are never removed.
 */
#ifndef EXPIRE_H
#define EXPIRE_H

#include "hooks/operation.h"

struct expiry; /* the work of one operation */
void expiry_free(struct expiry *x); /* NULL is allowed */

extern const struct job_step expire_command[];

/*
 * A step of an outer table, behind the backup: nothing if none was stored, or no rule is configured.  A failure is
 * named in the ledger, and is none of the backup's.
 */
void step_expire(struct job *j);

/* Name in the ledger that the store only hides what it is told to remove, if that was seen of it. */
void note_hidden(struct operation *o);

#endif
