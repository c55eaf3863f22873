/*
 * host.c - the tests' own host: loads the plugin with dlopen, runs one hook, prints its report.
 *
 *   host PLUGIN CONFIG HOOK [--params JSON] [--force] [--dry-run] [--deadline MS] [--state-dir DIR]
 *        [--users FOLDER] [--kill-at STEP] [--stop-at STEP] [--cancel-at STEP] [--wall-ahead MS]
 *        [--repeat N [--clock-step MS]]
 *
 * --users is the manager's own user store (host_users.h).  --kill-at ends the host with SIGKILL when
 * progress names the step; --stop-at writes "at STEP" to standard error and waits there until
 * standard input ends; --cancel-at cancels; --wall-ahead is by how much the host's clock is ahead of
 * the real one.  --repeat begins N times with one instance, a report each; before each but the first
 * both clocks go MS ahead.  Exit: the status of the result, of the last if there are several.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "plugin/lifecycle_plugin.h"
#include "tests/live/host_users.h"

struct host {
	struct lcp_host table;
	const char *users, *kill_at, *stop_at, *cancel_at;
	const struct lcp_plugin *plugin;
	struct lcp_instance *instance;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	int64_t wall_ahead_ms;
	uint64_t repeat, clock_step_ms, clocks_ahead_ms;
	bool done;
	int status;
};

static uint64_t
now_ms(void *ctx)
{
	const struct host *h = ctx;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000 + h->clocks_ahead_ms;
}

static int64_t
wall_ms(void *ctx)
{
	const struct host *h = ctx;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + h->wall_ahead_ms +
	       (int64_t)h->clocks_ahead_ms;
}

static void
say(void *ctx, int32_t level, const char *message)
{
	(void)ctx;
	fprintf(stderr, "<%d> %s\n", level, message);
}

static void
progress(void *ctx, uint64_t op, const struct lcp_progress *p)
{
	struct host *h = ctx;
	char c;

	if (p->total != 0)
		return; /* inside a step */
	fprintf(stderr, "step %s\n", p->what);
	if (h->kill_at != NULL && strcmp(h->kill_at, p->what) == 0)
		(void)kill(getpid(), SIGKILL);
	if (h->stop_at != NULL && strcmp(h->stop_at, p->what) == 0) {
		fprintf(stderr, "at %s\n", p->what);
		while (read(0, &c, 1) > 0)
			;
	}
	if (h->cancel_at != NULL && strcmp(h->cancel_at, p->what) == 0)
		h->plugin->cancel(h->instance, op);
}

static int32_t
user_each(void *ctx, const char *service, lcp_user_fn fn, void *arg)
{
	(void)service;
	return host_users_each(((const struct host *)ctx)->users, fn, arg);
}

static int32_t
user_put(void *ctx, const char *service, const struct lcp_user *user)
{
	(void)service;
	return host_users_put(((const struct host *)ctx)->users, user);
}

static void
done(void *arg, const struct lcp_result *r)
{
	struct host *h = arg;

	printf("%s\n", r->report == NULL ? "null" : r->report);
	pthread_mutex_lock(&h->lock);
	h->status = r->status;
	h->done = true;
	pthread_cond_signal(&h->ended);
	pthread_mutex_unlock(&h->lock);
}

static uint32_t
hook_of(const char *name)
{
	static const char *const names[] = { "check", "periodic", "pre_poweroff", "post_poweron",
		                             "pre_start", "command" };
	uint32_t i;

	for (i = 0; i < 6; i++)
		if (strcmp(names[i], name) == 0)
			return 1u << i;
	return 0;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (f == NULL || text == NULL || (fread(text, 1, (1 << 20) - 1, f) == 0 && ferror(f))) {
		perror(path);
		exit(100);
	}
	(void)fclose(f);
	return text;
}

static const char *
service_id(const char *config, struct json_object **owner)
{
	struct json_object *id;

	*owner = json_tokener_parse(config);
	if (*owner == NULL || !json_object_object_get_ex(*owner, "service", &id))
		return "none";
	return json_object_get_string(id);
}

