/* log_match.c - see log_match.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/registry/log_key.h"
#include "core/registry/log_match.h"

#define FOREIGN_NAMED_MAX 10u
#define NOWHERE           SIZE_MAX

struct entry { /* a record under the hash of its bytes, or of its key */
	uint64_t hash;
	size_t   at;
};

struct matching {
	const struct topic_log *want, *live;
	enum registry_vendor    vendor;
	struct log_state        state; /* of want, once somebody asked */
	bool                    read;
	int                     rc;
	struct err             *e;
	struct entry           *by_bytes; /* of want, sorted */
	struct entry           *by_key[2]; /* of want and of live, sorted */
	size_t                  next;     /* of want */
	size_t                  last;     /* record of live that was the last of ours; NOWHERE: none */
	size_t                 *strange;  /* records of live that are not saved */
	size_t                  strange_count;
};

/* ---- finding ---- */

static uint64_t
hash_bytes(uint64_t hash, const char *bytes, size_t len)
{
	uint64_t word;
	size_t i;

	hash = (hash ^ (bytes == NULL ? 1 : 2)) * 0x100000001b3; /* FNV-1a, eight bytes at a time */
	for (i = 0; i < len; i += sizeof word) {
		word = 0;
		memcpy(&word, bytes + i, len - i < sizeof word ? len - i : sizeof word);
		hash = (hash ^ word) * 0x100000001b3;
		hash ^= hash >> 32;
	}
	return hash;
}

static uint64_t
hash_record(const struct log_record *r, bool key_only)
{
	uint64_t hash = hash_bytes(0xcbf29ce484222325, r->key, r->key_len);

	return key_only ? hash : hash_bytes(hash, r->value, r->value_len);
}

