/*
 * rest_configs_apply.c - see rest_configs.h: reserve ids, put configs, then modes, the global mode last; and read each
 * back at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/loop/fanout.h"
#include "core/loop/job.h"
#include "core/registry/equal.h"
#include "core/registry/rest.h"
#include "core/registry/rest_configs.h"
#include "core/registry/rest_modes.h"
#include "core/registry/rest_reserve.h"

#define APPLY(j) container_of(j, struct configs_apply, job)

enum turn { TURN_HIGHEST_IDS, TURN_CONFIGS, TURN_MODES, TURN_GLOBAL_MODE, TURNS };

struct setting {
	struct configs_apply *run;
	struct plan_item     *plan;
	struct config_key     key;
	enum turn             turn;
	struct json_object   *value; /* that is wanted */
	struct buf            path, body;
};

struct configs_apply {
	struct apply    *apply;
	struct registry *registry;
	struct job       job;
	struct fanout    fanout;
	struct setting  *settings; /* sorted by their turn */
	size_t           count, first, next, done;
	struct err       stop; /* authorisation was lost: why nothing more is sent */
	struct rest_modes  modes;
	struct mode_scope *scopes; /* contexts, when a restore that was killed may have left some in IMPORT */
};

static void
end(struct setting *s, int rc, const struct err *e)
{
	struct configs_apply *run = s->run;

	run->done++;
	if (run->apply->progress != NULL)
		run->apply->progress(run->apply, run->done, run->count);
	fanout_end(&run->fanout, rc, e);
}

static void
failed(struct setting *s, const struct err *e)
{
	s->plan->outcome = PLAN_FAILED;
	s->plan->denied = e->code == ERR_DENIED;
	s->plan->reason = arena_text(&s->run->apply->plan->arena, e->text);
	if (e->code == ERR_DENIED)
		s->run->stop = *e;
	end(s, 0, &(struct err){ 0 });
}

/* What concerns this one alone, or the whole run. */
static bool
ends_run(int rc)
{
	return rc == ERR_AGAIN || rc == ERR_CANCELLED || rc == ERR_DEADLINE || rc == ERR_FAILED;
}

/* ---- read back ---- */

static void
compare(struct setting *s, struct json_object *value)
{
	struct line_set room;
	struct err e = { 0 };

	line_set_init(&room, 2 * (size_t)LINE_MAX_BYTES);
	s->plan->outcome = PLAN_DONE;
	if (registry_config_line_add(&room, s->key.what == CONFIG_MODE ? "mode" : "config", s->key.context,
	                             s->key.subject, value, &e) == 0 &&
	    !registry_config_equal(&room.lines[0], s->plan->want.value)) {
		s->plan->target = arena_copy(&s->run->apply->plan->arena, room.lines[0].value,
		                             room.lines[0].value_len);
		s->plan->reason = "the registry did not keep all of it";
	}
	line_set_release(&room);
}

static void
read_back(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct setting *s = arg;
	struct err err = *e;

	if (rc == 0 && answer->why.code == ERR_AGAIN) {
		err = answer->why;
		rc = err.code;
	}
	if (rc != 0 && ends_run(rc)) {
		end(s, rc, &err);
		return;
	}
	if (rc == 0 && answer->why.code == 0 && json_object_is_type(answer->value, json_type_object)) {
		compare(s, answer->value);
		end(s, 0, &err);
		return;
	}
	(void)err_set(&err, ERR_UNSUPPORTED, "the registry took it, and does not show it");
	failed(s, &err);
}

static void
put_done(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct setting *s = arg;
	struct err err = *e;

	if (rc == 0 && answer->why.code != 0 && answer->why.code != ERR_AGAIN) {
		failed(s, &answer->why);
		return;
	}
	if (rc == 0 && answer->why.code != 0) {
		err = answer->why;
		rc = err.code;
	}
	if (rc == 0) {
		rest_make_path(&s->path, s->key.what == CONFIG_MODE ? "mode" : "config", s->key.context,
		               s->key.subject, "");
		rc = rest_send(s->run->registry, "GET", &s->path, NULL, read_back, s, &err);
		if (rc == 0)
			return;
	}
	if (ends_run(rc))
		end(s, rc, &err);
	else
		failed(s, &err);
}

