/* guard_world_node.c - the world of the guard's model: the hooks, one request a step */
#include <string.h>

#include "tests/unit/guard_world.h"

static bool
may_publish(const struct world *w, const struct node *n, const struct bounds *bounds)
{
	struct guard_facts f = world_facts(w, n->id, &n->topics, false, bounds->bug);

	if (bounds->bug == IDENTITY_NOT_OF_THE_CAPTURE || bounds->bug == WIPED_IS_ADOPTED)
		f.identity = GUARD_IDENTITY_LEFT;
	if (bounds->bug == CONTESTED_IS_ADOPTED)
		f.adoptions_contested = false;
	return guard_may_publish(&f, n->epoch);
}

/* A node's steps, in the order of enum phase. */

static void
stop(struct node *n)
{
	memset(n, 0, sizeof *n);
}

static void
claim(struct world *w, struct node *n, const struct bounds *bounds)
{
	struct cluster *c = &w->cluster[n->cluster];

	if (bounds->bug == CHOSEN_BEFORE_THE_CLAIM && n->again == 0) {
		n->topics = w->chosen.topics;
		n->again = 1;
		return;
	}
	w->claims[n->epoch] |= (uint8_t)(1u << n->id);
	c->served |= n->id == c->id;
	n->phase = CHECK_CLAIM;
	n->again = 0;
}

static void
check_claim(struct world *w, struct node *n, const struct bounds *bounds)
{
	if (world_verdict(w, n->cluster, bounds->bug).row != GUARD_UNFINISHED ||
	    world_epoch(w) != n->epoch) {
		stop(n);
		return;
	}
	if (bounds->bug != CHOSEN_BEFORE_THE_CLAIM)
		n->topics = w->chosen.topics;
	n->phase = APPLY;
}

/* choice: a cold restore.  It writes all topics, with their old ids. */
static bool
apply(struct world *w, struct node *n, unsigned choice)
{
	struct cluster *c = &w->cluster[n->cluster];
	unsigned missing = topics_names(&n->topics) & ~topics_names(&c->topics);

	if (choice != 0 && (c->unstarted == 0 || missing == 0))
		return false;
	if (choice != 0) {
		c->topics = n->topics;
		c->unstarted = c->lost = 0;
		return true;
	}
	for (unsigned name = 0; name < NAMES; name++)
		if ((missing >> name & 1u) != 0) {
			world_create(w, c, name, false);
			return true;
		}
	n->topics = c->topics; /* verified: all is there */
	n->phase = CHECK_ADOPT;
	n->by = BY_RESTORE;
	c->lost = 0;
	return true;
}

static void
check_adopt(struct world *w, struct node *n, const struct bounds *bounds)
{
	enum guard_row row = world_verdict(w, n->cluster, bounds->bug).row;
	bool same_epoch = world_epoch(w) == n->epoch;

	if (same_epoch && row == GUARD_UNFINISHED) {
		n->phase = ADOPT;
	} else if (same_epoch && row == GUARD_ADOPTED) {
		n->phase = SEQUENCE;
		n->topics = (struct topics){{0}};
		n->by = BY_NOBODY;
	} else {
		stop(n);
	}
}

static void
adopt(struct world *w, struct node *n, const struct bounds *bounds)
{
	struct cluster *c = &w->cluster[n->cluster];
	struct adoption *a = &w->adoption[n->epoch][n->id];

	if (bounds->bug == IDS_READ_AT_ADOPTION)
		n->topics = c->topics;
	if (a->by == BY_NOBODY)
		a->topics = n->topics;
	else if (topics_names(&a->topics) != 0 && topics_names(&n->topics) != 0 &&
	         !topics_share_an_id(&a->topics, &n->topics))
		w->disagree[n->epoch] = 1;
	a->by = n->by > a->by ? n->by : a->by;
	if (n->by == BY_PERSON) { /* as it is: what is not in it is given up */
		w->promised &= (uint8_t)(topics_names(&n->topics) & topics_names(&c->topics));
		c->lost &= topics_names(&n->topics) != 0;
	}
	c->served |= n->id == c->id;
	n->topics = (struct topics){{0}};
	n->phase = SEQUENCE;
	n->by = BY_NOBODY;
}

