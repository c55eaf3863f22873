/* batch.c - see batch.h */
#include "core/kraft/batch.h"

#include "core/kraft/crc32c.h"

#define MAGIC             2
#define CRC_AT            17u
#define AFTER_CRC         21u
#define ATTRIBUTE_CONTROL 0x20
#define NO_PRODUCER       UINT64_MAX /* -1, in 8, 2 and 4 bytes */

int
batch_size(const unsigned char *start, size_t *ret, struct err *e)
{
	struct cursor c = cursor_of(start, BATCH_START);
	int64_t offset = (int64_t)cursor_number(&c, 8);
	int32_t len = (int32_t)cursor_number(&c, 4);

	if (offset < 0 || len < (int32_t)(BATCH_HEADER - BATCH_START))
		return err_set(e, ERR_CORRUPT, "no record batch begins here: offset %lld, length %d",
		               (long long)offset, (int)len);
	if ((uint32_t)len > BATCH_READ_MAX - BATCH_START)
		return err_set(e, ERR_CORRUPT,
		               "offset %lld: a record batch of %d bytes; the most that is read is %u",
		               (long long)offset, (int)len, BATCH_READ_MAX - BATCH_START);
	*ret = BATCH_START + (size_t)len;
	return 0;
}

static int
check_header(const struct batch *b, uint64_t attributes, int32_t last_delta, int32_t count,
             struct err *e)
{
	long long at = (long long)b->base_offset;

	if ((attributes & ~(uint64_t)ATTRIBUTE_CONTROL) != 0)
		return err_set(e, ERR_CORRUPT,
		               "offset %lld: attributes 0x%x; a metadata log is not compressed and has no "
		               "producers' transactions",
		               at, (unsigned)attributes);
	if (b->base_offset < 0 || b->epoch < 0 || count < 1 || last_delta != count - 1 ||
	    b->base_offset > INT64_MAX - count)
		return err_set(e, ERR_CORRUPT,
		               "offset %lld: leader epoch %d, %d records, last offset delta %d do not fit "
		               "together",
		               at, (int)b->epoch, (int)count, (int)last_delta);
	return 0;
}

int
batch_read(const unsigned char *bytes, size_t size, struct batch *ret, struct err *e)
{
	struct cursor c = cursor_of(bytes, size);
	struct batch b = { .base_offset = (int64_t)cursor_number(&c, 8) };
	uint32_t length = (uint32_t)cursor_number(&c, 4), crc;
	int magic, rc;
	uint64_t attributes;
	int32_t last_delta, count;

	b.epoch = (int32_t)cursor_number(&c, 4);
	magic = (int)cursor_number(&c, 1);
	crc = (uint32_t)cursor_number(&c, 4);
	attributes = cursor_number(&c, 2);
	last_delta = (int32_t)cursor_number(&c, 4);
	(void)cursor_number(&c, 8);
	b.timestamp = (int64_t)cursor_number(&c, 8);
	(void)cursor_bytes(&c, 14); /* the producer: there is none */
	count = (int32_t)cursor_number(&c, 4);
	if (c.failed || length + BATCH_START != size)
		return err_set(e, ERR_CORRUPT, "offset %lld: the record batch is cut off",
		               (long long)b.base_offset);
	if (magic != MAGIC)
		return err_set(e, ERR_CORRUPT, "offset %lld: record format %d; format %d is read",
		               (long long)b.base_offset, magic, MAGIC);
	if (crc32c(bytes + AFTER_CRC, size - AFTER_CRC) != crc)
		return err_set(e, ERR_CORRUPT, "offset %lld: the checksum of the record batch is wrong",
		               (long long)b.base_offset);
	rc = check_header(&b, attributes, last_delta, count, e);
	if (rc != 0)
		return rc;
	b.control = (attributes & ATTRIBUTE_CONTROL) != 0;
	b.count = (uint32_t)count;
	b.last_offset = b.base_offset + last_delta;
	b.records = c;
	*ret = b;
	return 0;
}

/* The type in the key of a control record: version 0, then the type. */
static bool
take_key(struct cursor *c, int64_t len, bool control, int *ret)
{
	const unsigned char *bytes;
	struct cursor key;

	if (!control)
		return len == -1;
	bytes = len < 4 ? NULL : cursor_bytes(c, (size_t)len);
	if (bytes == NULL)
		return false;
	key = cursor_of(bytes, (size_t)len);
	(void)cursor_number(&key, 2);
	*ret = (int)cursor_number(&key, 2);
	return !key.failed;
}

