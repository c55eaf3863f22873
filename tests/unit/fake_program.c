/* fake_program.c - see fake_program.h */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/fake_program.h"

static void
hear(struct fake_program *p)
{
	ssize_t n = getline(&p->said, &p->room, p->from);

	assert_true(n > 0 && p->said[n - 1] == '\n');
	p->said[n - 1] = '\0';
}

void
fake_program_start(struct fake_program *p, const char *const argv[])
{
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	*p = (struct fake_program){ .pid = fork() };
	if (p->pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execvp(argv[0], (char *const *)(uintptr_t)argv); /* it does not write there */
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	p->to = fdopen(to[1], "w");
	p->from = fdopen(from[0], "r");
	hear(p);
}

int
fake_program_end(struct fake_program *p)
{
	int status;

	fclose(p->to);
	fclose(p->from);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	free(p->said);
	return status;
}

const char *
fake_program_ask(struct fake_program *p, const char *line)
{
	assert_true(fprintf(p->to, "%s\n", line) > 0);
	assert_int_equal(fflush(p->to), 0);
	hear(p);
	return p->said;
}

size_t
fake_program_count(const struct fake_program *p, const char *words)
{
	const char *at = p->said;
	size_t n = 0;

	for (; (at = strstr(at, words)) != NULL; at += strlen(words))
		n++;
	return n;
}

uint64_t
machine_ms(void *ctx)
{
	struct timespec t;

	(void)ctx;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

int64_t
machine_wall_ms(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL) * 1000;
}
