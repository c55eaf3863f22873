/* guard_world.c - the world of the guard's model: what is in it, and what a hook reads of it */
#include "tests/unit/guard_world.h"

/* Topics. */

unsigned
topics_names(const struct topics *t)
{
	unsigned mask = 0;

	for (unsigned n = 0; n < NAMES; n++)
		mask |= (t->id[n] != 0 ? 1u : 0u) << n;
	return mask;
}

bool
topics_share_an_id(const struct topics *a, const struct topics *b)
{
	for (unsigned n = 0; n < NAMES; n++)
		if (a->id[n] != 0 && a->id[n] == b->id[n])
			return true;
	return false;
}

/* Every set of topics that there is, numbered. */
struct topics *
world_topics(struct world *w, unsigned i)
{
	if (i < SLOTS)
		return &w->cluster[i].topics;
	i -= SLOTS;
	if (i < NODES)
		return &w->node[i].topics;
	i -= NODES;
	if (i == 0)
		return &w->chosen.topics;
	i--;
	if (i <= EPOCHS)
		return &w->newest[i].topics;
	i -= EPOCHS + 1;
	return &w->adoption[i / IDS][i % IDS].topics;
}

/* One that nothing holds. */
static uint8_t
new_topic_id(struct world *w, unsigned name)
{
	uint8_t top = 0;

	for (unsigned i = 0; i < TOPIC_SETS; i++) {
		uint8_t id = world_topics(w, i)->id[name];

		top = id > top ? id : top;
	}
	return (uint8_t)(top + 1);
}

void
world_create(struct world *w, struct cluster *c, unsigned name, bool configured)
{
	c->topics.id[name] = new_topic_id(w, name);
	c->configured |= (uint8_t)((configured ? 1u : 0u) << name);
	c->unstarted = 0;
}

/* What the hooks read: facts of a cluster with `topics` in it. */

uint8_t
world_epoch(const struct world *w)
{
	for (uint8_t e = EPOCHS; e > 0; e--) {
		if (w->claims[e] != 0)
			return e;
		for (unsigned id = 0; id < IDS; id++)
			if (w->adoption[e][id].by != BY_NOBODY)
				return e;
	}
	return 0;
}

static enum guard_identity
identity(const struct topics *recorded, const struct topics *saved, const struct topics *topics)
{
	if ((topics_names(recorded) | topics_names(saved)) == 0)
		return GUARD_IDENTITY_EMPTY;
	return topics_share_an_id(recorded, topics) || topics_share_an_id(saved, topics)
	           ? GUARD_IDENTITY_LEFT
	           : GUARD_IDENTITY_NONE_LEFT;
}

static void
read_older(const struct world *w, unsigned id, const struct topics *topics, struct guard_facts *f)
{
	for (unsigned e = 0; e < f->epoch; e++) {
		const struct topics *recorded = &w->adoption[e][id].topics;

		if ((w->claims[e] >> id & 1u) != 0 || w->adoption[e][id].by != BY_NOBODY)
			f->older_record_names_us = true;
		if (f->older_identity != GUARD_IDENTITY_LEFT && topics_names(recorded) != 0)
			f->older_identity = identity(recorded, recorded, topics);
	}
}

static void
read_claims(const struct world *w, unsigned id, struct guard_facts *f)
{
	unsigned claims = w->claims[f->epoch];

	if ((claims >> id & 1u) == 0)
		return;
	f->winning_claim_names_us = (claims & ((1u << id) - 1u)) == 0;
	f->losing_claim_names_us = !f->winning_claim_names_us;
}

/* A cluster's first adoption, and meanwhile another cluster's first snapshot. */
static bool
came_too_late(const struct world *w, unsigned id, unsigned e)
{
	return w->adoption[e][id].by == BY_FIRST && w->newest[e].sequence == 0 &&
	       w->chosen.sequence != 0;
}

struct guard_facts
world_facts(const struct world *w, unsigned id, const struct topics *topics, bool fresh,
            enum bug bug)
{
	unsigned adoptions = 0, e = world_epoch(w);
	struct guard_facts f = {
		.store_answered = true,
		.has_snapshot = w->chosen.sequence != 0,
		.something_to_keep = topics_names(topics) != 0,
		.fresh = fresh,
		.epoch = e,
		.adoption_names_us = w->adoption[e][id].by != BY_NOBODY,
		.identity = identity(&w->adoption[e][id].topics, &w->newest[e].topics, topics),
		.snapshot_has_something_to_keep = topics_names(&w->newest[e].topics) != 0,
		.snapshot_left = (topics_names(&w->newest[e].topics) & topics_names(topics)) != 0,
	};

	for (unsigned i = 0; i < IDS; i++)
		adoptions += w->adoption[e][i].by != BY_NOBODY;
	f.adoption_exists = adoptions > 0;
	f.adoptions_contested = adoptions > 1 || w->disagree[e] != 0 ||
	                        (came_too_late(w, id, e) && bug != LATE_FIRST_COUNTS);
	read_claims(w, id, &f);
	read_older(w, id, topics, &f);
	return f;
}

/* The guard, or what a bug makes of it. */

static struct guard_verdict
verdict_of(enum guard_row row)
{
	struct guard_facts f = {.store_answered = true, .has_snapshot = true, .fresh = true};

	if (row == GUARD_NEW) {
		f.has_snapshot = false;
		f.something_to_keep = true;
	}
	f.adoption_exists = f.adoption_names_us = row == GUARD_ADOPTED;
	return guard_judge(&f);
}

struct guard_verdict
world_judge(const struct guard_facts *f, enum bug bug)
{
	struct guard_verdict v = guard_judge(f);
	bool superseded =
	    v.row == GUARD_FENCED && !f->losing_claim_names_us && f->fresh;

	if (v.row == GUARD_UNKNOWN && bug == UNKNOWN_IS_NEW)
		return verdict_of(GUARD_NEW);
	if ((v.row == GUARD_WIPED || v.row == GUARD_WIPED_USED) && bug == WIPED_IS_ADOPTED)
		return verdict_of(GUARD_ADOPTED);
	if (v.row == GUARD_CONTESTED && bug == CONTESTED_IS_ADOPTED)
		return verdict_of(GUARD_ADOPTED);
	if (v.row == GUARD_FENCED && bug == FENCED_IS_NEWCOMER)
		return verdict_of(GUARD_NEWCOMER);
	if (superseded && bug == FENCED_BY_I_OF_E && f->identity != GUARD_IDENTITY_LEFT)
		return verdict_of(GUARD_NEWCOMER);
	if (superseded && bug == FENCED_UNLESS_IT_LOOKS_FRESH &&
	    f->older_identity != GUARD_IDENTITY_LEFT)
		return verdict_of(GUARD_NEWCOMER);
	return v;
}

struct guard_verdict
world_verdict(const struct world *w, unsigned cluster, enum bug bug)
{
	const struct cluster *c = &w->cluster[cluster];
	struct guard_facts f = world_facts(w, c->id, &c->topics, c->configured == 0, bug);

	return world_judge(&f, bug);
}
