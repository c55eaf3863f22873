/*
 * guard_world_normal.c - the world of the guard's model: one shape for worlds that are alike
 *
 * Only the order of epochs and sequences matters, not the numbers; of epochs that are past, and
 * that no node works in, only which ids they name and which of their topics are left somewhere.
 * So a service may live as long as it likes: what bounds a search is how much is alive at once.
 */
#include <string.h>

#include "tests/unit/guard_world.h"

static void
order_nodes(struct world *w)
{
	struct node first = w->node[0];

	for (unsigned i = 0; i < NODES; i++)
		if (w->node[i].phase == IDLE)
			memset(&w->node[i], 0, sizeof w->node[i]);
	if (memcmp(&w->node[0], &w->node[1], sizeof first) < 0) {
		w->node[0] = w->node[1];
		w->node[1] = first;
	}
}

static bool
is_at_work(const struct world *w, unsigned e)
{
	for (unsigned i = 0; i < NODES; i++)
		if (w->node[i].epoch == e && e != 0)
			return true;
	return false;
}

/* Does a cluster, a node, or what a cold restore would write have this topic? */
static bool
is_left(const struct world *w, unsigned name, uint8_t id)
{
	bool left = w->chosen.topics.id[name] == id;

	for (unsigned c = 0; c < SLOTS; c++)
		left |= w->cluster[c].topics.id[name] == id;
	for (unsigned i = 0; i < NODES; i++)
		left |= w->node[i].topics.id[name] == id;
	return left;
}

static void
keep_what_is_left(const struct world *w, struct topics *t)
{
	for (unsigned name = 0; name < NAMES; name++)
		if (!is_left(w, name, t->id[name]))
			t->id[name] = 0;
}

/* Epoch 0 holds the ids that were named in the past. */
static void
forget(struct world *w, unsigned e)
{
	w->claims[0] |= w->claims[e];
	w->claims[e] = w->disagree[e] = 0;
	w->newest[e] = (struct snapshot){0};
	for (unsigned id = 0; id < IDS; id++) {
		struct adoption *a = &w->adoption[e][id];

		if (a->by == BY_NOBODY)
			continue;
		w->claims[0] |= (uint8_t)(1u << id);
		keep_what_is_left(w, &a->topics);
		a->by = topics_names(&a->topics) != 0 ? BY_FIRST : BY_NOBODY;
	}
}

static bool
is_empty(const struct world *w, unsigned e)
{
	for (unsigned id = 0; id < IDS; id++)
		if (w->adoption[e][id].by != BY_NOBODY)
			return false;
	return w->claims[e] == 0 && w->newest[e].sequence == 0 && !is_at_work(w, e) &&
	       w->chosen_epoch != e;
}

static void
remove_epoch(struct world *w, unsigned e)
{
	size_t rest = EPOCHS - e;

	memmove(&w->claims[e], &w->claims[e + 1], rest * sizeof w->claims[0]);
	memmove(&w->disagree[e], &w->disagree[e + 1], rest * sizeof w->disagree[0]);
	memmove(&w->adoption[e], &w->adoption[e + 1], rest * sizeof w->adoption[0]);
	memmove(&w->newest[e], &w->newest[e + 1], rest * sizeof w->newest[0]);
	w->claims[EPOCHS] = w->disagree[EPOCHS] = 0;
	memset(&w->adoption[EPOCHS], 0, sizeof w->adoption[0]);
	w->newest[EPOCHS] = (struct snapshot){0};
	w->chosen_epoch = (uint8_t)(w->chosen_epoch - (w->chosen_epoch > e));
	for (unsigned i = 0; i < NODES; i++)
		w->node[i].epoch = (uint8_t)(w->node[i].epoch - (w->node[i].epoch > e));
}

static void
forget_the_past(struct world *w)
{
	uint8_t top = world_epoch(w);
	bool chosen_is_past = w->chosen_epoch < top;

	for (unsigned e = 1; e <= w->chosen_epoch; e++)
		chosen_is_past &= !is_at_work(w, e);
	if (chosen_is_past) {
		w->chosen.sequence = w->chosen.sequence != 0;
		w->chosen.siblings = w->chosen.cluster = 0;
		w->chosen_epoch = 0;
	}
	for (unsigned e = top; e-- > 1;)
		if (!is_at_work(w, e))
			forget(w, e);
	for (unsigned e = top; e-- > 1;)
		if (is_empty(w, e))
			remove_epoch(w, e);
}

/* The lowest sequence of an epoch that anything is compared with becomes 1. */
static void
shift_sequences(struct world *w, unsigned e)
{
	uint8_t low = w->newest[e].sequence;

	if (low == 0)
		return;
	if (w->chosen_epoch == e && w->chosen.sequence < low)
		low = w->chosen.sequence;
	for (unsigned i = 0; i < NODES; i++)
		if (w->node[i].epoch == e && w->node[i].sequence != 0 && w->node[i].sequence < low)
			low = w->node[i].sequence;
	low--;
	w->newest[e].sequence = (uint8_t)(w->newest[e].sequence - low);
	if (w->chosen_epoch == e)
		w->chosen.sequence = (uint8_t)(w->chosen.sequence - low);
	for (unsigned i = 0; i < NODES; i++)
		if (w->node[i].epoch == e && w->node[i].sequence != 0)
			w->node[i].sequence = (uint8_t)(w->node[i].sequence - low);
}

static void
rename_topics(struct world *w, unsigned name)
{
	uint8_t renamed[256] = {0}, next = 1;

	for (unsigned i = 0; i < TOPIC_SETS; i++) {
		uint8_t *id = &world_topics(w, i)->id[name];

		if (*id == 0)
			continue;
		if (renamed[*id] == 0)
			renamed[*id] = next++;
		*id = renamed[*id];
	}
}

void
world_normalise(struct world *w)
{
	w->acknowledged = 0;
	order_nodes(w);
	forget_the_past(w);
	for (unsigned e = 1; e <= EPOCHS; e++)
		shift_sequences(w, e);
	order_nodes(w); /* numbers have changed */
	for (unsigned name = 0; name < NAMES; name++)
		rename_topics(w, name);
	order_nodes(w);
}
