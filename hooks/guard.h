/*
 * guard.h - may this cluster be backed up?  may a restore write into it?  (DESIGN 6, R1 to R3)
 *
 * guard_judge() is DESIGN's table as a pure function of what was read: no I/O, no clock, no memory.
 * tests/unit/t_guard.c tests it row by row and on every combination of facts, t_guard_model.c in a
 * world of kills, lost disks, re-used cluster ids and clusters that live on.
 *
 * Words.  E: the highest epoch among verified claims and adoptions.  An adoption *names us*, if it
 * holds the live cluster's id.  I: the topic ids of those adoptions of E that name us and of the
 * newest snapshot of E (of all adoptions of E, if none names us).
 *
 * Where this differs from DESIGN's table, and why:
 *  - A cluster that an older record or a losing claim names is no longer compared with I, since a
 *    warm restore gives new topic ids: a superseded cluster that lives on always has "none of I".
 *    It is compared with what the older adoptions recorded of itself.  It is a newcomer only if
 *    none of that is left and there is nothing to keep in it at all (DESIGN's "fresh" is not
 *    enough: topics without own configs look fresh, also those of a restore that was superseded
 *    half-way); else it is fenced.  A losing claim fences always: else two empty clusters would
 *    claim in turns.
 *  - A cluster with E's id and nothing of I, but with topic ids of an older adoption, is fenced
 *    and not wiped: it is the old one, and the one that E means runs elsewhere with the same id.
 *  - "Contested" is a new row: nothing makes two adoptions of one epoch impossible in a store
 *    without conditional writes, and the first in byte order may be the one that came later.  No
 *    cluster that they name is backed up or restored until a person has said which it shall be.
 *    So is a cluster whose *first* adoption came after another cluster's first snapshot: it was
 *    judged "new" before that one could be seen.
 *  - While there is no snapshot, a cluster that E has adopted already is not adopted again.
 *  - I empty, no topic id anywhere: the snapshot's other resources stand for it (snapshot_left).
 *
 * What no table can tell: a cluster that was formatted again under its old id before any topic id
 * of it was recorded; and two live clusters with one id of which one was restored cold, which
 * keeps topic ids.
 *
 * What the hooks owe, without which the table does not hold.  1, 2, the choice in 3, 4 and 6 are
 * broken on purpose in t_guard_model.c, and found; the judgements in 3 keep two restores at once
 * from ending contested.
 *  1. A backup chooses its sequence before it captures, never after.
 *  2. guard_may_publish() is asked with the captured document's identity before the snapshot is
 *     put, and again, with everything read anew, after it was read back.  Only then is it
 *     acknowledged, and only if it is the newest of its epoch and alone under its sequence.
 *  3. After a claim is written, and before an adoption is, the facts are read and judged anew; the
 *     restore goes on only while it is GUARD_UNFINISHED in its own epoch.  What is restored is
 *     chosen after the claim was written: the old cluster may have published until then.
 *  4. An adoption holds the topic ids that the verification saw, not those of a later moment.
 *  5. An adoption by a restore that has no snapshot of its epoch yet goes on from `plan`, in every
 *     hook.
 *  6. Two nodes may choose the same sequence, and the one that captured earlier may put its
 *     snapshot later and win by its random name.  Where that must not be (the last snapshot before
 *     a power-off), a capture is put twice, under consecutive sequences, the second only if the
 *     first was alone under its own: whoever takes the second's has captured after the first.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* How much of a set of recorded topic ids the live cluster has. */
enum guard_identity {
	GUARD_IDENTITY_EMPTY,     /* no id was recorded */
	GUARD_IDENTITY_LEFT,      /* at least one of them */
	GUARD_IDENTITY_NONE_LEFT, /* ids were recorded, and none is left */
};

/* What was read.  A fact that could not be read is no fact: say store_answered = false. */
struct guard_facts {
	bool store_answered; /* every list and read that the facts below need succeeded */
	bool rolled_back;    /* R12: the newest snapshot is older than the manager's anchor */
	bool has_snapshot;   /* a verified one, of whatever epoch */
	bool has_anchor;     /* the manager handed one in */

