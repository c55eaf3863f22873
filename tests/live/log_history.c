/*
 * log_history.c - random histories of metadata records, as log directories: what a controller could have written, so
 * that Kafka's own reader takes it.  t_kraft_property.sh compares what it makes of them with what we do.
 *
 *   log_history SEED COUNT FOLDER     FOLDER/0, FOLDER/1 ...; each is of the seed SEED + its number alone
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/kraft_records.h"

#define NAMES  8
#define TOPICS 12
#define BYTES_MAX ((size_t)64 << 20)

/* What there is, so that nothing is removed that is not there; it fits into an assignment. */
struct state {
	struct {
		bool there, configured; /* configured: in this batch or transaction */
		unsigned char id;
		int partitions, replicas;
	} topics[TOPICS];
	bool users[2][NAMES], acls[256];
};

struct history {
	uint64_t      seed;
	struct state  state, before; /* before: the open transaction */
	bool          transaction;
	unsigned char next_topic, next_acl; /* ids, never given again */
	struct frames batch;
	struct buf    segment;
	int64_t       offset, segment_offset;
	int32_t       epoch;
	char          folder[300];
};

static const char *const names[NAMES] = {
	"a", "b", "User \"q\"", "back\\slash", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "x.y-z_0", "tab\there",
	"default",
};
static const char *const topic_names[TOPICS] = {
	"orders", "0", "...", "__consumer_offsets", "__mine", "a-1", "A", "payments.eu", "x_y", "z",
	"__transaction_state",
	"long-name-of-a-topic-that-has-many-characters-in-it-but-is-no-longer-than-it-may-be",
};
static const char *const values[] = { "", "1", "compact,delete", "\"\\\n", "\xc3\xa4", "a longer value = {x: 'y'}" };

/* splitmix64 */
static unsigned
pick(struct history *h, unsigned below)
{
	uint64_t z = h->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ z >> 31) % below);
}

static const char *
pick_value(struct history *h)
{
	return values[pick(h, sizeof values / sizeof values[0])];
}

/* ---- one change each ---- */

static void
pick_replicas(struct history *h, int32_t *ret, int count)
{
	int i, first = (int)pick(h, 9);

	for (i = 0; i < count; i++)
		ret[i] = (first + i * 2) % 9 + (first == 8 ? 100000 : 0);
}

static void
change_topic(struct history *h)
{
	unsigned i = pick(h, TOPICS);
	int32_t replicas[3];
	int k, n = 1 + (int)pick(h, 3);

	/* Kafka's ConfigurationsDelta forgets to take away what was set in the very delta that removes the topic */
	if (h->state.topics[i].there && h->state.topics[i].configured)
		return;
	if (h->state.topics[i].there) {
		make_remove_topic(&h->batch, h->state.topics[i].id);
		h->state.topics[i].there = false;
		return;
	}
	if (h->next_topic == 255)
		return;
	h->state.topics[i].there = true;
	h->state.topics[i].id = ++h->next_topic;
	h->state.topics[i].partitions = 1 + (int)pick(h, 4);
	h->state.topics[i].replicas = n;
	h->state.topics[i].configured = true;
	make_topic(&h->batch, topic_names[i], h->next_topic);
	if (pick(h, 2) == 0)
		make_config(&h->batch, RESOURCE_TOPIC, topic_names[i], "retention.ms", pick_value(h));
	for (k = 0; k < h->state.topics[i].partitions; k++) {
		pick_replicas(h, replicas, n);
		make_partition(&h->batch, h->next_topic, k, (int)pick(h, 5), (int)pick(h, 5), replicas, (size_t)n);
	}
}

