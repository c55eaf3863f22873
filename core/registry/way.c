/* way.c - see way.h: the kinds schema and registry_config, by whichever way was chosen */
#include <string.h>

#include "core/registry/equal.h"
#include "core/registry/registry_log.h"

#define COUNT_TRIES 3u
#define COUNT_WAIT_MS 500u

static const struct kind_ops *
rest_of(const struct way *w, enum kind kind)
{
	if (w->rest == NULL || w->registry.http_count == 0 || w->not_now)
		return NULL;
	return kind == KIND_SCHEMA ? w->rest->schema : w->rest->config;
}

/* ---- capture ---- */

static enum kind
kind_of(const struct capture *c)
{
	return c->driver == &registry_schema_ops ? KIND_SCHEMA : KIND_REGISTRY_CONFIG;
}

static int
add_lines(const struct way *w, struct capture *c, struct err *e)
{
	if (w->state.why.code != 0) {
		*e = w->state.why;
		return err_prefix(e, "topic %.249s", w->registry.topic);
	}
	return kind_of(c) == KIND_SCHEMA ? log_state_schemas(&w->state, c->lines, e)
	                                 : log_state_configs(&w->state, c->known, c->lines, e);
}

static void
end_by_records(struct way *w)
{
	struct capture *c = w->outer;
	struct err e = { 0 };
	int rc = add_lines(w, c, &e);

	c->done(c, rc, &e);
}

static void
fail(struct way *w, const struct err *e)
{
	w->outer->done(w->outer, e->code, e);
}

static void
captured_by_rest(struct capture *inner, int rc, const struct err *e)
{
	struct way *w = container_of(inner, struct way, inner);

	w->outer->done(w->outer, rc, e);
}

static int
capture_by_rest(struct way *w, const struct kind_ops *rest, struct err *e)
{
	w->inner = (struct capture){ .loop = w->outer->loop, .server = &w->registry, .known = w->outer->known,
		                     .lines = w->outer->lines, .done = captured_by_rest };
	return rest->capture(&w->inner, e);
}

/* These keep what they have elsewhere, and a topic without records says nothing of it. */
static bool
topic_is_anothers(const struct way *w)
{
	return w->records == 0 &&
	       (w->registry.vendor == REGISTRY_AXONOPS || w->registry.vendor == REGISTRY_APICURIO);
}

static void look_again(void *arg, int rc);

/*
 * What came while we looked is no difference: the topic is read again, for its count alone.  What was captured is the
 * topic as it was before, which is whole in itself.
 */
static void
topic_was_read_again(void *arg, int rc, struct topic_log *log, const struct err *e)
{
	struct way *w = arg;
	struct log_state fresh;
	struct err err = *e;

	if (rc == 0)
		rc = log_state_read(&fresh, log, w->vendor, &err);
	if (rc != 0) {
		fail(w, &err);
		return;
	}
	w->live = log_state_live(&fresh);
	log_state_release(&fresh);
	look_again(w, 0);
}

static void
read_again(void *arg, int rc)
{
	struct way *w = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(w->outer->loop, &e);
	else
		rc = topic_log_read(w->outer->loop, w->registry.kafka, w->registry.topic, topic_was_read_again, w, &e);
	if (rc != 0)
		fail(w, &e);
}

/* A registry that cannot be asked is no reason to doubt the records. */
static void
counted(void *arg, int rc, size_t count, const struct err *e)
{
	struct way *w = arg;
	struct err err = *e;

	if (rc == ERR_CANCELLED || rc == ERR_DEADLINE) {
		fail(w, &err);
		return;
	}
	if (topic_is_anothers(w)) {
		rc = capture_by_rest(w, rest_of(w, kind_of(w->outer)), &err);
		if (rc != 0)
			fail(w, &err);
		return;
	}
	if (rc != 0 || count == w->live) {
		end_by_records(w);
		return;
	}
	if (++w->tries < COUNT_TRIES && loop_wait(w->outer->loop, COUNT_WAIT_MS, read_again, w, &err) == 0)
		return;
	(void)err_set(&err, ERR_AGAIN,
	              "the registry shows %zu live versions, topic %.249s has %zu: it has not read all of it yet, or "
	              "keeps its records in another topic (registry.topic)",
	              count, w->registry.topic, w->live);
	fail(w, &err);
}

static void
look_again(void *arg, int rc)
{
	struct way *w = arg;
	struct err e = { 0 };

	(void)rc;
	rc = w->rest->count(&w->registry, counted, w, &e);
	if (rc != 0)
		fail(w, &e);
}

