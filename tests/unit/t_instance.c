/*
 * t_instance.c - when an instance takes a backup: hooks that come every hour for days, on clocks that
 * the test turns, through the real shared object, against a broker of the tests' own.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/cleanup.h"
#include "tests/fake/kafka_broker.h"
#include "tests/unit/abi_fixture.h"

#define MINUTE ((int64_t)60000)
#define HOUR   (60 * MINUTE)

struct scene {
	struct abi *abi;
	_Atomic uint64_t now_ms;
	_Atomic int64_t  wall_ms;
	struct broker kafka;
	struct lcp_instance *instance;
	uint64_t    op;
};

static uint64_t
now(void *ctx)
{
	return ((struct scene *)ctx)->now_ms;
}

static int64_t
wall(void *ctx)
{
	return ((struct scene *)ctx)->wall_ms;
}

static void
go_ahead(struct scene *s, int64_t ms)
{
	s->now_ms += (uint64_t)ms;
	s->wall_ms += ms;
}

/* The fixture's configuration, but for the port where nobody listens. */
static void
use_kafka(struct scene *s)
{
	static const char before[] = "\"bootstrap.servers\":\"";
	char *text = s->abi->config, rest[sizeof s->abi->config], *at = strstr(text, before);

	assert_non_null(at);
	at += strlen(before);
	(void)snprintf(rest, sizeof rest, "%s", strchr(at, '"'));
	(void)snprintf(at, sizeof s->abi->config - (size_t)(at - text), "127.0.0.1:%u%s",
	               s->kafka.port, rest);
}

static unsigned
snapshots(const struct scene *s)
{
	const struct dirent *entry;
	char path[512];
	unsigned n = 0;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/store/orders/s", s->abi->dir);
	d = opendir(path);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

/* ---- hooks ---- */

/* A periodic hook, and how its message begins. */
static void
assert_says(struct scene *s, const char *params, lcp_status status, const char *expected)
{
	struct lcp_request r = { .hook = LCP_HOOK_PERIODIC, .op = ++s->op, .params = params };
	struct ending e;
	lcp_status got = abi_run(s->abi, s->instance, r, &e);

	if (got != status || strncmp(e.message, expected, strlen(expected)) != 0)
		fail_msg("expected %d \"%s\", is %d \"%s\"", status, expected, got, e.message);
	ending_release(&e);
}

/* The same with clocks that are so many minutes further. */
static void
assert_later(struct scene *s, int64_t minutes, const char *expected)
{
	go_ahead(s, minutes * MINUTE);
	assert_says(s, NULL, LCP_OK, expected);
}

/* ---- the scene: a cluster of one topic, with its first backup just taken ---- */

static int
scene_begin(void **state)
{
	static const struct broker_topic topics[] = { { .name = "orders", .partitions = 2, .replicas = 1 } };
	struct scene *s = calloc(1, sizeof *s);
	void *abi = NULL;

	assert_non_null(s);
	assert_int_equal(abi_setup(&abi), 0);
	s->abi = abi;
	s->now_ms = 1000000; /* a machine that was started a quarter of an hour ago */
	s->wall_ms = 1767225600000;
	s->kafka.topics = topics;
	s->kafka.count = LENGTH(topics);
	broker_begin(&s->kafka);
	use_kafka(s);
	s->abi->host.ctx = s;
	s->abi->host.now_ms = now;
	s->abi->host.wall_ms = wall;
	s->abi->host.progress = NULL;
	s->instance = abi_open(s->abi);
	assert_says(s, NULL, LCP_OK, "");
	assert_int_equal(snapshots(s), 1);
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
	free(s);
	return 0;
}

/* ---- the cases ---- */

static void
what_is_not_due_is_no_backup_however_often_it_is_asked(void **state)
{
	struct scene *s = *state;
	unsigned hour;

	for (hour = 1; hour < 24; hour++)
		assert_later(s, 60, hour % 3 == 0 ? "unchanged" : "not due");
	assert_int_equal(snapshots(s), 1);
	go_ahead(s, HOUR); /* once a day also what has not changed is stored */
	assert_says(s, NULL, LCP_OK, "");
	assert_int_equal(snapshots(s), 2);
	assert_later(s, 60, "not due");
	assert_later(s, 60, "not due");
	assert_later(s, 60, "unchanged");
	assert_int_equal(snapshots(s), 2);
}

static void
a_backup_that_a_person_asked_for_counts(void **state)
{
	struct scene *s = *state;

	go_ahead(s, 2 * HOUR);
	assert_says(s, "{\"now\":true}", LCP_OK, "");
	assert_int_equal(snapshots(s), 2);
	assert_later(s, 179, "not due");
	assert_later(s, 1, "unchanged");
}

static void
a_backup_that_failed_is_tried_again_at_once(void **state)
{
	struct scene *s = *state;
	char path[512], away[520];

	go_ahead(s, 3 * HOUR);
	(void)snprintf(path, sizeof path, "%s/store", s->abi->dir);
	(void)snprintf(away, sizeof away, "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	assert_says(s, NULL, LCP_AGAIN, "");
	assert_int_equal(rename(away, path), 0);
	assert_later(s, 1, "unchanged");
	assert_later(s, 1, "not due");
}

static void
a_clock_that_is_set_back_stops_no_backups(void **state)
{
	struct scene *s = *state;

	assert_later(s, 180, "unchanged");
	s->wall_ms -= 1000 * HOUR; /* now the newest snapshot is from the future */
	assert_later(s, 60, "not due"); /* but it is known when the last was taken */
	go_ahead(s, 2 * HOUR);
	assert_says(s, NULL, LCP_OK, "");
	assert_int_equal(snapshots(s), 2); /* what is from the future is no reason not to store */
}

static void
a_new_instance_goes_by_the_newest_snapshot(void **state)
{
	struct scene *s = *state;

	s->abi->plugin->close(s->instance);
	s->instance = abi_open(s->abi);
	assert_later(s, 179, "not due");
	assert_later(s, 1, "unchanged");
	assert_later(s, 179, "not due");
	assert_later(s, 1, "unchanged");
}

static void
another_hook_is_no_backup(void **state)
{
	struct scene *s = *state;
	struct ending e;

	go_ahead(s, 3 * HOUR);
	assert_int_equal(abi_run(s->abi, s->instance, REPORT_REQUEST(++s->op), &e), LCP_OK);
	ending_release(&e);
	assert_int_equal(abi_run(s->abi, s->instance, LONG_REQUEST(++s->op), &e), LCP_OK);
	ending_release(&e);
	assert_says(s, NULL, LCP_OK, "unchanged");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, scene_begin, scene_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_not_due_is_no_backup_however_often_it_is_asked),
		CASE(a_backup_that_a_person_asked_for_counts),
		CASE(a_backup_that_failed_is_tried_again_at_once),
		CASE(a_clock_that_is_set_back_stops_no_backups),
		CASE(a_new_instance_goes_by_the_newest_snapshot),
		CASE(another_hook_is_no_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
