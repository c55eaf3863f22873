/*
 * t_instance_users.c - a host with a user store of its own, through the real shared object: what is asked
 * of it, on which thread, and that close() waits for its functions
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/fake/kafka_broker.h"
#include "tests/unit/abi_fixture.h"

struct scene {
	struct abi   *abi;
	struct broker kafka;
	struct lcp_instance *instance;
	pthread_t     host;        /* the thread of the test */
	bool          waits;       /* user_each waits for `go` */
	sem_t         begun, go;
	atomic_uint   asked;
	atomic_bool   own_thread, left, strange;
	uint32_t      flags;       /* of the user that is given */
};

static int32_t
user_each(void *ctx, const char *service, lcp_user_fn fn, void *arg)
{
	struct scene *s = ctx;
	struct lcp_user user = { .size = sizeof user, .flags = s->flags, .name = "alice", .mechanism = "PLAIN",
		                 .credential = "hunter2", .credential_len = 7 };
	struct {
		struct lcp_user user;
		char            more[8]; /* of a host that is newer than the plugin */
	} newer = { user, "" };
	int32_t rc;

	s->asked++;
	s->own_thread = pthread_equal(pthread_self(), s->host) == 0 && strcmp(service, "orders") == 0;
	if (s->waits) {
		sem_post(&s->begun);
		sem_wait(&s->go);
	}
	newer.user.size = sizeof newer;
	newer.more[3] = s->strange ? 'x' : '\0';
	rc = fn(arg, &newer.user);
	s->left = true;
	return rc;
}

static int32_t
user_put(void *ctx, const char *service, const struct lcp_user *user)
{
	(void)ctx;
	(void)service;
	(void)user;
	return 1;
}

static void
use_kafka(struct scene *s)
{
	static const char before[] = "\"bootstrap.servers\":\"";
	char rest[sizeof s->abi->config], *at = strstr(s->abi->config, before);

	assert_non_null(at);
	at += strlen(before);
	(void)snprintf(rest, sizeof rest, "%s", strchr(at, '"'));
	(void)snprintf(at, sizeof s->abi->config - (size_t)(at - s->abi->config), "127.0.0.1:%u%s", s->kafka.port,
	               rest);
}

static int
scene_begin(void **state)
{
	static const struct broker_topic topics[] = { { .name = "orders", .partitions = 2, .replicas = 1 } };
	struct scene *s = calloc(1, sizeof *s);
	void *abi = NULL;

	assert_non_null(s);
	assert_int_equal(abi_setup(&abi), 0);
	s->abi = abi;
	s->host = pthread_self();
	sem_init(&s->begun, 0, 0);
	sem_init(&s->go, 0, 0);
	s->kafka.topics = topics;
	s->kafka.count = LENGTH(topics);
	broker_begin(&s->kafka);
	use_kafka(s);
	s->abi->host.ctx = s;
	s->abi->host.progress = NULL;
	s->abi->host.caps = LCP_HOST_USERS;
	s->abi->host.user_each = user_each;
	s->abi->host.user_put = user_put;
	s->instance = abi_open(s->abi);
	*state = s;
	return 0;
}

static int
scene_end(void **state)
{
	struct scene *s = *state;
	void *abi = s->abi;

	s->abi->plugin->close(s->instance);
	broker_end(&s->kafka);
	assert_int_equal(abi_teardown(&abi), 0);
	sem_destroy(&s->begun);
	sem_destroy(&s->go);
	free(s);
	return 0;
}

static void
assert_reports(struct scene *s, const char *words)
{
	struct lcp_request r = { .hook = LCP_HOOK_CHECK, .op = s->asked + 1 };
	struct ending e;

	(void)abi_run(s->abi, s->instance, r, &e);
	assert_non_null(e.report);
	if (strstr(e.report, words) == NULL)
		fail_msg("%s does not say %s", e.report, words);
	assert_null(strstr(e.report, "hunter2"));
	ending_release(&e);
}

/* ---- the cases ---- */

static void
its_users_are_asked_for_on_another_thread(void **state)
{
	struct scene *s = *state;

	assert_reports(s, "\"user\":{\"count\":1,\"state\":\"captured\"");
	assert_int_equal(s->asked, 1);
	assert_true(s->own_thread);
}

static void
what_the_plugin_does_not_know_of_a_user_is_refused(void **state)
{
	struct scene *s = *state;

	s->flags = 1;
	assert_reports(s, "the manager's user store gives a user with something that this plugin does not know");
	s->flags = 0;
	s->strange = true;
	assert_reports(s, "the manager's user store gives a user with something that this plugin does not know");
}

static void
a_host_that_lacks_one_of_the_two_is_refused(void **state)
{
	struct scene *s = *state;
	struct lcp_text err = { .size = sizeof err };
	struct lcp_instance *in = NULL;

	s->abi->host.user_put = NULL;
	assert_int_equal(abi_open_as(s->abi, "orders", s->abi->config, &in, &err), LCP_UNSUPPORTED);
	assert_non_null(strstr(err.text, "user_each or user_put"));
	s->abi->host.caps = 0; /* without the bit nobody asks for them */
	assert_int_equal(abi_open_as(s->abi, "orders", s->abi->config, &in, &err), LCP_OK);
	s->abi->plugin->close(in);
}

static void *
answer_late(void *arg)
{
	struct scene *s = arg;
	struct timespec while_closing = { .tv_nsec = 300000000 };

	(void)nanosleep(&while_closing, NULL);
	sem_post(&s->go);
	return NULL;
}

static void
done_does_not_wait_for_the_store_and_close_does(void **state)
{
	struct scene *s = *state;
	struct lcp_request r = { .hook = LCP_HOOK_CHECK, .op = 1 };
	struct ending e;
	pthread_t late;

	s->waits = true;
	ending_init(&e);
	assert_int_equal(abi_begin(s->abi, s->instance, r, &e), LCP_OK);
	sem_wait(&s->begun);
	s->abi->plugin->cancel(s->instance, 1);
	ending_wait(&e);
	assert_int_equal(e.status, LCP_CANCELLED);
	assert_false(s->left);
	ending_release(&e);
	assert_int_equal(pthread_create(&late, NULL, answer_late, s), 0);
	s->abi->plugin->close(s->instance);
	assert_true(s->left);
	s->instance = NULL;
	assert_int_equal(pthread_join(late, NULL), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(its_users_are_asked_for_on_another_thread),
		CASE(what_the_plugin_does_not_know_of_a_user_is_refused),
		CASE(a_host_that_lacks_one_of_the_two_is_refused),
		CASE(done_does_not_wait_for_the_store_and_close_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
