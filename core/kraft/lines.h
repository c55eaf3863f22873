/*
 * lines.h - the lines of Kafka's own kinds, between a metadata log's image and a document; what each
 * looks like is in core/seal/FORMAT.md.
 */
#ifndef KRAFT_LINES_H
#define KRAFT_LINES_H

#include "core/kraft/image.h"
#include "core/snapshot/line.h"

/* The kinds that a metadata log holds, as bits. */
#define LOG_KINDS                                                                                  \
	(1u << KIND_CLUSTER_CONFIG | 1u << KIND_USER | 1u << KIND_ACL | 1u << KIND_TOPIC |         \
	 1u << KIND_QUOTA | 1u << KIND_GROUP_CONFIG | 1u << KIND_CLIENT_METRICS)

/*
 * Append the lines of every kind in `kinds` that the image knows whole; of topics their identities
 * too.  A kind of which a resource cannot be a line (a name that is not UTF-8, or too long; an
 * unknown SCRAM mechanism) gets no line at all: image->why says which resource.  ERR_FAILED: no
 * memory.  The lines are not sorted.  They hold secrets.
 */
int image_lines(struct image *image, unsigned kinds, struct line_set *lines, struct err *e);

/* "SCRAM-SHA-256", "SCRAM-SHA-512", or NULL. */
const char *scram_name(int mechanism);

#endif
