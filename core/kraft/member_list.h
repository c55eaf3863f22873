/* member_list.h - values of a table that are lists of short texts, in byte order of their names: configs and quotas */
#ifndef KRAFT_MEMBER_LIST_H
#define KRAFT_MEMBER_LIST_H

#include "core/kraft/record.h"
#include "core/kraft/table.h"

/*
 * Put name and value into the list under key, take the old ones of that name out; value NULL: only that.  An empty list
 * goes.  value_size 0: values are texts without a zero byte; else all of them are of that size.  ERR_FAILED: no memory.
 */
int member_list_put(struct table *table, const struct buf *key, const struct record_value *name,
                    const void *value, size_t value_len, size_t value_size, struct err *e);

#endif
