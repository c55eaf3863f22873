/* t_abi_idle.c - what the plugin leaves of itself in the host: nothing while idle, nothing changed */
#include <dlfcn.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "tests/unit/abi_fixture.h"

#define MANY 1000u

/* In /proc/self/task: ".", ".." and this thread; ThreadSanitizer has one of its own. */
#ifdef __SANITIZE_THREAD__
#define ALONE 4u
#else
#define ALONE 3u
#endif

/* Threads that have told their end are gone a moment later. */
static void
assert_count(const char *folder, unsigned expected)
{
	uint64_t until = abi_now_ms() + 5000;
	unsigned n;

	while ((n = abi_count(folder)) > expected && abi_now_ms() < until)
		(void)usleep(1000);
	if (n > expected)
		fail_msg("%u entries in %s, not %u", n, folder, expected);
}

/* Whatever is made once for the whole process is made here. */
static void
warm_up(struct abi *a)
{
	struct lcp_instance *in = abi_open(a);
	struct lcp_request r = LONG_REQUEST(1);
	struct ending e;

	r.deadline_ms = abi_now_ms() + 300;
	(void)abi_run(a, in, r, &e);
	ending_release(&e);
	(void)abi_run(a, in, REPORT_REQUEST(2), &e);
	ending_release(&e);
	a->plugin->close(in);
}

static void
a_thousand_idle_instances_have_no_thread_and_no_descriptor(void **state)
{
	struct lcp_instance **in = calloc(MANY, sizeof(struct lcp_instance *));
	struct abi *a = *state;
	unsigned i, threads, fds;
	struct ending e;

	assert_non_null(in);
	warm_up(a);
	assert_count("task", ALONE);
	threads = abi_count("task");
	fds = abi_count("fd");
	for (i = 0; i < MANY; i++)
		in[i] = abi_open(a);
	assert_int_equal(abi_count("task"), threads);
	assert_int_equal(abi_count("fd"), fds);
	for (i = 0; i < MANY; i += 50) { /* idle again after an operation, too */
		assert_int_equal(abi_run(a, in[i], REPORT_REQUEST(i + 1), &e), LCP_OK);
		ending_release(&e);
	}
	assert_count("task", threads);
	assert_count("fd", fds);
	for (i = 0; i < MANY; i++)
		a->plugin->close(in[i]);
	assert_int_equal(abi_count("fd"), fds);
	free(in);
}

static void
many_operations_at_once_leave_nothing_behind(void **state)
{
	struct ending endings[50];
	struct lcp_instance *in[LENGTH(endings)];
	struct abi *a = *state;
	unsigned fds, threads;
	size_t i;

	warm_up(a);
	assert_count("task", ALONE);
	threads = abi_count("task");
	fds = abi_count("fd");
	for (i = 0; i < LENGTH(in); i++) {
		in[i] = abi_open(a);
		ending_init(&endings[i]);
		assert_int_equal(abi_begin(a, in[i], LONG_REQUEST(i + 1), &endings[i]), LCP_OK);
	}
	for (i = 0; i < LENGTH(in); i++)
		a->plugin->cancel(in[i], i + 1);
	for (i = 0; i < LENGTH(in); i++) {
		ending_wait(&endings[i]);
		assert_int_equal(endings[i].status, LCP_CANCELLED);
		a->plugin->close(in[i]);
		assert_int_equal(endings[i].calls, 1);
		ending_release(&endings[i]);
	}
	assert_count("task", threads);
	assert_count("fd", fds);
}

static void
it_can_be_loaded_and_unloaded_a_hundred_times(void **state)
{
	struct lcp_host host;
	struct lcp_text err = { .size = sizeof err };
	struct abi *a = *state;
	const struct lcp_plugin *p;
	unsigned i, fds, threads;
	void *library;

	warm_up(a);
	assert_count("task", ALONE);
	threads = abi_count("task");
	fds = abi_count("fd");
	for (i = 0; i < 100; i++) {
		struct lcp_service service = { .size = sizeof service, .id = "orders",
			                       .config = a->config };
		struct lcp_instance *in = NULL;

		library = dlopen(abi_file(), RTLD_NOW | RTLD_LOCAL);
		assert_non_null(library);
		host = a->host;
		p = abi_entry(library)(&host, &err);
		assert_ptr_equal(p, a->plugin); /* it stays where it is: threads may be on their way out */
		assert_int_equal(p->open(&host, &service, &in, &err), LCP_OK);
		p->close(in);
		assert_int_equal(dlclose(library), 0);
	}
	assert_count("task", threads);
	assert_count("fd", fds);
}

