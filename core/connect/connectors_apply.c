/*
 * connectors_apply.c - see connectors.h: create at rest.  An answer that was lost is looked for
 * before anything is sent again, and nothing of what Connect says of a refusal is repeated: its
 * sentences hold values of the config.
 */
#include <ctype.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "core/connect/connectors_line.h"
#include "core/connect/errand.h"

#define REFUSED_MAX 3u /* a worker that fails with 500 may still be starting */

static errand_step create, look, rest;

/* ---- rest: Connect before 3.7 creates what runs at once ---- */

static void
rested(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct errand *r = arg;
	struct err why = { 0 };

	if (rc != 0) {
		errand_unanswered(r, rest, rc, e);
		return;
	}
	rc = http_error(answer, &why);
	if (rc == 0)
		errand_end(r, PLAN_DONE, NULL);
	else if (rc == ERR_AGAIN || rc == ERR_EXISTS || rc == ERR_MISSING) /* created a moment ago */
		errand_later(r, rest, &why);
	else
		errand_refused(r, answer);
}

static int
rest(struct errand *r, struct err *e)
{
	bool stop = r->run->connect->version >= CONNECT_STOPPED_SINCE;

	return errand_send(r, "PUT", stop ? "/stop" : "/pause", rested, e);
}

static void
is_there(struct errand *r)
{
	if (r->run->connect->version >= CONNECT_INITIAL_STATE_SINCE)
		errand_end(r, PLAN_DONE, NULL);
	else
		errand_go_on(r, rest);
}

/* ---- look: was it created? ---- */

static bool
same_config(const struct errand *r, struct json_object *found)
{
	const char *target = connector_target(r->item);
	struct json_object *config = NULL;
	struct connector want = { 0 };
	struct err e;
	bool same;

	if (!json_object_is_type(found, json_type_object) ||
	    !json_object_object_get_ex(found, "config", &config) ||
	    connector_parse(target, strlen(target), &want, &e) != 0)
		return false;
	same = json_object_equal(config, want.config) != 0;
	connector_release(&want);
	return same;
}

static void
looked(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct errand *r = arg;
	struct json_object *found = NULL;
	struct err why = { 0 };

	if (rc != 0) {
		errand_unanswered(r, look, rc, e);
		return;
	}
	r->silent = 0;
	rc = connect_read(answer, &found, &why);
	if (rc == 0 && same_config(r, found))
		is_there(r);
	else if (rc == 0)
		errand_end(r, PLAN_EXISTS, NULL);
	else if (rc == ERR_MISSING)
		errand_go_on(r, create);
	else if (rc == ERR_AGAIN)
		errand_later(r, look, &why);
	else
		errand_refused(r, answer);
	json_object_put_at(&found);
}

static int
look(struct errand *r, struct err *e)
{
	return errand_send(r, "GET", "", looked, e);
}

/* ---- what a refusal says ---- */

static bool
is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-' || c == '$';
}

/* A class is no secret, if it is one. */
static const char *
plugin_class(struct json_object *config)
{
	const char *class = connect_text(config, "connector.class"), *at = class;

	while (at != NULL && is_name_byte(*at))
		at++;
	return at == NULL || *at != '\0' || at == class || at - class > 200 ? NULL : class;
}

static bool
names_config(const char *message, const char *name)
{
	static const char before[] = " for configuration ";
	const char *at = message;
	size_t n = strlen(name);

	while ((at = strstr(at, before)) != NULL) {
		at += sizeof before - 1;
		if (strncmp(at, name, n) == 0 && !is_name_byte(at[n]))
			return true;
		if (strncmp(at, name, n) == 0 && at[n] == '.' && !is_name_byte(at[n + 1]))
			return true;
	}
	return false;
}

/* A client's setting that the worker's policy does not let connectors override, as the worker says it. */
static bool
names_override(const char *message, const char *name)
{
	const char *setting = strstr(name, ".override.");
	char said[200];

	if (setting == NULL)
		return false;
	(void)snprintf(said, sizeof said, "'%s' to be overridden", setting + strlen(".override."));
	return strstr(message, said) != NULL;
}

/* Which settings does the worker speak of?  Their names are ours, so they may be said. */
static void
add_settings(struct buf *out, const char *message, struct json_object *config)
{
	unsigned n = 0;

	json_object_object_foreach(config, name, value) {
		(void)value;
		if (n < 5 && strlen(name) <= 100 &&
		    (names_config(message, name) || names_override(message, name)))
			(void)buf_print(out, "%s%s", n++ == 0 ? ": it does not take " : ", ", name);
	}
}

