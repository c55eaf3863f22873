/*
 * facts.h - what document.c makes documents of: the resources of a service in plain structs.
 */
#ifndef FACTS_H
#define FACTS_H

#include "core/snapshot/kind.h"

enum { PARTITIONS = 10, REPLICAS = 3, CONNECTOR_ENTRIES = 16 };

struct pair {
	const char *name;
	char        text[64];
};

struct fact { /* a line's worth */
	enum kind   kind;
	char        key[64];
	struct pair pairs[CONNECTOR_ENTRIES];
	size_t      pair_count;
	int         placement[PARTITIONS][REPLICAS];
	char        text[48]; /* an id, a credential, a principal */
	const char *schema;
};

struct facts {
	struct fact *all;
	size_t       count;
};

/* The mix of DESIGN 9 in every 1,000 units; always the same; never freed.  Ends the program without memory. */
struct facts make_facts(size_t units);

/* Say what failed, and end the program. */
void fail(const char *what) __attribute__((noreturn));

#endif
