/* cloud_op.h - one call of store.h to an object store; for cloud_ops.c and cloud_list.c alone. */
#ifndef STORE_CLOUD_OP_H
#define STORE_CLOUD_OP_H

#include "core/store/cloud.h"

#define LIST_TEXTS_MAX (6u << 20) /* 1,000 keys of 1,024 bytes, escaped and not */

struct cloud_op {
	struct cloud_call call;
	char        key[CLOUD_KEY_MAX + 1];
	store_list_fn *list; /* the one of these three that is to be called */
	store_get_fn  *get;
	store_done_fn *done;
	void       *arg;

	struct cloud_page page; /* list */
	char        folder[CLOUD_KEY_MAX + 1], after[CLOUD_KEY_MAX + 1], last[CLOUD_KEY_MAX + 1];
	const char **names;     /* in `told` */
	size_t      count, max, pages;
	bool        goes_on; /* where another list ended */
	struct arena told;

	uint64_t    offset; /* get */
	size_t      len;

	const void *bytes; /* put: borrowed */
	size_t      bytes_len;
};

/* For a name of so many parts; NULL with e set. */
struct cloud_op *cloud_op_new(struct store *s, const char *name, int parts, cloud_call_fn *answered,
                              struct err *e);
void cloud_op_free(struct cloud_op *op);
/* What is written may be behind the place where a list ended, and before the one where it goes on. */
void cloud_forget_place(struct cloud *c);
/* made: what a verb returned.  After an error it is freed. */
int  cloud_op_start(struct cloud_op *op, int made, struct err *e);

#endif
