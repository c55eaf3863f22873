/*
 * document.c - the CPU that a snapshot costs between the capture and the store, against json-c.
 *
 *   document [MIB]      one measurement; prints "ours MS", "tree MS", "lines MS" and "bytes N"
 *
 * All begin with the same facts in plain structs (the mix of DESIGN 9: 10,000 topics of 10
 * partitions, 20,000 ACLs, 10,000 users, 10,000 schema versions, 500 connectors, times what makes
 * MIB of it) and end with a sealed snapshot of the same lines:
 *   ours    values written by core/base/json, a line_set, its sort, the document writer (checks,
 *           hash, zstd level 1 as a stream), seal_document()
 *   tree    json-c: one tree of the document, one json_object_to_json_string (PLAIN), the hash of
 *           it, zstd with the same parameters, seal_document(); nothing is sorted or checked
 *   lines   json-c at its best: the same, but an object a line, freed at once
 * CPU time of the process, memory given back included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <sodium.h>
#include <zstd.h>

#include "core/base/json.h"
#include "core/seal/container.h"
#include "core/snapshot/document.h"

enum { UNITS_A_MIB = 44, PARTITIONS = 10, REPLICAS = 3, CONNECTOR_ENTRIES = 16 };

struct pair {
	const char *name;
	char        text[64];
};

struct fact { /* a line's worth */
	enum kind   kind;
	char        key[64];
	struct pair pairs[CONNECTOR_ENTRIES];
	size_t      pair_count;
	int         placement[PARTITIONS][REPLICAS];
	char        text[48]; /* an id, a credential, a principal */
	const char *schema;
};

struct facts {
	struct fact *all;
	size_t       count;
};

static void
fail(const char *what)
{
	fprintf(stderr, "document: %s\n", what);
	exit(1);
}

static void
need(int rc, const struct err *e)
{
	if (rc != 0)
		fail(e->text);
}

/* ---- facts: always the same; ids and secrets as hard to compress as real ones ---- */

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

/* 1,000 units are the mix of DESIGN 9. */
static struct facts
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

/* ---- ours ---- */

static void
write_pairs(struct json *j, const char *name, const struct fact *f)
{
	size_t i;

	json_key(j, name);
	json_begin_object(j);
	for (i = 0; i < f->pair_count; i++)
		json_key_string(j, f->pairs[i].name, f->pairs[i].text);
	json_end_object(j);
}

static void
write_placement(struct json *j, const struct fact *f)
{
	size_t i, k;

	json_key(j, "partitions");
	json_begin_array(j);
	for (i = 0; i < PARTITIONS; i++) {
		json_begin_array(j);
		for (k = 0; k < REPLICAS; k++)
			json_integer(j, f->placement[i][k]);
		json_end_array(j);
	}
	json_end_array(j);
}

static void
write_fact(struct json *j, const struct fact *f)
{
	json_begin_object(j);
	if (f->pair_count > 0)
		write_pairs(j, "configs", f);
	if (f->kind == KIND_IDENTITY)
		write_placement(j, f);
	if (f->kind == KIND_TOPIC) {
		json_key_unsigned(j, "partitions", PARTITIONS);
		json_key_unsigned(j, "replication_factor", REPLICAS);
	}
	if (f->kind == KIND_SCHEMA)
		json_key_string(j, "schema", f->schema);
	json_key_string(j, "text", f->text);
	json_end_object(j);
}

static void
collect(const struct facts *f, struct line_set *set)
{
	struct buf value;
	struct json j;
	struct err e;
	size_t i;

	buf_init(&value, 1 << 20);
	for (i = f->count; i-- > 0;) { /* out of order, as servers answer */
		struct line line = { .kind = f->all[i].kind, .key = f->all[i].key,
			             .key_len = strlen(f->all[i].key) };

		buf_clear(&value);
		json_init(&j, &value);
		write_fact(&j, &f->all[i]);
		line.value = value.data;
		line.value_len = value.len;
		need(line_set_add(set, &line, &e), &e);
	}
	buf_release(&value);
	need(line_set_sort(set, &e), &e);
}

