/* guard_world_moves.c - the world of the guard's model: all that can happen, and what must not */
#include <stdio.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/unit/guard_world.h"

void
world_empty(struct world *w)
{
	*w = (struct world){.cluster = {{.alive = 1, .id = FIRST_ID}}};
}

void
world_adopted(struct world *w)
{
	static const struct bounds wide = {.epochs = EPOCHS, .sequences = 9, .nodes = 1};

	world_empty(w);
	for (unsigned name = 0; name < NAMES; name++)
		world_create(w, &w->cluster[0], name, false);
	(void)world_start(w, 0, PERIODIC, true, &wide);
	while (world_step(w, 0, 0, &wide))
		;
	world_normalise(w);
}

/* People and clients. */

static bool
id_is_in_use(const struct world *w, unsigned id, unsigned but)
{
	for (unsigned c = 0; c < SLOTS; c++)
		if (c != but && w->cluster[c].alive != 0 && w->cluster[c].id == id)
			return true;
	return false;
}

/* What is lost before any topic id of it was recorded cannot be missed (guard.h, "I empty"). */
static void
forgive_what_was_never_recorded(struct world *w, unsigned cluster)
{
	const struct cluster *c = &w->cluster[cluster];
	struct guard_facts f = world_facts(w, c->id, &c->topics, true, NO_BUG);

	if (!f.adoption_names_us || f.identity != GUARD_IDENTITY_EMPTY)
		return;
	for (unsigned i = 0; i < NODES; i++)
		if (w->node[i].cluster == cluster)
			w->node[i].forgiven = (1u << NAMES) - 1;
}

/* A cluster loses its disks and gets new ones, or a further cluster is made. */
static bool
format(struct world *w, unsigned cluster, unsigned id, const struct bounds *bounds)
{
	struct cluster *c = &w->cluster[cluster];
	bool lost = c->lost != 0 || (topics_names(&c->topics) != 0 && w->promised != 0);

	if (cluster >= bounds->slots || w->formats >= bounds->formats ||
	    id_is_in_use(w, id, cluster))
		return false;
	if (cluster > 0 && c->alive == 0 && w->cluster[cluster - 1].alive == 0)
		return false;
	forgive_what_was_never_recorded(w, cluster);
	*c = (struct cluster){.alive = 1, .id = (uint8_t)id, .unstarted = 1, .lost = lost};
	w->formats++;
	return true;
}

static bool
add(struct world *w, unsigned cluster, unsigned name, bool configured, const struct bounds *bounds)
{
	struct cluster *c = &w->cluster[cluster];

	if (c->topics.id[name] != 0 || w->events >= bounds->events)
		return false;
	world_create(w, c, name, configured);
	w->events++;
	return true;
}

/* A person's deletion counts as their word in the cluster that the service is in, or comes to. */
static bool
is_the_service(const struct world *w, unsigned cluster)
{
	const struct cluster *c = &w->cluster[cluster];
	struct guard_facts f = world_facts(w, c->id, &c->topics, true, NO_BUG);

	if (c->lost != 0)
		return false;
	return f.adoption_exists ? f.adoption_names_us : f.winning_claim_names_us;
}

static bool
delete(struct world *w, unsigned cluster, unsigned name, const struct bounds *bounds)
{
	struct cluster *c = &w->cluster[cluster];

	if (c->topics.id[name] == 0 || w->events >= bounds->events)
		return false;
	if (is_the_service(w, cluster)) {
		w->promised &= (uint8_t)~(1u << name);
		for (unsigned i = 0; i < NODES; i++)
			w->node[i].forgiven |= (uint8_t)(1u << name);
	}
	c->topics.id[name] = 0;
	c->configured &= (uint8_t)~(1u << name);
	w->events++;
	return true;
}

/* Moves by number: three a node (kill, a step either way), then so many a cluster. */

#define CLUSTER_MOVES (WORLD_HOOKS + 2 + IDS + NAMES * 3)

static bool
node_move(struct world *w, unsigned i, unsigned what, const struct bounds *bounds)
{
	struct node *n = &w->node[i];

	if (n->phase == IDLE)
		return false;
	if (what == 2) {
		memset(n, 0, sizeof *n);
		return true;
	}
	return world_step(w, i, what, bounds) && n->sequence <= bounds->sequences;
}

static bool
cluster_move(struct world *w, unsigned c, unsigned what, const struct bounds *bounds)
{
	bool alive = w->cluster[c].alive != 0;

	if (what < IDS)
		return format(w, c, what, bounds);
	what -= IDS;
	if (!alive)
		return false;
	if (what < WORLD_HOOKS)
		return world_start(w, c, (enum hook)what, true, bounds);
	what -= WORLD_HOOKS;
	if (what < 2)
		return world_start(w, c, (enum hook)what, false, bounds);
	what -= 2;
	if (what < 2 * NAMES)
		return add(w, c, what / 2, what % 2 != 0, bounds);
	return delete(w, c, what - 2 * NAMES, bounds);
}

