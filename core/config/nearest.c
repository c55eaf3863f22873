/* nearest.c - see nearest.h */
#include <string.h>

#include "core/config/nearest.h"

#define WORD_MAX 64u /* longer ones are never near */

static size_t
smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Insertions, deletions and replacements from a to b (Levenshtein), both up to WORD_MAX long. */
static size_t
edits(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], a_len = strlen(a), b_len = strlen(b), i, j, corner, above;

	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 0; i < a_len; i++) {
		corner = row[0]++;
		for (j = 0; j < b_len; j++) {
			above = row[j + 1];
			row[j + 1] = smallest(corner + (a[i] != b[j]), above + 1, row[j] + 1);
			corner = above;
		}
	}
	return row[b_len];
}

void
nearest_init(struct nearest *n, const char *wanted)
{
	*n = (struct nearest){ .wanted = wanted, .edits = strlen(wanted) / 3 + 2 };
}

int
nearest_offer(struct nearest *n, const char *word)
{
	size_t len = strlen(n->wanted), count;

	if (len > WORD_MAX || strlen(word) > WORD_MAX)
		return 0;
	count = edits(n->wanted, word);
	if (count > 1 && len >= 3 && strncmp(n->wanted, word, len) == 0)
		count = 1; /* a word that was not finished */
	if (count >= n->edits || count >= strlen(word))
		return 0;
	n->word = word;
	n->edits = count;
	return 1;
}
