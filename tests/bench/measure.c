/* measure.c - see measure.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"

void
failed(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

double
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

uint64_t
clock_ms(void *ctx)
{
	(void)ctx;
	return (uint64_t)now_ms();
}

int64_t
wall_ms(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL) * 1000;
}

void
print_peak(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];

	if (f == NULL)
		failed("/proc/self/status", "cannot be opened");
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			printf("hwm %s", line + 6 + strspn(line + 6, " \t"));
	(void)fclose(f);
}
