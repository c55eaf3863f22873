/*
 * make_corpus.c - what the fuzzers begin with: small, whole inputs.  `make fuzz-corpus` writes them into the tree.
 *
 *   make_corpus FOLDER
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/kraft_real.h"
#include "tests/unit/kraft_records.h"

#define BYTES_MAX (1u << 20)

static void
write_to(const char *folder, const char *name, const struct buf *bytes)
{
	char path[400];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	f = bytes->failed ? NULL : fopen(path, "w");
	if (f == NULL || fwrite(bytes->data, 1, bytes->len, f) != bytes->len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

/* ---- records ---- */

static void
topics(struct frames *f)
{
	static const int32_t replicas[] = { 2, 1, 3 };

	make_topic(f, "orders", 1);
	make_partition(f, 1, 0, 4, 5, replicas, 3);
	make_partition(f, 1, 1, 4, 5, replicas + 1, 2);
	make_config(f, RESOURCE_TOPIC, "orders", "retention.ms", "5");
	make_change(f, 1, 0, 3, NULL, 0);
	make_change(f, 1, 1, NO_LEADER_CHANGE, replicas, 3);
	make_small_topic(f, "gone", 2);
	make_remove_topic(f, 2);
}

static void
others(struct frames *f)
{
	static const char *const entity[] = { "client-id", "", "user", "a", NULL };

	make_feature(f, "metadata.version", 25);
	make_config(f, RESOURCE_BROKER, "", "min.insync.replicas", "2");
	make_config(f, RESOURCE_GROUP, "g", "x", "1");
	make_config(f, RESOURCE_GROUP, "g", "x", NULL);
	make_user(f, "alice", 1, 9);
	make_user(f, "alice", 2, 8);
	make_remove_user(f, "alice", 1);
	make_acl(f, 3, (struct acl_numbers){ 2, 4, 3, 3 }, "orders", "User:a", "*");
	make_acl(f, 4, (struct acl_numbers){ 9, 3, 99, 2 }, "x", "User:b", "::1");
	make_remove_acl(f, 3);
	make_quota(f, entity, "producer_byte_rate", 1.5, false);
	make_quota(f, entity, "consumer_byte_rate", 1e300, false);
	make_quota(f, entity, "producer_byte_rate", 0, true);
}

static void
transactions(struct frames *f)
{
	make_mark(f, RECORD_BEGIN_TRANSACTION);
	make_config(f, RESOURCE_GROUP, "g", "x", "1");
	make_mark(f, RECORD_END_TRANSACTION);
	make_mark(f, RECORD_BEGIN_TRANSACTION);
	make_config(f, RESOURCE_GROUP, "g", "x", "2");
	make_mark(f, RECORD_ABORT_TRANSACTION);
	make_mark(f, RECORD_BEGIN_TRANSACTION);
	make_raw(f, RECORD_NO_OP, 0, "", 1);
}

static const struct {
	const char *name;
	void (*make)(struct frames *f);
} seeds[] = { { "topics", topics }, { "others", others }, { "transactions", transactions } };

#define SEEDS (sizeof seeds / sizeof seeds[0])

/* ---- the inputs ---- */

static void
input_of_frames(struct buf *out, const struct frames *f)
{
	const void *frame;
	size_t at = 0, len;

	while (frames_next(f, &at, &frame, &len)) {
		wire_number(out, len, 2);
		(void)buf_add(out, frame, len);
	}
}

static void
add_file(struct buf *out, int what, int offset, const struct buf *bytes)
{
	(void)buf_add_char(out, (char)what);
	(void)buf_add_char(out, (char)offset);
	(void)buf_add_char(out, 1);
	wire_number(out, bytes->len, 2);
	(void)buf_add(out, bytes->data, bytes->len);
}

/* A checkpoint up to 8 and a segment from there on; or a formatted node, new or old. */
static void
input_of_log(struct buf *out, const struct frames *f)
{
	struct buf bytes;

	buf_init(&bytes, BYTES_MAX);
	checkpoint_of(&bytes, f);
	add_file(out, 1, 8, &bytes);
	buf_clear(&bytes);
	(void)control_batch_of(&bytes, 8, 1, CONTROL_LEADER_CHANGE);
	add_file(out, 0, 8, &bytes);
	buf_clear(&bytes);
	(void)batch_of(&bytes, 9, 1, f);
	add_file(out, 0, 9, &bytes);
	buf_release(&bytes);
}

static void
input_of_node(struct buf *out, int what, const struct frames *f)
{
	struct buf bytes;

	buf_init(&bytes, BYTES_MAX);
	checkpoint_of(&bytes, f);
	add_file(out, what, 0, &bytes);
	buf_release(&bytes);
}

static void
make_inputs(const char *folder, size_t i)
{
	struct frames f;
	struct buf out;
	char name[64];

	frames_init(&f);
	seeds[i].make(&f);
	buf_init(&out, BYTES_MAX);
	input_of_frames(&out, &f);
	(void)snprintf(name, sizeof name, "frames/%s", seeds[i].name);
	write_to(folder, name, &out);
	buf_clear(&out);
	(void)buf_add_char(&out, 1);
	(void)batch_of(&out, 3, 1, &f);
	(void)snprintf(name, sizeof name, "batch/%s", seeds[i].name);
	write_to(folder, name, &out);
	buf_clear(&out);
	input_of_log(&out, &f);
	(void)snprintf(name, sizeof name, "log/%s", seeds[i].name);
	write_to(folder, name, &out);
	if (seeds[i].make == others) {
		buf_clear(&out);
		input_of_node(&out, 1, &f);
		write_to(folder, "log/node", &out);
		buf_clear(&out);
		input_of_node(&out, 2, &f);
		write_to(folder, "log/old-node", &out);
	}
	buf_release(&out);
	frames_release(&f);
}

int
main(int argc, char **argv)
{
	static const char *const folders[] = { "frames", "batch", "log" };
	struct buf out;
	char path[300];
	size_t i;

	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus FOLDER\n");
		return 2;
	}
	for (i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", argv[1], folders[i]);
		(void)mkdir(path, 0755);
	}
	for (i = 0; i < SEEDS; i++)
		make_inputs(argv[1], i);
	buf_init(&out, BYTES_MAX);
	(void)buf_add_char(&out, 0);
	(void)buf_add(&out, kafkas_checkpoint, sizeof kafkas_checkpoint);
	write_to(argv[1], "batch/kafkas", &out);
	buf_release(&out);
	return 0;
}