bool
world_move(struct world *w, unsigned move, const struct bounds *bounds)
{
	if (move < NODES * 3)
		return node_move(w, move / 3, move % 3, bounds);
	move -= NODES * 3;
	return cluster_move(w, move / CLUSTER_MOVES, move % CLUSTER_MOVES, bounds);
}

/* What must not be. */

enum invariant
world_check(const struct world *w, const struct bounds *bounds)
{
	unsigned adopted = 0;

	if (w->broken != HOLDS)
		return (enum invariant)w->broken;
	if ((w->promised & ~topics_names(&w->chosen.topics)) != 0)
		return S1_PROMISE_BROKEN;
	for (unsigned c = 0; c < SLOTS; c++)
		if (w->cluster[c].alive != 0)
			adopted += world_verdict(w, c, bounds->bug).row == GUARD_ADOPTED;
	return adopted > 1 ? S2_TWO_ADOPTED : HOLDS;
}

/* Run one hook to its end; true if it acknowledged a snapshot. */
static bool
run(struct world *w, unsigned cluster, enum hook hook, enum bug bug)
{
	struct bounds wide = {.nodes = 1, .epochs = EPOCHS, .sequences = 255, .bug = bug};

	w->acknowledged = 0;
	if (!world_start(w, cluster, hook, true, &wide))
		return false;
	while (world_step(w, 0, 0, &wide))
		;
	return w->acknowledged != 0;
}

static bool
cluster_has_a_way_out(struct world w, unsigned c, enum bug bug)
{
	static const enum hook way[] = {POWER_ON, PERIODIC, PERSON_ADOPTS, POWER_ON, PERIODIC};

	memset(w.node, 0, sizeof w.node);
	for (size_t i = 0; i < LENGTH(way); i++) {
		bool saved = run(&w, c, way[i], bug);
		enum guard_row row = world_verdict(&w, c, bug).row;

		if (row == GUARD_EMPTY || (saved && row == GUARD_ADOPTED))
			return true;
	}
	return false;
}

bool
world_has_a_way_out(const struct world *w, const struct bounds *bounds)
{
	for (unsigned c = 0; c < SLOTS; c++)
		if (w->cluster[c].alive != 0 && !cluster_has_a_way_out(*w, c, bounds->bug))
			return false;
	return true;
}

/* Words for traces. */

static const char *const phases[] = {
	"idle", "claim", "check claim", "apply", "check adopt", "adopt", "sequence", "capture",
	"check put", "put", "read back",
};

void
world_describe_move(unsigned move, char text[WORLD_TEXT])
{
	static const char *const node_moves[] = {"goes on", "goes on the other way", "is killed"};
	static const char *const hooks[] = {"periodic", "power-on", "kcb adopt",
	                                    "kcb restore --into-used", "periodic, no store",
	                                    "power-on, no store"};
	unsigned c, what;

	if (move < NODES * 3) {
		(void)snprintf(text, WORLD_TEXT, "node %u %s", move / 3, node_moves[move % 3]);
		return;
	}
	c = (move - NODES * 3) / CLUSTER_MOVES;
	what = (move - NODES * 3) % CLUSTER_MOVES;
	if (what < IDS)
		(void)snprintf(text, WORLD_TEXT, "cluster %u is formatted as id %u", c, what);
	else if (what < IDS + LENGTH(hooks))
		(void)snprintf(text, WORLD_TEXT, "cluster %u: %s", c, hooks[what - IDS]);
	else if (what < IDS + LENGTH(hooks) + 2 * NAMES)
		(void)snprintf(text, WORLD_TEXT, "cluster %u: topic %u is %s", c,
		               (what - IDS - 6) / 2,
		               (what - IDS - 6) % 2 != 0 ? "made by a person" : "auto-created");
	else
		(void)snprintf(text, WORLD_TEXT, "cluster %u: topic %u is deleted", c,
		               what - IDS - 6 - 2 * NAMES);
}

void
world_describe(const struct world *w, char text[WORLD_TEXT])
{
	const struct snapshot *s = &w->newest[world_epoch(w)];
	int at = snprintf(text, WORLD_TEXT, "E%u newest %u:(%u %u)%s ", world_epoch(w), s->sequence,
	                  s->topics.id[0], s->topics.id[1], s->siblings != 0 ? "!" : "");

	for (unsigned c = 0; c < SLOTS; c++) {
		const struct cluster *k = &w->cluster[c];

		if (k->alive != 0)
			at += snprintf(text + at, WORLD_TEXT / 8, "[id %u (%u %u)%s %s] ", k->id,
			               k->topics.id[0], k->topics.id[1],
			               k->lost != 0 ? " lost" : "",
			               world_verdict(w, c, NO_BUG).name);
	}
	for (unsigned i = 0; i < NODES; i++) {
		const struct node *n = &w->node[i];

		if (n->phase != IDLE)
			at += snprintf(text + at, WORLD_TEXT / 8, "%s E%u:%u(%u %u)%s ",
			               phases[n->phase], n->epoch, n->sequence,
			               n->topics.id[0], n->topics.id[1],
			               n->again != 0 ? " again" : "");
	}
}
