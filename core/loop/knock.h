/*
 * knock.h - which of these addresses accept a connection?  Nothing is sent, and each connection is closed again.
 *
 * Names are resolved on threads of libcurl's, no proxy is asked, and all addresses of a name are tried.
 *
 * Thread: the loop's.  Callback rule as in loop.h.
 */
#ifndef KNOCK_H
#define KNOCK_H

#include "core/loop/loop.h"

#define KNOCK_HOST_MAX    255u
#define KNOCK_ADDRESS_MAX (KNOCK_HOST_MAX + 8u) /* with brackets, ':' and port */

/* "HOST:PORT", or "[IPV6]:PORT". */
bool knock_is_address(const char *text);

struct knock_target {
	const char *address; /* such a one */
	bool        open;    /* the result */
};

/*
 * rc 0: `open` says who accepted within the time; who refused, was silent or has no such name did not.
 * ERR_FAILED: no descriptors or no memory; ERR_DEADLINE, ERR_CANCELLED: the operation's.
 */
typedef void knock_fn(void *arg, int rc, const struct err *e);

/*
 * Ask all of them at once; over as soon as each has accepted or refused, and after timeout_ms.  targets
 * are borrowed until the callback.
 */
int knock(struct loop *l, struct knock_target *targets, size_t count, uint32_t timeout_ms, knock_fn *fn,
          void *arg, struct err *e);

#endif
