/* kinds.c - see kinds.h */
#include "core/base/cleanup.h"
#include "core/kafka/topics.h"
#include "hooks/kinds.h"

static const struct kind_ops *const table[] = {
	&topics_ops,
};

size_t
kind_count(void)
{
	return LENGTH(table);
}

const struct kind_ops *
kind_at(size_t i)
{
	return table[i];
}

const struct kind_ops *
kind_ops_of(enum kind kind)
{
	size_t i;

	for (i = 0; i < LENGTH(table); i++)
		if (table[i]->kind == kind)
			return table[i];
	return NULL;
}
