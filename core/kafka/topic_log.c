/* topic_log.c - see topic_log.h: records, and reading them */
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/kafka/topic_log.h"
#include "core/kafka/topic_scan.h"
#include "core/loop/work.h"

void
topic_log_init(struct topic_log *log)
{
	*log = (struct topic_log){ 0 };
	arena_init(&log->arena, TOPIC_LOG_MAX);
}

void
topic_log_release(struct topic_log *log)
{
	free(log->records);
	arena_release(&log->arena);
	topic_log_init(log);
}

/* ---- records ---- */

static bool
grow(struct topic_log *log)
{
	size_t room = log->capacity == 0 ? 256 : log->capacity * 2;
	struct log_record *more;

	if (log->count == TOPIC_LOG_RECORDS_MAX)
		return false;
	if (log->count < log->capacity)
		return true;
	more = realloc(log->records, room * sizeof *more);
	if (more == NULL)
		return false;
	log->records = more;
	log->capacity = room;
	return true;
}

/* A copy of what may be null; false: no room for it. */
static bool
copy(struct arena *arena, const char **bytes, size_t len)
{
	if (*bytes == NULL)
		return true;
	*bytes = arena_copy(arena, *bytes, len);
	return *bytes != NULL;
}

static bool
copy_headers(struct arena *arena, struct log_record *r)
{
	struct log_header *headers = arena_alloc(arena, r->header_count * sizeof *headers);
	bool fit = headers != NULL;
	size_t i;

	for (i = 0; i < r->header_count && fit; i++) {
		headers[i] = r->headers[i];
		fit = copy(arena, &headers[i].name, strlen(headers[i].name)) &&
		      copy(arena, &headers[i].value, headers[i].value_len);
	}
	r->headers = headers;
	return fit;
}

static int
no_room(const struct topic_log *log, struct err *e)
{
	return err_set(e, ERR_FAILED, "no memory for %zu records, or more than %u MiB or %u of them", log->count + 1,
	               TOPIC_LOG_MAX >> 20, TOPIC_LOG_RECORDS_MAX);
}

int
topic_log_take(struct topic_log *log, const struct log_record *record, struct err *e)
{
	if (!grow(log))
		return no_room(log, e);
	log->records[log->count++] = *record;
	return 0;
}

static bool
same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

bool
log_record_same_key(const struct log_record *a, const struct log_record *b)
{
	return same(a->key, a->key_len, b->key, b->key_len);
}

static bool
same_headers(const struct log_record *a, const struct log_record *b)
{
	size_t i;

	if (a->header_count != b->header_count)
		return false;
	for (i = 0; i < a->header_count; i++)
		if (strcmp(a->headers[i].name, b->headers[i].name) != 0 ||
		    !same(a->headers[i].value, a->headers[i].value_len, b->headers[i].value,
		          b->headers[i].value_len))
			return false;
	return true;
}

bool
log_record_same(const struct log_record *a, const struct log_record *b)
{
	return log_record_same_key(a, b) && same(a->value, a->value_len, b->value, b->value_len) && same_headers(a, b);
}

/* A registry signs each of its records with the same headers: they are kept once. */
static bool
add_headers(struct topic_log *log, struct log_record *r)
{
	const struct log_record *last = log->count > 0 ? &log->records[log->count - 1] : NULL;

	if (last == NULL || !same_headers(last, r))
		return copy_headers(&log->arena, r);
	r->headers = last->headers;
	return true;
}

int
topic_log_add(struct topic_log *log, const struct log_record *record, struct err *e)
{
	struct log_record r = *record;

	if (!copy(&log->arena, &r.key, r.key_len) || !copy(&log->arena, &r.value, r.value_len) ||
	    (r.header_count > 0 && !add_headers(log, &r)))
		return no_room(log, e);
	return topic_log_take(log, &r, e);
}

/* ---- reading: the thread ---- */

struct log_reading { /* the thread's, until it has ended */
	struct topic_scan scan;
	struct topic_log  log;
	char             *topic;
};

