/* nearest.h - the known word that a person may have meant. */
#ifndef PLUGIN_NEAREST_H
#define PLUGIN_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *wanted;
	const char *word; /* the best so far, NULL: none is near; as offered, not copied */
	size_t      edits;
};

void nearest_init(struct nearest *n, const char *wanted);

/* Returns 1 when `word` is nearer than all before it, and near enough to be worth saying. */
int nearest_offer(struct nearest *n, const char *word);

#endif
