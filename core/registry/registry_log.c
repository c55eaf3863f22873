/* registry_log.c - the kind registry_log (way.h): capture, and what of the saved records is to be written */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/registry/log_key.h"
#include "core/registry/log_line.h"
#include "core/registry/registry_log.h"

bool
registry_is_idle(const struct line *line)
{
	static const char highest[] = "[\"highest_id\",";
	struct topic_log log;
	struct err e = { 0 };
	bool idle;

	if (line->kind == KIND_REGISTRY_CONFIG)
		return strncmp(line->key, highest, sizeof highest - 1) == 0;
	if (line->kind != KIND_REGISTRY_LOG || line->value_len > 1024)
		return false;
	if (log_line_is_head(line))
		return true;
	topic_log_init(&log);
	idle = log_line_record(line, &log, &e) == 0 && log_key_is_noop(&log.records[0]);
	topic_log_release(&log);
	return idle;
}

/* ---- capture ---- */

void
way_release(struct way *w)
{
	log_state_release(&w->state);
	topic_log_release(&w->log);
	w->records = 0;
	w->chosen = WAY_NOT_CHOSEN;
	w->why = (struct err){ 0 };
}

/* The newest snapshot has lines of that kind; beside_head: the first one of the records does not count. */
static bool
knows(const struct capture *c, enum kind kind, bool beside_head)
{
	size_t i;

	for (i = 0; c->known != NULL && i < c->known->count; i++)
		if (c->known->lines[i].kind == kind && !(beside_head && log_line_is_head(&c->known->lines[i])))
			return true;
	return false;
}

/* Schemas that came without records came by REST, and a topic without records changes nothing in that. */
static void
choose(struct way *w, const struct capture *c)
{
	bool rest = w->records == 0 && knows(c, KIND_SCHEMA, false) && !knows(c, KIND_REGISTRY_LOG, true);

	w->chosen = rest ? WAY_REST : WAY_RECORDS;
	if (rest)
		(void)err_set(&w->why, ERR_UNSUPPORTED, "topic %.249s has no records, and schemas were saved by REST",
		              w->registry.topic);
}

int
way_take_log(struct way *w, struct topic_log *log, struct err *e)
{
	log_state_release(&w->state);
	topic_log_release(&w->log);
	w->log = *log;
	w->records = log->count;
	topic_log_init(log);
	w->vendor = w->registry.vendor != REGISTRY_UNKNOWN ? w->registry.vendor : log_vendor(&w->log);
	return log_state_read(&w->state, &w->log, w->vendor, e);
}

/* What went wrong with the topic, and what that means for the way. */
static int
without_topic(struct way *w, const struct capture *c, int rc, struct err *e)
{
	struct topic_log none;

	if (rc == ERR_MISSING && knows(c, KIND_REGISTRY_LOG, false)) {
		topic_log_init(&none);
		*e = (struct err){ 0 };
		return way_take_log(w, &none, e);
	}
	if (rc == ERR_MISSING) {
		w->chosen = WAY_REST;
		return err_set(e, ERR_UNSUPPORTED,
		               "Kafka has no topic %.249s: the registry is asked by REST; correct registry.topic if it "
		               "keeps its records in another one",
		               w->registry.topic);
	}
	if (rc == ERR_DENIED)
		rc = err_set(e, ERR_DENIED, "this user may not read topic %.249s: grant Read and Describe on it",
		             w->registry.topic);
	return rc;
}

/* A topic's records are kept once: as lines, for the capture's sake and for the state's. */
static int
keep_as_lines(struct way *w, struct line_set *lines, const struct log_head *head, struct err *e)
{
	int rc = log_lines_add(lines, head, &w->log, e);

	if (rc == 0)
		rc = log_state_use_lines(&w->state, lines->lines + lines->count - w->records, e);
	if (rc == 0)
		topic_log_release(&w->log);
	return rc;
}

