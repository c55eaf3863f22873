/* log_source.c - see log_source.h */
#include "core/kafka/log_source.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/kraft/node.h"
#include "core/loop/work.h"

#define OWNER(j) container_of(j, struct log_source, job)
#define PATIENCE_MS              30000u
#define PATIENCE_A_PARTITION_MS  5u

/* ---- a reading ---- */

struct log_reading {
	char                  *dir, *cluster; /* cluster NULL: any */
	struct image           image;
	struct log_position    position;
	int64_t                since, noted_since; /* see metadata_log_read_since() */
	struct node_properties node;
	struct err             err;
};

static void
reading_release(void *data)
{
	struct log_reading *r = data;

	image_release(&r->image);
	free(r->dir);
	free(r->cluster);
	free(r);
}

static void
reading_run(void *data)
{
	struct log_reading *r = data;

	if (node_properties_read(r->dir, &r->node, &r->err) != 0)
		return;
	if (r->cluster != NULL && strcmp(r->cluster, r->node.cluster) != 0)
		(void)err_set(&r->err, ERR_AGAIN,
		              "the metadata log in %s is of the cluster %s, and the brokers are of %s: the "
		              "disk was left behind by another one, or kraft.metadata_log_dir is wrong",
		              r->dir, r->node.cluster, r->cluster);
	else
		(void)metadata_log_read_since(r->dir, r->since, &r->image, &r->position, &r->noted_since,
		                              &r->err);
}

static struct log_reading *
reading_new(const struct log_source *s)
{
	struct log_reading *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->since = s->since;
	r->dir = strdup(s->dir);
	r->cluster = s->cluster == NULL ? NULL : strdup(s->cluster);
	if (r->dir != NULL && (s->cluster == NULL || r->cluster != NULL))
		return r;
	reading_release(r);
	return NULL;
}

/* One of those that a step waits for has ended; the first error is the step's. */
static void
came(struct log_source *s, int rc, const struct err *e)
{
	if (rc != 0 && s->failed.code == 0)
		s->failed = *e;
	if (--s->awaited == 0)
		job_next(&s->job, s->failed.code, &s->failed);
}

static void
read_done(void *arg, int rc)
{
	struct log_source *s = arg;
	struct err e = { 0 };

	if (rc != 0) {
		(void)loop_check(s->loop, &e);
		came(s, rc, &e);
		return;
	}
	if (s->reading->err.code == 0) { /* the image moves: the reading is still ours in here */
		image_release(&s->image);
		s->image = s->reading->image;
		s->reading->image = (struct image){ .topics = { .head = NULL } };
		s->position = s->reading->position;
		s->noted = s->since != INT64_MAX && s->reading->noted_since == s->since;
		if (!s->noted) /* the first one, or a checkpoint took the place of records */
			s->since = s->position.offset;
	}
	came(s, s->reading->err.code, &s->reading->err);
}

static int
read_log(struct log_source *s, struct err *e)
{
	static const struct work_call call = { reading_run, reading_release, read_done };
	int rc;

	s->reading = reading_new(s);
	if (s->reading == NULL)
		return err_memory(e, "reading the metadata log");
	rc = work_start(s->loop, &call, s->reading, s, e);
	if (rc != 0)
		reading_release(s->reading);
	return rc;
}

