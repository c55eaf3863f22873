/* topic_read.c - see topic_read.h: what is kept of what topic_scan.h reads */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/kafka/topic_read.h"
#include "core/kafka/topic_scan.h"
#include "core/loop/work.h"

struct kept {
	struct topic_record record;
	size_t              order; /* of records with one key the last counts */
	bool                ended; /* a tombstone */
};

struct reading { /* the thread's, until it has ended */
	struct topic_scan scan;
	char             *topic;
	topic_take_fn    *take;
	struct arena      arena; /* of keys and values */
	struct kept      *kept;
	size_t            count, capacity, read;
};

struct waiter { /* the loop's, since the thread may be left behind */
	struct loop    *loop;
	struct client  *client;
	struct reading *reading;
	topic_read_fn  *fn;
	void           *arg;
	char            topic[256];
};

/* ---- what is kept ---- */

static int
by_key(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int order = strcmp(x->record.key, y->record.key);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* Sort, and leave the last of each key; at the end tombstones go too. */
static void
settle(struct reading *r, bool at_end)
{
	size_t i, n = 0;

	if (r->count > 0)
		qsort(r->kept, r->count, sizeof *r->kept, by_key);
	for (i = 0; i < r->count; i++) {
		if (i + 1 < r->count &&
		    strcmp(r->kept[i].record.key, r->kept[i + 1].record.key) == 0)
			continue;
		if (!at_end || !r->kept[i].ended)
			r->kept[n++] = r->kept[i];
	}
	r->count = n;
}

static int
make_room(struct reading *r)
{
	size_t room = r->capacity == 0 ? 256 : r->capacity * 2;
	struct kept *more;

	if (r->count == r->capacity)
		settle(r, false);
	if (r->count <= r->capacity / 2 && r->capacity > 0)
		return 0;
	more = room * sizeof *more > TOPIC_READ_MAX ? NULL : realloc(r->kept, room * sizeof *more);
	if (more == NULL)
		return -1;
	r->kept = more;
	r->capacity = room;
	return 0;
}

static int
keep(struct topic_scan *scan, const rd_kafka_message_t *m)
{
	struct reading *r = container_of(scan, struct reading, scan);
	struct kept k = { .order = r->read++, .ended = m->payload == NULL };
	char *key = m->key == NULL || memchr(m->key, 0, m->key_len) != NULL
	                ? NULL
	                : strndup(m->key, m->key_len);
	enum topic_take take = key == NULL ? TAKE_NOTHING : r->take(key, m->payload, m->len);
	int rc = 0;

	if (take != TAKE_NOTHING) {
		k.record.key = arena_text(&r->arena, key);
		if (take == TAKE_RECORD && !k.ended) {
			k.record.value = arena_copy(&r->arena, m->payload, m->len);
			k.record.value_len = m->len;
		}
		if (k.record.key == NULL || (k.record.value == NULL && k.record.value_len > 0) ||
		    (r->count == r->capacity && make_room(r) != 0))
			rc = err_set(&scan->err, ERR_FAILED, "no memory, or more than %zu MiB to keep",
			             TOPIC_READ_MAX >> 20);
		else
			r->kept[r->count++] = k;
	}
	free(key);
	return rc;
}

/* ---- the thread ---- */

static void
reading_run(void *data)
{
	struct reading *r = data;

	topic_scan(&r->scan);
	settle(r, true);
}

static void
reading_release(void *data)
{
	struct reading *r = data;

	if (r->scan.conf != NULL)
		rd_kafka_conf_destroy(r->scan.conf);
	arena_release(&r->arena);
	free(r->kept);
	free(r->topic);
	free(r);
}

/* ---- the loop ---- */

static void
reading_done(void *arg, int rc)
{
	struct waiter *w = arg;
	struct topic_record *records = NULL;
	struct err e = { 0 };
	size_t i, count = 0;

	if (rc != 0)
		(void)loop_check(w->loop, &e); /* the reading is the thread's now */
	else
		rc = topic_scan_outcome(&w->reading->scan, w->client, w->topic, &e);
	if (rc == 0) {
		count = w->reading->count;
		records = calloc(count + 1, sizeof *records);
		if (records == NULL)
			rc = err_memory(&e, "reading a topic");
		for (i = 0; i < count && rc == 0; i++)
			records[i] = w->reading->kept[i].record;
	}
	w->fn(w->arg, rc, records, rc == 0 ? count : 0, rc == 0 ? w->reading->scan.end : 0, &e);
	free(records);
	free(w);
}

static struct reading *
reading_new(struct loop *l, const struct client *c, const char *topic, topic_take_fn *take)
{
	struct reading *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	arena_init(&r->arena, TOPIC_READ_MAX);
	r->topic = strdup(topic);
	r->take = take;
	r->scan = (struct topic_scan){ .conf = client_conf(c), .topic = r->topic, .each = keep,
		                       .timeout_ms = loop_remaining_ms(l, REQUEST_TIMEOUT_MS) };
	if (r->scan.conf != NULL && r->topic != NULL)
		return r;
	reading_release(r);
	return NULL;
}

int
topic_read(struct loop *l, struct client *c, const char *topic, topic_take_fn *take,
           topic_read_fn *fn, void *arg, struct err *e)
{
	static const struct work_call call = { reading_run, reading_release, reading_done };
	struct waiter *w = calloc(1, sizeof *w);
	struct reading *r = w == NULL ? NULL : reading_new(l, c, topic, take);
	int rc;

	if (r == NULL) {
		free(w);
		return err_memory(e, "reading a topic");
	}
	*w = (struct waiter){ .loop = l, .client = c, .reading = r, .fn = fn, .arg = arg };
	(void)snprintf(w->topic, sizeof w->topic, "%s", topic);
	rc = work_start(l, &call, r, w, e);
	if (rc != 0) {
		reading_release(r);
		free(w);
	}
	return rc;
}
