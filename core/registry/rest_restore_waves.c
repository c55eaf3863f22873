/*
 * rest_restore_waves.c - see rest_restore.h: what is sent when: one version first, then in waves, and soft deletions in
 * reverse.
 */
#include "core/base/limits.h"
#include "core/registry/rest_restore.h"

#define RESTORE(j)  container_of(j, struct restore, job)
#define REFUSED_MAX 3u /* first schemas */

/* ---- one first ---- */

static void
probe_read(void *arg, int rc, const struct rest_answer *answer, const struct err *e)
{
	struct restore *r = arg;
	struct restore_item *item = &r->items[r->first];
	const struct schema_version *v = &item->line.version;
	struct err err = *e;
	int64_t id = -1, version = -1;

	if (rc == 0 && answer->why.code == ERR_AGAIN) {
		err = answer->why;
		rc = err.code;
	}
	if (rc != 0) {
		job_next(&r->job, rc, &err);
		return;
	}
	(void)(rest_number(answer->value, "id", &id) && rest_number(answer->value, "version", &version));
	if (id != v->id || version != v->version) {
		(void)err_set(&r->stop, ERR_UNSUPPORTED,
		              "the registry keeps no ids and versions: a first schema was registered as subject "
		              "%.249s, version %lld, id %lld, and reads back with version %lld, id %lld; nothing "
		              "else was sent", v->subject, (long long)v->version, (long long)v->id,
		              (long long)version, (long long)id);
		item->registered = false;
		restore_failed(r, item, "%s", r->stop.text);
	}
	job_next(&r->job, 0, NULL);
}

static void
probe_sent(struct fanout *f, int rc, const struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);
	struct restore_item *item = &r->items[r->first];
	struct buf path CLEANUP(buf_release);
	struct err err = *e;

	buf_init(&path, 16 * KEY_MAX_BYTES);
	if (rc == 0 && item->registered) {
		restore_version_path(item, "", &path);
		rc = rest_send(r->registry, "GET", &path, NULL, probe_read, r, &err);
		if (rc == 0)
			return;
	} else if (rc == 0 && r->stop.code == 0 && !r->whole) {
		if (++r->refused < REFUSED_MAX) { /* for a reason of its own: the next one tells */
			restore_step_probe(&r->job);
			return;
		}
		(void)err_set(&r->stop, ERR_UNSUPPORTED,
		              "nothing was sent after a first schema (subject %.200s, version %lld): %.600s",
		              item->line.version.subject, (long long)item->line.version.version,
		              item->plan->reason == NULL ? "" : item->plan->reason);
	}
	job_next(&r->job, rc, &err);
}

/*
 * Of those that wait for no other, the one with the highest id: a registry that counts by itself begins low, and could
 * give the lowest its own id by chance.
 */
static size_t
first_to_send(const struct restore *r)
{
	size_t i, ret = r->count;

	for (i = 0; i < r->count; i++) {
		const struct restore_item *item = &r->items[i];

		if (ret < r->count && item->level != r->items[ret].level)
			break;
		if (item->create && (ret == r->count || item->line.version.id > r->items[ret].line.version.id))
			ret = i;
	}
	return ret;
}

void
restore_step_probe(struct job *j)
{
	struct restore *r = RESTORE(j);

	r->first = first_to_send(r);
	if (r->first == r->count || r->stop.code != 0) {
		job_next(j, 0, NULL);
		return;
	}
	r->fanout = (struct fanout){ .count = 1, .width = 1, .start = restore_start_register, .done = probe_sent };
	fanout_run(&r->fanout);
}

/* ---- the others, wave by wave ---- */

static void next_wave(struct restore *r);

static void
wave_sent(struct fanout *f, int rc, const struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);

	if (rc != 0)
		job_next(&r->job, rc, e);
	else
		next_wave(r);
}

static void
next_wave(struct restore *r)
{
	for (r->first = r->next; r->first < r->count; r->first++)
		if (r->items[r->first].create && !r->items[r->first].registered)
			break;
	if (r->first == r->count || r->stop.code != 0) {
		job_next(&r->job, 0, NULL);
		return;
	}
	r->next = r->first;
	while (r->next < r->count && r->items[r->next].level == r->items[r->first].level)
		r->next++;
	r->fanout = (struct fanout){ .count = r->next - r->first, .width = REGISTRY_WIDTH,
		                     .start = restore_start_register, .done = wave_sent };
	fanout_run(&r->fanout);
}

void
restore_step_register(struct job *j)
{
	struct restore *r = RESTORE(j);

	r->next = 0;
	next_wave(r);
}

/* ---- soft deletions ---- */

static void delete_wave(struct restore *r);

static void
wave_deleted(struct fanout *f, int rc, const struct err *e)
{
	struct restore *r = container_of(f, struct restore, fanout);

	if (rc != 0)
		job_next(&r->job, rc, e);
	else
		delete_wave(r);
}

/* What is referred to cannot be deleted before what refers to it. */
static void
delete_wave(struct restore *r)
{
	while (r->first > 0 && !r->items[r->first - 1].softly)
		r->first--;
	if (r->first == 0 || r->whole) {
		job_next(&r->job, 0, NULL);
		return;
	}
	r->next = r->first;
	while (r->first > 0 && r->items[r->first - 1].level == r->items[r->next - 1].level)
		r->first--;
	r->fanout = (struct fanout){ .count = r->next - r->first, .width = REGISTRY_WIDTH,
		                     .start = restore_start_delete, .done = wave_deleted };
	fanout_run(&r->fanout);
}

void
restore_step_delete(struct job *j)
{
	struct restore *r = RESTORE(j);

	r->first = r->count;
	delete_wave(r);
}
