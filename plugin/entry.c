/* entry.c - the one exported symbol, and the plugin's table */
#include "config.h"

#include <sodium.h>

#include "core/loop/http.h"
#include "plugin/instance.h"

static const struct lcp_plugin plugin = {
	.size = sizeof plugin,
	.abi = LCP_ABI,
	.hooks = INSTANCE_HOOKS,
	.name = PACKAGE_NAME,
	.version = PACKAGE_VERSION,
	.service_type = "kafka",
	.open = instance_open,
	.begin = instance_begin,
	.cancel = instance_cancel,
	.close = instance_close,
};

const struct lcp_plugin *
lifecycle_plugin_1(const struct lcp_host *host, struct lcp_text *err)
{
	struct lcp_host own;
	struct err e = { 0 };

	if (lcp_take(&own, sizeof own, host) != 0 || own.abi != LCP_ABI) {
		instance_say(err, "the host's table is not of ABI 1, which this plugin speaks");
		return NULL;
	}
	if (sodium_init() < 0) { /* 1: it was done before */
		instance_say(err, "libsodium cannot be initialised");
		return NULL;
	}
	if (http_init(&e) != 0) {
		instance_say(err, e.text);
		return NULL;
	}
	return &plugin;
}
