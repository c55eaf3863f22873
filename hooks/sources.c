/* sources.c - see sources.h */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hooks/kinds.h"
#include "hooks/survey.h"

static bool
is_open(const struct kind_source *source)
{
	return !source->found && !source->ended && source->next.epoch != 0;
}

static struct seal_position
position_of(const struct seal_header *h)
{
	return (struct seal_position){ h->epoch, h->sequence };
}

/* ---- one snapshot ---- */

static void
look_for(struct survey *s, enum kind kind, const struct seal_header *h, const char *name)
{
	struct kind_source *source = &s->sources[kind];
	const struct kind_entry *entry = &h->kinds[kind];

	source->ended = entry->state == STATE_DISABLED ||
	                (entry->state == STATE_PENDING && /* a person said that it is gone */
	                 records_gave_up(&s->records, kind, h->epoch, h->sequence));
	source->found = entry->state == STATE_CAPTURED &&
	                (!entry->suspect ||
	                 records_accepted(&s->records, kind, NULL, h->epoch, h->sequence));
	source->suspect = source->suspect || (entry->suspect && !source->found);
	source->passed = source->passed || source->suspect || h->behind[kind].epoch != 0 ||
	                 entry->state == STATE_PENDING || entry->state == STATE_UNREACHABLE;
	if (entry->state == STATE_CAPTURED && source->captured.epoch == 0)
		source->captured = position_of(h);
	if (source->found) {
		source->header = *h;
		(void)snprintf(source->name, sizeof source->name, "%s", name);
	}
	source->next = position_of(h);
	if (seal_position_compare(source->further, h->behind[kind]) < 0)
		source->further = h->behind[kind];
}

/* It answers for every kind that is looked for here or at a newer place where nothing is left. */
static void
look(struct survey *s, const struct seal_header *h, const char *name)
{
	size_t i;

	s->search.here = position_of(h);
	for (i = 0; i < kind_count(); i++) {
		enum kind kind = kind_at(i)->kind;

		if (is_open(&s->sources[kind]) &&
		    seal_position_compare(s->sources[kind].next, s->search.here) >= 0)
			look_for(s, kind, h, name);
	}
}

/* ---- from place to place ---- */

static void look_on(struct survey *s);

static void
header_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct survey *s = arg;
	const char *name = s->search.after;
	struct seal_header header;
	enum seal_refusal why;
	struct err err = *e;

	if (rc != 0 && rc != ERR_MISSING && rc != ERR_CORRUPT) {
		job_next(&s->job, rc, &err);
		return;
	}
	if (rc == 0 && seal_read_header_as(bytes, len, total, s->service, name, s->keys, &header, &why, &err) == 0)
		look(s, &header, name);
	look_on(s);
}

static void
read_header(struct survey *s, const char *name)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	(void)snprintf(s->search.after, sizeof s->search.after, "%s", name);
	(void)snprintf(path, sizeof path, "%s/s/%s", s->service, name);
	rc = s->store->ops->get(s->store, path, 0, SEAL_HEADER_BYTES, SEAL_HEADER_BYTES, header_got,
	                        s, &e);
	if (rc != 0)
		job_next(&s->job, rc, &e);
}

static void
listed(void *arg, int rc, const struct store_page *page, const struct err *e)
{
	struct survey *s = arg;
	struct source_search *search = &s->search;
	struct err err = *e;

	search->at = 0;
	if (rc == 0)
		rc = survey_keep_page(s, page, &search->names, &search->count, &search->more, &err);
	if (rc != 0)
		job_next(&s->job, rc, &err);
	else
		look_on(s);
}

static void
list_on(struct survey *s)
{
	char path[OBJECT_NAME_MAX];
	struct err e = { 0 };
	int rc;

	(void)snprintf(path, sizeof path, "%s/s", s->service);
	rc = s->store->ops->list(s->store, path, s->search.after, STORE_PAGE_MAX, listed, s, &e);
	if (rc != 0)
		job_next(&s->job, rc, &e);
}

/* The first name behind search->after, and its place; NULL: the page has none. */
static const char *
next_name(struct source_search *search, struct seal_position *place)
{
	unsigned char id[SNAPSHOT_ID_BYTES];

	for (; search->at < search->count; search->at++) {
		const char *name = search->names[search->at];

		if (strcmp(name, search->after) > 0 &&
		    seal_parse_name(name, &place->epoch, &place->sequence, id))
			return name;
	}
	return NULL;
}

/* Is another snapshot of this place to be asked for what this one did not have? */
static bool
more_of_this_place(struct survey *s)
{
	struct seal_position place;
	size_t i;

	if (next_name(&s->search, &place) == NULL || seal_position_compare(place, s->search.here) != 0)
		return false;
	for (i = 0; i < kind_count(); i++) {
		const struct kind_source *source = &s->sources[kind_at(i)->kind];

		if (is_open(source) && seal_position_compare(source->next, s->search.here) == 0)
			return true;
	}
	return false;
}

/* Done with this place: the newest of those where the kinds that are still open send us. */
static struct seal_position
next_place(struct survey *s)
{
	struct seal_position newest = { 0 };
	size_t i;

	for (i = 0; i < kind_count(); i++) {
		struct kind_source *source = &s->sources[kind_at(i)->kind];

		if (is_open(source) && seal_position_compare(source->next, s->search.here) == 0) {
			source->next = source->further;
			source->further = (struct seal_position){ 0 };
		}
		if (is_open(source) && seal_position_compare(source->next, newest) > 0)
			newest = source->next;
	}
	return newest;
}

static void
look_on(struct survey *s)
{
	struct source_search *search = &s->search;
	char first[SEAL_OBJECT_NAME_SIZE]; /* sorts before every name of the place */
	struct seal_position place;
	const char *name;

	if (!more_of_this_place(s)) {
		place = next_place(s);
		(void)snprintf(first, sizeof first, "%016" PRIx64 "%016" PRIx64, ~place.epoch,
		               ~place.sequence);
		if (place.epoch == 0) {
			job_next(&s->job, 0, NULL);
			return;
		}
		if (strcmp(first, search->after) > 0)
			(void)snprintf(search->after, sizeof search->after, "%s", first);
	}
	name = next_name(search, &place);
	if (name != NULL)
		read_header(s, name);
	else if (search->more)
		list_on(s);
	else
		job_next(&s->job, 0, NULL); /* nothing older is left */
}

void
sources_find(struct survey *s)
{
	unsigned i;

	s->search = (struct source_search){ .names = s->names, .count = s->count, .more = s->more };
	(void)snprintf(s->search.after, sizeof s->search.after, "%s", s->newest_name);
	for (i = 0; kind_is_resource((enum kind)i); i++) { /* also those that this build does not know */
		s->sources[i].captured = s->newest.kinds[i].state == STATE_CAPTURED
		                                 ? position_of(&s->newest)
		                                 : s->newest.behind[i];
	}
	for (i = 0; i < kind_count(); i++) {
		struct kind_source *source = &s->sources[kind_at(i)->kind];

		source->captured = (struct seal_position){ 0 };
		source->next = position_of(&s->newest);
	}
	look(s, &s->newest, s->newest_name);
	look_on(s);
}

struct seal_position
sources_behind(const struct survey *s, enum kind kind, const struct kind_entry *entry)
{
	const struct kind_source *source = &s->sources[kind];

	if (entry->state == STATE_DISABLED || (entry->state == STATE_CAPTURED && !entry->suspect))
		return (struct seal_position){ 0 };
	return entry->state == STATE_CAPTURED && source->found ? position_of(&source->header)
	                                                        : source->captured;
}
