/* header.c - see header.h.  Offsets are FORMAT.md's; nothing is believed before its signature. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/seal/bytes.h"
#include "core/seal/header.h"
#include "core/seal/sign.h"
#include "core/seal/stream.h"

static const unsigned char magic[8] = { 0x89, 'K', 'C', 'B', '\r', '\n', 0x1a, '\n' };

#define VERSION 1u

enum {
	AT_VERSION = 8,
	AT_LENGTH = 10,
	AT_FLAGS = 12,
	AT_RECIPIENTS = 16,
	AT_SOURCE = 18,
	AT_SERVICE_LEN = 19,
	AT_CLUSTER_LEN = 20,
	AT_RESERVED = 21,
	AT_BODY_SIZE = 24,
	AT_DOCUMENT_SIZE = 32,
	AT_EPOCH = 40,
	AT_SEQUENCE = 48,
	AT_CREATED = 56,
	AT_SOURCE_OFFSET = 64,
	AT_SOURCE_EPOCH = 72,
	AT_RESERVED_2 = 76,
	AT_ID = 80,
	AT_SERVICE = 96,
	AT_CLUSTER = 160,
	AT_DOCUMENT_HASH = 224,
	AT_KINDS = 256,
	AT_STREAM = 768,
	AT_COMMITMENT = 792,
	AT_SIGNER = 824,
	AT_RESERVED_3 = 856,
	AT_SIGNATURE = 864,
};
#define KIND_BYTES 32u /* count 8, state 1, suspect 1, zero 6, epoch 8 and sequence 8 behind it */

_Static_assert(AT_SIGNATURE == HEADER_SIGNED, "the header ends with its signature");
_Static_assert(HEADER_BYTES <= SEAL_HEADER_BYTES, "one ranged read holds the header");
_Static_assert(AT_CLUSTER - AT_SERVICE == SERVICE_ID_MAX, "the service fits");
_Static_assert(AT_DOCUMENT_HASH - AT_CLUSTER == CLUSTER_ID_MAX, "the cluster id fits");
_Static_assert(AT_STREAM - AT_KINDS == KIND_TABLE * KIND_BYTES, "the table fits");

int
header_refuse(enum seal_refusal *why, enum seal_refusal refusal, struct err *e,
              const char *format, ...)
{
	int code = refusal == SEAL_SIGNER || refusal == SEAL_RECIPIENT ? ERR_OPERATOR : ERR_CORRUPT;
	char text[ERR_TEXT_SIZE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap); /* cut is fine */
	va_end(ap);
	*why = refusal;
	return err_set(e, code, "%s", text);
}

uint64_t
header_object_size(const struct header *h)
{
	return HEADER_BYTES + (uint64_t)h->recipients * STANZA_BYTES + h->body_size +
	       SIGNATURE_BYTES;
}

bool
header_is_service(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789._-";
	size_t n = strnlen(text, SERVICE_ID_MAX + 1);

	return n >= 1 && n <= SERVICE_ID_MAX && text[0] != '.' && strspn(text, allowed) == n;
}

bool
header_is_cluster(const char *text)
{
	size_t n = strnlen(text, CLUSTER_ID_MAX + 1);

	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return n >= 1 && n <= CLUSTER_ID_MAX;
}

int
seal_position_compare(struct seal_position a, struct seal_position b)
{
	if (a.epoch != b.epoch)
		return a.epoch < b.epoch ? -1 : 1;
	return a.sequence < b.sequence ? -1 : a.sequence > b.sequence;
}

/* What a kind says is behind it is older, and said only where something is looked for. */
static bool
behind_fits(const struct seal_header *shown, size_t kind)
{
	const struct kind_entry *entry = &shown->kinds[kind];
	struct seal_position behind = shown->behind[kind];
	struct seal_position here = { shown->epoch, shown->sequence };

	if (behind.epoch == 0 && behind.sequence == 0)
		return true;
	return behind.epoch != 0 && behind.sequence != 0 && kind_is_resource((enum kind)kind) &&
	       seal_position_compare(behind, here) < 0 && entry->state != STATE_DISABLED &&
	       (entry->state != STATE_CAPTURED || entry->suspect);
}

