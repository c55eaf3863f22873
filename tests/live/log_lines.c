/*
 * log_lines.c - what a metadata log on disk holds, as the lines of a document, secrets included.
 *
 *   log_lines METADATA-LOG-DIR     lines on standard output; "OFFSET EPOCH" on standard error
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kraft/lines.h"
#include "core/kraft/metadata_log.h"

static int
fail(const struct err *e)
{
	fprintf(stderr, "log_lines: %s: %s\n", err_name(e->code), e->text);
	return 1;
}

static int
print(struct image *image, struct line_set *lines, struct err *e)
{
	struct buf out;
	size_t i;
	int rc = image_lines(image, LOG_KINDS, lines, e);

	if (rc == 0)
		rc = line_set_sort(lines, e);
	if (rc != 0)
		return rc;
	buf_init(&out, (size_t)1 << 30);
	for (i = 0; i < lines->count; i++)
		(void)line_write(&out, &lines->lines[i]);
	if (out.failed || fwrite(out.data == NULL ? "" : out.data, 1, out.len, stdout) != out.len)
		rc = err_set(e, ERR_FAILED, "writing lines");
	buf_release(&out);
	return rc;
}

int
main(int argc, char **argv)
{
	struct log_position position = { 0 };
	struct image image = { .topics = { .head = NULL } };
	struct line_set lines;
	struct err e = { 0 };
	unsigned i;
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: log_lines METADATA-LOG-DIR\n");
		return 2;
	}
	line_set_init(&lines, (size_t)1 << 30);
	rc = metadata_log_read(argv[1], &image, &position, &e);
	if (rc == 0)
		rc = print(&image, &lines, &e);
	for (i = 0; i < KIND_TABLE; i++)
		if (image.why[i].code != 0)
			fprintf(stderr, "%s: %s\n", kind_name((enum kind)i), image.why[i].text);
	if (rc == 0)
		fprintf(stderr, "%lld %d\n", (long long)position.offset, (int)position.epoch);
	image_release(&image);
	line_set_release(&lines);
	return rc == 0 ? 0 : fail(&e);
}
