/*
 * plugin.c - a plugin that does as a script says: for the tests of hosts, kcb among them.
 *
 * $FAKE_SCRIPT is a JSON file, a list of operations in the order in which they will come; the last
 * one answers all that follow:
 *   {"status": 1, "message": "...", "retry_after_ms": 5, "report": {...} or "text as it is",
 *    "log": ["..."], "progress": ["..."], "wait": "cancel" or "deadline",
 *    "refuse": 7 (what begin returns), "no_report": true}
 * To $FAKE_CALLS, a file or a pipe, go a line for each call: "open ID STATE_DIR",
 * "begin HOOK FLAGS DEADLINE PARAMS", "cancel OP", "close".  $FAKE_TABLE makes the table wrong:
 * "abi", "tail", "needs", "refuse".
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "plugin/lifecycle_plugin.h"

struct lcp_instance {
	struct lcp_host     host;
	struct json_object *script; /* a list */
	size_t              next;
	pthread_t           thread;
	bool                started; /* there is a thread to join */
	pthread_mutex_t     lock;
	pthread_cond_t      changed;
	bool                cancelled;
	struct lcp_request  request; /* the running one */
	lcp_done_fn         done;
	void               *arg;
	struct json_object *act; /* what the script says of it */
};

/* ---- what was called ---- */

__attribute__((format(printf, 1, 2))) static void
note(const char *format, ...)
{
	const char *path = getenv("FAKE_CALLS");
	char line[8192];
	va_list ap;
	int fd, n;

	if (path == NULL)
		return;
	va_start(ap, format);
	n = vsnprintf(line, sizeof line - 1, format, ap);
	va_end(ap);
	line[n++] = '\n';
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, line, (size_t)n) != n)
		perror("FAKE_CALLS");
	if (fd >= 0)
		(void)close(fd);
}

/* ---- the script ---- */

static struct json_object *
member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *
text(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key);

	return value == NULL ? "" : json_object_get_string(value);
}

/* The words of a list, each to say(). */
static void
each(struct lcp_instance *in, const char *key,
     void (*say)(struct lcp_instance *, const char *, uint32_t, uint32_t))
{
	struct json_object *list = member(in->act, key);
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);

	for (i = 0; i < n; i++)
		say(in, json_object_get_string(json_object_array_get_idx(list, i)), (uint32_t)i + 1,
		    (uint32_t)n);
}

static void
say_log(struct lcp_instance *in, const char *word, uint32_t i, uint32_t n)
{
	(void)i;
	(void)n;
	in->host.log(in->host.ctx, 4, word);
}

static void
say_progress(struct lcp_instance *in, const char *word, uint32_t i, uint32_t n)
{
	struct lcp_progress p = { .size = sizeof p, .step = i, .steps = n, .what = word };

	in->host.progress(in->host.ctx, in->request.op, &p);
}

/* True: it ended because it was cancelled.  One that waits for its deadline is deaf to that. */
static bool
wait_for(struct lcp_instance *in, const char *what)
{
	struct timespec nap = { .tv_nsec = 5000000 };
	bool cancelled;

	pthread_mutex_lock(&in->lock);
	while (strcmp(what, "cancel") == 0 && !in->cancelled)
		pthread_cond_wait(&in->changed, &in->lock);
	cancelled = in->cancelled;
	pthread_mutex_unlock(&in->lock);
	while (strcmp(what, "deadline") == 0 &&
	       in->host.now_ms(in->host.ctx) < in->request.deadline_ms)
		(void)nanosleep(&nap, NULL);
	return cancelled && strcmp(what, "deadline") != 0; /* however early the cancel came */
}

static void *
perform(void *arg)
{
	struct lcp_instance *in = arg;
	struct json_object *report = member(in->act, "report");
	struct lcp_result r = { .size = sizeof r, .op = in->request.op };

	each(in, "log", say_log);
	each(in, "progress", say_progress);
	r.status = json_object_get_int(member(in->act, "status"));
	r.message = text(in->act, "message");
	r.retry_after_ms = json_object_get_uint64(member(in->act, "retry_after_ms"));
	if (wait_for(in, text(in->act, "wait"))) {
		r.status = LCP_CANCELLED;
		r.message = "cancelled";
	}
	if (report == NULL)
		r.report = "{}";
	else if (json_object_is_type(report, json_type_string))
		r.report = json_object_get_string(report);
	else
		r.report = json_object_to_json_string_ext(report, JSON_C_TO_STRING_PLAIN);
	if (json_object_get_boolean(member(in->act, "no_report")))
		r.report = NULL;
	in->done(in->arg, &r);
	return NULL;
}

