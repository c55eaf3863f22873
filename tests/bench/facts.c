/* facts.c - see facts.h; ids and secrets are as hard to compress as real ones */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/facts.h"

void
fail(const char *what)
{
	fprintf(stderr, "document: %s\n", what);
	exit(1);
}

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
random_text(uint64_t *state, char *ret, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i;

	for (i = 0; i < len; i++)
		ret[i] = letters[next_random(state) % 64];
	ret[len] = '\0';
}

static const char *
word(uint64_t *state)
{
	static const char *const words[] = {
		"account", "amount", "branch", "created", "currency", "customer", "delivery", "discount",
		"event", "invoice", "order", "payment", "product", "region", "status", "updated",
	};

	return words[next_random(state) % 16];
}

static char *
make_schema(uint64_t *state)
{
	char *text = malloc(2048);
	int i, n;

	if (text == NULL)
		fail("no memory");
	n = snprintf(text, 2048, "{\"type\":\"record\",\"name\":\"%s\",\"fields\":[", word(state));
	for (i = 0; i < 18; i++)
		n += snprintf(text + n, 2048 - (size_t)n,
		              "%s{\"name\":\"%s_%s_%d\",\"type\":[\"null\",\"string\"],\"default\":null}",
		              i == 0 ? "" : ",", word(state), word(state), i);
	(void)snprintf(text + n, 2048 - (size_t)n, "]}");
	return text;
}

static void
add_pair(struct fact *f, const char *name, const char *text)
{
	f->pairs[f->pair_count].name = name;
	(void)snprintf(f->pairs[f->pair_count++].text, sizeof f->pairs[0].text, "%s", text);
}

static void
fill_topic(struct fact *f, uint64_t *state)
{
	char number[24];

	(void)snprintf(number, sizeof number, "%u", (unsigned)(next_random(state) % 30 + 1) * 86400000);
	add_pair(f, "cleanup.policy", next_random(state) % 3 == 0 ? "compact" : "delete");
	add_pair(f, "max.message.bytes", "1048588");
	add_pair(f, "min.insync.replicas", "2");
	add_pair(f, "retention.ms", number);
}

/* A literal secret, an address and a list of topics; the rest is much the same in each. */
static void
fill_connector(struct fact *f, uint64_t *state)
{
	static const char *const same[][2] = {
		{ "batch.size", "3000" },
		{ "connector.class", "io.aiven.connect.jdbc.JdbcSinkConnector" },
		{ "errors.deadletterqueue.topic.name", "dead-letters" },
		{ "errors.tolerance", "all" }, { "insert.mode", "upsert" },
		{ "key.converter", "org.apache.kafka.connect.storage.StringConverter" },
		{ "pk.fields", "id" }, { "pk.mode", "record_key" }, { "tasks.max", "4" },
		{ "transforms", "flatten" },
		{ "transforms.flatten.type", "org.apache.kafka.connect.transforms.Flatten$Value" },
		{ "value.converter", "io.confluent.connect.avro.AvroConverter" },
		{ "value.converter.schema.registry.url", "https://registry.internal:8081" },
	};
	char text[64];

	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		add_pair(f, same[i][0], same[i][1]);
	(void)snprintf(text, sizeof text, "jdbc:postgresql://%s-%s.internal/main", word(state), word(state));
	add_pair(f, "xconnection.url", text);
	random_text(state, text, 24);
	add_pair(f, "ypassword", text);
	add_pair(f, "ztopics", f->key);
}

/* What a line has of its own and nobody can guess: an id, or a verifier's 32 bytes. */
static void
fill(struct fact *f, enum kind kind, size_t number, uint64_t *state)
{
	size_t i, k;

	f->kind = kind;
	(void)snprintf(f->key, sizeof f->key, "%s.region-%02zu.events-%07zu", word(state), number % 97,
	               number);
	if (kind == KIND_USER || kind == KIND_IDENTITY)
		random_text(state, f->text, kind == KIND_USER ? 43 : 22);
	else
		(void)snprintf(f->text, sizeof f->text, "User:%s", word(state));
	if (kind == KIND_TOPIC)
		fill_topic(f, state);
	if (kind == KIND_IDENTITY)
		for (i = 0; i < PARTITIONS; i++)
			for (k = 0; k < REPLICAS; k++)
				f->placement[i][k] = (int)((i + k + number) % 12) + 1;
	if (kind == KIND_SCHEMA)
		f->schema = make_schema(state);
	if (kind == KIND_CONNECTOR)
		fill_connector(f, state);
}

struct facts
make_facts(size_t units)
{
	static const struct {
		enum kind kind;
		size_t    twice; /* lines in two units */
	} mix[] = { { KIND_USER, 20 }, { KIND_ACL, 40 }, { KIND_TOPIC, 20 }, { KIND_SCHEMA, 20 },
		    { KIND_CONNECTOR, 1 }, { KIND_IDENTITY, 20 } };
	uint64_t state = 88172645463325252u;
	struct facts f = { .all = calloc(units * 61 + 6, sizeof *f.all) };
	size_t i, k;

	if (f.all == NULL)
		fail("no memory");
	for (i = 0; i < sizeof mix / sizeof mix[0]; i++)
		for (k = 0; k < units * mix[i].twice / 2; k++)
			fill(&f.all[f.count++], mix[i].kind, k, &state);
	return f;
}
