/* rest_pages.c - see rest_pages.h */
#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/registry/rest_pages.h"

static int ask(struct rest_pages *p, struct err *e);

/* ---- what was there the first time ---- */

static uint64_t
hash_word(uint64_t hash, const char *bytes, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, bytes, len);
	hash = (hash ^ word) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

/* Four hashes side by side, of every fourth word each: one alone waits for each multiplication. */
uint64_t
rest_hash(uint64_t hash, const void *bytes, size_t len)
{
	enum { WORD = sizeof hash, LANES = 4 };
	uint64_t lanes[LANES] = { hash, hash + 1, hash + 2, hash + 3 };
	const char *from = bytes;
	size_t left = len, i;

	for (; left >= LANES * WORD; left -= LANES * WORD, from += LANES * WORD)
		for (i = 0; i < LANES; i++)
			lanes[i] = hash_word(lanes[i], from + i * WORD, WORD);
	for (i = 1; i < LANES && len >= LANES * WORD; i++)
		lanes[0] = hash_word(lanes[0], (const char *)&lanes[i], WORD);
	for (; left >= WORD; left -= WORD, from += WORD)
		lanes[0] = hash_word(lanes[0], from, WORD);
	return hash_word(lanes[0], from, left) ^ len;
}

void
page_marks_release(struct page_marks *m)
{
	free(m->all);
	*m = (struct page_marks){ 0 };
}

/* Without memory the list is read twice. */
static void
mark_page(struct rest_pages *p)
{
	struct page_marks *m = p->marks;
	size_t room = m->capacity == 0 ? 16 : 2 * m->capacity;
	struct page_mark *more = m->all;

	p->page.before = m->kept;
	m->kept += p->page.kept;
	if (m->count == m->capacity) {
		more = realloc(m->all, room * sizeof *more);
		if (more == NULL)
			return;
		m->all = more;
		m->capacity = room;
	}
	more[m->count++] = p->page;
}

/* Is it the other list's page in this place? */
static bool
is_others(const struct rest_pages *p)
{
	const struct page_marks *other = p->other;

	return other != NULL && other->next < other->count && other->all[other->next].body == p->page.body &&
	       other->all[other->next].len == p->page.len;
}

/* From the first that is not the other's, none is. */
static bool
take_others(struct rest_pages *p)
{
	uint64_t hash = p->page.hash;

	if (!is_others(p)) {
		if (p->other != NULL)
			p->other->next = p->other->count;
		return false;
	}
	p->page = p->other->all[p->other->next++];
	p->page.hash = hash;
	p->alike(p, &p->page);
	return true;
}

static void
look_at(struct rest_pages *p, const char *body, size_t len)
{
	p->page = (struct page_mark){ .len = len };
	if (p->marks == NULL)
		return;
	p->page.body = rest_hash(REST_HASH_BEGINS, &p->taken, sizeof p->taken);
	p->page.body = rest_hash(p->page.body, body, len);
	p->page.hash = rest_hash(p->page.body, p->path, strlen(p->path));
}

/* A body of path and bytes that came the first time: the counts of then are those of now. */
static bool
knows_page(struct rest_pages *p, size_t len)
{
	struct page_marks *m = p->marks;
	size_t i;

	if (m == NULL)
		return false;
	for (i = m->next; m->again && i < m->count; i++)
		if (m->all[i].hash == p->page.hash && m->all[i].len == len) {
			p->page = m->all[i];
			m->next = i + 1;
			return true;
		}
	return !m->again && take_others(p);
}

/* ---- one page ---- */

static void
end(struct rest_pages *p, int rc, const struct err *e)
{
	buf_release(&p->first);
	p->done(p, rc, e);
}

/* Does it begin as the page before?  Then the server takes no notice of the offset. */
static bool
is_repeated(struct rest_pages *p, struct json_object *entry)
{
	struct buf text;
	struct json j;
	bool same;

	buf_init(&text, LINE_MAX_BYTES);
	json_init(&j, &text);
	json_value(&j, entry);
	same = p->first.len > 0 && text.len == p->first.len && memcmp(text.data, p->first.data, text.len) == 0;
	buf_release(&p->first);
	p->first = text;
	return same;
}

static void
add_page(struct rest_pages *p)
{
	p->taken += p->page.taken;
	if (p->marks != NULL && !p->marks->again)
		mark_page(p);
}