static int
by_hash(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static struct entry *
index_of(const struct topic_log *log, bool key_only)
{
	struct entry *entries = calloc(log->count + 1, sizeof *entries);
	size_t i;

	for (i = 0; i < log->count && entries != NULL; i++)
		entries[i] = (struct entry){ hash_record(&log->records[i], key_only), i };
	if (entries != NULL)
		qsort(entries, log->count, sizeof *entries, by_hash);
	return entries;
}

/* The first entry of that hash whose record comes at or behind `from`. */
static size_t
first_entry(const struct entry *entries, size_t count, uint64_t hash, size_t from)
{
	struct entry wanted = { hash, from };
	size_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (by_hash(&entries[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The saved record like r: the first from `from` on, else NOWHERE. */
static size_t
find_saved(const struct matching *m, const struct log_record *r, size_t from)
{
	uint64_t hash = hash_record(r, false);
	size_t i = first_entry(m->by_bytes, m->want->count, hash, from);

	for (; i < m->want->count && m->by_bytes[i].hash == hash; i++)
		if (log_record_same(&m->want->records[m->by_bytes[i].at], r))
			return m->by_bytes[i].at;
	return NOWHERE;
}

/* The last saved record like r before `before`. */
static size_t
find_earlier(const struct matching *m, const struct log_record *r, size_t before)
{
	size_t found = NOWHERE, at = find_saved(m, r, 0);

	while (at != NOWHERE && at < before) {
		found = at;
		at = find_saved(m, r, at + 1);
	}
	return found;
}

enum side { WANT, LIVE };

/* The last record of that side in [from, to) with the key of r; NOWHERE: there is none. */
static size_t
last_of_key(const struct matching *m, enum side side, const struct log_record *r, size_t from, size_t to)
{
	const struct topic_log *log = side == WANT ? m->want : m->live;
	uint64_t hash = hash_record(r, true);
	size_t found = NOWHERE, i = first_entry(m->by_key[side], log->count, hash, from);

	for (; i < log->count && m->by_key[side][i].hash == hash && m->by_key[side][i].at < to; i++)
		if (log_record_same_key(&log->records[m->by_key[side][i].at], r))
			found = m->by_key[side][i].at;
	return found;
}

/* ---- matching ---- */

/*
 * Compaction may have removed saved record `at` from before record `behind` of the live topic: its key comes again
 * there; or it has ended in the saved records before `to`, and both have gone; or it means nothing.
 */
static bool
may_be_gone(const struct matching *m, size_t at, size_t to, size_t behind)
{
	const struct log_record *r = &m->want->records[at];

	if (log_key_is_noop(r) || last_of_key(m, LIVE, r, behind, m->live->count) != NOWHERE)
		return true;
	return m->want->records[last_of_key(m, WANT, r, at, to)].value == NULL &&
	       last_of_key(m, LIVE, r, 0, m->live->count) == NOWHERE;
}

static bool
may_all_be_gone(const struct matching *m, size_t from, size_t to, size_t behind)
{
	while (from < to && may_be_gone(m, from, to, behind))
		from++;
	return from == to;
}

static bool
are_all_noops(const struct topic_log *log, size_t from)
{
	while (from < log->count && log_key_is_noop(&log->records[from]))
		from++;
	return from == log->count;
}

static bool
is_saved_schema(struct matching *m, const struct log_record *r)
{
	if (!m->read && m->rc == 0) {
		m->rc = log_state_read(&m->state, m->want, m->vendor, m->e);
		m->read = m->rc == 0;
	}
	return m->read && log_state_has_schema(&m->state, r);
}

static bool
is_saved_context(const struct matching *m, const struct log_record *r)
{
	CLEANUP(log_key_release) struct log_key key = { 0 };
	struct err e;
	size_t i;

	if (log_key_parse(r, &key, &e) != 0 || key.type != LOG_CONTEXT)
		return false;
	for (i = 0; i < m->want->count; i++)
		if (log_record_same_key(&m->want->records[i], r))
			return true;
	return false;
}

/*
 * One record of the live topic.  One like a saved one that no replay can have written yet is a client's, or what is
 * left of a replay of which somebody removed the beginning: it is written again in its turn.
 */
static void
match_record(struct matching *m, size_t at)
{
	const struct log_record *r = &m->live->records[at];
	size_t ahead, found;

	if (log_key_is_noop(r))
		return;
	ahead = find_saved(m, r, m->next);
	found = ahead != NOWHERE && may_all_be_gone(m, m->next, ahead, at) ? ahead : find_earlier(m, r, m->next);
	if (found != NOWHERE) {
		m->next = found + 1;
		m->last = at;
	} else if (ahead == NOWHERE && !is_saved_schema(m, r) && !is_saved_context(m, r)) {
		m->strange[m->strange_count++] = at;
	}
}

/* Nothing but what came behind our last record: the registry's life since then. */
static bool
is_life_since(const struct matching *m)
{
	return m->last != NOWHERE && (m->strange_count == 0 || m->strange[0] > m->last);
}

/* ---- what it comes to ---- */

static const char *
id_of(const struct log_record *r)
{
	return r->value == NULL ? NULL : memmem(r->value, r->value_len, "\"id\":", 5);
}

static void
name_foreign(const struct matching *m, struct buf *out)
{
	char what[160];
	size_t i;

	for (i = 0; i < m->strange_count && i < FOREIGN_NAMED_MAX; i++) {
		const struct log_record *r = &m->live->records[m->strange[i]];
		const char *id = id_of(r);
		long long n = 0;

		log_key_describe(r, what, sizeof what);
		(void)buf_print(out, "%s%s", i > 0 ? ", " : "", what);
		for (id = id == NULL ? "" : id + 5; *id >= '0' && *id <= '9' && n < INT32_MAX; id++)
			n = n * 10 + (*id - '0');
		if (n > 0)
			(void)buf_print(out, " (id %lld)", n);
	}
	if (m->strange_count > FOREIGN_NAMED_MAX)
		(void)buf_print(out, " and %zu more", m->strange_count - FOREIGN_NAMED_MAX);
}

static void
say_foreign(const struct matching *m, struct log_match *ret)
{
	CLEANUP(buf_release) struct buf text;

	buf_init(&text, sizeof ret->reason);
	name_foreign(m, &text);
	(void)snprintf(ret->reason, sizeof ret->reason, "it holds %zu records that the snapshot has not: %s",
	               m->strange_count, buf_text(&text) == NULL ? "" : text.data);
}

static void
conclude(const struct matching *m, struct log_match *ret)
{
	size_t behind = m->last == NOWHERE ? 0 : m->last + 1;
	bool whole = are_all_noops(m->want, m->next);

	if (!whole && m->strange_count > 0) /* what came since then may have superseded the last ones */
		whole = may_all_be_gone(m, m->next, m->want->count, behind);
	*ret = (struct log_match){ .next = m->next, .foreign = m->strange_count, .standing = LOG_STANDS_AT };
	if (whole && (m->strange_count == 0 || is_life_since(m)))
		ret->standing = LOG_STANDS_WHOLE;
	else if (m->strange_count > 0)
		ret->standing = LOG_STANDS_FOREIGN;
	if (ret->standing == LOG_STANDS_WHOLE)
		ret->next = m->want->count;
	if (ret->standing == LOG_STANDS_FOREIGN)
		say_foreign(m, ret);
}

int
log_match(const struct topic_log *want, enum registry_vendor vendor, const struct topic_log *live,
          struct log_match *ret, struct err *e)
{
	struct matching m = { .want = want, .vendor = vendor, .live = live, .last = NOWHERE, .e = e };
	size_t i;

	if (live->count == 0) { /* a fresh topic: nothing is looked for */
		conclude(&m, ret);
		return 0;
	}
	m.by_bytes = index_of(m.want, false);
	m.by_key[WANT] = index_of(m.want, true);
	m.by_key[LIVE] = index_of(live, true);
	m.strange = calloc(live->count + 1, sizeof *m.strange);
	if (m.by_bytes != NULL && m.by_key[WANT] != NULL && m.by_key[LIVE] != NULL && m.strange != NULL) {
		for (i = 0; i < live->count && m.rc == 0; i++)
			match_record(&m, i);
		conclude(&m, ret);
	} else {
		m.rc = err_memory(e, "comparing a registry's records");
	}
	if (m.read)
		log_state_release(&m.state);
	free(m.by_bytes);
	free(m.by_key[WANT]);
	free(m.by_key[LIVE]);
	free(m.strange);
	return m.rc;
}
