/*
 * store_fault.h - a store that fails on order, around another one, which it owns.  For tests.
 *
 * The plan is a list with commas between; the first entry that fits a call counts:
 *
 *   list=2:AGAIN   the second list fails with ERR_AGAIN, and the store is not asked
 *   put=1:lost     the first put (or remove) is done, and ERR_AGAIN is reported
 *   get=3:cut      the third get gives half of the bytes
 *   get=2:flip     the second get gives its bytes with one bit in the middle changed
 *   check=hang     no check calls back before the loop stops; the store is not asked
 *   *=5:FAILED     the fifth call of any kind fails
 *
 * Codes are those of err_name().  Without a number every call of that kind is meant.  The plan is
 * read at each call and stays the caller's: a test may change it on the way.  A call that meets an
 * entry that makes no sense fails with ERR_CONFIG.
 */
#ifndef STORE_FAULT_H
#define STORE_FAULT_H

#include "core/store/store.h"

int store_fault_open(struct loop *loop, struct store *inner, const char *plan, struct store **ret,
                     struct err *e);

/* How often `op` ("list", "get", "put", "remove", "check", or "*" for all) was called. */
unsigned store_fault_calls(const struct store *s, const char *op);

/* How many gets that the store was asked for were in flight at once, at the most. */
unsigned store_fault_most_gets(const struct store *s);

#endif
