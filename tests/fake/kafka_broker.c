/*
 * kafka_broker.c - see kafka_broker.h.  It knows ApiVersions 0 and 3, Metadata 8 and
 * DescribeConfigs 1, and hangs up on whatever else it is sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "tests/fake/kafka_broker.h"

#define FRAME_MAX 65536u

enum { DESCRIBE_CONFIGS = 32, API_VERSIONS = 18, METADATA = 3 };
enum { UNKNOWN_TOPIC_OR_PARTITION = 3 };

struct request {
	const uint8_t *bytes;
	size_t         len, at;
	bool           bad;
};

/* ---- big-endian ---- */

static uint32_t
take(struct request *r, size_t bytes)
{
	uint32_t n = 0;

	for (; bytes > 0; bytes--) {
		r->bad = r->bad || r->at >= r->len;
		n = n << 8 | (r->bad ? 0 : r->bytes[r->at++]);
	}
	return n;
}

static void
take_name(struct request *r, char ret[256])
{
	size_t len = take(r, 2);

	ret[0] = '\0';
	r->bad = r->bad || len > 255 || r->at + len > r->len;
	if (r->bad)
		return;
	memcpy(ret, r->bytes + r->at, len);
	ret[len] = '\0';
	r->at += len;
}

static void
give(struct buf *out, size_t bytes, int64_t n)
{
	for (; bytes > 0; bytes--)
		(void)buf_add_char(out, (char)((uint64_t)n >> (bytes - 1) * 8 & 0xff));
}

static void
give_text(struct buf *out, const char *text)
{
	give(out, 2, (int64_t)strlen(text));
	(void)buf_add_text(out, text);
}

/* ---- answers ---- */

static void
answer_versions(uint32_t version, struct buf *out)
{
	static const int16_t apis[][3] = {
		{ METADATA, 8, 8 }, { API_VERSIONS, 0, 3 }, { DESCRIBE_CONFIGS, 1, 1 },
	};
	size_t i, k, n = sizeof apis / sizeof apis[0];

	give(out, 2, 0);
	give(out, version >= 3 ? 1 : 4, (int64_t)n + (version >= 3));
	for (i = 0; i < n; i++) {
		for (k = 0; k < 3; k++)
			give(out, 2, apis[i][k]);
		if (version >= 3)
			give(out, 1, 0);
	}
	if (version >= 3)
		give(out, 5, 0); /* the throttle time, and no tagged field */
}

static void
give_topic(struct buf *out, const char *name, int32_t partitions, int32_t replicas, int error)
{
	int32_t i, k;

	give(out, 2, error);
	give_text(out, name);
	give(out, 1, 0);
	give(out, 4, partitions);
	for (i = 0; i < partitions; i++) {
		give(out, 2, 0);
		give(out, 4, i);
		give(out, 4, 1); /* its leader */
		give(out, 4, 0);
		for (k = 0; k < 2 * (replicas + 1); k++) /* replicas, and those in sync */
			give(out, 4, k % (replicas + 1) == 0 ? replicas : 1);
		give(out, 4, 0);
	}
	give(out, 4, INT32_MIN);
}

static const struct broker_topic *
find(const struct broker *b, const char *name)
{
	uint32_t i;

	for (i = 0; i < b->count; i++)
		if (strcmp(b->topics[i].name, name) == 0)
			return &b->topics[i];
	return NULL;
}

static void
answer_names(const struct broker *b, uint32_t asked, struct request *r, struct buf *topics,
             int32_t *given)
{
	uint32_t i, forgotten = 0;

	for (i = 0; i < asked && !r->bad; i++) {
		const struct broker_topic *t;
		char name[256];

		take_name(r, name);
		t = find(b, name);
		if (t != NULL ? t->undescribed : forgotten++ < b->forgets)
			continue;
		(*given)++;
		give_topic(topics, name, t == NULL ? 0 : t->partitions, t == NULL ? 0 : t->replicas,
		           t == NULL ? UNKNOWN_TOPIC_OR_PARTITION : 0);
	}
}

static void
answer_metadata(const struct broker *b, struct request *r, struct buf *out)
{
	uint32_t i, asked = take(r, 4);
	int32_t given = 0;
	struct buf topics;

	buf_init(&topics, FRAME_MAX);
	for (i = 0; asked == UINT32_MAX && i < b->count; i++, given++)
		give_topic(&topics, b->topics[i].name, 1, 1, 0);
	if (asked != UINT32_MAX)
		answer_names(b, asked, r, &topics, &given);
	give(out, 4, 0);
	give(out, 4, 1);
	give(out, 4, 1); /* the one broker's id */
	give_text(out, "127.0.0.1");
	give(out, 4, b->port);
	give(out, 2, -1);
	give_text(out, BROKER_CLUSTER);
	give(out, 4, 1); /* which is the controller too */
	give(out, 4, given);
	if (topics.len > 0)
		(void)buf_add(out, topics.data, topics.len);
	give(out, 4, INT32_MIN);
	buf_release(&topics);
}

/* One that somebody has set on the topic: such a topic is no client's doing. */
static void
give_config(struct buf *out)
{
	give_text(out, "retention.ms");
	give_text(out, "1");
	give(out, 1, 0);
	give(out, 1, 1); /* its source: DYNAMIC_TOPIC_CONFIG */
	give(out, 1, 0);
	give(out, 4, 0); /* synonyms */
}

