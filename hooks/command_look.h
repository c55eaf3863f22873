/* command_look.h - commands that change nothing: list, show, diff, verify, report */
#ifndef COMMAND_LOOK_H
#define COMMAND_LOOK_H

#include "hooks/operation.h"

extern const struct job_step list_command[], show_command[], diff_command[], verify_command[],
    report_command[];

/* The work of one operation; NULL is allowed. */
struct listing;
struct checking;
void listing_free(struct listing *l);
void checking_free(struct checking *c);

/* The JSON that writes the answer; the step that begins it; and its end, "COUNT WHAT". */
struct json *command_result(struct operation *o);
void step_begin_result(struct job *j);
void command_end(struct job *j, enum status status, const char *what, size_t count);

#endif
