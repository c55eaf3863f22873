/*
 * status.h - hooks, flags and endings, with the numbers of plugin/lifecycle_plugin.h (which
 * plugin/instance.c asserts): includes go down only, so the policy does not know the ABI.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdint.h>

enum hook {
	HOOK_CHECK = 1,
	HOOK_PERIODIC = 2,
	HOOK_PRE_POWEROFF = 4,
	HOOK_POST_POWERON = 8,
	HOOK_PRE_START = 16,
	HOOK_COMMAND = 32,
};

enum status {
	STATUS_OK = 0,
	STATUS_PARTIAL = 1,
	STATUS_VETO = 2,
	STATUS_AGAIN = 3,
	STATUS_CANCELLED = 4,
	STATUS_DEADLINE = 5,
	STATUS_CONFIG = 6,
	STATUS_UNSUPPORTED = 7,
	STATUS_FAILED = 8,
	STATUS_NEEDS_OPERATOR = 9,
};

const char *hook_name(enum hook hook);       /* "periodic", ... */
const char *status_name(enum status status); /* "OK", "NEEDS_OPERATOR", ... */
enum status status_of_error(int code);       /* of ERR_* */

#endif
