/*
 * abi_fixture.h - a host for the tests of the plugin's ABI: loads the real shared object, as any
 * manager would, and hears what operations say.
 */
#ifndef ABI_FIXTURE_H
#define ABI_FIXTURE_H

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugin/lifecycle_plugin.h"

struct abi {
	void           *library;
	const struct lcp_plugin *plugin;
	struct lcp_host host;
	char            dir[64];      /* of keys, store and state; removed at the end */
	char            state[96];
	char            config[2048]; /* enabled, and Kafka at a port where nobody listens */
	int             port;         /* keeps others from listening there */
	atomic_uint     progress;     /* calls of it */
};

typedef const struct lcp_plugin *abi_entry_fn(const struct lcp_host *, struct lcp_text *);

const char *abi_file(void); /* $PLUGIN, or the one of this build */

/* For cmocka: a struct abi in *state, with the plugin loaded. */
int abi_setup(void **state);
int abi_teardown(void **state);

abi_entry_fn *abi_entry(void *library);

/* The fixture's service, opened; fails the test when it is refused. */
struct lcp_instance *abi_open(struct abi *a);
lcp_status abi_open_as(struct abi *a, const char *id, const char *config,
                       struct lcp_instance **ret, struct lcp_text *err);

/* What came of an operation. */
struct ending {
	sem_t       ended;
	atomic_uint calls;
	bool        other_thread; /* than that which began it */
	pthread_t   beginner;
	lcp_status  status;
	uint64_t    op;
	char        message[1024];
	char       *report; /* freed by ending_release() */
	/* what done begins next, once: from inside itself */
	struct abi          *next_of;
	struct lcp_instance *next_in;
	struct ending       *next;
};
void ending_init(struct ending *e);
void ending_release(struct ending *e);
void ending_wait(struct ending *e); /* for done; fails the test after 30 s */

/* Begin; the request's size is set. */
lcp_status abi_begin(struct abi *a, struct lcp_instance *in, struct lcp_request request,
                     struct ending *e);

/* Begin, wait, and give the status. */
lcp_status abi_run(struct abi *a, struct lcp_instance *in, struct lcp_request request,
                   struct ending *e);

#define REPORT_REQUEST(number)                                                                     \
	((struct lcp_request){ .hook = LCP_HOOK_COMMAND, .op = (number),                           \
	                       .params = "{\"command\":\"report\"}" })
/* One that waits for Kafka until it is stopped. */
#define LONG_REQUEST(number) ((struct lcp_request){ .hook = LCP_HOOK_POST_POWERON, .op = (number) })

uint64_t abi_now_ms(void);

/* Entries of a folder of /proc/self ("task", "fd"); that of the look itself counts too. */
unsigned abi_count(const char *folder);

#endif
