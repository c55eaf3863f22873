/* record.c - see record.h */
#include "core/kraft/record.h"

#include "core/base/limits.h"

#define FRAME_VERSION 1

static const size_t number_size[] = {
	[FIELD_INT8] = 1, [FIELD_INT16] = 2, [FIELD_INT32] = 4, [FIELD_BOOL] = 1,
};

/* ---- reading ---- */

/* A number of `size` bytes is signed. */
static int64_t
take_signed(struct cursor *c, size_t size)
{
	unsigned shift = 64 - 8 * (unsigned)size;

	return (int64_t)(cursor_number(c, size) << shift) >> shift;
}

static void
take_real(struct cursor *c, struct record_value *ret)
{
	uint64_t bits = cursor_number(c, 8);

	memcpy(&ret->real, &bits, sizeof bits);
}

/* The length of what is nullable, and of all arrays: one more than it is; 0 is null. */
static uint32_t
take_length(struct cursor *c, const struct field *f, struct record_value *ret)
{
	uint32_t n = cursor_varint(c);

	ret->null = n == 0;
	if (n == 0 && !f->nullable)
		c->failed = true;
	return n == 0 ? 0 : n - 1;
}

bool
record_element(const struct field *element, struct cursor *elements, struct record_value *ret)
{
	const struct field *f;
	uint32_t n;

	if (cursor_left(elements) == 0)
		return false;
	for (f = element; f->name != NULL; f++, ret++) { /* texts alone: see the table */
		*ret = (struct record_value){ 0 };
		n = take_length(elements, f, ret);
		ret->bytes = cursor_bytes(elements, n);
		ret->len = n;
	}
	cursor_pass_tags(elements);
	return !elements->failed;
}

static void
take_structs(struct cursor *c, const struct field *f, struct record_value *ret)
{
	struct record_value room[RECORD_FIELDS_MAX];
	uint32_t i;

	ret->bytes = c->p;
	for (i = 0; i < ret->count && !c->failed; i++)
		if (!record_element(f->element, c, room))
			c->failed = true;
	ret->len = (size_t)(c->p - ret->bytes);
}

static void
take_value(struct cursor *c, const struct field *f, struct record_value *ret)
{
	size_t size;

	switch (f->type) {
	case FIELD_FLOAT64:
		take_real(c, ret);
		break;
	case FIELD_UUID:
		ret->bytes = cursor_bytes(c, UUID_BYTES);
		ret->len = UUID_BYTES;
		break;
	case FIELD_STRING:
	case FIELD_BYTES:
		ret->len = take_length(c, f, ret);
		ret->bytes = cursor_bytes(c, ret->len);
		break;
	case FIELD_INT32_ARRAY:
	case FIELD_UUID_ARRAY:
		size = f->type == FIELD_INT32_ARRAY ? 4 : UUID_BYTES;
		ret->count = take_length(c, f, ret);
		ret->len = size * ret->count;
		ret->bytes = cursor_bytes(c, ret->len);
		break;
	case FIELD_STRUCT_ARRAY:
		ret->count = take_length(c, f, ret);
		take_structs(c, f, ret);
		break;
	default:
		ret->number = take_signed(c, number_size[f->type]);
		break;
	}
}

static const struct field *
tagged_field(const struct field *fields, unsigned version, uint32_t tag, size_t *index)
{
	size_t i;

	for (i = 0; fields[i].name != NULL; i++)
		if (fields[i].tagged && fields[i].tag == tag && (unsigned)fields[i].since <= version) {
			*index = i;
			return &fields[i];
		}
	return NULL;
}

/* Tags come in rising order; those that are not known are passed over (KIP-482). */
static void
take_tags(struct cursor *c, const struct field *fields, struct metadata_record *r)
{
	uint32_t n = cursor_varint(c), tag, size, next = 0;
	const struct field *f;
	const unsigned char *bytes;
	struct cursor one;
	size_t i = 0;

	while (!c->failed && n-- > 0) {
		tag = cursor_varint(c);
		size = cursor_varint(c);
		bytes = cursor_bytes(c, size);
		f = tagged_field(fields, r->version, tag, &i);
		if (tag < next || tag == UINT32_MAX)
			c->failed = true;
		next = tag + 1;
		if (c->failed || f == NULL)
			continue;
		one = cursor_of(bytes, size);
		r->values[i] = (struct record_value){ 0 };
		take_value(&one, f, &r->values[i]);
		c->failed = one.failed || cursor_left(&one) > 0;
	}
}

static void
take_fields(struct cursor *c, const struct field *fields, struct metadata_record *r)
{
	const struct field *f;
	size_t i;

	for (i = 0; fields[i].name != NULL; i++) {
		f = &fields[i];
		if (!f->tagged && (unsigned)f->since <= r->version)
			take_value(c, f, &r->values[i]);
		else /* absent: as its schema says; arrays and texts are null */
			r->values[i] = (struct record_value){ .null = true, .number = f->preset };
	}
	take_tags(c, fields, r);
}

