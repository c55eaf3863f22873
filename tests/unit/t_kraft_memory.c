/*
 * t_kraft_memory.c - reading a metadata log takes memory for what is there, not for how long the log is.
 *
 * 10,000 topics of 10 partitions with 3 replicas, and KCB_LOG_MIB (64) MiB of changes of their leaders.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/limits.h"
#include "tests/unit/kraft_fixture.h"

#define TOPICS     10000u
#define PARTITIONS 10u
#define BATCH      1000u
#define PEAK_MAX_MIB 75 /* issue: of a log of 1 GiB */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static void
topic_id(unsigned topic, unsigned char ret[UUID_BYTES])
{
	memset(ret, 0x5a, UUID_BYTES);
	memcpy(ret, &topic, sizeof topic);
}

static void
add_topic(struct frames *f, unsigned topic)
{
	static const unsigned char replicas[] = { 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3 };
	static const unsigned char directories[3 * UUID_BYTES] = { 0 };
	struct metadata_record r = { .type = RECORD_TOPIC };
	unsigned char id[UUID_BYTES];
	char name[64];
	unsigned i;

	topic_id(topic, id);
	(void)snprintf(name, sizeof name, "a-topic-with-a-usual-name-%05u", topic);
	r.values[TOPIC_NAME] = value_text(name, strlen(name));
	r.values[TOPIC_ID] = value_text(id, sizeof id);
	frames_add_record(f, &r);
	make_config(f, RESOURCE_TOPIC, name, "retention.ms", "604800000");
	for (i = 0; i < PARTITIONS; i++) {
		r = (struct metadata_record){ .type = RECORD_PARTITION, .version = 1 };
		r.values[PARTITION_ID] = value_number(i);
		r.values[PARTITION_TOPIC] = value_text(id, sizeof id);
		r.values[PARTITION_REPLICAS] = (struct record_value){ .bytes = replicas, .len = 12, .count = 3 };
		r.values[PARTITION_ISR] = r.values[PARTITION_REPLICAS];
		r.values[PARTITION_LEADER] = value_number(1);
		r.values[PARTITION_DIRECTORIES] =
		    (struct record_value){ .bytes = directories, .len = sizeof directories, .count = 3 };
		frames_add_record(f, &r);
	}
}

static void
add_change(struct frames *f, unsigned n)
{
	struct metadata_record r = { .type = RECORD_PARTITION_CHANGE };
	unsigned char id[UUID_BYTES];
	size_t i;

	topic_id(n / PARTITIONS % TOPICS, id);
	for (i = CHANGE_ISR; i <= CHANGE_LAST_ELR; i++)
		r.values[i].null = true;
	r.values[CHANGE_ID] = value_number(n % PARTITIONS);
	r.values[CHANGE_TOPIC] = value_text(id, sizeof id);
	r.values[CHANGE_LEADER] = value_number(1 + n % 3);
	r.values[CHANGE_RECOVERY] = value_number(-1);
	frames_add_record(f, &r);
}

/* A segment of at least that many bytes. */
static void
write_log(struct kraft_fixture *f, size_t size)
{
	const char *path = kraft_path(f, METADATA_LOG_FOLDER "/00000000000000000000.log");
	FILE *file = fopen(path, "w");
	unsigned topic, changes = 0, i;
	int64_t next = 0;
	size_t written = 0;

	assert_non_null(file);
	for (topic = 0; topic < TOPICS || written < size;) {
		for (i = 0; i < BATCH && topic < TOPICS; i += PARTITIONS + 2)
			add_topic(&f->records, topic++);
		for (; i < BATCH; i++)
			add_change(&f->records, changes++);
		next = batch_of(&f->bytes, next, 0, &f->records);
		f->records.bytes.len = f->records.count = 0;
		assert_int_equal(fwrite(f->bytes.data, 1, f->bytes.len, file), f->bytes.len);
		written += f->bytes.len;
		buf_clear(&f->bytes);
	}
	assert_int_equal(fclose(file), 0);
}

/* In a process of its own: reads the log and says what it took, in KiB. */
static int
read_and_tell(const char *dir)
{
	struct image image = { .topics = { .head = NULL } };
	struct log_position position;
	struct rusage usage;
	struct err e;
	long ms;

	if (metadata_log_read(dir, &image, &position, &e) != 0 ||
	    image.partitions.count != (size_t)TOPICS * PARTITIONS || getrusage(RUSAGE_SELF, &usage) != 0)
		return 1;
	image_release(&image);
	ms = (long)usage.ru_utime.tv_sec * 1000 + usage.ru_utime.tv_usec / 1000;
	return printf("%ld %ld\n", usage.ru_maxrss, ms) > 0 ? fflush(stdout) : 1;
}

static long
peak_of_reading(const struct kraft_fixture *f, long *ms)
{
	int ends[2], status;
	char line[64] = "", *end;
	pid_t pid;
	long peak;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[1], 1);
		execl("/proc/self/exe", "read", f->dir, (char *)NULL);
		_exit(2);
	}
	(void)close(ends[1]);
	assert_true(read(ends[0], line, sizeof line - 1) > 0);
	(void)close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	peak = strtol(line, &end, 10);
	*ms = strtol(end, NULL, 10);
	return peak;
}

static void
a_long_log_takes_no_more_than_a_short_one(void **state)
{
	const char *mib = getenv("KCB_LOG_MIB");
	size_t size = (mib == NULL ? 64 : strtoul(mib, NULL, 10)) << 20;
	struct kraft_fixture *f = *state;
	long shorter, longer, ms;

	write_log(f, 0);
	shorter = peak_of_reading(f, &ms);
	print_message("# 100,000 partitions: peak %ld KiB, %ld ms of CPU\n", shorter, ms);
	write_log(f, size);
	longer = peak_of_reading(f, &ms);
	print_message("# and %zu MiB of changes: peak %ld KiB, %ld ms of CPU\n", size >> 20, longer, ms);
	if (SANITIZED)
		return; /* what was freed is kept from use there */
	assert_true(longer < PEAK_MAX_MIB << 10);
	assert_true(longer - shorter < 8 << 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, kraft_setup, kraft_teardown)

int
main(int argc, char **argv)
{
	const struct CMUnitTest cases[] = {
		CASE(a_long_log_takes_no_more_than_a_short_one),
	};

	if (argc == 2)
		_exit(read_and_tell(argv[1]));
	return cmocka_run_group_tests(cases, NULL, NULL);
}