/* The headers of a message, borrowed from it; NULL: there are none, or no memory. */
static struct log_header *
headers_of(const rd_kafka_message_t *m, size_t *ret_count)
{
	rd_kafka_headers_t *from = NULL;
	struct log_header *headers = NULL;
	const void *value;
	size_t i, n = 0;

	if (rd_kafka_message_headers(m, &from) == RD_KAFKA_RESP_ERR_NO_ERROR)
		n = rd_kafka_header_cnt(from);
	*ret_count = n;
	if (n > 0)
		headers = calloc(n, sizeof *headers);
	for (i = 0; i < n && headers != NULL; i++) {
		(void)rd_kafka_header_get_all(from, i, &headers[i].name, &value, &headers[i].value_len);
		headers[i].value = value;
	}
	return headers;
}

static int
keep_record(struct topic_scan *scan, const rd_kafka_message_t *m)
{
	struct log_reading *r = container_of(scan, struct log_reading, scan);
	rd_kafka_timestamp_type_t type;
	struct log_record record = { .key = m->key, .key_len = m->key_len, .value = m->payload, .value_len = m->len };
	size_t i;
	int rc = 0;

	record.timestamp = rd_kafka_message_timestamp(m, &type);
	record.headers = headers_of(m, &record.header_count);
	if (record.header_count > 0 && record.headers == NULL)
		return err_memory(&scan->err, "reading headers");
	for (i = 0; i < record.header_count && rc == 0; i++)
		if (json_utf8_run(record.headers[i].name, strlen(record.headers[i].name)) !=
		    strlen(record.headers[i].name))
			rc = err_set(&scan->err, ERR_UNSUPPORTED,
			             "the record at offset %lld has a header whose name is not UTF-8",
			             (long long)m->offset);
	if (rc == 0)
		rc = topic_log_add(&r->log, &record, &scan->err);
	free(record.headers);
	return rc;
}

static void
reading_run(void *data)
{
	topic_scan(&((struct log_reading *)data)->scan);
}

static void
reading_release(void *data)
{
	struct log_reading *r = data;

	if (r->scan.conf != NULL)
		rd_kafka_conf_destroy(r->scan.conf);
	topic_log_release(&r->log);
	free(r->topic);
	free(r);
}

/* ---- reading: the loop ---- */

struct log_reader { /* the loop's, since the thread may be left behind */
	struct loop        *loop;
	struct client      *client;
	struct log_reading *reading;
	topic_log_fn       *fn;
	void               *arg;
};

static void
reading_done(void *arg, int rc)
{
	struct log_reader *w = arg;
	struct topic_log none;
	struct err e = { 0 };

	topic_log_init(&none);
	if (rc != 0)
		(void)loop_check(w->loop, &e); /* the reading is the thread's now */
	else
		rc = topic_scan_outcome(&w->reading->scan, w->client, w->reading->topic, &e);
	if (rc == 0)
		w->reading->log.end = w->reading->scan.end;
	w->fn(w->arg, rc, rc == 0 ? &w->reading->log : &none, &e);
	free(w);
}

static struct log_reading *
reading_new(struct loop *l, const struct client *c, const char *topic)
{
	struct log_reading *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	topic_log_init(&r->log);
	r->topic = strdup(topic);
	r->scan = (struct topic_scan){ .conf = client_conf(c), .topic = r->topic, .each = keep_record,
		                       .timeout_ms = loop_remaining_ms(l, TOPIC_LOG_TIMEOUT_MS) };
	if (r->scan.conf != NULL && r->topic != NULL)
		return r;
	reading_release(r);
	return NULL;
}

int
topic_log_read(struct loop *l, struct client *c, const char *topic, topic_log_fn *fn, void *arg, struct err *e)
{
	static const struct work_call call = { reading_run, reading_release, reading_done };
	struct log_reader *w = calloc(1, sizeof *w);
	struct log_reading *r = w == NULL ? NULL : reading_new(l, c, topic);
	int rc;

	if (r == NULL) {
		free(w);
		return err_memory(e, "reading a topic");
	}
	*w = (struct log_reader){ .loop = l, .client = c, .reading = r, .fn = fn, .arg = arg };
	rc = work_start(l, &call, r, w, e);
	if (rc != 0) {
		reading_release(r);
		free(w);
	}
	return rc;
}
