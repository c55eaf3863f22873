/*
 * line_questions.h - what lines say of the cluster that they are from: is it fresh, is there anything to keep, which
 * topic ids has it?  Pure.
 */
#ifndef LINE_QUESTIONS_H
#define LINE_QUESTIONS_H

#include "core/config/config.h"
#include "core/snapshot/line.h"

/* True if their identities place partitions on more than one node: others may run our hooks too. */
bool on_several_nodes(const struct line_set *lines);

/*
 * The cluster's own furniture: what is declared (guard.bootstrap_set), Connect's and the registry's
 * topics, what `format` itself sets, and what a registry has though nobody set it.
 */
bool is_furniture(const struct config *config, const struct line *line);

/*
 * One of Connect's three topics or the registry's: with too many partitions their servers never
 * start.
 */
bool is_of_services(const struct config *config, const struct line *line);

/*
 * A resource whose being there, or not, tells of the cluster: no furniture, and no user that the manager
 * keeps in a store of its own (users.h), which outlives disks and says nothing about them.
 */
bool is_of_cluster(const struct config *config, const struct line *line);

/* Anything worth a backup: a resource that is_of_cluster(). */
bool something_to_keep(const struct config *config, const struct line_set *lines);

/*
 * R3.  saved: lines of the newest snapshot.  What speaks against it is appended to found ("topic a
 * (own configs), ..."; at most 10 named).
 */
bool is_fresh(const struct config *config, const struct line_set *lines,
              const struct line_set *saved, struct buf *found);

/* The topic id of an identity line (URL-safe base64), or false. */
#define TOPIC_ID_SIZE 32
bool identity_topic_id(const struct line *line, char ret[TOPIC_ID_SIZE]);

/*
 * "end_offset" of an identity line: of a topic that was read whole, the offset behind its last record.  Of all members
 * it is the first in order.  False: there is none.  And such a value, made of an identity without one; -1: no room.
 */
bool identity_end(const struct line *line, int64_t *ret);
int  identity_with_end(const struct line *line, int64_t end, struct buf *ret);

/* A sorted list of topic ids, in an arena. */
struct id_list {
	const char **ids;
	size_t       count;
};
int  ids_of_lines(const struct line_set *lines, struct arena *arena, struct id_list *ret,
                  struct err *e);
bool ids_have(const struct id_list *list, const char *id);

#endif
