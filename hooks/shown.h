/* shown.h - lines as people may see them: what is secret in them stays in the snapshot (R8) */
#ifndef SHOWN_H
#define SHOWN_H

#include "core/base/buf.h"
#include "core/snapshot/line.h"

/*
 * Append the line's value with "(kept)" in the place of every SCRAM salt and verifier and of every
 * broker config that holds a secret, in carried lines too.  A value that is no JSON object is "(kept)"
 * altogether.  Errors are the buffer's.
 */
void shown_value(const struct line *line, struct buf *out);

/* True if a change of the line may only be named, not shown. */
bool shown_by_name_only(const struct line *line);

#endif
