/*
 * table.h - bytes found by bytes: what the image of a metadata log is made of.  Memory is of what is
 * in it, not of what ever was; contents are overwritten before they are freed, for some are secret.
 * One thread at a time.
 */
#ifndef KRAFT_TABLE_H
#define KRAFT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"

struct table_entry;

struct table {
	struct table_entry *head;
	size_t              count;
};

struct table_item {
	const unsigned char *key, *value;
	size_t               key_len, value_len;
};

void table_release(struct table *t);

/* Put, or put another value under the key.  ERR_FAILED: no memory; what was under it may be gone. */
int table_put(struct table *t, const void *key, size_t key_len, const void *value, size_t value_len,
              struct err *e);

/* False: it is not there.  The item is valid until the table is changed. */
bool table_find(const struct table *t, const void *key, size_t key_len, struct table_item *ret);
/* The value itself, to be written over in its length; NULL: it is not there. */
unsigned char *table_value(struct table *t, const void *key, size_t key_len, size_t *value_len);
bool table_remove(struct table *t, const void *key, size_t key_len);

/* Every item, in no order that means anything; *at is NULL at first.  False behind the last one. */
bool table_next(const struct table *t, const struct table_entry **at, struct table_item *ret);

#endif
