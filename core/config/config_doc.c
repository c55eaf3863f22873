/* config_doc.c - prints what is made from the option table: config_doc example|markdown|man */
#include <stdio.h>
#include <string.h>

#include "core/config/options_text.h"

#define TEXT_MAX ((size_t)1 << 20)

static const struct {
	const char *name;
	void (*write)(struct buf *out);
} forms[] = {
	{ "example", options_example },
	{ "markdown", options_markdown },
	{ "man", options_man },
};

static int
print(void (*write)(struct buf *out))
{
	struct buf out CLEANUP(buf_release);
	int ok;

	buf_init(&out, TEXT_MAX);
	write(&out);
	ok = !out.failed && fwrite(out.data, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
	if (!ok)
		(void)fprintf(stderr, "config_doc: cannot write to standard output\n");
	return ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < LENGTH(forms); i++)
		if (argc == 2 && strcmp(argv[1], forms[i].name) == 0)
			return print(forms[i].write);
	(void)fprintf(stderr, "usage: config_doc example|markdown|man\n");
	return 2;
}