static void
capture(struct world *w, struct node *n)
{
	const struct cluster *c = &w->cluster[n->cluster];

	n->id = c->id;
	n->topics = c->topics;
	n->lost = c->lost;
	n->forgiven = 0;
}

static void
choose_sequence(struct world *w, struct node *n, const struct bounds *bounds)
{
	if (bounds->bug == SEQUENCE_AFTER_CAPTURE && n->again == 0) {
		capture(w, n);
		n->again = 1;
		return;
	}
	n->again = 0;
	n->sequence = (uint8_t)(w->newest[n->epoch].sequence + 1);
	n->phase = bounds->bug == SEQUENCE_AFTER_CAPTURE ? CHECK_PUT : CAPTURE;
}

static void
check_put(struct world *w, struct node *n, const struct bounds *bounds)
{
	const struct snapshot *newest = &w->newest[n->epoch];
	bool first = n->again == 0 && newest->sequence < n->sequence;
	bool second = n->again != 0 && newest->sequence + 1 == n->sequence && newest->siblings == 0;

	if (bounds->bug != NO_CHECK_BEFORE_PUT &&
	    !((first || second) && may_publish(w, n, bounds)))
		stop(n);
	else
		n->phase = PUT;
}

/* A person who adopted a cluster as it is has accepted what fell. */
static bool
suspect(const struct world *w, const struct node *n)
{
	bool accepted = w->adoption[n->epoch][n->id].by == BY_PERSON &&
	                w->chosen_epoch < n->epoch;

	return topics_names(&n->topics) == 0 && topics_names(&w->chosen.topics) != 0 && !accepted;
}

/* choice: of two with one sequence, the random end of the name puts this one first, or second. */
static bool
put(struct world *w, struct node *n, unsigned choice, const struct bounds *bounds)
{
	struct snapshot s = {n->sequence, n->id, 0, n->topics};
	struct snapshot *newest = &w->newest[n->epoch];
	bool good = !suspect(w, n);
	bool tie = newest->sequence == s.sequence;

	if (choice != 0 && !tie)
		return false;
	if (tie)
		newest->siblings = 1;
	if (newest->sequence < s.sequence || (tie && choice == 0)) {
		s.siblings = tie;
		*newest = s;
	}
	if (good && (n->epoch > w->chosen_epoch ||
	             (n->epoch == w->chosen_epoch &&
	              (s.sequence > w->chosen.sequence ||
	               (s.sequence == w->chosen.sequence && choice == 0))))) {
		w->chosen = s;
		w->chosen_epoch = n->epoch;
	}
	n->phase = READ_BACK;
	if (n->again == 0 && bounds->bug != PUT_ONCE) {
		n->again = 1;
		n->sequence++;
		n->phase = CHECK_PUT;
	}
	return true;
}

static void
read_back(struct world *w, struct node *n, const struct bounds *bounds)
{
	const struct snapshot *newest = &w->newest[n->epoch];
	bool alone = newest->sequence == n->sequence && newest->siblings == 0;

	if (bounds->bug == NO_CHECK_AFTER_READ_BACK || (alone && may_publish(w, n, bounds))) {
		w->acknowledged = 1;
		w->promised |= (uint8_t)(topics_names(&n->topics) & ~(unsigned)n->forgiven);
		if (n->lost != 0)
			w->broken = S0_LOST_DISKS_BACKED_UP;
	}
	stop(n);
}

bool
world_step(struct world *w, unsigned node, unsigned choice, const struct bounds *bounds)
{
	struct node *n = &w->node[node];

	if (choice != 0 && n->phase != APPLY && n->phase != PUT)
		return false;
	switch ((enum phase)n->phase) {
	case IDLE:        return false;
	case CLAIM:       claim(w, n, bounds); break;
	case CHECK_CLAIM: check_claim(w, n, bounds); break;
	case APPLY:       return apply(w, n, choice);
	case CHECK_ADOPT: check_adopt(w, n, bounds); break;
	case ADOPT:       adopt(w, n, bounds); break;
	case SEQUENCE:    choose_sequence(w, n, bounds); break;
	case CAPTURE:     capture(w, n); n->phase = CHECK_PUT; break;
	case CHECK_PUT:   check_put(w, n, bounds); break;
	case PUT:         return put(w, n, choice, bounds);
	case READ_BACK:   read_back(w, n, bounds); break;
	}
	return true;
}

