/* document_summary.h - the last line of a document; for document*.c alone. */
#ifndef DOCUMENT_SUMMARY_H
#define DOCUMENT_SUMMARY_H

#include "core/snapshot/document.h"

/*
 * Append the summary's value to out.  Then check it as a reader would: ERR_CORRUPT when `about`
 * (NULL: an empty object) is no canonical object.
 */
int document_summary_write(const char *about, const struct kind_entry kinds[KIND_TABLE],
                           struct buf *out, struct err *e);

/* Is it canonical, and does it say the same of the kinds?  ERR_CORRUPT if not. */
int document_summary_check(const char *value, size_t len,
                           const struct kind_entry kinds[KIND_TABLE], struct err *e);

/* The state as a document says it: lines that are no resources are captured if there are any. */
enum kind_state document_state(const struct kind_entry kinds[KIND_TABLE], enum kind kind);

#endif