const char *
header_fault(const struct seal_header *shown)
{
	if (!header_is_service(shown->service))
		return "the service is not 1 to 64 of A-Z a-z 0-9 . _ - without a leading dot";
	if (!header_is_cluster(shown->cluster))
		return "the cluster id is not 1 to 64 bytes without control characters";
	if (shown->epoch == 0 || shown->sequence == 0)
		return "the epoch or the sequence is 0";
	if (shown->created_at_ms < 0)
		return "it was made before 1970";
	if (shown->source < SOURCE_API || shown->source > SOURCE_LOG_DOWN)
		return "the source is unknown";
	if (shown->source == SOURCE_API &&
	    (shown->source_offset != 0 || shown->source_leader_epoch != 0))
		return "the source has no position, but one is given";
	if (shown->document_size > DOCUMENT_SIZE_MAX)
		return "the document is larger than 1 GiB";
	for (size_t i = 0; i < KIND_TABLE; i++)
		if (shown->kinds[i].state > STATE_LAST)
			return "the state of a kind is unknown";
	for (size_t i = 0; i < KIND_TABLE; i++)
		if (!behind_fits(shown, i))
			return "a kind names a snapshot that is not older, or has no need of one";
	return NULL;
}

static void
encode_kinds(const struct seal_header *s, unsigned char *p)
{
	for (size_t i = 0; i < KIND_TABLE; i++, p += KIND_BYTES) {
		bytes_put_u64(p, s->kinds[i].count);
		p[8] = (unsigned char)s->kinds[i].state;
		p[9] = s->kinds[i].suspect ? 1 : 0;
		bytes_put_u64(p + 16, s->behind[i].epoch);
		bytes_put_u64(p + 24, s->behind[i].sequence);
	}
}

static void
encode(const struct header *h, unsigned char ret[HEADER_BYTES])
{
	const struct seal_header *s = &h->shown;

	memset(ret, 0, HEADER_BYTES);
	memcpy(ret, magic, sizeof magic);
	bytes_put_u16(ret + AT_VERSION, VERSION);
	bytes_put_u16(ret + AT_LENGTH, HEADER_BYTES);
	bytes_put_u16(ret + AT_RECIPIENTS, h->recipients);
	ret[AT_SOURCE] = s->source;
	ret[AT_SERVICE_LEN] = (unsigned char)strlen(s->service);
	ret[AT_CLUSTER_LEN] = (unsigned char)strlen(s->cluster);
	bytes_put_u64(ret + AT_BODY_SIZE, h->body_size);
	bytes_put_u64(ret + AT_DOCUMENT_SIZE, s->document_size);
	bytes_put_u64(ret + AT_EPOCH, s->epoch);
	bytes_put_u64(ret + AT_SEQUENCE, s->sequence);
	bytes_put_u64(ret + AT_CREATED, (uint64_t)s->created_at_ms);
	bytes_put_u64(ret + AT_SOURCE_OFFSET, s->source_offset);
	bytes_put_u32(ret + AT_SOURCE_EPOCH, s->source_leader_epoch);
	memcpy(ret + AT_ID, s->id, sizeof s->id);
	memcpy(ret + AT_SERVICE, s->service, strlen(s->service));
	memcpy(ret + AT_CLUSTER, s->cluster, strlen(s->cluster));
	memcpy(ret + AT_DOCUMENT_HASH, s->document_hash, sizeof s->document_hash);
	encode_kinds(s, ret + AT_KINDS);
	memcpy(ret + AT_STREAM, h->stream, sizeof h->stream);
	memcpy(ret + AT_COMMITMENT, h->commitment, sizeof h->commitment);
	memcpy(ret + AT_SIGNER, h->shown.signer, sizeof h->shown.signer);
}

int
header_write(const struct header *h, const struct secret *signing, unsigned char ret[HEADER_BYTES],
             struct err *e)
{
	encode(h, ret);
	return sign_make(SIGN_HEADER, ret, HEADER_SIGNED, signing, ret + AT_SIGNATURE, e);
}