static void
change_partition(struct history *h)
{
	unsigned i = pick(h, TOPICS);
	int32_t replicas[3];
	int n = h->state.topics[i].replicas, number, leader;

	if (!h->state.topics[i].there)
		return;
	number = (int)pick(h, (unsigned)h->state.topics[i].partitions);
	leader = (int)pick(h, 6) - 2; /* -2: as it was; -1: nobody */
	if (pick(h, 4) == 0) {        /* one partition more */
		pick_replicas(h, replicas, n);
		number = h->state.topics[i].partitions++;
		make_partition(&h->batch, h->state.topics[i].id, number, 0, 0, replicas, (size_t)n);
		return;
	}
	pick_replicas(h, replicas, n);
	make_change(&h->batch, h->state.topics[i].id, number, leader, replicas, pick(h, 2) == 0 ? 0 : (size_t)n);
}

static void
change_config(struct history *h)
{
	static const int types[] = { RESOURCE_TOPIC, RESOURCE_BROKER, RESOURCE_GROUP, RESOURCE_CLIENT_METRICS };
	static const char *const keys[] = { "retention.ms", "a", "z.z", "log.cleaner.threads", "A" };
	int type = types[pick(h, 4)];
	const char *resource = names[pick(h, NAMES)];
	unsigned topic = pick(h, TOPICS);
	char number[12];

	if (type == RESOURCE_BROKER) { /* the default of all, or a broker's */
		(void)snprintf(number, sizeof number, "%u", pick(h, 3));
		resource = pick(h, 2) == 0 ? "" : number;
	}
	if (type == RESOURCE_TOPIC && !h->state.topics[topic].there)
		return;
	if (type == RESOURCE_TOPIC) {
		resource = topic_names[topic];
		h->state.topics[topic].configured = true;
	}
	make_config(&h->batch, type, resource, keys[pick(h, 5)], pick(h, 3) == 0 ? NULL : pick_value(h));
}

static void
change_user(struct history *h)
{
	unsigned mechanism = pick(h, 2), i = pick(h, NAMES);
	bool gone = h->state.users[mechanism][i] && pick(h, 2) == 0;

	if (gone)
		make_remove_user(&h->batch, names[i], (int)mechanism + 1);
	else
		make_user(&h->batch, names[i], (int)mechanism + 1, (unsigned char)pick(h, 256));
	h->state.users[mechanism][i] = !gone;
}

static void
change_acl(struct history *h)
{
	struct acl_numbers n = { .type = 2 + (int)pick(h, 6) };
	unsigned i = pick(h, h->next_acl + 4u) + 1;
	const char *host = pick(h, 2) == 0 ? "*" : "::1";

	if (i < 256 && h->state.acls[i]) {
		make_remove_acl(&h->batch, (unsigned char)i);
		h->state.acls[i] = false;
	} else if (h->next_acl < 255) {
		h->state.acls[++h->next_acl] = true;
		n.pattern = 3 + (int)pick(h, 2);
		n.operation = 2 + (int)pick(h, 14);
		n.permission = 2 + (int)pick(h, 2);
		i = pick(h, NAMES);
		make_acl(&h->batch, h->next_acl, n, names[i], names[pick(h, 3)], host);
	}
}

static void
change_quota(struct history *h)
{
	static const char *const keys[] = { "producer_byte_rate", "consumer_byte_rate", "request_percentage" };
	static const char *const types[] = { "client-id", "user", "ip" };
	const char *entity[5] = { NULL };
	unsigned both = pick(h, 3) == 0, first = both ? 0 : pick(h, 3);

	entity[0] = types[first];
	entity[1] = pick(h, 3) == 0 ? "" : names[pick(h, NAMES)];
	if (both) {
		entity[2] = types[1];
		entity[3] = pick(h, 3) == 0 ? "" : names[pick(h, NAMES)];
	}
	if (both && pick(h, 2) == 0) { /* in the other order it is the same */
		const char *turned[5] = { entity[2], entity[3], entity[0], entity[1], NULL };

		memcpy(entity, turned, sizeof entity);
	}
	make_quota(&h->batch, entity, keys[pick(h, 3)], pick(h, 4000000) / 4.0, pick(h, 3) == 0);
}

