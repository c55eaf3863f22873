/*
 * kcb_commands.h - what kcb can be told to do: one row a command; its help is made from the row.
 */
#ifndef KCB_COMMANDS_H
#define KCB_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/lifecycle_plugin.h"

/* The options, as bits of what a command takes. */
enum kcb_option {
	KCB_CONFIG = 1 << 0,
	KCB_JSON = 1 << 1,
	KCB_ANCHOR = 1 << 2,
	KCB_TIMEOUT = 1 << 3,
	KCB_QUIET = 1 << 4,
	KCB_VERBOSE = 1 << 5,
	KCB_STATE_DIR = 1 << 6,
	KCB_FORCE = 1 << 7,
	KCB_DRY_RUN = 1 << 8,
	KCB_PHASE = 1 << 9,
	KCB_SNAPSHOT = 1 << 10,
	KCB_DISKS = 1 << 11,
	KCB_KIND = 1 << 12,
	KCB_NAME = 1 << 13,
	KCB_ALL = 1 << 14,
	KCB_INTO_USED = 1 << 15,
	KCB_EXIT_CODE = 1 << 16,
	KCB_PERIOD = 1 << 17,
	KCB_LONG = 1 << 18,
};

enum kcb_role {
	KCB_HOOK,   /* one operation of the plugin; its report is the answer */
	KCB_LOOK,   /* one operation of the plugin; its result is the answer */
	KCB_LIST,   /* as many operations as the answer has parts */
	KCB_RUN,    /* the daemon */
	KCB_KEYGEN, /* without the plugin */
};

struct kcb_argument {
	const char *name;   /* "SNAPSHOT" */
	size_t      offset; /* in struct kcb_options */
};

struct kcb_command {
	const char   *name;
	enum kcb_role role;
	uint32_t      hook;    /* LCP_HOOK_*; 0 of KCB_RUN and KCB_KEYGEN */
	const char   *word;    /* of LCP_HOOK_COMMAND: params.command */
	unsigned      options; /* it takes, beyond --help */
	unsigned      arguments_needed;
	struct kcb_argument arguments[2];
	const char   *synopsis; /* of its own options and arguments */
	const char   *summary;  /* one line */
	const char   *text;     /* what it does */
	const char   *exits;    /* the exit codes that matter */
	const char   *example;
};

extern const struct kcb_command kcb_commands[];
extern const size_t             kcb_commands_count;

#endif