	/* the live cluster */
	bool something_to_keep; /* anything but the bootstrap set and internal topics */
	bool fresh;             /* R3: a restore may claim it */

	/* the records of epoch E; what is false or empty while there is no record */
	uint64_t epoch;              /* E; 0 while there is no record */
	bool adoption_exists;
	bool adoption_names_us;      /* one of them does */
	bool adoptions_contested;    /* they name several cluster ids, or one with topic ids that
	                                have none in common; or it is a first one, and there are
	                                snapshots, but none of E */
	bool winning_claim_names_us; /* the first in byte order */
	bool losing_claim_names_us;  /* another one, and the winner names another cluster */
	enum guard_identity identity; /* I */
	bool snapshot_has_something_to_keep; /* the newest of epoch E; false: there is none of E */
	bool snapshot_left;          /* a resource of that snapshot, by kind and key, is in the live
	                                cluster; the bootstrap set does not count */

	/* the records of epochs below E */
	bool older_record_names_us;  /* a claim or an adoption */
	enum guard_identity older_identity; /* the ids of all adoptions below E that name us;
	                                       EMPTY if only claims do */
};

/* The rows, in the order in which they are tried. */
enum guard_row {
	GUARD_UNKNOWN,     /* the store did not answer */
	GUARD_ROLLED_BACK, /* the store has less than the anchor */
	GUARD_EMPTY,       /* nothing saved and nothing to save */
	GUARD_NEW,         /* nothing saved yet */
	GUARD_CONTESTED,   /* E's adoptions name us and another cluster */
	GUARD_ADOPTED,     /* the service's own */
	GUARD_WIPED,       /* adopted once, but what it had is gone; fresh */
	GUARD_WIPED_USED,  /* the same, not fresh */
	GUARD_UNFINISHED,  /* our own restore was interrupted */
	GUARD_FENCED,      /* superseded by another cluster */
	GUARD_NEWCOMER,    /* unknown here, and fresh */
	GUARD_FOREIGN,     /* unknown here, and used */
	GUARD_ROWS
};

enum guard_hook {
	GUARD_PERIODIC,
	GUARD_PRE_POWEROFF,
	GUARD_PRE_START, /* with `disks` lost; else it judges nothing */
	GUARD_POST_POWERON,
	GUARD_HOOKS
};

enum guard_action {
	GUARD_NEEDS_OPERATOR,      /* change nothing; end as NEEDS_OPERATOR with the sentence */
	GUARD_AGAIN,               /* change nothing; end as AGAIN */
	GUARD_VETO,                /* change nothing; VETO (PARTIAL with FORCE) with the sentence */
	GUARD_NOTHING_TO_KEEP,     /* OK without a backup */
	GUARD_NOTHING_TO_RESTORE,  /* OK without a restore */
	GUARD_BACK_UP,
	GUARD_ADOPT_AND_BACK_UP,   /* write an adoption of epoch E + 1, then back up */
	GUARD_CLAIM_AND_RESTORE,   /* write a claim of epoch E + 1, then restore */
	GUARD_GO_ON,               /* with the restore that our claim of epoch E began */
	GUARD_OK_OR_GO_ON,         /* pending kinds and a missing baseline, if any; else OK */
	GUARD_ACTIONS
};

struct guard_verdict {
	enum guard_row    row;
	const char       *name;                 /* "wiped" */
	enum guard_action action[GUARD_HOOKS];  /* what each hook does */
	const char       *sentence; /* what was found and the ways out; lower case, no full stop */
};

struct guard_verdict guard_judge(const struct guard_facts *facts);

/*
 * May a snapshot of `epoch` be published, or acknowledged?  facts: the store's of now, with the
 * captured document for the live cluster.  False: judge again, this one is not ours to
 * publish any more.
 */
bool guard_may_publish(const struct guard_facts *facts, uint64_t epoch);

const char *guard_action_name(enum guard_action action); /* "back up", ... */

#endif