/* ---- batches and segments ---- */

static void
write_segment(struct history *h)
{
	char path[400];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%020" PRId64 ".log", h->folder, h->segment_offset);
	f = fopen(path, "w");
	if (buf_text(&h->segment) == NULL || f == NULL ||
	    fwrite(h->segment.data, 1, h->segment.len, f) != h->segment.len || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
	buf_clear(&h->segment);
	h->segment_offset = h->offset;
}

static void
end_batch(struct history *h)
{
	int i;

	if (h->batch.count > 0)
		h->offset = batch_of(&h->segment, h->offset, h->epoch, &h->batch);
	frames_release(&h->batch);
	for (i = 0; i < TOPICS && !h->transaction; i++)
		h->state.topics[i].configured = false;
	if (pick(h, 12) == 0) { /* another leader, which ends what the last one had begun */
		h->epoch += 1 + (int32_t)pick(h, 3);
		h->offset = control_batch_of(&h->segment, h->offset, h->epoch, CONTROL_LEADER_CHANGE);
	}
	if (pick(h, 20) == 0)
		write_segment(h);
}

static void
mark(struct history *h)
{
	if (!h->transaction) {
		make_mark(&h->batch, RECORD_BEGIN_TRANSACTION);
		h->before = h->state;
	} else if (pick(h, 2) == 0) {
		make_mark(&h->batch, RECORD_END_TRANSACTION);
	} else {
		/*
		 * The last one of its batch: Kafka's MetadataBatchLoader drops what was aborted at the end of a
		 * batch, and would believe it if another record followed.  Ours goes by the offsets.
		 */
		make_mark(&h->batch, RECORD_ABORT_TRANSACTION);
		h->state = h->before;
		end_batch(h);
	}
	h->transaction = !h->transaction;
}

static void
step(struct history *h)
{
	static void (*const changes[])(struct history *h) = {
		change_topic, change_partition, change_partition, change_config, change_user, change_acl, change_quota,
	};

	if (pick(h, 15) == 0)
		mark(h);
	else if (pick(h, 30) == 0)
		make_raw(&h->batch, RECORD_NO_OP, 0, "", 1);
	else
		changes[pick(h, sizeof changes / sizeof changes[0])](h);
	if (pick(h, 4) == 0)
		end_batch(h);
}

static void
write_history(uint64_t seed, const char *folder, unsigned number)
{
	struct history h = { .seed = seed };
	unsigned i, steps;

	(void)snprintf(h.folder, sizeof h.folder, "%s/%u", folder, number);
	(void)mkdir(h.folder, 0755);
	(void)snprintf(h.folder, sizeof h.folder, "%s/%u/__cluster_metadata-0", folder, number);
	(void)mkdir(h.folder, 0755);
	frames_init(&h.batch);
	buf_init(&h.segment, BYTES_MAX);
	h.epoch = 1;
	h.offset = control_batch_of(&h.segment, 0, 1, CONTROL_LEADER_CHANGE);
	make_feature(&h.batch, "metadata.version", 25);
	/* Kafka 4.3's ScramDelta loses a user that is put in the delta that removes the last one of its mechanism */
	make_user(&h.batch, "always", 1, 1);
	make_user(&h.batch, "always", 2, 2);
	for (i = 0, steps = 20 + pick(&h, 400); i < steps; i++)
		step(&h);
	end_batch(&h);
	write_segment(&h);
	frames_release(&h.batch);
	buf_release(&h.segment);
}

int
main(int argc, char **argv)
{
	unsigned long seed, count, i;

	if (argc != 4) {
		fprintf(stderr, "usage: log_history SEED COUNT FOLDER\n");
		return 2;
	}
	seed = strtoul(argv[1], NULL, 10);
	count = strtoul(argv[2], NULL, 10);
	for (i = 0; i < count; i++)
		write_history(seed + i, argv[3], (unsigned)i);
	return 0;
}
