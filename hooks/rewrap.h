/*
 * rewrap.h - `kcb rewrap`: after keys.recipients was changed, each snapshot that is sealed to
 * others is stored once more, under a name of its own, with the same document at the same place and
 * a new data key; it is read back, and only then the old one is removed.  Whoever is killed begins
 * anew: of two at one place with one document the one that is sealed as wanted stays.  A recipient
 * that was removed may still have a copy of the old ones.
 */
#ifndef REWRAP_H
#define REWRAP_H

#include "hooks/operation.h"

struct rewrap; /* the work of one operation */
void rewrap_free(struct rewrap *r); /* NULL is allowed */

extern const struct job_step rewrap_command[];

#endif