/* For what is known already: a capture calls back later, never from inside itself. */
static void
end_now(void *arg, int rc)
{
	struct way *w = arg;
	struct err e = w->why;

	if (w->chosen == WAY_REST && w->not_now)
		(void)err_set(&e, ERR_AGAIN, "not in this phase");
	if (rc != 0 && loop_check(w->outer->loop, &e) != 0)
		fail(w, &e);
	else if (w->chosen == WAY_RECORDS)
		end_by_records(w);
	else
		fail(w, &e); /* as registry_log: and nobody is there to be asked by REST */
}

static int
capture(struct capture *c, const struct kind_ops *ops, struct err *e)
{
	struct way *w = c->server;
	const struct kind_ops *rest = rest_of(w, ops->kind);

	c->driver = (void *)(uintptr_t)ops; /* only compared with */
	w->outer = c;
	if (w->chosen == WAY_REST && rest != NULL)
		return capture_by_rest(w, rest, e);
	if (w->chosen != WAY_RECORDS || rest == NULL || w->rest->count == NULL || w->state.why.code != 0)
		return loop_wait(c->loop, 0, end_now, w, e);
	w->tries = 0;
	w->live = log_state_live(&w->state);
	return w->rest->count(&w->registry, counted, w, e);
}

static int
capture_schemas(struct capture *c, struct err *e)
{
	return capture(c, &registry_schema_ops, e);
}

static int
capture_configs(struct capture *c, struct err *e)
{
	return capture(c, &registry_config_ops, e);
}

/* ---- restore ---- */

/* Whom to ask by REST; NULL: it comes with the records, or nobody can be asked. */
static const struct kind_ops *
rest_for_plan(const struct plan *plan, enum kind kind)
{
	const struct way *w = plan->server;

	return w == NULL || w->replays ? NULL : rest_of(w, kind);
}

static bool
means_the_same(const struct line *have, const char *want)
{
	return have->kind == KIND_SCHEMA ? schema_equal(have, want) : registry_config_equal(have, want);
}

static void
fit_by_records(struct plan_item *item)
{
	struct line have = item->want;

	item->action = PLAN_CREATE;
	if (item->have == NULL)
		return;
	have.value = item->have;
	have.value_len = strlen(item->have);
	if (means_the_same(&have, item->want.value))
		item->action = PLAN_EQUAL;
	else
		item->reason = "the registry has it otherwise until the saved records are back";
}

static int
fit(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	const struct kind_ops *rest = rest_for_plan(plan, item->want.kind);
	const struct way *w = plan->server;
	int rc;

	if (rest == NULL) {
		fit_by_records(item);
		return 0;
	}
	plan->server = &w->registry;
	rc = rest->fit(plan, item, brokers, e);
	plan->server = w;
	return rc;
}

/* The records were written by registry_log, which comes before: they are verified like anything else. */
static void
came_with_records(void *arg, int rc)
{
	struct apply *a = arg;
	struct err e = { 0 };
	size_t i;

	if (rc != 0)
		(void)loop_check(a->loop, &e);
	for (i = 0; rc == 0 && i < a->plan->count; i++)
		if (a->plan->items[i].action == PLAN_CREATE)
			a->plan->items[i].outcome = PLAN_DONE;
	a->done(a, rc, &e);
}

static void
nobody_to_ask(void *arg, int rc)
{
	struct apply *a = arg;
	struct err e = { 0 };

	if (rc != 0)
		(void)loop_check(a->loop, &e);
	else
		rc = err_set(&e, ERR_AGAIN, "the registry is to be restored by REST, and cannot be asked now");
	a->done(a, rc, &e);
}

static int
apply(struct apply *a, enum kind kind, struct err *e)
{
	struct way *w = a->server;
	const struct kind_ops *rest = rest_for_plan(a->plan, kind);

	if (w->replays)
		return loop_wait(a->loop, 0, came_with_records, a, e);
	if (rest == NULL || rest->apply == NULL)
		return loop_wait(a->loop, 0, nobody_to_ask, a, e);
	a->server = &w->registry;
	a->plan->server = &w->registry;
	return rest->apply(a, e);
}

static int
apply_schemas(struct apply *a, struct err *e)
{
	return apply(a, KIND_SCHEMA, e);
}

static int
apply_configs(struct apply *a, struct err *e)
{
	return apply(a, KIND_REGISTRY_CONFIG, e);
}

const struct kind_ops registry_schema_ops = {
	.kind = KIND_SCHEMA,
	.capture = capture_schemas,
	.fit = fit,
	.apply = apply_schemas,
	.equal = schema_equal,
};

const struct kind_ops registry_config_ops = {
	.kind = KIND_REGISTRY_CONFIG,
	.capture = capture_configs,
	.fit = fit,
	.apply = apply_configs,
	.equal = registry_config_equal,
};