static int
check_start(const unsigned char *bytes, size_t len, enum seal_refusal *why, struct err *e)
{
	unsigned version;

	if (len < HEADER_BYTES)
		return header_refuse(why, SEAL_SHORT, e,
		                     "%zu bytes, fewer than the %u of a header: cut off; copy it "
		                     "again, or use another snapshot", len, HEADER_BYTES);
	if (memcmp(bytes, magic, sizeof magic) != 0)
		return header_refuse(why, SEAL_MAGIC, e,
		                     "does not begin as a snapshot does: another file, or "
		                     "damaged in its first bytes; remove it if it does not "
		                     "belong here");
	version = bytes_get_u16(bytes + AT_VERSION);
	if (version != VERSION)
		return header_refuse(why, SEAL_VERSION, e,
		                     "format version %u, and this program knows only version %u; "
		                     "use a newer one", version, VERSION);
	return 0;
}

static bool
is_zero(const unsigned char *bytes, size_t from, size_t to)
{
	return sodium_is_zero(bytes + from, to - from) == 1;
}

static bool
reserved_is_zero(const unsigned char *b)
{
	for (size_t i = 0; i < KIND_TABLE; i++) {
		const unsigned char *entry = b + AT_KINDS + i * KIND_BYTES;

		if (entry[9] > 1 || !is_zero(entry, 10, 16))
			return false;
		if (kind_name((enum kind)i) == NULL && !is_zero(entry, 0, KIND_BYTES))
			return false;
	}
	return is_zero(b, AT_RESERVED, AT_BODY_SIZE) && is_zero(b, AT_RESERVED_2, AT_ID) &&
	       is_zero(b, AT_RESERVED_3, AT_SIGNATURE);
}

static int
check_flags(const unsigned char *bytes, enum seal_refusal *why, struct err *e)
{
	uint32_t flags = bytes_get_u32(bytes + AT_FLAGS);

	if (flags != 0)
		return header_refuse(why, SEAL_FLAGS, e,
		                     "unknown flags %08x: written by a newer program, or damaged; "
		                     "use a newer one, or another snapshot", flags);
	if (!reserved_is_zero(bytes))
		return header_refuse(why, SEAL_FLAGS, e,
		                     "reserved bytes of the header are not zero: written by a "
		                     "newer program, or damaged; use a newer one, or another "
		                     "snapshot");
	return 0;
}

/* A text of len bytes in a field of max bytes that are zero behind it; ret has one byte more. */
static bool
decode_text(const unsigned char *field, size_t max, size_t len, char *ret)
{
	if (len > max || memchr(field, 0, len) != NULL || !is_zero(field, len, max))
		return false;
	memcpy(ret, field, max);
	ret[max] = '\0';
	return true;
}

static void
decode_kinds(const unsigned char *p, struct seal_header *ret)
{
	for (size_t i = 0; i < KIND_TABLE; i++, p += KIND_BYTES) {
		ret->kinds[i] = (struct kind_entry){ .count = bytes_get_u64(p),
		                                     .state = (enum kind_state)p[8],
		                                     .suspect = p[9] == 1 };
		ret->behind[i] = (struct seal_position){ bytes_get_u64(p + 16),
		                                         bytes_get_u64(p + 24) };
	}
	ret->carried = ret->kinds[KIND_CARRIED].count;
}

static void
decode_numbers(const unsigned char *b, struct header *ret)
{
	struct seal_header *s = &ret->shown;
	uint64_t created = bytes_get_u64(b + AT_CREATED);

	ret->recipients = bytes_get_u16(b + AT_RECIPIENTS);
	ret->body_size = bytes_get_u64(b + AT_BODY_SIZE);
	s->source = b[AT_SOURCE];
	s->document_size = bytes_get_u64(b + AT_DOCUMENT_SIZE);
	s->epoch = bytes_get_u64(b + AT_EPOCH);
	s->sequence = bytes_get_u64(b + AT_SEQUENCE);
	s->created_at_ms = created > INT64_MAX ? -1 : (int64_t)created;
	s->source_offset = bytes_get_u64(b + AT_SOURCE_OFFSET);
	s->source_leader_epoch = bytes_get_u32(b + AT_SOURCE_EPOCH);
	decode_kinds(b + AT_KINDS, s);
}