/* ---- the process as a whole ---- */

struct process {
	struct sigaction actions[NSIG];
	sigset_t         mask;
	mode_t           umask;
	char             locale[256], cwd[512], *environment;
	struct rlimit    core, files;
};

static char *
environment_text(void)
{
	extern char **environ;
	size_t size = 1, i, used = 0;
	char *text;

	for (i = 0; environ[i] != NULL; i++)
		size += strlen(environ[i]) + 1;
	text = malloc(size);
	assert_non_null(text);
	for (i = 0; environ[i] != NULL; i++)
		used += (size_t)snprintf(text + used, size - used, "%s\n", environ[i]);
	text[used] = '\0';
	return text;
}

static void
look_at_process(struct process *p)
{
	int s;

	memset(p, 0, sizeof *p);
	for (s = 1; s < NSIG; s++)
		(void)sigaction(s, NULL, &p->actions[s]); /* those of the C library are not shown */
	(void)pthread_sigmask(SIG_SETMASK, NULL, &p->mask);
	p->umask = umask(0);
	(void)umask(p->umask);
	(void)snprintf(p->locale, sizeof p->locale, "%s", setlocale(LC_ALL, NULL));
	assert_non_null(getcwd(p->cwd, sizeof p->cwd));
	p->environment = environment_text();
	assert_int_equal(getrlimit(RLIMIT_CORE, &p->core), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &p->files), 0);
}

/* The C library fills only a part of the mask. */
static bool
same_action(const struct sigaction *a, const struct sigaction *b)
{
	int s;

	for (s = 1; s < NSIG; s++)
		if (sigismember(&a->sa_mask, s) != sigismember(&b->sa_mask, s))
			return false;
	return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags;
}

static void
assert_process_is(struct process *before)
{
	struct process now;
	int s;

	look_at_process(&now);
	for (s = 1; s < NSIG; s++)
		if (!same_action(&now.actions[s], &before->actions[s]))
			fail_msg("signal %d has another action", s);
	assert_memory_equal(&now.mask, &before->mask, sizeof now.mask);
	assert_int_equal(now.umask, before->umask);
	assert_string_equal(now.locale, before->locale);
	assert_string_equal(now.cwd, before->cwd);
	assert_string_equal(now.environment, before->environment);
	assert_memory_equal(&now.core, &before->core, sizeof now.core);
	assert_memory_equal(&now.files, &before->files, sizeof now.files);
	free(now.environment);
	free(before->environment);
}

static void
on_signal(int s)
{
	(void)s;
}

static void
signals_umask_locale_folder_and_environment_are_the_hosts(void **state)
{
	struct sigaction own = { .sa_handler = on_signal };
	struct process before;
	struct abi *a = *state;
	struct lcp_instance *in;
	struct lcp_request r = { .hook = LCP_HOOK_PRE_POWEROFF, .op = 1 };
	struct ending e;

	assert_int_equal(sigaction(SIGUSR1, &own, NULL), 0);
	(void)umask(0);
	look_at_process(&before);
	warm_up(a);
	in = abi_open(a);
	r.deadline_ms = abi_now_ms() + 300;
	(void)abi_run(a, in, r, &e);
	ending_release(&e);
	a->plugin->close(in);
	assert_process_is(&before);
}

static void
what_it_writes_is_its_owners_alone_whatever_the_umask(void **state)
{
	struct abi *a = *state;
	char path[128];
	struct stat st;

	(void)umask(0);
	warm_up(a);
	(void)snprintf(path, sizeof path, "%s/last-report.json", a->state);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, abi_setup, abi_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(signals_umask_locale_folder_and_environment_are_the_hosts), /* the first to load it */
		CASE(a_thousand_idle_instances_have_no_thread_and_no_descriptor),
		CASE(many_operations_at_once_leave_nothing_behind),
		CASE(it_can_be_loaded_and_unloaded_a_hundred_times),
		CASE(what_it_writes_is_its_owners_alone_whatever_the_umask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