/* p->page counts what p->kept and p->sum get. */
static int
take_entry(void *arg, struct json_object *entry, struct err *e)
{
	struct rest_pages *p = arg;
	size_t kept = p->kept;
	uint64_t sum = p->sum;
	int rc;

	if (p->page.taken == 0 && !p->page.ended)
		p->page.ended = is_repeated(p, entry);
	if (p->page.ended)
		return 0;
	rc = p->take(p, entry, e);
	p->refused = rc != 0;
	p->page.taken++;
	p->page.kept += p->kept - kept;
	p->page.sum += p->sum - sum;
	return rc;
}

/* The entries are taken one by one, so that a list of 10,000 is in memory as its text alone. */
static bool
take_page(void *arg, const char *body, size_t len)
{
	struct rest_pages *p = arg;

	p->why.code = 0;
	p->refused = false;
	if (!json_begins_list(body, len))
		return false;
	look_at(p, body, len);
	if (p->held && !is_others(p)) {
		p->waits = buf_add(&p->waiting, body, len) == 0;
		if (!p->waits)
			(void)err_memory(&p->why, "listing a registry");
		return true;
	}
	if (knows_page(p, len)) {
		p->kept += p->page.kept;
		p->sum += p->page.sum;
		add_page(p);
		return true;
	}
	p->why.code = json_parse_list(body, len, JSON_DEPTH_MAX, take_entry, p, &p->why);
	if (p->why.code != 0)
		return true;
	p->page.ended = p->page.ended || p->page.taken == 0;
	add_page(p);
	return true;
}

/* The result of take_page(). */
static int
taken(struct rest_pages *p, const char *request, struct err *e)
{
	*e = p->why;
	if (e->code == 0 && p->taken > REGISTRY_ENTRIES_MAX)
		return err_set(e, ERR_CORRUPT, "%s: the list has more than %u entries, or does not end", p->path,
		               REGISTRY_ENTRIES_MAX);
	return e->code == 0 || p->refused ? e->code : err_prefix(e, "%s: the answer", request);
}

/* To the next page, or to the end. */
static void
go_on(struct rest_pages *p, int rc, bool ended, const struct err *e)
{
	struct err err = *e;

	if (rc == 0 && !ended)
		rc = ask(p, &err);
	else
		ended = true;
	if (rc != 0 || ended)
		end(p, rc, &err);
}

void
rest_pages_go(struct rest_pages *p, int rc, const struct err *e)
{
	struct buf body = p->waiting;
	struct err err = *e;

	p->held = false;
	if (!p->waits)
		return;
	p->waits = false;
	buf_init(&p->waiting, REGISTRY_ANSWER_MAX);
	if (rc == 0) {
		(void)take_page(p, body.data, body.len); /* a list: else it would not wait */
		rc = taken(p, p->path, &err);
	}
	buf_release(&body);
	go_on(p, rc, p->page.ended, &err);
}

static void
page_read(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct rest_pages *p = arg;
	struct err err = *e;
	bool ended = true;

	if (rc == 0 && p->taken == 0 && (answer->status == 404 || answer->status == 405)) {
		p->missing = true;
		end(p, 0, &err);
		return;
	}
	if (rc == 0 && answer->why.code != 0) {
		err = answer->why;
		rc = err.code;
	} else if (rc == 0 && answer->taken) {
		rc = taken(p, answer->request, &err);
		ended = p->page.ended;
	} else if (rc == 0 && answer->value != NULL) { /* null is an empty list */
		rc = err_set(&err, ERR_CORRUPT, "%s: the answer is no list", answer->request);
	}
	if (!p->waits)
		go_on(p, rc, ended, &err);
}

static int
ask(struct rest_pages *p, struct err *e)
{
	struct buf path;
	int rc;

	buf_init(&path, 16 * KEY_MAX_BYTES);
	(void)buf_add_text(&path, p->path);
	if (p->taken > 0)
		(void)buf_print(&path, "%coffset=%zu", strchr(p->path, '?') == NULL ? '?' : '&', p->taken);
	rc = rest_ask(p->registry, &path, take_page, page_read, p, e);
	buf_release(&path);
	return rc;
}

int
rest_pages_start(struct rest_pages *p, struct err *e)
{
	p->taken = p->kept = 0;
	p->sum = 0;
	p->missing = false;
	buf_init(&p->first, LINE_MAX_BYTES);
	buf_init(&p->waiting, REGISTRY_ANSWER_MAX);
	return ask(p, e);
}