static void
answer_configs(const struct broker *b, struct request *r, struct buf *out)
{
	uint32_t i, asked = take(r, 4), given = 0;
	struct buf results;

	buf_init(&results, FRAME_MAX);
	for (i = 0; i < asked && !r->bad; i++) {
		uint32_t type = take(r, 1);
		const struct broker_topic *t;
		char name[256];

		take_name(r, name);
		(void)take(r, 4); /* of all configs */
		t = find(b, name);
		if (t != NULL && t->unconfigured)
			continue;
		given++;
		give(&results, 2, t == NULL ? UNKNOWN_TOPIC_OR_PARTITION : 0);
		give(&results, 2, -1);
		give(&results, 1, type);
		give_text(&results, name);
		give(&results, 4, t != NULL);
		if (t != NULL)
			give_config(&results);
	}
	give(out, 4, 0);
	give(out, 4, given);
	if (results.len > 0)
		(void)buf_add(out, results.data, results.len);
	buf_release(&results);
}

/* ---- connections ---- */

static bool
transfer(int fd, uint8_t *bytes, size_t len, bool out)
{
	while (len > 0) {
		ssize_t n = out ? send(fd, bytes, len, MSG_NOSIGNAL) : recv(fd, bytes, len, 0);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static bool
answer(const struct broker *b, struct request *r, struct buf *out)
{
	uint32_t api = take(r, 2), version = take(r, 2), number = take(r, 4), client = take(r, 2);

	r->at += client == 0xffff ? 0 : client;
	give(out, 4, 0); /* its length, once that is known */
	give(out, 4, number);
	if (api == API_VERSIONS && version <= 3)
		answer_versions(version, out);
	else if (api == METADATA && version == 8)
		answer_metadata(b, r, out);
	else if (api == DESCRIBE_CONFIGS && version == 1)
		answer_configs(b, r, out);
	else
		return false;
	return !r->bad && !out->failed;
}

/* One request and its answer; false: hang up. */
static bool
serve(const struct broker *b, int fd)
{
	uint8_t bytes[FRAME_MAX], length[4];
	struct request r = { .bytes = length, .len = sizeof length };
	struct buf out;
	bool good;
	size_t i;

	if (!transfer(fd, length, sizeof length, false))
		return false;
	r = (struct request){ .bytes = bytes, .len = take(&r, 4) };
	if (r.len > sizeof bytes || !transfer(fd, bytes, r.len, false))
		return false;
	buf_init(&out, FRAME_MAX);
	good = answer(b, &r, &out);
	for (i = 0; good && i < 4; i++)
		out.data[i] = (char)((out.len - 4) >> (3 - i) * 8 & 0xff);
	good = good && transfer(fd, (uint8_t *)out.data, out.len, true);
	buf_release(&out);
	return good;
}

static void
admit(struct broker *b)
{
	int fd = accept4(b->listener, NULL, NULL, SOCK_CLOEXEC);
	size_t i;

	for (i = 0; fd >= 0 && i < BROKER_CONNECTIONS; i++)
		if (b->connections[i] < 0) {
			b->connections[i] = fd;
			return;
		}
	if (fd >= 0)
		(void)close(fd);
}

static void *
run(void *arg)
{
	struct broker *b = arg;
	struct pollfd p[2 + BROKER_CONNECTIONS];
	size_t i;

	for (;;) {
		p[0] = (struct pollfd){ .fd = b->wake[0], .events = POLLIN };
		p[1] = (struct pollfd){ .fd = b->listener, .events = POLLIN };
		for (i = 0; i < BROKER_CONNECTIONS; i++)
			p[2 + i] = (struct pollfd){ .fd = b->connections[i], .events = POLLIN };
		(void)poll(p, 2 + BROKER_CONNECTIONS, -1);
		if (p[0].revents != 0)
			return NULL;
		if (p[1].revents != 0)
			admit(b);
		for (i = 0; i < BROKER_CONNECTIONS; i++)
			if (p[2 + i].revents != 0 && !serve(b, b->connections[i])) {
				(void)close(b->connections[i]);
				b->connections[i] = -1;
			}
	}
}

void
broker_begin(struct broker *b)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof a;
	size_t i;

	for (i = 0; i < BROKER_CONNECTIONS; i++)
		b->connections[i] = -1;
	b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(b->listener >= 0);
	assert_int_equal(bind(b->listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(b->listener, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(listen(b->listener, (int)BROKER_CONNECTIONS), 0);
	b->port = ntohs(a.sin_port);
	assert_int_equal(pipe(b->wake), 0);
	assert_int_equal(pthread_create(&b->thread, NULL, run, b), 0);
}

void
broker_end(struct broker *b)
{
	size_t i;

	assert_int_equal(write(b->wake[1], "", 1), 1);
	assert_int_equal(pthread_join(b->thread, NULL), 0);
	for (i = 0; i < BROKER_CONNECTIONS; i++)
		if (b->connections[i] >= 0)
			(void)close(b->connections[i]);
	(void)close(b->listener);
	(void)close(b->wake[0]);
	(void)close(b->wake[1]);
}
