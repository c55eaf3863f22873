/*
 * instances.c - what the plugin costs a manager that has many services and does nothing with them.
 *
 *   instances PLUGIN CONFIG COUNT
 *
 * Loads the plugin ("load MS": dlopen, with its libraries, and the entry), runs one operation on one
 * instance and closes it (libraries keep what they keep from then on), counts threads, descriptors
 * and the allocator's bytes, opens COUNT instances, counts again: "threads N", "descriptors N",
 * "bytes N" are the differences.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "measure.h"
#include "plugin/lifecycle_plugin.h"

struct usage {
	long   threads, descriptors;
	size_t bytes;
};

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
};

static void
done(void *arg, const struct lcp_result *r)
{
	struct waiter *w = arg;

	(void)r; /* how it ended does not matter: it has run */
	pthread_mutex_lock(&w->lock);
	w->done = true;
	pthread_cond_signal(&w->ended);
	pthread_mutex_unlock(&w->lock);
}

static long
entries(const char *path)
{
	DIR *d = opendir(path);
	long n = 0;

	if (d == NULL)
		failed("instances", path);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

static struct usage
use(void)
{
	struct mallinfo2 m = mallinfo2();

	return (struct usage){ entries("/proc/self/task"), entries("/proc/self/fd"),
		               m.uordblks + m.hblkhd };
}

/* librdkafka's last threads end a moment after the operation: until nothing changes for a second. */
static struct usage
settled(void)
{
	struct timespec pause = { .tv_sec = 0, .tv_nsec = 50000000 };
	struct usage last = use(), u;
	int same = 0;

	while (same < 20) {
		(void)nanosleep(&pause, NULL);
		u = use();
		same = u.threads == last.threads && u.descriptors == last.descriptors ? same + 1 : 0;
		last = u;
	}
	return last;
}

static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (f == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, f) == 0)
		failed("instances", path);
	(void)fclose(f);
	return text;
}

static const struct lcp_plugin *
load(const char *path, const struct lcp_host *table)
{
	const struct lcp_plugin *(*entry)(const struct lcp_host *, struct lcp_text *);
	struct lcp_text err = { .size = sizeof err };
	const struct lcp_plugin *plugin = NULL;
	double began = now_ms();
	void *so = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (so == NULL)
		failed("instances", dlerror());
	*(void **)&entry = dlsym(so, LCP_ENTRY);
	if (entry != NULL)
		plugin = entry(table, &err);
	if (plugin == NULL)
		failed("instances", "the plugin has no entry, or refused");
	printf("load %.2f\n", now_ms() - began);
	return plugin;
}

static struct lcp_instance *
open_one(const struct lcp_plugin *plugin, const struct lcp_host *table,
         const struct lcp_service *service)
{
	struct lcp_text err = { .size = sizeof err };
	struct lcp_instance *in;

	if (plugin->open(table, service, &in, &err) != LCP_OK)
		failed("instances", err.text);
	return in;
}

static void
warm_up(const struct lcp_plugin *plugin, const struct lcp_host *table,
        const struct lcp_service *service)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	struct lcp_request r = { .size = sizeof r, .op = 1, .hook = LCP_HOOK_PERIODIC };
	struct lcp_instance *in = open_one(plugin, table, service);

	if (plugin->begin(in, &r, done, &w) != LCP_OK)
		failed("instances", "the operation was refused");
	pthread_mutex_lock(&w.lock);
	while (!w.done)
		pthread_cond_wait(&w.ended, &w.lock);
	pthread_mutex_unlock(&w.lock);
	plugin->close(in);
}

int
main(int argc, char **argv)
{
	struct lcp_host table = { .size = sizeof table, .abi = LCP_ABI, .now_ms = clock_ms,
		                  .wall_ms = wall_ms };
	struct lcp_service service = { .size = sizeof service };
	size_t i, count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	struct lcp_instance **all = calloc(count + 1, sizeof(struct lcp_instance *));
	const struct lcp_plugin *plugin;
	struct json_object *config, *id = NULL;
	struct usage before, after;

	if (argc != 4 || all == NULL)
		failed("instances", "usage: instances PLUGIN CONFIG COUNT");
	plugin = load(argv[1], &table);
	service.config = read_file(argv[2]);
	config = json_tokener_parse(service.config);
	if (config == NULL || !json_object_object_get_ex(config, "service", &id))
		failed("instances", "the configuration has no service");
	service.id = json_object_get_string(id);
	warm_up(plugin, &table, &service);
	before = settled();
	for (i = 0; i < count; i++)
		all[i] = open_one(plugin, &table, &service);
	after = use();
	printf("threads %ld\ndescriptors %ld\nbytes %zu\n", after.threads - before.threads,
	       after.descriptors - before.descriptors, after.bytes - before.bytes);
	for (i = 0; i < count; i++)
		plugin->close(all[i]);
	(void)json_object_put(config);
	return 0;
}
