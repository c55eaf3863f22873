/* t_abi.c - the plugin and hosts of other versions: sizes first, and nothing unknown is guessed at */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/unit/abi_fixture.h"

/* ---- the shared object ---- */

static void
exactly_one_symbol_is_exported(void **state)
{
	char command[512], line[256];
	unsigned count = 0;
	FILE *nm;

	(void)state;
	(void)snprintf(command, sizeof command, "nm -D --defined-only '%s'", abi_file());
	nm = popen(command, "r");
	assert_non_null(nm);
	while (fgets(line, sizeof line, nm) != NULL) {
		count++;
		if (strstr(line, " T " LCP_ENTRY "\n") == NULL)
			fail_msg("exported: %s", line);
	}
	assert_int_equal(pclose(nm), 0);
	assert_int_equal(count, 1);
}

static void
the_plugins_table_says_what_it_is(void **state)
{
	const struct abi *a = *state;
	const struct lcp_plugin *p = a->plugin;

	assert_int_equal(p->size, sizeof *p);
	assert_int_equal(p->abi, 1);
	assert_int_equal(p->needs, 0);
	assert_int_equal(p->reserved, 0);
	assert_int_equal(p->hooks & ~63u, 0);
	assert_int_not_equal(p->hooks & LCP_HOOK_PERIODIC, 0);
	assert_string_equal(p->name, "kafka-config-backup");
	assert_string_equal(p->service_type, "kafka");
	assert_true(strlen(p->version) > 0);
	assert_non_null(p->open);
	assert_non_null(p->begin);
	assert_non_null(p->cancel);
	assert_non_null(p->close);
}

/* ---- the host's table ---- */

/* A host that was compiled with fields that we do not know. */
struct newer_host {
	struct lcp_host host;
	uint64_t        more[2];
};

struct entered {
	bool            taken;
	lcp_status      opened;
	struct lcp_text err, open_err;
};

/* Offer a table to the entry, and to open(). */
static struct entered
enter(struct abi *a, const struct lcp_host *host)
{
	struct lcp_service service = { .size = sizeof service, .id = "orders", .config = a->config };
	struct entered e = { .err = { .size = sizeof e.err }, .open_err = { .size = sizeof e.err } };
	struct lcp_instance *in = NULL;

	e.taken = abi_entry(a->library)(host, &e.err) != NULL;
	e.opened = a->plugin->open(host, &service, &in, &e.open_err);
	assert_int_equal(in != NULL, e.opened == LCP_OK);
	a->plugin->close(in);
	return e;
}

/* What an older host hands over: memory that ends where its struct ends, so that ASan sees a read beyond. */
static struct entered
enter_older(struct abi *a, uint32_t size)
{
	struct lcp_host host = a->host;
	unsigned char *bytes = malloc(size);
	struct entered e;

	assert_non_null(bytes);
	host.size = size;
	memcpy(bytes, &host, size);
	e = enter(a, (const struct lcp_host *)(const void *)bytes);
	free(bytes);
	return e;
}

static void
an_older_host_is_taken_as_far_as_it_goes(void **state)
{
	struct abi *a = *state;
	struct entered e = enter_older(a, offsetof(struct lcp_host, user_each));

	assert_true(e.taken);
	assert_int_equal(e.opened, LCP_OK);
	e = enter_older(a, offsetof(struct lcp_host, progress));
	assert_true(e.taken);
	assert_int_equal(e.opened, LCP_OK);
}

static void
a_host_without_clocks_is_refused(void **state)
{
	struct abi *a = *state;
	struct lcp_host host = a->host;
	struct entered e;

	host.size = offsetof(struct lcp_host, now_ms);
	e = enter(a, &host);
	assert_int_equal(e.opened, LCP_UNSUPPORTED);
	assert_non_null(strstr(e.open_err.text, "now_ms"));
	host = a->host;
	host.wall_ms = NULL;
	assert_int_equal(enter(a, &host).opened, LCP_UNSUPPORTED);
}

static void
a_newer_host_is_taken_when_its_new_fields_are_zero(void **state)
{
	struct abi *a = *state;
	struct newer_host newer = { .host = a->host };
	struct entered e;
	size_t i;

	newer.host.size = sizeof newer;
	e = enter(a, &newer.host);
	assert_true(e.taken);
	assert_int_equal(e.opened, LCP_OK);
	for (i = 0; i < sizeof newer.more; i++) { /* each byte counts */
		memset(newer.more, 0, sizeof newer.more);
		((unsigned char *)newer.more)[i] = 1;
		e = enter(a, &newer.host);
		assert_false(e.taken);
		assert_int_equal(e.opened, LCP_UNSUPPORTED);
		assert_true(strlen(e.err.text) > 0 && strlen(e.open_err.text) > 0);
	}
}