static void
topic_was_read(void *arg, int rc, struct topic_log *log, const struct err *e)
{
	struct capture *c = arg;
	struct way *w = c->server;
	struct log_head head = { .vendor = REGISTRY_UNKNOWN };
	struct err err = *e;

	if (rc != 0) {
		rc = without_topic(w, c, rc, &err);
	} else {
		(void)snprintf(head.topic, sizeof head.topic, "%s", w->registry.topic);
		c->topic = w->registry.topic;
		c->topic_end = log->end;
		rc = way_take_log(w, log, &err);
		if (w->records > 0) /* else there is nothing that somebody has written */
			head.vendor = w->vendor;
		if (rc == 0)
			rc = keep_as_lines(w, c->lines, &head, &err);
	}
	w->why = err;
	if (rc == 0)
		choose(w, c);
	c->done(c, rc, &err);
}

static void
no_topic(void *arg, int rc)
{
	struct capture *c = arg;
	struct way *w = c->server;

	if (rc != 0) {
		(void)loop_check(c->loop, &w->why);
	} else {
		w->chosen = WAY_REST;
		rc = err_set(&w->why, ERR_UNSUPPORTED, "no topic of the registry is configured: it is asked by REST");
	}
	c->done(c, rc, &w->why);
}

static int
capture(struct capture *c, struct err *e)
{
	struct way *w = c->server;

	way_release(w);
	if (w->registry.topic == NULL)
		return loop_wait(c->loop, 0, no_topic, c, e);
	return topic_log_read(c->loop, w->registry.kafka, w->registry.topic, topic_was_read, c, e);
}

/* ---- what is wanted, and what is there ---- */

void
saved_log_release(struct saved_log *s)
{
	topic_log_release(&s->log);
	free(s->items);
	*s = (struct saved_log){ 0 };
}

/* A compacted topic takes no record without a key; where it has one, somebody had made it otherwise. */
static int
take_item(struct saved_log *s, struct plan_item *item, struct err *e)
{
	const char *reason = "a compacted topic takes no record without a key, and no registry reads one";
	int rc;

	if (log_line_is_head(&item->want)) {
		s->head = item;
		return log_line_head(&item->want, &s->told, e);
	}
	rc = log_line_record(&item->want, &s->log, e);
	if (rc == 0 && s->log.records[s->log.count - 1].key == NULL) {
		s->log.count--;
		item->outcome = PLAN_FAILED;
		item->reason = reason;
	} else if (rc == 0) {
		s->items[s->log.count - 1] = item;
	}
	return rc;
}

int
saved_log_read(struct saved_log *s, struct plan *plan, struct err *e)
{
	int rc = 0;
	size_t i;

	*s = (struct saved_log){ 0 };
	topic_log_init(&s->log);
	s->items = calloc(plan->count + 1, sizeof(struct plan_item *));
	if (s->items == NULL)
		rc = err_memory(e, "reading saved records");
	for (i = 0; i < plan->count && rc == 0; i++)
		rc = take_item(s, &plan->items[i], e);
	if (rc != 0)
		saved_log_release(s);
	return rc;
}

static int
read_live(const struct line_set *live, struct topic_log *ret, enum registry_vendor *ret_vendor, struct err *e)
{
	struct log_head head = { .vendor = REGISTRY_UNKNOWN };
	int rc = 0;
	size_t i;

	topic_log_init(ret);
	for (i = 0; i < live->count && rc == 0; i++) {
		if (live->lines[i].kind != KIND_REGISTRY_LOG)
			continue;
		rc = log_line_is_head(&live->lines[i]) ? log_line_head(&live->lines[i], &head, e)
		                                       : log_line_record(&live->lines[i], ret, e);
	}
	*ret_vendor = head.vendor;
	if (rc != 0)
		topic_log_release(ret);
	return rc;
}

/* ---- plan ---- */

static void
decide_all(struct plan *plan, enum plan_action action, const char *reason)
{
	size_t i;

	for (i = 0; i < plan->count; i++) {
		plan->items[i].action = action;
		plan->items[i].reason = reason;
	}
}

