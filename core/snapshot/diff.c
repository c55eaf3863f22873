/* diff.c - a merge of two sorted streams; diff_describe.c says what differs inside a line */
#include <string.h>

#include "core/snapshot/diff.h"

/* One of the two streams and its line that is not yet reported. */
struct side {
	struct line_source *source;
	struct line line;
	int have; /* what next() gave */
};

static void
advance(struct side *s, struct err *e)
{
	s->have = s->source->next(s->source, &s->line, e);
}

static bool
same_value(const struct line *a, const struct line *b)
{
	return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

/* Which line comes first: <0 want's, >0 have's, 0 both.  One of them is there. */
static int
first(const struct side *want, const struct side *have)
{
	if (want->have == 0 || have->have == 0)
		return want->have == 0 ? 1 : -1;
	return line_compare(&want->line, &have->line);
}

static int
report(const struct side *want, const struct side *have, int order, diff_fn *fn, void *arg)
{
	if (order < 0)
		return fn(arg, DIFF_MISSING, &want->line, NULL);
	if (order > 0)
		return fn(arg, DIFF_EXTRA, NULL, &have->line);
	return fn(arg, same_value(&want->line, &have->line) ? DIFF_EQUAL : DIFF_CHANGED,
	          &want->line, &have->line);
}

int
diff_lines(struct line_source *want_lines, struct line_source *have_lines, diff_fn *fn, void *arg,
           struct err *e)
{
	struct side want = { .source = want_lines, .have = 1 };
	struct side have = { .source = have_lines, .have = 1 };
	int order = 0, rc;

	for (;;) {
		if (order <= 0)
			advance(&want, e);
		if (want.have < 0)
			return want.have;
		if (order >= 0)
			advance(&have, e);
		if (have.have < 0)
			return have.have;
		if (want.have == 0 && have.have == 0)
			return 0;
		order = first(&want, &have);
		rc = report(&want, &have, order, fn, arg);
		if (rc != 0)
			return rc;
	}
}