static void
write_refusal(struct buf *out, const char *message, struct json_object *config, int status)
{
	const char *class = plugin_class(config);

	if (message != NULL && strstr(message, "Failed to find any class that implements") != NULL) {
		(void)buf_print(out, "the worker has no plugin%s%s: install it there",
		                class == NULL ? " of its connector.class" : " ",
		                class == NULL ? "" : class);
		return;
	}
	if (status == 400)
		(void)buf_print(out, "the worker refuses its config (400)");
	else
		(void)buf_print(out, "the worker fails to create it (%d); its log says why", status);
	if (class != NULL)
		(void)buf_print(out, " for plugin %s", class);
	if (status == 400 && message != NULL)
		add_settings(out, message, config);
}

static void
end_refused(struct errand *r, const char *message, int status)
{
	const char *target = connector_target(r->item);
	struct connector want = { 0 };
	struct buf reason;
	struct err e;

	buf_init(&reason, ERR_TEXT_SIZE);
	if (connector_parse(target, strlen(target), &want, &e) == 0)
		write_refusal(&reason, message, want.config, status);
	errand_end(r, PLAN_FAILED, buf_text(&reason));
	connector_release(&want);
	buf_release(&reason);
}

static bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

/* ---- create ---- */

/* 409 means four things; but for the first one they pass. */
static void
conflict(struct errand *r, const char *message)
{
	struct err why = { 0 };

	if (message == NULL || !ends_with(message, "already exists")) {
		(void)err_set(&why, ERR_AGAIN,
		              "the worker answered 409: it is rebalancing, has no leader, or its view of "
		              "the configs is stale");
		errand_later(r, create, &why);
	} else if (r->lost) {
		errand_go_on(r, look);
	} else {
		errand_end(r, PLAN_EXISTS, NULL);
	}
}

/* A time-out of the worker's own, or a failure: it may have been created all the same. */
static void
failed(struct errand *r, const struct http_response *answer, const char *message)
{
	bool timed_out = message != NULL && strncmp(message, "Request timed out", 17) == 0;
	struct err why = { 0 };

	(void)http_error(answer, &why);
	r->lost = true;
	if (answer->status == 500 && !timed_out && ++r->refused == REFUSED_MAX)
		end_refused(r, message, answer->status);
	else
		errand_later(r, look, &why);
}

static void
created(void *arg, int rc, const struct http_response *answer, const struct err *e)
{
	struct errand *r = arg;
	struct json_object *body = NULL;
	const char *message;
	struct err why = { 0 };

	if (rc != 0) {
		errand_unanswered(r, look, rc, e);
		return;
	}
	r->silent = 0;
	rc = http_error(answer, &why);
	message = rc == 0 ? NULL : connect_message(answer, &body);
	if (rc == 0)
		is_there(r);
	else if (answer->status == 409)
		conflict(r, message);
	else if (answer->status == 400 ||
	         (message != NULL && strstr(message, "Failed to find any class") != NULL))
		end_refused(r, message, answer->status);
	else if (rc == ERR_AGAIN)
		failed(r, answer, message);
	else
		errand_refused(r, answer);
	json_object_put_at(&body);
}

static int
create(struct errand *r, struct err *e)
{
	const char *target = connector_target(r->item);
	struct connector want = { 0 };
	struct json j;
	int rc = connector_parse(target, strlen(target), &want, e);

	if (rc != 0)
		return err_prefix(e, "connector %.200s", r->item->want.key);
	buf_clear(&r->body);
	json_init(&j, &r->body);
	json_begin_object(&j);
	json_key(&j, "config");
	json_value(&j, want.config);
	if (r->run->connect->version >= CONNECT_INITIAL_STATE_SINCE)
		json_key_string(&j, "initial_state", want.state);
	json_key_string(&j, "name", r->item->want.key);
	json_end_object(&j);
	connector_release(&want);
	return connect_send(r->run->connect, "POST", "/connectors", &r->body, created, r, e);
}

/* ---- the run ---- */

static bool
to_create(const struct plan_item *item)
{
	return item->action == PLAN_CREATE && item->outcome == PLAN_TODO;
}

/* What was planned without knowing the worker; and what is there already, at rest, is so. */
static int
prepare(struct apply *a, struct plan_item *item, struct err *e)
{
	const char *resting = connector_resting(a->server), *target = connector_target(item);
	const char *end = connector_state(item->started);
	struct connector want = { 0 };
	int rc;

	if (item->action == PLAN_COMPLETE && item->outcome == PLAN_TODO)
		item->outcome = PLAN_DONE;
	if (!to_create(item))
		return 0;
	rc = connector_parse(target, strlen(target), &want, e);
	if (end == NULL || (rc == 0 && strcmp(end, want.state) == 0))
		end = resting;
	if (rc == 0 && strcmp(want.state, resting) != 0)
		rc = connector_rest(a->plan, item, want.config, resting, end, e);
	connector_release(&want);
	return rc == 0 ? 0 : err_prefix(e, "connector %.200s", item->want.key);
}

int
connectors_apply(struct apply *a, struct err *e)
{
	static const struct errands what = { .pick = to_create, .prepare = prepare, .first = create };

	return errands_start(a, &what, e);
}
