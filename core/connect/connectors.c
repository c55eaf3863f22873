/* connectors.c - see connectors.h: what a connector's line says, and how it is fitted to a worker. */
#include <string.h>

#include "core/base/limits.h"
#include "core/connect/connectors.h"
#include "core/connect/connectors_line.h"
#include "core/connect/rest.h"

/* ---- the line ---- */

bool
connector_config_fits(struct json_object *config)
{
	if (!json_object_is_type(config, json_type_object))
		return false;
	json_object_object_foreach(config, name, value) {
		(void)name;
		if (value != NULL && !json_object_is_type(value, json_type_string))
			return false;
	}
	return true;
}

static const char *
known_state(const char *text)
{
	static const char *const states[] = { STATE_RUNNING, STATE_PAUSED, STATE_STOPPED };
	size_t i;

	for (i = 0; i < LENGTH(states) && text != NULL; i++)
		if (strcmp(text, states[i]) == 0)
			return states[i];
	return NULL;
}

int
connector_parse(const char *value, size_t len, struct connector *ret, struct err *e)
{
	struct connector c = { 0 };
	int rc = json_parse(value, len, JSON_DEPTH_MAX, &c.value, e);

	if (rc != 0)
		return rc;
	c.state = known_state(connect_text(c.value, "state"));
	if (c.state != NULL && json_object_object_length(c.value) == 2 &&
	    json_object_object_get_ex(c.value, "config", &c.config) &&
	    connector_config_fits(c.config)) {
		*ret = c;
		return 0;
	}
	connector_release(&c);
	return err_set(e, ERR_CORRUPT, "the value of a connector's line is not as FORMAT.md says");
}

void
connector_release(struct connector *c)
{
	json_object_put_at(&c->value);
	*c = (struct connector){ 0 };
}

const char *
connector_state(const char *value)
{
	struct connector c = { 0 };
	const char *state = NULL;
	struct err e;

	if (value != NULL && connector_parse(value, strlen(value), &c, &e) == 0)
		state = c.state;
	connector_release(&c);
	return state;
}

void
connector_write(struct json_object *config, const char *state, struct buf *out)
{
	struct json j;

	json_init(&j, out);
	json_begin_object(&j);
	json_key(&j, "config");
	json_value(&j, config);
	json_key_string(&j, "state", state);
	json_end_object(&j);
}

/* ---- fit ---- */

const char *
connector_resting(const struct connect *c)
{
	bool old = c != NULL && c->version != 0 && c->version < CONNECT_STOPPED_SINCE;

	return old ? STATE_PAUSED : STATE_STOPPED;
}

const char *
connector_target(const struct plan_item *item)
{
	return item->target != NULL ? item->target : item->want.value;
}

/* The value in the arena; as the line has it where that is the same. */
static const char *
value_of(struct plan *plan, struct json_object *config, const char *state)
{
	const char *copy;
	struct buf text;

	buf_init(&text, LINE_MAX_BYTES);
	connector_write(config, state, &text);
	copy = text.failed ? NULL : arena_copy(&plan->arena, text.data, text.len);
	buf_wipe(&text);
	return copy;
}

int
connector_rest(struct plan *plan, struct plan_item *item, struct json_object *config,
               const char *state, const char *started, struct err *e)
{
	item->target = value_of(plan, config, state);
	item->started = value_of(plan, config, started);
	return item->target == NULL || item->started == NULL ? err_memory(e, "planning connectors")
	                                                      : 0;
}

static int
keep(struct plan *plan, struct plan_item *item, const char *reason, struct err *e)
{
	item->action = PLAN_KEEP;
	item->reason = arena_text(&plan->arena, reason);
	return item->reason == NULL ? err_memory(e, "planning connectors") : 0;
}

/*
 * It is there with the saved config.  One that rests may be ours, made by a restore that was cut
 * short; another state is somebody's wish.
 */
static int
fit_equal(struct plan *plan, struct plan_item *item, const struct connector *want,
          const struct connector *have, const char *rest, const char *end, struct err *e)
{
	struct err reason;

	if (strcmp(have->state, rest) == 0) {
		item->action = strcmp(end, rest) == 0 ? PLAN_EQUAL : PLAN_COMPLETE;
		return connector_rest(plan, item, want->config, rest, end, e);
	}
	if (strcmp(have->state, want->state) == 0) {
		item->action = PLAN_EQUAL;
		return 0;
	}
	(void)err_set(&reason, 0, "it exists and is %s instead of %s", have->state, want->state);
	return keep(plan, item, reason.text, e);
}

static int
fit(struct plan *plan, struct plan_item *item, uint32_t brokers, struct err *e)
{
	const struct connect *c = plan->server;
	const char *rest = connector_resting(c), *end;
	struct connector want = { 0 }, have = { 0 };
	int rc = connector_parse(item->want.value, item->want.value_len, &want, e);

	(void)brokers;
	item->target = item->started = item->reason = NULL;
	if (rc == 0 && item->have != NULL)
		rc = connector_parse(item->have, strlen(item->have), &have, e);
	if (rc != 0) {
		connector_release(&want);
		return err_prefix(e, "connector %.200s", item->want.key);
	}
	end = c != NULL && c->stay_stopped ? rest : want.state;
	if (strcmp(end, STATE_STOPPED) == 0)
		end = rest; /* as near to it as the worker can */
	if (item->have == NULL) {
		item->action = PLAN_CREATE;
		rc = connector_rest(plan, item, want.config, rest, end, e);
	} else if (json_object_equal(want.config, have.config) == 0) {
		rc = keep(plan, item, "it exists with another config", e);
	} else {
		rc = fit_equal(plan, item, &want, &have, rest, end, e);
	}
	connector_release(&want);
	connector_release(&have);
	return rc;
}

const struct kind_ops connectors_ops = {
	.kind = KIND_CONNECTOR,
	.capture = connectors_capture,
	.fit = fit,
	.apply = connectors_apply,
	.start = connectors_start,
};
