/* kraft_formatted.h - a node as kafka-storage formats it, in a kraft_fixture's directory */
#ifndef KRAFT_FORMATTED_H
#define KRAFT_FORMATTED_H

#include "core/kraft/checkpoint.h"
#include "tests/unit/kraft_fixture.h"

#define NODE_CLUSTER "wW7tJYvcY_luQ_qmwJYk-A"

/* Where the formatted records are: 4.4 the zero checkpoint; before it bootstrap.checkpoint, of a dynamic quorum beside
 * a zero checkpoint of control records. */
enum node_format { NODE_4_4, NODE_STATIC, NODE_DYNAMIC };

/* The records are metadata.version 25 and the user admin. */
void node_format(struct kraft_fixture *f, enum node_format format);

/* The path of the file with the records. */
const char *node_file(const struct kraft_fixture *f, enum node_format format);

/* Open the node whose one log.dir is dir, and extend it: the code, and the error in e. */
int node_extend(const char *dir, const struct frames *records, struct err *e);

/* Every data record of the checkpoint in f->records; asserts that batches are within limits and offsets have no gap. */
void node_records(struct kraft_fixture *f, enum node_format format);

#endif