static struct cursor
begin(const void *frame, size_t len, unsigned *type, unsigned *version)
{
	struct cursor c = cursor_of(frame, len);

	if (cursor_varint(&c) != FRAME_VERSION)
		c.failed = true;
	*type = cursor_varint(&c);
	*version = cursor_varint(&c);
	return c;
}

int
record_peek(const void *frame, size_t len, unsigned *type, unsigned *version, struct err *e)
{
	struct cursor c = begin(frame, len, type, version);

	return c.failed ? err_set(e, ERR_CORRUPT, "a record without a type and version") : 0;
}

int
record_decode(const void *frame, size_t len, struct metadata_record *ret, struct err *e)
{
	const struct record_schema *schema;
	struct metadata_record r = { .type = 0 };
	struct cursor c = begin(frame, len, &r.type, &r.version);

	if (c.failed)
		return err_set(e, ERR_CORRUPT, "a record without a type and version");
	schema = record_schema(r.type);
	if (schema == NULL || schema->fields == NULL)
		return err_set(e, ERR_UNSUPPORTED, "record type %u is not read", r.type);
	if (r.version > (unsigned)schema->newest)
		return err_set(e, ERR_UNSUPPORTED, "%s version %u: the newest that is known is %d",
		               schema->name, r.version, schema->newest);
	take_fields(&c, schema->fields, &r);
	if (c.failed || cursor_left(&c) > 0)
		return err_set(e, ERR_CORRUPT, "the bytes of a %s do not fit its version %u",
		               schema->name, r.version);
	*ret = r;
	return 0;
}

/* ---- writing ---- */

static void
put_length(struct buf *out, const struct record_value *v, size_t n)
{
	wire_varlong(out, v->null ? 0 : (uint64_t)n + 1);
}

static void
put_value(struct buf *out, const struct field *f, const struct record_value *v)
{
	uint64_t bits;

	switch (f->type) {
	case FIELD_FLOAT64:
		memcpy(&bits, &v->real, sizeof bits);
		wire_number(out, bits, sizeof bits);
		return;
	case FIELD_INT8:
	case FIELD_INT16:
	case FIELD_INT32:
	case FIELD_BOOL:
		wire_number(out, (uint64_t)v->number, number_size[f->type]);
		return;
	case FIELD_UUID:
		break;
	case FIELD_STRING:
	case FIELD_BYTES:
		put_length(out, v, v->len);
		break;
	case FIELD_INT32_ARRAY:
	case FIELD_UUID_ARRAY:
	case FIELD_STRUCT_ARRAY:
		put_length(out, v, v->count);
		break;
	}
	if (!v->null)
		(void)buf_add(out, v->bytes, v->len);
}

/* A tagged field stands there when it is not what its absence means. */
static bool
is_told(const struct field *f, const struct record_value *v, unsigned version)
{
	bool number = f->type == FIELD_INT8 || f->type == FIELD_INT16 || f->type == FIELD_INT32 ||
	              f->type == FIELD_BOOL;

	return f->tagged && (unsigned)f->since <= version &&
	       (number ? !v->null && v->number != f->preset : !v->null);
}

static void
put_tags(struct buf *out, const struct field *fields, const struct metadata_record *r)
{
	uint32_t tag, most = 0, n = 0;
	struct buf one;
	size_t i = 0;

	for (i = 0; fields[i].name != NULL; i++) {
		n += is_told(&fields[i], &r->values[i], r->version);
		most = fields[i].tagged && fields[i].tag > most ? fields[i].tag : most;
	}
	wire_varlong(out, n);
	if (n == 0)
		return;
	buf_init(&one, LINE_MAX_BYTES);
	for (tag = 0; tag <= most; tag++) {
		if (tagged_field(fields, r->version, tag, &i) == NULL ||
		    !is_told(&fields[i], &r->values[i], r->version))
			continue;
		buf_clear(&one);
		put_value(&one, &fields[i], &r->values[i]);
		wire_varlong(out, tag);
		wire_varlong(out, one.len);
		(void)buf_add(out, one.data, one.len);
	}
	out->failed = out->failed || one.failed;
	buf_release(&one);
}

void
record_encode(const struct metadata_record *r, struct buf *out)
{
	const struct field *fields = record_schema(r->type)->fields;
	size_t i;

	wire_varlong(out, FRAME_VERSION);
	wire_varlong(out, r->type);
	wire_varlong(out, r->version);
	for (i = 0; fields[i].name != NULL; i++)
		if (!fields[i].tagged && (unsigned)fields[i].since <= r->version)
			put_value(out, &fields[i], &r->values[i]);
	put_tags(out, fields, r);
}
