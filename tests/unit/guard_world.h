/*
 * guard_world.h - the world of t_guard_model.c: a store, clusters, nodes that do hooks step by
 * step, clients and people.  It is small (two topic names, few epochs) and asks the real guard.
 *
 * A move is one atomic event; a node does one store request or one request to a cluster a move, so
 * that the other node, a kill, a loss of disks or a person may come between any two of them.
 * Topics without own configs stand for all that looks fresh; configured ones make a cluster used.
 *
 * What is left out: resources without ids (t_guard.c has their rows); two live clusters with one
 * cluster id (after a cold restore nothing in Kafka's API tells them apart); stores that lose
 * objects (R12, a row of its own).  What a cluster loses before any topic id of it was recorded is
 * not held against the hooks: nothing can tell that it is gone.
 */
#ifndef GUARD_WORLD_H
#define GUARD_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hooks/guard.h"

#define NAMES  2u /* topic names */
#define SLOTS  3u /* clusters alive at once */
#define IDS    3u /* cluster ids; a later cluster's may sort before FIRST_ID */
#define NODES  2u /* operations at once */
#define EPOCHS 6u /* 1.., with room for the ways out behind the bound of a search */
#define FIRST_ID 1u

struct topics { /* the topic id of each name; 0: no such topic */
	uint8_t id[NAMES];
};

struct cluster {
	uint8_t       alive, id;
	struct topics topics;
	uint8_t       configured; /* bit a name: the topic has own configs */
	uint8_t       unstarted;  /* formatted, and nothing in it yet: a cold restore is possible */
	/* for the invariants alone */
	uint8_t       lost;       /* disks lost, and neither restored nor adopted since */
	uint8_t       served;     /* has been the service, or begun to be, on these disks */
};

enum phase {
	IDLE, CLAIM, CHECK_CLAIM, APPLY, CHECK_ADOPT, ADOPT, SEQUENCE, CAPTURE, CHECK_PUT, PUT,
	READ_BACK
};

enum adopter { BY_NOBODY, BY_FIRST, BY_RESTORE, BY_PERSON };

struct node { /* all zero while idle */
	uint8_t       phase, cluster, epoch, sequence, by;
	uint8_t       id;       /* the cluster's, as it was read */
	struct topics topics;   /* what is restored; what was verified; what was captured */
	uint8_t       again;    /* the second object of the pair, see PUT_ONCE */
	/* for the invariants alone */
	uint8_t       forgiven; /* bit a name: a person deleted it since the capture */
	uint8_t       lost;     /* the cluster was so when it was captured */
};

struct adoption {
	uint8_t       by;
	struct topics topics;
};

struct snapshot {
	uint8_t       sequence; /* 0: there is none */
	uint8_t       cluster;  /* id */
	uint8_t       siblings; /* others have the same sequence */
	struct topics topics;
};

struct world {
	struct cluster  cluster[SLOTS];
	struct node     node[NODES];
	uint8_t         claims[EPOCHS + 1]; /* bit a cluster id */
	uint8_t         disagree[EPOCHS + 1]; /* adoptions of one id, no common topic id */
	struct adoption adoption[EPOCHS + 1][IDS];
	struct snapshot newest[EPOCHS + 1];
	struct snapshot chosen; /* newest one that is not suspect: what a restore takes */
	uint8_t         chosen_epoch;
	/* for the invariants alone */
	uint8_t         promised; /* bit a name: acknowledged, and not deleted by a person since */
	uint8_t         acknowledged; /* by the last move */
	uint8_t         broken;       /* enum invariant, by the last move */
	/* for the bounds alone */
	uint8_t         formats, events;
};