/* ---- the table ---- */

static lcp_status
fake_open(const struct lcp_host *host, const struct lcp_service *service, struct lcp_instance **in,
          struct lcp_text *err)
{
	struct lcp_instance *own = calloc(1, sizeof *own);
	const char *script = getenv("FAKE_SCRIPT");

	note("open %s %s", service->id, service->state_dir == NULL ? "-" : service->state_dir);
	if (own == NULL || script == NULL || strstr(service->config, "\"wrong\"") != NULL) {
		(void)snprintf(err->text, sizeof err->text, "configuration: wrong: no such key");
		free(own);
		return LCP_CONFIG;
	}
	own->host = *host;
	own->script = json_object_from_file(script);
	pthread_mutex_init(&own->lock, NULL);
	pthread_cond_init(&own->changed, NULL);
	*in = own;
	return LCP_OK;
}

static void
join(struct lcp_instance *in)
{
	if (in->started)
		(void)pthread_join(in->thread, NULL);
	in->started = false;
}

static lcp_status
fake_begin(struct lcp_instance *in, const struct lcp_request *request, lcp_done_fn done, void *arg)
{
	struct json_object *refuse;

	join(in);
	note("begin %u %u %s %s", (unsigned)request->hook, (unsigned)request->flags,
	     request->deadline_ms == 0 ? "never" : "deadline",
	     request->params == NULL ? "-" : request->params);
	in->act = json_object_array_get_idx(in->script, in->next);
	if (in->next + 1 < json_object_array_length(in->script))
		in->next++;
	refuse = member(in->act, "refuse");
	if (refuse != NULL)
		return json_object_get_int(refuse);
	in->request = *request;
	in->done = done;
	in->arg = arg;
	in->started = pthread_create(&in->thread, NULL, perform, in) == 0;
	return in->started ? LCP_OK : LCP_FAILED;
}

static void
fake_cancel(struct lcp_instance *in, uint64_t op)
{
	note("cancel %llu", (unsigned long long)op);
	pthread_mutex_lock(&in->lock);
	in->cancelled = true;
	pthread_cond_broadcast(&in->changed);
	pthread_mutex_unlock(&in->lock);
}

static void
fake_close(struct lcp_instance *in)
{
	if (in == NULL)
		return;
	note("close");
	join(in);
	(void)json_object_put(in->script);
	pthread_cond_destroy(&in->changed);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

struct longer { /* a table of a later version */
	struct lcp_plugin plugin;
	uint64_t          more;
};

#define TABLE(its_abi, its_needs)                                                                  \
	{                                                                                          \
		.size = sizeof(struct lcp_plugin), .abi = (its_abi), .needs = (its_needs),         \
		.hooks = LCP_HOOK_CHECK | LCP_HOOK_PERIODIC | LCP_HOOK_PRE_POWEROFF |              \
		         LCP_HOOK_POST_POWERON | LCP_HOOK_COMMAND,                                 \
		.name = "fake", .version = "1", .service_type = "fake", .open = fake_open,         \
		.begin = fake_begin, .cancel = fake_cancel, .close = fake_close,                   \
	}

const struct lcp_plugin *
lifecycle_plugin_1(const struct lcp_host *host, struct lcp_text *err)
{
	static const struct lcp_plugin good = TABLE(LCP_ABI, 0);
	static const struct lcp_plugin newer = TABLE(LCP_ABI + 1, 0);
	static const struct lcp_plugin needy = TABLE(LCP_ABI, LCP_HOST_USERS);
	static const struct longer tail = { { .size = sizeof tail, .abi = LCP_ABI }, 1 };
	const char *wrong = getenv("FAKE_TABLE");

	(void)host;
	if (wrong == NULL)
		return &good;
	if (strcmp(wrong, "refuse") == 0) {
		(void)snprintf(err->text, sizeof err->text, "not on this machine");
		return NULL;
	}
	if (strcmp(wrong, "tail") == 0)
		return &tail.plugin;
	return strcmp(wrong, "needs") == 0 ? &needy : &newer;
}