static void
options(struct host *h, struct lcp_request *r, const char **state_dir, int argc, char **argv)
{
	int i;

	for (i = 4; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--force") == 0)
			r->flags |= LCP_FORCE;
		else if (strcmp(argv[i], "--dry-run") == 0)
			r->flags |= LCP_DRY_RUN;
		else if (strcmp(argv[i], "--params") == 0)
			r->params = value;
		else if (strcmp(argv[i], "--deadline") == 0)
			r->deadline_ms = now_ms(h) + (uint64_t)strtoull(value, NULL, 10);
		else if (strcmp(argv[i], "--state-dir") == 0)
			*state_dir = value;
		else if (strcmp(argv[i], "--users") == 0)
			h->users = value;
		else if (strcmp(argv[i], "--kill-at") == 0)
			h->kill_at = value;
		else if (strcmp(argv[i], "--stop-at") == 0)
			h->stop_at = value;
		else if (strcmp(argv[i], "--cancel-at") == 0)
			h->cancel_at = value;
		else if (strcmp(argv[i], "--wall-ahead") == 0)
			h->wall_ahead_ms = strtoll(value, NULL, 10);
		else if (strcmp(argv[i], "--repeat") == 0)
			h->repeat = strtoull(value, NULL, 10);
		else if (strcmp(argv[i], "--clock-step") == 0)
			h->clock_step_ms = strtoull(value, NULL, 10);
	}
}

static const struct lcp_plugin *
load(const char *path, const struct lcp_host *table)
{
	const struct lcp_plugin *(*entry)(const struct lcp_host *, struct lcp_text *);
	struct lcp_text err = { .size = sizeof err };
	void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct lcp_plugin *plugin = NULL;

	if (so == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return NULL;
	}
	*(void **)&entry = dlsym(so, LCP_ENTRY);
	if (entry != NULL)
		plugin = entry(table, &err);
	if (plugin == NULL)
		fprintf(stderr, "not loaded: %s\n", err.text);
	return plugin;
}

/* Begin, and wait for the end: what begin() said if it refused. */
static lcp_status
run(struct host *h, const struct lcp_request *r)
{
	lcp_status status;

	h->done = false;
	status = h->plugin->begin(h->instance, r, done, h);
	pthread_mutex_lock(&h->lock);
	while (status == LCP_OK && !h->done)
		pthread_cond_wait(&h->ended, &h->lock);
	pthread_mutex_unlock(&h->lock);
	return status;
}

int
main(int argc, char **argv)
{
	struct host h = { .table = { .size = sizeof h.table, .abi = LCP_ABI, .ctx = &h, .log = say,
		                     .now_ms = now_ms, .wall_ms = wall_ms, .progress = progress },
		          .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER, .repeat = 1 };
	struct lcp_request r = { .size = sizeof r, .op = 1 };
	struct lcp_service service = { .size = sizeof service };
	struct lcp_text err = { .size = sizeof err };
	struct json_object *owner;
	lcp_status status;

	if (argc < 4 || (r.hook = hook_of(argv[3])) == 0)
		return 100;
	options(&h, &r, &service.state_dir, argc, argv);
	if (h.users != NULL) {
		h.table.caps |= LCP_HOST_USERS;
		h.table.user_each = user_each;
		h.table.user_put = user_put;
	}
	h.plugin = load(argv[1], &h.table);
	if (h.plugin == NULL)
		return 101;
	service.config = read_file(argv[2]);
	service.id = service_id(service.config, &owner);
	status = h.plugin->open(&h.table, &service, &h.instance, &err);
	for (r.op = 1; status == LCP_OK && r.op <= h.repeat; r.op++) {
		status = run(&h, &r);
		h.clocks_ahead_ms += h.clock_step_ms;
	}
	if (status != LCP_OK) {
		fprintf(stderr, "refused (%d): %s\n", status, err.text);
		return 50 + status;
	}
	h.plugin->close(h.instance);
	json_object_put(owner);
	free((void *)(uintptr_t)service.config);
	return h.status;
}
