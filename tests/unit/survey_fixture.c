/* survey_fixture.c - see survey_fixture.h */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/cleanup.h"
#include "tests/fake/store_fault.h"
#include "tests/unit/survey_fixture.h"
#include "tests/unit/seal_fixture.h"

int
history_begin(void **state)
{
	struct history *h = calloc(1, sizeof *h);
	struct store *fault = NULL;
	char dir[] = "/tmp/t_survey.XXXXXX";
	struct err e = { 0 };

	assert_non_null(h);
	assert_non_null(mkdtemp(dir));
	fixture_open(&h->store, dir);
	assert_int_equal(store_fault_open(&h->store.loop, h->store.store, h->plan, &fault, &e), 0);
	h->store.store = fault;
	assert_true(sodium_init() >= 0);
	fixture_keys(&h->keys, 1);
	*state = h;
	return 0;
}

int
history_end(void **state)
{
	struct history *h = *state;

	survey_release(&h->survey);
	keys_release(&h->keys);
	fixture_close(&h->store);
	fixture_remove_tree(h->store.dir);
	free(h);
	return 0;
}

const char *
history_path(const char *folder, const char *name)
{
	static _Thread_local char paths[2][OBJECT_NAME_MAX];
	static _Thread_local unsigned next;
	char *path = paths[next++ % LENGTH(paths)];

	(void)snprintf(path, OBJECT_NAME_MAX, SERVICE "/%s/%s", folder, name);
	return path;
}

static void
put(struct history *h, const char *folder, const char *name, const struct buf *object)
{
	assert_int_equal(fixture_put(&h->store, history_path(folder, name), object->data, object->len), 0);
}

/* What a writer says who surveys the store now. */
static struct seal_position
behind_topics(struct history *h, enum kind_state state, bool suspect)
{
	struct kind_entry entry = { .state = state, .suspect = suspect };

	if (state == STATE_DISABLED || (state == STATE_CAPTURED && !suspect))
		return (struct seal_position){ 0 };
	(void)history_survey(h);
	assert_int_equal(h->rc, 0);
	return sources_behind(&h->survey, KIND_TOPIC, &entry);
}

void
history_snapshot(struct history *h, const struct keys *keys, uint64_t epoch, uint64_t sequence,
                 enum kind_state state, bool suspect)
{
	struct seal_header header;
	struct document_writer *w = NULL;
	struct document d;
	struct err e = { 0 };
	struct buf object;
	char name[SEAL_OBJECT_NAME_SIZE];
	unsigned i;

	fixture_header(&header);
	header.epoch = epoch;
	header.sequence = sequence;
	header.created_at_ms -= (int64_t)(epoch * 1000 + sequence); /* clocks run backwards here */
	header.behind[KIND_TOPIC] = behind_topics(h, state, suspect);
	assert_int_equal(document_writer_new(&w, &e), 0);
	for (i = 0; kind_is_resource((enum kind)i); i++) /* a service of Kafka alone */
		document_writer_state(w, (enum kind)i, STATE_DISABLED, false);
	document_writer_state(w, KIND_TOPIC, state, suspect);
	assert_int_equal(document_writer_end(w, NULL, &d, &e), 0);
	fixture_seal(&header, &d, keys, &object, name);
	put(h, "s", name, &object);
	buf_release(&object);
	document_release(&d);
}

void
history_old_names(struct history *h, unsigned first, unsigned last)
{
	struct seal_header header = { .epoch = 1 };
	char name[SEAL_OBJECT_NAME_SIZE];
	int dir = open(fixture_path(&h->store, SERVICE "/s"), O_RDONLY | O_DIRECTORY), fd;
	unsigned i;

	assert_true(dir >= 0);
	for (i = first; i <= last; i++) {
		header.sequence = i;
		memcpy(header.id, &i, sizeof i);
		seal_object_name(&header, name);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		assert_true(fd >= 0);
		(void)close(fd);
	}
	(void)close(dir);
}

void
history_record(struct history *h, const struct keys *keys, struct record *r)
{
	struct err e = { 0 };
	struct buf object;
	char name[RECORD_NAME_SIZE];

	(void)snprintf(r->service, sizeof r->service, SERVICE);
	buf_init(&object, RECORD_TEXT_MAX);
	if (record_seal(r, keys, &object, &e) != 0)
		fail_msg("%s", e.text);
	record_name(r, name);
	put(h, record_folder(r->type), name, &object);
	buf_release(&object);
}

static void
surveyed(struct survey *s, int rc, const struct err *e)
{
	struct history *h = container_of(s, struct history, survey);

	h->done++;
	h->rc = rc;
	h->err = *e;
}

static unsigned
survey(struct history *h)
{
	unsigned before = store_fault_calls(h->store.store, "*");
	struct err e = { 0 };

	survey_release(&h->survey);
	h->survey = (struct survey){ .loop = &h->store.loop, .store = h->store.store,
		                     .keys = &h->keys, .service = SERVICE, .cluster = US,
		                     .done = surveyed };
	h->done = 0;
	assert_int_equal(survey_start(&h->survey, &e), 0);
	assert_int_equal(h->done, 0);
	loop_run(&h->store.loop);
	h->plan[0] = '\0';
	return store_fault_calls(h->store.store, "*") - before;
}

unsigned
history_survey(struct history *h)
{
	h->plan[0] = '\0';
	return survey(h);
}

unsigned
history_survey_with(struct history *h, const char *op, unsigned nth, const char *fault)
{
	(void)snprintf(h->plan, sizeof h->plan, "%s=%u:%s", op,
	               nth + store_fault_calls(h->store.store, op), fault);
	return survey(h);
}
