/* instance.h - one service: the functions of the plugin's table (lifecycle_plugin.h has their contract) */
#ifndef INSTANCE_H
#define INSTANCE_H

#include "plugin/lifecycle_plugin.h"

#define INSTANCE_HOOKS                                                                             \
	(LCP_HOOK_CHECK | LCP_HOOK_PERIODIC | LCP_HOOK_PRE_POWEROFF | LCP_HOOK_POST_POWERON |      \
	 LCP_HOOK_PRE_START | LCP_HOOK_COMMAND)

/* Put a text into the host's, as far as its size goes; NULL is allowed. */
void instance_say(struct lcp_text *err, const char *text);

lcp_status instance_open(const struct lcp_host *host, const struct lcp_service *service,
                         struct lcp_instance **ret, struct lcp_text *err);
lcp_status instance_begin(struct lcp_instance *in, const struct lcp_request *request,
                          lcp_done_fn done, void *done_arg);
void       instance_cancel(struct lcp_instance *in, uint64_t op);
void       instance_close(struct lcp_instance *in);

#endif
