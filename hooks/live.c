/* live.c - see live.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/base/json.h"
#include "core/kafka/topics.h"
#include "core/kraft/lines.h"
#include "core/seal/container.h"
#include "hooks/kinds.h"
#include "hooks/live.h"

#define OWNER(j) container_of(j, struct live, job)
#define LIVE_LINES_MAX ((size_t)1 << 30)

/* ---- the metadata log: Kafka's kinds at one offset ---- */

static void
tell(struct live *l, enum kind kind, const struct err *why)
{
	struct kind_entry *entry = &l->kinds[kind];

	l->why[kind] = *why;
	l->told[kind] = true;
	entry->state = why->code == 0     ? STATE_CAPTURED
	               : l->pending[kind] ? STATE_PENDING
	                                  : STATE_UNREACHABLE;
}

static void
log_read(struct log_source *s, int rc, const struct err *e)
{
	struct live *l = container_of(s, struct live, log);
	struct err err = *e;
	unsigned i;

	if (rc == 0)
		rc = image_lines(&s->image, LOG_KINDS, &l->lines, &err);
	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		job_next(&l->job, rc, &err);
		return;
	}
	for (i = 0; kind_is_resource((enum kind)i); i++)
		if ((LOG_KINDS & 1u << i) != 0)
			tell(l, (enum kind)i, rc == 0 ? &s->image.why[i] : &err);
	if (rc == 0) {
		l->source = l->kafka == NULL ? SOURCE_LOG_DOWN : SOURCE_LOG;
		l->position = s->position;
		l->metadata_version = image_metadata_version(&s->image);
	} else if (l->kafka != NULL) {
		l->told[KIND_TOPIC] = l->told[KIND_ACL] = false; /* the brokers tell them too */
	}
	log_source_release(s); /* the lines are enough */
	job_next(&l->job, 0, NULL);
}

