/* abi_fixture.c - see abi_fixture.h */
#include <dirent.h>
#include <dlfcn.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/seal/keys.h"
#include "tests/unit/abi_fixture.h"

uint64_t
abi_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t
now(void *ctx)
{
	(void)ctx;
	return abi_now_ms();
}

static int64_t
wall(void *ctx)
{
	(void)ctx;
	return 1767225600000;
}

static void
progress(void *ctx, uint64_t op, const struct lcp_progress *p)
{
	struct abi *a = ctx;

	(void)op;
	if (p->size == sizeof *p && p->what != NULL && p->step >= 1 && p->step <= p->steps)
		(void)atomic_fetch_add(&a->progress, 1);
}

const char *
abi_file(void)
{
	const char *file = getenv("PLUGIN");

	return file != NULL ? file : PLUGIN_FILE;
}

abi_entry_fn *
abi_entry(void *library)
{
	void *symbol = dlsym(library, LCP_ENTRY);
	abi_entry_fn *entry;

	assert_non_null(symbol);
	memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from data to function */
	return entry;
}

/* A port of ours that is not listened to. */
static unsigned
closed_port(int *ret_fd)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_fd = fd;
	return ntohs(a.sin_port);
}

static void
read_key(const struct abi *a, const char *name, char key[64])
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/keys/%s", a->dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(key, 64, f));
	key[strcspn(key, "\n")] = '\0';
	(void)fclose(f);
}

static void
make_service(struct abi *a)
{
	char path[128], recipient[64], signer[64];
	struct err e = { 0 };

	(void)snprintf(a->dir, sizeof a->dir, "/tmp/t_abi.XXXXXX");
	assert_non_null(mkdtemp(a->dir));
	(void)snprintf(path, sizeof path, "%s/keys", a->dir);
	assert_int_equal(keys_generate(path, &e), 0);
	(void)snprintf(path, sizeof path, "%s/store", a->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(a->state, sizeof a->state, "%s/state", a->dir);
	assert_int_equal(mkdir(a->state, 0700), 0);
	read_key(a, "identity.pub", recipient);
	read_key(a, "signing.pub", signer);
	(void)snprintf(a->config, sizeof a->config,
	               "{\"service\":\"orders\",\"kafka\":{\"bootstrap.servers\":\"127.0.0.1:%u\"},"
	               "\"store\":{\"type\":\"fs\",\"path\":\"%s/store\"},"
	               "\"keys\":{\"recipients\":[\"%s\"],\"trusted_signers\":[\"%s\"],"
	               "\"signing_key\":{\"file\":\"%s/keys/signing\"},"
	               "\"identity\":{\"file\":\"%s/keys/identity\"}}}",
	               closed_port(&a->port), a->dir, recipient, signer, a->dir, a->dir);
}

int
abi_setup(void **state)
{
	struct lcp_text err = { .size = sizeof err };
	struct abi *a = calloc(1, sizeof *a);

	assert_non_null(a);
	a->library = dlopen(abi_file(), RTLD_NOW | RTLD_LOCAL);
	if (a->library == NULL)
		fail_msg("%s", dlerror());
	a->host = (struct lcp_host){ .size = sizeof a->host, .abi = LCP_ABI, .ctx = a,
		                     .now_ms = now, .wall_ms = wall, .progress = progress };
	a->plugin = abi_entry(a->library)(&a->host, &err);
	if (a->plugin == NULL)
		fail_msg("%s", err.text);
	make_service(a);
	*state = a;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int
abi_teardown(void **state)
{
	struct abi *a = *state;

	(void)nftw(a->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)close(a->port);
	assert_int_equal(dlclose(a->library), 0);
	free(a);
	return 0;
}

lcp_status
abi_open_as(struct abi *a, const char *id, const char *config, struct lcp_instance **ret,
            struct lcp_text *err)
{
	struct lcp_service service = { .size = sizeof service, .id = id, .state_dir = a->state,
		                       .config = config };

	return a->plugin->open(&a->host, &service, ret, err);
}

struct lcp_instance *
abi_open(struct abi *a)
{
	struct lcp_text err = { .size = sizeof err };
	struct lcp_instance *in = NULL;

	if (abi_open_as(a, "orders", a->config, &in, &err) != LCP_OK)
		fail_msg("%s", err.text);
	return in;
}

/* ---- operations ---- */

void
ending_init(struct ending *e)
{
	memset(e, 0, sizeof *e);
	assert_int_equal(sem_init(&e->ended, 0, 0), 0);
	e->status = -1;
}

void
ending_release(struct ending *e)
{
	free(e->report);
	(void)sem_destroy(&e->ended);
}

/* On a thread of the plugin's: no assert here, it would jump to another one. */
static void
done(void *arg, const struct lcp_result *r)
{
	struct ending *e = arg;

	e->other_thread = pthread_equal(pthread_self(), e->beginner) == 0;
	e->status = r->size == sizeof *r ? r->status : -2;
	e->op = r->op;
	(void)snprintf(e->message, sizeof e->message, "%s", r->message == NULL ? "(none)" : r->message);
	if (e->report == NULL && r->report != NULL)
		e->report = strdup(r->report);
	(void)atomic_fetch_add(&e->calls, 1);
	if (e->next != NULL && abi_begin(e->next_of, e->next_in, REPORT_REQUEST(r->op + 1), e->next) !=
	                           LCP_OK)
		e->status = -3;
	(void)sem_post(&e->ended);
}

void
ending_wait(struct ending *e)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	if (sem_timedwait(&e->ended, &until) != 0)
		fail_msg("done was not called within 30 s");
	assert_true(e->other_thread);
}

lcp_status
abi_begin(struct abi *a, struct lcp_instance *in, struct lcp_request request, struct ending *e)
{
	request.size = sizeof request;
	e->beginner = pthread_self();
	return a->plugin->begin(in, &request, done, e);
}

lcp_status
abi_run(struct abi *a, struct lcp_instance *in, struct lcp_request request, struct ending *e)
{
	ending_init(e);
	assert_int_equal(abi_begin(a, in, request, e), LCP_OK);
	ending_wait(e);
	assert_int_equal(e->calls, 1);
	assert_int_equal(e->op, request.op);
	return e->status;
}

unsigned
abi_count(const char *folder)
{
	char path[64];
	unsigned n = 0;
	DIR *d;

	(void)snprintf(path, sizeof path, "/proc/self/%s", folder);
	d = opendir(path);
	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}