static bool
take_record(struct cursor *c, const struct batch *b, uint32_t index, struct batch_record *ret)
{
	int64_t value_len;
	bool fits;

	fits = cursor_number(c, 1) == 0; /* attributes: none are defined */
	(void)cursor_zigzag(c);
	fits = cursor_zigzag(c) == index && fits;
	fits = take_key(c, cursor_zigzag(c), b->control, &ret->control) && fits;
	value_len = cursor_zigzag(c);
	if (!fits || c->failed || value_len < 0)
		return false;
	ret->value_len = (size_t)value_len;
	ret->value = cursor_bytes(c, ret->value_len);
	return cursor_zigzag(c) == 0 && !c->failed && cursor_left(c) == 0; /* no headers */
}

int
batch_next(struct batch *b, uint32_t *read, struct batch_record *ret, struct err *e)
{
	struct cursor *all = &b->records, one;
	const unsigned char *bytes;
	int64_t len;

	if (*read == b->count && cursor_left(all) == 0)
		return 0;
	*ret = (struct batch_record){ .offset = b->base_offset + *read };
	len = cursor_zigzag(all);
	bytes = len < 0 ? NULL : cursor_bytes(all, (size_t)len);
	if (bytes != NULL && *read < b->count) {
		one = cursor_of(bytes, (size_t)len);
		if (take_record(&one, b, *read, ret)) {
			(*read)++;
			return 1;
		}
	}
	return err_set(e, ERR_CORRUPT, "offset %lld: the record is not as its batch says",
	               (long long)ret->offset);
}

/* ---- writing ---- */

void
batch_begin(struct batch_writer *w, struct buf *out, int64_t base_offset, int64_t timestamp,
            bool control)
{
	static const char room[BATCH_HEADER] = { 0 }; /* filled by batch_end() */

	*w = (struct batch_writer){ .out = out, .from = out->len, .base_offset = base_offset,
		                    .timestamp = timestamp, .control = control };
	(void)buf_add(out, room, sizeof room);
}

static size_t
varint_size(int64_t n)
{
	uint64_t zigzag = (uint64_t)n << 1 ^ (uint64_t)(n >> 63);
	size_t size = 1;

	for (; zigzag > 0x7f; zigzag >>= 7)
		size++;
	return size;
}

size_t
batch_record_size(size_t value_len)
{
	return value_len + 24; /* five varints of up to 5 bytes, less what is always short */
}

void
batch_add(struct batch_writer *w, const void *key, size_t key_len, const void *value,
          size_t value_len)
{
	int64_t key_size = key == NULL ? -1 : (int64_t)key_len;
	size_t body = 2 + varint_size(w->count) + varint_size(key_size) + (key == NULL ? 0 : key_len) +
	              varint_size((int64_t)value_len) + value_len + 1;

	wire_zigzag(w->out, (int64_t)body);
	(void)buf_add_char(w->out, 0); /* attributes */
	wire_zigzag(w->out, 0);        /* timestamp delta */
	wire_zigzag(w->out, w->count);
	wire_zigzag(w->out, key_size);
	if (key != NULL)
		(void)buf_add(w->out, key, key_len);
	wire_zigzag(w->out, (int64_t)value_len);
	(void)buf_add(w->out, value, value_len);
	wire_zigzag(w->out, 0); /* headers */
	w->count++;
}

/* Put a number over the room that batch_begin() left. */
static void
fill(struct batch_writer *w, size_t at, uint64_t n, size_t size)
{
	n = htobe64(n);
	memcpy(w->out->data + w->from + at, (const char *)&n + sizeof n - size, size);
}

void
batch_end(struct batch_writer *w)
{
	size_t size = w->out->len - w->from;

	if (w->out->failed)
		return;
	fill(w, 0, (uint64_t)w->base_offset, 8);
	fill(w, 8, size - BATCH_START, 4);
	fill(w, 12, 0, 4);
	fill(w, 16, MAGIC, 1);
	fill(w, AFTER_CRC, w->control ? ATTRIBUTE_CONTROL : 0, 2);
	fill(w, 23, w->count - 1, 4);
	fill(w, 27, (uint64_t)w->timestamp, 8);
	fill(w, 35, (uint64_t)w->timestamp, 8);
	fill(w, 43, NO_PRODUCER, 8);
	fill(w, 51, NO_PRODUCER, 2);
	fill(w, 53, NO_PRODUCER, 4);
	fill(w, 57, w->count, 4);
	fill(w, CRC_AT, crc32c(w->out->data + w->from + AFTER_CRC, size - AFTER_CRC), 4);
}
