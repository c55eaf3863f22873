/*
 * kcb.c - the command: a small lifecycle manager for people; it loads the plugin like any other
 * host
 */
#include "config.h"

#include <stdio.h>

#include "plugin/kcb_keygen.h"
#include "plugin/kcb_list.h"
#include "plugin/kcb_operation.h"
#include "plugin/kcb_options.h"
#include "plugin/kcb_run.h"
#include "plugin/kcb_text.h"

static int
refuse(const struct kcb_options *o, const struct err *e)
{
	const char *name = o->command == NULL ? "" : o->command->name;

	kcb_text_print(stderr, "kcb: %s\n", e->text);
	kcb_text_print(stderr, "see kcb %s%s--help\n", name, name[0] != '\0' ? " " : "");
	return 2;
}

static int
obey(const struct kcb_options *o)
{
	switch (o->command->role) {
	case KCB_RUN:
		return kcb_run_main(o);
	case KCB_LIST:
		return kcb_list_main(o);
	case KCB_KEYGEN:
		return kcb_keygen_main(o);
	case KCB_HOOK:
	case KCB_LOOK:
		break;
	}
	return kcb_operation_main(o);
}

int
main(int argc, char *argv[])
{
	struct kcb_options options;
	struct err e = { 0 };
	int code = 0;

	if (kcb_options_parse(&options, argc, argv, &e) != 0)
		return refuse(&options, &e);
	if (options.help)
		kcb_options_help(options.command, stdout);
	else if (options.version)
		(void)puts("kcb " PACKAGE_VERSION);
	else
		code = obey(&options);
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return code;
	(void)fputs("kcb: standard output cannot be written\n", stderr);
	return code != 0 ? code : 1;
}