enum invariant {
	HOLDS,
	S0_LOST_DISKS_BACKED_UP, /* and acknowledged, though neither restored nor adopted since */
	S1_PROMISE_BROKEN,       /* a restore would not bring back what was acknowledged */
	S2_TWO_ADOPTED,          /* two live clusters would be backed up */
	S3_TAKEN_BACK,           /* by a superseded cluster with something in it, by itself */
	S4_BEGUN_BLINDLY,        /* something was begun though the store did not answer */
	L1_NO_WAY_OUT,           /* neither hooks nor a person's commands lead to a backup */
	INVARIANTS
};

/* What is broken on purpose, to see that the model finds it. */
enum bug {
	NO_BUG,
	UNKNOWN_IS_NEW,
	WIPED_IS_ADOPTED,
	CONTESTED_IS_ADOPTED,
	FENCED_IS_NEWCOMER,
	FENCED_BY_I_OF_E,         /* DESIGN's table as it was written */
	FENCED_UNLESS_IT_LOOKS_FRESH, /* newcomer if none of its own ids is left and it is fresh */
	LATE_FIRST_COUNTS, /* see came_too_late() */
	NO_CHECK_BEFORE_PUT,
	NO_CHECK_AFTER_READ_BACK,
	CHOSEN_BEFORE_THE_CLAIM,
	SEQUENCE_AFTER_CAPTURE,
	IDS_READ_AT_ADOPTION,
	IDENTITY_NOT_OF_THE_CAPTURE,
	PUT_ONCE, /* two nodes may take one sequence; the second of a pair is never a stale one's */
	ADOPT_REFUSED,
	BUGS
};

struct bounds {
	uint8_t  slots, nodes, epochs, sequences;
	uint8_t  formats; /* disks lost, and new clusters */
	uint8_t  events;  /* topics created (by clients or people) and deleted */
	enum bug bug;
};

enum hook { PERIODIC, POWER_ON, PERSON_ADOPTS, PERSON_RESTORES, WORLD_HOOKS };

/* guard_world.c: what there is, and what a hook reads of it. */
#define TOPIC_SETS (SLOTS + NODES + 1 + (EPOCHS + 1) * (1 + IDS))
struct topics *world_topics(struct world *w, unsigned i);
unsigned topics_names(const struct topics *t); /* bit a name */
bool     topics_share_an_id(const struct topics *a, const struct topics *b);
void     world_create(struct world *w, struct cluster *c, unsigned name, bool configured);
uint8_t  world_epoch(const struct world *w);
struct guard_facts world_facts(const struct world *w, unsigned id, const struct topics *topics,
                               bool fresh, enum bug bug);
struct guard_verdict world_judge(const struct guard_facts *f, enum bug bug);
struct guard_verdict world_verdict(const struct world *w, unsigned cluster, enum bug bug);

/* guard_world_node.c: the hooks.  false: not possible here. */
bool world_start(struct world *w, unsigned cluster, enum hook hook, bool store_answers,
                 const struct bounds *bounds);
bool world_step(struct world *w, unsigned node, unsigned choice, const struct bounds *bounds);

/* guard_world_moves.c: all that can happen, and what must not. */
void world_empty(struct world *w);   /* one live cluster with nothing in it, an empty store */
void world_adopted(struct world *w); /* one live cluster, both topics, backed up */
#define WORLD_MOVES (NODES * 3 + SLOTS * (WORLD_HOOKS + 2 + IDS + NAMES * 3))
bool world_move(struct world *w, unsigned move, const struct bounds *bounds);
#define WORLD_TEXT 512
void world_describe_move(unsigned move, char text[WORLD_TEXT]);
void world_describe(const struct world *w, char text[WORLD_TEXT]);

/* guard_world_normal.c: worlds that nothing can tell apart get the same bytes. */
void world_normalise(struct world *w);

/* The first invariant that does not hold in w, L1 aside. */
enum invariant world_check(const struct world *w, const struct bounds *bounds);

/* L1: undisturbed, do power-on, periodic and `kcb adopt` lead each cluster to a backup? */
bool world_has_a_way_out(const struct world *w, const struct bounds *bounds);

#endif
