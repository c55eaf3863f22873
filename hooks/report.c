/* report.c - see report.h */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "core/base/json.h"
#include "hooks/report.h"

#define REPORT_TEXT_MAX ((size_t)256 << 20) /* `kcb show` of a large document */

void
report_init(struct report *r, enum hook hook)
{
	*r = (struct report){ .hook = hook, .status = STATUS_FAILED };
	buf_init(&r->ledger, (size_t)8 << 20);
	buf_init(&r->result, REPORT_TEXT_MAX);
}

void
report_release(struct report *r)
{
	buf_release(&r->ledger);
	buf_release(&r->result);
}

/* Names come from servers and disks, and texts are cut anywhere: what is no UTF-8 becomes '?'. */
static void
make_utf8(char *text, size_t len)
{
	size_t i = json_utf8_run(text, len);

	while (i < len) {
		text[i++] = '?';
		i += json_utf8_run(text + i, len - i);
	}
}

static void
write_entry(struct buf *out, bool loss, const char *kind, const char *name, const char *what,
            const char *reason)
{
	struct json j;

	if (out->len > 0)
		(void)buf_add_char(out, ',');
	json_init(&j, out);
	json_begin_object(&j);
	json_key_string(&j, "kind", kind);
	json_key_bool(&j, "loss", loss);
	json_key_string(&j, "name", name);
	json_key_string(&j, "reason", reason);
	json_key_string(&j, "what", what);
	json_end_object(&j);
}

void
report_ledger(struct report *r, bool loss, const char *kind, const char *name, const char *what,
              const char *reason, ...)
{
	size_t before = r->ledger.len;
	char text[ERR_TEXT_SIZE];
	va_list ap;

	r->ledger_count++;
	r->ledger_losses += loss;
	if (r->ledger_count - r->ledger_unnamed > ERRORS_NAMED_MAX) {
		r->ledger_unnamed++;
		return;
	}
	va_start(ap, reason);
	(void)vsnprintf(text, sizeof text, reason, ap); /* cut is fine */
	va_end(ap);
	write_entry(&r->ledger, loss, kind, name, what, text);
	if (r->ledger.failed) { /* no room to name it: it counts all the same */
		r->ledger.failed = false;
		r->ledger.len = before;
		r->ledger_unnamed++;
	}
}

void
report_init_ledger(struct report *r)
{
	buf_clear(&r->ledger);
	r->ledger_count = r->ledger_losses = r->ledger_unnamed = 0;
}

void
report_phase(struct report *r, const char *name, uint64_t ms)
{
	size_t i = 0;

	while (i < r->phase_count && strcmp(r->phases[i].name, name) != 0)
		i++;
	if (i == PHASES_MAX)
		return;
	if (i == r->phase_count)
		r->phases[r->phase_count++] = (struct report_phase){ .name = name };
	r->phases[i].ms += ms;
}

void
report_end(struct report *r, enum status status, const char *format, ...)
{
	va_list ap;
	char *p;

	va_start(ap, format);
	(void)vsnprintf(r->message, sizeof r->message, format, ap); /* cut is fine */
	va_end(ap);
	make_utf8(r->message, strlen(r->message));
	for (p = r->message; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	r->status = status;
}

static void
write_kinds(struct json *j, const struct report *r)
{
	unsigned i;

	json_key(j, "kinds");
	json_begin_object(j);
	for (i = 0; i < KIND_TABLE; i++) {
		const struct report_kind *k = &r->kinds[i];

		if (!k->known || kind_name((enum kind)i) == NULL)
			continue;
		json_key(j, kind_name((enum kind)i));
		json_begin_object(j);
		if (k->age_ms > 0)
			json_key_unsigned(j, "age_ms", k->age_ms);
		json_key_unsigned(j, "count", k->entry.count);
		if (k->reason[0] != '\0')
			json_key_string(j, "reason", k->reason);
		json_key_string(j, "state", kind_state_name(k->entry.state));
		json_key_bool(j, "suspect", k->entry.suspect);
		json_end_object(j);
	}
	json_end_object(j);
}

static void
write_snapshot(struct json *j, const struct report *r)
{
	char id[SNAPSHOT_ID_TEXT], name[SEAL_OBJECT_NAME_SIZE];

	seal_id_text(r->snapshot.id, id);
	seal_object_name(&r->snapshot, name);
	json_key(j, "snapshot");
	json_begin_object(j);
	json_key(j, "created_at_ms");
	json_integer(j, r->snapshot.created_at_ms);
	json_key_unsigned(j, "epoch", r->snapshot.epoch);
	json_key_string(j, "id", id);
	json_key_string(j, "name", name);
	json_key_unsigned(j, "sequence", r->snapshot.sequence);
	json_key_bool(j, "written", r->written);
	json_end_object(j);
}

static void
write_anchor(struct json *j, const struct report *r)
{
	char hash[2 * DOCUMENT_HASH_BYTES + 1];

	(void)sodium_bin2hex(hash, sizeof hash, r->snapshot.document_hash, DOCUMENT_HASH_BYTES);
	json_key(j, "anchor");
	json_begin_object(j);
	json_key_unsigned(j, "epoch", r->snapshot.epoch);
	json_key_string(j, "hash", hash);
	json_key_unsigned(j, "sequence", r->snapshot.sequence);
	json_end_object(j);
}

static void
write_phases(struct json *j, const struct report *r)
{
	size_t i;

	json_key(j, "phases");
	json_begin_array(j);
	for (i = 0; i < r->phase_count; i++) {
		json_begin_object(j);
		json_key_unsigned(j, "ms", r->phases[i].ms);
		json_key_string(j, "name", r->phases[i].name);
		json_end_object(j);
	}
	json_end_array(j);
}

static void
write_list(struct json *j, const char *name, const struct buf *members)
{
	json_key(j, name);
	json_begin_array(j);
	if (members->len > 0)
		json_raw(j, members->data, members->len);
	json_end_array(j);
}

const char *
report_json(const struct report *r, const char *service, struct buf *out)
{
	struct json j;

	buf_init(out, REPORT_TEXT_MAX + ((size_t)16 << 20));
	json_init(&j, out);
	json_begin_object(&j);
	if (r->written || (r->has_snapshot && !r->rolled_back &&
	                   (r->status == STATUS_OK || r->status == STATUS_PARTIAL)))
		write_anchor(&j, r);
	if (r->cluster[0] != '\0')
		json_key_string(&j, "cluster", r->cluster);
	if (r->guard != NULL)
		json_key_string(&j, "guard", r->guard);
	json_key_string(&j, "hook", hook_name(r->hook));
	write_kinds(&j, r);
	write_list(&j, "ledger", &r->ledger);
	json_key_unsigned(&j, "ledger_unnamed", r->ledger_unnamed);
	json_key_string(&j, "message", r->message);
	json_key_string(&j, "never_included",
	                "topic records, consumer groups and their offsets, delegation tokens, producer ids, broker "
	                "registrations");
	write_phases(&j, r);
	if (r->result.len > 0) {
		json_key(&j, "result");
		json_raw(&j, r->result.data, r->result.len);
	}
	json_key_string(&j, "service", service);
	if (r->has_snapshot)
		write_snapshot(&j, r);
	json_key_string(&j, "status", status_name(r->status));
	json_end_object(&j);
	make_utf8(out->data, out->len);
	return r->ledger.failed || r->result.failed ? NULL : buf_text(out);
}
