/* member_list.c - see member_list.h */
#include "core/kraft/member_list.h"

#include "core/base/limits.h"

/* name\0, and what belongs to it: value\0, or 8 bytes of a double. */
struct member {
	const unsigned char *name;
	size_t               name_len, size; /* size: all of it */
};

static bool
next_member(struct cursor *c, size_t value_size, struct member *ret)
{
	const unsigned char *value, *end = cursor_left(c) == 0 ? NULL : memchr(c->p, 0, cursor_left(c));

	if (end == NULL)
		return false;
	ret->name = c->p;
	ret->name_len = (size_t)(end - c->p);
	value = end + 1;
	if (value_size == 0) {
		end = memchr(value, 0, (size_t)(c->end - value));
		value_size = (size_t)(end - value) + 1;
	}
	ret->size = ret->name_len + 1 + value_size;
	c->p = value + value_size;
	return true;
}

static int
compare_names(const struct member *m, const struct record_value *name)
{
	size_t shorter = m->name_len < name->len ? m->name_len : name->len;
	int order = shorter == 0 ? 0 : memcmp(m->name, name->bytes, shorter);

	return order != 0 ? order : (m->name_len > name->len) - (m->name_len < name->len);
}

int
member_list_put(struct table *table, const struct buf *key, const struct record_value *name,
                const void *value, size_t value_len, size_t value_size, struct err *e)
{
	struct table_item there = { .value = NULL };
	struct member m;
	struct cursor c;
	struct buf list;
	bool placed = value == NULL;
	int rc = 0;

	buf_init(&list, LINE_MAX_BYTES);
	(void)table_find(table, key->data, key->len, &there);
	c = cursor_of(there.value, there.value_len);
	for (;;) {
		bool more = next_member(&c, value_size, &m);

		if (!placed && (!more || compare_names(&m, name) >= 0)) {
			(void)buf_add(&list, name->bytes, name->len);
			(void)buf_add_char(&list, 0);
			(void)buf_add(&list, value, value_len);
			if (value_size == 0)
				(void)buf_add_char(&list, 0);
			placed = true;
		}
		if (!more)
			break;
		if (compare_names(&m, name) != 0)
			(void)buf_add(&list, m.name, m.size);
	}
	if (list.failed || key->failed)
		rc = err_memory(e, "reading the metadata log");
	else if (list.len == 0)
		(void)table_remove(table, key->data, key->len);
	else
		rc = table_put(table, key->data, key->len, list.data, list.len, e);
	buf_wipe(&list);
	return rc;
}
