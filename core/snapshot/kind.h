/*
 * kind.h - the kinds of resources and their numbers, which are for ever (DESIGN 2): they stand in
 * the header's table of every snapshot and order the lines of every document.
 */
#ifndef KIND_H
#define KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
	KIND_CLUSTER_CONFIG = 0,
	KIND_USER = 1,
	KIND_ACL = 2,
	KIND_TOPIC = 3,
	KIND_QUOTA = 4,
	KIND_GROUP_CONFIG = 5,
	KIND_CLIENT_METRICS = 6,
	KIND_REGISTRY_LOG = 7,
	KIND_SCHEMA = 8,
	KIND_REGISTRY_CONFIG = 9,
	KIND_CONNECTOR = 10,
	/* lines that are no resources */
	KIND_CARRIED = 14,
	KIND_IDENTITY = 15,
	KIND_SUMMARY = 16, /* the last line of a document; not in the header's table */
};
#define KIND_TABLE 16 /* entries in the header's table; 11 to 13 are free, and zero */

/* What is known of a kind in a snapshot; numbers as in the header.  Absent is never empty. */
enum kind_state {
	STATE_NONE = 0,        /* no such kind when the snapshot was written */
	STATE_CAPTURED = 1,    /* every request for it succeeded */
	STATE_UNREACHABLE = 2, /* asked, not wholly answered */
	STATE_DISABLED = 3,    /* not configured */
	STATE_UNSUPPORTED = 4, /* cannot be read here */
	STATE_PENDING = 5,     /* a restore has not put it back yet */
};
#define STATE_LAST STATE_PENDING

struct kind_entry {
	uint64_t        count;   /* lines of it */
	enum kind_state state;
	bool            suspect; /* R2: fell too far to be believed without a person's word */
};

/* The name in documents, commands and messages ("topic"); NULL for a number without a kind. */
const char *kind_name(enum kind kind);

/* The kind of a name of len bytes, carried, identity and summary included; false: there is none. */
bool kind_by_name(const char *name, size_t len, enum kind *ret);

/* True for 0 to 10: what is captured, planned and restored. */
bool kind_is_resource(enum kind kind);

/* True for the four topics that are Kafka's own and never captured; their identities are. */
bool topic_is_kafkas(const char *name);

/* "captured", "unreachable", ...; "none" for 0. */
const char *kind_state_name(enum kind_state state);

#endif