static void
step_log(struct job *j)
{
	struct live *l = OWNER(j);
	int rc;

	l->source = SOURCE_API;
	if (!l->config->kraft.given) {
		job_next(j, 0, NULL);
		return;
	}
	l->log.loop = l->loop;
	l->log.client = l->kafka;
	l->log.dir = l->config->kraft.metadata_log_dir;
	l->log.cluster = l->cluster;
	l->log.led = l->confirm;
	l->log.done = log_read;
	rc = log_source_read(&l->log, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- brokers confirm what the log has ---- */

static void
drop_lines(struct line_set *lines, enum kind kind)
{
	size_t i, kept = 0;

	for (i = 0; i < lines->count; i++)
		if (lines->lines[i].kind != kind)
			lines->lines[kept++] = lines->lines[i];
	lines->count = kept;
}

static int
compare_shown(struct live *l, struct err *e)
{
	const struct line *line, *shown;
	size_t i;
	int rc = line_set_sort(&l->shown, e);

	for (i = 0; i < l->lines.count && rc == 0; i++) {
		line = &l->lines.lines[i];
		if (line->kind != KIND_TOPIC || line_set_find(l->confirm, KIND_TOPIC, line->key) == NULL)
			continue;
		shown = line_set_find(&l->shown, KIND_TOPIC, line->key);
		if (shown == NULL || shown->value_len != line->value_len ||
		    memcmp(shown->value, line->value, line->value_len) != 0)
			rc = err_set(e, ERR_AGAIN,
			             "topic %.249s: the brokers do not show it as their metadata log has it yet",
			             line->key);
	}
	return rc;
}

static void
confirmed(struct capture *c, int rc, const struct err *e)
{
	struct live *l = container_of(c, struct live, capture);
	struct err err = *e;

	if (rc == 0)
		rc = compare_shown(l, &err);
	line_set_release(&l->shown);
	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE || rc == ERR_FAILED) {
		job_next(&l->job, rc, &err);
		return;
	}
	if (rc != 0) {
		drop_lines(&l->lines, KIND_TOPIC);
		drop_lines(&l->lines, KIND_IDENTITY);
		tell(l, KIND_TOPIC, &err);
	}
	job_next(&l->job, 0, NULL);
}

static void
step_confirm(struct job *j)
{
	struct live *l = OWNER(j);
	int rc = 0;

	if (l->confirm == NULL || l->kafka == NULL || l->source != SOURCE_LOG ||
	    l->kinds[KIND_TOPIC].state != STATE_CAPTURED) {
		job_next(j, 0, NULL);
		return;
	}
	line_set_init(&l->shown, LIVE_LINES_MAX);
	l->capture = (struct capture){ .loop = l->loop, .server = l->kafka, .known = l->known,
		                       .lines = &l->shown, .done = confirmed };
	rc = topics_ops.capture(&l->capture, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

/* ---- capture: one kind after the other ---- */

static void capture_next(struct live *l);

static void
captured(struct capture *c, int rc, const struct err *e)
{
	struct live *l = container_of(c, struct live, capture);
	enum kind kind = kind_at(l->next)->kind;
	struct kind_entry *entry = &l->kinds[kind];
	bool later = rc == ERR_AGAIN && l->without_services && kind_place_at(l->next) == PLACE_REGISTRY;

	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		job_next(&l->job, rc, e);
		return;
	}
	entry->state = rc == 0                     ? STATE_CAPTURED
	               : l->pending[kind] || later ? STATE_PENDING
	               : rc == ERR_UNSUPPORTED     ? STATE_UNSUPPORTED
	                                           : STATE_UNREACHABLE;
	l->why[kind] = *e;
	if (rc != 0)
		l->lines.count = l->before; /* what it added in part */
	else
		l->ends[kind] = (struct topic_end){ c->topic, c->topic_end };
	l->next++;
	capture_next(l);
}

/* Whom to ask for a row of the table; NULL: nobody is to be asked. */
static void *
server_of(const struct live *l, size_t row)
{
	if (kind_at(row)->kind == KIND_USER)
		return (void *)(uintptr_t)l->users;
	if (kind_place_at(row) == PLACE_KAFKA || l->kafka == NULL)
		return l->kafka;
	if (kind_place_at(row) != PLACE_CONNECT) /* by its topic it is there before it is up; else it says so */
		return l->way;
	return l->without_services ? NULL : l->connect;
}

/* Of a service that is not asked now: a restore has it still to do, or it is not configured. */
static void
pass_over(struct live *l, size_t row)
{
	enum kind kind = kind_at(row)->kind;

	if (!kind_is_configured(l->config, row)) {
		l->kinds[kind].state = STATE_DISABLED;
		return;
	}
	if (l->kafka == NULL) {
		l->kinds[kind].state = STATE_UNREACHABLE;
		(void)err_set(&l->why[kind], ERR_AGAIN, "Kafka is down");
		return;
	}
	l->kinds[kind].state = STATE_PENDING;
	(void)err_set(&l->why[kind], ERR_AGAIN, "not in this phase");
}

static void
capture_next(struct live *l)
{
	struct err e = { 0 };
	int rc;

	for (; l->next < kind_count(); l->next++) {
		const struct kind_ops *ops = kind_at(l->next);

		if (l->told[ops->kind] || ops->capture == NULL)
			continue;
		if (server_of(l, l->next) != NULL)
			break;
		if (ops->kind != KIND_USER) /* without a store it is as mark_others() says */
			pass_over(l, l->next);
	}
	if (l->next == kind_count()) {
		job_next(&l->job, 0, NULL);
		return;
	}
	l->before = l->lines.count;
	l->capture = (struct capture){ .loop = l->loop, .server = server_of(l, l->next),
		                       .known = l->known, .lines = &l->lines, .done = captured };
	rc = kind_at(l->next)->capture(&l->capture, &e);
	if (rc != 0)
		job_next(&l->job, rc, &e);
}

static void
step_capture(struct job *j)
{
	capture_next(OWNER(j));
}

/* How far a topic was read goes into its identity, where the next snapshot finds it. */
static int
note_end(struct live *l, const struct topic_end *end, struct err *e)
{
	CLEANUP(buf_release) struct buf value;
	const struct line *identity;
	struct line line;

	buf_init(&value, LINE_MAX_BYTES);
	identity = end->topic == NULL ? NULL : line_set_find(&l->lines, KIND_IDENTITY, end->topic);
	if (identity == NULL)
		return 0;
	if (identity_with_end(identity, end->offset, &value) != 0)
		return err_memory(e, "noting the end of a topic");
	line = *identity;
	line.value = value.data;
	line.value_len = value.len;
	return line_set_replace(&l->lines, identity, &line, e);
}

static void
step_sort(struct job *j)
{
	struct live *l = OWNER(j);
	int rc = line_set_sort(&l->lines, &j->err);
	size_t i;

	for (i = 0; i < KIND_TABLE && rc == 0; i++)
		rc = note_end(l, &l->ends[i], &j->err);

	if (l->way != NULL)
		way_release(l->way); /* the lines are enough */
	for (i = 0; i < l->lines.count; i++)
		l->kinds[l->lines.lines[i].kind].count++;
	job_next(j, rc, NULL);
}

static const char *
why_unsupported(enum kind kind)
{
	if (kind > KIND_CLIENT_METRICS)
		return "this version does not capture it yet";
	if (kind == KIND_USER)
		return "brokers do not tell passwords' verifiers: configure kraft.metadata_log_dir, on a node of the "
		       "cluster, or have the manager offer its user store";
	return "only the metadata log tells it whole: configure kraft.metadata_log_dir, on a node of the cluster";
}

/* Until somebody was asked: why nobody is. */
static void
mark_others(struct live *l)
{
	bool registry = l->config->registry.given, connect = l->config->connect.given;
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++) {
		bool given = i <= KIND_CLIENT_METRICS ? true
		             : i == KIND_CONNECTOR    ? connect
		                                      : registry;

		l->kinds[i].state = given ? STATE_UNSUPPORTED : STATE_DISABLED;
		if (given)
			(void)err_set(&l->why[i], ERR_UNSUPPORTED, "%s", why_unsupported((enum kind)i));
	}
}

static void
capture_done(struct job *j)
{
	struct live *l = OWNER(j);
	struct err err = j->err;

	l->done(l, err.code, &err);
}

int
live_capture(struct live *l, struct err *e)
{
	static const struct job_step steps[] = {
		{ "read the log", step_log },
		{ "ask the brokers too", step_confirm },
		{ "capture", step_capture },
		{ "sort", step_sort },
		{ NULL, NULL },
	};
	int rc = loop_check(l->loop, e);

	if (rc != 0)
		return rc;
	live_release(l);
	line_set_init(&l->lines, LIVE_LINES_MAX);
	memset(l->kinds, 0, sizeof l->kinds);
	memset(l->why, 0, sizeof l->why);
	memset(l->told, 0, sizeof l->told);
	memset(l->ends, 0, sizeof l->ends);
	l->metadata_version = 0;
	l->next = 0;
	mark_others(l);
	job_start(&l->job, l->loop, steps, capture_done, NULL);
	return 0;
}

void
live_release(struct live *l)
{
	line_set_release(&l->lines);
	line_set_release(&l->shown);
	log_source_release(&l->log);
}

void
live_report(const struct live *l, struct report *r)
{
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++) {
		r->kinds[i].known = true;
		r->kinds[i].entry = l->kinds[i];
		(void)snprintf(r->kinds[i].reason, sizeof r->kinds[i].reason, "%s",
		               l->why[i].text); /* cut is fine */
	}
}

bool
live_complete(const struct live *l, struct err *e)
{
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++)
		if (l->kinds[i].state == STATE_UNREACHABLE) {
			(void)err_set(e, l->why[i].code, "%s: %s", kind_name((enum kind)i),
			              l->why[i].text);
			return false;
		}
	return true;
}

void
live_make_pending(struct live *l, enum kind kind, const char *why)
{
	drop_lines(&l->lines, kind);
	l->kinds[kind] = (struct kind_entry){ .state = STATE_PENDING };
	if (l->why[kind].code == 0)
		(void)err_set(&l->why[kind], ERR_AGAIN, "%s", why);
}