static void
compose(const struct facts *f, struct document *ret)
{
	struct document_writer *w;
	struct line_set set;
	struct err e;
	size_t i;

	line_set_init(&set, (size_t)1 << 30);
	collect(f, &set);
	need(document_writer_new(&w, &e), &e);
	for (i = 0; kind_is_resource((enum kind)i); i++)
		document_writer_state(w, (enum kind)i, STATE_CAPTURED, false);
	for (i = 0; i < set.count; i++)
		need(document_writer_add(w, &set.lines[i], &e), &e);
	need(document_writer_end(w, NULL, ret, &e), &e);
	line_set_release(&set);
}

/* ---- json-c ---- */

static struct json_object *
pairs_object(const struct fact *f)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < f->pair_count; i++)
		json_object_object_add(o, f->pairs[i].name, json_object_new_string(f->pairs[i].text));
	return o;
}

static struct json_object *
placement_object(const struct fact *f)
{
	struct json_object *all = json_object_new_array_ext(PARTITIONS), *one;
	size_t i, k;

	for (i = 0; i < PARTITIONS; i++) {
		one = json_object_new_array_ext(REPLICAS);
		for (k = 0; k < REPLICAS; k++)
			json_object_array_add(one, json_object_new_int(f->placement[i][k]));
		json_object_array_add(all, one);
	}
	return all;
}

static struct json_object *
line_object(const struct fact *f)
{
	struct json_object *line = json_object_new_object(), *value = json_object_new_object();

	if (f->pair_count > 0)
		json_object_object_add(value, "configs", pairs_object(f));
	if (f->kind == KIND_IDENTITY)
		json_object_object_add(value, "partitions", placement_object(f));
	if (f->kind == KIND_TOPIC) {
		json_object_object_add(value, "partitions", json_object_new_int(PARTITIONS));
		json_object_object_add(value, "replication_factor", json_object_new_int(REPLICAS));
	}
	if (f->kind == KIND_SCHEMA)
		json_object_object_add(value, "schema", json_object_new_string(f->schema));
	json_object_object_add(value, "text", json_object_new_string(f->text));
	json_object_object_add(line, "key", json_object_new_string(f->key));
	json_object_object_add(line, "kind", json_object_new_string(kind_name(f->kind)));
	json_object_object_add(line, "value", value);
	return line;
}

/* The header of a sealed snapshot holds this: without it, it would be sealed but not valid. */
static void
hash(struct document *d, const struct buf *text)
{
	(void)crypto_generichash(d->hash, sizeof d->hash, (const unsigned char *)text->data, text->len,
	                         NULL, 0);
}

