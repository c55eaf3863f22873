/* glances.c - see glances.h */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/cleanup.h"
#include "hooks/glances.h"

struct asked { /* one request */
	struct glances *all;
	size_t          at;
};

static void
front_got(void *arg, int rc, const void *bytes, size_t len, uint64_t total, const struct err *e)
{
	struct asked *asked = arg;
	struct glances *g = asked->all;
	size_t i = asked->at;
	struct seal_header header;
	struct glance seen = { .why = SEAL_OK, .bytes = bytes, .len = len, .total = total };
	struct err err = *e;

	free(asked);
	if (rc == 0)
		rc = seal_read_header_as(bytes, len, total, g->service, g->name(g, i), g->keys, &header, &seen.why,
		                         &err);
	if (rc == 0)
		seen.header = &header;
	if (rc == 0 || rc == ERR_CORRUPT || rc == ERR_OPERATOR || rc == ERR_MISSING) {
		seen.rc = rc;
		seen.err = &err;
		g->look(g, i, &seen);
		rc = 0;
	}
	fanout_end(&g->fanout, rc, &err);
}

static int
start(struct fanout *f, size_t i, struct err *e)
{
	struct glances *g = container_of(f, struct glances, fanout);
	struct asked *asked = malloc(sizeof *asked);
	char path[OBJECT_NAME_MAX];
	int rc;

	if (asked == NULL)
		return err_memory(e, "looking at snapshots");
	*asked = (struct asked){ .all = g, .at = i };
	(void)snprintf(path, sizeof path, "%s/s/%s", g->service, g->name(g, i));
	rc = g->store->ops->get(g->store, path, 0, g->front, g->front, front_got, asked, e);
	if (rc != 0)
		free(asked);
	return rc;
}

static void
looked(struct fanout *f, int rc, const struct err *e)
{
	struct glances *g = container_of(f, struct glances, fanout);

	g->done(g, rc, e);
}

void
glances_start(struct glances *g)
{
	g->fanout = (struct fanout){ .count = g->count, .width = GLANCES_WIDTH, .start = start, .done = looked };
	fanout_run(&g->fanout);
}
