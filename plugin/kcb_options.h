/*
 * kcb_options.h - the command line of kcb: a table of commands, a table of options, and what was
 * said.
 */
#ifndef KCB_OPTIONS_H
#define KCB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/err.h"
#include "plugin/kcb_commands.h"

struct kcb_options {
	const struct kcb_command *command; /* NULL: none was said */
	bool help, version;
	/* common */
	const char *config, *anchor, *state_dir;
	bool        json, quiet, verbose;
	uint64_t    timeout_ms; /* 0: none */
	/* of some commands */
	const char *snapshot, *from, *to, *kind, *name, *phase, *disks, *directory;
	const char *resource; /* of accept: KIND or KIND/NAME */
	bool        force, dry_run, all, into_used, exit_code, long_form;
	const char *after; /* of list: no option, but where its next part begins; NULL: the first */
	uint64_t    period_ms; /* run: how often the periodic hook is called */
};

/*
 * Read the command line.  The texts are argv's own.  ERR_CONFIG with one line that names the
 * word that is wrong; ret->command is the command as far as it is known by then.
 */
int kcb_options_parse(struct kcb_options *ret, int argc, char *const argv[], struct err *e);

/* What --help prints: of one command, or of kcb (command NULL). */
void kcb_options_help(const struct kcb_command *command, FILE *out);

#endif
