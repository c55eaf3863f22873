/*
 * last_report.h - the last report of a service, kept in its state_dir (file last-report.json,
 * 0600): for `kcb report`.  Losing it loses nothing.
 */
#ifndef LAST_REPORT_H
#define LAST_REPORT_H

#include "core/base/buf.h"
#include "core/base/err.h"

struct operation;

/* Keep the report of a hook (not of a command).  Errors are logged: no hook fails for it. */
void last_report_write(struct operation *o);

/* ERR_MISSING: there is none yet. */
int last_report_read(const char *state_dir, struct buf *out, struct err *e);

#endif
