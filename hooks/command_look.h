/* command_look.h - commands that change nothing: list, show, diff, verify, report */
#ifndef COMMAND_LOOK_H
#define COMMAND_LOOK_H

#include "hooks/operation.h"

extern const struct job_step list_command[], show_command[], diff_command[], verify_command[],
    report_command[];

#endif
