/* node.h - meta.properties: which cluster and node a log directory belongs to */
#ifndef KRAFT_NODE_H
#define KRAFT_NODE_H

#include <stdint.h>

#include "core/base/err.h"
#include "core/base/limits.h"

/* MetaProperties.java: version 1 is that of KRaft. */
struct node_properties {
	char    cluster[CLUSTER_ID_MAX + 1];
	int32_t node;
	int     version;
};

/*
 * Read meta.properties of the log directory dir.  ERR_MISSING: there is none, dir was not formatted;
 * ERR_DENIED; ERR_CORRUPT: it is none, or of a version that is not known; ERR_FAILED.  Blocks.
 */
int node_properties_read(const char *dir, struct node_properties *ret, struct err *e);

#endif
