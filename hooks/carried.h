/*
 * carried.h - lines for what could not be restored as it was saved (R7): each following snapshot
 * holds the wanted line, every later restore tries it.
 *
 * Line of KIND_CARRIED: key = "<kind>/<key>", value = {"reason":TEXT,"restored":VALUE or
 * null,"wanted":VALUE}.
 */
#ifndef CARRIED_H
#define CARRIED_H

#include "hooks/operation.h"

/*
 * o->carried becomes the carried lines of the newest snapshot that still hold: the resource is as
 * it was restored, or was never created.  A person's change or deletion drops the line, and so does
 * `kcb accept`; each is named in the ledger, kept ones too.  To them come what a retry or a kind that
 * was pending (o->plans) leaves other than it was saved.
 */
int carried_go_on(struct operation *o, struct err *e);

/*
 * Added to o->want: the wanted lines of the newest snapshot's carried lines that were never
 * created, and are not there.
 */
int carried_never_created(struct operation *o, struct err *e);

/* o->carried becomes what the plan leaves other than it was saved; each is named in the ledger. */
int carried_from_plan(struct operation *o, struct err *e);

/* Lay the wanted values of the newest snapshot's carried lines over o->want. */
int carried_overlay(struct operation *o, struct err *e);

/*
 * True if the next snapshot would have the same lines as the newest: resources, carried lines and
 * topic ids (not placement).
 */
bool carried_same_lines(const struct operation *o);

#endif