static void
a_table_without_a_size_is_refused(void **state)
{
	struct abi *a = *state;
	struct lcp_host host = a->host;

	for (host.size = 0; host.size < 8; host.size++) {
		assert_false(enter(a, &host).taken);
		assert_int_equal(enter(a, &host).opened, LCP_UNSUPPORTED);
	}
}

static void
another_abi_is_refused_in_words(void **state)
{
	struct abi *a = *state;
	struct lcp_host host = a->host;
	struct entered e;

	for (host.abi = 0; host.abi < 4; host.abi++) {
		e = enter(a, &host);
		assert_int_equal(e.taken, host.abi == LCP_ABI);
		assert_int_equal(e.opened, host.abi == LCP_ABI ? LCP_OK : LCP_UNSUPPORTED);
		if (host.abi != LCP_ABI)
			assert_non_null(strstr(e.err.text, "ABI 1"));
	}
}

static void
an_older_hosts_shorter_text_is_not_overrun(void **state)
{
	struct abi *a = *state;
	struct lcp_text err; /* of which the host has 4 + 12 bytes */
	struct lcp_host host = a->host;
	struct lcp_instance *in = NULL;
	size_t i;

	host.abi = 7;
	memset(&err, 0x5a, sizeof err);
	err.size = 16;
	assert_null(abi_entry(a->library)(&host, &err));
	assert_int_equal(strlen(err.text), 11);
	for (i = 12; i < sizeof err.text; i++)
		assert_int_equal(err.text[i], 0x5a);
	memset(err.text, 0x5a, sizeof err.text);
	assert_int_equal(abi_open_as(a, "orders", "{", &in, &err), LCP_CONFIG);
	assert_int_equal(strlen(err.text), 11);
	for (i = 12; i < sizeof err.text; i++)
		assert_int_equal(err.text[i], 0x5a);
	assert_int_equal(abi_open_as(a, "orders", "{", &in, NULL), LCP_CONFIG);
	assert_null(abi_entry(a->library)(&host, NULL));
}

/* ---- the service ---- */

struct newer_service {
	struct lcp_service service;
	uint64_t           more;
};

static lcp_status
open_service(struct abi *a, const struct lcp_service *service)
{
	struct lcp_text err = { .size = sizeof err };
	struct lcp_instance *in = NULL;
	lcp_status status = a->plugin->open(&a->host, service, &in, &err);

	assert_int_equal(in != NULL, status == LCP_OK);
	assert_int_equal(err.text[0] == '\0', status == LCP_OK);
	a->plugin->close(in);
	return status;
}

static void
a_service_that_says_something_unknown_is_refused(void **state)
{
	struct abi *a = *state;
	struct newer_service newer = { .service = { .size = sizeof newer, .id = "orders",
		                                    .config = a->config } };
	struct lcp_service *s = &newer.service;

	assert_int_equal(open_service(a, s), LCP_OK);
	newer.more = 1;
	assert_int_equal(open_service(a, s), LCP_UNSUPPORTED);
	s->size = sizeof *s;
	assert_int_equal(open_service(a, s), LCP_OK);
	s->reserved = 1;
	assert_int_equal(open_service(a, s), LCP_UNSUPPORTED);
	s->reserved = 0;
	s->id = NULL;
	assert_int_equal(open_service(a, s), LCP_UNSUPPORTED);
	s->id = "orders";
	s->config = NULL;
	assert_int_equal(open_service(a, s), LCP_UNSUPPORTED);
	s->config = a->config;
	s->size = offsetof(struct lcp_service, config);
	assert_int_equal(open_service(a, s), LCP_UNSUPPORTED);
}

static void
a_wrong_configuration_is_refused_in_words(void **state)
{
	struct abi *a = *state;
	struct lcp_text err = { .size = sizeof err };
	struct lcp_instance *in = NULL;

	assert_int_equal(abi_open_as(a, "payments", a->config, &in, &err), LCP_CONFIG);
	assert_non_null(strstr(err.text, "payments"));
	assert_int_equal(abi_open_as(a, "orders", "{\"service\":\"orders\",\"kafak\":{}}", &in, &err),
	                 LCP_CONFIG);
	assert_non_null(strstr(err.text, "kafak"));
	assert_int_equal(abi_open_as(a, "orders", "", &in, &err), LCP_CONFIG);
	assert_null(in);
	a->plugin->close(NULL);
}