/* ---- put ---- */

/* What is read as compatibilityLevel is written as compatibility. */
static void
write_config(struct setting *s)
{
	struct json j;

	buf_clear(&s->body);
	json_init(&j, &s->body);
	json_begin_object(&j);
	json_object_object_foreach(s->value, name, member) {
		json_key(&j, strcmp(name, "compatibilityLevel") == 0 ? "compatibility" : name);
		json_value(&j, member);
	}
	json_end_object(&j);
}

static int
put(struct setting *s, struct err *e)
{
	const char *mode = rest_text(s->value, "mode");
	bool import = mode != NULL && strcmp(mode, "IMPORT") == 0;

	if (s->key.what == CONFIG_MODE)
		rest_mode_body(&s->body, mode == NULL ? "" : mode);
	else
		write_config(s);
	/* by force: what is there must stay */
	rest_make_path(&s->path, s->key.what == CONFIG_MODE ? "mode" : "config", s->key.context, s->key.subject,
	               s->key.what == CONFIG_MODE && import ? "?force=true" : "");
	return rest_send(s->run->registry, "PUT", &s->path, &s->body, put_done, s, e);
}

/* ---- reserve ---- */

static void
reserved(void *arg, int rc, const struct err *e)
{
	struct setting *s = arg;

	if (rc != 0 && ends_run(rc)) {
		end(s, rc, e);
	} else if (rc != 0) {
		failed(s, e);
	} else {
		s->plan->outcome = PLAN_DONE;
		end(s, 0, e);
	}
}

static int
reserve(struct setting *s, struct err *e)
{
	int64_t id = 0;

	(void)rest_number(s->value, "id", &id);
	return rest_reserve(s->run->registry, s->key.context, id, reserved, s, e);
}

/* ---- the run ---- */

static void
passed(void *arg, int rc)
{
	struct setting *s = arg;
	struct err e = s->run->stop.code != 0 ? s->run->stop : s->run->registry->stopped;

	if (rc == 0) {
		failed(s, &e);
		return;
	}
	(void)err_set(&e, rc, "stopped");
	end(s, rc, &e);
}

static int
start_setting(struct fanout *f, size_t i, struct err *e)
{
	struct configs_apply *run = container_of(f, struct configs_apply, fanout);
	struct setting *s = &run->settings[run->first + i];

	if (run->stop.code != 0 || (s->turn == TURN_HIGHEST_IDS && run->registry->stopped.code != 0))
		return loop_wait(run->registry->loop, 0, passed, s, e);
	return s->turn == TURN_HIGHEST_IDS ? reserve(s, e) : put(s, e);
}

static void next_turn(struct configs_apply *run);

static void
turn_done(struct fanout *f, int rc, const struct err *e)
{
	struct configs_apply *run = container_of(f, struct configs_apply, fanout);

	if (rc != 0)
		job_next(&run->job, rc, e);
	else
		next_turn(run);
}

static void
next_turn(struct configs_apply *run)
{
	run->first = run->next;
	if (run->first == run->count) {
		job_next(&run->job, 0, NULL);
		return;
	}
	while (run->next < run->count && run->settings[run->next].turn == run->settings[run->first].turn)
		run->next++;
	run->fanout = (struct fanout){ .count = run->next - run->first, .width = REGISTRY_WIDTH,
		                       .start = start_setting, .done = turn_done };
	fanout_run(&run->fanout);
}

/* ---- what a restore that was killed has left in IMPORT ---- */

/* The global mode comes back last: as long as it is IMPORT, contexts may be so too. */
static bool
was_killed(const struct configs_apply *run)
{
	size_t i;

	for (i = 0; i < run->count; i++)
		if (run->settings[i].turn == TURN_GLOBAL_MODE && run->settings[i].plan->have != NULL &&
		    strcmp(run->settings[i].plan->have, "{\"mode\":\"IMPORT\"}") == 0)
			return true;
	return false;
}

static void
modes_left(struct rest_modes *m, int rc, const struct err *e)
{
	job_next(&container_of(m, struct configs_apply, modes)->job, rc, e);
}