static void
decide(struct saved_log *s, const struct log_match *match, struct plan *plan)
{
	const char *reason = match->standing == LOG_STANDS_FOREIGN ? arena_text(&plan->arena, match->reason) : NULL;
	size_t i;

	for (i = 0; i < s->log.count; i++) {
		struct plan_item *item = s->items[i];

		if (item->outcome == PLAN_DONE)
			continue;
		item->action = match->standing == LOG_STANDS_FOREIGN ? PLAN_COMPLETE
		               : i < match->next                     ? PLAN_EQUAL
		                                                     : PLAN_CREATE;
		item->reason = reason;
	}
	if (s->head->outcome != PLAN_DONE)
		s->head->action = match->standing == LOG_STANDS_WHOLE ? PLAN_EQUAL : PLAN_CREATE;
}

/* Records of one vendor are never replayed into another's topic. */
static bool
vendors_differ(const struct way *w, enum registry_vendor saved, enum registry_vendor live, struct plan *plan)
{
	char text[256];

	if (w != NULL && w->registry.vendor != REGISTRY_UNKNOWN)
		live = w->registry.vendor;
	if (saved == REGISTRY_UNKNOWN || live == REGISTRY_UNKNOWN || saved == live)
		return false;
	(void)snprintf(text, sizeof text,
	               "the records are %s's, the registry here is %s's, which reads them otherwise: schemas are "
	               "restored by REST instead",
	               registry_vendor_name(saved), registry_vendor_name(live));
	decide_all(plan, PLAN_KEEP, arena_text(&plan->arena, text));
	return true;
}

static int
match_lines(struct saved_log *s, const struct topic_log *live, struct plan *plan, struct err *e)
{
	struct log_match match;
	int rc = log_match(&s->log, s->told.vendor, live, &match, e);

	if (rc == 0)
		decide(s, &match, plan);
	return rc;
}

static int
fit_all(struct plan *plan, const struct line_set *live, struct err *e)
{
	struct way *w = (struct way *)(uintptr_t)plan->server; /* it remembers that records are replayed */
	enum registry_vendor vendor;
	struct topic_log there;
	struct saved_log s;
	int rc = saved_log_read(&s, plan, e);

	if (rc != 0)
		return rc;
	rc = read_live(live, &there, &vendor, e);
	if (rc == 0 && s.head == NULL)
		decide_all(plan, PLAN_KEEP, "records mean something only all together: this is a part of them");
	else if (rc == 0 && !vendors_differ(w, s.told.vendor, vendor, plan)) {
		if (w != NULL)
			w->replays = s.log.count > 0;
		rc = match_lines(&s, &there, plan, e);
	}
	if (rc == 0)
		topic_log_release(&there);
	saved_log_release(&s);
	return rc;
}

static int
verify_all(struct plan *plan, const struct line_set *live, struct err *e)
{
	enum registry_vendor vendor;
	struct log_match match;
	struct topic_log there;
	struct saved_log s;
	size_t i;
	int rc = saved_log_read(&s, plan, e);

	if (rc != 0)
		return rc;
	rc = read_live(live, &there, &vendor, e);
	if (rc == 0) {
		rc = log_match(&s.log, s.told.vendor, &there, &match, e);
		topic_log_release(&there);
	}
	for (i = 0; i < s.log.count && rc == 0; i++)
		s.items[i]->reads = match.standing != LOG_STANDS_FOREIGN && i < match.next;
	if (rc == 0 && s.head != NULL)
		s.head->reads = match.standing == LOG_STANDS_WHOLE;
	saved_log_release(&s);
	return rc;
}

static int
fit(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	(void)plan;
	(void)item;
	(void)brokers;
	return err_set(e, ERR_FAILED, "records are planned all together");
}

const struct kind_ops registry_log_ops = {
	.kind = KIND_REGISTRY_LOG,
	.capture = capture,
	.fit = fit,
	.fit_all = fit_all,
	.verify_all = verify_all,
	.apply = registry_log_apply,
};
