/*
 * log_line.h - records of a registry's topic as lines of the kind registry_log (registry_line.h), and back.  Pure.
 */
#ifndef REGISTRY_LOG_LINE_H
#define REGISTRY_LOG_LINE_H

#include "core/kafka/topic_log.h"
#include "core/registry/registry.h"
#include "core/snapshot/line.h"

/* What the first line, with the key "", says. */
struct log_head {
	char topic[256];
	enum registry_vendor vendor;
};

/*
 * Add the first line and one of each record.  ERR_UNSUPPORTED: a record is longer than a line may be (says which);
 * ERR_FAILED: as line_set_add().
 */
int log_lines_add(struct line_set *lines, const struct log_head *head, const struct topic_log *log, struct err *e);

/* True for the first line. */
bool log_line_is_head(const struct line *line);

/* ERR_CORRUPT: it is no such line; the text names it. */
int log_line_head(const struct line *line, struct log_head *ret, struct err *e);
int log_line_record(const struct line *line, struct topic_log *log, struct err *e); /* appends it */

/* The vendor of that name; REGISTRY_UNKNOWN: there is none. */
enum registry_vendor registry_vendor_by_name(const char *name);

#endif
