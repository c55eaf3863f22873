/* threads.c - see threads.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <sched.h>

#include "tests/unit/threads.h"

unsigned
threads_count(void)
{
	DIR *d = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2; /* "." and ".." */
}

void
threads_await(unsigned count)
{
	while (threads_count() > count)
		(void)sched_yield();
}