static void
step_read(struct job *j)
{
	struct log_source *s = OWNER(j);
	int rc;

	s->awaited = 1;
	rc = read_log(s, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- the comparison ---- */

/* How many partitions a topic has; 0: it is not there. */
static uint32_t
partitions_of(const struct image *image, const unsigned char *name, size_t len)
{
	struct table_item id, topic;
	struct cursor c;

	if (!table_find(&image->names, name, len, &id) ||
	    !table_find(&image->topics, id.value, id.value_len, &topic))
		return 0;
	c = cursor_of(topic.value, topic.value_len);
	return (uint32_t)cursor_number(&c, 4);
}

static int
differ(struct log_source *s, const char *name, size_t len, uint32_t logged, uint32_t shown)
{
	return err_set(&s->differs, ERR_AGAIN,
	               "the metadata log in %s and the brokers differ: topic %.*s has %u partitions in the "
	               "log and %u at the brokers; if it lasts, the disk is not that of a running node, or "
	               "this user may not Describe every topic",
	               s->dir, (int)(len < 249 ? len : 249), name, logged, shown);
}

/* As this reading says, or the one before, or a record behind the first one. */
static bool
explained(const struct log_source *s, const unsigned char *name, size_t len, uint32_t shown)
{
	struct table_item change;

	if (partitions_of(&s->image, name, len) == shown)
		return true;
	return s->compared && (partitions_of(&s->before, name, len) == shown ||
	                       (s->noted && table_find(&s->image.changed, name, len, &change)));
}

/* 0: what the brokers showed is this reading, or between it and the one before. */
static int
compare(struct log_source *s)
{
	const struct table_entry *at = NULL;
	struct table_item item, there;
	struct cursor c;
	uint32_t shown;

	while (table_next(&s->shown, &at, &item)) {
		c = cursor_of(item.value, item.value_len);
		shown = (uint32_t)cursor_number(&c, 4);
		if (!explained(s, item.key, item.key_len, shown))
			return differ(s, (const char *)item.key, item.key_len,
			              partitions_of(&s->image, item.key, item.key_len), shown);
	}
	for (at = NULL; table_next(&s->image.names, &at, &item);)
		if (!table_find(&s->shown, item.key, item.key_len, &there) &&
		    !explained(s, item.key, item.key_len, 0))
			return differ(s, (const char *)item.key, item.key_len,
			              partitions_of(&s->image, item.key, item.key_len), 0);
	return 0;
}

static void
again(void *arg, int rc)
{
	struct log_source *s = arg;
	struct err e = { 0 };

	if (rc != 0) {
		(void)loop_check(s->loop, &e);
		job_next(&s->job, rc, &e);
		return;
	}
	job_go_to(&s->job, "read the log");
}

/* This reading becomes the one before: what brokers have shown is compared with both. */
static void
read_again(struct log_source *s, bool comparable)
{
	struct err e = { 0 };

	if (s->until_ms == 0)
		s->until_ms = loop_now_ms(s->loop) + PATIENCE_MS +
		              PATIENCE_A_PARTITION_MS * s->image.partitions.count;
	image_release(&s->before);
	s->before = s->image;
	s->image = (struct image){ .topics = { .head = NULL } };
	s->compared = comparable;
	if (loop_now_ms(s->loop) >= s->until_ms || retry_wait(&s->retry, s->loop, again, s, &e) != 0)
		job_next(&s->job, s->differs.code, &s->differs);
}

static void
step_between(struct job *j)
{
	struct log_source *s = OWNER(j);

	if (s->compared && compare(s) == 0)
		job_finish(j);
	else
		job_next(j, 0, NULL);
}

static int
take_listing(struct log_source *s, const struct topic_listing *topics, size_t count, struct err *e)
{
	uint32_t shown;
	size_t i;
	int rc = 0;

	table_release(&s->shown);
	for (i = 0; i < count && rc == 0; i++) {
		shown = htobe32(topics[i].partitions);
		rc = table_put(&s->shown, topics[i].name, strlen(topics[i].name), &shown, sizeof shown, e);
	}
	return rc;
}

/* A topic that has been created is there for clients once all of it has leaders. */
static bool
all_led(struct log_source *s, const struct topic_listing *topics, size_t count)
{
	size_t i;

	for (i = 0; i < count && s->led != NULL; i++)
		if (topics[i].led < topics[i].partitions &&
		    line_set_find(s->led, KIND_TOPIC, topics[i].name) != NULL) {
			(void)err_set(&s->differs, ERR_AGAIN,
			              "%u of %u partitions of topic %.249s have a leader: are all brokers up that "
			              "have them?",
			              topics[i].led, topics[i].partitions, topics[i].name);
			return false;
		}
	return true;
}

/* What was read and what was shown are both there: is it the same? */
static void
step_compare(struct job *j)
{
	struct log_source *s = OWNER(j);

	s->compared = false; /* the reading before is older than what was shown now */
	if (s->client == NULL || (s->led_by_all && compare(s) == 0))
		job_finish(j);
	else
		read_again(s, s->led_by_all);
}

static void
listed(void *arg, int rc, const struct topic_listing *topics, size_t count, const struct err *e)
{
	struct log_source *s = arg;
	struct err err = *e;

	s->led_by_all = rc == 0 && all_led(s, topics, count);
	if (rc == 0)
		rc = take_listing(s, topics, count, &err);
	came(s, rc, &err);
}

static void
step_list(struct job *j)
{
	struct log_source *s = OWNER(j);
	int rc;

	s->awaited = 1;
	rc = client_list_topics(s->client, listed, s, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* Mostly nothing changes meanwhile: then neither has waited for the other. */
static void
step_read_and_list(struct job *j)
{
	struct log_source *s = OWNER(j);
	int rc;

	s->awaited = s->client == NULL ? 1 : 2;
	rc = read_log(s, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
	else if (s->client != NULL && client_list_topics(s->client, listed, s, &s->failed) != 0)
		s->awaited--; /* the reading's end says so */
}

static void
read_ended(struct job *j)
{
	struct log_source *s = OWNER(j);
	struct err err = j->err;

	image_release(&s->before);
	table_release(&s->shown);
	s->done(s, err.code, &err);
}

int
log_source_read(struct log_source *s, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read the log and ask the brokers", step_read_and_list },
		{ "compare", step_compare },
		/* what differs: */
		{ "read the log", step_read },
		{ "compare with what was shown", step_between },
		{ "ask the brokers", step_list },
		{ "compare again", step_compare },
		{ NULL, NULL },
	};
	int rc = loop_check(s->loop, e);

	if (rc != 0)
		return rc;
	log_source_release(s);
	s->retry = RETRY_TO_DEADLINE;
	s->retry.base_ms = 50;
	s->retry.cap_ms = 500;
	s->until_ms = 0;
	s->failed = (struct err){ .code = 0 };
	s->compared = false;
	s->since = INT64_MAX;
	job_start(&s->job, s->loop, steps, read_ended, NULL);
	return 0;
}

void
log_source_release(struct log_source *s)
{
	image_release(&s->image);
	image_release(&s->before);
	table_release(&s->shown);
}
