/*
 * kcb_plugin.h - find the shared object and take its table.
 */
#ifndef KCB_PLUGIN_H
#define KCB_PLUGIN_H

#include "core/base/err.h"
#include "plugin/lifecycle_plugin.h"

struct kcb_plugin {
	struct lcp_plugin table; /* as far as the plugin and kcb know it */
};

/*
 * Load $KCB_PLUGIN; else kafka_config_backup.so next to this program (in .libs where it is not
 * installed); else the one that was installed with it.  It is never unloaded.  LCP_OK, or a
 * status and a text.
 */
lcp_status kcb_plugin_load(struct kcb_plugin *ret, const struct lcp_host *host, struct err *e);

#endif
