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
 *   tree    json-c: the facts sorted, one tree of the document, one json_object_to_json_string (PLAIN),
 *           the hash of it, zstd with the same parameters, seal_document(); nothing is checked
 *   lines   json-c at its best: the same, but an object a line, freed at once, of facts that are
 *           in order already
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
#include "tests/bench/facts.h"

enum { UNITS_A_MIB = 44 };

static void
need(int rc, const struct err *e)
{
	if (rc != 0)
		fail(e->text);
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

/* A snapshot's lines are in this order, or it is none. */
static int
by_kind_and_key(const void *a, const void *b)
{
	const struct fact *x = *(const struct fact *const *)a, *y = *(const struct fact *const *)b;

	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : strcmp(x->key, y->key);
}

static void
compose_tree(const struct facts *f, struct document *ret)
{
	const struct fact **sorted = calloc(f->count, sizeof *sorted);
	struct json_object *all = json_object_new_array();
	struct buf text;

	if (sorted == NULL)
		fail("no memory");
	for (size_t i = 0; i < f->count; i++)
		sorted[i] = &f->all[f->count - 1 - i]; /* out of order, as ours */
	qsort(sorted, f->count, sizeof *sorted, by_kind_and_key);
	for (size_t i = 0; i < f->count; i++)
		json_object_array_add(all, line_object(sorted[i]));
	free(sorted);
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
