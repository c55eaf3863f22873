/* guard_search.c - see guard_search.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "tests/unit/guard_search.h"

#define ROOTS 2u /* an empty world and one with an adopted cluster */

static uint64_t
hash(const struct world *w)
{
	const unsigned char *bytes = (const unsigned char *)w;
	uint64_t h = 0x9e3779b97f4a7c15u, word;
	size_t i;

	for (i = 0; i + 8 <= sizeof *w; i += 8) {
		memcpy(&word, bytes + i, 8);
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	for (; i < sizeof *w; i++)
		h = (h ^ bytes[i]) * 0xc4ceb9fe1a85ec53u;
	h ^= h >> 29;
	return h == 0 ? 1 : h;
}

static void
grow(struct search *s)
{
	uint64_t size = s->table_size == 0 ? 1u << 16 : s->table_size * 2;
	uint64_t *table = calloc(size, sizeof *table);

	assert_non_null(table);
	for (uint64_t i = 0; i < s->table_size; i++) {
		uint64_t at = s->table[i] & (size - 1);

		if (s->table[i] == 0)
			continue;
		while (table[at] != 0)
			at = (at + 1) & (size - 1);
		table[at] = s->table[i];
	}
	free(s->table);
	s->table = table;
	s->table_size = size;
	s->before = realloc(s->before, size / 2 * sizeof *s->before);
	s->move = realloc(s->move, size / 2);
	assert_true(s->before != NULL && s->move != NULL);
}

/* true: not seen before. */
static bool
remember(struct search *s, const struct world *w, uint32_t before, unsigned move)
{
	uint64_t h = hash(w), at;

	if (s->seen + 1 >= s->table_size / 2)
		grow(s);
	for (at = h & (s->table_size - 1); s->table[at] != 0; at = (at + 1) & (s->table_size - 1))
		if (s->table[at] == h)
			return false;
	s->table[at] = h;
	s->before[s->seen] = before;
	s->move[s->seen] = (uint8_t)move;
	s->seen++;
	return true;
}

unsigned
search_rows(const struct world *w)
{
	unsigned rows = 0;

	for (unsigned c = 0; c < SLOTS; c++)
		if (w->cluster[c].alive != 0)
			rows |= 1u << world_verdict(w, c, NO_BUG).row;
	return rows;
}

enum invariant
search_check(const struct world *w, const struct bounds *bounds)
{
	enum invariant broken = world_check(w, bounds);

	if (broken == HOLDS && !world_has_a_way_out(w, bounds))
		return L1_NO_WAY_OUT;
	return broken;
}

static void
visit(struct search *s, const struct world *w, uint32_t before, unsigned move)
{
	enum invariant broken;

	if (!remember(s, w, before, move))
		return;
	s->rows |= search_rows(w);
	broken = search_check(w, &s->bounds);
	if (broken != HOLDS && s->found == HOLDS) {
		s->found = broken;
		s->found_at = s->seen - 1;
	}
	if (s->next_count == s->next_size) {
		s->next_size = s->next_size == 0 ? 1024 : s->next_size * 2;
		s->next = realloc(s->next, s->next_size * sizeof *s->next);
		assert_non_null(s->next);
	}
	s->next[s->next_count++] = (struct entry){s->seen - 1, *w};
}

static void
search_level(struct search *s)
{
	for (size_t i = 0; i < s->level_count && s->found == HOLDS && s->seen < s->seen_max; i++)
		for (unsigned move = 0; move < WORLD_MOVES; move++) {
			struct world w = s->level[i].world;

			if (!world_move(&w, move, &s->bounds))
				continue;
			world_normalise(&w);
			visit(s, &w, s->level[i].number, move);
		}
}

void
search_run(struct search *s)
{
	struct world empty, adopted;

	world_empty(&empty);
	world_adopted(&adopted);
	visit(s, &empty, 0, 0);
	visit(s, &adopted, 1, 0);
	while (s->next_count > 0 && s->found == HOLDS && s->seen < s->seen_max) {
		struct entry *old = s->level;
		size_t old_size = s->level_size;

		s->level = s->next;
		s->level_count = s->next_count;
		s->level_size = s->next_size;
		s->next = old;
		s->next_size = old_size;
		s->next_count = 0;
		search_level(s);
	}
}

const char *
search_invariant(enum invariant invariant)
{
	static const char *const names[INVARIANTS] = {
		[HOLDS] = "nothing",
		[S0_LOST_DISKS_BACKED_UP] = "S0, lost disks are not backed up,",
		[S1_PROMISE_BROKEN] = "S1, what was acknowledged comes back,",
		[S2_TWO_ADOPTED] = "S2, one cluster is adopted,",
		[S3_TAKEN_BACK] = "S3, a superseded cluster stays so,",
		[S4_BEGUN_BLINDLY] = "S4, without an answer from the store nothing begins,",
		[L1_NO_WAY_OUT] = "L1, there is a way out,",
	};

	return names[invariant];
}

void
search_print(const struct search *s)
{
	uint32_t path[512];
	size_t n = 0;
	struct world w;
	char text[WORLD_TEXT];

	for (uint32_t at = s->found_at; at >= ROOTS && n < LENGTH(path); at = s->before[at])
		path[n++] = at;
	if (n > 0 && s->before[path[n - 1]] == 0)
		world_empty(&w);
	else
		world_adopted(&w);
	world_describe(&w, text);
	print_message("%s is broken; from %s\n", search_invariant(s->found), text);
	while (n-- > 0) {
		world_describe_move(s->move[path[n]], text);
		(void)world_move(&w, s->move[path[n]], &s->bounds);
		world_normalise(&w);
		print_message("  %-40s", text);
		world_describe(&w, text);
		print_message(" %s\n", text);
	}
}

void
search_release(struct search *s)
{
	free(s->table);
	free(s->before);
	free(s->move);
	free(s->level);
	free(s->next);
}
