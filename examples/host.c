/* host.c - a lifecycle manager in 60 lines: host PLUGIN SERVICE-ID SERVICE.json HOOK-NUMBER [PARAMS] */
#include <dlfcn.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "plugin/lifecycle_plugin.h"
static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
static uint64_t now_ms(void *ctx) { (void)ctx; return (uint64_t)clock_ms(CLOCK_MONOTONIC); }
static int64_t wall_ms(void *ctx) { (void)ctx; return clock_ms(CLOCK_REALTIME); }
static void progress(void *ctx, uint64_t op, const struct lcp_progress *p) { (void)ctx; (void)op; (void)p; }
static void say(void *ctx, int32_t level, const char *text)
{
	(void)ctx;
	fprintf(stderr, "<%d> %s\n", (int)level, text);
}

struct end { sem_t reached; lcp_status status; };
static void done(void *arg, const struct lcp_result *result) /* on a thread of the plugin's */
{
	struct end *end = arg;
	printf("%s\n%s\n", result->message, result->report == NULL ? "" : result->report);
	end->status = result->status;
	sem_post(&end->reached);
}
static int fail(const char *what, const char *why) { fprintf(stderr, "%s: %s\n", what, why); return 100; }
int main(int argc, char **argv)
{
	struct lcp_host host = { .size = sizeof host, .abi = LCP_ABI, .log = say, .now_ms = now_ms,
		                 .wall_ms = wall_ms, .progress = progress };
	struct lcp_text err = { .size = sizeof err };
	const struct lcp_plugin *(*entry)(const struct lcp_host *, struct lcp_text *) = NULL;
	char config[65536] = "";
	FILE *file = argc < 5 ? NULL : fopen(argv[3], "r");
	void *object = argc < 5 ? NULL : dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (file == NULL || object == NULL || fread(config, 1, sizeof config - 1, file) == 0)
		return fail("usage", "host PLUGIN SERVICE-ID SERVICE.json HOOK-NUMBER [PARAMS]");
	*(void **)&entry = dlsym(object, LCP_ENTRY);
	const struct lcp_plugin *plugin = entry == NULL ? NULL : entry(&host, &err);
	if (plugin == NULL)
		return fail(argv[1], err.text);
	struct lcp_service service = { .size = sizeof service, .id = argv[2], .config = config };
	struct lcp_instance *instance;
	if (plugin->open(&host, &service, &instance, &err) != LCP_OK)
		return fail("open", err.text);
	struct lcp_request request = { .size = sizeof request, .op = 1, .params = argc > 5 ? argv[5] : NULL,
		.hook = (uint32_t)strtoul(argv[4], NULL, 10), .deadline_ms = now_ms(NULL) + 600000 };
	struct end end = { .status = LCP_FAILED };
	sem_init(&end.reached, 0, 0);
	lcp_status begun = plugin->begin(instance, &request, done, &end);
	while (begun == LCP_OK && sem_wait(&end.reached) != 0) /* done comes once, and only if begin said OK */
		;
	plugin->close(instance);
	return begun == LCP_OK ? end.status : begun;
}