static void
step_leave(struct job *j)
{
	struct configs_apply *run = APPLY(j);
	struct json_object *contexts = run->registry->issued;
	int rc;

	if (!was_killed(run) || contexts == NULL) {
		job_next(j, 0, NULL);
		return;
	}
	run->modes = (struct rest_modes){ .registry = run->registry, .done = modes_left };
	run->scopes = calloc((size_t)json_object_object_length(contexts) + 1, sizeof *run->scopes);
	run->modes.scopes = run->scopes;
	if (run->scopes == NULL) {
		job_next(j, err_memory(&j->err, "restoring a registry's configs"), NULL);
		return;
	}
	json_object_object_foreach(contexts, name, highest) {
		(void)highest;
		if (strcmp(name, REGISTRY_DEFAULT_CONTEXT) != 0)
			run->scopes[run->modes.count++].context = name;
	}
	rc = rest_modes_leave(&run->modes, &j->err);
	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
step_put(struct job *j)
{
	next_turn(APPLY(j));
}

static int
compare_turns(const void *a, const void *b)
{
	const struct setting *x = a, *y = b;

	return (x->turn > y->turn) - (x->turn < y->turn);
}

static int
add_setting(struct configs_apply *run, struct plan_item *item, struct err *e)
{
	struct setting *s = &run->settings[run->count];
	int rc = config_key_parse(item->want.key, item->want.key_len, &s->key, e);

	if (rc == 0)
		rc = json_parse(item->want.value, item->want.value_len, JSON_DEPTH_MAX, &s->value, e);
	if (rc != 0)
		return rc;
	s->run = run;
	s->plan = item;
	s->turn = s->key.what == CONFIG_HIGHEST_ID      ? TURN_HIGHEST_IDS
	          : s->key.what == CONFIG_CONFIG        ? TURN_CONFIGS
	          : config_key_is_global(&s->key)       ? TURN_GLOBAL_MODE
	                                                : TURN_MODES;
	buf_init(&s->path, 16 * KEY_MAX_BYTES);
	buf_init(&s->body, LINE_MAX_BYTES);
	run->count++;
	return 0;
}

static void
step_pick(struct job *j)
{
	struct configs_apply *run = APPLY(j);
	struct plan *plan = run->apply->plan;
	size_t i;
	int rc = 0;

	for (i = 0; i < plan->count && rc == 0; i++) {
		struct plan_item *item = &plan->items[i];

		if ((item->action == PLAN_CREATE || item->action == PLAN_COMPLETE) && item->outcome == PLAN_TODO)
			rc = add_setting(run, item, &j->err);
	}
	if (run->count > 1)
		qsort(run->settings, run->count, sizeof *run->settings, compare_turns);
	job_next(j, rc, NULL);
}

static void
probed(void *arg, int rc, const struct err *e)
{
	job_next(&((struct configs_apply *)arg)->job, rc, e);
}

static void
step_ready(struct job *j)
{
	int rc = rest_probe(APPLY(j)->registry, probed, APPLY(j), &j->err);

	if (rc != 0)
		job_next(j, rc, NULL);
}

static void
run_done(struct job *j)
{
	struct configs_apply *run = APPLY(j);
	struct apply *a = run->apply;
	struct err err = j->err;
	size_t i;

	for (i = 0; i < run->count; i++) {
		config_key_release(&run->settings[i].key);
		json_object_put_at(&run->settings[i].value);
		buf_release(&run->settings[i].path);
		buf_release(&run->settings[i].body);
	}
	free(run->settings);
	free(run->scopes);
	free(run);
	a->done(a, err.code, &err);
}

int
rest_configs_apply(struct apply *a, struct err *e)
{
	static const struct job_step steps[] = {
		{ "is the registry ready", step_ready },
		{ "pick", step_pick },
		{ "leave the mode IMPORT", step_leave },
		{ "put", step_put },
		{ NULL, NULL },
	};
	struct configs_apply *run = calloc(1, sizeof *run);

	if (run == NULL)
		return err_memory(e, "restoring a registry's configs");
	run->apply = a;
	run->registry = a->server;
	run->settings = calloc(a->plan->count + 1, sizeof *run->settings);
	if (run->settings == NULL) {
		free(run);
		return err_memory(e, "restoring a registry's configs");
	}
	job_start(&run->job, a->loop, steps, run_done, NULL);
	return 0;
}