/* A hook begins: facts are read, the guard is asked, its answer becomes the node's first phase. */

static void
begin_adoption(struct world *w, struct node *n, struct cluster *c, enum adopter by)
{
	n->phase = ADOPT;
	n->epoch = (uint8_t)(world_epoch(w) + 1);
	n->by = (uint8_t)by;
	n->topics = c->topics;
	c->lost = 0;
}

static void
begin_claim(struct world *w, struct node *n)
{
	n->phase = CLAIM;
	n->epoch = (uint8_t)(world_epoch(w) + 1);
}

static void
begin_backup(struct world *w, struct node *n, const struct cluster *c)
{
	n->epoch = world_epoch(w);
	n->phase = SEQUENCE;
	if (w->newest[n->epoch].sequence == 0 &&
	    w->adoption[n->epoch][c->id].by == BY_RESTORE) {
		n->topics = w->chosen.topics;
		n->phase = APPLY;
	}
}

static bool
begin_as_a_person(struct world *w, struct node *n, enum hook hook, enum guard_row row,
                  const struct bounds *bounds)
{
	if (row != GUARD_FENCED && row != GUARD_FOREIGN && row != GUARD_CONTESTED &&
	    row != GUARD_WIPED && row != GUARD_WIPED_USED)
		return false;
	if (hook == PERSON_ADOPTS && bounds->bug != ADOPT_REFUSED)
		begin_adoption(w, n, &w->cluster[n->cluster], BY_PERSON);
	else if (hook == PERSON_RESTORES)
		begin_claim(w, n);
	return n->phase != IDLE;
}

static bool
begin(struct world *w, struct node *n, enum hook hook, bool store_answers,
      const struct bounds *bounds)
{
	struct cluster *c = &w->cluster[n->cluster];
	struct guard_facts f = {.store_answered = false, .something_to_keep = true};
	struct guard_verdict v;

	if (store_answers)
		f = world_facts(w, c->id, &c->topics, c->configured == 0, bounds->bug);
	v = world_judge(&f, bounds->bug);
	if (hook == PERSON_ADOPTS || hook == PERSON_RESTORES)
		return begin_as_a_person(w, n, hook, v.row, bounds);
	switch (v.action[hook == PERIODIC ? GUARD_PERIODIC : GUARD_POST_POWERON]) {
	case GUARD_BACK_UP:
		begin_backup(w, n, c);
		break;
	case GUARD_ADOPT_AND_BACK_UP:
		begin_adoption(w, n, c, BY_FIRST);
		break;
	case GUARD_CLAIM_AND_RESTORE:
		if (v.row == GUARD_NEWCOMER && c->served != 0 && f.something_to_keep)
			w->broken = S3_TAKEN_BACK;
		begin_claim(w, n);
		break;
	case GUARD_GO_ON:
		n->epoch = world_epoch(w);
		n->phase = CHECK_CLAIM;
		break;
	case GUARD_OK_OR_GO_ON:
		if (w->newest[world_epoch(w)].sequence != 0)
			return false;
		begin_backup(w, n, c);
		break;
	default:
		return false;
	}
	return true;
}

static bool
within(const struct node *n, const struct bounds *bounds)
{
	return n->epoch <= bounds->epochs && n->sequence <= bounds->sequences;
}

bool
world_start(struct world *w, unsigned cluster, enum hook hook, bool store_answers,
            const struct bounds *bounds)
{
	for (unsigned i = 0; i < bounds->nodes; i++) {
		struct node *n = &w->node[i];

		if (n->phase != IDLE)
			continue;
		n->cluster = (uint8_t)cluster;
		n->id = w->cluster[cluster].id;
		if (!begin(w, n, hook, store_answers, bounds))
			return false;
		if (!store_answers)
			w->broken = S4_BEGUN_BLINDLY;
		return within(n, bounds);
	}
	return false;
}
