/*
 * guard_search.h - every world that can come from two beginnings, breadth-first, so that a trace
 * is a shortest one.  Worlds seen are kept as 64-bit hashes: the odds that two of ten million are
 * taken for one are 1 to 300,000.
 */
#ifndef GUARD_SEARCH_H
#define GUARD_SEARCH_H

#include "tests/unit/guard_world.h"

struct entry {
	uint32_t     number;
	struct world world;
};

struct search {
	struct bounds  bounds;
	uint32_t       seen, seen_max;
	uint64_t      *table;  /* hashes of worlds, open addressing */
	uint64_t       table_size;
	uint32_t      *before; /* of each world: the one it came from, and by which move */
	uint8_t       *move;
	struct entry  *level, *next; /* worlds to go on from, and those they lead to */
	size_t         level_count, next_count, level_size, next_size;
	unsigned       rows;   /* bit a row that a live cluster was in */
	enum invariant found;
	uint32_t       found_at;
};

unsigned       search_rows(const struct world *w); /* bit a row that a live cluster is in */
enum invariant search_check(const struct world *w, const struct bounds *bounds);
const char    *search_invariant(enum invariant invariant);

/* Go on until there is nothing new, something is broken, or seen_max worlds were seen. */
void search_run(struct search *s);
void search_print(const struct search *s); /* how what was found came about */
void search_release(struct search *s);

#endif
