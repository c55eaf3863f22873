/* facts.c - see facts.h */
#include <string.h>

#include "hooks/facts.h"

struct gatherer {
	const struct survey   *s;
	const struct line_set *saved;
	struct id_list         live_ids;
	struct guard_facts    *f;
};

static bool
rolled_back(const struct survey *s, const struct params *p)
{
	if (!p->has_anchor || !s->found)
		return false;
	if (s->newest.epoch != p->anchor_epoch)
		return s->newest.epoch < p->anchor_epoch;
	if (s->newest.sequence != p->anchor_sequence)
		return s->newest.sequence < p->anchor_sequence;
	return memcmp(s->newest.document_hash, p->anchor_hash, DOCUMENT_HASH_BYTES) != 0;
}

/* ---- identity ---- */

static void
add_identity(enum guard_identity *identity, bool left)
{
	if (left)
		*identity = GUARD_IDENTITY_LEFT;
	else if (*identity == GUARD_IDENTITY_EMPTY)
		*identity = GUARD_IDENTITY_NONE_LEFT;
}

static void
add_record_ids(const struct gatherer *g, const struct record *r, enum guard_identity *identity)
{
	size_t i;

	for (i = 0; i < r->topic_id_count; i++)
		add_identity(identity, ids_have(&g->live_ids, r->topic_ids[i]));
}

static void
add_saved_ids(const struct gatherer *g, enum guard_identity *identity)
{
	char id[TOPIC_ID_SIZE];
	size_t i;

	for (i = 0; i < g->saved->count; i++)
		if (identity_topic_id(&g->saved->lines[i], id))
			add_identity(identity, ids_have(&g->live_ids, id));
}

/* ---- the records of E ---- */

static bool
common_ids(const struct record *a, const struct record *b)
{
	size_t i = 0, k = 0;
	int order;

	if (a->topic_id_count == 0 || b->topic_id_count == 0)
		return true;
	while (i < a->topic_id_count && k < b->topic_id_count) {
		order = strcmp(a->topic_ids[i], b->topic_ids[k]);
		if (order == 0)
			return true;
		i += order < 0;
		k += order > 0;
	}
	return false;
}

static void
gather_adoptions(const struct gatherer *g)
{
	const struct record_list *list = &g->s->records.adoptions;
	struct guard_facts *f = g->f;
	size_t i;
	bool ours;

	for (i = 0; i < list->count; i++) {
		const struct record *a = &list->records[i];

		ours = strcmp(a->cluster, g->s->cluster) == 0;
		if (a->epoch != f->epoch) {
			if (ours) {
				f->older_record_names_us = true;
				add_record_ids(g, a, &f->older_identity);
			}
			continue;
		}
		f->adoption_exists = true;
		f->adoption_names_us = f->adoption_names_us || ours;
		if (strcmp(a->cluster, list->records[0].cluster) != 0 ||
		    !common_ids(a, &list->records[0]))
			f->adoptions_contested = true;
	}
	if (f->adoption_exists && list->records[0].by == ADOPTED_FIRST && g->s->found &&
	    g->s->newest.epoch != f->epoch)
		f->adoptions_contested = true;
	for (i = 0; i < list->count; i++)
		if (list->records[i].epoch == f->epoch &&
		    (!f->adoption_names_us ||
		     strcmp(list->records[i].cluster, g->s->cluster) == 0))
			add_record_ids(g, &list->records[i], &f->identity);
}

static void
gather_claims(const struct gatherer *g)
{
	const struct record_list *list = &g->s->records.claims;
	struct guard_facts *f = g->f;
	bool have_winner = false, winner_is_us = false;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct record *c = &list->records[i];
		bool ours = strcmp(c->cluster, g->s->cluster) == 0;

		if (c->epoch != f->epoch) {
			f->older_record_names_us = f->older_record_names_us || ours;
			continue;
		}
		if (!have_winner)
			winner_is_us = ours;
		have_winner = true;
		f->winning_claim_names_us = winner_is_us;
		f->losing_claim_names_us = f->losing_claim_names_us || (ours && !winner_is_us);
	}
}

static void
gather_snapshot(const struct gatherer *g, const struct live *live, const struct config *config)
{
	struct guard_facts *f = g->f;
	size_t i;

	if (!g->s->found || g->s->newest.epoch != f->epoch)
		return;
	add_saved_ids(g, &f->identity);
	f->snapshot_has_something_to_keep = something_to_keep(config, g->saved);
	for (i = 0; i < g->saved->count && !f->snapshot_left; i++) {
		const struct line *l = &g->saved->lines[i];

		f->snapshot_left = is_of_cluster(config, l) &&
		                   line_set_find(&live->lines, l->kind, l->key) != NULL;
	}
}

int
facts_gather(const struct survey *s, const struct line_set *saved, const struct live *live,
             const struct config *config, const struct params *params, struct buf *found,
             struct guard_facts *ret, struct err *e)
{
	struct gatherer g = { .s = s, .saved = saved, .f = ret };
	struct arena arena;
	int rc;

	*ret = (struct guard_facts){
		.store_answered = true,
		.rolled_back = rolled_back(s, params),
		.has_snapshot = s->found,
		.has_anchor = params->has_anchor,
		.something_to_keep = something_to_keep(config, &live->lines),
		.fresh = is_fresh(config, &live->lines, saved, found),
		.epoch = s->epoch,
	};
	arena_init(&arena, (size_t)128 << 20);
	rc = ids_of_lines(&live->lines, &arena, &g.live_ids, e);
	if (rc == 0) {
		gather_adoptions(&g);
		gather_claims(&g);
		gather_snapshot(&g, live, config);
	}
	arena_release(&arena);
	return rc;
}
