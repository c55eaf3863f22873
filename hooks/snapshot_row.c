/* snapshot_row.c - see snapshot_row.h */
#include "core/base/cleanup.h"
#include "hooks/snapshot_row.h"

bool
snapshot_is_name(const char *name)
{
	unsigned char id[SNAPSHOT_ID_BYTES];
	uint64_t epoch, sequence;

	return seal_parse_name(name, &epoch, &sequence, id);
}

bool
snapshot_is_complete(const struct seal_header *h)
{
	unsigned i;

	for (i = 0; kind_is_resource((enum kind)i); i++)
		if (h->kinds[i].suspect || h->kinds[i].state == STATE_UNREACHABLE || h->kinds[i].state == STATE_PENDING)
			return false;
	return true;
}

const char *
snapshot_problem(int rc, enum seal_refusal why)
{
	static const char *const words[] = {
		[SEAL_OK] = "unreadable",
		[SEAL_SHORT] = "truncated",
		[SEAL_LONG] = "damaged",
		[SEAL_MAGIC] = SNAPSHOT_FOREIGN,
		[SEAL_VERSION] = "newer format",
		[SEAL_FLAGS] = "newer format",
		[SEAL_CAPS] = "damaged",
		[SEAL_SIGNER] = "not ours",
		[SEAL_SIGNATURE] = "not authentic",
		[SEAL_NAME] = "misplaced",
		[SEAL_RECIPIENT] = "not for us",
		[SEAL_COMMITMENT] = "not authentic",
		[SEAL_STREAM] = "not authentic",
		[SEAL_SIZE] = "bad document",
		[SEAL_DOCUMENT] = "bad document",
	};

	if (rc == ERR_MISSING)
		return SNAPSHOT_GONE;
	return (size_t)why < LENGTH(words) ? words[why] : words[SEAL_OK];
}

/* Where the log that it was read from ended; null: it was read from the brokers. */
static void
write_source_position(struct json *w, const struct seal_header *h)
{
	json_key(w, "position");
	if (h->source == SOURCE_API) {
		json_null(w);
		return;
	}
	json_begin_object(w);
	json_key_unsigned(w, "leader_epoch", h->source_leader_epoch);
	json_key_unsigned(w, "offset", h->source_offset);
	json_end_object(w);
}

static void
write_kinds(struct json *w, const struct seal_header *h)
{
	unsigned i;

	json_key_bool(w, "kafka_down", h->source == SOURCE_LOG_DOWN);
	json_key(w, "kinds");
	json_begin_object(w);
	for (i = 0; kind_is_resource((enum kind)i); i++) {
		json_key(w, kind_name((enum kind)i));
		json_begin_object(w);
		json_key_unsigned(w, "count", h->kinds[i].count);
		json_key_string(w, "state", kind_state_name(h->kinds[i].state));
		json_key_bool(w, "suspect", h->kinds[i].suspect);
		json_end_object(w);
	}
	json_end_object(w);
}

static void
write_before_place(struct json *w, const struct seal_header *h)
{
	json_key_unsigned(w, "carried", h->carried);
	json_key_string(w, "cluster", h->cluster);
	json_key_bool(w, "complete", snapshot_is_complete(h));
	json_key(w, "created_at_ms");
	json_integer(w, h->created_at_ms);
}

static void
write_behind_place(struct json *w, const struct snapshot_row *row)
{
	char signer[KEY_TEXT_SIZE];

	keys_signer_text(row->header->signer, signer);
	json_key_string(w, "signer", signer);
	json_key_unsigned(w, "size", row->size);
	json_key_string(w, "source", row->header->source == SOURCE_API ? "api" : "log");
}

/* A name says epoch, sequence and id before anything is read; what is no snapshot's has none of them. */
void
snapshot_row_write(struct json *w, const struct snapshot_row *row)
{
	unsigned char id[SNAPSHOT_ID_BYTES];
	char id_text[SNAPSHOT_ID_TEXT];
	uint64_t epoch = 0, sequence = 0;
	bool named = seal_parse_name(row->name, &epoch, &sequence, id);

	if (named)
		seal_id_text(id, id_text);
	json_begin_object(w);
	if (row->header != NULL)
		write_before_place(w, row->header);
	if (named)
		json_key_unsigned(w, "epoch", epoch);
	json_key_string(w, "id", named ? id_text : NULL);
	if (row->header != NULL)
		write_kinds(w, row->header);
	json_key_string(w, "name", row->name);
	if (row->verdict != VERDICT_NONE)
		json_key_bool(w, "ok", row->verdict == VERDICT_OK);
	if (row->verdict == VERDICT_PASSED_OVER)
		json_key_bool(w, "passed_over", true);
	if (row->header != NULL)
		write_source_position(w, row->header);
	if (row->problem != NULL) {
		json_key_string(w, "problem", row->problem);
		json_key_string(w, "reason", row->reason);
	}
	if (named)
		json_key_unsigned(w, "sequence", sequence);
	if (row->header != NULL)
		write_behind_place(w, row);
	json_end_object(w);
}
