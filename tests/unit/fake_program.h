/* fake_program.h - a program of tests/fake beside a test: a line to it, a line from it; and a loop's clocks. */
#ifndef FAKE_PROGRAM_H
#define FAKE_PROGRAM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <cmocka.h>

struct fake_program {
	pid_t  pid;
	FILE  *to, *from;
	char  *said; /* its last line, without the end */
	size_t room;
};

/* argv ends in NULL, and is looked for in PATH.  Its first line is in said: of one that listens, its ports. */
void fake_program_start(struct fake_program *p, const char *const argv[]);
int  fake_program_end(struct fake_program *p); /* by the end of its input; the status of waitpid() */

/* Returns said, valid until the next one. */
const char *fake_program_ask(struct fake_program *p, const char *line);

/* How often said has these words. */
size_t fake_program_count(const struct fake_program *p, const char *words);

/* For struct loop: milliseconds that only grow, and since 1970. */
uint64_t machine_ms(void *ctx);
int64_t  machine_wall_ms(void *ctx);

#endif
