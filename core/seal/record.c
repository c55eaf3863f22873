/* record.c - see record.h */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/seal/bytes.h"
#include "core/seal/hex.h"
#include "core/seal/record.h"
#include "core/seal/record_text.h"
#include "core/seal/sign.h"

static const unsigned char magic[8] = { 0x89, 'K', 'C', 'R', '\r', '\n', 0x1a, '\n' };

#define VERSION 1u

enum { AT_VERSION = 8, AT_TYPE = 10, AT_TEXT_SIZE = 12, AT_SIGNER = 16, AT_TEXT = 48 };

#define ENVELOPE_BYTES (AT_TEXT + SIGNATURE_BYTES) /* around the text */

static int
write_envelope(const struct record *r, const struct keys *keys, const struct buf *text,
               unsigned char *object, struct err *e)
{
	size_t end = AT_TEXT + text->len;

	memcpy(object, magic, sizeof magic);
	bytes_put_u16(object + AT_VERSION, VERSION);
	bytes_put_u16(object + AT_TYPE, (uint16_t)r->type);
	bytes_put_u32(object + AT_TEXT_SIZE, (uint32_t)text->len);
	memcpy(object + AT_SIGNER, keys->signing_public, KEY_BYTES);
	memcpy(object + AT_TEXT, text->data, text->len);
	return sign_make(SIGN_RECORD, object, end, keys->signing, object + end, e);
}

/* What was just sealed can be opened again: it is text that json.h accepts, by a trusted signer. */
static int
prove(const unsigned char *object, size_t len, const struct record *r, const struct keys *keys,
      struct err *e)
{
	char name[RECORD_NAME_SIZE];
	struct arena arena CLEANUP(arena_release);
	struct record again;
	int rc;

	record_name(r, name);
	arena_init(&arena, 2 * RECORD_TEXT_MAX);
	rc = record_open(object, len, r->type, r->service, name, keys, &arena, &again, e);
	if (rc != 0)
		(void)err_prefix(e, "a record just sealed fails its verification");
	return rc;
}

static int
seal_text(const struct record *r, const struct keys *keys, const struct buf *text, struct buf *out,
          struct err *e)
{
	size_t size = ENVELOPE_BYTES + text->len;
	unsigned char *object;
	int rc;

	if (text->failed || buf_reserve(out, size) != 0)
		return err_set(e, ERR_FAILED, "sealing a record: no room for its text");
	object = (unsigned char *)out->data + out->len;
	rc = write_envelope(r, keys, text, object, e);
	if (rc == 0)
		rc = prove(object, size, r, keys, e);
	if (rc == 0)
		out->len += size;
	return rc;
}

int
record_seal(struct record *r, const struct keys *keys, struct buf *out, struct err *e)
{
	struct buf text CLEANUP(buf_release);
	const char *fault = record_text_fault(r);

	buf_init(&text, RECORD_TEXT_MAX);
	if (fault != NULL)
		return err_set(e, ERR_FAILED, "sealing a record: %s", fault);
	randombytes_buf(r->id, sizeof r->id);
	record_text_write(r, &text);
	return seal_text(r, keys, &text, out, e);
}

static int
check_start(const unsigned char *bytes, size_t len, enum record_type type, struct err *e)
{
	unsigned version, found;

	if (len < ENVELOPE_BYTES)
		return err_set(e, ERR_CORRUPT,
		               "%zu bytes, fewer than the %zu of an empty record: cut off; copy "
		               "it again", len, (size_t)ENVELOPE_BYTES);
	if (memcmp(bytes, magic, sizeof magic) != 0)
		return err_set(e, ERR_CORRUPT,
		               "does not begin as a record does: another file, or damaged in its "
		               "first bytes; remove it if it does not belong here");
	version = bytes_get_u16(bytes + AT_VERSION);
	if (version != VERSION)
		return err_set(e, ERR_CORRUPT,
		               "format version %u, and this program knows only version %u; use a "
		               "newer one", version, VERSION);
	found = bytes_get_u16(bytes + AT_TYPE);
	if (found != (unsigned)type)
		return err_set(e, ERR_CORRUPT,
		               "a record of type %u where type %u belongs: moved here from "
		               "another folder; remove it", found, (unsigned)type);
	return 0;
}

static int
check_length(const unsigned char *bytes, size_t len, struct err *e)
{
	uint32_t said = bytes_get_u32(bytes + AT_TEXT_SIZE);

	if (said > RECORD_TEXT_MAX)
		return err_set(e, ERR_CORRUPT,
		               "a text of %lu bytes, at most %u are possible: damaged",
		               (unsigned long)said, RECORD_TEXT_MAX);
	if (len != ENVELOPE_BYTES + said)
		return err_set(e, ERR_CORRUPT, "%zu bytes, but it says %zu: %s; copy it again", len,
		               ENVELOPE_BYTES + (size_t)said,
		               len < ENVELOPE_BYTES + said ? "cut off" : "something was appended");
	return 0;
}

