/* find.c - see find.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hooks/find.h"
#include "hooks/names.h"
#include "hooks/snapshot_row.h"

struct finding {
	struct operation *o;
	const char       *id;
	find_fn          *fn;
	struct names      names;
	char              found[SEAL_OBJECT_NAME_SIZE]; /* "": none yet */
};

void
finding_free(struct finding *f)
{
	if (f != NULL)
		names_release(&f->names);
	free(f);
}

static void
end(struct finding *f, int rc, const struct err *e)
{
	struct operation *o = f->o;
	find_fn *fn = f->fn;
	char name[SEAL_OBJECT_NAME_SIZE];
	struct err err = *e;

	memcpy(name, f->found, sizeof name);
	finding_free(f);
	o->finding = NULL;
	fn(o, rc, name, &err);
}

bool
find_fits(const char *name, const char *id)
{
	return snapshot_is_name(name) && strncmp(strchr(name, '-') + 1, id, strlen(id)) == 0;
}

static int
look(struct finding *f, struct err *e)
{
	size_t i;

	for (i = 0; i < f->names.count; i++) {
		if (!find_fits(f->names.names[i], f->id))
			continue;
		if (f->found[0] != '\0')
			return err_set(e, ERR_UNSUPPORTED, "several snapshots begin with %s", f->id);
		(void)snprintf(f->found, sizeof f->found, "%s", f->names.names[i]);
	}
	return 0;
}

/* A whole id is random, and there once: only the beginning of one is looked for to the end. */
static void
listed(struct names *n, int rc, const struct err *e)
{
	struct finding *f = container_of(n, struct finding, names);
	bool whole = strlen(f->id) == SNAPSHOT_ID_TEXT - 1;
	struct err err = *e;

	if (rc == 0)
		rc = look(f, &err);
	if (rc == 0 && n->more && n->count > 0 && !(whole && f->found[0] != '\0')) {
		rc = names_read(n, n->names[n->count - 1], &err);
		if (rc == 0)
			return;
	}
	if (rc == 0 && f->found[0] == '\0')
		rc = err_set(&err, ERR_UNSUPPORTED, "there is no snapshot %s; `kcb list` shows them", f->id);
	end(f, rc, &err);
}

static void
find_newest(struct operation *o, find_fn *fn)
{
	struct err e = { 0 };

	if (!o->survey.found)
		(void)err_set(&e, ERR_OPERATOR, "the service has no snapshot yet");
	fn(o, e.code, o->survey.newest_name, &e);
}

void
operation_find(struct operation *o, const char *id, find_fn *fn)
{
	struct finding *f;
	struct err e = { 0 };

	if (strcmp(id, "newest") == 0) {
		find_newest(o, fn);
		return;
	}
	if (strlen(id) < 4) {
		(void)err_set(&e, ERR_UNSUPPORTED, "%s: 4 characters of an id are needed at the least", id);
		fn(o, e.code, "", &e);
		return;
	}
	o->finding = f = calloc(1, sizeof *f);
	if (f == NULL) {
		fn(o, err_memory(&e, "looking for a snapshot"), "", &e);
		return;
	}
	f->o = o;
	f->id = id;
	f->fn = fn;
	f->names = (struct names){ .store = o->store, .service = o->config->service, .max = STORE_PAGE_MAX,
		                   .done = listed };
	if (names_read(&f->names, "", &e) != 0)
		end(f, e.code, &e);
}
