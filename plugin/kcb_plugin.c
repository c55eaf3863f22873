/* kcb_plugin.c - see kcb_plugin.h */
#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/kcb_plugin.h"

#define FILE_NAME "kafka_config_backup.so"

typedef const struct lcp_plugin *entry_fn(const struct lcp_host *host, struct lcp_text *err);

/* The folder of this program, with the slash; false: nobody knows. */
static bool
own_folder(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	ret[n] = '\0';
	slash = strrchr(ret, '/');
	if (slash == NULL)
		return false;
	slash[1] = '\0';
	return true;
}

static const char *
find(char *path, size_t size)
{
	static const char *const places[] = { ".libs/" FILE_NAME, FILE_NAME };
	const char *named = secure_getenv("KCB_PLUGIN");
	char folder[PATH_MAX];
	size_t i;

	if (named != NULL && named[0] != '\0')
		return named;
	for (i = 0; i < 2 && own_folder(folder, sizeof folder); i++)
		if ((size_t)snprintf(path, size, "%s%s", folder, places[i]) < size &&
		    access(path, R_OK) == 0)
			return path;
	return KCB_PLUGIN_FOLDER "/" FILE_NAME;
}

static lcp_status
take_table(struct kcb_plugin *ret, const char *path, const struct lcp_plugin *theirs,
           uint64_t caps, struct err *e)
{
	if (lcp_take(&ret->table, sizeof ret->table, theirs) != 0 || ret->table.abi != LCP_ABI ||
	    ret->table.reserved != 0 || ret->table.open == NULL || ret->table.begin == NULL ||
	    ret->table.cancel == NULL || ret->table.close == NULL || ret->table.name == NULL ||
	    ret->table.version == NULL) {
		(void)err_set(e, ERR_UNSUPPORTED, "the plugin %s: its table is not one of ABI %u", path,
		              LCP_ABI);
		return LCP_UNSUPPORTED;
	}
	if ((ret->table.needs & ~caps) != 0) {
		(void)err_set(e, ERR_UNSUPPORTED, "the plugin %s needs a manager that offers more than kcb",
		              path);
		return LCP_UNSUPPORTED;
	}
	return LCP_OK;
}

lcp_status
kcb_plugin_load(struct kcb_plugin *ret, const struct lcp_host *host, struct err *e)
{
	struct lcp_text text = { .size = sizeof text };
	const struct lcp_plugin *theirs;
	char room[PATH_MAX];
	const char *path = find(room, sizeof room);
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	entry_fn *entry;

	if (object == NULL) {
		(void)err_set(e, ERR_FAILED, "the plugin cannot be loaded: %s", dlerror());
		return LCP_FAILED;
	}
	*(void **)&entry = dlsym(object, LCP_ENTRY); /* as POSIX says it is done */
	if (entry == NULL) {
		(void)err_set(e, ERR_UNSUPPORTED, "the plugin %s has no symbol %s: it is of another ABI",
		              path, LCP_ENTRY);
		return LCP_UNSUPPORTED;
	}
	theirs = entry(host, &text);
	if (theirs == NULL) {
		(void)err_set(e, ERR_FAILED, "the plugin %s: %s", path, text.text);
		return LCP_FAILED;
	}
	return take_table(ret, path, theirs, host->caps, e);
}
