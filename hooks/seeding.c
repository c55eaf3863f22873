/* seeding.c - see seeding.h */
#include "hooks/seeding.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kraft/checkpoint.h"
#include "core/kraft/lines.h"
#include "core/kraft/seed.h"

void
seeding_free(struct seeding *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->log_dir_count; i++)
		free((char *)(uintptr_t)s->log_dirs[i]);
	free(s->log_dirs);
	free(s->dir);
	free(s->brokers);
	line_set_release(&s->formatted);
	line_set_release(&s->lines);
	line_set_release(&s->identities);
	free(s);
}

static int
by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

struct seeding *
seeding_new(const struct config *config)
{
	const struct config_numbers *ids = &config->kraft.broker_ids;
	struct seeding *s = calloc(1, sizeof *s);
	size_t i, n = config->kraft.log_dirs.count;

	if (s == NULL)
		return NULL;
	line_set_init(&s->formatted, (size_t)1 << 30);
	line_set_init(&s->lines, (size_t)1 << 30);
	line_set_init(&s->identities, (size_t)1 << 30);
	s->dir = strdup(config->kraft.metadata_log_dir);
	s->log_dirs = calloc(n + 1, sizeof *s->log_dirs);
	s->brokers = calloc(ids->count + 1, sizeof *s->brokers);
	for (i = 0; i < n && s->log_dirs != NULL; i++) {
		s->log_dirs[i] = strdup(config->kraft.log_dirs.items[i]);
		s->log_dir_count += s->log_dirs[i] != NULL;
	}
	if (s->dir == NULL || s->log_dirs == NULL || s->brokers == NULL || s->log_dir_count != n) {
		seeding_free(s);
		return NULL;
	}
	s->broker_count = ids->count;
	for (i = 0; i < ids->count; i++)
		s->brokers[i] = ids->items[i];
	qsort(s->brokers, s->broker_count, sizeof *s->brokers, by_number);
	return s;
}

/* ---- what the node was formatted with ---- */

void
seeding_look(struct seeding *s)
{
	struct checkpoint c;

	if (checkpoint_open(&c, s->dir, s->log_dirs, s->log_dir_count, &s->err) != 0)
		return;
	s->node = c.node;
	s->controller = c.found;
	s->voters = c.voters;
	s->metadata_version = image_metadata_version(&c.image);
	if (s->broker_count == 0) { /* this one node is controller and broker at once */
		s->brokers[0] = c.node.node;
		s->broker_count = 1;
	}
	if (c.found && image_lines(&c.image, LOG_KINDS, &s->formatted, &s->err) == 0)
		(void)line_set_sort(&s->formatted, &s->err);
	checkpoint_close(&c);
}

/* ---- what it is to start with ---- */

static int
add_records(struct seeding *s, struct frames *all)
{
	struct seed seed = { .brokers = s->brokers, .broker_count = s->broker_count,
		             .identities = &s->identities, .formatted = &s->formatted,
		             .metadata_version = s->metadata_version };
	size_t i;
	int rc = seed_begin(&seed, &s->err);

	for (i = 0; i < s->lines.count && rc == 0; i++)
		rc = seed_line(&seed, &s->lines.lines[i], &s->err);
	for (i = 0; i < SEED_SECTIONS; i++)
		frames_append(all, &seed.sections[i]);
	s->added = seed.added;
	s->there = seed.there;
	seed_release(&seed);
	return rc;
}

void
seeding_write(struct seeding *s)
{
	struct checkpoint c;
	struct frames all;

	/* opened again: it must still be as fresh as it was */
	if (checkpoint_open(&c, s->dir, s->log_dirs, s->log_dir_count, &s->err) != 0)
		return;
	frames_init(&all);
	if (add_records(s, &all) == 0)
		(void)checkpoint_extend(&c, &all, &s->err);
	frames_release(&all);
	checkpoint_close(&c);
}