/* As document_writer.c does it, but in one call: FORMAT.md wants the checksum. */
static void
compress(struct document *d, const struct buf *text)
{
	static const int parameters[][2] = {
		{ ZSTD_c_compressionLevel, 1 }, { ZSTD_c_windowLog, 18 }, { ZSTD_c_hashLog, 13 },
		{ ZSTD_c_checksumFlag, 1 },
	};
	size_t bound = ZSTD_compressBound(text->len), n, i;
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	buf_init(&d->body, DOCUMENT_BODY_MAX);
	if (zstd == NULL || buf_reserve(&d->body, bound) != 0)
		fail("no room for the compressed text");
	for (i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
		if (ZSTD_isError(ZSTD_CCtx_setParameter(zstd, (ZSTD_cParameter)parameters[i][0],
		                                        parameters[i][1])))
			fail("zstd refuses its parameters");
	n = ZSTD_compress2(zstd, d->body.data, bound, text->data, text->len);
	if (ZSTD_isError(n))
		fail(ZSTD_getErrorName(n));
	(void)ZSTD_freeCCtx(zstd);
	d->body.len = n;
	d->size = text->len;
}

/* Serialise, append to text, and free. */
static void
take_object(struct json_object *o, struct buf *text)
{
	size_t n;
	const char *bytes = json_object_to_json_string_length(
	    o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	(void)buf_add(text, bytes, n);
	(void)json_object_put(o);
}

static void
finish(const struct facts *f, struct buf *text, struct document *ret)
{
	for (size_t i = 0; i < f->count; i++)
		ret->kinds[f->all[i].kind].count++;
	for (size_t i = 0; i < KIND_TABLE; i++)
		ret->kinds[i].state = ret->kinds[i].count > 0 ? STATE_CAPTURED : STATE_NONE;
	if (text->failed)
		fail("no room for the text");
	hash(ret, text);
	compress(ret, text);
	buf_release(text);
}

static void
compose_tree(const struct facts *f, struct document *ret)
{
	struct json_object *all = json_object_new_array();
	struct buf text;

	for (size_t i = 0; i < f->count; i++)
		json_object_array_add(all, line_object(&f->all[i]));
	buf_init(&text, (size_t)1 << 30);
	take_object(all, &text);
	finish(f, &text, ret);
}

static void
compose_lines(const struct facts *f, struct document *ret)
{
	struct buf text;

	buf_init(&text, (size_t)1 << 30);
	for (size_t i = 0; i < f->count; i++) {
		take_object(line_object(&f->all[i]), &text);
		(void)buf_add(&text, "\n", 1);
	}
	finish(f, &text, ret);
}

/* ---- both ---- */

static void
take_key(int (*setter)(struct keys *, const char *, const struct secret *, struct err *),
         struct keys *k, const char *prefix)
{
	unsigned char key[KEY_BYTES];
	char base64[64], text[96];
	struct secret *s;
	struct err e;

	randombytes_buf(key, sizeof key);
	(void)sodium_bin2base64(base64, sizeof base64, key, sizeof key,
	                        sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	(void)snprintf(text, sizeof text, "%s%s", prefix, base64);
	s = secret_new(text, strlen(text));
	if (s == NULL)
		fail("no memory for a key");
	need(setter(k, "a key", s, &e), &e);
	secret_free(s);
}

static void
make_keys(struct keys *k)
{
	char text[KEY_TEXT_SIZE];
	struct err e;

	take_key(keys_set_signing, k, "ed25519-secret:");
	take_key(keys_set_identity, k, "x25519-secret:");
	keys_signer_text(k->signing_public, text);
	need(keys_add_signer(k, "a signer", text, &e), &e);
	keys_recipient_text(k->identity_public, text);
	need(keys_add_recipient(k, "a recipient", text, &e), &e);
}

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

/* The CPU of it all; the size of the text is checked against one before. */
static void
measure(const char *name, void (*make)(const struct facts *, struct document *),
        const struct facts *f, const struct keys *keys, uint64_t *size)
{
	struct seal_header h = { .service = "bench", .cluster = "bench", .epoch = 1, .sequence = 1,
		                 .source = SOURCE_API, .created_at_ms = 1 };
	struct document d = { .size = 0 };
	struct buf object;
	double began = cpu_ms();
	struct err e;

	buf_init(&object, (size_t)DOCUMENT_BODY_MAX * 2);
	make(f, &d);
	need(seal_document(&h, &d, keys, &object, &e), &e);
	printf("%s %.1f\n", name, cpu_ms() - began);
	if (*size != 0 && (d.size > *size + 1000 || d.size + 1000 < *size))
		fail("the texts are not the same"); /* a summary line, two brackets apart */
	*size = d.size;
	document_release(&d);
	buf_release(&object);
}

int
main(int argc, char **argv)
{
	size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 40;
	struct keys keys = { .recipient_count = 0 };
	struct facts facts;
	uint64_t size = 0;

	if (sodium_init() < 0)
		fail("libsodium does not start");
	make_keys(&keys);
	facts = make_facts(mib * UNITS_A_MIB);
	measure("ours", compose, &facts, &keys, &size);
	measure("tree", compose_tree, &facts, &keys, &size);
	measure("lines", compose_lines, &facts, &keys, &size);
	printf("bytes %llu\n", (unsigned long long)size);
	keys_release(&keys);
	return 0;
}
