/* record_text.h - the JSON text inside a record (FORMAT.md, "Records").  For record.c alone. */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include "core/seal/record.h"

/* "claim", "adoption", "decision"; NULL for any other number. */
const char *record_text_type(enum record_type type);

/* What a record cannot hold ("the epoch is 0"), or NULL. */
const char *record_text_fault(const struct record *r);

/* Append the canonical text of a record without fault. */
void record_text_write(const struct record *r, struct buf *out);

/*
 * Read an authentic text.  Refused with ERR_CORRUPT: whatever record_text_write() would not write
 * the same, and what record_text_fault() names.
 */
int record_text_read(const char *text, size_t len, enum record_type type, struct arena *arena,
                     struct record *ret, struct err *e);

#endif
