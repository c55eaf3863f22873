/* table.c - see table.h; the hashing is uthash's */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* Its default ends the process. */
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
/* Its default, 10, is for small tables: each look for what is not there would walk through so much of cold memory. */
#define HASH_BKT_CAPACITY_THRESH 2U
#include <uthash.h>

#include "core/kraft/table.h"

struct table_entry {
	UT_hash_handle hh;
	uint32_t       key_len, value_len;
	bool           lost; /* there was no memory to put it in */
	unsigned char  bytes[]; /* key, value */
};

static void
entry_free(struct table_entry *entry)
{
	sodium_memzero(entry->bytes, (size_t)entry->key_len + entry->value_len);
	free(entry);
}

void
table_release(struct table *t)
{
	struct table_entry *entry = t->head, *next;

	HASH_CLEAR(hh, t->head); /* the entries still know the next one */
	for (; entry != NULL; entry = next) {
		next = entry->hh.next;
		entry_free(entry);
	}
	*t = (struct table){ .head = NULL };
}

static struct table_entry *
find(const struct table *t, const void *key, size_t key_len)
{
	struct table_entry *entry = NULL;

	HASH_FIND(hh, t->head, key, key_len, entry);
	return entry;
}

static void
drop(struct table *t, struct table_entry *entry)
{
	HASH_DEL(t->head, entry);
	entry_free(entry);
	t->count--;
}

bool
table_remove(struct table *t, const void *key, size_t key_len)
{
	struct table_entry *entry = find(t, key, key_len);

	if (entry == NULL)
		return false;
	drop(t, entry);
	return true;
}

int
table_put(struct table *t, const void *key, size_t key_len, const void *value, size_t value_len,
          struct err *e)
{
	struct table_entry *entry, *old;
	unsigned hash;

	if (key_len > UINT32_MAX || value_len > UINT32_MAX)
		return err_set(e, ERR_FAILED, "a metadata record is larger than 4 GiB");
	entry = malloc(sizeof *entry + key_len + value_len);
	if (entry == NULL)
		return err_memory(e, "reading the metadata log");
	entry->key_len = (uint32_t)key_len;
	entry->value_len = (uint32_t)value_len;
	entry->lost = false;
	memcpy(entry->bytes, key, key_len);
	if (value_len > 0)
		memcpy(entry->bytes + key_len, value, value_len);
	HASH_VALUE(key, key_len, hash);
	HASH_FIND_BYHASHVALUE(hh, t->head, key, key_len, hash, old);
	if (old != NULL)
		drop(t, old);
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, t->head, entry->bytes, key_len, hash, entry);
	if (entry->lost) {
		entry_free(entry);
		return err_memory(e, "reading the metadata log");
	}
	t->count++;
	return 0;
}

static void
show(const struct table_entry *entry, struct table_item *ret)
{
	*ret = (struct table_item){ .key = entry->bytes, .key_len = entry->key_len,
		                    .value = entry->bytes + entry->key_len,
		                    .value_len = entry->value_len };
}

bool
table_find(const struct table *t, const void *key, size_t key_len, struct table_item *ret)
{
	const struct table_entry *entry = find(t, key, key_len);

	if (entry != NULL)
		show(entry, ret);
	return entry != NULL;
}

unsigned char *
table_value(struct table *t, const void *key, size_t key_len, size_t *value_len)
{
	struct table_entry *entry = find(t, key, key_len);

	if (entry == NULL)
		return NULL;
	*value_len = entry->value_len;
	return entry->bytes + entry->key_len;
}

bool
table_next(const struct table *t, const struct table_entry **at, struct table_item *ret)
{
	*at = *at == NULL ? t->head : (*at)->hh.next;
	if (*at == NULL)
		return false;
	show(*at, ret);
	return true;
}
