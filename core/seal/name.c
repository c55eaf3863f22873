/* name.c - names of snapshots, their ids as text, and names of refusals; see container.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/base/cleanup.h"
#include "core/seal/container.h"
#include "core/seal/hex.h"

void
seal_id_text(const unsigned char id[SNAPSHOT_ID_BYTES], char ret[SNAPSHOT_ID_TEXT])
{
	(void)sodium_bin2hex(ret, SNAPSHOT_ID_TEXT, id, SNAPSHOT_ID_BYTES);
}

void
seal_object_name(const struct seal_header *header, char ret[SEAL_OBJECT_NAME_SIZE])
{
	char id[SNAPSHOT_ID_TEXT];

	seal_id_text(header->id, id);
	(void)snprintf(ret, SEAL_OBJECT_NAME_SIZE, "%016" PRIx64 "%016" PRIx64 "-%s.kcb",
	               ~header->epoch, ~header->sequence, id); /* fits: its size is fixed */
}

bool
seal_parse_name(const char *name, uint64_t *epoch, uint64_t *sequence,
                unsigned char id[SNAPSHOT_ID_BYTES])
{
	uint64_t e, s;

	if (strnlen(name, SEAL_OBJECT_NAME_SIZE) != SEAL_OBJECT_NAME_SIZE - 1)
		return false;
	if (!hex_get_u64(name, &e) || !hex_get_u64(name + 16, &s) || name[32] != '-' ||
	    strcmp(name + 65, ".kcb") != 0 || ~e == 0 || ~s == 0)
		return false;
	if (!hex_get_bytes(name + 33, id, SNAPSHOT_ID_BYTES))
		return false;
	*epoch = ~e;
	*sequence = ~s;
	return true;
}

const char *
seal_refusal_name(enum seal_refusal refusal)
{
	static const char *const names[] = {
		[SEAL_OK] = "ok",
		[SEAL_SHORT] = "short",
		[SEAL_LONG] = "long",
		[SEAL_MAGIC] = "magic",
		[SEAL_VERSION] = "version",
		[SEAL_FLAGS] = "flags",
		[SEAL_CAPS] = "caps",
		[SEAL_SIGNER] = "signer",
		[SEAL_SIGNATURE] = "signature",
		[SEAL_NAME] = "name",
		[SEAL_RECIPIENT] = "recipient",
		[SEAL_COMMITMENT] = "commitment",
		[SEAL_STREAM] = "stream",
		[SEAL_SIZE] = "size",
		[SEAL_DOCUMENT] = "document",
	};

	return (size_t)refusal < LENGTH(names) ? names[refusal] : "unknown";
}