/* False: a text does not fit, or is followed by something. */
static bool
decode(const unsigned char *b, struct header *ret)
{
	struct seal_header *s = &ret->shown;

	*ret = (struct header){ 0 };
	decode_numbers(b, ret);
	memcpy(s->id, b + AT_ID, sizeof s->id);
	memcpy(s->document_hash, b + AT_DOCUMENT_HASH, sizeof s->document_hash);
	memcpy(ret->stream, b + AT_STREAM, sizeof ret->stream);
	memcpy(ret->commitment, b + AT_COMMITMENT, sizeof ret->commitment);
	memcpy(s->signer, b + AT_SIGNER, sizeof s->signer);
	return decode_text(b + AT_SERVICE, SERVICE_ID_MAX, b[AT_SERVICE_LEN], s->service) &&
	       decode_text(b + AT_CLUSTER, CLUSTER_ID_MAX, b[AT_CLUSTER_LEN], s->cluster);
}

static int
check_caps(const unsigned char *bytes, struct header *ret, enum seal_refusal *why, struct err *e)
{
	static const char hint[] = "damaged, or wrongly made; use another snapshot";
	unsigned length = bytes_get_u16(bytes + AT_LENGTH);
	const char *fault;

	if (length != HEADER_BYTES)
		return header_refuse(why, SEAL_CAPS, e, "a header of %u bytes instead of %u: %s",
		                     length, HEADER_BYTES, hint);
	if (!decode(bytes, ret))
		return header_refuse(why, SEAL_CAPS, e,
		                     "a text of the header is longer than its field or not filled "
		                     "with zeros: %s", hint);
	if (ret->recipients < 1 || ret->recipients > RECIPIENTS_MAX)
		return header_refuse(why, SEAL_CAPS, e, "%u recipients, expected 1 to %u: %s",
		                     (unsigned)ret->recipients, RECIPIENTS_MAX, hint);
	if (ret->body_size < stream_size(0) || ret->body_size > stream_size(DOCUMENT_BODY_MAX))
		return header_refuse(why, SEAL_CAPS, e,
		                     "a body of %llu bytes, expected %llu to %llu: %s",
		                     (unsigned long long)ret->body_size,
		                     (unsigned long long)stream_size(0),
		                     (unsigned long long)stream_size(DOCUMENT_BODY_MAX), hint);
	fault = header_fault(&ret->shown);
	if (fault != NULL)
		return header_refuse(why, SEAL_CAPS, e, "%s: %s", fault, hint);
	return 0;
}

static int
check_length(uint64_t total_len, const struct header *h, enum seal_refusal *why, struct err *e)
{
	uint64_t said = header_object_size(h);

	if (total_len == 0 || total_len == said)
		return 0;
	return header_refuse(why, total_len < said ? SEAL_SHORT : SEAL_LONG, e,
	                     "%llu bytes, but its header says %llu: %s; copy it again, or use "
	                     "another snapshot",
	                     (unsigned long long)total_len, (unsigned long long)said,
	                     total_len < said ? "cut off" : "something was appended");
}

static int
check_signature(const unsigned char *bytes, const struct header *h, const struct keys *keys,
                enum seal_refusal *why, struct err *e)
{
	char room[KEY_TEXT_SIZE];
	const char *stranger = sign_stranger(h->shown.signer, keys, room);

	if (stranger != NULL)
		return header_refuse(why, SEAL_SIGNER, e,
		                     "signed with %s, which is not among keys.trusted_signers: "
		                     "add it there if the key is yours, else take it for a forgery",
		                     stranger);
	if (!sign_verifies(SIGN_HEADER, bytes, HEADER_SIGNED, bytes + AT_SIGNATURE, h->shown.signer))
		return header_refuse(why, SEAL_SIGNATURE, e,
		                     "the signature of its header does not verify: altered since "
		                     "it was written; use another snapshot, and find out who "
		                     "writes to the store");
	return 0;
}

int
header_read(const unsigned char *bytes, size_t len, uint64_t total_len, const struct keys *keys,
            struct header *ret, enum seal_refusal *why, struct err *e)
{
	int rc;

	*why = SEAL_OK;
	rc = check_start(bytes, len, why, e);
	if (rc == 0)
		rc = check_flags(bytes, why, e);
	if (rc == 0)
		rc = check_caps(bytes, ret, why, e);
	if (rc == 0)
		rc = check_length(total_len, ret, why, e);
	return rc != 0 ? rc : check_signature(bytes, ret, keys, why, e);
}
