/*
 * line_sort.c - lines into their order, for sets of 100,000 and more.
 *
 * Keys lie all over the memory and begin alike, so comparing two costs more than the rest of a sort.
 * Here only numbers are compared: eight bytes of each key, big end first, beside the line's place.
 * Lines that are equal in these are sorted by the next eight bytes of their keys, and so on.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot/line.h"

/* Up to so many are sorted by insertion. */
#define FEW 8

struct entry {
	uint64_t head; /* 0 behind a key's end, which no byte of a key is */
	size_t   at;   /* of the line, in the lines */
};

struct sort {
	const struct line *lines;
	bool twice; /* two lines are equal */
};

static uint64_t
head(const struct line *line, size_t depth)
{
	size_t left = line->key_len > depth ? line->key_len - depth : 0;
	uint64_t bytes = 0;

	if (left >= sizeof bytes)
		memcpy(&bytes, line->key + depth, sizeof bytes);
	else if (left > 0)
		memcpy(&bytes, line->key + depth, left);
	return be64toh(bytes);
}

static void
insertion_sort(struct entry *all, size_t n)
{
	for (size_t i = 1, k; i < n; i++) {
		struct entry one = all[i];

		for (k = i; k > 0 && all[k - 1].head > one.head; k--)
			all[k] = all[k - 1];
		all[k] = one;
	}
}

/* room is for n / 2. */
static void
merge_sort(struct entry *all, struct entry *room, size_t n)
{
	size_t half = n / 2, left = 0, right = half, to = 0;

	if (n <= FEW) {
		insertion_sort(all, n);
		return;
	}
	merge_sort(all, room, half);
	merge_sort(all + half, room, n - half);
	if (all[half - 1].head <= all[half].head)
		return;
	memcpy(room, all, half * sizeof *all);
	while (left < half && right < n) {
		bool first = room[left].head <= all[right].head;

		all[to++] = *(first ? &room[left] : &all[right]);
		left += first;
		right += !first;
	}
	memcpy(all + to, room + left, (half - left) * sizeof *all);
}

/* The heads are set, and of all keys what is before them is equal; depth is where they end. */
static void
sort_from(struct sort *s, struct entry *all, struct entry *room, size_t n, size_t depth)
{
	size_t from, to, i;

	merge_sort(all, room, n);
	for (from = 0; from < n; from = to) {
		uint64_t same = all[from].head;

		for (to = from + 1; to < n && all[to].head == same; to++)
			;
		if (to - from == 1)
			continue;
		if ((same & 0xff) == 0) { /* all end here */
			s->twice = true;
			continue;
		}
		for (i = from; i < to; i++)
			all[i].head = head(&s->lines[all[i].at], depth);
		sort_from(s, all + from, room, to - from, depth + sizeof same);
	}
}

/* Put each line where its entry is. */
static void
permute(struct line *lines, struct entry *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct line first = lines[i];
		size_t to = i, from;

		for (; (from = all[to].at) != i; to = from) {
			lines[to] = lines[from];
			all[to].at = to;
		}
		lines[to] = first;
		all[to].at = to;
	}
}

int
line_sort(struct line *lines, size_t n, bool *ret_twice, struct err *e)
{
	struct sort s = { .lines = lines };
	struct entry *all = calloc(n + n / 2 + 1, sizeof *all);

	if (all == NULL)
		return err_memory(e, "sorting lines");
	for (size_t i = 0; i < n; i++)
		all[i] = (struct entry){ (uint64_t)lines[i].kind << 56 | head(&lines[i], 0) >> 8, i };
	sort_from(&s, all, all + n, n, sizeof all->head - 1);
	permute(lines, all, n);
	free(all);
	*ret_twice = s.twice;
	return 0;
}
