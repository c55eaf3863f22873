/*
 * snapshot_row.h - one object in the place of a snapshot as `list` and `verify` show it: what its
 * verified header says, or what is wrong with it.  kafka_config_backup(7) describes the members.
 */
#ifndef SNAPSHOT_ROW_H
#define SNAPSHOT_ROW_H

#include "core/base/json.h"
#include "core/seal/container.h"

enum snapshot_verdict { VERDICT_NONE, VERDICT_OK, VERDICT_BAD, VERDICT_PASSED_OVER };

struct snapshot_row {
	const char               *name;   /* last part of the object's */
	const struct seal_header *header; /* NULL: not read, or it does not verify */
	uint64_t                  size;   /* of the object, where there is a header */
	const char               *problem; /* a word of snapshot_problem(), or NULL */
	const char               *reason;  /* of a problem: a sentence */
	enum snapshot_verdict     verdict; /* of verify */
};

void snapshot_row_write(struct json *w, const struct snapshot_row *row);

/*
 * The word for what is wrong with an object that was read, by the code and refusal of seal_open() or
 * seal_read_header(): "foreign", "not ours", "not authentic", "truncated", ...
 */
const char *snapshot_problem(int rc, enum seal_refusal why);

/* ... and of a name that is none of a snapshot's, which is not read: "foreign", and its sentence. */
#define SNAPSHOT_GONE           "gone" /* removed since it was listed: nothing is wrong */
#define SNAPSHOT_FOREIGN        "foreign"
#define SNAPSHOT_FOREIGN_REASON "its name is no snapshot's: remove it if it does not belong here"
bool snapshot_is_name(const char *name);

/* No kind of it is unreachable, pending or suspect. */
bool snapshot_is_complete(const struct seal_header *h);

#endif
