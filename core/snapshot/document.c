/* document.c - what can be done with a whole document */
#include "core/snapshot/document.h"

void
document_release(struct document *d)
{
	buf_release(&d->body);
}

/* Read to the end; lines of these kinds go to set, unless that is NULL. */
static int
read_all(const struct document *d, uint32_t kinds, struct line_set *set, struct err *e)
{
	CLEANUP(document_reader_free) struct document_reader *r = NULL;
	struct line_source *source;
	struct line line;
	int rc = document_reader_new(d, &r, e);

	if (rc != 0)
		return rc;
	source = document_reader_source(r);
	while ((rc = source->next(source, &line, e)) > 0) {
		if (set == NULL || (kinds & 1u << line.kind) == 0)
			continue;
		rc = line_set_add(set, &line, e);
		if (rc != 0)
			break;
	}
	return rc;
}

int
document_verify(const struct document *d, struct err *e)
{
	return read_all(d, 0, NULL, e);
}

int
document_load(const struct document *d, uint32_t kinds, struct line_set *set, struct err *e)
{
	int rc = read_all(d, kinds, set, e);

	return rc != 0 ? rc : line_set_sort(set, e);
}
