/*
 * topics_capture.c - see topics.h: list, describe (with the proof), configs, emit.
 *
 * Invariant: `seen` is sorted by name from the end of the list step on; results are matched by
 * name, since brokers answer in an order of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "core/kafka/topics.h"
#include "core/kafka/topics_capture.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->name, ((const struct seen *)b)->name);
}

struct seen *
topics_seen(const struct topics_capture *t, const char *name)
{
	struct seen key = { .name = name };

	return t->count == 0 ? NULL : bsearch(&key, t->seen, t->count, sizeof key, by_name);
}

struct batch *
topics_batch(struct topics_capture *t, size_t i, size_t size, size_t total, struct err *e)
{
	struct batch *b = calloc(1, sizeof *b);

	if (b == NULL) {
		(void)err_memory(e, "describing topics");
		return NULL;
	}
	b->t = t;
	b->first = i * size;
	b->count = total - b->first < size ? total - b->first : size;
	return b;
}

/* ---- list: what the broker shows, and what the newest snapshot has beyond that ---- */

static size_t
add_known(struct topics_capture *t, size_t room)
{
	const struct line_set *known = t->capture->known;
	size_t i, listed = t->count, added = 0;

	for (i = 0; known != NULL && i < known->count && added < room; i++) {
		struct seen key = { .name = known->lines[i].key };

		if (known->lines[i].kind != KIND_TOPIC ||
		    (listed > 0 && bsearch(&key, t->seen, listed, sizeof key, by_name) != NULL))
			continue;
		t->seen[listed + added].name = arena_text(&t->arena, key.name);
		if (t->seen[listed + added].name != NULL)
			added++;
	}
	return added;
}

static int
take_list(struct topics_capture *t, const struct topic_listing *topics, size_t count,
          struct err *e)
{
	size_t i, room = t->capture->known == NULL ? 0 : t->capture->known->count;

	t->seen = calloc(count + room + 1, sizeof *t->seen);
	if (t->seen == NULL)
		return err_memory(e, "listing topics");
	for (i = 0; i < count; i++) {
		t->seen[i].name = arena_text(&t->arena, topics[i].name);
		if (t->seen[i].name == NULL)
			return err_memory(e, "listing topics");
	}
	t->count = count;
	qsort(t->seen, t->count, sizeof *t->seen, by_name);
	t->count += add_known(t, room);
	qsort(t->seen, t->count, sizeof *t->seen, by_name);
	return 0;
}

static void
listed(void *arg, int rc, const struct topic_listing *topics, size_t count, const struct err *e)
{
	struct topics_capture *t = arg;
	struct err err = *e;

	if (rc == 0)
		rc = take_list(t, topics, count, &err);
	job_next(&t->job, rc, &err);
}

static void
step_list(struct job *j)
{
	struct topics_capture *t = TOPICS_CAPTURE(j);
	int rc = client_list_topics(t->client, listed, t, &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- emit ---- */

static int
emit(struct topics_capture *t, const struct seen *s, struct err *e)
{
	struct line line = { .kind = KIND_TOPIC, .key = s->name, .key_len = strlen(s->name) };
	int rc = 0;

	if (s->identity == NULL)
		return 0;
	if (s->value != NULL) {
		line.value = s->value;
		line.value_len = strlen(s->value);
		rc = line_set_add(t->capture->lines, &line, e);
	}
	line.kind = KIND_IDENTITY;
	line.value = s->identity;
	line.value_len = strlen(s->identity);
	return rc != 0 ? rc : line_set_add(t->capture->lines, &line, e);
}

static void
step_emit(struct job *j)
{
	struct topics_capture *t = TOPICS_CAPTURE(j);
	size_t i;
	int rc = 0;

	for (i = 0; i < t->count && rc == 0; i++)
		rc = emit(t, &t->seen[i], &j->err);
	job_next(j, rc, NULL);
}

static void
capture_done(struct job *j)
{
	struct topics_capture *t = TOPICS_CAPTURE(j);
	struct capture *c = t->capture;
	struct err err = j->err;

	arena_release(&t->arena);
	buf_release(&t->text);
	free(t->seen);
	free(t->wanted);
	free(t);
	c->done(c, err.code, &err);
}

int
topics_capture(struct capture *c, struct err *e)
{
	static const struct job_step steps[] = {
		{ "list topics", step_list },     { "describe topics", topics_describe },
		{ "read configs", topics_configs }, { "emit", step_emit },
		{ NULL, NULL },
	};
	struct topics_capture *t = calloc(1, sizeof *t);

	if (t == NULL)
		return err_memory(e, "capturing topics");
	t->capture = c;
	t->client = c->server;
	arena_init(&t->arena, (size_t)1 << 30);
	buf_init(&t->text, LINE_MAX_BYTES);
	job_start(&t->job, c->loop, steps, capture_done, NULL);
	return 0;
}