static int
check_signature(const unsigned char *bytes, size_t len, const struct keys *keys, struct err *e)
{
	char room[KEY_TEXT_SIZE];
	const char *stranger = sign_stranger(bytes + AT_SIGNER, keys, room);

	if (stranger != NULL)
		return err_set(e, ERR_OPERATOR,
		               "signed with %s, which is not among keys.trusted_signers: add it "
		               "there if the key is yours, else take it for a forgery", stranger);
	len -= SIGNATURE_BYTES;
	if (!sign_verifies(SIGN_RECORD, bytes, len, bytes + len, bytes + AT_SIGNER))
		return err_set(e, ERR_CORRUPT,
		               "its signature does not verify: altered since it was written; "
		               "find out who writes to the store");
	return 0;
}

static int
check_name(const struct record *r, const char *service, const char *name, struct err *e)
{
	char own[RECORD_NAME_SIZE];

	record_name(r, own);
	if (strcmp(r->service, service) != 0)
		return err_set(e, ERR_CORRUPT,
		               "is of service \"%s\", not of \"%s\": copied from there; remove it",
		               r->service, service);
	if (strcmp(own, name) != 0)
		return err_set(e, ERR_CORRUPT,
		               "it says that its name is %s: renamed; name it so again, or remove "
		               "it", own);
	return 0;
}

static int
open_record(const unsigned char *bytes, size_t len, enum record_type type, const struct keys *keys,
            struct arena *arena, struct record *ret, struct err *e)
{
	int rc = check_start(bytes, len, type, e);

	if (rc == 0)
		rc = check_length(bytes, len, e);
	if (rc == 0)
		rc = check_signature(bytes, len, keys, e);
	return rc != 0 ? rc
	               : record_text_read((const char *)bytes + AT_TEXT, len - ENVELOPE_BYTES, type,
	                                  arena, ret, e);
}

int
record_open(const void *bytes, size_t len, enum record_type type, const char *service,
            const char *name, const struct keys *keys, struct arena *arena, struct record *ret,
            struct err *e)
{
	struct record r;
	int rc = open_record(bytes, len, type, keys, arena, &r, e);

	if (rc == 0)
		rc = check_name(&r, service, name, e);
	if (rc != 0)
		return err_prefix(e, "%s %s", record_text_type(type), name);
	*ret = r;
	return 0;
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* ret has room for three times CLUSTER_ID_MAX and a NUL. */
static void
escape_cluster(const char *cluster, char *ret)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *cluster != '\0'; cluster++) {
		unsigned char c = (unsigned char)*cluster;

		if (is_plain(*cluster)) {
			*ret++ = *cluster;
			continue;
		}
		*ret++ = '%';
		*ret++ = digits[c >> 4];
		*ret++ = digits[c & 15];
	}
	*ret = '\0';
}

void
record_name(const struct record *r, char ret[RECORD_NAME_SIZE])
{
	char id[SNAPSHOT_ID_TEXT], cluster[3 * CLUSTER_ID_MAX + 1];

	seal_id_text(r->id, id);
	escape_cluster(r->cluster, cluster);
	/* both fit: 16 + 1 + 192 + 1 + 32 */
	if (r->type == RECORD_DECISION)
		(void)snprintf(ret, RECORD_NAME_SIZE, "%016" PRIx64 "%016" PRIx64 "-%s", ~r->epoch,
		               ~r->sequence, id);
	else
		(void)snprintf(ret, RECORD_NAME_SIZE, "%016" PRIx64 "-%s-%s", ~r->epoch, cluster,
		               id);
}

static int
escape_digit(char c)
{
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* The byte of an escape that escape_cluster() would make, or -1. */
static int
escaped_byte(const char *text, size_t left)
{
	int high = left > 2 ? escape_digit(text[1]) : -1;
	int low = left > 2 ? escape_digit(text[2]) : -1;
	int byte = high * 16 + low;

	return high < 0 || low < 0 || byte == 0 || is_plain((char)byte) ? -1 : byte;
}

static bool
parse_cluster(const char *text, size_t len, char ret[CLUSTER_ID_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool escaped = text[i] == '%';
		int byte = escaped ? escaped_byte(text + i, len - i) : text[i];

		if (n == CLUSTER_ID_MAX || byte < 0 || (!escaped && !is_plain(text[i])))
			return false;
		ret[n++] = (char)byte;
		if (escaped)
			i += 2;
	}
	ret[n] = '\0';
	return n > 0;
}

bool
record_parse_name(enum record_type type, const char *name, struct record *ret)
{
	size_t len = strnlen(name, RECORD_NAME_SIZE), tail = 1 + 2 * SNAPSHOT_ID_BYTES;
	struct record r = { .type = type };
	bool ok;

	if (len >= RECORD_NAME_SIZE || len < 16 + tail || !hex_get_u64(name, &r.epoch))
		return false;
	r.epoch = ~r.epoch;
	if (r.epoch == 0 || name[len - tail] != '-' ||
	    !hex_get_bytes(name + len - tail + 1, r.id, sizeof r.id))
		return false;
	if (type == RECORD_DECISION)
		ok = len == 32 + tail && hex_get_u64(name + 16, &r.sequence);
	else
		ok = len > 17 + tail && name[16] == '-' &&
		     parse_cluster(name + 17, len - tail - 17, r.cluster);
	if (!ok)
		return false;
	r.sequence = type == RECORD_DECISION ? ~r.sequence : 0;
	*ret = r;
	return true;
}