/* ---- the request ---- */

static void
a_request_that_says_something_unknown_is_refused_and_never_done(void **state)
{
	static const struct lcp_request bad[] = {
		{ .hook = 0, .op = 1 },
		{ .hook = LCP_HOOK_CHECK | LCP_HOOK_PERIODIC, .op = 1 },
		{ .hook = 1u << 6, .op = 1 },
		{ .hook = 1u << 31, .op = 1 },
		{ .hook = LCP_HOOK_CHECK, .op = 0 },
		{ .hook = LCP_HOOK_CHECK, .op = 1, .reserved = 1 },
		{ .hook = LCP_HOOK_PRE_POWEROFF, .op = 1, .flags = 4 },
		{ .hook = LCP_HOOK_PRE_POWEROFF, .op = 1, .flags = LCP_FORCE | 1u << 31 },
		{ .hook = LCP_HOOK_CHECK, .op = 1, .flags = LCP_FORCE },
		{ .hook = LCP_HOOK_PERIODIC, .op = 1, .flags = LCP_FORCE },
		{ .hook = LCP_HOOK_POST_POWERON, .op = 1, .flags = LCP_FORCE },
		{ .hook = LCP_HOOK_COMMAND, .op = 1, .flags = LCP_FORCE },
	};
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e;
	size_t i;

	ending_init(&e);
	for (i = 0; i < LENGTH(bad); i++)
		if (abi_begin(a, in, bad[i], &e) != LCP_UNSUPPORTED)
			fail_msg("request %zu is taken", i);
	a->plugin->close(in);
	assert_int_equal(e.calls, 0);
	ending_release(&e);
}

static void
hooks_that_the_table_does_not_list_are_refused(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct ending e;
	uint32_t hook;

	ending_init(&e);
	for (hook = 1; hook != 0; hook *= 2)
		if ((a->plugin->hooks & hook) == 0)
			assert_int_equal(abi_begin(a, in, (struct lcp_request){ .hook = hook, .op = 1 }, &e),
			                 LCP_UNSUPPORTED);
	a->plugin->close(in);
	assert_int_equal(e.calls, 0);
	ending_release(&e);
}

struct newer_request {
	struct lcp_request request;
	uint64_t           more;
};

static void
ignore(void *arg, const struct lcp_result *result)
{
	(void)result;
	(void)sem_post(arg);
}

static void
requests_of_other_sizes_are_taken_when_they_say_nothing_more(void **state)
{
	struct abi *a = *state;
	struct lcp_instance *in = abi_open(a);
	struct newer_request newer = { .request = REPORT_REQUEST(1) };
	struct lcp_request *r = &newer.request;
	sem_t ended;

	assert_int_equal(sem_init(&ended, 0, 0), 0);
	r->size = sizeof newer;
	newer.more = 1;
	assert_int_equal(a->plugin->begin(in, r, ignore, &ended), LCP_UNSUPPORTED);
	newer.more = 0;
	assert_int_equal(a->plugin->begin(in, r, NULL, NULL), LCP_UNSUPPORTED);
	assert_int_equal(a->plugin->begin(in, r, ignore, &ended), LCP_OK);
	assert_int_equal(sem_wait(&ended), 0);
	r->size = offsetof(struct lcp_request, params); /* an older host: no parameters, no command */
	assert_int_equal(a->plugin->begin(in, r, ignore, &ended), LCP_OK);
	assert_int_equal(sem_wait(&ended), 0);
	r->size = 4;
	assert_int_equal(a->plugin->begin(in, r, ignore, &ended), LCP_UNSUPPORTED);
	a->plugin->close(in);
	assert_int_not_equal(sem_trywait(&ended), 0);
	(void)sem_destroy(&ended);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, abi_setup, abi_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_one_symbol_is_exported),
		CASE(the_plugins_table_says_what_it_is),
		CASE(an_older_host_is_taken_as_far_as_it_goes),
		CASE(a_host_without_clocks_is_refused),
		CASE(a_newer_host_is_taken_when_its_new_fields_are_zero),
		CASE(a_table_without_a_size_is_refused),
		CASE(another_abi_is_refused_in_words),
		CASE(an_older_hosts_shorter_text_is_not_overrun),
		CASE(a_service_that_says_something_unknown_is_refused),
		CASE(a_wrong_configuration_is_refused_in_words),
		CASE(a_request_that_says_something_unknown_is_refused_and_never_done),
		CASE(hooks_that_the_table_does_not_list_are_refused),
		CASE(requests_of_other_sizes_are_taken_when_they_say_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
