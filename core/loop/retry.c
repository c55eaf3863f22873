/* retry.c - see retry.h */
#include <sodium.h>

#include "core/loop/retry.h"

bool
retry_worth(int code)
{
	return code == ERR_AGAIN;
}

/* After the first failure first_ms, then four times as much each time; no more than most. */
static uint64_t
sooner(const struct retry *r, uint64_t most)
{
	uint64_t soon = r->first_ms;
	uint32_t i;

	for (i = 1; i < r->attempt && soon < most; i++)
		soon *= 4;
	return r->first_ms == 0 || soon > most ? most : soon;
}

uint32_t
retry_delay_ms(const struct retry *r, uint32_t random)
{
	uint64_t most = r->base_ms;
	uint32_t i;

	for (i = 0; i < r->attempt && most < r->cap_ms; i++)
		most *= 2;
	if (most > r->cap_ms)
		most = r->cap_ms;
	most = sooner(r, most);
	return (uint32_t)(((most + 1) * random) >> 32);
}

int
retry_wait(struct retry *r, struct loop *l, wait_fn *fn, void *arg, struct err *e)
{
	return retry_wait_longer(r, l, 0, fn, arg, e);
}

int
retry_wait_longer(struct retry *r, struct loop *l, uint32_t least_ms, wait_fn *fn, void *arg,
                  struct err *e)
{
	uint32_t delay;
	int rc = loop_check(l, e);

	if (rc != 0)
		return rc;
	r->attempt++;
	delay = retry_delay_ms(r, randombytes_random());
	if (delay < least_ms) /* those who were told the same do not come back in step either */
		delay = least_ms + delay / 4;
	if (r->attempts_max != 0 && r->attempt >= r->attempts_max)
		return err_set(e, ERR_DEADLINE, "gave up after %u attempts", r->attempt);
	if (loop_remaining_ms(l, UINT64_MAX) <= delay)
		return err_set(e, ERR_DEADLINE, "no time is left for another attempt");
	return loop_wait(l, delay, fn, arg, e);
}
