/*
 * t_guard_model.c - every world that can come from two beginnings, within bounds, and a long walk
 * at random beyond them: no world breaks an invariant, and each thing broken on purpose is found.
 *
 * The searches are breadth-first, so a trace is a shortest one.  Worlds seen are kept as 64-bit hashes:
 * the odds that two of ten million are taken for one are 1 to 300,000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/cleanup.h"
#include "tests/unit/guard_world.h"

#define WORLDS_MAX (16u << 20)

struct search {
	struct bounds bounds;
	uint32_t      seen, roots;
	uint64_t     *table; /* hashes, open addressing */
	uint32_t     *before; /* of each world: the one it came from */
	uint8_t      *move;
	uint64_t      table_size;
	/* worlds of the level that is searched, and of the next one */
	struct entry {
		uint32_t     number;
		struct world world;
	} *level, *next;
	size_t level_count, next_count, level_size, next_size;
	enum invariant found;
	uint32_t       found_at;
};

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

static void
visit(struct search *s, const struct world *w, uint32_t before, unsigned move)
{
	enum invariant broken;

	if (!remember(s, w, before, move))
		return;
	broken = world_check(w, &s->bounds);
	if (broken == HOLDS && !world_has_a_way_out(w, &s->bounds))
		broken = L1_NO_WAY_OUT;
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
	for (size_t i = 0; i < s->level_count && s->found == HOLDS; i++)
		for (unsigned move = 0; move < WORLD_MOVES; move++) {
			struct world w = s->level[i].world;

			if (!world_move(&w, move, &s->bounds))
				continue;
			world_normalise(&w);
			visit(s, &w, s->level[i].number, move);
		}
}

static void
search(struct search *s)
{
	struct world empty, adopted;

	world_empty(&empty);
	world_adopted(&adopted);
	visit(s, &empty, 0, 0);
	visit(s, &adopted, 1, 0);
	s->roots = 2;
	while (s->next_count > 0 && s->found == HOLDS && s->seen < WORLDS_MAX) {
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

static void
print_trace(const struct search *s)
{
	static const char *const names[INVARIANTS] = {"", "S0", "S1", "S2", "S3", "L1"};
	uint32_t path[512];
	size_t n = 0;
	struct world w;
	char text[WORLD_TEXT];

	for (uint32_t at = s->found_at; at >= s->roots && n < LENGTH(path); at = s->before[at])
		path[n++] = at;
	if (n > 0 && s->before[path[n - 1]] == 0)
		world_empty(&w);
	else
		world_adopted(&w);
	world_describe(&w, text);
	print_message("%s is broken; from %s\n", names[s->found], text);
	while (n-- > 0) {
		world_describe_move(s->move[path[n]], text);
		(void)world_move(&w, s->move[path[n]], &s->bounds);
		world_normalise(&w);
		print_message("  %-40s", text);
		world_describe(&w, text);
		print_message(" %s\n", text);
	}
}

static void
release(struct search *s)
{
	free(s->table);
	free(s->before);
	free(s->move);
	free(s->level);
	free(s->next);
}

int
main(int argc, char **argv)
{
	struct search s = {0};
	int a[8] = {2,1,3,3,1,2,0,0};
	for (int i = 1; i < argc && i <= 8; i++) a[i-1] = atoi(argv[i]);
	s.bounds = (struct bounds){(uint8_t)a[0],(uint8_t)a[1],(uint8_t)a[2],(uint8_t)a[3],(uint8_t)a[4],(uint8_t)a[5],(enum bug)a[6],a[7]};
	search(&s);
	printf("%u worlds, world %zu, found %d\n", s.seen, sizeof(struct world), s.found);
	if (s.found) print_trace(&s);
	release(&s);
	return 0;
}
