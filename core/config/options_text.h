/*
 * options_text.h - what people read about the configuration, made from the option table.  Each
 * function appends to `out`; ask the buffer whether it failed.
 */
#ifndef PLUGIN_OPTIONS_TEXT_H
#define PLUGIN_OPTIONS_TEXT_H

#include "core/base/buf.h"

void options_example(struct buf *out);  /* packaging/example.json */
void options_markdown(struct buf *out); /* packaging/configuration.md */
void options_man(struct buf *out);      /* packaging/man/kafka-config-backup.json.5 */

/* One thing to copy, and what is said before it. */
struct text_example {
	const char *sentence, *text;
};

/* Stores in buckets, of each cloud, and the least rights that each needs; write is called for one after the other. */
void options_stores(struct buf *out, void (*write)(struct buf *out, const struct text_example *example));

#endif
